//! An export contains all data of the home in its own files, and an import creates the same home or none.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_app::ports::Objects;
use hven_core::{
    ActorId, Fact, UserId,
    fact::PayloadErased,
    labels::{Archived, Noted, Tagged},
    params::Origin,
    run::{Outcome, ParamsLogged},
    soundness::NodeId,
    stream::Stream,
    user,
};
use hven_record::{ExportError, Exported, Home, Settings, Step, export, import};

use crate::{
    conformance::files_below,
    facts::{batch, finished, run_id, started, submitted},
    lineage::{retracted, study},
    streams::{LOG, log_of, whole_log},
    world::{Add, World, assert_sound_but_for_objects, assert_views_follow_facts, wait},
};

fn exported(home: &Home, folder: &Path) -> Result<Exported, ExportError> {
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    export(backup.as_slice(), folder, &mut |_| ())
}

/// Fills a home with every kind of content: sealed and live streams, a study, a retraction, an erased payload.
fn fill(home: &Home) {
    let attempt = started(50, 1).attempt;
    wait(async {
        let mira = user::Added { user: UserId::from_u128(77), name: "Mira".to_owned(), email: None };
        home.add(batch([mira])).await.unwrap();
        for content in ["raw", "table", "part", "law", "planets"] {
            home.put(content.into()).await.unwrap();
        }
        home.add(batch(study())).await.unwrap();
        home.add(batch([retracted(NodeId::Run(run_id(0)))])).await.unwrap();
        home.add(batch([Fact::from(submitted(50)), started(50, 1).into()])).await.unwrap();
        let params = |text: &str| ParamsLogged {
            run: run_id(50),
            of: Origin::Attempt(1),
            params: serde_json::from_str(text).unwrap(),
        };
        home.add(batch([params(r#"{"lr":0.1,"名":"行星"}"#)])).await.unwrap();
        let points = "{\"k\":\"loss\",\"v\":\"NaN\",\"s\":1,\"t\":5}\n{\"k\":\"loss\",\"v\":0.25,\"s\":2,\"t\":6}\n";
        home.add_bytes(attempt, Stream::Metrics, None, points.as_bytes()).await.unwrap();
        let sample = "{\"t\":7,\"cpu_s\":0.5,\"rss\":1,\"read\":2,\"written\":3,\"procs\":4}\n";
        home.add_bytes(attempt, Stream::Resources, None, sample.as_bytes()).await.unwrap();
        home.add_bytes(attempt, LOG, None, &log_of(0..500)).await.unwrap();
        home.seal_all(attempt).await;
        home.add_bytes(attempt, LOG, None, &log_of(500..900)).await.unwrap();
        home.add_bytes(attempt, Stream::MetricsApi, None, b"{\"k\":\"late\",\"v\":1,\"s\":0,\"t\":9}\n").await.unwrap();
        let tags = ["good", "paper/fig-2"].iter().map(|tag| tag.parse().unwrap()).collect();
        let tagged = Tagged { run: run_id(0), added: tags, removed: Default::default() };
        let noted = Noted { run: run_id(0), text: "the baseline\nof the paper".to_owned() };
        let archived = Archived { run: run_id(0), archived: true };
        home.add(batch([Fact::from(tagged), noted.into(), archived.into()])).await.unwrap();
        home.add(batch([Fact::from(submitted(51)), finished(51, Outcome::Failed { exit: 3 }).into()])).await.unwrap();
        let seq = home.head().seq - 1;
        home.add(batch([PayloadErased::new(seq, "a name")])).await.unwrap();
    });
}

pub fn an_export_is_a_home(world: &World) {
    let home = world.open();
    fill(&home);
    let attempt = started(50, 1).attempt;
    let log = wait(whole_log(&home, attempt));
    let folder = world.sibling("exported");
    let mut steps: Vec<Step> = Vec::new();
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    let found = export(backup.as_slice(), &folder, &mut |step| steps.push(step)).unwrap();
    assert_eq!((found.head, found.unsealed), (home.head(), 2));
    assert!(steps.iter().any(|step| step.what == "facts" && Some(step.done) == step.of));
    assert!(matches!(exported(&home, &folder), Err(ExportError::NotEmpty { .. })));

    // The files for people.
    let lines: Vec<String> = (0..900).map(|i| format!("line {i}\n")).collect();
    let printed = lines.concat();
    let handle = submitted(50).handle;
    assert_eq!(fs::read_to_string(folder.join(format!("logs/{handle}-1.txt"))).unwrap(), printed);
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    assert!(readme.contains(&found.head.hash.to_string()) && readme.contains("| `wall_s` | number |"), "{readme}");
    assert!(!readme.contains('{') || !readme.contains("{tables}"), "every place of the text is filled");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("tables/soundness.json")).unwrap()).unwrap();
    assert_eq!((&json["items"][0]["by"], &json["items"][1]), (&"Mira".into(), &serde_json::Value::Null));

    // An import creates the same home in both databases, and its export has the same bytes.
    for (n, settings) in [Settings::default(), world.other_settings()].into_iter().enumerate() {
        let path = world.sibling(&format!("imported{n}"));
        let imported = import(&folder, &path, &settings, &mut |_| ()).unwrap();
        assert_eq!((imported.head, imported.objects), (found.head, found.objects));
        let again = Home::open(&path, settings.clone()).unwrap();
        assert_eq!((again.head(), again.id()), (home.head(), home.id()));
        assert_sound_but_for_objects(&again);
        assert_views_follow_facts(&again);
        assert_eq!(wait(whole_log(&again, attempt)), log);
        let second = world.sibling(&format!("exported{n}"));
        assert_eq!(exported(&again, &second).unwrap(), found);
        assert_eq!(read_all(&second), read_all(&folder));
        // The imported home is usable.
        wait(async {
            again.add_bytes(attempt, LOG, None, &log_of(900..901)).await.unwrap();
            again.add(batch([finished(50, Outcome::Done)])).await.unwrap();
        });
        again.close().unwrap();
        let occupied = import(&folder, &path, &settings, &mut |_| ()).unwrap_err();
        assert!(matches!(occupied, ExportError::NotEmpty { .. }), "{occupied}");
    }
    home.close().unwrap();
}

fn read_all(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = files_below(folder)
        .into_iter()
        .map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Exports a home and closes it.
fn an_export(world: &World) -> PathBuf {
    let home = world.open();
    fill(&home);
    let folder = world.sibling("exported");
    exported(&home, &folder).unwrap();
    home.close().unwrap();
    folder
}

fn import_fails(world: &World, folder: &Path) -> ExportError {
    let home = world.sibling("imported");
    let refused = import(folder, &home, &Settings::default(), &mut |_| ()).unwrap_err();
    assert!(!home.exists(), "no home was made");
    assert!(!world.sibling(".imported.importing").exists(), "nothing is left of it");
    refused
}

/// Rewrites the list of digests and the manifest, as an attacker would.
fn cover_up(folder: &Path) {
    let manifest = folder.join("manifest.json");
    let list = folder.join("BLAKE3SUMS");
    let lines = fs::read_to_string(&list).unwrap();
    let lines = lines.lines().map(|line| {
        let path = line.split_once("  ").unwrap().1;
        format!("{}  {path}\n", hven_core::Digest::of(&fs::read(folder.join(path)).unwrap()))
    });
    let lines = lines.collect::<Vec<_>>().concat();
    fs::write(&list, &lines).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    json["sums"] = hven_core::Digest::of(lines.as_bytes()).to_string().into();
    fs::write(&manifest, json.to_string()).unwrap();
}

fn flip(path: &Path, at: usize) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_modified_export_is_refused_and_the_file_is_named() {
    let world = World::sqlite();
    let folder = an_export(&world);
    let check = |change: &dyn Fn(&Path), wanted: &str| {
        let copy = world.sibling("copy");
        copy_folder(&folder, &copy);
        change(&copy);
        let refused = import_fails(&world, &copy).to_string();
        assert!(refused.contains(wanted), "{refused}\nis not\n{wanted}");
        fs::remove_dir_all(&copy).unwrap();
    };
    let object = "objects/".to_owned()
        + &{
            let digest = hven_core::Digest::of(b"planets").to_string();
            format!("{}/{digest}", &digest[..2])
        };
    check(&|copy| flip(&copy.join(&object), 0), "the object ");
    check(&|copy| fs::remove_file(copy.join(&object)).unwrap(), "is missing");
    check(&|copy| flip(&copy.join("logs").join(first_file(&copy.join("logs"))), 3), "has other bytes");
    check(&|copy| flip(&copy.join("BLAKE3SUMS"), 3), "BLAKE3SUMS is not the list");
    check(&|copy| fs::write(copy.join("manifest.json"), "{").unwrap(), "manifest.json cannot be read");
    check(&|copy| fs::remove_file(copy.join("facts.parquet")).unwrap(), "facts.parquet cannot be read");
    check(&|copy| fs::write(copy.join("facts.parquet"), "PAR1 no PAR1").unwrap(), "facts.parquet cannot be read");
    // If an attacker changes an object and hides it, its name does not match; and a path outside the export is refused.
    let covered = |copy: &Path| {
        flip(&copy.join(&object), 0);
        cover_up(copy);
    };
    check(&covered, "the object ");
    let outside = |copy: &Path| {
        let list = copy.join("BLAKE3SUMS");
        let mut lines = fs::read_to_string(&list).unwrap();
        lines += &[&hven_core::Digest::of(b"").to_string(), "  ../BLAKE3SUMS\n"].concat();
        fs::write(&list, &lines).unwrap();
        let manifest = copy.join("manifest.json");
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        json["sums"] = hven_core::Digest::of(lines.as_bytes()).to_string().into();
        fs::write(&manifest, json.to_string()).unwrap();
    };
    check(&outside, "outside the export");
    let head = |copy: &Path| {
        let manifest = copy.join("manifest.json");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, text.replace("\"head_seq\": ", "\"head_seq\": 1")).unwrap();
    };
    check(&head, "it ends at fact");
    // Every byte of the facts is protected: after any change, no home is created, and the import does not panic.
    let size = fs::metadata(folder.join("facts.parquet")).unwrap().len() as usize;
    for n in 0..24 {
        check(&|copy| flip(&copy.join("facts.parquet"), n * (size - 1) / 23), "is not as it was written");
    }
}

fn first_file(folder: &Path) -> std::ffi::OsString {
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().file_name()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_folder_without_an_export_is_refused() {
    let world = World::sqlite();
    let folder = an_export(&world);
    let refused = import_fails(&world, &world.sibling("nothing"));
    assert!(matches!(refused, ExportError::Absent { .. }), "{refused}");
    let refused = import_fails(&world, &world.path());
    assert!(matches!(refused, ExportError::Absent { .. }), "{refused}");
    let manifest = folder.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 2, \"new\": []")).unwrap();
    let refused = import_fails(&world, &folder);
    assert!(matches!(refused, ExportError::Newer { found: 2, known: 1, .. }), "{refused}");
    fs::remove_file(&manifest).unwrap();
    let refused = import_fails(&world, &folder);
    assert!(matches!(refused, ExportError::Unfinished { .. }), "{refused}");
    let home = world.open();
    let refused = exported(&home, &folder).unwrap_err();
    assert!(matches!(refused, ExportError::Unfinished { .. }), "{refused}");
    home.close().unwrap();
}

#[test]
fn a_damaged_home_is_not_exported() {
    let world = World::sqlite();
    let home = world.open();
    fill(&home);
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    home.close().unwrap();
    let folder = world.sibling("exported");
    let cut = export(&backup[..backup.len() / 2], &folder, &mut |_| ()).unwrap_err();
    assert!(matches!(cut, ExportError::Home { .. }), "{cut}");
    assert!(!folder.exists(), "nothing is left of it");
    let object = backup.windows(7).rposition(|window| window == b"planets").unwrap();
    backup[object] ^= 1;
    let damaged = export(backup.as_slice(), &folder, &mut |_| ()).unwrap_err().to_string();
    let digest = hven_core::Digest::of(b"planets").to_string();
    assert!(damaged.contains(&digest) || damaged.contains("fact "), "{damaged}");
    // An existing empty folder stays, and stays empty.
    fs::create_dir(&folder).unwrap();
    export(backup.as_slice(), &folder, &mut |_| ()).unwrap_err();
    assert!(fs::read_dir(&folder).unwrap().next().is_none());
}

/// The next import removes the rest of a killed import, or renames it if only the renaming was missing.
#[test]
fn an_import_continues_after_a_kill() {
    let world = World::sqlite();
    let folder = an_export(&world);
    let (home, growing) = (world.sibling("imported"), world.sibling(".imported.importing"));
    fs::create_dir(&growing).unwrap();
    fs::write(growing.join("half"), "made").unwrap();
    import(&folder, &home, &Settings::default(), &mut |_| ()).unwrap();
    assert!(!growing.exists() && !home.join("half").exists());
    fs::rename(&home, &growing).unwrap();
    let mut steps = 0;
    import(&folder, &home, &Settings::default(), &mut |_| steps += 1).unwrap();
    assert_eq!(steps, 0, "nothing was read again");
    let imported = Home::open(&home, Settings::default()).unwrap();
    assert_views_follow_facts(&imported);
    imported.close().unwrap();
}

#[test]
fn the_system_is_named_hven() {
    let world = World::sqlite();
    let home = world.open();
    wait(home.add(hven_core::fact::Batch::new(crate::facts::time(0), ActorId::SYSTEM, vec![retracted(run_id(3))])))
        .unwrap();
    exported(&home, &world.sibling("exported")).unwrap();
    let text = fs::read_to_string(world.sibling("exported/tables/soundness.json")).unwrap();
    assert!(text.contains("\"by\": \"hven\""), "{text}");
    home.close().unwrap();
}
