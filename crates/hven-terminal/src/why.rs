//! Why a run is as it is, and what it printed, for people.

use std::io;

use hven_api::{
    logs::{LogChunk, LogPage},
    runs::{Explanation, LineageStep, Why},
};

use crate::{
    paper::{Paper, printable},
    reply::ForPeople,
};

impl ForPeople for Why {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&format!("run {}", self.run.handle));
        paper.line(&format!("{title} rests on"))?;
        write_steps(paper, &self.rests_on, "nothing that was declared: no inputs, and its code was not captured")?;
        if !self.supports.is_empty() {
            paper.heading("and was used by")?;
            write_steps(paper, &self.supports, "")?;
        }
        if self.truncated {
            paper.line("… and more: the walk stopped at its limit")?;
        }
        Ok(())
    }
}

fn write_steps(paper: &mut Paper<'_>, steps: &[LineageStep], none: &str) -> io::Result<()> {
    if steps.is_empty() {
        return paper.line(&format!("  {none}"));
    }
    for step in steps {
        let indent = "  ".repeat(step.depth.max(1) as usize);
        paper.line(&format!("{indent}{}  {}", paper.ink.dim(&step.edge), printable(&step.said.text)))?;
    }
    Ok(())
}

impl ForPeople for Explanation {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&format!("run {}", self.run.handle));
        let state = paper.ink.state(&self.state, &self.state);
        paper.line(&format!("{title}  {state}"))?;
        let pairs: Vec<_> =
            self.lines.iter().map(|line| (line.about.as_str(), Some(printable(&line.said.text)))).collect();
        paper.pairs(&pairs)
    }
}

impl ForPeople for LogChunk {
    const SCHEMA: Option<&'static str> = Some("hven.log_chunk/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&self.text)
    }
}

impl ForPeople for LogPage {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.chunks.iter().try_for_each(|chunk| chunk.write(paper))
    }
}

impl ForPeople for hven_api::logs::LogMatches {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        for found in &self.matches {
            let has_states = found.state > 1 || found.overwritten;
            let state = if has_states { format!(" state {}", found.state) } else { String::new() };
            let place = paper.ink.dim(&format!("{:>6}{state}", found.line));
            paper.line(&format!("{place}  {}", printable(&found.text)))?;
        }
        if self.truncated {
            paper.line("… and more: the search stopped at its limit")?;
        }
        Ok(())
    }
}
