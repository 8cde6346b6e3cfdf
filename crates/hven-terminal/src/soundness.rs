//! What still stands, for people: retractions, what rests on them, repairs.

use std::io;

use hven_api::soundness::{Reach, RepairPlan, RepairStep, SoundnessDetail};
use serde::Serialize;

use crate::{
    paper::{Field, Ink, Paper, printable},
    reply::ForPeople,
    words,
};

/// What is put beside something that is not sound; nothing beside what is.
pub fn mark(soundness: &str, ink: Ink) -> String {
    match soundness {
        "suspect" => ink.state("stopping", "suspect"),
        "retracted" => ink.state("failed", "retracted"),
        _ => String::new(),
    }
}

/// The line above all else about something that is not sound.
pub fn banner(paper: &mut Paper<'_>, suspicion: Option<&hven_api::sentence::Sentence>) -> io::Result<()> {
    let Some(suspicion) = suspicion else { return Ok(()) };
    let line = paper.ink.red(&printable(&suspicion.text));
    paper.line(&line)
}

impl ForPeople for Reach {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&self.of.said.text);
        let marked = mark(&self.soundness, paper.ink);
        paper.line(format!("{title}  {marked}").trim_end())?;
        if self.total == 0 {
            return paper.line("nothing rests on it");
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
            .map(|(count, one, many)| words::counted(count, one, many))
            .collect();
        paper.heading(&format!("on it rest {}", counted.join(", ")))?;
        let rows = self.items.iter().map(|item| {
            let way: Vec<&str> = item.way.iter().map(|said| said.text.as_str()).collect();
            vec![
                Field::Number(item.depth.to_string()),
                item.node.said.text.as_str().into(),
                mark(&item.soundness, paper.ink).into(),
                Field::Dim(if way.is_empty() { String::new() } else { format!("by way of {}", way.join(" → ")) }),
            ]
        });
        let rows = rows.collect();
        paper.table(&["STEPS", "WHAT", "", ""], rows)?;
        if let Some(next) = &self.next {
            let more = paper.ink.dim(&format!("more: --plan --cursor {next}"));
            paper.line(&more)?;
        }
        Ok(())
    }
}

impl ForPeople for SoundnessDetail {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&self.of.said.text);
        let mark = if self.soundness == "sound" { "sound".to_owned() } else { mark(&self.soundness, paper.ink) };
        paper.line(&format!("{title}  {mark}"))?;
        banner(paper, self.suspicion.as_ref())?;
        if self.way.len() > 1 {
            let way: Vec<&str> = self.way.iter().map(|node| node.said.text.as_str()).collect();
            paper.line(&format!("  {}", way.join(" ← ")))?;
        }
        for said in &self.independences {
            let by = said.by.name.clone().unwrap_or_else(|| said.by.kind.clone());
            paper.line(&format!(
                "{} does not depend on {}: {} ({by}, {})",
                said.of.said.text,
                said.on.said.text,
                printable(&said.because),
                words::local(&said.time)
            ))?;
        }
        for said in &self.overrides {
            let by = said.by.name.clone().unwrap_or_else(|| said.by.kind.clone());
            paper.line(&format!(
                "{} was built on it all the same: {} ({by}, {})",
                said.made.said.text,
                printable(&said.because),
                words::local(&said.time)
            ))?;
        }
        if self.soundness == "retracted" {
            let hint = paper.ink.dim("`hven repair` runs again what rests on it");
            paper.line(&hint)?;
        }
        Ok(())
    }
}

/// One step of a repair, as it goes on.
#[derive(Debug, Serialize)]
pub struct RepairLine<'a> {
    #[serde(flatten)]
    pub step: &'a RepairStep,
}

impl ForPeople for RepairLine<'_> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let step = self.step;
        let progress = progress(step, paper.ink);
        paper.line(format!("  {progress:<8}  {}  {}", step.node.said.text, remark(step)).trim_end())
    }
}

/// What came of a repair, after its steps were told.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RepairEnd<'a>(pub &'a RepairPlan);

impl ForPeople for RepairEnd<'_> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let steps = &self.0.steps;
        if steps.is_empty() {
            return paper.line(NOTHING_TO_REPAIR);
        }
        if self.0.is_done {
            return paper
                .line(&format!("repaired: {}", words::counted(steps.len() as u64, "step is done", "steps are done")));
        }
        let left = [
            ("failed", "failed"),
            ("by_hand", "only a person can do"),
            ("waiting", "waiting for one before it"),
            ("ready", "not begun"),
            ("running", "running"),
        ];
        let left = left.into_iter().filter_map(|(progress, what)| {
            let count = steps.iter().filter(|step| step.progress == progress).count();
            (count > 0).then(|| format!("{count} {what}"))
        });
        let why: Vec<String> = left.collect();
        let not_done = steps.iter().filter(|step| step.progress != "done").count();
        let all = words::counted(steps.len() as u64, "step", "steps");
        paper.line(&format!("not repaired, {not_done} of {all} left: {}", why.join(", ")))
    }
}

const NOTHING_TO_REPAIR: &str = "nothing rests on it that would have to be run again";

fn progress(step: &RepairStep, ink: Ink) -> String {
    match step.progress.as_str() {
        "by_hand" => ink.state("stopping", "by hand"),
        state => ink.state(state, state),
    }
}

fn remark(step: &RepairStep) -> String {
    match (&step.because, &step.by) {
        (Some(because), _) => printable(because),
        (None, Some(by)) => format!("by run {}", by.handle),
        (None, None) => String::new(),
    }
}

impl ForPeople for RepairPlan {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&self.of.said.text);
        let with = self.with.as_ref().map(|with| format!(" with {}", with.said.text)).unwrap_or_default();
        paper.line(&format!("repair of {title}{with}"))?;
        if self.steps.is_empty() {
            return paper.line(NOTHING_TO_REPAIR);
        }
        let rows = self.steps.iter().map(|step| {
            vec![
                progress(step, paper.ink).into(),
                step.node.said.text.as_str().into(),
                Field::Number(step.wall_s.map(words::duration).unwrap_or_default()),
                Field::Number(step.cpu_s.map(words::duration).unwrap_or_default()),
                Field::Dim(remark(step)),
            ]
        });
        let rows = rows.collect();
        paper.table(&["", "WHAT", "TOOK", "CPU", ""], rows)?;
        let (wall, cpu) = (words::duration(self.wall_s), words::duration(self.cpu_s));
        paper.line(&format!("what is left took {wall} ({cpu} of CPU) when it was made"))
    }
}
