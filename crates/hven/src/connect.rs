//! Finds the home's server, and starts one when none runs. What the home's files say is only where to look: a server
//! counts when it has proved that it serves this home.
//!
//! Two commands at once agree through a lock on `start.lock`: one starts the server, the other waits and finds it.

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

use crate::{home, older_server, server_process::lives};

/// How long a server may take to answer after it was started: it may have views to rebuild.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a server may take to prove itself when that is asked for its own sake.
const PROOF_TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(4);
/// What to do when a home cannot be written to.
const SEE_TO_THE_DISK: &str = "see that its disk has room, in its quota too, and can be written; nothing is lost";
/// What a started server says before it has a log of its own.
const START_LOG: &str = "logs/start.log";

/// A client of the home's server, which is started when none runs.
pub fn client(home: &Path) -> Client {
    client_starting(Starting { home: home.to_owned(), stays: false, port: None, takes_over: false })
}

/// The same, but a server that is started stays until it is told to end, and listens at the port that is named. `takes_over`:
/// also when another machine has not closed the home.
pub fn client_that_stays(home: &Path, port: Option<u16>, takes_over: bool) -> Client {
    client_starting(Starting { home: home.to_owned(), stays: true, port, takes_over })
}

fn client_starting(starting: Starting) -> Client {
    Client::new(starting).with_patience(Patience(Duration::from_secs(15)))
}

/// A client of the home's server, for commands that do not start one.
pub fn client_of_running(home: &Path) -> Client {
    Client::new(InHome(home.to_owned())).with_patience(Patience(Duration::from_secs(2)))
}

/// The server that runs for a home now, if one does; also one of an older version.
pub fn running(home: &Path) -> Option<ServerFile> {
    ServerFile::read(home).filter(|file| {
        let is_older = older_server::is_older(file);
        lives(file.pid) && if is_older { older_server::serves(home, file) } else { proves(home, &file.url).is_ok() }
    })
}

/// Whether the server of this home answers at the address.
fn proves(home: &Path, url: &str) -> Result<(), Unproved> {
    Prover::in_home(home).map_err(Unproved::Broken)?.finds(url, PROOF_TIMEOUT)
}

/// Finds the home's server, and starts one when none runs.
#[derive(Debug)]
struct Starting {
    home: PathBuf,
    /// A server that is started does not end when idle.
    stays: bool,
    /// Where a server that is started has to listen.
    port: Option<u16>,
    /// A server that is started uses the home although another machine has not closed it.
    takes_over: bool,
}

impl Locate for Starting {
    fn locate(&self, failed: Option<&Address>) -> hven_client::Result<Option<Address>> {
        if let Some(file) = ServerFile::read(&self.home)
            && !older_server::is_older(&file)
            && lives(file.pid)
            // The first connection shows it; when one failed it is asked again, before a server is started.
            && (failed.is_none_or(|failed| failed.url != file.url) || proves(&self.home, &file.url).is_ok())
        {
            return InHome(self.home.clone()).locate(failed);
        }
        self.start()?;
        InHome(self.home.clone()).locate(failed)
    }
}

impl Starting {
    /// Starts a server unless another command does so at this moment; returns when one answers.
    fn start(&self) -> hven_client::Result<()> {
        home::ensure(&self.home).map_err(|e| told(&e))?;
        let io_error = |what: &str, path: &Path, e: &io::Error| Error::Locate {
            code: home::unwritten(e),
            message: format!("{} cannot be {what}: {e}", path.display()),
            hint: Some(format!("{SEE_TO_THE_DISK}; --home names another home")),
        };
        let lock_path = self.home.join("start.lock");
        // Not emptied: a full disk may refuse that, and it is empty.
        let lock = private(File::options().write(true).create(true).truncate(false), &lock_path);
        let lock = lock.map_err(|e| io_error("made", &lock_path, &e))?;
        // The loser waits here until the winner's server answers.
        lock.lock().map_err(|e| io_error("locked", &lock_path, &e))?;
        let mut foreign = None;
        if let Some(file) = ServerFile::read(&self.home)
            && lives(file.pid)
        {
            if older_server::is_older(&file) {
                older_server::end(&self.home, &file)?;
            } else {
                match proves(&self.home, &file.url) {
                    Ok(()) => return Ok(()),
                    Err(Unproved::Foreign(why)) => foreign = Some((file.url, why)),
                    Err(Unproved::Broken(_)) => {}
                }
            }
        }
        let before = stamp(&self.home);
        let log_path = self.home.join(START_LOG);
        let log = match home::permissions::make_private(&self.home.join("logs")).and_then(|()| emptied(&log_path)) {
            Ok(log) => Some(log),
            // The server starts all the same, to make room; what it would say is lost.
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
        // Its folder is the home, so that it holds no other one; its environment is not the caller's affair.
        command.current_dir(&self.home).stdin(Stdio::null()).stdout(output()).stderr(output());
        for name in env::OF_AN_ATTEMPT {
            command.env_remove(name);
        }
        let mut child = command.spawn().map_err(|e| Error::Locate {
            code: "server.not_started",
            message: format!("the server cannot be started: {e}"),
            hint: None,
        })?;
        let begun = Instant::now();
        loop {
            // The file of the server that is gone may still be there, and somebody may answer where it was.
            if stamp(&self.home) != before
                && let Some(file) = ServerFile::read(&self.home)
                && (file.pid == child.id() || lives(file.pid))
                && proves(&self.home, &file.url).is_ok()
            {
                if let Some(text) = elsewhere(&file, foreign.as_ref()) {
                    hven_terminal::line_beside(&text);
                }
                return Ok(());
            }
            let ended = child.try_wait().ok().flatten();
            if ended.is_some() || begun.elapsed() > START_TIMEOUT {
                let said = if log.is_some() { last_words(&log_path) } else { String::new() };
                let what = match ended {
                    Some(status) if said.trim().is_empty() && status.code() == Some(exit::STORE.into()) => {
                        let refusal = home::refuses_writes(&self.home);
                        return Err(wordless(&self.home, free_bytes(&self.home), refusal.as_ref(), &log_path));
                    }
                    Some(status) => format!("the server ended at once ({status})"),
                    None => format!("the server does not answer after {} s", START_TIMEOUT.as_secs()),
                };
                return Err(not_started(&what, &said, &log_path));
            }
            thread::sleep(PAUSE);
        }
    }
}

/// What to say when the home is not served where it was expected. `foreign` is the address at which another program answers,
/// and how that was known.
fn elsewhere(file: &ServerFile, foreign: Option<&(String, String)>) -> Option<String> {
    let now = &file.url;
    match (foreign, file.instead_of) {
        (Some((url, why)), _) => Some(format!(
            "another program answers at {url}, where the server was ({why}): it was told nothing, and a new server was \
             started at {now}"
        )),
        (None, Some(port)) => Some(format!(
            "port {port} is taken by another program: the home is served at {now} now, and links to port {port} do \
             not lead to it; docs/commands.md#the-port says how a home gets its port"
        )),
        (None, None) => None,
    }
}

/// The error of a server that ended because reading or writing failed, and said nothing: on a full disk its last words are
/// lost as well. `refusal` is what the disk says to who would write to it now.
fn wordless(home: &Path, free_bytes: Option<u64>, refusal: Option<&io::Error>, log_path: &Path) -> Error {
    /// A disk with less is full for a server that starts.
    const FREE_BYTES_MIN: u64 = 1 << 20;
    match (free_bytes, refusal) {
        (Some(free), _) if free < FREE_BYTES_MIN => Error::Locate {
            code: "store.full",
            message: format!(
                "the server ended at once: the disk of the home {} has no space left ({free} bytes)",
                home.display()
            ),
            hint: Some(SEE_TO_THE_DISK.to_owned()),
        },
        (_, Some(error)) => Error::Locate {
            code: home::unwritten(error),
            message: format!("the server ended at once: the home {} cannot be written to: {error}", home.display()),
            hint: Some(SEE_TO_THE_DISK.to_owned()),
        },
        _ => Error::Locate {
            code: "server.not_started",
            message: format!(
                "the server ended at once, because it could not read or write something, and it said nothing in {}",
                log_path.display()
            ),
            hint: Some("`hven doctor` looks at the home; `hven up` shows what the server says".to_owned()),
        },
    }
}

/// How many bytes are free on the disk of a home; `None` where the system does not say it.
fn free_bytes(home: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(home).ok().filter(|disk| disk.f_blocks > 0)?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Codes that a server on its way out and a home that cannot be made have.
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

/// The error that a server told on its way out: its last line is one in JSON, with code and hint.
fn not_started(what: &str, said: &str, log_path: &Path) -> Error {
    let line = said.lines().rev().find(|line| line.trim_start().starts_with('{'));
    if let Some(body) = line.and_then(|line| serde_json::from_str::<hven_api::error::ErrorBody>(line).ok()) {
        let code = known(&body.error.code).unwrap_or("server.not_started");
        return Error::Locate { code, message: body.error.message, hint: body.error.hint };
    }
    let message = match said.trim() {
        "" => what.to_owned(),
        said => format!("{what}: {said}"),
    };
    Error::Locate { code: "server.not_started", message, hint: Some(format!("more may be in {}", log_path.display())) }
}

/// Opens a file that is its owner's alone.
fn private(how: &mut OpenOptions, path: &Path) -> io::Result<File> {
    how.mode(0o600).open(path)
}

/// Makes a file for its owner alone, or empties it.
fn emptied(path: &Path) -> io::Result<File> {
    private(File::options().write(true).create(true).truncate(true), path)
}

/// The end of what was written to a log. What cannot be read is not told: the caller names the file.
fn last_words(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(4000)..]).into_owned()
}

fn told(error: &anyhow::Error) -> Error {
    let told = hven_terminal::Told::of(error);
    Error::Locate { code: known(&told.code).unwrap_or("internal"), message: told.message, hint: told.hint }
}

/// Tells one writing of `server.json` from another, also when they say the same.
fn stamp(home: &Path) -> Option<(u64, i64, i64)> {
    let file = fs::metadata(home.join(ServerFile::NAME)).ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_says_why() {
        let path = Path::new("logs/start.log");
        let said = "noise\n{\"error\":{\"code\":\"home.locked\",\"message\":\"taken\",\"hint\":\"wait\"}}\n";
        let error = not_started("it ended", said, path);
        assert_eq!((error.code(), error.to_string().as_str(), error.hint()), ("home.locked", "taken", Some("wait")));
        let error = not_started("it ended", "thread panicked\n", path);
        assert_eq!(error.to_string(), "it ended: thread panicked");
        assert_eq!(error.code(), "server.not_started");
    }

    #[test]
    fn a_server_that_ends_without_a_word_ran_out_of_space_only_where_there_is_none() {
        let check = |free_bytes, refusal: Option<io::ErrorKind>, code: &str| {
            let refusal = refusal.map(io::Error::from);
            let error = wordless(Path::new("/home"), free_bytes, refusal.as_ref(), Path::new("logs/start.log"));
            assert_eq!(error.code(), code, "{error}");
        };
        check(Some(0), None, "store.full");
        check(Some(4096), None, "store.full");
        check(Some(1 << 30), None, "server.not_started");
        check(None, None, "server.not_started");
        // A quota, or a disk that can only be read: what is free says nothing of it.
        check(Some(1 << 30), Some(io::ErrorKind::QuotaExceeded), "store.full");
        check(Some(1 << 30), Some(io::ErrorKind::ReadOnlyFilesystem), "home.read_only");
    }

    #[test]
    fn why_a_home_cannot_be_made_keeps_its_code() {
        for code in ["store.full", "home.read_only"] {
            assert_eq!(told(&hven_client::Failure::new(code, "it cannot be made").into()).code(), code);
        }
        assert_eq!(home::unwritten(&io::ErrorKind::QuotaExceeded.into()), "store.full");
        assert_eq!(home::unwritten(&io::ErrorKind::PermissionDenied.into()), "home.read_only");
    }

    #[test]
    fn no_server_without_a_key_is_believed() {
        let home = tempfile::tempdir().expect("a folder");
        assert!(proves(home.path(), "http://127.0.0.1:1").is_err());
    }
}
