//! Splits a version of a dataset into named parts, one of which may be held out.
//!
//! A split is never replaced by another one, and its held-out data is in no part of another split. So a name always
//! refers to the same data, and held-out data stays held out. Older homes may have splits that break this rule, and
//! keep them.

use std::collections::BTreeMap;

use hven_core::{
    access::Role,
    catalogue::Purpose,
    dataset::split::{Share, SplitMethod, SplitPlan},
    name::Name,
    project::ProjectPath,
    recipe::StartedBy,
};
use serde_json::json;

use crate::{
    catalogue::{
        datasets::ALL,
        floor::Catalogue,
        imports::{CatalogueRun, catalogue_run},
        result_files,
        split_conflicts::{SplitArguments, made_by_another_version, require_no_conflict},
    },
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::dataset::{find, reference},
        labelled::{Labelled, label},
    },
    work::{
        fresh_folders::{fresh_run, staged},
        submit::submission::RunRequest,
    },
};

/// The settings of a new split.
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

impl NewSplit {
    /// Refuses settings that are wrong for every table.
    fn check(&self) -> AppResult<()> {
        let method = self.checked_method()?;
        if self.parts.keys().any(|part| part.as_str() == ALL) {
            return Err(AppError::invalid(
                format!("the part {ALL}"),
                "needs another name: this one means the whole dataset",
            ));
        }
        let parts = self.parts.iter().map(|(part, share)| Share { part: part.to_string(), share: *share }).collect();
        let hold_out = self.hold_out.as_ref().map(ToString::to_string);
        SplitPlan { name: self.name.to_string(), method, seed: self.seed, parts, hold_out }.check()?;
        Ok(())
    }

    fn checked_method(&self) -> AppResult<SplitMethod> {
        let what = format!("the method {:?}", self.method);
        match (self.method.as_str(), self.by.clone()) {
            ("random", None) => Ok(SplitMethod::Random),
            ("random", Some(column)) => Err(AppError::invalid(
                what,
                format!(
                    "looks at no column, and the column {column:?} was named: leave it out, or divide stratified or by key"
                ),
            )),
            ("stratified", Some(column)) => Ok(SplitMethod::Stratified { column }),
            ("by_key", Some(column)) => Ok(SplitMethod::ByKey { columns: vec![column] }),
            ("stratified" | "by_key", None) => Err(AppError::invalid(what, "needs a column: say which with by")),
            _ => Err(AppError::invalid(what, "is not one of random, stratified, by_key")),
        }
    }
}

pub async fn add(
    catalogue: &Catalogue,
    caller: &Caller,
    key: Option<String>,
    dataset: &str,
    project: Option<&ProjectPath>,
    split: NewSplit,
) -> AppResult<Labelled<CatalogueRun>> {
    let (dataset, part) = find(catalogue, caller, dataset, project, Role::Member).await?;
    if let Some(part) = part {
        let whole = reference(&dataset);
        let why = format!("is not a whole version, and only whole versions are divided: say {whole}");
        return Err(AppError::invalid(format!("{whole}.{part}"), why));
    }
    split.check()?;
    let of = &dataset.version;
    let arguments = json!({
        "name": split.name,
        "method": split.method,
        "by": split.by,
        "seed": split.seed,
        "parts": split.parts,
        "hold_out": split.hold_out,
    });
    let wanted = SplitArguments::of(&arguments);
    require_no_conflict(catalogue, &dataset, &split.name, wanted.as_ref()).await?;
    if let Some(wanted) = wanted.filter(|_| !split.fresh)
        && let Some(run) = made_by_another_version(catalogue, &dataset, &split.name, &wanted).await?
    {
        let there = CatalogueRun { run, up_to_date: true, dataset: Some(dataset), unchanged: true };
        return label(catalogue, there).await;
    }
    let mut outputs: Vec<String> = split.parts.keys().map(result_files::part_path).collect();
    outputs.push(result_files::SPLIT.to_owned());
    let input = staged(result_files::TABLE, of.content.digest, of.content.size);
    let submit = RunRequest {
        name: Some(format!("split {}", of.name)),
        recipe: Some(catalogue.recipes.started_by(StartedBy::Division, arguments)?),
        purpose: Some(Purpose::Split { dataset: of.dataset, name: split.name, hold_out: split.hold_out }),
        fresh: split.fresh,
        ..RunRequest::of(of.project.clone(), fresh_run(vec![input], outputs))
    };
    label(catalogue, catalogue_run(catalogue, caller, key, submit).await?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(method: &str, by: Option<&str>, parts: &[(&str, f64)], hold_out: Option<&str>) -> NewSplit {
        let name = |text: &str| text.parse::<Name>().unwrap();
        NewSplit {
            name: name("split"),
            method: method.to_owned(),
            by: by.map(str::to_owned),
            seed: 1,
            parts: parts.iter().map(|(part, share)| (name(part), *share)).collect(),
            hold_out: hold_out.map(name),
            fresh: false,
        }
    }

    #[test]
    fn a_split_is_checked_before_anything_is_recorded() {
        let two = &[("a", 0.5), ("b", 0.5)];
        assert!(new("random", None, two, Some("b")).check().is_ok());
        assert!(new("stratified", Some("y"), two, None).check().is_ok());
        for (bad, said) in [
            (new("random", Some("y"), two, None), "looks at no column"),
            (new("by_key", None, two, None), "needs a column"),
            (new("by chance", None, two, None), "is not one of random, stratified, by_key"),
            (new("random", None, two, Some("c")), "is not one of its parts"),
            (new("random", None, &[("all", 0.5), ("b", 0.5)], None), "means the whole dataset"),
            (new("random", None, &[("a", 0.5), ("b", 0.4)], None), "make 0.9 together (a 0.5, b 0.4)"),
        ] {
            let refused = bad.check().map_err(|refused| (refused.code(), refused.to_string()));
            assert!(matches!(&refused, Err(("invalid", text)) if text.contains(said)), "{said}: {refused:?}");
        }
    }
}
