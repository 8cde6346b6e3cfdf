//! `hven`: the one binary. Command line → settings → command → exit status; and the only place where implementations
//! meet their ports (`house.rs`).

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what a module offers to the others")]

mod act;
mod being_written;
mod bench_servers;
mod capture_limits;
mod cli;
mod commands;
mod complete;
mod confirm;
mod connect;
mod context;
mod dispatch;
mod follow;
mod global_args;
mod home;
mod home_backup;
mod house;
mod kept_files;
mod lineage_graph;
mod list_args;
mod login_page;
mod new_run;
mod older_server;
mod open_files;
mod partial;
mod progress;
mod publication_errors;
mod publication_folder;
mod quantities;
mod run_filter;
mod runner_binary;
mod server_log;
mod server_process;
mod settings;
mod silent_server;
mod step_hands;
mod tables;
mod tolerances;
mod unfinished;
mod users;
mod waits;
mod watch;

use std::{io, process::ExitCode, sync::Arc};

use clap::{CommandFactory, Parser};
use hven_terminal::{Told, exit};
use rustix::process::Signal;

use crate::{cli::Cli, context::Context};

fn main() -> ExitCode {
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
