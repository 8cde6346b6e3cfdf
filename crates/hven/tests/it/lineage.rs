//! Two runs make the same bytes: all commands name the same one of them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::session::Session;

const ADD: &str = "import json, os\n\
                   total = sum(float(line) for line in open('x.txt'))\n\
                   open(os.environ['HVEN_METRICS'], 'a').write(json.dumps({'total': total}) + '\\n')\n";

/// Runs a command under a name. Returns the handle.
fn run(session: &Session, name: &str, arguments: &[&str]) -> String {
    session.hven(&[&["run", "--name", name], arguments].concat()).ok();
    session.last()
}

/// The handles of all runs in a response.
fn runs(steps: &Value) -> BTreeSet<String> {
    let of = |step: &Value| {
        let run = step.get("node").unwrap_or(step).get("run").unwrap_or(step);
        run["handle"].as_str().map(str::to_owned)
    };
    steps.as_array().expect("a list").iter().filter_map(of).collect()
}

#[test]
fn all_commands_name_the_same_producer_of_the_bytes() {
    let session = Session::new();
    session.write("a.txt", "3\n4\n");
    session.write("b.txt", "4\n3\n");
    session.write("add.py", ADD);
    let first = run(&session, "first", &["-i", "a.txt", "-o", "x.txt", "--", "sh", "-c", "sort a.txt > x.txt"]);
    let early = run(&session, "early", &["-i", "x.txt", "-o", "y.txt", "--", "cp", "x.txt", "y.txt"]);
    let second = run(&session, "second", &["-i", "b.txt", "-o", "x.txt", "--", "sh", "-c", "sort b.txt > x.txt"]);
    let late = run(&session, "late", &["-i", "x.txt", "add.py", "--", "python3", "add.py"]);
    session.hven(&["claim", "state", "sum", "--evidence", "run.late", "--test", "total > 0", "It is positive."]).ok();
    session.hven(&["claim", "judge", "sum"]).ok();
    let expect = BTreeSet::from([second.clone(), late.clone()]);

    let json = |arguments: &[&str]| session.hven(&[arguments, &["--json"]].concat()).ok().json();
    assert_eq!(runs(&json(&["why", "claim/sum"])["rests_on"]), expect, "hven why");
    assert_eq!(runs(&json(&["graph", "claim/sum"])["nodes"]), expect, "hven graph");
    session.hven(&["publish", "sum", "-o", "out"]).ok();
    let published: Value = serde_json::from_str(&session.read("out/publication.json")).expect("JSON");
    assert_eq!(runs(&published["runs"]), expect, "hven publish");
    let again = session.hven(&["reproduce", "claim/sum", "--all", "--json"]).json();
    assert_eq!(runs(&again["items"]), expect, "hven reproduce");
    let client = hven_client::Client::new(hven_client::InHome(session.home()));
    let why = client.why(&late).expect("an answer");
    let from_run_to_run: Vec<String> = why.rests_on.into_iter().filter_map(|step| Some(step.run?.handle)).collect();
    assert_eq!(from_run_to_run, std::slice::from_ref(&second), "/runs/{{run}}/why");

    // The same from the producers downstream: each has its own consumer.
    assert_eq!(runs(&json(&["why", &first])["supports"]), BTreeSet::from([early.clone()]));
    assert_eq!(runs(&json(&["why", &second])["supports"]), BTreeSet::from([late.clone()]));

    // The consumer becomes suspect with the named producer.
    let soundness = |run: &str| json(&["show", run])["soundness"].clone();
    session.hven(&["retract", &first, "--because", "sorted wrong", "--yes"]).ok();
    assert_eq!([soundness(&early), soundness(&late)], ["suspect", "sound"]);
    session.hven(&["retract", &second, "--because", "sorted wrong", "--yes"]).ok();
    assert_eq!(soundness(&late), "suspect");
    let content = session.hven(&["show", &late]).ok().out;
    assert!(content.contains(&second) && !content.contains(&first), "{content}");
    // A repair starts at the producer and finds the same consumer.
    let plan = json(&["repair", &second, "--plan"]);
    assert_eq!(runs(&plan["steps"]), expect, "hven repair");
}
