//! The results as they are stored and shown: a row for each search, and a count for each tool.

use std::{collections::BTreeMap, io};

use hven_terminal::{Field, HumanReadable, TerminalWriter};
use serde::{Deserialize, Serialize};

use super::args::Units;
use crate::machine::Machine;

/// The result of one search.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) tool: String,
    pub(super) equation: String,
    pub(super) seed: u64,
    pub(super) noise: f64,
    pub(super) units: Units,
    /// The time limit.
    pub(super) limit_s: f64,
    pub(super) recovered: bool,
    /// R² on unseen rows without noise.
    pub(super) r2: f64,
    pub(super) seconds: f64,
    pub(super) cpu_s: f64,
    pub(super) load: f64,
    pub(super) law: String,
    /// The reason if the law was not recovered.
    pub(super) why: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct LawMeasured {
    pub(super) schema: &'static str,
    pub(super) machine: Machine,
    pub(super) seconds: f64,
    pub(super) noise: f64,
    pub(super) units: Units,
    pub(super) tools: BTreeMap<String, Count>,
    pub(super) found: Vec<Found>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Count {
    pub(super) recovered: usize,
    pub(super) of: usize,
    /// The median time of the recovered laws.
    pub(super) median_s: f64,
}

impl HumanReadable for LawMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let units = if self.units == Units::On { "with" } else { "without" };
        let Self { seconds, noise, .. } = self;
        let noise = noise * 100.0;
        writer.line(&format!("{seconds} s each, {noise} % noise, {units} units; {}", self.machine.line()))?;
        let rows = self.found.iter().map(|found| {
            let result = if found.recovered { "recovered" } else { found.why.as_deref().unwrap_or("not recovered") };
            vec![
                found.equation.clone().into(),
                found.tool.clone().into(),
                Field::Number(format!("{:.1} s", found.seconds)),
                result.into(),
                Field::Dim(found.law.chars().take(100).collect()),
            ]
        });
        writer.table(&["EQUATION", "TOOL", "TIME", "RESULT", "LAW"], rows.collect())?;
        for (tool, count) in &self.tools {
            let share = 100.0 * count.recovered as f64 / count.of.max(1) as f64;
            let Count { recovered, of, median_s } = count;
            writer.line(&format!("{tool}: {recovered} of {of} recovered ({share:.0} %), median {median_s:.1} s"))?;
        }
        Ok(())
    }
}

pub(super) fn count(found: &[Found], tool: &str) -> Count {
    let all: Vec<&Found> = found.iter().filter(|one| one.tool == tool).collect();
    let mut times: Vec<f64> = all.iter().filter(|one| one.recovered).map(|one| one.seconds).collect();
    times.sort_by(f64::total_cmp);
    Count { recovered: times.len(), of: all.len(), median_s: times.get(times.len() / 2).copied().unwrap_or_default() }
}
