//! Human-readable output for the explanations, the lineage and the log of a run.

use std::io;

use hven_api::{
    logs::{LogChunk, LogPage},
    runs::{Explanation, LineageStep, Why},
};

use crate::{
    command_result::HumanReadable,
    terminal_writer::{TerminalWriter, printable},
};

impl HumanReadable for Why {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&format!("run {}", self.run.handle));
        writer.line(&format!("{title} rests on"))?;
        write_steps(writer, &self.rests_on, "nothing that the record holds: no inputs, and no code")?;
        if !self.supports.is_empty() {
            writer.heading("and was used by")?;
            write_steps(writer, &self.supports, "")?;
        }
        if self.truncated {
            writer.line("… and more: the walk stopped at its limit")?;
        }
        Ok(())
    }
}

fn write_steps(writer: &mut TerminalWriter<'_>, steps: &[LineageStep], none: &str) -> io::Result<()> {
    if steps.is_empty() {
        return writer.line(&format!("  {none}"));
    }
    for step in steps {
        let indent = "  ".repeat(step.depth.max(1) as usize);
        writer.line(&format!("{indent}{}  {}", writer.colours.dim(&step.edge), printable(&step.said.text)))?;
    }
    Ok(())
}

impl HumanReadable for Explanation {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&format!("run {}", self.run.handle));
        let state = writer.colours.state(&self.state, &self.state);
        writer.line(&format!("{title}  {state}"))?;
        let pairs: Vec<_> =
            self.lines.iter().map(|line| (line.about.as_str(), Some(printable(&line.said.text)))).collect();
        writer.pairs(&pairs)
    }
}

impl HumanReadable for LogChunk {
    const SCHEMA: Option<&'static str> = Some("hven.log_chunk/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&self.text)
    }
}

impl HumanReadable for LogPage {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        self.chunks.iter().try_for_each(|chunk| chunk.write(writer))
    }
}

impl HumanReadable for hven_api::logs::LogMatches {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        for found in &self.matches {
            let has_states = found.state > 1 || found.overwritten;
            let state = if has_states { format!(" state {}", found.state) } else { String::new() };
            let place = writer.colours.dim(&format!("{:>6}{state}", found.line));
            writer.line(&format!("{place}  {}", printable(&found.text)))?;
        }
        if self.truncated {
            writer.line("… and more: the search stopped at its limit")?;
        }
        Ok(())
    }
}
