//! Dividing a version of a dataset into named parts, one of which may be held out.
//!
//! A split is never replaced by another one, and what a split holds out is in no part of another split: what a name gives
//! today it gives tomorrow, and what was held out stays so. Homes of before may have it otherwise, and keep what they have.

use std::collections::BTreeMap;

use hven_core::{
    access::Role,
    catalogue::Purpose,
    dataset::split::{Share, SplitMethod, SplitPlan},
    name::Name,
    project::ProjectPath,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    App, AppError, AppResult, Caller,
    datasets::{ALL, find, reference},
    imports::{CatalogueRun, catalogue_run, fresh_run, staged},
    labelled::{Labelled, label},
    ports::{
        catalogue::{DatasetView, SplitView},
        views::{RunName, RunView},
    },
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

impl NewSplit {
    /// Refuses at once what no table could make right.
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

/// What the recipe is told about the parts. Splits of one version that were told the same have the same parts.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Told {
    method: String,
    by: Option<String>,
    #[serde(default)]
    seed: u64,
    parts: BTreeMap<String, f64>,
    hold_out: Option<String>,
}

impl Told {
    fn of(arguments: &Value) -> Option<Self> {
        let mut told = Self::deserialize(arguments).ok()?;
        if told.method == "random" {
            // Earlier versions let a column stand there, and did not look at it.
            told.by = None;
        }
        Some(told)
    }

    /// `None` when the run is no split, or its specification was erased.
    pub(crate) fn of_run(run: &RunView) -> Option<Self> {
        Self::of(&run.spec.as_ref()?.recipe.as_ref()?.arguments)
    }
}

pub async fn add(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    dataset: &str,
    project: Option<&ProjectPath>,
    split: NewSplit,
) -> AppResult<Labelled<CatalogueRun>> {
    let (dataset, part) = find(app, caller, dataset, project, Role::Member).await?;
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
    require_room(app, &dataset, &split.name, Told::of(&arguments).as_ref()).await?;
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
    label(app, catalogue_run(app, caller, key, submit).await?).await
}

const OTHER_NAME: &str = "give a second split a name of its own: --name NAME";
const IN_ONE_GO: &str = "divide it into all parts in one go, such as train, validate and test: bring the table in under \
                         another name (`hven data add FILE --name OTHER`), and divide that";

/// Refuses a split that would take the place of another one, or whose parts would hold what another one holds out. The same
/// split again is welcome.
pub(crate) async fn require_room(app: &App, dataset: &DatasetView, name: &Name, told: Option<&Told>) -> AppResult<()> {
    let there = app.ports.views.splits(dataset.version.dataset).await?;
    let taken = there.iter().find(|split| split.name == *name);
    if let (Some(taken), Some(told)) = (taken, told) {
        let run = app.ports.views.runs_named(&RunName::Id(taken.run)).await?.pop();
        if run.as_ref().and_then(Told::of_run).as_ref() == Some(told) {
            return Ok(());
        }
    }
    let refuse = |why: String, advice: &'static str| Err(AppError::Divided { why, advice });
    let holds_out = |split: &&SplitView| split.parts.iter().any(|part| part.hold_out);
    if let Some(other) = there.iter().find(holds_out) {
        let why =
            format!("{}; parts of a further split could hold rows that this one holds out", divided(dataset, other));
        return refuse(why, IN_ONE_GO);
    }
    if let Some(other) = there.first()
        && told.is_some_and(|told| told.hold_out.is_some())
    {
        let why = format!("{}; a further split cannot hold out rows that these parts hold", divided(dataset, other));
        return refuse(why, IN_ONE_GO);
    }
    if let Some(taken) = taken {
        return refuse(divided(dataset, taken), OTHER_NAME);
    }
    let has = |part: &&str| told.is_some_and(|told| told.parts.contains_key(*part));
    for other in &there {
        if let Some(part) = other.parts.iter().map(|part| part.name.as_str()).find(has) {
            let whole = reference(dataset);
            return Err(AppError::Conflict(format!("{whole} has a part {part} already, of its split {}", other.name)));
        }
    }
    Ok(())
}

/// `t@1 is divided already: its split split (random, seed 1) has the parts test (rows: 1, held out), train (rows: 3)`
fn divided(dataset: &DatasetView, split: &SplitView) -> String {
    let parts = split.parts.iter().map(|part| {
        let held = if part.hold_out { ", held out" } else { "" };
        format!("{} (rows: {}{held})", part.name, part.rows)
    });
    let parts: Vec<String> = parts.collect();
    let whole = reference(dataset);
    let parts = parts.join(", ");
    format!("{whole} is divided already: its split {} ({}) has the parts {parts}", split.name, split.method)
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

    #[test]
    fn what_a_random_split_did_not_look_at_makes_no_other_split() {
        let told =
            |by: Value| Told::of(&json!({ "name": "split", "method": "random", "by": by, "parts": { "a": 1.0 } }));
        assert!(told(Value::Null).is_some());
        assert_eq!(told(json!("y")), told(Value::Null));
        assert_eq!(Told::of(&json!({ "candidates": 3 })), None);
    }
}
