//! Server and runner are killed repeatedly at random moments. Afterwards nothing is lost or duplicated: no run, no log
//! line, no metric point.
//!
//! `HVEN_SOAK_ROUNDS` and `HVEN_SOAK_SEED` make the test longer.

use std::{
    collections::BTreeMap,
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use hven_api::{
    facts::Fact,
    metrics::NewPoint,
    runs::{BatchItem, RunDetail, SubmitBatch, SubmitRun},
};
use hven_client::{Client, Error, LogOf};
use hven_testing::Dice;

use crate::{
    kills::{MortalServer, Victim, all_facts, client, now_micros, runner_pid},
    session::{Session, wait_until},
};

const TASKS: usize = 100;
const KILLS: usize = 10;
const SEED: u64 = 20_261_122;
const ROUNDS: u64 = 2;
/// The number of lines and points that each task writes.
const LINES: i64 = 12;

fn micros(time: &str) -> i64 {
    time.parse::<hven_core::Time>().expect("a time").micros()
}

/// Each task writes some lines and points, sleeps a little, and appends its number to a file that Hven does not track.
fn submit(session: &Session, file: &str) -> Vec<String> {
    let template = SubmitRun {
        cwd: session.cwd().display().to_string(),
        environment: [("PATH".to_owned(), std::env::var("PATH").expect("tests have a PATH"))].into(),
        ..SubmitRun::default()
    };
    let task = |i: usize| BatchItem {
        argv: vec![
            "sh".into(),
            "-c".into(),
            format!(
                "n=0; while [ $n -lt {LINES} ]; do echo \"line $n\"; \
                 echo '{{\"loss\": '$n', \"step\": '$n'}}' >> \"$HVEN_METRICS\"; n=$((n + 1)); done; \
                 sleep 0.0{}; echo {i} >> {file}",
                2 + i % 8
            ),
        ],
        name: None,
    };
    let batch = SubmitBatch { template, runs: (0..TASKS).map(task).collect() };
    let created = client(session).submit_batch(&batch).expect("submitted");
    created.runs.into_iter().map(|run| run.id).collect()
}

/// The phases of the runs in which the kills occurred, by the recorded times.
fn phases_hit(kills: &[i64], runs: &[RunDetail], facts: &[Fact]) -> BTreeMap<&'static str, usize> {
    let mut hit = BTreeMap::new();
    for run in runs {
        let about = |kind: &str| -> Vec<i64> {
            let of_run = facts.iter().filter(|fact| fact.subject.as_deref() == Some(&run.summary.id));
            of_run.filter(|fact| fact.kind == kind).map(|fact| micros(&fact.time)).collect()
        };
        let (submitted, started, finished) = (about("run.submitted"), about("run.started"), about("run.finished"));
        let end =
            facts.iter().find(|fact| fact.kind == "run.finished" && fact.subject.as_deref() == Some(&run.summary.id));
        let result = |name: &str| end.and_then(|fact| Some(micros(fact.payload.as_ref()?["result"][name].as_str()?)));
        let (process_started, process_ended) = (result("started"), result("ended"));
        for &kill in kills {
            let between = |from: Option<&i64>, to: Option<&i64>| {
                from.is_some_and(|f| *f <= kill) && to.is_some_and(|t| kill < *t)
            };
            let mut count = |phase, is_so: bool| *hit.entry(phase).or_insert(0) += usize::from(is_so);
            count("before its start", between(submitted.first(), started.first()));
            count("running", between(process_started.as_ref(), process_ended.as_ref()));
            count("between its end and its record", between(process_ended.as_ref(), finished.first()));
            count("with a runner that dies", started.len() > 1 && between(started.first(), started.get(1)));
        }
    }
    hit
}

#[test]
fn repeated_kills_lose_nothing_and_repeat_nothing() {
    let mut hit = BTreeMap::new();
    let seed = hven_testing::seed(SEED);
    for round in 0..hven_testing::rounds(ROUNDS) {
        for (phase, count) in kill_everything(seed + round) {
            *hit.entry(phase).or_insert(0) += count;
        }
    }
    for phase in ["before its start", "running", "between its end and its record", "with a runner that dies"] {
        assert!(hit.get(phase).is_some_and(|count| *count > 0), "no kill fell {phase}: {hit:?}");
    }
}

/// Adds points to a run through the API, each in its own request, and returns the acknowledged ones.
fn log_points(session: &Session, run: &str, is_over: &AtomicBool) -> Vec<i64> {
    let client = client(session);
    let mut acknowledged = Vec::new();
    let mut step = 0;
    while !is_over.load(Ordering::Relaxed) {
        // With a time of its own, a point that is sent again after a lost response is the same point.
        let time = hven_core::Time::from_micros(now_micros()).to_string();
        let point = NewPoint { key: "added".to_owned(), value: step.into(), step, time: Some(time) };
        match client.log_metrics(run, vec![point]) {
            Ok(_) => acknowledged.push(step),
            // The server is dead, or died before it responded.
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
        step += 1;
        thread::sleep(Duration::from_millis(2));
    }
    acknowledged
}

/// Sets the flag when it is dropped, also when a test fails, so that the other thread ends.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The steps of all points of a metric, over all attempts, in order. A point without a response is sent again: it may
/// be the last point of a lost attempt and the first of the next one. Within an attempt no point occurs twice.
fn steps(client: &Client, run: &str, key: &str) -> Vec<i64> {
    let attempts = client.run(run).expect("a run").summary.attempts;
    let mut steps: Vec<i64> = Vec::new();
    for attempt in 1..=attempts {
        let of_attempt = match client.curve(run, Some(attempt), key, 10_000) {
            Ok(curve) => curve.step,
            // The attempt has no points.
            Err(Error::Api(error)) if error.code == "not_found" => continue,
            Err(error) => panic!("the points are read: {error:?}"),
        };
        let is_repeated = steps.last().is_some_and(|last| of_attempt.first() == Some(last));
        steps.extend(&of_attempt[usize::from(is_repeated)..]);
    }
    steps
}

/// Kills server and runner under load. Returns the phases of runs in which the kills occurred.
fn kill_everything(seed: u64) -> BTreeMap<&'static str, usize> {
    eprintln!("seed {seed}");
    let session = Session::new();
    let mut dice = Dice::new(seed);
    let mut server = MortalServer::start(&session);
    wait_until("a runner is there", || runner_pid(&session).is_some());
    let file = session.root().join("indices");
    // A run that is active all the time, and gets points from outside.
    let end = session.root().join("end");
    let measured = client(&session).submit(&SubmitRun {
        argv: vec!["sh".into(), "-c".into(), format!("while [ ! -e {} ]; do sleep 0.05; done", end.display())],
        cwd: session.cwd().display().to_string(),
        environment: [("PATH".to_owned(), std::env::var("PATH").expect("tests have a PATH"))].into(),
        ..SubmitRun::default()
    });
    let measured = measured.expect("submitted").run.id;
    let is_over = AtomicBool::new(false);
    let runs = submit(&session, &file.display().to_string());
    let acknowledged = thread::scope(|scope| {
        let logging = scope.spawn(|| log_points(&session, &measured, &is_over));
        let over = SetOnDrop(&is_over);
        for i in 0..KILLS {
            thread::sleep(Duration::from_millis(60 + dice.below(400)));
            if i % 2 == 0 {
                // Kill as soon as a task has done its work: its end is not recorded yet, or is being recorded.
                let written = || fs::metadata(&file).map_or(0, |metadata| metadata.len());
                let before = written();
                wait_until("a task does its work", || written() > before);
                thread::sleep(Duration::from_millis(dice.below(6)));
            }
            server.kill(Victim::ALL[i % Victim::ALL.len()]);
        }
        drop(over);
        logging.join().expect("the thread that logs ended well")
    });
    fs::write(&end, "").expect("written");
    let client = client(&session);
    wait_until("all runs have ended", || {
        let counts = client.overview().map(|overview| overview.runs).unwrap_or_default();
        !counts.is_empty()
            && counts.iter().all(|(state, n)| *n == 0 || state == "done" || state == "failed" || state == "lost")
    });

    let details: Vec<RunDetail> = runs.iter().map(|run| client.run(run).expect("every run is there")).collect();
    let facts = all_facts(&client);
    let lines = fs::read_to_string(&file).expect("the tasks wrote");
    let mut times_written = vec![0; TASKS];
    for line in lines.lines() {
        times_written[line.parse::<usize>().expect("a whole line with a number")] += 1;
    }
    for (i, run) in details.iter().enumerate() {
        assert_eq!(run.summary.state, "done", "task {i}: {:?}", run.outcome_detail);
        let lost = run
            .attempt_list
            .iter()
            .filter(|attempt| attempt.outcome.as_ref().is_some_and(|o| o.kind == "lost"))
            .count();
        assert_eq!(run.attempt_list.len(), 1 + lost, "task {i}: only what was lost is tried again");
        assert!(
            (1..=1 + lost).contains(&times_written[i]),
            "task {i}: {} times, {lost} attempts lost",
            times_written[i]
        );
    }
    let finished = facts.iter().filter(|fact| fact.kind == "run.finished").count();
    assert_eq!(finished, TASKS + 1, "each run ends once");
    // The output of the last attempt of each task is complete and in order, also for attempts whose end was reported
    // late.
    let result: String = (0..LINES).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
    for (i, run) in details.iter().enumerate() {
        let mut log = String::new();
        wait_until(&format!("the log of task {i}, seed {seed}"), || {
            let mut bytes = Vec::new();
            client.log_raw(&run.summary.id, LogOf::default(), true, &mut bytes).expect("the log is read");
            log = String::from_utf8_lossy(&bytes).into_owned();
            log.ends_with(&result)
        });
        if run.attempt_list.len() == 1 {
            assert_eq!(log, result, "task {i}, seed {seed}");
            assert_eq!(
                steps(&client, &run.summary.id, "loss"),
                (0..LINES).collect::<Vec<_>>(),
                "task {i}, seed {seed}"
            );
        }
    }
    // Every acknowledged point exists exactly once. A point without acknowledgement may also exist.
    let there = steps(&client, &measured, "added");
    assert!(acknowledged.len() > 10, "too few points were acknowledged: {acknowledged:?}");
    assert!(there.windows(2).all(|pair| pair[0] < pair[1]), "a point is there twice, seed {seed}: {there:?}");
    let lost: Vec<_> = acknowledged.iter().filter(|step| there.binary_search(step).is_err()).collect();
    assert!(lost.is_empty(), "acknowledged and lost, seed {seed}: {lost:?}");
    assert!(facts.iter().zip(1..).all(|(fact, seq)| fact.seq == seq), "no fact is missing");

    let kills: Vec<i64> = server.kills.iter().map(|(time, _)| *time).collect();
    let hit = phases_hit(&kills, &details, &facts);
    eprintln!("kills {:?}, phases hit {hit:?}", server.kills);
    drop(client);
    server.down();
    let doctor = session.hven(&["doctor", "--rebuild", "--json"]).ok().json();
    assert_eq!(doctor["healthy"], true, "{doctor}");
    hit
}
