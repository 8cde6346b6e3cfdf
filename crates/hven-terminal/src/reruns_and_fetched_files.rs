//! Human-readable output for runs that were started again, and for files that were fetched from a run.

use std::io;

use hven_api::runs::{RunName, RunSummary};
use hven_core::file_name;
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{TerminalWriter, printable},
};

/// The files that were written into a folder.
#[derive(Debug, Serialize)]
pub struct FetchedFiles {
    pub schema: &'static str,
    pub run: RunName,
    pub folder: String,
    pub files: Vec<FetchedFile>,
}

/// A file, a link or an empty folder.
#[derive(Debug, Serialize)]
pub struct FetchedFile {
    /// The path in the record.
    pub path: String,
    /// The path below the folder.
    pub place: String,
    pub kind: &'static str,
    /// For a file only.
    pub bytes: Option<u64>,
    /// For a link only.
    pub target: Option<String>,
    pub did: FileAction,
}

/// The action that was done for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAction {
    Written,
    /// Another file was there before.
    Replaced,
    /// A file with the same bytes was there; its mode was changed.
    ModeSet,
    /// The link leads out of its folder.
    NotMade,
    /// The same file was there already.
    Nothing,
}

/// The runs that were started again, or would be with `--dry-run`.
#[derive(Debug, Serialize)]
pub struct Reruns {
    pub schema: &'static str,
    pub dry_run: bool,
    pub runs: Vec<Rerun>,
    /// Runs that fit the filter and were not started, because of their kind, or because a newer run of the same work
    /// counts.
    pub left_out: Vec<SkippedRun>,
}

/// A run that fits the filter and is not started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedRun {
    pub of: RunName,
    pub why: String,
}

/// A run that is started again.
#[derive(Debug, Serialize)]
pub struct Rerun {
    /// The run whose work is repeated.
    pub of: RunName,
    pub command: String,
    pub folder: String,
    /// The new run; `None` with `--dry-run`.
    pub run: Option<RunSummary>,
}

impl HumanReadable for Reruns {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        for rerun in &self.runs {
            let (of, command) = (&rerun.of.handle, printable(&rerun.command));
            let line = match &rerun.run {
                Some(run) => format!("run {}  {}  {}; the work of {of}: {command}", run.handle, run.project, run.state),
                None => format!("run {of}  would be tried again in {}: {command}", file_name::shown(&rerun.folder)),
            };
            writer.line(&line)?;
        }
        Ok(())
    }
}

/// The largest number of files in the list.
const LISTED_MAX: usize = 20;

impl HumanReadable for FetchedFiles {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let is_new =
            |file: &&FetchedFile| matches!(file.did, FileAction::Written | FileAction::Replaced | FileAction::ModeSet);
        if self.files.iter().filter(is_new).count() <= LISTED_MAX {
            for file in self.files.iter().filter(is_new) {
                let remark = match (file.did, file.bytes) {
                    (FileAction::ModeSet, _) => "mode set".to_owned(),
                    (_, Some(bytes)) => formats::bytes(bytes),
                    (_, None) => file.kind.to_owned(),
                };
                writer.line(&format!("  {}   {}", file_name::shown(&file.place), writer.colours.dim(&remark)))?;
            }
        }
        writer.line(&summary(self))
    }
}

/// `3 written into results, 1 of them in place of another; 2 were there already`.
fn summary(got: &FetchedFiles) -> String {
    let folder = file_name::shown(&got.folder);
    let count = |did: &[FileAction]| got.files.iter().filter(|file| did.contains(&file.did)).count();
    let (written, replaced) = (count(&[FileAction::Written, FileAction::Replaced]), count(&[FileAction::Replaced]));
    let (modes, there, not_made) =
        (count(&[FileAction::ModeSet]), count(&[FileAction::Nothing]), count(&[FileAction::NotMade]));
    let mut parts = Vec::new();
    if written > 0 {
        let of_another = if replaced > 0 { format!(", {replaced} of them in place of another") } else { String::new() };
        parts.push(format!("{written} written into {folder}{of_another}"));
    }
    match modes {
        0 => {}
        1 => parts.push("the mode of 1 that was there was set".to_owned()),
        _ => parts.push(format!("the modes of {modes} that were there were set")),
    }
    let is_something_done = !parts.is_empty();
    match there {
        0 if is_something_done => {}
        0 => parts.push(format!("nothing to put into {folder}")),
        1 if is_something_done => parts.push("1 was there already".to_owned()),
        _ if is_something_done => parts.push(format!("{there} were there already")),
        1 => parts.push(format!("it is in {folder} already, with the same bytes")),
        _ => parts.push(format!("all {there} are in {folder} already, with the same bytes")),
    }
    match not_made {
        0 => {}
        1 => parts.push("1 link was not made".to_owned()),
        _ => parts.push(format!("{not_made} links were not made")),
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use hven_api::runs::RunName;

    use super::*;

    #[test]
    fn the_summary_counts_the_files() {
        use FileAction::{ModeSet, NotMade, Nothing, Replaced, Written};

        let check = |did: &[FileAction], wanted: &str| {
            let file = |did: &FileAction| FetchedFile {
                path: "a".to_owned(),
                place: "a".to_owned(),
                kind: "file",
                bytes: Some(1),
                target: None,
                did: *did,
            };
            let run = RunName { id: "0".to_owned(), handle: "7Q2M".to_owned() };
            let files: Vec<FetchedFile> = did.iter().map(file).collect();
            let got = FetchedFiles { schema: "hven.got/1", run, folder: "out".to_owned(), files };
            assert_eq!(summary(&got), wanted);
        };
        check(&[Written], "1 written into out");
        check(&[Written, Replaced], "2 written into out, 1 of them in place of another");
        check(&[Written, Nothing], "1 written into out; 1 was there already");
        check(&[Written, Nothing, Nothing], "1 written into out; 2 were there already");
        check(&[Nothing], "it is in out already, with the same bytes");
        check(&[Nothing, Nothing], "all 2 are in out already, with the same bytes");
        check(&[], "nothing to put into out");
        check(&[NotMade], "nothing to put into out; 1 link was not made");
        check(&[Written, NotMade, NotMade], "1 written into out; 2 links were not made");
        check(&[ModeSet], "the mode of 1 that was there was set");
        let all = "1 written into out; the modes of 2 that were there were set; 1 was there already";
        check(&[Written, ModeSet, ModeSet, Nothing], all);
    }
}
