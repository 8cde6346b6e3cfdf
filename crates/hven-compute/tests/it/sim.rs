//! Engine, record, server and runners in a world of faults: messages are lost, doubled and overtake each other, the
//! server and the runners are killed at any moment, clocks jump. Everything follows from one number, the seed.
//!
//! `HVEN_SIM_SEED=7` runs one seed and prints all that happens, `HVEN_SIM_SEEDS=100000` that many.

mod mistakes;
mod random;
mod record;
mod runner;
mod server;
mod world;

use std::{env, fmt};

use self::{
    mistakes::Mistake,
    world::{Counts, World},
};

/// A rule that was broken.
struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const SEEDS: u64 = 500;
/// A mistake must show within so many seeds.
const SEEDS_UNTIL_CAUGHT: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

#[test]
fn nothing_is_lost_run_twice_or_left_behind() {
    let only = number("HVEN_SIM_SEED");
    let seeds = only.map_or(0..number("HVEN_SIM_SEEDS").unwrap_or(SEEDS), |seed| seed..seed + 1);
    let mut sum = Counts::default();
    for seed in seeds {
        let mut world = World::new(seed, Mistake::None);
        world.traced = only.is_some();
        match world.run() {
            Ok(counts) => sum.add(counts),
            Err(broken) => panic!("seed {seed} (HVEN_SIM_SEED={seed} repeats it): {broken}"),
        }
    }
    println!("{sum:#?}");
    if only.is_none() {
        let never: Vec<_> = sum.named().into_iter().filter(|(_, count)| *count == 0).collect();
        assert!(never.is_empty(), "these never happened, so they were not tested: {never:?}");
    }
}

#[test]
fn every_mistake_is_found() {
    for mistake in Mistake::ALL {
        let caught = (0..SEEDS_UNTIL_CAUGHT).find_map(|seed| Some((seed, World::new(seed, mistake).run().err()?)));
        match caught {
            Some((seed, broken)) => println!("{mistake:?}: seed {seed}: {:.200}", broken.0),
            None => panic!("{mistake:?} was not found in {SEEDS_UNTIL_CAUGHT} seeds"),
        }
    }
}
