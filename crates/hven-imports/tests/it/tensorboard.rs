//! Event files that real writers made, and damaged ones.

use std::{collections::BTreeMap, fs, path::Path};

use hven_core::stream::Point;
use hven_imports::{
    Artifact, Error, Faults,
    tensorboard::{End, Finding, Folder, Hparam, Summed, folders},
};

use crate::samples::{lines, unpacked};

/// A run as it was read.
struct Read {
    points: BTreeMap<String, Vec<Point>>,
    files: Vec<Artifact>,
    summed: Summed,
}

fn read(folder: &Folder, faults: &mut Faults) -> Read {
    let (mut points, mut files) = (BTreeMap::<String, Vec<Point>>::new(), Vec::new());
    let summed = folder
        .read::<Error>(faults, &mut |finding| {
            match finding {
                Finding::Points(some) => {
                    for point in some {
                        points.entry(point.key.clone()).or_default().push(point);
                    }
                }
                Finding::File(file) => files.push(file),
            }
            Ok(())
        })
        .expect("read");
    Read { points, files, summed }
}

fn shown(points: &[Point]) -> Vec<String> {
    points.iter().map(|point| format!("{}:{}", point.step, point.value.0)).collect()
}

#[test]
fn files_of_tensorboardx_are_read() {
    let root = unpacked("tensorboardx");
    let mut faults = Faults::default();
    let found = folders(root.path(), &mut faults).expect("folders");
    let names: Vec<&str> = found.iter().map(|folder| folder.name.as_str()).collect();
    assert_eq!((names[0], names[1]), ("plain", "tuned"), "{names:?}");
    let plain = read(&found[0], &mut faults);
    assert_eq!(
        shown(&plain.points["loss/train"]),
        ["0:1", "1:0.5", "2:0.3333333432674408", "3:0.25", "4:0.20000000298023224"]
    );
    assert_eq!(plain.points["loss/train"][1].time_us, 1_700_000_001_250_000);
    assert_eq!(shown(&plain.points["loss/valid"]), ["0:0", "10:1", "20:2"], "each metric has its own steps");
    assert_eq!(shown(&plain.points["odd"]), ["0:NaN", "1:inf"]);
    let paths: Vec<&str> = plain.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["text/note/text_summary/0.md", "images/pixels/4.png"]);
    assert_eq!(plain.summed.end, End::NotSaid);
    assert_eq!(lines(&faults), ["1 histograms: Hven has no place for them (weights)"]);

    let mut params = BTreeMap::new();
    for folder in &found[1..] {
        params.extend(read(folder, &mut faults).summed.params);
    }
    assert_eq!(params["lr"], Hparam::Number(0.1));
    assert_eq!(params["layers"], Hparam::Number(3.0));
    assert_eq!(params["optimizer"], Hparam::Text("adam".to_owned()));
    assert_eq!(params["bias"], Hparam::Bool(true));
}

#[test]
fn files_of_tensorflow_are_read() {
    let root = unpacked("tensorflow");
    let mut faults = Faults::default();
    let found = folders(root.path(), &mut faults).expect("folders");
    assert_eq!(found.iter().map(|folder| folder.name.as_str()).collect::<Vec<_>>(), ["train"]);
    let train = read(&found[0], &mut faults);
    assert_eq!(shown(&train.points["epoch_loss"])[..2], ["0:1", "1:0.5"]);
    assert_eq!(shown(&train.points["double"]), ["1:0.10000000149011612"]);
    let paths: Vec<&str> = train.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["text/note/0.md", "images/pixels/1.png"]);
    assert_eq!(train.summed.params["units"], Hparam::Number(16.0));
    assert_eq!(train.summed.params["optimizer"], Hparam::Text("sgd".to_owned()));
    assert_eq!(lines(&faults), ["1 histograms: Hven has no place for them (weights)"]);
}

#[test]
fn a_folder_without_event_files_is_refused() {
    let root = tempfile::tempdir().expect("a folder");
    fs::write(root.path().join("notes.txt"), "x").expect("written");
    let error = folders(root.path(), &mut Faults::default()).expect_err("it has none").to_string();
    assert!(error.contains("no file in it has tfevents in its name"), "{error}");
}

#[test]
fn a_text_with_the_name_of_an_event_file_is_left_out_and_named() {
    let root = unpacked("tensorboardx");
    let before = folders(root.path(), &mut Faults::default()).expect("folders");
    let other = root.path().join("notes");
    fs::create_dir(&other).expect("a folder");
    fs::write(other.join("events.out.tfevents.1700000000.host"), "a note that is no event\n").expect("written");
    let mut faults = Faults::default();
    assert_eq!(folders(root.path(), &mut faults).expect("folders"), before);
    let said =
        "1 event files: has the name of an event file and holds no records (events.out.tfevents.1700000000.host)";
    assert_eq!(lines(&faults), [said]);
    // An empty file is a run that has reported nothing yet; a folder with texts alone is refused.
    fs::write(other.join("events.out.tfevents.1700000001.host"), "").expect("written");
    assert_eq!(folders(root.path(), &mut Faults::default()).expect("folders").len(), before.len() + 1);
    fs::remove_file(other.join("events.out.tfevents.1700000001.host")).expect("removed");
    let error = folders(&other, &mut Faults::default()).expect_err("no run").to_string();
    assert!(error.contains("the files in it with tfevents in their names hold no records"), "{error}");
}

fn only_file(folder: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path());
    files.next().expect("a file")
}

#[test]
fn events_before_a_damage_are_kept_and_its_place_is_reported() {
    let root = unpacked("tensorboardx");
    let path = only_file(&root.path().join("plain"));
    let good = fs::read(&path).expect("read");
    let whole = folders(root.path(), &mut Faults::default()).expect("folders").remove(0);
    let all = read(&whole, &mut Faults::default()).points.values().map(Vec::len).sum::<usize>();

    // Cut within the last frame.
    fs::write(&path, &good[..good.len() - 3]).expect("written");
    let mut faults = Faults::default();
    let cut = read(&whole, &mut faults);
    assert_eq!(cut.points.values().map(Vec::len).sum::<usize>(), all, "the last event is a histogram");
    let said = lines(&faults).join("\n");
    assert!(said.contains("the last event is not complete") && said.contains(", from byte "), "{said}");

    // A wrong checksum of the second event: the others are read.
    let first = 24 + 16;
    let mut bytes = good.clone();
    bytes[first + 14] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let mut faults = Faults::default();
    let rest = read(&whole, &mut faults);
    assert_eq!(rest.points.values().map(Vec::len).sum::<usize>(), all - 1);
    let said = lines(&faults).join("\n");
    assert!(
        said.contains("1 events: their checksum differs") && said.contains(&format!("from byte {first})")),
        "{said}"
    );

    // A damaged length: nothing after it can be found.
    let mut bytes = good;
    bytes[first] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let mut faults = Faults::default();
    assert!(read(&whole, &mut faults).points.is_empty());
    let said = lines(&faults).join("\n");
    assert!(said.contains("cannot be read") && said.contains(&format!("from byte {first})")), "{said}");
}

#[test]
fn the_id_of_a_run_stays_when_its_file_grows_or_moves() {
    let (one, two) = (unpacked("tensorboardx"), unpacked("tensorboardx"));
    let ids = |root: &Path| -> Vec<String> {
        folders(root, &mut Faults::default()).expect("folders").into_iter().map(|folder| folder.id).collect()
    };
    let before = ids(one.path());
    assert_eq!(before, ids(two.path()));
    let path = only_file(&one.path().join("plain"));
    let mut bytes = fs::read(&path).expect("read");
    bytes.extend_from_slice(&[0; 5]);
    fs::write(&path, bytes).expect("written");
    assert_eq!(before, ids(one.path()));
    fs::rename(one.path().join("plain"), one.path().join("other")).expect("moved");
    assert_ne!(before, ids(one.path()), "the place below the folder is a part of it");
}
