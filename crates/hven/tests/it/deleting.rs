//! `hven delete`, `hven gc`, the search in all logs, saved views and the export of lists, from the command line.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use crate::session::{Session, files_below};

fn run(session: &Session, name: &str, script: &str) -> String {
    session.hven(&["run", "--name", name, "--", "sh", "-c", script]).ok();
    session.last()
}

/// Makes all objects two days old: younger ones are never garbage.
fn grow_old(session: &Session) {
    let two_days_ago = SystemTime::now() - Duration::from_hours(48);
    for object in files_below(&session.home().join("objects")) {
        File::open(object).expect("it is there").set_modified(two_days_ago).expect("it is ours");
    }
}

fn bytes_of_objects(session: &Session) -> u64 {
    files_below(&session.home().join("objects")).iter().map(|path| fs::metadata(path).expect("a file").len()).sum()
}

#[test]
fn a_deleted_run_is_gone_and_its_space_is_freed() {
    let session = Session::new();
    session.write("big.sh", "head -c 300000 /dev/urandom > big.bin; echo a secret word");
    session.hven(&["run", "--name", "big", "-o", "big.bin", "--", "sh", "big.sh"]).ok();
    let big = session.last();
    // Other runs in this folder would keep its files as their code.
    for file in ["big.bin", "big.sh"] {
        fs::remove_file(session.cwd().join(file)).expect("it is there");
    }
    let kept = run(&session, "kept", "echo hello");
    let plan = session.hven(&["delete", &big, "--dry-run"]).ok();
    assert!(plan.out.contains("would be deleted") && plan.out.contains("would become garbage"), "{}", plan.out);
    let refused = session.hven(&["delete", &big]);
    assert_eq!(refused.status, Some(64), "a reason is needed: {}", refused.shown());
    let result = session.hven(&["delete", &big, "--because", "it printed a secret", "--yes"]).ok();
    assert!(result.out.contains("big deleted:") && result.out.contains("became garbage"), "{}", result.out);

    let shown = session.hven(&["show", &big]).ok().out;
    assert!(shown.contains("it printed a secret") && !shown.contains("big.sh"), "{shown}");
    // No command states a past that is not known any more.
    assert!(!shown.contains("\nlog ") && !shown.contains("\ncommand ") && shown.contains("\ncontent "), "{shown}");
    let explained = session.hven(&["explain", &big]).ok().out;
    assert!(explained.contains("mira deleted it on ") && explained.contains("it printed a secret"), "{explained}");
    assert!(!explained.contains("unknown runner") && explained.lines().count() == 2, "{explained}");
    let why = session.hven(&["why", &big]).ok();
    assert!(!why.out.contains("was not captured"), "{}", why.out);
    assert!(why.err.contains(&format!("run {big} was deleted by mira")), "{}", why.err);
    for arguments in [&["logs", &big][..], &["logs", &big, "--raw"], &["logs", &big, "--search", "x"]] {
        let logs = session.hven(arguments).ok();
        assert!(logs.out.is_empty() && logs.err.contains("was deleted by mira"), "{arguments:?}: {}", logs.shown());
    }
    for arguments in [&["get", &big][..], &["get", &big, "--inputs"], &["get", &big, "big.bin"]] {
        let files = session.hven(arguments);
        assert_eq!(files.status, Some(65), "{arguments:?}: {}", files.shown());
        assert!(files.err.contains("was deleted by mira") && !files.err.contains("no outputs"), "{}", files.err);
    }
    for arguments in [&["ps", "-a"][..], &["ps", "-a", "--all-kinds"], &["ps", "--archived"], &["ps", "-a", "--csv"]] {
        let listed = session.hven(arguments).ok().out;
        assert!(!listed.contains(&big), "{arguments:?}: {listed}");
    }
    let found = session.hven(&["logs", "--search", "secret word"]).ok();
    assert_eq!(found.out, "", "{}", found.shown());
    for (arguments, what) in [
        (vec!["log", "metric", "loss=1", "--run", &big], "a metric"),
        (vec!["log", "param", "a=1", "--run", &big], "a parameter"),
        (vec!["tag", &big, "--add", "x"], "a tag"),
        (vec!["archive", &big], "the archive"),
        (vec!["delete", &big, "--because", "again", "--yes"], "a deletion"),
    ] {
        let refused = session.hven(&arguments);
        assert!(refused.status != Some(0) && refused.err.contains("was deleted"), "{what}: {}", refused.shown());
    }
    let refused = session.hven(&["rerun", &big]);
    assert!(refused.status != Some(0) && refused.err.contains("cannot be run again"), "{}", refused.shown());
    let log = session.hven(&["log", "--kind", "run.deleted"]).ok().out;
    assert!(log.contains("was deleted: it printed a secret"), "{log}");

    // Young objects stay; later they are freed.
    let before = bytes_of_objects(&session);
    assert_eq!(session.hven(&["gc", "--json"]).ok().json()["bytes"], 0);
    assert_eq!(bytes_of_objects(&session), before);
    grow_old(&session);
    let freed = session.hven(&["gc", "--json"]).ok().json();
    let bytes = freed["bytes"].as_u64().expect("a number");
    assert!(bytes >= 300_000, "{freed}");
    assert_eq!(before - bytes_of_objects(&session), bytes, "{freed}");
    assert_eq!(session.hven(&["gc", "--json"]).ok().json()["bytes"], 0, "nothing is freed twice");
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
    assert_eq!(session.hven(&["logs", &kept]).ok().out, "hello\n");
    session.hven(&["down"]).ok();
    let doctor = session.hven(&["doctor", "--rebuild", "--json"]).json();
    let is_bad = |check: &&serde_json::Value| check["ok"] != true && check["name"] != "disk";
    let problems: Vec<_> = doctor["checks"].as_array().expect("checks").iter().filter(is_bad).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn several_runs_need_a_confirmation_and_running_ones_are_refused() {
    let session = Session::new();
    let (one, two) = (run(&session, "a", "true"), run(&session, "b", "true"));
    let refused = session.hven(&["delete", &one, "--because", "tests"]);
    assert!(refused.err.contains("there is no terminal to ask"), "{}", refused.err);
    let refused = session.hven(&["delete", &one, &two, "--because", "tests"]);
    assert_eq!(refused.status, Some(64), "{}", refused.shown());
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    session.hven(&["run", "-d", "--name", "long", "--", "sleep", "60"]).ok();
    let long = session.last();
    let refused = session.hven(&["delete", &one, &long, "--because", "tests", "--yes"]);
    assert!(refused.status != Some(0) && refused.err.contains("has not ended"), "{}", refused.shown());
    session.hven(&["cancel", &long]).ok();
    let both = session.hven(&["delete", &one, &two, "--because", "tests", "--yes", "--json"]).ok().json();
    assert_eq!((&both["schema"], both["runs"].as_array().map(Vec::len)), (&"hven.deleted_runs/1".into(), Some(2)));
}

#[test]
fn all_logs_are_searched() {
    let session = Session::new();
    let first = run(&session, "first", "echo start; echo 'CUDA error: out of memory'; echo end");
    let second = run(&session, "second", "printf '1%% loss=0.5\\r2%% loss=nan\\n'; echo done");
    let result = session.hven(&["logs", "--search", "cuda ERROR"]).ok();
    assert_eq!(result.out, format!("{first} first (home)\n     2  CUDA error: out of memory\n"));
    assert!(
        result.err.starts_with("1 match; 2 runs searched, ") && result.err.ends_with(" of logs\n"),
        "{}",
        result.err
    );
    let result = session.hven(&["logs", "--search", "LOSS=(nan|0)", "--regex", "-i", "-C", "1"]).ok();
    let expect = "     1 state 1  1% loss=0.5\n     1 state 2  2% loss=nan\n     2- done\n";
    assert_eq!(result.out, format!("{second} second (home)\n{expect}"));
    let json = session.hven(&["logs", "--search", "loss", "--json"]).ok().json();
    assert_eq!((&json["schema"], json["matches"].as_array().map(Vec::len)), (&"hven.found_in_logs/1".into(), Some(2)));
    let part = session.hven(&["logs", "--search", "loss", "-n", "1"]).ok();
    let cursor = part.err.rsplit(' ').next().expect("a word").trim().to_owned();
    assert!(part.err.contains("the rest was not searched"), "{}", part.err);
    let rest = session.hven(&["logs", "--search", "loss", "--cursor", &cursor]).ok();
    assert!(part.out.contains("loss=0.5"), "{}", part.out);
    let all = format!("{}{}", part.out, rest.out);
    assert_eq!(all.matches("loss=nan").count(), 1, "{all}");
    assert_eq!(session.hven(&["logs", "--search", "nothing like it"]).ok().out, "");
    let refused = session.hven(&["logs", "--search", "(", "--regex"]);
    assert!(refused.status == Some(65) && refused.err.contains("regular expression"), "{}", refused.shown());
    assert_eq!(session.hven(&["logs"]).status, Some(64));
    assert_eq!(session.hven(&["logs", "--search", "x", "--stderr"]).status, Some(64));
    let none = session.hven(&["logs", "--search", "loss", "--where", "state == 'failed'"]).ok();
    assert!(none.err.contains("0 runs searched"), "{}", none.err);
}

#[test]
fn views_are_saved_listed_used_and_removed() {
    let session = Session::new();
    for (name, loss) in [("good", "0.1"), ("bad", "0.9")] {
        run(&session, name, &format!("echo '{{\"loss\": {loss}}}' >> $HVEN_METRICS"));
    }
    assert!(session.hven(&["view", "ls"]).ok().out.starts_with("no views"));
    let save = ["view", "save", "Best runs", "--where", "loss < 0.5", "--sort", "loss", "--columns", "loss"];
    let saved = session.hven(&save).ok();
    assert!(
        saved.out.contains("where: loss < 0.5") && saved.out.contains("/runs?view=home%3ABest%20runs"),
        "{}",
        saved.out
    );
    let listed = session.hven(&["ps", "--view", "Best runs"]).ok();
    assert!(listed.out.contains("good") && !listed.out.contains("bad"), "{}", listed.out);
    let heading = listed.out.lines().next().expect("a heading");
    assert!(heading.trim_end().ends_with("loss"), "{heading}");
    let narrowed = session.hven(&["ps", "--view", "Best runs", "--where", "loss > 0.2", "--json"]).ok().json();
    assert_eq!(narrowed["items"], serde_json::json!([]));
    let refused = session.hven(&["view", "save", "Best runs", "--where", "loss > 0.5"]);
    assert!(refused.status == Some(75) && refused.err.contains("--replace"), "{}", refused.shown());
    session.hven(&["view", "save", "Best runs", "--where", "loss > 0.5", "--replace"]).ok();
    let worse = session.hven(&["ps", "--view", "home:Best runs"]).ok().out;
    assert!(worse.contains("bad") && !worse.contains("good"), "{worse}");
    session.hven(&["view", "rename", "Best runs", "Worst runs"]).ok();
    let views = session.hven(&["view", "ls", "--json"]).ok().json();
    assert_eq!(views["items"][0]["id"], "home:Worst runs");
    let gone = session.hven(&["ps", "--view", "Best runs"]);
    assert!(gone.status == Some(66) && gone.err.contains("hven view ls"), "{}", gone.shown());
    let unknown = session.hven(&["view", "save", "x", "--columns", "los"]);
    assert!(unknown.status == Some(64) && unknown.err.contains("\"los\""), "{}", unknown.shown());
    session.hven(&["view", "rm", "Worst runs"]).ok();
    assert!(session.hven(&["view", "ls"]).ok().out.starts_with("no views"));
    let told = session.hven(&["log", "--kind", "document.removed"]).ok().out;
    assert!(told.contains("the view home:Worst runs was removed"), "{told}");
}

#[test]
fn a_list_is_written_as_parquet() {
    let session = Session::new();
    for (name, loss) in [("good", "0.1"), ("bad", "0.9")] {
        let lines = format!("echo '{{\"loss\": {loss}}}' >> $HVEN_METRICS; hven log param opt=adam");
        run(&session, name, &lines.replace("hven log param", &format!("{} log param", env!("CARGO_BIN_EXE_hven"))));
    }
    let written = session.hven(&["ps", "-a", "--sort", "loss", "--parquet", "runs.parquet", "--json"]).ok().json();
    assert_eq!((&written["schema"], &written["text"]), (&"hven.runs_written/1".into(), &"2 runs".into()));
    let looked = session.hven(&["data", "look", "runs.parquet", "--json"]).ok().json();
    let profile = looked["look"]["report"]["profile"].as_array().expect("columns");
    let columns: Vec<&str> = profile.iter().filter_map(|column| column["column"].as_str()).collect();
    assert_eq!(&columns[..9], ["run", "id", "project", "name", "state", "submitted", "started", "ended", "wall_s"]);
    assert!(columns.contains(&"loss") && columns.contains(&"opt"), "{columns:?}");
    let both = session.hven(&["ps", "--csv", "--parquet", "x"]);
    assert_eq!(both.status, Some(64), "{}", both.shown());
    let unwritable = session.hven(&["ps", "-a", "--parquet", "no/such/folder/x.parquet"]);
    assert!(unwritable.err.contains("cannot be written"), "{}", unwritable.shown());
}
