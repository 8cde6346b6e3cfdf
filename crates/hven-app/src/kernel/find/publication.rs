//! Finds the publication that a person names.

use hven_core::{PublicationId, access::Role, project::ProjectPath, publication::PublicationRef};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::only_one::{NameQuery, only_one},
        floor::Kernel,
    },
    ports::publications::PublicationView,
};

/// A version of a publication as people write it.
pub fn reference(publication: &PublicationView) -> String {
    format!("{}@{}", publication.made.name, publication.made.version)
}

/// The publication with that name (`kepler3`, `kepler3@2`) or id, if the caller has the role in its project.
/// `publication/kepler3` is also accepted.
pub async fn find(
    kernel: &Kernel,
    caller: &Caller,
    text: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<PublicationView> {
    caller.require_user()?;
    let text = text.strip_prefix("publication/").unwrap_or(text);
    let found: Vec<PublicationView> = match text.parse::<PublicationId>() {
        Ok(id) => kernel.ports.views.publication(id).await?.into_iter().collect(),
        Err(_) => {
            let name: PublicationRef = text.parse().map_err(|_| AppError::not_found("publication", text))?;
            kernel.ports.views.publications_named(&name.name, name.version).await?
        }
    };
    only_one(caller, &NameQuery { noun: "publication", text, project, role }, found, |found| {
        let at = &found.made.project;
        (at.clone(), format!("{} in {at}", reference(found)))
    })
}
