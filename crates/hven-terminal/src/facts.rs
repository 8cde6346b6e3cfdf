//! The record for people: facts, the audit, what was erased.

use std::io;

use hven_api::{
    facts::{Audit, Fact, Redacted},
    page::Page,
};

use crate::{
    paper::{Field, Paper, printable},
    reply::ForPeople,
    words,
};

impl ForPeople for Page<Fact> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return paper.line("no facts here");
        }
        let rows = self
            .items
            .iter()
            .map(|fact| {
                vec![
                    Field::Number(fact.seq.to_string()),
                    words::ago(&fact.time, paper.now).into(),
                    fact.actor.name.clone().unwrap_or_else(|| fact.actor.kind.clone()).into(),
                    fact.kind.as_str().into(),
                    text(fact).into(),
                ]
            })
            .collect();
        paper.table(&["FACT", "WHEN", "WHO", "KIND", "WHAT"], rows)?;
        if let Some(next) = &self.next {
            let more = paper.ink.dim(&format!("more: --cursor {next}"));
            paper.line(&more)?;
        }
        Ok(())
    }
}

/// One fact as it happens, for `hven log -f`.
impl ForPeople for Fact {
    const SCHEMA: Option<&'static str> = Some("hven.fact/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let seq = paper.ink.dim(&format!("{:>6}", self.seq));
        paper.line(&format!("{seq}  {:<20} {}", self.kind, printable(&text(self))))
    }
}

fn text(fact: &Fact) -> String {
    if fact.payload.is_some() {
        fact.said.text.clone()
    } else {
        format!("{} (erased)", fact.said.text).trim().to_owned()
    }
}

impl ForPeople for Audit {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let is_whole = self.broken.is_none() && self.objects_damaged.is_empty();
        let verdict = match (self.sound, is_whole) {
            (true, _) => paper.ink.state("done", "sound"),
            (false, true) => paper.ink.state("failed", "not readable as a whole"),
            (false, false) => paper.ink.state("failed", "damaged"),
        };
        let erased = if self.erased > 0 { format!(", {} erased", self.erased) } else { String::new() };
        paper.line(&format!(
            "{verdict}   {}{erased}   {}",
            words::counted(self.facts, "fact", "facts"),
            words::objects_read(self),
        ))?;
        if let Some(broken) = &self.broken {
            paper.line(&format!("fact {} is not as it was written: {}", broken.seq, broken.why))?;
        }
        for fact in &self.unreadable {
            let why = printable(&fact.why);
            paper.line(&format!("fact {} ({}) cannot be read: {why}", fact.seq, fact.kind))?;
        }
        if let Some(first) = self.unreadable.first() {
            let more = self.unreadable_total - self.unreadable.len() as u64;
            if more > 0 {
                paper.line(&format!("and {more} more that cannot be read"))?;
            }
            let erase = format!("`hven redact --fact {} --because …` erases what cannot be read", first.seq);
            paper.line(&paper.ink.dim(&erase))?;
        }
        for object in &self.objects_damaged {
            let what = object.what.as_ref().map(|what| format!(", {}", printable(what))).unwrap_or_default();
            paper.line(&format!("object {}{what}: {}", object.digest, printable(&object.why)))?;
        }
        paper.pairs(&[("head", Some(self.head.clone()))])
    }
}

impl ForPeople for Redacted {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.places.is_empty() {
            return paper.line("nothing was erased: it is nowhere to be found");
        }
        paper.line(&format!("erased in {}:", words::counted(self.places.len() as u64, "place", "places")))?;
        self.places.iter().try_for_each(|place| paper.line(&format!("  {}", printable(place))))?;
        if self.copies_left {
            paper.line(
                "copies are left in unused places of the home's files: the server removes them as soon as it can",
            )?;
        }
        Ok(())
    }
}
