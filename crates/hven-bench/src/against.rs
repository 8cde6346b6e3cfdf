//! `--against OTHER`: measures this program and another one alternately, so that changes of the machine's load affect both
//! equally.
//!
//! Each figure is a cost (a time, or the inverse of a rate). The result is the median of the new costs divided by the median
//! of the old costs, with a 90 % interval. The interval comes from resampling whole rounds with replacement (Efron,
//! *Bootstrap Methods*, 1979; the percentile interval). Above 1, this program is slower.

use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use clap::Args;
use hven_client::Failure;
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use super::machine::Machine;

#[derive(Debug, Args)]
pub struct AgainstArgs {
    /// Another Hven: both are measured in turn with these flags, and compared
    #[arg(long, value_name = "HVEN")]
    pub against: Option<PathBuf>,
    /// How often each of the two is measured
    #[arg(long, default_value_t = 20, requires = "against", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub rounds: u32,
}

/// A compared figure: its name, its place in the JSON of the measurement, and its conversion to a cost.
pub type Figure = (&'static str, &'static str, Cost);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cost {
    /// A smaller value is better.
    Itself,
    /// The value is a rate; the cost is its inverse.
    Inverse,
}

impl Cost {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Itself => value,
            Self::Inverse => value.recip(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Compared {
    schema: &'static str,
    machine: Machine,
    against: String,
    rounds: u32,
    figures: Vec<Comparison>,
}

/// A figure of this program divided by that of the other program.
#[derive(Debug, Serialize)]
struct Comparison {
    figure: &'static str,
    /// The measured medians of the other program and of this program.
    old: f64,
    new: f64,
    /// The new cost divided by the old cost, with its 90 % interval.
    ratio: f64,
    low: f64,
    high: f64,
}

impl HumanReadable for Compared {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("this program against {}, {} rounds in turn", self.against, self.rounds))?;
        writer.line(&self.machine.line())?;
        let rows = self.figures.iter().map(|figure| {
            vec![
                figure.figure.into(),
                Field::Number(format!("{:.4}", figure.old)),
                Field::Number(format!("{:.4}", figure.new)),
                Field::Number(format!("{:.3}", figure.ratio)),
                Field::Number(format!("{:.3} to {:.3}", figure.low, figure.high)),
            ]
        });
        writer.table(&["WHAT", "OTHER", "THIS", "COST RATIO", "90 %"], rows.collect())?;
        writer.line("ratio of median costs; above 1 this program is slower")
    }
}

/// Measures both programs alternately with the flags of this call.
pub fn compare(args: &AgainstArgs, other: &Path, figures: &[Figure], output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let this = env::current_exe().context("the path of this program is unknown")?;
    let flags = flags_of_each(env::args_os().skip(1));
    let mut costs: Vec<Vec<[f64; 2]>> = vec![Vec::new(); figures.len()];
    for round in 0..args.rounds {
        output.note(&format!("round {} of {} …", round + 1, args.rounds));
        // The first program alternates from round to round.
        let mut found = [serde_json::Value::Null, serde_json::Value::Null];
        for turn in [round % 2, (round + 1) % 2] {
            let program = if turn == 0 { other } else { &this };
            found[turn as usize] = measure(program, &flags)?;
        }
        for ((_, pointer, _), rounds) in figures.iter().zip(&mut costs) {
            let value = |at: usize| {
                found[at].pointer(pointer).and_then(serde_json::Value::as_f64).ok_or_else(|| {
                    Failure::new("internal", format!("a measurement has no number at {pointer}: {}", found[at]))
                })
            };
            rounds.push([value(0)?, value(1)?]);
        }
    }
    let figures = figures.iter().zip(costs).map(|((name, _, cost), rounds)| ratio(name, *cost, &rounds)).collect();
    let against = other.display().to_string();
    output.reply(&Compared { schema: "hven.bench_against/1", machine, against, rounds: args.rounds, figures })?;
    Ok(exit::OK)
}

/// The flags of this call without those of the comparison, but with `--json`.
fn flags_of_each(flags: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut kept = vec![OsString::from("--json")];
    let mut flags = flags;
    while let Some(flag) = flags.next() {
        match flag.to_str() {
            Some("--against" | "--rounds") => drop(flags.next()),
            Some(text) if text.starts_with("--against=") || text.starts_with("--rounds=") || text == "--json" => {}
            _ => kept.push(flag),
        }
    }
    kept
}

fn measure(program: &Path, flags: &[OsString]) -> anyhow::Result<serde_json::Value> {
    let mut command = Command::new(program);
    let measured = command.args(flags).stdin(Stdio::null()).stderr(Stdio::piped()).output();
    let measured = measured.with_context(|| format!("{} cannot be started", program.display()))?;
    if !measured.status.success() {
        let stderr = String::from_utf8_lossy(&measured.stderr);
        return Err(Failure::new("internal", format!("{} failed: {}", program.display(), stderr.trim())).into());
    }
    serde_json::from_slice(&measured.stdout).with_context(|| format!("{} did not answer with JSON", program.display()))
}

/// The number of resamples.
const DRAWS: usize = 5000;

/// Compares the values `[old, new]` of all rounds.
fn ratio(figure: &'static str, cost: Cost, rounds: &[[f64; 2]]) -> Comparison {
    let medians = |drawn: &[[f64; 2]]| [0, 1].map(|at| median(drawn.iter().map(|round| round[at]).collect()));
    let of = |[old, new]: [f64; 2]| cost.of(new) / cost.of(old);
    // Use a fixed seed, so that equal measurements give equal intervals.
    let mut random = fastrand::Rng::with_seed(0);
    let mut ratios: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<_> = (0..rounds.len()).map(|_| rounds[random.usize(0..rounds.len())]).collect();
            of(medians(&drawn))
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let [old, new] = medians(rounds);
    let at = |share: f64| ratios[((DRAWS - 1) as f64 * share).round() as usize];
    Comparison { figure, old, new, ratio: of([old, new]), low: at(0.05), high: at(0.95) }
}

/// The middle value, or the mean of the two middle values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], values[middle]) } else { values[middle] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_a_comparison_are_not_passed_on() {
        let given = ["bench", "tasks", "--against", "/old/hven", "--tasks", "5", "--rounds=3", "--json"];
        let kept = flags_of_each(given.into_iter().map(OsString::from));
        assert_eq!(kept, ["--json", "bench", "tasks", "--tasks", "5"]);
    }

    #[test]
    fn half_the_rate_is_twice_the_cost() {
        let rounds = [[10.0, 5.0], [12.0, 6.0], [11.0, 5.5]];
        let found = ratio("rate", Cost::Inverse, &rounds);
        assert_eq!((found.old, found.new, found.ratio), (11.0, 5.5, 2.0));
        assert_eq!((found.low, found.high), (2.0, 2.0), "each round has the same ratio");
        let found = ratio("time", Cost::Itself, &rounds);
        assert!((found.ratio - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_interval_contains_the_ratio_and_is_wider_for_scattered_rounds() {
        let rounds = |scatter: f64| -> Vec<[f64; 2]> {
            (0..20).map(|n| [1.0 + scatter * f64::from(n % 5), 1.0 + scatter * f64::from((n * 7 + 3) % 5)]).collect()
        };
        let (calm, wild) = (ratio("t", Cost::Itself, &rounds(0.01)), ratio("t", Cost::Itself, &rounds(0.3)));
        for found in [&calm, &wild] {
            assert!(found.low <= found.ratio && found.ratio <= found.high, "{found:?}");
        }
        assert!(wild.high - wild.low > calm.high - calm.low);
    }
}
