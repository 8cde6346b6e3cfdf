//! The verdict on two runs with compared outputs and metrics.

use std::collections::BTreeMap;

use hven_core::{
    RunId,
    recorded::Recorded,
    reproduction::{
        ComparedPlace as Spot, Comparison, Counts, Level, Likeness, MetricComparison, Reproduced, Tolerances,
        compare_metrics,
    },
    run::Number,
};

use crate::{kernel::error::AppResult, ports::run::RunView, work::floor::Work};

/// The largest number of listed metrics, and of listed differences of the surroundings.
const LISTED_MAX: usize = 20;

pub(super) fn cannot(run: RunId, again: Option<RunId>, because: String) -> Reproduced {
    Reproduced {
        run,
        again,
        level: Level::CannotRerun,
        because: Some(because),
        comparison: None,
        counts: Counts::default(),
        metrics_compared: Some(0),
        metrics: Vec::new(),
        printed: None,
        surroundings: Vec::new(),
    }
}

/// Compares the metrics of the last attempts of both runs.
pub(super) async fn compare(
    work: &Work,
    before: &RunView,
    after: &RunView,
    tolerances: &Tolerances,
) -> AppResult<Vec<MetricComparison>> {
    let (before, after) = (metrics(work, before).await?, metrics(work, after).await?);
    Ok(compare_metrics(&before, &after, &tolerances.metrics, tolerances.usual.unwrap_or_default()))
}

pub(super) async fn metrics(work: &Work, run: &RunView) -> AppResult<BTreeMap<String, Number>> {
    let summaries = work.ports.series.summaries(run.last_attempt()).await?;
    Ok(summaries.into_iter().map(|summary| (summary.key, summary.last)).collect())
}

/// The verdict on a comparison. `nothing` is the reason when nothing was compared.
pub(super) fn verdict(
    of: RunId,
    compared: &Comparison,
    metrics: Vec<MetricComparison>,
    nothing: &Recorded,
) -> Reproduced {
    let likenesses = || compared.files.iter().map(|file| &file.likeness).chain(metrics.iter().map(|one| &one.likeness));
    let mut counts = Counts::default();
    for likeness in likenesses() {
        counts.add(likeness.level());
    }
    let level = likenesses().map(Likeness::level).max().unwrap_or(Level::NothingToCompare);
    let of_files = compared.files.iter().map(|file| (file.path.as_str(), &file.likeness));
    let of_metrics = metrics.iter().map(|metric| ("", &metric.likeness));
    let because = of_files.chain(of_metrics).find_map(|(path, likeness)| match likeness {
        Likeness::Differs { places, .. } => places.first().map(|place| in_words(path, place)),
        _ => None,
    });
    let because = if level == Level::NothingToCompare { Some(nothing.to_string()) } else { because };
    let metrics_compared = Some(metrics.len() as u64);
    let metrics =
        metrics.into_iter().filter(|metric| metric.likeness != Likeness::SameBytes).take(LISTED_MAX).collect();
    Reproduced {
        run: of,
        again: None,
        level,
        because,
        comparison: None,
        counts,
        metrics_compared,
        metrics,
        printed: None,
        surroundings: Vec::new(),
    }
}

/// `fit.csv, row 3, column period: 1 became 1.1`.
fn in_words(path: &str, place: &Spot) -> String {
    let was = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let comma = if path.is_empty() { "" } else { ", " };
    format!("{path}{comma}{}: {} became {}", place.spot, was(&place.before), was(&place.after))
}

#[cfg(test)]
mod tests {
    use hven_core::reproduction::{ComparedAs, FileComparison, Tolerance};

    use super::*;

    #[test]
    fn the_worst_difference_decides_the_verdict_and_is_named() {
        let likeness = |places: Vec<Spot>| Likeness::Differs { count: places.len() as u64, places };
        let place = Spot {
            spot: hven_core::reproduction::Spot::Cell { row: 3, column: "period".to_owned() },
            before: Some("1".to_owned()),
            after: Some("1.1".to_owned()),
            difference: None,
        };
        let file = |path: &str, likeness| FileComparison {
            path: path.to_owned(),
            compared_as: ComparedAs::Table,
            likeness,
            notes: Vec::new(),
        };
        let compared = Comparison {
            schema: Comparison::SCHEMA.to_owned(),
            files: vec![file("a.csv", Likeness::SameBytes), file("fit.csv", likeness(vec![place]))],
        };
        let numbers = |x: f64| BTreeMap::from([("loss".to_owned(), Number(x))]);
        let tolerances =
            Tolerances { usual: Some(Tolerance { relative: 0.1, absolute: 0.0 }), ..Tolerances::default() };
        let usual = tolerances.usual.unwrap_or_default();
        let metrics = compare_metrics(&numbers(1.0), &numbers(1.05), &tolerances.metrics, usual);
        let found = verdict(RunId::from_u128(1), &compared, metrics, &Recorded::NothingHeld);
        assert_eq!(found.level, Level::Differs);
        assert_eq!(found.because.as_deref(), Some("fit.csv, row 3, column period: 1 became 1.1"));
        assert_eq!(found.counts, Counts { same_bytes: 1, same_within: 1, differs: 1 });
        assert_eq!((found.metrics_compared, found.outputs_compared()), (Some(1), Some(2)));
        assert_eq!(found.metrics.len(), 1, "what is not exactly the same is listed");
    }

    #[test]
    fn without_a_comparison_nothing_counts_as_the_same() {
        let none = Comparison { schema: Comparison::SCHEMA.to_owned(), files: Vec::new() };
        let found = verdict(RunId::from_u128(1), &none, Vec::new(), &Recorded::NothingDeclared);
        assert_eq!((found.level, found.counts), (Level::NothingToCompare, Counts::default()));
        assert_eq!(found.because.as_deref(), Some("no outputs and no metrics declared"));
        let numbers = BTreeMap::from([("loss".to_owned(), Number(1.0))]);
        let metrics = compare_metrics(&numbers, &numbers, &BTreeMap::new(), Tolerance::EXACT);
        let found = verdict(RunId::from_u128(1), &none, metrics, &Recorded::NothingDeclared);
        assert_eq!((found.level, found.because), (Level::SameBytes, None), "a metric was compared");
    }
}
