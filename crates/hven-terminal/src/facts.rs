//! Human-readable output for the record: facts, audits and redactions.

use std::io;

use hven_api::{
    facts::{Audit, Fact, Redacted},
    page::Page,
};

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter, printable},
};

impl HumanReadable for Page<Fact> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("no facts here");
        }
        let rows = self
            .items
            .iter()
            .map(|fact| {
                vec![
                    Field::Number(fact.seq.to_string()),
                    formats::ago(&fact.time, writer.now).into(),
                    fact.actor.name.clone().unwrap_or_else(|| fact.actor.kind.clone()).into(),
                    fact.kind.as_str().into(),
                    text(fact).into(),
                ]
            })
            .collect();
        writer.table(&["FACT", "WHEN", "WHO", "KIND", "WHAT"], rows)?;
        if let Some(next) = &self.next {
            let more = writer.colours.dim(&format!("more: --cursor {next}"));
            writer.line(&more)?;
        }
        Ok(())
    }
}

/// One new fact, for `hven log -f`.
impl HumanReadable for Fact {
    const SCHEMA: Option<&'static str> = Some("hven.fact/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let seq = writer.colours.dim(&format!("{:>6}", self.seq));
        writer.line(&format!("{seq}  {:<20} {}", self.kind, printable(&text(self))))
    }
}

fn text(fact: &Fact) -> String {
    if fact.payload.is_some() {
        fact.said.text.clone()
    } else {
        format!("{} (erased)", fact.said.text).trim().to_owned()
    }
}

impl HumanReadable for Audit {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let is_whole = self.broken.is_none() && self.objects_damaged.is_empty();
        let verdict = match (self.sound, is_whole) {
            (true, _) => writer.colours.state("done", "sound"),
            (false, true) => writer.colours.state("failed", "not readable as a whole"),
            (false, false) => writer.colours.state("failed", "damaged"),
        };
        let erased = if self.erased > 0 { format!(", {} erased", self.erased) } else { String::new() };
        writer.line(&format!(
            "{verdict}   {}{erased}   {}",
            formats::counted(self.facts, "fact", "facts"),
            formats::objects_read(self),
        ))?;
        if let Some(broken) = &self.broken {
            writer.line(&format!("fact {} is not as it was written: {}", broken.seq, broken.why))?;
        }
        for fact in &self.unreadable {
            let why = printable(&fact.why);
            writer.line(&format!("fact {} ({}) cannot be read: {why}", fact.seq, fact.kind))?;
        }
        if let Some(first) = self.unreadable.first() {
            let more = self.unreadable_total - self.unreadable.len() as u64;
            if more > 0 {
                writer.line(&format!("and {more} more that cannot be read"))?;
            }
            let erase = format!("`hven redact --fact {} --because …` erases what cannot be read", first.seq);
            writer.line(&writer.colours.dim(&erase))?;
        }
        for object in &self.objects_damaged {
            let what = object.what.as_ref().map(|what| format!(", {}", printable(what))).unwrap_or_default();
            writer.line(&format!("object {}{what}: {}", object.digest, printable(&object.why)))?;
        }
        writer.pairs(&[("head", Some(self.head.clone()))])
    }
}

impl HumanReadable for Redacted {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.places.is_empty() {
            return writer.line("nothing was erased: it is nowhere to be found");
        }
        writer.line(&format!("erased in {}:", formats::counted(self.places.len() as u64, "place", "places")))?;
        self.places.iter().try_for_each(|place| writer.line(&format!("  {}", printable(place))))?;
        if self.copies_left {
            writer.line(
                "copies are left in unused places of the home's files: the server removes them as soon as it can",
            )?;
        }
        Ok(())
    }
}
