//! Repairs missing or damaged objects from other copies of the same bytes.
//!
//! The digest decides: bytes with another digest are never accepted. The sources in order: damaged objects in quarantine
//! (a disk may have failed only for a moment), copies in the spools of runners, the files in the folders of runs, and finally
//! a source that the user names: a backup, an export or another home.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use hven_app::ports::{StoreResult, record::DamagedObject};
use hven_core::{
    Digest, Fact, RunId,
    envelope::Envelope,
    file_name,
    object::{FileKind, FileRef},
    references::{References, Shape},
    run::Code,
    stdin::Stdin,
};

use crate::{
    errors::io_error,
    facts,
    home::Home,
    objects::{ObjectState, ObjectStore},
    restore::{self, BackupVisitor, Gaps, Refused},
    series::StreamId,
    sql::{Connection, Purpose},
    verify::{copies_in_spools, follow, verify_chain},
};

/// Folder listings may be repaired first, and the files that they list in the next round.
const ROUNDS_MAX: usize = 3;
const FACTS_AT_ONCE: usize = 1000;

/// A repaired object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healed {
    pub digest: Digest,
    /// The path and the run that the object belongs to.
    pub what: Option<String>,
    /// The source of its bytes.
    pub from: String,
}

/// The result of a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healing {
    pub healed: Vec<Healed>,
    /// The objects that are still missing or damaged.
    pub left: Vec<DamagedObject>,
    /// Why the named backup could not be read to its end.
    pub unreadable: Option<String>,
}

impl Home {
    /// Checks every object and repairs damaged ones. It blocks, and the home must not be in use otherwise.
    ///
    /// # Errors
    /// When the database or the object store fails. An unreadable source is part of the result.
    pub fn heal(&self, from: Option<&Path>) -> StoreResult<Healing> {
        self.inner.writer.show_blocking(&self.inner.shared)?;
        let mut sql = self.inner.settings.database.connect(&self.inner.path, Purpose::Read)?;
        let mut references = References::default();
        verify_chain(&mut sql, &mut references);
        let mut healing = Healing::default();
        for _ in 0..ROUNDS_MAX {
            let reachable = follow(references.clone(), &self.inner.objects);
            healing.left.clear();
            let mut wanted = BTreeSet::new();
            for digest in reachable.objects.keys() {
                let why = match self.inner.objects.verify(digest) {
                    ObjectState::Whole { .. } => continue,
                    ObjectState::Damaged(why) => Some(why),
                    ObjectState::Absent if reachable.is_required(digest) => Some("it is missing".to_owned()),
                    // The object may never have been uploaded: it is accepted if found, but not reported as missing.
                    ObjectState::Absent => None,
                };
                wanted.insert(*digest);
                let left = |why| DamagedObject { digest: *digest, why, what: reachable.name(digest) };
                healing.left.extend(why.map(left));
            }
            if wanted.is_empty() {
                break;
            }
            let mut healer = Healer { objects: &self.inner.objects, wanted, healed: BTreeMap::new(), unreadable: None };
            healer.look_in_this_home(&self.inner.path)?;
            healer.look_in_folders_of_runs(&mut sql)?;
            if let Some(from) = from.filter(|_| !healer.wanted.is_empty()) {
                healer.look_elsewhere(from)?;
            }
            healing.unreadable = healer.unreadable.take();
            let is_done = !healer.healed.keys().any(|digest| references.shape(digest) != Shape::Bytes);
            healing.left.retain(|object| !healer.healed.contains_key(&object.digest));
            healing.healed.extend(healer.healed.into_iter().map(|(digest, from)| Healed {
                digest,
                what: reachable.name(&digest),
                from,
            }));
            if is_done {
                break;
            }
        }
        Ok(healing)
    }
}

struct Healer<'a> {
    objects: &'a ObjectStore,
    wanted: BTreeSet<Digest>,
    /// The source of each repaired object.
    healed: BTreeMap<Digest, String>,
    unreadable: Option<String>,
}

impl Healer<'_> {
    /// Stores bytes if they have the digest of the object.
    fn take(&mut self, digest: Digest, bytes: &mut dyn Read, from: &str) -> StoreResult<()> {
        if self.wanted.contains(&digest)
            && self.objects.replace(&digest, bytes).map_err(|e| io_error(format!("the object {digest}"), e))?
        {
            self.wanted.remove(&digest);
            self.healed.insert(digest, from.to_owned());
        }
        Ok(())
    }

    /// Tries a file. It is skipped if it is missing, is not a file, or has another size than the object.
    fn try_file(&mut self, digest: Digest, size: Option<u64>, path: &Path, from: &str) -> StoreResult<()> {
        let is_meant = |found: fs::Metadata| found.is_file() && size.is_none_or(|size| size == found.len());
        if self.wanted.contains(&digest)
            && fs::metadata(path).is_ok_and(is_meant)
            && size.is_none_or(|size| self.has_room(size))
            && let Ok(mut file) = File::open(path)
            // Hash the file first, so that a large file with other bytes needs no space in the store.
            && crate::objects::hash(&mut file).is_ok_and(|(found, _)| found == digest)
            && io::Seek::rewind(&mut file).is_ok()
        {
            self.take(digest, &mut file, from)?;
        }
        Ok(())
    }

    /// Whether the store has room for `size` bytes. A sparse file may be larger than any disk and would take days to read.
    fn has_room(&self, size: u64) -> bool {
        let disk = rustix::fs::statvfs(self.objects.folder());
        disk.is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= size)
    }

    fn look_in_this_home(&mut self, home: &Path) -> StoreResult<()> {
        let copies = copies_in_spools(home);
        for digest in self.wanted.clone() {
            self.try_file(digest, None, &self.objects.quarantine_path(&digest), "the quarantined copy")?;
            if let Some(copy) = copies.get(&digest) {
                self.try_file(digest, None, copy, "a runner's spool")?;
            }
        }
        Ok(())
    }

    /// Tries the input and output files of runs in their original folders.
    fn look_in_folders_of_runs(&mut self, sql: &mut Connection) -> StoreResult<()> {
        let mut folders: HashMap<RunId, PathBuf> = HashMap::new();
        let mut done = 0;
        while !self.wanted.is_empty() {
            // A damaged record ends the search; a verification reports the place.
            let Ok(envelopes) = facts::after(sql, done, FACTS_AT_ONCE) else { break };
            let Some(last) = envelopes.last() else { break };
            done = last.header.seq;
            for fact in envelopes.iter().filter_map(|envelope| envelope.fact().ok().flatten()) {
                match &fact {
                    Fact::RunSubmitted(submitted) if submitted.spec.place.is_here() => {
                        let folder = file_name::to_path(&submitted.spec.cwd);
                        self.try_files(&folder, &submitted.spec.inputs)?;
                        if let Some(Stdin::File { file, .. }) = &submitted.spec.stdin {
                            self.try_files(&folder, std::slice::from_ref(file))?;
                        }
                        match &submitted.spec.code {
                            Some(Code::Folder { listing, .. }) => self.try_listed(*listing, &folder)?,
                            Some(Code::Git { prefix, untracked, .. }) => {
                                // These paths are relative to the root of the repository.
                                let depth = file_name::to_path(prefix).components().count();
                                let root = folder.ancestors().nth(depth).unwrap_or(&folder);
                                self.try_files(root, untracked)?;
                            }
                            Some(Code::NotCaptured { .. }) | None => {}
                        }
                        folders.insert(submitted.run, folder);
                    }
                    Fact::RunFinished(finished) => {
                        if let Some(folder) = folders.get(&finished.run) {
                            self.try_files(folder, &finished.result.outputs)?;
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn try_files(&mut self, folder: &Path, files: &[FileRef]) -> StoreResult<()> {
        for file in files {
            let path = folder.join(file_name::from_text(&file.path));
            if file.kind == FileKind::Folder {
                self.try_listed(file.digest, &path)?;
            } else {
                self.try_file(file.digest, Some(file.size), &path, &path.display().to_string())?;
            }
        }
        Ok(())
    }

    fn try_listed(&mut self, listing: Digest, folder: &Path) -> StoreResult<()> {
        let Ok(Some(content)) = self.objects.content(&listing, Shape::Listing) else { return Ok(()) };
        for member in
            content.members.into_iter().filter(|member| self.wanted.contains(&member.digest)).collect::<Vec<_>>()
        {
            let below = file_name::to_path(&member.path);
            if below.components().all(|part| matches!(part, Component::Normal(_))) {
                let path = folder.join(below);
                self.try_file(member.digest, Some(member.size), &path, &path.display().to_string())?;
            }
        }
        Ok(())
    }

    fn look_elsewhere(&mut self, from: &Path) -> StoreResult<()> {
        let shown = from.display().to_string();
        if from.is_dir() {
            for digest in self.wanted.clone() {
                let name = digest.to_string();
                let folder = from.join("objects").join(&name[..2]);
                // The paths in a home and in an export.
                self.try_file(digest, None, &folder.join(&name[2..]), &shown)?;
                self.try_file(digest, None, &folder.join(&name), &shown)?;
            }
            return Ok(());
        }
        let backup = File::open(from).map_err(|e| io_error(format!("the backup {shown}"), e))?;
        let mut taking = Taking { healer: self, from: shown, failed: None };
        let read = restore::read(io::BufReader::new(backup), Gaps::Accept, &mut taking);
        if let Some(failed) = taking.failed {
            return Err(failed);
        }
        if let Err(refused) = read {
            self.unreadable = Some(crate::errors::OpenError::from(refused).to_string());
        }
        Ok(())
    }
}

/// Reads wanted objects from a backup.
struct Taking<'a, 'h> {
    healer: &'a mut Healer<'h>,
    from: String,
    failed: Option<hven_app::ports::StoreError>,
}

impl BackupVisitor for Taking<'_, '_> {
    fn facts(&mut self, _: &[Envelope]) -> Result<(), Refused> {
        Ok(())
    }
    fn object(&mut self, digest: Digest, bytes: &mut dyn Read) -> Result<(), Refused> {
        self.healer.take(digest, bytes, &self.from).map_err(|e| {
            let why = e.to_string();
            self.failed = Some(e);
            Refused::Damaged(why)
        })
    }
    fn segment(&mut self, _: StreamId, _: u64, _: &mut dyn Read) -> Result<(), Refused> {
        Ok(())
    }
}
