//! A bit flips in a file of a home or of its backup: a check reports it, or no answer changes.
//!
//! `HVEN_SOAK_ROUNDS` and `HVEN_SOAK_SEED` set the number of rounds and the seed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_app::ports::{Objects, Record, Series, Views, record::FactQuery, views::RunName};
use hven_core::{Digest, Fact, run::Outcome};
use hven_record::{Home, Settings, restore};
use hven_testing::Dice;

use crate::{
    conformance::files_below,
    facts::{batch, finished, run_id, started, submitted},
    folders::fill,
    streams::{LOG, log_of, whole_log},
    world::{Add, World, wait},
};

const ROUNDS: u64 = 12;
const SEED: u64 = 20_261_129;

/// The answers of a home to many requests.
#[derive(Debug, PartialEq)]
struct Answers {
    facts: Vec<[u8; 32]>,
    runs: Vec<String>,
    log: Vec<(u64, Vec<u8>)>,
    objects: Vec<(Digest, Vec<u8>)>,
}

async fn ask(home: &Home, objects: &[Digest]) -> Result<Answers, String> {
    let error_text = |e: hven_app::ports::StoreError| e.to_string();
    let facts = home.facts(FactQuery { limit: 1000, ..FactQuery::default() }).await.map_err(error_text)?;
    let mut runs = Vec::new();
    for n in 0..3 {
        runs.push(format!("{:?}", home.runs_named(&RunName::Id(run_id(n))).await.map_err(error_text)?));
    }
    // The sealed and the live part.
    let mut log = Vec::new();
    let mut from = 0;
    loop {
        let frames = home.log(started(1, 1).attempt, from, 1 << 20).await.map_err(error_text)?;
        let Some(last) = frames.last() else { break };
        from = last.next;
        log.extend(frames.into_iter().map(|frame| (frame.offset, frame.bytes.to_vec())));
    }
    let mut bytes = Vec::new();
    for digest in objects {
        let found = Objects::head(home, *digest, 1 << 20).await.map_err(error_text)?;
        bytes.push((*digest, found.map(|bytes| bytes.to_vec()).unwrap_or_default()));
    }
    Ok(Answers { facts: facts.iter().map(|envelope| *envelope.hash.as_bytes()).collect(), runs, log, objects: bytes })
}

/// A home with all kinds of content in the state after a crash, with its answers.
fn whole(world: &World) -> (Home, Vec<Digest>, Answers) {
    let home = world.open();
    let (output, code) = fill(&home);
    let attempt = started(1, 1).attempt;
    wait(async {
        for n in 1..60 {
            home.add(batch([Fact::from(submitted(n)), started(n, 1).into()])).await.unwrap();
        }
        home.add_bytes(attempt, LOG, None, &log_of(0..300)).await.unwrap();
        home.seal_all(attempt).await;
        assert_eq!(whole_log(&home, attempt).await.len(), 300);
    });
    // Close and open the home, so that the content is in the database, in its WAL, and in the journal.
    home.close().unwrap();
    let home = world.open();
    wait(async {
        for n in 2..40 {
            home.add(batch([finished(n, Outcome::Done)])).await.unwrap();
        }
    });
    let objects = vec![output, code, Digest::of(b"1,2\n"), Digest::of(b"3,4\n"), Digest::of(b"print(1)")];
    let answers = wait(ask(&home, &objects)).unwrap();
    (home, objects, answers)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// A position in one of the kinds of files; `None` if the file has only zeros, where a flip has no effect.
fn choose(dice: &mut Dice, home: &Path) -> Option<(PathBuf, usize)> {
    const KINDS: [&str; 4] = ["record.db", "record.db-wal", "journal", "objects"];
    let kind = home.join(KINDS[dice.place(KINDS.len())]);
    let files = if kind.is_dir() { files_below(&kind) } else { vec![kind] };
    let files: Vec<PathBuf> = files.into_iter().filter(|file| fs::metadata(file).is_ok_and(|m| m.len() > 0)).collect();
    let file = files.get(dice.place(files.len()))?.clone();
    let bytes = fs::read(&file).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
    Some((file, dice.place(written)))
}

#[test]
fn a_flip_in_a_home_is_noticed_or_harmless() {
    let seed = hven_testing::seed(SEED);
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let world = World::sqlite();
    let (home, objects, answers) = whole(&world);
    let (mut noticed, mut harmless) = (0, 0);
    for round in 0..hven_testing::rounds(ROUNDS) {
        let place = world.sibling(&format!("round {round}"));
        copy(&world.path(), &place);
        let Some((file, at)) = choose(&mut dice, &place) else { continue };
        let mut bytes = fs::read(&file).unwrap();
        let bit = dice.place(8);
        bytes[at] ^= 1 << bit;
        fs::write(&file, bytes).unwrap();
        let below = file.strip_prefix(&place).unwrap();
        let where_it_was = format!("seed {seed}, round {round}: bit {bit} of byte {at} of {}", below.display());
        match Home::open(&place, Settings::default()) {
            Err(refused) => {
                assert!(!refused.to_string().is_empty(), "{where_it_was}");
                noticed += 1;
            }
            Ok(home) => {
                if is_noticed(&home) {
                    noticed += 1;
                } else {
                    harmless += 1;
                    let now = wait(ask(&home, &objects));
                    assert_eq!(now.as_ref(), Ok(&answers), "{where_it_was}");
                }
                let _ = home.close();
            }
        }
        fs::remove_dir_all(&place).unwrap();
    }
    println!("noticed {noticed}, harmless {harmless}");
    assert!(noticed > 0, "no flip was noticed: seed {seed}");
    home.close().unwrap();
}

fn is_noticed(home: &Home) -> bool {
    match wait(home.verify(true)) {
        Err(_) => return true,
        Ok(found) if !found.is_sound() => return true,
        Ok(_) => {}
    }
    home.check_views(&mut |_| ()).map_or(true, |found| !found.differences.is_empty())
}

#[test]
fn a_flip_in_a_backup_is_noticed_or_harmless() {
    let seed = hven_testing::seed(SEED);
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let world = World::sqlite();
    let (home, objects, _) = whole(&world);
    wait(home.add_bytes(started(1, 1).attempt, LOG, None, &log_of(300..500))).unwrap();
    let answers = wait(ask(&home, &objects)).unwrap();
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    home.close().unwrap();
    let mut noticed = 0;
    for round in 0..4 * hven_testing::rounds(ROUNDS) {
        let mut bytes = tar.clone();
        let (at, bit) = (dice.place(bytes.len()), dice.place(8));
        bytes[at] ^= 1 << bit;
        let place = world.sibling(&format!("round {round}"));
        match restore(bytes.as_slice(), &place, Settings::default()) {
            Err(_) => noticed += 1,
            Ok(restored) => {
                let now = wait(ask(&restored, &objects));
                assert_eq!(now.as_ref(), Ok(&answers), "seed {seed}, round {round}: bit {bit} of byte {at}");
                restored.close().unwrap();
                fs::remove_dir_all(&place).unwrap();
            }
        }
        assert!(!place.exists(), "what is refused leaves nothing");
    }
    assert!(noticed > 0, "no flip was noticed: seed {seed}");
}
