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
mod tests {
    use std::os::unix::fs::symlink;

    use hven_core::{RunId, RunnerId};

    use super::*;
    use crate::server::Contact;

    const ATTEMPT: AttemptId = AttemptId { run: RunId::from_u128(0), number: 1 };

    /// How it stands at this moment.
    fn stand(cwd: &Path, path: &str, kind: SeenKind, digest: Option<&[u8]>) -> SeenFile {
        let full = cwd.join(path);
        let metadata = if kind == SeenKind::Link { fs::symlink_metadata(full) } else { fs::metadata(full) };
        let metadata = metadata.expect("it is there");
        SeenFile {
            path: path.to_owned(),
            kind,
            size: metadata.len(),
            modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
            changed_us: micros(metadata.ctime(), metadata.ctime_nsec()),
            digest: digest.map(Digest::of),
        }
    }

    fn with_look<T>(cwd: &Path, look: impl FnOnce(&mut Look<'_>) -> T) -> T {
        // No server is where it should be: what needs none works all the same.
        let (nowhere, stop) = (cwd.join("nowhere"), AtomicBool::new(false));
        let mut server = Server::new(Contact::new(RunnerId::from_u128(1), nowhere.clone(), nowhere));
        look(&mut Look { attempt: ATTEMPT, cwd, server: &mut server, stop: &stop })
    }

    /// Writes in such a way that the time of change is another, also where the clock of the disk is coarse.
    fn write(path: &Path, bytes: &[u8]) {
        let before = fs::metadata(path).ok().map(|metadata| (metadata.mtime(), metadata.mtime_nsec()));
        loop {
            fs::write(path, bytes).expect("written");
            let now = fs::metadata(path).expect("a file");
            if before != Some((now.mtime(), now.mtime_nsec())) {
                return;
            }
        }
    }

    /// Waits until the clock of the disk shows another time.
    fn next_tick(cwd: &Path) {
        write(&cwd.join("clock"), b"1");
        write(&cwd.join("clock"), b"2");
    }

    #[test]
    fn each_file_is_told_apart_by_its_times_and_then_by_its_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        for file in ["same", "touched", "changed", "longer", "gone", "moved", "code", "code-moved"] {
            fs::write(cwd.join(file), "1").expect("written");
        }
        symlink("same", cwd.join("link")).expect("linked");
        symlink("same", cwd.join("other-link")).expect("linked");
        let one = Some(b"1".as_slice());
        let file = |path: &str| stand(cwd, path, SeenKind::File, one);
        let files = ["same", "touched", "changed", "longer", "gone", "moved"].map(file);
        let code = ["code", "code-moved"].map(|path| stand(cwd, path, SeenKind::File, None));
        let links = ["link", "other-link"].map(|path| stand(cwd, path, SeenKind::Link, Some(b"same")));
        for path in ["touched", "code"] {
            write(&cwd.join(path), b"1");
        }
        write(&cwd.join("changed"), b"2");
        write(&cwd.join("longer"), b"12");
        fs::remove_file(cwd.join("gone")).expect("removed");
        for path in ["moved", "code-moved"] {
            fs::rename(cwd.join(path), cwd.join("elsewhere")).expect("moved");
            fs::rename(cwd.join("elsewhere"), cwd.join(path)).expect("moved");
        }
        fs::remove_file(cwd.join("other-link")).expect("removed");
        symlink("gone", cwd.join("other-link")).expect("linked");
        with_look(cwd, |look| {
            assert_eq!(
                files.each_ref().map(|file| look.stands(file).0),
                [Found::Same, Found::Same, Found::Other, Found::Other, Found::Other, Found::Same]
            );
            assert_eq!(code.each_ref().map(|file| look.stands(file).0), [Found::WrittenAgain, Found::Same]);
            assert_eq!(links.each_ref().map(|file| look.stands(file).0), [Found::Same, Found::Other]);
        });
    }

    #[test]
    fn what_comes_to_a_folder_is_seen_and_what_was_there_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        fs::create_dir(cwd.join("data")).expect("made");
        fs::write(cwd.join("data/a"), "1").expect("written");
        let seen = || Seen {
            inputs: vec![
                stand(cwd, "data", SeenKind::Folder, None),
                stand(cwd, "data/a", SeenKind::File, Some(b"other bytes that nobody compares")),
            ],
            ..Seen::default()
        };
        let (before, look) = (seen(), |seen: &Seen| with_look(cwd, |look| look.before_start(seen).0));
        assert_eq!(look(&before), []);
        next_tick(cwd);
        // Something that came and went is nothing.
        write(&cwd.join("data/b"), b"2");
        fs::remove_file(cwd.join("data/b")).expect("removed");
        assert_eq!(look(&before), []);
        write(&cwd.join("data/b"), b"2");
        assert_eq!(look(&before), [Note::InputChanged { path: "data".to_owned() }]);
        fs::remove_dir_all(cwd.join("data")).expect("removed");
        let gone = ["data", "data/a"].map(|path| Note::InputChanged { path: path.to_owned() });
        assert_eq!(look(&before), gone);
    }

    #[test]
    fn inputs_are_looked_at_once_more_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        for file in ["kept", "changed", "before", "made"] {
            fs::write(cwd.join(file), "1").expect("written");
        }
        let one = Some(b"1".as_slice());
        let inputs = ["kept", "changed", "before", "made"].map(|path| stand(cwd, path, SeenKind::File, one));
        let seen = Seen { inputs: inputs.to_vec(), ..Seen::default() };
        for file in ["changed", "before", "made"] {
            write(&cwd.join(file), b"2");
        }
        let found = [Note::InputChanged { path: "before".to_owned() }];
        let at_end = |ended: Option<Time>, found: &[Note]| {
            with_look(cwd, |look| look.after_end(&seen, ended, &["./made".to_owned()], found, &Touched::new()))
        };
        let changed = || "changed".to_owned();
        let far = Some(Time::MAX);
        assert_eq!(at_end(far, &found), [Note::InputChangedWhileItRan { path: changed() }]);
        let why = "it changed after the end".to_owned();
        assert_eq!(at_end(Some(Time::from_micros(1)), &found), [Note::NotCompared { path: changed(), why }]);
        let many = [Note::MoreChanged { path: "x".to_owned(), files: 3 }];
        assert_eq!(at_end(far, &many), []);
    }

    #[test]
    fn an_input_that_changed_and_has_its_bytes_again_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        for file in ["kept", "before", "again"] {
            fs::write(cwd.join(file), "1").expect("written");
        }
        let files = ["kept", "before", "again"].map(|path| stand(cwd, path, SeenKind::File, Some(b"1")));
        // One that was taken down just after it was written is told without its time.
        let inputs =
            files.map(|file| SeenFile { changed_us: if file.path == "kept" { 0 } else { file.changed_us }, ..file });
        let seen = Seen { inputs: inputs.to_vec(), ..Seen::default() };
        next_tick(cwd);
        write(&cwd.join("before"), b"1");
        let (found, touched) = with_look(cwd, |look| look.before_start(&seen));
        assert_eq!((found, touched.len()), (Vec::new(), 2));
        let at_end = |ended| with_look(cwd, |look| look.after_end(&seen, ended, &[], &[], &touched));
        assert_eq!(at_end(Some(Time::MAX)), []);
        write(&cwd.join("again"), b"2");
        write(&cwd.join("again"), b"1");
        assert_eq!(at_end(Some(Time::MAX)), [Note::InputTouchedWhileItRan { path: "again".to_owned() }]);
        // What happened after the end is nothing.
        assert_eq!(at_end(Some(Time::from_micros(1))), []);
    }

    #[test]
    fn code_is_looked_at_again_when_its_list_may_have_come() {
        let seen = Seen { code: Some(Digest::ZERO), ..Seen::default() };
        let at_end = |seen: &Seen, started_us: i64, wall_s: f64| {
            let due = due_at_end(seen.clone(), ATTEMPT, Some(Time::from_micros(started_us)), wall_s);
            due.map(|due| (due.has_inputs(), due.code.is_some()))
        };
        assert_eq!(at_end(&seen, 0, 0.1), None);
        assert_eq!(at_end(&seen, 0, 0.6), Some((false, true)));
        assert_eq!(at_end(&seen, AT_ONCE_US + 1, 0.1), Some((false, true)));
        let with_inputs = Seen { inputs_listed: Some(Digest::ZERO), ..seen };
        assert_eq!(at_end(&with_inputs, 0, 0.1), Some((true, false)));
    }

    #[test]
    fn of_many_the_first_are_named_and_all_are_counted() {
        let mut findings = Findings::default();
        for number in 0..30 {
            findings.add(Note::CodeChanged { path: number.to_string() });
        }
        let notes = findings.into_notes();
        assert_eq!((notes.len(), notes.last()), (21, Some(&Note::MoreChanged { path: "20".to_owned(), files: 10 })));
        let mut findings = Findings::default();
        findings.left_out("code", 0);
        findings.left_out("inputs", 2);
        let why = "there are too many files".to_owned();
        let rest = Note::NotCompared { path: "the rest of its inputs (2 files)".to_owned(), why };
        assert_eq!(findings.into_notes(), [rest]);
        let said = remark(&Note::InputChanged { path: "a".to_owned() }).expect("words");
        assert!(said.starts_with("Its input a changed before it started") && said.ends_with('.'), "{said}");
        let said = remark(&Note::InputChanged { path: "a\nb".to_owned() }).expect("words");
        assert!(said.starts_with(r"Its input a\nb changed"), "{said}");
    }

    #[test]
    fn code_is_looked_at_when_the_run_had_to_wait() {
        let seen = Seen { code: Some(Digest::ZERO), ..Seen::default() };
        let at = Time::from_micros;
        assert_eq!(due(&seen, ATTEMPT, at(AT_ONCE_US)), None);
        assert_eq!(due(&seen, ATTEMPT, at(AT_ONCE_US + 1)), Some(seen.clone()));
        let old = Seen { code_is_old: true, ..seen };
        assert_eq!(due(&old, ATTEMPT, at(0)), Some(old.clone()));
        let with_inputs = Seen { inputs_listed: Some(Digest::ZERO), code_is_old: false, ..old };
        assert_eq!(due(&with_inputs, ATTEMPT, at(0)).and_then(|due| due.code), None);
    }

    #[test]
    fn outputs_are_known_as_they_are_declared() {
        for (path, output, lies) in [
            ("a", "a", true),
            ("a/b", "a/", true),
            ("a/b", "./a", true),
            ("ab", "a", false),
            ("a", ".", true),
            ("/x/a", ".", false),
            ("/x/a", "/x", true),
        ] {
            assert_eq!(is_made(path, &shortest(&[output.to_owned()])), lies, "{path} {output}");
        }
    }
}
