//! The flags of `hven bench engine`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

#[derive(Debug, Args)]
pub struct EngineArgs {
    /// The table of nodes (CSV): sn, cpu_milli, memory_mib, gpu, model
    #[arg(long, value_hint = clap::ValueHint::FilePath)]
    pub nodes: PathBuf,
    /// The table of tasks (CSV): name, cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec, qos, pod_phase, creation_time,
    /// deletion_time, scheduled_time
    #[arg(long, value_hint = clap::ValueHint::FilePath)]
    pub tasks: PathBuf,
    /// How many copies of the tasks to submit in the time of one. Each is shifted by this part of the time, and continues at its
    /// start
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub times: u32,
    /// Move the submissions closer together or further apart until the tasks, if each started at once, would use this share of
    /// the most wanted resource on average. By default they keep their times
    #[arg(long, value_parser = parse_load)]
    pub load: Option<f64>,
    /// Distribute the tasks over this many invented users: tasks of the same shape belong to the same user. By default the column
    /// qos stands for the user
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub users: Option<u32>,
    /// Decides which shapes belong to which invented user
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only these policies
    #[arg(long, value_delimiter = ',')]
    pub policies: Vec<PolicyName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// Hven's engine
    Hven,
    /// In order of submission: the first task blocks all others
    Fifo,
    /// First in, first out, with back-filling that does not delay the first task
    Easy,
    /// Every task that fits, on the node with the least left over
    BestFit,
    /// The user with the lowest dominant share is next
    Drf,
}

impl PolicyName {
    pub(super) const ALL: [Self; 5] = [Self::Hven, Self::Fifo, Self::Easy, Self::BestFit, Self::Drf];
}

fn parse_load(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(load) if load.is_finite() && load > 0.0 => Ok(load),
        _ => Err("a number above 0 is needed, such as 0.9".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_a_number_above_zero() {
        assert_eq!(parse_load("0.9"), Ok(0.9));
        for wrong in ["0", "-1", "nan", "inf", "much"] {
            assert!(parse_load(wrong).is_err(), "{wrong}");
        }
    }
}
