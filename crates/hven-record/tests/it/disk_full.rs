//! A disk that becomes full at different times: callers get a clear error, no write is half-done, and the home stays usable.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use hven_app::ports::{Objects, Record, Series, StoreError, objects::Presence, record::FactQuery, series::StreamPiece};
use hven_core::{Digest, Fact, fact::PayloadErased, run::Outcome};
use hven_record::{Database, ExportError, Home, OpenError, Settings, export, import};
use hven_testing::{Postgresql, SmallDisk};

use crate::{
    facts::{batch, finished, started, submitted},
    streams::{LOG, log_of, whole_log},
    world::{Add, World, assert_sound, assert_views_follow_facts, is_full, wait},
};

/// The sizes of the large files of a home.
fn sizes(home: &Path) -> String {
    let size = |name: &str| fs::metadata(home.join(name)).map_or(0, |found| found.len() >> 10);
    format!("KB: reserve {}, database {}, WAL {}", size("reserve"), size("record.db"), size("record.db-wal"))
}

fn home_on(disk: &SmallDisk) -> PathBuf {
    disk.path().join("home")
}

fn on_a_small_disk(case: &str, test: impl FnOnce(&SmallDisk, &Home)) {
    let Some(disk) = SmallDisk::mount(&format!("a full disk: {case}"), 24) else { return };
    let home = Home::create_or_open(&home_on(&disk), Settings::default()).unwrap();
    wait(home.add(batch([submitted(0)]))).unwrap();
    test(&disk, &home);
    // The home stays usable.
    wait(home.add(batch([submitted(1 << 20)]))).unwrap();
    assert_sound(&home);
    assert_views_follow_facts(&home);
    let head = home.head();
    home.close().unwrap();
    let home = Home::open(&home_on(&disk), Settings::default()).unwrap();
    assert_eq!(home.head(), head);
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// Opens a copy of the home in the state that a crash would leave now.
fn assert_a_crash_now_loses_nothing(home: &Home, path: &Path) {
    let copy = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-r").arg(path).arg(copy.path().join("home")).status().unwrap();
    assert!(copied.success());
    let reopened = Home::open(&copy.path().join("home"), Settings::default()).unwrap();
    assert_eq!(reopened.head(), home.head());
    assert_sound(&reopened);
    assert_views_follow_facts(&reopened);
    reopened.close().unwrap();
}

fn what_is_full<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> String {
    match outcome {
        Err(StoreError::Full { what }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_database_cannot_grow() {
    on_a_small_disk("facts", |disk, home| {
        let filler = disk.fill_but(300 * 1024);
        let mut n = 1;
        let full = loop {
            let facts = [Fact::from(submitted(n)), started(n, 1).into(), finished(n, Outcome::Done).into()];
            let head = home.head();
            let outcome = wait(home.add(batch(facts)));
            if outcome.is_err() {
                assert_eq!(home.head(), head);
                break what_is_full(outcome);
            }
            n += 1;
        };
        // Readers see acknowledged facts even while the disk is full.
        assert!(
            ["the record's database", "new facts: Hven accepts new work again when 7 MB are free"].contains(&&*full),
            "{full}"
        );
        let query = FactQuery { after: 0, limit: 100_000, ..FactQuery::default() };
        assert_eq!(wait(home.facts(query)).unwrap().len() as u64, home.head().seq);
        assert!(is_full(&wait(home.add(batch([submitted(n)])))));
        drop(filler);
        assert_a_crash_now_loses_nothing(home, &home_on(disk));
    });
}

#[test]
fn the_journal_cannot_grow() {
    on_a_small_disk("journal", |disk, home| {
        let filler = disk.fill_but(1500 * 1024);
        let attempt = started(0, 1).attempt;
        // Write 64 KiB at a time: the first file of the journal has 1 MiB, and the next would be larger than the free space.
        let piece = log_of(0..3000);
        let mut kept = 0;
        let full = loop {
            let outcome = wait(home.add_bytes(attempt, LOG, None, &piece));
            match outcome {
                Ok(extent) => kept = extent,
                outcome => break what_is_full(outcome),
            }
        };
        // The disk may have space for a small file of the journal, but then not for the bytes themselves.
        assert!(["the journal", "a run's streams"].contains(&&*full), "{full}");
        assert_eq!(wait(home.extent(attempt, LOG)).unwrap(), kept);
        drop(filler);
        assert_a_crash_now_loses_nothing(home, &home_on(disk));
        assert_eq!(wait(whole_log(home, attempt)).last().unwrap().next, kept);
    });
}

#[test]
fn a_segment_cannot_grow() {
    on_a_small_disk("segment", |disk, home| {
        let attempt = started(0, 1).attempt;
        let piece = log_of(0..3000);
        let first = wait(home.add_bytes(attempt, LOG, None, &piece)).unwrap();
        let filler = disk.fill_but(8 * 1024);
        let outcome = wait(home.add_bytes(attempt, LOG, Some(first), &piece));
        assert_eq!(what_is_full(outcome), "a run's streams");
        assert_eq!(wait(home.extent(attempt, LOG)).unwrap(), first);
        drop(filler);
        assert_a_crash_now_loses_nothing(home, &home_on(disk));
        // Other bytes than the refused ones.
        let other = log_of(7000..7010);
        let end = wait(home.add_bytes(attempt, LOG, Some(first), &other)).unwrap();
        assert_eq!(end, first + other.len() as u64);
        assert_a_crash_now_loses_nothing(home, &home_on(disk));
        assert_eq!(wait(whole_log(home, attempt)).last().unwrap().bytes, "line 7009\n");
    });
}

#[test]
fn an_object_does_not_fit() {
    on_a_small_disk("object", |disk, home| {
        let bytes = vec![7; 3 << 20];
        let filler = disk.fill_but(1 << 20);
        let outcome = wait(home.put(bytes.clone().into()));
        assert_eq!(what_is_full(outcome), "an object");
        let digest = Digest::of(&bytes);
        let chunks = futures::StreamExt::boxed(futures::stream::iter([Ok(bytes.into())]));
        assert!(is_full(&wait(home.receive(digest, hven_app::ports::objects::Arrival::rest(0), chunks))));
        assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Absent);
        assert!(fs::read_dir(home_on(disk).join("objects/tmp")).unwrap().next().is_none());
        drop(filler);
    });
}

#[test]
fn a_part_does_not_fit() {
    on_a_small_disk("seal", |disk, home| {
        let attempt = started(0, 1).attempt;
        let mut random = vec![0; 900 * 1024];
        getrandom::fill(&mut random).unwrap();
        let mut log = Vec::new();
        let frame = hven_core::stream::Frame {
            source: hven_core::stream::Source::Stdout,
            time: hven_core::Time::from_micros(0),
            bytes: &random,
        };
        frame.write(&mut log);
        let end = wait(home.add_bytes(attempt, LOG, None, &log)).unwrap();
        let filler = disk.fill_but(300 * 1024);
        assert_eq!(what_is_full(wait(home.seal(attempt))), "a part");
        assert!(fs::read_dir(home_on(disk).join("objects/tmp")).unwrap().next().is_none());
        drop(filler);
        assert_eq!(wait(home.extent(attempt, LOG)).unwrap(), end);
        assert_eq!(wait(home.seal_all(attempt)), 1);
        assert_eq!(wait(whole_log(home, attempt)).last().unwrap().next, end);
    });
}

#[test]
fn ends_of_runs_and_erasures_are_recorded_on_a_full_disk() {
    on_a_small_disk("the reserve", |disk, home| {
        // The reserve of this disk has 1.5 MB. Before each step, the filler uses all other space again.
        let runs = 1..45;
        let started_runs = runs.clone().flat_map(|n| [Fact::from(submitted(n)), started(n, 1).into()]);
        wait(home.add(batch(started_runs))).unwrap();
        let secret = home.head().seq - 1;
        assert!(home.has_room());
        let mut filler = disk.fill_but(0);
        let mut n = 1000;
        while !is_full(&wait(home.add(batch([submitted(n)])))) {
            n += 1;
        }
        assert!(!home.has_room());
        for n in runs.clone() {
            filler.follow(disk, 0);
            let ended = wait(home.add(batch([finished(n, Outcome::Done)])));
            assert!(ended.is_ok(), "the end of run {n}: {ended:?}; {}", sizes(&home_on(disk)));
            assert!(is_full(&wait(home.add(batch([submitted(n + 2000)])))), "new work waits");
        }
        // The last output of an attempt is accepted, and other output is refused.
        let words = log_of(0..20);
        assert!(is_full(&wait(home.add_bytes(started(1, 1).attempt, LOG, None, &words))));
        let piece = StreamPiece { attempt: started(1, 1).attempt, stream: LOG, offset: None, bytes: words.into() };
        assert!(wait(home.append_last(vec![piece])).unwrap()[0] > 0);
        let erased = PayloadErased::new(secret, "a test");
        wait(Record::erase(home, &[secret], batch([erased]))).unwrap();
        assert_a_crash_now_loses_nothing(home, &home_on(disk));
        drop(filler);
        assert!(home.has_room(), "the reserve is restored");
    });
}

/// The removal of copies of erased text needs space. The erasure is valid without it, and the removal is done later.
#[test]
fn an_erasure_is_finished_when_there_is_space() {
    let Some(disk) = SmallDisk::mount("a full disk: an erasure", 24) else { return };
    let home = Home::create_or_open(&home_on(&disk), Settings::default()).unwrap();
    let secret = "hunter2-in-the-name";
    let mut run = submitted(1);
    run.name = Some(secret.to_owned());
    let seq = wait(home.add(batch([run]))).unwrap().facts[0].header.seq;
    wait(home.add(batch((2..300).map(submitted)))).unwrap();
    let filler = disk.fill_but(0);
    let erased = PayloadErased::new(seq, "a test");
    wait(Record::erase(&home, &[seq], batch([erased]))).unwrap();
    assert!(home.copies_left() && hven_record::copies_left(&home_on(&disk)));
    let found = wait(home.facts(FactQuery { after: seq - 1, limit: 1, ..FactQuery::default() })).unwrap();
    assert!(found[0].payload.is_none(), "it is erased all the same");
    drop(filler);
    home.close().unwrap();
    let home = Home::open(&home_on(&disk), Settings::default()).unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    while home.copies_left() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!home.copies_left() && !hven_record::copies_left(&home_on(&disk)));
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
    for file in crate::conformance::files_below(&home_on(&disk)) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", file.display());
    }
}

#[test]
fn a_home_opens_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount("a full disk: opening", 24) else { return };
    let home = Home::create_or_open(&home_on(&disk), Settings::default()).unwrap();
    wait(home.add(batch([submitted(0)]))).unwrap();
    home.close().unwrap();
    for n in 1..4 {
        let filler = disk.fill_but(0);
        let home = Home::open(&home_on(&disk), Settings::default()).unwrap();
        wait(home.add(batch([finished(n, Outcome::Done)]))).unwrap();
        // Facts fit into the existing files for a while; then new work waits.
        assert!((n * 10_000..(n + 1) * 10_000).any(|n| is_full(&wait(home.add(batch([submitted(n)]))))));
        assert_sound(&home);
        if n == 2 {
            assert_a_crash_now_loses_nothing(&home, &home_on(&disk));
        }
        home.close().unwrap();
        drop(filler);
        let home = Home::open(&home_on(&disk), Settings::default()).unwrap();
        wait(home.add(batch([submitted(n)]))).unwrap();
        assert_sound(&home);
        assert_views_follow_facts(&home);
        home.close().unwrap();
    }
}

#[test]
fn a_restart_does_not_accept_new_work_earlier() {
    let Some(disk) = SmallDisk::mount("a full disk: a new start", 24) else { return };
    let home = Home::create_or_open(&home_on(&disk), Settings::default()).unwrap();
    wait(home.add(batch([submitted(0)]))).unwrap();
    home.close().unwrap();
    // A full disk leaves the reserve in this state.
    fs::File::options().write(true).open(home_on(&disk).join("reserve")).unwrap().set_len(0).unwrap();
    let filler = disk.fill_but(2 << 20);
    let home = Home::open(&home_on(&disk), Settings::default()).unwrap();
    assert!(is_full(&wait(home.add(batch([submitted(1)])))), "some space is not enough");
    wait(home.add(batch([finished(0, Outcome::Done)]))).unwrap();
    drop(filler);
    wait(home.add(batch([submitted(1)]))).unwrap();
    assert_sound(&home);
    home.close().unwrap();
}

/// The facts are in PostgreSQL, which has space. Streams and objects are on the disk of the home.
#[test]
fn a_home_with_postgresql_stays_usable() {
    const CASE: &str = "a full disk: a home with PostgreSQL";
    let Some(server) = Postgresql::start(CASE, 1) else { return };
    let Some(disk) = SmallDisk::mount(CASE, 24) else { return };
    let database = Database::Postgres { url: server.pairs(), schema: "home".to_owned() };
    let settings = Settings { database, ..Settings::default() };
    let home = Home::create_or_open(&home_on(&disk), settings.clone()).unwrap();
    wait(home.add(batch([Fact::from(submitted(0)), started(0, 1).into()]))).unwrap();
    let (attempt, piece) = (started(0, 1).attempt, log_of(0..3000));
    let mut kept = wait(home.add_bytes(attempt, LOG, None, &piece)).unwrap();
    let mut filler = disk.fill_but(0);
    let full = loop {
        match wait(home.add_bytes(attempt, LOG, None, &piece)) {
            Ok(extent) => kept = extent,
            outcome => break what_is_full(outcome),
        }
    };
    assert!(["the journal", "a run's streams"].contains(&&*full), "{full}");
    assert!(!home.has_room());
    // New work would need the disk later, so it is refused although the database has space for its fact.
    assert!(is_full(&wait(home.add(batch([submitted(1)])))));
    assert!(is_full(&wait(home.put(vec![7; 1 << 20].into()))));
    filler.follow(&disk, 0);
    let words = StreamPiece { attempt, stream: LOG, offset: None, bytes: log_of(3000..3020).into() };
    let all = wait(home.append_last(vec![words])).unwrap()[0];
    assert!(all > kept, "the last words of an attempt");
    wait(home.add(batch([finished(0, Outcome::Done)]))).unwrap();
    assert_sound(&home);
    let head = home.head();
    home.close().unwrap();

    let home = Home::open(&home_on(&disk), settings).unwrap();
    assert_eq!(home.head(), head);
    assert_eq!(wait(home.extent(attempt, LOG)).unwrap(), all);
    drop(filler);
    wait(home.add(batch([submitted(2)]))).unwrap();
    assert!(wait(home.seal_all(attempt)) > 0);
    assert_eq!(wait(whole_log(&home, attempt)).last().unwrap().next, all);
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// ext4 turns read-only while files are open. Recorded facts stay readable, and the home accepts nothing that it cannot
/// store.
#[test]
fn a_disk_turns_read_only_under_a_home() {
    let Some(disk) = SmallDisk::mount_ext4("a disk that turns read-only", 48) else { return };
    let home = Home::create_or_open(&home_on(&disk), Settings::default()).unwrap();
    let attempt = started(0, 1).attempt;
    wait(home.add(batch([Fact::from(submitted(0)), started(0, 1).into()]))).unwrap();
    let kept = wait(home.add_bytes(attempt, LOG, None, &log_of(0..100))).unwrap();
    let all = || FactQuery { after: 0, limit: 100, ..FactQuery::default() };
    let (before, head) = (wait(home.facts(all())).unwrap(), home.head());
    disk.find_an_error();
    for _ in 0..2 {
        assert_read_only(&wait(home.add(batch([submitted(1)]))));
        assert_read_only(&wait(home.add(batch([finished(0, Outcome::Done)]))));
        assert_read_only(&wait(home.add_bytes(attempt, LOG, None, &log_of(100..200))));
        assert_read_only(&wait(home.put(vec![7; 1000].into())));
    }
    assert!(home.has_room(), "the disk is not full");
    assert_eq!((wait(home.facts(all())).unwrap(), home.head()), (before, head));
    assert_eq!(wait(whole_log(&home, attempt)).last().unwrap().next, kept);
    assert_sound(&home);
    assert_a_crash_now_loses_nothing(&home, &home_on(&disk));
    home.close().unwrap_err();
}

fn assert_read_only<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    let is_told = matches!(outcome, Err(StoreError::Io { source, .. })
        if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem);
    assert!(is_told, "{outcome:?}");
}

#[test]
fn an_export_does_not_fit() {
    let Some(disk) = SmallDisk::mount("a full disk: export", 16) else { return };
    let world = World::sqlite();
    let home = world.open();
    let mut random = vec![0; 3 << 20];
    getrandom::fill(&mut random).unwrap();
    wait(home.put(random.into())).unwrap();
    wait(home.add(batch([submitted(0)]))).unwrap();
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    let folder = disk.path().join("exported");
    // The disk is full at the start, at the tables, or at the object.
    for left in [32 * 1024, 512 * 1024, 2 << 20] {
        let filler = disk.fill_but(left);
        let refused = export(backup.as_slice(), &folder, &mut |_| ()).unwrap_err();
        assert!(matches!(refused, ExportError::Open(OpenError::Full { .. })), "{left} bytes left: {refused:?}");
        assert!(!folder.exists(), "{left} bytes left: nothing stays");
        drop(filler);
    }
    export(backup.as_slice(), &folder, &mut |_| ()).unwrap();
    home.close().unwrap();

    // The reverse: an import does not create a home that does not fit.
    let copy = disk.path().join("home");
    for left in [32 * 1024, 2 << 20] {
        let filler = disk.fill_but(left);
        let refused = import(&folder, &copy, &Settings::default(), &mut |_| ()).unwrap_err();
        assert!(matches!(refused, ExportError::Open(OpenError::Full { .. })), "{left} bytes left: {refused:?}");
        assert!(!copy.exists(), "{left} bytes left: no home is made");
        drop(filler);
    }
    import(&folder, &copy, &Settings::default(), &mut |_| ()).unwrap();
    Home::open(&copy, Settings::default()).unwrap().close().unwrap();
}

#[test]
fn a_read_only_home_is_refused() {
    let Some(disk) = SmallDisk::mount("a read-only home", 8) else { return };
    Home::create_or_open(&home_on(&disk), Settings::default()).unwrap().close().unwrap();
    disk.make_read_only();
    let refused = Home::open(&home_on(&disk), Settings::default()).unwrap_err();
    assert!(matches!(refused, OpenError::NotWritable { .. }), "{refused}");
    let refused = Home::create_or_open(&disk.path().join("new"), Settings::default()).unwrap_err();
    assert!(matches!(refused, OpenError::NotWritable { .. }), "{refused}");
}
