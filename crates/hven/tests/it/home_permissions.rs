//! Only the owner can access a home, for every umask and every mode of the folder around it.

use std::{
    fs,
    io::Read,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use crate::session::{CommandOutput, Session, files_below, finish};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it is there").mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

/// Runs a command with another umask.
fn with_umask(session: &Session, umask: &str, words: &[&str]) -> CommandOutput {
    let script = format!("umask {umask}; exec \"$@\"");
    let hven = session.command(words);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script, "sh"]).arg(hven.get_program()).args(words).current_dir(session.cwd()).env_clear();
    command.envs(hven.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    finish(command.spawn().expect("it starts"))
}

fn folders_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    found.push(folder.to_owned());
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        if entry.file_type().expect("a kind").is_dir() {
            folders_below(&entry.path(), found);
        }
    }
}

#[track_caller]
fn is_private(home: &Path) {
    let mut all = Vec::new();
    folders_below(home, &mut all);
    all.extend(files_below(home));
    let open: Vec<String> = all
        .iter()
        .filter(|path| mode(path) & 0o077 != 0)
        .map(|path| format!("{} {:o}", path.display(), mode(path)))
        .collect();
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn a_home_is_accessible_to_its_owner_only_for_every_umask() {
    for umask in ["000", "077", "0777"] {
        let session = Session::new();
        chmod(session.root(), 0o2755);
        session.write("in.csv", "1");
        chmod(&session.cwd(), 0o755);
        let script = "umask; echo 1 > out.csv";
        let words = ["run", "-i", "in.csv", "-o", "out.csv", "--", "sh", "-c", script];
        let result = with_umask(&session, umask, &words);
        if umask == "0777" {
            // The script cannot read the file that it makes; the home works in any case.
            session.hven(&["ps", "-a"]).ok();
        } else {
            assert_eq!(result.clone().ok().out.trim(), format!("{umask:0>4}"), "the task has the caller's umask");
            let expected = 0o666 & !u32::from_str_radix(umask, 8).expect("octal");
            assert_eq!(mode(&session.cwd().join("out.csv")), expected);
            // A restored output is a file of the user, with the umask of the user.
            fs::remove_file(session.cwd().join("out.csv")).expect("removed");
            with_umask(&session, umask, &words).ok();
            assert_eq!(mode(&session.cwd().join("out.csv")), expected);
        }
        is_private(&session.home());
        session.hven(&["down"]).ok();
        is_private(&session.home());
        with_umask(&session, "000", &["backup", "b.tar"]).ok();
        assert_eq!(mode(&session.cwd().join("b.tar")), 0o600);
        with_umask(&session, "000", &["restore", "b.tar", "restored"]).ok();
        is_private(&session.cwd().join("restored"));
        with_umask(&session, "000", &["export", "--all", "exported"]).ok();
        is_private(&session.cwd().join("exported"));
    }
}

#[test]
fn a_backup_is_not_written_into_an_existing_file() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let partial = session.cwd().join("b.tar.partial");
    fs::write(&partial, "theirs").expect("written");
    chmod(&partial, 0o666);
    let mut theirs = fs::File::open(&partial).expect("they have it open");
    session.hven(&["backup", "b.tar"]).ok();
    assert_eq!(mode(&session.cwd().join("b.tar")), 0o600);
    let mut text = Vec::new();
    theirs.read_to_end(&mut text).expect("read");
    assert_eq!(text, b"theirs");
    // A link is not followed either.
    fs::write(session.root().join("mine"), "mine").expect("written");
    std::os::unix::fs::symlink("../mine", &partial).expect("linked");
    session.hven(&["backup", "b.tar"]).ok();
    assert_eq!(fs::read(session.root().join("mine")).expect("read"), b"mine");
}

#[test]
fn a_home_that_others_could_read_is_closed_and_this_is_reported_once() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["down"]).ok();
    let home = session.home();
    let mut all = Vec::new();
    folders_below(&home, &mut all);
    for folder in &all {
        chmod(folder, 0o755);
    }
    for file in files_below(&home) {
        chmod(&file, if mode(&file) & 0o100 == 0 { 0o644 } else { 0o755 });
    }
    let result = session.hven(&["ps", "-a"]).ok();
    assert!(result.err.contains("could be read by others (mode 0755)"), "{}", result.err);
    is_private(&home);
    assert_eq!(session.hven(&["ps", "-a"]).ok().err, "", "it is reported once");
    // The report goes to standard error, so that JSON output does not hide it from people.
    chmod(&home, 0o755);
    let result = session.hven(&["ps", "-a", "--json"]).ok();
    assert!(result.err.contains("could be read by others (mode 0755)"), "{}", result.err);
    serde_json::from_str::<serde_json::Value>(&result.out).expect("the document alone");
    is_private(&home);
    // Open files in a closed home are closed, too.
    session.hven(&["down"]).ok();
    chmod(&home.join("record.db"), 0o644);
    session.hven(&["run", "--", "true"]).ok();
    is_private(&home);
}

#[test]
fn a_home_that_others_could_write_is_refused_with_the_command_that_closes_it() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["down"]).ok();
    let home = session.home();
    for (path, open) in [(home.clone(), 0o777), (home.clone(), 0o770)] {
        chmod(&path, open);
        let result = session.hven(&["ps"]);
        assert_eq!(result.status, Some(77), "{}", result.err);
        let command = result.err.split('`').nth(1).expect("a command stands in the hint").to_owned();
        assert!(command.starts_with("chmod -R go-w "), "{}", result.err);
        assert_eq!(session.hven(&["run", "--", "true"]).status, Some(125));
        assert_eq!(session.hven(&["up"]).status, Some(77));
        assert!(std::process::Command::new("sh").args(["-c", &command]).status().expect("sh runs").success());
        session.hven(&["ps", "-a"]).ok();
        session.hven(&["down"]).ok();
        is_private(&home);
    }
}

#[test]
fn a_replaced_runner_program_is_not_started() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["down"]).ok();
    let runner = files_below(&session.home().join("bin")).pop().expect("there is one");
    let length = fs::metadata(&runner).expect("it is there").len() as usize;
    let mark = session.root().join("owned");
    let mut evil = format!("#!/bin/sh\ntouch {}\nexit 0\n#", mark.display()).into_bytes();
    evil.resize(length, b' ');
    fs::remove_file(&runner).expect("removed");
    fs::write(&runner, evil).expect("written");
    chmod(&runner, 0o700);
    // The previous runner ended with its work; a new one is started.
    for entry in fs::read_dir(session.home().join("spool")).into_iter().flatten().flatten() {
        crate::session::wait_until("the previous runner has ended", || {
            let lock = fs::File::open(entry.path().join("lock"));
            lock.is_err() || lock.is_ok_and(|lock| lock.try_lock_shared().is_ok())
        });
    }
    session.hven(&["run", "--", "true"]).ok();
    assert!(!mark.exists(), "it ran");
}
