//! What processes print, however they do it.

use std::fs;

use hven_core::{
    run::Outcome,
    stream::{Frames, Source, Stream},
};

use crate::house::House;

#[test]
fn output_is_seen_while_the_task_runs() {
    let house = House::new();
    let attempt = house.submit(&["python3", "-c", "print('live'); import time; time.sleep(1000)"], |_| {});
    house.wait_for_log(attempt, "live\n");
    assert!(house.seen(attempt).ends.is_empty());
    house.server.wait("the start", |world| (world.attempts.get(&attempt)?.started > 0).then_some(()));
    house.stop(attempt);
    house.end_of(attempt);
}

#[test]
fn binary_and_endless_lines_are_kept_as_they_are() {
    let house = House::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(house.work().join("bytes"), &bytes).expect("a file");
    let attempt = house.submit(&["cat", "bytes"], |_| {});
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let log = house.seen(attempt).streams[&Stream::Log].clone();
    let said: Vec<u8> = Frames::new(&log).flat_map(|frame| frame.expect("a good frame").bytes.to_vec()).collect();
    assert!(said == bytes, "{} bytes of {}", said.len(), bytes.len());
}

#[test]
fn a_gigabyte_is_bounded_and_says_so() {
    let limit: u64 = 8 << 20;
    let house = House::with(&["--log-bytes-max", &limit.to_string()]);
    let attempt = house.script("echo first; head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo last");
    let dir = house.attempt_dir(attempt);
    let mut spooled_max = 0;
    let result = house.server.wait("an end", |world| {
        let sizes = fs::read_dir(&dir).into_iter().flatten().flatten();
        spooled_max = spooled_max.max(sizes.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum());
        world.attempts.get(&attempt)?.ends.first().cloned()
    });
    assert_eq!(result.outcome, Outcome::Done);
    let seen = house.seen(attempt);
    let text = seen.text(Source::Stdout);
    assert!(text.starts_with("first\nxxx") && text.ends_with("xxx\nlast\n"));
    assert_eq!(text.len() as u64 + result.log.dropped_bytes, 1_000_000_000 + 12);
    assert_eq!(result.log.bytes, seen.streams[&Stream::Log].len() as u64);
    assert!(result.log.bytes <= limit + (1 << 20), "{:?}", result.log);
    // While the tail is joined to the head, both copies of it are there.
    assert!(spooled_max <= 2 * limit, "{spooled_max} bytes in the spool");
    assert!(
        seen.text(Source::Hven).contains(&format!("{} bytes of the log were dropped here", result.log.dropped_bytes))
    );
    let status = fs::read_to_string(format!("/proc/{}/status", house.runner_pid())).expect("a runner");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak_kib < 64 * 1024, "{peak_kib} KiB");
}

#[test]
fn secrets_are_hidden_across_pieces() {
    let house = House::new();
    let script = "printf 'a s3cr3t'; sleep 0.3; printf -- '-value b '; echo s3cr3t-value >&2; printf s3cr3t-valu; \
                  echo '{\"param\":{\"key\":\"s3cr3t-value\"}}' >> $HVEN_METRICS";
    let attempt = house.submit(&["sh", "-c", script], |start| {
        start.secrets.insert("KEY".to_owned(), "s3cr3t-value".to_owned());
    });
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    let seen = house.seen(attempt);
    assert_eq!(seen.text(Source::Stdout), "a *** b s3cr3t-valu");
    assert_eq!(seen.text(Source::Stderr), "***\n");
    assert_eq!(seen.params["key"], "***");
}

#[test]
fn a_log_without_room_does_not_hinder_the_task() {
    let house = House::new();
    assert_eq!(house.run("true").0.outcome, Outcome::Done, "the runner has taken over its spool");
    // Every write to the log finds the disk full.
    let start = house.start_of(&["sh", "-c", "echo unheard; echo also >&2"]);
    let attempt = start.attempt;
    fs::create_dir(house.attempt_dir(attempt)).expect("a folder");
    std::os::unix::fs::symlink("/dev/full", house.attempt_dir(attempt).join("log")).expect("a link");
    house.give(start);
    let result = house.end_of(attempt);
    assert_eq!((result.outcome, result.log.bytes), (Outcome::Done, 0));
}

#[test]
fn many_tasks_print_at_once_and_none_is_mixed_up() {
    let house = House::new();
    let all: Vec<_> = (0..60).map(|i| house.script(&format!("for n in 1 2 3; do echo {i}; done"))).collect();
    for (i, &attempt) in all.iter().enumerate() {
        assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
        assert_eq!(house.seen(attempt).text(Source::Stdout), format!("{i}\n{i}\n{i}\n"));
    }
}
