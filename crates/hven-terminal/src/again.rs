//! For people: what was run again, and what was fetched of a run.

use std::io;

use hven_api::runs::{RunName, RunSummary};
use hven_core::file_name;
use serde::Serialize;

use crate::{
    paper::{Paper, printable},
    reply::ForPeople,
    words,
};

/// What was put into a folder.
#[derive(Debug, Serialize)]
pub struct Got {
    pub schema: &'static str,
    pub run: RunName,
    pub folder: String,
    pub files: Vec<GotFile>,
}

/// A file, link or empty folder.
#[derive(Debug, Serialize)]
pub struct GotFile {
    /// As it is recorded.
    pub path: String,
    /// Where it lies now, below the folder.
    pub place: String,
    pub kind: &'static str,
    /// Of a file.
    pub bytes: Option<u64>,
    /// Of a link.
    pub target: Option<String>,
    pub did: Did,
}

/// What was done to have something in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    Written,
    /// Something else lay there.
    Replaced,
    /// The same bytes lay there, and now they may be executed, or not any more.
    ModeSet,
    /// A link that led out of its folder.
    NotMade,
    /// The same lay there already.
    Nothing,
}

/// What was started again, or would be.
#[derive(Debug, Serialize)]
pub struct Reruns {
    pub schema: &'static str,
    pub dry_run: bool,
    pub runs: Vec<Rerun>,
    /// Runs that fit the filter and were not started: by what they are, or because a newer run of the same work counts.
    pub left_out: Vec<LeftOut>,
}

/// One that fits and is not run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub of: RunName,
    pub why: String,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct Rerun {
    /// The run whose work it is.
    pub of: RunName,
    pub command: String,
    pub folder: String,
    /// The new run; none when it is only said.
    pub run: Option<RunSummary>,
}

impl ForPeople for Reruns {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        for rerun in &self.runs {
            let (of, command) = (&rerun.of.handle, printable(&rerun.command));
            let line = match &rerun.run {
                Some(run) => format!("run {}  {}  {}; the work of {of}: {command}", run.handle, run.project, run.state),
                None => format!("run {of}  would be tried again in {}: {command}", file_name::shown(&rerun.folder)),
            };
            paper.line(&line)?;
        }
        Ok(())
    }
}

/// So many files are listed.
const LISTED_MAX: usize = 20;

impl ForPeople for Got {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let is_new = |file: &&GotFile| matches!(file.did, Did::Written | Did::Replaced | Did::ModeSet);
        if self.files.iter().filter(is_new).count() <= LISTED_MAX {
            for file in self.files.iter().filter(is_new) {
                let beside = match (file.did, file.bytes) {
                    (Did::ModeSet, _) => "mode set".to_owned(),
                    (_, Some(bytes)) => words::bytes(bytes),
                    (_, None) => file.kind.to_owned(),
                };
                paper.line(&format!("  {}   {}", file_name::shown(&file.place), paper.ink.dim(&beside)))?;
            }
        }
        paper.line(&summary(self))
    }
}

/// `3 written into results, 1 of them in place of another; 2 were there already`.
fn summary(got: &Got) -> String {
    let folder = file_name::shown(&got.folder);
    let count = |did: &[Did]| got.files.iter().filter(|file| did.contains(&file.did)).count();
    let (written, replaced) = (count(&[Did::Written, Did::Replaced]), count(&[Did::Replaced]));
    let (modes, there, not_made) = (count(&[Did::ModeSet]), count(&[Did::Nothing]), count(&[Did::NotMade]));
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
    fn what_was_put_there_is_counted() {
        use Did::{ModeSet, NotMade, Nothing, Replaced, Written};

        let check = |did: &[Did], wanted: &str| {
            let file = |did: &Did| GotFile {
                path: "a".to_owned(),
                place: "a".to_owned(),
                kind: "file",
                bytes: Some(1),
                target: None,
                did: *did,
            };
            let run = RunName { id: "0".to_owned(), handle: "7Q2M".to_owned() };
            let files: Vec<GotFile> = did.iter().map(file).collect();
            let got = Got { schema: "hven.got/1", run, folder: "out".to_owned(), files };
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
