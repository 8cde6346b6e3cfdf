//! Repairs of lost and damaged objects by an upload, and from a backup, an export, a spool, or the folder of the run.

use std::{collections::BTreeMap, fs};

use hven_app::ports::{
    Objects, Record, StoreError,
    objects::{Arrival, Presence},
    record::FactQuery,
};
use hven_core::{
    Digest, Fact,
    catalogue::VersionAdded,
    object::{FileKind, FileRef},
    publication,
    run::Outcome,
};
use hven_record::{Gaps, check_backup, export, restore_with};

use crate::{
    facts::{batch, file, finished, run_id, started, submitted, time},
    folders::{damage, fill, object_path},
    world::{Add, World, assert_sound, damaged_objects, wait},
};

fn pieces(bytes: &'static [u8]) -> hven_app::ports::objects::ByteStream {
    Box::pin(futures::stream::iter([Ok(bytes::Bytes::from_static(bytes))]))
}

#[test]
fn an_upload_replaces_a_damaged_object() {
    let world = World::sqlite();
    let home = world.open();
    let digest = wait(home.put("Uraniborg".into())).unwrap();
    damage(&world, &digest);
    // The damage is not yet known and the size is right: Hven reads the existing bytes before it skips the upload.
    let sized = Arrival { size: Some(9), ..Arrival::rest(0) };
    assert_eq!(wait(home.receive(digest, sized, pieces(b"Uraniborg"))).unwrap(), Presence::Whole { size: 9 });
    assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Whole { size: 9 });
    damage(&world, &digest);
    assert!(wait(Objects::open(&home, digest, 0)).is_err());
    assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Damaged);
    let refused = wait(Objects::open(&home, digest, 0));
    assert!(matches!(refused, Err(StoreError::Damaged { .. })));
    assert!(wait(home.receive(digest, Arrival::rest(0), pieces(b"Uraniborx"))).is_err());
    assert_eq!(wait(home.presence(digest)).unwrap(), Presence::Damaged);
    wait(home.receive(digest, Arrival::rest(0), pieces(b"Uraniborg"))).unwrap();
    assert_eq!(wait(Objects::open(&home, digest, 3)).unwrap().unwrap().0, 9);
    home.close().unwrap();
}

#[test]
fn verification_reports_the_checked_and_total_numbers() {
    let world = World::sqlite();
    let home = world.open();
    fill(&home);
    let found = wait(home.verify(true)).unwrap().objects;
    // 2 listings, 2 different files of the output, 1 of the code, 1 that was too large, 1 input that was never uploaded.
    assert_eq!((found.named, found.checked, found.absent, found.waiting), (7, 5, 2, 0));
    let sizes: u64 = crate::conformance::files_below(&world.path().join("objects"))
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert_eq!(found.bytes, sizes);
    let lost = Digest::of(b"3,4\n");
    fs::remove_file(object_path(&world, &lost)).unwrap();
    let found = wait(home.verify(true)).unwrap().objects;
    assert_eq!(
        found.damaged[0].what.as_deref(),
        Some(format!("out/deep/b.csv of run {}", submitted(0).handle).as_str())
    );
    // The object waits in the spool of a runner.
    let outputs = world.path().join("spool/r/a.1/outputs");
    fs::create_dir_all(&outputs).unwrap();
    fs::write(outputs.join(lost.to_string()), "3,4\n").unwrap();
    let found = wait(home.verify(true)).unwrap().objects;
    assert_eq!((found.checked, found.waiting, found.damaged.len()), (4, 1, 0));
    // A backup includes it.
    let mut tar = Vec::new();
    assert_eq!(home.backup(&mut tar).unwrap().missing, []);
    assert_eq!(check_backup(tar.as_slice()).unwrap().objects, 5);
    assert_eq!(home.verifying(), None);
    home.close().unwrap();
}

#[test]
fn a_backup_lists_its_missing_objects() {
    let world = World::sqlite();
    let home = world.open();
    let (output, _) = fill(&home);
    damage(&world, &output);
    let mut tar = Vec::new();
    let written = home.backup(&mut tar).unwrap();
    assert_eq!(written.missing.iter().map(|object| object.digest).collect::<Vec<_>>(), [output]);
    let checked = check_backup(tar.as_slice()).unwrap();
    assert_eq!((&checked.missing, checked.objects), (&written.missing, written.objects));
    // A backup without its last file has no such list.
    let mut archive = tar::Archive::new(tar.as_slice());
    let last = archive.entries().unwrap().map(|entry| entry.unwrap().raw_header_position()).last().unwrap();
    let mut silent = tar[..last as usize].to_vec();
    silent.extend([0; 1024]);
    let refused = check_backup(silent.as_slice()).unwrap_err().to_string();
    assert!(refused.contains("out of run"), "{refused}");
    let (restored, found) =
        restore_with(silent.as_slice(), &world.sibling("restored"), world.other_settings(), Gaps::Accept).unwrap();
    assert_eq!(found.missing[0].digest, output);
    assert_eq!(damaged_objects(&restored)[0].0, output);
    restored.close().unwrap();
    let exported = export(tar.as_slice(), &world.sibling("export"), &mut |_| ()).unwrap();
    assert_eq!(exported.objects_missing, [output]);
    home.close().unwrap();
}

#[test]
fn healing_reads_bytes_from_every_source() {
    let world = World::sqlite();
    let home = world.open();
    let (output, code) = fill(&home);
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    let backup = world.sibling("backup.tar");
    fs::write(&backup, &tar).unwrap();
    export(tar.as_slice(), &world.sibling("export"), &mut |_| ()).unwrap();
    // The bytes are in the folder of the run.
    let mut run = submitted(1);
    run.spec.cwd = world.sibling("work").display().to_string();
    run.spec.inputs = vec![file("in.csv", "5,6\n")];
    let mut end = finished(1, Outcome::Done);
    end.result.outputs = vec![file("out.csv", "7,8\n")];
    fs::create_dir(world.sibling("work")).unwrap();
    fs::write(world.sibling("work").join("in.csv"), "5,6\n").unwrap();
    fs::write(world.sibling("work").join("out.csv"), "7,8, and more\n").unwrap();
    wait(home.put("7,8\n".into())).unwrap();
    wait(home.add(batch([Fact::from(run), started(1, 1).into(), end.into()]))).unwrap();
    let healed = |from: Option<&std::path::Path>| {
        let healing = home.heal(from).unwrap();
        let healed: BTreeMap<_, _> = healing.healed.into_iter().map(|one| (one.digest, one.from)).collect();
        (healed, healing.left.into_iter().map(|one| one.digest).collect::<Vec<_>>())
    };
    // Healing also adds objects that were never uploaded.
    let input = Digest::of(b"5,6\n");
    let from_work = world.sibling("work").join("in.csv").display().to_string();
    assert_eq!(healed(None), (BTreeMap::from([(input, from_work)]), vec![]));
    let lost = Digest::of(b"7,8\n");
    fs::remove_file(object_path(&world, &lost)).unwrap();
    assert_eq!(healed(Some(&backup)), (BTreeMap::new(), vec![lost]), "another file of that name is not taken");
    fs::write(world.sibling("work").join("out.csv"), "7,8\n").unwrap();
    assert_eq!(healed(None).0.keys().collect::<Vec<_>>(), [&lost]);
    // From a backup, an export, or another home: first the listing, then the listed files.
    let other = hven_record::restore(tar.as_slice(), &world.sibling("other"), world.other_settings()).unwrap();
    other.close().unwrap();
    for from in [backup.clone(), world.sibling("export"), world.sibling("other")] {
        let members = [Digest::of(b"1,2\n"), Digest::of(b"3,4\n")];
        damage(&world, &output);
        damage(&world, &code);
        for digest in &members {
            fs::remove_file(object_path(&world, digest)).unwrap();
        }
        let (found, left) = healed(Some(&from));
        assert_eq!((found.len(), left), (4, vec![]), "{}", from.display());
        assert_sound(&home);
    }
    // A truncated backup provides the objects before its end.
    let mut archive = tar::Archive::new(tar.as_slice());
    let first: Digest = archive
        .entries()
        .unwrap()
        .find_map(|entry| entry.unwrap().path().unwrap().strip_prefix("objects").ok()?.to_str()?.parse().ok())
        .unwrap();
    fs::write(&backup, &tar[..tar.len() - 1500]).unwrap();
    damage(&world, &first);
    let healing = home.heal(Some(&backup)).unwrap();
    assert!(healing.unreadable.is_some());
    assert_eq!(healing.healed.iter().map(|one| one.digest).collect::<Vec<_>>(), [first]);
    assert_sound(&home);
    home.close().unwrap();
}

/// A sparse file may have any size: healing reads only a file of the object's size, and only if the disk has space for it.
#[test]
fn healing_reads_no_file_that_cannot_be_the_object() {
    let world = World::sqlite();
    let home = world.open();
    let mut run = submitted(0);
    run.spec.cwd = world.sibling("work").display().to_string();
    let (digest, size) = (Digest::of(b"nobody has it"), 1 << 43);
    let huge = FileRef { path: "huge".to_owned(), digest, size, kind: FileKind::File };
    run.spec.inputs = vec![file("grown.log", "a line\n"), huge];
    fs::create_dir(world.sibling("work")).unwrap();
    // Reading terabytes of holes takes hours.
    for name in ["grown.log", "huge"] {
        fs::File::create(world.sibling("work").join(name)).unwrap().set_len(size).unwrap();
    }
    wait(home.add(batch([run]))).unwrap();
    assert_eq!(home.heal(None).unwrap().healed, []);
    home.close().unwrap();
}

/// Objects that datasets and publications name are kept even if the fact of their run was erased.
#[test]
fn every_reference_keeps_an_object() {
    let world = World::sqlite();
    let home = world.open();
    let text = |text: &str| wait(home.put(text.to_owned().into())).unwrap();
    let (content, report) = (text("table"), text("report"));
    let table = FileRef { path: "table.parquet".to_owned(), digest: content, size: 5, kind: FileKind::File };
    let added = VersionAdded {
        dataset: hven_core::DatasetId::from_u128(5),
        project: "a".parse().unwrap(),
        name: "planets".parse().unwrap(),
        version: 1,
        run: run_id(0),
        source: None,
        content: table,
        report,
        rows: 1,
        columns: 1,
        problems: 0,
        checks_failed: 0,
        license: None,
        description: None,
    };
    // Withheld: outputs that stayed elsewhere, a file and a folder, and a file of the code that only the description names.
    let withheld = [Digest::of(b"too large to hand on"), Digest::of(b"the list of a folder")];
    let (code, mut end) = (text("code of the others"), finished(1, Outcome::Done));
    end.attempt = None;
    let folder = FileRef { path: "large".to_owned(), digest: withheld[1], size: 1, kind: FileKind::Folder };
    end.result.outputs = vec![file("large.bin", "too large to hand on"), folder];
    let description = description(withheld, code);
    let description = wait(home.put(description.into())).unwrap();
    let imported = publication::Imported {
        fingerprint: Digest::of(b"manifest"),
        identifier: "urn:x".to_owned(),
        version: 1,
        title: "A law".to_owned(),
        publisher: "Tycho".to_owned(),
        description,
        project: "a".parse().unwrap(),
        nodes: Vec::new(),
    };
    wait(home.add(batch([Fact::from(submitted(0)), added.into()]))).unwrap();
    wait(home.add(batch([Fact::from(submitted(1)), end.into(), imported.into()]))).unwrap();
    let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
    for digest in [content, report, code, description] {
        fs::File::open(object_path(&world, &digest)).unwrap().set_modified(two_days_ago).unwrap();
    }
    assert_eq!(wait(home.garbage(time(1 << 40))).unwrap().digests, []);
    assert_eq!(damaged_objects(&home), []);
    assert_eq!(wait(home.verify(true)).unwrap().objects.absent, 2);
    fs::remove_file(object_path(&world, &report)).unwrap();
    assert_eq!(damaged_objects(&home), [(report, "it is missing".to_owned())]);
    assert_eq!(wait(home.facts(FactQuery { limit: 10, ..FactQuery::default() })).unwrap().len(), 6);
    home.close().unwrap();
}

/// The smallest valid description of a publication.
fn description(withheld: [Digest; 2], code: Digest) -> Vec<u8> {
    let decided = || serde_json::json!({ "is": "decided", "why": "it is large" });
    let json = serde_json::json!({
        "format": "hven.publication/1", "identifier": "urn:x", "version": 1, "title": "A law", "summary": {},
        "authors": [], "published": "2026-01-01T00:00:00Z", "publisher": { "name": "Tycho" }, "license": null,
        "hven_version": "0.1.0", "claims": [],
        "runs": [{
            "id": run_id(1).to_string(), "handle": "0002", "project": "a", "name": null,
            "work": { "is": "command", "argv": ["true"] }, "inputs": [], "outputs": [],
            "outcome": { "is": "done" }, "started": null, "ended": null, "wall_s": 0.0, "software": null, "code": null,
            "code_files": [{ "path": "fit.py", "digest": code.to_string(), "size": 18 }], "by": null
        }],
        "withheld": { withheld[0].to_string(): decided(), withheld[1].to_string(): decided() }
    });
    serde_json::to_vec(&json).unwrap()
}
