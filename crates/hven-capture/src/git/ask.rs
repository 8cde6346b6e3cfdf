//! Asking git. What lies in a repository starts no program here: neither hooks nor what its settings name to watch files.
//! Nothing is fetched from elsewhere. Of repositories within, which may come from anybody, git is asked in such a way that
//! it reads no file, so that no filter runs either.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write as _},
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};

use anyhow::Context as _;
use hven_client::{Failure, env};

/// What no repository decides: how paths are printed, programs that git starts, and changes for which it would not look.
const SETTINGS: [&str; 5] = [
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.checkStat=default",
    "core.trustctime=true",
];

/// All that lies in a working tree: what differs from the commit, what git does not know, what it ignores. Repositories
/// within are looked at apart.
const STATUS: [&str; 9] = [
    "status",
    "--porcelain=v2",
    "--branch",
    "--no-ahead-behind",
    "-z",
    "--untracked-files=all",
    "--ignored=matching",
    "--no-renames",
    "--ignore-submodules=all",
];

/// Runs git in a repository and answers what it printed. What did not come from here goes into `paths`, behind a `--`, or
/// was checked.
pub fn git(root: &Path, arguments: &[&str], paths: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
    let mut command = command(root, arguments);
    answer(arguments, command.args(paths).stdin(Stdio::null()).spawn())
}

/// The same, with something to read.
pub(super) fn git_with_input(root: &Path, arguments: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut child = command(root, arguments).stdin(Stdio::piped()).spawn();
    let stdin = child.as_mut().ok().and_then(|child| child.stdin.take());
    thread::scope(|scope| {
        // Written beside the reading: neither waits for the other's pipe to be emptied.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        answer(arguments, child)
    })
}

/// Whether there is a commit.
pub fn has_commit(root: &Path) -> bool {
    git(root, &["rev-parse", "--quiet", "--verify", "HEAD"], &[]).is_ok()
}

pub(super) fn status(root: &Path) -> anyhow::Result<Vec<u8>> {
    git(root, &STATUS, &[])
}

/// The same with an index that is not there: then git knows no file, compares none with what it has stored, and so starts
/// no filter. It tells all files, and all that the commit has.
pub(super) fn status_without_index(root: &Path, no_index: &Path) -> anyhow::Result<Vec<u8>> {
    let mut command = command(root, &STATUS);
    answer(&STATUS, command.env("GIT_INDEX_FILE", no_index).stdin(Stdio::null()).spawn())
}

/// Where git lies: looked for once, and not by each process that is to become git in every folder of `PATH`. A folder of `PATH`
/// that is relative would be another one in each repository.
fn program() -> &'static OsStr {
    static PROGRAM: OnceLock<OsString> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let path = env::raw("PATH").unwrap_or_default();
        let mut places =
            std::env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join("git"));
        let is_program = |place: &PathBuf| {
            fs::metadata(place).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
        };
        places.find(is_program).map_or_else(|| "git".into(), PathBuf::into_os_string)
    })
}

/// Git in the repository whose root this is, whoever called Hven: a hook of another repository names that one in its
/// environment.
pub fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(["--no-optional-locks", "--no-pager"]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command.args(arguments).current_dir(root);
    for (name, _) in env::all().filter(|(name, _)| steers_git(name)) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_WORK_TREE", root).env("GIT_NO_LAZY_FETCH", "1");
    // No protocol has that name.
    command.env("GIT_ALLOW_PROTOCOL", "none");
    if let Some(above) = root.parent() {
        // What looks like a repository here and is none is not taken for a part of one above.
        command.env("GIT_CEILING_DIRECTORIES", above);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Whether a variable changes what git looks at. Settings that somebody gives it, such as `safe.directory`, stay.
fn steers_git(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b"GIT_") && !name.starts_with(b"GIT_CONFIG_") && name != b"GIT_EXEC_PATH"
}

fn answer(arguments: &[&str], child: io::Result<Child>) -> anyhow::Result<Vec<u8>> {
    let output = child.and_then(Child::wait_with_output);
    let output = output.context("the folder is in a git repository, but git cannot be started")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it did not say why").to_owned();
    Err(Failure::new("code.git", format!("git {} failed: {first}", arguments[0])).into())
}
