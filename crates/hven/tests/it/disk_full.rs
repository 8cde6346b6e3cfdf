//! A full disk, seen from the command line: a server that a command started, its runner, and clients that keep sending
//! requests. The disk is filled at random moments. While it is full, no process ends and every failure is reported.
//! When space is available again, everything continues by itself, and nothing is lost or repeated.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
    process::Stdio,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hven_api::{
    page::LIMIT_MAX,
    queueing::QueueRequest,
    runs::{RunCreated, RunDetail, SubmitRun},
};
use hven_client::{Client, Error, InHome, LogOf, Patience, RunQuery, ServerFile};
use hven_testing::{Dice, Filler, Postgresql, SmallDisk};

use crate::{
    kills::runner_pid,
    session::{CommandOutput, PATIENCE, Session, finish, wait_until},
};

const SEED: u64 = 20_261_129;
/// More than a home with the runner program and some runs needs, plus a margin for the filler.
const MEGABYTES: u32 = 192;
const CLIENTS: usize = 3;

/// A session with a home on a small disk, and a server with a detailed log.
pub fn session_on(disk: &SmallDisk) -> Session {
    let session = Session::with_home(disk.path().join("home"));
    hven(&session, &["up", "--detach"]).ok();
    session
}

fn hven(session: &Session, arguments: &[&str]) -> CommandOutput {
    finish(session.command(arguments).env("HVEN_LOG", "debug").spawn().expect("the binary starts"))
}

/// A client without retries.
pub fn client(session: &Session) -> Client {
    Client::new(InHome(session.home())).with_patience(Patience(Duration::ZERO))
}

pub fn patient(session: &Session) -> Client {
    Client::new(InHome(session.home())).with_patience(Patience(Duration::from_secs(20)))
}

pub fn task(session: &Session, script: &str) -> SubmitRun {
    SubmitRun {
        argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
        cwd: session.cwd().display().to_string(),
        environment: [("PATH".to_owned(), env::var("PATH").expect("tests have a PATH"))].into(),
        fresh: true,
        ..SubmitRun::default()
    }
}

/// The process number of the server.
pub fn server_pid(session: &Session) -> u32 {
    ServerFile::read(&session.home()).expect("a server runs").pid
}

/// The process numbers of server and runner.
pub fn pids(session: &Session) -> (u32, u32) {
    let server = ServerFile::read(&session.home()).expect("a server runs").pid;
    (server, runner_pid(session).expect("a runner"))
}

/// Waits as long as runs end one after the other: thousands may be waiting, and the machine may do other work.
fn wait_until_all_ended(client: &Client) {
    let mut fewest = usize::MAX;
    while fewest > 0 {
        let mut left = 0;
        wait_until("another run has ended", || {
            left = active_runs(client);
            left < fewest
        });
        fewest = left;
        thread::sleep(Duration::from_millis(20));
    }
}

/// The number of runs that are waiting or running, also of those beyond the first page.
fn active_runs(client: &Client) -> usize {
    let states = ["waiting", "running"].map(str::to_owned).to_vec();
    let mut query = RunQuery { states, limit: Some(LIMIT_MAX), ..RunQuery::default() };
    let mut count = 0;
    loop {
        let page = client.runs(&query).expect("an answer");
        count += page.items.len();
        query.cursor = page.next;
        if query.cursor.is_none() {
            return count;
        }
    }
}

pub fn state(client: &Client, run: &RunCreated) -> String {
    client.run(&run.run.id).map_or_else(|error| error.to_string(), |run| run.summary.state)
}

pub fn log_of(session: &Session, run: &str) -> String {
    let mut bytes = Vec::new();
    patient(session).log_raw(run, LogOf::default(), true, &mut bytes).expect("a log");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Checks that every view follows from the facts, the chain is valid, and every object exists.
pub fn assert_sound(session: &Session) {
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
    session.hven(&["down"]).ok();
    let doctor = session.hven(&["doctor", "--rebuild", "--json"]).json();
    let is_problem = |check: &&serde_json::Value| check["ok"] != true;
    let problems: Vec<_> = doctor["checks"].as_array().expect("checks").iter().filter(is_problem).collect();
    // A small disk has little space; this is expected.
    assert!(problems.iter().all(|check| check["name"] == "disk"), "{problems:?}");
}

/// The results of clients that send requests continuously.
#[derive(Default)]
struct ClientResults {
    accepted: Mutex<Vec<RunCreated>>,
    /// Refused requests by error code.
    refused: Mutex<BTreeMap<String, usize>>,
    /// Tasks without a response, because the server ended: they may have been accepted.
    unsure: Mutex<Vec<usize>>,
    count: AtomicUsize,
}

impl ClientResults {
    fn accepted(&self) -> usize {
        self.accepted.lock().expect("no panic").len()
    }
    fn full(&self) -> usize {
        self.refused.lock().expect("no panic").get("store.full").copied().unwrap_or(0)
    }

    /// Submits tasks one after the other. Each writes its number to a file that Hven does not track.
    fn submit_until(&self, session: &Session, stop: &AtomicBool) {
        let mut client_now = client(session);
        while !stop.load(Ordering::Relaxed) {
            let n = self.count.fetch_add(1, Ordering::Relaxed);
            let ran = session.root().join("ran").display().to_string();
            let script = format!(
                "echo started {n}; echo {n} >> {ran}; echo '{{\"n\": {n}, \"step\": 1}}' >> $HVEN_METRICS; \
                 head -c {} /dev/zero | tr '\\0' x; echo; echo ended {n}; true",
                (n % 7) * 1000
            );
            match client_now.submit(&SubmitRun { name: Some(format!("n{n}")), ..task(session, &script) }) {
                Ok(run) => self.accepted.lock().expect("no panic").push(run),
                Err(error) => {
                    *self.refused.lock().expect("no panic").entry(error.code().to_owned()).or_default() += 1;
                    if !matches!(&error, Error::Api(error) if error.status == 507) {
                        self.unsure.lock().expect("no panic").push(n);
                        // A client without retries does not look for the address of the next server.
                        client_now = client(session);
                    }
                }
            }
            thread::sleep(Duration::from_millis(30));
        }
    }
}

#[test]
fn a_full_disk_blocks_nothing_permanently() {
    let (seed, rounds) = (hven_testing::seed(SEED), hven_testing::rounds(3));
    println!("seed {seed}, {rounds} rounds");
    let Some(disk) = SmallDisk::mount("a full disk, with server and runner", MEGABYTES) else { return };
    let session = session_on(&disk);
    let mut dice = Dice::new(seed);
    let (results, stop) = (ClientResults::default(), AtomicBool::new(false));
    wait_until("a runner", || session.hven(&["run", "--fresh", "--", "true"]).status == Some(0));
    let (mut server, mut runner) = pids(&session);
    let mut was_down = false;
    let mut long = Vec::new();
    thread::scope(|scope| {
        let _stop = StopOnDrop(&stop);
        (0..CLIENTS).for_each(|_| drop(scope.spawn(|| results.submit_until(&session, &stop))));
        for round in 0..rounds {
            let go = session.root().join(format!("go{round}"));
            let script = format!(
                "i=0; while [ ! -e {} ]; do i=$((i+1)); echo line $i; sleep 0.01; done; echo the end",
                go.display()
            );
            // It does not wait behind the tasks of the clients, of which a fast server accepts many.
            let queue = QueueRequest { priority: 100, ..QueueRequest::default() };
            let long_task = SubmitRun { queue, ..task(&session, &script) };
            let run = patient(&session).submit(&long_task).expect("there is room");
            // A run that its runner has not started would wait for space.
            wait_until("the long task runs", || log_of(&session, &run.run.id).contains("line 1\n"));
            if std::mem::take(&mut was_down) {
                runner = pids(&session).1;
            }
            thread::sleep(Duration::from_millis(dice.below(300)));
            let (accepted_before, full_before) = (results.accepted(), results.full());
            let left = [0, 0, 4 << 10, 60 << 10, 300 << 10, 1 << 20][dice.below(6) as usize];
            let mut filler = disk.fill_but(left);
            let since = Instant::now();
            while results.full() == full_before {
                // The remaining space is used up soon, or taken by the filler.
                filler.follow(&disk, 0);
                assert!(
                    since.elapsed() < PATIENCE,
                    "round {round}: no submission is refused for lack of space; {} accepted, {} free, refused: {:?}",
                    results.accepted() - accepted_before,
                    disk.free_bytes(),
                    results.refused
                );
                thread::sleep(Duration::from_millis(2));
            }
            full_disk_answers(&session, &disk, &mut filler);
            fs::write(&go, "").expect("it is on another disk");
            wait_until_done(&session, &disk, &run);
            if round % 3 == 1 {
                hven(&session, &["down"]).ok();
                hven(&session, &["ps"]).ok();
                server = pids(&session).0;
                // A runner without runs ends with its server.
                was_down = true;
            }
            drop::<Filler>(filler);
            wait_until("it goes on by itself", || results.accepted() > accepted_before + 5);
            let (server_now, runner_now) = pids(&session);
            assert_eq!(server_now, server, "no server ended");
            assert!(was_down || runner_now == runner, "no runner ended");
            long.push(run);
        }
    });
    let refused = results.refused.lock().expect("no panic").clone();
    println!("{} accepted, refused: {refused:?}", results.accepted());
    let known = ["store.full", "busy", "server.unreachable"];
    assert!(refused.keys().all(|code| known.contains(&code.as_str())), "{refused:?}");
    // Each accepted run ran once, and no refused one ran.
    let client = patient(&session);
    let accepted = results.accepted.lock().expect("no panic").clone();
    wait_until_all_ended(&client);
    for run in accepted.iter().chain(&long) {
        let detail: RunDetail = client.run(&run.run.id).expect("every accepted run exists");
        assert_eq!(detail.summary.state, "done", "{:?}", detail.outcome_detail);
        assert_eq!(detail.attempt_list.len(), 1, "nothing was done again");
    }
    let ran = fs::read_to_string(session.root().join("ran")).expect("the tasks wrote");
    let mut ran: Vec<usize> = ran.lines().map(|line| line.parse().expect("a number")).collect();
    let wanted: BTreeSet<usize> = accepted
        .iter()
        .map(|run| {
            client.run(&run.run.id).expect("a run").summary.name.expect("a name")[1..].parse().expect("a number")
        })
        .collect();
    let unsure = results.unsure.lock().expect("no panic").clone();
    ran.retain(|n| wanted.contains(n) || !unsure.contains(n));
    ran.sort_unstable();
    assert_eq!(ran, wanted.into_iter().collect::<Vec<_>>(), "each ran once, and none that was refused");
    for run in &long {
        let log = log_of(&session, &run.run.id);
        assert!(log.starts_with("line 1\nline 2\n"), "{log}");
        let detail = client.run(&run.run.id).expect("a run");
        // The end of the log is also complete, unless the log reports lost bytes.
        let is_loss_reported = log.contains("bytes of the log are lost: ") || detail.log_dropped_bytes > 0;
        let lines = log.lines().filter_map(|line| line.strip_prefix("line ")).count();
        let last = log.lines().rev().find_map(|line| line.strip_prefix("line ")).expect("a line");
        assert!(is_loss_reported || (log.ends_with("the end\n") && last == lines.to_string()), "{log}");
    }
    assert_sound(&session);
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until a task has succeeded on a full disk. Otherwise the logs of server and runner are printed.
fn wait_until_done(session: &Session, disk: &SmallDisk, run: &RunCreated) {
    let until = Instant::now() + PATIENCE;
    loop {
        let now = state(&patient(session), run);
        if now == "done" {
            return;
        }
        if Instant::now() > until {
            let end_of = |path: &Path| {
                let text = fs::read_to_string(path).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                lines[lines.len().saturating_sub(30)..].join("\n")
            };
            let server = end_of(&session.home().join("logs/server.log"));
            let spools = fs::read_dir(session.home().join("spool")).into_iter().flatten().flatten();
            let runners: Vec<String> = spools.map(|spool| end_of(&spool.path().join("runner.log"))).collect();
            panic!(
                "run {} is {now}; {} bytes are free\nserver:\n{server}\nrunner:\n{}",
                run.run.handle,
                disk.free_bytes(),
                runners.join("\n")
            );
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Checks the commands that must work on a full disk.
fn full_disk_answers(session: &Session, disk: &SmallDisk, filler: &mut Filler) {
    hven(session, &["ps"]).ok();
    // A run that was accepted while a little space was free waits, and runs later.
    let since = Instant::now();
    let result = loop {
        // The server gives space back, such as that of a long log of the database.
        filler.follow(disk, 0);
        let result = hven(session, &["run", "-d", "--", "true"]);
        if result.status != Some(0) || since.elapsed() > PATIENCE {
            break result;
        }
    };
    assert_eq!(result.status, Some(125), "{}", result.shown());
    assert!(result.err.contains("no space left") && result.err.contains("make room"), "{}", result.err);
    hven(session, &["gc", "--dry-run"]).ok();
    filler.follow(disk, 0);
    let doctor = hven(session, &["doctor", "--json"]);
    assert_eq!(doctor.status, Some(1), "{}", doctor.shown());
}

#[test]
fn a_server_starts_answers_and_ends_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount("a server starts on a full disk", MEGABYTES) else { return };
    let session = session_on(&disk);
    session.hven(&["run", "--name", "first", "--", "echo", "well"]).ok();
    let first = session.last();
    hven(&session, &["down"]).ok();
    // The server ended in order, was killed, and was killed while the disk was full.
    for killed in [false, true, true] {
        if killed {
            hven(&session, &["ps"]).ok();
            let server = i32::try_from(pids(&session).0).expect("a number");
            let server = rustix::process::Pid::from_raw(server).expect("not 0");
            rustix::process::kill_process(server, rustix::process::Signal::KILL).expect("it lives");
        }
        let mut filler = disk.fill_but(0);
        let ps = hven(&session, &["ps", "-a"]).ok();
        assert!(ps.out.contains("first"), "{}", ps.out);
        full_disk_answers(&session, &disk, &mut filler);
        assert!(hven(&session, &["logs", &first]).ok().out.contains("well"));
        hven(&session, &["down"]).ok();
        let doctor = hven(&session, &["doctor", "--json"]);
        assert_eq!(doctor.status, Some(1), "{}", doctor.shown());
        drop(filler);
        session.hven(&["run", "--fresh", "--", "true"]).ok();
        hven(&session, &["down"]).ok();
    }
    assert_sound(&session);
}

/// The facts are in PostgreSQL, where there is space. Logs and files of tasks are on the disk of the home.
#[test]
fn a_home_with_postgresql_goes_on_when_its_disk_is_full() {
    const CASE: &str = "a full disk, with a record in PostgreSQL";
    let Some(postgresql) = Postgresql::start(CASE, 1) else { return };
    let Some(disk) = SmallDisk::mount(CASE, MEGABYTES) else { return };
    let session = Session::with_home(disk.path().join("home"));
    let config = format!("[server]\ndatabase = \"{}\"\n", postgresql.database("facts"));
    fs::DirBuilder::new().mode(0o700).create(session.home()).expect("a home");
    fs::write(session.home().join("config.toml"), config).expect("written");
    fs::set_permissions(session.home().join("config.toml"), fs::Permissions::from_mode(0o600)).expect("ours");
    hven(&session, &["up", "--detach"]).ok();
    session.hven(&["run", "--fresh", "--name", "first", "--", "echo", "well"]).ok();
    let first = session.last();
    let go = session.root().join("go");
    let script = format!("echo started; while [ ! -e {} ]; do echo on; sleep 0.01; done; echo the end", go.display());
    let run = patient(&session).submit(&task(&session, &script)).expect("there is room");
    wait_until("the task runs", || log_of(&session, &run.run.id).contains("started\n"));
    let before = pids(&session);
    let mut filler = disk.fill_but(0);
    full_disk_answers(&session, &disk, &mut filler);
    assert!(hven(&session, &["logs", &first]).ok().out.contains("well"));
    filler.follow(&disk, 0);
    fs::write(&go, "").expect("it is on another disk");
    wait_until_done(&session, &disk, &run);
    assert_eq!(pids(&session), before, "no process ended");
    // A server starts, responds and ends there.
    hven(&session, &["down"]).ok();
    assert!(hven(&session, &["ps", "-a"]).ok().out.contains("first"));
    full_disk_answers(&session, &disk, &mut filler);
    hven(&session, &["down"]).ok();
    drop(filler);
    session.hven(&["run", "--fresh", "--", "true"]).ok();
    assert!(log_of(&session, &run.run.id).starts_with("started\n"));
    assert_sound(&session);
}

/// The total size of the files below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_below(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// A log that cannot be sealed stays unchanged. An import and a backup without space leave no files behind. A backup to
/// another disk still works. With space, everything continues.
#[test]
fn seals_imports_and_backups_recover_from_a_full_disk() {
    // A runner keeps 256 MB free when it fetches inputs.
    let Some(disk) = SmallDisk::mount("a full disk: seals, imports and backups", 3 * MEGABYTES) else { return };
    let session = session_on(&disk);
    session.hven(&["run", "--fresh", "--", "true"]).ok();
    let mut dice = Dice::new(hven_testing::seed(SEED));
    let row = |_| format!("{},{}", dice.below(u64::MAX), dice.below(u64::MAX));
    let rows: Vec<String> = (0..60_000).map(row).collect();
    session.write("numbers.csv", &format!("left,right\n{}\n", rows.join("\n")));
    let go = session.root().join("go");
    // Random bytes, which hardly compress.
    let script = format!(
        "head -c 12000000 /dev/urandom | base64; while [ ! -e {} ]; do sleep 0.01; done; echo the end",
        go.display()
    );
    let run = patient(&session).submit(&task(&session, &script)).expect("there is room");
    wait_until("the log is there", || bytes_below(&session.home().join("segments")) > 16_000_000);
    let log_before = log_of(&session, &run.run.id);
    let mut filler = disk.fill_but(0);
    while hven(&session, &["run", "-d", "--", "true"]).status == Some(0) {
        filler.follow(&disk, 0);
    }
    fs::write(&go, "").expect("it is on another disk");
    wait_until("the task ends", || state(&patient(&session), &run) == "done");
    filler.follow(&disk, 0);
    let result = hven(&session, &["data", "add", "numbers.csv"]);
    assert!(result.status != Some(0) && result.err.contains("no space left"), "{}", result.shown());
    // Segments are sealed in the meantime, which frees space: at some point there is none.
    let here = disk.path().join("here.tar");
    wait_until("a backup finds no space", || {
        filler.follow(&disk, 0);
        let result = hven(&session, &["backup", &here.display().to_string()]);
        let is_there = here.exists();
        assert_eq!(result.status == Some(0), is_there, "{}", result.shown());
        if is_there {
            fs::remove_file(&here).expect("removed");
        }
        !is_there
    });
    let elsewhere = session.root().join("elsewhere.tar").display().to_string();
    hven(&session, &["backup", &elsewhere]).ok();
    let restored = session.root().join("restored").display().to_string();
    session.hven(&["restore", &elsewhere, &restored]).ok();
    let result = session.hven(&["--home", &restored, "logs", &run.run.id]).ok();
    assert!(result.out.starts_with(&log_before), "{} bytes", result.out.len());
    session.hven(&["--home", &restored, "down"]).ok();
    drop::<Filler>(filler);
    wait_until("ended streams are sealed", || bytes_below(&session.home().join("segments")) == 0);
    let log = log_of(&session, &run.run.id);
    assert!(log.starts_with(&log_before) && log.ends_with("the end\n"), "{} bytes", log.len());
    let added = session.hven(&["data", "add", "numbers.csv"]).ok();
    assert!(added.out.contains("60000 rows"), "{}", added.shown());
    session.hven(&["backup", &here.display().to_string()]).ok();
    assert_sound(&session);
}

/// A file size limit has the same effect as a full disk, and its signal ends no process.
#[test]
fn a_server_continues_when_its_files_reach_a_size_limit() {
    let session = Session::new();
    // The unit is 512 or 1,024 bytes, depending on the shell: 4 or 8 MB.
    let mut server = session.limited("-f 8192", &["up"]);
    let mut server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("the server answers", || ServerFile::read(&session.home()).is_some());
    let mut client = client(&session);
    let long = "x".repeat(30_000);
    let mut accepted = Vec::new();
    let refused = (0..2000).find_map(|n| {
        let spec = SubmitRun { name: Some(format!("n{n}")), ..task(&session, &format!(": {n} {long}")) };
        match client.submit(&spec) {
            Ok(run) => {
                accepted.push(run);
                None
            }
            Err(error) => Some(error),
        }
    });
    let refused = refused.expect("8 MB do not hold 60 MB");
    assert_eq!(refused.code(), "store.full", "{refused}");
    client = patient(&session);
    session.hven(&["ps"]).ok();
    // Every accepted run exists and ends.
    for run in &accepted {
        wait_until("all runs have ended", || !matches!(state(&client, run).as_str(), "waiting" | "running"));
    }
    assert_eq!(server.try_wait().expect("it can be asked"), None, "the server is the same");
    session.hven(&["down"]).ok();
    assert!(server.wait().expect("it ended").success());
    // Without the limit, everything works.
    session.hven(&["run", "--fresh", "--", "true"]).ok();
    assert_sound(&session);
}

#[test]
fn a_server_that_cannot_write_to_stderr_serves() {
    let session = Session::new();
    // `/dev/full` refuses every byte, like a full disk; a pipe without a reader fails in another way.
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it"));
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        Stdio::from(writer)
    };
    for stderr in [full(), closed()] {
        let mut server = session.command(&["up"]);
        let mut server =
            server.env("HVEN_LOG", "trace").stdout(Stdio::null()).stderr(stderr).spawn().expect("it starts");
        wait_until("the server answers", || ServerFile::read(&session.home()).is_some());
        session.hven(&["run", "--fresh", "--", "echo", "well"]).ok();
        session.hven(&["ps", "-a"]).ok();
        session.hven(&["down"]).ok();
        assert!(server.wait().expect("it ended").success());
    }
}

#[test]
fn a_command_that_cannot_write_to_stderr_ends_with_its_status() {
    let session = Session::new();
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it"));
    let result = |arguments: &[&str]| {
        let mut command = session.command(arguments);
        command.stderr(full()).status().expect("the binary starts").code()
    };
    assert_eq!(result(&["run", "--", "sh", "-c", "exit 3"]), Some(3));
    assert_eq!(result(&["show", "nothing"]), Some(66));
}
