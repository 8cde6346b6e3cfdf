//! Carries out one step, until it ends or waits for a run.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use hven_client::{Client, Failure};
use hven_core::{
    file_name,
    manifest::{Manifest, StepId, Work},
    recipe::RecipeList,
    workflow::{StepError, StepReport, StepTask},
};
use hven_terminal::{ErrorReport, Output};

use crate::{
    claim, command,
    context::{StepContext, StepOptions, missing},
    data,
    host::StepHost,
    recipe,
    report::failed,
};

/// Carries out the step of a task. If this is not possible, the step failed and the report has the reason.
pub fn carry_out<H: StepHost>(
    task: &StepTask,
    client: &Arc<Client>,
    recipes: RecipeList,
    host: &H,
    output: &mut dyn Output,
) -> StepReport {
    let context = context(task, client, recipes, host);
    let report = context.and_then(|context| step(&context, task, output));
    report.unwrap_or_else(|error| {
        let ErrorReport { code, message, hint } = ErrorReport::of(&error);
        StepReport::Ended(failed(StepError { code, message, hint }))
    })
}

fn context<'a, H: StepHost>(
    task: &StepTask,
    client: &Arc<Client>,
    recipes: RecipeList,
    host: &'a H,
) -> anyhow::Result<StepContext<'a, H>> {
    let manifest = Manifest::parse(&task.manifest)
        .map_err(|problems| Failure::new("manifest.invalid", problems.render("hven.toml", &task.manifest)))?;
    let mut datasets = BTreeMap::new();
    for (name, dataset) in &task.datasets {
        datasets.insert(name.clone(), client.dataset(&dataset.to_string(), None)?.summary);
    }
    let options = &task.options;
    Ok(StepContext {
        manifest,
        folder: PathBuf::from(file_name::from_text(&task.folder)),
        client: Arc::clone(client),
        project: Some(task.project.to_string()),
        options: StepOptions {
            fresh: options.fresh,
            tags: options.tags.iter().map(ToString::to_string).collect(),
            despite_checks: options.despite_checks,
            despite_suspicion: options.despite_suspicion.clone(),
        },
        recipes,
        host,
        datasets,
        made: BTreeMap::new(),
    })
}

fn step<H: StepHost>(
    context: &StepContext<'_, H>,
    task: &StepTask,
    output: &mut dyn Output,
) -> anyhow::Result<StepReport> {
    let after = match task.after {
        Some(run) => Some(context.client.run(&run.to_string())?),
        None => None,
    };
    let (kind, name) = task.step.split_once('.').unwrap_or_default();
    match (kind, context.manifest.run(name).map(|run| &run.work)) {
        ("data", _) => data::carry_out(context, name, after.as_ref()),
        ("run", Some(Work::Recipe { .. })) => recipe::carry_out(context, name, after.as_ref()),
        ("run", Some(Work::Command(_))) => command::carry_out(context, name, after.as_ref(), output),
        ("claim", _) => claim::carry_out(context, name),
        _ => Err(missing(&StepId::Run(name.to_owned()))),
    }
}
