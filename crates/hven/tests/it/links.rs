//! The files that a run captures: the declared ones, and no targets of links outside of them.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use crate::session::{Session, files_below, wait_until};

const SECRET: &str = "the secret that was not declared 4711";

fn study() -> Session {
    let session = Session::new();
    fs::write(session.root().join("secret"), SECRET).expect("written");
    session.write("data/a.csv", "a");
    session.write("fit.sh", "cat data/a.csv data/inner > out.csv");
    symlink("a.csv", session.cwd().join("data/inner")).expect("linked");
    session
}

/// Whether the objects of the home contain the text.
fn is_kept(session: &Session, text: &str) -> bool {
    files_below(&session.home().join("objects")).iter().any(|file| {
        let bytes = fs::read(file).expect("read");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

const RUN: [&str; 8] = ["run", "-i", "data", "-o", "out.csv", "--", "sh", "fit.sh"];

#[test]
fn a_link_from_an_input_to_an_outside_target_stays_a_link_and_is_reported() {
    let session = study();
    session.hven(&RUN).ok();
    assert!(session.hven(&RUN).ok().err.contains("up to date"), "links within do no harm");

    symlink("../../secret", session.cwd().join("data/keys.py")).expect("linked");
    for _ in 0..2 {
        let result = session.hven(&RUN).ok();
        assert!(result.err.contains("data/keys.py is a link to ../../secret"), "{}", result.err);
        assert!(!result.err.contains("up to date"), "what it leads to may have changed: {}", result.err);
    }
    assert!(!is_kept(&session, SECRET));
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(shown["capture_notes"][0]["kind"], "link_outside");
    assert!(session.hven(&["show", "last"]).ok().out.contains("not recorded"));

    let followed = [&RUN[..1], &["--follow-links"], &RUN[1..]].concat();
    session.hven(&followed).ok();
    assert!(is_kept(&session, SECRET), "the flag includes the targets");
    assert!(session.hven(&followed).ok().err.contains("up to date"));
    fs::remove_file(session.cwd().join("data/keys.py")).expect("removed");
    symlink("../secret", session.cwd().join("named")).expect("linked");
    session.hven(&["run", "-i", "named", "-o", "o2", "--", "cp", "named", "o2"]).ok();
}

#[test]
fn links_in_code_are_not_followed_with_and_without_git() {
    for with_git in [false, true] {
        let session = study();
        fs::create_dir(session.root().join("elsewhere")).expect("made");
        fs::write(session.root().join("elsewhere/more.py"), SECRET).expect("written");
        if with_git {
            commit_all(&session);
        }
        // In a repository, the record names the files of a commit and stores untracked files.
        session.write("more.sh", "# code that was not committed");
        symlink("../secret", session.cwd().join("keys.py")).expect("linked");
        symlink("../elsewhere", session.cwd().join("lib")).expect("linked");
        symlink("/etc/passwd", session.cwd().join("etc.py")).expect("linked");
        session.write(".env", "PASSWORD=hunter2-of-the-environment");
        let result = session.hven(&RUN).ok();
        for name in ["keys.py is a link", "lib is a link", "etc.py is a link", ".env looks like a file of keys"] {
            assert!(result.err.contains(name), "git {with_git}, {name}: {}", result.err);
        }
        wait_until("the code is sent", || is_kept(&session, "# code that was not committed"));
        for secret in [SECRET, "hunter2-of-the-environment", "root:"] {
            assert!(!is_kept(&session, secret), "git {with_git}: {secret}");
        }
        for link in ["keys.py", "lib", "etc.py"] {
            fs::remove_file(session.cwd().join(link)).expect("removed");
        }
        session.hven(&RUN).ok();
        assert!(session.hven(&RUN).ok().err.contains("up to date"));
        session.write(".env", "PASSWORD=another");
        assert!(!session.hven(&RUN).ok().err.contains("up to date"), "a file of keys counts");
        let notes = session.hven(&["show", "last", "--json"]).ok().json()["capture_notes"].clone();
        let plain = blake3::hash(b"PASSWORD=another").to_hex().to_string();
        assert!(notes.to_string().contains("key_file") && !notes.to_string().contains(&plain), "{notes}");
        session.hven(&[&RUN[..1], &["--include-key-file", ".env"], &RUN[1..]].concat()).ok();
        wait_until("it is included by name", || is_kept(&session, "PASSWORD=another"));
    }
}

#[test]
fn pipes_and_devices_are_refused_and_nothing_hangs() {
    let session = study();
    let fifo = |path: &Path| {
        let status = Command::new("mkfifo").arg(path).status();
        assert!(status.expect("mkfifo runs").success());
    };
    fifo(&session.cwd().join("pipe"));
    for input in ["pipe", "/dev/zero"] {
        let result = session.hven(&["run", "-i", input, "--", "true"]);
        assert_eq!(result.status, Some(125));
        assert!(result.err.contains("has no bytes"), "{}", result.err);
    }
    assert_ne!(session.hven(&["data", "add", "pipe"]).status, Some(0));
    fifo(&session.cwd().join("data/pipe"));
    assert!(session.hven(&RUN).err.contains("data/pipe is a pipe"));
    fs::remove_file(session.cwd().join("data/pipe")).expect("removed");
    // Next to the code, and as an output, it is named and left out.
    let result = session.hven(&RUN).ok();
    assert!(result.err.contains("pipe is a pipe"), "{}", result.err);
    let result = session.hven(&["run", "-o", "made", "--", "mkfifo", "made"]);
    assert!(result.err.contains("it is a pipe"), "{}", result.err);
}

#[test]
fn links_in_outputs_are_restored_as_links_with_the_same_targets() {
    let session = study();
    let script = "mkdir -p out/sub; echo best > out/epoch3; ln -sf epoch3 out/best; ln -sf ../epoch3 out/sub/best; \
                  ln -sf ../../secret out/stolen; ln -sf sub out/alias";
    session.write("make.sh", script);
    let run = ["run", "-i", "data/a.csv", "-o", "out", "--", "sh", "make.sh"];
    let result = session.hven(&run).ok();
    assert!(result.err.contains("out/stolen"), "{}", result.err);
    assert!(!is_kept(&session, SECRET));
    fs::remove_dir_all(session.cwd().join("out")).expect("removed");
    let again = session.hven(&run).ok();
    assert!(again.err.contains("up to date") && again.err.contains("not put back"), "{}", again.err);
    let link = |path: &str| fs::read_link(session.cwd().join(path)).map(|target| target.display().to_string()).ok();
    assert_eq!(link("out/best").as_deref(), Some("epoch3"));
    assert_eq!(link("out/sub/best").as_deref(), Some("../epoch3"));
    assert_eq!(link("out/alias").as_deref(), Some("sub"));
    assert_eq!(link("out/stolen"), None);
    assert_eq!(session.read("out/sub/best"), "best\n");
    // A reproduction from the record gives the same result.
    let verdict = session.hven(&["reproduce", "last", "--json"]).json();
    assert_eq!(verdict["items"][0]["level"], "same_bytes", "{verdict}");
}

#[test]
fn outputs_are_not_restored_through_a_link() {
    let session = study();
    session.write("make.sh", "mkdir -p out/sub; echo best > out/sub/best");
    let run = ["run", "-i", "data/a.csv", "-o", "out", "--", "sh", "make.sh"];
    session.hven(&run).ok();
    // A link is now at the path of a folder: its target was never an output.
    session.write("../elsewhere/best", "mine");
    fs::remove_dir_all(session.cwd().join("out/sub")).expect("removed");
    symlink("../../elsewhere", session.cwd().join("out/sub")).expect("linked");
    let result = session.hven(&run);
    assert_eq!(result.status, Some(125), "{}", result.err);
    assert!(result.err.contains("out/sub is a link, where a folder was"), "{}", result.err);
    assert_eq!(session.read("../elsewhere/best"), "mine");
    fs::remove_file(session.cwd().join("out/sub")).expect("removed");
    assert!(session.hven(&run).ok().err.contains("1 file put back"));
    assert_eq!(session.read("out/sub/best"), "best\n");
}

fn commit_all(session: &Session) {
    for words in [&["init", "-q"][..], &["add", "."], &["commit", "-q", "-m", "x"]] {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let status = Command::new("git").args(identity).args(words).current_dir(session.cwd()).status();
        assert!(status.expect("git runs").success());
    }
}

#[test]
fn changes_since_the_commit_are_reproduced() {
    let session = study();
    commit_all(&session);
    session.write("fit.sh", "cat data/a.csv > out.csv");
    session.hven(&RUN).ok();
    let verdict = session.hven(&["reproduce", "last", "--json"]).json();
    assert_eq!(verdict["items"][0]["level"], "same_bytes", "{verdict}");
}

#[test]
fn an_ignored_key_file_counts_as_code_when_it_is_included_by_name() {
    let session = study();
    session.write(".gitignore", ".env\nout.csv\n");
    session.write(".env", "PASSWORD=one-by-word");
    commit_all(&session);
    let run = [&RUN[..1], &["--include-key-file", ".env"], &RUN[1..]].concat();
    let result = session.hven(&run).ok();
    assert!(!result.err.contains("left out"), "{}", result.err);
    wait_until("it is included by name", || is_kept(&session, "PASSWORD=one-by-word"));
    assert!(session.hven(&run).ok().err.contains("up to date"));
    session.write(".env", "PASSWORD=another-by-word");
    assert!(!session.hven(&run).ok().err.contains("up to date"), "it counts");
    wait_until("it is kept, too", || is_kept(&session, "PASSWORD=another-by-word"));
    // A reproduction uses the file.
    let verdict = session.hven(&["reproduce", "last", "--json"]).json();
    assert_eq!(verdict["items"][0]["level"], "same_bytes", "{verdict}");
    symlink("../secret", session.cwd().join("link.env")).expect("linked");
    for (named, why) in [("../secret", "is outside"), ("link.env", "is a link"), ("none.env", "is not there")] {
        let result = session.hven(&[&RUN[..1], &["--include-key-file", named], &RUN[1..]].concat());
        assert_eq!(result.status, Some(125), "{result:?}");
        assert!(result.err.contains(why), "{}", result.err);
    }
}
