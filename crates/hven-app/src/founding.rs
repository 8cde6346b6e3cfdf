//! A fresh home: its one owner, and the token in the home's own file.

use hven_core::{
    ActorId, Digest, TokenId, UserId,
    access::{Role, RoleGranted, Scope, TokenIssued},
    project, user,
};

use crate::{App, AppResult, tokens::new_secret};

/// Makes the first owner when there is nobody yet, and answers the secret of a new token of theirs. Called when the
/// home is fresh or its token file is gone, by whoever holds the home's folder: they own everything in it anyway.
pub async fn owner_token(app: &App, owner_name: &str) -> AppResult<String> {
    let now = app.now();
    let mut facts = Vec::new();
    let members = app.ports.views.members(&Scope::Home).await?;
    let owner = members.into_iter().find(|(_, role)| *role == Role::Owner).map(|(user, _)| user);
    let owner = owner.unwrap_or_else(|| {
        let user = UserId::mint(now, crate::random());
        facts.push(user::Added { user, name: owner_name.to_owned(), email: None }.into());
        facts.push(RoleGranted { project: Scope::Home, user, role: Role::Owner }.into());
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
