//! Human-readable output for soundness: retractions, their reach, and repairs.

use std::io;

use hven_api::soundness::{Reach, RepairPlan, RepairStep, SoundnessDetail};
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Colours, Field, TerminalWriter, printable},
};

/// The mark of a node that is not sound; empty for a sound one.
pub fn mark(soundness: &str, colours: Colours) -> String {
    match soundness {
        "suspect" => colours.state("stopping", "suspect"),
        "retracted" => colours.state("failed", "retracted"),
        _ => String::new(),
    }
}

/// The first line about a node that is not sound.
pub fn banner(writer: &mut TerminalWriter<'_>, suspicion: Option<&hven_api::sentence::Sentence>) -> io::Result<()> {
    let Some(suspicion) = suspicion else { return Ok(()) };
    let line = writer.colours.red(&printable(&suspicion.text));
    writer.line(&line)
}

impl HumanReadable for Reach {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&self.of.said.text);
        let marked = mark(&self.soundness, writer.colours);
        writer.line(format!("{title}  {marked}").trim_end())?;
        if self.total == 0 {
            return writer.line("nothing rests on it");
        }
        let counted = [
            (self.runs, "run", "runs"),
            (self.datasets, "dataset", "datasets"),
            (self.claims, "claim", "claims"),
            (self.publications, "publication", "publications"),
        ];
        let counted: Vec<String> = counted
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| formats::counted(count, one, many))
            .collect();
        writer.heading(&format!("on it rest {}", counted.join(", ")))?;
        let rows = self.items.iter().map(|item| {
            let way: Vec<&str> = item.way.iter().map(|said| said.text.as_str()).collect();
            vec![
                Field::Number(item.depth.to_string()),
                item.node.said.text.as_str().into(),
                mark(&item.soundness, writer.colours).into(),
                Field::Dim(if way.is_empty() { String::new() } else { format!("by way of {}", way.join(" → ")) }),
            ]
        });
        let rows = rows.collect();
        writer.table(&["STEPS", "WHAT", "", ""], rows)?;
        if let Some(next) = &self.next {
            let more = writer.colours.dim(&format!("more: --plan --cursor {next}"));
            writer.line(&more)?;
        }
        Ok(())
    }
}

impl HumanReadable for SoundnessDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&self.of.said.text);
        let mark = if self.soundness == "sound" { "sound".to_owned() } else { mark(&self.soundness, writer.colours) };
        writer.line(&format!("{title}  {mark}"))?;
        banner(writer, self.suspicion.as_ref())?;
        if self.way.len() > 1 {
            let way: Vec<&str> = self.way.iter().map(|node| node.said.text.as_str()).collect();
            writer.line(&format!("  {}", way.join(" ← ")))?;
        }
        for said in &self.independences {
            let by = said.by.name.clone().unwrap_or_else(|| said.by.kind.clone());
            writer.line(&format!(
                "{} does not depend on {}: {} ({by}, {})",
                said.of.said.text,
                said.on.said.text,
                printable(&said.because),
                formats::local(&said.time)
            ))?;
        }
        for said in &self.overrides {
            let by = said.by.name.clone().unwrap_or_else(|| said.by.kind.clone());
            writer.line(&format!(
                "{} was made with it despite this: {} ({by}, {})",
                said.made.said.text,
                printable(&said.because),
                formats::local(&said.time)
            ))?;
        }
        if self.soundness == "retracted" {
            let hint = writer.colours.dim("`hven repair` runs again what rests on it");
            writer.line(&hint)?;
        }
        Ok(())
    }
}

/// One step of a running repair.
#[derive(Debug, Serialize)]
pub struct RepairLine<'a> {
    #[serde(flatten)]
    pub step: &'a RepairStep,
}

impl HumanReadable for RepairLine<'_> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let step = self.step;
        let progress = progress(step, writer.colours);
        writer.line(format!("  {progress:<8}  {}  {}", step.node.said.text, remark(step)).trim_end())
    }
}

/// The end of a repair, after its steps were shown.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RepairEnd<'a>(pub &'a RepairPlan);

impl HumanReadable for RepairEnd<'_> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let steps = &self.0.steps;
        if steps.is_empty() {
            return writer.line(NOTHING_TO_REPAIR);
        }
        if self.0.is_done {
            return writer.line(&format!(
                "repaired: {}",
                formats::counted(steps.len() as u64, "step is done", "steps are done")
            ));
        }
        let left = [
            ("failed", "failed"),
            ("by_hand", "only a person can do"),
            ("waiting", "waiting for one before it"),
            ("ready", "not started"),
            ("running", "running"),
        ];
        let left = left.into_iter().filter_map(|(progress, what)| {
            let count = steps.iter().filter(|step| step.progress == progress).count();
            (count > 0).then(|| format!("{count} {what}"))
        });
        let why: Vec<String> = left.collect();
        let not_done = steps.iter().filter(|step| step.progress != "done").count();
        let all = formats::counted(steps.len() as u64, "step", "steps");
        writer.line(&format!("not repaired, {not_done} of {all} left: {}", why.join(", ")))
    }
}

const NOTHING_TO_REPAIR: &str = "nothing rests on it that would have to be run again";

fn progress(step: &RepairStep, colours: Colours) -> String {
    match step.progress.as_str() {
        "by_hand" => colours.state("stopping", "by hand"),
        state => colours.state(state, state),
    }
}

fn remark(step: &RepairStep) -> String {
    match (&step.because, &step.by) {
        (Some(because), _) => printable(because),
        (None, Some(by)) => format!("by run {}", by.handle),
        (None, None) => String::new(),
    }
}

impl HumanReadable for RepairPlan {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&self.of.said.text);
        let with = self.with.as_ref().map(|with| format!(" with {}", with.said.text)).unwrap_or_default();
        writer.line(&format!("repair of {title}{with}"))?;
        if self.steps.is_empty() {
            return writer.line(NOTHING_TO_REPAIR);
        }
        let rows = self.steps.iter().map(|step| {
            vec![
                progress(step, writer.colours).into(),
                step.node.said.text.as_str().into(),
                Field::Number(step.wall_s.map(formats::duration).unwrap_or_default()),
                Field::Number(step.cpu_s.map(formats::duration).unwrap_or_default()),
                Field::Dim(remark(step)),
            ]
        });
        let rows = rows.collect();
        writer.table(&["", "WHAT", "TOOK", "CPU", ""], rows)?;
        let (wall, cpu) = (formats::duration(self.wall_s), formats::duration(self.cpu_s));
        writer.line(&format!("what is left took {wall} ({cpu} of CPU) when it was made"))
    }
}
