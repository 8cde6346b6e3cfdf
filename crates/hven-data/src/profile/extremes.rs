//! The smallest and the largest values, each with its first row.

/// How many values are kept at each end.
const KEPT: usize = 5;

/// The values at one end of an order.
#[derive(Clone, Debug)]
pub(super) struct Ends<T> {
    /// The outermost first.
    kept: Vec<(T, u64)>,
}

impl<T> Default for Ends<T> {
    fn default() -> Self {
        Self { kept: Vec::new() }
    }
}

impl<T> Ends<T> {
    /// Adds a value. `outer` returns whether its first argument lies further out than its second; `own` clones a value to keep.
    #[inline]
    pub(super) fn add<V: Copy>(
        &mut self,
        value: V,
        row: u64,
        outer: impl Fn(V, &T) -> bool,
        same: impl Fn(V, &T) -> bool,
        own: impl Fn(V) -> T,
    ) {
        if let Some((last, _)) = self.kept.last()
            && self.kept.len() == KEPT
            && !outer(value, last)
        {
            return;
        }
        let place = self.kept.iter().position(|(kept, _)| outer(value, kept)).unwrap_or(self.kept.len());
        // An equal value is directly before this position and has an earlier row.
        if place > 0 && same(value, &self.kept[place - 1].0) {
            return;
        }
        self.kept.insert(place, (own(value), row));
        self.kept.truncate(KEPT);
    }

    pub(super) fn into_vec(self) -> Vec<(T, u64)> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_distinct_values_are_kept_with_their_first_rows() {
        let mut ends = Ends::default();
        for (row, value) in [5, 3, 9, 3, 1, 7, 9, 8, 2, 1, 4].into_iter().enumerate() {
            ends.add(value, row as u64, |a, b| a < *b, |a, b| a == *b, |it| it);
        }
        assert_eq!(ends.into_vec(), [(1, 4), (2, 8), (3, 1), (4, 10), (5, 0)]);
    }
}
