//! Human-readable output for the home: its server, settings, health, backups and garbage.

use std::{io, path::PathBuf};

use hven_api::{home::Server, objects::Collection};
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter, printable},
};

impl HumanReadable for Server {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let runs: Vec<String> =
            self.runs.iter().filter(|(_, n)| **n > 0).map(|(state, n)| format!("{n} {state}")).collect();
        writer.pairs(&[
            ("url", Some(self.url.clone())),
            ("version", Some(self.version.clone())),
            ("process", Some(format!("{}, since {}", self.pid, formats::ago(&self.started, writer.now)))),
            ("record", Some(format!("{} in {}", formats::counted(self.facts, "fact", "facts"), self.database))),
            ("runs", Some(if runs.is_empty() { "none yet".to_owned() } else { runs.join(", ") })),
        ])
    }
}

/// A setting and its value.
#[derive(Debug, Serialize)]
pub struct UsedSetting {
    pub name: &'static str,
    pub value: Option<String>,
    pub origin: Option<String>,
    pub env: &'static str,
    pub flag: Option<&'static str>,
    pub what: &'static str,
}

/// The output of `hven config`.
#[derive(Debug, Serialize)]
pub struct Configuration {
    pub schema: &'static str,
    pub home: PathBuf,
    pub home_origin: String,
    pub manifest: Option<PathBuf>,
    pub settings: Vec<UsedSetting>,
    #[serde(skip)]
    pub with_origin: bool,
}

impl HumanReadable for Configuration {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let row = |name: &str, value: Option<String>, origin: Option<&str>, what: &str, env: &str| -> Vec<Field> {
            let value = value.unwrap_or_else(|| "–".to_owned());
            if self.with_origin {
                vec![name.into(), value.into(), origin.unwrap_or("not set").into(), Field::Dim(env.to_owned())]
            } else {
                vec![name.into(), value.into(), Field::Dim(what.to_owned())]
            }
        };
        let home = self.home.display().to_string();
        let mut rows = vec![row(
            "home",
            Some(home),
            Some(&self.home_origin),
            "where everything lies",
            hven_client::env::HVEN_HOME,
        )];
        for setting in &self.settings {
            rows.push(row(setting.name, setting.value.clone(), setting.origin.as_deref(), setting.what, setting.env));
        }
        let header: &[&str] =
            if self.with_origin { &["SETTING", "VALUE", "FROM", "VARIABLE"] } else { &["SETTING", "VALUE", "WHAT"] };
        writer.table(header, rows)
    }
}

/// One check of `hven doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub what: String,
    /// Whether the check found no problem. A warning does not count as a problem.
    pub ok: bool,
    pub found: String,
    /// The next step for the user, for a problem or a warning.
    pub hint: Option<String>,
}

impl Check {
    pub fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), ok: true, found: found.into(), hint: None }
    }
    /// Nothing is wrong yet, but the user should act.
    pub fn warning(what: impl Into<String>, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..Self::ok(what, found) }
    }
    pub fn problem(what: impl Into<String>, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), ok: false, found: found.into(), hint: Some(hint.into()) }
    }
}

/// The output of `hven doctor`.
#[derive(Debug, Serialize)]
pub struct Doctor {
    pub schema: &'static str,
    pub home: PathBuf,
    /// Whether the checks found no problem.
    pub healthy: bool,
    /// Whether the record and its objects were checked too. They cannot be checked while a server uses the home.
    pub complete: bool,
    /// Objects that were repaired, and where their bytes came from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub healed: Vec<HealedObject>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
pub struct HealedObject {
    pub digest: String,
    /// The path and the run of the object, if they are known.
    pub what: Option<String>,
    pub from: String,
}

impl HumanReadable for Doctor {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        for object in &self.healed {
            let what = printable(object.what.as_deref().unwrap_or(&object.digest));
            writer.line(&format!("healed {what} with the bytes of {}", printable(&object.from)))?;
        }
        let rows = self
            .checks
            .iter()
            .map(|check| {
                let found = match &check.hint {
                    Some(hint) => format!("{}\nhint: {hint}", check.found),
                    None => check.found.clone(),
                };
                let (state, word) = match (check.ok, &check.hint) {
                    (true, None) => ("done", "ok"),
                    (true, Some(_)) => ("cancelled", "warning"),
                    (false, _) => ("failed", "problem"),
                };
                let mark = writer.colours.state(state, word);
                vec![check.what.as_str().into(), Field::Number(mark), found.into()]
            })
            .collect();
        writer.table(&["WHAT", "", "FOUND"], rows)
    }
}

/// A file or folder was written.
#[derive(Debug, Serialize)]
pub struct FileWritten {
    pub schema: &'static str,
    pub path: PathBuf,
    pub bytes: u64,
    pub text: String,
}

impl HumanReadable for FileWritten {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{}   {}   {}", self.path.display(), formats::bytes(self.bytes), self.text))
    }
}

/// A backup was written and checked.
#[derive(Debug, Serialize)]
pub struct BackupMade {
    pub schema: &'static str,
    pub path: PathBuf,
    pub bytes: u64,
    pub text: String,
    pub facts: u64,
    pub objects: u64,
    /// The objects that the home had lost.
    pub objects_missing: Vec<MissingObject>,
}

#[derive(Debug, Serialize)]
pub struct MissingObject {
    pub digest: String,
    pub why: String,
    /// The path and the run of the object, if they are known.
    pub what: Option<String>,
}

impl HumanReadable for BackupMade {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{}   {}   {}", self.path.display(), formats::bytes(self.bytes), self.text))
    }
}

/// An action was done. One line describes it.
#[derive(Debug, Serialize)]
pub struct ActionDone {
    pub schema: &'static str,
    pub text: String,
}

impl HumanReadable for ActionDone {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&self.text)
    }
}

impl HumanReadable for Collection {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let (what, verb) =
            (formats::counted(self.objects, "object", "objects"), if self.dry_run { "would go" } else { "removed" });
        writer.line(&format!("{what}, {} {verb}", formats::bytes(self.bytes)))?;
        if self.dry_run {
            for digest in &self.digests {
                let digest = writer.colours.dim(digest);
                writer.line(&format!("  {digest}"))?;
            }
        }
        Ok(())
    }
}
