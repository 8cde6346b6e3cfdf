//! Staging fills the folder of an attempt that runs in a fresh folder. The server sends the run's inputs as objects, and
//! the stager checks the digest of each while it writes it.
//!
//! Staging may take long, so several threads of its own do it. While the server is away they wait, and they resume a
//! partial download. Until all files are there, nothing records that the attempt started: if the runner dies, its
//! successor removes the folder, and the server may assign the attempt again.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hven_api::{
    runner::Fresh,
    spool::{self, AtStart},
};
use hven_core::{
    AttemptId, Digest,
    disk::is_full,
    file_name,
    object::{FileKind, FileRef, Listing},
    seen::RecordedFiles,
    staging::{Staged, StagingPlan, check_path},
    stdin::NO_PATH,
};

use crate::{
    existing_outputs,
    file_check::FileCheck,
    folder::{self, RESERVE_BYTES},
    inbox::{Inbox, Message},
    kernel,
    outputs::OutputScope,
    removal,
    server::{Backoff, CallError, Contact, Server},
    staging_result::StagingResult,
    workers::{Jobs, Workers},
};

/// How many folders are filled at once.
const STAGERS: usize = 8;
const LISTING_BYTES_MAX: usize = 64 << 20;
/// A stager gives up after the server has refused a download for this long.
const REFUSED_MAX: Duration = Duration::from_mins(1);

/// An attempt that waits for its files.
#[derive(Debug)]
pub(crate) struct StagingJob {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    /// The content of the fresh folder; `None` if the attempt runs elsewhere.
    pub(crate) fresh: Option<Fresh>,
    /// The working folder of the process. In a fresh folder it is relative, and empty for the folder itself.
    pub(crate) cwd: String,
    /// A file for standard input.
    pub(crate) stdin: Option<FileRef>,
    /// Files to compare with the disk.
    pub(crate) seen: Option<RecordedFiles>,
    pub(crate) outputs: Vec<String>,
    /// The attempt was cancelled.
    pub(crate) stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct StagerContext {
    contact: Contact,
    inbox: Arc<Inbox>,
    home: PathBuf,
}

/// Starts the workers that fill folders and compare files.
pub(crate) fn stagers(contact: Contact, inbox: Arc<Inbox>, home: PathBuf) -> Workers<StagingJob> {
    let shared = StagerContext { contact, inbox, home };
    Workers::new(STAGERS, move |jobs| shared.stage_all(jobs))
}

impl StagerContext {
    fn stage_all(&self, jobs: Jobs<StagingJob>) {
        let mut server = Server::new(self.contact.clone());
        for job in jobs {
            let folder = job.dir.join(spool::STAGING);
            let mut filling = FolderFiller { job: &job, server: &mut server, home: &self.home, folder: &folder };
            let result = filling.fill();
            // Compare last, so that the process starts directly after it.
            let result = result.map(|remarks| look(&job, remarks, &folder, &self.home, &mut server));
            if result.is_err()
                && let Err(error) = removal::remove(&folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                crate::log_line(&format!("{} cannot be removed: {error}", folder.display()));
            }
            let result = result.map_err(|failure| match failure {
                StagingFailure::Why(why) => why,
                StagingFailure::Stopped => "it was stopped".to_owned(),
            });
            self.inbox.put(Message::Staged { attempt: job.attempt, result });
        }
    }
}

/// Compares inputs and code with the record and lists the outputs that exist. `folder` is the fresh folder.
fn look(job: &StagingJob, remarks: Vec<String>, folder: &Path, home: &Path, server: &mut Server) -> StagingResult {
    let cwd = match &job.fresh {
        Some(_) if job.cwd.is_empty() => folder.to_owned(),
        Some(_) => folder.join(file_name::to_path(&job.cwd)),
        None => file_name::to_path(&job.cwd),
    };
    let (changed, touched) = match &job.seen {
        Some(seen) => FileCheck { attempt: job.attempt, cwd: &cwd, server, stop: &job.stop }.before_start(seen),
        None => Default::default(),
    };
    let outputs = existing_outputs::before_start(&OutputScope { cwd: &cwd, home }, &job.outputs);
    let at_start = AtStart { touched, ..outputs };
    StagingResult { remarks, changed, at_start, outputs: existing_outputs::output_paths(&cwd, &job.outputs) }
}

enum StagingFailure {
    /// A reason for people.
    Why(String),
    Stopped,
}

/// One folder that is being filled.
struct FolderFiller<'a> {
    job: &'a StagingJob,
    server: &'a mut Server,
    home: &'a Path,
    folder: &'a Path,
}

impl FolderFiller<'_> {
    /// Fills the folder and returns remarks about it.
    fn fill(&mut self) -> Result<Vec<String>, StagingFailure> {
        let job = self.job;
        if let Some(on_stdin) = &job.stdin {
            self.stdin(on_stdin)?;
        }
        job.fresh.as_ref().map_or_else(|| Ok(Vec::new()), |fresh| self.fresh_folder(fresh))
    }

    /// Fails if the disk has no space for `wanted` bytes.
    fn require_room(&self, place: &Path, wanted: u64) -> Result<(), StagingFailure> {
        let free = kernel::free_bytes(place).unwrap_or(u64::MAX);
        if free >= wanted.saturating_add(RESERVE_BYTES) {
            return Ok(());
        }
        Err(StagingFailure::Why(format!(
            "its inputs have {wanted} bytes and do not fit: {free} bytes are free in {}, and \
             {RESERVE_BYTES} of them stay free",
            self.home.display()
        )))
    }

    /// Fetches the file for standard input.
    fn stdin(&mut self, on_stdin: &FileRef) -> Result<(), StagingFailure> {
        let name = if on_stdin.path == NO_PATH { "(standard input)" } else { on_stdin.path.as_str() };
        let dir = &self.job.dir;
        folder::make_all(dir).map_err(|error| unwritten(name, &error))?;
        self.require_room(dir, on_stdin.size)?;
        let made = folder::create(&dir.join(spool::STAGED_STDIN));
        let mut file = made.map_err(|error| unwritten(name, &error))?;
        self.download(name, on_stdin.digest, &mut file)
    }

    fn fresh_folder(&mut self, fresh: &Fresh) -> Result<Vec<String>, StagingFailure> {
        let unwritable = |error: io::Error| {
            StagingFailure::Why(format!("its folder {} cannot be made: {error}", self.folder.display()))
        };
        match removal::remove(self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
            _ => {}
        }
        folder::make_all(self.folder).map_err(unwritable)?;
        let mut plan = self.plan(&fresh.files)?;
        let job = self.job;
        let cwd = &job.cwd;
        if !cwd.is_empty() {
            check_path(cwd).map_err(|why| StagingFailure::Why(format!("its working directory {cwd:?} {why}")))?;
            plan.folders.insert(cwd.clone());
            if let Some(path) = plan.torn() {
                return Err(StagingFailure::Why(torn(path)));
            }
        }
        self.require_room(self.folder, fresh.files.iter().map(|file| file.size).sum())?;
        // This also creates empty folders.
        for path in &plan.folders {
            folder::make_all(&self.at(path)).map_err(|error| unwritten(path, &error))?;
        }
        for (path, staged) in &plan.files {
            self.file(path, *staged)?;
        }
        for (path, text) in &fresh.texts {
            let mut file = self.create(path)?;
            file.write_all(text.as_bytes()).map_err(|error| unwritten(path, &error))?;
            finish(&file, false).map_err(|error| unwritten(path, &error))?;
        }
        // A task expects the parent folders of its outputs.
        for path in &job.outputs {
            if let Some((parent, _)) = path.trim_end_matches('/').rsplit_once('/') {
                let parent = self.at(cwd).join(file_name::from_text(parent));
                folder::make_all(&parent).map_err(|error| unwritten(path, &error))?;
            }
        }
        // Links come last, so that no file is written through a link.
        for (path, target) in &plan.links {
            self.link(path, target)?;
        }
        Ok(left_out(&plan.left_out))
    }

    /// The full path of a recorded path in the folder.
    fn at(&self, path: &str) -> PathBuf {
        self.folder.join(file_name::from_text(path))
    }

    fn link(&self, path: &str, target: &str) -> Result<(), StagingFailure> {
        let (full, target) = (self.at(path), file_name::from_text(target));
        let made = full.parent().map_or(Ok(()), folder::make_all).and_then(|()| symlink(target, &full));
        made.map_err(|error| unwritten(path, &error))
    }

    /// Determines all paths before the first file is fetched.
    fn plan(&mut self, files: &[FileRef]) -> Result<StagingPlan, StagingFailure> {
        let mut plan = StagingPlan::default();
        for file in files {
            let staged = Staged { digest: file.digest, executable: false };
            match file.kind {
                FileKind::File => plan.add(file.path.clone(), staged).map_err(StagingFailure::Why)?,
                FileKind::Folder => {
                    check_path(&file.path)
                        .map_err(|why| StagingFailure::Why(format!("the path {:?} {why}", file.path)))?;
                    let listing = self.listing(&file.path, file.digest)?;
                    plan.add_folder(file, listing).map_err(StagingFailure::Why)?;
                }
            }
        }
        match plan.torn() {
            Some(path) => Err(StagingFailure::Why(torn(path))),
            None => Ok(plan),
        }
    }

    fn listing(&mut self, path: &str, digest: Digest) -> Result<Listing, StagingFailure> {
        let mut bytes = Vec::new();
        let mut is_too_long = false;
        let fetched = self.fetch(path, digest, &mut |more| {
            is_too_long |= bytes.len() + more.len() > LISTING_BYTES_MAX;
            if is_too_long {
                return Err(io::Error::other("too long"));
            }
            bytes.extend_from_slice(more);
            Ok(bytes.len() as u64)
        });
        if is_too_long {
            return Err(StagingFailure::Why(format!(
                "the listing of the folder {path} ({digest}) is longer than 64 MiB"
            )));
        }
        fetched?;
        if Digest::of(&bytes) != digest {
            return Err(damaged(path, digest));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            StagingFailure::Why(format!("the listing of the folder {path} ({digest}) cannot be read: {error}"))
        })
    }

    fn create(&self, path: &str) -> Result<File, StagingFailure> {
        let full = self.at(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let made = match options.open(&full) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                full.parent().map_or(Ok(()), folder::make_all).and_then(|()| options.open(&full))
            }
            made => made,
        };
        made.map_err(|error| unwritten(path, &error))
    }

    fn file(&mut self, path: &str, staged: Staged) -> Result<(), StagingFailure> {
        let mut file = self.create(path)?;
        self.download(path, staged.digest, &mut file)?;
        finish(&file, staged.executable).map_err(|error| unwritten(path, &error))
    }

    /// Writes an object into a new file.
    fn download(&mut self, path: &str, digest: Digest, file: &mut File) -> Result<(), StagingFailure> {
        for _ in 0..2 {
            let mut hasher = blake3::Hasher::new();
            self.fetch(path, digest, &mut |bytes| {
                file.write_all(bytes)?;
                hasher.update(bytes);
                Ok(hasher.count())
            })?;
            if Digest::from(hasher.finalize()) == digest {
                return Ok(());
            }
            // The digest is wrong, so fetch the object again.
            let again = file.set_len(0).and_then(|()| io::Seek::seek(file, io::SeekFrom::Start(0)));
            again.map_err(|error| unwritten(path, &error))?;
        }
        Err(damaged(path, digest))
    }

    /// Fetches an object and retries without limit while the server is away. `write` receives the next bytes and returns
    /// how many bytes it has.
    fn fetch(
        &mut self,
        path: &str,
        digest: Digest,
        write: &mut dyn FnMut(&[u8]) -> io::Result<u64>,
    ) -> Result<(), StagingFailure> {
        let job = self.job;
        let (mut backoff, mut refused_since) = (Backoff::new(), None::<Instant>);
        let mut have = 0;
        loop {
            let mut failed = None;
            let from = format!("/api/v1/runner/objects/{}/{digest}?from={have}", job.attempt);
            let fetched = self.server.fetch(&from, &mut |bytes| {
                if job.stop.load(Ordering::Relaxed) {
                    return false;
                }
                match write(bytes) {
                    Ok(by_now) => have = by_now,
                    Err(error) => failed = Some(error),
                }
                failed.is_none()
            });
            if let Some(error) = failed {
                return Err(unwritten(path, &error));
            }
            if job.stop.load(Ordering::Relaxed) || !self.home.exists() {
                return Err(StagingFailure::Stopped);
            }
            match fetched {
                Ok(()) => return Ok(()),
                Err(CallError::Refused { status: 404, .. }) => {
                    return Err(StagingFailure::Why(format!(
                        "its input {path} is the object {digest}, which this home does not have"
                    )));
                }
                Err(error @ CallError::Refused { .. }) => {
                    let since = *refused_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > REFUSED_MAX {
                        return Err(StagingFailure::Why(format!(
                            "its input {path} ({digest}) cannot be fetched: {error}"
                        )));
                    }
                }
                Err(_) => refused_since = None,
            }
            backoff.wait();
        }
    }
}

/// How many omitted links are named.
const NAMED_MAX: usize = 20;

fn left_out(paths: &[String]) -> Vec<String> {
    let mut remarks: Vec<String> = paths
        .iter()
        .take(NAMED_MAX)
        .map(|path| {
            format!("The input {} is a link that leads out of its folder: it is not here.", file_name::shown(path))
        })
        .collect();
    if paths.len() > NAMED_MAX {
        remarks.push(format!("{} more inputs are such links.", paths.len() - NAMED_MAX));
    }
    remarks
}

/// Gives a complete file the mode that its task expects.
fn finish(file: &File, executable: bool) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}

fn torn(path: &str) -> String {
    format!("{path} would have to be a file and a folder at once")
}

fn unwritten(path: &str, error: &io::Error) -> StagingFailure {
    StagingFailure::Why(if is_full(error.kind()) {
        format!("the disk is full: there is no space for its input {path}")
    } else {
        format!("its input {path} cannot be written: {error}")
    })
}

fn damaged(path: &str, digest: Digest) -> StagingFailure {
    StagingFailure::Why(format!(
        "its input {path} is damaged: the home's object {digest} has another digest; `hven audit verify` lists the damaged objects"
    ))
}

/// Whether an attempt's folder holds only staged files, so that the attempt had not started when its runner died. The
/// caller must check that the ledger does not contain the attempt.
pub(crate) fn holds_only_staged_files(dir: &Path) -> bool {
    let mut has_staging = false;
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name() != spool::STAGING && entry.file_name() != spool::STAGED_STDIN {
            return false;
        }
        has_staging = true;
    }
    has_staging
}
