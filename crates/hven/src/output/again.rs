//! For people: what was run again, and what was fetched of a run.

use std::io;

use hven_core::file_name;

use super::{ForPeople, Paper, paper::printable, words};
use crate::commands::{
    get::{Did, Got, GotFile},
    rerun::Reruns,
};

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
