//! `hven cancel` with a filter: it cancels all matching runs of the caller, and several only with a confirmation.

use serde_json::{Value, json};

use crate::session::{Session, wait_until};

/// A session with these started runs, each with a project and a name. Each requests more than half of the cores, so
/// that the first one runs and the others wait.
fn session(runs: &[(&str, &str)]) -> Session {
    let session = Session::new();
    let cores = std::thread::available_parallelism().map_or(1, usize::from) / 2 + 1;
    for &(project, name) in runs {
        let asked = ["run", "-d", "--cpus", &cores.to_string(), "--project", project, "--name", name];
        session.hven(&[&asked[..], &["--", "sh", "-c", "echo >> started; sleep 100"]].concat()).ok();
    }
    wait_until("the first one runs", || states(&session).contains(&"running".to_owned()));
    session
}

/// The states of all runs, the oldest first.
fn states(session: &Session) -> Vec<String> {
    let page = session.hven(&["ps", "-a", "--sort", "oldest", "--json"]).ok().json();
    let runs = page["items"].as_array().expect("a list").iter();
    runs.map(|run| run["state"].as_str().expect("a state").to_owned()).collect()
}

fn names(cancelled: &Value) -> Vec<&str> {
    assert_eq!(cancelled["schema"], "hven.cancelled/1");
    let runs = cancelled["runs"].as_array().expect("a list").iter();
    runs.map(|run| run["name"].as_str().expect("a name")).collect()
}

#[test]
fn matching_runs_are_cancelled() {
    let session = session(&[
        ("astro/kepler", "fit"),
        ("astro/kepler", "fit 2"),
        ("home", "fit"),
        ("home", "plot"),
        ("home", "fit"),
    ]);
    let cancel = |arguments: &[&str]| session.hven(&[&["cancel", "--json"][..], arguments].concat()).ok().json();
    assert_eq!(names(&cancel(&["--name", "fi"])), Vec::<&str>::new(), "it is the whole name");
    assert_eq!(names(&cancel(&["--project", "biology"])), Vec::<&str>::new());
    assert_eq!(names(&cancel(&["--state", "waiting", "--project", "astro"])), ["fit 2"]);
    let dry = cancel(&["--name", "plot", "--dry-run"]);
    assert_eq!((names(&dry), &dry["dry_run"]), (vec!["plot"], &json!(true)));
    assert_eq!(dry["runs"][0]["state"], "waiting");
    assert!(session.hven(&["cancel", "--all", "--dry-run"]).ok().out.contains("; would be cancelled: sh -c"));
    assert_eq!(names(&cancel(&["--name", "plot", "--since", "1h"])), ["plot"]);
    // Several runs match, and there is no terminal to ask.
    let refused = session.hven(&["cancel", "--name", "fit"]);
    assert_eq!((refused.status, refused.out.as_str()), (Some(64), ""), "{}", refused.err);
    assert!(refused.err.contains("3 runs fit, and there is no terminal to ask"), "{}", refused.err);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(states(&session).iter().filter(|state| *state == "waiting").count(), 2, "nothing was done");
    assert_eq!(names(&cancel(&["--name", "fit", "--yes"])), ["fit", "fit", "fit"]);
    wait_until("all are cancelled", || states(&session).iter().all(|state| state == "cancelled"));
    assert_eq!(names(&cancel(&["--all"])), Vec::<&str>::new());
    let none = session.hven(&["cancel", "--all"]).ok();
    assert!(none.err.contains("no run of yours matches"), "{}", none.err);
    let ended = session.hven(&["cancel", "last", "--dry-run"]);
    assert_eq!(ended.status, Some(75), "{}", ended.err);
    let listed = session.hven(&["ps", "--name", "fit", "--since", "1h", "--limit", "2", "--json"]).ok().json();
    let cursor = listed["next"].as_str().expect("there is more");
    let rest = session.hven(&["ps", "--name", "fit", "--limit", "2", "--cursor", cursor, "--json"]).ok().json();
    let handle = |run: &Value| run["handle"].as_str().expect("a handle").to_owned();
    let items = |page: &Value| page["items"].as_array().expect("a list").iter().map(handle).collect::<Vec<_>>();
    let mut all = [items(&listed), items(&rest)].concat();
    all.dedup();
    assert_eq!((items(&listed).len(), all.len()), (2, 3), "{listed} {rest}");
}

#[test]
fn cancelling_a_running_run_starts_no_waiting_run() {
    let session = session(&[("home", "a"), ("home", "b"), ("home", "c")]);
    wait_until("it started", || session.cwd().join("started").exists());
    let cancelled = session.hven(&["cancel", "--all", "--yes", "--json"]).ok().json();
    assert_eq!(names(&cancelled).last(), Some(&"a"), "the one that runs comes last: {cancelled}");
    wait_until("all are cancelled", || states(&session).iter().all(|state| state == "cancelled"));
    assert_eq!(session.read("started"), "\n", "one of them started");
}

#[test]
fn a_filter_and_names_are_not_mixed() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for arguments in [
        &["cancel"][..],
        &["cancel", "--yes"],
        &["cancel", "last", "--all"],
        &["cancel", "last", "--state", "waiting"],
        &["cancel", "last", "--project", "home"],
        &["cancel", "last", "--tag", "good"],
        &["cancel", "--state", "done"],
        &["cancel", "--since", "yesterday", "--all"],
    ] {
        let result = session.hven(arguments);
        assert_eq!((result.status, result.out.as_str()), (Some(64), ""), "{arguments:?}: {}", result.err);
    }
}

#[test]
fn tags_narrow_the_filter() {
    let session = session(&[("home", "a"), ("home", "b")]);
    session.hven(&["tag", "last", "--add", "night"]).ok();
    let cancelled = session.hven(&["cancel", "--tag", "night", "--json"]).ok().json();
    assert_eq!(names(&cancelled), ["b"]);
    assert_eq!(cancelled["runs"][0]["tags"], json!(["night"]));
    // Input from a pipe does not answer the question.
    session.hven(&["run", "-d", "--name", "c", "--cpus", "1", "--", "sleep", "100"]).ok();
    let result = session.hven_with_input(&["cancel", "--all"], "y\n");
    assert_eq!(result.status, Some(64), "{}", result.err);
    session.hven(&["cancel", "--all", "-y"]).ok();
    wait_until("all are cancelled", || states(&session).iter().all(|state| state == "cancelled"));
}
