//! Labels of runs: tags, a note, and whether a run is archived. They change nothing that was recorded about the run's
//! work, so they may change at any time.

use std::collections::BTreeSet;

use hven_core::{
    Fact, RunId,
    access::Role,
    handle::Handle,
    labels::{Archived, Noted, Tag, Tagged, check_note},
    limits::{self, TAGS_MAX},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        page::{ListFilter, ListQuery, Page},
        run::{NoteView, RunView, TagView},
    },
    work::{floor::Work, masking::hide},
};

/// Changes to the labels of a run.
#[derive(Clone, Debug, Default)]
pub struct LabelChange {
    pub add: BTreeSet<Tag>,
    pub remove: BTreeSet<Tag>,
    /// A new note. An empty one removes the present note.
    pub note: Option<String>,
    pub archived: Option<bool>,
}

/// Changes labels of a run. A label that has the wanted value already is not recorded again.
pub(crate) async fn change(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    wanted: LabelChange,
) -> AppResult<RunView> {
    let _turn = work.labels_turn.lock().await;
    let run = run_for(work, caller, name, Role::Member).await?;
    check(&wanted)?;
    let facts = facts(work, &run, wanted)?;
    if facts.is_empty() {
        return Ok(run);
    }
    work.record(caller.actor(), key, facts).await?;
    run_for(work, caller, &run.id.to_string(), Role::Viewer).await
}

/// The same; returns the labels with everything that an answer shows.
pub async fn change_labelled(
    work: &Work,
    caller: &Caller,
    name: &str,
    key: Option<String>,
    wanted: LabelChange,
) -> AppResult<Labelled<RunLabels>> {
    let run = change(work, caller, name, key, wanted).await?;
    let RunView { id, handle, tags, note, archived, .. } = run;
    label(work, RunLabels { run: id, handle, tags, note, archived }).await
}

/// The labels of a run.
#[derive(Clone, Debug)]
pub struct RunLabels {
    pub run: RunId,
    pub handle: Handle,
    pub tags: BTreeSet<Tag>,
    pub note: Option<NoteView>,
    pub archived: bool,
}

impl NeedsLabels for RunLabels {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.note.add_to(wanted);
    }
}

/// Adds tags to an earlier run that is reused for a submission. A caller who may only read the run changes nothing.
pub(crate) async fn add_tags(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    run: RunView,
    tags: &BTreeSet<Tag>,
) -> AppResult<RunView> {
    if tags.is_subset(&run.tags) || !caller.may(Role::Member, &run.project) {
        return Ok(run);
    }
    change(work, caller, &run.id.to_string(), key, LabelChange { add: tags.clone(), ..LabelChange::default() }).await
}

/// The tags of the runs that the caller may see.
pub async fn tags(work: &Work, caller: &Caller, filter: ListFilter) -> AppResult<Page<TagView>> {
    caller.require_user()?;
    Ok(work.ports.views.tags(&ListQuery { scopes: caller.scopes(), filter }).await?)
}

fn check(wanted: &LabelChange) -> AppResult<()> {
    let LabelChange { add, remove, note, archived } = wanted;
    if add.is_empty() && remove.is_empty() && note.is_none() && archived.is_none() {
        return Err(AppError::invalid(
            "the change of labels",
            "is empty: name a tag, a note, or whether it is archived",
        ));
    }
    limits::count("tags to add", add.len(), TAGS_MAX)?;
    limits::count("tags to remove", remove.len(), TAGS_MAX)?;
    if let Some(tag) = add.intersection(remove).next() {
        return Err(AppError::invalid(format!("the tag {tag}"), "is to be added and removed at once"));
    }
    if let Some(text) = note {
        check_note(text)?;
    }
    Ok(())
}

/// The facts to record. Labels that have the wanted value already need none.
fn facts(work: &Work, run: &RunView, wanted: LabelChange) -> AppResult<Vec<Fact>> {
    let mut facts = Vec::new();
    let secrets = work.schedule.secrets(run.id);
    if wanted.add.iter().any(|tag| secrets.iter().any(|secret| tag.as_str().contains(secret.as_str()))) {
        return Err(AppError::invalid("a tag", "holds the value of a secret of the run, and tags are recorded"));
    }
    let added: BTreeSet<Tag> = wanted.add.difference(&run.tags).cloned().collect();
    let removed: BTreeSet<Tag> = wanted.remove.intersection(&run.tags).cloned().collect();
    if !added.is_empty() || !removed.is_empty() {
        let count = run.tags.len() + added.len() - removed.len();
        limits::count(&format!("the tags of run {}", run.handle), count, TAGS_MAX)?;
        facts.push(Tagged { run: run.id, added, removed }.into());
    }
    if let Some(text) = wanted.note {
        let text = if text.trim().is_empty() { String::new() } else { hide(&text, &secrets) };
        let is_so = match &run.note {
            None => text.is_empty(),
            Some(note) => note.text.as_ref() == Some(&text),
        };
        if !is_so {
            facts.push(Noted { run: run.id, text }.into());
        }
    }
    if let Some(archived) = wanted.archived.filter(|archived| *archived != run.archived) {
        if archived && !run.state.is_final() && run.external().is_none() {
            return Err(AppError::Conflict(format!(
                "run {0} has not ended, so it cannot be archived: wait for its end, or end it with `hven cancel {0}`",
                run.handle
            )));
        }
        facts.push(Archived { run: run.id, archived }.into());
    }
    Ok(facts)
}
