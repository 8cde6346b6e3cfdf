//! How the parameters of several runs are related to a metric.
//!
//! For numbers it is Spearman's rank correlation: it needs no linear relation and no known distribution, and a single
//! outlier moves it little. For other values it is the share of the metric's variance that lies between the groups of
//! equal values (eta squared). Both are descriptions of these runs: they show no cause, and parameters that change together
//! cannot be told apart.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::ports::quantities::{ParamValue, number_in};

/// With fewer runs, almost any order correlates.
const RUNS_MIN: usize = 4;
/// A number with fewer different values is compared as groups.
const DIFFERENT_NUMBERS_MIN: usize = 3;

/// The relation of each parameter to a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    pub metric: String,
    /// How many of the runs have a finite last value of the metric.
    pub runs: usize,
    /// The strongest first.
    pub measured: Vec<Measured>,
    pub not_measured: Vec<NotMeasured>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub name: String,
    pub measure: Measure,
    /// How many runs have both, and how many different values the parameter has among them.
    pub runs: usize,
    pub different: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// From -1 to 1.
    RankCorrelation(f64),
    /// From 0 to 1.
    VarianceShare(f64),
}

impl Measure {
    pub const fn value(self) -> f64 {
        match self {
            Self::RankCorrelation(value) | Self::VarianceShare(value) => value,
        }
    }

    /// The part of the variance (of the ranks) that the relation covers: both measures on one scale.
    fn strength(self) -> f64 {
        match self {
            Self::RankCorrelation(value) => value * value,
            Self::VarianceShare(value) => value,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMeasured {
    pub name: String,
    pub because: WhyNotMeasured,
    pub runs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNotMeasured {
    TooFewRuns,
    SameValue,
    AllDifferent,
    SameMetric,
}

impl WhyNotMeasured {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewRuns => "too_few_runs",
            Self::SameValue => "same_value",
            Self::AllDifferent => "all_different",
            Self::SameMetric => "same_metric",
        }
    }
}

/// `metric`: the last value in each run. `params`: the values of each parameter in the same runs.
pub(super) fn influence(name: &str, metric: &[Option<f64>], params: &[(String, Vec<Option<ParamValue>>)]) -> Influence {
    let finite: Vec<Option<f64>> = metric.iter().map(|value| value.filter(|value| value.is_finite())).collect();
    let runs = finite.iter().flatten().count();
    let mut influence = Influence { metric: name.to_owned(), runs, measured: Vec::new(), not_measured: Vec::new() };
    for (name, values) in params {
        let pairs: Vec<(&ParamValue, f64)> =
            values.iter().zip(&finite).filter_map(|(value, metric)| Some((value.as_ref()?, (*metric)?))).collect();
        let (name, runs) = (name.clone(), pairs.len());
        match measure(&pairs) {
            Ok((measure, different)) => influence.measured.push(Measured { name, measure, runs, different }),
            Err(because) => influence.not_measured.push(NotMeasured { name, because, runs }),
        }
    }
    influence.measured.sort_by(|a, b| b.measure.strength().total_cmp(&a.measure.strength()));
    influence
}

/// The measure of the pairs of a parameter and a metric, and the number of different values of the parameter.
fn measure(pairs: &[(&ParamValue, f64)]) -> Result<(Measure, usize), WhyNotMeasured> {
    if pairs.len() < RUNS_MIN {
        return Err(WhyNotMeasured::TooFewRuns);
    }
    let metric: Vec<f64> = pairs.iter().map(|(_, metric)| *metric).collect();
    let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (value, metric) in pairs {
        groups.entry(group(value)).or_default().push(*metric);
    }
    let different = groups.len();
    if different < 2 {
        return Err(WhyNotMeasured::SameValue);
    }
    if metric.iter().all(|value| value.total_cmp(&metric[0]).is_eq()) {
        return Err(WhyNotMeasured::SameMetric);
    }
    let numbers: Option<Vec<f64>> = pairs.iter().map(|(value, _)| number(value)).collect();
    if let Some(numbers) = numbers.filter(|_| different >= DIFFERENT_NUMBERS_MIN) {
        return Ok((Measure::RankCorrelation(correlation(&ranks(&numbers), &ranks(&metric))), different));
    }
    // Where each run has a value of its own, the groups would hold all of the variance.
    if different == pairs.len() {
        return Err(WhyNotMeasured::AllDifferent);
    }
    Ok((Measure::VarianceShare(variance_share(&metric, &groups)), different))
}

fn number(value: &ParamValue) -> Option<f64> {
    let number = match value {
        ParamValue::Number(number) => Some(*number),
        ParamValue::Text(text) => number_in(text),
        ParamValue::Bool(_) | ParamValue::Null => None,
    };
    number.filter(|number| number.is_finite())
}

/// Equal values have the same text.
fn group(value: &ParamValue) -> String {
    match (number(value), value) {
        (Some(number), _) => format!("n{number}"),
        (None, ParamValue::Number(number)) => format!("n{number}"),
        (None, ParamValue::Text(text)) => format!("t{text}"),
        (None, ParamValue::Bool(yes)) => format!("b{yes}"),
        (None, ParamValue::Null) => "null".to_owned(),
    }
}

/// The ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let is_same = |place: &&usize| values[**place].partial_cmp(&values[order[start]]).is_some_and(Ordering::is_eq);
        let count = order[start..].iter().take_while(is_same).count();
        let rank = start as f64 + f64::midpoint(count as f64, 1.0);
        for place in &order[start..start + count] {
            ranks[*place] = rank;
        }
        start += count;
    }
    ranks
}

/// Pearson's correlation. Both have different values.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_one, mean_other) = (mean(one), mean(other));
    let (mut product, mut square_one, mut square_other) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (a - mean_one, b - mean_other);
        product += a * b;
        square_one += a * a;
        square_other += b * b;
    }
    (product / (square_one * square_other).sqrt()).clamp(-1.0, 1.0)
}

/// The share of the variance that lies between the groups.
fn variance_share(values: &[f64], groups: &BTreeMap<String, Vec<f64>>) -> f64 {
    // Scaled by the largest value, so that squares of large numbers stay finite.
    let scale = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let mean = |values: &[f64]| values.iter().map(|value| value / scale).sum::<f64>() / values.len() as f64;
    let all = mean(values);
    let square = |value: f64| value * value;
    let total: f64 = values.iter().map(|value| square(value / scale - all)).sum();
    let between: f64 = groups.values().map(|group| group.len() as f64 * square(mean(group) - all)).sum();
    (between / total).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[ParamValue], metric: &[f64]) -> Result<(Measure, usize), WhyNotMeasured> {
        measure(&values.iter().zip(metric.iter().copied()).collect::<Vec<_>>())
    }

    fn numbers(values: &[f64]) -> Vec<ParamValue> {
        values.iter().copied().map(ParamValue::Number).collect()
    }

    fn texts(values: &[&str]) -> Vec<ParamValue> {
        values.iter().map(|text| ParamValue::Text((*text).to_owned())).collect()
    }

    #[test]
    fn ranks_of_equal_values_are_shared() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    /// The values are those of `scipy.stats.spearmanr` (1.16).
    #[test]
    fn numbers_have_a_rank_correlation() {
        let check = |params: &[f64], metric: &[f64], expect: f64| {
            let Ok((Measure::RankCorrelation(value), _)) = of(&numbers(params), metric) else {
                panic!("no correlation")
            };
            assert!((value - expect).abs() < 1e-12, "{value} {expect}");
        };
        check(&[1.0, 2.0, 3.0, 4.0], &[1.0, 8.0, 27.0, 64.0], 1.0);
        check(&[1.0, 2.0, 3.0, 4.0], &[0.4, 0.3, 0.2, 1e-9], -1.0);
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0], 0.820_782_681_668_123_3);
        assert!(matches!(of(&texts(&["1e-4", "1e-3", "0.01", "0.1"]), &[1.0, 2.0, 3.0, 4.0]),
            Ok((Measure::RankCorrelation(value), 4)) if (value - 1.0).abs() < 1e-12));
    }

    #[test]
    fn other_values_have_a_variance_share() {
        let check = |params: &[ParamValue], metric: &[f64], expect: f64| {
            let Ok((Measure::VarianceShare(value), _)) = of(params, metric) else { panic!("no share") };
            assert!((value - expect).abs() < 1e-12, "{value} {expect}");
        };
        check(&texts(&["adam", "adam", "sgd", "sgd"]), &[1.0, 1.0, 2.0, 2.0], 1.0);
        check(&texts(&["adam", "sgd", "adam", "sgd"]), &[1.0, 1.0, 2.0, 2.0], 0.0);
        // Two different numbers are two groups: between 0.25 + 0.25 + 0.25 + 0.25, in all 1.0 + 0.5.
        check(&numbers(&[32.0, 32.0, 64.0, 64.0]), &[0.0, 1.0, 1.0, 2.0], 0.5);
        check(&texts(&["a", "a", "b", "b"]), &[1e300, 1e300, 2e300, 2e300], 1.0);
    }

    #[test]
    fn nothing_is_measured_where_nothing_can_be_compared() {
        let metric = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(of(&numbers(&[1.0, 2.0, 3.0]), &metric[..3]), Err(WhyNotMeasured::TooFewRuns));
        assert_eq!(of(&numbers(&[1.0; 4]), &metric), Err(WhyNotMeasured::SameValue));
        assert_eq!(of(&texts(&["a", "b", "c", "d"]), &metric), Err(WhyNotMeasured::AllDifferent));
        assert_eq!(of(&numbers(&[1.0, 2.0, 3.0, 4.0]), &[5.0; 4]), Err(WhyNotMeasured::SameMetric));
        let named = |name: &str, values: Vec<ParamValue>| (name.to_owned(), values.into_iter().map(Some).collect());
        let params =
            [named("weak", numbers(&[1.0, 3.0, 2.0, 4.0, 9.0])), named("strong", numbers(&[1.0, 2.0, 3.0, 4.0, 9.0]))];
        let metric = [Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(f64::NAN)];
        let found = influence("loss", &metric, &params);
        assert_eq!((found.runs, found.measured[0].name.as_str(), found.measured[0].runs), (4, "strong", 4));
    }
}
