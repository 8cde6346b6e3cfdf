//! Compares the files that a process reads with the recorded files. Inputs and code are recorded when a run is submitted. The
//! process may start much later in the same folder, and other programs may write there while it runs. So the runner compares
//! the files at the start of the process and again after its end: first by size and times, and by content only where these
//! differ. Differences become notes; they do not fail the run.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, Metadata},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::Path,
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering},
};

use hven_api::spool::Times;
use hven_core::{
    AttemptId, Digest, Time,
    capture::{self, Note},
    file_name,
    seen::{AT_ONCE_US, RecordedFile, RecordedFileKind, RecordedFileList, RecordedFiles, micros, within},
};

use crate::{
    outputs,
    server::{CallError, Server},
};

/// How many files each comparison names.
const NAMED_MAX: usize = 20;
const LIST_BYTES_MAX: usize = 64 << 20;
/// How many files a list has at most that is kept for the next attempt.
const KEPT_FILES_MAX: usize = 5000;

thread_local! {
    /// The last list that this worker fetched, by its digest.
    static LAST_LIST: RefCell<Option<(Digest, Rc<RecordedFileList>)>> = const { RefCell::new(None) };
}

/// The files to compare when a process starts now; `None` when there are none.
pub(crate) fn due(seen: &RecordedFiles, attempt: AttemptId, now: Time) -> Option<RecordedFiles> {
    let has_waited = now.micros().saturating_sub(attempt.run.minted().micros()) > AT_ONCE_US;
    let code = seen.code.filter(|_| has_waited || seen.code_is_old);
    (seen.has_inputs() || code.is_some()).then(|| RecordedFiles { code, ..seen.clone() })
}

/// The server receives the list of the code when a run takes longer than this, so the code of shorter runs is not compared at
/// the end.
const LISTED_AFTER_S: f64 = 0.5;

/// The files to compare after the process has ended.
pub(crate) fn due_at_end(
    seen: RecordedFiles,
    attempt: AttemptId,
    started: Option<Time>,
    wall_s: f64,
) -> Option<RecordedFiles> {
    let at_start = started.and_then(|started| due(&seen, attempt, started));
    let was_looked_at = at_start.is_some_and(|due| due.code.is_some());
    let code = seen.code.filter(|_| was_looked_at || wall_s > LISTED_AFTER_S);
    (seen.has_inputs() || code.is_some()).then_some(RecordedFiles { code, ..seen })
}

/// Files with the recorded bytes but other times than recorded, by their paths.
pub(crate) type Touched = BTreeMap<String, Times>;

/// A note as a line for the log.
pub(crate) fn remark(note: &Note) -> Option<String> {
    note.text().map(|text| capture::remark(&text))
}

/// Compares the files of one attempt with the record.
pub(crate) struct FileCheck<'a> {
    pub(crate) attempt: AttemptId,
    /// The working folder of its process.
    pub(crate) cwd: &'a Path,
    pub(crate) server: &'a mut Server,
    /// The attempt was cancelled.
    pub(crate) stop: &'a AtomicBool,
}

/// The result of comparing a file with its record.
#[derive(Debug, PartialEq)]
enum FileState {
    Same,
    Other,
    /// The file has another modification time, and its recorded content is not known.
    WrittenAgain,
    /// The entries of a folder changed.
    OtherEntries,
    NotKnown(String),
}

/// Notes, up to a limit.
#[derive(Debug, Default)]
struct Findings {
    notes: Vec<Note>,
    /// The number of further notes, and the path of the first of them.
    more: Option<(u64, String)>,
}

impl Findings {
    fn add(&mut self, note: Note) {
        if self.notes.len() < NAMED_MAX {
            return self.notes.push(note);
        }
        match &mut self.more {
            Some((files, _)) => *files += 1,
            None => self.more = Some((1, note.path().to_owned())),
        }
    }

    /// Notes that a list does not contain all files.
    fn left_out(&mut self, of: &str, files: u64) {
        if files > 0 {
            let path = format!("the rest of its {of} ({files} files)");
            self.add(Note::NotCompared { path, why: "there are too many files".to_owned() });
        }
    }

    fn into_notes(self) -> Vec<Note> {
        let more = self.more.map(|(files, path)| Note::MoreChanged { path, files });
        self.notes.into_iter().chain(more).collect()
    }
}

impl FileCheck<'_> {
    /// Compares before the process starts. Returns notes about inputs and code that differ, and the files of which only the times
    /// differ.
    pub(crate) fn before_start(&mut self, seen: &RecordedFiles) -> (Vec<Note>, Touched) {
        let (mut findings, mut touched) = (Findings::default(), Touched::new());
        let inputs = self.inputs(seen, &mut findings);
        let mut known: Option<BTreeSet<&str>> = None;
        for file in &*inputs {
            let found = match self.compare(file) {
                (FileState::OtherEntries, _) => {
                    let known = known.get_or_insert_with(|| inputs.iter().map(|file| file.path.as_str()).collect());
                    self.entries(file, known)
                }
                (found, times) => {
                    note_touched(file, &found, times, &mut touched);
                    found
                }
            };
            let path = file.path.clone();
            match found {
                FileState::Same => {}
                FileState::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
                FileState::Other | FileState::WrittenAgain | FileState::OtherEntries => {
                    findings.add(Note::InputChanged { path });
                }
            }
        }
        if let Some(code) = seen.code {
            self.code(code, &mut findings, &mut touched);
        }
        (findings.into_notes(), touched)
    }

    fn code(&mut self, list: Digest, findings: &mut Findings, touched: &mut Touched) {
        let list = match self.list(list) {
            Ok(list) => list,
            Err(why) => return findings.add(Note::NotCompared { path: "its code".to_owned(), why }),
        };
        for file in &list.files {
            let (found, times) = self.compare(file);
            note_touched(file, &found, times, touched);
            let path = file.path.clone();
            match found {
                // New entries of a folder are not part of the recorded code.
                FileState::Same | FileState::OtherEntries => {}
                FileState::Other => findings.add(Note::CodeChanged { path }),
                FileState::WrittenAgain => findings.add(Note::CodeWrittenAgain { path }),
                FileState::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
            }
        }
        findings.left_out("code", list.left_out);
    }

    /// Compares after the process has ended, and returns notes about inputs and code that differ now but did not at the start.
    /// `found` and `touched` are the results at the start. Outputs are skipped, and so are new entries of folders, because the
    /// process may have created both.
    pub(crate) fn after_end(
        &mut self,
        seen: &RecordedFiles,
        ended: Option<Time>,
        outputs: &[String],
        found: &[Note],
        touched: &Touched,
    ) -> Vec<Note> {
        // More files differed at the start than were named, so a new difference cannot be recognised.
        if found.iter().any(|note| matches!(note, Note::MoreChanged { .. })) {
            return Vec::new();
        }
        let mut findings = Findings::default();
        let inputs = self.inputs(seen, &mut findings);
        let (noted, made) = (found.iter().map(Note::path).collect::<BTreeSet<&str>>(), normalised(outputs));
        for file in inputs.iter().filter(|file| file.kind != RecordedFileKind::Folder) {
            if noted.contains(file.path.as_str()) || is_output(&file.path, &made) {
                continue;
            }
            let path = file.path.clone();
            let (found, times) = self.compare(file);
            // Keeping the outputs may take long, and other programs may write to the file meanwhile.
            let is_later = ended.is_some_and(|ended| times.changed_us > ended.micros());
            match found {
                FileState::Same if !is_later && is_touched(file, times, touched) => {
                    findings.add(Note::InputTouchedWhileItRan { path });
                }
                FileState::Same | FileState::OtherEntries => {}
                FileState::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
                FileState::Other | FileState::WrittenAgain if is_later => findings.add(changed_later(path)),
                FileState::Other | FileState::WrittenAgain => findings.add(Note::InputChangedWhileItRan { path }),
            }
        }
        // A run that ended before the server received the list of its code has no list to compare with.
        let code = seen.code.and_then(|code| self.list(code).ok()).unwrap_or_default();
        let programs = usize::try_from(code.programs).unwrap_or(usize::MAX);
        for file in code.files.iter().take(programs) {
            if noted.contains(file.path.as_str()) || is_output(&file.path, &made) {
                continue;
            }
            let (found, times) = self.compare(file);
            let is_later = ended.is_some_and(|ended| times.changed_us > ended.micros());
            let is_written = file.digest.is_some() && is_written(file, times, touched);
            let path = file.path.clone();
            match found {
                FileState::Same if is_written && !is_later => findings.add(Note::CodeWrittenBeforeItEnded { path }),
                FileState::Same | FileState::OtherEntries => {}
                FileState::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
                FileState::Other | FileState::WrittenAgain if is_later => findings.add(changed_later(path)),
                FileState::Other => findings.add(Note::CodeChangedBeforeItEnded { path }),
                FileState::WrittenAgain => findings.add(Note::CodeWrittenBeforeItEnded { path }),
            }
        }
        // Problems with a list were already reported at the start.
        findings.into_notes().into_iter().filter(|note| !noted.contains(note.path())).collect()
    }

    fn inputs<'s>(&mut self, seen: &'s RecordedFiles, findings: &mut Findings) -> Cow<'s, [RecordedFile]> {
        let Some(list) = seen.inputs_listed else { return Cow::Borrowed(&seen.inputs) };
        match self.list(list) {
            Ok(list) => {
                findings.left_out("inputs", list.left_out);
                Cow::Owned(list.files.clone())
            }
            Err(why) => {
                findings.add(Note::NotCompared { path: "what lies in its inputs".to_owned(), why });
                Cow::Borrowed(&seen.inputs)
            }
        }
    }

    /// The list, as it was fetched for the attempt before if that had the same one: the tasks of an array have.
    fn list(&mut self, digest: Digest) -> Result<Rc<RecordedFileList>, String> {
        let last = LAST_LIST
            .with_borrow(|last| last.as_ref().filter(|(of, _)| *of == digest).map(|(_, list)| Rc::clone(list)));
        if let Some(last) = last {
            return Ok(last);
        }
        let list = Rc::new(self.fetch_list(digest)?);
        if list.files.len() <= KEPT_FILES_MAX {
            LAST_LIST.set(Some((digest, Rc::clone(&list))));
        }
        Ok(list)
    }

    /// Fetches a list, without waiting for an absent server: the process starts without the comparison.
    fn fetch_list(&mut self, digest: Digest) -> Result<RecordedFileList, String> {
        let (path, stop) = (format!("/api/v1/runner/objects/{}/{digest}?from=0", self.attempt), self.stop);
        let mut bytes = Vec::new();
        // The server may have closed the idle connection, so try twice.
        for is_last in [false, true] {
            bytes.clear();
            let fetched = self.server.fetch(&path, &mut |more| {
                let goes_on = bytes.len() + more.len() <= LIST_BYTES_MAX && !stop.load(Ordering::Relaxed);
                if goes_on {
                    bytes.extend_from_slice(more);
                }
                goes_on
            });
            match fetched {
                Ok(()) => break,
                Err(CallError::Unreachable(_)) if !is_last => {}
                Err(CallError::Refused { status: 404, .. }) => {
                    return Err("the list of its files is not there".to_owned());
                }
                Err(error) => return Err(format!("the list of its files cannot be had: {error}")),
            }
        }
        let list = if Digest::of(&bytes) == digest { serde_json::from_slice(&bytes).ok() } else { None };
        list.ok_or_else(|| "the list of its files cannot be read".to_owned())
    }

    fn metadata(&self, file: &RecordedFile) -> io::Result<Metadata> {
        let path = self.cwd.join(file_name::from_text(&file.path));
        if file.kind == RecordedFileKind::Link { fs::symlink_metadata(path) } else { fs::metadata(path) }
    }

    /// Compares a file with its record; returns its times as well.
    fn compare(&self, file: &RecordedFile) -> (FileState, Times) {
        match self.metadata(file) {
            Ok(metadata) => {
                let times = Times {
                    modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
                    changed_us: micros(metadata.ctime(), metadata.ctime_nsec()),
                };
                (self.compare_with(file, &metadata, times), times)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                (FileState::Other, Times::default())
            }
            Err(error) => (FileState::NotKnown(format!("it cannot be examined: {error}")), Times::default()),
        }
    }

    fn compare_with(&self, file: &RecordedFile, metadata: &Metadata, times: Times) -> FileState {
        let is_of_its_kind = match file.kind {
            RecordedFileKind::File => metadata.is_file(),
            RecordedFileKind::Folder => metadata.is_dir(),
            RecordedFileKind::Link => metadata.is_symlink(),
        };
        if !is_of_its_kind {
            return FileState::Other;
        }
        let is_as_long = file.kind == RecordedFileKind::Folder || metadata.len() == file.size;
        let is_unwritten = is_as_long && times.modified_us == file.modified_us;
        let is_untouched = is_unwritten && times.changed_us == file.changed_us;
        match file.digest {
            _ if is_untouched => FileState::Same,
            _ if file.kind == RecordedFileKind::Folder => FileState::OtherEntries,
            _ if !is_as_long => FileState::Other,
            Some(digest) => match self.digest(file) {
                Ok(now) if now == digest => FileState::Same,
                Ok(_) => FileState::Other,
                Err(error) => FileState::NotKnown(format!("it cannot be read: {error}")),
            },
            // The file was moved, or its permissions changed.
            None if is_unwritten => FileState::Same,
            None => FileState::WrittenAgain,
        }
    }

    /// Whether a folder has an entry that is not recorded.
    fn entries(&self, folder: &RecordedFile, known: &BTreeSet<&str>) -> FileState {
        let entries = match fs::read_dir(self.cwd.join(file_name::from_text(&folder.path))) {
            Ok(entries) => entries,
            Err(error) => return FileState::NotKnown(format!("it cannot be read: {error}")),
        };
        let is_new = |name: &str| !known.contains(within(&folder.path, name).as_str());
        let has_new = entries.flatten().any(|entry| is_new(&file_name::to_text(&entry.file_name())));
        if has_new { FileState::Other } else { FileState::Same }
    }

    fn digest(&self, file: &RecordedFile) -> io::Result<Digest> {
        let path = self.cwd.join(file_name::from_text(&file.path));
        if file.kind == RecordedFileKind::Link {
            return Ok(Digest::of(fs::read_link(path)?.as_os_str().as_bytes()));
        }
        // A pipe or terminal may have replaced the file; opening it must not block.
        let file = File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        outputs::digest(file, self.stop).map(|(digest, _)| digest)
    }
}

/// Remembers the times of a file with the recorded bytes whose times differ from the record.
fn note_touched(file: &RecordedFile, found: &FileState, times: Times, touched: &mut Touched) {
    if *found == FileState::Same && times.changed_us != file.changed_us {
        touched.insert(file.path.clone(), times);
    }
}

/// Whether a file changed in any way since the process started. An unknown earlier time counts as no change.
fn is_touched(file: &RecordedFile, times: Times, touched: &Touched) -> bool {
    let before_us = touched.get(&file.path).map_or(file.changed_us, |before| before.changed_us);
    before_us != 0 && times.changed_us != before_us
}

/// Whether a file was written since the process started, or since it was recorded if it was not compared at the start.
fn is_written(file: &RecordedFile, times: Times, touched: &Touched) -> bool {
    times.modified_us != touched.get(&file.path).map_or(file.modified_us, |before| before.modified_us)
}

fn changed_later(path: String) -> Note {
    Note::NotCompared { path, why: "it changed after the end".to_owned() }
}

/// Outputs without `./` and trailing slashes.
fn normalised(outputs: &[String]) -> BTreeSet<&str> {
    let outputs = outputs.iter().map(|output| output.trim_start_matches("./").trim_end_matches('/'));
    outputs.map(|output| if output.is_empty() { "." } else { output }).collect()
}

/// Whether a path is an output, or lies in one.
fn is_output(path: &str, outputs: &BTreeSet<&str>) -> bool {
    let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
    let is_relative = !path.starts_with('/');
    outputs.contains(path) || folders.any(|folder| outputs.contains(folder)) || (is_relative && outputs.contains("."))
}

#[cfg(test)]
mod tests;
