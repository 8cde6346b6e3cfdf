//! Ranges of task numbers, as people write them: `17`, `100-200`, `1-3,7`.

use std::{fmt, str::FromStr};

use crate::{Malformed, as_text::serde_as_text};

/// Numbers of tasks from `first` to `last`, both included. Tasks are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskRange {
    pub first: u64,
    pub last: u64,
}

/// Ranges in ascending order that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskRanges(Vec<TaskRange>);

impl TaskRanges {
    /// The ranges of these tasks, which are in ascending order.
    pub fn of(tasks: impl IntoIterator<Item = u64>) -> Self {
        let mut ranges: Vec<TaskRange> = Vec::new();
        for task in tasks {
            match ranges.last_mut() {
                Some(range) if task <= range.last => {}
                Some(range) if task == range.last + 1 => range.last = task,
                _ => ranges.push(TaskRange { first: task, last: task }),
            }
        }
        Self(ranges)
    }

    pub fn ranges(&self) -> &[TaskRange] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many tasks these are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|range| range.last - range.first + 1).sum()
    }

    pub fn last(&self) -> Option<u64> {
        self.0.last().map(|range| range.last)
    }

    pub fn contains(&self, task: u64) -> bool {
        self.0.iter().any(|range| (range.first..=range.last).contains(&task))
    }
}

impl fmt::Display for TaskRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, TaskRange { first, last }) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            if first == last { write!(f, "{comma}{first}")? } else { write!(f, "{comma}{first}-{last}")? }
        }
        Ok(())
    }
}

impl FromStr for TaskRanges {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed =
            |why: &str| Malformed::Text { noun: "list of tasks", text: text.to_owned(), why: why.to_owned() };
        let number = |text: &str| text.trim().parse::<u64>().ok().filter(|number| *number > 0);
        let mut ranges = Vec::new();
        for part in text.split(',').filter(|_| !text.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Some(first), Some(last)) = (number(first), number(last)) else {
                return Err(malformed("it has numbers from 1 on and ranges, such as `3,10-20`"));
            };
            if first > last {
                return Err(malformed("a range begins with its smaller number"));
            }
            ranges.push(TaskRange { first, last });
        }
        ranges.sort_unstable();
        let mut merged: Vec<TaskRange> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(before) if range.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(range.last);
                }
                _ => merged.push(range),
            }
        }
        Ok(Self(merged))
    }
}

serde_as_text!(TaskRanges);

impl crate::sample::Sampled for TaskRanges {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        let mut last = 0;
        Self::of((0..g.below(6)).map(|_| {
            last += 1 + g.bits() % 3;
            last
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_people_write_them() {
        let check = |text: &str, shown: &str, count: u64| {
            let ranges: TaskRanges = text.parse().expect(text);
            assert_eq!((ranges.to_string().as_str(), ranges.count()), (shown, count), "{text}");
            assert_eq!(ranges.to_string().parse(), Ok(ranges));
        };
        check("17", "17", 1);
        check("100-200", "100-200", 101);
        check("7,1-3", "1-3,7", 4);
        check("1-3, 2-5,6", "1-6", 6);
        check("", "", 0);
        for bad in ["0", "a", "3-1", "1-", "-4", "1,,2", "1:3", "1.5"] {
            assert!(bad.parse::<TaskRanges>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tasks_in_order_become_ranges() {
        assert_eq!(TaskRanges::of([1, 2, 3, 7, 9, 10]).to_string(), "1-3,7,9-10");
        assert!(TaskRanges::of([1, 2]).contains(2) && !TaskRanges::of([1, 2]).contains(3));
    }
}
