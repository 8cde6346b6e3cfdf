//! `hven init`: writes a commented manifest from the files in the folder.

use std::{fs, io, path::Path};

use clap::Args;
use hven_client::Failure;
use hven_core::{
    manifest::{FoundFile, MANIFEST, draft},
    project::ProjectPath,
};
use hven_data::ImportOptions;
use hven_terminal::{HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use crate::{act::Act, context::Context};

/// Write a commented hven.toml from the files in this folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven init
  hven init --project astro/kepler

It reads the tables and scripts in this folder and writes hven.toml with an explanation of each setting.
`hven run --plan` then shows what would be done.")]
pub struct InitArgs {
    /// The project's name, such as astro/kepler [default: derived from the folder's name, `my-study` from `My Study`]
    #[arg(long)]
    pub project: Option<ProjectPath>,
    /// Overwrite an existing manifest
    #[arg(long)]
    pub force: bool,
}

impl Act for InitArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        init(&self, context, output)
    }
}

/// A manifest was written.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    files: usize,
}

impl HumanReadable for Written {
    const SCHEMA: Option<&'static str> = Some("hven.manifest_written/1");

    fn write(&self, paper: &mut TerminalWriter<'_>) -> io::Result<()> {
        paper.line(&format!(
            "{}   written from the files in this folder; `hven run --plan` shows what it would do",
            self.path
        ))
    }
}

/// The most files that are read.
const FILES_MAX: usize = 200;

pub fn init(args: &InitArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let path = context.cwd.join(MANIFEST);
    if path.exists() && !args.force {
        return Err(Failure::new("conflict", format!("{} exists already", path.display()))
            .hint("edit it, or overwrite it with --force")
            .into());
    }
    let project = match &args.project {
        Some(project) => Some(project.to_string()),
        None => context.cwd.file_name().and_then(|name| project_of(&name.to_string_lossy())),
    };
    let files = find_files(&context.cwd)?;
    let text = draft(project.as_deref().unwrap_or("home"), &files, hven_recipes::LIST);
    fs::write(&path, text).map_err(|error| Failure::unwritable(&path, &error))?;
    output.reply(&Written { path: MANIFEST.to_owned(), files: files.len() })?;
    Ok(exit::OK)
}

/// The name of a project for a folder: the name of the folder if a project may have it; else a name derived from it.
fn project_of(folder: &str) -> Option<String> {
    let is_project = |name: &String| name.parse::<ProjectPath>().is_ok();
    let made = || {
        let words = folder.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-')));
        let words = words.map(|word| word.trim_matches(['.', '-'])).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").to_lowercase()
    };
    Some(folder.to_owned()).filter(is_project).or_else(|| Some(made()).filter(is_project))
}

/// The files of the folder; tables come with their columns.
fn find_files(folder: &Path) -> anyhow::Result<Vec<FoundFile>> {
    let entries = fs::read_dir(folder).map_err(|error| {
        Failure::new("file.unreadable", format!("the folder {} cannot be read: {error}", folder.display()))
    })?;
    let mut names: Vec<String> = entries
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && name != MANIFEST)
        .collect();
    names.sort();
    names.truncate(FILES_MAX);
    Ok(names.into_iter().map(|name| FoundFile { columns: columns(&folder.join(&name)), path: name }).collect())
}

/// Of a larger Parquet file, the columns are not read: it would be converted as a whole.
const PARQUET_BYTES_MAX: u64 = 16 << 20;

/// The columns of a table, as `hven data add` would name them; none for other files.
fn columns(path: &Path) -> Vec<String> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let is_small = || fs::metadata(path).is_ok_and(|found| found.len() <= PARQUET_BYTES_MAX);
    let is_read = match ending.as_str() {
        "csv" | "tsv" => true,
        "parquet" => is_small(),
        _ => false,
    };
    if !is_read {
        return Vec::new();
    }
    // The import step reports a file that is no table or cannot be read.
    read(path).unwrap_or_default()
}

/// Reads the beginning of a table with the same code as an import.
fn read(path: &Path) -> anyhow::Result<Vec<String>> {
    let size = fs::metadata(path)?.len();
    let looked = hven_data::look(path, size, &ImportOptions::default())?;
    Ok(looked.report.schema.columns.into_iter().map(|column| column.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_import() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |name: &str, bytes: &[u8], expect: &[&str]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).expect("written");
            assert_eq!(columns(&path), expect, "{name}");
        };
        check("plain.csv", b"\xef\xbb\xbfa,b c\n1,2\n", &["a", "b c"]);
        let latin = b"# T = 295 K\n#\nOrt;Temperatur (\xb0C);\"p; abs\"\nK\xf6ln;20,1;3\n";
        check("latin.csv", latin, &["Ort", "Temperatur (\u{b0}C)", "p; abs"]);
        check("tabs.tsv", b"a\tb\n1\t2\n", &["a", "b"]);
        check("utf16.csv", b"\xff\xfex\x00,\x00y\x00\n\x001\x00,\x002\x00\n\x00", &["x", "y"]);
        check("picture.csv", b"\x89PNG\r\n\x1a\n", &[]);
        check("empty.csv", b"", &[]);
        check("notes.txt", b"a,b\n1,2\n", &[]);
        let long = format!("a,b\n{}", "1,22222222\n".repeat(hven_data::LOOK_BYTES as usize / 10));
        check("long.csv", long.as_bytes(), &["a", "b"]);
    }

    #[test]
    fn a_folder_names_its_project() {
        let check = |folder: &str, wanted: Option<&str>| assert_eq!(project_of(folder).as_deref(), wanted, "{folder}");
        check("kepler", Some("kepler"));
        check("Kepler_2", Some("Kepler_2"));
        check("My Study", Some("my-study"));
        check("Größe (neu), v1.2", Some("größe-neu-v1.2"));
        check(".hidden", Some("hidden"));
        check("行星", Some("行星"));
        check("???", None);
    }
}
