//! Profiles of values with an order and a size: numbers, dates and times.

use arrow_array::{Array, PrimitiveArray, types::ArrowPrimitiveType, types::Float64Type};
use hven_core::dataset::{
    Cell, Profile,
    profile::{Distinct, Extreme, Quantile},
};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    distinct_count::DistinctCount,
    extremes::Ends,
    histogram::{self, Range},
    sketch::Sketch,
};

/// The shares whose quantiles are reported.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// A value with an order and a size.
pub(super) trait Value: Copy + Ord + Send {
    fn number(self) -> f64;
    /// The value, or a hash of it.
    fn key(self) -> u64;
}

impl Value for i64 {
    fn number(self) -> f64 {
        self as f64
    }
    fn key(self) -> u64 {
        self as u64
    }
}

/// The digits of a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decimal(pub i128);
impl Value for Decimal {
    fn number(self) -> f64 {
        self.0 as f64
    }
    fn key(self) -> u64 {
        xxh3_64(&self.0.to_le_bytes())
    }
}

/// A 64-bit float that is not NaN, stored as bits that sort like the numbers. −0 becomes 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Float(u64);
impl Float {
    pub(super) fn new(value: f64) -> Self {
        let bits = (value + 0.0).to_bits();
        Self(if bits >> 63 == 1 { !bits } else { bits | 1 << 63 })
    }
    pub(super) fn get(self) -> f64 {
        f64::from_bits(if self.0 >> 63 == 1 { self.0 ^ 1 << 63 } else { !self.0 })
    }
}
impl Value for Float {
    fn number(self) -> f64 {
        self.get()
    }
    fn key(self) -> u64 {
        self.0
    }
}

/// The accumulated values.
pub(super) struct Numbers<T> {
    kept: Kept<T>,
    exact_max: usize,
    /// The divisor that converts a value to the displayed number.
    unit: f64,
    nans: u64,
    smallest: Ends<T>,
    largest: Ends<T>,
    moments: Moments,
    finite: Vec<f64>,
}

enum Kept<T> {
    All(Vec<T>),
    Sketch(Sketch<T>, DistinctCount, u64),
}

impl<T: Value> Numbers<T> {
    pub(super) fn new(exact_bytes: usize, unit: f64) -> Self {
        Self {
            kept: Kept::All(Vec::new()),
            exact_max: exact_bytes / size_of::<T>(),
            unit,
            nans: 0,
            smallest: Ends::default(),
            largest: Ends::default(),
            moments: Moments::default(),
            finite: Vec::new(),
        }
    }

    pub(super) fn add_array<A: ArrowPrimitiveType>(
        &mut self,
        array: &PrimitiveArray<A>,
        first: u64,
        value: impl Fn(A::Native) -> T,
    ) {
        if array.null_count() == 0 {
            for (row, native) in array.values().iter().enumerate() {
                self.add(value(*native), first + row as u64);
            }
        } else {
            for (row, native) in array.iter().enumerate() {
                if let Some(native) = native {
                    self.add(value(native), first + row as u64);
                }
            }
        }
        self.end_of_batch();
    }

    fn add(&mut self, value: T, row: u64) {
        self.smallest.add(value, row, |a, b| a < *b, |a, b| a == *b, |it| it);
        self.largest.add(value, row, |a, b| a > *b, |a, b| a == *b, |it| it);
        let number = value.number();
        if number.is_finite() {
            self.finite.push(number);
        }
        match &mut self.kept {
            Kept::All(values) if values.len() < self.exact_max => values.push(value),
            Kept::All(values) => {
                let (mut sketch, mut distinct) = (Sketch::new(), DistinctCount::new());
                let count = values.len() as u64 + 1;
                for value in std::mem::take(values).into_iter().chain([value]) {
                    sketch.add(value);
                    distinct.add(value.key());
                }
                self.kept = Kept::Sketch(sketch, distinct, count);
            }
            Kept::Sketch(sketch, distinct, count) => {
                sketch.add(value);
                distinct.add(value.key());
                *count += 1;
            }
        }
    }

    fn end_of_batch(&mut self) {
        self.moments.add(&self.finite);
        self.finite.clear();
    }

    /// The profile. Whole numbers in a small range get one bar each in the histogram.
    pub(super) fn finish(self, whole: bool, cell: &dyn Fn(T) -> Cell) -> Profile {
        let unit = self.unit;
        let number = |value: T| value.number() / unit;
        let (sorted, distinct) = match self.kept {
            Kept::All(mut values) => {
                values.sort_unstable();
                let distinct = values.len() - values.windows(2).filter(|pair| pair[0] == pair[1]).count();
                (Sorted::Exact(values), Distinct { count: distinct as u64, exact: true })
            }
            Kept::Sketch(sketch, distinct, count) => {
                let count_distinct = distinct.estimate().min(count);
                (Sorted::Weighted(cumulative(sketch.weighted())), Distinct { count: count_distinct, exact: false })
            }
        };
        let quantiles: Vec<(f64, T)> =
            SHARES.iter().filter_map(|share| sorted.at(*share).map(|value| (*share, value))).collect();
        let extremes = |ends: Ends<T>| {
            ends.into_vec().into_iter().map(|(value, row)| Extreme { value: cell(value), row }).collect::<Vec<_>>()
        };
        let finite = self.moments.range.map(|(low, high)| (low / unit, high / unit));
        let histogram = finite.map(|(low, high)| {
            // Infinite values lie below or above all edges.
            let core = |value: Option<&(f64, T)>, instead: f64| {
                value.map(|(_, value)| number(*value)).filter(|it| it.is_finite()).unwrap_or(instead)
            };
            let range =
                Range { low, high, core_low: core(quantiles.first(), low), core_high: core(quantiles.last(), high) };
            let edges = histogram::edges(range, sorted.count(), whole);
            histogram::fill(
                edges,
                sorted.count(),
                |edge| sorted.rank(|value| number(value) < edge),
                |edge| sorted.rank(|value| number(value) <= edge),
            )
        });
        Profile {
            nans: self.nans,
            distinct,
            mean: self.moments.mean().map(|mean| mean / unit),
            stddev: self.moments.stddev().map(|stddev| stddev / unit),
            quantiles: quantiles.into_iter().map(|(share, value)| Quantile { share, value: cell(value) }).collect(),
            quantiles_exact: distinct.exact,
            histogram,
            smallest: extremes(self.smallest),
            largest: extremes(self.largest),
            ..Profile::default()
        }
    }
}

impl Numbers<Float> {
    pub(super) fn add_floats(&mut self, array: &PrimitiveArray<Float64Type>, first: u64) {
        for (row, value) in array.iter().enumerate() {
            match value {
                Some(value) if value.is_nan() => self.nans += 1,
                Some(value) => self.add(Float::new(value), first + row as u64),
                None => {}
            }
        }
        self.end_of_batch();
    }
}

/// All values in order, or values with weights.
enum Sorted<T> {
    Exact(Vec<T>),
    /// Each value with the cumulative number of values up to it.
    Weighted(Vec<(T, u64)>),
}

fn cumulative<T>(mut weighted: Vec<(T, u64)>) -> Vec<(T, u64)> {
    let mut sum = 0;
    for (_, weight) in &mut weighted {
        sum += *weight;
        *weight = sum;
    }
    weighted
}

impl<T: Copy> Sorted<T> {
    fn count(&self) -> u64 {
        match self {
            Self::Exact(values) => values.len() as u64,
            Self::Weighted(values) => values.last().map_or(0, |(_, sum)| *sum),
        }
    }
    /// The smallest value at or above a share of all values.
    fn at(&self, share: f64) -> Option<T> {
        let rank = ((share * self.count() as f64).ceil() as u64).max(1);
        match self {
            Self::Exact(values) => values.get(rank as usize - 1).copied(),
            Self::Weighted(values) => {
                let place = values.partition_point(|(_, sum)| *sum < rank);
                values.get(place).map(|(value, _)| *value)
            }
        }
    }
    /// How many values pass a test that holds for a prefix of the sorted values.
    fn rank(&self, test: impl Fn(T) -> bool) -> u64 {
        match self {
            Self::Exact(values) => values.partition_point(|value| test(*value)) as u64,
            Self::Weighted(values) => {
                let place = values.partition_point(|(value, _)| test(*value));
                place.checked_sub(1).map_or(0, |last| values[last].1)
            }
        }
    }
}

/// Mean and variance of numbers that arrive in batches (combined by the method of Chan, Golub and LeVeque).
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
    range: Option<(f64, f64)>,
}

impl Moments {
    fn add(&mut self, batch: &[f64]) {
        if batch.is_empty() {
            return;
        }
        let count = batch.len() as f64;
        let mean = batch.iter().sum::<f64>() / count;
        let squares: f64 = batch.iter().map(|value| (value - mean) * (value - mean)).sum();
        let all = self.count + count;
        let apart = mean - self.mean;
        self.squares += squares + apart * apart * (self.count * count / all);
        self.mean += apart * (count / all);
        self.count = all;
        let (low, high) = batch.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), it| (l.min(*it), h.max(*it)));
        self.range = Some(self.range.map_or((low, high), |(l, h)| (l.min(low), h.max(high))));
    }
    fn mean(&self) -> Option<f64> {
        (self.count > 0.0 && self.mean.is_finite()).then_some(self.mean)
    }
    fn stddev(&self) -> Option<f64> {
        let variance = self.squares / (self.count - 1.0);
        (self.count > 1.0 && variance.is_finite()).then(|| variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(values: &[f64], exact_bytes: usize) -> Profile {
        let mut numbers = Numbers::<Float>::new(exact_bytes, 1.0);
        for (batch, part) in values.chunks(1000).enumerate() {
            numbers.add_floats(&part.to_vec().into(), batch as u64 * 1000);
        }
        numbers.finish(false, &|value| Cell::float(value.get()))
    }

    #[test]
    fn a_small_profile_is_exact() {
        let found = profile(&[3.0, 1.0, f64::NAN, 2.0, 2.0, f64::INFINITY], 1 << 20);
        assert_eq!((found.nans, found.distinct), (1, Distinct { count: 4, exact: true }));
        assert_eq!((found.mean, found.stddev), (Some(2.0), Some((2.0_f64 / 3.0).sqrt())));
        let median = found.quantiles.get(3).map(|it| it.value.clone());
        assert_eq!(median, Some(Cell::Float(2.0)));
        assert_eq!(found.smallest[0], Extreme { value: Cell::Float(1.0), row: 1 });
        assert_eq!(found.largest[0], Extreme { value: Cell::Text("inf".into()), row: 5 });
        let histogram = found.histogram.expect("there are numbers");
        assert_eq!((histogram.counts.iter().sum::<u64>(), histogram.above), (4, 1));
    }

    #[test]
    fn a_large_profile_is_near_the_exact_one() {
        let values: Vec<f64> = (0..100_000).map(|at| f64::from(at * 7919 % 100_000) / 100.0).collect();
        let (exact, near) = (profile(&values, 1 << 30), profile(&values, 1 << 12));
        assert!(exact.quantiles_exact && exact.distinct.exact && !near.quantiles_exact && !near.distinct.exact);
        assert_eq!((exact.mean, exact.stddev), (near.mean, near.stddev));
        assert!(near.distinct.count.abs_diff(100_000) < 3000, "{:?}", near.distinct);
        for (exact, near) in exact.quantiles.iter().zip(&near.quantiles) {
            let (Cell::Float(exact), Cell::Float(near)) = (&exact.value, &near.value) else { panic!("numbers") };
            assert!((exact - near).abs() < 2.0, "{exact} {near}");
        }
        assert_eq!((exact.smallest, exact.largest), (near.smallest, near.largest));
    }

    #[test]
    fn nothing_and_huge_numbers() {
        let nothing = profile(&[], 1 << 20);
        assert_eq!((nothing.mean, nothing.histogram, nothing.quantiles.len()), (None, None, 0));
        let huge = profile(&[f64::MAX, f64::MIN, f64::MAX], 1 << 20);
        assert_eq!(huge.histogram.map(|it| it.counts.iter().sum::<u64>()), Some(3));
        assert_eq!(huge.stddev, None);
    }

    proptest::proptest! {
        #[test]
        fn floats_keep_their_order(a: f64, b: f64) {
            let expect = (a + 0.0).partial_cmp(&(b + 0.0));
            if let Some(expect) = expect {
                proptest::prop_assert_eq!(Float::new(a).cmp(&Float::new(b)), expect);
                proptest::prop_assert_eq!(Float::new(a).get().to_bits(), (a + 0.0).to_bits());
            }
        }
    }
}
