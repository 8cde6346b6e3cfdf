//! Tables of an export: additions to runs, and rejected messages.

use hven_app::ports::views::RunView;
use hven_core::additions::Added;

use super::{
    WriteResult,
    sheet::{
        Kind::{Int, Json, Text, Time as AtTime},
        Sheet, Table,
    },
};

pub(super) static ADDITIONS: Table = Table {
    file: "tables/additions.parquet",
    row: "value that a user added to a run after its end; the run did not measure it",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("kind", Text, "metric or parameter"),
        ("key", Text, ""),
        ("value", Json, "for a metric, the last value of the addition; the fact has all its points"),
        ("step", Int, "of that value"),
        ("points", Int, "number of points in the addition"),
        ("added_at", AtTime, "for an addition from a publication, the time in the publication"),
        ("added_by", Text, "name of the user, or of the person in the publication"),
        ("fact", Int, "number of the fact that records the addition"),
    ],
};

pub(super) static SET_ASIDE: Table = Table {
    file: "tables/set_aside.parquet",
    row: "message about a run that Hven rejected",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("time", AtTime, ""),
        ("what", Text, "kind of the message"),
        ("why", Text, "reason of the rejection"),
        ("bytes", Int, "length of the message"),
        ("excerpt", Text, "start of the message"),
        ("messages", Int, "number of messages in this row"),
    ],
};

pub(super) fn write_additions(sheet: &mut Sheet, run: &RunView) -> WriteResult<()> {
    for view in &run.added {
        let addition = &view.addition;
        let (kind, value, step, points) = match &addition.value {
            Added::Metric(line) => {
                let value = serde_json::to_string(&line.last).unwrap_or_default();
                ("metric", value, Some(line.last_step), Some(line.points))
            }
            Added::Param(value) => ("parameter", value.to_string(), None, None),
        };
        sheet.add([
            run.id.to_string().into(),
            run.handle.to_string().into(),
            kind.into(),
            (&addition.name).into(),
            value.into(),
            step.into(),
            points.into(),
            view.made().into(),
            view.made_by().map_or_else(|| addition.by.to_string(), str::to_owned).into(),
            addition.seq.into(),
        ])?;
    }
    Ok(())
}

pub(super) fn write_set_aside(sheet: &mut Sheet, run: &RunView) -> WriteResult<()> {
    for view in &run.set_aside {
        let message = &view.message;
        sheet.add([
            run.id.to_string().into(),
            run.handle.to_string().into(),
            view.attempt.into(),
            view.time.into(),
            (&message.what).into(),
            (&message.why).into(),
            message.bytes.into(),
            (&message.excerpt).into(),
            message.count().into(),
        ])?;
    }
    Ok(())
}
