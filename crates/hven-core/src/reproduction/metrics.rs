//! Compares the last values of metrics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    likeness::{ComparedPlace, Likeness, Spot},
    tolerance::{Difference, Tolerance},
};
use crate::run::Number;

/// The comparison of one metric, by its last value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricComparison {
    pub key: String,
    pub likeness: Likeness,
}

/// Compares the last values of metrics, by key. A metric without its own tolerance in `tolerances` gets `usual`.
pub fn compare_metrics(
    before: &BTreeMap<String, Number>,
    after: &BTreeMap<String, Number>,
    tolerances: &BTreeMap<String, Tolerance>,
    usual: Tolerance,
) -> Vec<MetricComparison> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|key| {
            let (old, new) = (before.get(key), after.get(key));
            let written = |number: &Number| number.0.to_string();
            let place = |difference| ComparedPlace {
                spot: Spot::Metric { key: key.clone() },
                before: old.map(written),
                after: new.map(written),
                difference,
            };
            let tolerance = tolerances.get(key).copied().unwrap_or(usual);
            let likeness = match (old, new) {
                (Some(Number(old)), Some(Number(new))) if Tolerance::EXACT.agree(*old, *new) => Likeness::SameBytes,
                (Some(Number(old)), Some(Number(new))) => {
                    let place = place(Some(Difference::between(*old, *new)));
                    if tolerance.agree(*old, *new) {
                        Likeness::SameWithin { tolerance, largest: Some(place) }
                    } else {
                        Likeness::Differs { count: 1, places: vec![place] }
                    }
                }
                _ => Likeness::Differs { count: 1, places: vec![place(None)] },
            };
            MetricComparison { key: key.clone(), likeness }
        })
        .collect()
}

crate::sample::sampled! {
    MetricComparison { key, likeness }
}

#[cfg(test)]
mod tests {
    use super::super::likeness::Level;
    use super::*;

    #[test]
    fn metrics_are_compared_by_key() {
        let of = |pairs: &[(&str, f64)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), Number(*value))).collect();
        let before = of(&[("a", 1.0), ("b", 1.0), ("c", 1.0), ("gone", 1.0), ("nan", f64::NAN)]);
        let after = of(&[("a", 1.0), ("b", 1.05), ("c", 1.05), ("new", 1.0), ("nan", f64::NAN)]);
        let tolerances = BTreeMap::from([("b".to_owned(), Tolerance { relative: 0.0, absolute: 0.1 })]);
        let found = compare_metrics(&before, &after, &tolerances, Tolerance::default());
        let levels: Vec<_> = found.iter().map(|one| (one.key.as_str(), one.likeness.level())).collect();
        let (same, within, differs) = (Level::SameBytes, Level::SameWithin, Level::Differs);
        let expect = [("a", same), ("b", within), ("c", differs), ("gone", differs), ("nan", same), ("new", differs)];
        assert_eq!(levels, expect);
    }
}
