//! Converts how runs wait, and what was used, between the wire and the domain.

use hven_api::{queueing as wire, runs::RunName};
use hven_app::{
    AppResult,
    labelled::{Labelled, Labels},
    ports::queueing::QueueState,
    queueing::{QueueChange, QueueRequest, QueuedRun},
    usage::Usage,
};
use hven_core::{RunId, queueing::Priority};

use super::{actor, parsed, run_name, text};

pub(crate) fn request_in(wanted: wire::QueueRequest) -> AppResult<QueueRequest> {
    let wire::QueueRequest { priority, held, after, start_by } = wanted;
    let start_by = start_by.as_deref().map(parsed).transpose()?;
    Ok(QueueRequest { priority: Priority::try_from(priority)?, held, after, start_by })
}

pub(crate) fn change_in(wanted: &wire::ChangeQueue) -> AppResult<QueueChange> {
    let &wire::ChangeQueue { priority, held } = wanted;
    Ok(QueueChange { priority: priority.map(Priority::try_from).transpose()?, held })
}

pub(crate) fn queueing(state: &QueueState, names: &Labels) -> wire::Queueing {
    let name = |run: &RunId| RunName {
        id: run.to_string(),
        // Every run of the record has a handle.
        handle: names.handle(*run).map_or_else(|| run.to_string(), |handle| handle.to_string()),
    };
    wire::Queueing {
        priority: state.priority.into(),
        held: state.held,
        after: state.after.iter().map(name).collect(),
        start_by: state.start_by.map(text),
    }
}

pub(crate) fn of_run(shown: &Labelled<QueuedRun>) -> wire::RunQueueing {
    let Labelled { of: QueuedRun(run), labels } = shown;
    wire::RunQueueing {
        schema: "hven.queue/1".to_owned(),
        run: run_name(run),
        state: run.state.as_str().to_owned(),
        queue: queueing(&run.queue, labels),
    }
}

pub(crate) fn usage(shown: &Labelled<Usage>) -> wire::UsageReport {
    let Labelled { of: Usage { since, until, rows }, labels } = shown;
    let row = |row: &hven_app::ports::queueing::UseRow| wire::UsageRow {
        user: actor(labels.actor(row.user)),
        project: row.project.to_string(),
        runs: row.runs,
        not_done: row.failed,
        wall_s: row.wall_s,
        core_s: row.core_s,
        cpu_s: row.cpu_s,
        memory_max_bytes: row.memory_max_bytes,
    };
    wire::UsageReport {
        schema: "hven.usage/1".to_owned(),
        since: text(*since),
        until: text(*until),
        rows: rows.iter().map(row).collect(),
    }
}
