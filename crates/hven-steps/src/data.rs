//! `[data.NAME]`: a table is imported, and divided when the manifest says so.

use hven_api::{
    datasets::{AddDataset, NewSplit},
    runs::FileRef,
};
use hven_capture::files;
use hven_core::manifest::{Data, Method};
use hven_terminal::{Output, StepState, dataset_line, notes_on, part_line};
use serde_json::{Value, json};

use crate::{
    hands::Hands,
    new_dataset::{Made, SPLIT, divide, import, send},
    study::{Study, Went, missing},
};

pub fn work<H: Hands>(study: &mut Study<'_, H>, name: &str, output: &mut dyn Output) -> anyhow::Result<Went> {
    let data = find(study, name)?;
    let source = send(&study.client, &study.folder, data.source.value.as_ref())?;
    let made = import(&study.client, &submission(study, &data, source), study.hands, output)?;
    let (dataset, run) = match made {
        Made::Failed(watched) => {
            watched.tell_lines(output);
            return Ok(Went::new(StepState::Failed, watched.outcome()));
        }
        Made::Dataset { dataset, run } => (*dataset, run),
    };
    let mut state = if run.up_to_date && run.unchanged { StepState::UpToDate } else { StepState::Done };
    let mut dataset = dataset;
    let mut is_divided_now = false;
    if let Some(split) = split(&data) {
        let divided = match divide(&study.client, &dataset.id, None, &split, study.hands, output) {
            Err(error) if is_conflict(&error) => {
                let advice = format!("keep [data.{name}.split] as it was, or give the table another name here");
                return Ok(Went::new(StepState::Failed, format!("{error}; {advice}")));
            }
            divided => divided?,
        };
        match divided {
            Made::Failed(watched) => {
                watched.tell_lines(output);
                return Ok(Went::new(StepState::Failed, watched.outcome()));
            }
            Made::Dataset { dataset: divided, run } => {
                if !run.up_to_date {
                    state = StepState::Done;
                    is_divided_now = true;
                }
                dataset = *divided;
            }
        }
    }
    let detail = study.client.dataset(&dataset.id, None)?;
    let notes = notes_on(&detail);
    if let Some(split) = detail.split_list.iter().find(|split| is_divided_now && split.name == SPLIT) {
        for part in &split.parts {
            output.note(&format!("data.{name}: {}", part_line(&dataset.reference, part)));
        }
    }
    let page = detail.url;
    if state == StepState::Done {
        for note in &notes {
            output.note(&format!("data.{name}: {note}"));
        }
    }
    let failed = dataset.checks_failed;
    let text = dataset_line(&dataset, &notes);
    study.datasets.insert(name.to_owned(), dataset);
    if failed > 0 && !study.wanted.despite_checks {
        return Ok(Went { page: Some(page), ..Went::new(StepState::Failed, text) });
    }
    Ok(Went { page: Some(page), ..Went::new(state, text) })
}

pub fn look<H: Hands>(study: &mut Study<'_, H>, name: &str) -> anyhow::Result<Went> {
    let data = find(study, name)?;
    let input = files::input(&study.folder, data.source.value.as_ref(), false)?;
    let wanted = submission(study, &data, input.file);
    let looked = study.client.look_up_dataset(&wanted)?;
    if !looked.up_to_date {
        return Ok(Went::new(StepState::WouldRun, looked.because.join("; ")));
    }
    let made = match &looked.run {
        Some(run) => study.client.dataset_of_run(&run.id)?,
        None => None,
    };
    let Some(dataset) = made else { return Ok(Went::new(StepState::WouldRun, "it is not in the catalogue")) };
    if dataset.license != wanted.license || dataset.description != wanted.description {
        return Ok(Went::new(StepState::WouldRun, "its licence or description changed"));
    }
    let divided = study.client.dataset(&dataset.id, None)?;
    if let Some(wanted) = split(&data) {
        let splits = &divided.split_list;
        // One that came with a publication may have another name.
        let Some(there) = splits.iter().find(|split| split.name == SPLIT).or(splits.first()) else {
            return Ok(Went::new(StepState::WouldRun, "it is not divided yet"));
        };
        let told = study.client.run(&there.run.id)?.spec.and_then(|spec| spec.recipe).map(|recipe| recipe.arguments);
        if told.is_some_and(|told| !is_told_so(&told, &wanted)) {
            return Ok(Went::new(StepState::WouldRun, "it is divided in another way than its split here says"));
        }
    }
    let text = dataset_line(&dataset, &notes_on(&divided));
    study.datasets.insert(name.to_owned(), dataset);
    Ok(Went::new(StepState::UpToDate, text))
}

fn find<H: Hands>(study: &Study<'_, H>, name: &str) -> anyhow::Result<Data> {
    let data = study.manifest.data(name).cloned();
    data.ok_or_else(|| missing(&hven_core::manifest::StepId::Data(name.to_owned())))
}

fn submission<H: Hands>(study: &Study<'_, H>, data: &Data, source: FileRef) -> AddDataset {
    AddDataset {
        project: study.project.clone(),
        name: data.name.clone(),
        source,
        types: data.types.iter().map(|(column, type_)| (column.clone(), type_.value.to_string())).collect(),
        units: data.units.iter().map(|(column, unit)| (column.clone(), unit.value.to_string())).collect(),
        nulls: (!data.missing.is_empty())
            .then(|| [String::new()].into_iter().chain(data.missing.iter().cloned()).collect()),
        checks: data.checks.iter().map(|check| check.value.source().to_owned()).collect(),
        license: data.license.clone().or_else(|| study.manifest.project.license.clone()),
        description: data.description.clone(),
        memory_limit_bytes: data.memory_bytes,
        fresh: study.wanted.fresh,
    }
}

fn is_conflict(error: &anyhow::Error) -> bool {
    error.downcast_ref::<hven_client::Error>().is_some_and(|error| error.code() == "conflict")
}

/// Whether a split was told to divide in the way that is wanted.
fn is_told_so(told: &Value, wanted: &NewSplit) -> bool {
    let NewSplit { name: _, method, by, seed, parts, hold_out, fresh: _ } = wanted;
    let wanted = json!({ "method": method, "by": by, "seed": seed, "parts": parts, "hold_out": hold_out });
    wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(key, value)| told.get(key) == Some(value)))
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
        let told = json!({
            "name": "split", "method": "random", "by": null, "seed": 1, "parts": { "train": 0.75, "test": 0.25 },
            "hold_out": "test",
        });
        assert!(is_told_so(&told, &wanted(1, 0.25, Some("test"))));
        for other in [wanted(2, 0.25, Some("test")), wanted(1, 0.5, Some("test")), wanted(1, 0.25, None)] {
            assert!(!is_told_so(&told, &other), "{other:?}");
        }
    }
}
