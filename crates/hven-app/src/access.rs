//! Who calls, and what they may do. Every use case asks here once, whichever door the call came through.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hven_core::{
    ActorId, AttemptId, Digest, RunnerId, Time, TokenId, UserId,
    access::{Grant, Role, Scope, may_run_as_server},
    project::ProjectPath,
    proof::{Challenge, Proof, Witness},
};

use crate::{
    App,
    error::{AppError, AppResult},
    ports::views::{Archived, RunName, RunQuery, RunView},
};

/// Somebody whose token was good.
#[derive(Clone, Debug, PartialEq)]
pub enum Caller {
    User {
        id: UserId,
        grants: Vec<Grant>,
    },
    /// A process of a run, with the token of its attempt: it may look at its own run and log to it, and do nothing else.
    Attempt {
        id: AttemptId,
    },
    /// A runner: it may do what the runner's protocol says.
    Runner {
        id: RunnerId,
    },
}

impl Caller {
    pub fn actor(&self) -> ActorId {
        match self {
            Self::User { id, .. } => (*id).into(),
            Self::Attempt { id } => id.run.into(),
            Self::Runner { id } => (*id).into(),
        }
    }

    /// The highest role in a project.
    fn role_in(&self, project: &ProjectPath) -> Option<Role> {
        let Self::User { grants, .. } = self else { return None };
        grants.iter().filter(|grant| grant.scope.covers(project)).map(|grant| grant.role).max()
    }

    /// The role in the whole home.
    pub fn home_role(&self) -> Option<Role> {
        let Self::User { grants, .. } = self else { return None };
        grants.iter().filter(|grant| grant.scope == Scope::Home).map(|grant| grant.role).max()
    }

    pub fn may(&self, role: Role, project: &ProjectPath) -> bool {
        self.role_in(project) >= Some(role)
    }

    /// Asks for a role in a project. Whoever may not even look is told that there is no such project.
    pub fn require(&self, role: Role, project: &ProjectPath) -> AppResult<()> {
        match self.role_in(project) {
            Some(have) if have >= role => Ok(()),
            Some(_) => Err(AppError::Denied),
            None => match self {
                Self::User { .. } => Err(AppError::not_found("project", project)),
                _ => Err(AppError::Denied),
            },
        }
    }

    /// Whether commands of the caller may run in a project as the Unix user of the server.
    pub fn may_run_as_server(&self, project: &ProjectPath) -> bool {
        matches!(self, Self::User { grants, .. } if may_run_as_server(grants, project))
    }

    /// The same caller with the roles of this moment: they may have changed while the call waited for its turn.
    pub(crate) async fn anew(&self, app: &App) -> AppResult<Self> {
        match self {
            Self::User { id, .. } => Ok(Self::User { id: *id, grants: app.ports.views.roles(*id).await? }),
            other => Ok(other.clone()),
        }
    }

    /// Asks for a role in the whole home.
    pub fn require_home(&self, role: Role) -> AppResult<()> {
        if self.home_role() >= Some(role) { Ok(()) } else { Err(AppError::Denied) }
    }

    /// A user with any role at all.
    pub fn require_user(&self) -> AppResult<UserId> {
        match self {
            Self::User { id, grants } if !grants.is_empty() => Ok(*id),
            _ => Err(AppError::Denied),
        }
    }

    pub fn require_runner(&self) -> AppResult<RunnerId> {
        if let Self::Runner { id } = self { Ok(*id) } else { Err(AppError::Denied) }
    }

    /// Where the caller may look.
    pub fn scopes(&self) -> Vec<Scope> {
        let Self::User { grants, .. } = self else { return Vec::new() };
        grants.iter().map(|grant| grant.scope.clone()).collect()
    }
}

/// Makes and checks the tokens that are derived instead of stored: those of attempts and runners. Each is a name and a
/// keyed hash (BLAKE3) of it, so they survive a restart of the server without being written down.
pub struct Keys {
    key: [u8; 32],
    /// The runners that are gone: their tokens are genuine and open nothing.
    gone: Mutex<HashSet<RunnerId>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, gone: Mutex::default() }
    }

    /// The runner is gone for good: its token opens nothing any more.
    pub(crate) fn revoke_runner(&self, runner: RunnerId) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(runner);
    }

    fn is_gone(&self, runner: RunnerId) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(&runner)
    }

    fn mac(&self, purpose: &str, name: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(purpose.as_bytes()).update(b"\0").update(name.as_bytes());
        URL_SAFE_NO_PAD.encode(hasher.finalize().as_bytes())
    }

    /// A digest that changes with a file and tells nothing of it to whoever has not the home's key.
    pub(crate) fn keyed(&self, path: &str, digest: Digest) -> Digest {
        let key = blake3::derive_key("Hven 2026: digests of key files", &self.key);
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher.update(digest.as_bytes()).update(path.as_bytes());
        hasher.finalize().into()
    }

    fn derived(&self, purpose: &str, name: &str) -> String {
        format!("{purpose}_{name}_{}", self.mac(purpose, name))
    }

    /// The name in a derived token, when the token is genuine.
    fn genuine<'t>(&self, purpose: &str, token: &'t str) -> Option<&'t str> {
        let rest = token.strip_prefix(purpose)?.strip_prefix('_')?;
        let (name, mac) = rest.split_once('_')?;
        // Compared as digests, so that the time taken says nothing of how much was right.
        (Digest::of(mac.as_bytes()) == Digest::of(self.mac(purpose, name).as_bytes())).then_some(name)
    }

    pub fn attempt_token(&self, attempt: AttemptId) -> String {
        self.derived("hva", &attempt.to_string())
    }
    fn runner_token(&self, runner: RunnerId) -> String {
        self.derived("hvr", &runner.to_string())
    }

    /// Proves to a client that this is the server of its home.
    pub fn prove(&self, challenge: &Challenge) -> Proof {
        match challenge.witness {
            Witness::Home => challenge.answer(&self.key),
            Witness::Runner(id) => challenge.answer(self.runner_token(id).as_bytes()),
            Witness::Attempt(id) => challenge.answer(self.attempt_token(id).as_bytes()),
        }
    }
}

/// The token of a runner, for whoever starts it.
pub fn runner_token(key: [u8; 32], runner: RunnerId) -> String {
    Keys::new(key).runner_token(runner)
}

/// Finds out who has a token. Everything that is not a good token is [`AppError::Unauthenticated`].
pub async fn authenticate(app: &App, token: &str) -> AppResult<Caller> {
    Ok(identify(app, token).await?.caller)
}

/// Who has a token, and for how long.
pub(crate) struct Identified {
    pub(crate) caller: Caller,
    pub(crate) until: Option<Time>,
    /// The token that is to be revoked so that this one opens nothing: a user's own, or the one that opened a session.
    pub(crate) root: Option<TokenId>,
}

pub(crate) async fn identify(app: &App, token: &str) -> AppResult<Identified> {
    let derived = |caller| Ok(Identified { caller, until: None, root: None });
    if let Some(name) = app.keys.genuine("hva", token) {
        let id: AttemptId = name.parse().map_err(|_| AppError::Unauthenticated)?;
        return if app.schedule.is_live(id) { derived(Caller::Attempt { id }) } else { Err(AppError::Unauthenticated) };
    }
    if let Some(name) = app.keys.genuine("hvr", token) {
        let id: RunnerId = name.parse().map_err(|_| AppError::Unauthenticated)?;
        return if app.keys.is_gone(id) { Err(AppError::Unauthenticated) } else { derived(Caller::Runner { id }) };
    }
    let found = app.ports.views.token_by_digest(Digest::of(token.as_bytes())).await?;
    let found = found.ok_or(AppError::Unauthenticated)?;
    if found.revoked.is_some() || found.expires.is_some_and(|until| app.now() >= until) {
        return Err(AppError::Unauthenticated);
    }
    let grants = app.ports.views.roles(found.user).await?;
    Ok(Identified {
        caller: Caller::User { id: found.user, grants },
        until: found.expires,
        root: Some(found.opened_by.unwrap_or(found.id)),
    })
}

/// The run of that name, if the caller has the role in its project. Whoever may not look is told that there is none. A
/// process may look at its own run.
pub async fn run_for(app: &App, caller: &Caller, name: &str, role: Role) -> AppResult<RunView> {
    if matches!(caller, Caller::Attempt { .. }) && role > Role::Viewer {
        return Err(AppError::Denied);
    }
    run_to_log(app, caller, name, role).await
}

/// The same for what a process may do to its own run: log.
pub(crate) async fn run_to_log(app: &App, caller: &Caller, name: &str, role: Role) -> AppResult<RunView> {
    let parsed = RunName::parse(name).ok_or_else(|| AppError::not_found("run", name))?;
    if let Caller::Attempt { id } = caller {
        return own_run(app, *id, &parsed, name).await;
    }
    let found = if parsed == RunName::Last {
        last_run(app, caller).await?
    } else {
        app.ports.views.runs_named(&parsed).await?
    };
    let meant = Meant { noun: "run", text: name, project: None, role };
    only_one(caller, &meant, found, |run| match &parsed {
        RunName::Step { step, .. } => (run.project.clone(), format!("{}/run.{step}", run.project)),
        _ => (run.project.clone(), run.handle.to_string()),
    })
}

/// What somebody means by a name.
pub(crate) struct Meant<'a> {
    pub(crate) noun: &'static str,
    /// As it was written.
    pub(crate) text: &'a str,
    /// The project that was named with it.
    pub(crate) project: Option<&'a ProjectPath>,
    /// What the caller has to be in its project.
    pub(crate) role: Role,
}

/// The one that is meant of all that have the name. What the caller may not see is not there; several are refused.
/// `place` is the project of one, and what tells it from the others.
pub(crate) fn only_one<T>(
    caller: &Caller,
    meant: &Meant<'_>,
    found: Vec<T>,
    place: impl Fn(&T) -> (ProjectPath, String),
) -> AppResult<T> {
    let Meant { noun, text, project, role } = *meant;
    let mut seen = Vec::with_capacity(found.len());
    for one in found {
        let (at, shown) = place(&one);
        if caller.may(Role::Viewer, &at) && project.is_none_or(|wanted| *wanted == at) {
            seen.push((one, at, shown));
        }
    }
    if seen.len() > 1 {
        let candidates: Vec<String> = seen.into_iter().map(|(_, _, shown)| shown).collect();
        return Err(AppError::Ambiguous { name: text.to_owned(), candidates: candidates.join(", ") });
    }
    let (one, at, _) = seen.pop().ok_or_else(|| AppError::not_found(noun, text))?;
    caller.require(role, &at)?;
    Ok(one)
}

async fn last_run(app: &App, caller: &Caller) -> AppResult<Vec<RunView>> {
    let (scopes, archived) = (caller.scopes(), Archived::With);
    let query = RunQuery { scopes, archived, limit: 1, ..RunQuery::default() };
    let newest = app.ports.views.runs(&query).await?.items;
    match newest.first() {
        Some(row) => Ok(app.ports.views.runs_named(&RunName::Id(row.id)).await?),
        None => Ok(Vec::new()),
    }
}

/// The run of an attempt's own token, and it alone. A token counts only while its attempt goes on, which may be sooner than
/// the runner says that there is a process.
async fn own_run(app: &App, attempt: AttemptId, parsed: &RunName, name: &str) -> AppResult<RunView> {
    let found = app.ports.views.runs_named(parsed).await?;
    let own = found.into_iter().find(|run| run.id == attempt.run);
    own.ok_or_else(|| AppError::not_found("run", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_tokens_are_genuine_only_as_made() {
        let (keys, other) = (Keys::new([1; 32]), Keys::new([2; 32]));
        let token = keys.runner_token(RunnerId::from_u128(5));
        assert_eq!(keys.genuine("hvr", &token), Some(RunnerId::from_u128(5).to_string().as_str()));
        assert_eq!(keys.genuine("hva", &token), None);
        assert_eq!(other.genuine("hvr", &token), None);
        let forged = token.replace("0005", "0006");
        assert_eq!(keys.genuine("hvr", &forged), None);
        assert_eq!(keys.genuine("hvr", "hvr__"), None);
        // What proves that the server is the runner's can be made with the runner's own token.
        let here = "127.0.0.1:1".parse().expect("an address");
        let witness = Witness::of_token(&token).expect("a runner's");
        let challenge = Challenge { nonce: [1; 32], witness, server: here, client: here };
        assert!(challenge.is_answered_by(&keys.prove(&challenge), token.as_bytes()));
        assert!(!challenge.is_answered_by(&other.prove(&challenge), token.as_bytes()));
    }

    #[test]
    fn roles_reach_down_and_strangers_learn_nothing() {
        let path = |text: &str| text.parse::<ProjectPath>().expect("a good path");
        let grant = Grant { scope: Scope::Project(path("astro")), role: Role::Member, may_run_as_server: false };
        let caller = Caller::User { id: UserId::from_u128(1), grants: vec![grant] };
        assert!(caller.require(Role::Member, &path("astro/exo")).is_ok());
        assert!(matches!(caller.require(Role::Owner, &path("astro")), Err(AppError::Denied)));
        assert!(matches!(caller.require(Role::Viewer, &path("bio")), Err(AppError::NotFound { .. })));
        assert!(matches!(caller.require_home(Role::Viewer), Err(AppError::Denied)));
    }
}
