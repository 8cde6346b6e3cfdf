//! The home for people: its server, settings, health, backups and garbage.

use std::{io, path::PathBuf};

use hven_api::{home::Server, objects::Collection};
use serde::Serialize;

use crate::{
    paper::{Field, Paper, printable},
    reply::ForPeople,
    words,
};

impl ForPeople for Server {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let runs: Vec<String> =
            self.runs.iter().filter(|(_, n)| **n > 0).map(|(state, n)| format!("{n} {state}")).collect();
        paper.pairs(&[
            ("url", Some(self.url.clone())),
            ("version", Some(self.version.clone())),
            ("process", Some(format!("{}, since {}", self.pid, words::ago(&self.started, paper.now)))),
            ("record", Some(format!("{} in {}", words::counted(self.facts, "fact", "facts"), self.database))),
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

/// What `hven config` says.
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

impl ForPeople for Configuration {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
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
        paper.table(header, rows)
    }
}

/// One thing that `hven doctor` looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub what: String,
    /// Whether the home is sound in this. What is only a warning is.
    pub ok: bool,
    pub found: String,
    /// What to do about it, when it is not ok.
    pub hint: Option<String>,
}

impl Check {
    pub fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), ok: true, found: found.into(), hint: None }
    }
    /// Nothing is wrong yet, and something should be done.
    pub fn warning(what: impl Into<String>, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..Self::ok(what, found) }
    }
    pub fn problem(what: impl Into<String>, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), ok: false, found: found.into(), hint: Some(hint.into()) }
    }
}

/// What `hven doctor` found.
#[derive(Debug, Serialize)]
pub struct Doctor {
    pub schema: &'static str,
    pub home: PathBuf,
    /// Whether no problem was found in what was looked at.
    pub healthy: bool,
    /// Whether the record and its objects were looked at, too: they are not while a server has the home.
    pub complete: bool,
    /// Objects that are whole again, and where their bytes were found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub healed: Vec<HealedObject>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
pub struct HealedObject {
    pub digest: String,
    /// What it is: a path and a run, where they are known.
    pub what: Option<String>,
    pub from: String,
}

impl ForPeople for Doctor {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        for object in &self.healed {
            let what = printable(object.what.as_deref().unwrap_or(&object.digest));
            paper.line(&format!("healed {what} with the bytes of {}", printable(&object.from)))?;
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
                let mark = paper.ink.state(state, word);
                vec![check.what.as_str().into(), Field::Number(mark), found.into()]
            })
            .collect();
        paper.table(&["WHAT", "", "FOUND"], rows)
    }
}

/// A file or folder was written.
#[derive(Debug, Serialize)]
pub struct Stored {
    pub schema: &'static str,
    pub path: PathBuf,
    pub bytes: u64,
    pub text: String,
}

impl ForPeople for Stored {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("{}   {}   {}", self.path.display(), words::bytes(self.bytes), self.text))
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
    /// What the home had lost.
    pub objects_missing: Vec<MissingObject>,
}

#[derive(Debug, Serialize)]
pub struct MissingObject {
    pub digest: String,
    pub why: String,
    /// What it is: a path and a run, where they are known.
    pub what: Option<String>,
}

impl ForPeople for BackupMade {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("{}   {}   {}", self.path.display(), words::bytes(self.bytes), self.text))
    }
}

/// Something was done, and one line says what.
#[derive(Debug, Serialize)]
pub struct Done {
    pub schema: &'static str,
    pub text: String,
}

impl ForPeople for Done {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&self.text)
    }
}

impl ForPeople for Collection {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let (what, verb) =
            (words::counted(self.objects, "object", "objects"), if self.dry_run { "would go" } else { "removed" });
        paper.line(&format!("{what}, {} {verb}", words::bytes(self.bytes)))?;
        if self.dry_run {
            for digest in &self.digests {
                let digest = paper.ink.dim(digest);
                paper.line(&format!("  {digest}"))?;
            }
        }
        Ok(())
    }
}
