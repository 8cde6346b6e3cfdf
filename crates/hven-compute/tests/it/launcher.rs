//! Runners of this machine. A script replaces the program; it locks its spool as the real one does.

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
    machine::{Declared, MachineSettings},
    process::stat,
};
use hven_core::RunnerId;
use rustix::process::{Pid, Signal, kill_process};

const RUNNER: RunnerId = RunnerId::from_u128(0xab);

/// Locks its spool (`$2`), writes its arguments and environment to files, and waits.
const SCRIPT: &str = r#"#!/bin/sh
exec 9>"$2/lock"
flock -n 9 || exit 3
echo "$@" >"$2/words"
env >"$2/environment"
echo "the script runs"
echo $$ >"$2/pid.new"
mv "$2/pid.new" "$2/pid"
exec sleep 600
"#;

struct Setup {
    home: tempfile::TempDir,
    settings: Settings,
}

impl Setup {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let program = home.path().join("runner.sh");
        fs::write(&program, SCRIPT).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("executable");
        let key_of = Arc::new(|runner: RunnerId| format!("key of {runner}"));
        let program_of = Arc::new(move || Ok(Program { path: program.clone(), checked: None }));
        let units = Declared::Units(vec!["a".to_owned(), "b".to_owned()]);
        let declared = [("fpga".to_owned(), Declared::Count(2)), ("spectrometer".to_owned(), units)].into();
        let machine = MachineSettings { declared, ..MachineSettings::default() };
        let settings = Settings { home: home.path().to_owned(), program_of, key_of, machine, open_files: None };
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
        assert!(Instant::now() < deadline, "the condition did not hold within 20 s");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.try_into().expect("a process id")).expect("not zero");
    kill_process(pid, Signal::KILL).expect("the process exists");
}

/// Ends the script even when a test fails.
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
async fn a_runner_is_started_detached_and_its_end_is_noticed() {
    let setup = Setup::new();
    let runners = LocalRunners::new(setup.settings.clone());
    let spool = setup.spool();
    assert_eq!(runners.is_gone(RUNNER).await.as_deref(), Some("its spool is not in this home"));
    assert!(!runners.can_return(RUNNER).await);

    runners.start(RUNNER).await.expect("started");
    let pid = pid_in(&spool).await;
    let guard = Guard(pid);
    assert_eq!(stat(pid).expect("it lives").session, pid, "it leads a session of its own");
    let words = fs::read_to_string(spool.join("words")).expect("read");
    let address = setup.home.path().join("server.json");
    let units = r#"--units {"spectrometer":[{"name":"a"},{"name":"b"}]}"#;
    let expected = format!("--spool {} --address {} --resource fpga=2 {units}", spool.display(), address.display());
    assert_eq!(words.trim(), expected);
    assert_eq!(runners.capacity().await.expect("it is known").named["spectrometer"], 2);
    let environment = fs::read_to_string(spool.join("environment")).expect("read");
    assert!(!environment.lines().any(|line| line.starts_with("HVEN_")), "{environment}");
    assert!(environment.lines().any(|line| line.starts_with("PATH=")));
    assert_eq!(fs::read_to_string(spool.join("token")).expect("read"), format!("key of {RUNNER}"));
    for (file, mode) in [("token", 0o600), ("runner.log", 0o600), ("", 0o700)] {
        let path = if file.is_empty() { spool.clone() } else { spool.join(file) };
        assert_eq!(fs::metadata(path).expect("it is there").permissions().mode() & 0o777, mode, "{file}");
    }
    assert_eq!(fs::read_to_string(spool.join("runner.log")).expect("read"), "the script runs\n");
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
    runners.forget(RUNNER).await.expect("a missing spool is no error");
    assert!(!spool.exists() && !runners.can_return(RUNNER).await);
}

#[tokio::test]
async fn repeated_starts_by_two_servers_start_one_runner() {
    let setup = Setup::new();
    let spool = setup.spool();
    let first = LocalRunners::new(setup.settings.clone());
    first.start(RUNNER).await.expect("started");
    first.start(RUNNER).await.expect("it runs already");
    let pid = pid_in(&spool).await;
    let _guard = Guard(pid);
    let second = LocalRunners::new(setup.settings.clone());
    assert_eq!(second.is_gone(RUNNER).await, None, "its lock proves that it lives");
    second.start(RUNNER).await.expect("it runs already");
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
async fn a_missing_program_is_an_error() {
    let setup = Setup::new();
    let path = setup.home.path().join("nothing");
    let program_of = Arc::new(move || Ok(Program { path: path.clone(), checked: None }));
    let runners = LocalRunners::new(Settings { program_of, ..setup.settings.clone() });
    let error = runners.start(RUNNER).await.expect_err("there is no program");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(runners.is_gone(RUNNER).await.is_some(), "nothing runs");
}

/// The checked file is started, even if another file has replaced it at its path.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_checked_file_is_started_and_not_its_replacement() {
    let setup = Setup::new();
    let program = setup.home.path().join("program");
    fs::copy("/bin/sleep", &program).expect("there is sleep");
    let (path, replaced) = (program.clone(), setup.home.path().join("runner.sh"));
    let program_of = Arc::new(move || {
        let checked = Some(fs::File::open(&path)?);
        fs::rename(&replaced, &path)?;
        Ok(Program { path: path.clone(), checked })
    });
    let runners = LocalRunners::new(Settings { program_of, ..setup.settings.clone() });
    runners.start(RUNNER).await.expect("started");
    let log = setup.spool().join("runner.log");
    // `sleep` refuses these flags with a message; the script would print its own.
    until(|| fs::read_to_string(&log).is_ok_and(|text| !text.is_empty())).await;
    let log_text = fs::read_to_string(&log).expect("read");
    assert!(log_text.contains("--spool") && !log_text.contains("the script runs"), "{log_text}");
}
