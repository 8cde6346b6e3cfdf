//! Searches for a law in a dataset, waits for the end, and prints the result.

use std::sync::Arc;

use hven_api::runs::SubmitRun;
use hven_client::Failure;
use hven_steps::recipe_run::{submission, table};
use hven_terminal::{Output, Submitted, exit};

use super::{
    args::{HOLD_OUT, recipe},
    settings::FindSettings,
};
use crate::{context::Context, run_progress};

pub(super) fn find(settings: FindSettings, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client_of_existing()?);
    let schema =
        recipe().ok_or_else(|| Failure::new("internal", "this version of Hven has no recipe that finds laws"))?;
    let mut inputs = Vec::new();
    for input in schema.inputs {
        let dataset = if input.key == HOLD_OUT { settings.hold_out.as_ref() } else { Some(&settings.dataset) };
        if let Some(dataset) = dataset {
            let project = settings.named_project.as_deref();
            inputs.push(context.in_project(project, |project| table(&client, dataset, project, input.path))?);
        }
    }
    let submit = SubmitRun {
        despite_checks: settings.despite_checks,
        despite_suspicion: settings.despite_suspicion,
        fresh: settings.fresh,
        ..submission(settings.project, &settings.name, schema, settings.arguments, inputs)
    };
    let created = client.submit(&submit)?;
    if settings.detach {
        output.reply(&Submitted(&created))?;
        return Ok(exit::OK);
    }
    if !created.up_to_date {
        let watched = run_progress::until_end(&client, &created.run.id, "searching for a law", output)?;
        if !watched.is_done() {
            return watched.report_failure(output);
        }
    }
    output.reply(&client.law(&created.run.id)?)?;
    Ok(exit::OK)
}
