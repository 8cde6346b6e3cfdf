//! Waiting tasks by kind, so that a thousand equal tasks are examined like one.

use std::collections::BTreeSet;

use super::workload::{KindId, TaskId};

#[derive(Debug, Default)]
pub(super) struct Waiting {
    kinds: Vec<BTreeSet<TaskId>>,
    /// The first task of each kind, in order of submission.
    heads: BTreeSet<(TaskId, KindId)>,
}

impl Waiting {
    pub(super) fn insert(&mut self, task: TaskId, kind: KindId) {
        if self.kinds.len() <= kind {
            self.kinds.resize_with(kind + 1, BTreeSet::new);
        }
        self.heads.extend(self.kinds[kind].is_empty().then_some((task, kind)));
        // Tasks arrive in order, so the first one stays the first.
        self.kinds[kind].insert(task);
    }

    pub(super) fn remove(&mut self, task: TaskId, kind: KindId) {
        self.kinds[kind].remove(&task);
        if self.heads.remove(&(task, kind)) {
            self.heads.extend(self.kinds[kind].first().map(|next| (*next, kind)));
        }
    }

    /// The first task of each kind, in order of submission.
    pub(super) fn heads(&self) -> impl Iterator<Item = (TaskId, KindId)> + '_ {
        self.heads.iter().copied()
    }

    /// The first task of a kind from `from` on.
    pub(super) fn next(&self, kind: KindId, from: TaskId) -> Option<TaskId> {
        self.kinds[kind].range(from..).next().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_the_first_tasks_of_their_kinds() {
        let mut waiting = Waiting::default();
        for (task, kind) in [(0, 3), (1, 0), (2, 3), (4, 0)] {
            waiting.insert(task, kind);
        }
        assert_eq!(waiting.heads().collect::<Vec<_>>(), [(0, 3), (1, 0)]);
        waiting.remove(0, 3);
        waiting.remove(4, 0);
        assert_eq!(waiting.heads().collect::<Vec<_>>(), [(1, 0), (2, 3)]);
        assert_eq!((waiting.next(3, 0), waiting.next(3, 3), waiting.next(1, 0)), (Some(2), None, None));
        waiting.remove(2, 3);
        assert_eq!(waiting.heads().collect::<Vec<_>>(), [(1, 0)]);
    }
}
