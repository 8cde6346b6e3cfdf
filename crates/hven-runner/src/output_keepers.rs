//! Keeps outputs: after the processes of an attempt have ended, the keepers send its outputs to the server as objects,
//! and then the ledger records the end. If the server is away, the keepers copy the outputs to the spool, so that the
//! next task cannot overwrite them, and send the copies later.
//!
//! This work blocks, so several threads of its own do it.

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use hven_api::spool::{self, Exit};
use hven_core::{
    AttemptId, Digest, Time,
    capture::Note,
    file_name,
    object::{FileKind, FileRef, ListedFile, Listing},
    recorded::Recorded,
    run::{AttemptResult, LogExtent, MissingOutput, Outcome},
};

use crate::{
    disk_retry, existing_outputs, file_check,
    folder::{self, RESERVE_BYTES},
    inbox::{Inbox, Message},
    kept_outputs::KeptOutputs,
    kernel, log,
    metrics::{Metrics, MetricsUpdate},
    outputs::{self, Item, Output, OutputScope},
    server::{Backoff, CallError, Contact, Server, Source},
    workers::{Jobs, Workers},
};

/// How many attempts' outputs are kept at once.
const KEEPERS: usize = 4;
/// For how many digests one request asks the server which of them it lacks.
const DIGESTS_MAX: usize = 1000;

/// An attempt whose outputs are to be kept.
#[derive(Debug)]
pub(crate) struct KeepingJob {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    pub(crate) exit: Exit,
    /// Set if points that the script logged may be missing in the stream.
    pub(crate) metrics: Option<Metrics>,
    /// Stop keeping: the attempt was cancelled.
    pub(crate) stop: Arc<AtomicBool>,
}

/// Gives jobs of three kinds to threads.
#[derive(Debug)]
pub(crate) struct Keepers {
    jobs: Workers<KeepingJob>,
    uploads: Workers<(AttemptId, Arc<Path>)>,
    measures: Workers<MeasureJob>,
}

#[derive(Debug)]
struct KeeperContext {
    contact: Contact,
    inbox: Arc<Inbox>,
    home: PathBuf,
}

#[derive(Debug)]
struct MeasureJob {
    attempt: AttemptId,
    cwd: String,
    outputs: Vec<String>,
}

impl Keepers {
    pub(crate) fn new(contact: Contact, inbox: Arc<Inbox>, home: PathBuf) -> Self {
        let shared = Arc::new(KeeperContext { contact, inbox, home });
        let [keeping, uploading, measuring] = std::array::from_fn(|_| Arc::clone(&shared));
        Self {
            jobs: Workers::new(KEEPERS, move |jobs| keeping.keep_all(jobs)),
            uploads: Workers::new(1, move |uploads| uploading.upload_all(uploads)),
            measures: Workers::new(1, move |measures| measuring.measure_all(measures)),
        }
    }

    pub(crate) fn keep(&mut self, job: KeepingJob) {
        self.jobs.send(job);
    }

    /// Starts the threads that could not be started before.
    pub(crate) fn retry_threads(&mut self) {
        self.jobs.retry_threads();
        self.uploads.retry_threads();
        self.measures.retry_threads();
    }

    /// Sends the copies in the spool of an attempt whose result is in the ledger.
    pub(crate) fn upload(&mut self, attempt: AttemptId, dir: Arc<Path>) {
        self.uploads.send((attempt, dir));
    }

    /// Measures the current size of an attempt's outputs.
    pub(crate) fn measure(&mut self, attempt: AttemptId, cwd: String, outputs: Vec<String>) {
        self.measures.send(MeasureJob { attempt, cwd, outputs });
    }
}

/// The reason why one file could not be kept.
enum KeepingFailure {
    /// A reason for people; the other files are still kept.
    Lost(String),
    Cancelled,
}

impl KeeperContext {
    fn keep_all(&self, jobs: Jobs<KeepingJob>) {
        let mut server = Server::new(self.contact.clone());
        for mut job in jobs {
            let attempt = job.attempt;
            let kept = Box::new(self.keep(&mut job, &mut server));
            self.inbox.put(Message::KeptOutputs { attempt, kept });
        }
    }

    fn keep(&self, job: &mut KeepingJob, server: &mut Server) -> KeptOutputs {
        let mut result = job.exit.result.clone();
        // Compare first, because other programs may write to the files.
        let notes = self.notes_at_end(job, server);
        let now = || Time::from_micros(now_us());
        let mut is_longer = false;
        if let Ok(extent) = self.retry_while_full(&job.attempt, || log::join(&job.dir, now())) {
            let printed = result.log;
            result.log = LogExtent { dropped_bytes: extent.dropped_bytes + printed.dropped_bytes, ..extent };
            // A runner that died at this point may have appended its notes already.
            is_longer = extent.bytes > printed.bytes && !log::is_in_pieces(&job.dir);
            if is_longer {
                result.log.bytes = printed.bytes;
            }
        }
        let remarks: Vec<String> = notes.iter().filter_map(file_check::remark).collect();
        if is_longer || !remarks.is_empty() {
            let bytes = result.log.bytes;
            match self.retry_while_full(&job.attempt, || log::add_notes(&job.dir, bytes, now(), &remarks)) {
                Ok(bytes) => result.log.bytes = bytes,
                Err(error) => crate::log_line(&format!("notes in the log of {} are lost: {error}", job.attempt)),
            }
        }
        result.changed.extend(notes);
        let (look, metrics_bytes) = self.metrics(job, now());
        let mut delivery = Delivery { job, server, home: &self.home, has_copies: false };
        delivery.outputs(&mut result);
        delivery.stdin(&mut result);
        let is_sent = !delivery.has_copies;
        if job.stop.load(Ordering::Relaxed) {
            result.outcome = Outcome::Cancelled;
        }
        KeptOutputs { result, look, metrics_bytes, is_sent }
    }

    /// Returns notes about inputs and code that differ now but did not at the start, and about outputs that the process has not
    /// written.
    fn notes_at_end(&self, job: &KeepingJob, server: &mut Server) -> Vec<Note> {
        let Exit { result, cwd, outputs, seen, at_start, .. } = &job.exit;
        let cwd = file_name::to_path(cwd);
        let mut notes = Vec::new();
        if let Some(seen) = seen {
            let mut look = file_check::FileCheck { attempt: job.attempt, cwd: &cwd, server, stop: &job.stop };
            notes = look.after_end(seen, result.ended, outputs, &result.changed, &at_start.touched);
        }
        notes.extend(existing_outputs::not_written(at_start, &OutputScope { cwd: &cwd, home: &self.home }, outputs));
        notes
    }

    /// Reads the points and parameters that the script logged last and that a full disk kept out of the stream.
    fn metrics(&self, job: &mut KeepingJob, now: Time) -> (MetricsUpdate, Option<u64>) {
        let Some(mut metrics) = job.metrics.take() else { return (MetricsUpdate::default(), None) };
        let mut look = MetricsUpdate::default();
        let taken = self.retry_while_full(&job.attempt, || {
            look.add(metrics.look(now, true));
            look.failed.take().map_or(Ok(()), Err)
        });
        if let Err(error) = taken {
            crate::log_line(&format!("points of {} are lost: {error}", job.attempt));
        }
        (look, Some(metrics.bytes()))
    }

    /// Retries `act` while the disk is full.
    fn retry_while_full<T>(&self, attempt: &AttemptId, act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        disk_retry::retry_while_full(&self.home, &format!("the end of {attempt}"), act)
    }

    fn measure_all(&self, measures: Jobs<MeasureJob>) {
        for MeasureJob { attempt, cwd, outputs } in measures {
            let bytes = OutputScope { cwd: &file_name::to_path(&cwd), home: &self.home }.measure(&outputs);
            self.inbox.put(Message::Measured { attempt, bytes });
        }
    }

    fn upload_all(&self, uploads: Jobs<(AttemptId, Arc<Path>)>) {
        let mut server = Server::new(self.contact.clone());
        let mut backoff = Backoff::new();
        for (attempt, dir) in uploads {
            let folder = dir.join(spool::OUTPUTS);
            let mut is_logged = false;
            while self.home.exists()
                && let Err(why) = upload_folder(&folder, &mut server)
            {
                if !std::mem::replace(&mut is_logged, true) {
                    crate::log_line(&format!("outputs of {attempt} wait to be sent: {why}"));
                }
                backoff.wait();
            }
            backoff.reset();
            self.inbox.put(Message::Sent { attempt });
        }
    }
}

/// Sends all copies in a folder, and removes each copy that the server has.
fn upload_folder(folder: &Path, server: &mut Server) -> Result<(), CallError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CallError::Source(error)),
    };
    for entry in entries {
        let path = entry.map_err(CallError::Source)?.path();
        // Other files are incomplete copies.
        if let Some(digest) = path.file_name().and_then(|name| name.to_str()?.parse::<Digest>().ok()) {
            server.put(digest, &Source::File(path.clone()))?;
        }
        fs::remove_file(&path).map_err(CallError::Source)?;
    }
    Ok(())
}

fn now_us() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_micros() as i64)
}

/// Brings the outputs of one attempt to the server or, while it is away, into the spool.
struct Delivery<'a> {
    job: &'a KeepingJob,
    server: &'a mut Server,
    home: &'a Path,
    /// Some content was copied to the spool, because the server did not take it.
    has_copies: bool,
}

impl Delivery<'_> {
    fn outputs(&mut self, result: &mut AttemptResult) {
        let exit = &self.job.exit;
        let cwd = file_name::to_path(&exit.cwd);
        let output_scope = OutputScope { cwd: &cwd, home: self.home };
        if let Some(limit_bytes) = exit.limits.output_bytes {
            let bytes = output_scope.measure(&exit.outputs);
            if bytes > limit_bytes {
                if result.outcome == Outcome::Done {
                    result.outcome = Outcome::OutputTooLarge { limit_bytes };
                }
                let why = Recorded::OutputsTooLarge { sum_bytes: bytes, limit_bytes }.to_string();
                let missing = |path: &String| MissingOutput { path: path.clone(), why: why.clone() };
                result.outputs_missing.extend(exit.outputs.iter().map(missing));
                return;
            }
        }
        for declared in &exit.outputs {
            let missing = match output_scope.find(declared) {
                Ok(mut output) => {
                    result.outputs_missing.append(&mut output.skipped);
                    match self.output(&output) {
                        Ok(file) => {
                            result.outputs.push(file);
                            continue;
                        }
                        Err(KeepingFailure::Cancelled) => return,
                        Err(KeepingFailure::Lost(why)) => MissingOutput { path: output.path, why },
                    }
                }
                Err(missing) => missing,
            };
            if result.outcome == Outcome::Done {
                result.outcome = Outcome::OutputMissing { path: missing.path.clone() };
            }
            result.outputs_missing.push(missing);
        }
    }

    fn output(&mut self, output: &Output) -> Result<FileRef, KeepingFailure> {
        let kept = self.files(&output.files)?;
        let named = |digest, size| FileRef { path: output.path.clone(), digest, size, kind: output.kind };
        match (output.kind, &kept[..]) {
            (FileKind::File, &[(digest, size), ..]) => Ok(named(digest, size)),
            _ => {
                let files = output.files.iter().zip(&kept).map(|(item, &(digest, size))| ListedFile {
                    path: item.name.clone(),
                    digest,
                    size,
                    executable: item.executable,
                });
                let (folders, links) = (output.folders.clone(), output.links.clone());
                let listing = Listing { files: files.collect(), folders, links };
                let size = listing.files.iter().map(|file| file.size).sum();
                let bytes = serde_json::to_vec(&listing).map_err(|error| KeepingFailure::Lost(error.to_string()))?;
                let digest = Digest::of(&bytes);
                self.bytes(digest, &bytes)?;
                Ok(named(digest, size))
            }
        }
    }

    /// Keeps files and returns their digests and sizes.
    fn files(&mut self, items: &[Item]) -> Result<Vec<(Digest, u64)>, KeepingFailure> {
        let mut kept = Vec::with_capacity(items.len());
        for some in items.chunks(DIGESTS_MAX) {
            if self.has_copies {
                for item in some {
                    kept.push(self.copy(item)?);
                }
                continue;
            }
            let mut named = Vec::with_capacity(some.len());
            for item in some {
                named.push(self.digest(item).map_err(|error| self.unreadable(item, &error))?);
            }
            // A few files are sent without asking which of them the server lacks, because that is faster.
            let digests: Vec<Digest> = named.iter().map(|&(digest, _)| digest).collect();
            let missing = if some.len() > 4 { self.server.missing(&digests).ok() } else { None };
            let mut missing: HashSet<Digest> = missing.unwrap_or(digests).into_iter().collect();
            for (item, &(digest, size)) in some.iter().zip(&named) {
                // Files with the same bytes are sent once.
                kept.push(if missing.remove(&digest) { self.file(item, digest, size)? } else { (digest, size) });
            }
        }
        Ok(kept)
    }

    fn digest(&self, item: &Item) -> io::Result<(Digest, u64)> {
        outputs::digest(outputs::open(item)?, &self.job.stop)
    }

    fn unreadable(&self, item: &Item, error: &io::Error) -> KeepingFailure {
        if self.job.stop.load(Ordering::Relaxed) {
            return KeepingFailure::Cancelled;
        }
        KeepingFailure::Lost(format!("{} cannot be read: {error}", file_name::to_text(&item.path)))
    }

    fn file(&mut self, item: &Item, digest: Digest, size: u64) -> Result<(Digest, u64), KeepingFailure> {
        if self.has_copies {
            return self.copy(item);
        }
        let mut named = (digest, size);
        for _ in 0..3 {
            match self.server.put(named.0, &Source::File(item.path.clone())) {
                Ok(()) => return Ok(named),
                Err(CallError::Unreachable(_)) => return self.copy(item),
                Err(CallError::Refused { status: 400 | 409 | 416 | 422, .. } | CallError::Source(_)) => {
                    // The file changed since it was read, or the server's partial upload is damaged.
                    named = self.digest(item).map_err(|error| self.unreadable(item, &error))?;
                }
                Err(CallError::Refused { .. }) => return self.copy(item),
            }
        }
        Err(KeepingFailure::Lost(format!("{} changes while it is being kept", file_name::to_text(&item.path))))
    }

    fn bytes(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), KeepingFailure> {
        let mut backoff = Backoff::new();
        loop {
            if !self.has_copies && self.server.put(digest, &Source::Bytes(bytes)).is_ok() {
                return Ok(());
            }
            let written = self.copies().and_then(|folder| folder::write_file(&folder, &digest.to_string(), bytes));
            match written {
                Ok(()) => return Ok(()),
                // The disk is full, but the server may take the object now.
                Err(error) if disk_retry::is_temporary(&error) => {
                    if self.server.put(digest, &Source::Bytes(bytes)).is_ok() {
                        return Ok(());
                    }
                }
                Err(error) => return Err(KeepingFailure::Lost(format!("there is no place for copies: {error}"))),
            }
            self.wait(&mut backoff)?;
        }
    }

    /// Waits for space or for the server.
    fn wait(&self, backoff: &mut Backoff) -> Result<(), KeepingFailure> {
        if !self.home.exists() || self.job.stop.load(Ordering::Relaxed) {
            return Err(KeepingFailure::Cancelled);
        }
        backoff.wait();
        Ok(())
    }

    /// Keeps the copy of piped standard input: sends it to the server, or moves it to the copies of outputs in the spool.
    fn stdin(&mut self, result: &mut AttemptResult) {
        let Some(read) = result.stdin.as_mut().filter(|read| read.kept) else { return };
        let Some(digest) = read.digest else { return };
        let copy = self.job.dir.join(spool::STDIN);
        if !self.has_copies && self.server.put(digest, &Source::File(copy.clone())).is_ok() {
            return;
        }
        let moved = self.copies().and_then(|folder| {
            let place = folder.join(digest.to_string());
            // A runner that died after this rename has moved it already.
            fs::rename(&copy, &place).or_else(|error| if place.exists() { Ok(()) } else { Err(error) })
        });
        if let Err(error) = moved {
            crate::log_line(&format!("the standard input of {} is not kept: {error}", self.job.attempt));
            read.kept = false;
        }
    }

    fn copies(&mut self) -> io::Result<PathBuf> {
        self.has_copies = true;
        let folder = self.job.dir.join(spool::OUTPUTS);
        folder::make_all(&folder)?;
        Ok(folder)
    }

    /// Copies a file into the spool and hashes the copy. While there is no space, tries to send the file to the server.
    fn copy(&mut self, item: &Item) -> Result<(Digest, u64), KeepingFailure> {
        let mut backoff = Backoff::new();
        loop {
            let size = fs::metadata(&item.path).map_err(|error| self.unreadable(item, &error))?.len();
            if self.has_room(size) {
                match self.try_copy(item) {
                    Err(error) if disk_retry::is_temporary(&error) => {}
                    copied => return copied.map_err(|error| self.unreadable(item, &error)),
                }
            }
            self.has_copies = true;
            let named = self.digest(item).map_err(|error| self.unreadable(item, &error))?;
            if self.server.put(named.0, &Source::File(item.path.clone())).is_ok() {
                return Ok(named);
            }
            self.wait(&mut backoff)?;
        }
    }

    fn try_copy(&mut self, item: &Item) -> io::Result<(Digest, u64)> {
        let folder = self.copies()?;
        let copy = folder.join(".copy");
        let make = || {
            // A file system that can share blocks between files copies without time and space.
            io::copy(&mut outputs::open(item)?, &mut folder::create(&copy)?)?;
            let named = outputs::digest(File::open(&copy)?, &self.job.stop)?;
            fs::rename(&copy, folder.join(named.0.to_string()))?;
            Ok(named)
        };
        make().inspect_err(|_| drop(fs::remove_file(&copy)))
    }

    /// Whether there may be space for a copy.
    fn has_room(&self, bytes: u64) -> bool {
        // If the free space is unknown, the copy itself shows whether there is enough.
        !kernel::free_bytes(&self.job.dir).is_ok_and(|free| free < bytes.saturating_add(RESERVE_BYTES))
    }
}
