//! Users and their roles.

use hven_core::{
    UserId,
    access::{Role, RoleGranted, RoleRevoked, Scope},
    user,
};

use crate::{App, AppError, AppResult, Caller, ports::views::UserView};

const NAME_BYTES_MAX: usize = 200;

/// The users; only those with a role in the whole home may see them all.
pub async fn users(app: &App, caller: &Caller) -> AppResult<Vec<UserView>> {
    caller.require_home(Role::Viewer)?;
    Ok(app.ports.views.users().await?)
}

pub async fn add_user(
    app: &App,
    caller: &Caller,
    name: String,
    email: Option<String>,
    key: Option<String>,
) -> AppResult<UserView> {
    caller.require_home(Role::Owner)?;
    let good = |text: &str| !text.trim().is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control);
    if !good(&name) || email.as_deref().is_some_and(|email| !good(email) || !email.contains('@')) {
        return Err(AppError::invalid("the name or the e-mail address", "is empty, too long or not one"));
    }
    let added = user::Added { user: UserId::mint(app.now(), crate::random()), name, email };
    let appended = app.record(caller.actor(), key, vec![added.into()]).await?;
    let id = appended.facts.first().and_then(|recorded| recorded.header.subject).map(UserId::from_u128);
    let user = match id {
        Some(id) => app.ports.views.user(id).await?,
        None => None,
    };
    user.ok_or_else(|| AppError::not_found("user", "just added"))
}

/// Who has which role in a project, or in the whole home.
pub async fn members(app: &App, caller: &Caller, scope: &Scope) -> AppResult<Vec<(UserView, Role)>> {
    require_in(caller, Role::Viewer, scope)?;
    let mut members = Vec::new();
    for (user, role) in app.ports.views.members(scope).await? {
        if let Some(user) = app.ports.views.user(user).await? {
            members.push((user, role));
        }
    }
    Ok(members)
}

fn require_in(caller: &Caller, role: Role, scope: &Scope) -> AppResult<()> {
    match scope {
        Scope::Home => caller.require_home(role),
        Scope::Project(project) => caller.require(role, project),
    }
}

pub async fn grant(
    app: &App,
    caller: &Caller,
    scope: Scope,
    user: UserId,
    role: Role,
    key: Option<String>,
) -> AppResult<()> {
    require_in(caller, Role::Owner, &scope)?;
    if app.ports.views.user(user).await?.is_none() {
        return Err(AppError::not_found("user", user));
    }
    if role != Role::Owner {
        keep_an_owner(app, &scope, user).await?;
    }
    app.record(caller.actor(), key, vec![RoleGranted { project: scope, user, role }.into()]).await?;
    Ok(())
}

pub async fn revoke(app: &App, caller: &Caller, scope: Scope, user: UserId, key: Option<String>) -> AppResult<()> {
    require_in(caller, Role::Owner, &scope)?;
    let members = app.ports.views.members(&scope).await?;
    if !members.iter().any(|(member, _)| *member == user) {
        return Err(AppError::not_found("member", user));
    }
    keep_an_owner(app, &scope, user).await?;
    app.record(caller.actor(), key, vec![RoleRevoked { project: scope, user }.into()]).await?;
    Ok(())
}

/// Refuses to take the last owner from the home: nobody could grant anything any more.
async fn keep_an_owner(app: &App, scope: &Scope, user: UserId) -> AppResult<()> {
    if *scope != Scope::Home {
        return Ok(());
    }
    let members = app.ports.views.members(scope).await?;
    let owners = members.iter().filter(|(_, role)| *role == Role::Owner);
    let mut others = owners.filter(|(member, _)| *member != user);
    if members.contains(&(user, Role::Owner)) && others.next().is_none() {
        return Err(AppError::Conflict("this is the last owner of the home: make another one first".to_owned()));
    }
    Ok(())
}
