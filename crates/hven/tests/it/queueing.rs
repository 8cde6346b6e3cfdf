//! How runs wait for their turn: `--after`, `--hold`, `--priority`, `--deadline`, and the commands that change it. And
//! `hven usage`.

use std::fs;

use crate::session::{Session, wait_until};

/// Runs a command in the background. Returns its handle.
fn detached(session: &Session, arguments: &[&str], command: &str) -> String {
    session.hven(&[&["run", "-d"][..], arguments, &["--", "sh", "-c", command][..]].concat()).ok();
    session.last()
}

fn waits(session: &Session, run: &str) -> String {
    session.hven(&["show", run, "--json"]).ok().json()["waiting"].as_str().unwrap_or_default().to_owned()
}

/// Waits until the run ends, and returns its outcome.
fn outcome(session: &Session, run: &str) -> String {
    wait_until("the run ends", || !["waiting", "running"].contains(&&*session.run_state(run)));
    session.hven(&["show", run, "--json"]).ok().json()["outcome"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_run_after_others_starts_when_they_have_succeeded() {
    let session = Session::new();
    let first = detached(&session, &[], "while [ ! -e go ]; do sleep 0.05; done; echo first >> order");
    let second = detached(&session, &["--after", &first], "echo second >> order");
    let third = detached(&session, &["--after", &format!("{first},{second}")], "echo third >> order; exit 3");
    let never = detached(&session, &["--after", &third], "echo never >> order");
    assert_eq!(waits(&session, &second), format!("It waits until run {first} has succeeded."));
    let shown = session.hven(&["show", &third]).ok().out;
    assert!(shown.contains(&format!("after {first}, {second}")), "{shown}");
    // The order is recorded: another server keeps it.
    session.hven(&["down"]).ok();
    assert_eq!(waits(&session, &second), format!("It waits until run {first} has succeeded."));
    fs::write(session.cwd().join("go"), "").expect("written");
    let why = format!("not started: run {third}, after which it was to start, did not succeed");
    assert_eq!(outcome(&session, &never), why);
    assert_eq!(session.read("order"), "first\nsecond\nthird\n");
    // Its end is known: what waits for a success that cannot come is refused.
    let refused = session.hven(&["run", "--after", &third, "--", "true"]);
    assert!(refused.err.contains(&format!("run {third} did not succeed")), "{}", refused.err);
    session.hven(&["run", "--after", &first, "--", "true"]).ok();
    let unknown = session.hven(&["run", "--after", "0000", "--", "true"]);
    assert!(unknown.err.contains("there is no run"), "{}", unknown.err);
}

#[test]
fn a_held_run_waits_for_its_release_also_when_the_server_starts_again() {
    let session = Session::new();
    let run = detached(&session, &["--hold"], "true");
    let waiting = format!("It is held: `hven release {run}` lets it start.");
    assert_eq!(waits(&session, &run), waiting);
    session.hven(&["down"]).ok();
    assert_eq!(waits(&session, &run), waiting);
    let released = session.hven(&["release", &run]).ok();
    assert!(released.out.contains(&run), "{}", released.out);
    assert_eq!(outcome(&session, &run), "done");
    let late = session.hven(&["hold", &run]);
    assert!(late.err.contains(&format!("run {run} has ended")), "{}", late.err);
    let log = session.hven(&["log", "--run", &run]).ok().out;
    assert!(log.contains(&format!("run {run} was held")) && log.contains(&format!("run {run} was released")), "{log}");
}

#[test]
fn a_held_run_can_be_cancelled_and_delays_no_other() {
    let session = Session::new();
    let held = detached(&session, &[], "true");
    wait_until("it is done", || session.run_state(&held) == "done");
    let held = detached(&session, &["--hold", "--priority", "-5"], "true");
    let shown = session.hven(&["show", &held]).ok().out;
    assert!(shown.contains("held; priority -5"), "{shown}");
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["cancel", &held]).ok();
    assert_eq!(outcome(&session, &held), "cancelled");
}

#[test]
fn a_run_that_does_not_start_in_time_ends() {
    let session = Session::new();
    let run = detached(&session, &["--hold", "--deadline", "1s"], "true");
    let ended = outcome(&session, &run);
    assert!(ended.starts_with("not started: it was to start by "), "{ended}");
    for (bad, why) in [("yesterday", "is no time"), ("2001-01-01", "has passed")] {
        let refused = session.hven(&["run", "--deadline", bad, "--", "true"]);
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}

#[test]
fn priorities_have_bounds_and_can_be_changed() {
    let session = Session::new();
    let run = detached(&session, &["--hold"], "true");
    let changed = session.hven(&["priority", "-10", &run]).ok();
    assert!(changed.out.contains("priority -10"), "{}", changed.out);
    // The owner of the home may raise it.
    session.hven(&["priority", "100", &run]).ok();
    for bad in ["101", "-101", "high", "1.5"] {
        assert!(session.hven(&["priority", bad, &run]).err.contains("from -100 to 100"), "{bad}");
        assert!(session.hven(&["run", "--priority", bad, "--", "true"]).err.contains("from -100 to 100"), "{bad}");
    }
    let steps = session.hven(&["run", "--hold"]);
    assert!(steps.err.contains("--hold is for a command"), "{}", steps.err);
}

#[test]
fn usage_counts_ended_runs_by_project_and_user() {
    let session = Session::new();
    session.hven(&["run", "-d", "--hold", "--", "true"]).ok();
    let empty = session.hven(&["usage"]).ok();
    assert!(empty.out.contains("no run has ended"), "{}", empty.out);
    session.hven(&["cancel", "last"]).ok();
    session.hven(&["run", "--project", "astro/kepler", "--cpus", "2", "--", "sh", "-c", "sleep 0.2"]).ok();
    session.hven(&["run", "--project", "astro/kepler", "--", "false"]);
    session.hven(&["run", "--project", "bio", "--", "true"]).ok();
    let usage = session.hven(&["usage", "--json"]).ok().json();
    assert_eq!(usage["schema"], "hven.usage/1");
    let rows = usage["rows"].as_array().expect("rows");
    let astro = rows.iter().find(|row| row["project"] == "astro/kepler").expect("a row");
    assert_eq!((&astro["runs"], &astro["not_done"]), (&2.into(), &1.into()));
    let (wall_s, core_s) = (astro["wall_s"].as_f64().expect("a number"), astro["core_s"].as_f64().expect("a number"));
    assert!(wall_s >= 0.2 && core_s > wall_s + 0.19, "two cores count twice: {wall_s}, {core_s}");
    let by_user = session.hven(&["usage", "--by", "user"]).ok().out;
    assert_eq!(by_user.lines().count(), 2, "{by_user}");
    assert!(by_user.starts_with("USER"), "{by_user}");
    let astro = session.hven(&["usage", "--by", "project", "--project", "astro"]).ok().out;
    assert!(astro.contains("astro/kepler") && !astro.contains("bio"), "{astro}");
}

#[test]
fn limits_are_settings_of_the_home() {
    let session = Session::new();
    fs::create_dir_all(session.home()).expect("a folder");
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["down"]).ok();
    let config = session.home().join("config.toml");
    fs::write(&config, "[sharing]\nuser_runs = 1\n").expect("written");
    let first = detached(&session, &[], "while [ ! -e go ]; do sleep 0.05; done");
    let second = detached(&session, &[], "true");
    wait_until("the limit is the reason", || {
        waits(&session, &second)
            == "It waits because of a limit: it needs 1 run, and one user may have 1 run at the same time. Now in use: 1."
    });
    fs::write(session.cwd().join("go"), "").expect("written");
    assert_eq!(outcome(&session, &second), "done");
    assert_eq!(outcome(&session, &first), "done");
    session.hven(&["down"]).ok();
    fs::write(&config, "[sharing]\nuser_cpus = 1\n").expect("written");
    let never = session.hven(&["run", "-d", "--cpus", "2", "--", "true"]);
    assert!(
        never.err.contains("it needs 2 cores, and a limit of the home allows 1 core at the same time"),
        "{never:?}"
    );
    for (bad, why) in [("user_runs = 0", "from 1 on"), ("half_life = \"1s\"", "from 1min"), ("users = 2", "unknown")] {
        fs::write(&config, format!("[sharing]\n{bad}\n")).expect("written");
        session.hven(&["down"]);
        let refused = session.hven(&["run", "--", "true"]);
        assert!(refused.err.contains(why), "{bad}: {}", refused.err);
    }
}

/// The durations are long enough for a busy machine.
#[test]
fn the_forecast_of_a_run_comes_from_earlier_runs_of_its_code() {
    let session = Session::new();
    let plan = ["map", "--plan", "--over", "i=3..6", "--", "sleep", "{i}"];
    let unknown = session.hven(&plan).ok().out;
    for part in
        ["4 tasks would be submitted", "first  sleep 3", "last   sleep 6", "0 earlier runs of this code succeeded"]
    {
        assert!(unknown.contains(part), "{part}: {unknown}");
    }
    let earlier: Vec<String> = (0..4)
        .map(|_| {
            session.hven(&["run", "-d", "--", "sleep", "4"]).ok();
            session.last()
        })
        .collect();
    for run in &earlier {
        assert_eq!(outcome(&session, run), "done");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from).to_string();
    let on_all = |session: &Session| {
        session.hven(&["run", "-d", "--cpus", &cores, "--", "sleep", "4"]).ok();
        session.last()
    };
    let (running, waiting) = (on_all(&session), on_all(&session));
    let explained = session.hven(&["explain", &waiting, "--json"]).ok().json();
    let said = explained.to_string();
    let starts = &explained["starts"];
    assert!(starts["seconds"].as_f64().is_some_and(|seconds| (0.0..5.5).contains(&seconds)), "{said}");
    assert!(starts["low"].as_f64() <= starts["seconds"].as_f64() && starts["from"] == 4, "{said}");
    assert!(explained["takes"]["seconds"].as_f64().is_some_and(|seconds| (3.9..5.5).contains(&seconds)), "{said}");
    for part in ["It starts in about", "earlier runs of what is before it", "It takes about"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    if cores != "1" {
        assert!(said.contains("4 earlier runs of this code used 0.0 on average"), "{said}");
    }
    // A run that is held starts at no known time.
    session.hven(&["run", "-d", "--hold", "--", "sleep", "4"]).ok();
    let held = session.hven(&["explain", &session.last(), "--json"]).ok().json();
    assert_eq!(held["starts"], serde_json::Value::Null, "{held}");
    assert_eq!(held["takes"]["from"], 4, "{held}");
    assert_eq!(outcome(&session, &running), "done");
    let known = session.hven(&[&plan[..4], &["--json"][..], &plan[4..]].concat()).ok().json();
    assert_eq!((&known["tasks"], &known["first"][1]), (&4.into(), &"3".into()), "{known}");
    assert_eq!(known["takes"]["from"], 5, "{known}");
    assert_eq!(known["takes_unknown"], serde_json::Value::Null, "{known}");
    // Nothing was recorded.
    assert!(!session.hven(&["ps", "-a"]).ok().out.contains("array/1"));
}
