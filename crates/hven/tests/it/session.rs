//! A terminal session: a working folder, a home next to it, and the binary.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The output of a command.
#[derive(Clone, Debug)]
pub struct CommandOutput {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl CommandOutput {
    /// The whole output in the form of a snapshot.
    pub fn shown(&self) -> String {
        let status = self.status.map_or_else(|| "by a signal".to_owned(), |status| status.to_string());
        let mut text = format!("status {status}\n");
        for (name, part) in [("out", &self.out), ("err", &self.err)] {
            if !part.is_empty() {
                text += "---- ";
                text += name;
                text += "\n";
                text += part;
            }
        }
        text
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, Some(0), "out: {}\nerr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {:?}; err: {}", self.out, self.err))
    }
}

pub struct Session {
    folder: TempDir,
    home: PathBuf,
}

/// Long enough for a busy machine; a longer wait means that something hangs.
pub const PATIENCE: Duration = Duration::from_mins(1);

impl Session {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["study", "user"] {
            fs::create_dir(folder.path().join(part)).expect("a folder in it");
        }
        let home = folder.path().join("home");
        Self { folder, home }
    }

    /// A session with a home at another path.
    pub fn with_home(home: PathBuf) -> Self {
        let mut session = Self::new();
        session.home = home;
        session
    }

    /// The working folder of commands.
    pub fn cwd(&self) -> PathBuf {
        self.folder.path().join("study")
    }
    pub fn home(&self) -> PathBuf {
        self.home.clone()
    }
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.cwd().join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.cwd().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The binary with these arguments, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hven"));
        command.args(arguments).current_dir(self.cwd()).env_clear();
        let path = std::env::var_os("PATH").expect("tests have a PATH");
        command.env("PATH", path).env("HOME", self.root().join("user")).env("USER", "mira").env("TZ", "UTC");
        command.env("HVEN_HOME", self.home()).env("HVEN_PORT", "0").env("LANG", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The same with a limit, in the syntax of `ulimit`.
    pub fn limited(&self, limit: &str, arguments: &[&str]) -> Command {
        let limited = self.command(arguments);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\"")]).arg(limited.get_program());
        shell.args(limited.get_args()).current_dir(self.cwd()).env_clear();
        shell.envs(limited.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell
    }

    /// Runs a shell script in which `hven` is the binary.
    pub fn shell(&self, script: &str) -> CommandOutput {
        let hven = self.command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("hven() {{ \"$0\" \"$@\"; }}\n{script}")]).arg(hven.get_program());
        shell.current_dir(self.cwd()).env_clear();
        shell.envs(hven.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(shell.spawn().expect("there is a shell"))
    }

    pub fn hven(&self, arguments: &[&str]) -> CommandOutput {
        finish(self.command(arguments).spawn().expect("the binary starts"))
    }

    /// Runs the binary in a folder below that of the session.
    pub fn hven_in(&self, folder: &str, arguments: &[&str]) -> CommandOutput {
        let mut command = self.command(arguments);
        finish(command.current_dir(self.cwd().join(folder)).spawn().expect("the binary starts"))
    }

    /// Runs the binary with this standard input.
    pub fn hven_with_input(&self, arguments: &[&str], input: &str) -> CommandOutput {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("it was piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        finish(child)
    }

    /// The handle of the newest run.
    pub fn last(&self) -> String {
        let run = self.hven(&["show", "last", "--json"]).ok().json();
        run["handle"].as_str().expect("a handle").to_owned()
    }

    pub fn run_state(&self, run: &str) -> String {
        let run = self.hven(&["show", run, "--json"]).ok().json();
        run["state"].as_str().expect("a state").to_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Without a server this command has no effect.
        self.hven(&["down"]);
        // Some tests make other homes, next to their scripts or next to the home.
        let folders = [self.cwd(), self.folder.path().to_owned()].into_iter();
        let entries = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        for home in entries.map(|entry| entry.path()).filter(|path| path.join("server.json").exists()) {
            let _ = self.command(&["down"]).env("HVEN_HOME", home).spawn().map(finish);
        }
    }
}

pub fn finish(child: Child) -> CommandOutput {
    let output = child.wait_with_output().expect("it ends");
    CommandOutput {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Waits until the condition holds.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a child has fulfilled the condition. Panics with the output of the child if it ended before.
#[track_caller]
pub fn wait_while(what: &str, mut child: Child, mut is_so: impl FnMut() -> bool) -> Child {
    let mut has_ended = false;
    wait_until(what, || {
        has_ended = child.try_wait().expect("a child can be asked").is_some();
        is_so() || has_ended
    });
    if has_ended && !is_so() {
        let CommandOutput { status, out, err } = finish(child);
        panic!("{what}: not before it ended with {status:?}\n{out}\n{err}");
    }
    child
}

pub fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a process has a number");
    rustix::process::kill_process(pid, signal).expect("it lives");
}

/// All files below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// The filters for values that change between runs.
pub fn filters(session: &Session) -> Vec<(String, &'static str)> {
    let folder = fs::canonicalize(session.root()).expect("the folder is there");
    let mut filters = vec![(folder.display().to_string(), "[folder]")];
    filters.push((session.root().display().to_string(), "[folder]"));
    let patterns = [
        (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:PORT"),
        (r"/r/[0-9A-HJKMNP-TV-Z]{4}\b", "/r/[run]"),
        (r"\b(run|attach|cancel) [0-9A-HJKMNP-TV-Z]{4}\b", "$1 [run]"),
        (r"(?m)^[0-9A-HJKMNP-TV-Z]{4}  ", "[run]  "),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"\b[0-9a-f]{32}\b", "[id]"),
        (r"\b[0-9a-f]{12}\b", "[digest]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d", "[time]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[time]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "[time]"),
        (r"\b(just now|\d+ s ago)", "[ago]"),
        (r"\b\d+ min \d\d s\b", "[duration]"),
        (r"\b\d+(\.\d)? m?s\b", "[duration]"),
        // The columns of a table are as wide as their content.
        (r" {2,}", "  "),
    ];
    filters.extend(patterns.map(|(pattern, name)| (pattern.to_owned(), name)));
    filters
}

/// Compares the output of a command with an inline snapshot.
macro_rules! snapshot {
    ($session:expr, $result:expr, $($wanted:tt)*) => {
        let result = $result;
        let filters = $crate::session::filters(&$session);
        let filters: Vec<(&str, &str)> = filters.iter().map(|(pattern, name)| (pattern.as_str(), *name)).collect();
        insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(result.shown(), $($wanted)*); });
    };
}
pub(crate) use snapshot;
