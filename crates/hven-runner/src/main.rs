//! The runner's program: see the library for what it does.

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
        return tell(USAGE, 0);
    }
    if words.iter().any(|word| word == "--version") {
        return tell(concat!("hven-runner ", env!("CARGO_PKG_VERSION"), "\n"), 0);
    }
    if env::var_os(ATTEMPT_VARIABLE).is_some() {
        // Started from within a task, it would be taken for a part of it. What a process was started with can be
        // read for as long as it lives, so it starts anew.
        let error = own_program()
            .map(|program| Command::new(program).args(env::args_os().skip(1)).env_remove(ATTEMPT_VARIABLE).exec());
        return tell(&format!("hven-runner cannot start anew: {error:?}\n"), 1);
    }
    match Options::parse(words) {
        Err(why) => tell(&format!("hven-runner: {why}; --help says how to use it\n"), 2),
        Ok(options) => match run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => tell(&format!("hven-runner: {why}\n"), 1),
        },
    }
}

/// The program that runs: where the system can name it, not whatever lies at its path by now.
fn own_program() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { env::current_exe() }
}

/// This program speaks on its terminal (a log file, when Hven starts it) only when it ends. Where nothing can be said, the
/// status says it.
fn tell(text: &str, status: u8) -> ExitCode {
    let _ = if status == 0 { io::stdout().write_all(text.as_bytes()) } else { io::stderr().write_all(text.as_bytes()) };
    ExitCode::from(status)
}
