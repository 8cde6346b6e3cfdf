//! The properties that a task inherits from the submitting shell: limits, niceness and processors.

use rustix::process::{Resource, getrlimit};

use crate::{
    fit_script::{FIT_RUN, study},
    session::Session,
};

/// A processor on which this test may run.
#[cfg(target_os = "linux")]
fn a_processor() -> usize {
    let own = rustix::thread::sched_getaffinity(None).expect("it can be asked");
    (0..rustix::thread::CpuSet::MAX_CPU).rfind(|&cpu| own.is_set(cpu)).expect("it runs on one")
}

#[test]
#[cfg(target_os = "linux")]
fn a_task_inherits_the_limits_of_its_shell() {
    const ASK: &str = "import os, resource as r; soft = lambda of: r.getrlimit(of)[0]; \
                       print(soft(r.RLIMIT_NOFILE), soft(r.RLIMIT_STACK) // 1024, soft(r.RLIMIT_CORE), os.nice(0), \
                       *os.sched_getaffinity(0))";
    let session = Session::new();
    session.hven(&["up", "--detach"]).ok();
    let cpu = a_processor();
    let nice = (rustix::process::getpriority_process(None).expect("it can be asked") + 7).min(19);
    let limits = "ulimit -n 321; ulimit -s 4096; ulimit -c 0";
    let result = session.shell(&format!("{limits}; nice -n 7 taskset -c {cpu} \"$0\" run -- python3 -c '{ASK}'")).ok();
    assert_eq!(result.out, format!("321 4096 0 {nice} {cpu}\n"));
    let shown = session.hven(&["show", "last"]).ok().out;
    let line = shown.lines().find(|line| line.starts_with("from its shell")).unwrap_or_else(|| panic!("{shown}"));
    for part in [format!("niceness {nice}"), "open files 321".to_owned(), "stack 4 MiB".to_owned()] {
        assert!(line.contains(&part), "{part}: {line}");
    }
    let process = session.hven(&["show", "last", "--json"]).ok().json()["spec"]["process"].clone();
    assert_eq!(process["limits"]["nofile"], serde_json::json!({ "soft": 321, "hard": 321 }));
    // The next run has its own limits.
    let both = session.shell("ulimit -n; hven run -- sh -c 'ulimit -n'").ok().out;
    let (own, of_task) = both.split_once('\n').expect("two lines");
    assert_eq!(own, of_task.trim());
}

#[test]
fn an_unlimited_stack_is_inherited() {
    if getrlimit(Resource::Stack).maximum.is_some() {
        eprintln!("left out: this test may not set a stack without a limit");
        return;
    }
    let session = Session::new();
    session.hven(&["up", "--detach"]).ok();
    let result = session.shell("ulimit -s unlimited; hven run -- sh -c 'ulimit -s'").ok();
    assert_eq!(result.out, "unlimited\n");
}

#[test]
fn a_limit_that_cannot_be_inherited_is_reported_and_recorded() {
    let session = Session::new();
    // This hard limit can be raised only with a special permission.
    assert!(session.limited("-n 300", &["up", "--detach"]).output().expect("a shell").status.success());
    let result = session.shell("ulimit -n 301; hven run -- sh -c 'ulimit -n'").ok();
    let remark = "The limit of the open files is 301 in the shell of the command but 300 here";
    let is_inherited = match result.out.as_str() {
        "301\n" => true,
        "300\n" => false,
        other => panic!("{other}"),
    };
    assert_eq!(result.err.contains(remark), !is_inherited, "{}", result.err);
    let log = session.hven(&["logs", "last", "--json"]).ok().out;
    assert_eq!(log.contains(remark), !is_inherited, "{log}");
}

#[test]
fn limits_do_not_change_the_cache_key() {
    let session = study();
    let arguments = FIT_RUN.join(" ");
    session.shell(&format!("hven {arguments}")).ok();
    let again = session.shell(&format!("ulimit -n 200; ulimit -c 0; hven {arguments}")).ok();
    assert!(again.err.contains("up to date"), "{}", again.err);
}
