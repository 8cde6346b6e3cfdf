//! The code location in a record may come from any source: an older version of Hven that accepted it, a member through
//! the API, a publication. Reading the code from a clone changes no other files and starts no program.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use hven_api::runs::{Code, SubmitRun};
use hven_app::ports::Record;
use hven_client::{Client, Error, InHome};
use hven_core::{
    ActorId, Digest, Fact, RunId, Time,
    fact::Batch,
    handle::Handle,
    project::ProjectPath,
    reproduction::Tolerances,
    run::{self, AttemptResult, Finished, Outcome, RunFolder, Spec, Submitted},
};
use hven_record::{Home, Settings};

use crate::session::{CommandOutput, Session, files_below, finish, wait_until};

fn git(session: &Session, words: &[&str]) -> String {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(words).current_dir(session.cwd()).output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// A clone with one commit, and the commit.
fn a_clone() -> (Session, String) {
    let session = Session::new();
    session.write("study/fit.sh", "echo one > out.csv\n");
    git(&session, &["init", "-q", "-b", "main"]);
    git(&session, &["add", "."]);
    git(&session, &["commit", "-q", "-m", "first"]);
    let commit = git(&session, &["rev-parse", "HEAD"]);
    (session, commit)
}

fn code(commit: &str, prefix: &str, diff: Option<String>) -> Code {
    Code::Git {
        commit: commit.to_owned(),
        branch: None,
        prefix: prefix.to_owned(),
        diff,
        untracked: Vec::new(),
        inner: Vec::new(),
        digest: Digest::of(b"code").to_string(),
    }
}

/// A run with the given code location.
fn run_with(session: &Session, code: Code) -> SubmitRun {
    SubmitRun {
        argv: vec!["true".to_owned()],
        cwd: session.cwd().display().to_string(),
        environment: [("PATH".to_owned(), std::env::var("PATH").expect("tests have a PATH"))].into(),
        code: Some(code),
        ..SubmitRun::default()
    }
}

/// Runs a command with its own temporary folder.
fn with_temporary(session: &Session, folder: &Path, words: &[&str]) -> CommandOutput {
    fs::create_dir_all(folder).expect("made");
    finish(session.command(words).env("TMPDIR", folder).spawn().expect("it starts"))
}

#[test]
fn a_recorded_patch_changes_nothing_outside_of_its_folder() {
    let (session, commit) = a_clone();
    session.hven(&["run", "--", "true"]).ok();
    let client = Client::new(InHome(session.home()));
    let new = |path: &str| {
        format!("diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n")
    };
    let link = "diff --git a/way b/way\nnew file mode 120000\n--- /dev/null\n+++ b/way\n@@ -0,0 +1 @@\n+../..\n\
                \\ No newline at end of file\n";
    let place = session.root().join("around/it");
    for patch in [new("../../owned"), new("../../../owned"), format!("{link}{}", new("way/owned"))] {
        let diff = client.put_bytes(patch.as_bytes()).expect("kept");
        let made = client.submit(&run_with(&session, code(&commit, "", Some(diff)))).expect("submitted");
        session.hven(&["attach", &made.run.handle]).ok();
        let result = with_temporary(&session, &place, &["reproduce", &made.run.handle]);
        assert_eq!(result.status, Some(70), "{result:?}");
        assert!(
            result.err.contains("the code could not be extracted from the repository: git: error: "),
            "{}",
            result.err
        );
        let left = files_below(&session.root().join("around"));
        assert!(left.is_empty(), "{patch}: {left:?}");
    }
    // A patch to a file in the folder is applied.
    let harmless = "diff --git a/study/fit.sh b/study/fit.sh\n--- a/study/fit.sh\n+++ b/study/fit.sh\n@@ -1 +1 @@\n\
                    -echo one > out.csv\n+echo two > out.csv\n";
    let diff = client.put_bytes(harmless.as_bytes()).expect("kept");
    session.write("study/fit.sh", "echo two > out.csv\n");
    let run = SubmitRun {
        argv: ["sh", "fit.sh"].map(str::to_owned).to_vec(),
        cwd: session.cwd().join("study").display().to_string(),
        outputs: vec!["out.csv".to_owned()],
        ..run_with(&session, code(&commit, "study", Some(diff)))
    };
    let made = client.submit(&run).expect("submitted");
    session.hven(&["attach", &made.run.handle]).ok();
    let result = with_temporary(&session, &place, &["reproduce", &made.run.handle]).ok();
    assert!(result.out.contains("out.csv: the same"), "{}", result.out);
}

#[test]
fn code_that_git_could_read_as_an_option_is_refused() {
    let (session, commit) = a_clone();
    session.hven(&["run", "--", "true"]).ok();
    let client = Client::new(InHome(session.home()));
    let option = format!("--output={}", session.root().join("owned").display());
    for (commit, prefix) in [(commit.as_str(), option.as_str()), (commit.as_str(), "../.."), (option.as_str(), "")] {
        let Err(Error::Api(error)) = client.submit(&run_with(&session, code(commit, prefix, None))) else {
            panic!("{commit} {prefix}: it was accepted")
        };
        assert_eq!((error.status, error.code.as_str()), (422, "invalid"), "{error:?}");
    }
}

/// Adds finished runs to the home, as an older version of Hven with fewer checks could have recorded them.
fn plant(session: &Session, runs: &[(&str, run::Code)]) -> Vec<String> {
    session.hven(&["down"]).ok();
    let time = Time::from_micros(1_767_225_600_000_000);
    let mut facts: Vec<Fact> = Vec::new();
    let mut ids = Vec::new();
    for (number, (name, code)) in runs.iter().enumerate() {
        let run = RunId::from_u128(0x019b_0000_0000_7000_8000_0000_0000_0000 + number as u128);
        ids.push(run.to_string());
        let spec =
            Spec { code: Some(code.clone()), place: RunFolder::Fresh, ..Spec::of_command(vec!["true".to_owned()], "") };
        let submitted = Submitted {
            run,
            handle: Handle { count: 1000 + number as u64 },
            project: ProjectPath::home(),
            name: Some((*name).to_owned()),
            spec,
            launch: String::new(),
            cache_key: None,
            purpose: None,
            tolerances: Tolerances::default(),
            absent: None,
            task: None,
        };
        facts.push(submitted.into());
        let result = AttemptResult {
            started: Some(time),
            ended: Some(time),
            wall_s: 1.0,
            ..AttemptResult::without_process(Outcome::Done)
        };
        facts.push(Finished { run, attempt: None, result }.into());
    }
    let mut opened = None;
    wait_until("the server has let the home go", || {
        opened = Home::open(&session.home(), Settings::default()).ok();
        opened.is_some()
    });
    let home = opened.expect("it was opened");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    runtime.block_on(home.append(Batch::new(time, ActorId::SYSTEM, facts))).expect("recorded");
    home.close().expect("closed");
    ids
}

#[test]
fn a_record_with_malicious_code_locations_is_harmless() {
    let (session, _) = a_clone();
    let outside = session.root().join("settings");
    fs::create_dir(&outside).expect("made");
    fs::write(outside.join("secret.py"), "the secret that was not declared 4711").expect("written");
    symlink(&outside, session.cwd().join("link")).expect("linked");
    git(&session, &["add", "."]);
    git(&session, &["commit", "-q", "-m", "a link"]);
    let commit = git(&session, &["rev-parse", "HEAD"]);
    let victim: PathBuf = session.root().join("authorized_keys");
    fs::write(&victim, "mine").expect("written");
    session.hven(&["run", "--", "true"]).ok();

    let code = |prefix: String| run::Code::Git {
        commit: commit.clone(),
        branch: None,
        prefix,
        diff: None,
        untracked: Vec::new(),
        inner: Vec::new(),
        digest: Digest::of(b"code"),
    };
    let names = ["option", "linked"];
    let option = format!("--output={}", victim.display());
    let runs = plant(&session, &[(names[0], code(option)), (names[1], code("link".to_owned()))]);
    for ((name, run), why) in names.into_iter().zip(&runs).zip(["begins with a dash", "is not a folder in commit"]) {
        let evidence = format!("run.{name}");
        session.hven(&["claim", "state", name, "--evidence", &evidence, "--test", "wall_s >= 0", "It ran."]).ok();
        session.hven(&["claim", "judge", name]);
        for words in [&["reproduce", run.as_str()][..], &["publish", name], &["publish", name, "--plan"]] {
            let result = session.hven(words);
            assert_eq!(result.status, Some(65), "{words:?}: {result:?}");
            assert!(result.err.contains(why), "{words:?}: {}", result.err);
        }
    }
    assert_eq!(fs::read(&victim).expect("read"), b"mine");
    let objects = files_below(&session.home().join("objects"));
    let is_secret = |file: &PathBuf| fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"the secret that was not"));
    assert!(!objects.iter().any(is_secret), "what the link leads to was sent");
}
