//! The result of `hven delete`.

use std::io;

use hven_api::runs::DeletedRuns;

use crate::{
    command_result::HumanReadable,
    formats::{bytes, counted},
    terminal_writer::{TerminalWriter, printable},
};

impl HumanReadable for DeletedRuns {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let verb = if self.dry_run { "would be deleted" } else { "deleted" };
        for run in &self.runs {
            let name = run.name.as_ref().map(|name| format!(" {}", printable(name))).unwrap_or_default();
            let rests = match run.rests_on_it {
                0 => String::new(),
                n => format!("; {} on it and will stay", counted(n, "thing rests", "things rest")),
            };
            let facts = counted(run.facts, "fact", "facts");
            let log = bytes(run.log_bytes);
            writer.line(&format!("{}{name} {verb}: {facts}, {log} of log{rests}", run.handle))?;
        }
        let freed = counted(self.freed_objects, "object", "objects");
        let will = if self.dry_run { "would become garbage" } else { "became garbage: `hven gc` removes them" };
        writer.line(&format!("{freed}, {} {will}", bytes(self.freed_bytes)))?;
        if self.kept_objects > 0 {
            let kept = counted(self.kept_objects, "object", "objects");
            writer.line(&format!("{kept}, {} stay: others name them", bytes(self.kept_bytes)))?;
        }
        if self.copies_left {
            writer.line(
                "copies are left in unused places of the home's files: the server removes them as soon as it can",
            )?;
        }
        Ok(())
    }
}
