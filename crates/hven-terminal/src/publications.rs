//! Publications for people: plans, what was made, what was verified, what was brought in.

use std::{io, path::PathBuf};

use hven_api::{
    page::Page,
    publications::{CrateImported, PublicationDetail, PublicationPlan, PublicationSummary, WithheldFile},
};
use serde::Serialize;

use crate::{
    claims,
    paper::{Field, Paper, printable},
    reply::ForPeople,
    soundness, words,
};

/// So many files are listed; `--json` has all.
const LISTED_MAX: usize = 20;

/// A publication that lies here now.
#[derive(Debug, Serialize)]
pub struct PublishedHere {
    pub schema: &'static str,
    /// `false`: the newest version says the same, and no new one was made. Not said of one that was only fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_new: Option<bool>,
    #[serde(flatten)]
    pub publication: PublicationSummary,
    pub withheld: Vec<WithheldFile>,
    pub folder: PathBuf,
    /// Files that were missing in the folder, and are there again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub put_back: Vec<String>,
    /// Files in the folder that are none of the publication.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
    pub zip: Option<PathBuf>,
    pub url: String,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verified {
    pub schema: &'static str,
    pub publication: PathBuf,
    pub whole: bool,
    /// The digest of `manifest.json`.
    pub fingerprint: String,
    /// Whether it is the one that was given; `null` when none was.
    pub expected: Option<bool>,
    /// Files that are as the manifest says, with the manifest.
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

impl ForPeople for Page<PublicationSummary> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return paper.line("no publications here; `hven publish claim/NAME` makes one");
        }
        let rows = self.items.iter().map(|publication| {
            vec![
                publication.reference.as_str().into(),
                soundness::mark(&publication.soundness, paper.ink).into(),
                publication.project.as_str().into(),
                Field::Dim(words::ago(&publication.published, paper.now)),
                publication.title.as_str().into(),
            ]
        });
        let rows = rows.collect();
        paper.table(&["PUBLICATION", "", "PROJECT", "MADE", "TITLE"], rows)?;
        if let Some(next) = &self.next {
            let more = paper.ink.dim(&format!("more: --cursor {next}"));
            paper.line(&more)?;
        }
        Ok(())
    }
}

impl ForPeople for PublicationPlan {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let title = paper.ink.bold(&format!("publication {}@{}", printable(&self.name), self.version));
        paper.line(&format!("{title}  {}", printable(&self.title)))?;
        if let Some(there) = &self.unchanged {
            paper.line(&format!("{} says the same already: nothing would be made", there.reference))?;
        }
        for refusal in &self.refusals {
            let line = paper.ink.red(&format!("refused: {}", printable(&refusal.said.text)));
            paper.line(&line)?;
        }
        for file in &self.missing {
            let (path, by) = (printable(&file.path), printable(&file.needed_by.join(", ")));
            let line = paper.ink.red(&format!("not in the store: {path} ({}); on it rests {by}", file.digest));
            paper.line(&line)?;
        }
        paper.heading("claims")?;
        for claim in &self.claims {
            let verdict = claims::verdict(claim, paper.ink);
            paper.line(&format!("{}  {verdict}", printable(&claim.name)))?;
        }
        paper.heading("inside")?;
        paper.line(&format!(
            "{}, {}, {}; {} ({})",
            words::counted(self.runs, "run", "runs"),
            words::counted(self.datasets, "dataset", "datasets"),
            words::counted(self.laws, "law", "laws"),
            words::counted(self.files.len() as u64, "file", "files"),
            words::bytes(self.bytes),
        ))?;
        let rows = self.files.iter().take(LISTED_MAX);
        let rows = rows.map(|file| vec![file.path.as_str().into(), Field::Number(words::bytes(file.size))]);
        paper.table(&["FILE", "SIZE"], rows.collect())?;
        more(paper, self.files.len())?;
        if !self.licences.is_empty() {
            paper.heading("licences")?;
            let rows = self.licences.iter().map(|finding| {
                vec![
                    finding.dataset.as_str().into(),
                    finding.license.as_deref().unwrap_or("none").into(),
                    if finding.included { "included" } else { "only named" }.into(),
                    Field::Dim(finding.because.clone()),
                ]
            });
            let rows = rows.collect();
            paper.table(&["DATASET", "LICENCE", "", "BECAUSE"], rows)?;
        }
        for warning in &self.warnings {
            paper.line(&format!("note: {}", printable(warning)))?;
        }
        withheld(paper, &self.withheld)
    }
}

/// What is only named by its digest.
fn withheld(paper: &mut Paper<'_>, files: &[WithheldFile]) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    paper.heading("only named by their digest")?;
    for file in files.iter().take(LISTED_MAX) {
        paper.line(&format!("{}  {}", printable(&file.path), printable(&file.because)))?;
    }
    more(paper, files.len())
}

fn more(paper: &mut Paper<'_>, count: usize) -> io::Result<()> {
    if count <= LISTED_MAX {
        return Ok(());
    }
    let line = paper.ink.dim(&format!("and {} more", count - LISTED_MAX));
    paper.line(&line)
}

impl ForPeople for PublishedHere {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let summary = &self.publication;
        let title = paper.ink.bold(&format!("publication {}", printable(&summary.reference)));
        paper.line(&format!(
            "{title}  {}  {}",
            words::counted(summary.files, "file", "files"),
            words::bytes(summary.bytes)
        ))?;
        if self.is_new == Some(false) {
            paper.line("nothing changed since it was made: no new version")?;
        }
        for (what, names) in [("put back", &self.put_back), ("no file of the publication", &self.extra)] {
            for name in names.iter().take(LISTED_MAX) {
                paper.line(&format!("{what}: {}", printable(name)))?;
            }
            more(paper, names.len())?;
        }
        soundness::banner(paper, summary.suspicion.as_ref())?;
        let zip = self.zip.as_ref().map(|zip| zip.display().to_string());
        paper.pairs(&[
            ("folder", Some(self.folder.display().to_string())),
            ("zip", zip),
            ("fingerprint", Some(summary.fingerprint.clone())),
            ("page", Some(self.url.clone())),
        ])?;
        withheld(paper, &self.withheld)
    }
}

impl ForPeople for PublicationDetail {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let summary = &self.summary;
        let title = paper.ink.bold(&format!("publication {}", printable(&summary.reference)));
        paper.line(&format!("{title}  {}", printable(&summary.title)))?;
        soundness::banner(paper, summary.suspicion.as_ref())?;
        if !summary.newest
            && let Some(newest) = self.versions.first()
        {
            paper.line(&format!("superseded by version {}", newest.version))?;
        }
        let by = summary.published_by.name.as_deref().unwrap_or("somebody");
        paper.pairs(&[
            ("project", Some(summary.project.clone())),
            ("made", Some(format!("{} by {by}", words::local(&summary.published)))),
            ("identifier", Some(summary.identifier.clone())),
            ("fingerprint", Some(summary.fingerprint.clone())),
            (
                "holds",
                Some(format!(
                    "{}, {}; as a zip {}",
                    words::counted(summary.files, "file", "files"),
                    words::bytes(summary.bytes),
                    words::bytes(summary.archive.size)
                )),
            ),
            ("page", Some(self.url.clone())),
        ])?;
        paper.heading("claims, as they stand now")?;
        for claim in &self.claims {
            let mark = claim.claim.as_ref().map(|claim| soundness::mark(&claim.soundness, paper.ink));
            let line = format!("{}  {}", printable(&claim.said.text), mark.unwrap_or_default());
            paper.line(line.trim_end())?;
        }
        withheld(paper, &self.withheld)?;
        if self.versions.len() > 1 {
            paper.heading("versions")?;
            for version in &self.versions {
                let when = words::local(&version.published);
                paper.line(&format!("{}  {when}  {}", version.version, printable(&version.title)))?;
            }
        }
        Ok(())
    }
}

impl ForPeople for Verified {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let good = words::counted(self.good, "file", "files");
        if self.whole {
            let well = paper.ink.state("done", "whole");
            paper.line(&format!("{well}  {good}, {}: all as the manifest says", words::bytes(self.bytes)))?;
        } else {
            let ill = paper.ink.red("not as the manifest says");
            paper.line(&format!("{ill}  {good} are"))?;
        }
        for file in self.changed.iter().take(LISTED_MAX) {
            paper.line(&format!("  changed  {}: {}", printable(&file.name), printable(&file.why)))?;
        }
        more(paper, self.changed.len())?;
        for (what, names) in [("missing", &self.missing), ("extra  ", &self.extra)] {
            for name in names.iter().take(LISTED_MAX) {
                paper.line(&format!("  {what}  {}", printable(name)))?;
            }
            more(paper, names.len())?;
        }
        paper.pairs(&[("fingerprint", Some(self.fingerprint.clone()))])?;
        match self.expected {
            Some(false) => {
                let line = paper.ink.red("it is not the fingerprint that was given: this is another publication");
                paper.line(&line)
            }
            _ => Ok(()),
        }
    }
}

impl ForPeople for CrateImported {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let origin = &self.origin;
        let title = paper.ink.bold(&printable(&origin.title));
        paper.line(&format!("{title}  version {}, by {}", origin.version, printable(&origin.publisher)))?;
        if !self.is_new {
            return paper.line(&format!("imported {} already: nothing was done", words::local(&origin.imported)));
        }
        for claim in &self.claims {
            paper.line(&format!("  claim    {}", printable(claim)))?;
        }
        for dataset in &self.datasets {
            paper.line(&format!("  dataset  {}", printable(dataset)))?;
        }
        for run in &self.runs {
            paper.line(&format!("  run      {}", run.handle))?;
        }
        if self.claims.is_empty() && self.datasets.is_empty() && self.runs.is_empty() {
            return paper.line("all of it was here before");
        }
        if let Some(claim) = self.claims.first() {
            let hint = paper.ink.dim(&format!("`hven reproduce claim/{}` runs it again", printable(claim)));
            paper.line(&hint)?;
        }
        Ok(())
    }
}
