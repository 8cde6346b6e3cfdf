//! Reads the command line, does what it says, and tells how that ended.

use std::{io, process::ExitCode, sync::Arc};

use clap::{CommandFactory, Parser};
use hven_terminal::{Told, exit};
use rustix::process::Signal;

use crate::{cli::Cli, context::Context, dispatch};

/// Does what the command line of this process says; answers its exit status.
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
    let mut output = hven_terminal::choose(cli.global.json || cli.is_started_by_a_command());
    let hven_failed = cli.is_the_scripts_own_status().then_some(exit::HVEN_FAILED);
    let done = Context::new(&cli.global).and_then(|context| dispatch::dispatch(cli.command, &context, output.as_mut()));
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) if is_closed_pipe(&error) => ExitCode::from(exit::OK),
        Err(error) => {
            let told = Told::of(&error);
            output.error(&told);
            ExitCode::from(hven_failed.unwrap_or_else(|| exit::of_code(&told.code)))
        }
    }
}

/// A file that becomes larger than `ulimit -f` allows is an error of that write, not the end of the process. A handler is not
/// inherited by the programs that this one starts, as an ignored signal would be.
fn fail_on_large_files() {
    // Where it cannot be handled, it ends the process as it would have before.
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default());
}

/// Whoever read the output has seen enough, as in `hven ps | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
