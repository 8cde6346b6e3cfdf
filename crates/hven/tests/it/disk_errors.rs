//! A disk that refuses writes although it has space: its quota is full, or it became read-only under a running server.
//! No process ends and every failure is reported. When the disk accepts writes again, everything continues by itself.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Stdio},
};

use hven_api::runs::RunCreated;
use hven_client::{Error, ServerFile};
use hven_testing::{Disk, RefusingDisk};

use crate::{
    disk_full::{assert_sound, client, log_of, patient, pids, state, task},
    session::{CommandOutput, Session, finish, wait_until},
};

/// A home on such a disk, and its server, which logs to a file on another disk.
struct ServerOnDisk {
    session: Session,
    disk: RefusingDisk,
    server: Child,
    /// A run that has ended.
    first: String,
}

impl ServerOnDisk {
    fn new(name: &str) -> Option<Self> {
        let session = Session::new();
        let disk = RefusingDisk::of(name, &session.home())?;
        let mut up = session.command(&["up"]);
        let log = File::create(session.root().join("server.log")).expect("a file");
        up.env("HVEN_LOG", "info").stdout(Stdio::null()).stderr(log);
        let server = disk.start(up).expect("the binary starts");
        wait_until("the server answers", || ServerFile::read(&session.home()).is_some());
        session.hven(&["run", "--fresh", "--name", "first", "--", "echo", "well"]).ok();
        let first = session.last();
        Some(Self { session, disk, server, first })
    }

    /// Runs a command whose own process also sees the disk in this state.
    fn hven_there(&self, arguments: &[&str]) -> CommandOutput {
        finish(self.disk.start(self.session.command(arguments)).expect("the binary starts"))
    }

    /// Starts a task that runs until the file exists.
    fn long_task(&self) -> (RunCreated, PathBuf) {
        let go = self.session.root().join("go");
        let (go_on, ended) = (go.display(), self.ended().display().to_string());
        let script =
            format!("echo started; while [ ! -e {go_on} ]; do sleep 0.02; done; echo the end; echo well > {ended}");
        let run = patient(&self.session).submit(&task(&self.session, &script)).expect("the disk takes it");
        wait_until("the task runs", || log_of(&self.session, &run.run.id).contains("started\n"));
        (run, go)
    }

    /// The file that the task writes at its end, on another disk.
    fn ended(&self) -> PathBuf {
        self.session.root().join("ended")
    }

    fn state(&self, run: &RunCreated) -> String {
        state(&patient(&self.session), run)
    }

    /// Checks that the log is complete, or that the run reports the number of lost bytes: the runner also writes to
    /// that disk.
    fn assert_log_is_complete_or_loss_reported(&self, run: &RunCreated) {
        let log = log_of(&self.session, &run.run.id);
        let lost = patient(&self.session).run(&run.run.id).expect("a run").log_dropped_bytes;
        assert!(log.starts_with("started\n") && (log.ends_with("the end\n") || lost > 0), "{lost} lost: {log}");
    }

    fn server_log(&self) -> String {
        fs::read_to_string(self.session.root().join("server.log")).expect("a log")
    }

    /// Waits until new work is refused. Earlier accepted work waits, and runs later.
    fn refused(&self) -> CommandOutput {
        let mut result = None;
        wait_until("new work is refused", || {
            let now = self.session.hven(&["run", "-d", "--", "true"]);
            let is_refused = now.status != Some(0);
            result = Some(now);
            is_refused
        });
        result.expect("it was requested")
    }
}

#[test]
fn a_full_quota_is_a_full_disk() {
    let Some(mut case) = ServerOnDisk::new("a full quota, with server and runner") else { return };
    let (run, go) = case.long_task();
    let before = pids(&case.session);
    case.disk.be(Disk::Quota { bytes: case.disk.used_bytes() });
    assert_full(&case);
    fs::write(&go, "").expect("it is on another disk");
    wait_until("the task ends", || case.state(&run) == "done");
    assert_full(&case);
    assert!(!case.server_log().contains("the disk of the home has space again"), "{}", case.server_log());

    case.disk.be(Disk::Writable);
    wait_until("it goes on by itself", || case.session.hven(&["run", "--", "true"]).status == Some(0));
    wait_until("this is logged", || case.server_log().contains("the disk of the home has space again"));
    assert_eq!(pids(&case.session), before, "no process ended");
    case.assert_log_is_complete_or_loss_reported(&run);
    assert_eq!(case.server.try_wait().expect("it can be asked"), None);

    // A server starts, responds and ends there.
    case.session.hven(&["down"]).ok();
    assert!(case.server.wait().expect("it ended").success());
    case.disk.be(Disk::Quota { bytes: case.disk.used_bytes() });
    assert!(case.hven_there(&["ps", "-a"]).ok().out.contains("first"));
    assert_full(&case);
    case.session.hven(&["down"]).ok();
    case.disk.be(Disk::Writable);
    case.session.hven(&["run", "--fresh", "--", "true"]).ok();
    assert_sound(&case.session);
}

/// Checks the behaviour while the quota is full.
fn assert_full(case: &ServerOnDisk) {
    let result = case.refused();
    assert_eq!(result.status, Some(125), "{}", result.shown());
    assert!(result.err.contains("no space left") && result.err.contains("make room"), "{}", result.err);
    case.session.hven(&["ps"]).ok();
    assert!(case.session.hven(&["logs", &case.first]).ok().out.contains("well"));
    // Space that the server has freed in the meantime is used up, too.
    case.disk.be(Disk::Quota { bytes: case.disk.used_bytes() });
    let doctor = case.hven_there(&["doctor"]);
    assert_eq!(doctor.status, Some(1), "{}", doctor.shown());
    assert!(doctor.out.contains("cannot be written to: Disk quota exceeded"), "{}", doctor.out);
}

#[test]
fn a_disk_that_becomes_read_only_ends_no_process() {
    let Some(mut case) = ServerOnDisk::new("a disk that turns read-only, with server and runner") else { return };
    case.session.write("numbers.csv", "n\n1\n");
    case.session.hven(&["user", "add", "jun"]).ok();
    let added = case.session.hven(&["log", "--kind", "user.added", "--json"]).ok().json();
    let of_jun = added["items"][0]["seq"].to_string();
    let (run, go) = case.long_task();
    let before = pids(&case.session);
    case.session.hven(&["ps"]).ok();
    case.disk.be(Disk::ReadOnly);

    let calls: [&[&str]; 5] = [
        &["run", "-d", "--", "true"],
        &["cancel", &run.run.id],
        &["data", "add", "numbers.csv"],
        &["user", "add", "gro"],
        &["redact", "--fact", &of_jun, "--because", "a test"],
    ];
    for arguments in calls {
        let result = case.session.hven(arguments);
        assert!(matches!(result.status, Some(74 | 125)), "{arguments:?}: {}", result.shown());
        assert!(result.err.contains("Read-only file system"), "{arguments:?}: {}", result.err);
        assert!(result.err.contains("when it can be written again, everything goes on by itself"), "{}", result.err);
    }
    match client(&case.session).submit(&task(&case.session, "true")) {
        Err(Error::Api(error)) => assert_eq!((error.status, error.code.as_str()), (507, "store.read_only")),
        other => panic!("{other:?}"),
    }
    let doctor = case.hven_there(&["doctor"]);
    assert!(doctor.out.contains("cannot be written to: Read-only file system"), "{}", doctor.shown());
    assert!(case.session.hven(&["ps", "-a"]).ok().out.contains("first"));
    assert!(case.session.hven(&["logs", &case.first]).ok().out.contains("well"));
    assert_eq!(case.session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
    // The task continues and ends. The end is recorded when the disk is writable.
    fs::write(&go, "").expect("it is on another disk");
    wait_until("the task ends", || case.ended().exists());
    assert_eq!(case.state(&run), "running");

    case.disk.be(Disk::Writable);
    wait_until("the end is delivered", || case.state(&run) == "done");
    case.assert_log_is_complete_or_loss_reported(&run);
    case.session.hven(&["run", "--fresh", "--", "true"]).ok();
    assert_eq!(pids(&case.session), before, "no process ended");
    assert_eq!(case.server.try_wait().expect("it can be asked"), None);
    assert_sound(&case.session);
}

#[test]
fn a_server_on_a_read_only_disk_ends_and_the_next_one_continues() {
    let Some(mut case) = ServerOnDisk::new("a server ends on a read-only disk") else { return };
    let (run, go) = case.long_task();
    case.disk.be(Disk::ReadOnly);
    case.session.hven(&["down"]).ok();
    assert_eq!(case.server.wait().expect("it ended").code(), Some(74), "{}", case.server_log());
    let ps = case.hven_there(&["ps"]);
    assert_eq!(ps.status, Some(74), "{}", ps.shown());
    assert!(ps.err.contains("Read-only file system") && ps.err.contains("can be written"), "{}", ps.err);
    fs::write(&go, "").expect("it is on another disk");
    wait_until("the task ends", || case.ended().exists());

    case.disk.be(Disk::Writable);
    case.hven_there(&["ps"]).ok();
    wait_until("the end is delivered", || case.state(&run) == "done");
    case.assert_log_is_complete_or_loss_reported(&run);
    assert_sound(&case.session);
}
