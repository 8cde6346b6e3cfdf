//! Labels of runs, in and out.

use std::collections::BTreeSet;

use hven_api::labels as wire;
use hven_app::{
    App, AppError, AppResult,
    labels::Change,
    ports::views::{Archived, NoteView, RunView, TagView},
};
use hven_core::labels::Tag;

use super::{actor, parsed, run_name, submitter, text};

pub(crate) fn tags_in<'a>(texts: impl IntoIterator<Item = &'a str>) -> AppResult<BTreeSet<Tag>> {
    texts.into_iter().map(parsed).collect()
}

pub(crate) fn archived_in(asked: Option<&str>) -> AppResult<Archived> {
    Ok(match asked {
        None | Some("without") => Archived::Without,
        Some("with") => Archived::With,
        Some("only") => Archived::Only,
        Some(other) => return Err(AppError::invalid(format!("archived={other}"), "is not without, with or only")),
    })
}

pub(crate) fn change(wanted: wire::ChangeLabels) -> AppResult<Change> {
    let wire::ChangeLabels { add_tags, remove_tags, note, archived } = wanted;
    Ok(Change {
        add: tags_in(add_tags.iter().map(String::as_str))?,
        remove: tags_in(remove_tags.iter().map(String::as_str))?,
        note,
        archived,
    })
}

pub(crate) fn tags(tags: &BTreeSet<Tag>) -> Vec<String> {
    tags.iter().map(Tag::to_string).collect()
}

pub(crate) async fn note(app: &App, note: Option<&NoteView>) -> AppResult<Option<wire::RunNote>> {
    let Some(note) = note else { return Ok(None) };
    let by = actor(submitter(app, note.by).await?);
    Ok(Some(wire::RunNote { text: note.text.clone(), by, time: text(note.time) }))
}

pub(crate) async fn of_run(app: &App, run: &RunView) -> AppResult<wire::RunLabels> {
    Ok(wire::RunLabels {
        schema: "hven.labels/1".to_owned(),
        run: run_name(run),
        tags: tags(&run.tags),
        note: note(app, run.note.as_ref()).await?,
        archived: run.archived,
    })
}

pub(crate) fn tag_use(view: &TagView) -> wire::TagUse {
    wire::TagUse { tag: view.tag.to_string(), runs: view.runs }
}
