//! Compares the sketches of profiles with those of the crate `datasketches`: time per value, memory, error, and whether the
//! same values give the same answer again.
//!
//! `cargo run --release -p hven-data --example sketches -- 10000000`

#![allow(clippy::print_stdout, reason = "the output of the measurement")]
#![allow(clippy::unwrap_used, reason = "the sizes of the sketches are valid constants")]

#[path = "../src/profile/distinct_count.rs"]
mod distinct_count;
#[path = "../src/profile/sketch.rs"]
mod sketch;

use std::{hint::black_box, time::Instant};

use datasketches::{
    common::SearchCriteria,
    hll::{HllSketch, HllType},
    kll::KllSketch,
    req::{RankAccuracy, ReqSketch},
    tdigest::TDigestMut,
};
use distinct_count::DistinctCount;
use sketch::Sketch;

/// How often each sketch is filled; the fastest time counts.
const ROUNDS: usize = 3;
/// The quantiles whose error is measured, in addition to all thousandths.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/// With how many sets of values a distinct count is tried.
const SETS: u64 = 40;

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    println!("quantiles of {count} values; errors in 0.01 % of the ranks");
    for (name, values) in distributions(count) {
        let mut sorted = values.clone();
        sorted.sort_unstable();
        println!("{name}");
        quantiles("Munro-Paterson, 8192 (Hven)", &values, &sorted, Sketch::new, Sketch::add, |sketch, shares| {
            let weighted = sketch.weighted();
            let held = weighted.len() * size_of::<i64>();
            let answers = shares.iter().map(|share| at_share(&weighted, *share, values.len())).collect();
            (held, answers)
        });
        for k in [2048, 4096, 32_768] {
            let name = format!("KLL, k = {k}");
            quantiles(
                &name,
                &values,
                &sorted,
                || KllSketch::new(k).unwrap(),
                KllSketch::update,
                |sketch, shares| {
                    let answers = sketch.quantiles(shares, SearchCriteria::Inclusive).unwrap().unwrap();
                    (sketch.num_retained() * size_of::<i64>(), answers)
                },
            );
        }
        let req = || ReqSketch::new(512, RankAccuracy::HighRank).unwrap();
        quantiles("REQ, k = 512", &values, &sorted, req, ReqSketch::update, |sketch, shares| {
            let answers = sketch.quantiles(shares, SearchCriteria::Inclusive).unwrap().unwrap();
            (sketch.num_retained() as usize * size_of::<i64>(), answers)
        });
        let digest = || TDigestMut::new(1000).unwrap();
        let update = |sketch: &mut TDigestMut, value| sketch.update(value as f64);
        quantiles("t-digest, k = 1000 (values in between)", &values, &sorted, digest, update, |sketch, shares| {
            let answers = sketch.quantiles(shares).unwrap().unwrap();
            // A centroid has a mean and a weight.
            (2 * 1000 * 2 * size_of::<f64>(), answers.into_iter().map(|value| value.round() as i64).collect())
        });
    }
    println!("distinct counts of {SETS} sets each, every value twice; errors in %");
    for count in [1_000, 10_000, 30_000, 40_000, 50_000, 70_000, 100_000, 200_000, 1_000_000, count as u64] {
        println!("{count} values");
        distinct("HLL 2^14, in any order (Hven)", count, DistinctCount::new, DistinctCount::add, |sketch| {
            (1 << 14, sketch.estimate() as f64)
        });
        let hll = || HllSketch::new(14, HllType::Hll8).unwrap();
        distinct("HLL 2^14, by the order of values", count, hll, HllSketch::update::<u64>, |sketch| {
            (sketch.estimated_size(), sketch.estimate())
        });
    }
}

/// The next pseudorandom number (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A pseudorandom number between 0 and 1, both exclusive.
fn uniform(state: &mut u64) -> f64 {
    ((next(state) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn distributions(count: usize) -> Vec<(&'static str, Vec<i64>)> {
    let mut state = 7;
    let mut made = |of: &mut dyn FnMut(usize, &mut u64) -> i64| (0..count).map(|at| of(at, &mut state)).collect();
    vec![
        ("even, in no order", made(&mut |_, state| (next(state) >> 12) as i64)),
        ("rising, each value once", made(&mut |at, _| at as i64)),
        ("falling", made(&mut |at, _| -(at as i64))),
        ("a wave of 1000 periods", made(&mut |at, _| ((at as f64 / count as f64 * 6283.0).sin() * 1e12) as i64)),
        ("long tail (lognormal, σ = 3)", {
            made(&mut |_, state| {
                let normal = (-2.0 * uniform(state).ln()).sqrt() * (std::f64::consts::TAU * uniform(state)).cos();
                ((3.0 * normal).exp() * 1e6) as i64
            })
        }),
        ("few values, most of them small", made(&mut |_, state| (1.0 / uniform(state)).powf(1.5) as i64 % 1000)),
    ]
}

/// The smallest value at or above a share of all values.
fn at_share(weighted: &[(i64, u64)], share: f64, count: usize) -> i64 {
    let wanted = ((share * count as f64).ceil() as u64).max(1);
    let mut sum = 0;
    let found = weighted.iter().find(|(_, weight)| {
        sum += weight;
        sum >= wanted
    });
    found.or(weighted.last()).map_or(0, |(value, _)| *value)
}

/// Fills a sketch and prints its cost and its error.
fn quantiles<S>(
    name: &str,
    values: &[i64],
    sorted: &[i64],
    new: impl Fn() -> S,
    add: impl Fn(&mut S, i64),
    ask: impl Fn(&mut S, &[f64]) -> (usize, Vec<i64>),
) {
    let thousandths: Vec<f64> = (1..1000).map(|at| f64::from(at) / 1000.0).collect();
    let mut fastest = f64::INFINITY;
    let (mut worst_of_seven, mut worst, mut held) = (0.0_f64, 0.0_f64, 0);
    let mut answers: Vec<Vec<i64>> = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let mut sketch = new();
        for value in values {
            add(&mut sketch, *value);
        }
        fastest = fastest.min(started.elapsed().as_secs_f64());
        let (bytes, seven) = ask(&mut sketch, &SHARES);
        let (_, all) = ask(&mut sketch, &thousandths);
        held = bytes.max(held);
        worst_of_seven = worst_of_seven.max(largest_error(sorted, &SHARES, &seven));
        worst = worst.max(largest_error(sorted, &thousandths, &all));
        answers.push(all);
    }
    let same = if answers.windows(2).all(|pair| pair[0] == pair[1]) { "the same again" } else { "others again" };
    println!(
        "  {name:<40}{:>6.1} ns  {:>6} kB  {:>6.2} of the seven  {:>6.2} of all  {same}",
        fastest / values.len() as f64 * 1e9,
        held / 1000,
        worst_of_seven * 1e4,
        worst * 1e4,
    );
}

/// The error of an answer's rank as a share of all values; equal values have all ranks that they cover.
fn largest_error(sorted: &[i64], shares: &[f64], answers: &[i64]) -> f64 {
    let count = sorted.len() as f64;
    let error = |(share, answer): (&f64, &i64)| {
        let below = sorted.partition_point(|value| value < answer) as f64 / count;
        let up_to = sorted.partition_point(|value| value <= answer) as f64 / count;
        (below - share).max(share - up_to).max(0.0)
    };
    shares.iter().zip(answers).map(error).fold(0.0, f64::max)
}

/// Counts different values in several sets and prints the cost and the error.
fn distinct<S>(
    name: &str,
    count: u64,
    new: impl Fn() -> S,
    add: impl Fn(&mut S, u64),
    ask: impl Fn(&S) -> (usize, f64),
) {
    let (mut seconds, mut squares, mut sum, mut worst, mut held) = (0.0, 0.0, 0.0, 0.0_f64, 0);
    // Large sets take long, and fewer of them suffice.
    let sets = SETS.min((200_000_000 / count).max(4));
    for set in 0..sets {
        // Sets share no value.
        let of_set = |value: u64| set << 40 | value;
        let started = Instant::now();
        let mut sketch = new();
        for value in (0..count).chain(0..count) {
            add(&mut sketch, of_set(value));
        }
        seconds += started.elapsed().as_secs_f64();
        let (bytes, estimate) = ask(black_box(&sketch));
        let error = estimate / count as f64 - 1.0;
        squares += error * error;
        sum += error;
        worst = worst.max(error.abs());
        held = held.max(bytes);
    }
    let sets = sets as f64;
    println!(
        "  {name:<40}{:>6.1} ns  {:>6} kB  {:>6.2} typical  {:>6.2} on average  {:>6.2} at worst",
        seconds / (2.0 * count as f64 * sets) * 1e9,
        held / 1000,
        (squares / sets).sqrt() * 100.0,
        sum / sets * 100.0,
        worst * 100.0,
    );
}
