//! `hven step-process`: carries out one step of a workflow. The server starts this command; people use `hven run`.

use std::sync::Arc;

use clap::Args;
use hven_core::{file_name, workflow::StepTask};
use hven_steps::carry_out;
use hven_terminal::{Output, exit};

use crate::{
    act::Act,
    connect,
    context::Context,
    new_run::Caller,
    process_report::{Silent, read_task, write_report},
    step_host::RunMaker,
};

/// Carry out one step of a workflow: reads a task from standard input and writes a report to standard output
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct StepProcessArgs {}

impl Act for StepProcessArgs {
    fn act(self, context: &Context, _: &mut dyn Output) -> anyhow::Result<u8> {
        let task: StepTask = read_task()?;
        let context = context.in_folder(file_name::to_path(&task.folder));
        context.check_home()?;
        // The server that started this process is the only one that waits for its report.
        let client = Arc::new(connect::client_of_running(&context.home).with_key_prefix(&*task.key));
        let caller = Caller::from(&task.caller);
        let host = RunMaker { context, client: Arc::clone(&client), caller };
        let report = carry_out(&task, &client, hven_recipes::LIST, &host, &mut Silent);
        write_report(report)?;
        Ok(exit::OK)
    }
}
