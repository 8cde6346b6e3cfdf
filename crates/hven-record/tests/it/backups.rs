//! Backups of a home in use: streams are sealed, texts erased and garbage collected during the backup.

use std::{
    cell::RefCell,
    io::{self, Write},
    thread::{self, JoinHandle},
};

use hven_app::ports::{Objects, Series, StoreResult, objects::Garbage};
use hven_core::{Digest, Fact, stream::Stream};
use hven_record::restore;

use crate::{
    facts::{batch, file, started, submitted, time},
    folders::{grow_old, object_path},
    streams::{LOG, log_of, whole_log},
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

/// Receives a backup; calls `act` as soon as the backup contains a text.
struct Meanwhile<'a> {
    tar: Vec<u8>,
    after: &'static str,
    act: Option<Box<dyn FnOnce() + 'a>>,
}

impl<'a> Meanwhile<'a> {
    fn new(after: &'static str, act: impl FnOnce() + 'a) -> Self {
        Self { tar: Vec::new(), after, act: Some(Box::new(act)) }
    }
}

impl Write for Meanwhile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tar.extend_from_slice(bytes);
        if bytes.windows(self.after.len()).any(|window| window == self.after.as_bytes())
            && let Some(act) = self.act.take()
        {
            act();
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The sealer works during a backup. It records the part after the head of the backup, so the backup has the bytes as a
/// segment.
pub fn a_backup_contains_a_stream_that_is_sealed_meanwhile(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    let log = wait(async {
        home.add(batch([Fact::from(submitted(0)), started(0, 1).into()])).await.unwrap();
        home.add_bytes(attempt, LOG, None, &log_of(0..100)).await.unwrap();
        home.seal_all(attempt).await;
        home.add_bytes(attempt, LOG, None, &log_of(100..300)).await.unwrap();
        let point = b"{\"k\":\"loss\",\"v\":0.5,\"s\":1,\"t\":1}\n";
        home.add_bytes(attempt, Stream::Metrics, None, point).await.unwrap();
        whole_log(&home, attempt).await
    });
    // After a start, the segments are not yet loaded.
    home.close().unwrap();
    let home = world.open();
    let mut backup = Meanwhile::new("hven-backup.json", || assert_eq!(wait(home.seal_all(attempt)), 2));
    let written = home.backup(&mut backup).unwrap();
    assert!(backup.act.is_none() && written.head.seq < home.head().seq);
    assert_eq!((log.len(), written.segments), (300, 2));
    let restored = restore(backup.tar.as_slice(), &world.sibling("restored"), world.other_settings()).unwrap();
    for home in [&home, &restored] {
        assert_eq!(wait(whole_log(home, attempt)), log);
        assert_eq!(wait(home.points(started(0, 1).attempt, "loss")).unwrap().len(), 1);
        assert_sound(home);
        assert_views_follow_facts(home);
    }
    restored.close().unwrap();
    home.close().unwrap();
}

/// A backup whose bytes change could not be restored: it stops with an error, and the next backup is complete.
pub fn a_backup_fails_when_its_bytes_change(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    let secret = b"line 77\n";
    wait(async {
        home.add(batch([Fact::from(submitted(0)), started(0, 1).into()])).await.unwrap();
        home.add_bytes(attempt, LOG, None, &log_of(0..100)).await.unwrap();
    });
    let mut backup = Meanwhile::new("segments/", || {
        let (parts, found) = wait(Series::erase(&home, attempt, LOG, secret)).unwrap();
        assert_eq!((parts.len(), found), (0, 1));
    });
    let why = home.backup(&mut backup).unwrap_err().to_string();
    assert!(why.contains("make the backup again"), "{why}");
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    assert!(!tar.windows(secret.len()).any(|window| window == secret));
    let restored = restore(tar.as_slice(), &world.sibling("restored"), world.other_settings()).unwrap();
    assert_eq!(wait(whole_log(&restored, attempt)), wait(whole_log(&home, attempt)));
    restored.close().unwrap();
    home.close().unwrap();
}

/// A collection waits for a backup. Objects that facts name meanwhile stay.
pub fn an_object_that_is_named_while_a_collection_waits_stays(world: &World) {
    let home = world.open();
    let (named, nothing) = (Digest::of(b"named"), Digest::of(b"nothing"));
    wait(async {
        for text in ["named", "nothing"] {
            grow_old(world, &home.put(text.into()).await.unwrap());
        }
    });
    let removal: RefCell<Option<JoinHandle<StoreResult<Garbage>>>> = RefCell::default();
    let mut backup = Meanwhile::new("hven-backup.json", || {
        let garbage = wait(home.garbage(time(1 << 40))).unwrap().digests;
        assert_eq!(garbage.len(), 2);
        let collector = home.clone();
        *removal.borrow_mut() = Some(thread::spawn(move || wait(collector.remove(&garbage))));
        // The collection has time to search first.
        for n in 1..20 {
            wait(home.add(batch([submitted(n)]))).unwrap();
        }
        let mut run = submitted(0);
        run.spec.inputs = vec![file("x", "named")];
        wait(home.add(batch([run]))).unwrap();
    });
    home.backup(&mut backup).unwrap();
    assert!(backup.act.is_none());
    let gone = removal.take().unwrap().join().unwrap().unwrap();
    assert_eq!((gone.digests, gone.bytes), (vec![nothing], 7));
    assert!(object_path(world, &named).exists());
    assert!(!object_path(world, &nothing).exists());
    home.close().unwrap();
}
