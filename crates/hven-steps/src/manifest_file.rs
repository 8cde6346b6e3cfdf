//! The manifest file of this folder or of one above it, and values in it that do not belong to steps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_capture::manifests::made;
use hven_client::Failure;
use hven_core::manifest::{MANIFEST, Manifest, Problems, Publication};

use crate::step_command;

/// The error for a missing manifest. `what` is the beginning of its message.
fn no_manifest(what: &str, cwd: &Path) -> Failure {
    let folder = cwd.display();
    Failure::new("manifest.missing", format!("{what} no {MANIFEST} in {folder} or above it"))
}

/// The manifest file of this folder or of one above it.
#[derive(Debug)]
pub struct ManifestFile {
    pub path: PathBuf,
    /// The path relative to the working folder, if the file is in that folder.
    pub shown: String,
    source: String,
}

impl ManifestFile {
    pub fn here(cwd: &Path) -> Result<Option<Self>, Failure> {
        let path = cwd.ancestors().map(|folder| folder.join(MANIFEST)).find(|path| path.is_file());
        let Some(path) = path else { return Ok(None) };
        let source = fs::read_to_string(&path).map_err(|error| {
            Failure::new("file.unreadable", format!("the manifest {} cannot be read: {error}", path.display()))
        })?;
        let shown = path.strip_prefix(cwd).unwrap_or(&path).display().to_string();
        Ok(Some(Self { path, shown, source }))
    }

    /// The manifest. An error if there is none; the message is for `hven run` without a command.
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

    /// The folder that contains it.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    pub fn manifest(&self) -> Result<Manifest, Failure> {
        Manifest::parse(&self.source).map_err(|problems| self.wrong(&problems))
    }

    pub fn wrong(&self, problems: &Problems) -> Failure {
        let rendered = problems.render(&self.shown, &self.source);
        Failure::new("manifest.invalid", format!("the manifest cannot be used\n{rendered}"))
    }
}

/// The licence in the manifest of `cwd`; `None` if there is no readable manifest or it has no licence.
pub fn license(cwd: &Path) -> Option<String> {
    ManifestFile::here(cwd).ok()??.manifest().ok()?.project.license
}

/// The publication with this name in the manifest of `cwd`.
pub fn publication(cwd: &Path, name: &str) -> anyhow::Result<Publication> {
    let found = ManifestFile::here(cwd)?.ok_or_else(|| {
        no_manifest(&format!("publication.{name} stands in a manifest, and there is"), cwd)
            .hint("claim/NAME publishes a claim without one")
    })?;
    found.manifest()?.publication(name).cloned().ok_or_else(|| {
        Failure::new("not_found", format!("there is no [publication.{name}] in {}", found.shown))
            .hint("claim/NAME publishes a claim without it")
            .into()
    })
}

/// Files that belong to the manifest of `cwd` and are not code: the manifest itself and the outputs of its steps. A program that a
/// step makes is code of the steps that use it.
pub fn not_code(cwd: &Path) -> Vec<PathBuf> {
    let Ok(Some(found)) = ManifestFile::here(cwd) else { return Vec::new() };
    let folder = found.path.parent().unwrap_or(Path::new("/"));
    let made = found.manifest().map(|manifest| made(&manifest, folder)).unwrap_or_default();
    made.into_iter().chain([found.path.clone()]).collect()
}

/// Whether a command is a step of the manifest in exactly this folder: its name and its words are those of a step of the current
/// manifest.
pub fn is_step(folder: &Path, name: &str, argv: &[String]) -> bool {
    let Ok(Some(found)) = ManifestFile::here(folder) else { return false };
    let is_command_of =
        |manifest: Manifest| manifest.run(name).is_some_and(|run| step_command::is_command_of(run, argv));
    found.path.parent() == Some(folder) && found.manifest().is_ok_and(is_command_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_identified_by_its_folder_name_and_command() {
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
        let own: Vec<PathBuf> = not_code(&below);
        assert!(own.contains(&place.path().join(MANIFEST)) && own.contains(&place.path().join("fit.json")), "{own:?}");
    }

    #[test]
    fn the_error_for_a_missing_manifest_names_the_searched_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let failure = ManifestFile::needed(place.path()).expect_err("there is none");
        assert_eq!(failure.code, "manifest.missing");
        assert!(failure.message.contains(&place.path().display().to_string()), "{failure}");
        assert_eq!(license(place.path()), None);
    }
}
