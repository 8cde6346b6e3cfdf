//! Foreign folders and zips: changed, hostile, or no publications at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use hven_publish::{Archive, Error, Limits, Publication, verify, write};
use proptest::prelude::*;
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::sample::planets;

struct Published {
    place: TempDir,
    publication: Publication,
}

impl Published {
    fn new() -> Self {
        let (publication, store) = planets();
        let place = tempfile::tempdir().expect("a folder");
        write(&publication, &store, &place.path().join("it"), Some(&place.path().join("it.zip")))
            .expect("it is written");
        Self { place, publication }
    }
    fn folder(&self) -> PathBuf {
        self.place.path().join("it")
    }
    fn zip(&self) -> PathBuf {
        self.place.path().join("it.zip")
    }
}

fn open(path: &Path) -> Result<Archive, Error> {
    Archive::open(path, &Limits::default())
}

#[test]
fn a_publication_is_read_back_from_folder_and_zip() {
    let published = Published::new();
    let (_, store) = planets();
    for path in [published.folder(), published.zip()] {
        let archive = open(&path).expect("it is a publication");
        assert_eq!(*archive.publication(), published.publication);
        for (digest, bytes) in &store.0 {
            assert!(archive.has(*digest));
            assert_eq!(archive.read(*digest, 1 << 20).expect("it is included"), *bytes);
        }
        let absent = hven_core::Digest::of(b"something else");
        assert!(matches!(archive.read(absent, 1), Err(Error::NotIncluded { .. })));
        let found = verify(&path, &Limits::default()).expect("it is a publication");
        assert!(found.is_whole(), "{found:?}");
        assert_eq!(found.fingerprint, archive.fingerprint());
    }
}

#[test]
fn a_zip_of_the_folder_itself_is_accepted() {
    let published = Published::new();
    let path = published.place.path().join("again.zip");
    let mut zip = ZipWriter::new(File::create(&path).expect("a file"));
    let archive = open(&published.folder()).expect("it is a publication");
    let names = archive.manifest().files.keys().map(String::as_str).chain(["manifest.json"]);
    for name in names {
        zip.start_file(format!("kepler/{name}"), SimpleFileOptions::default()).expect("an entry");
        zip.write_all(&fs::read(published.folder().join(name)).expect("a file")).expect("bytes");
    }
    zip.finish().expect("a zip");
    assert_eq!(*open(&path).expect("it is a publication").publication(), published.publication);
    assert!(verify(&path, &Limits::default()).expect("it is one").is_whole());
}

#[test]
fn every_change_is_named() {
    let published = Published::new();
    let folder = published.folder();
    let change = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
    change("data/planets@1/source/planets.csv", "name,period\nEarth,2\n");
    change("runs/K3PL/outputs/more.txt", "not published");
    fs::remove_file(folder.join("README.md")).expect("it was there");
    // The same length as before, with one changed bit.
    let mut page = fs::read(folder.join("index.html")).expect("a page");
    page[1000] ^= 1;
    fs::write(folder.join("index.html"), page).expect("a file");
    let found = verify(&folder, &Limits::default()).expect("it is a publication");
    let changed: Vec<_> =
        found.changed.iter().map(|one| (one.name.as_str(), one.why.split(", ").next().unwrap_or(""))).collect();
    assert_eq!(changed[0], ("data/planets@1/source/planets.csv", "it should have 423 bytes"));
    assert_eq!(changed[1].0, "index.html");
    assert!(changed[1].1.starts_with("its BLAKE3 digest should be"), "{changed:?}");
    assert_eq!(
        (found.missing, found.extra),
        (vec!["README.md".to_owned()], vec!["runs/K3PL/outputs/more.txt".to_owned()])
    );
    let archive = open(&folder).expect("the description is whole");
    let source = published.publication.datasets[0].source.as_ref().expect("a source").digest;
    assert!(matches!(archive.read(source, 1 << 20), Err(Error::Tampered { .. })));
}

#[test]
fn a_changed_description_is_not_opened() {
    let published = Published::new();
    let path = published.folder().join("publication.json");
    let text = fs::read_to_string(&path).expect("a description").replace("\"holds\"", "\"fails\"");
    fs::write(&path, text).expect("a file");
    let wrong = open(&published.folder()).expect_err("it was changed");
    assert!(matches!(&wrong, Error::Tampered { name, .. } if name == "publication.json"), "{wrong}");
}

#[test]
fn other_formats_get_their_own_errors() {
    let check = |manifest: &str, expect: &str| {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("manifest.json"), manifest).expect("a file");
        for wrong in [open(place.path()).err(), verify(place.path(), &Limits::default()).err()] {
            let wrong = wrong.expect("it is none").to_string();
            assert!(wrong.contains(expect), "{wrong}");
        }
    };
    check("{\"format\":\"hven.manifest/2\",\"files\":{}}", "a newer Hven is needed");
    check("{\"format\":\"bagit/1\",\"files\":{}}", "it is of the format \"bagit/1\"");
    check("[]", "names no format");
    check("{\"format\":\"hven.manifest/1\"}", "cannot be read");
    check("no JSON", "names no format");
    let digests = format!("\"size\":1,\"blake3\":\"{}\",\"sha256\":\"\"", "0".repeat(64));
    for name in ["../x", "/etc/passwd", "a\\\\b", "c:x", "a//b"] {
        check(&format!("{{\"format\":\"hven.manifest/1\",\"files\":{{\"{name}\":{{{digests}}}}}}}"), "is refused: it ");
    }
    let large = digests.replace("\"size\":1,", &format!("\"size\":{},", u64::MAX));
    check(
        &format!("{{\"format\":\"hven.manifest/1\",\"files\":{{\"a\":{{{large}}},\"b\":{{{large}}}}}}}"),
        "names more than",
    );
    let place = tempfile::tempdir().expect("a folder");
    let wrong = open(place.path()).expect_err("there is nothing").to_string();
    assert!(wrong.ends_with("is not a publication of Hven: it has no manifest.json"), "{wrong}");
    assert!(matches!(open(&place.path().join("none")), Err(Error::Io { .. })));
}

#[test]
fn links_are_refused() {
    let published = Published::new();
    for (name, target) in [("passwd", "/etc/passwd"), ("up", "..")] {
        let link = published.folder().join(name);
        std::os::unix::fs::symlink(target, &link).expect("a link");
        let wrong = verify(&published.folder(), &Limits::default()).expect_err("a link is in it").to_string();
        assert!(wrong.contains("symbolic link"), "{wrong}");
        fs::remove_file(link).expect("it is there");
    }
}

fn zip_with(path: &Path, fill: impl FnOnce(&mut ZipWriter<File>)) {
    let mut zip = ZipWriter::new(File::create(path).expect("a file"));
    fill(&mut zip);
    zip.finish().expect("a zip");
}

#[test]
fn zips_that_lead_out_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("x.zip");
    for name in ["../evil", "/evil", "a/../../evil", "a\\..\\evil", "c:evil"] {
        zip_with(&path, |zip| zip.start_file(name, SimpleFileOptions::default()).expect("an entry"));
        let wrong = open(&path).expect_err("it leads out");
        assert!(matches!(wrong, Error::UnsafeName { .. }), "{name}: {wrong}");
    }
    zip_with(&path, |zip| {
        zip.add_symlink("manifest.json", "/etc/passwd", SimpleFileOptions::default()).expect("a link");
    });
    assert!(matches!(open(&path), Err(Error::UnsafeName { .. })));
}

#[test]
fn bombs_are_not_unpacked() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("bomb.zip");
    zip_with(&path, |zip| {
        for name in ["manifest.json", "a", "b"] {
            zip.start_file(name, SimpleFileOptions::default()).expect("an entry");
            io::copy(&mut io::Read::take(io::repeat(0), 6 << 20), zip).expect("zeros");
        }
    });
    let check = |limits: Limits, expect: &str| {
        let wrong = Archive::open(&path, &limits).expect_err("it is too much").to_string();
        assert!(wrong.contains(expect), "{wrong}");
    };
    check(Limits::default(), "times its size, as no publication does");
    check(Limits { files_max: 2, ..Limits::default() }, "more than 2 files");
    check(Limits { bytes_max: 10 << 20, ..Limits::default() }, "unpacks to 18874368 bytes");
    check(
        Limits { ratio_max: u64::MAX, document_bytes_max: 1 << 20, ..Limits::default() },
        "has more than 1048576 bytes",
    );
}

/// A zip whose central directory states a small size for an entry that unpacks to more.
#[test]
fn a_false_size_of_an_entry_is_detected() {
    let published = Published::new();
    let mut bytes = fs::read(published.zip()).expect("a zip");
    let name = b"index.html";
    // In the central directory the size is 22 bytes before the name.
    let at = bytes.windows(name.len()).rposition(|window| window == name).expect("it is named");
    bytes[at - 22..at - 18].copy_from_slice(&100_u32.to_le_bytes());
    let path = published.place.path().join("lies.zip");
    fs::write(&path, bytes).expect("a file");
    if let Ok(found) = verify(&path, &Limits::default()) {
        assert!(!found.is_whole(), "{found:?}");
    }
}

static ZIP: LazyLock<Vec<u8>> = LazyLock::new(|| fs::read(Published::new().zip()).expect("a zip"));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any change of bytes in a zip gives an answer, and never other objects than the published ones.
    #[test]
    fn changed_zips_never_panic_nor_give_other_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = ZIP.clone();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("changed.zip");
        fs::write(&path, bytes).expect("a file");
        let _ = verify(&path, &Limits::default());
        if let Ok(archive) = open(&path) {
            let (_, store) = planets();
            for (digest, bytes) in &store.0 {
                if let Ok(read) = archive.read(*digest, 1 << 20) {
                    prop_assert_eq!(&read, bytes);
                }
            }
        }
    }

    /// Descriptions with removed or replaced parts are read or refused; those that are read can be written.
    #[test]
    fn odd_descriptions_never_panic(at in any::<prop::sample::Index>(), with in prop::sample::select(vec!["null", "-1", "\"\"", "[]", "{}", "1e999", "\"\\u0000</script>\"", "true"])) {
        let (publication, store) = planets();
        let mut document = serde_json::to_value(&publication).expect("JSON");
        let mut pointers = Vec::new();
        collect(&document, "", &mut pointers);
        let pointer = &pointers[at.index(pointers.len())];
        let replacement = serde_json::from_str(with).unwrap_or(serde_json::Value::Null);
        if let Some(place) = document.pointer_mut(pointer) {
            *place = replacement;
        }
        if let Ok(odd) = serde_json::from_value::<Publication>(document) {
            let place = tempfile::tempdir().expect("a folder");
            if write(&odd, &store, &place.path().join("it"), None).is_ok() {
                let found = verify(&place.path().join("it"), &Limits::default()).expect("it is a publication");
                prop_assert!(found.is_whole());
            }
        }
    }
}

fn collect(value: &serde_json::Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect(item, &format!("{pointer}/{at}"), found));
        }
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}
