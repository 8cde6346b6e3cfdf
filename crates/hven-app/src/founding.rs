//! A fresh home: its one owner, and the token in the home's own file.

use hven_core::{
    ActorId, Digest, TokenId, UserId,
    access::{Role, RoleGranted, Scope, TokenIssued},
    project, user,
};

use crate::{App, AppError, AppResult, access, tokens::new_secret};

/// Whether the home's own token is to be made anew: it is gone or revoked, or the home has no owner. The Unix user who owns
/// the home's folder is never locked out.
pub async fn needs_token(app: &App, token: Option<&str>) -> AppResult<bool> {
    let members = app.ports.views.members(&Scope::Home).await?;
    if !members.iter().any(|(_, grant)| grant.role == Role::Owner) {
        return Ok(true);
    }
    let Some(token) = token else { return Ok(true) };
    match access::authenticate(app, token).await {
        Ok(_) => Ok(false),
        Err(AppError::Unauthenticated) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Makes the first owner when there is nobody yet, and answers the secret of a new token of theirs. Called when the
/// home is fresh or its token file is gone, by whoever holds the home's folder: they own everything in it anyway.
pub async fn owner_token(app: &App, owner_name: &str) -> AppResult<String> {
    let now = app.now();
    let mut facts = Vec::new();
    let members = app.ports.views.members(&Scope::Home).await?;
    let owner = members.into_iter().find(|(_, grant)| grant.role == Role::Owner).map(|(user, _)| user);
    let owner = owner.unwrap_or_else(|| {
        let user = UserId::mint(now, crate::random());
        facts.push(user::Added { user, name: owner_name.to_owned(), email: None }.into());
        facts.push(RoleGranted { project: Scope::Home, user, role: Role::Owner, may_run_as_server: false }.into());
        facts.push(project::Added { path: project::ProjectPath::home() }.into());
        user
    });
    let secret = new_secret(crate::random());
    let issued = TokenIssued {
        token: TokenId::mint(now, crate::random()),
        user: owner,
        name: "this machine".to_owned(),
        digest: Digest::of(secret.as_bytes()),
        expires: None,
    };
    facts.push(issued.into());
    app.record(ActorId::SYSTEM, None, facts).await?;
    Ok(secret)
}
