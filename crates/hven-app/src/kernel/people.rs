//! Users and their roles.
//!
//! Checks and changes of roles hold one lock, so that two owners cannot demote each other at the same time. The user
//! who represents the owner of the home's files stays an owner of the home: [why](crate::home_owner).

use std::collections::HashMap;

use hven_core::{
    ActorId, Fact, UserId,
    access::{Grant, Role, RoleGranted, RoleRevoked, Scope, TokenRevoked, home_owners},
    envelope::Header,
    limits,
    safe_text::safe_text,
    user,
};
use tokio::sync::MutexGuard;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
        home_owner,
        random::random,
    },
    ports::{
        error::StoreError,
        people::{TokenView, UserView},
        record::FactQuery,
    },
};

/// The owner of a token, as the owner sees it.
#[derive(Clone, Debug)]
pub struct Me {
    /// `user`, `run`, `tracker` or `runner`.
    pub kind: &'static str,
    pub id: ActorId,
    pub name: Option<String>,
    pub grants: Vec<Grant>,
}

/// The caller.
pub async fn me(kernel: &Kernel, caller: &Caller) -> AppResult<Me> {
    let (kind, name, grants) = match caller {
        Caller::User { id, grants } => {
            let user = kernel.ports.views.user(*id).await?;
            ("user", user.and_then(|user| user.name), grants.clone())
        }
        Caller::Attempt { .. } => ("run", None, Vec::new()),
        Caller::Tracker { grants, .. } => ("tracker", None, grants.clone()),
        Caller::Runner { .. } => ("runner", None, Vec::new()),
    };
    Ok(Me { kind, id: caller.actor(), name, grants })
}

/// All users. Only a role in the whole home may list them.
pub async fn users(kernel: &Kernel, caller: &Caller) -> AppResult<Vec<UserView>> {
    caller.require_home(Role::Viewer)?;
    Ok(kernel.ports.views.users().await?)
}

pub async fn add_user(
    kernel: &Kernel,
    caller: &Caller,
    name: String,
    email: Option<String>,
    key: Option<String>,
) -> AppResult<UserView> {
    caller.require_home(Role::Owner)?;
    check_readable("the name", &name)?;
    if name.trim().parse::<UserId>().is_ok() {
        return Err(AppError::invalid("the name", "looks like an id: commands take either"));
    }
    if let Some(email) = &email {
        check_readable("the e-mail address", email)?;
        if !email.contains('@') {
            return Err(AppError::invalid("the e-mail address", "has no @"));
        }
    }
    let added = user::Added { user: UserId::mint(kernel.now(), random()), name, email };
    // Held until the user is recorded, so that two parallel calls do not give two users the same name.
    let _turn = kernel.members_turn.lock().await;
    require_unused(kernel, caller, &added, key.as_deref()).await?;
    let appended = kernel.record(caller.actor(), key, vec![added.into()]).await?;
    let id = appended.facts.first().and_then(|recorded| recorded.header.subject).map(UserId::from_u128);
    let user = match id {
        Some(id) => kernel.ports.views.user(id).await?,
        None => None,
    };
    user.ok_or_else(|| AppError::not_found("user", "just added"))
}

/// Requires a text that people can tell apart: it has no hidden characters.
fn check_readable(what: &str, text: &str) -> AppResult<()> {
    limits::line(what, text, limits::NAME_BYTES_MAX)?;
    if safe_text(text) != text {
        return Err(AppError::invalid(what, "has a character that is not seen, or that turns the direction of text"));
    }
    Ok(())
}

/// Refuses a name or an address that another user has. A repeated call with the same key is not refused: it gets the
/// first answer again.
async fn require_unused(kernel: &Kernel, caller: &Caller, new: &user::Added, key: Option<&str>) -> AppResult<()> {
    let users = kernel.ports.views.users().await?;
    for (what, wanted) in [("name", Some(&new.name)), ("e-mail address", new.email.as_ref())] {
        let Some(wanted) = wanted else { continue };
        let is_it =
            |text: &Option<String>| text.as_deref().is_some_and(|text| case_folded(text) == case_folded(wanted));
        let other = users.iter().find(|user| is_it(&user.name) || is_it(&user.email)).map(|user| user.id);
        if let Some(other) = other
            && !is_added_with(kernel, caller, other, key).await?
        {
            let why = format!(
                "the {what} {wanted:?} is that of the user {other}: choose another; small and capital letters are alike, and \
                 `hven user ls` lists all users"
            );
            return Err(AppError::Conflict(why));
        }
    }
    Ok(())
}

/// Whether the call with this key added the user.
async fn is_added_with(kernel: &Kernel, caller: &Caller, user: UserId, key: Option<&str>) -> AppResult<bool> {
    let Some(key) = key else { return Ok(false) };
    let kind = Some("user.added".to_owned());
    let query = FactQuery { kind, subject: Some(user.as_u128()), limit: 1, ..FactQuery::default() };
    let added = kernel.ports.record.facts(query).await?;
    Ok(added.first().is_some_and(|fact| fact.header.actor == caller.actor() && fact.header.key.as_deref() == Some(key)))
}

/// A name or an address in the form in which it is compared.
fn case_folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The roles of all users in all scopes that the caller may see: first in the whole home, then project by project.
pub async fn members_everywhere(kernel: &Kernel, caller: &Caller) -> AppResult<Vec<(UserView, Grant)>> {
    caller.require_user()?;
    let mut roles: HashMap<UserId, Vec<Grant>> = HashMap::new();
    for (user, grant) in kernel.ports.views.all_roles().await? {
        if require_in(caller, Role::Viewer, &grant.scope).is_ok() {
            roles.entry(user).or_default().push(grant);
        }
    }
    let mut members = Vec::new();
    for user in kernel.ports.views.users().await? {
        let grants = roles.remove(&user.id).unwrap_or_default();
        members.extend(grants.into_iter().map(|grant| (user.clone(), grant)));
    }
    // The sort is stable: within a scope they stay in the order in which they were added.
    members.sort_by(|(_, one), (_, other)| one.scope.cmp(&other.scope));
    Ok(members)
}

/// The roles of all users in a project, or in the whole home.
pub async fn members(kernel: &Kernel, caller: &Caller, scope: &Scope) -> AppResult<Vec<(UserView, Grant)>> {
    require_in(caller, Role::Viewer, scope)?;
    let roles = kernel.ports.views.members(scope).await?;
    let ids: Vec<UserId> = roles.iter().map(|(user, _)| *user).collect();
    let users = kernel.ports.views.users_by_id(&ids).await?;
    let users: HashMap<UserId, UserView> = users.into_iter().map(|user| (user.id, user)).collect();
    Ok(roles.into_iter().filter_map(|(user, grant)| Some((users.get(&user)?.clone(), grant))).collect())
}

fn require_in(caller: &Caller, role: Role, scope: &Scope) -> AppResult<()> {
    match scope {
        Scope::Home => caller.require_home(role),
        Scope::Project(project) => caller.require(role, project),
    }
}

/// A role to grant.
#[derive(Clone, Debug)]
pub struct NewRole {
    pub scope: Scope,
    pub user: UserId,
    pub role: Role,
    /// Whether commands may run as the server's Unix user; `None` keeps the current setting.
    pub may_run_as_server: Option<bool>,
}

pub async fn grant(kernel: &Kernel, caller: &Caller, new: NewRole, key: Option<String>) -> AppResult<()> {
    let _turn = kernel.members_turn.lock().await;
    let caller = caller.with_current_roles(kernel.ports.views.as_ref()).await?;
    let NewRole { scope, user, role, may_run_as_server } = new;
    require_in(&caller, Role::Owner, &scope)?;
    if kernel.ports.views.user(user).await?.is_none() {
        return Err(AppError::not_found("user", user));
    }
    if role != Role::Owner {
        require_other_user(kernel, &scope, user).await?;
    }
    let before = kernel.ports.views.roles(user).await?.into_iter().find(|grant| grant.scope == scope);
    let might_before = before.is_some_and(|grant| grant.may_run_as_server);
    let may_run_as_server = match may_run_as_server {
        Some(true) if role == Role::Viewer => {
            let why = "runs nothing: make them a member to let their commands run as the Unix user of the server";
            return Err(AppError::invalid("a viewer", why));
        }
        // This setting allows everything that the Unix user can do, so only an owner of the home may give it.
        Some(true) if !might_before => {
            caller.require_home(Role::Owner)?;
            true
        }
        Some(may) => may,
        None => might_before && role != Role::Viewer,
    };
    let granted = RoleGranted { project: scope, user, role, may_run_as_server };
    let recorded = kernel.record(caller.actor(), key, vec![granted.into()]).await;
    kernel.rights.changed().await;
    recorded.map(drop)
}

pub async fn revoke(
    kernel: &Kernel,
    caller: &Caller,
    scope: Scope,
    user: UserId,
    key: Option<String>,
) -> AppResult<()> {
    let _turn = kernel.members_turn.lock().await;
    let caller = caller.with_current_roles(kernel.ports.views.as_ref()).await?;
    require_in(&caller, Role::Owner, &scope)?;
    let members = kernel.ports.views.members(&scope).await?;
    if !members.iter().any(|(member, _)| *member == user) {
        return Err(AppError::not_found("member", user));
    }
    require_other_user(kernel, &scope, user).await?;
    let recorded = kernel.record(caller.actor(), key, vec![RoleRevoked { project: scope, user }.into()]).await;
    kernel.rights.changed().await;
    recorded.map(drop)
}

/// The rights that were revoked from a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemovedRights {
    pub roles: usize,
    pub tokens: usize,
    pub sessions: usize,
}

/// Revokes all roles, tokens and browser sessions of a user, in one batch. The record keeps the user and everything
/// that the user did. The name stays until its fact is erased.
pub async fn remove_user(
    kernel: &Kernel,
    caller: &Caller,
    user: UserId,
    key: Option<String>,
) -> AppResult<RemovedRights> {
    let _turn = kernel.members_turn.lock().await;
    let caller = caller.with_current_roles(kernel.ports.views.as_ref()).await?;
    caller.require_home(Role::Owner)?;
    if kernel.ports.views.user(user).await?.is_none() {
        return Err(AppError::not_found("user", user));
    }
    require_other_user(kernel, &Scope::Home, user).await?;
    let roles = kernel.ports.views.roles(user).await?;
    let now = kernel.now();
    let is_live = |token: &TokenView| token.revoked.is_none() && token.expires.is_none_or(|until| until > now);
    let tokens: Vec<TokenView> = kernel.ports.views.tokens(user).await?.into_iter().filter(is_live).collect();
    let sessions = tokens.iter().filter(|token| token.opened_by.is_some()).count();
    let removed = RemovedRights { roles: roles.len(), tokens: tokens.len() - sessions, sessions };
    let mut facts: Vec<Fact> =
        roles.into_iter().map(|grant| RoleRevoked { project: grant.scope, user }.into()).collect();
    facts.extend(tokens.iter().map(|token| Fact::from(TokenRevoked { token: token.id })));
    if !facts.is_empty() {
        let recorded = kernel.record(caller.actor(), key, facts).await;
        kernel.rights.changed().await;
        recorded?;
    }
    Ok(removed)
}

const OWN_USER: &str = "stands for the Unix user who owns the files of the home, and stays an owner of the home: whoever has \
                        the files can do everything, with a role or without";

/// The number of facts about roles that one query reads.
const FACTS_AT_ONCE: usize = 10_000;

/// Refuses to erase the payload of a fact about roles if the home's own user would lose the ownership of the home. No
/// role changes while the returned guard is held.
pub(crate) async fn lock_for_erasing<'a>(
    kernel: &'a Kernel,
    caller: &Caller,
    seq: u64,
) -> AppResult<MutexGuard<'a, ()>> {
    let turn = kernel.members_turn.lock().await;
    caller.with_current_roles(kernel.ports.views.as_ref()).await?.require_home(Role::Owner)?;
    let own_user = home_owner::own_user(kernel).await?;
    let facts = role_facts(kernel).await?;
    let owners_but = |erased: Option<u64>| {
        let seen = facts.iter().map(|(header, fact)| (header, fact.as_ref().filter(|_| Some(header.seq) != erased)));
        home_owners(seen)
    };
    let loses_home = |user: &UserId| owners_but(None).contains(user) && !owners_but(Some(seq)).contains(user);
    if own_user.as_ref().is_some_and(loses_home) {
        let why = format!("fact {seq} cannot be erased: the home would be taken from the user who {OWN_USER}");
        return Err(AppError::Conflict(why));
    }
    Ok(turn)
}

/// All facts about roles, in the order of the record.
async fn role_facts(kernel: &Kernel) -> AppResult<Vec<(Header, Option<Fact>)>> {
    let mut found = Vec::new();
    for kind in ["role.granted", "role.revoked"] {
        let mut after = 0;
        loop {
            let query = FactQuery { after, kind: Some(kind.to_owned()), limit: FACTS_AT_ONCE, ..FactQuery::default() };
            let page = kernel.ports.record.facts(query).await?;
            let Some(last) = page.last() else { break };
            after = last.header.seq;
            for envelope in page {
                let fact = envelope.readable_fact().map_err(StoreError::from)?;
                found.push((envelope.header, fact));
            }
        }
    }
    found.sort_by_key(|(header, _)| header.seq);
    Ok(found)
}

/// Refuses to revoke the home from its own user.
async fn require_other_user(kernel: &Kernel, scope: &Scope, user: UserId) -> AppResult<()> {
    if *scope == Scope::Home && home_owner::own_user(kernel).await? == Some(user) {
        return Err(AppError::Conflict(format!("this user {OWN_USER}")));
    }
    Ok(())
}
