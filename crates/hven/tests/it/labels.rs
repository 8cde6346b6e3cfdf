//! `hven tag`, `hven note`, `hven archive`: labels help to find runs and do not change their record.

use std::fs::{self, File};

use crate::{
    fit_script::{FIT_RUN, study},
    session::{Session, files_below, finish, snapshot, wait_until},
};

/// The handles in a list.
fn listed(session: &Session, arguments: &[&str]) -> Vec<String> {
    let page = session.hven(&[&["ps", "--json"][..], arguments].concat()).ok().json();
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|run| run["handle"].as_str().expect("a handle").to_owned()).collect()
}

/// Runs a command that succeeds. Returns the handle.
fn run(session: &Session, arguments: &[&str]) -> String {
    session.hven(&[&["run"][..], arguments, &["--", "true"][..]].concat()).ok();
    session.last()
}

/// The completions for the last word.
fn completed(session: &Session, words: &[&str]) -> String {
    let mut command = session.command(&[&["--", "hven"][..], words].concat());
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_IFS", "\n");
    finish(command.spawn().expect("it starts")).ok().out
}

#[test]
fn runs_are_tagged_and_found_by_their_tags() {
    let session = Session::new();
    let plain = run(&session, &[]);
    assert!(!session.hven(&["ps", "-a"]).ok().out.contains("TAGS"), "no run has tags");
    let tagged = run(&session, &["--tag", "night", "--tag", "paper-2"]);
    let result =
        session.hven(&["tag", &plain, &tagged, "--add", "good,行星/1", "--add", "v1.2", "--remove", "night"]).ok();
    snapshot!(session, result, @r"
    status 0
    ---- out
    run [run]  good v1.2 行星/1
    run [run]  good paper-2 v1.2 行星/1
    ");
    let shown = session.hven(&["tag", &plain, &tagged, "--json"]).ok().json();
    assert_eq!(shown["schema"], "hven.labelled/1");
    let tags: Vec<_> = shown["runs"].as_array().expect("runs").iter().map(|run| run["tags"].to_string()).collect();
    assert_eq!(tags, [r#"["good","v1.2","行星/1"]"#, r#"["good","paper-2","v1.2","行星/1"]"#]);
    assert_eq!(listed(&session, &["--tag", "good"]), [tagged.clone(), plain.clone()]);
    assert_eq!(listed(&session, &["--tag", "good", "--tag", "paper-2"]), [tagged.as_str()]);
    assert_eq!(listed(&session, &["--tag", "good,paper-2", "--state", "failed"]), [""; 0]);
    let result = session.hven(&["ps", "--tag", "paper-2"]).ok();
    snapshot!(session, result, @r"
    status 0
    ---- out
    RUN  STATE  PROJECT  WHAT  TAGS  SUBMITTED  TIME
    [run]  done  home  true  good paper-2 v1.2 行星/1  [ago]  [duration]
    ");
    let show = session.hven(&["show", &tagged]).ok().out;
    assert!(show.lines().any(|line| line.starts_with("tags ") && line.ends_with("good paper-2 v1.2 行星/1")), "{show}");
    let log = session.hven(&["log", "--kind", "run.tagged", "--oldest"]).ok().out;
    assert!(
        log.contains("was tagged: night, paper-2") && log.contains("good, v1.2, 行星/1 added, night removed"),
        "{log}"
    );
    assert!(completed(&session, &["ps", "--tag", "pa"]).contains("paper-2"));
    let words = completed(&session, &["tag", "last", "--add", "good,v"]);
    assert!(words.contains("v1.2") && !words.contains("paper-2"), "{words}");
    let result = session.hven(&["tag", &plain]).ok();
    assert!(result.out.contains("good v1.2"), "{}", result.out);
    session.hven(&["tag", &plain, "--remove", "good,v1.2,行星/1"]).ok();
    assert!(session.hven(&["tag", &plain]).ok().out.contains("no tags"));
}

#[test]
fn a_run_that_cannot_be_tagged_is_reported_and_the_others_are_tagged() {
    let session = Session::new();
    let one = run(&session, &[]);
    let result = session.hven(&["tag", "0000", &one, "--add", "good"]);
    assert_eq!(result.status, Some(66), "{}", result.err);
    assert!(result.err.contains("there is no run \"0000\""), "{}", result.err);
    assert_eq!(listed(&session, &["--tag", "good"]), [one.as_str()]);
    for (arguments, status, why) in [
        (&["tag", "last", "--add", "a b"][..], 65, "only letters, digits"),
        (&["tag", "last", "--add", "x", "--remove", "x"][..], 65, "added and removed at once"),
        (&["tag", "--add", "x"][..], 64, "required"),
        (&["ps", "--tag", "a b"][..], 65, "only letters, digits"),
        (&["run", "--tag", "a b", "--", "true"][..], 125, "only letters, digits"),
        (&["note", "last", ""][..], 65, "the note is empty"),
        (&["note", "last", "x", "--clear"][..], 64, "cannot be used with"),
        (&["note", "last", &"x".repeat(17_000)][..], 65, "at most 16,384"),
    ] {
        let result = session.hven(arguments);
        assert_eq!(result.status, Some(status), "{arguments:?}: {}", result.err);
        assert!(result.err.contains(why), "{arguments:?}: {}", result.err);
    }
    let input = "x".repeat(20_000);
    session.write("long.txt", &input);
    let mut command = session.command(&["note", "last", "-"]);
    command.stdin(File::open(session.cwd().join("long.txt")).expect("it is there"));
    let result = finish(command.spawn().expect("it starts"));
    assert_eq!(result.status, Some(65), "{}", result.err);
    assert_eq!(session.hven(&["note", "last", "--json"]).ok().json()["note"], serde_json::Value::Null);
}

#[test]
fn a_note_is_written_printed_and_removed() {
    let session = Session::new();
    let run = run(&session, &[]);
    let result = session.hven(&["note", &run]).ok();
    assert_eq!(result.out, "");
    assert!(result.err.contains("has no note"), "{}", result.err);
    session.hven(&["note", &run, "the baseline"]).ok();
    assert_eq!(session.hven(&["note", "last"]).ok().out, "the baseline\n");
    let text = "# Remarks\n\nworse than before; 行星\n";
    session.hven_with_input(&["note", &run, "-"], text).ok();
    assert_eq!(session.hven(&["note", &run]).ok().out, text);
    let note = session.hven(&["note", &run, "--json"]).ok().json();
    assert_eq!(note["schema"], "hven.note/1");
    assert_eq!((&note["handle"], &note["note"]["text"]), (&run.as_str().into(), &text.trim_end().into()));
    assert_eq!(note["note"]["by"]["kind"], "user");
    let show = session.hven(&["show", &run]).ok().out;
    assert!(show.contains("# Remarks") && show.contains("worse than before; 行星"), "{show}");
    assert_eq!(session.hven(&["show", &run, "--json"]).ok().json()["note"], note["note"]);
    let story = session.hven(&["log", "--kind", "run.noted", "--oldest"]).ok().out;
    assert!(story.contains("was written: the baseline") && story.contains("was written: # Remarks …"), "{story}");
    session.hven(&["note", &run, "--clear"]).ok();
    assert_eq!(session.hven(&["note", &run]).ok().out, "");
    assert!(!session.hven(&["show", &run]).ok().out.contains("Remarks"));
}

#[test]
fn an_archived_run_is_hidden_in_lists_and_still_in_the_record() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    let fit = session.last();
    let other = run(&session, &[]);
    let result = session.hven(&["archive", &fit]).ok();
    snapshot!(session, result, @r"
    status 0
    ---- out
    run [run]  archived
    ");
    assert_eq!(listed(&session, &["-a"]), [other.as_str()]);
    assert_eq!(listed(&session, &["--archived"]), [fit.as_str()]);
    assert!(session.hven(&["show", &fit]).ok().out.contains("archived"));
    assert!(session.hven(&["logs", &fit]).ok().out.contains("read 2 rows"));
    assert!(completed(&session, &["unarchive", ""]).contains(&fit));
    assert!(!completed(&session, &["archive", ""]).contains(&fit));
    // The archived run still counts as up to date, and gets the new tags.
    let again = session.hven(&[&["run", "--tag", "again"][..], &FIT_RUN[1..]].concat()).ok();
    assert!(again.err.contains("up to date"), "{}", again.err);
    let out_of_it = format!("run {fit} is archived, so lists leave it out: `hven unarchive {fit}` lists it");
    assert!(again.err.contains(&out_of_it), "{}", again.err);
    assert_eq!(listed(&session, &["--archived", "--tag", "again"]), [fit.as_str()]);
    session.hven(&["archive", &other]).ok();
    assert_eq!(session.last(), other, "`last` is the newest, archived or not");
    assert!(session.hven(&["ps", "-a"]).ok().out.contains("no runs here"));
    session.hven(&["unarchive", &fit, &other]).ok();
    assert_eq!(listed(&session, &["-a"]), [other, fit]);
    assert!(session.hven(&["ps", "--archived"]).ok().out.contains("no run is archived"));

    let waits = ["run", "-d", "--hold", "--tag", "later", "--", "true"];
    session.hven(&waits).ok();
    let result = session.hven(&["archive", "last"]);
    assert_eq!(result.status, Some(75), "{}", result.err);
    assert!(result.err.contains("has not ended, so it cannot be archived"), "{}", result.err);
    assert_eq!(listed(&session, &["--tag", "later"]), [session.last()]);
    session.hven(&["cancel", "last"]).ok();
    wait_until("it is cancelled", || session.run_state("last") == "cancelled");
}

#[test]
fn the_steps_of_a_manifest_are_tagged_together() {
    let session = Session::new();
    session.write("hven.toml", "[run.one]\ncommand = \"echo one\"\n[run.two]\ncommand = \"echo two\"\n");
    session.hven(&["run", "--tag", "study"]).ok();
    assert_eq!(listed(&session, &["--tag", "study"]).len(), 2);
}

#[test]
fn labels_are_not_used_by_claims_and_not_published() {
    let session = study();
    let run = [&["run", "--name", "fit", "--tag", "diary-tag"][..], &FIT_RUN[1..]].concat();
    session.hven(&run).ok();
    let fit = session.last();
    session.hven(&["claim", "state", "fast", "--evidence", "run.fit", "--test", "loss < 1", "It is fast."]).ok();
    session.hven(&["note", &fit, "dear diary-note"]).ok();
    session.hven(&["archive", &fit]).ok();
    let judged = session.hven(&["claim", "judge", "fast", "--json"]).ok().json();
    assert_eq!(judged["verdict"], "holds", "it rests on an archived run as on any other");
    let why = session.hven(&["why", "claim/fast"]).ok().out;
    assert!(why.contains(&fit), "{why}");
    session.hven(&["publish", "fast", "-o", "out"]).ok();
    let files = files_below(&session.cwd().join("out"));
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let bytes = fs::read(&file).expect("read");
        assert!(!String::from_utf8_lossy(&bytes).contains("diary"), "{}", file.display());
    }
}
