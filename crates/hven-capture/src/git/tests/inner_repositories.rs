//! Repositories inside the code: submodules, clones and work trees.

use std::fs;

use hven_api::runs::CaptureNote;

use super::super::{capture::capture, git_process::git, repository::find};
use super::repositories::{LIMITS, captured_code, code_parts, digest, digest_of, repository_of, run_git, write};
use crate::Apart;

#[test]
fn each_state_of_an_inner_repository_is_other_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = &place.path().join("study");
    repository_of(&place.path().join("origin"), &[("a.py", "1"), ("deep/b.py", "1"), (".gitignore", "gen_*\n")]);
    repository_of(root, &[("main.py", "1")]);
    let origin = place.path().join("origin").display().to_string();
    let clone = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin.as_str(), "lib"];
    run_git(root, &clone);
    run_git(root, &["commit", "-q", "-m", "with lib"]);
    repository_of(&root.join("vendor"), &[("v.py", "1")]);

    let (first, named, inner) = code_parts(root, root);
    assert_eq!(named, ["lib/.gitignore", "lib/a.py", "lib/deep/b.py", "vendor/v.py"]);
    let states: Vec<_> = inner.iter().map(|one| (one.path.as_str(), one.commit.is_some(), one.changed)).collect();
    assert_eq!(states, [("lib", true, Some(false)), ("vendor", true, Some(false))]);
    assert!(inner.iter().all(|one| one.is_named));

    let mut seen = vec![first.clone()];
    let mut check = |why: &str, changed: &[Option<bool>]| {
        let (digest, _, inner) = code_parts(root, root);
        assert!(!seen.contains(&digest), "{why}");
        assert_eq!(inner.iter().map(|one| one.changed).collect::<Vec<_>>(), changed, "{why}");
        seen.push(digest.clone());
        digest
    };
    write(root, "lib/a.py", "2");
    let changed = check("a file of the submodule", &[Some(true), Some(false)]);
    run_git(&root.join("lib"), &["commit", "-q", "-a", "-m", "second"]);
    let (digest, _, inner) = code_parts(root, root);
    assert_eq!((digest, inner[0].changed), (changed, Some(false)), "a commit alone changes nothing");
    write(root, "lib/a.py", "3");
    check("another change of the same file", &[Some(true), Some(false)]);
    write(root, "lib/new.py", "1");
    check("a new file of the submodule", &[Some(true), Some(false)]);
    write(root, "vendor/v.py", "2");
    check("a file of a clone", &[Some(true), Some(true)]);
    write(root, "lib/gen_version.py", "1");
    check("a module that the submodule ignores", &[Some(true), Some(true)]);
    repository_of(&root.join("vendor/deeper"), &[("d.py", "1")]);
    check("a repository within one within", &[Some(true), Some(true), Some(false)]);
    write(root, "vendor/deeper/d.py", "2");
    check("a file of it", &[Some(true), Some(true), Some(true)]);
    fs::remove_file(root.join("lib/deep/b.py")).expect("removed");
    check("a file that is gone", &[Some(true), Some(true), Some(true)]);

    // Declared outputs and key files are not part of its code.
    let before = digest_of(&captured_code(root, root, &["vendor/out.csv"]));
    write(root, "vendor/out.csv", "1");
    assert_eq!(digest_of(&captured_code(root, root, &["vendor/out.csv"])), before);
    write(root, "lib/.env", "PASSWORD=hunter2");
    let code = captured_code(root, root, &["vendor/out.csv"]);
    assert!(code.notes.iter().any(|note| matches!(note, CaptureNote::KeyFile { path, .. } if path == "lib/.env")));
    assert_eq!(digest_of(&code), before);
}

#[test]
fn a_submodule_that_git_cannot_read_is_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = &place.path().join("study");
    repository_of(&place.path().join("origin"), &[("a.py", "1")]);
    repository_of(root, &[("main.py", "1")]);
    let origin = place.path().join("origin").display().to_string();
    run_git(root, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &origin, "lib"]);
    run_git(root, &["commit", "-q", "-m", "with lib"]);
    let whole = digest(root, root);
    for gone in ["lib/.git", ".git/modules"] {
        let (here, aside) = (root.join(gone), place.path().join("aside"));
        fs::rename(&here, &aside).expect("moved");
        let (digest, named, inner) = code_parts(root, root);
        assert_eq!((&digest, &named[..], inner[0].commit.is_none()), (&whole, &["lib/a.py".to_owned()][..], true));
        write(root, "lib/a.py", "2");
        assert_ne!(code_parts(root, root).0, whole, "{gone}");
        write(root, "lib/a.py", "1");
        fs::rename(&aside, &here).expect("moved back");
    }
    // A submodule without files is represented by its commit.
    run_git(root, &["submodule", "--quiet", "deinit", "-f", "lib"]);
    let (absent, named, inner) = code_parts(root, root);
    assert!(absent != whole && named.is_empty() && inner.is_empty(), "{named:?} {inner:?}");
    write(&place.path().join("origin"), "a.py", "2");
    run_git(&place.path().join("origin"), &["commit", "-q", "-a", "-m", "second"]);
    let other = git(&place.path().join("origin"), &["rev-parse", "HEAD"], &[]).expect("a commit");
    let other = String::from_utf8(other).expect("text");
    run_git(root, &["update-index", "--cacheinfo", &format!("160000,{},lib", other.trim())]);
    assert_ne!(digest(root, root), absent);
}

#[test]
fn many_or_large_files_of_an_inner_repository_count_by_size() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    let files: Vec<(String, &str)> = (0..=LIMITS.files_max).map(|i| (format!("{i}.py"), "1")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    repository_of(&root.join("vendor"), &files);
    let (first, named, inner) = code_parts(root, root);
    assert_eq!((named.len(), inner[0].is_named, inner[0].changed), (0, false, None));
    write(root, "vendor/7.py", "2");
    assert_ne!(digest(root, root), first, "each counts");
    fs::remove_dir_all(root.join("vendor")).expect("removed");
    for i in 0..=100 {
        run_git(root, &["init", "-q", &format!("{i}")]);
    }
    let refused = capture(root, root, &Apart::default(), LIMITS).expect_err("too many");
    assert!(refused.to_string().contains("holds more than 100 others"), "{refused}");
}

#[test]
fn an_inner_repository_starts_no_program() {
    let place = tempfile::tempdir().expect("a folder");
    let root = &place.path().join("study");
    repository_of(root, &[("main.py", "1")]);
    let vendor = root.join("vendor");
    repository_of(&vendor, &[("v.py", "1"), (".gitattributes", "* filter=x diff=x\n")]);
    let mark = place.path().join("ran");
    let program = format!("touch {}; cat", mark.display());
    let settings = ["filter.x.clean", "filter.x.process", "core.fsmonitor", "diff.x.textconv", "diff.external"];
    for name in settings {
        run_git(&vendor, &["config", name, &program]);
    }
    write(root, "vendor/v.py", "2");
    write(root, "vendor/.git/hooks/post-index-change", &format!("#!/bin/sh\n{program}\n"));
    let hook = vendor.join(".git/hooks/post-index-change");
    fs::set_permissions(hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("may be run");
    let (_, named, inner) = code_parts(root, root);
    assert_eq!((named.len(), inner[0].changed), (2, Some(true)));
    assert!(!mark.exists(), "it ran");
    // Its settings cannot direct git to another folder.
    run_git(&vendor, &["config", "core.worktree", "/etc"]);
    assert_eq!(code_parts(root, root).1, named);
}

#[test]
fn a_worktree_is_a_repository_and_an_inner_one_is_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    run_git(root, &["worktree", "add", "-q", "-b", "side", "side"]);
    let (first, _, inner) = code_parts(root, root);
    assert_eq!(inner.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["side"]);
    write(root, "side/main.py", "2");
    assert_ne!(digest(root, root), first);
    let side = root.join("side");
    assert_eq!(find(&side).as_deref(), Some(side.as_path()));
    assert!(code_parts(&side, &side).1.is_empty());
}
