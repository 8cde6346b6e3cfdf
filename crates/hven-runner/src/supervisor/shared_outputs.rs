//! Attempts that run at the same time and declare the same outputs, such as the runs of a sweep that all write
//! `result.csv`. The file at the end may come from another run, so each run gets a note. The runner knows only the
//! attempts that it started itself.

use std::collections::{BTreeMap, HashMap};

use hven_core::{AttemptId, capture::Note, seen::within};

use super::attempts::Key;
use crate::existing_outputs::OutputPath;

/// At most this many runs are named.
const NAMED_MAX: usize = 20;

/// Attempts with outputs, from the start of their processes until their outputs are kept.
#[derive(Debug, Default)]
pub(super) struct SharedOutputs(HashMap<Key, OutputWriter>);

#[derive(Debug)]
struct OutputWriter {
    attempt: AttemptId,
    handle: String,
    outputs: Vec<OutputPath>,
    /// The processes of this attempt have ended.
    has_ended: bool,
    /// Other attempts that may have written to these outputs and that no note has named yet.
    overlaps: BTreeMap<AttemptId, Overlap>,
}

#[derive(Debug)]
struct Overlap {
    handle: String,
    path: String,
}

impl SharedOutputs {
    /// Adds an attempt whose process has started.
    pub(super) fn begin(&mut self, key: Key, attempt: AttemptId, handle: String, outputs: Vec<OutputPath>) {
        if outputs.is_empty() {
            return;
        }
        let mut overlaps = BTreeMap::new();
        for other in self.0.values_mut().filter(|other| other.attempt.run != attempt.run) {
            let Some((own, theirs)) = common(&outputs, &other.outputs) else { continue };
            other.overlaps.insert(attempt, Overlap { handle: handle.clone(), path: theirs });
            if !other.has_ended {
                overlaps.insert(other.attempt, Overlap { handle: other.handle.clone(), path: own });
            }
        }
        self.0.insert(key, OutputWriter { attempt, handle, outputs, has_ended: false, overlaps });
    }

    /// Returns notes about the overlapping attempts, after the processes of this attempt have ended. Later calls return the
    /// overlaps that were added since, until the outputs are kept.
    pub(super) fn ended(&mut self, key: Key) -> Vec<Note> {
        let Some(writer) = self.0.get_mut(&key) else { return Vec::new() };
        writer.has_ended = true;
        let mut overlaps = std::mem::take(&mut writer.overlaps).into_values();
        let named = overlaps.by_ref().take(NAMED_MAX);
        let mut notes: Vec<Note> = named.map(|Overlap { handle, path }| Note::OutputShared { path, handle }).collect();
        if let Some(first) = overlaps.next() {
            notes.push(Note::MoreShared { path: first.path, runs: 1 + overlaps.count() as u64 });
        }
        notes
    }

    /// Removes an attempt whose outputs are kept or not wanted.
    pub(super) fn remove(&mut self, key: Key) {
        self.0.remove(&key);
    }
}

/// The first path that lies in outputs of both attempts, under the name that each attempt gives it.
fn common(own: &[OutputPath], others: &[OutputPath]) -> Option<(String, String)> {
    let mut pairs = own.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    pairs.find_map(|(one, other)| {
        let (one_within, other_within) = (below(&one.at, &other.at), below(&other.at, &one.at));
        let is_common = one_within.is_some() || other_within.is_some();
        is_common.then(|| (named(one, other_within), named(other, one_within)))
    })
}

/// The rest of a path that lies in a folder or is that folder.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() || folder.ends_with('/') { Some(rest) } else { rest.strip_prefix('/') }
}

/// The name of a path in an output, based on the declared name of the output.
fn named(output: &OutputPath, rest: Option<&str>) -> String {
    match rest {
        Some(rest) if !rest.is_empty() => within(&output.path, rest),
        _ => output.path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use hven_core::RunId;

    use super::*;

    fn attempt(number: u128) -> AttemptId {
        AttemptId { run: RunId::from_u128(number), number: 1 }
    }

    fn places(all: &[(&str, &str)]) -> Vec<OutputPath> {
        all.iter().map(|&(path, at)| OutputPath { path: path.to_owned(), at: at.to_owned() }).collect()
    }

    fn shared(path: &str, handle: &str) -> Note {
        Note::OutputShared { path: path.to_owned(), handle: handle.to_owned() }
    }

    #[test]
    fn a_shared_path_has_the_name_that_each_attempt_gives_it() {
        let check = |own: &[(&str, &str)], others: &[(&str, &str)], want: Option<(&str, &str)>| {
            let want = want.map(|(own, theirs)| (own.to_owned(), theirs.to_owned()));
            assert_eq!(common(&places(own), &places(others)), want);
        };
        check(&[("o", "/w/o")], &[("../w/o", "/w/o")], Some(("o", "../w/o")));
        check(&[("x", "/w/x"), ("out", "/w/out")], &[("out/1", "/w/out/1")], Some(("out/1", "out/1")));
        check(&[("out/1", "/w/out/1")], &[(".", "/w")], Some(("out/1", "out/1")));
        check(&[("/", "/")], &[("a", "/w/a")], Some(("/w/a", "a")));
        check(&[("out", "/w/out")], &[("out2", "/w/out2")], None);
        check(&[], &[("o", "/w/o")], None);
    }

    #[test]
    fn each_overlap_is_reported_once() {
        let mut shared_outputs = SharedOutputs::default();
        let begin = |shared_outputs: &mut SharedOutputs, key: Key, handle: &str| {
            shared_outputs.begin(key, attempt(key.into()), handle.to_owned(), places(&[("o", "/w/o")]));
        };
        begin(&mut shared_outputs, 1, "A");
        begin(&mut shared_outputs, 2, "B");
        shared_outputs.begin(3, attempt(3), "C".to_owned(), places(&[("other", "/w/other")]));
        assert_eq!(shared_outputs.ended(1), [shared("o", "B")]);
        // A's outputs are still being read, so D may have changed them. D gets no note about A.
        begin(&mut shared_outputs, 4, "D");
        assert_eq!(shared_outputs.ended(1), [shared("o", "D")]);
        assert_eq!(shared_outputs.ended(4), [shared("o", "B")]);
        assert_eq!(shared_outputs.ended(3), []);
        for key in [1, 4] {
            shared_outputs.remove(key);
        }
        begin(&mut shared_outputs, 5, "E");
        assert_eq!(shared_outputs.ended(2), [shared("o", "A"), shared("o", "D"), shared("o", "E")]);
        assert_eq!(shared_outputs.ended(5), [shared("o", "B")]);
    }

    #[test]
    fn attempts_of_the_same_run_do_not_overlap() {
        let mut shared_outputs = SharedOutputs::default();
        for number in [1, 2] {
            let again = AttemptId { number, ..attempt(1) };
            shared_outputs.begin(number.into(), again, "A".to_owned(), places(&[("o", "/w/o")]));
        }
        assert_eq!(shared_outputs.ended(2), []);
    }

    #[test]
    fn many_overlaps_are_counted_and_only_the_first_are_named() {
        let mut shared_outputs = SharedOutputs::default();
        for key in 1..=31 {
            shared_outputs.begin(key, attempt(key.into()), key.to_string(), places(&[("o", "/w/o")]));
        }
        let notes = shared_outputs.ended(1);
        assert_eq!((notes.len(), &notes[0]), (21, &shared("o", "2")));
        assert_eq!(notes.last(), Some(&Note::MoreShared { path: "o".to_owned(), runs: 10 }));
    }
}
