//! Calls git. A repository starts no program here: neither hooks nor the file watcher of its settings. Git fetches nothing.
//! The origin of inner repositories is not trusted: git is called so that it reads no file contents there, and so runs no
//! filter.

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

/// Settings that no repository may override: how git prints paths, which programs it starts, and how it detects changes.
const SETTINGS: [&str; 5] = [
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.checkStat=default",
    "core.trustctime=true",
];

/// The complete state of a working tree: differences from the commit, untracked files, ignored files. Inner repositories are
/// examined separately.
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

/// Runs git in a repository and returns its standard output. `paths` has untrusted arguments; they follow a `--`, or were
/// checked.
pub fn git(root: &Path, arguments: &[&str], paths: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
    let mut command = command(root, arguments);
    output_of(arguments, command.args(paths).stdin(Stdio::null()).spawn())
}

/// The same, with standard input.
pub(super) fn git_with_input(root: &Path, arguments: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut child = command(root, arguments).stdin(Stdio::piped()).spawn();
    let stdin = child.as_mut().ok().and_then(|child| child.stdin.take());
    thread::scope(|scope| {
        // A separate thread writes, so that neither side waits for the other's full pipe.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        output_of(arguments, child)
    })
}

/// Whether the repository has a commit.
pub fn has_commit(root: &Path) -> bool {
    git(root, &["rev-parse", "--quiet", "--verify", "HEAD"], &[]).is_ok()
}

pub(super) fn status(root: &Path) -> anyhow::Result<Vec<u8>> {
    git(root, &STATUS, &[])
}

/// The same with a missing index: git then knows no files, compares none with stored contents, and so starts no filter. The
/// output lists all files, and all files of the commit.
pub(super) fn status_without_index(root: &Path, no_index: &Path) -> anyhow::Result<Vec<u8>> {
    let mut command = command(root, &STATUS);
    output_of(&STATUS, command.env("GIT_INDEX_FILE", no_index).stdin(Stdio::null()).spawn())
}

/// The path of git. It is searched for once, so that each new git process does not search all folders of `PATH`. Relative
/// folders of `PATH` are skipped: they would differ in each repository.
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

/// A git command in the repository with this root. The caller's environment may name another repository, as in a hook; such
/// variables are removed.
pub fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(["--no-optional-locks", "--no-pager"]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command.args(arguments).current_dir(root);
    for (name, _) in env::all().filter(|(name, _)| redirects_git(name)) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_WORK_TREE", root).env("GIT_NO_LAZY_FETCH", "1");
    // No protocol has this name, so git cannot fetch.
    command.env("GIT_ALLOW_PROTOCOL", "none");
    if let Some(above) = root.parent() {
        // A folder that only looks like a repository must not be taken for a part of a repository above it.
        command.env("GIT_CEILING_DIRECTORIES", above);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Whether a variable changes the repository that git reads. Settings of the user, such as `safe.directory`, stay.
fn redirects_git(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b"GIT_") && !name.starts_with(b"GIT_CONFIG_") && name != b"GIT_EXEC_PATH"
}

fn output_of(arguments: &[&str], child: io::Result<Child>) -> anyhow::Result<Vec<u8>> {
    let output = child.and_then(Child::wait_with_output);
    let output = output.context("the folder is in a git repository, but git cannot be started")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let first = stderr.lines().next().unwrap_or("it printed no reason").to_owned();
    Err(Failure::new("code.git", format!("git {} failed: {first}", arguments[0])).into())
}
