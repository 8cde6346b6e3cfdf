//! The result of `hven bench engine`.

use std::io;

use hven_terminal::{Field, HumanReadable, TerminalWriter};
use serde::Serialize;

use super::{
    alone::Alone,
    figures::PolicyFigures,
    hven::Decisions,
    trace::{Load, Rounding},
};
use crate::machine::Machine;

#[derive(Debug, Serialize)]
pub(super) struct EngineMeasured {
    pub(super) schema: &'static str,
    pub(super) machine: Machine,
    pub(super) nodes: usize,
    /// All simulated tasks: those of the trace times the number of copies.
    pub(super) tasks: usize,
    pub(super) times: u32,
    /// Names the column or the rule that stands for the user, because the trace has none.
    pub(super) users_from: String,
    pub(super) rounding: Rounding,
    pub(super) load: Load,
    pub(super) policies: Vec<PolicyFigures>,
    /// Of Hven's engine in the simulation; `None` if it was not among the policies.
    pub(super) decisions: Option<Decisions>,
    pub(super) alone: Alone,
}

impl EngineMeasured {
    /// How the simulated tasks differ from the trace, in sentences.
    fn remarks(&self) -> Vec<String> {
        let Rounding { rows, without_duration, too_large, cut, gpu_parts, core_parts, gpu_growth, core_growth } =
            &self.rounding;
        let Load { resource, in_own_times, simulated, compression, span_s } = &self.load;
        let shift = if self.times > 1 { ", each shifted by this part of the time" } else { "" };
        let days = span_s / 86_400.0;
        vec![
            format!("{} copies of the tasks{shift}; {} stands for the user", self.times, self.users_from),
            format!(
                "of {rows} rows, {without_duration} have no start or end and {too_large} fit on no node: left out; {cut} ran \
                 until the end of the trace, which counts as their end"
            ),
            format!(
                "{gpu_parts} ask for a part of a GPU and get a whole one (GPU-seconds × {gpu_growth:.2}); {core_parts} ask for a \
                 part of a core and get a whole one (core-seconds × {core_growth:.2})"
            ),
            format!(
                "load {simulated:.2} of the {resource} ({in_own_times:.3} in the times of the trace, which are divided by \
                 {compression:.2}); submissions in {days:.1} days"
            ),
        ]
    }
}

impl HumanReadable for EngineMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} tasks on {} nodes; {}", self.tasks, self.nodes, self.machine.line()))?;
        for remark in self.remarks() {
            writer.line(&remark)?;
        }
        let percent = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let row = |found: &PolicyFigures| {
            let numbers = [
                format!("{:.0} s", found.mean_wait_s),
                format!("{:.0} s", found.p99_wait_s),
                format!("{:.2}", found.mean_bounded_slowdown),
                percent(found.core_use),
                percent(found.gpu_use),
                percent(found.gpu_fragmentation),
                format!("{:.3}", found.slowdown_fairness),
                found.share_fairness.map_or("–".to_owned(), |fairness| format!("{fairness:.3}")),
                found.waiting_max.to_string(),
            ];
            let name = serde_json::to_value(found.policy).ok().and_then(|name| Some(name.as_str()?.to_owned()));
            let mut row = vec![name.unwrap_or_default().into()];
            row.extend(numbers.map(Field::Number));
            row
        };
        let header = [
            "POLICY",
            "MEAN WAIT",
            "P99 WAIT",
            "SLOWDOWN",
            "CORES",
            "GPUS",
            "FRAGMENTED",
            "FAIR SLOWDOWN",
            "FAIR SHARES",
            "MOST WAITING",
        ];
        writer.table(&header, self.policies.iter().map(row).collect())?;
        let row =
            |what: &str, found: String, aim: &str| vec![what.into(), Field::Number(found), Field::Dim(aim.to_owned())];
        let mut rows = Vec::new();
        if let Some(Decisions { events, p50_ms, p99_ms, max_ms, events_per_s, attaching_ms }) = &self.decisions {
            rows.extend([
                row("decision, median", format!("{p50_ms:.3} ms"), ""),
                row("decision, p99", format!("{p99_ms:.3} ms"), "< 10 ms"),
                row("decision, longest", format!("{max_ms:.1} ms"), ""),
                row(&format!("{events} decisions"), format!("{events_per_s:.0} /s"), ""),
                row("attachment of all nodes", format!("{attaching_ms:.0} ms"), ""),
            ]);
        }
        let Alone { tasks, cores, tasks_per_s, .. } = &self.alone;
        let what = format!("engine alone, {tasks} equal tasks, {cores} cores");
        rows.push(row(&what, format!("{tasks_per_s:.0} tasks/s"), "≥ 100,000 tasks/s"));
        writer.table(&["WHAT", "MEASURED", "AIM"], rows)
    }
}
