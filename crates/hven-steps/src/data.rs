//! `[data.NAME]`: imports a table, and divides it if the manifest declares a split.

use hven_api::{
    datasets::{AddDataset, NewSplit},
    runs::{FileRef, RunDetail},
};
use hven_capture::files;
use hven_client::Failure;
use hven_core::{
    manifest::{Data, Manifest, Method},
    recipe::{RecipeList, StartedBy},
    workflow::{StepEnd, StepError, StepReport, StepResult},
};
use hven_terminal::{StepState, dataset_line, notes_on};
use serde_json::{Value, json};

use crate::{
    context::{StepContext, missing},
    host::StepHost,
    new_dataset::{SPLIT, send},
    report::{after_run, failed, run_id},
    step_forecast::StepForecast,
};

/// Imports the table and divides it. Each of the two may need a run. The step continues after the end of that run.
pub fn carry_out<H: StepHost>(
    context: &StepContext<'_, H>,
    name: &str,
    after: Option<&RunDetail>,
) -> anyhow::Result<StepReport> {
    let data = find(context, name)?;
    let mut end = StepEnd::Done;
    let mut dataset = match after {
        Some(run) if run.summary.state != "done" => return Ok(StepReport::Ended(after_run(run)?)),
        Some(run) => context.client.dataset_of_run(&run.summary.id)?.ok_or_else(|| not_in_the_catalogue(run))?,
        None => {
            let source = send(&context.client, &context.folder, data.source.value.as_ref())?;
            let import = context.client.add_dataset(&submission(context, &data, source)?)?;
            if import.up_to_date && import.unchanged {
                end = StepEnd::UpToDate;
            }
            match import.dataset {
                Some(dataset) => dataset,
                None => return Ok(StepReport::Submitted { run: run_id(&import.run.id)?, because: Vec::new() }),
            }
        }
    };
    if let Some(split) = split(&data) {
        match context.client.split_dataset(&dataset.id, None, &split) {
            Err(error) if error.code() == "conflict" => {
                let advice = format!("keep [data.{name}.split] as it was, or give the table another name here");
                let message = format!("{error}; {advice}");
                return Ok(StepReport::Ended(failed(StepError { code: "conflict".to_owned(), message, hint: None })));
            }
            divided => {
                let divided = divided?;
                match divided.dataset {
                    Some(divided) => dataset = divided,
                    None => return Ok(StepReport::Submitted { run: run_id(&divided.run.id)?, because: Vec::new() }),
                }
            }
        }
    }
    if dataset.checks_failed > 0 && !context.options.despite_checks {
        end = StepEnd::Failed;
    }
    let id = dataset.id.parse();
    let id = id.map_err(|_| Failure::new("internal", format!("the server named a dataset {:?}", dataset.id)))?;
    let run = after.map(|run| run_id(&run.summary.id)).transpose()?;
    Ok(StepReport::Ended(StepResult { end, run, dataset: Some(id), ..StepResult::default() }))
}

fn not_in_the_catalogue(run: &RunDetail) -> Failure {
    let handle = &run.summary.handle;
    Failure::new("conflict", format!("run {handle} is done, but its result is not in the catalogue"))
}

/// Predicts the result of the step.
pub fn predict<H: StepHost>(context: &mut StepContext<'_, H>, name: &str) -> anyhow::Result<StepForecast> {
    let data = find(context, name)?;
    let input = files::input(&context.folder, data.source.value.as_ref(), false)?;
    let wanted = submission(context, &data, input.file)?;
    let found = context.client.look_up_dataset(&wanted)?;
    if !found.up_to_date {
        return Ok(StepForecast::would_run(found.because.join("; ")));
    }
    let made = match &found.run {
        Some(run) => context.client.dataset_of_run(&run.id)?,
        None => None,
    };
    let Some(dataset) = made else { return Ok(StepForecast::would_run("it is not in the catalogue")) };
    if dataset.license != wanted.license || dataset.description != wanted.description {
        return Ok(StepForecast::would_run("its licence or description changed"));
    }
    let divided = context.client.dataset(&dataset.id, None)?;
    if let Some(wanted) = split(&data) {
        let splits = &divided.split_list;
        // A split that was imported with a publication may have another name.
        let Some(there) = splits.iter().find(|split| split.name == SPLIT).or(splits.first()) else {
            return Ok(StepForecast::would_run("it is not divided yet"));
        };
        let arguments =
            context.client.run(&there.run.id)?.spec.and_then(|spec| spec.recipe).map(|recipe| recipe.arguments);
        if arguments.is_some_and(|arguments| !is_same_split(&arguments, &wanted)) {
            return Ok(StepForecast::would_run("it is divided in another way than its split here says"));
        }
    }
    let text = dataset_line(&dataset, &notes_on(&divided));
    context.datasets.insert(name.to_owned(), dataset);
    Ok(StepForecast::new(StepState::UpToDate, text))
}

fn find<H: StepHost>(context: &StepContext<'_, H>, name: &str) -> anyhow::Result<Data> {
    let data = context.manifest.data(name).cloned();
    data.ok_or_else(|| missing(&hven_core::manifest::StepId::Data(name.to_owned())))
}

fn submission<H: StepHost>(context: &StepContext<'_, H>, data: &Data, source: FileRef) -> anyhow::Result<AddDataset> {
    let new = import_of(&context.manifest, data, context.recipes, context.project.clone(), source)?;
    Ok(AddDataset { fresh: context.options.fresh, ..new })
}

/// The import that a table of the manifest declares.
pub fn import_of(
    manifest: &Manifest,
    data: &Data,
    recipes: RecipeList,
    project: Option<String>,
    source: FileRef,
) -> anyhow::Result<AddDataset> {
    let settings = recipes.started_by(StartedBy::Import).map(|import| data.source_settings(import)).unwrap_or_default();
    let new = AddDataset {
        types: data.types.iter().map(|(column, type_)| (column.clone(), type_.value.to_string())).collect(),
        units: data.units.iter().map(|(column, unit)| (column.clone(), unit.value.clone())).collect(),
        nulls: (!data.missing.is_empty()).then(|| data.missing.clone()),
        checks: data.checks.iter().map(|check| check.value.source().to_owned()).collect(),
        license: data.license.clone().or_else(|| manifest.project.license.clone()),
        description: data.description.clone(),
        memory_limit_bytes: data.memory_bytes,
        ..AddDataset::of(project, data.name.clone(), source)
    };
    Ok(new.with_source_settings(settings)?)
}

/// Whether the arguments of the recorded split are those of the wanted split.
fn is_same_split(arguments: &Value, wanted: &NewSplit) -> bool {
    let NewSplit { name: _, method, by, seed, parts, hold_out, fresh: _ } = wanted;
    let wanted = json!({ "method": method, "by": by, "seed": seed, "parts": parts, "hold_out": hold_out });
    wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(key, value)| arguments.get(key) == Some(value)))
}

fn split(data: &Data) -> Option<NewSplit> {
    let split = data.split.as_ref()?;
    let (method, by) = match &split.method {
        Method::Random => ("random", None),
        Method::Stratified { by } => ("stratified", Some(by.clone())),
        Method::ByKey { by } => ("by_key", Some(by.clone())),
    };
    Some(NewSplit {
        name: None,
        method: method.to_owned(),
        by,
        seed: split.seed,
        parts: split.parts.iter().map(|part| (part.name.clone(), part.share)).collect(),
        hold_out: split.hold_out.clone(),
        fresh: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_seed_share_or_hold_out_is_another_split() {
        let wanted = |seed: u64, test: f64, hold_out: Option<&str>| NewSplit {
            name: None,
            method: "random".to_owned(),
            by: None,
            seed,
            parts: [("train".to_owned(), 1.0 - test), ("test".to_owned(), test)].into(),
            hold_out: hold_out.map(str::to_owned),
            fresh: false,
        };
        let arguments = json!({
            "name": "split", "method": "random", "by": null, "seed": 1, "parts": { "train": 0.75, "test": 0.25 },
            "hold_out": "test",
        });
        assert!(is_same_split(&arguments, &wanted(1, 0.25, Some("test"))));
        for other in [wanted(2, 0.25, Some("test")), wanted(1, 0.5, Some("test")), wanted(1, 0.25, None)] {
            assert!(!is_same_split(&arguments, &other), "{other:?}");
        }
    }
}
