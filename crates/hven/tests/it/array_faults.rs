//! Arrays in a world of faults: server and runner are killed again and again, thousands of tasks fail, the folder of the outputs is
//! removed, the disk is full. No task is lost, and none is repeated without need.
//!
//! `HVEN_SOAK_ROUNDS` is the number of tasks of an array, and `HVEN_SOAK_SEED` decides the moments of the kills.

use std::{
    collections::{BTreeMap, HashMap},
    fs, thread,
    time::{Duration, Instant},
};

use hven_api::facts::Fact;
use hven_testing::{Dice, SmallDisk};

use crate::{
    arrays::{array, count},
    disk_full::{assert_sound, pids, session_on},
    kills::{MortalServer, Victim, all_facts, client},
    session::{PATIENCE, Session, wait_until},
};

const SEED: u64 = 20_261_202;
/// The tasks of an array, unless a soak wants more.
const TASKS: u64 = 240;
/// A runner keeps 256 MB free when it fetches the gathered table.
const MEGABYTES: u32 = 576;

/// Marks its number in a file that Hven does not track, and logs it as a metric.
const MARK: &str = "printf '%06d\\n' \"$1\" >> ../marks\necho \"{\\\"n\\\": $1}\" >> \"$HVEN_METRICS\"\n";
/// The length of a line of that file.
const MARK_BYTES: u64 = 7;

fn marked(session: &Session) -> u64 {
    fs::metadata(session.root().join("marks")).map_or(0, |file| file.len() / MARK_BYTES)
}

/// How often each task began.
fn marks(session: &Session) -> BTreeMap<u64, u64> {
    let mut marks = BTreeMap::new();
    let text = fs::read_to_string(session.root().join("marks")).expect("the tasks wrote");
    for line in text.lines() {
        *marks.entry(line.parse().expect("a whole line with a number")).or_default() += 1;
    }
    marks
}

/// Waits until the number is reached, as long as it grows.
#[track_caller]
fn wait_until_it_reaches(what: &str, wanted: u64, mut number: impl FnMut() -> u64) {
    let (mut last, mut since) = (0, Instant::now());
    while last < wanted {
        let now = number();
        if now > last {
            (last, since) = (now, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "{what}: {last} of {wanted}, and no more within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The number of attempts of each task that were lost with their runner, by the record.
fn lost_attempts(facts: &[Fact]) -> BTreeMap<u64, u64> {
    let payload = |fact: &Fact| fact.payload.clone().expect("nothing is erased");
    let mut tasks: HashMap<&str, u64> = HashMap::new();
    let (mut lost, mut ends) = (BTreeMap::new(), HashMap::new());
    for fact in facts {
        let Some(run) = fact.subject.as_deref() else { continue };
        match fact.kind.as_str() {
            "run.submitted" => {
                let Some(task) = payload(fact)["task"]["task"].as_u64() else { continue };
                tasks.insert(run, task);
                assert_eq!(lost.insert(task, 0), None, "task {task} was submitted twice");
            }
            "run.attempt_ended" => {
                let Some(task) = tasks.get(run) else { continue };
                assert_eq!(
                    payload(fact)["result"]["outcome"]["is"],
                    "lost",
                    "task {task}: only what was lost is repeated"
                );
                *lost.entry(*task).or_default() += 1;
            }
            "run.finished" => *ends.entry(run).or_insert(0) += 1,
            _ => {}
        }
    }
    for (run, task) in tasks {
        assert_eq!(ends.get(run), Some(&1), "task {task} ends once");
    }
    lost
}

#[test]
fn kills_lose_no_task_and_repeat_none() {
    let (seed, tasks) = (hven_testing::seed(SEED), hven_testing::rounds(TASKS));
    // Short arrays have two turns, a long one has one.
    let turns = if tasks > TASKS { 1 } else { 2 };
    (seed..seed + turns).for_each(|seed| kill_under_an_array(seed, tasks));
}

fn kill_under_an_array(seed: u64, tasks: u64) {
    let began = Instant::now();
    eprintln!("seed {seed}, {tasks} tasks");
    let session = Session::new();
    session.write("mark.sh", MARK);
    let mut dice = Dice::new(seed);
    let mut server = MortalServer::start(&session);
    session.hven(&["map", "-d", "sh mark.sh {i}", "--over", &format!("i=1..{tasks}"), "--gather", "marks"]).ok();
    // The kills are spread over the whole array, also over its first moments and over the gathering.
    let kills = 6 + tasks / 300;
    let pace = tasks / (kills + 1);
    for at in 0..kills {
        let aim = (marked(&session) + dice.below(2 * pace)).min(tasks);
        wait_until_it_reaches("tasks do their work", aim, || marked(&session));
        thread::sleep(Duration::from_millis(dice.below(20)));
        server.kill(Victim::ALL[(at as usize + dice.place(2)) % Victim::ALL.len()]);
    }
    wait_until_it_reaches("all tasks do their work", tasks, || marks(&session).len() as u64);
    for victim in [Victim::Server, Victim::Both] {
        thread::sleep(Duration::from_millis(dice.below(400)));
        server.kill(victim);
    }
    wait_until_it_reaches("all tasks end", tasks, || count(&session, "array/1", "done"));
    let worked = began.elapsed();
    let attached = session.hven(&["attach", "array/1"]).ok();
    assert!(attached.out.contains(&format!("{tasks} tasks: {tasks} done")), "{attached:?}");

    // Each task ran once where its runner lived to note the end. A killed runner loses at most the tasks that have a process then.
    let client = client(&session);
    let (facts, marks) = (all_facts(&client), marks(&session));
    assert!(facts.iter().zip(1..).all(|(fact, seq)| fact.seq == seq), "no fact is missing");
    let lost = lost_attempts(&facts);
    assert!(lost.keys().copied().eq(1..=tasks), "each task has one run");
    assert!(marks.keys().copied().eq(1..=tasks), "each task was done");
    for (task, times) in &marks {
        assert!(*times <= 1 + lost[task], "task {task} began {times} times, and {} attempts were lost", lost[task]);
    }
    let repeated = marks.values().sum::<u64>() - tasks;
    let runner_kills = server.count(&[Victim::Runner, Victim::Both]) as u64;
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    assert!(repeated <= runner_kills * 2 * cores, "{repeated} repeated after {runner_kills} kills of runners");

    // The views say the same, and the dataset has each task once, with its metric.
    let (mut from, mut done) = (1, 0);
    loop {
        let page = client.array_tasks("array/1", Some("done"), from, 1000).expect("a page");
        assert!(page.items.iter().zip(from..).all(|(row, task)| row.task == task), "from {from}");
        done += page.items.len() as u64;
        match page.next {
            Some(next) => from = next.parse().expect("a number"),
            None => break,
        }
    }
    assert_eq!(done, tasks);
    let gathered = session.hven(&["data", "export", "marks", "--format", "csv", "-o", "-"]).ok().out;
    let mut rows = gathered.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let names = rows.next().expect("the names of the columns");
    let column = |name: &str| names.iter().position(|other| *other == name).expect("a column");
    let (task, i, n) = (column("task"), column("i"), column("n"));
    let mut rows: Vec<[f64; 3]> = rows.map(|row| [task, i, n].map(|at| row[at].parse().expect("a number"))).collect();
    rows.sort_by(|a, b| a[0].total_cmp(&b[0]));
    assert!(rows.iter().map(|row| row[0]).eq((1..=tasks).map(|task| task as f64)), "{} rows", rows.len());
    assert!(
        rows.iter().all(|[task, i, n]| task.total_cmp(i).is_eq() && i.total_cmp(n).is_eq()),
        "values and metrics belong to the tasks"
    );

    let lost: u64 = lost.values().sum();
    eprintln!(
        "{} kills ({runner_kills} of a runner), {lost} attempts lost, {repeated} begun again; {worked:?}, with checks {:?}",
        server.kills.len(),
        began.elapsed()
    );
    drop(client);
    server.down();
    assert_sound(&session);
}

#[test]
fn thousands_of_failures_stay_readable() {
    let tasks = hven_testing::rounds(TASKS);
    let session = Session::new();
    session.write("fail.sh", "echo \"no part-$1.dat\" >&2\nexit $((2 + $1 % 2))\n");
    let ended = session.hven(&["map", "sh fail.sh {i}", "--over", &format!("i=1..{tasks}")]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.out.contains(&format!("{tasks} tasks: {tasks} failed")), "{ended:?}");
    // A few lines, none of them long.
    let lines: Vec<&str> = ended.out.lines().chain(ended.err.lines()).collect();
    let longest = lines.iter().map(|line| line.chars().count()).max().expect("lines");
    assert!(lines.len() < 25 && longest < 200, "{} lines, {longest} characters: {ended:?}", lines.len());
    // Two kinds of failures: their last lines differ in numbers alone.
    for exit in [2, 3] {
        let group = format!("failed with exit status {exit}: no part-….dat  (tasks ");
        assert!(ended.out.contains(&group), "{group}: {}", ended.out);
    }
    let groups = client(&session).array_failures("array/1").expect("an answer").groups;
    assert_eq!(groups.len(), 2, "{groups:?}");
    let shown = session.hven(&["ps", "-a"]).ok().out;
    assert!(shown.lines().count() < 6, "{shown}");
}

#[test]
fn a_removed_folder_of_outputs_fails_only_tasks_that_write_then() {
    const TASKS: u64 = 80;
    let session = Session::new();
    session.write("work.sh", "sleep 0.03\necho $1 > out/$1.txt\n");
    let out = session.cwd().join("out");
    fs::create_dir(&out).expect("a folder");
    let over = format!("i=1..{TASKS}");
    session.hven(&["map", "-d", "sh work.sh {i}", "--over", &over, "-o", "out/{i}.txt", "--fresh"]).ok();
    wait_until("some tasks end", || count(&session, "array/1", "done") > 5);
    // Tasks may write into it while it is being removed.
    wait_until("the folder is removed", || fs::remove_dir_all(&out).is_ok());
    wait_until("tasks fail", || count(&session, "array/1", "failed") > 5);
    fs::create_dir(&out).expect("a folder");
    let ended = session.hven(&["attach", "array/1"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let counts = array(&session, "array/1")["counts"].clone();
    let of = |state: &str| counts[state].as_u64().expect("a count");
    assert_eq!(of("done") + of("failed"), TASKS, "{counts}");
    assert!(ended.out.contains("out/") && ended.out.lines().count() < 25, "{ended:?}");
    // The outputs of those that ended before are kept.
    assert_eq!(session.hven(&["get", "array/1:1", "out/1.txt", "-o", "-"]).ok().out, "1\n");
    let again = session.hven(&["retry", "array/1"]).ok();
    assert!(again.out.contains(&format!("{TASKS} tasks: {TASKS} done")), "{again:?}");
    assert_sound(&session);
}

#[test]
fn a_full_disk_in_the_middle_of_an_array_delays_it() {
    const TASKS: u64 = 120;
    let Some(disk) = SmallDisk::mount("a full disk in the middle of an array", MEGABYTES) else { return };
    let session = session_on(&disk);
    // The later tasks wait until the disk is full. Their metrics are on it, and this does not end them.
    session.write("mark.sh", &format!("[ $1 -lt 20 ] || until [ -e ../go ]; do sleep 0.02; done\n{MARK}true\n"));
    session.hven(&["map", "-d", "sh mark.sh {i}", "--over", &format!("i=1..{TASKS}"), "--gather", "marks"]).ok();
    wait_until_it_reaches("tasks do their work", 19, || marked(&session));
    let before = pids(&session);
    let mut filler = disk.fill_but(0);
    wait_until("a submission is refused", || {
        filler.follow(&disk, 0);
        session.hven(&["run", "-d", "--", "true"]).status == Some(125)
    });
    fs::write(session.root().join("go"), "").expect("it is on another disk");
    wait_until_it_reaches("those that run do their work", 20, || marked(&session));
    // No further task starts; the array is shown, and does not end.
    filler.follow(&disk, 0);
    assert_eq!(array(&session, "array/1")["state"], "running");
    session.hven(&["explain", &format!("array/1:{TASKS}")]).ok();
    assert!(marked(&session) < TASKS / 2, "{} tasks started", marked(&session));
    assert_eq!(pids(&session), before, "no process ended");
    drop(filler);
    let attached = session.hven(&["attach", "array/1"]).ok();
    assert!(attached.out.contains(&format!("{TASKS} tasks: {TASKS} done")), "{attached:?}");
    assert!(marks(&session).into_iter().eq((1..=TASKS).map(|task| (task, 1))), "each task ran once");
    assert!(session.hven(&["data", "show", "marks"]).ok().out.contains(&format!("rows    {TASKS}")));
    assert_sound(&session);
}
