//! Whether a version of a dataset can get another split.

use std::collections::BTreeMap;

use hven_core::{catalogue::Part, name::Name, recipe::StartedBy};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    catalogue::floor::Catalogue,
    kernel::{
        error::{AppError, AppResult},
        find::dataset::reference,
    },
    ports::{
        catalogue::{DatasetView, SplitView},
        run::{RunName, RunView},
    },
};

/// The arguments of the recipe about the parts. Splits of one version with the same arguments have the same parts.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct SplitArguments {
    method: String,
    by: Option<String>,
    #[serde(default)]
    seed: u64,
    parts: BTreeMap<String, f64>,
    hold_out: Option<String>,
}

impl SplitArguments {
    pub(super) fn of(arguments: &Value) -> Option<Self> {
        let mut wanted = Self::deserialize(arguments).ok()?;
        if wanted.method == "random" {
            // Earlier versions accepted a column here and ignored it.
            wanted.by = None;
        }
        Some(wanted)
    }

    /// `None` when the run is no split, or when its specification was erased.
    pub(crate) fn of_run(run: &RunView) -> Option<Self> {
        Self::of(&run.spec()?.recipe.as_ref()?.arguments)
    }
}

const OTHER_NAME: &str = "give a second split a name of its own: --name NAME";

const IN_ONE_GO: &str = "divide it into all parts in one go, such as train, validate and test: bring the table in under \
                         another name (`hven data add FILE --name OTHER`), and divide that";

/// Refuses a split that would replace another one, or whose parts would contain held-out data of another one. The same
/// split again is accepted.
pub(crate) async fn require_no_conflict(
    catalogue: &Catalogue,
    dataset: &DatasetView,
    name: &Name,
    wanted: Option<&SplitArguments>,
) -> AppResult<()> {
    let there = catalogue.ports.views.splits(dataset.version.dataset).await?;
    let same_name = there.iter().find(|split| split.name == *name);
    if let (Some(same_name), Some(wanted)) = (same_name, wanted) {
        let run = catalogue.ports.views.runs_named(&RunName::Id(same_name.run)).await?.pop();
        if run.as_ref().and_then(SplitArguments::of_run).as_ref() == Some(wanted) {
            return Ok(());
        }
    }
    let refuse = |why: String, advice: &'static str| Err(AppError::Divided { why, advice });
    let holds_out = |split: &&SplitView| split.parts.iter().any(|part| part.hold_out);
    if let Some(other) = there.iter().find(holds_out) {
        let why = format!(
            "{}; parts of a further split could hold rows that this one holds out",
            describe_split(dataset, other)
        );
        return refuse(why, IN_ONE_GO);
    }
    if let Some(other) = there.first()
        && wanted.is_some_and(|wanted| wanted.hold_out.is_some())
    {
        let why =
            format!("{}; a further split cannot hold out rows that these parts hold", describe_split(dataset, other));
        return refuse(why, IN_ONE_GO);
    }
    if let Some(same_name) = same_name {
        return refuse(describe_split(dataset, same_name), OTHER_NAME);
    }
    let has = |part: &&str| wanted.is_some_and(|wanted| wanted.parts.contains_key(*part));
    for other in &there {
        if let Some(part) = other.parts.iter().map(|part| part.name.as_str()).find(has) {
            let whole = reference(dataset);
            return Err(AppError::Conflict(format!("{whole} has a part {part} already, of its split {}", other.name)));
        }
    }
    Ok(())
}

/// The run that made the same split with another version of the recipe. The recorded split stays as it is: this version
/// might make other parts under its name.
pub(crate) async fn made_by_another_version(
    catalogue: &Catalogue,
    dataset: &DatasetView,
    name: &Name,
    wanted: &SplitArguments,
) -> AppResult<Option<RunView>> {
    let there = catalogue.ports.views.splits(dataset.version.dataset).await?;
    let Some(same_name) = there.into_iter().find(|split| split.name == *name) else { return Ok(None) };
    let run = catalogue.ports.views.runs_named(&RunName::Id(same_name.run)).await?.pop();
    let version = |run: &RunView| run.spec()?.recipe.as_ref().map(|recipe| recipe.version);
    let now = catalogue.recipes.version_started_by(StartedBy::Division);
    Ok(run.filter(|run| SplitArguments::of_run(run).as_ref() == Some(wanted) && version(run) != now))
}

/// Refuses other parts under the name of a recorded split.
pub(super) fn require_same_parts(dataset: &DatasetView, recorded: &SplitView, made: &[Part]) -> AppResult<()> {
    let content_of =
        |parts: &[Part], name: &Name| parts.iter().find(|part| part.name == *name).map(|part| part.content.digest);
    if made.iter().all(|part| content_of(&recorded.parts, &part.name) == Some(part.content.digest)) {
        return Ok(());
    }
    let why = format!(
        "{}; an earlier version of Hven made it, and this version makes other parts from the same settings, because rows \
         that are equal stay in one part",
        describe_split(dataset, recorded)
    );
    Err(AppError::Divided { why, advice: OTHER_NAME })
}

/// For example `t@1 is divided already: its split split (random, seed 1) has the parts test (rows: 1, held out), train
/// (rows: 3)`
fn describe_split(dataset: &DatasetView, split: &SplitView) -> String {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn an_ignored_argument_makes_no_other_split() {
        let wanted = |by: Value| {
            SplitArguments::of(&json!({ "name": "split", "method": "random", "by": by, "parts": { "a": 1.0 } }))
        };
        assert!(wanted(Value::Null).is_some());
        assert_eq!(wanted(json!("y")), wanted(Value::Null));
        assert_eq!(SplitArguments::of(&json!({ "candidates": 3 })), None);
    }
}
