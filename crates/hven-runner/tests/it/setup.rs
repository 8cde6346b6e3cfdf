//! A home in a temporary folder with a server and a runner, for tests.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command as Program, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use hven_api::{
    runner::{Command, Fresh, Start},
    spool::{self, Entry},
};
use hven_core::{
    AttemptId, Digest, RunId, RunnerId,
    object::{FileKind, FileRef},
    resources::Resources,
    run::{AttemptResult, Limits},
    stream::{Frames, Source, Stream},
};

use hven_testing::{Filler, SmallDisk};

use crate::fake_server::{Reported, Server, TOKEN};

pub(crate) const RUNNER: RunnerId = RunnerId::from_u128(0xab);
/// A user without rights, for tests of permissions that may run as root.
const NOBODY: u32 = 65534;

pub(crate) struct Setup {
    folder: Folder,
    pub(crate) server: Server,
    url: String,
    runner: Option<Child>,
    next_run: AtomicU32,
    is_unprivileged: bool,
}

/// The folder of a home.
enum Folder {
    Temporary(tempfile::TempDir),
    SmallDisk(SmallDisk),
}

impl Setup {
    /// With a server and a runner with four cores.
    pub(crate) fn new() -> Self {
        Self::with(&["--cpus", "4"])
    }

    pub(crate) fn with(options: &[&str]) -> Self {
        let mut setup = Self::empty();
        setup.start_runner(options);
        setup
    }

    /// With a runner that is not root.
    pub(crate) fn without_rights() -> Self {
        let mut setup = Self::empty();
        setup.is_unprivileged = fs::metadata("/proc/self").expect("a process").uid() == 0;
        if setup.is_unprivileged {
            for path in
                [setup.home(), setup.spool(), setup.spool().join("token"), setup.home().join("spool"), setup.work()]
            {
                chown(path, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
            }
            fs::set_permissions(setup.home(), fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        setup.start_runner(&["--cpus", "4"]);
        setup
    }

    /// With a copy of another home's spool.
    pub(crate) fn copy_of(other: &Self) -> Self {
        let mut setup = Self::empty();
        fs::remove_dir_all(setup.spool()).expect("removed");
        let copied = Program::new("cp").arg("-r").arg(other.spool()).arg(setup.spool()).status().expect("cp");
        assert!(copied.success());
        setup.start_runner(&[]);
        setup
    }

    /// On a disk of its own.
    pub(crate) fn on(disk: SmallDisk) -> Self {
        let mut setup = Self::empty_in(Folder::SmallDisk(disk));
        setup.start_runner(&["--cpus", "4"]);
        setup
    }

    fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("hven-runner-").tempdir().expect("a temporary folder");
        Self::empty_in(Folder::Temporary(folder))
    }

    fn empty_in(folder: Folder) -> Self {
        let server = Server::default();
        let url = server.open();
        let setup = Self { folder, server, url, runner: None, next_run: AtomicU32::new(1), is_unprivileged: false };
        fs::create_dir_all(setup.spool()).expect("a folder");
        fs::create_dir(setup.work()).expect("a folder");
        fs::write(setup.spool().join("token"), format!("{TOKEN}\n")).expect("a file");
        setup.publish_address();
        setup
    }

    pub(crate) fn home(&self) -> PathBuf {
        match &self.folder {
            Folder::Temporary(folder) => folder.path().to_owned(),
            Folder::SmallDisk(disk) => disk.path().to_owned(),
        }
    }

    /// Fills the space that became free.
    pub(crate) fn fill_freed_space(&self, filler: &mut Filler) {
        let Folder::SmallDisk(disk) = &self.folder else { panic!("the disk is shared") };
        filler.follow(disk, 0);
    }

    pub(crate) fn free_bytes(&self) -> u64 {
        let Folder::SmallDisk(disk) = &self.folder else { panic!("the disk is shared") };
        disk.free_bytes()
    }

    /// Fills the disk except for `left` bytes.
    pub(crate) fn fill_disk_but(&self, left: u64) -> Filler {
        let Folder::SmallDisk(disk) = &self.folder else { panic!("the disk is shared") };
        disk.fill_but(left)
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.home().join("spool").join(RUNNER.to_string())
    }

    /// The working folder of tasks.
    pub(crate) fn work(&self) -> PathBuf {
        self.home().join("work")
    }

    pub(crate) fn attempt_dir(&self, attempt: AttemptId) -> PathBuf {
        self.spool().join(attempt.to_string())
    }

    /// Whether the ledger of the spool contains the start and the end of an attempt.
    pub(crate) fn in_ledger(&self, attempt: AttemptId) -> (bool, bool) {
        let bytes = fs::read(self.spool().join(spool::LEDGER)).unwrap_or_default();
        let lines = bytes.split_inclusive(|&b| b == b'\n').filter(|line| line.ends_with(b"\n"));
        let mut in_ledger = (false, false);
        for line in lines {
            match serde_json::from_slice(line).expect("a line of the ledger") {
                Entry::Begun { attempt: other } => in_ledger.0 |= other == attempt,
                Entry::Ended { attempt: other, .. } => in_ledger.1 |= other == attempt,
                Entry::Forgotten { .. } => {}
            }
        }
        in_ledger
    }

    pub(crate) fn wait_for_noted_end(&self, attempt: AttemptId) {
        self.server.wait("an end in the ledger", |_| self.in_ledger(attempt).1.then_some(()));
    }

    pub(crate) fn wait_for_removal(&self, attempt: AttemptId) {
        let dir = self.attempt_dir(attempt);
        self.server.wait("a forgotten attempt", |_| {
            let ledger = fs::read_to_string(self.spool().join(spool::LEDGER)).unwrap_or_default();
            (ledger.contains(&format!("{{\"forgotten\":{{\"attempt\":\"{attempt}\"}}}}\n")) && !dir.exists())
                .then_some(())
        });
    }

    /// Waits until the folder of an attempt that never started is gone.
    pub(crate) fn wait_for_removal_unstarted(&self, attempt: AttemptId) {
        let dir = self.attempt_dir(attempt);
        self.server.wait("a folder that is gone", |_| (!dir.exists()).then_some(()));
        assert!(!self.in_ledger(attempt).0);
    }

    fn publish_address(&self) {
        let unfinished = self.home().join(".server.json");
        fs::write(&unfinished, format!("{{\"url\":{:?},\"pid\":1}}", self.url)).expect("a file");
        fs::rename(unfinished, self.home().join("server.json")).expect("renamed");
    }

    /// Starts a runner with a damaged line in its ledger and a log that cannot be written.
    pub(crate) fn start_runner_without_log(&mut self) {
        let ledger = fs::OpenOptions::new().append(true).create(true).open(self.spool().join(spool::LEDGER));
        std::io::Write::write_all(&mut ledger.expect("a ledger"), b"{}\n").expect("written");
        let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut runner = Program::new(env!("CARGO_BIN_EXE_hven-runner"));
        runner.arg("--spool").arg(self.spool()).arg("--address").arg(self.home().join("server.json"));
        runner.stdin(Stdio::null()).stdout(full()).stderr(full());
        self.runner = Some(runner.spawn().expect("the runner starts"));
    }

    pub(crate) fn start_runner(&mut self, options: &[&str]) {
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_hven-runner"));
        if self.is_unprivileged {
            // The original may lie in a folder that only root can enter.
            let copy = self.home().join("hven-runner");
            fs::copy(&program, &copy).expect("a copy");
            program = copy;
        }
        let mut runner = Program::new(program);
        runner.arg("--spool").arg(self.spool()).arg("--address").arg(self.home().join("server.json")).args(options);
        runner.stdin(Stdio::null());
        if matches!(self.folder, Folder::SmallDisk(_)) {
            // As when the server starts the runner: its log lies on the disk, too.
            let log = fs::OpenOptions::new().append(true).create(true).open(self.runner_log()).expect("a log");
            runner.stdout(log.try_clone().expect("a file")).stderr(log);
        }
        if self.is_unprivileged {
            runner.uid(NOBODY).gid(NOBODY);
        }
        self.runner = Some(runner.spawn().expect("the runner starts"));
    }

    pub(crate) fn runner_log(&self) -> PathBuf {
        self.spool().join(spool::RUNNER_LOG)
    }

    /// Whether the runner is alive.
    pub(crate) fn is_runner_alive(&mut self) -> bool {
        self.runner.as_mut().expect("a runner").try_wait().expect("a child").is_none()
    }

    pub(crate) fn runner_pid(&self) -> u32 {
        self.runner.as_ref().expect("a runner").id()
    }

    /// Kills the runner without a warning, as a crash would.
    pub(crate) fn kill_runner(&mut self) {
        let mut runner = self.runner.take().expect("a runner");
        runner.kill().expect("killed");
        runner.wait().expect("reaped");
        self.server.state().is_attached = false;
    }

    /// Waits until the runner has ended by itself and returns its status.
    pub(crate) fn wait_for_runner(&mut self) -> std::process::ExitStatus {
        let mut runner = self.runner.take().expect("a runner");
        self.server.wait("the runner's end", |_| runner.try_wait().expect("a child"))
    }

    pub(crate) fn close_server(&self) {
        self.server.close(&self.url);
    }

    /// Starts the server again at another address.
    pub(crate) fn open_server(&mut self) {
        self.url = self.server.open();
        self.publish_address();
    }

    /// A start of a command.
    pub(crate) fn start_of(&self, argv: &[&str]) -> Start {
        let number = self.next_run.fetch_add(1, Ordering::Relaxed);
        let path = std::env::var("PATH").expect("a PATH");
        Start {
            attempt: AttemptId { run: RunId::from_u128(number.into()), number: 1 },
            handle: "7Q2M".to_owned(),
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            cwd: self.work().to_string_lossy().into_owned(),
            umask: 0o022,
            process: None,
            stdin: None,
            environment: [("PATH".to_owned(), path)].into(),
            secrets: BTreeMap::new(),
            resources: Resources::default(),
            limits: Limits { grace_s: 5.0, ..Limits::default() },
            outputs: Vec::new(),
            fresh: None,
            seen: None,
            token: "attempt-token".to_owned(),
            trackers: Vec::new(),
        }
    }

    /// Sends the start of a command after `change`.
    pub(crate) fn submit(&self, argv: &[&str], change: impl FnOnce(&mut Start)) -> AttemptId {
        let mut start = self.start_of(argv);
        change(&mut start);
        let attempt = start.attempt;
        self.assign(start);
        attempt
    }

    pub(crate) fn assign(&self, start: Start) {
        // A server sends nothing to a runner that it does not know.
        self.server.wait("a runner", |state| state.is_attached.then_some(()));
        self.server.send(Command::Start(Box::new(start)));
    }

    /// A start of a shell script in a fresh folder with these inputs.
    pub(crate) fn start_fresh(&self, script: &str, files: Vec<FileRef>) -> Start {
        let fresh = Some(Fresh { files, texts: BTreeMap::new() });
        Start { cwd: String::new(), fresh, ..self.start_of(&["sh", "-c", script]) }
    }

    /// Stores bytes in the server as an input for `path`.
    pub(crate) fn input(&self, path: &str, bytes: &[u8]) -> FileRef {
        let digest = Digest::of(bytes);
        self.server.state().objects.insert(digest.to_string(), bytes.to_vec());
        FileRef { path: path.to_owned(), digest, size: bytes.len() as u64, kind: FileKind::File }
    }

    pub(crate) fn script(&self, script: &str) -> AttemptId {
        self.submit(&["sh", "-c", script], |_| {})
    }

    pub(crate) fn run(&self, script: &str) -> (AttemptResult, Reported) {
        let attempt = self.script(script);
        (self.end_of(attempt), self.seen(attempt))
    }

    pub(crate) fn stop(&self, attempt: AttemptId) {
        self.server.send(Command::Stop { attempt });
    }

    pub(crate) fn end_of(&self, attempt: AttemptId) -> AttemptResult {
        self.server.wait("an end", |state| state.attempts.get(&attempt)?.ends.first().cloned())
    }

    pub(crate) fn seen_after_end(&self, attempt: AttemptId) -> Reported {
        self.end_of(attempt);
        self.seen(attempt)
    }

    pub(crate) fn seen(&self, attempt: AttemptId) -> Reported {
        self.server.state().attempts.get(&attempt).cloned().unwrap_or_default()
    }

    /// Waits until the log contains `text`.
    pub(crate) fn wait_for_log(&self, attempt: AttemptId, text: &str) {
        self.server.wait(text, |state| state.attempts.get(&attempt)?.text(Source::Stdout).contains(text).then_some(()));
    }

    /// Waits until a task has written a whole line to a file.
    pub(crate) fn wait_for_file(&self, path: &Path) -> String {
        self.server.wait(&path.display().to_string(), |_| {
            fs::read_to_string(path).ok().filter(|text| text.ends_with('\n')).map(|text| text.trim().to_owned())
        })
    }

    /// Waits until a process has ended whose id a task wrote to a file.
    pub(crate) fn wait_for_end_of(&self, pid: &str) {
        self.server.wait(&format!("the end of process {pid}"), |_| (!is_alive(pid)).then_some(()));
    }
}

/// Whether a process runs; a process that has ended and was not reaped does not.
pub(crate) fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.starts_with(" Z")))
}

impl Drop for Setup {
    #[allow(clippy::print_stderr, reason = "it shows why a test failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.runner_log()).unwrap_or_default();
            eprintln!("the runner's log:\n{log}");
        }
        if let Some(mut runner) = self.runner.take() {
            let _ = runner.kill();
            let _ = runner.wait();
        }
        self.server.close(&self.url);
    }
}

impl Reported {
    /// The output of one source, with its frames joined.
    pub(crate) fn text(&self, source: Source) -> String {
        let bytes = self.streams.get(&Stream::Log).cloned().unwrap_or_default();
        let frames = Frames::new(&bytes).map(|frame| frame.expect("a good frame"));
        let said: Vec<u8> =
            frames.filter(|frame| frame.source == source).flat_map(|frame| frame.bytes.to_vec()).collect();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The lines of a JSON stream.
    pub(crate) fn lines(&self, stream: Stream) -> Vec<serde_json::Value> {
        let bytes = self.streams.get(&stream).cloned().unwrap_or_default();
        bytes
            .split(|&b| b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).expect("a line of JSON"))
            .collect()
    }
}
