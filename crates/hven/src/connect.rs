//! Finds the server of the home, and starts one when none runs. The files in the home only say where to look: a server
//! is trusted only after it has proved that it serves this home.
//!
//! Commands that run at the same time use a lock on `start.lock`: one command starts the server, and the others wait
//! and find it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use hven_client::{Address, Client, Error, InHome, Locate, Patience, Prover, ServerFile, Unproved, env};
use hven_core::disk::is_full;
use hven_terminal::exit;

use crate::{home, older_server, server_process::is_alive};

/// How long a server may take to answer after its start. It may have to rebuild views.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a server may take to prove itself in a separate request.
const PROOF_TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(4);
/// The hint for a home that cannot be written to.
const DISK_HINT: &str =
    "free space on its disk or in its quota, and check that the disk can be written to; nothing is lost";
/// The output of a started server before it opens its own log.
const START_LOG: &str = "logs/start.log";

/// A client of the home's server. It starts a server when none runs.
pub fn client(home: &Path) -> Client {
    client_starting(StartingLocator::of(home))
}

/// The same, but a server that the client starts runs until it is stopped, and listens on `port` if one is given.
/// `takes_over`: start it even if another machine has not closed the home.
pub fn client_of_persistent_server(home: &Path, port: Option<u16>, takes_over: bool) -> Client {
    client_starting(StartingLocator { stays: true, port, takes_over, ..StartingLocator::of(home) })
}

/// A client of a server that is measured. A started server stays, and each flush of its record takes `flush_delay` longer.
pub fn client_of_measured_server(home: &Path, flush_delay: Duration) -> Client {
    client_starting(StartingLocator { stays: true, flush_delay, ..StartingLocator::of(home) })
}

fn client_starting(starting: StartingLocator) -> Client {
    Client::new(starting).with_patience(Patience(Duration::from_secs(15)))
}

/// A client of the running server of the home. It starts none.
pub fn client_of_running(home: &Path) -> Client {
    Client::new(InHome(home.to_owned())).with_patience(Patience(Duration::from_secs(2)))
}

/// The server that runs for the home now, if there is one. It may have an older version.
pub fn running(home: &Path) -> Option<ServerFile> {
    ServerFile::read(home).filter(|file| {
        let is_older = older_server::is_older(file);
        is_alive(file.pid)
            && if is_older { older_server::serves(home, file) } else { check_proof(home, &file.url).is_ok() }
    })
}

/// Checks that the server at the address serves this home.
fn check_proof(home: &Path, url: &str) -> Result<(), Unproved> {
    Prover::in_home(home).map_err(Unproved::Broken)?.finds(url, PROOF_TIMEOUT)
}

/// Finds the server of the home, and starts one when none runs.
#[derive(Debug)]
struct StartingLocator {
    home: PathBuf,
    /// A started server does not end when idle.
    stays: bool,
    /// The port on which a started server listens.
    port: Option<u16>,
    /// A started server uses the home even if another machine has not closed it.
    takes_over: bool,
    /// For measurements.
    flush_delay: Duration,
}

impl Locate for StartingLocator {
    fn locate(&self, failed: Option<&Address>) -> hven_client::Result<Option<Address>> {
        if let Some(file) = ServerFile::read(&self.home)
            && !older_server::is_older(&file)
            && is_alive(file.pid)
            // The first connection checks the proof. After a failed connection the proof is requested here, before a
            // new server is started.
            && (failed.is_none_or(|failed| failed.url != file.url) || check_proof(&self.home, &file.url).is_ok())
        {
            return InHome(self.home.clone()).locate(failed);
        }
        self.start()?;
        InHome(self.home.clone()).locate(failed)
    }
}

impl StartingLocator {
    /// As an ordinary command starts it.
    fn of(home: &Path) -> Self {
        Self { home: home.to_owned(), stays: false, port: None, takes_over: false, flush_delay: Duration::ZERO }
    }

    /// Starts a server, unless another command is starting one. Returns when a server answers.
    fn start(&self) -> hven_client::Result<()> {
        home::ensure(&self.home).map_err(|e| locate_error(&e))?;
        let io_error = |what: &str, path: &Path, e: &io::Error| Error::Locate {
            code: home::unwritten(e),
            message: format!("{} cannot be {what}: {e}", path.display()),
            hint: Some(format!("{DISK_HINT}; --home names another home")),
        };
        let lock_path = self.home.join("start.lock");
        // The file is not truncated: it is empty, and a full disk may refuse the truncation.
        let lock = private(File::options().write(true).create(true).truncate(false), &lock_path);
        let lock = lock.map_err(|e| io_error("made", &lock_path, &e))?;
        // The other commands wait here until the server of the first one answers.
        lock.lock().map_err(|e| io_error("locked", &lock_path, &e))?;
        let mut foreign = None;
        if let Some(file) = ServerFile::read(&self.home)
            && is_alive(file.pid)
        {
            if older_server::is_older(&file) {
                older_server::end(&self.home, &file)?;
            } else {
                match check_proof(&self.home, &file.url) {
                    Ok(()) => return Ok(()),
                    Err(Unproved::Foreign(why)) => foreign = Some((file.url, why)),
                    Err(Unproved::Broken(_)) => {}
                }
            }
        }
        let before = file_identity(&self.home);
        let log_path = self.home.join(START_LOG);
        let log = match home::permissions::make_private(&self.home.join("logs")).and_then(|()| create_empty(&log_path))
        {
            Ok(log) => Some(log),
            // The server is started without this log, so that it can free space. Its early output is lost.
            Err(e) if is_full(e.kind()) => None,
            Err(e) => return Err(io_error("written", &log_path, &e)),
        };
        let program = std::env::current_exe().map_err(|e| Error::Locate {
            code: "internal",
            message: format!("this program does not know where it lies: {e}"),
            hint: None,
        })?;
        let output = || log.as_ref().and_then(|log| log.try_clone().ok()).map_or_else(Stdio::null, Stdio::from);
        let mut command = Command::new(program);
        command.arg("--home").arg(&self.home).args(["up", "--auto-started"]).args(self.stays.then_some("--stay"));
        command.args(self.takes_over.then_some("--take-over"));
        command.args(self.port.map(|port| format!("--port={port}")));
        let is_delayed = !self.flush_delay.is_zero();
        command.args(is_delayed.then(|| format!("--flush-delay={}s", self.flush_delay.as_secs_f64())));
        // The working directory is the home, so that the server blocks no other folder. Variables of the caller's
        // attempt are removed.
        command.current_dir(&self.home).stdin(Stdio::null()).stdout(output()).stderr(output());
        for name in env::OF_AN_ATTEMPT {
            command.env_remove(name);
        }
        let mut child = command.spawn().map_err(|e| Error::Locate {
            code: "server.not_started",
            message: format!("the server cannot be started: {e}"),
            hint: None,
        })?;
        let started = Instant::now();
        loop {
            // The `server.json` of the previous server may still exist, and another program may answer at its address.
            if file_identity(&self.home) != before
                && let Some(file) = ServerFile::read(&self.home)
                && (file.pid == child.id() || is_alive(file.pid))
                && check_proof(&self.home, &file.url).is_ok()
            {
                if let Some(text) = note_on_address(&file, foreign.as_ref()) {
                    hven_terminal::stderr_line(&text);
                }
                return Ok(());
            }
            let ended = child.try_wait().ok().flatten();
            if ended.is_some() || started.elapsed() > START_TIMEOUT {
                let printed = if log.is_some() { end_of_log(&log_path) } else { String::new() };
                let what = match ended {
                    Some(status) if printed.trim().is_empty() && status.code() == Some(exit::STORE.into()) => {
                        let refusal = home::refuses_writes(&self.home);
                        return Err(silent_end_error(&self.home, free_bytes(&self.home), refusal.as_ref(), &log_path));
                    }
                    Some(status) => format!("the server ended at once ({status})"),
                    None => format!("the server does not answer after {} s", START_TIMEOUT.as_secs()),
                };
                return Err(not_started(&what, &printed, &log_path));
            }
            thread::sleep(PAUSE);
        }
    }
}

/// The note when the home is served at another address than expected. `foreign` is the address at which another program
/// answers, and how that was detected.
fn note_on_address(file: &ServerFile, foreign: Option<&(String, String)>) -> Option<String> {
    let now = &file.url;
    match (foreign, file.instead_of) {
        (Some((url, why)), _) => Some(format!(
            "another program answers at {url}, where the server was ({why}): nothing was sent to it, and a new \
             server was started at {now}"
        )),
        (None, Some(port)) => Some(format!(
            "port {port} is taken by another program: the home is served at {now} now, and links to port {port} do \
             not lead to it; docs/commands.md#the-port says how a home gets its port"
        )),
        (None, None) => None,
    }
}

/// The error of a server that ended because a read or write failed, and that printed nothing. On a full disk its last
/// output is lost as well. `refusal` is the error of a test write to the home.
fn silent_end_error(home: &Path, free_bytes: Option<u64>, refusal: Option<&io::Error>, log_path: &Path) -> Error {
    /// With fewer free bytes the disk counts as full for a starting server.
    const FREE_BYTES_MIN: u64 = 1 << 20;
    match (free_bytes, refusal) {
        (Some(free), _) if free < FREE_BYTES_MIN => Error::Locate {
            code: "store.full",
            message: format!(
                "the server ended at once: the disk of the home {} has no space left ({free} bytes)",
                home.display()
            ),
            hint: Some(DISK_HINT.to_owned()),
        },
        (_, Some(error)) => Error::Locate {
            code: home::unwritten(error),
            message: format!("the server ended at once: the home {} cannot be written to: {error}", home.display()),
            hint: Some(DISK_HINT.to_owned()),
        },
        _ => Error::Locate {
            code: "server.not_started",
            message: format!(
                "the server ended at once, because it could not read or write something, and it printed nothing to {}",
                log_path.display()
            ),
            hint: Some("`hven doctor` looks at the home; `hven up` shows what the server says".to_owned()),
        },
    }
}

/// The free bytes on the disk of a home; `None` when the system does not report them.
fn free_bytes(home: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(home).ok().filter(|disk| disk.f_blocks > 0)?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The codes that a failed start of a server, or the creation of a home, can have.
const CODES: [&str; 8] = [
    "home.locked",
    "home.newer",
    "home.damaged",
    "home.read_only",
    "home.refused",
    "home.exposed",
    "store.full",
    "server.port",
];

fn known(code: &str) -> Option<&'static str> {
    CODES.into_iter().find(|known| *known == code)
}

/// The error of a server that did not start: the last line of its output that is JSON, with code and hint.
fn not_started(what: &str, printed: &str, log_path: &Path) -> Error {
    let line = printed.lines().rev().find(|line| line.trim_start().starts_with('{'));
    if let Some(body) = line.and_then(|line| serde_json::from_str::<hven_api::error::ErrorBody>(line).ok()) {
        let code = known(&body.error.code).unwrap_or("server.not_started");
        return Error::Locate { code, message: body.error.message, hint: body.error.hint };
    }
    let message = match printed.trim() {
        "" => what.to_owned(),
        printed => format!("{what}: {printed}"),
    };
    Error::Locate { code: "server.not_started", message, hint: Some(format!("more may be in {}", log_path.display())) }
}

/// Opens a file with access for its owner only.
fn private(how: &mut OpenOptions, path: &Path) -> io::Result<File> {
    how.mode(0o600).open(path)
}

/// Creates a file for its owner only, or truncates it.
fn create_empty(path: &Path) -> io::Result<File> {
    private(File::options().write(true).create(true).truncate(true), path)
}

/// The end of a log. A log that cannot be read counts as empty: the caller names the file.
fn end_of_log(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(4000)..]).into_owned()
}

fn locate_error(error: &anyhow::Error) -> Error {
    let report = hven_terminal::ErrorReport::of(error);
    Error::Locate { code: known(&report.code).unwrap_or("internal"), message: report.message, hint: report.hint }
}

/// Identifies one version of `server.json`: two versions differ even if their content is equal.
fn file_identity(home: &Path) -> Option<(u64, i64, i64)> {
    let file = fs::metadata(home.join(ServerFile::NAME)).ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_server_that_ends_at_once_has_its_reason() {
        let path = Path::new("logs/start.log");
        let printed = "noise\n{\"error\":{\"code\":\"home.locked\",\"message\":\"taken\",\"hint\":\"wait\"}}\n";
        let error = not_started("it ended", printed, path);
        assert_eq!((error.code(), error.to_string().as_str(), error.hint()), ("home.locked", "taken", Some("wait")));
        let error = not_started("it ended", "thread panicked\n", path);
        assert_eq!(error.to_string(), "it ended: thread panicked");
        assert_eq!(error.code(), "server.not_started");
    }

    #[test]
    fn a_silent_end_is_a_full_disk_only_when_the_disk_is_full() {
        let check = |free_bytes, refusal: Option<io::ErrorKind>, code: &str| {
            let refusal = refusal.map(io::Error::from);
            let error = silent_end_error(Path::new("/home"), free_bytes, refusal.as_ref(), Path::new("logs/start.log"));
            assert_eq!(error.code(), code, "{error}");
        };
        check(Some(0), None, "store.full");
        check(Some(4096), None, "store.full");
        check(Some(1 << 30), None, "server.not_started");
        check(None, None, "server.not_started");
        // A quota, or a read-only disk: the free bytes do not show it.
        check(Some(1 << 30), Some(io::ErrorKind::QuotaExceeded), "store.full");
        check(Some(1 << 30), Some(io::ErrorKind::ReadOnlyFilesystem), "home.read_only");
    }

    #[test]
    fn an_error_of_creating_a_home_keeps_its_code() {
        for code in ["store.full", "home.read_only"] {
            assert_eq!(locate_error(&hven_client::Failure::new(code, "it cannot be made").into()).code(), code);
        }
        assert_eq!(home::unwritten(&io::ErrorKind::QuotaExceeded.into()), "store.full");
        assert_eq!(home::unwritten(&io::ErrorKind::PermissionDenied.into()), "home.read_only");
    }

    #[test]
    fn a_server_is_not_trusted_without_a_key() {
        let home = tempfile::tempdir().expect("a folder");
        assert!(check_proof(home.path(), "http://127.0.0.1:1").is_err());
    }
}
