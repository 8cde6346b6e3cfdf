//! A simulation of engine, record, server and runners with faults: messages are lost, duplicated and reordered, the server
//! and the runners are killed at any moment, clocks jump. All of it follows from one number, the seed.
//!
//! `HVEN_SIM_SEED=7` runs one seed and prints every event; `HVEN_SIM_SEEDS=100000` runs that many seeds.

mod mistakes;
mod random;
mod record;
mod runner;
mod server;
mod simulation;

use std::{env, fmt};

use self::{
    mistakes::Mistake,
    simulation::{Counts, Simulation},
};

/// A rule that was violated.
struct RuleViolation(String);

impl fmt::Display for RuleViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const SEEDS: u64 = 500;
/// Each mistake must be found within this many seeds.
const SEEDS_UNTIL_CAUGHT: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

#[test]
fn no_run_is_lost_executed_twice_or_left_behind() {
    let only = number("HVEN_SIM_SEED");
    let seeds = only.map_or(0..number("HVEN_SIM_SEEDS").unwrap_or(SEEDS), |seed| seed..seed + 1);
    let mut sum = Counts::default();
    for seed in seeds {
        let mut simulation = Simulation::new(seed, Mistake::None);
        simulation.traced = only.is_some();
        match simulation.run() {
            Ok(counts) => sum.add(counts),
            Err(violation) => panic!("seed {seed} (HVEN_SIM_SEED={seed} repeats it): {violation}"),
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
        let caught = (0..SEEDS_UNTIL_CAUGHT).find_map(|seed| Some((seed, Simulation::new(seed, mistake).run().err()?)));
        match caught {
            Some((seed, violation)) => println!("{mistake:?}: seed {seed}: {:.200}", violation.0),
            None => panic!("{mistake:?} was not found in {SEEDS_UNTIL_CAUGHT} seeds"),
        }
    }
}
