//! Caches digests of large programs and of folders of modules between commands: reading the times of files is faster than
//! reading their contents.
//!
//! The key of an entry is made of the paths, sizes and times of the files, including the change time of the inode, which
//! programs cannot set. A file that changed a moment ago is not cached: it may change again within the same clock tick. The
//! cache file can be deleted at any time.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs::{self, Metadata},
    io::{self, Write as _},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use hven_client::{hash_open_file, open_file};
use hven_core::Digest;

/// The cache file in the home.
const FILE: &str = "digests";
const FIRST_LINE: &str = "hven digests 1";
/// Smaller files are hashed each time.
const FILE_BYTES_MIN: u64 = 1 << 20;
const ENTRIES_MAX: usize = 1000;
/// A change that is not older may be followed by another one with the same time.
const SETTLED_AFTER_S: i64 = 2;

/// The cached digests. The file is read on first use.
#[derive(Debug)]
pub struct Remembered {
    home: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: Option<BTreeMap<Digest, Digest>>,
    used: BTreeSet<Digest>,
    has_new: bool,
}

/// The paths, sizes and times of files.
#[derive(Debug)]
pub(super) struct Fingerprint {
    hasher: blake3::Hasher,
    newest_s: i64,
}

impl Fingerprint {
    /// A fingerprint for one purpose.
    pub(super) fn of(reason: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(reason.as_bytes()).update(b"\0");
        Self { hasher, newest_s: i64::MIN }
    }

    pub(super) fn add(&mut self, path: &Path, metadata: &Metadata) {
        let path = path.as_os_str().as_encoded_bytes();
        self.hasher.update(&(path.len() as u64).to_le_bytes()).update(path);
        for number in [metadata.dev(), metadata.ino(), metadata.size()] {
            self.hasher.update(&number.to_le_bytes());
        }
        for time in [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()] {
            self.hasher.update(&time.to_le_bytes());
        }
        self.newest_s = self.newest_s.max(metadata.mtime()).max(metadata.ctime());
    }

    /// Adds a name without a file.
    pub(super) fn add_name(&mut self, name: &str) {
        self.hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
    }

    fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        self.newest_s <= now - SETTLED_AFTER_S
    }
}

impl Remembered {
    pub fn in_home(home: &Path) -> Self {
        Self { home: home.to_owned(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The digest of a file's bytes.
    pub(super) fn file(&self, path: &Path) -> io::Result<Digest> {
        let mut file = open_file(path)?;
        let metadata = file.metadata()?;
        let mut hash = || -> io::Result<Digest> { hash_open_file(&mut file)?.0.parse().map_err(io::Error::other) };
        if metadata.size() < FILE_BYTES_MIN {
            return hash();
        }
        let mut fingerprint = Fingerprint::of("file");
        fingerprint.add(Path::new(""), &metadata);
        self.get_or_compute(&fingerprint, hash)
    }

    /// The cached digest for these files, or the result of `work`.
    pub(super) fn get_or_compute(
        &self,
        fingerprint: &Fingerprint,
        work: impl FnOnce() -> io::Result<Digest>,
    ) -> io::Result<Digest> {
        let (is_settled, key) = (fingerprint.is_settled(), Digest::from(fingerprint.hasher.finalize()));
        if is_settled {
            let mut state = self.state();
            let known = state.known.get_or_insert_with(|| read(&self.home)).get(&key).copied();
            if let Some(known) = known {
                state.used.insert(key);
                return Ok(known);
            }
        }
        let digest = work()?;
        if is_settled {
            let mut state = self.state();
            state.known.get_or_insert_with(BTreeMap::new).insert(key, digest);
            state.used.insert(key);
            state.has_new = true;
        }
        Ok(digest)
    }

    /// Writes new entries, if the home exists. Errors are ignored: the digests would be computed again.
    pub fn keep(&self) {
        let state = self.state();
        let Some(known) = state.known.as_ref().filter(|_| state.has_new && self.home.join("FORMAT").exists()) else {
            return;
        };
        let (used, others): (Vec<_>, Vec<_>) = known.iter().partition(|(key, _)| state.used.contains(*key));
        let mut text = format!("{FIRST_LINE}\n");
        for (key, digest) in used.into_iter().chain(others).take(ENTRIES_MAX) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} {digest}");
        }
        let _ = write(&self.home, &text);
    }
}

fn read(home: &Path) -> BTreeMap<Digest, Digest> {
    let text = fs::read_to_string(home.join(FILE)).unwrap_or_default();
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return BTreeMap::new();
    }
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs.filter_map(|(key, digest)| Some((key.parse().ok()?, digest.parse().ok()?))).collect()
}

fn write(home: &Path, text: &str) -> io::Result<()> {
    // Two commands at once, also on two machines, write two files; the last renamed file stays.
    let mut file = tempfile::Builder::new().prefix(&format!("{FILE}.")).tempfile_in(home)?;
    file.write_all(text.as_bytes())?;
    file.persist(home.join(FILE))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use super::*;

    fn age(path: &Path, seconds: u64) -> Metadata {
        let file = fs::File::options().write(true).open(path).expect("it is there");
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("set");
        fs::metadata(path).expect("it is there")
    }

    /// The change time of an inode cannot be set, so the fingerprint is made older instead.
    fn fingerprint(path: &Path, metadata: &Metadata) -> Fingerprint {
        let mut fingerprint = Fingerprint::of("test");
        fingerprint.add(path, metadata);
        fingerprint.newest_s -= 60;
        fingerprint
    }

    #[test]
    fn a_digest_of_unchanged_files_is_computed_once() {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("FORMAT"), "").expect("written");
        let path = home.path().join("module.py");
        fs::write(&path, "1").expect("written");
        let metadata = age(&path, 60);
        let worked = Cell::new(0);
        let ask = |remembered: &Remembered, fingerprint| {
            let work = || {
                worked.set(worked.get() + 1);
                Ok(Digest::of(b"result"))
            };
            remembered.get_or_compute(&fingerprint, work).expect("it is worked out")
        };
        let first = Remembered::in_home(home.path());
        for _ in 0..2 {
            assert_eq!(ask(&first, fingerprint(&path, &metadata)), Digest::of(b"result"));
        }
        assert_eq!(worked.get(), 1);
        first.keep();
        let second = Remembered::in_home(home.path());
        assert_eq!(ask(&second, fingerprint(&path, &metadata)), Digest::of(b"result"));
        assert_eq!(worked.get(), 1, "it was kept");
        let other = age(&path, 30);
        ask(&second, fingerprint(&path, &other));
        assert_eq!(worked.get(), 2, "another time");
        let mut young = fingerprint(&path, &other);
        young.newest_s = i64::MAX;
        ask(&second, young);
        assert_eq!(worked.get(), 3, "what changed a moment ago is not believed");
    }

    #[test]
    fn an_invalid_cache_file_is_ignored() {
        let home = tempfile::tempdir().expect("a folder");
        for text in ["", "something else\n", "hven digests 1\nnot a digest\n"] {
            fs::write(home.path().join(FILE), text).expect("written");
            assert_eq!(read(home.path()), BTreeMap::new(), "{text}");
        }
    }

    #[test]
    fn the_digest_of_a_file_is_that_of_its_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("program");
        for bytes in [vec![1; 10], vec![2; FILE_BYTES_MIN as usize]] {
            fs::write(&path, &bytes).expect("written");
            let remembered = Remembered::in_home(folder.path());
            assert_eq!(remembered.file(&path).expect("it is read"), Digest::of(&bytes));
        }
    }
}
