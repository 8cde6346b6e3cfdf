//! The result of `hven import mlflow` and `hven import tensorboard`.

use std::io;

use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats::{bytes, counted},
    terminal_writer::{TerminalWriter, printable},
};

/// Runs that came from another tracker, and the parts of its store that did not.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportedRuns {
    pub tracker: &'static str,
    pub source: String,
    /// Nothing was written: the counts say what an import would bring.
    pub plan: bool,
    pub runs: ImportedRunCounts,
    /// The content of these runs.
    pub content: ImportedContent,
    pub projects: Vec<ImportedProject>,
    pub left_out: Vec<LeftOut>,
    /// Sentences about the import that are no faults.
    pub notes: Vec<String>,
    /// Why the import ended before its end.
    pub stopped: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportedRunCounts {
    pub new: u64,
    /// They were here in part, and more of them came now.
    pub continued: u64,
    /// They were here, and nothing came.
    pub here: u64,
    /// They could not be imported; the reasons are in the list of what was left out.
    pub failed: u64,
    /// Deleted in the other tracker, and left out.
    pub deleted: u64,
    /// Of the runs above, those that go on in the other tracker, or may go on.
    pub open: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportedContent {
    pub points: u64,
    pub params: u64,
    pub tags: u64,
    pub files: u64,
    pub file_bytes: u64,
    pub datasets: u64,
    pub logged_models: u64,
    pub registered_models: u64,
    pub model_versions: u64,
}

/// A project, and the experiment of the other tracker that is it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedProject {
    pub experiment: String,
    /// `null` in a plan, if the project does not exist yet.
    pub project: Option<String>,
    /// The runs of the experiment, without those that were left out because they are deleted.
    pub runs: u64,
}

/// Things of one kind that were not imported for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub kind: String,
    pub count: u64,
    pub why: String,
    /// The first of them.
    pub first: String,
    /// Hven has no place for things of this kind, so that no import can take them.
    pub no_place: bool,
}

impl ImportedRuns {
    /// Whether everything was imported that Hven has a place for.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.runs.failed == 0 && self.left_out.iter().all(|left| left.no_place)
    }

    fn of_runs(&self) -> String {
        let ImportedRunCounts { new, continued, here, failed, deleted, open } = self.runs;
        let verb = if self.plan { "would be imported" } else { "imported" };
        let mut parts = vec![format!("{} {verb}", counted(new, "run", "runs"))];
        let mut add = |count: u64, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        add(continued, if self.plan { "would be continued" } else { "continued" });
        add(here, "already here");
        add(failed, if self.plan { "cannot be imported" } else { "not imported" });
        add(deleted, "deleted there and left out");
        add(open, "left open");
        parts.join(", ")
    }

    fn of_content(&self) -> Option<String> {
        let ImportedContent {
            points,
            params,
            tags,
            files,
            file_bytes,
            datasets,
            logged_models,
            registered_models,
            model_versions,
        } = self.content;
        let mut parts = Vec::new();
        for (count, one, many) in [
            (points, "point", "points"),
            (params, "parameter", "parameters"),
            (tags, "tag", "tags"),
            (datasets, "dataset of an input", "datasets of inputs"),
            (logged_models, "logged model", "logged models"),
            (registered_models, "registered model", "registered models"),
            (model_versions, "model version", "model versions"),
        ] {
            if count > 0 {
                parts.push(counted(count, one, many));
            }
        }
        if files > 0 {
            parts.push(format!("{} ({})", counted(files, "file", "files"), bytes(file_bytes)));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl HumanReadable for ImportedRuns {
    const SCHEMA: Option<&'static str> = Some("hven.imported_runs/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let source = printable(&self.source);
        writer.line(&format!("{source}   {}", self.of_runs()))?;
        if let Some(content) = self.of_content() {
            writer.line(&format!("with {content}"))?;
        }
        let mut rows = Vec::new();
        for ImportedProject { experiment, project, runs } in &self.projects {
            let project = project.as_deref().unwrap_or("(new)");
            rows.push(vec![printable(experiment).into(), printable(project).into(), runs.to_string().into()]);
        }
        if !rows.is_empty() {
            let of = if self.tracker == "mlflow" { "experiment" } else { "folder" };
            writer.table(&[of, "project", "runs"], rows)?;
        }
        for note in &self.notes {
            writer.line(&printable(note))?;
        }
        if !self.left_out.is_empty() {
            writer.heading(if self.plan { "would be left out" } else { "left out" })?;
        }
        for LeftOut { kind, count, why, first, .. } in &self.left_out {
            let first = match first.as_str() {
                "" => String::new(),
                first if *count > 1 => format!("; the first: {}", printable(first)),
                first => format!(": {}", printable(first)),
            };
            writer.line(&format!("{count} {}: {}{first}", printable(kind), printable(why)))?;
        }
        Ok(())
    }
}
