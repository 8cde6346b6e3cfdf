//! The table of a manifest that has the same source as a file on the command line.
//!
//! A dataset that is imported again without the units, checks and settings of its manifest would be another table, and laws
//! found in it others. So a command takes them from the manifest, and reports that in a note.

use std::path::Path;

use hven_api::{datasets::AddDataset, runs::FileRef};
use hven_client::Failure;
use hven_core::manifest::{Data, Manifest};
use hven_steps::{import_of, manifest_file::ManifestFile};

/// A table of a manifest.
#[derive(Debug)]
pub struct DeclaredTable {
    manifest: Manifest,
    data: Data,
    /// The path of the manifest for messages.
    shown: String,
}

/// The table whose source is this file, in the manifest of this folder. `name` chooses among several.
pub fn with_source(
    cwd: &Path,
    file: &Path,
    name: Option<&str>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Option<DeclaredTable>> {
    let Some(found) = ManifestFile::here(cwd)? else { return Ok(None) };
    let manifest = match found.manifest() {
        Ok(manifest) => manifest,
        Err(wrong) => {
            let first = wrong.message.lines().nth(1).unwrap_or(&wrong.message);
            notes.push(format!("nothing was taken from {}, which cannot be read: {first}", found.shown));
            return Ok(None);
        }
    };
    let Ok(wanted) = cwd.join(file).canonicalize() else { return Ok(None) };
    let is_source =
        |data: &&Data| found.folder().join(&data.source.value).canonicalize().is_ok_and(|path| path == wanted);
    let mut tables: Vec<Data> = manifest.data.iter().filter(is_source).cloned().collect();
    if let Some(name) = name {
        tables.retain(|data| data.name == name);
    }
    if tables.len() > 1 {
        let names: Vec<String> = tables.iter().map(|data| format!("--name {}", data.name)).collect();
        let message = format!("several tables of {} have the source {}", found.shown, file.display());
        let hint = format!("choose one with {}, or give another --name or --no-manifest", names.join(" or "));
        return Err(Failure::new("invalid", message).hint(hint).into());
    }
    let Some(data) = tables.pop() else { return Ok(None) };
    manifest.check_recipes(hven_recipes::LIST).map_err(|problems| found.wrong(&problems))?;
    Ok(Some(DeclaredTable { manifest, data, shown: found.shown }))
}

impl DeclaredTable {
    /// The import that the manifest declares.
    pub fn import(
        self,
        project: Option<String>,
        source: FileRef,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<AddDataset> {
        let Self { manifest, data, shown } = self;
        let new = import_of(&manifest, &data, hven_recipes::LIST, project, source)?;
        let given = [
            ("types", !new.types.is_empty()),
            ("units", !new.units.is_empty()),
            ("missing", new.nulls.is_some()),
            ("checks", !new.checks.is_empty()),
            ("license", new.license.is_some()),
            ("description", new.description.is_some()),
            ("memory", new.memory_limit_bytes.is_some()),
        ];
        let settings = new.source_settings();
        let given = given.iter().filter(|(_, given)| *given).map(|(what, _)| *what);
        let given: Vec<&str> = given.chain(settings.keys().map(String::as_str)).collect();
        let taken = if given.is_empty() { "nothing but its name".to_owned() } else { given.join(", ") };
        notes.push(format!(
            "[data.{}] of {shown} has this source; taken from it, where no flag says otherwise: {taken} (--no-manifest takes nothing)",
            data.name
        ));
        if data.split.is_some() {
            notes
                .push(format!("the split of [data.{}] is not made here; `hven run {}` makes it", data.name, data.name));
        }
        Ok(new)
    }
}
