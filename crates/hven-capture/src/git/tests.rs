use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use hven_api::runs::{CaptureNote, Code, InnerRepository};
use hven_core::file_name;

use super::{
    ask::git,
    capture::{LINKS_MAX, capture},
    difference::NAMED_PATHS_MAX,
    repository::find,
    status::{Change, Status},
};
use crate::{Apart, CapturedCode, Limits};

const LIMITS: Limits = Limits { files_max: 100, bytes_max: 1 << 20 };

#[test]
fn status_is_read() {
    let text = "# branch.oid abc\0# branch.head main\0\
        1 .M N... 100644 100644 100644 aa bb a file.py\0\
        1 A. N... 000000 100644 100644 aa bb new.py\0\
        u UU N... 1 2 3 4 aa bb cc torn file.py\0? notes.md\0? vendor/\0! a.so\0! build/\0";
    let status = Status::parse(text.as_bytes());
    assert_eq!(status.commit.as_deref(), Some("abc"));
    assert_eq!(status.branch.as_deref(), Some("main"));
    let change = |path: &str| {
        let Change { differs, committed } = &status.changed[Path::new(path)];
        (*differs, committed.as_deref())
    };
    assert_eq!(status.changed.len(), 3);
    assert_eq!(change("a file.py"), (true, Some("100644 aa")));
    assert_eq!(change("new.py"), (false, None));
    assert_eq!(change("torn file.py"), (true, None));
    assert_eq!(status.untracked, [PathBuf::from("notes.md")]);
    assert_eq!(status.repositories, [PathBuf::from("vendor")]);
    assert_eq!(status.ignored, [PathBuf::from("a.so")]);
    assert_eq!(status.ignored_folders, [PathBuf::from("build")]);
    let fresh = Status::parse(b"# branch.oid (initial)\0# branch.head (detached)\0");
    assert_eq!(fresh, Status::default());
}

fn run_git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    run_git(root, &["init", "-q", "-b", "main"]);
    fs::create_dir(root.join("study")).expect("made");
    fs::write(root.join("study/fit.py"), "print(1)\n").expect("written");
    fs::write(root.join("study/plot.svg"), "<svg/>").expect("written");
    fs::write(root.join("other.py"), "print(2)\n").expect("written");
    fs::write(root.join("notes.md"), "old\n").expect("written");
    folder
}

/// A repository with these files, all in its one commit.
fn repository_of(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        write(root, path, text);
    }
    run_git(root, &["init", "-q", "-b", "main"]);
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("it has one")).expect("made");
    fs::write(path, text).expect("written");
}

fn taken(root: &Path, cwd: &Path, declared: &[&str]) -> CapturedCode {
    let apart = Apart { declared: declared.iter().map(PathBuf::from).collect(), ..Apart::default() };
    capture(root, cwd, &apart, LIMITS).expect("captured").expect("there is a commit")
}

/// The digest, the files that are named, and the repositories within.
fn told(root: &Path, cwd: &Path) -> (String, Vec<String>, Vec<InnerRepository>) {
    match taken(root, cwd, &[]).code {
        Some(Code::Git { digest, untracked, inner, .. }) => {
            let mut named: Vec<String> = untracked.into_iter().map(|file| file.path).collect();
            named.sort_unstable();
            (digest, named, inner)
        }
        other => panic!("{other:?} is not git's"),
    }
}

fn digest(root: &Path, cwd: &Path) -> String {
    told(root, cwd).0
}

fn digest_of(code: &CapturedCode) -> String {
    match &code.code {
        Some(Code::Git { digest, .. }) => digest.clone(),
        other => panic!("{other:?} is not git's"),
    }
}

fn parts(captured: Option<CapturedCode>) -> (Option<String>, Vec<String>, String) {
    match captured.and_then(|captured| captured.code) {
        Some(Code::Git { diff, untracked, digest, prefix, branch, .. }) => {
            assert_eq!((prefix.as_str(), branch.as_deref()), ("study", Some("main")));
            (diff, untracked.into_iter().map(|file| file.path).collect(), digest)
        }
        other => panic!("{other:?} is not git's"),
    }
}

#[test]
fn the_digest_follows_the_folder_and_the_diff_the_repository() {
    let folder = repository();
    let (root, cwd) = (folder.path(), folder.path().join("study"));
    let apart = Apart { declared: vec![PathBuf::from("plot.svg")], ..Apart::default() };
    let take = || capture(root, &cwd, &apart, LIMITS).expect("git works");
    assert!(take().is_none(), "there is no commit yet");
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);

    let (diff, untracked, clean) = parts(take());
    assert_eq!((diff, untracked.len()), (None, 0));

    fs::write(cwd.join("plot.svg"), "<svg>new</svg>").expect("written");
    assert_eq!(parts(take()), (None, vec![], clean.clone()), "a declared output is no code");

    fs::write(root.join("notes.md"), "new\n").expect("written");
    let (diff, _, digest) = parts(take());
    assert!(diff.is_some());
    assert_eq!(digest, clean, "what lies above the folder and is no code does not count");
    fs::write(root.join("other.py"), "print(3)\n").expect("written");
    assert_ne!(parts(take()).2, clean, "code does");
    run_git(root, &["commit", "-q", "-a", "-m", "code above"]);
    assert_ne!(parts(take()).2, clean, "also when it is committed");
    fs::write(root.join("other.py"), "print(2)\n").expect("written");
    assert_eq!(parts(take()).2, clean);

    fs::write(cwd.join("fit.py"), "print(4)\n").expect("written");
    let (_, _, changed) = parts(take());
    assert_ne!(changed, clean);

    fs::write(cwd.join("more.py"), "x").expect("written");
    fs::create_dir(cwd.join("__pycache__")).expect("made");
    fs::write(cwd.join("__pycache__/more.pyc"), "x").expect("written");
    fs::write(cwd.join(".env"), "SECRET=1").expect("written");
    fs::write(root.join(".gitignore"), ".env\n__pycache__/\n").expect("written");
    let (_, untracked, digest) = parts(take());
    assert_eq!(untracked, ["study/more.py"]);
    assert_ne!(digest, changed);

    run_git(root, &["add", "-A", "."]);
    assert_eq!(parts(take()).2, digest, "what is added is what lies there");
    run_git(root, &["commit", "-q", "-m", "second"]);
    assert_eq!(parts(take()).2, digest, "a commit alone changes nothing");
    run_git(root, &["rm", "-q", "study/more.py"]);
    fs::write(root.join("study/fit.py"), "print(4)\n").expect("written");
    fs::write(cwd.join("fit.py"), "print(1)\n").expect("written");
    assert_eq!(parts(take()).2, clean, "back where it was");
}

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
        (captured.notes.clone(), diff.unwrap_or_default() + &kept, parts(Some(captured)))
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
    assert_eq!(take(&included).2.1, ["study/id_rsa"], "said on purpose");

    // What has the name of a file of keys is not shown by a patch when it is something else by now.
    let key = cwd.join("server.pem");
    let link = CaptureNote::Link { path: "server.pem".into(), target: "fit.py".into() };
    for becomes in ["nothing", "a link", "a folder"] {
        // Nothing lies there any more when it comes to the link.
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
fn a_file_of_keys_that_is_code_by_word_is_a_named_file() {
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
        let (_, untracked, digest) = parts(Some(captured));
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
    // The same when too many paths changed to name each of them.
    for i in 0..=NAMED_PATHS_MAX {
        fs::write(cwd.join(format!("{i}.py")), "x").expect("written");
    }
    run_git(root, &["add", "study"]);
    take();
}

#[test]
fn very_many_links_that_git_does_not_know_are_said() {
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
fn a_name_that_git_would_read_as_another_stops_nothing() {
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
fn each_state_of_a_repository_within_is_other_code() {
    let place = tempfile::tempdir().expect("a folder");
    let root = &place.path().join("study");
    repository_of(&place.path().join("origin"), &[("a.py", "1"), ("deep/b.py", "1"), (".gitignore", "gen_*\n")]);
    repository_of(root, &[("main.py", "1")]);
    let origin = place.path().join("origin").display().to_string();
    let clone = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin.as_str(), "lib"];
    run_git(root, &clone);
    run_git(root, &["commit", "-q", "-m", "with lib"]);
    repository_of(&root.join("vendor"), &[("v.py", "1")]);

    let (first, named, inner) = told(root, root);
    assert_eq!(named, ["lib/.gitignore", "lib/a.py", "lib/deep/b.py", "vendor/v.py"]);
    let states: Vec<_> = inner.iter().map(|one| (one.path.as_str(), one.commit.is_some(), one.changed)).collect();
    assert_eq!(states, [("lib", true, Some(false)), ("vendor", true, Some(false))]);
    assert!(inner.iter().all(|one| one.is_named));

    let mut seen = vec![first.clone()];
    let mut check = |why: &str, changed: &[Option<bool>]| {
        let (digest, _, inner) = told(root, root);
        assert!(!seen.contains(&digest), "{why}");
        assert_eq!(inner.iter().map(|one| one.changed).collect::<Vec<_>>(), changed, "{why}");
        seen.push(digest.clone());
        digest
    };
    write(root, "lib/a.py", "2");
    let changed = check("a file of the submodule", &[Some(true), Some(false)]);
    run_git(&root.join("lib"), &["commit", "-q", "-a", "-m", "second"]);
    let (digest, _, inner) = told(root, root);
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

    // Declared outputs and files of keys are none of its code.
    let before = digest_of(&taken(root, root, &["vendor/out.csv"]));
    write(root, "vendor/out.csv", "1");
    assert_eq!(digest_of(&taken(root, root, &["vendor/out.csv"])), before);
    write(root, "lib/.env", "PASSWORD=hunter2");
    let code = taken(root, root, &["vendor/out.csv"]);
    assert!(code.notes.iter().any(|note| matches!(note, CaptureNote::KeyFile { path, .. } if path == "lib/.env")));
    assert_eq!(digest_of(&code), before);
}

#[test]
fn a_submodule_counts_also_where_git_does_not_read_it() {
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
        let (digest, named, inner) = told(root, root);
        assert_eq!((&digest, &named[..], inner[0].commit.is_none()), (&whole, &["lib/a.py".to_owned()][..], true));
        write(root, "lib/a.py", "2");
        assert_ne!(told(root, root).0, whole, "{gone}");
        write(root, "lib/a.py", "1");
        fs::rename(&aside, &here).expect("moved back");
    }
    // What is not there counts by its commit.
    run_git(root, &["submodule", "--quiet", "deinit", "-f", "lib"]);
    let (absent, named, inner) = told(root, root);
    assert!(absent != whole && named.is_empty() && inner.is_empty(), "{named:?} {inner:?}");
    write(&place.path().join("origin"), "a.py", "2");
    run_git(&place.path().join("origin"), &["commit", "-q", "-a", "-m", "second"]);
    let other = git(&place.path().join("origin"), &["rev-parse", "HEAD"], &[]).expect("a commit");
    let other = String::from_utf8(other).expect("text");
    run_git(root, &["update-index", "--cacheinfo", &format!("160000,{},lib", other.trim())]);
    assert_ne!(digest(root, root), absent);
}

#[test]
fn very_many_or_large_files_of_a_repository_within_count_by_their_size() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    let files: Vec<(String, &str)> = (0..=LIMITS.files_max).map(|i| (format!("{i}.py"), "1")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    repository_of(&root.join("vendor"), &files);
    let (first, named, inner) = told(root, root);
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
fn of_very_many_files_that_git_does_not_know_those_that_are_not_read_count() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    for i in 0..=LIMITS.files_max {
        write(root, &format!("{i:03}.csv"), "1");
    }
    let (first, named, _) = told(root, root);
    assert_eq!((named.len(), digest(root, root)), (LIMITS.files_max, first.clone()));
    write(root, "100.csv", "2");
    assert_ne!(digest(root, root), first);
}

#[test]
fn a_repository_within_starts_no_program() {
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
    let (_, named, inner) = told(root, root);
    assert_eq!((named.len(), inner[0].changed), (2, Some(true)));
    assert!(!mark.exists(), "it ran");
    // Its settings lead git nowhere else.
    run_git(&vendor, &["config", "core.worktree", "/etc"]);
    assert_eq!(told(root, root).1, named);
}

#[test]
fn ignored_modules_count_and_other_ignored_files_do_not() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    let ignored = "_version.py\n*.so\n*.csv\n*.log\nbuild/\n.venv/\npkg/\nclone/\nlocal.yaml\ntool\nenv\n";
    repository_of(root, &[("main.py", "1"), ("src/a.py", "1"), (".gitignore", ignored)]);
    let clean = digest(root, root);
    for noise in ["data.csv", "run.log", "build/x.py", ".venv/lib/x.py", "src/__pycache__/a.pyc", "env/pyvenv.cfg"] {
        write(root, noise, "1");
    }
    assert_eq!(told(root, root), (clean.clone(), vec![], vec![]));
    let mut before = clean;
    for module in ["_version.py", "src/fast.so", "local.yaml", "pkg/__init__.py", "pkg/sub/b.py", "clone/c.py"] {
        if module.starts_with("clone") {
            run_git(root, &["init", "-q", "clone"]);
        }
        for text in ["1", "2"] {
            write(root, module, text);
            let (now, named, _) = told(root, root);
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
fn code_above_the_folder_counts_whether_git_knows_it_or_not() {
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
    let (now, named, _) = told(root, &cwd);
    assert_ne!(now, before);
    assert_eq!(named, ["lib/new.py", "vendor/v.py"], "data above the folder is no code");
    // The same files seen from another folder are other work.
    write(root, "other/fit.py", "1");
    assert_ne!(digest(root, &cwd), digest(root, &root.join("other")));
}

#[test]
fn what_links_lead_to_counts() {
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
    let notes: Vec<CaptureNote> = taken(root, &cwd, &[]).notes;
    let outside = |path: &str, target: &str| CaptureNote::LinkOutside { path: path.into(), target: target.into() };
    let lib = root.join("lib").display().to_string();
    let why = "it is a link to ../cache, which is passed over as no code".to_owned();
    let passed_over = CaptureNote::NotCaptured { path: "cache".into(), why };
    assert_eq!(notes, [outside(&lib, "../elsewhere"), passed_over], "data above the folder is no code");
    assert!(taken(root, &cwd, &["cache/b.csv"]).notes.len() == 1, "a link on the way to an input is meant");
    let mut before = digest(root, &cwd);
    for read in ["tables/a.csv", "one.csv", "x.md", "tables/new.csv"] {
        write(root, read, "2");
        let now = digest(root, &cwd);
        assert_ne!(now, before, "{read}");
        before = now;
    }
    // Seen from the root, the other link leads out, too.
    let notes = taken(root, root, &[]).notes;
    for (path, target) in [("data", "../data"), ("lib", "../elsewhere")] {
        assert!(notes.contains(&outside(path, target)), "{notes:?}");
    }
}

#[test]
fn changes_that_git_was_told_not_to_look_at_count() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("a.py", "1"), ("b.py", "1"), ("c.py", "1")]);
    let clean = digest(root, root);
    run_git(root, &["update-index", "--assume-unchanged", "a.py"]);
    run_git(root, &["update-index", "--skip-worktree", "b.py", "c.py"]);
    assert_eq!(told(root, root), (clean.clone(), vec![], vec![]));
    write(root, "a.py", "2");
    let changed = told(root, root);
    assert_eq!(changed.1, ["a.py"], "it can be put back");
    assert_ne!(changed.0, clean);
    write(root, "b.py", "2");
    assert_eq!(told(root, root).1, ["a.py", "b.py"]);
    write(root, "a.py", "1");
    write(root, "b.py", "1");
    assert_eq!(digest(root, root), clean);
    fs::remove_file(root.join("c.py")).expect("removed");
    assert_ne!(digest(root, root), clean, "what is not checked out is not there");
}

#[test]
fn what_hven_and_other_tools_made_is_no_code() {
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
        assert_eq!(told(root, root), (clean.clone(), vec![], vec![]), "{made:?}");
    }
    run_git(root, &["add", "-A", "."]);
    assert_eq!(digest(root, root), clean, "also when git knows it");
    for made in [".a.py.swp", ".ipynb_checkpoints/a.ipynb", ".cache/a.py"] {
        write(root, made, "1");
    }
    assert_eq!(told(root, root), (clean, vec![], vec![]));
    for code in [".Rprofile", ".config/settings.json", "crate/ro-crate-metadata.json"] {
        write(root, code, "1");
        assert!(told(root, root).1.contains(&code.to_owned()), "{code}");
    }
    // By its place, before anything lies in it that shows what it is.
    write(root, "new-home/config.toml", "1");
    let of = |declared: &[&str]| digest_of(&taken(root, &root.join("study"), declared));
    let home = root.join("new-home").display().to_string();
    let before = of(&[home.as_str()]);
    write(root, "new-home/config.toml", "2");
    assert_eq!(of(&[home.as_str()]), before);
}

#[test]
fn what_steps_of_other_manifests_make_is_no_code() {
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
fn a_name_that_is_no_text_is_recorded_as_it_is() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    for text in ["gr\u{efe4}.py", "gr\u{eff6}.py"] {
        fs::write(root.join(file_name::to_path(text)), "1").expect("written");
    }
    assert_eq!(told(root, root).1, ["gr\u{efe4}.py", "gr\u{eff6}.py"]);
}

#[test]
fn a_worktree_is_a_repository_and_one_within_counts() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1")]);
    run_git(root, &["worktree", "add", "-q", "-b", "side", "side"]);
    let (first, _, inner) = told(root, root);
    assert_eq!(inner.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["side"]);
    write(root, "side/main.py", "2");
    assert_ne!(digest(root, root), first);
    let side = root.join("side");
    assert_eq!(find(&side).as_deref(), Some(side.as_path()));
    assert!(told(&side, &side).1.is_empty());
}

#[test]
fn a_folder_that_git_ignores_as_a_whole_is_code_when_one_works_in_it() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path();
    repository_of(root, &[("main.py", "1"), (".gitignore", "/scratch/\n")]);
    let cwd = root.join("scratch/one");
    for path in ["scratch/one/fit.py", "scratch/one/table.csv", "scratch/one/.venv/a.py", "scratch/two/b.py"] {
        write(root, path, "1");
    }
    let (mut before, named, _) = told(root, &cwd);
    assert_eq!(named, ["scratch/one/fit.py", "scratch/one/table.csv"]);
    for path in ["scratch/one/fit.py", "scratch/one/table.csv", "main.py"] {
        write(root, path, "2");
        let now = digest(root, &cwd);
        assert_ne!(now, before, "{path}");
        before = now;
    }
    symlink("table.csv", cwd.join("within.csv")).expect("linked");
    symlink("../two", cwd.join("beside")).expect("linked");
    let unknown = taken(root, &cwd, &[]).notes.into_iter().filter_map(|note| match note {
        CaptureNote::NotCaptured { path, .. } => Some(path),
        _ => None,
    });
    assert_eq!(unknown.collect::<Vec<_>>(), ["beside"]);
}
