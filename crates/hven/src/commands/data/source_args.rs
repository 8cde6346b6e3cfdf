//! The arguments that `hven data add` and `hven data look` share: the file, its description and how it is read.

use std::path::{Path, PathBuf};

use clap::Args;
use hven_api::{
    datasets::{AddDataset, name_of_file},
    runs::FileRef,
};
use hven_client::Failure;

use crate::{arg_values::parse_pair, context::Context, manifest_table, source_flags::SourceFlags};

#[derive(Debug, Args)]
pub struct SourceArgs {
    /// The table: CSV (any delimiter, blanks or fixed widths, many encodings) or Parquet
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// The name of the dataset [default: the name of the file]
    #[arg(long)]
    pub name: Option<String>,
    /// The project of the dataset
    #[arg(long)]
    pub project: Option<String>,
    /// The unit of a column, such as period=yr
    #[arg(long, value_name = "COLUMN=UNIT", value_parser = parse_pair)]
    pub unit: Vec<(String, String)>,
    /// The type of a column instead of the detected one: bool, int, float, text, date, timestamp
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = parse_pair)]
    pub types: Vec<(String, String)>,
    /// A text that means a missing value, in addition to the empty cell and the usual words; may be repeated
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub null: Vec<String>,
    /// A condition that the table must meet, such as 'period > 0'
    #[arg(long, value_name = "EXPRESSION")]
    pub check: Vec<String>,
    /// An SPDX identifier such as CC-BY-4.0, LicenseRef-NAME for your own licence, or the file or the address of its
    /// text
    #[arg(long)]
    pub license: Option<String>,
    /// A description, in a sentence
    #[arg(long)]
    pub description: Option<String>,
    /// Take nothing from the [data.NAME] of hven.toml that has the same source
    #[arg(long)]
    pub no_manifest: bool,
    #[command(flatten)]
    pub settings: SourceFlags,
}

/// An import, and what a person should know about its settings.
#[derive(Debug)]
pub struct SourceImport {
    pub new: AddDataset,
    pub notes: Vec<String>,
}

impl SourceArgs {
    /// The import of the file. Settings of the manifest's table with the same source apply where no flag says otherwise.
    pub fn import(&self, context: &Context, source: FileRef) -> anyhow::Result<SourceImport> {
        let project = context.new_project(self.project.as_ref())?;
        let mut notes = Vec::new();
        let declared = if self.no_manifest {
            None
        } else {
            manifest_table::with_source(&context.cwd, &self.file, self.name.as_deref(), &mut notes)?
        };
        let mut new = match declared {
            Some(table) => table.import(project, source, &mut notes)?,
            None => {
                let name = self.name.clone().map_or_else(|| name_of(&self.file), Ok)?;
                AddDataset::of(project, name, source)
            }
        };
        new.types.extend(self.types.iter().cloned());
        new.units.extend(self.unit.iter().cloned());
        if !self.null.is_empty() {
            new.nulls = Some(self.null.clone());
        }
        let further = self.check.iter().filter(|check| !new.checks.contains(check)).cloned();
        new.checks.extend(further.collect::<Vec<_>>());
        new.license = self.license.clone().or(new.license);
        new.description = self.description.clone().or(new.description);
        Ok(SourceImport { new: new.with_source_settings(self.settings.0.clone())?, notes })
    }
}

/// Derives the name of a dataset from the name of its file.
fn name_of(file: &Path) -> anyhow::Result<String> {
    let failure = || Failure::new("invalid", format!("{} gives no name", file.display())).hint("name it with --name");
    Ok(name_of_file(&file.to_string_lossy()).ok_or_else(failure)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_are_named_after_their_files() {
        let check = |file: &str, wanted: &str| assert_eq!(name_of(Path::new(file)).expect("a name"), wanted);
        check("data/planets.csv", "planets");
        check("hubble 1929.v2.csv", "hubble_1929_v2");
        check("2mass.parquet", "_2mass");
        check("行星.csv", "行星");
        check(".csv", "_csv");
        assert!(name_of(Path::new("/")).is_err());
    }
}
