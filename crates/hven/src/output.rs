//! What a command says: tables for people or JSON for programs. Commands know neither; they hand over a reply.

mod access;
mod claims;
mod data;
mod facts;
mod home;
mod paper;
mod progress;
mod publications;
mod reproduce;
mod runs;
mod soundness;
mod steps;
pub mod words;

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

pub use self::{
    claims::ledger,
    data::{Added, Exported, dataset_line},
    home::{BackupMade, Check, Configuration, Doctor, Done, HealedObject, MissingObject, Stored, UsedSetting},
    paper::{Field, Ink, Paper, printable},
    progress::Progress,
    runs::{Cancelled, Submitted, finished_line},
    soundness::RepairLine,
    steps::{StepLine, StepState, Steps, law_line, result_line},
};
use crate::{env, failure::Failure, failure::Told};

/// How a reply looks to people.
pub trait ForPeople {
    /// The schema that its JSON names, for a type of the wire that does not name one itself.
    const SCHEMA: Option<&'static str> = None;

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

/// What a command has to say, in both forms. Its JSON has a field `schema`.
pub trait Reply {
    fn json(&self) -> serde_json::Result<String>;
    fn people(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

impl<T: Serialize + ForPeople> Reply for T {
    fn json(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(match (Self::SCHEMA, text.strip_prefix('{')) {
            (Some(schema), Some(fields)) => format!("{{\"schema\":\"{schema}\",{fields}"),
            _ => text,
        })
    }
    fn people(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.write(paper)
    }
}

/// Where replies go.
pub trait Output {
    fn reply(&mut self, reply: &dyn Reply) -> anyhow::Result<()>;
    /// A remark that is not the answer: on standard error, for people only.
    fn note(&mut self, text: &str);
    fn error(&mut self, error: &Told);
    /// Whether standard output carries JSON, so that a script's own output must go elsewhere.
    fn owns_stdout(&self) -> bool;
}

/// Tables on standard output.
#[derive(Debug)]
pub struct Human {
    ink: Ink,
    note_ink: Ink,
}

/// One JSON document in a line for each reply.
#[derive(Debug)]
pub struct Json;

/// The output that the flags ask for.
pub fn choose(json: bool) -> Box<dyn Output> {
    if json {
        return Box::new(Json);
    }
    let plain = std::env::var_os(env::NO_COLOR).is_some_and(|value| !value.is_empty());
    let ink = |terminal: bool| if terminal && !plain { Ink::Coloured } else { Ink::Plain };
    Box::new(Human { ink: ink(io::stdout().is_terminal()), note_ink: ink(io::stderr().is_terminal()) })
}

impl Output for Human {
    fn reply(&mut self, reply: &dyn Reply) -> anyhow::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        reply.people(&mut Paper::new(&mut out, self.ink, jiff::Timestamp::now()))?;
        out.flush()?;
        Ok(())
    }

    fn note(&mut self, text: &str) {
        // A closed standard error is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", self.note_ink.dim(text));
    }

    fn error(&mut self, error: &Told) {
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{} {}", self.note_ink.red("error:"), error.message);
        if let Some(hint) = &error.hint {
            let _ = writeln!(err, "{} {hint}", self.note_ink.bold("hint:"));
        }
    }

    fn owns_stdout(&self) -> bool {
        false
    }
}

impl Output for Json {
    fn reply(&mut self, reply: &dyn Reply) -> anyhow::Result<()> {
        let text =
            reply.json().map_err(|e| Failure::new("internal", format!("a reply cannot be written as JSON: {e}")))?;
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()?;
        Ok(())
    }

    fn note(&mut self, _text: &str) {}

    fn error(&mut self, error: &Told) {
        let body = serde_json::json!({
            "schema": "hven.error/1",
            "error": { "code": error.code, "message": error.message, "hint": error.hint },
        });
        // A closed standard error is no reason to stop.
        let _ = writeln!(io::stderr(), "{body}");
    }

    fn owns_stdout(&self) -> bool {
        true
    }
}

/// Writes bytes that are not a reply, such as a run's own output or a completion script.
pub fn raw(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}
