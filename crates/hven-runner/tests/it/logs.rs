//! All ways in which processes print.

use std::fs;

use hven_core::{
    run::Outcome,
    stream::{Frames, Source, Stream},
};

use crate::setup::Setup;

#[test]
fn output_is_sent_while_the_task_runs() {
    let setup = Setup::new();
    let attempt = setup.submit(&["python3", "-c", "print('live'); import time; time.sleep(1000)"], |_| {});
    setup.wait_for_log(attempt, "live\n");
    assert!(setup.seen(attempt).ends.is_empty());
    setup.server.wait("the start", |state| (state.attempts.get(&attempt)?.started > 0).then_some(()));
    setup.stop(attempt);
    setup.end_of(attempt);
}

#[test]
fn binary_output_and_endless_lines_are_kept_unchanged() {
    let setup = Setup::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(setup.work().join("bytes"), &bytes).expect("a file");
    let attempt = setup.submit(&["cat", "bytes"], |_| {});
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let log = setup.seen(attempt).streams[&Stream::Log].clone();
    let said: Vec<u8> = Frames::new(&log).flat_map(|frame| frame.expect("a good frame").bytes.to_vec()).collect();
    assert!(said == bytes, "{} bytes of {}", said.len(), bytes.len());
}

#[test]
fn a_log_of_a_gigabyte_is_bounded_with_a_note() {
    let limit: u64 = 8 << 20;
    let setup = Setup::with(&["--log-bytes-max", &limit.to_string()]);
    let attempt = setup.script("echo first; head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo last");
    let dir = setup.attempt_dir(attempt);
    let mut spooled_max = 0;
    let result = setup.server.wait("an end", |state| {
        let sizes = fs::read_dir(&dir).into_iter().flatten().flatten();
        spooled_max = spooled_max.max(sizes.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum());
        state.attempts.get(&attempt)?.ends.first().cloned()
    });
    assert_eq!(result.outcome, Outcome::Done);
    let seen = setup.seen(attempt);
    let text = seen.text(Source::Stdout);
    assert!(text.starts_with("first\nxxx") && text.ends_with("xxx\nlast\n"));
    assert_eq!(text.len() as u64 + result.log.dropped_bytes, 1_000_000_000 + 12);
    assert_eq!(result.log.bytes, seen.streams[&Stream::Log].len() as u64);
    assert!(result.log.bytes <= limit + (1 << 20), "{:?}", result.log);
    // While the tail is appended to the head, the spool holds both copies.
    assert!(spooled_max <= 2 * limit, "{spooled_max} bytes in the spool");
    assert!(
        seen.text(Source::Hven).contains(&format!("{} bytes of the log were dropped here", result.log.dropped_bytes))
    );
    let status = fs::read_to_string(format!("/proc/{}/status", setup.runner_pid())).expect("a runner");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak_kib < 64 * 1024, "{peak_kib} KiB");
}

#[test]
fn secrets_are_masked_across_pieces() {
    let setup = Setup::new();
    let script = "printf 'a s3cr3t'; sleep 0.3; printf -- '-value b '; echo s3cr3t-value >&2; printf s3cr3t-valu; \
                  echo '{\"param\":{\"key\":\"s3cr3t-value\"}}' >> $HVEN_METRICS";
    let attempt = setup.submit(&["sh", "-c", script], |start| {
        start.secrets.insert("KEY".to_owned(), "s3cr3t-value".to_owned());
    });
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    let seen = setup.seen(attempt);
    assert_eq!(seen.text(Source::Stdout), "a *** b s3cr3t-valu");
    assert_eq!(seen.text(Source::Stderr), "***\n");
    assert_eq!(seen.params["key"], "***");
}

#[test]
fn a_log_without_space_does_not_disturb_the_task() {
    let setup = Setup::new();
    assert_eq!(setup.run("true").0.outcome, Outcome::Done, "the runner has taken over its spool");
    // Every write to the log fails with a full disk.
    let start = setup.start_of(&["sh", "-c", "echo unheard; echo also >&2"]);
    let attempt = start.attempt;
    fs::create_dir(setup.attempt_dir(attempt)).expect("a folder");
    std::os::unix::fs::symlink("/dev/full", setup.attempt_dir(attempt).join("log")).expect("a link");
    setup.assign(start);
    let result = setup.end_of(attempt);
    assert_eq!((result.outcome, result.log.bytes), (Outcome::Done, 0));
}

#[test]
fn the_outputs_of_many_tasks_are_not_mixed() {
    let setup = Setup::new();
    let all: Vec<_> = (0..60).map(|i| setup.script(&format!("for n in 1 2 3; do echo {i}; done"))).collect();
    for (i, &attempt) in all.iter().enumerate() {
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
        assert_eq!(setup.seen(attempt).text(Source::Stdout), format!("{i}\n{i}\n{i}\n"));
    }
}
