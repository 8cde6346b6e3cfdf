//! Runs a recipe, waits for its end, and prints the result.

use std::{path::Path, sync::Arc};

use hven_api::runs::SubmitRun;
use hven_core::recipe::{InputKind, ResultKind};
use hven_steps::recipe_run::{file, submission, table};
use hven_terminal::{Output, Submitted, exit};

use super::settings::StartSettings;
use crate::{context::Context, run_progress};

pub(super) fn start(settings: StartSettings, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let StartSettings { schema, values, .. } = settings;
    let client = Arc::new(context.client_of_existing()?);
    let mut inputs = Vec::with_capacity(values.inputs.len());
    for (input, named) in &values.inputs {
        inputs.push(match input.kind {
            InputKind::Table => {
                let project = settings.named_project.as_deref();
                context.in_project(project, |project| table(&client, named, project, input.path))?
            }
            InputKind::File | InputKind::Folder => file(&client, &context.cwd, Path::new(named), input)?,
        });
    }
    let submit = SubmitRun {
        despite_checks: settings.despite_checks,
        despite_suspicion: settings.despite_suspicion,
        fresh: settings.fresh,
        ..submission(settings.project, &settings.name, schema, values.arguments, inputs)
    };
    let created = client.submit(&submit)?;
    if settings.detach {
        output.reply(&Submitted(&created))?;
        return Ok(exit::OK);
    }
    if !created.up_to_date {
        let watched = run_progress::until_end(&client, &created.run.id, &format!("running {}", schema.name), output)?;
        if !watched.is_done() {
            return watched.report_failure(output);
        }
    }
    match schema.result {
        ResultKind::Law => output.reply(&client.law(&created.run.id)?)?,
        ResultKind::Dataset | ResultKind::Parts | ResultKind::Comparison | ResultKind::Files => {
            output.reply(&client.run(&created.run.id)?)?;
        }
    }
    Ok(exit::OK)
}
