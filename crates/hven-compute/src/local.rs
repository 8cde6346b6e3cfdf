//! The runners of this machine. They are started detached, so that they outlive the server, and they count as gone only on
//! evidence.
//!
//! A runner holds the lock of its spool as long as it lives. A held lock proves that the runner lives. A free lock proves
//! that it has ended, unless the spool lies on a shared disk whose locks are not visible here. So the launcher also checks
//! the process that the runner noted. If lock and process disagree, or the process belongs to another machine, the state is
//! in doubt, and the launcher leaves the runner alone.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    fmt,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::{
        fd::AsRawFd as _,
        unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use async_trait::async_trait;
use hven_api::spool::{self, Process};
use hven_app::ports::{RunnerLauncher, launch::RunnerProcess};
use hven_core::{RunnerId, recorded::Recorded, resources::Resources};
use rustix::process::Rlimit;
use tokio::process::{Child, Command};

use crate::{
    detach::in_own_session,
    machine::{FoundResources, MachineSettings},
    process::{Machine, ProcessState, state_of},
};

/// The file in the home that names the server. A runner reads it again when the server does not answer.
const SERVER_FILE: &str = "server.json";
/// A runner logs little. When its log is longer than this, the launcher starts a new one and keeps the last.
const RUNNER_LOG_BYTES_MAX: u64 = 1 << 20;

/// Returns the token with which a runner authenticates to the server.
pub type KeyOf = Arc<dyn Fn(RunnerId) -> String + Send + Sync>;

/// The runner's program.
#[derive(Debug)]
pub struct Program {
    pub path: PathBuf,
    /// The open file whose content was checked. If the system can start an open file, this file is started, so that no
    /// replacement of the path can be started instead.
    pub checked: Option<File>,
}

/// Finds and checks the runner's program; called before each start.
pub type ProgramOf = Arc<dyn Fn() -> io::Result<Program> + Send + Sync>;

#[derive(Clone)]
pub struct Settings {
    pub home: PathBuf,
    pub program_of: ProgramOf,
    pub key_of: KeyOf,
    /// How the resources of this machine are found. A runner gets them when it is started.
    pub machine: MachineSettings,
    /// The limit of open files for runners and their tasks; `None` keeps the limit of this process.
    pub open_files: Option<Rlimit>,
}

impl Program {
    /// The command that starts the program. `self` must live until the start.
    fn command(&self) -> io::Result<Command> {
        let mut command = match &self.checked {
            Some(file) if cfg!(target_os = "linux") => Command::new(open_file(Path::new("/proc/self/fd"), file)?),
            _ => Command::new(&self.path),
        };
        command.arg0(&self.path);
        Ok(command)
    }
}

/// The path of an open file, for a start. A start by the original path could run a replacement of the checked file.
fn open_file(folder: &Path, file: &File) -> io::Result<PathBuf> {
    let path = folder.join(file.as_raw_fd().to_string());
    if path.exists() {
        return Ok(path);
    }
    let why = format!("{} does not exist, so the checked file cannot be started: mount /proc", path.display());
    Err(io::Error::new(io::ErrorKind::Unsupported, why))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("home", &self.home).finish_non_exhaustive()
    }
}

/// The port [`RunnerLauncher`] for this machine.
#[derive(Clone, Debug)]
pub struct LocalRunners {
    settings: Settings,
    /// Runners that this server started and that have not ended.
    children: Arc<Mutex<BTreeSet<RunnerId>>>,
    /// The resources of this machine, once they were looked for.
    found: Arc<OnceLock<FoundResources>>,
}

impl LocalRunners {
    pub fn new(settings: Settings) -> Self {
        Self { settings, children: Arc::default(), found: Arc::default() }
    }

    /// Writes the current token for each runner that an earlier server started, because the home may have a new key. A runner
    /// reads its token for each connection and accepts only a server that knows it.
    ///
    /// # Errors
    /// When a spool cannot be listed or a token cannot be written.
    pub fn renew_tokens(&self) -> io::Result<()> {
        let spools = match fs::read_dir(self.settings.home.join(spool::SPOOL)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            spools => spools?,
        };
        for spool in spools.flatten() {
            let Some(runner) = spool.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let (path, token) = (spool.path().join(spool::TOKEN), (self.settings.key_of)(runner));
            if fs::read_to_string(&path).is_ok_and(|written| written.trim() != token) {
                write_private(&path, token.as_bytes())?;
            }
        }
        Ok(())
    }

    /// The resources of this machine. The first call may take a second: a driver wakes its GPUs.
    async fn found(&self) -> io::Result<FoundResources> {
        let (known, settings) = (Arc::clone(&self.found), self.settings.machine.clone());
        let find = move || known.get_or_init(|| FoundResources::find(&settings)).clone();
        tokio::task::spawn_blocking(find).await.map_err(io::Error::other)
    }

    fn dir(&self, runner: RunnerId) -> PathBuf {
        spool::runner_dir(&self.settings.home, runner)
    }

    fn children(&self) -> MutexGuard<'_, BTreeSet<RunnerId>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates the spool and starts the runner in it.
    fn spawn(&self, runner: RunnerId, found: &FoundResources) -> io::Result<Child> {
        let dir = self.dir(runner);
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        write_private(&dir.join(spool::TOKEN), (self.settings.key_of)(runner).as_bytes())?;
        let log = open_log(&dir.join(spool::RUNNER_LOG))?;
        let program = (self.settings.program_of)()?;
        let units = serde_json::to_string(&found.units)?;
        let mut command = program.command()?;
        command
            .arg("--spool")
            .arg(&dir)
            .arg("--address")
            .arg(self.settings.home.join(SERVER_FILE))
            .args(found.counts.iter().flat_map(|(name, n)| ["--resource".to_owned(), format!("{name}={n}")]))
            .args(["--units", &units])
            // The runner must not hold a folder that a user may want to unmount.
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        for (name, _) in env::vars_os().filter(|(name, _)| is_hvens(name)) {
            command.env_remove(name);
        }
        in_own_session(&mut command, self.settings.open_files).spawn()
    }

    /// Waits for the end of a child, so that it does not stay a zombie.
    fn reap(&self, runner: RunnerId, mut child: Child) {
        let children = Arc::clone(&self.children);
        tokio::spawn(async move {
            match child.wait().await {
                Ok(status) => tracing::info!(%runner, %status, "a runner ended"),
                Err(error) => tracing::warn!(%runner, %error, "the end of a runner could not be waited for"),
            }
            children.lock().unwrap_or_else(PoisonError::into_inner).remove(&runner);
        });
    }
}

#[async_trait]
impl RunnerLauncher for LocalRunners {
    async fn start(&self, runner: RunnerId) -> io::Result<()> {
        let found = self.found().await?;
        // A repeated call, also from a later server, starts no second runner.
        if self.children().contains(&runner) || lock_of(&self.dir(runner)) == Lock::Held {
            return Ok(());
        }
        let child = self.spawn(runner, &found)?;
        self.children().insert(runner);
        self.reap(runner, child);
        Ok(())
    }

    async fn capacity(&self) -> Option<Resources> {
        Some(self.found().await.ok()?.capacity())
    }

    async fn is_gone(&self, runner: RunnerId) -> Option<String> {
        if self.children().contains(&runner) {
            return None;
        }
        evidence(&self.dir(runner), &Machine::current())
    }

    async fn process(&self, runner: RunnerId) -> Option<RunnerProcess> {
        noted_process(&self.dir(runner)).map(|Process { pid, host, .. }| RunnerProcess { pid, host })
    }

    async fn can_return(&self, runner: RunnerId) -> bool {
        self.dir(runner).is_dir()
    }

    async fn forget(&self, runner: RunnerId) -> io::Result<()> {
        let dir = self.dir(runner);
        let removed = tokio::task::spawn_blocking(move || fs::remove_dir_all(dir)).await;
        match removed.map_err(io::Error::other)? {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

/// The evidence that the runner of a spool has ended; `None` if there is none.
fn evidence(dir: &Path, machine: &Machine) -> Option<String> {
    // The spool is missing, for instance after a restore from a backup: a runner elsewhere does not belong to this home.
    if !dir.is_dir() {
        return Some(Recorded::SpoolElsewhere.to_string());
    }
    match lock_of(dir) {
        Lock::Held | Lock::Unknown => return None,
        Lock::Free => {}
    }
    let Some(process) = noted_process(dir) else {
        return Some(Recorded::SpoolUnlocked.to_string());
    };
    match state_of(&process, machine) {
        ProcessState::Ended => Some(Recorded::ProcessEnded { pid: process.pid }.to_string()),
        ProcessState::Rebooted => {
            Some(Recorded::MachineRestarted { host: machine.host.clone(), pid: process.pid }.to_string())
        }
        // On one machine, locks are visible across containers.
        ProcessState::Elsewhere if process.boot_id == machine.boot_id => {
            Some(Recorded::ProcessUnlocked { pid: process.pid }.to_string())
        }
        ProcessState::Elsewhere | ProcessState::Alive => None,
    }
}

/// The process that the runner of a spool noted.
fn noted_process(dir: &Path) -> Option<Process> {
    let bytes = fs::read(dir.join(spool::RUNNER)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Whether a variable belongs to Hven. A server that was started from within a task has the task's variables, which the
/// runner must not get.
fn is_hvens(variable: &OsStr) -> bool {
    variable.as_encoded_bytes().starts_with(b"HVEN_")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Held,
    Free,
    /// The lock could not be tested.
    Unknown,
}

/// Whether a process holds the lock of a spool. This tries a shared lock for a moment, so that two tests at once do not
/// mistake each other for the runner.
fn lock_of(dir: &Path) -> Lock {
    let path = dir.join(spool::LOCK);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Lock::Free,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the lock of a runner could not be opened");
            return Lock::Unknown;
        }
    };
    match file.try_lock_shared() {
        Ok(()) => Lock::Free,
        Err(TryLockError::WouldBlock) => Lock::Held,
        Err(TryLockError::Error(error)) => {
            tracing::warn!(path = %path.display(), %error, "the lock of a runner could not be tested");
            Lock::Unknown
        }
    }
}

/// Writes a file that only its owner can read, atomically: first under another name.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(partial, path)
}

fn open_log(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > RUNNER_LOG_BYTES_MAX) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted_process(machine: &Machine, pid: u32, start_time: u64) -> Process {
        Process {
            pid,
            start_time,
            sid: pid,
            boot_id: machine.boot_id.clone(),
            host: machine.host.clone(),
            pid_namespace: machine.pid_namespace.clone(),
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_evidence_counts() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("spool");
        let machine = Machine::current();
        let evidence_with = |process: Option<&Process>| {
            if let Some(process) = process {
                fs::write(dir.join(spool::RUNNER), serde_json::to_vec(process).expect("JSON")).expect("written");
            }
            evidence(&dir, &machine)
        };
        assert_eq!(evidence_with(None).as_deref(), Some("its spool is not in this home"));
        fs::create_dir(&dir).expect("a folder");
        assert_eq!(evidence_with(None).as_deref(), Some("its spool is locked by nobody, and it noted no process"));

        let own = std::process::id();
        let began = crate::process::stat(own).expect("this process lives").start_time;
        assert_eq!(
            evidence_with(Some(&noted_process(&machine, own, began))),
            None,
            "the lock is free but the process lives, so the state is in doubt"
        );
        let ended = noted_process(&machine, own, began + 1);
        assert_eq!(evidence_with(Some(&ended)), Some(format!("its process {own} has ended")));
        let rebooted = Process { boot_id: "before".to_owned(), ..ended.clone() };
        assert!(evidence_with(Some(&rebooted)).is_some_and(|why| why.contains("was started again")));
        let elsewhere = Process { host: "another".to_owned(), ..rebooted };
        assert_eq!(evidence_with(Some(&elsewhere)), None, "a process of another machine");
        let container = Process { pid_namespace: "another".to_owned(), host: "box".to_owned(), ..ended.clone() };
        assert!(evidence_with(Some(&container)).is_some_and(|why| why.contains("no longer locks")));

        let lock = File::create(dir.join(spool::LOCK)).expect("a lock");
        lock.try_lock().expect("the lock is free");
        assert_eq!(evidence_with(Some(&ended)), None, "the lock is held");
        drop(lock);
        assert!(evidence_with(Some(&ended)).is_some());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_the_checked_file_is_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = tempfile::tempfile().expect("a file");
        let path = open_file(Path::new("/proc/self/fd"), &file).expect("/proc is mounted");
        assert!(path.starts_with("/proc/self/fd"));
        assert_eq!(open_file(folder.path(), &file).expect_err("it is not there").kind(), io::ErrorKind::Unsupported);
        let program = |checked| Program { path: PathBuf::from("/bin/true"), checked };
        let started = |checked| program(checked).command().map(|c| c.as_std().get_program().to_owned());
        assert_eq!(started(None).expect("a command"), "/bin/true");
        assert_eq!(started(Some(file)).expect("a command"), path.as_os_str());
    }

    #[test]
    fn the_variables_of_a_task_are_not_inherited() {
        let kept =
            ["HVEN_ATTEMPT", "HVEN_TOKEN", "HVEN_", "PATH", "MY_HVEN_HOME"].map(|name| !is_hvens(OsStr::new(name)));
        assert_eq!(kept, [false, false, false, true, true]);
    }

    #[test]
    fn a_long_log_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(spool::RUNNER_LOG);
        fs::write(&path, vec![b'x'; RUNNER_LOG_BYTES_MAX as usize + 1]).expect("written");
        open_log(&path).expect("opened").write_all(b"new").expect("written");
        open_log(&path).expect("opened").write_all(b"er").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"newer");
        assert!(folder.path().join("runner.log.old").exists());
    }
}
