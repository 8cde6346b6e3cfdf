//! A disk that refuses what is written to it although it has space: a quota is full, or it turned read-only under a running
//! server. Nothing dies and everything is said; when the disk takes bytes again, everything goes on by itself.

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
    session::{Said, Session, finish, wait_until},
};

/// A home on such a disk and its server, which says what it does in a file beside.
struct House {
    session: Session,
    disk: RefusingDisk,
    server: Child,
    /// A run that has ended.
    first: String,
}

impl House {
    fn new(case: &str) -> Option<Self> {
        let session = Session::new();
        let disk = RefusingDisk::of(case, &session.home())?;
        let mut up = session.command(&["up"]);
        let log = File::create(session.root().join("server.log")).expect("a file");
        up.env("HVEN_LOG", "info").stdout(Stdio::null()).stderr(log);
        let server = disk.start(up).expect("the binary starts");
        wait_until("the server answers", || ServerFile::read(&session.home()).is_some());
        session.hven(&["run", "--fresh", "--name", "first", "--", "echo", "well"]).ok();
        let first = session.last();
        Some(Self { session, disk, server, first })
    }

    /// A command whose own process finds the disk like this, too.
    fn hven_there(&self, arguments: &[&str]) -> Said {
        finish(self.disk.start(self.session.command(arguments)).expect("the binary starts"))
    }

    /// A task that runs until the file is there.
    fn long_task(&self) -> (RunCreated, PathBuf) {
        let go = self.session.root().join("go");
        let (go_on, ended) = (go.display(), self.ended().display().to_string());
        let script =
            format!("echo begun; while [ ! -e {go_on} ]; do sleep 0.02; done; echo the end; echo well > {ended}");
        let run = patient(&self.session).submit(&task(&self.session, &script)).expect("the disk takes it");
        wait_until("the task runs", || log_of(&self.session, &run.run.id).contains("begun\n"));
        (run, go)
    }

    /// What the task writes at its end, on another disk.
    fn ended(&self) -> PathBuf {
        self.session.root().join("ended")
    }

    fn state(&self, run: &RunCreated) -> String {
        state(&patient(&self.session), run)
    }

    /// The log has the last words, or the run says how many are lost: the runner, too, writes to that disk.
    fn assert_log_is_told(&self, run: &RunCreated) {
        let log = log_of(&self.session, &run.run.id);
        let lost = patient(&self.session).run(&run.run.id).expect("a run").log_dropped_bytes;
        assert!(log.starts_with("begun\n") && (log.ends_with("the end\n") || lost > 0), "{lost} lost: {log}");
    }

    fn said(&self) -> String {
        fs::read_to_string(self.session.root().join("server.log")).expect("a log")
    }

    /// The refusal of new work. What was taken before it waits, and runs later.
    fn refused(&self) -> Said {
        let mut said = None;
        wait_until("new work is refused", || {
            let now = self.session.hven(&["run", "-d", "--", "true"]);
            let is_refused = now.status != Some(0);
            said = Some(now);
            is_refused
        });
        said.expect("it was asked for")
    }
}

#[test]
fn a_full_quota_is_a_full_disk() {
    let Some(mut house) = House::new("a full quota, with server and runner") else { return };
    let (run, go) = house.long_task();
    let before = pids(&house.session);
    house.disk.be(Disk::Quota { bytes: house.disk.used_bytes() });
    assert_full(&house);
    fs::write(&go, "").expect("it lies elsewhere");
    wait_until("the task ends", || house.state(&run) == "done");
    assert_full(&house);
    assert!(!house.said().contains("the disk of the home has space again"), "{}", house.said());

    house.disk.be(Disk::Writable);
    wait_until("it goes on by itself", || house.session.hven(&["run", "--", "true"]).status == Some(0));
    wait_until("this is said", || house.said().contains("the disk of the home has space again"));
    assert_eq!(pids(&house.session), before, "nobody died");
    house.assert_log_is_told(&run);
    assert_eq!(house.server.try_wait().expect("it can be asked"), None);

    // A server starts, answers and ends there.
    house.session.hven(&["down"]).ok();
    assert!(house.server.wait().expect("it ended").success());
    house.disk.be(Disk::Quota { bytes: house.disk.used_bytes() });
    assert!(house.hven_there(&["ps", "-a"]).ok().out.contains("first"));
    assert_full(&house);
    house.session.hven(&["down"]).ok();
    house.disk.be(Disk::Writable);
    house.session.hven(&["run", "--fresh", "--", "true"]).ok();
    assert_sound(&house.session);
}

/// What must be so while the quota is full.
fn assert_full(house: &House) {
    let said = house.refused();
    assert_eq!(said.status, Some(125), "{}", said.shown());
    assert!(said.err.contains("no space left") && said.err.contains("make room"), "{}", said.err);
    house.session.hven(&["ps"]).ok();
    assert!(house.session.hven(&["logs", &house.first]).ok().out.contains("well"));
    // What a server gave back of the space meanwhile is taken, too.
    house.disk.be(Disk::Quota { bytes: house.disk.used_bytes() });
    let doctor = house.hven_there(&["doctor"]);
    assert_eq!(doctor.status, Some(1), "{}", doctor.shown());
    assert!(doctor.out.contains("cannot be written to: Disk quota exceeded"), "{}", doctor.out);
}

#[test]
fn a_disk_that_becomes_read_only_ends_no_process() {
    let Some(mut house) = House::new("a disk that turns read-only, with server and runner") else { return };
    house.session.write("numbers.csv", "n\n1\n");
    house.session.hven(&["user", "add", "jun"]).ok();
    let added = house.session.hven(&["log", "--kind", "user.added", "--json"]).ok().json();
    let of_jun = added["items"][0]["seq"].to_string();
    let (run, go) = house.long_task();
    let before = pids(&house.session);
    house.session.hven(&["ps"]).ok();
    house.disk.be(Disk::ReadOnly);

    let calls: [&[&str]; 5] = [
        &["run", "-d", "--", "true"],
        &["cancel", &run.run.id],
        &["data", "add", "numbers.csv"],
        &["user", "add", "gro"],
        &["redact", "--fact", &of_jun, "--because", "a test"],
    ];
    for arguments in calls {
        let said = house.session.hven(arguments);
        assert!(matches!(said.status, Some(74 | 125)), "{arguments:?}: {}", said.shown());
        assert!(said.err.contains("Read-only file system"), "{arguments:?}: {}", said.err);
        assert!(said.err.contains("when it can be written again, everything goes on by itself"), "{}", said.err);
    }
    match client(&house.session).submit(&task(&house.session, "true")) {
        Err(Error::Api(error)) => assert_eq!((error.status, error.code.as_str()), (507, "store.read_only")),
        other => panic!("{other:?}"),
    }
    let doctor = house.hven_there(&["doctor"]);
    assert!(doctor.out.contains("cannot be written to: Read-only file system"), "{}", doctor.shown());
    assert!(house.session.hven(&["ps", "-a"]).ok().out.contains("first"));
    assert!(house.session.hven(&["logs", &house.first]).ok().out.contains("well"));
    assert_eq!(house.session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
    // The task goes on and ends. That is known when it can be recorded.
    fs::write(&go, "").expect("it lies elsewhere");
    wait_until("the task ends", || house.ended().exists());
    assert_eq!(house.state(&run), "running");

    house.disk.be(Disk::Writable);
    wait_until("the end is delivered", || house.state(&run) == "done");
    house.assert_log_is_told(&run);
    house.session.hven(&["run", "--fresh", "--", "true"]).ok();
    assert_eq!(pids(&house.session), before, "nobody died");
    assert_eq!(house.server.try_wait().expect("it can be asked"), None);
    assert_sound(&house.session);
}

#[test]
fn a_server_on_a_read_only_disk_ends_and_the_next_one_continues() {
    let Some(mut house) = House::new("a server ends on a read-only disk") else { return };
    let (run, go) = house.long_task();
    house.disk.be(Disk::ReadOnly);
    house.session.hven(&["down"]).ok();
    assert_eq!(house.server.wait().expect("it ended").code(), Some(74), "{}", house.said());
    let ps = house.hven_there(&["ps"]);
    assert_eq!(ps.status, Some(74), "{}", ps.shown());
    assert!(ps.err.contains("Read-only file system") && ps.err.contains("can be written"), "{}", ps.err);
    fs::write(&go, "").expect("it lies elsewhere");
    wait_until("the task ends", || house.ended().exists());

    house.disk.be(Disk::Writable);
    house.hven_there(&["ps"]).ok();
    wait_until("the end is delivered", || house.state(&run) == "done");
    house.assert_log_is_told(&run);
    assert_sound(&house.session);
}
