//! Opens runs whose work is done elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Fact, RunId, Time,
    access::Role,
    handle::Handle,
    labels::{Tag, Tagged},
    limits, params,
    params::Origin,
    project::ProjectPath,
    run::{External, Opened, ParamsLogged, SILENT_AFTER_S, SILENT_AFTER_S_MAX, SILENT_AFTER_S_MIN},
};
use serde_json::Value;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
        projects::new_project,
        random::random,
    },
    ports::run::{RunName, RunView},
    work::floor::Work,
};

/// Work that began elsewhere.
#[derive(Clone, Debug)]
pub struct OpenRun {
    /// The id that it has in another tracker; by default a new one.
    pub id: Option<RunId>,
    pub project: ProjectPath,
    pub name: Option<String>,
    /// The kind of program that reports it.
    pub source: String,
    pub command: Vec<String>,
    pub host: Option<String>,
    pub folder: Option<String>,
    /// When it began; by default now.
    pub started: Option<Time>,
    /// The run in which it was started.
    pub parent: Option<String>,
    /// After how many seconds without a report its state is unknown.
    pub silent_after_s: Option<f64>,
    pub params: BTreeMap<String, Value>,
    pub tags: BTreeSet<Tag>,
}

impl OpenRun {
    fn check(&self) -> AppResult<()> {
        limits::line("the source", &self.source, limits::NAME_BYTES_MAX)?;
        if self.source.trim().is_empty() {
            return Err(AppError::invalid("the source", "is empty: say which kind of program reports the run"));
        }
        limits::bytes("the command", self.command.iter().map(|word| word.len() + 1).sum(), limits::COMMAND_BYTES_MAX)?;
        let texts = [
            ("the name", &self.name, limits::NAME_BYTES_MAX),
            ("the host", &self.host, limits::NAME_BYTES_MAX),
            ("the folder", &self.folder, limits::PATH_BYTES_MAX),
        ];
        for (what, text, bytes_max) in texts {
            text.iter().try_for_each(|text| limits::line(what, text, bytes_max))?;
        }
        if let Some(id) = self.id {
            check_id(id)?;
        }
        if let Some(started) = self.started {
            limits::time("the start", started)?;
        }
        if let Some(seconds) = self.silent_after_s
            && !(SILENT_AFTER_S_MIN..=SILENT_AFTER_S_MAX).contains(&seconds)
        {
            let why = format!("is {seconds} s: it is from {SILENT_AFTER_S_MIN} to {SILENT_AFTER_S_MAX} s");
            return Err(AppError::invalid("the time of silence", why));
        }
        limits::count("tags", self.tags.len(), limits::TAGS_MAX)?;
        limits::count("parameters", self.params.len(), limits::PARAMS_MAX)?;
        Ok(params::check(&self.params)?)
    }
}

/// Ids that Hven mints are UUIDs of version 7. Ids from elsewhere are none, so that no caller can take the id that Hven gives to something
/// else.
fn check_id(id: RunId) -> AppResult<()> {
    const OWN_VERSION: u128 = 7;
    if id.as_u128() >> 76 & 0xf == OWN_VERSION {
        return Err(AppError::invalid(format!("the id {id}"), "is a UUID of version 7: Hven alone gives such ids"));
    }
    if id.as_u128() == 0 {
        return Err(AppError::invalid(format!("the id {id}"), "is zero"));
    }
    Ok(())
}

/// The run that has a wanted id already, if it is the run that the call describes.
async fn earlier(work: &Work, caller: &Caller, id: RunId, wanted: &OpenRun) -> AppResult<Option<RunView>> {
    let Some(there) = work.ports.views.runs_named(&RunName::Id(id)).await?.pop() else { return Ok(None) };
    if there.deleted.is_some() && caller.may(Role::Viewer, &there.project) {
        let message = format!(
            "the run {} with the id {id} was deleted here, so nothing is reported to it any more",
            there.handle
        );
        return Err(AppError::Conflict(message));
    }
    let is_same = there.project == wanted.project
        && there.external().is_some_and(|elsewhere| elsewhere.external.source == wanted.source)
        && caller.may(Role::Member, &there.project);
    if is_same { Ok(Some(there)) } else { Err(AppError::Conflict(format!("the id {id} is taken by another run"))) }
}

/// Opens a run. A call that is repeated with the same key, or with an id of another tracker, gets the same run.
pub async fn open(work: &Work, caller: &Caller, key: Option<String>, wanted: OpenRun) -> AppResult<RunView> {
    caller.require(Role::Member, &wanted.project)?;
    wanted.check()?;
    let parent = match &wanted.parent {
        Some(name) => Some(run_for(work, caller, name, Role::Member).await?.id),
        None => None,
    };
    let now = work.now();
    // While it is held, no other run is opened: two calls with one id do not both find it free.
    let mut next_handle = work.next_handle.lock().await;
    if let Some(id) = wanted.id
        && let Some(there) = earlier(work, caller, id, &wanted).await?
    {
        return Ok(there);
    }
    let OpenRun { id, project, name, source, command, host, folder, started, silent_after_s, params, tags, .. } =
        wanted;
    let started = started.unwrap_or(now);
    let silent_after_s = silent_after_s.unwrap_or(SILENT_AFTER_S);
    let attempt = match caller {
        Caller::Tracker { attempt, .. } => Some(*attempt),
        _ => None,
    };
    let external = External { source, command, host, folder, started, silent_after_s, attempt };
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(new_project(work, &project).await?);
    let (run, handle) = (id.unwrap_or_else(|| RunId::mint(now, random())), Handle { count: *next_handle });
    *next_handle += 1;
    facts.push(Opened { run, handle, project, name, external, parent }.into());
    if !params.is_empty() {
        facts.push(ParamsLogged { run, of: Origin::Given, params }.into());
    }
    if !tags.is_empty() {
        facts.push(Tagged { run, added: tags, removed: BTreeSet::new() }.into());
    }
    // Without an id, others may open runs while this one is written.
    let held = id.map(|_| next_handle);
    let appended = work.record(caller.actor(), key, facts).await?;
    drop(held);
    let opened = appended.facts.iter().find_map(|recorded| match &recorded.fact {
        Some(Fact::RunOpened(opened)) => Some(opened.run),
        _ => None,
    });
    let run = opened.ok_or_else(|| {
        AppError::Conflict("this Idempotency-Key was used for something that is no run of another program".to_owned())
    })?;
    if !appended.earlier {
        work.reporters.opened(run, silent_after_s, attempt, now);
    }
    let view = work.ports.views.runs_named(&RunName::Id(run)).await?.pop();
    view.ok_or_else(|| AppError::not_found("run", run))
}
