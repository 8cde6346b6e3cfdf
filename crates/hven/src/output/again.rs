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
                None => format!("run {of}  would run again in {}: {command}", file_name::shown(&rerun.folder)),
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
        let new = |file: &&GotFile| file.did != Did::Nothing;
        let count = self.files.iter().filter(new).count();
        if count <= LISTED_MAX {
            for file in self.files.iter().filter(new) {
                let size = file.bytes.map_or_else(|| file.kind.to_owned(), words::bytes);
                paper.line(&format!("  {}   {}", file_name::shown(&file.place), paper.ink.dim(&size)))?;
            }
        }
        paper.line(&summary(self, count))
    }
}

/// `3 written into results, 1 of them in place of another; 2 were there already`.
fn summary(got: &Got, new: usize) -> String {
    let folder = file_name::shown(&got.folder);
    let there = got.files.len() - new;
    if new == 0 {
        return match there {
            0 => format!("nothing to put into {folder}"),
            1 => format!("it is in {folder} already, with the same bytes"),
            _ => format!("all {there} are in {folder} already, with the same bytes"),
        };
    }
    let mut text = format!("{new} written into {folder}");
    match got.files.iter().filter(|file| file.did == Did::Replaced).count() {
        0 => {}
        replaced => text = format!("{text}, {replaced} of them in place of another"),
    }
    match there {
        0 => text,
        1 => format!("{text}; 1 was there already"),
        _ => format!("{text}; {there} were there already"),
    }
}

#[cfg(test)]
mod tests {
    use hven_api::runs::RunName;

    use super::*;

    #[test]
    fn what_was_put_there_is_counted() {
        use Did::{Nothing, Replaced, Written};

        let check = |did: &[Did], wanted: &str| {
            let file = |did: &Did| GotFile {
                path: "a".to_owned(),
                place: "a".to_owned(),
                kind: "file",
                bytes: Some(1),
                did: *did,
            };
            let run = RunName { id: "0".to_owned(), handle: "7Q2M".to_owned() };
            let files: Vec<GotFile> = did.iter().map(file).collect();
            let new = files.iter().filter(|file| file.did != Did::Nothing).count();
            let got = Got { schema: "hven.got/1", run, folder: "out".to_owned(), files };
            assert_eq!(summary(&got, new), wanted);
        };
        check(&[Written], "1 written into out");
        check(&[Written, Replaced], "2 written into out, 1 of them in place of another");
        check(&[Written, Nothing], "1 written into out; 1 was there already");
        check(&[Written, Nothing, Nothing], "1 written into out; 2 were there already");
        check(&[Nothing], "it is in out already, with the same bytes");
        check(&[Nothing, Nothing], "all 2 are in out already, with the same bytes");
        check(&[], "nothing to put into out");
    }
}
