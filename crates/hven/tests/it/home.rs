//! The home: its place, its checks, backups and erasures.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::DirBuilderExt,
    process::{Command, Stdio},
};

use crate::{
    fit_script::{FIT_RUN, study},
    session::{Session, finish, snapshot, wait_until},
};

/// One process has the SQLite file open: a program that reads it prevents the start of a server, and vice versa.
#[test]
fn only_one_process_opens_the_database() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let database = session.home().join("record.db");
    assert!(!session.home().join("record.db-shm").exists(), "the index of the WAL lies in memory");
    let look = "import sqlite3, sys\n\
                opened = sqlite3.connect(sys.argv[1], timeout=0)\n\
                print(opened.execute('SELECT COUNT(*) > 0 FROM facts').fetchone()[0])\n\
                sys.stdout.flush()\n\
                sys.stdin.read()\n";
    let python = || {
        let mut command = Command::new("python3");
        command.args(["-c", look]).arg(&database).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("python3")
    };
    let refused = finish(python());
    assert!(refused.err.contains("database is locked"), "{}", refused.err);
    session.hven(&["down"]).ok();

    let mut looking = python();
    let mut line = String::new();
    BufReader::new(looking.stdout.take().expect("it was piped")).read_line(&mut line).expect("a line");
    assert_eq!(line, "1\n");
    let result = session.hven(&["ps", "-a"]);
    assert_eq!(result.status, Some(75), "{}", result.shown());
    assert!(result.err.contains("another program has") && result.err.contains("record.db open"), "{}", result.err);
    drop(looking.stdin.take());
    looking.wait().expect("it ends");
    assert!(session.hven(&["ps", "-a"]).ok().out.contains("done"));
}

#[test]
fn settings_are_shown_with_their_origins() {
    let session = Session::new();
    session.write("hven.toml", "[project]\nname = \"astro/kepler\"\n[run.law]\nrecipe = \"law\"\n");
    fs::DirBuilder::new().mode(0o700).create(session.home()).expect("made");
    fs::write(session.home().join("config.toml"), "[defaults]\nmemory = \"1GiB\"\n").expect("written");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(session.home().join("config.toml"), private).expect("ours");
    let mut command = session.command(&["config", "--origin"]);
    let result = finish(command.env("HVEN_CPUS", "2").spawn().expect("it starts"));
    snapshot!(session, result, @r"
    status 0
    ---- out
    SETTING  VALUE  FROM  VARIABLE
    home  [folder]/home  HVEN_HOME  HVEN_HOME
    project  astro/kepler  [folder]/study/hven.toml  HVEN_PROJECT
    defaults.cpus  2  HVEN_CPUS  HVEN_CPUS
    defaults.memory  1GiB  [folder]/home/config.toml  HVEN_MEMORY
    defaults.time  –  not set  HVEN_TIME
    defaults.memory_limit  –  not set  HVEN_MEMORY_LIMIT
    defaults.output_limit  –  not set  HVEN_OUTPUT_LIMIT
    defaults.grace  10s  default  HVEN_GRACE
    defaults.retries  0  default  HVEN_RETRIES
    defaults.env_record  –  not set  HVEN_ENV_RECORD
    code.files_max  5000  default  HVEN_CODE_FILES_MAX
    code.bytes_max  64MiB  default  HVEN_CODE_BYTES_MAX
    runner.resources  –  not set  HVEN_RUNNER_RESOURCES
    runner.nvml  –  not set  HVEN_RUNNER_NVML
    sharing.half_life  1d  default  HVEN_SHARING_HALF_LIFE
    sharing.user_cpus  –  not set  HVEN_SHARING_USER_CPUS
    sharing.user_runs  –  not set  HVEN_SHARING_USER_RUNS
    sharing.project_cpus  –  not set  HVEN_SHARING_PROJECT_CPUS
    sharing.project_runs  –  not set  HVEN_SHARING_PROJECT_RUNS
    server.port  0  HVEN_PORT  HVEN_PORT
    server.idle_exit  15min  default  HVEN_IDLE_EXIT
    server.database  sqlite  default  HVEN_DATABASE
    server.log  info  default  HVEN_LOG
    ");
    let json = session.hven(&["config", "--json"]).ok().json();
    assert_eq!(json["schema"], "hven.config/1");
    fs::write(session.home().join("config.toml"), "[defaults]\nmemroy = \"1GiB\"\n").expect("written");
    snapshot!(session, session.hven(&["config"]), @r#"
    status 78
    ---- err
    error: [folder]/home/config.toml has an unknown setting "defaults.memroy"
    hint: is `defaults.memory` meant?
    "#);
}

#[test]
fn a_home_is_found_in_a_parent_folder_and_created_on_first_use() {
    let session = Session::new();
    let here = |arguments: &[&str]| {
        let mut command = session.command(arguments);
        finish(command.env_remove("HVEN_HOME").spawn().expect("it starts"))
    };
    let result = here(&["ps"]);
    assert_eq!(result.status, Some(66), "there is none yet");
    here(&["run", "--", "true"]).ok();
    let made = session.root().join("user/.local/share/hven");
    assert!(made.join("FORMAT").exists());
    here(&["down"]).ok();
    fs::create_dir(session.root().join(".hven")).expect("made");
    let config = here(&["config", "--json"]).ok().json();
    let home = config["home"].as_str().expect("a path");
    assert!(home.ends_with("/.hven"), "{home}");
}

#[test]
fn the_home_of_another_user_is_refused() {
    let session = Session::new();
    let foreign = if rustix::process::getuid().is_root() {
        let path = session.root().join("theirs");
        fs::create_dir(&path).expect("made");
        std::os::unix::fs::chown(&path, Some(12345), None).expect("root may");
        path
    } else {
        "/".into()
    };
    let home = foreign.display().to_string();
    let result = session.hven(&["--home", &home, "run", "--", "true"]);
    assert_eq!(result.status, Some(125));
    assert!(result.err.contains("belongs to another user"), "{}", result.err);
    assert_eq!(session.hven(&["--home", &home, "ps"]).status, Some(77));
}

#[test]
fn a_sound_home_passes_its_checks_with_and_without_its_server() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    let online = session.hven(&["audit", "verify", "--json"]).ok().json();
    assert_eq!((&online["schema"], &online["sound"]), (&"hven.audit/1".into(), &true.into()));
    // With a server, the command lists what it did not check, and reports no result for it.
    let doctor = session.hven(&["doctor", "--json"]).ok().json();
    assert_eq!((&doctor["healthy"], &doctor["complete"]), (&true.into(), &false.into()), "{doctor}");
    let check_named = |doctor: &serde_json::Value, what: &str| {
        let checks = doctor["checks"].as_array().expect("checks").iter();
        let found: Vec<_> = checks.filter(|check| check["what"] == what).cloned().collect();
        assert_eq!(found.len(), 1, "{what}: {doctor}");
        found[0].clone()
    };
    for what in ["record", "objects"] {
        let check = check_named(&doctor, what);
        assert!(check["found"].to_string().contains("not checked"), "{check}");
        assert!(check["hint"].to_string().contains("hven audit verify"), "{check}");
    }
    let busy = session.hven(&["doctor", "--rebuild"]);
    assert_eq!(busy.status, Some(75), "{}", busy.err);
    session.hven(&["down"]).ok();
    let offline = session.hven(&["audit", "verify", "--json"]).ok().json();
    assert_eq!(offline["sound"], true);
    assert!(offline["facts"].as_u64() >= online["facts"].as_u64());
    let doctor = session.hven(&["doctor", "--rebuild", "--json"]).ok().json();
    assert_eq!((&doctor["schema"], &doctor["healthy"]), (&"hven.doctor/1".into(), &true.into()));
    assert_eq!(doctor["complete"], true, "{doctor}");
    for what in ["record", "objects"] {
        assert!(check_named(&doctor, what)["hint"].is_null(), "{doctor}");
    }
}

#[test]
fn a_backup_can_be_restored() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    let runs = |home: &str| session.hven(&["--home", home, "ps", "-a", "--json"]).ok().json()["items"].clone();
    let home = session.home().display().to_string();
    let before = runs(&home);
    session.hven(&["backup", "running.tar"]).ok();
    session.hven(&["down"]).ok();
    session.hven(&["backup", "resting.tar"]).ok();
    for (file, folder) in [("running.tar", "one"), ("resting.tar", "two")] {
        let result = session.hven(&["restore", file, folder]).ok();
        assert!(result.out.contains("restored and checked"), "{}", result.out);
        let restored = session.cwd().join(folder).display().to_string();
        assert_eq!(runs(&restored), before);
        session.hven(&["--home", &restored, "down"]).ok();
    }
    let result = session.hven(&["restore", "running.tar", "one"]);
    assert_eq!(result.status, Some(75), "the folder is not empty: {}", result.err);
    assert_eq!(session.hven(&["restore", "nothing.tar", "three"]).status, Some(66));
}

/// A file of an output folder is damaged on disk: the audit names it, a backup reports it as missing, and it is
/// restored.
#[test]
fn a_damaged_file_of_a_folder_is_named_and_healed() {
    let session = Session::new();
    let make = "mkdir -p out/deep; echo one > out/a; echo two > out/deep/b";
    session.hven(&["run", "-o", "out", "--", "sh", "-c", make]).ok();
    session.hven(&["backup", "good.tar"]).ok();
    let digest = hven_core::Digest::of(b"two\n").to_string();
    let path = session.home().join("objects").join(&digest[..2]).join(&digest[2..]);
    let flip = || {
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
        fs::write(&path, "twp\n").expect("written");
    };
    flip();
    let audit = session.hven(&["audit", "verify"]);
    assert_eq!(audit.status, Some(1), "{}", audit.out);
    assert!(audit.out.contains("out/deep/b of run") && audit.out.contains(&digest), "{}", audit.out);
    let json = session.hven(&["audit", "verify", "--json"]).json();
    let named = json["objects_named"].as_u64().expect("a number");
    assert_eq!(json["objects_checked"].as_u64().map(|checked| checked + 1), Some(named), "{json}");
    assert!(json["bytes_checked"].as_u64() > Some(0), "{json}");
    let made = session.hven(&["backup", "lacking.tar"]);
    assert_eq!(made.status, Some(1), "{}", made.err);
    assert!(made.err.contains("lacks 1 object") && made.err.contains("out/deep/b of run"), "{}", made.err);
    let restored = session.hven(&["restore", "lacking.tar", "restored"]);
    assert_eq!(restored.status, Some(1), "{}", restored.err);
    assert!(restored.err.contains("lacks 1 object"), "{}", restored.err);
    assert_eq!(session.hven(&["doctor", "--heal"]).status, Some(75), "the server has the home");
    session.hven(&["down"]).ok();
    fs::rename(session.cwd().join("out"), session.cwd().join("elsewhere")).expect("renamed");
    let not_healed = session.hven(&["doctor", "--heal"]);
    assert_eq!(not_healed.status, Some(1), "{}", not_healed.out);
    assert!(not_healed.out.contains("0 objects healed, 1 left"), "{}", not_healed.out);
    let healed = session.hven(&["doctor", "--heal", "--from", "good.tar", "--json"]).ok().json();
    assert_eq!(healed["healed"][0]["digest"], digest.as_str(), "{healed}");
    assert_eq!(fs::read_to_string(&path).expect("it is back"), "two\n");
    // A file that still exists in the folder is restored without a backup.
    fs::rename(session.cwd().join("elsewhere"), session.cwd().join("out")).expect("renamed");
    flip();
    let healed = session.hven(&["doctor", "--heal"]).ok();
    assert!(healed.out.contains("healed out/deep/b of run"), "{}", healed.out);
    // When the work is repeated, the same bytes replace the damaged ones.
    flip();
    session.hven(&["run", "--fresh", "-o", "out", "--", "sh", "-c", make]).ok();
    let audit = session.hven(&["audit", "verify"]).ok();
    assert!(audit.out.contains("read, ") && audit.out.contains("as their digests say"), "{}", audit.out);
    assert!(session.hven(&["backup", "again.tar"]).ok().out.contains("read again and checked"));
}

/// A run that was active at the backup is lost in the restored home; it is not reported as never started.
#[test]
fn runs_active_at_a_backup_are_lost_after_a_restore() {
    let session = Session::new();
    session.hven(&["run", "-d", "--", "sleep", "1000"]).ok();
    wait_until("it runs", || session.run_state("last") == "running");
    session.hven(&["backup", "running.tar"]).ok();
    session.hven(&["cancel", "last"]).ok();
    session.hven(&["restore", "running.tar", "restored"]).ok();
    let restored = session.cwd().join("restored").display().to_string();
    let shown = || session.hven(&["--home", &restored, "show", "last", "--json"]).ok().json();
    wait_until("its end is recorded", || shown()["ended"].is_string());
    let run = shown();
    assert_eq!((&run["state"], &run["attempts"]), (&"lost".into(), &1.into()), "{run}");
    assert!(run["wall_s"].is_null(), "nothing measured it: {run}");
    let explained = session.hven(&["--home", &restored, "explain", "last"]).ok();
    assert!(explained.out.contains("lost: its spool is not in this home"), "{}", explained.out);
    session.hven(&["--home", &restored, "down"]).ok();
}

/// A file size limit is an error of the write, and does not end the command.
#[test]
fn a_limit_of_file_sizes_ends_no_command() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["down"]).ok();
    fs::remove_file(session.home().join("reserve")).expect("it is there");
    let mut doctor = session.limited("-f 100", &["doctor"]);
    let result = finish(doctor.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell"));
    assert!(result.status.is_some_and(|status| status < 128), "{}", result.shown());
}

/// A home that another machine did not close is served again with one command, which the error names.
#[test]
fn a_home_of_another_machine_is_taken_over_in_the_background() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["down"]).ok();
    let lock = r#"{"host":"uraniborg","pid":1601,"boot_id":"x","started":"2026-01-01T00:00:00Z"}"#;
    fs::write(session.home().join("hven.lock"), lock).expect("written");
    let refused = session.hven(&["ps", "-a"]);
    assert_eq!(refused.status, Some(75), "{}", refused.shown());
    assert!(refused.err.contains("uraniborg"), "{}", refused.err);
    assert!(refused.err.contains("hven up --detach --take-over"), "{}", refused.err);
    session.hven(&["up", "--detach", "--take-over"]).ok();
    session.hven(&["ps", "-a"]).ok();
}

/// Damage of an output is detected when the output is restored: the work is then repeated.
#[test]
fn a_damaged_output_is_made_again() {
    let session = Session::new();
    session.write("in.txt", "1\n");
    let make = ["run", "-i", "in.txt", "-o", "sum.txt", "--", "sh", "-c", "echo three > sum.txt"];
    session.hven(&make).ok();
    let digest = hven_core::Digest::of(b"three\n").to_string();
    let path = session.home().join("objects").join(&digest[..2]).join(&digest[2..]);
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
    fs::write(&path, "throe\n").expect("written");
    fs::remove_file(session.cwd().join("sum.txt")).expect("removed");
    let result = session.hven(&make).ok();
    assert!(result.err.contains("run again, because the output sum.txt of run"), "{result:?}");
    assert_eq!(session.read("sum.txt"), "three\n");
    fs::remove_file(session.cwd().join("sum.txt")).expect("removed");
    assert!(session.hven(&make).ok().err.contains("1 file put back"));
}

/// An input and a file of code must stay in the home after the submission; the audit names lost ones.
#[test]
fn a_lost_input_and_a_lost_file_of_code_are_named() {
    let session = Session::new();
    session.write("planets.csv", "name,period\n");
    session.write("fit.py", "print(1)\n");
    session.hven(&["run", "-i", "planets.csv", "--", "cat", "planets.csv"]).ok();
    session.hven(&["audit", "verify"]).ok();
    for text in ["name,period\n", "print(1)\n"] {
        let digest = hven_core::Digest::of(text.as_bytes()).to_string();
        let path = session.home().join("objects").join(&digest[..2]).join(&digest[2..]);
        let elsewhere = session.root().join("elsewhere");
        fs::rename(&path, &elsewhere).expect("it is there");
        let audit = session.hven(&["audit", "verify"]);
        assert_eq!(audit.status, Some(1), "{}", audit.out);
        assert!(audit.out.contains("it is missing"), "{}", audit.out);
        fs::rename(&elsewhere, &path).expect("moved back");
        session.hven(&["audit", "verify"]).ok();
    }
}

#[test]
fn a_backup_that_was_cut_off_is_refused() {
    let session = Session::new();
    session.hven(&["run", "-o", "out", "--", "sh", "-c", "mkdir out; echo one > out/a; echo two > out/b"]).ok();
    session.hven(&["down"]).ok();
    session.hven(&["backup", "whole.tar"]).ok();
    let piped = session.hven(&["backup", "-"]);
    assert_eq!(piped.status, Some(0), "{}", piped.err);
    let whole = fs::read(session.cwd().join("whole.tar")).expect("written");
    // Cuts the two blocks of zeros at the end, and the last file with its header.
    let objects: Vec<usize> =
        (0..whole.len()).step_by(512).filter(|at| whole[*at..].starts_with(b"objects/")).collect();
    let last = *objects.last().expect("there are objects");
    fs::write(session.cwd().join("cut.tar"), &whole[..last]).expect("written");
    let refused = session.hven(&["restore", "cut.tar", "restored"]);
    assert_eq!(refused.status, Some(74), "{}", refused.err);
    assert!(
        refused.err.contains("the backup does not contain") && refused.err.contains("--incomplete"),
        "{}",
        refused.err
    );
    assert!(!session.cwd().join("restored").exists());
    let taken = session.hven(&["restore", "cut.tar", "restored", "--incomplete"]);
    assert_eq!(taken.status, Some(1), "{}", taken.err);
}

#[test]
fn a_secret_in_the_record_is_erased_and_the_chain_stays_valid() {
    let session = Session::new();
    session.hven(&["run", "--", "echo", "the password is hunter-2222"]).ok();
    let because = ["--because", "a password was printed"];
    let erased =
        session.hven_with_input(&[&["redact", "--run", "last", "--text", "-"], &because[..]].concat(), "hunter-2222\n");
    assert!(erased.clone().ok().out.contains("erased in"), "{}", erased.out);
    let logs = session.hven(&["logs", "last"]).ok().out;
    assert!(!logs.contains("hunter-2222"), "{logs}");
    let shown = session.hven(&["show", "last", "--json"]).ok().out;
    assert!(!shown.contains("hunter-2222"), "{shown}");
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
    let argv = session.hven(&["redact", "--run", "last", "--text", "hunter-2222", "--because", "x"]);
    assert_eq!(argv.status, Some(64), "the text never stands on the command line");
    let nothing = session.hven_with_input(&["redact", "--run", "last", "--text", "-", "--because", "x"], "");
    assert_eq!(nothing.status, Some(65));
}

#[test]
fn a_text_over_several_words_of_the_command_is_erased() {
    let session = Session::new();
    session.hven(&["run", "--", "echo", "alpha1", "beta2", "it's", "gamma3"]).ok();
    let erase = |text: &str, because: &str| {
        session.hven_with_input(&["redact", "--run", "last", "--text", "-", "--because", because], text)
    };
    let erased = erase("alpha1 beta2\n", "a password").ok();
    assert!(erased.out.contains("run.submitted"), "{}", erased.out);
    for shown in [&["show", "last"][..], &["ps", "-a", "--json"], &["log", "--json"], &["logs", "last"]] {
        let out = session.hven(shown).ok().out;
        assert!(!out.contains("alpha1 beta2") && !out.contains("\"beta2\""), "{shown:?}: {out}");
    }
    session.hven(&["run", "--", "true", "it's", "gamma3"]).ok();
    assert!(erase("'it'\\''s' gamma3\n", "as it is shown").ok().out.contains("run.submitted"));
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
}

#[test]
fn a_reason_must_not_contain_the_erased_text() {
    let session = Session::new();
    session.hven(&["run", "--", "echo", "the password is hunter-2222"]).ok();
    let because = "hunter-2222 was printed";
    let redact = ["redact", "--run", "last", "--text", "-", "--because", because];
    let refused = session.hven_with_input(&redact, "hunter-2222\n");
    assert_eq!(refused.status, Some(65), "{refused:?}");
    assert!(refused.err.contains("a reason is never erased") && !refused.err.contains("hunter"), "{}", refused.err);
    let facts = session.hven(&["log", "-n", "1000", "--json"]).ok().out;
    assert!(!facts.contains(because) && !facts.contains("payload.erased"), "{facts}");
}

#[test]
fn young_objects_are_not_collected() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    let result = session.hven(&["gc", "--dry-run", "--json"]).ok().json();
    assert_eq!((&result["schema"], &result["objects"]), (&"hven.gc/1".into(), &0.into()));
}
