//! Runners of this machine: a script stands in for the program; it locks its spool as the real one does.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hven_app::ports::RunnerLauncher as _;
use hven_compute::{
    local::{LocalRunners, Program, Settings},
    process::stat,
};
use hven_core::RunnerId;
use rustix::process::{Pid, Signal, kill_process};

const RUNNER: RunnerId = RunnerId::from_u128(0xab);

/// Locks its spool (`$2`), says who it is and what it was told, and waits.
const SCRIPT: &str = r#"#!/bin/sh
exec 9>"$2/lock"
flock -n 9 || exit 3
echo "$@" >"$2/words"
env >"$2/environment"
echo "it speaks"
echo $$ >"$2/pid.new"
mv "$2/pid.new" "$2/pid"
exec sleep 600
"#;

struct Bench {
    home: tempfile::TempDir,
    settings: Settings,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let program = home.path().join("runner.sh");
        fs::write(&program, SCRIPT).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("executable");
        let key_of = Arc::new(|runner: RunnerId| format!("key of {runner}"));
        let program_of = Arc::new(move || Ok(Program { path: program.clone(), checked: None }));
        let resources = [("gpu".to_owned(), 2)].into();
        let settings = Settings { home: home.path().to_owned(), program_of, key_of, resources, open_files: None };
        Self { home, settings }
    }

    fn spool(&self) -> PathBuf {
        self.home.path().join("spool").join(RUNNER.to_string())
    }
}

/// The process id that the script wrote.
async fn pid_in(spool: &Path) -> u32 {
    let path = spool.join("pid");
    until(|| path.exists()).await;
    fs::read_to_string(path).expect("read").trim().parse().expect("a process id")
}

async fn until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "it did not come to be within 20 s");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.try_into().expect("a process id")).expect("not zero");
    kill_process(pid, Signal::KILL).expect("it was there");
}

/// Ends the script also when a test fails.
struct Guard(u32);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

#[tokio::test]
async fn a_runner_is_started_detached_and_its_end_is_seen() {
    let bench = Bench::new();
    let runners = LocalRunners::new(bench.settings.clone());
    let spool = bench.spool();
    assert_eq!(runners.is_gone(RUNNER).await.as_deref(), Some("its spool is not in this home"));
    assert!(!runners.can_return(RUNNER).await);

    runners.start(RUNNER).await.expect("started");
    let pid = pid_in(&spool).await;
    let guard = Guard(pid);
    assert_eq!(stat(pid).expect("it lives").session, pid, "it leads a session of its own");
    let words = fs::read_to_string(spool.join("words")).expect("read");
    let address = bench.home.path().join("server.json");
    let expected = format!("--spool {} --address {} --resource gpu=2", spool.display(), address.display());
    assert_eq!(words.trim(), expected);
    let environment = fs::read_to_string(spool.join("environment")).expect("read");
    assert!(!environment.lines().any(|line| line.starts_with("HVEN_")), "{environment}");
    assert!(environment.lines().any(|line| line.starts_with("PATH=")));
    assert_eq!(fs::read_to_string(spool.join("token")).expect("read"), format!("key of {RUNNER}"));
    for (file, mode) in [("token", 0o600), ("runner.log", 0o600), ("", 0o700)] {
        let path = if file.is_empty() { spool.clone() } else { spool.join(file) };
        assert_eq!(fs::metadata(path).expect("it is there").permissions().mode() & 0o777, mode, "{file}");
    }
    assert_eq!(fs::read_to_string(spool.join("runner.log")).expect("read"), "it speaks\n");
    assert_eq!(runners.is_gone(RUNNER).await, None);

    kill(pid);
    until(|| stat(pid).is_none()).await;
    drop(guard);
    let deadline = Instant::now() + Duration::from_secs(20);
    while runners.is_gone(RUNNER).await.is_none() {
        assert!(Instant::now() < deadline, "its end was not noticed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(runners.can_return(RUNNER).await);

    runners.forget(RUNNER).await.expect("removed");
    runners.forget(RUNNER).await.expect("nothing to remove is no error");
    assert!(!spool.exists() && !runners.can_return(RUNNER).await);
}

#[tokio::test]
async fn one_runner_comes_of_many_starts_also_of_another_server() {
    let bench = Bench::new();
    let spool = bench.spool();
    let first = LocalRunners::new(bench.settings.clone());
    first.start(RUNNER).await.expect("started");
    first.start(RUNNER).await.expect("it is there");
    let pid = pid_in(&spool).await;
    let _guard = Guard(pid);
    let second = LocalRunners::new(bench.settings.clone());
    assert_eq!(second.is_gone(RUNNER).await, None, "its lock says that it lives");
    second.start(RUNNER).await.expect("it is there");
    assert_eq!(pid_in(&spool).await, pid);

    kill(pid);
    fs::remove_file(spool.join("pid")).expect("removed");
    let deadline = Instant::now() + Duration::from_secs(20);
    while second.is_gone(RUNNER).await.is_none() {
        assert!(Instant::now() < deadline, "its end was not noticed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    second.start(RUNNER).await.expect("started again in its spool");
    let again = pid_in(&spool).await;
    let _guard = Guard(again);
    assert_ne!(again, pid);
    assert_eq!(second.is_gone(RUNNER).await, None);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error() {
    let bench = Bench::new();
    let path = bench.home.path().join("nothing");
    let program_of = Arc::new(move || Ok(Program { path: path.clone(), checked: None }));
    let runners = LocalRunners::new(Settings { program_of, ..bench.settings.clone() });
    let error = runners.start(RUNNER).await.expect_err("there is no program");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(runners.is_gone(RUNNER).await.is_some(), "nothing runs");
}

/// What is started is the file that was checked, also when another lies in its place by then.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_file_that_was_checked_is_started_and_none_that_was_put_in_its_place() {
    let bench = Bench::new();
    let program = bench.home.path().join("program");
    fs::copy("/bin/sleep", &program).expect("there is sleep");
    let (path, replaced) = (program.clone(), bench.home.path().join("runner.sh"));
    let program_of = Arc::new(move || {
        let checked = Some(fs::File::open(&path)?);
        fs::rename(&replaced, &path)?;
        Ok(Program { path: path.clone(), checked })
    });
    let runners = LocalRunners::new(Settings { program_of, ..bench.settings.clone() });
    runners.start(RUNNER).await.expect("started");
    let log = bench.spool().join("runner.log");
    // `sleep` does not know these flags and says so; the script would say that it speaks.
    until(|| fs::read_to_string(&log).is_ok_and(|text| !text.is_empty())).await;
    let said = fs::read_to_string(&log).expect("read");
    assert!(said.contains("--spool") && !said.contains("it speaks"), "{said}");
}
