//! The ends of a search before its budget: cancelled, out of time, or with an exact law.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use hven_learn::law::{Ending, LawError, Options, find};

use crate::tables::{nebulae, planets, search, short};

#[test]
fn a_cancelled_search_stops_with_an_error() {
    let cancel = AtomicBool::new(false);
    let mut told = 0;
    let endless = Options { evaluations: u64::MAX, ..short() };
    let outcome = find(
        &nebulae(),
        &endless,
        &mut |_| {
            told += 1;
            cancel.store(told == 4, Ordering::Relaxed);
        },
        &cancel,
    );
    assert_eq!((outcome, told), (Err(LawError::Cancelled), 4));
}

#[test]
fn at_the_time_limit_the_candidates_so_far_are_returned() {
    for milliseconds in [0, 300] {
        let limit = Some(Duration::from_millis(milliseconds));
        let law = search(&nebulae(), &Options { evaluations: u64::MAX, time_limit: limit, ..short() }).unwrap();
        assert_eq!(law.ending, Ending::Time);
        assert!(law.chosen().is_some());
        assert!(law.notes.iter().any(|n| n.starts_with("the search was cut by its time limit")), "{:?}", law.notes);
    }
}

#[test]
fn an_exact_law_ends_the_search() {
    let mut problem = planets();
    problem.target.values = problem.inputs[0].values.iter().map(|a| 2.0 * a.powf(1.5)).collect();
    let law = search(&problem, &Options::default()).unwrap();
    assert_eq!((law.ending, law.evaluations), (Ending::Exact, 0));
    assert_eq!(law.chosen().unwrap().display, "2 [yr/AU^1.5] * semi_major_axis^1.5");
}

#[test]
fn progress_and_accuracy_never_decrease() {
    let (mut done, mut best) = (0.0, f64::NEG_INFINITY);
    let cancel = AtomicBool::new(false);
    let law = find(
        &nebulae(),
        &short(),
        &mut |progress| {
            assert!(progress.done >= done && progress.done <= 1.0 && progress.r2 >= best, "{progress:?}");
            (done, best) = (progress.done, progress.r2);
        },
        &cancel,
    );
    assert!(law.is_ok() && best > 0.6, "{best}");
}
