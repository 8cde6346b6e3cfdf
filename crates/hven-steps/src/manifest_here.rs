//! The manifest of this folder or of one above it, and what is asked of it beside its steps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_capture::manifests::made;
use hven_client::Failure;
use hven_core::manifest::{MANIFEST, Manifest, Problems, Publication};

use crate::step_command;

/// There is no manifest; `what` says for what it is missed.
fn no_manifest(what: &str, cwd: &Path) -> Failure {
    let folder = cwd.display();
    Failure::new("manifest.missing", format!("{what} no {MANIFEST} in {folder} or above it"))
}

/// The manifest of this folder or of one above it, as it was written.
#[derive(Debug)]
pub struct Found {
    pub path: PathBuf,
    /// The path as a person here would say it.
    pub shown: String,
    source: String,
}

impl Found {
    pub fn here(cwd: &Path) -> Result<Option<Self>, Failure> {
        let path = cwd.ancestors().map(|folder| folder.join(MANIFEST)).find(|path| path.is_file());
        let Some(path) = path else { return Ok(None) };
        let source = fs::read_to_string(&path).map_err(|error| {
            Failure::new("file.unreadable", format!("the manifest {} cannot be read: {error}", path.display()))
        })?;
        let shown = path.strip_prefix(cwd).unwrap_or(&path).display().to_string();
        Ok(Some(Self { path, shown, source }))
    }

    /// The manifest that a command without any words needs.
    pub fn needed(cwd: &Path) -> Result<Self, Failure> {
        Self::here(cwd)?.ok_or_else(|| {
            no_manifest("there is no command, and", cwd)
                .hint("`hven run -- COMMAND` runs a command; `hven init` writes a manifest from what lies here")
        })
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.source
    }

    /// The folder in which it lies.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    pub fn manifest(&self) -> Result<Manifest, Failure> {
        Manifest::parse(&self.source).map_err(|problems| self.wrong(&problems))
    }

    pub fn wrong(&self, problems: &Problems) -> Failure {
        let told = problems.render(&self.shown, &self.source);
        Failure::new("manifest.invalid", format!("the manifest cannot be used\n{told}"))
    }
}

/// The licence that the manifest here says, if there is one that can be read.
pub fn license(cwd: &Path) -> Option<String> {
    Found::here(cwd).ok()??.manifest().ok()?.project.license
}

/// The publication of that name, as the manifest here says it.
pub fn publication(cwd: &Path, name: &str) -> anyhow::Result<Publication> {
    let found = Found::here(cwd)?.ok_or_else(|| {
        no_manifest(&format!("publication.{name} stands in a manifest, and there is"), cwd)
            .hint("claim/NAME publishes a claim without one")
    })?;
    found.manifest()?.publication(name).cloned().ok_or_else(|| {
        Failure::new("not_found", format!("there is no [publication.{name}] in {}", found.shown))
            .hint("claim/NAME publishes a claim without it")
            .into()
    })
}

/// What belongs to the manifest here and is no code: itself, and what its steps make. A program that a step makes is code of
/// those that use it.
pub fn no_code(cwd: &Path) -> Vec<PathBuf> {
    let Ok(Some(found)) = Found::here(cwd) else { return Vec::new() };
    let folder = found.path.parent().unwrap_or(Path::new("/"));
    let made = found.manifest().map(|manifest| made(&manifest, folder)).unwrap_or_default();
    made.into_iter().chain([found.path.clone()]).collect()
}

/// Whether a command is a step of the manifest in this very folder: it has the name of a step and does what the manifest says of
/// it now.
pub fn is_step(folder: &Path, name: &str, argv: &[String]) -> bool {
    let Ok(Some(found)) = Found::here(folder) else { return false };
    let is_command_of =
        |manifest: Manifest| manifest.run(name).is_some_and(|run| step_command::is_command_of(run, argv));
    found.path.parent() == Some(folder) && found.manifest().is_ok_and(is_command_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_by_its_folder_name_and_command() {
        let place = tempfile::tempdir().expect("a folder");
        let manifest =
            "[run.fit]\ncommand = [\"python\", \"fit.py\", \"{lr}\"]\nparams = { lr = 0.1 }\noutputs = \"fit.json\"\n";
        fs::write(place.path().join(MANIFEST), manifest).expect("written");
        let below = place.path().join("below");
        fs::create_dir(&below).expect("made");
        let is = |folder: &Path, name: &str, words: &[&str]| {
            is_step(folder, name, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
        };
        assert!(is(place.path(), "fit", &["python", "fit.py", "0.1"]));
        assert!(!is(place.path(), "fit", &["python", "fit.py", "0.2"]), "another parameter");
        assert!(!is(place.path(), "other", &["python", "fit.py", "0.1"]), "another name");
        assert!(!is(&below, "fit", &["python", "fit.py", "0.1"]), "another folder");
        let own: Vec<PathBuf> = no_code(&below);
        assert!(own.contains(&place.path().join(MANIFEST)) && own.contains(&place.path().join("fit.json")), "{own:?}");
    }

    #[test]
    fn a_manifest_that_is_needed_and_missing_says_where_it_was_looked_for() {
        let place = tempfile::tempdir().expect("a folder");
        let failure = Found::needed(place.path()).expect_err("there is none");
        assert_eq!(failure.code, "manifest.missing");
        assert!(failure.message.contains(&place.path().display().to_string()), "{failure}");
        assert_eq!(license(place.path()), None);
    }
}
