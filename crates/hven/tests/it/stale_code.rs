//! An earlier run is up to date only if all code is the same: including submodules, nested clones, modules that git
//! ignores, the repository above the folder, and targets of links.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use crate::session::{CommandOutput, Session, finish};

fn git(folder: &Path, words: &[&str]) {
    let settings = ["user.name=t", "user.email=t@example.org", "commit.gpgsign=false", "protocol.file.allow=always"];
    let settings = settings.iter().flat_map(|setting| ["-c", setting]);
    let output = Command::new("git").args(settings).args(words).current_dir(folder).output().expect("git runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit_all(folder: &Path) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "-q", "-b", "main"]);
    }
    git(folder, &["add", "."]);
    git(folder, &["commit", "-q", "-m", "first"]);
}

/// A Python script that writes no cache files of its imports.
const RUN: [&str; 9] = ["run", "-i", "in.txt", "-o", "out.txt", "--", "python3", "-B", "main.py"];

const MAIN: &str = "import sys\nsys.path[:0] = ['lib', 'vendor', '..']\nimport l, v\n\
                    factor = int(open('in.txt').read())\nopen('out.txt', 'w').write(str(factor * l.x + v.y))\n";

fn is_up_to_date(result: CommandOutput) -> bool {
    result.ok().err.contains("up to date")
}

#[test]
fn five_states_of_a_submodule_and_a_clone_are_five_results() {
    let session = Session::new();
    let (lib, vendor) = (session.cwd().join("lib"), session.cwd().join("vendor"));
    let origin = session.root().join("origin");
    fs::create_dir(&origin).expect("made");
    fs::write(origin.join("l.py"), "x = 10\n").expect("written");
    commit_all(&origin);
    session.write("main.py", MAIN);
    session.write("in.txt", "1");
    git(&session.cwd(), &["init", "-q", "-b", "main"]);
    git(&session.cwd(), &["submodule", "--quiet", "add", origin.to_str().expect("text"), "lib"]);
    git(&session.cwd(), &["add", "main.py", "in.txt"]);
    git(&session.cwd(), &["commit", "-q", "-m", "first"]);
    session.write("vendor/v.py", "y = 0\n");
    commit_all(&vendor);

    let mut runs = Vec::new();
    let mut check = |wanted: &str| {
        assert!(!is_up_to_date(session.hven(&RUN)), "{wanted}");
        assert_eq!(session.read("out.txt"), wanted);
        assert!(is_up_to_date(session.hven(&RUN)), "{wanted}: nothing changed");
        runs.push((session.last(), wanted.to_owned()));
    };
    check("10");
    session.write("lib/l.py", "x = 20\n");
    check("20");
    session.write("lib/l.py", "x = 30\n");
    commit_all(&lib);
    check("30");
    session.write("vendor/v.py", "y = 5\n");
    check("35");
    session.write("vendor/v.py", "y = 7\n");
    commit_all(&vendor);
    check("37");

    let shown = session.hven(&["show", &runs[3].0]).ok().out;
    assert!(shown.contains("lib at ") && shown.contains("vendor at ") && shown.contains(", with changes"), "{shown}");
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    let inner = &shown["spec"]["code"]["inner"];
    for (at, path) in ["lib", "vendor"].iter().enumerate() {
        assert_eq!((&inner[at]["path"], &inner[at]["changed"]), (&(*path).into(), &false.into()), "{inner}");
    }
    // The record contains their files: the present state is not used.
    fs::remove_dir_all(&lib).expect("removed");
    fs::remove_dir_all(&vendor).expect("removed");
    for (run, wanted) in &runs {
        let verdict = session.hven(&["reproduce", run, "--json"]).ok().json();
        assert_eq!(verdict["items"][0]["level"], "same_bytes", "{wanted}: {verdict}");
    }
}

#[test]
fn a_nested_repository_that_is_too_large_counts_and_is_reported_as_missing() {
    let session = Session::new();
    session.write("main.py", "print(1, file=open('out.txt', 'w'))\n");
    session.write("in.txt", "1");
    commit_all(&session.cwd());
    for i in 0..2001 {
        session.write(&format!("vendor/{i}.py"), "1\n");
    }
    git(&session.cwd(), &["init", "-q", "vendor"]);
    session.hven(&RUN).ok();
    assert!(is_up_to_date(session.hven(&RUN)));
    session.write("vendor/7.py", "2\n");
    assert!(!is_up_to_date(session.hven(&RUN)));
    let shown = session.hven(&["show", "last"]).ok().out;
    assert!(shown.contains("vendor without a commit, not all of its files recorded"), "{shown}");
    let verdict = session.hven(&["reproduce", "last", "--json"]).json();
    let because = verdict["items"][0]["because"].as_str().expect("words");
    assert!(because.contains("the code in vendor is missing"), "{because}");
}

#[test]
fn a_module_above_the_folder_and_one_that_git_ignores_count() {
    let session = Session::new();
    session.write("study/main.py", MAIN);
    session.write("study/in.txt", "1");
    session.write("l.py", "x = 1\n");
    session.write(".gitignore", "v.py\n__pycache__/\nnotes.txt\n");
    session.write("study/v.py", "y = 0\n");
    commit_all(&session.cwd());
    let check = |wanted: &str| {
        assert!(!is_up_to_date(session.hven_in("study", &RUN)), "{wanted}");
        assert_eq!(session.read("study/out.txt"), wanted);
        assert!(is_up_to_date(session.hven_in("study", &RUN)), "{wanted}: nothing changed");
    };
    check("1");
    session.write("l.py", "x = 2\n");
    check("2");
    commit_all(&session.cwd());
    session.write("l.py", "x = 3\n");
    commit_all(&session.cwd());
    check("3");
    session.write("study/v.py", "y = 1\n");
    check("4");
    session.write("README.md", "new\n");
    session.write("study/notes.txt", "new\n");
    commit_all(&session.cwd());
    assert!(is_up_to_date(session.hven_in("study", &RUN)), "files that are no code do not count");
}

#[test]
fn files_behind_a_link_prevent_unchecked_cache_hits() {
    for with_git in [true, false] {
        let session = Session::new();
        session.write("study/main.py", MAIN);
        session.write("study/in.txt", "1");
        session.write("study/vendor/v.py", "y = 0\n");
        session.write("shared/l.py", "x = 1\n");
        symlink("../shared", session.cwd().join("study/lib")).expect("linked");
        if with_git {
            commit_all(&session.cwd());
        }
        session.hven_in("study", &RUN).ok();
        assert_eq!(is_up_to_date(session.hven_in("study", &RUN)), with_git);
        session.write("shared/l.py", "x = 2\n");
        let result = session.hven_in("study", &RUN).ok();
        assert!(!result.err.contains("up to date"), "{}", result.err);
        assert_eq!(session.read("study/out.txt"), "2");
        if !with_git {
            let shown = session.hven(&["show", "last"]).ok().out;
            for text in [&result.err, &shown] {
                assert!(text.contains("lib is a link to ../shared") && text.contains("not answered"), "{text}");
            }
        }
    }
}

#[test]
fn a_folder_named_like_a_pattern_has_its_own_code() {
    let session = Session::new();
    let manifest = "[run.fit]\ncommand = \"python3 -B fit.py\"\ninputs = [\"in.txt\"]\noutputs = [\"out.txt\"]\n\
                    code = [\"*.py\"]\n";
    let folders = ["scan [1]", "scan 1", "tag[a-z]", "taga"];
    for folder in folders {
        session.write(&format!("{folder}/hven.toml"), manifest);
        session.write(&format!("{folder}/in.txt"), "1");
        session.write(&format!("{folder}/fit.py"), &format!("open('out.txt', 'w').write({folder:?})\n"));
    }
    for folder in folders {
        session.hven_in(folder, &["run"]).ok();
        assert_eq!(session.read(&format!("{folder}/out.txt")), folder);
        assert!(session.hven_in(folder, &["run"]).ok().out.contains("up to date"), "{folder}");
    }
}

#[test]
fn files_that_hven_writes_to_the_folder_are_no_code() {
    for with_git in [true, false] {
        let place = tempfile::tempdir().expect("a folder");
        let session = Session::with_home(place.path().join("study/own home"));
        let study = place.path().join("study");
        fs::create_dir_all(&study).expect("made");
        let manifest = "[run.one]\ncommand = \"sh one.sh\"\ninputs = [\"in.txt\"]\noutputs = [\"one.json\"]\n\
                        [run.two]\ncommand = \"sh two.sh\"\ninputs = [\"in.txt\"]\noutputs = [\"two.json\"]\n";
        for (path, text) in [
            ("hven.toml", manifest),
            ("in.txt", "1"),
            ("one.sh", "date +%N > one.json"),
            ("two.sh", "date +%N > two.json"),
        ] {
            fs::write(study.join(path), text).expect("written");
        }
        if with_git {
            commit_all(&study);
        }
        let run = || {
            let mut command = session.command(&["run"]);
            finish(command.current_dir(&study).spawn().expect("the binary starts")).ok().out
        };
        run();
        let again = run();
        assert_eq!(again.matches("up to date").count(), 2, "{with_git}: {again}");
    }
}

#[test]
fn settings_in_hidden_files_count_without_git() {
    let session = Session::new();
    session.write("in.txt", "1");
    session.write(".config/settings.json", "1");
    let run = ["run", "-i", "in.txt", "-o", "out.txt", "--", "cp", ".config/settings.json", "out.txt"];
    session.hven(&run).ok();
    assert!(is_up_to_date(session.hven(&run)));
    session.write(".config/settings.json", "2");
    assert!(!is_up_to_date(session.hven(&run)));
    assert_eq!(session.read("out.txt"), "2");
}

#[test]
fn git_variables_of_another_repository_have_no_effect() {
    let session = Session::new();
    session.write("main.py", "print(1, file=open('out.txt', 'w'))\n");
    session.write("in.txt", "1");
    commit_all(&session.cwd());
    let other = session.root().join("other");
    fs::create_dir(&other).expect("made");
    fs::write(other.join("a"), "1").expect("written");
    commit_all(&other);
    let code = |from_hook: bool| {
        let mut command = session.command(&RUN);
        if from_hook {
            command.env("GIT_DIR", other.join(".git")).env("GIT_WORK_TREE", &other);
            command.env("GIT_INDEX_FILE", other.join("none"));
        }
        finish(command.spawn().expect("the binary starts")).ok();
        session.hven(&["show", "last", "--json"]).ok().json()["spec"]["code"].clone()
    };
    let by_hand = code(false);
    assert_eq!(by_hand["kind"], "git");
    assert_eq!(code(true), by_hand);
}

#[test]
fn a_changed_executable_mode_is_named() {
    let session = Session::new();
    session.write(".gitignore", "out.txt\n");
    session.write("in.txt", "1");
    for script in ["helper.sh", "other.sh"] {
        session.write(script, "cat in.txt > out.txt\n");
    }
    commit_all(&session.cwd());
    let run = || session.hven(&["run", "-i", "in.txt", "-o", "out.txt", "--", "sh", "helper.sh"]);
    let make_executable = |script: &str| {
        fs::set_permissions(session.cwd().join(script), fs::Permissions::from_mode(0o755)).expect("set");
    };
    run().ok();
    make_executable("helper.sh");
    let result = run().ok().err;
    assert!(result.contains("run again, because the code changed: helper.sh (whether it may be executed)"), "{result}");
    make_executable("other.sh");
    commit_all(&session.cwd());
    let result = run().ok().err;
    assert!(result.contains(", which changed only whether helper.sh, other.sh may be executed"), "{result}");
}
