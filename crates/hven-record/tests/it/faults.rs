//! Killed processes, databases that are behind the journal, bit flips, and homes that belong to another process or user.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
    process::{Command, Stdio},
};

use hven_app::ports::{Objects, Record, Views, record::FactQuery};
use hven_core::{
    Fact,
    fact::PayloadErased,
    run::{Outcome, Submitted},
};
use hven_record::{Home, OpenError, Settings, restore};

use crate::{
    facts::{batch, finished, run_id, started, submitted},
    streams::{LOG, log_of, whole_log},
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

const CHILD: &str = "HVEN_TEST_CHILD_HOME";

/// Not a test: other tests start this process and kill it. It appends in a loop, and prints what was acknowledged as
/// durable.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let home = Home::create_or_open(Path::new(&path), Settings::default()).unwrap();
    wait(async {
        let from = home.runs_submitted().await.unwrap();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let home = home.clone();
                tokio::spawn(async move {
                    for i in 0.. {
                        let n = from + 4 * i + writer;
                        let attempt = started(n, 1).attempt;
                        home.add(batch([submitted(n)])).await.unwrap();
                        home.add(batch([Fact::from(started(n, 1))])).await.unwrap();
                        let extent = home.add_bytes(attempt, LOG, Some(0), &log_of(0..20)).await.unwrap();
                        let end = batch([finished(n, Outcome::Done)]).with_key(Some(format!("end {n}")));
                        let seq = home.add(end).await.unwrap().facts[0].header.seq;
                        say(&format!("run {n} fact {seq} log {extent}"));
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

fn say(line: &str) {
    // Do not use `println`, because the test harness captures it.
    let mut out = File::options().write(true).open("/dev/stderr").unwrap();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Starts the child, kills it after this number of lines, and returns the lines as (run, fact, log).
fn run_and_kill(home: &Path, lines: usize) -> Vec<[u64; 3]> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["faults::child", "--exact", "--nocapture"])
        .env(CHILD, home)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stderr.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    while acknowledged.len() < lines {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the child ended by itself");
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["run", run, "fact", fact, "log", log] = words[..] {
            acknowledged.push([run.parse().unwrap(), fact.parse().unwrap(), log.parse().unwrap()]);
        } else {
            panic!("the child said {line:?}");
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    acknowledged
}

fn assert_nothing_is_lost(home: &Home, acknowledged: &[[u64; 3]]) {
    assert_sound(home);
    assert_views_follow_facts(home);
    wait(async {
        for [run, fact, log] in acknowledged {
            let query = FactQuery { after: fact - 1, limit: 1, ..FactQuery::default() };
            let found = home.facts(query).await.unwrap();
            assert_eq!(found[0].header.key.as_deref(), Some(format!("end {run}").as_str()));
            let attempt = started(*run, 1).attempt;
            let frames = whole_log(home, attempt).await;
            assert_eq!((frames.len(), frames[19].next), (20, *log));
        }
    });
}

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let world = World::sqlite();
    let mut acknowledged = Vec::new();
    for round in 0..hven_testing::rounds(6) {
        acknowledged.extend(run_and_kill(&world.path(), 1 + 17 * (round % 6) as usize));
        if round % 2 == 1 {
            let home = world.open();
            assert_nothing_is_lost(&home, &acknowledged);
            home.close().unwrap();
        }
    }
}

/// Simulates a power failure: the journal was flushed, and the WAL of SQLite was not.
#[test]
fn facts_that_the_database_lost_are_restored_from_the_journal() {
    let world = World::sqlite();
    let acknowledged = run_and_kill(&world.path(), 50);
    fs::remove_file(world.path().join("record.db-wal")).unwrap();
    fs::remove_dir_all(world.path().join("segments")).unwrap();
    fs::create_dir(world.path().join("segments")).unwrap();
    let home = world.open();
    assert_nothing_is_lost(&home, &acknowledged);
    home.close().unwrap();
    let home = world.open();
    assert_nothing_is_lost(&home, &acknowledged);
    home.close().unwrap();
}

/// An interrupted write at the end is dropped; damage before later writes is reported.
#[test]
fn a_torn_journal_is_truncated_and_a_damaged_one_is_refused() {
    let world = World::sqlite();
    run_and_kill(&world.path(), 30);
    let journal = crate::conformance::files_below(&world.path().join("journal"));
    let journal = journal.iter().find(|path| path.extension().is_some_and(|e| e == "journal")).unwrap();
    let whole = fs::read(journal).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
    let forget_database = || {
        let _ = fs::remove_file(world.path().join("record.db-wal"));
        fs::write(world.path().join("record.db"), b"").unwrap();
    };
    // A flipped bit in the middle.
    let mut damaged = whole.clone();
    damaged[end / 2] ^= 4;
    fs::write(journal, &damaged).unwrap();
    forget_database();
    let refused = Home::open(&world.path(), Settings::default()).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
    // The last bytes are missing.
    let mut torn = whole;
    torn[end - 20..].fill(0);
    fs::write(journal, &torn).unwrap();
    forget_database();
    let home = world.open();
    assert!(home.head().seq > 50);
    assert_sound(&home);
    assert_views_follow_facts(&home);
    wait(home.add(batch([submitted(1 << 30)]))).unwrap();
    home.close().unwrap();
}

fn small_home(world: &World) {
    let home = world.open();
    wait(async {
        for n in 0..40 {
            let run =
                batch([Fact::from(submitted(n)), started(n, 1).into()]).with_key(Some(format!("key number {n:04}")));
            home.add(run).await.unwrap();
            home.add(batch([finished(n, Outcome::Done)])).await.unwrap();
        }
        // Add enough runs that pages of the table and of each index are split, and that the index has inner pages.
        for n in 40..700 {
            let run = batch([Fact::from(submitted(n))]).with_key(Some(format!("key number {n:04}")));
            home.add(run).await.unwrap();
        }
    });
    home.close().unwrap();
}

fn flip(path: &Path, at: u64) {
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

/// Flips one bit at every place with data of one fact, in the table and in each index.
#[test]
fn a_flipped_bit_is_reported() {
    let world = World::sqlite();
    small_home(&world);
    let database = world.path().join("record.db");
    let home = world.open();
    let fact = wait(home.facts(FactQuery { after: 61, limit: 1, ..FactQuery::default() })).unwrap().remove(0);
    home.close().unwrap();
    let whole = fs::read(&database).unwrap();
    let payload = fact.payload.as_ref().unwrap();
    let subject = fact.header.subject.unwrap().to_be_bytes();
    let key = fact.header.key.clone().unwrap();
    let needles: [(&str, &[u8]); 7] = [
        ("payload", &payload.bytes),
        ("salt", &payload.salt),
        ("payload digest", fact.payload_digest.as_bytes()),
        ("hash", fact.hash.as_bytes()),
        ("id", &fact.header.id.to_bytes()),
        ("subject", &subject),
        ("key", key.as_bytes()),
    ];
    for (what, needle) in needles {
        let found: Vec<usize> = (0..whole.len() - needle.len()).filter(|at| whole[*at..].starts_with(needle)).collect();
        let mut named = 0;
        for at in found {
            fs::write(&database, &whole).unwrap();
            flip(&database, (at + needle.len() / 2) as u64);
            let home = match Home::open(&world.path(), Settings::default()) {
                Ok(home) => home,
                Err(refused) => {
                    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
                    continue;
                }
            };
            let verification = wait(home.verify(false)).unwrap();
            match verification.broken {
                Some((seq, why)) => {
                    named += 1;
                    assert!(seq == 62 || what == "subject" || why.contains("at or before"), "{what}: {seq}: {why}");
                }
                // Views also contain the subject; a check compares them with the facts. A flip in unused bytes, such as the old
                // place of a moved row, changes nothing.
                None => {
                    let same = wait(home.facts(FactQuery { after: 61, limit: 1, ..FactQuery::default() })).unwrap();
                    let views_differ = home.check_views(&mut |_| ()).is_ok_and(|found| !found.differences.is_empty());
                    assert!(views_differ || same[0] == fact, "{what} at {at}");
                }
            }
            home.close().unwrap();
        }
        assert!(named > 0, "{what}");
    }
}

/// Pages that were split while the database grew contain unreferenced copies of rows. An erasure also removes erased text
/// from these copies.
#[test]
fn an_erased_payload_is_in_no_page_that_was_split() {
    let world = World::sqlite();
    let home = world.open();
    let secret = "hunter2-in-the-name";
    wait(async {
        // Use scattered ids, so that pages are split in their middle, before and after the erasure.
        let scattered = |n: u64| Submitted { run: run_id(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), ..submitted(n) };
        let mut seqs = Vec::new();
        for n in 0..1200 {
            let mut run = scattered(n);
            if n % 40 == 7 {
                run.name = Some(secret.to_owned());
                run.spec.argv.push(secret.to_owned());
                seqs.push(home.add(batch([run])).await.unwrap().facts[0].header.seq);
            } else {
                home.add(batch([run])).await.unwrap();
            }
        }
        let because = "it slipped in".to_owned();
        let erased: Vec<Fact> = seqs.iter().map(|seq| PayloadErased::new(*seq, because.clone()).into()).collect();
        home.erase(&seqs, batch(erased)).await.unwrap();
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
    for file in crate::conformance::files_below(&world.path()) {
        let bytes = fs::read(&file).unwrap();
        let count = bytes.windows(secret.len()).filter(|window| *window == secret.as_bytes()).count();
        assert_eq!(count, 0, "{}", file.display());
    }
}

/// A reader keeps old pages in the WAL. The erasure is valid meanwhile, appends work, and the rest is done after the reader
/// has finished.
#[test]
fn an_erasure_is_finished_after_the_last_reader() {
    let world = World::sqlite();
    let home = world.open();
    let seq = wait(home.add(batch([submitted(1)]))).unwrap().facts[0].header.seq;
    let reader = rusqlite::Connection::open(world.path().join("record.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM facts;").unwrap();
    let erased = PayloadErased::new(seq, "a test");
    wait(Record::erase(&home, &[seq], batch([erased]))).unwrap();
    assert!(home.copies_left());
    wait(home.add(batch([submitted(2)]))).unwrap();
    assert!(home.copies_left(), "the reader is still there");
    drop(reader);
    let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while home.copies_left() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(!home.copies_left() && !hven_record::copies_left(&world.path()));
    assert_sound(&home);
    home.close().unwrap();
}

#[test]
fn one_process_at_a_time() {
    let world = World::sqlite();
    let home = world.open();
    fs::write(world.path().join("server.json"), r#"{"url":"http://127.0.0.1:7777","pid":1}"#).unwrap();
    match Home::open(&world.path(), Settings::default()) {
        Err(OpenError::InUse { pid, url, .. }) => {
            assert_eq!((pid, url.as_deref()), (std::process::id(), Some("http://127.0.0.1:7777")));
        }
        other => panic!("{other:?}"),
    }
    home.close().unwrap();
    world.open().close().unwrap();
}

#[test]
fn a_stale_lock_of_another_machine_is_respected() {
    let world = World::sqlite();
    world.open().close().unwrap();
    let lock = world.path().join("hven.lock");
    fs::write(&lock, r#"{"host":"uraniborg","pid":1601,"boot_id":"x","started":"2026-01-01T00:00:00Z"}"#).unwrap();
    let refused = Home::open(&world.path(), Settings::default()).unwrap_err();
    assert!(matches!(&refused, OpenError::LockedElsewhere { host, pid: 1601, .. } if host == "uraniborg"));
    assert!(refused.hint().contains("--take-over"));
    let settings = Settings { take_over: true, ..Settings::default() };
    Home::open(&world.path(), settings).unwrap().close().unwrap();
    // The lock names this machine: its process has ended, otherwise it would still hold the lock.
    let here = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let text = format!(r#"{{"host":"{here}","pid":1,"boot_id":"x","started":"2026-01-01T00:00:00Z"}}"#);
    fs::write(&lock, text).unwrap();
    world.open().close().unwrap();
}

#[test]
fn folders_that_are_not_homes_are_refused() {
    let world = World::sqlite();
    fs::create_dir(world.path()).unwrap();
    fs::write(world.path().join("thesis.tex"), "").unwrap();
    let open = || Home::create_or_open(&world.path(), Settings::default()).unwrap_err();
    assert!(matches!(open(), OpenError::NotAHome { .. }));
    fs::remove_file(world.path().join("thesis.tex")).unwrap();
    world.open().close().unwrap();
    fs::write(world.path().join("FORMAT"), "hven home format 2\nrecord in sqlite\n").unwrap();
    assert!(matches!(open(), OpenError::NewerFormat { .. }));
    fs::write(world.path().join("FORMAT"), "hven home format 1\nrecord in postgresql\n").unwrap();
    assert!(matches!(open(), OpenError::OtherDatabase { .. }));
    assert!(matches!(Home::open(Path::new("/nonexistent"), Settings::default()), Err(OpenError::Absent { .. })));
}

#[test]
fn a_home_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return hven_testing::left_out("a home of another user", 1, "only root can make one");
    }
    let world = World::sqlite();
    world.open().close().unwrap();
    std::os::unix::fs::chown(world.path(), Some(1234), None).unwrap();
    match Home::open(&world.path(), Settings::default()) {
        Err(OpenError::ForeignOwner { owner: 1234, you: 0, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_backup_that_is_refused_leaves_nothing() {
    let world = World::sqlite();
    let home = world.open();
    wait(home.put("bytes".into())).unwrap();
    wait(home.add(batch([submitted(0)]))).unwrap();
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    home.close().unwrap();
    let folder = world.sibling("restored");
    let refused = |bytes: &[u8]| {
        let refused = restore(bytes, &folder, Settings::default()).unwrap_err();
        assert!(!folder.exists(), "{refused}");
        refused.to_string()
    };
    assert!(refused(&b"import csv, json\n".repeat(100)).contains("does not start like a backup"));
    for cut in [600, backup.len() / 2, backup.len() - 2000] {
        refused(&backup[..cut]);
    }
    // Existing files of the folder stay.
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("config.toml"), "").unwrap();
    restore(&backup[..600], &folder, Settings::default()).unwrap_err();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    restore(backup.as_slice(), &folder, Settings::default()).unwrap().close().unwrap();
}
