//! Reads the command line, runs the command, and reports how it ended.

use std::{io, process::ExitCode, sync::Arc};

use clap::{CommandFactory, Parser};
use hven_terminal::{ErrorReport, exit};
use rustix::process::Signal;

use crate::{cli::Cli, context::Context, dispatch};

/// Runs the command of this process's command line. Returns the exit status.
pub fn main() -> ExitCode {
    fail_on_large_files();
    clap_complete::CompleteEnv::with_factory(Cli::command).complete();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            hven_terminal::usage_error(&error);
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let mut output = hven_terminal::choose_output(cli.global.json || cli.is_started_by_a_command());
    let hven_failed = cli.has_status_of_script().then_some(exit::HVEN_FAILED);
    let done = Context::new(&cli.global).and_then(|context| dispatch::dispatch(cli.command, &context, output.as_mut()));
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) if is_closed_pipe(&error) => ExitCode::from(exit::OK),
        Err(error) => {
            let report = ErrorReport::of(&error);
            output.error(&report);
            ExitCode::from(hven_failed.unwrap_or_else(|| exit::of_code(&report.code)))
        }
    }
}

/// A write beyond `ulimit -f` fails with an error instead of ending the process. The programs that this process starts
/// do not inherit the handler; they would inherit an ignored signal.
fn fail_on_large_files() {
    // When the handler cannot be installed, the signal ends the process, which is the default.
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default());
}

/// Whether the reader closed the pipe because it needs no more output, as `head` does in `hven ps | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
