//! Lost objects, and objects that were erased and uploaded again.

use std::{collections::BTreeSet, fs};

use hven_app::ports::{Objects, Record};
use hven_core::{
    Digest, Fact,
    fact::{ObjectErased, PayloadErased},
    object::{Collected, FileKind, FileRef},
    run::{Code, Outcome, of_spec},
};
use hven_record::{Home, check_backup};

use crate::{
    facts::{batch, file, finished, started, submitted, time},
    folders::{damage, grow_old, keep_folder, object_path},
    world::{Add, World, assert_sound, assert_views_follow_facts, damaged_objects, wait},
};

fn put(home: &Home, text: &str) -> Digest {
    wait(home.put(text.to_owned().into())).unwrap()
}

fn folder(path: &str, listing: Digest) -> FileRef {
    FileRef { path: path.to_owned(), digest: listing, size: 4, kind: FileKind::Folder }
}

fn absent(home: &Home) -> u64 {
    wait(home.verify(true)).unwrap().objects.absent
}

/// Every check reports the lost object, and only this one.
fn assert_reported_as_lost(home: &Home, lost: Digest) {
    let found = damaged_objects(home);
    assert_eq!(found.iter().map(|(digest, _)| *digest).collect::<Vec<_>>(), [lost]);
    let mut tar = Vec::new();
    let missing = home.backup(&mut tar).unwrap().missing;
    assert_eq!(missing.iter().map(|object| object.digest).collect::<Vec<_>>(), [lost]);
    assert_eq!(check_backup(tar.as_slice()).unwrap().missing, missing);
    let left = home.heal(None).unwrap().left;
    assert_eq!(left.iter().map(|object| object.digest).collect::<Vec<_>>(), [lost]);
}

pub fn a_lost_object_is_reported(world: &World) {
    let home = world.open();
    let [input, code_file, member] = ["planets", "print(1)", "1,2\n"].map(|text| put(&home, text));
    let inputs = keep_folder(&home, &[("a.csv", "1,2\n"), ("b.csv", "not brought")]);
    let code = keep_folder(&home, &[("fit.py", "print(1)"), ("large.bin", "never kept")]);
    let mut run = submitted(0);
    run.spec.inputs = vec![file("planets.csv", "planets"), file("never brought.csv", "?"), folder("data", inputs)];
    run.spec.code = Some(Code::Folder { listing: code, files: 2, bytes: 18 });
    let never = BTreeSet::from(["?", "not brought", "never kept"].map(|text| Digest::of(text.as_bytes())));
    let found = wait(home.absent(of_spec(&run.spec))).unwrap();
    assert_eq!(found, never);
    run.absent = Some(found);
    // For a run without this record, it is unknown whether the object was there.
    let mut older = submitted(1);
    older.spec.inputs = vec![file("older.csv", "older")];
    let unknown = put(&home, "older");
    wait(home.add(batch([run, older]))).unwrap();
    assert_sound(&home);
    assert_eq!(absent(&home), 3);
    fs::remove_file(object_path(world, &unknown)).unwrap();
    assert_sound(&home);
    assert_eq!(absent(&home), 4);
    for lost in [input, code_file, member, inputs, code] {
        let bytes = fs::read(object_path(world, &lost)).unwrap();
        fs::remove_file(object_path(world, &lost)).unwrap();
        assert_reported_as_lost(&home, lost);
        assert!(wait(home.is_named(lost)).unwrap(), "users can write it off");
        wait(home.put(bytes.into())).unwrap();
        assert_sound(&home);
    }
    assert!(!wait(home.is_named(Digest::of(b"nobody names it"))).unwrap());
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

#[test]
fn an_unreadable_listing_counts_as_absent() {
    let world = World::sqlite();
    let home = world.open();
    put(&home, "1,2\n");
    let listing = keep_folder(&home, &[("a.csv", "1,2\n"), ("b.csv", "not brought")]);
    let mut run = submitted(0);
    run.spec.inputs = vec![folder("data", listing)];
    let look = || wait(home.absent(of_spec(&run.spec))).unwrap();
    assert_eq!(look(), BTreeSet::from([Digest::of(b"not brought")]));
    damage(&world, &listing);
    assert_eq!(look(), BTreeSet::from([listing]));
    home.close().unwrap();
}

#[test]
fn a_file_that_git_does_not_know_is_healed_from_the_repository() {
    let world = World::sqlite();
    let home = world.open();
    let study = world.sibling("repository").join("study");
    fs::create_dir_all(&study).unwrap();
    fs::write(study.join("new.py"), "print(2)").unwrap();
    let mut run = submitted(0);
    run.spec.cwd = study.display().to_string();
    run.spec.code = Some(Code::Git {
        commit: "0".repeat(40),
        branch: None,
        prefix: "study".to_owned(),
        diff: None,
        untracked: vec![file("study/new.py", "print(2)")],
        inner: Vec::new(),
        digest: Digest::of(b"the code"),
    });
    run.absent = Some(BTreeSet::new());
    wait(home.add(batch([run]))).unwrap();
    let lost = Digest::of(b"print(2)");
    assert_eq!(damaged_objects(&home), [(lost, "it is missing".to_owned())]);
    let healing = home.heal(None).unwrap();
    assert_eq!(healing.healed.iter().map(|one| one.digest).collect::<Vec<_>>(), [lost]);
    assert_sound(&home);
    home.close().unwrap();
}

/// Erases an output, and a file that only the listing of an output names.
pub fn an_erased_object_that_is_uploaded_again_is_checked(world: &World) {
    let home = world.open();
    let texts = ["3,4\n", "1,2\n"];
    let objects = texts.map(|text| put(&home, text));
    let listing = keep_folder(&home, &[("a.csv", "1,2\n")]);
    let run = |n| {
        let mut end = finished(n, Outcome::Done);
        end.result.outputs = vec![file("out.csv", "3,4\n"), folder("out", listing)];
        batch([Fact::from(submitted(n)), started(n, 1).into(), end.into()])
    };
    wait(home.add(run(0))).unwrap();
    for digest in objects {
        wait(home.add(batch([ObjectErased { digest, because: "a test".to_owned() }]))).unwrap();
        wait(home.remove(&[digest])).unwrap();
        assert!(!object_path(world, &digest).exists());
    }
    assert_sound(&home);
    assert_eq!(absent(&home), 0);
    // Without a run that names them, the uploaded bytes are garbage.
    let garbage = || wait(home.garbage(time(1 << 40))).unwrap().digests;
    for digest in texts.map(|text| put(&home, text)) {
        grow_old(world, &digest);
    }
    assert_eq!(garbage().into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(objects));
    let end = wait(home.add(run(1))).unwrap().facts[2].header.seq;
    assert_eq!(garbage(), []);
    // They are collected at the same time.
    let collected = Collected { digests: objects.to_vec(), bytes: 8, older_than: time(0) };
    wait(home.add(batch([collected]))).unwrap();
    wait(home.remove(&objects)).unwrap();
    for (digest, text) in objects.into_iter().zip(texts) {
        assert!(object_path(world, &digest).exists());
        fs::remove_file(object_path(world, &digest)).unwrap();
        assert_reported_as_lost(&home, digest);
        put(&home, text);
        assert_sound(&home);
        damage(world, &digest);
        assert_reported_as_lost(&home, digest);
        put(&home, text);
        assert_sound(&home);
    }
    assert_views_follow_facts(&home);
    // When no fact records the new upload any longer, the objects are erased again.
    let erased = PayloadErased::new(end, "a test");
    wait(Record::erase(&home, &[end], batch([erased]))).unwrap();
    assert_views_follow_facts(&home);
    for digest in &objects {
        fs::remove_file(object_path(world, digest)).unwrap();
    }
    assert_sound(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    assert_views_follow_facts(&home);
    home.close().unwrap();
}
