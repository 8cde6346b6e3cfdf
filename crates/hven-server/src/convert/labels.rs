//! Converts the labels of runs between the wire and the domain.

use std::collections::BTreeSet;

use hven_api::{labels as wire, runs::RunName};
use hven_app::{
    AppError, AppResult,
    labelled::{Labelled, Labels},
    labels::{LabelChange, RunLabels},
    ports::views::{Archived, NoteView, TagView},
};
use hven_core::labels::Tag;

use super::{actor, parsed, text};

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

pub(crate) fn change(wanted: wire::ChangeLabels) -> AppResult<LabelChange> {
    let wire::ChangeLabels { add_tags, remove_tags, note, archived } = wanted;
    Ok(LabelChange {
        add: tags_in(add_tags.iter().map(String::as_str))?,
        remove: tags_in(remove_tags.iter().map(String::as_str))?,
        note,
        archived,
    })
}

pub(crate) fn tags(tags: &BTreeSet<Tag>) -> Vec<String> {
    tags.iter().map(Tag::to_string).collect()
}

pub(crate) fn note(note: &NoteView, names: &Labels) -> wire::RunNote {
    wire::RunNote { text: note.text.clone(), by: actor(names.actor(note.by)), time: text(note.time) }
}

pub(crate) fn of_run(shown: &Labelled<RunLabels>) -> wire::RunLabels {
    let Labelled { of, labels } = shown;
    wire::RunLabels {
        schema: "hven.labels/1".to_owned(),
        run: RunName { id: of.run.to_string(), handle: of.handle.to_string() },
        tags: tags(&of.tags),
        note: of.note.as_ref().map(|of| note(of, labels)),
        archived: of.archived,
    }
}

pub(crate) fn tag_use(view: &TagView) -> wire::TagUse {
    wire::TagUse { tag: view.tag.to_string(), runs: view.runs }
}
