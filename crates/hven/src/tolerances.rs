//! By how much what is reproduced may differ, as flags and manifests say it.

use clap::Args;
use hven_api::reproductions::{Tolerance, Tolerances};

#[derive(Clone, Debug, Default, Args)]
pub struct ToleranceArgs {
    /// By how much numbers may differ when it is reproduced, relatively [default: 1e-9]
    #[arg(long, value_name = "RELATIVE")]
    pub tolerance: Option<f64>,
    /// The same for one metric or one output
    #[arg(long, value_name = "NAME=RELATIVE", value_parser = parse_within)]
    pub within: Vec<(String, f64)>,
}

impl ToleranceArgs {
    pub fn wanted(&self) -> Tolerances {
        let relative = |relative: f64| Tolerance { relative, absolute: 0.0 };
        let within = self.within.iter().map(|(name, number)| (name.clone(), relative(*number)));
        // A name may be that of a metric or of an output: each looks for its own.
        let metrics: std::collections::BTreeMap<_, _> = within.collect();
        Tolerances { tolerance: self.tolerance.map(relative), files: metrics.clone(), metrics }
    }
}

fn parse_within(text: &str) -> Result<(String, f64), String> {
    let (name, value) = crate::quantities::parse_pair(text)?;
    let number = value.parse().map_err(|_| format!("{value:?} is not a number"))?;
    Ok((name, number))
}
