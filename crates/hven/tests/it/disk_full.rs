//! A disk that is full, as a person meets it: a server that a command started, its runner, and clients that go on asking.
//! The disk is filled at moments that a seed chooses. While it is full nothing dies and everything is said; when space
//! is back, everything goes on by itself, and nothing is lost or done twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    process::Stdio,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hven_api::runs::{RunCreated, RunDetail, SubmitRun};
use hven_client::{Client, Error, InHome, Patience, ServerFile};
use hven_testing::{Filler, SmallDisk};

use crate::session::{PATIENCE, Said, Session, finish, wait_until};

const SEED: u64 = 20_261_129;
/// More than a home with a program of the runner and some runs takes, and what a filler may take in a moment.
const MEGABYTES: u32 = 192;
const CLIENTS: usize = 3;

/// A small generator of numbers (SplitMix64), so that a seed says it all.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn number_of(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A session whose home lies on a small disk, with a server that logs much.
fn session_on(disk: &SmallDisk) -> Session {
    let session = Session::with_home(disk.path().join("home"));
    hven(&session, &["up", "--detach"]).ok();
    session
}

fn hven(session: &Session, arguments: &[&str]) -> Said {
    finish(session.command(arguments).env("HVEN_LOG", "debug").spawn().expect("the binary starts"))
}

/// One that asks once, and says what came of it.
fn client(session: &Session) -> Client {
    Client::new(InHome(session.home())).with_patience(Patience(Duration::ZERO))
}

fn patient(session: &Session) -> Client {
    Client::new(InHome(session.home())).with_patience(Patience(Duration::from_secs(20)))
}

fn task(session: &Session, script: &str) -> SubmitRun {
    SubmitRun {
        argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
        cwd: session.cwd().display().to_string(),
        environment: [("PATH".to_owned(), env::var("PATH").expect("tests have a PATH"))].into(),
        fresh: true,
        ..SubmitRun::default()
    }
}

/// The processes of server and runner.
fn pids(session: &Session) -> (u32, u32) {
    let server = ServerFile::read(&session.home()).expect("a server runs").pid;
    let spools = fs::read_dir(session.home().join("spool")).expect("a spool");
    let runner = spools.flatten().find_map(|spool| {
        let runner = fs::read(spool.path().join("runner.json")).ok()?;
        let runner: serde_json::Value = serde_json::from_slice(&runner).ok()?;
        u32::try_from(runner["pid"].as_u64()?).ok()
    });
    (server, runner.expect("a runner"))
}

fn state(client: &Client, run: &RunCreated) -> String {
    client.run(&run.run.id).map_or_else(|error| error.to_string(), |run| run.summary.state)
}

fn log_of(session: &Session, run: &str) -> String {
    let mut bytes = Vec::new();
    patient(session).log_raw(run, &mut bytes).expect("a log");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The home is as it should be: every view follows from the facts, the chain holds, every object is there.
fn assert_sound(session: &Session) {
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
    session.hven(&["down"]).ok();
    let doctor = session.hven(&["doctor", "--rebuild", "--json"]).json();
    let ill = |check: &&serde_json::Value| check["ok"] != true;
    let ill: Vec<_> = doctor["checks"].as_array().expect("checks").iter().filter(ill).collect();
    // A small disk has little space; that is no fault.
    assert!(ill.iter().all(|check| check["name"] == "disk"), "{ill:?}");
}

/// What clients met while they asked without end.
#[derive(Default)]
struct Met {
    taken: Mutex<Vec<RunCreated>>,
    /// Refusals, by their code.
    refused: Mutex<BTreeMap<String, usize>>,
    /// Tasks of which the answer was lost, because the server ended: they may have been taken.
    unsure: Mutex<Vec<usize>>,
    count: AtomicUsize,
}

impl Met {
    fn taken(&self) -> usize {
        self.taken.lock().expect("no panic").len()
    }
    fn full(&self) -> usize {
        self.refused.lock().expect("no panic").get("store.full").copied().unwrap_or(0)
    }

    /// Submits tasks, one after the other; each writes its number into a file that Hven knows nothing of.
    fn ask(&self, session: &Session, stop: &AtomicBool) {
        let mut asks = client(session);
        while !stop.load(Ordering::Relaxed) {
            let n = self.count.fetch_add(1, Ordering::Relaxed);
            let ran = session.root().join("ran").display().to_string();
            let script = format!(
                "echo begun {n}; echo {n} >> {ran}; echo '{{\"n\": {n}, \"step\": 1}}' >> $HVEN_METRICS; \
                 head -c {} /dev/zero | tr '\\0' x; echo; echo ended {n}; true",
                (n % 7) * 1000
            );
            match asks.submit(&SubmitRun { name: Some(format!("n{n}")), ..task(session, &script) }) {
                Ok(run) => self.taken.lock().expect("no panic").push(run),
                Err(error) => {
                    *self.refused.lock().expect("no panic").entry(error.code().to_owned()).or_default() += 1;
                    if !matches!(&error, Error::Api(error) if error.status == 507) {
                        self.unsure.lock().expect("no panic").push(n);
                        // Who does not try again does not look either for where the next server is.
                        asks = client(session);
                    }
                }
            }
            thread::sleep(Duration::from_millis(30));
        }
    }
}

#[test]
fn a_full_disk_wedges_nothing() {
    let (seed, rounds) = (number_of("HVEN_SOAK_SEED", SEED), number_of("HVEN_SOAK_ROUNDS", 3));
    println!("seed {seed}, {rounds} rounds");
    let Some(disk) = SmallDisk::mount("a full disk, with server and runner", MEGABYTES) else { return };
    let session = session_on(&disk);
    let mut dice = Dice(seed);
    let (met, stop) = (Met::default(), AtomicBool::new(false));
    wait_until("a runner", || session.hven(&["run", "--fresh", "--", "true"]).status == Some(0));
    let (mut server, runner) = pids(&session);
    let mut long = Vec::new();
    thread::scope(|scope| {
        let _stop = StopOnDrop(&stop);
        (0..CLIENTS).for_each(|_| drop(scope.spawn(|| met.ask(&session, &stop))));
        for round in 0..rounds {
            let go = session.root().join(format!("go{round}"));
            let script = format!(
                "i=0; while [ ! -e {} ]; do i=$((i+1)); echo line $i; sleep 0.01; done; echo the end",
                go.display()
            );
            let run = patient(&session).submit(&task(&session, &script)).expect("there is room");
            wait_until("the long task runs", || state(&patient(&session), &run) == "running");
            thread::sleep(Duration::from_millis(dice.below(300)));
            let (taken_before, full_before) = (met.taken(), met.full());
            let left = [0, 0, 4 << 10, 60 << 10, 300 << 10, 1 << 20][dice.below(6) as usize];
            let mut filler = disk.fill_but(left);
            let since = Instant::now();
            while met.full() == full_before {
                // What is left is used up soon, or taken.
                filler.follow(&disk, 0);
                assert!(
                    since.elapsed() < PATIENCE,
                    "round {round}: no submission is refused for want of space; {} taken, {} free, refused: {:?}",
                    met.taken() - taken_before,
                    disk.free_bytes(),
                    met.refused
                );
                thread::sleep(Duration::from_millis(2));
            }
            full_disk_answers(&session);
            fs::write(&go, "").expect("it lies elsewhere");
            wait_until("a task ends well on a full disk", || state(&patient(&session), &run) == "done");
            if round % 3 == 1 {
                hven(&session, &["down"]).ok();
                hven(&session, &["ps"]).ok();
                server = pids(&session).0;
            }
            drop::<Filler>(filler);
            wait_until("it goes on by itself", || met.taken() > taken_before + 5);
            assert_eq!(pids(&session), (server, runner), "nobody died");
            long.push(run);
        }
    });
    let refused = met.refused.lock().expect("no panic").clone();
    println!("{} taken, refused: {refused:?}", met.taken());
    let known = ["store.full", "busy", "server.unreachable"];
    assert!(refused.keys().all(|code| known.contains(&code.as_str())), "{refused:?}");
    // Each was done once, and none that was refused.
    let client = patient(&session);
    let taken = met.taken.lock().expect("no panic").clone();
    for run in taken.iter().chain(&long) {
        wait_until("all runs have ended", || !matches!(state(&client, run).as_str(), "waiting" | "running"));
        let detail: RunDetail = client.run(&run.run.id).expect("every run that was taken is there");
        assert_eq!(detail.summary.state, "done", "{:?}", detail.outcome_detail);
        assert_eq!(detail.attempt_list.len(), 1, "nothing was done again");
    }
    let ran = fs::read_to_string(session.root().join("ran")).expect("the tasks wrote");
    let mut ran: Vec<usize> = ran.lines().map(|line| line.parse().expect("a number")).collect();
    let wanted: BTreeSet<usize> = taken
        .iter()
        .map(|run| {
            client.run(&run.run.id).expect("a run").summary.name.expect("a name")[1..].parse().expect("a number")
        })
        .collect();
    let unsure = met.unsure.lock().expect("no panic").clone();
    ran.retain(|n| wanted.contains(n) || !unsure.contains(n));
    ran.sort_unstable();
    assert_eq!(ran, wanted.into_iter().collect::<Vec<_>>(), "each ran once, and none that was refused");
    for run in &long {
        let log = log_of(&session, &run.run.id);
        assert!(log.starts_with("line 1\nline 2\n"), "{log}");
        let detail = client.run(&run.run.id).expect("a run");
        // The last words too, unless it is said that some are missing.
        let is_told = log.contains("of the log are lost: the disk was full") || detail.log_dropped_bytes > 0;
        let lines = log.lines().filter_map(|line| line.strip_prefix("line ")).count();
        let last = log.lines().rev().find_map(|line| line.strip_prefix("line ")).expect("a line");
        assert!(is_told || (log.ends_with("the end\n") && last == lines.to_string()), "{log}");
    }
    assert_sound(&session);
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What must work while the disk is full.
fn full_disk_answers(session: &Session) {
    hven(session, &["ps"]).ok();
    // What was taken while a little space came back waits, and runs when there is more.
    let since = Instant::now();
    let said = loop {
        let said = hven(session, &["run", "-d", "--", "true"]);
        if said.status != Some(0) || since.elapsed() > PATIENCE {
            break said;
        }
    };
    assert_eq!(said.status, Some(125), "{}", said.shown());
    assert!(said.err.contains("no space left") && said.err.contains("make room"), "{}", said.err);
    hven(session, &["gc", "--dry-run"]).ok();
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
    // A clean end, a server that was killed, and one that is killed while the disk is full.
    for killed in [false, true, true] {
        if killed {
            hven(&session, &["ps"]).ok();
            let server = i32::try_from(pids(&session).0).expect("a number");
            let server = rustix::process::Pid::from_raw(server).expect("not 0");
            rustix::process::kill_process(server, rustix::process::Signal::KILL).expect("it lives");
        }
        let filler = disk.fill_but(0);
        let ps = hven(&session, &["ps", "-a"]).ok();
        assert!(ps.out.contains("first"), "{}", ps.out);
        full_disk_answers(&session);
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

#[test]
fn a_server_that_cannot_say_anything_serves() {
    let session = Session::new();
    // `/dev/full` refuses every byte, as a full disk does; a pipe that nobody reads is refused in another way.
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
fn a_command_that_cannot_say_anything_ends_in_order() {
    let session = Session::new();
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it"));
    let said = |arguments: &[&str]| {
        let mut command = session.command(arguments);
        command.stderr(full()).status().expect("the binary starts").code()
    };
    assert_eq!(said(&["run", "--", "sh", "-c", "exit 3"]), Some(3));
    assert_eq!(said(&["show", "nothing"]), Some(66));
}
