use super::*;

const LIMITS: Limits = Limits { files_max: 100, bytes_max: 1 << 20 };

#[test]
fn status_is_read() {
    let text = "# branch.oid abc\0# branch.head main\0\
        1 .M N... 100644 100644 100644 aa bb a file.py\0\
        1 A. N... 000000 100644 100644 aa bb new.py\0\
        u UU N... 1 2 3 4 aa bb cc torn file.py\0? notes.md\0! ignored\0";
    let status = Status::parse(text.as_bytes());
    assert_eq!(status.commit.as_deref(), Some("abc"));
    assert_eq!(status.branch.as_deref(), Some("main"));
    let changed: Vec<_> = status.changed.iter().map(|(path, differs)| (path.to_str(), *differs)).collect();
    assert_eq!(changed, [(Some("a file.py"), true), (Some("new.py"), false), (Some("torn file.py"), true)]);
    assert_eq!(status.untracked, [PathBuf::from("notes.md")]);
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
    folder
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

    fs::write(root.join("other.py"), "print(3)\n").expect("written");
    let (diff, _, digest) = parts(take());
    assert!(diff.is_some());
    assert_eq!(digest, clean, "what lies outside of the folder is not in its digest");

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
            "a link" => std::os::unix::fs::symlink("fit.py", &key).expect("linked"),
            "a folder" => fs::create_dir(&key).expect("made"),
            _ => {}
        }
        let (notes, bytes, _) = take(&Apart::default());
        assert!(!bytes.contains("tracked"), "{becomes}: {bytes}");
        assert_eq!(notes.contains(&link), becomes == "a link", "{notes:?}");
    }
    fs::remove_dir(&key).expect("removed");
    fs::write(&key, "changed key").expect("written");

    std::os::unix::fs::symlink(outside.path().join("secret"), cwd.join("keys.py")).expect("linked");
    std::os::unix::fs::symlink("fit.py", cwd.join("alias.py")).expect("linked");
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
        std::os::unix::fs::symlink("fit.py", cwd.join(format!("{i}.py"))).expect("linked");
    }
    let captured = capture(root, &cwd, &Apart::default(), LIMITS).expect("captured").expect("there is a commit");
    assert_eq!(captured.notes.len(), LINKS_MAX);
    std::os::unix::fs::symlink("fit.py", cwd.join("one-more.py")).expect("linked");
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
