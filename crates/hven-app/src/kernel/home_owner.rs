//! The user who represents the Unix user who owns the home's files. This user is created with a fresh home, is always
//! an owner of the home, and is the only user who gets the home's own token.
//!
//! The Unix user who owns the files can do everything with them, with or without a role. A home that refused this user
//! would protect nothing: the Unix user would use another account instead, and the record would name the wrong person.

use hven_core::{
    ActorId, Digest, Fact, TokenId, UserId,
    access::{Role, RoleGranted, Scope, TokenIssued},
    project, user,
};

use crate::{
    kernel::{
        authentication,
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
        random::random,
        tokens::new_secret,
    },
    ports::record::FactQuery,
};

/// The user who represents the Unix user who owns the home's files: the first user in the record. `None` in a fresh
/// home.
pub async fn own_user(kernel: &Kernel) -> AppResult<Option<UserId>> {
    if let Some(user) = kernel.own_user.get() {
        return Ok(Some(*user));
    }
    let query = FactQuery { kind: Some("user.added".to_owned()), limit: 1, ..FactQuery::default() };
    let first = kernel.ports.record.facts(query).await?.pop();
    let user = first.and_then(|fact| fact.header.subject).map(UserId::from_u128);
    Ok(user.map(|user| *kernel.own_user.get_or_init(|| user)))
}

/// Makes the home's own user an owner again if the role was lost. Earlier versions allowed that.
pub async fn restore_owner(kernel: &Kernel) -> AppResult<()> {
    let Some(user) = own_user(kernel).await? else { return Ok(()) };
    let roles = kernel.ports.views.roles(user).await?;
    if roles.iter().any(|grant| grant.scope == Scope::Home && grant.role == Role::Owner) {
        return Ok(());
    }
    tracing::warn!(%user, "the user who stands for the owner of the home's files had lost the home: it is theirs again");
    kernel.record(ActorId::SYSTEM, None, vec![ownership(user)]).await?;
    Ok(())
}

fn ownership(user: UserId) -> Fact {
    RoleGranted { project: Scope::Home, user, role: Role::Owner, may_run_as_server: false }.into()
}

/// Whether the home's own token has to be replaced: it is missing or revoked, or it belongs to another user.
pub async fn needs_token(kernel: &Kernel, token: Option<&str>) -> AppResult<bool> {
    let (Some(user), Some(token)) = (own_user(kernel).await?, token) else { return Ok(true) };
    match authentication::authenticate(kernel, token).await {
        Ok(Caller::User { id, .. }) => Ok(id != user),
        Ok(_) | Err(AppError::Unauthenticated) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Creates the home's own user if there is none, and returns the secret of a new token for this user. The process that
/// holds the home's folder calls it when the home is fresh or its token is not valid.
pub async fn owner_token(kernel: &Kernel, owner_name: &str) -> AppResult<String> {
    let now = kernel.now();
    let mut facts = Vec::new();
    let owner = own_user(kernel).await?.unwrap_or_else(|| {
        let user = UserId::mint(now, random());
        facts.push(user::Added { user, name: owner_name.to_owned(), email: None }.into());
        facts.push(ownership(user));
        facts.push(project::Added { path: project::ProjectPath::home() }.into());
        user
    });
    let secret = new_secret(random());
    let issued = TokenIssued {
        token: TokenId::mint(now, random()),
        user: owner,
        name: "this machine".to_owned(),
        digest: Digest::of(secret.as_bytes()),
        expires: None,
    };
    facts.push(issued.into());
    kernel.record(ActorId::SYSTEM, None, facts).await?;
    Ok(secret)
}
