//! Whether the files that a process reads are those that are recorded. Inputs and code are taken down when a run is asked for;
//! its process may start much later, in the same folder, and others may write there while it runs. So they are looked at when
//! the process starts, and once more when it has ended: each by its size and times first, and only where these are others is it
//! read. What is found is said; it is no reason to fail.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, Metadata},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use hven_api::spool::Times;
use hven_core::{
    AttemptId, Digest, Time,
    capture::{self, Note},
    file_name,
    seen::{AT_ONCE_US, Seen, SeenFile, SeenKind, SeenList, micros, within},
};

use crate::{
    outputs,
    server::{CallError, Server},
};

/// So many files are named at each look.
const NAMED_MAX: usize = 20;
const LIST_BYTES_MAX: usize = 64 << 20;

/// What of it is looked at when a process starts at this moment; `None` when nothing is.
pub(crate) fn due(seen: &Seen, attempt: AttemptId, now: Time) -> Option<Seen> {
    let has_waited = now.micros().saturating_sub(attempt.run.minted().micros()) > AT_ONCE_US;
    let code = seen.code.filter(|_| has_waited || seen.code_is_old);
    (seen.has_inputs() || code.is_some()).then(|| Seen { code, ..seen.clone() })
}

/// The list of the code comes to the server when a run takes longer than this: what is shorter is not compared at its end.
const LISTED_AFTER_S: f64 = 0.5;

/// What of it is looked at when the process has ended.
pub(crate) fn due_at_end(seen: Seen, attempt: AttemptId, started: Option<Time>, wall_s: f64) -> Option<Seen> {
    let at_start = started.and_then(|started| due(&seen, attempt, started));
    let was_looked_at = at_start.is_some_and(|due| due.code.is_some());
    let code = seen.code.filter(|_| was_looked_at || wall_s > LISTED_AFTER_S);
    (seen.has_inputs() || code.is_some()).then_some(Seen { code, ..seen })
}

/// Files that had the recorded bytes and other times than were taken down, by their paths.
pub(crate) type Touched = BTreeMap<String, Times>;

/// A note in the log.
pub(crate) fn remark(note: &Note) -> Option<String> {
    note.said().map(|said| capture::remark(&said))
}

/// Looks at the files of one attempt.
pub(crate) struct Look<'a> {
    pub(crate) attempt: AttemptId,
    /// Where its process runs.
    pub(crate) cwd: &'a Path,
    pub(crate) server: &'a mut Server,
    /// The attempt was cancelled.
    pub(crate) stop: &'a AtomicBool,
}

/// How a file stands.
#[derive(Debug, PartialEq)]
enum Found {
    Same,
    Other,
    /// It has another time of change, and which bytes it had is not known.
    WrittenAgain,
    /// A folder in which something came or went.
    OtherEntries,
    NotKnown(String),
}

/// Notes, as far as they are named.
#[derive(Debug, Default)]
struct Findings {
    notes: Vec<Note>,
    /// How many there are beyond, and the first of them.
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

    /// A list does not name all files.
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

impl Look<'_> {
    /// The process is about to start: what of inputs and code is not as it is recorded, and what has other times alone.
    pub(crate) fn before_start(&mut self, seen: &Seen) -> (Vec<Note>, Touched) {
        let (mut findings, mut touched) = (Findings::default(), Touched::new());
        let inputs = self.inputs(seen, &mut findings);
        let mut known: Option<BTreeSet<&str>> = None;
        for file in &*inputs {
            let found = match self.stands(file) {
                (Found::OtherEntries, _) => {
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
                Found::Same => {}
                Found::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
                Found::Other | Found::WrittenAgain | Found::OtherEntries => findings.add(Note::InputChanged { path }),
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
        for file in list.files {
            let (found, times) = self.stands(&file);
            note_touched(&file, &found, times, touched);
            let path = file.path;
            match found {
                // What came to a folder is none of the code that was taken down.
                Found::Same | Found::OtherEntries => {}
                Found::Other => findings.add(Note::CodeChanged { path }),
                Found::WrittenAgain => findings.add(Note::CodeWrittenAgain { path }),
                Found::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
            }
        }
        findings.left_out("code", list.left_out);
    }

    /// The process has ended: what of inputs and code is not as it is recorded, and was when the process started. `found`: what
    /// was found then; `touched`: what had other times then. What the process itself made, its outputs, is neither, and what
    /// came to a folder it may have put there.
    pub(crate) fn after_end(
        &mut self,
        seen: &Seen,
        ended: Option<Time>,
        outputs: &[String],
        found: &[Note],
        touched: &Touched,
    ) -> Vec<Note> {
        // With more than were named it is not known which of them were others before.
        if found.iter().any(|note| matches!(note, Note::MoreChanged { .. })) {
            return Vec::new();
        }
        let mut findings = Findings::default();
        let inputs = self.inputs(seen, &mut findings);
        let (told, made) = (found.iter().map(Note::path).collect::<BTreeSet<&str>>(), shortest(outputs));
        for file in inputs.iter().filter(|file| file.kind != SeenKind::Folder) {
            if told.contains(file.path.as_str()) || is_made(&file.path, &made) {
                continue;
            }
            let path = file.path.clone();
            let (found, times) = self.stands(file);
            // Keeping outputs may take long, and others may go on with the file.
            let is_later = ended.is_some_and(|ended| times.changed_us > ended.micros());
            match found {
                Found::Same if !is_later && is_touched(file, times, touched) => {
                    findings.add(Note::InputTouchedWhileItRan { path });
                }
                Found::Same | Found::OtherEntries => {}
                Found::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
                Found::Other | Found::WrittenAgain if is_later => findings.add(changed_later(path)),
                Found::Other | Found::WrittenAgain => findings.add(Note::InputChangedWhileItRan { path }),
            }
        }
        // Nothing is said where its list is not there: the run ended before that came.
        let code = seen.code.and_then(|code| self.list(code).ok()).unwrap_or_default();
        let programs = usize::try_from(code.programs).unwrap_or(usize::MAX);
        for file in code.files.into_iter().take(programs) {
            if told.contains(file.path.as_str()) || is_made(&file.path, &made) {
                continue;
            }
            let (found, times) = self.stands(&file);
            let is_later = ended.is_some_and(|ended| times.changed_us > ended.micros());
            let is_written = file.digest.is_some() && is_written(&file, times, touched);
            let path = file.path;
            match found {
                Found::Same if is_written && !is_later => findings.add(Note::CodeWrittenBeforeItEnded { path }),
                Found::Same | Found::OtherEntries => {}
                Found::NotKnown(why) => findings.add(Note::NotCompared { path, why }),
                Found::Other | Found::WrittenAgain if is_later => findings.add(changed_later(path)),
                Found::Other => findings.add(Note::CodeChangedBeforeItEnded { path }),
                Found::WrittenAgain => findings.add(Note::CodeWrittenBeforeItEnded { path }),
            }
        }
        // That a list is not there was said when the process started.
        findings.into_notes().into_iter().filter(|note| !told.contains(note.path())).collect()
    }

    fn inputs<'s>(&mut self, seen: &'s Seen, findings: &mut Findings) -> Cow<'s, [SeenFile]> {
        let Some(list) = seen.inputs_listed else { return Cow::Borrowed(&seen.inputs) };
        match self.list(list) {
            Ok(list) => {
                findings.left_out("inputs", list.left_out);
                Cow::Owned(list.files)
            }
            Err(why) => {
                findings.add(Note::NotCompared { path: "what lies in its inputs".to_owned(), why });
                Cow::Borrowed(&seen.inputs)
            }
        }
    }

    /// Fetches a list. It is not waited for: the process starts without.
    fn list(&mut self, digest: Digest) -> Result<SeenList, String> {
        let (path, stop) = (format!("/api/v1/runner/objects/{}/{digest}?from=0", self.attempt), self.stop);
        let mut bytes = Vec::new();
        // A connection that was not used for long may be closed.
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

    fn metadata(&self, file: &SeenFile) -> io::Result<Metadata> {
        let path = self.cwd.join(file_name::from_text(&file.path));
        if file.kind == SeenKind::Link { fs::symlink_metadata(path) } else { fs::metadata(path) }
    }

    /// How a file stands now, and its times, when it is there.
    fn stands(&self, file: &SeenFile) -> (Found, Times) {
        match self.metadata(file) {
            Ok(metadata) => {
                let times = Times {
                    modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
                    changed_us: micros(metadata.ctime(), metadata.ctime_nsec()),
                };
                (self.found(file, &metadata, times), times)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                (Found::Other, Times::default())
            }
            Err(error) => (Found::NotKnown(format!("it cannot be looked at: {error}")), Times::default()),
        }
    }

    fn found(&self, file: &SeenFile, metadata: &Metadata, times: Times) -> Found {
        let is_of_its_kind = match file.kind {
            SeenKind::File => metadata.is_file(),
            SeenKind::Folder => metadata.is_dir(),
            SeenKind::Link => metadata.is_symlink(),
        };
        if !is_of_its_kind {
            return Found::Other;
        }
        let is_as_long = file.kind == SeenKind::Folder || metadata.len() == file.size;
        let is_unwritten = is_as_long && times.modified_us == file.modified_us;
        let is_untouched = is_unwritten && times.changed_us == file.changed_us;
        match file.digest {
            _ if is_untouched => Found::Same,
            _ if file.kind == SeenKind::Folder => Found::OtherEntries,
            _ if !is_as_long => Found::Other,
            Some(digest) => match self.digest(file) {
                Ok(now) if now == digest => Found::Same,
                Ok(_) => Found::Other,
                Err(error) => Found::NotKnown(format!("it cannot be read: {error}")),
            },
            // It was moved, or who may read it is another.
            None if is_unwritten => Found::Same,
            None => Found::WrittenAgain,
        }
    }

    /// Whether something is in a folder that was not there.
    fn entries(&self, folder: &SeenFile, known: &BTreeSet<&str>) -> Found {
        let entries = match fs::read_dir(self.cwd.join(file_name::from_text(&folder.path))) {
            Ok(entries) => entries,
            Err(error) => return Found::NotKnown(format!("it cannot be read: {error}")),
        };
        let is_new = |name: &str| !known.contains(within(&folder.path, name).as_str());
        let has_new = entries.flatten().any(|entry| is_new(&file_name::to_text(&entry.file_name())));
        if has_new { Found::Other } else { Found::Same }
    }

    fn digest(&self, file: &SeenFile) -> io::Result<Digest> {
        let path = self.cwd.join(file_name::from_text(&file.path));
        if file.kind == SeenKind::Link {
            return Ok(Digest::of(fs::read_link(path)?.as_os_str().as_bytes()));
        }
        // What took its place meanwhile makes nobody wait.
        let file = File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        outputs::digest(file, self.stop).map(|(digest, _)| digest)
    }
}

/// Keeps the times of a file that has the recorded bytes, where they are not those that were taken down.
fn note_touched(file: &SeenFile, found: &Found, times: Times, touched: &mut Touched) {
    if *found == Found::Same && times.changed_us != file.changed_us {
        touched.insert(file.path.clone(), times);
    }
}

/// Whether anything of a file changed since the process started. Where its time is not known, nothing is known of it.
fn is_touched(file: &SeenFile, times: Times, touched: &Touched) -> bool {
    let before_us = touched.get(&file.path).map_or(file.changed_us, |before| before.changed_us);
    before_us != 0 && times.changed_us != before_us
}

/// Whether a file was written since the process started, or since it was taken down when it was not looked at then.
fn is_written(file: &SeenFile, times: Times, touched: &Touched) -> bool {
    times.modified_us != touched.get(&file.path).map_or(file.modified_us, |before| before.modified_us)
}

fn changed_later(path: String) -> Note {
    Note::NotCompared { path, why: "it changed after the end".to_owned() }
}

/// Outputs in their shortest form.
fn shortest(outputs: &[String]) -> BTreeSet<&str> {
    let outputs = outputs.iter().map(|output| output.trim_start_matches("./").trim_end_matches('/'));
    outputs.map(|output| if output.is_empty() { "." } else { output }).collect()
}

/// Whether a path is that of an output, or lies in one.
fn is_made(path: &str, outputs: &BTreeSet<&str>) -> bool {
    let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
    let is_relative = !path.starts_with('/');
    outputs.contains(path) || folders.any(|folder| outputs.contains(folder)) || (is_relative && outputs.contains("."))
}

#[cfg(test)]
mod tests;
