//! Aggregates over all rows of a table, computed batch by batch: the table does not need to fit into memory.
//!
//! Missing values and NaN are left out of means and quantiles, as usual in statistics; `nulls` counts them. A condition on all
//! rows has three possible values, and the first rows in which it fails are kept. Rows in which it cannot be decided because a
//! cell that it reads is missing are counted, and do not decide.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    Checked, Column, Explained, Function, Truth, Type, Value,
    columns::{ColumnsError, Rows, Vector},
    evaluate::{Answer, CannotTell, Inputs},
    explain,
    failures::Failures,
    missing::MissingCells,
    typed::Aggregate,
};
use crate::Time;

/// How many failing rows of a condition are listed.
const ROWS_MAX: usize = 100;

/// Accumulates the values that a check of a table needs.
#[derive(Debug)]
pub struct Accumulator<'a> {
    checked: &'a Checked,
    rows: u64,
    gathered: Vec<Gathered>,
}

/// The result of a check of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableAnswer {
    pub outcome: Result<Value, CannotTell>,
    /// For each `all`, `any`, `share` and `unique` in it: the rows in which it fails.
    pub failures: Vec<Failures>,
    /// The test with its numbers filled in.
    pub explained: Explained,
}

impl TableAnswer {
    pub fn truth(&self) -> Truth {
        match self.outcome {
            Ok(Value::Bool(holds)) => Truth::of(holds),
            _ => Truth::CannotTell,
        }
    }
}

impl Checked {
    /// Starts to accumulate over the rows of a table.
    pub fn accumulate(&self) -> Accumulator<'_> {
        let gathered = self.aggregates.iter().map(|aggregate| Gathered::new(aggregate.function)).collect();
        Accumulator { checked: self, rows: 0, gathered }
    }
}

impl Accumulator<'_> {
    /// Adds some rows; the columns and their missing cells are those of [`Checked::names`], in that order.
    pub fn push(
        &mut self,
        rows: usize,
        columns: &[Column<'_>],
        missing: &[MissingCells<'_>],
    ) -> Result<(), ColumnsError> {
        self.checked.fits(rows, columns)?;
        let batch = Rows { rows, columns };
        let has_missing = missing.iter().any(Option::is_some);
        for (aggregate, gathered) in self.checked.aggregates.iter().zip(&mut self.gathered) {
            let arguments: Vec<Vector<'_>> = aggregate.arguments.iter().map(|part| batch.vector(part)).collect();
            // Only `all` makes the difference, and only where something is unknown.
            let condition = aggregate.arguments.first().filter(|_| aggregate.function == Function::All && has_missing);
            let undefined = condition
                .filter(|_| arguments.first().is_some_and(|all| (0..rows).any(|row| !all.is_known(row))))
                .map(|condition| batch.undefined(condition, missing));
            gathered.push(self.rows, rows, &arguments, undefined.as_deref());
        }
        self.rows += rows as u64;
        Ok(())
    }

    /// The answer over all rows that were added.
    pub fn finish(self) -> TableAnswer {
        let Self { checked, rows, gathered } = self;
        let mut answers = Vec::new();
        let mut notes = Vec::new();
        let mut failures = Vec::new();
        for (aggregate, gathered) in checked.aggregates.iter().zip(gathered) {
            let (answer, rows_failing) = gathered.finish(aggregate, rows);
            answers.push(answer);
            notes.push(rows_failing.as_ref().map(explain::rows_note));
            failures.extend(rows_failing);
        }
        let inputs = Inputs { names: &checked.names, values: &[], aggregates: &answers };
        let outcome = inputs.answer(&checked.root);
        let explained = explain::explain(checked, &inputs, &notes);
        TableAnswer { outcome, failures, explained }
    }
}

/// The state of one aggregate.
#[derive(Debug)]
enum Gathered {
    /// `count`, `nulls`.
    Known(u64),
    /// `mean`, `sum`, with the accumulated rounding error.
    Sum {
        count: u64,
        sum: f64,
        error: f64,
    },
    /// `stddev`, by Welford's algorithm.
    Spread {
        count: u64,
        mean: f64,
        squares: f64,
    },
    Extreme {
        number: Option<f64>,
        time: Option<Time>,
        least: bool,
    },
    /// `median`, `quantile`.
    Values(Vec<f64>),
    /// `distinct`, `unique`.
    Keys {
        keys: Keys,
        missing: u64,
        first_missing: Vec<u64>,
    },
    /// `all`, `any`, `share`.
    Truths {
        holding: u64,
        failing: u64,
        cannot_tell: u64,
        /// Rows that `all` does not check.
        not_checked: u64,
        first: Vec<u64>,
    },
}

impl Gathered {
    fn new(function: Function) -> Self {
        match function {
            Function::Mean | Function::Sum => Self::Sum { count: 0, sum: 0.0, error: 0.0 },
            Function::Stddev => Self::Spread { count: 0, mean: 0.0, squares: 0.0 },
            Function::Min | Function::Max => {
                Self::Extreme { number: None, time: None, least: function == Function::Min }
            }
            Function::Median | Function::Quantile => Self::Values(Vec::new()),
            Function::Distinct | Function::Unique => {
                Self::Keys { keys: Keys::default(), missing: 0, first_missing: Vec::new() }
            }
            Function::All | Function::Any | Function::Share => {
                Self::Truths { holding: 0, failing: 0, cannot_tell: 0, not_checked: 0, first: Vec::new() }
            }
            _ => Self::Known(0),
        }
    }

    /// `undefined`: the rows of `all` that cannot be told for another reason than missing cells; all of them without it.
    fn push(&mut self, before: u64, rows: usize, arguments: &[Vector<'_>], undefined: Option<&[bool]>) {
        let Some(one) = arguments.first() else { return };
        let numbers = (0..rows).map(|row| one.number(row)).filter(|number| !number.is_nan());
        match self {
            Self::Known(known) => *known += (0..rows).filter(|row| one.is_known(*row)).count() as u64,
            Self::Sum { count, sum, error } => {
                for number in numbers {
                    *count += 1;
                    let next = *sum + number;
                    // Neumaier's summation; an infinite sum has no rounding error.
                    let lost = if sum.abs() >= number.abs() { (*sum - next) + number } else { (number - next) + *sum };
                    *error += if lost.is_finite() { lost } else { 0.0 };
                    *sum = next;
                }
            }
            Self::Spread { count, mean, squares } => {
                for number in numbers {
                    *count += 1;
                    let away = number - *mean;
                    *mean += away / *count as f64;
                    *squares += away * (number - *mean);
                }
            }
            Self::Extreme { number, time, least } => {
                for value in numbers {
                    let pick = if *least { f64::min } else { f64::max };
                    *number = Some(number.map_or(value, |known| pick(known, value)));
                }
                for value in (0..rows).filter_map(|row| one.time(row)) {
                    *time = Some(time.map_or(value, |known| if (value < known) == *least { value } else { known }));
                }
            }
            Self::Values(values) => values.extend(numbers),
            Self::Keys { keys, missing, first_missing } => {
                for row in 0..rows {
                    if arguments.iter().all(|argument| argument.is_known(row)) {
                        keys.push(arguments, row, before + row as u64);
                    } else {
                        *missing += 1;
                        if first_missing.len() < ROWS_MAX {
                            first_missing.push(before + row as u64);
                        }
                    }
                }
            }
            Self::Truths { holding, failing, cannot_tell, not_checked, first } => {
                for row in 0..rows {
                    match one.truth(row) {
                        Truth::True => *holding += 1,
                        Truth::CannotTell if undefined.is_some_and(|undefined| !undefined[row]) => *not_checked += 1,
                        truth => {
                            *(if truth == Truth::False { &mut *failing } else { &mut *cannot_tell }) += 1;
                            if first.len() < ROWS_MAX {
                                first.push(before + row as u64);
                            }
                        }
                    }
                }
            }
        }
    }

    fn finish(self, aggregate: &Aggregate, rows: u64) -> (Answer, Option<Failures>) {
        let cannot_tell = |because: &str| Err(CannotTell { because: because.to_owned(), span: aggregate.span.clone() });
        let number = |value: f64| {
            if value.is_nan() { cannot_tell("infinite values have no result here") } else { Ok(Value::Number(value)) }
        };
        let nothing = "there is no known value";
        let span = aggregate.span.clone();
        let answer = match self {
            Self::Known(known) => number(match aggregate.function {
                Function::Nulls => rows - known,
                _ if aggregate.arguments.is_empty() => rows,
                _ => known,
            } as f64),
            Self::Sum { sum, error, .. } if aggregate.function == Function::Sum => number(sum + error),
            Self::Sum { count: 0, .. } => cannot_tell(nothing),
            Self::Sum { count, sum, error } => number((sum + error) / count as f64),
            Self::Spread { count: 0 | 1, .. } => cannot_tell("a spread needs two known values"),
            Self::Spread { count, squares, .. } => number((squares / (count - 1) as f64).sqrt()),
            Self::Extreme { number, time, .. } => match (number, time, &aggregate.type_) {
                (_, Some(time), Type::Time) => Ok(Value::Time(time)),
                (Some(value), _, Type::Number { .. }) => Ok(Value::Number(value)),
                _ => cannot_tell(nothing),
            },
            Self::Values(values) if values.is_empty() => cannot_tell(nothing),
            Self::Values(values) => {
                number(quantile(values, if aggregate.function == Function::Median { 0.5 } else { aggregate.parameter }))
            }
            Self::Keys { keys, .. } if aggregate.function == Function::Distinct => number(keys.distinct() as f64),
            Self::Keys { keys, missing, first_missing } => {
                let (twice, first_twice) = keys.twice();
                let first = if twice > 0 { first_twice } else { first_missing };
                let failures = Failures { span, rows, failing: twice, cannot_tell: missing, not_checked: 0, first };
                let answer = match (twice, missing) {
                    (0, 0) => Ok(Value::Bool(true)),
                    (0, _) => cannot_tell(&format!("it is missing in {}", explain::counted(missing, "row"))),
                    _ => Ok(Value::Bool(false)),
                };
                return (answer, Some(failures));
            }
            Self::Truths { holding, failing, cannot_tell: open, not_checked, first } => {
                let unknown = || cannot_tell(&format!("it cannot be told in {}", explain::counted(open, "row")));
                let answer = match aggregate.function {
                    Function::Share if holding + failing == 0 => cannot_tell("it can be told in no row"),
                    Function::Share => number(holding as f64 / (holding + failing) as f64),
                    Function::Any if holding > 0 => Ok(Value::Bool(true)),
                    Function::All if failing > 0 => Ok(Value::Bool(false)),
                    _ if open > 0 => unknown(),
                    Function::All if rows == 0 => cannot_tell("there is no row"),
                    Function::All if holding == 0 => cannot_tell("every row lacks a value"),
                    function => Ok(Value::Bool(function == Function::All)),
                };
                return (answer, Some(Failures { span, rows, failing, cannot_tell: open, not_checked, first }));
            }
        };
        (answer, None)
    }
}

/// Interpolates linearly between neighbours, as NumPy and R do by default. There is at least one value.
fn quantile(mut values: Vec<f64>, place: f64) -> f64 {
    let exact = place * (values.len() - 1) as f64;
    let below = exact.floor() as usize;
    let (_, low, rest) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let part = exact - below as f64;
    match rest.iter().copied().reduce(f64::min) {
        Some(high) if part > 0.0 => low + (high - low) * part,
        _ => low,
    }
}

/// Values by their hashes, with their rows: 16 bytes per row. Two different values share a hash with a probability below 10⁻¹⁴
/// in ten million rows; the hashes of single numbers never collide.
#[derive(Debug, Default)]
struct Keys {
    /// By the first bits of the hash, so that sorting stays local and no large block is copied.
    buckets: Vec<Vec<Key>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    high: u64,
    low: u32,
    row: u32,
}

impl Keys {
    const BUCKETS: usize = 256;

    fn push(&mut self, arguments: &[Vector<'_>], row: usize, place: u64) {
        let (high, low) = match arguments {
            [Vector::Numbers(numbers)] => {
                // 0 and -0 are equal. The product with an odd number is different for different bits.
                let number = numbers.at(row);
                let bits = if number == 0.0 { 0 } else { number.to_bits() };
                (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15), 0)
            }
            _ => {
                let hash = |seed: u8| {
                    let mut hasher = DefaultHasher::new();
                    seed.hash(&mut hasher);
                    for argument in arguments {
                        match argument {
                            Vector::Numbers(numbers) => {
                                let number = numbers.at(row);
                                (if number == 0.0 { 0 } else { number.to_bits() }).hash(&mut hasher);
                            }
                            Vector::Truth(_) | Vector::Truths(_) => argument.truth(row).hash(&mut hasher),
                            Vector::Time(_) | Vector::Times(_) => argument.time(row).hash(&mut hasher),
                            _ => argument.text(row).hash(&mut hasher),
                        }
                    }
                    hasher.finish()
                };
                (hash(0), hash(1) as u32)
            }
        };
        if self.buckets.is_empty() {
            self.buckets = vec![Vec::new(); Self::BUCKETS];
        }
        let bucket = &mut self.buckets[(high >> 56) as usize];
        bucket.push(Key { high, low, row: u32::try_from(place).unwrap_or(u32::MAX) });
    }

    fn distinct(mut self) -> u64 {
        let mut count = 0;
        for bucket in &mut self.buckets {
            bucket.sort_unstable();
            bucket.dedup_by_key(|key| (key.high, key.low));
            count += bucket.len() as u64;
        }
        count
    }

    /// How many rows repeat an earlier row, and the first of them.
    fn twice(mut self) -> (u64, Vec<u64>) {
        let mut rows = Vec::new();
        for bucket in &mut self.buckets {
            bucket.sort_unstable();
            let pairs = bucket.windows(2).filter(|pair| (pair[0].high, pair[0].low) == (pair[1].high, pair[1].low));
            rows.extend(pairs.map(|pair| u64::from(pair[1].row)));
        }
        let count = rows.len() as u64;
        rows.sort_unstable();
        rows.truncate(ROWS_MAX);
        (count, rows)
    }
}
