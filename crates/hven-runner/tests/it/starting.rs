//! The start of processes, their environment, and their own end.

use std::{fs, os::unix::fs::PermissionsExt as _};

use hven_api::runner::Tracker;
use hven_core::{
    file_name,
    resources::Resources,
    run::Outcome,
    stream::{Source, Stream},
};

use crate::setup::Setup;

#[test]
fn a_task_that_does_nothing_is_done() {
    let setup = Setup::new();
    let attempt = setup.submit(&["true"], |_| {});
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert!(result.started <= result.ended && result.wall_s > 0.0 && result.wall_s < 30.0);
    assert!(result.usage.memory_max_bytes > 0);
    assert_eq!(result.log.bytes, 0);
    setup.wait_for_removal(attempt);
}

#[test]
fn exit_statuses_and_signals_are_reported() {
    let setup = Setup::new();
    assert_eq!(setup.run("exit 3").0.outcome, Outcome::Failed { exit: 3 });
    assert_eq!(setup.run("kill -SEGV $$").0.outcome, Outcome::Killed { signal: 11 });
    let (result, seen) = setup.run("echo one; echo two >&2; exec 1>&-; echo three >&2");
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!((seen.text(Source::Stdout), seen.text(Source::Stderr)), ("one\n".into(), "two\nthree\n".into()));
    assert_eq!(result.log.bytes, seen.streams[&Stream::Log].len() as u64);
}

#[test]
fn folders_programs_and_arguments_may_contain_any_bytes() {
    let setup = Setup::new();
    let cwd = setup.work().join(file_name::from_text("w\u{eff6}rk"));
    fs::create_dir(&cwd).expect("a folder");
    let tool = cwd.join(file_name::from_text("t\u{eff6}ol"));
    fs::write(&tool, "#!/bin/sh\npwd | od -An -c | tr -d ' \\n'; cat -- \"$1\"\n").expect("a file");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("a mode");
    for (name, text) in [("\u{efe4}", "a"), ("\u{eff6}", "o"), ("\u{efee}\u{efbf}\u{efa4}", "private")] {
        fs::write(cwd.join(file_name::from_text(name)), text).expect("a file");
        let attempt = setup.submit(&["./t\u{eff6}ol", name], |start| start.cwd = file_name::to_text(&cwd));
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
        let said = setup.seen(attempt).text(Source::Stdout);
        assert!(said.contains("w366rk") && said.ends_with(text), "{said}");
    }
    let attempt = setup.submit(&["n\u{eff6}ne"], |start| start.cwd = file_name::to_text(&cwd));
    let Outcome::NotStarted { why } = setup.end_of(attempt).outcome else { panic!("it was started") };
    assert!(why.contains("n\\xF6ne"), "{why}");
}

#[test]
fn a_process_gets_exactly_the_given_environment() {
    let setup = Setup::new();
    let script = "env; umask; pwd; cat; ls /proc/self/fd | wc -l; ps -o sid= -p $$ | grep -qw $$ && echo leader; \
                  grep -E 'Sig(Blk|Ign)' /proc/self/status";
    let attempt = setup.submit(&["sh", "-c", script], |start| {
        start.umask = 0o027;
        start.environment.insert("GREETING".to_owned(), "hello world".to_owned());
        start.secrets.insert("KEY".to_owned(), "s3cr3t-value".to_owned());
    });
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    let text = setup.seen(attempt).text(Source::Stdout);
    let lines: Vec<&str> = text.lines().collect();
    let work = setup.work().to_string_lossy().into_owned();
    for want in [
        "GREETING=hello world",
        "KEY=***",
        "HVEN_TOKEN=attempt-token",
        "PYTHONUNBUFFERED=1",
        "0027",
        &work,
        "4",
        "leader",
    ] {
        assert!(lines.contains(&want), "{want} in {text}");
    }
    let run = attempt.run.to_string();
    for (name, value) in [("HVEN_RUN_ID", run.as_str()), ("HVEN_ATTEMPT", &attempt.to_string())] {
        assert!(lines.contains(&format!("{name}={value}").as_str()), "{name} in {text}");
    }
    assert!(text.contains("HVEN_URL=http://127.0.0.1:") && text.contains("HVEN_METRICS="));
    assert!(!text.contains("HOME="), "the runner's own environment is not inherited");
    for mask in lines.iter().filter(|line| line.starts_with("Sig")) {
        assert!(mask.ends_with("0000000000000000"), "{mask}");
    }
}

#[test]
fn a_failed_start_gives_the_reason() {
    let setup = Setup::new();
    let file = |name: &str, text: &str, mode: u32| {
        let path = setup.work().join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    file("plain", "echo a script without a first line\n", 0o755);
    file("orphan", "#!/opt/none/perl\n", 0o755);
    file("text", "words", 0o644);
    let why = |argv: &[&str], change: &dyn Fn(&mut hven_api::runner::Start)| {
        let attempt = setup.submit(argv, change);
        match setup.end_of(attempt).outcome {
            Outcome::NotStarted { why } => {
                assert_eq!(setup.seen(attempt).started, 0);
                why
            }
            other => other.to_string(),
        }
    };
    let check = |argv: &[&str], want: &str| {
        let why = why(argv, &|_| {});
        assert!(why.contains(want), "{argv:?}: {why}");
    };
    check(&["gti", "status"], "did you mean \"git\"?");
    check(&["python3 train.py"], "give the words of the command unquoted");
    check(&["./none"], "there is no file");
    check(&["./orphan"], "the interpreter /opt/none/perl");
    check(&["./text"], "chmod +x");
    check(&["./"], "is a folder");
    check(&[], "the command is empty");
    check(&["./plain"], "done");
    let gone = why(&["true"], &|start| start.cwd = "/nowhere/at/all".to_owned());
    assert_eq!(gone, "the working directory /nowhere/at/all does not exist on this machine");
    let relative = why(&["true"], &|start| start.cwd = "here".to_owned());
    assert!(relative.contains("not an absolute path"), "{relative}");
    let null = why(&["echo", "a\0b"], &|_| {});
    assert!(null.contains("null byte"), "{null}");
    let hidden = why(&["swordfish-9"], &|start| drop(start.secrets.insert("S".into(), "swordfish-9".into())));
    assert!(hidden.contains("***") && !hidden.contains("swordfish"), "{hidden}");
}

#[test]
fn a_folder_without_permission_is_named() {
    let setup = Setup::without_rights();
    let closed = setup.work().join("closed");
    fs::create_dir(&closed).expect("a folder");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("a mode");
    let attempt = setup.submit(&["true"], |start| start.cwd = closed.to_string_lossy().into_owned());
    let Outcome::NotStarted { why } = setup.end_of(attempt).outcome else { panic!("it started") };
    assert!(why.contains("may not be entered: its mode is 000"), "{why}");
    // The runner continues.
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
}

#[test]
fn tasks_wait_for_resources_in_order() {
    let setup = Setup::with(&["--cpus", "1", "--resource", "gpu=1"]);
    let gate = setup.work().join("gate");
    let first = setup.script(&format!("while [ ! -e {} ]; do sleep 0.02; done", gate.display()));
    let with_gpu = setup.submit(&["sh", "-c", "echo gpu >> order"], |start| {
        start.resources = Resources { cpus: 0, memory_bytes: 0, named: [("gpu".to_owned(), 1)].into() };
    });
    let rest: Vec<_> = (0..20).map(|i| setup.script(&format!("echo {i} >> order"))).collect();
    assert_eq!(setup.end_of(with_gpu).outcome, Outcome::Done, "a task that needs no core does not wait for one");
    assert!(setup.seen(first).ends.is_empty());
    fs::write(&gate, "").expect("a file");
    for &attempt in &rest {
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    }
    let order = fs::read_to_string(setup.work().join("order")).expect("a file");
    let want: String = ["gpu\n".to_owned()].into_iter().chain((0..20).map(|i| format!("{i}\n"))).collect();
    assert_eq!(order, want);
}

#[test]
fn clients_of_other_trackers_find_the_server_unless_the_user_chose_another() {
    let setup = Setup::new();
    let tracker = Tracker {
        address_variable: "TRACKER_URI".to_owned(),
        token_variable: "TRACKER_TOKEN".to_owned(),
        token: "a-token".to_owned(),
    };
    let script = ["sh", "-c", "echo $TRACKER_URI $TRACKER_TOKEN $HVEN_URL"];
    let printed = |address: Option<&str>| {
        let attempt = setup.submit(&script, |start| {
            start.trackers = vec![tracker.clone()];
            start.environment.extend(address.map(|address| ("TRACKER_URI".to_owned(), address.to_owned())));
        });
        setup.end_of(attempt);
        let seen = setup.seen_after_end(attempt);
        (seen.text(Source::Stdout), seen.text(Source::Hven))
    };
    let (own, remarks) = printed(None);
    let words: Vec<&str> = own.split_whitespace().collect();
    assert_eq!((words[0], words[1], remarks.as_str()), (words[2], "a-token", ""));
    let (foreign, remarks) = printed(Some("http://elsewhere"));
    assert_eq!(foreign.split_whitespace().next(), Some("http://elsewhere"));
    assert!(!foreign.contains("a-token"), "{foreign}");
    assert!(remarks.contains("TRACKER_URI was set already"), "{remarks}");
    // A run that was submitted by another run of this server has inherited the address.
    let (nested, remarks) = printed(Some(words[2]));
    assert_eq!((nested.split_whitespace().nth(1), remarks.as_str()), (Some("a-token"), ""));
}
