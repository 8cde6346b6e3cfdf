//! The order of a list of runs by a quantity. Runs without a value, or with NaN, come last in both directions; runs with
//! equal values are listed newest first.

use std::cmp::Ordering;

use hven_core::expression::Truth;

use super::{
    quantity::QuantityText,
    values::{NamedValues, OwnedColumn},
};
use crate::{
    kernel::error::{AppError, AppResult},
    ports::run::{RunOrder, RunQuery, RunRow},
    work::floor::Work,
};

/// Texts are ordered by their first letters: a cursor contains them.
const TEXT_CHARS_MAX: usize = 100;

/// How the runs of a list are ordered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SortBy {
    Order(RunOrder),
    Quantity(QuantitySort),
}

/// An order by a name, or by the value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QuantitySort {
    pub(super) quantity: QuantityText,
    pub(super) descending: bool,
}

impl QuantitySort {
    /// `loss`, `-loss`, `-(loss / lr)`.
    pub(super) fn parse(text: &str) -> AppResult<Self> {
        let trimmed = text.trim();
        let (descending, rest) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, trimmed),
        };
        if rest.is_empty() {
            return Err(AppError::invalid(format!("sort={text}"), "names no quantity"));
        }
        Ok(Self { quantity: QuantityText::new(rest), descending })
    }
}

/// The value by which a run is ordered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SortKey {
    Number(f64),
    Text(String),
    Missing,
}

impl SortKey {
    fn of_number(number: f64) -> Self {
        // Both zeros are one value.
        if number.is_nan() { Self::Missing } else { Self::Number(number + 0.0) }
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }
}

/// The position of a run in a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Position {
    pub(super) key: SortKey,
    /// The number of the fact of its submission.
    pub(super) seq: u64,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direction {
    pub(super) descending: bool,
    pub(super) oldest_first: bool,
}

impl Direction {
    pub(super) fn compare(self, one: &Position, other: &Position) -> Ordering {
        let by_age = one.seq.cmp(&other.seq);
        let by_age = if self.oldest_first { by_age } else { by_age.reverse() };
        one.key.compare(&other.key, self.descending).then(by_age)
    }
}

/// The keys of all runs, and the direction.
pub(super) async fn keys(
    work: &Work,
    sort: &SortBy,
    query: &RunQuery,
    values: &NamedValues,
) -> AppResult<(Vec<SortKey>, Direction)> {
    let runs = &values.table.runs;
    let all = |key: &dyn Fn(&RunRow) -> SortKey| runs.iter().map(|(_, run)| key(run)).collect();
    let direction = |descending, oldest_first| Direction { descending, oldest_first };
    let sort = match sort {
        SortBy::Order(RunOrder::NewestFirst) => return Ok((all(&|_| SortKey::Missing), direction(false, false))),
        SortBy::Order(RunOrder::OldestFirst) => return Ok((all(&|_| SortKey::Missing), direction(false, true))),
        SortBy::Order(RunOrder::LongestFirst) => {
            let keys = all(&|run| run.wall_s.map_or(SortKey::Missing, SortKey::of_number));
            return Ok((keys, direction(true, false)));
        }
        SortBy::Quantity(sort) => sort,
    };
    let direction = direction(sort.descending, false);
    let found = sort.quantity.find("the order", work, query, values).await?;
    Ok((keys_of(found.column(values)?), direction))
}

fn keys_of(column: OwnedColumn) -> Vec<SortKey> {
    let bool_number = |truth: Truth| match truth {
        Truth::False => SortKey::Number(0.0),
        Truth::True => SortKey::Number(1.0),
        Truth::CannotTell => SortKey::Missing,
    };
    let beginning = |text: String| SortKey::Text(text.chars().take(TEXT_CHARS_MAX).collect());
    match column {
        OwnedColumn::Numbers(numbers) => numbers.into_iter().map(SortKey::of_number).collect(),
        OwnedColumn::Texts(texts) => {
            texts.into_iter().map(|text| text.map_or(SortKey::Missing, beginning)).collect()
        }
        OwnedColumn::Bools(bools) => bools.into_iter().map(bool_number).collect(),
        // Microseconds of all years that Hven records are exact as floats.
        OwnedColumn::Times(times) => {
            times.into_iter().map(|time| time.map_or(SortKey::Missing, |t| SortKey::Number(t.micros() as f64))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[SortKey], direction: Direction) -> Vec<u64> {
        let mut positions: Vec<Position> =
            keys.iter().cloned().zip(1..).map(|(key, seq)| Position { key, seq }).collect();
        positions.sort_by(|one, other| direction.compare(one, other));
        positions.into_iter().map(|position| position.seq).collect()
    }

    #[test]
    fn missing_values_are_last_in_both_directions_and_ties_are_newest_first() {
        let keys: Vec<SortKey> =
            [2.0, f64::NAN, 1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY, -0.0, 0.0].map(SortKey::of_number).into();
        let by = |descending| Direction { descending, oldest_first: false };
        assert_eq!(sorted(&keys, by(false)), [6, 8, 7, 3, 5, 1, 4, 2]);
        assert_eq!(sorted(&keys, by(true)), [4, 5, 1, 3, 8, 7, 6, 2]);
        let none = [SortKey::Missing, SortKey::Missing];
        assert_eq!(sorted(&none, Direction { descending: false, oldest_first: true }), [1, 2]);
        let texts: Vec<SortKey> = ["b", "a", "c"].map(|text| SortKey::Text(text.to_owned())).into();
        assert_eq!(sorted(&texts, by(true)), [3, 1, 2]);
    }

    #[test]
    fn the_sign_of_an_order_is_its_direction() {
        let check = |text: &str, rest: &str, descending: bool| {
            let sort = QuantitySort::parse(text).expect("an order");
            assert_eq!((sort.quantity.text(), sort.descending), (rest, descending));
        };
        check("loss", "loss", false);
        check("-loss", "loss", true);
        check("- `val/loss`", "`val/loss`", true);
        check("-(loss / lr)", "(loss / lr)", true);
        check("val/acc@1", "val/acc@1", false);
        assert!(QuantitySort::parse("-").is_err() && QuantitySort::parse(" ").is_err());
    }
}
