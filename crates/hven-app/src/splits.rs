//! Dividing a version of a dataset into named parts, one of which may be held out.

use std::collections::BTreeMap;

use hven_core::{access::Role, catalogue::Purpose, name::Name, project::ProjectPath};
use serde_json::json;

use crate::{
    App, AppError, AppResult, Caller,
    datasets::{find, reference},
    imports::{CatalogueRun, catalogue_run, fresh_run, staged},
    recipes::Wanted,
    settle,
    submit::Submit,
};

/// How a dataset is to be divided.
#[derive(Clone, Debug)]
pub struct NewSplit {
    pub name: Name,
    /// `random`, `stratified` or `by_key`.
    pub method: String,
    pub by: Option<String>,
    pub seed: u64,
    pub parts: BTreeMap<Name, f64>,
    pub hold_out: Option<Name>,
    pub fresh: bool,
}

pub async fn add(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    dataset: &str,
    project: Option<&ProjectPath>,
    split: NewSplit,
) -> AppResult<CatalogueRun> {
    let (dataset, _) = find(app, caller, dataset, project, Role::Member).await?;
    let of = &dataset.version;
    let there = app.ports.views.splits(of.dataset).await?;
    if let Some(other) = there.iter().find(|other| other.name != split.name)
        && let Some(part) = other.parts.iter().find(|part| split.parts.contains_key(&part.name))
    {
        let name = reference(&dataset);
        return Err(AppError::Conflict(format!(
            "{name} has a part {} already, of its split {}",
            part.name, other.name
        )));
    }
    let arguments = json!({
        "name": split.name,
        "method": split.method,
        "by": split.by,
        "seed": split.seed,
        "parts": split.parts,
        "hold_out": split.hold_out,
    });
    let mut outputs: Vec<String> = split.parts.keys().map(settle::part_path).collect();
    outputs.push(settle::SPLIT.to_owned());
    let input = staged(settle::TABLE, of.content.digest, of.content.size);
    let submit = Submit {
        name: Some(format!("split {}", of.name)),
        recipe: Some(Wanted { name: "split".to_owned(), arguments }),
        purpose: Some(Purpose::Split { dataset: of.dataset, name: split.name, hold_out: split.hold_out }),
        fresh: split.fresh,
        ..Submit::of(of.project.clone(), fresh_run(vec![input], outputs))
    };
    catalogue_run(app, caller, key, submit).await
}
