//! Starts the steps of the manifest on the server and follows them, or prints which of them would run.

use std::{collections::BTreeMap, sync::Arc};

use hven_api::workflows::{NewStep, StartWorkflow};
use hven_capture::environment;
use hven_client::Client;
use hven_core::{
    file_name,
    manifest::{Manifest, StepId, StepPlan},
};
use hven_steps::{StepContext, manifest_file::ManifestFile, plan, planned_steps};
use hven_terminal::{Output, Steps, WorkflowDetached, exit, workflow_started_line};

use super::settings::StepSettings;
use crate::{
    context::Context,
    follow_run::Interrupt,
    new_run::{Caller, require_secrets},
    settings::Origin,
    step_host::RunMaker,
    workflow_watch,
};

/// Starts or plans the steps of the manifest of this folder or one above it. The steps run in the folder of the manifest.
pub(super) fn steps(settings: StepSettings, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let found = ManifestFile::needed(&context.cwd)?;
    let manifest = found.manifest()?;
    let context = context.in_folder(found.folder().to_owned());
    // A plan changes nothing: a misspelt `--home` does not make a home.
    let is_named = matches!(context.home_origin, Origin::Flag(_));
    let client = if settings.plan && is_named { context.client_of_existing()? } else { context.client()? };
    let client = Arc::new(client);
    let project = context.new_project(settings.project.as_ref())?;
    let planned = planned_steps(&found, &manifest, hven_recipes::LIST, &settings.steps, &client, project.as_deref())?;
    if settings.plan {
        return print_plan(settings, manifest, &planned, project, context, client, output);
    }
    require_secrets(&secrets(&manifest, &planned))?;
    let (mut variables, left_out) = environment::of_process();
    environment::enter(&mut variables, &context.cwd);
    if !left_out.is_empty() {
        output.note(&format!("not passed on, because they are not UTF-8: {}", left_out.join(" ")));
    }
    for other in client.workflows(true, None, LISTED_MAX)?.items {
        if other.folder == file_name::to_text(found.folder()) {
            let name = other.name;
            output.note(&format!(
                "{name} is running in this folder, too, and may write the same files: `hven attach {name}` follows it, \
                 `hven cancel {name}` ends it"
            ));
        }
    }
    let detach = settings.detach;
    let workflow = client.start_workflow(&new_workflow(settings, &found, &planned, project, variables))?;
    if detach {
        output.reply(&WorkflowDetached(&workflow))?;
        return Ok(exit::OK);
    }
    output.note(&workflow_started_line(&workflow.workflow));
    workflow_watch::watch(&client, &workflow.workflow.id, Interrupt::Cancels, output)
}

/// How many running workflows are compared with the folder.
const LISTED_MAX: usize = 1000;
fn print_plan(
    settings: StepSettings,
    manifest: Manifest,
    planned: &StepPlan,
    project: Option<String>,
    context: Context,
    client: Arc<Client>,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let folder = context.cwd.clone();
    let host = RunMaker { context, client: Arc::clone(&client), caller: settings.caller };
    let mut context = StepContext {
        manifest,
        folder,
        client,
        project,
        options: settings.options,
        recipes: hven_recipes::LIST,
        host: &host,
        datasets: BTreeMap::new(),
        made: BTreeMap::new(),
    };
    let lines = plan(&mut context, planned)?;
    let is_well = lines.iter().all(|line| line.state.is_well());
    output.reply(&Steps { schema: "hven.steps/1", steps: lines })?;
    Ok(if is_well { exit::OK } else { exit::NOT_WELL })
}

/// The secrets that the planned steps need.
fn secrets(manifest: &Manifest, planned: &StepPlan) -> Vec<String> {
    let runs = planned.steps.iter().filter_map(|step| match &step.id {
        StepId::Run(name) => manifest.run(name),
        StepId::Data(_) | StepId::Claim(_) => None,
    });
    runs.flat_map(|run| run.secrets.clone()).collect()
}

fn new_workflow(
    settings: StepSettings,
    found: &ManifestFile,
    planned: &StepPlan,
    project: Option<String>,
    environment: BTreeMap<String, String>,
) -> StartWorkflow {
    let StepSettings { options, caller: Caller { umask, process, prints_to }, .. } = settings;
    let position = |step: usize| u32::try_from(step).unwrap_or(u32::MAX);
    let steps = planned.steps.iter().map(|step| NewStep {
        name: step.id.to_string(),
        needs: step.needs.iter().map(|need| position(need.step)).collect(),
    });
    StartWorkflow {
        project,
        folder: file_name::to_text(found.folder()),
        manifest: found.text().to_owned(),
        steps: steps.collect(),
        fresh: options.fresh,
        tags: options.tags,
        despite_checks: options.despite_checks,
        despite_suspicion: options.despite_suspicion,
        environment,
        umask: Some(umask),
        process: Some(process),
        prints_to,
    }
}
