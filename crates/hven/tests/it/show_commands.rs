//! The commands that show data: tables for people, JSON for programs.

use crate::{
    fit_script::{FIT_RUN, study},
    session::{Session, snapshot, wait_until},
};

#[test]
fn runs_are_listed() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    session.hven(&["run", "--name", "broken", "--project", "astro/kepler", "--", "sh", "-c", "exit 2"]);
    snapshot!(session, session.hven(&["ps", "-a", "--sort", "oldest"]), @r"
    status 0
    ---- out
    RUN  STATE  PROJECT  WHAT  SUBMITTED  TIME
    [run]  done  home  python3 fit.py --fast  [ago]  [duration]  loss 0.333333
    [run]  failed  astro/kepler  broken  [ago]  [duration]  failed with exit status 2
    ");
    let none = session.hven(&["ps"]).ok();
    assert!(none.out.starts_with("no run waits or goes on; `hven ps -a` lists all"), "{}", none.out);
    let none = session.hven(&["ps", "-a", "--project", "bio"]).ok();
    assert_eq!(
        none.out.trim_end(),
        "no run fits; `hven ps -a` without more lists all, `hven ps --archived` those that are archived"
    );
    let page = session.hven(&["ps", "-a", "--project", "astro", "--json"]).ok().json();
    assert_eq!(page["schema"], "hven.runs/1");
    assert_eq!(page["items"].as_array().expect("a list").len(), 1);
    let page = session.hven(&["ps", "-a", "--state", "failed,lost", "--json"]).ok().json();
    assert_eq!(page["items"][0]["name"], "broken");
    let page = session.hven(&["ps", "-a", "-n", "1", "--json"]).ok().json();
    let cursor = page["next"].as_str().expect("there is more");
    let rest = session.hven(&["ps", "-a", "--cursor", cursor, "--json"]).ok().json();
    assert_eq!(rest["items"].as_array().expect("a list").len(), 1);
}

#[test]
fn one_run_is_shown_explained_and_traced() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    let shown = session.hven(&["show", "last"]).ok();
    for part in ["python3 fit.py --fast", "[run]", "parameters", "rows", "metrics", "loss", "planets.csv", "fit.json"] {
        let handle = session.last();
        assert!(shown.out.replace(&handle, "[run]").contains(part), "{part}: {}", shown.out);
    }
    let explained = session.hven(&["explain", "last", "--json"]).ok().json();
    assert_eq!(explained["schema"], "hven.explain/1");
    assert!(!explained["lines"].as_array().expect("a list").is_empty());
    session.write("use.py", "open('fit.json').read()");
    let maker = session.last();
    session.hven(&["run", "-i", "fit.json", "--", "python3", "use.py"]).ok();
    let why = session.hven(&["why", "last", "--json"]).ok().json();
    let steps = why["rests_on"].as_array().expect("a list");
    assert!(steps.iter().any(|step| step["run"]["handle"] == maker.as_str()), "{why}");
    assert!(steps.iter().any(|step| step["file"]["path"] == "planets.csv"), "{why}");
    let why = session.hven(&["why", &maker]).ok();
    assert!(why.out.contains("and was used by"), "{}", why.out);
}

#[test]
fn logs_are_printed_in_parts() {
    let session = Session::new();
    session.hven(&["run", "--", "sh", "-c", "echo one; echo two >&2; echo three"]).ok();
    let check = |arguments: &[&str], wanted: &str| {
        assert_eq!(session.hven(arguments).ok().out, wanted, "{arguments:?}");
    };
    check(&["logs", "last", "--stdout"], "one\nthree\n");
    check(&["logs", "last", "--stderr"], "two\n");
    let all = session.hven(&["logs", "-f", "last"]).ok().out;
    assert_eq!(all.lines().count(), 3);
    let found = session.hven(&["logs", "last", "--search", "THREE", "--json"]).ok().json();
    assert_eq!(found["matches"][0]["text"], "three");
    let lines = session.hven(&["logs", "last", "--json"]).ok().out;
    assert!(lines.lines().all(|line| line.starts_with(r#"{"schema":"hven.log_chunk/1","#)), "{lines}");
}

#[test]
fn the_facts_of_a_run_are_listed() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let facts = session.hven(&["log", "--run", "last", "--oldest", "--json"]).ok().json();
    assert_eq!(facts["schema"], "hven.facts/1");
    let kinds = facts["items"].as_array().expect("a list").iter().map(|fact| fact["kind"].clone());
    // For a process that ends at once, only the end may be recorded.
    let kinds: Vec<_> = kinds.filter(|kind| kind != "run.process_started").collect();
    assert_eq!(kinds, ["run.submitted", "run.started", "run.finished"]);
    let newest = session.hven(&["log", "-n", "1", "--json"]).ok().json();
    assert_eq!(newest["items"][0]["kind"], "run.finished");
    let table = session.hven(&["log", "--kind", "run.finished"]).ok();
    assert!(table.out.starts_with("FACT"), "{}", table.out);
}

#[test]
fn a_waiting_run_has_a_reason() {
    let session = Session::new();
    let result = session.hven(&["run", "-d", "--hold", "--", "true"]).ok();
    assert!(result.out.contains("attach"), "{}", result.out);
    wait_until("the reason is shown", || session.hven(&["explain", "last"]).out.contains("It is held"));
    session.hven(&["cancel", "last"]).ok();
    wait_until("it is cancelled", || session.run_state("last") == "cancelled");
}

#[test]
fn completion_offers_runs() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let handle = session.last();
    let script = session.hven(&["completion", "bash"]).ok();
    assert!(script.out.contains("COMPLETE"), "{}", script.out);
    let mut command = session.command(&["--", "hven", "show", ""]);
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "2").env("_CLAP_IFS", "\n");
    let words = crate::session::finish(command.spawn().expect("it starts")).ok().out;
    assert!(words.contains(&handle), "{words:?}");
    assert!(words.contains("last"), "{words:?}");
}
