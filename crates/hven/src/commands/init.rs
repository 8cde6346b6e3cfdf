//! `hven init`: writes a commented manifest from what lies in the folder.

use std::{fs, io, io::Read, path::Path};

use clap::Args;
use hven_core::{
    manifest::{FoundFile, draft},
    project::ProjectPath,
};
use serde::Serialize;

use crate::{
    context::Context,
    exit,
    failure::Failure,
    output::{ForPeople, Output, Paper},
    settings::MANIFEST,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven init
  hven init --project astro/kepler

It looks at the tables and scripts in this folder and writes hven.toml, in which everything is explained.
`hven run --plan` then says what would be done.")]
pub struct InitArgs {
    /// The project's name, such as astro/kepler; the folder's when nothing is said
    #[arg(long)]
    pub project: Option<ProjectPath>,
    /// Write over a manifest that is there
    #[arg(long)]
    pub force: bool,
}

/// A manifest was written.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    files: usize,
}

impl ForPeople for Written {
    const SCHEMA: Option<&'static str> = Some("hven.manifest_written/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("{}   from what lies here; `hven run --plan` says what it would do", self.path))
    }
}

/// The most files that are looked at.
const FILES_MAX: usize = 200;
/// So much of a table is read to see its columns.
const HEAD_BYTES: u64 = 64 * 1024;

pub fn init(args: &InitArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let path = context.cwd.join(MANIFEST);
    if path.exists() && !args.force {
        return Err(Failure::new("conflict", format!("{} is there already", path.display()))
            .hint("edit it, or write it anew with --force")
            .into());
    }
    let project = match &args.project {
        Some(project) => Some(project.to_string()),
        None => {
            context.cwd.file_name().and_then(|name| name.to_str()).filter(|name| is_project(name)).map(str::to_owned)
        }
    };
    let files = look(&context.cwd)?;
    let text = draft(project.as_deref().unwrap_or("home"), &files);
    fs::write(&path, text).map_err(|error| Failure::unwritable(&path, &error))?;
    output.reply(&Written { path: MANIFEST.to_owned(), files: files.len() })?;
    Ok(exit::OK)
}

fn is_project(name: &str) -> bool {
    name.parse::<ProjectPath>().is_ok()
}

/// The files of the folder, tables with their columns.
fn look(folder: &Path) -> anyhow::Result<Vec<FoundFile>> {
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

/// The names in the first line of a table of text; none when it is no such table.
fn columns(path: &Path) -> Vec<String> {
    let delimiter = match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => ',',
        Some("tsv") => '\t',
        _ => return Vec::new(),
    };
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    if read.is_err() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&head);
    let Some(line) = text.trim_start_matches('\u{feff}').lines().find(|line| !line.starts_with('#')) else {
        return Vec::new();
    };
    // Many tables that are called csv have semicolons.
    let delimiter = if delimiter == ',' && line.contains(';') && !line.contains(',') { ';' } else { delimiter };
    line.split(delimiter).map(|name| name.trim().trim_matches('"').to_owned()).collect()
}
