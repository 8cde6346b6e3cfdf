//! A source is wrong: its dependents become suspect, new work cannot use them, and a repair repeats them.

use rustix::process::Signal;

use crate::{
    example_studies::kill_all_of,
    session::{CommandOutput, Session, finish, signal, snapshot, wait_until},
};

const PLANETS: &str = include_str!("../../../../examples/kepler/planets.csv");
/// One cell in days instead of years.
const WRONG: &str = "686.98";

const STUDY: &str = r#"
[project]
name = "astro/kepler"

[data.planets]
source = "planets.csv"
units = { semi_major_axis = "AU", period = "yr" }

[data.planets.split]
train = 0.73
test = 0.27
seed = 1
hold_out = "test"

[run.law]
recipe = "law"
input = "planets.train"
target = "period"
columns = ["semi_major_axis"]
hold_out = "planets.test"

[claim.kepler3]
statement = "The square of a body's period is proportional to the cube of its distance from the Sun."
evidence = "run.law"
test = "abs(exponent.semi_major_axis - 1.5) < 0.01 and r2_holdout > 0.999"
"#;

/// A completed study on a wrong table.
pub fn wrong_study() -> Session {
    let session = Session::new();
    session.write("hven.toml", STUDY);
    session.write("planets.csv", &PLANETS.replace("1.8808476", WRONG));
    session.hven(&["run"]);
    assert_eq!(claim(&session)["standing"], "judged");
    session
}

fn claim(session: &Session) -> serde_json::Value {
    session.hven(&["claim", "show", "kepler3", "--json"]).ok().json()
}

fn add_corrected_table(session: &Session) {
    session.write("planets.csv", PLANETS);
    let added = session.hven(&["data", "add", "planets.csv", "--unit", "semi_major_axis=AU", "--unit", "period=yr"]);
    assert!(added.ok().out.starts_with("planets@2"));
}

fn retract(session: &Session) -> CommandOutput {
    session.hven(&["retract", "planets@1", "--because", "Mars has its period in days", "--yes"])
}

fn runs_called(session: &Session, name: &str) -> Vec<serde_json::Value> {
    let listed = session.hven(&["ps", "-a", "--json"]).ok().json();
    let items = listed["items"].as_array().expect("a list").clone();
    items.into_iter().filter(|run| run["name"] == name).collect()
}

#[test]
fn a_retracted_table_is_repaired() {
    let session = wrong_study();
    snapshot!(session, session.hven(&["retract", "planets@1", "--plan"]), @r"
    status 0
    ---- out
    dataset planets@1, 11 rows

    on it rest 2 runs, 1 claim
    STEPS  WHAT
      1  run [run] (split planets)
      2  run [run] (law)  by way of run [run] (split planets)
      3  claim kepler3: holds  by way of run [run] (split planets) → run [run] (law)
    ");
    assert_eq!(claim(&session)["soundness"], "sound", "nothing was done");
    snapshot!(session, retract(&session), @r"
    status 0
    ---- out
    dataset planets@1, 11 rows

    on it rest 2 runs, 1 claim
    STEPS  WHAT
      1  run [run] (split planets)
      2  run [run] (law)  by way of run [run] (split planets)
      3  claim kepler3: holds  by way of run [run] (split planets) → run [run] (law)
    dataset planets@1, 11 rows  retracted
    retracted by mira on [time]: Mars has its period in days
    `hven repair` runs again what rests on it
    ");
    assert_eq!(retract(&session).status, Some(0), "the same once more changes nothing");
    snapshot!(session, session.hven(&["retract", "planets@1", "--because", "x"]), @r"
    status 75
    ---- out
    dataset planets@1, 11 rows  retracted

    on it rest 2 runs, 1 claim
    STEPS  WHAT
      1  run [run] (split planets)  suspect
      2  run [run] (law)  suspect  by way of run [run] (split planets)
      3  claim kepler3: holds  suspect  by way of run [run] (split planets) → run [run] (law)
    ---- err
    error: dataset planets@1 was retracted before: retracted by mira on [time]: Mars has its period in days
    hint: `hven repair` runs again what rests on it
    ");

    let plan = session.hven(&["run", "--plan"]).ok().out;
    assert!(plan.contains("0 problems") && plan.contains("kB   retracted"), "{plan}");
    assert!(plan.contains("suspect: rests on dataset planets@1, which was retracted by mira"), "{plan}");

    // Every command that shows it reports this.
    let shown = claim(&session);
    assert_eq!(shown["soundness"], "suspect");
    let why = shown["suspicion"]["text"].as_str().expect("it says why");
    assert!(why.starts_with("suspect: rests on dataset planets@1, which was retracted by mira on "), "{why}");
    assert!(why.ends_with(": Mars has its period in days"), "{why}");
    assert_eq!(shown["suspicion"]["code"], "soundness.suspect_through");
    let listed = session.hven(&["claim", "ls"]).ok();
    assert!(listed.out.contains("suspect"), "{}", listed.out);
    let law = session.hven(&["show", "run.law"]).ok();
    assert!(law.out.contains("\nsuspect: rests on dataset planets@1"), "{}", law.out);
    let data = session.hven(&["data", "show", "planets@1"]).ok();
    assert!(data.out.contains("\nretracted by mira on "), "{}", data.out);
    assert_eq!(runs_called(&session, "law")[0]["soundness"], "suspect");
    assert_eq!(runs_called(&session, "import planets")[0]["soundness"], "sound");

    // New work can use it only with a stated reason.
    snapshot!(session, session.hven(&["claim", "judge", "kepler3"]), @r"
    status 65
    ---- err
    error: run [run] is not sound; suspect: rests on dataset planets@1, which was retracted by mira on [time]: Mars has its period in days
    hint: `hven repair` runs again what rests on something retracted; to build on it all the same, say why with --despite-suspicion
    ");
    let refused = session.hven(&["run", "--step", "run.law", "--json"]);
    assert!(refused.err.contains("soundness.suspect"), "{refused:?}");
    assert_eq!(runs_called(&session, "law").len(), 1, "what is suspect is never taken for up to date, nor done again");
    session.hven(&["claim", "judge", "kepler3", "--despite-suspicion", "to see what comes out"]);
    let noted = session.hven(&["log", "--kind", "soundness.suspicion_overridden"]).ok();
    assert!(noted.out.contains("although it is suspect: to see what comes out"), "{}", noted.out);
    assert_eq!(claim(&session)["soundness"], "suspect");

    // Without a corrected table, a repair is impossible.
    let alone = session.hven(&["repair", "planets@1"]);
    assert!(alone.status == Some(65) && alone.err.contains("--with"), "{alone:?}");
    add_corrected_table(&session);
    snapshot!(session, session.hven(&["repair", "planets@1", "--with", "planets@2", "--plan"]), @r"
    status 0
    ---- out
    repair of dataset planets@1, 11 rows with dataset planets@2, 11 rows
      WHAT  TOOK  CPU
    ready  run [run] (split planets)  [duration]  [duration]
    waiting  run [run] (law)  [duration]  [duration]
    waiting  claim kepler3: holds
    what is left took [duration] ([duration] of CPU) when it was made
    ");
    assert_eq!(runs_called(&session, "law").len(), 1);
    let repaired = session.hven(&["repair", "planets@1", "--with", "planets@2"]).ok();
    assert!(repaired.out.contains("claim kepler3: holds"), "{}", repaired.out);
    let shown = claim(&session);
    assert_eq!(
        (&shown["soundness"], &shown["verdict"], &shown["suspicion"]),
        (&"sound".into(), &"holds".into(), &serde_json::Value::Null)
    );
    assert_eq!(shown["judgements"].as_array().expect("a list").len(), 3, "nothing is deleted");
    let laws = runs_called(&session, "law");
    assert_eq!((laws.len(), &laws[0]["soundness"], &laws[1]["soundness"]), (2, &"sound".into(), &"suspect".into()));

    // A second repair has nothing to do.
    snapshot!(session, session.hven(&["repair", "planets@1", "--with", "planets@2"]), @r"
    status 0
    ---- out
      done  run [run] (split planets)  by run [run]
      done  run [run] (law)  by run [run]
      done  claim kepler3: holds
    repaired: 3 steps are done
    ");
    assert_eq!(runs_called(&session, "law").len(), 2);
    let again = session.hven(&["run"]).ok();
    assert!(again.out.contains("still holds") || again.out.matches("up to date").count() >= 2, "{}", again.out);
    session.hven(&["audit", "verify"]).ok();
    session.hven(&["down"]).ok();
    session.hven(&["doctor", "--rebuild"]).ok();
}

#[test]
fn an_asserted_independence_must_match_an_edge_of_the_lineage() {
    let session = wrong_study();
    let law = session.hven(&["show", "run.law", "--json"]).ok().json()["handle"].as_str().expect("a handle").to_owned();
    let split = runs_called(&session, "split planets")[0]["handle"].as_str().expect("a handle").to_owned();
    let assert = |of: &str, on: &str| session.hven(&["assert", of, "--independent-of", on, "--because", "it is so"]);
    snapshot!(session, assert("planets@1", "planets@1"), @r"
    status 75
    ---- err
    error: dataset planets@1 cannot be independent of itself
    ");
    snapshot!(session, assert("planets@1", "claim/kepler3"), @r"
    status 75
    ---- err
    error: it is claim kepler3 that rests on dataset planets@1: the assertion would close a circle
    ");
    snapshot!(session, assert("claim/kepler3", "planets@1"), @r"
    status 75
    ---- err
    error: claim kepler3 rests on dataset planets@1, but not directly: say it of the step of the way at which the dependence ends (`hven why` shows the way)
    ");
    session.hven(&["run", "--", "true"]).ok();
    snapshot!(session, assert("last", "planets@1"), @r"
    status 75
    ---- err
    error: run [run] does not rest on dataset planets@1: there is nothing to assert
    ");
    snapshot!(session, assert(&law, &split), @r"
    status 0
    ---- out
    run [run] (law)  sound
    run [run] (law) does not depend on run [run] (split planets): it is so (mira, [time])
    ");
    retract(&session).ok();
    assert_eq!(claim(&session)["soundness"], "sound", "the law does not depend on the split");
    assert_eq!(runs_called(&session, "split planets")[0]["soundness"], "suspect");
}

/// Commands in a folder of the user are repeated in fresh folders with the recorded code; the folder itself is not
/// changed.
#[test]
fn a_repair_repeats_commands_from_the_record() {
    let session = Session::new();
    session.write("a.txt", "1 2 3\n");
    session.write("sum.py", "print(sum(map(int, open('a.txt').read().split())), file=open('b.txt', 'w'))\n");
    session.hven(&["run", "-i", "a.txt", "-o", "b.txt", "--", "python3", "sum.py"]).ok();
    let first = session.last();
    session
        .hven(&["run", "--name", "count", "-i", "b.txt", "-o", "c.txt", "--", "sh", "-c", "wc -c < b.txt > c.txt"])
        .ok();
    session.write("sum.py", "raise SystemExit('changed meanwhile')\n");
    session.hven(&["retract", &first, "--because", "the disk was faulty", "--yes"]).ok();
    let result = session.hven(&["repair", &first]).ok();
    assert!(!result.out.contains("by hand"), "{}", result.out);
    let counts = runs_called(&session, "count");
    let soundness: Vec<_> = counts.iter().map(|run| run["soundness"].as_str().unwrap_or_default()).collect();
    assert_eq!(soundness, ["sound", "suspect"]);
    let count = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!((&count["name"], &count["spec"]["place"]), (&"count".into(), &"fresh".into()));
}

/// A run that cannot be repeated in a fresh folder is named with the reason; a person can then repeat it.
#[test]
fn a_step_that_only_a_person_can_repeat_is_named() {
    let session = Session::new();
    session.write("a.txt", "wrong\n");
    session.write("below/copy.sh", "tr a-z A-Z < ../a.txt > b.txt\n");
    let copy = ["run", "-i", "../a.txt", "-o", "b.txt", "--", "sh", "copy.sh"];
    session.hven_in("below", &copy).ok();
    let first = session.last();
    session.hven(&["retract", &first, "--because", "the disk was faulty", "--yes"]).ok();
    let result = session.hven(&["repair", &first]);
    assert_eq!(result.status, Some(1), "{result:?}");
    assert!(result.out.contains("by hand") && result.out.contains("run it in the folder"), "{}", result.out);
    assert!(result.out.contains("a.txt is absolute"), "{}", result.out);
    assert!(result.out.ends_with("not repaired, 1 of 1 step left: 1 only a person can do\n"), "{}", result.out);
    // The next run on its output is refused, even if the bytes are there.
    let next = ["run", "-i", "b.txt", "-o", "d.txt", "--", "cp", "b.txt", "d.txt"];
    let refused = session.hven_in("below", &next);
    assert_eq!(refused.status, Some(125), "{refused:?}");
    session.hven_in("below", &[&["run", "--despite-suspicion", "to see"], &next[1..]].concat()).ok();
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(shown["soundness"], "suspect");
    // The file would count as code.
    std::fs::remove_file(session.cwd().join("below/d.txt")).expect("removed");
    session.hven_in("below", &copy).ok();
    assert!(session.hven(&["repair", &first]).out.contains("done"));
}

/// The command, the server, the runner and the task are killed during a search for a law; the next server continues by
/// itself.
#[test]
fn a_killed_repair_continues() {
    let session = Session::new();
    session.write("hven.toml", &STUDY.replace("columns =", "evaluations = 400000\nbootstrap = 20\ncolumns ="));
    session.write("planets.csv", &PLANETS.replace("1.8808476", WRONG));
    session.hven(&["run"]);
    retract(&session).ok();
    add_corrected_table(&session);
    let child = session.command(&["repair", "planets@1", "--with", "planets@2"]).spawn().expect("it starts");
    wait_until("the law is searched for again", || {
        let laws = runs_called(&session, "law");
        laws.len() == 2 && laws[0]["state"] == "running"
    });
    kill_all_of(&session);
    finish(child);
    // The command may have started a server before it was killed: then the home is locked for a moment.
    wait_until("the repair has ended by itself", || {
        let shown = session.hven(&["claim", "show", "kepler3", "--json"]);
        shown.status == Some(0) && shown.json()["soundness"] == "sound"
    });
    let result = session.hven(&["attach", "repair/1"]).ok();
    assert!(
        result.out.contains("claim kepler3") && result.out.ends_with("repaired: 3 steps are done\n"),
        "{}",
        result.out
    );
    assert_eq!(runs_called(&session, "split planets").len(), 2, "finished steps are not repeated");
    session.hven(&["audit", "verify"]).ok();
}

/// A repair continues after its terminal is closed, and can be listed, watched and cancelled by its name.
#[test]
fn a_repair_continues_without_its_terminal() {
    let session = Session::new();
    let go = session.root().join("go");
    let script = format!("until [ -e {} ]; do sleep 0.05; done; wc -c < a.txt > b.txt", go.display());
    let run = |input: &str| {
        std::fs::write(&go, "").expect("written");
        session.write("a.txt", input);
        // The output of an earlier run would count as code.
        let _ = std::fs::remove_file(session.cwd().join("b.txt"));
        session.hven(&["run", "-i", "a.txt", "-o", "b.txt", "--", "sh", "-c", &script]).ok();
        std::fs::remove_file(&go).expect("removed");
        let run = session.last();
        session.hven(&["retract", &run, "--because", "the disk was faulty", "--yes"]).ok();
        run
    };
    let first = run("1\n");
    let watched = session.command(&["repair", &first]).spawn().expect("it starts");
    wait_until("the repair goes on", || session.hven(&["ps", "--json"]).json()["repairs"][0]["state"] == "running");
    wait_until("its run goes on", || session.run_state("last") == "running");
    signal(&watched, Signal::INT);
    let left = finish(watched);
    assert_eq!(left.status, Some(130), "{left:?}");
    assert!(left.err.contains("left; repair/1 goes on: `hven attach repair/1` shows it"), "{}", left.err);
    let detached = session.hven(&["repair", &first, "--detach"]).ok();
    assert_eq!(
        detached.out, "repair/1 goes on: `hven attach repair/1` shows it, `hven cancel repair/1` ends it\n",
        "the same request is the same repair"
    );
    let listed = session.hven(&["ps"]).ok().out;
    assert!(listed.contains("REPAIR") && listed.contains("repair/1"), "{listed}");
    std::fs::write(&go, "").expect("written");
    let result = session.hven(&["attach", "repair/1"]).ok();
    assert!(result.out.ends_with("repaired: 1 step is done\n"), "{}", result.out);
    assert!(!session.hven(&["ps"]).ok().out.contains("repair/1"));

    std::fs::remove_file(&go).expect("removed");
    let second = run("22\n");
    session.hven(&["repair", &second, "--detach"]).ok();
    wait_until("its run goes on", || session.run_state("last") == "running");
    let cancelled = session.hven(&["cancel", "repair/2"]).ok();
    assert!(cancelled.out.starts_with("repair/2  ") && cancelled.out.contains("cancelled"), "{}", cancelled.out);
    wait_until("its run was cancelled", || session.run_state("last") == "cancelled");
    let ended = session.hven(&["attach", "repair/2"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.err.contains("repair/2 was cancelled"), "{}", ended.err);
    let again = session.hven(&["cancel", "repair/2"]).ok();
    assert!(again.out.contains("cancelled"), "{}", again.out);
    let unknown = session.hven(&["cancel", "repair/7"]);
    assert!(unknown.err.contains("there is no repair"), "{}", unknown.err);
    let log = session.hven(&["log", "--kind", "repair.cancelled"]).ok().out;
    assert!(log.contains("repair 2 was cancelled"), "{log}");
    session.hven(&["audit", "verify"]).ok();
    session.hven(&["down"]).ok();
    session.hven(&["doctor", "--rebuild"]).ok();
}

/// A script reads the source file instead of the imported table: its runs still depend on the dataset.
#[test]
fn a_script_that_reads_the_source_file_depends_on_the_dataset() {
    let session = Session::new();
    let script = "import json, os\n\
                  total = sum(float(line) for line in open('t.csv').read().split()[1:])\n\
                  open(os.environ['HVEN_METRICS'], 'a').write(json.dumps({'total': total}) + '\\n')\n\
                  open('out', 'w').write(str(total))\n";
    session.write("sum.py", script);
    session.write("t.csv", "x\n1\n2\n");
    session.hven(&["data", "add", "t.csv"]).ok();
    let run = ["run", "--name", "sum", "-i", "t.csv", "sum.py", "-o", "out", "--", "python3", "sum.py"];
    session.hven(&run).ok();
    session.hven(&["claim", "state", "sum", "--evidence", "run.sum", "--test", "total > 0", "It is positive."]).ok();
    session.hven(&["claim", "judge", "sum"]).ok();
    let why = session.hven(&["why", "run.sum"]).ok();
    assert!(why.out.contains("dataset t@1, 2 rows  through t.csv"), "{}", why.out);
    let used = session.hven(&["why", "t@1"]).ok();
    assert!(used.out.contains("(sum)") && used.out.contains("claim sum"), "{}", used.out);

    let retracted = session.hven(&["retract", "t@1", "--because", "typed wrong"]).ok();
    assert!(retracted.out.contains("on it rest 1 run, 1 claim"), "{}", retracted.out);
    let soundness = || session.hven(&["claim", "show", "sum", "--json"]).json()["soundness"].clone();
    assert_eq!(soundness(), "suspect");
    let again = session.hven(&[&["run", "--fresh"], &run[1..]].concat());
    assert!(again.err.contains("t@1"), "it is not run on what was retracted: {}", again.err);

    session.write("t.csv", "x\n1\n20\n");
    session.hven(&["data", "add", "t.csv"]).ok();
    let repaired = session.hven(&["repair", "t@1", "--with", "t@2"]).ok();
    assert!(repaired.out.contains("claim sum: holds"), "{}", repaired.out);
    assert_eq!(soundness(), "sound");
    let shown = session.hven(&["claim", "show", "sum"]).ok();
    assert!(shown.out.contains("21"), "judged on the corrected file: {}", shown.out);
}

/// A step refers to its newest run: a claim on it is judged after the last of its runs is repeated.
#[test]
fn a_claim_on_a_step_is_judged_after_all_runs_of_the_step_are_repeated() {
    let session = Session::new();
    let script = "import json, os, sys, time\n\
                  time.sleep(float(sys.argv[1]))\n\
                  total = sum(float(line) for line in open('t.csv').read().split()[1:])\n\
                  open(os.environ['HVEN_METRICS'], 'a').write(json.dumps({'total': total}) + '\\n')\n\
                  open('out', 'w').write(sys.argv[1])\n";
    session.write("sum.py", script);
    session.write("t.csv", "x\n1\n2\n");
    session.hven(&["data", "add", "t.csv"]).ok();
    let run = |seconds: &str| {
        let run = ["run", "--name", "sum", "-i", "t.csv", "sum.py", "-o", "out", "--", "python3", "sum.py", seconds];
        session.hven(&run).ok();
    };
    run("0");
    session.hven(&["claim", "state", "sum", "--evidence", "run.sum", "--test", "total > 0", "It is positive."]).ok();
    session.hven(&["claim", "judge", "sum"]).ok();
    run("1");
    session.hven(&["retract", "t@1", "--because", "typed wrong"]).ok();
    session.write("t.csv", "x\n1\n20\n");
    session.hven(&["data", "add", "t.csv"]).ok();
    session.hven(&["repair", "t@1", "--with", "t@2"]).ok();
    let claim = session.hven(&["claim", "show", "sum", "--json"]).ok().json();
    assert_eq!((&claim["soundness"], &claim["standing"]), (&"sound".into(), &"judged".into()), "{claim}");
}

/// A file that a run made and that was then imported has two sources. Its consumers depend on both.
#[test]
fn an_imported_file_that_a_run_made_rests_on_both_sources() {
    let session = Session::new();
    session.write("make.py", "open('t.csv', 'w').write('x\\n1\\n2\\n')\n");
    session.hven(&["run", "--name", "make", "-o", "t.csv", "--", "python3", "make.py"]).ok();
    session.hven(&["data", "add", "t.csv"]).ok();
    session.hven(&["run", "--name", "read", "-i", "t.csv", "--", "cat", "t.csv"]).ok();
    let why = session.hven(&["why", "run.read"]).ok();
    assert!(why.out.contains("(make)") && why.out.contains("dataset t@1"), "{}", why.out);
    session.hven(&["retract", "t@1", "--because", "typed wrong"]).ok();
    let shown = session.hven(&["show", "run.read", "--json"]).json();
    assert_eq!(shown["soundness"], "suspect", "{shown}");
}
