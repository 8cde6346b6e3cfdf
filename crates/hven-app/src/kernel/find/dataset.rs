//! Finds the version of a dataset that a person names.

use hven_core::{DatasetId, access::Role, catalogue::DatasetRef, name::Name, project::ProjectPath};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::only_one::{NameQuery, only_one},
        floor::Kernel,
    },
    ports::catalogue::DatasetView,
};

/// A version of a dataset as people write it.
pub fn reference(dataset: &DatasetView) -> String {
    dataset.reference()
}

/// The dataset with that name (`planets`, `planets@2`, `planets@2.train`) or id, and the named part, if the caller has
/// the role in its project. A caller who may not see it gets the answer that it does not exist.
pub async fn find(
    kernel: &Kernel,
    caller: &Caller,
    text: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<(DatasetView, Option<Name>)> {
    caller.require_user()?;
    let (found, part) = match text.parse::<DatasetId>() {
        Ok(id) => (kernel.ports.views.dataset(id).await?.into_iter().collect(), None),
        Err(_) => {
            let name: DatasetRef = text.parse().map_err(|_| AppError::not_found("dataset", text))?;
            (kernel.ports.views.datasets_named(&name.name, name.version).await?, name.part)
        }
    };
    let dataset = only_one(caller, &NameQuery { noun: "dataset", text, project, role }, found, |dataset| {
        let at = &dataset.version.project;
        (at.clone(), format!("{} in {at}", reference(dataset)))
    })?;
    Ok((dataset, part))
}
