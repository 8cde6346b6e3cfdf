//! Human-readable output for publications: plans, new publications, verifications and imports.

use std::{io, path::PathBuf};

use hven_api::{
    page::Page,
    publications::{CrateImported, PublicationDetail, PublicationPlan, PublicationSummary, WithheldFile},
};
use serde::Serialize;

use crate::{
    claims,
    command_result::HumanReadable,
    formats, soundness,
    terminal_writer::{Field, TerminalWriter, printable},
};

/// The largest number of files in a list. The JSON has all of them.
const LISTED_MAX: usize = 20;

/// A publication that is now in a local folder.
#[derive(Debug, Serialize)]
pub struct PublishedHere {
    pub schema: &'static str,
    /// `false`: the newest version has the same content, so no new one was made. Absent when the publication was only
    /// fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_new: Option<bool>,
    #[serde(flatten)]
    pub publication: PublicationSummary,
    pub withheld: Vec<WithheldFile>,
    pub folder: PathBuf,
    /// Files that were missing in the folder and were written again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub put_back: Vec<String>,
    /// Files in the folder that do not belong to the publication.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
    pub zip: Option<PathBuf>,
    pub url: String,
}

/// The result of a verification.
#[derive(Debug, Serialize)]
pub struct VerifiedPublication {
    pub schema: &'static str,
    pub publication: PathBuf,
    pub whole: bool,
    /// The digest of `manifest.json`.
    pub fingerprint: String,
    /// Whether it is the fingerprint that the user gave; `null` without one.
    pub expected: Option<bool>,
    /// The number of files that match the manifest, including the manifest.
    pub good: u64,
    pub bytes: u64,
    pub changed: Vec<ChangedFile>,
    pub missing: Vec<String>,
    /// Files that the manifest does not name.
    pub extra: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ChangedFile {
    pub name: String,
    pub why: String,
}

impl HumanReadable for Page<PublicationSummary> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("no publications here; `hven publish claim/NAME` makes one");
        }
        let rows = self.items.iter().map(|publication| {
            vec![
                publication.reference.as_str().into(),
                soundness::mark(&publication.soundness, writer.colours).into(),
                publication.project.as_str().into(),
                Field::Dim(formats::ago(&publication.published, writer.now)),
                publication.title.as_str().into(),
            ]
        });
        let rows = rows.collect();
        writer.table(&["PUBLICATION", "", "PROJECT", "MADE", "TITLE"], rows)?;
        if let Some(next) = &self.next {
            let more = writer.colours.dim(&format!("more: --cursor {next}"));
            writer.line(&more)?;
        }
        Ok(())
    }
}

impl HumanReadable for PublicationPlan {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let title = writer.colours.bold(&format!("publication {}@{}", printable(&self.name), self.version));
        writer.line(&format!("{title}  {}", printable(&self.title)))?;
        if let Some(there) = &self.unchanged {
            writer.line(&format!("{} says the same already: nothing would be made", there.reference))?;
        }
        for refusal in &self.refusals {
            let line = writer.colours.red(&format!("refused: {}", printable(&refusal.said.text)));
            writer.line(&line)?;
        }
        for file in &self.missing {
            let (path, by) = (printable(&file.path), printable(&file.needed_by.join(", ")));
            let line = writer.colours.red(&format!("not in the store: {path} ({}); on it rests {by}", file.digest));
            writer.line(&line)?;
        }
        writer.heading("claims")?;
        for claim in &self.claims {
            let verdict = claims::verdict(claim, writer.colours);
            writer.line(&format!("{}  {verdict}", printable(&claim.name)))?;
        }
        writer.heading("inside")?;
        writer.line(&format!(
            "{}, {}, {}; {} ({})",
            formats::counted(self.runs, "run", "runs"),
            formats::counted(self.datasets, "dataset", "datasets"),
            formats::counted(self.laws, "law", "laws"),
            formats::counted(self.files.len() as u64, "file", "files"),
            formats::bytes(self.bytes),
        ))?;
        let rows = self.files.iter().take(LISTED_MAX);
        let rows = rows.map(|file| vec![file.path.as_str().into(), Field::Number(formats::bytes(file.size))]);
        writer.table(&["FILE", "SIZE"], rows.collect())?;
        more(writer, self.files.len())?;
        if !self.licences.is_empty() {
            writer.heading("licences")?;
            let rows = self.licences.iter().map(|finding| {
                vec![
                    finding.dataset.as_str().into(),
                    finding.license.as_deref().unwrap_or("none").into(),
                    if finding.included { "included" } else { "only named" }.into(),
                    Field::Dim(finding.because.clone()),
                ]
            });
            let rows = rows.collect();
            writer.table(&["DATASET", "LICENCE", "", "BECAUSE"], rows)?;
        }
        for warning in &self.warnings {
            writer.line(&format!("note: {}", printable(warning)))?;
        }
        withheld(writer, &self.withheld)
    }
}

/// The files whose bytes are not in the publication.
fn withheld(writer: &mut TerminalWriter<'_>, files: &[WithheldFile]) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    writer.heading("only named by their digest")?;
    for file in files.iter().take(LISTED_MAX) {
        writer.line(&format!("{}  {}", printable(&file.path), printable(&file.because)))?;
    }
    more(writer, files.len())
}

fn more(writer: &mut TerminalWriter<'_>, count: usize) -> io::Result<()> {
    if count <= LISTED_MAX {
        return Ok(());
    }
    let line = writer.colours.dim(&format!("and {} more", count - LISTED_MAX));
    writer.line(&line)
}

impl HumanReadable for PublishedHere {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let summary = &self.publication;
        let title = writer.colours.bold(&format!("publication {}", printable(&summary.reference)));
        writer.line(&format!(
            "{title}  {}  {}",
            formats::counted(summary.files, "file", "files"),
            formats::bytes(summary.bytes)
        ))?;
        if self.is_new == Some(false) {
            writer.line("nothing changed since it was made: no new version")?;
        }
        for (what, names) in [("put back", &self.put_back), ("no file of the publication", &self.extra)] {
            for name in names.iter().take(LISTED_MAX) {
                writer.line(&format!("{what}: {}", printable(name)))?;
            }
            more(writer, names.len())?;
        }
        soundness::banner(writer, summary.suspicion.as_ref())?;
        let zip = self.zip.as_ref().map(|zip| zip.display().to_string());
        writer.pairs(&[
            ("folder", Some(self.folder.display().to_string())),
            ("zip", zip),
            ("fingerprint", Some(summary.fingerprint.clone())),
            ("page", Some(self.url.clone())),
        ])?;
        withheld(writer, &self.withheld)
    }
}

impl HumanReadable for PublicationDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let summary = &self.summary;
        let title = writer.colours.bold(&format!("publication {}", printable(&summary.reference)));
        writer.line(&format!("{title}  {}", printable(&summary.title)))?;
        soundness::banner(writer, summary.suspicion.as_ref())?;
        if !summary.newest
            && let Some(newest) = self.versions.first()
        {
            writer.line(&format!("superseded by version {}", newest.version))?;
        }
        let by = summary.published_by.name.as_deref().unwrap_or("an unknown user");
        writer.pairs(&[
            ("project", Some(summary.project.clone())),
            ("made", Some(format!("{} by {by}", formats::local(&summary.published)))),
            ("identifier", Some(summary.identifier.clone())),
            ("fingerprint", Some(summary.fingerprint.clone())),
            (
                "holds",
                Some(format!(
                    "{}, {}; as a zip {}",
                    formats::counted(summary.files, "file", "files"),
                    formats::bytes(summary.bytes),
                    formats::bytes(summary.archive.size)
                )),
            ),
            ("page", Some(self.url.clone())),
        ])?;
        writer.heading("claims, as they stand now")?;
        for claim in &self.claims {
            let mark = claim.claim.as_ref().map(|claim| soundness::mark(&claim.soundness, writer.colours));
            let line = format!("{}  {}", printable(&claim.said.text), mark.unwrap_or_default());
            writer.line(line.trim_end())?;
        }
        withheld(writer, &self.withheld)?;
        if self.versions.len() > 1 {
            writer.heading("versions")?;
            for version in &self.versions {
                let when = formats::local(&version.published);
                writer.line(&format!("{}  {when}  {}", version.version, printable(&version.title)))?;
            }
        }
        Ok(())
    }
}

impl HumanReadable for VerifiedPublication {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let good = formats::counted(self.good, "file", "files");
        if self.whole {
            let well = writer.colours.state("done", "whole");
            writer.line(&format!("{well}  {good}, {}: all as the manifest says", formats::bytes(self.bytes)))?;
        } else {
            let ill = writer.colours.red("not as the manifest says");
            writer.line(&format!("{ill}  {good} are"))?;
        }
        for file in self.changed.iter().take(LISTED_MAX) {
            writer.line(&format!("  changed  {}: {}", printable(&file.name), printable(&file.why)))?;
        }
        more(writer, self.changed.len())?;
        for (what, names) in [("missing", &self.missing), ("extra  ", &self.extra)] {
            for name in names.iter().take(LISTED_MAX) {
                writer.line(&format!("  {what}  {}", printable(name)))?;
            }
            more(writer, names.len())?;
        }
        writer.pairs(&[("fingerprint", Some(self.fingerprint.clone()))])?;
        match self.expected {
            Some(false) => {
                let line = writer.colours.red("it is not the fingerprint that was given: this is another publication");
                writer.line(&line)
            }
            _ => Ok(()),
        }
    }
}

impl HumanReadable for CrateImported {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let origin = &self.origin;
        let title = writer.colours.bold(&printable(&origin.title));
        writer.line(&format!("{title}  version {}, by {}", origin.version, printable(&origin.publisher)))?;
        if !self.is_new {
            return writer.line(&format!("imported {} already: nothing was done", formats::local(&origin.imported)));
        }
        for claim in &self.claims {
            writer.line(&format!("  claim    {}", printable(claim)))?;
        }
        for dataset in &self.datasets {
            writer.line(&format!("  dataset  {}", printable(dataset)))?;
        }
        for run in &self.runs {
            writer.line(&format!("  run      {}", run.handle))?;
        }
        if self.claims.is_empty() && self.datasets.is_empty() && self.runs.is_empty() {
            return writer.line("all of it was here before");
        }
        if let Some(claim) = self.claims.first() {
            let hint = writer.colours.dim(&format!("`hven reproduce claim/{}` runs it again", printable(claim)));
            writer.line(&hint)?;
        }
        Ok(())
    }
}
