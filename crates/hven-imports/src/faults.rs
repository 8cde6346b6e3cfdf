//! Parts of a store that were not read, each with the reason.

use std::collections::BTreeMap;

/// The reason of things that no import takes.
pub const NO_PLACE: &str = "Hven has no place for them";

/// One reason, and the things that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of things, in the plural: `metrics`, `files`.
    pub kind: &'static str,
    pub why: String,
    pub count: u64,
    /// The first of them.
    pub first: String,
}

/// Counts what was left out. The list does not grow with the number of things that have the same fault.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    by_reason: BTreeMap<(&'static str, String), (u64, String)>,
    more: u64,
}

/// So that a hostile store cannot fill the memory with reasons.
const REASONS_MAX: usize = 1000;

impl Faults {
    pub fn add(&mut self, kind: &'static str, first: impl Into<String>, why: impl Into<String>) {
        self.add_many(kind, 1, first, why);
    }

    pub fn add_many(&mut self, kind: &'static str, count: u64, first: impl Into<String>, why: impl Into<String>) {
        if count == 0 {
            return;
        }
        let key = (kind, why.into());
        if let Some((there, _)) = self.by_reason.get_mut(&key) {
            *there += count;
        } else if self.by_reason.len() < REASONS_MAX {
            self.by_reason.insert(key, (count, first.into()));
        } else {
            self.more += count;
        }
    }

    /// Takes over what others counted.
    pub fn add_all(&mut self, others: Self) {
        for ((kind, why), (count, first)) in others.by_reason {
            self.add_many(kind, count, first, why);
        }
        self.more += others.more;
    }

    pub fn list(&self) -> Vec<Fault> {
        let mut list: Vec<Fault> = Vec::with_capacity(self.by_reason.len() + 1);
        for ((kind, why), (count, first)) in &self.by_reason {
            list.push(Fault { kind, why: why.clone(), count: *count, first: first.clone() });
        }
        if self.more > 0 {
            let why = "there are too many reasons to list".to_owned();
            list.push(Fault { kind: "others", why, count: self.more, first: String::new() });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_with_one_reason_are_one_line() {
        let mut faults = Faults::default();
        faults.add("files", "a", "is a link");
        faults.add("files", "b", "is a link");
        faults.add("metrics", "c", "is a link");
        faults.add_many("metrics", 0, "d", "none");
        let list = faults.list();
        assert_eq!(list.len(), 2);
        assert_eq!((list[0].count, list[0].first.as_str()), (2, "a"));
        for number in 0..2000 {
            faults.add("runs", "x", number.to_string());
        }
        assert_eq!(faults.list().len(), REASONS_MAX + 1);
        assert_eq!(faults.list().iter().map(|fault| fault.count).sum::<u64>(), 2003);
    }
}
