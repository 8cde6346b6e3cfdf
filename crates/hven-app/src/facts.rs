//! Reading the record: its facts in words, and whether it is sound.

use std::collections::HashMap;

use hven_core::{
    ActorId, Fact, RunId, UserId,
    access::{Role, Scope},
    envelope::{Envelope, Header},
    handle::Handle,
    project::ProjectPath,
};

use crate::{
    App, AppResult, Caller,
    access::run_for,
    ports::{
        record::{FactQuery, Verification},
        views::RunName,
    },
};

/// Which facts are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub after: u64,
    pub before: Option<u64>,
    pub newest_first: bool,
    pub kind: Option<String>,
    /// Only those about this run.
    pub run: Option<String>,
    pub limit: usize,
}

/// A fact as people see it.
#[derive(Clone, Debug)]
pub struct Told {
    pub envelope: Envelope,
    pub fact: Option<Fact>,
    pub actor: ActorName,
    pub handle: Option<Handle>,
    pub text: String,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorName {
    pub id: ActorId,
    /// `user`, `run`, `runner` or `system`.
    pub kind: &'static str,
    pub name: Option<String>,
}

pub async fn list(app: &App, caller: &Caller, filter: Filter) -> AppResult<Vec<Told>> {
    caller.require_user()?;
    let subject = match &filter.run {
        Some(name) => Some(run_for(app, caller, name, Role::Viewer).await?.id.as_u128()),
        None => {
            caller.require_home(Role::Viewer)?;
            None
        }
    };
    let query = FactQuery {
        after: filter.after,
        newest_first: filter.newest_first,
        before: filter.before,
        kind: filter.kind,
        subject,
        limit: filter.limit,
    };
    let mut teller = Teller::default();
    let mut told = Vec::new();
    for envelope in app.ports.record.facts(query).await? {
        told.push(teller.tell(app, envelope).await?);
    }
    Ok(told)
}

pub async fn verify(app: &App, caller: &Caller, objects: bool) -> AppResult<Verification> {
    caller.require_home(Role::Viewer)?;
    Ok(app.ports.record.verify(objects).await?)
}

/// Puts facts into words; remembers the names that it looked up.
#[derive(Debug, Default)]
pub struct Teller {
    actors: HashMap<ActorId, ActorName>,
    runs: HashMap<RunId, Option<(Handle, ProjectPath)>>,
}

/// Names that are remembered at most, so that a listener of months stays small.
const NAMES_MAX: usize = 10_000;

impl Teller {
    pub async fn tell(&mut self, app: &App, envelope: Envelope) -> AppResult<Told> {
        let fact = envelope.fact().map_err(crate::ports::StoreError::from)?;
        let actor = self.actor(app, envelope.header.actor).await?;
        let handle = self.run(app, &envelope.header).await?.map(|(handle, _)| handle);
        let text = fact.as_ref().map_or_else(|| "erased".to_owned(), |fact| text(fact, handle));
        Ok(Told { envelope, fact, actor, handle, text })
    }

    /// Whether the caller may see a fact: those about runs with a role in the run's project, others with one in the
    /// whole home.
    pub async fn is_visible(&mut self, app: &App, caller: &Caller, header: &Header) -> AppResult<bool> {
        if caller.home_role().is_some() {
            return Ok(true);
        }
        let run = self.run(app, header).await?;
        Ok(run.is_some_and(|(_, project)| caller.may(Role::Viewer, &project)))
    }

    pub async fn actor(&mut self, app: &App, id: ActorId) -> AppResult<ActorName> {
        if let Some(known) = self.actors.get(&id) {
            return Ok(known.clone());
        }
        let name = actor_name(app, id).await?;
        if self.actors.len() >= NAMES_MAX {
            self.actors.clear();
        }
        self.actors.insert(id, name.clone());
        Ok(name)
    }

    async fn run(&mut self, app: &App, header: &Header) -> AppResult<Option<(Handle, ProjectPath)>> {
        let Some(subject) =
            header.subject.filter(|_| header.kind.starts_with("run.") || header.kind.starts_with("stream."))
        else {
            return Ok(None);
        };
        self.run_by_id(app, RunId::from_u128(subject)).await
    }

    pub async fn run_by_id(&mut self, app: &App, run: RunId) -> AppResult<Option<(Handle, ProjectPath)>> {
        if let Some(known) = self.runs.get(&run) {
            return Ok(known.clone());
        }
        let found = app.ports.views.runs_named(&RunName::Id(run)).await?.pop();
        let name = found.map(|run| (run.handle, run.project));
        if self.runs.len() >= NAMES_MAX {
            self.runs.clear();
        }
        self.runs.insert(run, name.clone());
        Ok(name)
    }
}

async fn actor_name(app: &App, id: ActorId) -> AppResult<ActorName> {
    if id == ActorId::SYSTEM {
        return Ok(ActorName { id, kind: "system", name: Some("Hven".to_owned()) });
    }
    if let Some(user) = app.ports.views.user(UserId::from_u128(id.as_u128())).await? {
        return Ok(ActorName { id, kind: "user", name: user.name });
    }
    if let Some(run) = app.ports.views.runs_named(&RunName::Id(RunId::from_u128(id.as_u128()))).await?.pop() {
        return Ok(ActorName { id, kind: "run", name: Some(run.handle.to_string()) });
    }
    Ok(ActorName { id, kind: "runner", name: None })
}

/// What happened, in one line.
fn text(fact: &Fact, handle: Option<Handle>) -> String {
    let run = handle.map_or_else(|| "a run".to_owned(), |handle| format!("run {handle}"));
    let scope = |scope: &Scope| match scope {
        Scope::Home => "the home".to_owned(),
        Scope::Project(path) => format!("project {path}"),
    };
    match fact {
        Fact::HomeCreated(p) => format!("the home was made by Hven {}", p.hven_version),
        Fact::UserAdded(p) => format!("user {} was added", p.name),
        Fact::ProjectAdded(p) => format!("project {} was made", p.path),
        Fact::RoleGranted(p) => format!("the role {} in {} was granted", p.role.as_str(), scope(&p.project)),
        Fact::RoleRevoked(p) => format!("the role in {} was revoked", scope(&p.project)),
        Fact::TokenIssued(p) => format!("token {:?} was issued", p.name),
        Fact::TokenRevoked(_) => "a token was revoked".to_owned(),
        Fact::RunnerEnrolled(p) => format!("a runner on {} joined pool {}", p.host, p.pool),
        Fact::RunnerGone(p) => format!("a runner is gone: {}", p.evidence),
        Fact::RunSubmitted(p) => format!("{run} was submitted: {}", command_line(&p.spec.words())),
        Fact::RunStarted(p) => format!("{run} was given to a runner (attempt {})", p.attempt.number),
        Fact::RunAttemptEnded(p) => {
            format!("{run}: attempt {} ended and is tried again: {}", p.attempt.number, p.retry_because)
        }
        Fact::RunCancelRequested(_) => format!("the end of {run} was asked for"),
        Fact::RunFinished(p) => format!("{run} ended: {}", p.result.outcome),
        Fact::RunParamsLogged(p) => format!("{run} noted {}", p.params.keys().cloned().collect::<Vec<_>>().join(", ")),
        Fact::RunSoftwareCaptured(p) => match (&p.software.interpreter, p.software.packages.len()) {
            (Some(_), packages) => format!("the software of {run} was captured ({packages} packages)"),
            (None, _) => format!("the software of {run} was captured"),
        },
        Fact::RunPartSealed(p) => format!("{} bytes of the {} of {run} were sealed", p.to - p.from, p.stream),
        Fact::ObjectsCollected(p) => format!("{} objects that nothing referred to were removed", p.digests.len()),
        Fact::PayloadErased(p) => format!("the payload of fact {} was erased: {}", p.seq, p.because),
        Fact::StreamErased(p) => format!("a text in the {} of {run} was erased: {}", p.stream, p.because),
        Fact::ObjectErased(p) => format!("the bytes of an object were erased: {}", p.because),
    }
}

const COMMAND_CHARS_MAX: usize = 200;

/// A command as one would type it, cut at 200 characters.
pub fn command_line(argv: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    let mut line = String::new();
    for argument in argv {
        if !line.is_empty() {
            line.push(' ');
        }
        if !argument.is_empty() && argument.chars().all(plain) {
            line.push_str(argument);
        } else {
            line.push('\'');
            line.push_str(&argument.replace('\'', "'\\''"));
            line.push('\'');
        }
    }
    match line.char_indices().nth(COMMAND_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let line = |argv: &[&str]| command_line(&argv.iter().map(|&a| a.to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["python3", "fit.py", "--lr", "0.1"]), "python3 fit.py --lr 0.1");
        assert_eq!(line(&["sh", "-c", "echo it's"]), r"sh -c 'echo it'\''s'");
        assert_eq!(line(&["x", ""]), "x ''");
        assert_eq!(line(&["é".repeat(300).as_str()]).chars().count(), 201);
    }
}
