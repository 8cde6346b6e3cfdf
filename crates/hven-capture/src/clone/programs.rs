//! The programs that extract code from a repository: git and tar.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::Context as _;
use hven_client::Failure;

/// A path relative to a folder, if it is inside. Both paths are relative and normalised.
pub(super) fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// `git apply` in a folder. The origin of a patch is not trusted: it changes no files outside of the folder. It is not
/// applied as part of a repository: neither one above the folder, nor one that the commit's own files form, whose settings
/// could name programs to run.
pub(super) fn git_apply(tree: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("apply").env("GIT_DIR", "/dev/null").current_dir(tree);
    command
}

pub(super) fn run(command: &mut Command, input: Option<&[u8]>) -> anyhow::Result<()> {
    output_of(command.stdout(Stdio::null()), input).map(drop)
}

/// Runs a program and returns its standard output, if that is piped.
pub(super) fn output_of(command: &mut Command, input: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    command.stdin(stdin).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
    let writing = child.stdin.take();
    let output = thread::scope(|scope| {
        if let (Some(input), Some(mut stdin)) = (input, writing) {
            // A separate thread writes, so that neither side waits for the other's full pipe. The program may end before it
            // has read all of the input; in that case its error message is used.
            scope.spawn(move || drop(stdin.write_all(input)));
        }
        child.wait_with_output()
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    let first = why.lines().next().unwrap_or("it printed no reason");
    Err(Failure::new("code.git", format!("the code could not be extracted from the repository: {program}: {first}"))
        .into())
}
