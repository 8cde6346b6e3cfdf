//! Staging: the folder of an attempt that runs in a fresh one is filled with the run's inputs, which come from the
//! server as objects, each checked against its digest while it is written.
//!
//! This may take long, so threads of their own do it, a few at once. While the server is away they wait for it; a file
//! that broke off is gone on with. Until everything is there nothing says that the attempt began: what a runner that
//! dies leaves of it is removed, and the attempt may be given out again.

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
    seen::Seen,
    staging::{Plan, Staged, check_path},
    stdin::NO_PATH,
};

use crate::{
    folder::{self, RESERVE_BYTES},
    inbox::{Inbox, Message},
    kernel,
    outputs::Grounds,
    ready::Ready,
    removal,
    seen::Look,
    server::{Backoff, CallError, Contact, Server},
    standing,
    workers::{Jobs, Workers},
};

/// So many folders are filled at once.
const STAGERS: usize = 8;
const LISTING_BYTES_MAX: usize = 64 << 20;
/// A server that refuses for so long will not change its mind.
const REFUSED_MAX: Duration = Duration::from_mins(1);

/// An attempt that waits for files.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    /// What the folder is to hold; `None`: it runs elsewhere.
    pub(crate) fresh: Option<Fresh>,
    /// Where its process runs: in a fresh folder the place within it, empty for the folder itself.
    pub(crate) cwd: String,
    /// A file that is to be on its standard input.
    pub(crate) stdin: Option<FileRef>,
    /// Files that are to be compared with the disk.
    pub(crate) seen: Option<Seen>,
    pub(crate) outputs: Vec<String>,
    /// The attempt was cancelled.
    pub(crate) stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Shared {
    contact: Contact,
    inbox: Arc<Inbox>,
    home: PathBuf,
}

/// Those who fill the folders, and look at files.
pub(crate) fn stagers(contact: Contact, inbox: Arc<Inbox>, home: PathBuf) -> Workers<Job> {
    let shared = Shared { contact, inbox, home };
    Workers::new(STAGERS, move |jobs| shared.stage_all(jobs))
}

impl Shared {
    fn stage_all(&self, jobs: Jobs<Job>) {
        let mut server = Server::new(self.contact.clone());
        for job in jobs {
            let folder = job.dir.join(spool::STAGING);
            let mut filling = Filling { job: &job, server: &mut server, home: &self.home, folder: &folder };
            let result = filling.fill();
            // When everything else is there: the process starts at once.
            let result = result.map(|remarks| look(&job, remarks, &folder, &self.home, &mut server));
            if result.is_err()
                && let Err(error) = removal::remove(&folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                crate::say(&format!("{} cannot be removed: {error}", folder.display()));
            }
            let result = result.map_err(|failure| match failure {
                Failure::Why(why) => why,
                Failure::Stopped => "it was stopped".to_owned(),
            });
            self.inbox.put(Message::Staged { attempt: job.attempt, result });
        }
    }
}

/// What of inputs and code is not as it is recorded, and how the outputs stand that are there. `folder`: the fresh one.
fn look(job: &Job, remarks: Vec<String>, folder: &Path, home: &Path, server: &mut Server) -> Ready {
    let cwd = match &job.fresh {
        Some(_) if job.cwd.is_empty() => folder.to_owned(),
        Some(_) => folder.join(file_name::to_path(&job.cwd)),
        None => file_name::to_path(&job.cwd),
    };
    let (changed, touched) = match &job.seen {
        Some(seen) => Look { attempt: job.attempt, cwd: &cwd, server, stop: &job.stop }.before_start(seen),
        None => Default::default(),
    };
    let outputs = standing::before_start(&Grounds { cwd: &cwd, home }, &job.outputs);
    let at_start = AtStart { touched, ..outputs };
    Ready { remarks, changed, at_start, outputs: standing::places(&cwd, &job.outputs) }
}

enum Failure {
    /// A reason for people.
    Why(String),
    Stopped,
}

/// One folder that is being filled.
struct Filling<'a> {
    job: &'a Job,
    server: &'a mut Server,
    home: &'a Path,
    folder: &'a Path,
}

impl Filling<'_> {
    /// Answers what is to be said of the folder.
    fn fill(&mut self) -> Result<Vec<String>, Failure> {
        let job = self.job;
        if let Some(on_stdin) = &job.stdin {
            self.stdin(on_stdin)?;
        }
        job.fresh.as_ref().map_or_else(|| Ok(Vec::new()), |fresh| self.fresh_folder(fresh))
    }

    /// Refuses what the disk has no room for.
    fn require_room(&self, place: &Path, wanted: u64) -> Result<(), Failure> {
        let free = kernel::free_bytes(place).unwrap_or(u64::MAX);
        if free >= wanted.saturating_add(RESERVE_BYTES) {
            return Ok(());
        }
        Err(Failure::Why(format!(
            "its inputs have {wanted} bytes and there is no room for them: {free} bytes are free in {}, and \
             {RESERVE_BYTES} of them stay free",
            self.home.display()
        )))
    }

    /// Fetches what is to be on standard input.
    fn stdin(&mut self, on_stdin: &FileRef) -> Result<(), Failure> {
        let name = if on_stdin.path == NO_PATH { "(standard input)" } else { on_stdin.path.as_str() };
        let dir = &self.job.dir;
        folder::make_all(dir).map_err(|error| unwritten(name, &error))?;
        self.require_room(dir, on_stdin.size)?;
        let made = folder::create(&dir.join(spool::STAGED_STDIN));
        let mut file = made.map_err(|error| unwritten(name, &error))?;
        self.download(name, on_stdin.digest, &mut file)
    }

    fn fresh_folder(&mut self, fresh: &Fresh) -> Result<Vec<String>, Failure> {
        let unwritable =
            |error: io::Error| Failure::Why(format!("its folder {} cannot be made: {error}", self.folder.display()));
        match removal::remove(self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
            _ => {}
        }
        folder::make_all(self.folder).map_err(unwritable)?;
        let mut plan = self.plan(&fresh.files)?;
        let job = self.job;
        let cwd = &job.cwd;
        if !cwd.is_empty() {
            check_path(cwd).map_err(|why| Failure::Why(format!("its working directory {cwd:?} {why}")))?;
            plan.folders.insert(cwd.clone());
            if let Some(path) = plan.torn() {
                return Err(Failure::Why(torn(path)));
            }
        }
        self.require_room(self.folder, fresh.files.iter().map(|file| file.size).sum())?;
        // Those that are empty are there all the same.
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
        // A task expects the folders that it writes into; those that it makes itself it finds made.
        for path in &job.outputs {
            if let Some((parent, _)) = path.trim_end_matches('/').rsplit_once('/') {
                let parent = self.at(cwd).join(file_name::from_text(parent));
                folder::make_all(&parent).map_err(|error| unwritten(path, &error))?;
            }
        }
        // When all files are there, so that none is written through a link.
        for (path, target) in &plan.links {
            self.link(path, target)?;
        }
        Ok(left_out(&plan.left_out))
    }

    /// Where a recorded path lies in the folder.
    fn at(&self, path: &str) -> PathBuf {
        self.folder.join(file_name::from_text(path))
    }

    fn link(&self, path: &str, target: &str) -> Result<(), Failure> {
        let (full, target) = (self.at(path), file_name::from_text(target));
        let made = full.parent().map_or(Ok(()), folder::make_all).and_then(|()| symlink(target, &full));
        made.map_err(|error| unwritten(path, &error))
    }

    /// Finds out what lies where, before the first file is fetched.
    fn plan(&mut self, files: &[FileRef]) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        for file in files {
            let staged = Staged { digest: file.digest, executable: false };
            match file.kind {
                FileKind::File => plan.add(file.path.clone(), staged).map_err(Failure::Why)?,
                FileKind::Folder => {
                    check_path(&file.path).map_err(|why| Failure::Why(format!("the path {:?} {why}", file.path)))?;
                    let listing = self.listing(&file.path, file.digest)?;
                    plan.add_folder(file, listing).map_err(Failure::Why)?;
                }
            }
        }
        match plan.torn() {
            Some(path) => Err(Failure::Why(torn(path))),
            None => Ok(plan),
        }
    }

    fn listing(&mut self, path: &str, digest: Digest) -> Result<Listing, Failure> {
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
            return Err(Failure::Why(format!("the listing of the folder {path} ({digest}) is longer than 64 MiB")));
        }
        fetched?;
        if Digest::of(&bytes) != digest {
            return Err(damaged(path, digest));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            Failure::Why(format!("the listing of the folder {path} ({digest}) cannot be read: {error}"))
        })
    }

    fn create(&self, path: &str) -> Result<File, Failure> {
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

    fn file(&mut self, path: &str, staged: Staged) -> Result<(), Failure> {
        let mut file = self.create(path)?;
        self.download(path, staged.digest, &mut file)?;
        finish(&file, staged.executable).map_err(|error| unwritten(path, &error))
    }

    /// Writes an object into a new file.
    fn download(&mut self, path: &str, digest: Digest, file: &mut File) -> Result<(), Failure> {
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
            // What came was not what was asked for: once more from the beginning.
            let again = file.set_len(0).and_then(|()| io::Seek::seek(file, io::SeekFrom::Start(0)));
            again.map_err(|error| unwritten(path, &error))?;
        }
        Err(damaged(path, digest))
    }

    /// Fetches an object for as long as it takes. `write` takes its next bytes and answers how many it has by now.
    fn fetch(
        &mut self,
        path: &str,
        digest: Digest,
        write: &mut dyn FnMut(&[u8]) -> io::Result<u64>,
    ) -> Result<(), Failure> {
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
                return Err(Failure::Stopped);
            }
            match fetched {
                Ok(()) => return Ok(()),
                Err(CallError::Refused { status: 404, .. }) => {
                    return Err(Failure::Why(format!(
                        "its input {path} is the object {digest}, which this home does not have"
                    )));
                }
                Err(error @ CallError::Refused { .. }) => {
                    let since = *refused_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > REFUSED_MAX {
                        return Err(Failure::Why(format!("its input {path} ({digest}) cannot be fetched: {error}")));
                    }
                }
                Err(_) => refused_since = None,
            }
            backoff.wait();
        }
    }
}

/// So many links that are not made are named.
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
        remarks.push(format!("So are {} more.", paths.len() - NAMED_MAX));
    }
    remarks
}

/// The file is whole: it gets the mode that its task expects.
fn finish(file: &File, executable: bool) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}

fn torn(path: &str) -> String {
    format!("{path} would have to be a file and a folder at once")
}

fn unwritten(path: &str, error: &io::Error) -> Failure {
    Failure::Why(if is_full(error.kind()) {
        format!("the disk is full: its input {path} found no room")
    } else {
        format!("its input {path} cannot be written: {error}")
    })
}

fn damaged(path: &str, digest: Digest) -> Failure {
    Failure::Why(format!(
        "its input {path}: what the home holds as the object {digest} has another digest; `hven audit verify` says what is damaged"
    ))
}

/// Whether a folder in the spool belongs to an attempt that was waiting for its files, and no more than that, when its
/// runner died. The ledger must not know of it.
pub(crate) fn is_all_there_is(dir: &Path) -> bool {
    let mut has_staging = false;
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name() != spool::STAGING && entry.file_name() != spool::STAGED_STDIN {
            return false;
        }
        has_staging = true;
    }
    has_staging
}
