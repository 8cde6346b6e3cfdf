//! Tokens, people and roles.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
};

use hven_api::runs::SubmitRun;
use hven_client::{Address, Client, Error, Fixed, ServerFile};
use serde_json::Value;

use crate::session::{Session, wait_until};

#[test]
fn people_and_roles() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "Jun Li", "--email", "jun@example.org"]).ok();
    session.hven(&["member", "set", "jun@example.org", "viewer", "--project", "home"]).ok();
    let members = session.hven(&["member", "ls", "--project", "home", "--json"]).ok().json();
    let jun = members["items"].as_array().expect("a list").iter().find(|m| m["user"]["name"] == "Jun Li").cloned();
    assert_eq!(jun.expect("Jun is a member")["role"], "viewer");
    session.hven(&["member", "rm", "Jun Li", "--project", "home"]).ok();
    let said = session.hven(&["member", "set", "Tycho", "viewer"]);
    assert_eq!(said.status, Some(66));
    assert!(said.err.contains("hven user ls"), "{}", said.err);
    assert_eq!(session.hven(&["user", "ls", "--json"]).ok().json()["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn tokens_are_shown_once_and_can_be_revoked() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let created = session.hven(&["token", "create", "nightly", "--days", "30", "--json"]).ok().json();
    let secret = created["secret"].as_str().expect("a secret");
    let listed = session.hven(&["token", "ls", "--json"]).ok();
    assert!(listed.out.contains("nightly") && !listed.out.contains(secret), "{}", listed.out);
    session.hven(&["token", "revoke", "nightly"]).ok();
    assert_eq!(session.hven(&["token", "revoke", "nightly"]).status, Some(66));
    let listed = session.hven(&["token", "ls"]).ok();
    assert!(listed.out.contains("revoked"), "{}", listed.out);
}

#[test]
fn login_gives_a_link() {
    let session = Session::new();
    let link = session.hven(&["login", "--next", "/runs", "--json"]).ok().json();
    assert_eq!(link["schema"], "hven.login_link/1");
    assert!(link["url"].as_str().expect("a url").starts_with("http://127.0.0.1:"));
}

/// A program of somebody who has a token and no home: there is no key with which the server's proof could be checked.
fn client_of(session: &Session, name: &str) -> Client {
    let created = session.hven(&["token", "create", "cli", "--user", name, "--json"]).ok().json();
    let token = created["secret"].as_str().expect("a secret").to_owned();
    let url = ServerFile::read(&session.home()).expect("a server runs").url;
    Client::new(Fixed(Address { url, token, prover: None }))
}

#[test]
fn commands_of_a_member_run_when_an_owner_of_the_home_allows_it() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "jun"]).ok();
    session.hven(&["member", "set", "jun", "member", "--project", "astro"]).ok();
    let jun = client_of(&session, "jun");
    let run = SubmitRun {
        argv: ["sh", "-c", "echo ran > ran.txt"].map(str::to_owned).to_vec(),
        cwd: session.cwd().display().to_string(),
        project: Some("astro".to_owned()),
        environment: [("PATH".to_owned(), std::env::var("PATH").expect("tests have a PATH"))].into(),
        ..SubmitRun::default()
    };
    let refused = || {
        let Err(Error::Api(error)) = jun.submit(&run) else { panic!("it was taken in") };
        assert_eq!(error.status, 403, "{error:?}");
        let hint = error.hint.as_deref().unwrap_or_default();
        assert!(error.message.contains("your commands may not run here"), "{error:?}");
        assert!(hint.contains("--may-run-as-me"), "{error:?}");
    };
    refused();
    assert!(!session.cwd().join("ran.txt").exists());
    assert!(session.hven(&["member", "ls", "--project", "astro"]).ok().out.contains("recipes only"));

    let allowed = session.hven(&["member", "set", "jun", "member", "--project", "astro", "--may-run-as-me"]).ok();
    assert!(allowed.out.contains("commands of theirs may run as the Unix user of this server"), "{}", allowed.out);
    assert!(session.hven(&["member", "ls", "--project", "astro"]).ok().out.contains("commands, as the server's user"));
    assert!(session.hven(&["log"]).ok().out.contains("commands may run as the Unix user of the server"));
    let made = jun.submit(&run).expect("it is allowed");
    session.hven(&["attach", &made.run.handle]).ok();
    assert_eq!(session.read("ran.txt"), "ran\n");

    session.hven(&["member", "set", "jun", "member", "--project", "astro", "--may-not-run-as-me"]).ok();
    refused();
    let help = session.hven(&["member", "set", "--help"]).ok();
    assert!(help.out.contains("whoever may run commands here can read and change everything"), "{}", help.out);
}

#[test]
fn a_home_without_its_key_is_told_nothing_and_says_what_is_missing() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let home = session.root().join("keyless");
    fs::DirBuilder::new().mode(0o700).create(&home).expect("a folder");
    for file in ["FORMAT", "server.json", "token"] {
        fs::copy(session.home().join(file), home.join(file)).expect("copied");
        fs::set_permissions(home.join(file), fs::Permissions::from_mode(0o600)).expect("ours");
    }
    let said = session.hven(&["--home", home.to_str().expect("a path"), "ps"]);
    assert_ne!(said.status, Some(0), "{said:?}");
    assert!(said.err.contains("keyless/key could not be read"), "{}", said.err);
    // So that nobody takes it for a home whose server is to be ended.
    fs::remove_dir_all(&home).expect("removed");
}

#[test]
fn a_token_has_an_end_that_can_be_written() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for days in ["3000000", "36501", "0"] {
        let said = session.hven(&["token", "create", "y", "--days", days]);
        assert_eq!(said.status, Some(65), "{days}: {said:?}");
        assert!(said.err.contains("a token lives 1 to 36500 days"), "{}", said.err);
    }
    session.hven(&["token", "create", "y", "--days", "36500"]).ok();
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
}

#[test]
fn a_token_that_nobody_has_any_more_locks_nobody_out() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["token", "revoke", "this machine"]).ok();
    assert_eq!(session.hven(&["ps"]).status, Some(77));
    // Whoever holds the home's folder ends the server and starts another.
    let server: Value = serde_json::from_str(&session.read("../home/server.json")).expect("where the server is");
    let pid = i32::try_from(server["pid"].as_i64().expect("a number")).expect("a process has a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process has a number");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it lives");
    // It lets the home go after it has said that it ends.
    wait_until("another server serves the home", || session.hven(&["ps"]).status == Some(0));
    session.hven(&["member", "ls"]).ok();
}

/// The facts that cannot be read, as the audit names them.
fn unreadable(session: &Session) -> Vec<String> {
    let audit = session.hven(&["audit", "verify", "--json"]).json();
    let facts = audit["unreadable"].as_array().expect("a list");
    assert_eq!(audit["sound"], facts.is_empty(), "{audit}");
    facts.iter().map(|fact| fact["seq"].to_string()).collect()
}

#[test]
fn a_home_with_facts_that_cannot_be_read_is_mended_by_erasing_them() {
    let session = Session::new();
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/homes/unreadable-1.tar.zst");
    let archive = fs::File::open(archive).expect("the home is there");
    let mut tar = tar::Archive::new(zstd::Decoder::new(archive).expect("zstd"));
    tar.set_preserve_ownerships(false);
    tar.unpack(session.root()).expect("unpacked");

    // Named with and without a server.
    let doctor = session.hven(&["doctor"]);
    assert_eq!(doctor.status, Some(1), "{doctor:?}");
    assert!(
        doctor.out.contains("3 payloads cannot be read") && doctor.out.contains("hven redact --fact"),
        "{doctor:?}"
    );
    session.hven(&["ps", "-a"]).ok();
    let audit = session.hven(&["audit", "verify"]);
    assert_eq!(audit.status, Some(1));
    assert!(audit.out.contains("(token.issued) cannot be read"), "{}", audit.out);
    let seqs = unreadable(&session);
    assert_eq!(seqs.len(), 3);
    let log = session.hven(&["log", "-n", "1000", "--oldest", "--json"]).ok().json();
    let shown = |seq: &String| {
        let items = log["items"].as_array().expect("a list");
        items.iter().find(|fact| fact["seq"].as_u64() == seq.parse().ok()).expect("it is listed").clone()
    };
    for seq in &seqs {
        let fact = shown(seq);
        assert!(fact["unreadable"].is_string() && fact["payload"] != Value::Null, "{fact}");
        assert!(fact["text"].as_str().expect("a text").contains("cannot be read"), "{fact}");
    }

    // A backup and an export of it can be taken in.
    let backup = session.root().join("home.backup");
    let backup = backup.to_str().expect("a path");
    session.hven(&["backup", backup]).ok();
    let restored = session.root().join("restored");
    session.hven(&["restore", backup, restored.to_str().expect("a path")]).ok();
    session.hven(&["export", "--all", "exported"]).ok();
    let imported = session.root().join("imported");
    session.hven(&["--home", imported.to_str().expect("a path"), "import", "export", "exported"]).ok();

    // It goes on, and is well when they are erased.
    session.hven(&["run", "--", "true"]).ok();
    for seq in &seqs {
        session.hven(&["redact", "--fact", seq, "--because", "it cannot be read"]).ok();
    }
    assert!(unreadable(&session).is_empty());
    session.hven(&["audit", "verify"]).ok();
    session.hven(&["log"]).ok();
    session.hven(&["down"]).ok();
    let mut doctor = session.hven(&["doctor", "--rebuild"]);
    if doctor.status == Some(1) {
        // What the program that wrote them had shown of them in views; they were built anew.
        assert!(doctor.out.contains("views were built anew"), "{doctor:?}");
        doctor = session.hven(&["doctor", "--rebuild"]);
    }
    doctor.ok();
}
