//! Laws: the results of runs of the recipe `law`, and the choice of another candidate.

use hven_core::{DatasetId, access::Role, law::CandidateChosen, limits, object::FileRef};
use serde_json::Value;

use crate::{
    kernel::{
        callers::Caller,
        documents::document,
        error::{AppError, AppResult},
        find::run::run_for,
        folders,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    knowledge::floor::Knowledge,
    ports::{catalogue::DatasetView, claims::ChoiceView, run::RunView},
};

/// The recipe's result file, and (below) the folder of its plots.
pub const RESULT: &str = "law.json";

const PLOTS: &str = "plots/";

const PLOT_ENDING: &str = ".vl.json";

#[derive(Clone, Debug)]
pub struct LawDetail {
    pub run: RunView,
    pub law: Value,
    /// The name and the Vega-Lite specification of each plot.
    pub plots: Vec<(String, Value)>,
    pub choice: Option<ChoiceView>,
    pub dataset: Option<DatasetView>,
}

impl NeedsLabels for LawDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.run.add_to(wanted);
        self.dataset.add_to(wanted);
        self.choice.iter().for_each(|choice| wanted.actor(choice.by));
    }
}

impl LawDetail {
    /// The candidate that is selected.
    pub fn chosen(&self) -> &str {
        let by_rule = self.law.get("chosen").and_then(Value::as_str).unwrap_or_default();
        self.choice.as_ref().map_or(by_rule, |choice| &choice.chosen.candidate)
    }
}

/// The law of a run, with all labels of its page.
pub async fn labelled_detail(knowledge: &Knowledge, caller: &Caller, name: &str) -> AppResult<Labelled<LawDetail>> {
    label(knowledge, detail(knowledge, caller, name).await?).await
}

pub(crate) async fn detail(knowledge: &Knowledge, caller: &Caller, name: &str) -> AppResult<LawDetail> {
    let run = run_for(knowledge, caller, name, Role::Viewer).await?;
    let law = result(knowledge, &run).await?;
    let mut plots = Vec::new();
    for file in outputs(knowledge, &run).await? {
        let Some(name) = file.path.strip_prefix(PLOTS).and_then(|rest| rest.strip_suffix(PLOT_ENDING)) else {
            continue;
        };
        if let Some(spec) = document(knowledge, file.digest).await? {
            plots.push((name.to_owned(), spec));
        }
    }
    let choice = knowledge.ports.views.law_choice(run.id).await?;
    let dataset = data_of(knowledge, caller, &run).await?;
    Ok(LawDetail { run, law, plots, choice, dataset })
}

async fn result(knowledge: &Knowledge, run: &RunView) -> AppResult<Value> {
    let none = || AppError::Conflict(format!("run {} has found no law (it is {})", run.handle, run.state.as_str()));
    let file = outputs(knowledge, run).await?.into_iter().find(|file| file.path == RESULT).ok_or_else(none)?;
    document(knowledge, file.digest).await?.ok_or_else(|| AppError::not_found("object", file.digest))
}

/// The run's outputs, with folders replaced by their files.
async fn outputs(knowledge: &Knowledge, run: &RunView) -> AppResult<Vec<FileRef>> {
    let outputs: Vec<_> = run.outputs().cloned().collect();
    folders::open_folders(knowledge, outputs, &mut false).await
}

/// The dataset that the run read, if the caller may see it.
async fn data_of(knowledge: &Knowledge, caller: &Caller, run: &RunView) -> AppResult<Option<DatasetView>> {
    let inputs: Vec<_> = run.spec().into_iter().flat_map(|spec| &spec.inputs).map(|input| input.digest).collect();
    let catalogued = knowledge.ports.views.catalogued(&inputs).await?;
    let ids: Vec<DatasetId> = catalogued.iter().map(|found| found.dataset).collect();
    let datasets = knowledge.ports.views.datasets_by_id(&ids).await?;
    let seen = |id: &DatasetId| {
        datasets
            .iter()
            .find(|dataset| dataset.version.dataset == *id && caller.may(Role::Viewer, &dataset.version.project))
    };
    Ok(ids.iter().find_map(seen).cloned())
}

/// Selects another candidate, or the rule's candidate again.
pub async fn choose(
    knowledge: &Knowledge,
    caller: &Caller,
    name: &str,
    candidate: String,
    because: String,
    key: Option<String>,
) -> AppResult<Labelled<LawDetail>> {
    let run = run_for(knowledge, caller, name, Role::Member).await?;
    let law = result(knowledge, &run).await?;
    let front = law.get("front").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let known = |of: &Value| of.get("id").and_then(Value::as_str) == Some(&candidate);
    if !front.iter().any(known) {
        return Err(AppError::invalid(
            format!("candidate {candidate}"),
            format!("is not on the front of run {}, which has {} candidates", run.handle, front.len()),
        ));
    }
    limits::lines("the reason", &because, limits::TEXT_BYTES_MAX)?;
    knowledge.record(caller.actor(), key, vec![CandidateChosen { run: run.id, candidate, because }.into()]).await?;
    labelled_detail(knowledge, caller, &run.id.to_string()).await
}
