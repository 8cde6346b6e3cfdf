//! Finds the claim that a person names.

use hven_core::{ClaimId, access::Role, name::Name, project::ProjectPath};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::only_one::{NameQuery, only_one},
        floor::Kernel,
    },
    ports::claims::ClaimView,
};

/// The claim with that name or id, if the caller has the role in its project. `claim/kepler3` is also accepted.
pub async fn find(
    kernel: &Kernel,
    caller: &Caller,
    text: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<ClaimView> {
    caller.require_user()?;
    let text = text.strip_prefix("claim/").unwrap_or(text);
    let found: Vec<ClaimView> = match text.parse::<ClaimId>() {
        Ok(id) => kernel.ports.views.claim(id).await?.into_iter().collect(),
        Err(_) => {
            let name: Name = text.parse().map_err(|_| AppError::not_found("claim", text))?;
            kernel.ports.views.claims_named(&name).await?
        }
    };
    only_one(caller, &NameQuery { noun: "claim", text, project, role }, found, |claim| {
        let at = &claim.stated.project;
        (at.clone(), format!("the one in {at}"))
    })
}
