//! The runner's program. The library documents what the runner does.

use std::{
    env,
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, ExitCode},
};

use hven_api::spool::ATTEMPT_VARIABLE;
use hven_runner::{Options, USAGE, run};

fn main() -> ExitCode {
    let words: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    hven_runner::end_with_any_thread();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return print_and_exit(USAGE, 0);
    }
    if words.iter().any(|word| word == "--version") {
        return print_and_exit(concat!("hven-runner ", env!("CARGO_PKG_VERSION"), "\n"), 0);
    }
    if env::var_os(ATTEMPT_VARIABLE).is_some() {
        // A runner that was started from within a task carries the task's mark and would count as a part of the task. The
        // system shows the environment of a process as it was at the start, so the runner starts itself again without the
        // mark.
        let error = running_program()
            .map(|program| Command::new(program).args(env::args_os().skip(1)).env_remove(ATTEMPT_VARIABLE).exec());
        return print_and_exit(&format!("hven-runner cannot start anew: {error:?}\n"), 1);
    }
    match Options::parse(words) {
        Err(why) => print_and_exit(&format!("hven-runner: {why}; --help says how to use it\n"), 2),
        Ok(options) => match run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => print_and_exit(&format!("hven-runner: {why}\n"), 1),
        },
    }
}

/// The path of the running program. Prefers the system's own link, because another file may lie at the path by now.
fn running_program() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { env::current_exe() }
}

/// Writes `text` to the terminal (to a log file when Hven starts the runner) and returns the exit status. A failed
/// write is ignored: the status reports the failure.
fn print_and_exit(text: &str, status: u8) -> ExitCode {
    let _ = if status == 0 { io::stdout().write_all(text.as_bytes()) } else { io::stderr().write_all(text.as_bytes()) };
    ExitCode::from(status)
}
