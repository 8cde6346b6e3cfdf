//! An opened publication: its description, its objects by digest, and copies of both. Every byte is checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use hven_core::Digest;

use super::{
    checks::{check_format, copy_checked, read_manifest, too_large},
    limits::Limits,
    source::Source,
};
use crate::{
    error::{AtPath, Error, Result},
    manifest::{MANIFEST_FILE, Manifest},
    publication::{self, Publication},
    write::{PUBLICATION_FILE, partial},
};

/// An opened publication: its description, and its objects by digest.
#[derive(Debug)]
pub struct Archive {
    source: Source,
    publication: Publication,
    manifest: Manifest,
    fingerprint: Digest,
    paths: BTreeMap<Digest, String>,
}

impl Archive {
    /// Opens a folder or a zip. The description is read and compared with the manifest; the objects are checked when they
    /// are copied.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let source = Source::open(path, limits)?;
        let (manifest, fingerprint) = read_manifest(&source, limits)?;
        let named = manifest.files.get(PUBLICATION_FILE).ok_or_else(|| Error::NotAPublication {
            path: path.to_owned(),
            why: format!("its manifest does not name {PUBLICATION_FILE}"),
        })?;
        let mut text = Vec::new();
        if named.size > limits.document_bytes_max {
            return Err(too_large(path, PUBLICATION_FILE, limits));
        }
        copy_checked(&source, PUBLICATION_FILE, named, &mut text)?;
        check_format(path, &text, publication::FORMAT)?;
        let publication = serde_json::from_slice(&text).map_err(|wrong| Error::NotAPublication {
            path: path.to_owned(),
            why: format!("{PUBLICATION_FILE} cannot be read: {wrong}"),
        })?;
        let paths = manifest.files.iter().map(|(name, file)| (file.blake3, name.clone())).collect();
        Ok(Self { source, publication, manifest, fingerprint, paths })
    }

    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The BLAKE3 digest of the manifest.
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// The bytes of `manifest.json` as they are stored.
    pub fn manifest_bytes(&self) -> Result<Vec<u8>> {
        let mut manifest = Vec::new();
        self.source.read_file(MANIFEST_FILE, &mut |reader| {
            manifest.clear();
            reader.read_to_end(&mut manifest).map(|_| ())
        })?;
        if Digest::of(&manifest) != self.fingerprint {
            return Err(Error::Tampered { name: MANIFEST_FILE.to_owned(), why: "it changed meanwhile".to_owned() });
        }
        Ok(manifest)
    }

    /// The digests of the included objects of the store and of the description: the files that another home needs.
    pub fn objects(&self) -> BTreeSet<Digest> {
        // Files directly in the folder of a run are written for people: the script and the list of packages.
        let is_of_a_run = |name: &str| match name.strip_prefix("runs/").and_then(|rest| rest.split_once('/')) {
            Some((_, file)) => !["rerun.sh", "requirements.txt"].contains(&file),
            None => false,
        };
        let is_of_the_store =
            |name: &str| ["data/", "objects/"].iter().any(|folder| name.starts_with(folder)) || is_of_a_run(name);
        let named = self.manifest.files.iter().filter(|(name, _)| *name == PUBLICATION_FILE || is_of_the_store(name));
        named.map(|(_, file)| file.blake3).collect()
    }

    /// Whether the manifest lists an object.
    pub fn has(&self, digest: Digest) -> bool {
        self.paths.contains_key(&digest)
    }

    /// Copies an object and returns its size. If it fails, the bytes written so far are not the object.
    pub fn copy(&self, digest: Digest, to: &mut dyn Write) -> Result<u64> {
        let name = self.paths.get(&digest).ok_or(Error::NotIncluded { digest })?;
        // The manifest lists every path in `paths`.
        let named = self.manifest.files.get(name).ok_or(Error::NotIncluded { digest })?;
        copy_checked(&self.source, name, named, to)?;
        Ok(named.size)
    }

    /// Writes the publication into a new folder and checks every file. The folder gets its name when it is complete.
    pub fn unpack(&self, folder: &Path) -> Result<()> {
        if folder.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: folder.to_owned() });
        }
        let partial = partial(folder)?;
        if partial.symlink_metadata().is_ok() {
            fs::remove_dir_all(&partial).at(&partial)?;
        }
        let done = self.unpack_into(&partial).and_then(|()| fs::rename(&partial, folder).at(folder));
        if done.is_err() {
            // The caller already gets the first error; an error of the cleanup adds nothing.
            let _ = fs::remove_dir_all(&partial);
        }
        done
    }

    /// Writes missing files of the publication into a folder and checks each. Existing files are not changed.
    pub fn write_missing(&self, folder: &Path, names: &[String]) -> Result<()> {
        for (name, named) in self.manifest.files.iter().filter(|(name, _)| names.contains(name)) {
            let path = folder.join(name);
            if path.symlink_metadata().is_ok() {
                return Err(Error::Exists { path });
            }
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).at(parent)?;
            let partial = partial(&path)?;
            let mut target = BufWriter::new(File::create(&partial).at(&partial)?);
            let copied = copy_checked(&self.source, name, named, &mut target)
                .and_then(|()| target.flush().at(&partial))
                .and_then(|()| target.get_ref().sync_all().at(&partial))
                .and_then(|()| fs::rename(&partial, &path).at(&path));
            if copied.is_err() {
                // The caller already gets the first error; an error of the cleanup adds nothing.
                let _ = fs::remove_file(&partial);
            }
            copied?;
        }
        Ok(())
    }

    fn unpack_into(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).at(folder)?;
        for (name, named) in &self.manifest.files {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).at(parent)?;
            let mut target = BufWriter::new(File::create_new(&path).at(&path)?);
            copy_checked(&self.source, name, named, &mut target)?;
            target.flush().at(&path)?;
        }
        let manifest = self.manifest_bytes()?;
        let path = folder.join(MANIFEST_FILE);
        let mut file = File::create_new(&path).at(&path)?;
        file.write_all(&manifest).and_then(|()| file.sync_all()).at(&path)
    }

    /// Reads an object into memory if it has at most `bytes_max` bytes.
    pub fn read(&self, digest: Digest, bytes_max: u64) -> Result<Vec<u8>> {
        let name = self.paths.get(&digest).ok_or(Error::NotIncluded { digest })?;
        let named = self.manifest.files.get(name).ok_or(Error::NotIncluded { digest })?;
        if named.size > bytes_max {
            let what = format!("{name} has {} bytes, more than the {bytes_max} that are read at once", named.size);
            return Err(Error::TooMuch { path: self.source.path().to_owned(), what });
        }
        let mut bytes = Vec::new();
        self.copy(digest, &mut bytes)?;
        Ok(bytes)
    }
}
