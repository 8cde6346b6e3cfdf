//! Which files of the folder and of the repository above it are code.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use hven_api::runs::CaptureNote;
use hven_core::file_name;

use super::super::capture::capture;
use super::repositories::{
    LIMITS, captured_code, code_parts, digest, digest_of, folder_parts, repository, repository_of, run_git, write,
};
use crate::Apart;

#[test]
fn the_digest_follows_the_folder_and_the_diff_the_repository() {
    let folder = repository();
    let (root, cwd) = (folder.path(), folder.path().join("study"));
    let apart = Apart { declared: vec![PathBuf::from("plot.svg")], ..Apart::default() };
    let take = || capture(root, &cwd, &apart, LIMITS).expect("git works");
    assert!(take().is_none(), "there is no commit yet");
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);

    let (diff, untracked, clean) = folder_parts(take());
    assert_eq!((diff, untracked.len()), (None, 0));

    fs::write(cwd.join("plot.svg"), "<svg>new</svg>").expect("written");
    assert_eq!(folder_parts(take()), (None, vec![], clean.clone()), "a declared output is no code");

    fs::write(root.join("notes.md"), "new\n").expect("written");
    let (diff, _, digest) = folder_parts(take());
    assert!(diff.is_some());
    assert_eq!(digest, clean, "what lies above the folder and is no code does not count");
    fs::write(root.join("other.py"), "print(3)\n").expect("written");
    assert_ne!(folder_parts(take()).2, clean, "code does");
    run_git(root, &["commit", "-q", "-a", "-m", "code above"]);
    assert_ne!(folder_parts(take()).2, clean, "also when it is committed");
    fs::write(root.join("other.py"), "print(2)\n").expect("written");
    assert_eq!(folder_parts(take()).2, clean);

    fs::write(cwd.join("fit.py"), "print(4)\n").expect("written");
    let (_, _, changed) = folder_parts(take());
    assert_ne!(changed, clean);

    fs::write(cwd.join("more.py"), "x").expect("written");
    fs::create_dir(cwd.join("__pycache__")).expect("made");
    fs::write(cwd.join("__pycache__/more.pyc"), "x").expect("written");
    fs::write(cwd.join(".env"), "SECRET=1").expect("written");
    fs::write(root.join(".gitignore"), ".env\n__pycache__/\n").expect("written");
    let (_, untracked, digest) = folder_parts(take());
    assert_eq!(untracked, ["study/more.py"]);
    assert_ne!(digest, changed);

    run_git(root, &["add", "-A", "."]);
    assert_eq!(folder_parts(take()).2, digest, "what is added is what lies there");
    run_git(root, &["commit", "-q", "-m", "second"]);
    assert_eq!(folder_parts(take()).2, digest, "a commit alone changes nothing");
    run_git(root, &["rm", "-q", "study/more.py"]);
    fs::write(root.join("study/fit.py"), "print(4)\n").expect("written");
    fs::write(cwd.join("fit.py"), "print(1)\n").expect("written");
    assert_eq!(folder_parts(take()).2, clean, "back where it was");
}

#[test]
fn a_name_that_git_cannot_list_is_captured() {
    let folder = repository();
    let root = folder.path();
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);
    for name in ["\"quoted.py", "\"x\".py", "two\nlines.py"] {
        fs::write(root.join(name), "x").expect("written");
    }
    let captured = capture(root, root, &Apart::default(), LIMITS).expect("git works");
    assert_eq!(captured.expect("there is a commit").files.len(), 3);
}

#[test]
fn unread_untracked_files_still_change_the_digest() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    for i in 0..=LIMITS.files_max {
        write(root, &format!("{i:03}.csv"), "1");
    }
    let (first, named, _) = code_parts(root, root);
    assert_eq!((named.len(), digest(root, root)), (LIMITS.files_max, first.clone()));
    write(root, "100.csv", "2");
    assert_ne!(digest(root, root), first);
}

#[test]
fn ignored_modules_are_code_and_other_ignored_files_are_not() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    let ignored = "_version.py\n*.so\n*.csv\n*.log\nbuild/\n.venv/\npkg/\nclone/\nlocal.yaml\ntool\nenv\n";
    repository_of(root, &[("main.py", "1"), ("src/a.py", "1"), (".gitignore", ignored)]);
    let clean = digest(root, root);
    for noise in ["data.csv", "run.log", "build/x.py", ".venv/lib/x.py", "src/__pycache__/a.pyc", "env/pyvenv.cfg"] {
        write(root, noise, "1");
    }
    assert_eq!(code_parts(root, root), (clean.clone(), vec![], vec![]));
    let mut before = clean;
    for module in ["_version.py", "src/fast.so", "local.yaml", "pkg/__init__.py", "pkg/sub/b.py", "clone/c.py"] {
        if module.starts_with("clone") {
            run_git(root, &["init", "-q", "clone"]);
        }
        for text in ["1", "2"] {
            write(root, module, text);
            let (now, named, _) = code_parts(root, root);
            assert!(named.contains(&module.to_owned()), "{module}: {named:?}");
            assert_ne!(now, before, "{module}");
            before = now;
        }
    }
    write(root, "tool", "#!/bin/sh\n");
    assert_eq!(digest(root, root), before, "its name says nothing");
    fs::set_permissions(root.join("tool"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("may be run");
    assert_ne!(digest(root, root), before, "it may be executed");
}

#[test]
fn code_above_the_folder_counts_tracked_or_untracked() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    let files = ["study/fit.py", "study/notes.md", "shared.py", "README.md", "bin/run"];
    repository_of(root, &files.map(|path| (path, "1")));
    let cwd = root.join("study");
    let mut before = digest(root, &cwd);
    for noise in ["README.md", "bin/run", "data/new.csv"] {
        write(root, noise, "2");
        assert_eq!(digest(root, &cwd), before, "{noise}");
    }
    for code in ["shared.py", "lib/new.py", "study/notes.md"] {
        for text in ["2", "3"] {
            write(root, code, text);
            let now = digest(root, &cwd);
            assert_ne!(now, before, "{code}");
            before = now;
        }
    }
    repository_of(&root.join("vendor"), &[("v.py", "1"), ("table.csv", "1")]);
    let (now, named, _) = code_parts(root, &cwd);
    assert_ne!(now, before);
    assert_eq!(named, ["lib/new.py", "vendor/v.py"], "data above the folder is no code");
    // The same files give another digest for another folder.
    write(root, "other/fit.py", "1");
    assert_ne!(digest(root, &cwd), digest(root, &root.join("other")));
}

#[test]
fn unwatched_changes_are_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("a.py", "1"), ("b.py", "1"), ("c.py", "1")]);
    let clean = digest(root, root);
    run_git(root, &["update-index", "--assume-unchanged", "a.py"]);
    run_git(root, &["update-index", "--skip-worktree", "b.py", "c.py"]);
    assert_eq!(code_parts(root, root), (clean.clone(), vec![], vec![]));
    write(root, "a.py", "2");
    let changed = code_parts(root, root);
    assert_eq!(changed.1, ["a.py"], "it can be put back");
    assert_ne!(changed.0, clean);
    write(root, "b.py", "2");
    assert_eq!(code_parts(root, root).1, ["a.py", "b.py"]);
    write(root, "a.py", "1");
    write(root, "b.py", "1");
    assert_eq!(digest(root, root), clean);
    fs::remove_file(root.join("c.py")).expect("removed");
    assert_ne!(digest(root, root), clean, "what is not checked out is not there");
}

#[test]
fn files_of_hven_and_other_tools_are_not_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1"), ("study/fit.py", "1")]);
    let clean = digest(root, root);
    for made in [
        &["home/hven.lock", "home/token.json"][..],
        &["starting/start.lock", "starting/logs/start.log"],
        &["kepler3-v1/ro-crate-metadata.json", "kepler3-v1/publication.json", "kepler3-v1/manifest.json"],
        &["kepler3-v1/runs/1/code/fit.py"],
        &["export/BLAKE3SUMS", "export/facts.parquet", "export/logs/1.txt"],
        &["env/pyvenv.cfg", "env/lib/a.py"],
        &["conda/conda-meta/history", "conda/bin/python"],
    ] {
        for path in made {
            write(root, path, "1");
        }
        assert_eq!(code_parts(root, root), (clean.clone(), vec![], vec![]), "{made:?}");
    }
    run_git(root, &["add", "-A", "."]);
    assert_eq!(digest(root, root), clean, "also when git knows it");
    for made in [".a.py.swp", ".ipynb_checkpoints/a.ipynb", ".cache/a.py"] {
        write(root, made, "1");
    }
    assert_eq!(code_parts(root, root), (clean, vec![], vec![]));
    for code in [".Rprofile", ".config/settings.json", "crate/ro-crate-metadata.json"] {
        write(root, code, "1");
        assert!(code_parts(root, root).1.contains(&code.to_owned()), "{code}");
    }
    // A home is excluded by its path before its files show what it is.
    write(root, "new-home/config.toml", "1");
    let of = |declared: &[&str]| digest_of(&captured_code(root, &root.join("study"), declared));
    let home = root.join("new-home").display().to_string();
    let before = of(&[home.as_str()]);
    write(root, "new-home/config.toml", "2");
    assert_eq!(of(&[home.as_str()]), before);
}

#[test]
fn outputs_of_steps_of_other_manifests_are_not_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    let manifest =
        "[run.fit]\ncommand = \"python3 fit.py\"\ninputs = [\"in.csv\"]\noutputs = [\"fit.json\", \"made.py\"]\n";
    repository_of(root, &[("a/fit.py", "1"), ("b/hven.toml", manifest), ("b/fit.json", "1"), ("b/set.json", "1")]);
    let cwd = root.join("a");
    let mut before = digest(root, &cwd);
    write(root, "b/fit.json", "2");
    write(root, "b/hven.toml", &format!("{manifest}tolerance = 1e-6\n"));
    assert_eq!(digest(root, &cwd), before);
    for code in ["b/set.json", "b/made.py"] {
        write(root, code, "2");
        let now = digest(root, &cwd);
        assert_ne!(now, before, "{code}");
        before = now;
    }
}

#[test]
fn a_name_that_is_not_text_is_recorded_unchanged() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    for text in ["gr\u{efe4}.py", "gr\u{eff6}.py"] {
        fs::write(root.join(file_name::to_path(text)), "1").expect("written");
    }
    assert_eq!(code_parts(root, root).1, ["gr\u{efe4}.py", "gr\u{eff6}.py"]);
}

#[test]
fn an_ignored_folder_is_code_for_a_run_in_it() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1"), (".gitignore", "/scratch/\n")]);
    let cwd = root.join("scratch/one");
    for path in ["scratch/one/fit.py", "scratch/one/table.csv", "scratch/one/.venv/a.py", "scratch/two/b.py"] {
        write(root, path, "1");
    }
    let (mut before, named, _) = code_parts(root, &cwd);
    assert_eq!(named, ["scratch/one/fit.py", "scratch/one/table.csv"]);
    for path in ["scratch/one/fit.py", "scratch/one/table.csv", "main.py"] {
        write(root, path, "2");
        let now = digest(root, &cwd);
        assert_ne!(now, before, "{path}");
        before = now;
    }
    symlink("table.csv", cwd.join("within.csv")).expect("linked");
    symlink("../two", cwd.join("beside")).expect("linked");
    let unknown = captured_code(root, &cwd, &[]).notes.into_iter().filter_map(|note| match note {
        CaptureNote::NotCaptured { path, .. } => Some(path),
        _ => None,
    });
    assert_eq!(unknown.collect::<Vec<_>>(), ["beside"]);
}
