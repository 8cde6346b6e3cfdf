//! A disk that is full at different moments: a clear error, nothing half-written, and the home goes on.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use hven_app::ports::{Objects, Series, StoreError, objects::Presence};
use hven_core::{Digest, Fact, run::Outcome};
use hven_record::{Home, Settings};

use crate::{
    facts::{batch, finished, started, submitted},
    postgresql::left_out,
    streams::{LOG, log_of, whole_log},
    world::{Add, assert_sound, assert_views_follow_facts, is_full, wait},
};

/// A small file system of its own.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "hven-test"])
            .arg(folder.path())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self { folder })
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Takes all space but so many bytes.
    fn fill_but(&self, left: u64) -> Filler {
        let path = self.folder.path().join("filler");
        // The home may be making its journal's next file at this moment: then the space that was there is not.
        for _ in 0..100 {
            let free = rustix::fs::statvfs(self.folder.path()).unwrap();
            let free = free.f_bavail * free.f_frsize;
            let mut file = File::create(&path).unwrap();
            if file.write_all(&vec![1; free.saturating_sub(left) as usize]).is_ok() {
                return Filler(path);
            }
            drop(file);
            fs::remove_file(&path).unwrap();
        }
        panic!("the disk could not be filled");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the threads of a home that was dropped end a moment later.
        let unmounted = Command::new("umount").arg("-l").arg(self.folder.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

struct Filler(PathBuf);

impl Drop for Filler {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn on_a_small_disk(case: &str, test: impl FnOnce(&SmallDisk, &Home)) {
    let Some(disk) = SmallDisk::mount(24) else {
        return left_out(&format!("a full disk: {case}"), 1, "a small tmpfs cannot be mounted");
    };
    let home = Home::create_or_open(&disk.home(), Settings::default()).unwrap();
    wait(home.add(batch([submitted(0)]))).unwrap();
    test(&disk, &home);
    // It goes on.
    wait(home.add(batch([submitted(1 << 20)]))).unwrap();
    assert_sound(&home);
    assert_views_follow_facts(&home);
    let head = home.head();
    home.close().unwrap();
    let home = Home::open(&disk.home(), Settings::default()).unwrap();
    assert_eq!(home.head(), head);
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// Opens a copy of the home as a crash at this moment would leave it.
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
        assert_eq!(full, "the record's database");
        assert!(is_full(&wait(home.add(batch([submitted(n)])))));
        drop(filler);
        assert_a_crash_now_loses_nothing(home, &disk.home());
    });
}

#[test]
fn the_journal_cannot_grow() {
    on_a_small_disk("journal", |disk, home| {
        let filler = disk.fill_but(1500 * 1024);
        let attempt = started(0, 1).attempt;
        // 64 KiB at a time: the first journal file holds 1 MiB, the next would be larger than what is left.
        let piece = log_of(0..3000);
        let mut kept = 0;
        let full = loop {
            let outcome = wait(home.add_bytes(attempt, LOG, None, &piece));
            match outcome {
                Ok(extent) => kept = extent,
                outcome => break what_is_full(outcome),
            }
        };
        assert_eq!(full, "the journal");
        assert_eq!(wait(home.extent(attempt, LOG)).unwrap(), kept);
        drop(filler);
        assert_a_crash_now_loses_nothing(home, &disk.home());
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
        assert_a_crash_now_loses_nothing(home, &disk.home());
        // Other bytes than those that were refused.
        let other = log_of(7000..7010);
        let end = wait(home.add_bytes(attempt, LOG, Some(first), &other)).unwrap();
        assert_eq!(end, first + other.len() as u64);
        assert_a_crash_now_loses_nothing(home, &disk.home());
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
        assert!(is_full(&wait(home.receive(digest, 0, chunks, true))));
        assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Absent);
        assert!(fs::read_dir(disk.home().join("objects/tmp")).unwrap().next().is_none());
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
        assert!(fs::read_dir(disk.home().join("objects/tmp")).unwrap().next().is_none());
        drop(filler);
        assert_eq!(wait(home.extent(attempt, LOG)).unwrap(), end);
        assert_eq!(wait(home.seal_all(attempt)), 1);
        assert_eq!(wait(whole_log(home, attempt)).last().unwrap().next, end);
    });
}

#[test]
fn a_read_only_home_is_refused() {
    let Some(disk) = SmallDisk::mount(8) else {
        return left_out("a read-only home", 1, "a small tmpfs cannot be mounted");
    };
    Home::create_or_open(&disk.home(), Settings::default()).unwrap().close().unwrap();
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(disk.folder.path()).status().unwrap();
    assert!(remounted.success());
    let refused = Home::open(&disk.home(), Settings::default()).unwrap_err();
    assert!(matches!(refused, hven_record::OpenError::NotWritable { .. }), "{refused}");
    let refused = Home::create_or_open(&disk.folder.path().join("new"), Settings::default()).unwrap_err();
    assert!(matches!(refused, hven_record::OpenError::NotWritable { .. }), "{refused}");
}
