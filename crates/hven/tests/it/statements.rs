//! Statements of Hven are based only on checked facts.

use crate::session::Session;

/// Logs 0.99 and is killed; its retry logs 0.5 and ends.
const KILLED_ONCE: &str = "\
log() { echo \"$1\" >> $HVEN_METRICS; }
if [ -e tried ]; then log '{\"acc\": 0.5, \"step\": 1}'; log '{\"param\": {\"depth\": 4}}'; else
touch tried; log '{\"acc\": 0.99, \"step\": 9}'; log '{\"param\": {\"lr\": 0.9, \"seed\": 7}}'; kill -9 $$; fi
";

#[test]
fn metrics_of_a_killed_attempt_are_no_evidence() {
    let session = Session::new();
    session.write("fit.sh", KILLED_ONCE);
    session.hven(&["run", "--name", "fit", "--retries", "1", "--param", "lr=0.1", "--", "sh", "fit.sh"]).ok();
    let shown = session.hven(&["show", "run.fit", "--json"]).ok().json();
    assert_eq!(shown["params"], serde_json::json!({ "depth": 4, "lr": 0.1 }), "{shown}");
    assert_eq!(shown["attempt_list"][0]["params"], serde_json::json!({ "lr": 0.9, "seed": 7 }), "{shown}");
    assert_eq!((&shown["attempts"], &shown["metrics"][0]["last"]), (&2.into(), &0.5.into()), "{shown}");
    assert_eq!(shown["attempt_list"][0]["metrics"][0]["last"], 0.99, "it is listed under its attempt: {shown}");
    let content = session.hven(&["show", "run.fit"]).ok().out;
    assert!(content.contains("metrics of attempt 2\n"), "{content}");
    assert!(content.contains("metrics of attempt 1, which another followed: no claim uses them"), "{content}");
    assert!(
        content.contains("parameters of attempt 1, which another followed: they do not count for the run"),
        "{content}"
    );
    let state = ["claim", "state", "good", "--evidence", "run.fit", "--test", "acc > 0.9", "It is good."];
    session.hven(&state).ok();
    let judged = session.hven(&["claim", "judge", "good", "--json"]);
    assert_eq!(judged.status, Some(1), "{judged:?}");
    let judged = judged.json();
    assert_eq!((&judged["verdict"], &judged["judgements"][0]["quantities"]["acc"]), (&"fails".into(), &0.5.into()));
    let curve = session.hven(&["ps", "-a", "--json"]).ok().json();
    assert_eq!(curve["items"][0]["metrics"][0]["max"], 0.5, "{curve}");
}

/// `last` is the last run of a person; runs for checks of Hven are listed only with a flag.
#[test]
fn runs_for_checks_of_hven_are_hidden() {
    let session = Session::new();
    session.write("a.txt", "1\n");
    session.hven(&["run", "-i", "a.txt", "-o", "b.txt", "--", "cp", "a.txt", "b.txt"]).ok();
    let first = session.last();
    session.hven(&["reproduce", "last"]).ok();
    assert_eq!(session.last(), first, "the comparison is not the last run");
    let again = session.hven(&["reproduce", "last", "--json"]).ok().json();
    assert_eq!(again["items"][0]["run"]["handle"], first.as_str());
    let handles = |arguments: &[&str]| {
        let listed = session.hven(&[&["ps", "-a", "--json"], arguments].concat()).ok().json();
        let items = listed["items"].as_array().expect("a list").clone();
        items.iter().map(|run| run["own_kind"].as_str().unwrap_or("work").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(handles(&[]), ["work"]);
    assert_eq!(handles(&["--all-kinds"]), ["compare", "again", "compare", "again", "work"]);
    let content = session.hven(&["ps", "-a", "--all-kinds"]).ok().out;
    assert!(content.contains("again: cp a.txt b.txt") && content.contains(&format!("compare {first}")), "{content}");
    let why = session.hven(&["why", &first]).ok().out;
    assert!(!why.contains("and was used by"), "{why}");
    let explained = session.hven(&["explain", &first]).ok().out;
    assert!(explained.contains("its outputs are sealed"), "{explained}");
}

#[test]
fn a_failure_is_explained_with_the_end_of_its_output() {
    let session = Session::new();
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >&2; done; echo out; exit 3";
    session.hven(&["run", "--", "sh", "-c", script]);
    let content = session.hven(&["explain", "last"]).ok().out;
    assert!(content.contains("failed with exit status 3"), "{content}");
    assert!(content.contains("line 12") && content.contains("line 3\n") && !content.contains("line 2\n"), "{content}");
    assert!(!content.contains("out\n"), "{content}");
    session.hven(&["run", "--", "false"]);
    let content = session.hven(&["explain", "last"]).ok().out;
    assert!(content.contains("It printed nothing to stderr."), "{content}");
    session.hven(&["run", "--", "true"]).ok();
    let content = session.hven(&["explain", "last"]).ok().out;
    assert!(content.contains("status 0. No outputs were kept."), "{content}");
}

#[test]
fn a_link_to_an_outside_target_is_not_reported_as_uncaptured_code() {
    let session = Session::new();
    session.write("../elsewhere.txt", "2\n");
    session.write("a.txt", "1\n");
    std::os::unix::fs::symlink("../elsewhere.txt", session.cwd().join("link.txt")).expect("a link");
    session.hven(&["run", "-i", "a.txt", "-o", "b.txt", "--", "cp", "a.txt", "b.txt"]).ok();
    let content = session.hven(&["explain", "last"]).ok().out;
    assert!(content.contains("It is run each time: link.txt is a link to"), "{content}");
    assert!(!content.contains("was not captured"), "{content}");
}

/// A claim reports how often its question was tried, under all names and with all parameters.
#[test]
fn attempts_at_a_question_are_counted_under_every_name() {
    let session = Session::new();
    session.write("fit.sh", "echo '{\"acc\": 0.'$1'}' >> $HVEN_METRICS\n");
    let tries = [("a", "1"), ("b", "2"), ("c", "3"), ("best", "9")];
    let ids = tries.map(|(name, accuracy)| {
        session.hven(&["run", "--name", name, "--", "sh", "fit.sh", accuracy]).ok();
        let run = session.hven(&["show", "last", "--json"]).ok().json();
        run["id"].as_str().expect("an id").to_owned()
    });
    session.hven(&["run", "--name", "inline", "--", "sh", "-c", "echo '{\"acc\": 0.9}' >> $HVEN_METRICS"]).ok();
    let claim = |name: &str, evidence: &str| {
        let state = ["claim", "state", name, "--evidence", evidence, "--test", "acc > 0", "It is good."];
        session.hven(&state).ok();
        session.hven(&["claim", "judge", name]).ok().out
    };
    let newest = claim("best", "run.best");
    assert!(newest.contains("the newest of 4 runs of the script fit.sh in its project"), "{newest}");
    assert!(newest.contains("that named the same script, module or program"), "the rule is given with it: {newest}");
    let first = claim("first", &ids[0]);
    assert!(first.contains("one of 4 runs of the script fit.sh in its project"), "{first}");
    let inline = claim("inline", "run.inline");
    assert!(inline.contains("how much was tried before is not known"), "{inline}");
    for content in [&newest, &first, &inline] {
        assert!(!content.contains("held out"), "nothing was held out: {content}");
    }
    session.hven(&["publish", "best"]).ok();
    let readme = session.read("best-v1/README.md");
    assert!(readme.contains("The newest of 4 runs of the script fit.sh in its project."), "{readme}");
    let page = session.read("best-v1/index.html");
    assert!(page.contains("ewest of 4 runs of the script fit.sh") && !page.contains("held out"), "{page}");
}

/// Assumptions of the importer are counted next to the problems, and shown.
#[test]
fn notes_on_a_table_are_shown_at_its_import() {
    let session = Session::new();
    session.write("plain.csv", "1,2\n3,4\n");
    let note = "the first line holds values, so the columns are named column_1, column_2 …";
    let result = session.hven(&["data", "add", "plain.csv"]).ok().out;
    assert!(result.contains("0 problems   1 note") && result.contains(note), "{result}");
    let content = session.hven(&["data", "add", "plain.csv", "--json"]).ok().json();
    assert_eq!(content["notes"].as_array().map(Vec::len), Some(1), "{content}");
    session.write("hven.toml", "[data.other]\nsource = \"plain.csv\"\n");
    let study = session.hven(&["run"]).ok();
    assert!(study.out.contains("0 problems   1 note") && study.err.contains(note), "{study:?}");
}

#[test]
fn a_text_for_missing_values_may_begin_with_a_hyphen() {
    let session = Session::new();
    session.write("t.csv", "x\n1\n2\n---\n-999\n");
    session.hven(&["data", "add", "t.csv", "--null", "---", "--null", "-999"]).ok();
    let shown = session.hven(&["data", "show", "t", "--json"]).ok().json();
    let column = &shown["report"]["schema"]["columns"][0];
    assert_eq!((&column["type"], &shown["report"]["profile"][0]["nulls"]), (&"int64".into(), &2.into()), "{shown}");
}

/// A licence must be one that others can look up.
#[test]
fn an_unknown_licence_is_refused() {
    let session = Session::new();
    session.write("t.csv", "x\n1\n2\n");
    let add = |license: &str| session.hven(&["data", "add", "t.csv", "--license", license]);
    for (license, nearest) in [("foo", "an SPDX identifier such as CC-BY-4.0"), ("CC-BY", "is `CC-BY-4.0`")] {
        let refused = add(license);
        assert!(refused.status == Some(65) && refused.err.contains(nearest), "{refused:?}");
    }
    for license in ["CC0-1.0", "MIT OR Apache-2.0", "LicenseRef-Institute"] {
        add(license).ok();
    }
    let by_text = add("https://example.org/terms").ok().out;
    assert!(by_text.contains("1 note") && by_text.contains("what it allows is not known"), "{by_text}");
}
