//! Objects that only other objects name: the files of folders. Hven verifies, copies and keeps them like all others; it
//! never serves bytes that a disk has changed, and replaces them by an upload of the right bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use futures::StreamExt;
use hven_app::ports::{Objects, Record, Series, StoreError, StoreResult, Views, objects::Presence};
use hven_core::{
    Digest, Fact,
    fact::ObjectErased,
    object::{Collected, FileKind, FileRef, ListedFile, Listing},
    run::{Code, Outcome},
};
use hven_record::{Home, restore};

use crate::{
    facts::{batch, file, finished, started, submitted, time},
    streams::{LOG, log_of, whole_log},
    world::{Add, World, assert_views_follow_facts, damaged_objects, wait},
};

/// The files in the folders of [`fill`].
const OUTPUTS: [(&str, &str); 3] = [("a.csv", "1,2\n"), ("deep/b.csv", "3,4\n"), ("same.csv", "1,2\n")];

pub fn object_path(world: &World, digest: &Digest) -> PathBuf {
    let name = digest.to_string();
    world.path().join("objects").join(&name[..2]).join(&name[2..])
}

/// Makes an object as old as if it was last requested two days ago.
pub fn grow_old(world: &World, digest: &Digest) {
    let two_days_ago = SystemTime::now() - Duration::from_hours(48);
    File::open(object_path(world, digest)).unwrap().set_modified(two_days_ago).unwrap();
}

pub fn damage(world: &World, digest: &Digest) {
    let path = object_path(world, digest);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
}

/// Stores a listing; returns its digest.
pub fn keep_folder(home: &Home, files: &[(&str, &str)]) -> Digest {
    let listed = |(path, text): &(&str, &str)| ListedFile {
        path: (*path).to_owned(),
        digest: Digest::of(text.as_bytes()),
        size: text.len() as u64,
        executable: false,
    };
    let listing = Listing { files: files.iter().map(listed).collect(), ..Listing::default() };
    wait(home.put(serde_json::to_vec(&listing).unwrap().into())).unwrap()
}

/// Adds a run with an input, a code folder with a file that was too large to keep, and an output folder.
pub fn fill(home: &Home) -> (Digest, Digest) {
    for (_, text) in OUTPUTS {
        wait(home.put(text.into())).unwrap();
    }
    wait(home.put("print(1)".into())).unwrap();
    let output = keep_folder(home, &OUTPUTS);
    let code = keep_folder(home, &[("fit.py", "print(1)"), ("large.bin", "never kept")]);
    let mut run = submitted(0);
    run.spec.inputs = vec![file("never brought.csv", "?")];
    run.spec.code = Some(Code::Folder { listing: code, files: 2, bytes: 18 });
    let mut end = finished(0, Outcome::Done);
    end.result.outputs = vec![FileRef { path: "out".to_owned(), digest: output, size: 12, kind: FileKind::Folder }];
    wait(home.add(batch([Fact::from(run), started(0, 1).into(), end.into()]))).unwrap();
    (output, code)
}

pub fn files_of_folders_are_verified(world: &World) {
    let home = world.open();
    let (output, code) = fill(&home);
    assert_eq!(damaged_objects(&home), []);
    // A file of the output, a file of the code, and the listing of the code.
    let (flipped, lost) = (Digest::of(b"3,4\n"), Digest::of(b"1,2\n"));
    damage(world, &flipped);
    fs::remove_file(object_path(world, &lost)).unwrap();
    let mut found: BTreeMap<Digest, String> = damaged_objects(&home).into_iter().collect();
    assert!(found.remove(&flipped).unwrap().starts_with("its 4 bytes are those of"));
    assert_eq!(found.remove(&lost).unwrap(), "it is missing");
    assert_eq!(found, BTreeMap::new());
    damage(world, &Digest::of(b"print(1)"));
    damage(world, &code);
    let found: BTreeMap<Digest, String> = damaged_objects(&home).into_iter().collect();
    assert!(found[&code].starts_with("its "), "{found:?}");
    // An unreadable listing names no files that could be missed, and the report contains a note.
    assert!(found[&code].contains("which are therefore unknown"), "{found:?}");
    damage(world, &output);
    let found: BTreeMap<Digest, String> = damaged_objects(&home).into_iter().collect();
    assert!(found[&output].contains("which are therefore unknown"), "{found:?}");
    home.close().unwrap();
}

/// A backup of a home with lost objects contains the rest, and can be restored.
pub fn a_backup_contains_all_intact_objects(world: &World) {
    let home = world.open();
    fill(&home);
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    let restored = restore(tar.as_slice(), &world.sibling("whole"), world.other_settings()).unwrap();
    assert_eq!(damaged_objects(&restored), []);
    assert_eq!(wait(restored.head_of("3,4\n")), Some("3,4\n".to_owned()));
    restored.close().unwrap();
    damage(world, &Digest::of(b"3,4\n"));
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    let mut settings = world.other_settings();
    if let hven_record::Database::Postgres { schema, .. } = &mut settings.database {
        schema.push_str("_less");
    }
    let restored = restore(tar.as_slice(), &world.sibling("less"), settings).unwrap();
    assert_eq!(damaged_objects(&restored), [(Digest::of(b"3,4\n"), "it is missing".to_owned())]);
    assert_eq!(wait(restored.head_of("1,2\n")), Some("1,2\n".to_owned()));
    restored.close().unwrap();
    home.close().unwrap();
}

trait HeadOf {
    async fn head_of(&self, text: &str) -> Option<String>;
}

impl HeadOf for Home {
    async fn head_of(&self, text: &str) -> Option<String> {
        let bytes = Objects::head(self, Digest::of(text.as_bytes()), 1000).await.unwrap();
        bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }
}

/// An archive that is cut between two files looks complete.
#[test]
fn a_backup_that_lacks_files_of_folders_is_refused() {
    let world = World::sqlite();
    let home = world.open();
    fill(&home);
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    home.close().unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    let places: Vec<u64> = archive.entries().unwrap().map(|entry| entry.unwrap().raw_header_position()).collect();
    assert!(places.len() >= 6, "{places:?}");
    for (n, end) in places.into_iter().enumerate().skip(2) {
        let cut = &tar[..end as usize];
        let refused = restore(cut, &world.sibling(&format!("cut {n}")), Default::default());
        assert!(refused.is_err(), "cut before file {n}");
    }
}

fn garbage(home: &Home) -> StoreResult<Vec<Digest>> {
    Ok(wait(home.garbage(time(1 << 40)))?.digests)
}

pub fn files_of_a_damaged_listing_are_kept(world: &World) {
    let home = world.open();
    let (output, _) = fill(&home);
    let nothing = wait(home.put("nothing names it".into())).unwrap();
    let all = [nothing, Digest::of(b"1,2\n"), Digest::of(b"3,4\n"), Digest::of(b"print(1)")];
    for digest in &all {
        grow_old(world, digest);
    }
    assert_eq!(garbage(&home).unwrap(), [nothing]);
    // While the content of a folder is unknown, nothing is garbage: its listing is too long, or damaged.
    let list = fs::read(object_path(world, &output)).unwrap();
    fs::set_permissions(object_path(world, &output), fs::Permissions::from_mode(0o600)).unwrap();
    File::options().write(true).open(object_path(world, &output)).unwrap().set_len((1 << 30) + 1).unwrap();
    let too_long = garbage(&home).unwrap_err().to_string();
    assert!(too_long.contains("longer than the 1024 MiB"), "{too_long}");
    fs::write(object_path(world, &output), list).unwrap();
    damage(world, &output);
    let refused = garbage(&home);
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
    let refused = wait(home.remove(&all));
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
    for digest in &all {
        assert!(object_path(world, digest).exists(), "{digest}");
    }
    home.close().unwrap();
}

/// Erased bytes are removed even if a listing names them.
pub fn erased_bytes_are_removed_even_if_a_listing_is_damaged(world: &World) {
    let home = world.open();
    let (output, _) = fill(&home);
    let attempt = started(0, 1).attempt;
    let erased = Digest::of(b"3,4\n");
    wait(async {
        home.add_bytes(attempt, LOG, None, &log_of(0..10)).await.unwrap();
        home.seal_all(attempt).await;
        let part = home.parts(attempt).await.unwrap().remove(0).object;
        damage(world, &output);
        home.add(batch([ObjectErased { digest: erased, because: "a test".to_owned() }])).await.unwrap();
        home.remove(&[erased]).await.unwrap();
        assert!(!object_path(world, &erased).exists());
        let (parts, found) = Series::erase(&home, attempt, LOG, b"line 3\n").await.unwrap();
        assert_eq!((parts.len(), found), (1, 1));
        // The facts name the old part until the new part is recorded.
        home.sealed(&[]).await.unwrap();
        assert!(object_path(world, &part).exists());
        home.add(batch(parts.clone())).await.unwrap();
        home.sealed(&parts).await.unwrap();
        assert!(!object_path(world, &part).exists());
        assert_eq!(whole_log(&home, attempt).await.len(), 10);
        assert!(home.remove(&[Digest::of(b"1,2\n")]).await.is_err());
    });
    assert!(object_path(world, &Digest::of(b"1,2\n")).exists());
    home.close().unwrap();
}

pub fn an_erased_listing_that_is_uploaded_again_is_not_reported(world: &World) {
    let home = world.open();
    let (output, _) = fill(&home);
    let list = fs::read(object_path(world, &output)).unwrap();
    wait(home.add(batch([ObjectErased { digest: output, because: "a test".to_owned() }]))).unwrap();
    wait(home.remove(&[output])).unwrap();
    assert!(!object_path(world, &output).exists());
    // A client uploads the same bytes again.
    assert_eq!(wait(home.put(list.into())).unwrap(), output);
    grow_old(world, &output);
    let found = wait(home.garbage(time(1 << 40))).unwrap();
    assert_eq!(found.digests, [output]);
    let collected = Collected { digests: found.digests, bytes: found.bytes, older_than: time(0) };
    wait(home.add(batch([collected]))).unwrap();
    wait(home.remove(&[output])).unwrap();
    assert_eq!(garbage(&home).unwrap(), []);
    assert_eq!(damaged_objects(&home), []);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn a_requested_object_is_not_collected(world: &World) {
    let home = world.open();
    let (wanted, damaged) = (wait(home.put("wanted".into())).unwrap(), wait(home.put("damaged".into())).unwrap());
    damage(world, &damaged);
    assert!(wait(read_all(&home, damaged)).is_err());
    let aside = world.path().join("objects/damaged").join(damaged.to_string());
    File::open(&aside).unwrap().set_modified(SystemTime::now() - Duration::from_hours(48)).unwrap();
    grow_old(world, &wanted);
    let found = garbage(&home).unwrap();
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), BTreeSet::from([&wanted, &damaged]));
    // A client is about to name the object, and Hven answered that it exists.
    assert_eq!(wait(home.presence(wanted)).unwrap(), Presence::Whole { size: 6 });
    wait(home.remove(&found)).unwrap();
    assert!(object_path(world, &wanted).exists() && !aside.exists());
    home.close().unwrap();
}

pub fn a_damaged_object_that_cannot_be_quarantined_is_not_trusted(world: &World) {
    let home = world.open();
    let digest = wait(home.put("Stjerneborg".into())).unwrap();
    let aside = world.path().join("objects/damaged");
    std::os::unix::fs::symlink("nowhere", &aside).unwrap();
    damage(world, &digest);
    for _ in 0..2 {
        assert!(wait(read_all(&home, digest)).is_err());
        assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Damaged);
    }
    assert_eq!(wait(home.put("Stjerneborg".into())).unwrap(), digest);
    assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Whole { size: 11 });
    assert_eq!(wait(read_all(&home, digest)).unwrap(), b"Stjerneborg");
    home.close().unwrap();
}

async fn read_all(home: &Home, digest: Digest) -> Result<Vec<u8>, String> {
    let opened = Objects::open(home, digest, 0).await.map_err(|e| e.to_string())?;
    let (_, mut stream) = opened.ok_or("there is none")?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(|e| e.to_string())?);
    }
    Ok(bytes)
}

/// Also for objects of more than one chunk, and for sealed logs.
#[test]
fn wrong_bytes_are_never_served() {
    let world = World::sqlite();
    let home = world.open();
    wait(async {
        for text in ["small".to_owned(), "large ".repeat(1 << 19)] {
            let digest = home.put(text.clone().into()).await.unwrap();
            assert_eq!(read_all(&home, digest).await.unwrap(), text.as_bytes());
            damage(&world, &digest);
            let served = read_all(&home, digest).await;
            assert!(served.is_err(), "{} bytes were served", served.unwrap().len());
            assert!(Objects::head(&home, digest, 1 << 24).await.is_err() || read_all(&home, digest).await.is_err());
            // An upload of the right bytes replaces them.
            assert_eq!(home.put(text.clone().into()).await.unwrap(), digest);
            assert_eq!(read_all(&home, digest).await.unwrap(), text.as_bytes());
        }
        let attempt = started(0, 1).attempt;
        home.add(batch([submitted(0)])).await.unwrap();
        home.add_bytes(attempt, crate::streams::LOG, None, &crate::streams::log_of(0..100)).await.unwrap();
        home.seal_all(attempt).await;
        let part = home.parts(attempt).await.unwrap().remove(0);
        assert_eq!(crate::streams::whole_log(&home, attempt).await.len(), 100);
        // Every bit of it counts.
        for at in 0..part.object_bytes {
            let path = object_path(&world, &part.object);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let mut whole = Vec::new();
            File::open(&path).unwrap().read_to_end(&mut whole).unwrap();
            let mut flipped = whole.clone();
            flipped[at as usize] ^= 1 << (at % 8);
            fs::write(&path, flipped).unwrap();
            let read = home.log(attempt, 0, usize::MAX).await;
            assert!(read.is_err(), "a bit of byte {at} was flipped");
            assert_eq!(damaged_now(&home).await, [part.object]);
            home.put(whole.into()).await.unwrap();
        }
        assert_eq!(crate::streams::whole_log(&home, attempt).await.len(), 100);
        assert_eq!(damaged_now(&home).await, []);
    });
    home.close().unwrap();
}

async fn damaged_now(home: &Home) -> Vec<Digest> {
    home.verify(true).await.unwrap().objects.damaged.into_iter().map(|object| object.digest).collect()
}

/// The size alone shows that truncated bytes are wrong.
pub fn a_damaged_object_is_replaced(world: &World) {
    let home = world.open();
    let digest = wait(home.put("Stjerneborg".into())).unwrap();
    for break_it in [damage as fn(&World, &Digest), cut_off, remove] {
        for was_noticed in [false, true] {
            break_it(world, &digest);
            if was_noticed {
                let _ = wait(read_all(&home, digest));
            }
            assert_eq!(wait(home.put("Stjerneborg".into())).unwrap(), digest);
            assert_eq!(wait(read_all(&home, digest)).unwrap(), b"Stjerneborg");
            assert!(!world.path().join("objects/damaged").join(digest.to_string()).exists());
        }
    }
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn cut_off(world: &World, digest: &Digest) {
    let path = object_path(world, digest);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(3).unwrap();
}

fn remove(world: &World, digest: &Digest) {
    fs::remove_file(object_path(world, digest)).unwrap();
}
