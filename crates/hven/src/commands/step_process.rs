//! `hven step-process`: carries out one step of a workflow. The server starts this command; people use `hven run`.

use std::{
    io::{self, Read as _},
    sync::Arc,
};

use clap::Args;
use hven_core::{
    file_name,
    workflow::{StepReport, StepTask},
};
use hven_steps::carry_out;
use hven_terminal::{CommandResult, ErrorReport, HumanReadable, Json, Output, TerminalWriter, exit};
use serde::Serialize;

use crate::{act::Act, connect, context::Context, new_run::Caller, step_host::RunMaker};

/// Carry out one step of a workflow: reads a task from standard input and writes a report to standard output
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct StepProcessArgs {}

/// The report as the server reads it.
#[derive(Serialize)]
#[serde(transparent)]
struct Report(StepReport);

impl HumanReadable for Report {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{:?}", self.0))
    }
}

/// Shows nothing: the report says everything.
struct Silent;

impl Output for Silent {
    fn reply(&mut self, _: &dyn CommandResult) -> anyhow::Result<()> {
        Ok(())
    }
    fn note(&mut self, _: &str) {}
    fn error(&mut self, _: &ErrorReport) {}
    fn owns_stdout(&self) -> bool {
        true
    }
}

impl Act for StepProcessArgs {
    fn act(self, context: &Context, _: &mut dyn Output) -> anyhow::Result<u8> {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        let task: StepTask = serde_json::from_str(&text)?;
        let context = context.in_folder(file_name::to_path(&task.folder));
        context.check_home()?;
        // The server that started this process is the only one that waits for its report.
        let client = Arc::new(connect::client_of_running(&context.home).with_key_prefix(&*task.key));
        let caller = Caller::from(&task.caller);
        let host = RunMaker { context, client: Arc::clone(&client), caller };
        let report = carry_out(&task, &client, hven_recipes::LIST, &host, &mut Silent);
        Json.reply(&Report(report))?;
        Ok(exit::OK)
    }
}
