//! Attempts that go on at the same time and have the same outputs, as those of a sweep that all write `result.csv`. What lies
//! there at the end may be what another made: that is said of each of them. Only what this runner starts is known to it.

use std::collections::{BTreeMap, HashMap};

use hven_core::{AttemptId, capture::Note, seen::within};

use super::entries::Key;
use crate::standing::Place;

/// So many runs are named.
const NAMED_MAX: usize = 20;

/// Attempts with outputs, from the start of their processes until their outputs are kept.
#[derive(Debug, Default)]
pub(super) struct Sharing(HashMap<Key, Sharer>);

#[derive(Debug)]
struct Sharer {
    attempt: AttemptId,
    handle: String,
    outputs: Vec<Place>,
    /// Its processes write no more.
    has_ended: bool,
    /// Others that may have written to its outputs, and that were not told yet.
    met: BTreeMap<AttemptId, Met>,
}

#[derive(Debug)]
struct Met {
    handle: String,
    path: String,
}

impl Sharing {
    /// The process of an attempt is there.
    pub(super) fn begin(&mut self, key: Key, attempt: AttemptId, handle: String, outputs: Vec<Place>) {
        if outputs.is_empty() {
            return;
        }
        let mut met = BTreeMap::new();
        for other in self.0.values_mut().filter(|other| other.attempt.run != attempt.run) {
            let Some((own, theirs)) = common(&outputs, &other.outputs) else { continue };
            other.met.insert(attempt, Met { handle: handle.clone(), path: theirs });
            if !other.has_ended {
                met.insert(other.attempt, Met { handle: other.handle.clone(), path: own });
            }
        }
        self.0.insert(key, Sharer { attempt, handle, outputs, has_ended: false, met });
    }

    /// Its processes have ended: says whom it met. Asked again, it says whom it met since, until its outputs are kept.
    pub(super) fn ended(&mut self, key: Key) -> Vec<Note> {
        let Some(sharer) = self.0.get_mut(&key) else { return Vec::new() };
        sharer.has_ended = true;
        let mut met = std::mem::take(&mut sharer.met).into_values();
        let named = met.by_ref().take(NAMED_MAX);
        let mut notes: Vec<Note> = named.map(|Met { handle, path }| Note::OutputShared { path, handle }).collect();
        if let Some(first) = met.next() {
            notes.push(Note::MoreShared { path: first.path, runs: 1 + met.count() as u64 });
        }
        notes
    }

    /// Its outputs are kept, or nobody wants them.
    pub(super) fn remove(&mut self, key: Key) {
        self.0.remove(&key);
    }
}

/// The first place that is in outputs of both, as each of them names it.
fn common(own: &[Place], others: &[Place]) -> Option<(String, String)> {
    let mut pairs = own.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    pairs.find_map(|(one, other)| {
        let (one_within, other_within) = (below(&one.at, &other.at), below(&other.at, &one.at));
        let is_common = one_within.is_some() || other_within.is_some();
        is_common.then(|| (named(one, other_within), named(other, one_within)))
    })
}

/// The rest of a path that lies in a folder, or is that folder.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() || folder.ends_with('/') { Some(rest) } else { rest.strip_prefix('/') }
}

/// What lies in an output, as the output is named.
fn named(output: &Place, rest: Option<&str>) -> String {
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

    fn places(all: &[(&str, &str)]) -> Vec<Place> {
        all.iter().map(|&(path, at)| Place { path: path.to_owned(), at: at.to_owned() }).collect()
    }

    fn shared(path: &str, handle: &str) -> Note {
        Note::OutputShared { path: path.to_owned(), handle: handle.to_owned() }
    }

    #[test]
    fn a_place_in_outputs_of_both_is_named_as_each_names_it() {
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
    fn who_ran_at_the_same_time_is_told_once() {
        let mut sharing = Sharing::default();
        let begin = |sharing: &mut Sharing, key: Key, handle: &str| {
            sharing.begin(key, attempt(key.into()), handle.to_owned(), places(&[("o", "/w/o")]));
        };
        begin(&mut sharing, 1, "A");
        begin(&mut sharing, 2, "B");
        sharing.begin(3, attempt(3), "C".to_owned(), places(&[("other", "/w/other")]));
        assert_eq!(sharing.ended(1), [shared("o", "B")]);
        // Its outputs are still being read, so D may have changed them; D finds nothing of it.
        begin(&mut sharing, 4, "D");
        assert_eq!(sharing.ended(1), [shared("o", "D")]);
        assert_eq!(sharing.ended(4), [shared("o", "B")]);
        assert_eq!(sharing.ended(3), []);
        for key in [1, 4] {
            sharing.remove(key);
        }
        begin(&mut sharing, 5, "E");
        assert_eq!(sharing.ended(2), [shared("o", "A"), shared("o", "D"), shared("o", "E")]);
        assert_eq!(sharing.ended(5), [shared("o", "B")]);
    }

    #[test]
    fn another_attempt_of_the_same_run_is_no_other_run() {
        let mut sharing = Sharing::default();
        for number in [1, 2] {
            let again = AttemptId { number, ..attempt(1) };
            sharing.begin(number.into(), again, "A".to_owned(), places(&[("o", "/w/o")]));
        }
        assert_eq!(sharing.ended(2), []);
    }

    #[test]
    fn of_many_the_first_are_named_and_all_are_counted() {
        let mut sharing = Sharing::default();
        for key in 1..=31 {
            sharing.begin(key, attempt(key.into()), key.to_string(), places(&[("o", "/w/o")]));
        }
        let notes = sharing.ended(1);
        assert_eq!((notes.len(), &notes[0]), (21, &shared("o", "2")));
        assert_eq!(notes.last(), Some(&Note::MoreShared { path: "o".to_owned(), runs: 10 }));
    }
}
