//! Links are recorded as links, and their targets are code. Key files are left out, unless the user includes them.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use hven_api::runs::CaptureNote;

use super::super::{
    capture::{LINKS_MAX, capture},
    difference::NAMED_PATHS_MAX,
};
use super::repositories::{LIMITS, captured_code, digest, folder_parts, repository, repository_of, run_git, write};
use crate::Apart;

#[test]
fn links_are_links_and_key_files_are_left_out() {
    let folder = repository();
    let (root, cwd) = (folder.path(), folder.path().join("study"));
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret"), "top secret").expect("written");
    fs::write(cwd.join("server.pem"), "tracked").expect("written");
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);
    let take = |apart: &Apart| {
        let captured = capture(root, &cwd, apart, LIMITS).expect("git works").expect("there is a commit");
        let diff = captured.documents.first().map(|diff| String::from_utf8_lossy(diff).into_owned());
        let kept = captured.files.iter().map(|kept| fs::read_to_string(&kept.path).expect("text")).collect::<String>();
        (captured.notes.clone(), diff.unwrap_or_default() + &kept, folder_parts(Some(captured)))
    };
    let (notes, _, (_, _, clean)) = take(&Apart::default());
    let is_key = |note: &CaptureNote, wanted: &str| matches!(note, CaptureNote::KeyFile { path, .. } if path == wanted);
    assert!(notes.len() == 1 && is_key(&notes[0], "server.pem"), "{notes:?}");

    fs::write(cwd.join("server.pem"), "changed key").expect("written");
    fs::write(cwd.join(".env"), "PASSWORD=hunter2").expect("written");
    fs::write(root.join(".gitignore"), ".env").expect("written");
    fs::write(cwd.join("id_rsa"), "private key").expect("written");
    let (notes, bytes, (_, untracked, digest)) = take(&Apart::default());
    assert_eq!(notes.iter().filter(|note| matches!(note, CaptureNote::KeyFile { .. })).count(), 3, "{notes:?}");
    for secret in ["changed key", "tracked", "hunter2", "private key"] {
        assert!(!bytes.contains(secret), "{secret}: {bytes}");
    }
    assert!(untracked.is_empty(), "{untracked:?}");
    assert_eq!(digest, clean, "they count by themselves, with a key");
    let included = Apart { included: vec!["id_rsa".into()], ..Apart::default() };
    assert_eq!(take(&included).2.1, ["study/id_rsa"], "the user includes it");

    // A patch does not show a path with the name of a key file that became something else.
    let key = cwd.join("server.pem");
    let link = CaptureNote::Link { path: "server.pem".into(), target: "fit.py".into() };
    for becomes in ["nothing", "a link", "a folder"] {
        // Before the step with the link the path does not exist.
        let _ = fs::remove_file(&key);
        match becomes {
            "a link" => symlink("fit.py", &key).expect("linked"),
            "a folder" => fs::create_dir(&key).expect("made"),
            _ => {}
        }
        let (notes, bytes, _) = take(&Apart::default());
        assert!(!bytes.contains("tracked"), "{becomes}: {bytes}");
        assert_eq!(notes.contains(&link), becomes == "a link", "{notes:?}");
    }
    fs::remove_dir(&key).expect("removed");
    fs::write(&key, "changed key").expect("written");

    symlink(outside.path().join("secret"), cwd.join("keys.py")).expect("linked");
    symlink("fit.py", cwd.join("alias.py")).expect("linked");
    let (notes, bytes, (_, untracked, with_links)) = take(&Apart::default());
    assert!(untracked.is_empty() && !bytes.contains("top secret"), "{untracked:?} {bytes}");
    assert_ne!(with_links, clean);
    let has = |wanted: &CaptureNote| assert!(notes.contains(wanted), "{notes:?}");
    has(&CaptureNote::Link { path: "alias.py".into(), target: "fit.py".into() });
    let target = outside.path().join("secret").display().to_string();
    has(&CaptureNote::LinkOutside { path: "keys.py".into(), target });
    fs::write(outside.path().join("secret"), "another secret").expect("written");
    assert_eq!(take(&Apart::default()).2.2, with_links, "what it leads to is not read");

    run_git(root, &["add", "study/keys.py", "study/alias.py"]);
    let (notes, _, (_, _, added)) = take(&Apart::default());
    assert_eq!(added, with_links, "what is added is what lies there");
    assert!(notes.iter().any(|note| matches!(note, CaptureNote::LinkOutside { path, .. } if path == "keys.py")));
}

#[test]
fn an_included_key_file_is_a_named_file() {
    let folder = repository();
    let (root, cwd) = (folder.path(), folder.path().join("study"));
    fs::write(cwd.join("server.pem"), "tracked").expect("written");
    fs::write(cwd.join("clean.pem"), "clean").expect("written");
    fs::write(root.join(".gitignore"), ".env\n").expect("written");
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);
    fs::write(cwd.join("server.pem"), "changed key").expect("written");
    fs::write(cwd.join("fit.py"), "print(2)\n").expect("written");
    fs::write(cwd.join(".env"), "A=1").expect("written");
    let included = ["server.pem", "clean.pem", ".env"].map(PathBuf::from).to_vec();
    let apart = Apart { included, ..Apart::default() };
    let take = || {
        let captured = capture(root, &cwd, &apart, LIMITS).expect("git works").expect("there is a commit");
        assert!(captured.notes.is_empty(), "{:?}", captured.notes);
        let diff = String::from_utf8(captured.documents[0].clone()).expect("text");
        assert!(diff.contains("print(2)") && !diff.contains("server.pem"), "{diff}");
        let (_, untracked, digest) = folder_parts(Some(captured));
        (untracked, digest)
    };
    let (mut untracked, digest) = take();
    untracked.sort_unstable();
    assert_eq!(untracked, ["study/.env", "study/clean.pem", "study/server.pem"]);
    for path in ["server.pem", "clean.pem", ".env"] {
        fs::write(cwd.join(path), "A=2").expect("written");
        assert_ne!(take().1, digest, "{path} counts");
        let before = [("server.pem", "changed key"), ("clean.pem", "clean"), (".env", "A=1")];
        for (path, text) in before {
            fs::write(cwd.join(path), text).expect("written");
        }
        assert_eq!(take().1, digest);
    }
    // The same with too many changed paths to pass each to git.
    for i in 0..=NAMED_PATHS_MAX {
        fs::write(cwd.join(format!("{i}.py")), "x").expect("written");
    }
    run_git(root, &["add", "study"]);
    take();
}

#[test]
fn too_many_untracked_links_are_an_error() {
    let folder = repository();
    let (root, cwd) = (folder.path(), folder.path().join("study"));
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);
    for i in 0..LINKS_MAX {
        symlink("fit.py", cwd.join(format!("{i}.py"))).expect("linked");
    }
    let captured = capture(root, &cwd, &Apart::default(), LIMITS).expect("captured").expect("there is a commit");
    assert_eq!(captured.notes.len(), LINKS_MAX);
    symlink("fit.py", cwd.join("one-more.py")).expect("linked");
    let refused = capture(root, &cwd, &Apart::default(), LIMITS).expect_err("too many");
    assert!(refused.to_string().contains("more than 400 links that git does not know"), "{refused}");
}

#[test]
fn targets_of_links_are_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = &place.path().join("study");
    for path in ["work/fit.py", "tables/a.csv", "one.csv", "x.md", "cache/b.csv"] {
        write(root, path, "1");
    }
    write(root, ".gitignore", "/cache\n");
    write(place.path(), "elsewhere/code.py", "1");
    write(place.path(), "data/d.csv", "1");
    for (path, target) in [
        ("work/tables", "../tables"),
        ("work/one.csv", "../one.csv"),
        ("work/cache", "../cache"),
        ("tables/x.md", "../x.md"),
        ("lib", "../elsewhere"),
        ("data", "../data"),
        ("work/up", ".."),
    ] {
        symlink(target, root.join(path)).expect("linked");
    }
    repository_of(root, &[]);
    let cwd = root.join("work");
    let notes: Vec<CaptureNote> = captured_code(root, &cwd, &[]).notes;
    let outside = |path: &str, target: &str| CaptureNote::LinkOutside { path: path.into(), target: target.into() };
    let lib = root.join("lib").display().to_string();
    let why = "it is a link to ../cache, which is skipped because it is not code".to_owned();
    let passed_over = CaptureNote::NotCaptured { path: "cache".into(), why };
    assert_eq!(notes, [outside(&lib, "../elsewhere"), passed_over], "data above the folder is no code");
    assert!(captured_code(root, &cwd, &["cache/b.csv"]).notes.len() == 1, "a link on the way to an input is meant");
    let mut before = digest(root, &cwd);
    for read in ["tables/a.csv", "one.csv", "x.md", "tables/new.csv"] {
        write(root, read, "2");
        let now = digest(root, &cwd);
        assert_ne!(now, before, "{read}");
        before = now;
    }
    // From the root, the other link also leads outside.
    let notes = captured_code(root, root, &[]).notes;
    for (path, target) in [("data", "../data"), ("lib", "../elsewhere")] {
        assert!(notes.contains(&outside(path, target)), "{notes:?}");
    }
}
