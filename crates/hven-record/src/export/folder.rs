//! The folder of an export while it is written. It hashes and lists every file.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use hven_core::Digest;

use super::{ExportError, MANIFEST, README, WORK};

pub(super) struct Folder {
    root: PathBuf,
    /// Whether this process created the folder, and may remove it.
    made: bool,
    sums: Vec<(String, Digest)>,
    bytes: u64,
    whole: bool,
}

/// A file that is being written.
pub(super) struct Written {
    path: String,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Folder {
    /// Claims a folder that does not exist or is empty.
    pub(super) fn take(root: &Path) -> Result<Self, ExportError> {
        let io = |e| ExportError::io(root, e);
        let made = match fs::read_dir(root) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                // The export contains everything in the record: other users must not read it.
                fs::DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(io)?;
                true
            }
            Err(e) => return Err(io(e)),
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(if is_unfinished(root) {
                        ExportError::Unfinished { path: root.to_owned() }
                    } else {
                        ExportError::NotEmpty { path: root.to_owned() }
                    });
                }
                false
            }
        };
        let folder = Self { root: root.to_owned(), made, sums: Vec::new(), bytes: 0, whole: false };
        for part in [WORK, "objects", "tables", "logs", "datasets"] {
            fs::create_dir(root.join(part)).map_err(io)?;
        }
        Ok(folder)
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Starts a file; creates its folder if necessary.
    pub(super) fn begin(&self, below: &str) -> io::Result<Written> {
        let path = self.path(below);
        let open = || File::options().write(true).create_new(true).open(&path);
        let file = match open() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
                open()?
            }
            other => other?,
        };
        Ok(Written { path: below.to_owned(), file: BufWriter::new(file), hasher: blake3::Hasher::new(), bytes: 0 })
    }

    /// Finishes a file; returns its digest and size.
    pub(super) fn end(&mut self, mut written: Written) -> io::Result<(Digest, u64)> {
        written.flush()?;
        let digest = written.hasher.finalize().into();
        self.bytes += written.bytes;
        self.sums.push((written.path, digest));
        Ok((digest, written.bytes))
    }

    pub(super) fn write(&mut self, below: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.begin(below)?;
        file.write_all(bytes)?;
        self.end(file).map(drop)
    }

    pub(super) fn copy(&mut self, below: &str, bytes: &mut dyn Read) -> io::Result<(Digest, u64)> {
        let mut file = self.begin(below)?;
        io::copy(bytes, &mut file)?;
        self.end(file)
    }

    /// Adds a hard link to a file, which needs no space; on disks without hard links it copies the file.
    pub(super) fn link(&mut self, from: &str, digest: &Digest, to: &str) -> io::Result<()> {
        let (from, path) = (self.path(from), self.path(to));
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        if fs::hard_link(&from, &path).is_err() {
            self.bytes += fs::copy(&from, &path)?;
        }
        self.sums.push((to.to_owned(), *digest));
        Ok(())
    }

    /// The text of the list of all files, the number of files, and their bytes.
    pub(super) fn sums(&mut self) -> (String, u64, u64) {
        self.sums.sort_unstable();
        let mut text = String::with_capacity(self.sums.len() * 110);
        for (path, digest) in &self.sums {
            text.push_str(&digest.to_string());
            text.push_str("  ");
            text.push_str(path);
            text.push('\n');
        }
        (text, self.sums.len() as u64, self.bytes)
    }

    /// Makes all files durable and writes the manifest, which makes the folder a valid export.
    pub(super) fn finish(mut self, manifest: &[u8]) -> io::Result<()> {
        fs::remove_dir_all(self.path(WORK))?;
        crate::objects::sync_all_below(&self.root)?;
        let new = self.path(".manifest.new");
        let mut file = File::create(&new)?;
        file.write_all(manifest)?;
        file.sync_all()?;
        fs::rename(&new, self.path(MANIFEST))?;
        File::open(&self.root)?.sync_all()?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for Folder {
    /// Removes an unfinished export, as far as possible.
    fn drop(&mut self) {
        if self.whole {
            return;
        }
        let gone = if self.made { fs::remove_dir_all(&self.root) } else { empty(&self.root) };
        if let Err(e) = gone {
            tracing::warn!(path = %self.root.display(), error = %e, "the unfinished export could not be removed");
        }
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

/// Whether a folder looks like the export of a killed process.
pub(super) fn is_unfinished(root: &Path) -> bool {
    let has = |name: &str| root.join(name).exists();
    !has(MANIFEST) && (has(WORK) || has(README)) && has("objects") && has("tables")
}
