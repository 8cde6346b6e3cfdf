//! When a waiting run starts, from how long what is before it takes.
//!
//! The queue is played through a hundred times. Each time, every run takes a duration from its own distribution. Over all rounds, each
//! run takes each of a hundred probabilities once, in an order of its own (Latin hypercube sampling: McKay, Beckman and Conover,
//! Technometrics 21 (1979) 239). The orders come from a fixed seed, so that the same question has the same answer.

use super::interval::Forecast;
use crate::{resources::Resources, sample::Generator};

/// A run that is before another one.
#[derive(Clone, Debug)]
pub struct Before {
    pub wants: Resources,
    /// How many more seconds it takes with each of the probabilities 1/101, 2/101 … 100/101.
    pub seconds: Vec<f64>,
}

/// A runner: what it has, and its runs.
#[derive(Clone, Debug)]
pub struct Place {
    pub capacity: Resources,
    pub running: Vec<Before>,
    /// The runs that wait in it, in order.
    pub waiting: Vec<Before>,
}

/// One more than the number of rounds: the probabilities are 1/101 … 100/101.
pub const LATTICE: usize = 101;

/// In how many seconds a run starts that wants these resources, when these runs of the queue are before it. `None` when no place can
/// ever hold it. `from` is the number of earlier runs on which the durations rest.
pub fn start_forecast(places: &[Place], queued: &[Before], wants: &Resources, from: usize) -> Option<Forecast> {
    let runs = places.iter().map(|place| place.running.len() + place.waiting.len()).sum::<usize>() + queued.len();
    let orders: Vec<Vec<usize>> = (0..runs).map(order).collect();
    let mut starts = (1..LATTICE)
        .map(|round| start(places, queued, wants, orders.iter().map(|order| order[round - 1])))
        .collect::<Option<Vec<f64>>>()?;
    starts.sort_by(f64::total_cmp);
    let of = |percent: usize| starts[percent * starts.len() / 100 - 1];
    Some(Forecast { seconds: of(50), low: of(5), high: of(95), from })
}

/// The order in which a run takes the probabilities (Fisher and Yates).
fn order(run: usize) -> Vec<usize> {
    let mut generator = Generator::new(run as u64);
    let mut order: Vec<usize> = (0..LATTICE - 1).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, generator.below(place + 1));
    }
    order
}

/// The time of the start in one round, in which each run takes one of its durations.
fn start(
    places: &[Place],
    queued: &[Before],
    wants: &Resources,
    mut taken: impl Iterator<Item = usize>,
) -> Option<f64> {
    let mut seconds = |run: &Before| taken.next().and_then(|place| run.seconds.get(place)).copied().unwrap_or(0.0);
    let mut ends: Vec<End<'_>> = Vec::new();
    let mut free: Vec<Resources> = Vec::with_capacity(places.len());
    let mut in_places: Vec<Vec<(f64, &Resources)>> = Vec::with_capacity(places.len());
    for (place, of) in places.iter().enumerate() {
        let mut left = of.capacity.clone();
        for run in &of.running {
            left.take(&run.wants);
            ends.push(End { at: seconds(run), place, wants: &run.wants });
        }
        free.push(left);
        in_places.push(of.waiting.iter().map(|run| (seconds(run), &run.wants)).collect());
    }
    let mut queue: Vec<(f64, &Resources)> = queued.iter().map(|run| (seconds(run), &run.wants)).collect();
    let mut now = 0.0;
    loop {
        let mut left = free.clone();
        for (place, waiting) in in_places.iter_mut().enumerate() {
            // A run that does not fit reserves its resources, as in the runner.
            waiting.retain(|(takes, wants)| {
                let starts = left[place].shortage(wants).is_none();
                left[place].take(wants);
                if starts {
                    free[place].take(wants);
                    ends.push(End { at: now + takes, place, wants });
                }
                !starts
            });
        }
        queue.retain(|(takes, wants)| match choose(places, &left, wants) {
            Some((place, true)) => {
                left[place].take(wants);
                free[place].take(wants);
                ends.push(End { at: now + takes, place, wants });
                false
            }
            Some((place, false)) => {
                left[place].take(wants);
                true
            }
            // It can never start, and so it is not before anything.
            None => false,
        });
        match choose(places, &left, wants)? {
            (_, true) => return Some(now),
            (_, false) => {
                let next = (0..ends.len()).min_by(|a, b| ends[*a].at.total_cmp(&ends[*b].at))?;
                let End { at, place, wants } = ends.swap_remove(next);
                free[place].give_back(wants);
                now = at;
            }
        }
    }
}

struct End<'a> {
    at: f64,
    place: usize,
    wants: &'a Resources,
}

/// The place with the least room in which a run can start; otherwise one that could hold it, and `false`.
fn choose(places: &[Place], left: &[Resources], wants: &Resources) -> Option<(usize, bool)> {
    let able = || (0..places.len()).filter(|place| places[*place].capacity.shortage(wants).is_none());
    let with_room = able().filter(|place| left[*place].shortage(wants).is_none());
    let tightest = with_room.min_by_key(|place| (left[*place].cpus, left[*place].memory_bytes));
    tightest
        .map(|place| (place, true))
        .or_else(|| able().max_by_key(|place| left[*place].cpus).map(|place| (place, false)))
}

/// How many runs that want these resources have room at the same time, when nothing else runs.
pub fn at_once(capacities: &[Resources], wants: &Resources) -> u64 {
    let fits = |have: &Resources| {
        let amounts = [(u64::from(have.cpus), u64::from(wants.cpus)), (have.memory_bytes, wants.memory_bytes)];
        let named = wants.named.iter().map(|(name, n)| (have.named.get(name).copied().unwrap_or(0), *n));
        amounts.into_iter().chain(named).filter(|(_, wants)| *wants > 0).map(|(have, wants)| have / wants).min()
    };
    // A runner does not count when nothing countable is wanted.
    capacities.iter().filter_map(fits).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn cores(cpus: u32) -> Resources {
        Resources { cpus, ..Resources::none() }
    }

    fn takes(cpus: u32, seconds: f64) -> Before {
        Before { wants: cores(cpus), seconds: vec![seconds; LATTICE - 1] }
    }

    fn on_one(capacity: u32, running: Vec<Before>, waiting: Vec<Before>, queued: &[Before], wants: u32) -> Option<f64> {
        let places = [Place { capacity: cores(capacity), running, waiting }];
        Some(start_forecast(&places, queued, &cores(wants), 7)?.seconds)
    }

    #[test]
    fn a_run_starts_when_enough_of_what_is_before_it_has_ended() {
        let check = |found: Option<f64>, expect: Option<f64>| assert_eq!(found, expect);
        check(on_one(2, vec![], vec![], &[], 1), Some(0.0));
        check(on_one(2, vec![takes(1, 10.0)], vec![], &[], 1), Some(0.0));
        check(on_one(2, vec![takes(1, 10.0), takes(1, 30.0)], vec![], &[], 1), Some(10.0));
        check(on_one(2, vec![takes(1, 10.0), takes(1, 30.0)], vec![], &[], 2), Some(30.0));
        // The one in the runner starts at 10, and ends at 15.
        check(on_one(2, vec![takes(1, 10.0), takes(1, 30.0)], vec![takes(1, 5.0)], &[], 1), Some(15.0));
        // Of the two in the queue one starts at 10, the other at 30.
        check(on_one(2, vec![takes(1, 10.0), takes(1, 30.0)], vec![], &[takes(1, 50.0), takes(1, 5.0)], 1), Some(35.0));
        // The large one reserves what it needs: nothing passes it.
        check(on_one(2, vec![takes(1, 10.0)], vec![], &[takes(2, 5.0)], 1), Some(15.0));
        check(on_one(2, vec![], vec![], &[takes(3, 5.0)], 1), Some(0.0));
        check(on_one(2, vec![], vec![], &[], 3), None);
    }

    #[test]
    fn the_first_place_with_room_counts() {
        let place =
            |cpus, seconds| Place { capacity: cores(cpus), running: vec![takes(cpus, seconds)], waiting: vec![] };
        let places = [place(1, 20.0), place(4, 50.0)];
        let start = |wants| start_forecast(&places, &[], &cores(wants), 7).expect("one can").seconds;
        assert_eq!((start(1), start(2)), (20.0, 50.0));
    }

    /// Sums of independent durations vary less than each of them.
    #[test]
    fn the_interval_is_that_of_a_sum() {
        let uniform: Vec<f64> = (1..LATTICE).map(|n| n as f64 / LATTICE as f64).collect();
        let one = Before { wants: cores(1), seconds: uniform };
        let of = |count: usize| {
            let places = [Place { capacity: cores(1), running: vec![one.clone()], waiting: vec![] }];
            start_forecast(&places, &vec![one.clone(); count - 1], &cores(1), 7).expect("it can")
        };
        let single = of(1);
        assert!((single.low - 0.05).abs() < 0.01 && (single.high - 0.95).abs() < 0.02, "{single:?}");
        for count in [2, 5, 20, 60] {
            let Forecast { seconds, low, high, from } = of(count);
            // The sum of uniform values: mean 1/2 and variance 1/12 for each.
            let (mean, deviation) = (count as f64 / 2.0, (count as f64 / 12.0).sqrt());
            assert!((seconds - mean).abs() < 0.5 * deviation, "{count}: {seconds}");
            let width = (high - low) / (2.0 * 1.645 * deviation);
            assert!((0.7..1.4).contains(&width), "{count}: {width}");
            assert_eq!(from, 7);
        }
    }

    #[test]
    fn as_many_run_at_once_as_have_room() {
        let memory = |cpus, memory_bytes| Resources { cpus, memory_bytes, named: BTreeMap::new() };
        assert_eq!(at_once(&[memory(8, 100), memory(2, 10)], &memory(2, 30)), 3);
        assert_eq!(at_once(&[memory(8, 100)], &memory(9, 0)), 0);
        let gpu = Resources { cpus: 1, memory_bytes: 0, named: [("gpu".to_owned(), 1)].into() };
        assert_eq!(at_once(&[memory(8, 100), Resources { cpus: 4, ..gpu.clone() }], &gpu), 1);
    }
}
