//! The programs that take code out of a repository: git and tar.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::Context as _;
use hven_client::Failure;

/// A path within a folder, when it lies there; both are relative and in their shortest form.
pub(super) fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// `git apply` in a folder. A patch may come from anybody: it changes nothing outside of the folder. Nor is it applied as part
/// of a repository: neither one that lies above, nor one that the commit's own files make up, whose settings would name
/// programs to run.
pub(super) fn patching(tree: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("apply").env("GIT_DIR", "/dev/null").current_dir(tree);
    command
}

pub(super) fn run(command: &mut Command, input: Option<&[u8]>) -> anyhow::Result<()> {
    answer(command.stdout(Stdio::null()), input).map(drop)
}

/// Runs a program and answers what it printed, where it is asked for that.
pub(super) fn answer(command: &mut Command, input: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    command.stdin(stdin).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
    let writing = child.stdin.take();
    let said = thread::scope(|scope| {
        if let (Some(input), Some(mut stdin)) = (input, writing) {
            // Beside the reading: neither waits for the other's pipe to be emptied. It may end before it has read all; what it
            // says then counts.
            scope.spawn(move || drop(stdin.write_all(input)));
        }
        child.wait_with_output()
    })?;
    if said.status.success() {
        return Ok(said.stdout);
    }
    let why = String::from_utf8_lossy(&said.stderr);
    let first = why.lines().next().unwrap_or("it did not say why");
    Err(Failure::new("code.git", format!("the code could not be taken out of the repository: {program}: {first}"))
        .into())
}
