//! Tolerances for comparing a reproduction, from flags and manifests.

use clap::Args;
use hven_api::reproductions::Tolerances;
use hven_steps::tolerances;

use crate::arg_values::parse_pair;

#[derive(Clone, Debug, Default, Args)]
pub struct ToleranceArgs {
    /// The relative difference that numbers of a reproduction may have [default: 1e-9]
    #[arg(long, value_name = "RELATIVE")]
    pub tolerance: Option<f64>,
    /// The same for one metric or one output
    #[arg(long, value_name = "NAME=RELATIVE", value_parser = parse_within)]
    pub within: Vec<(String, f64)>,
}

impl ToleranceArgs {
    pub fn wanted(&self) -> Tolerances {
        tolerances(self.tolerance, self.within.iter().cloned())
    }
}

fn parse_within(text: &str) -> Result<(String, f64), String> {
    let (name, value) = parse_pair(text)?;
    let number = value.parse().map_err(|_| format!("{value:?} is not a number"))?;
    Ok((name, number))
}
