//! `hven import export`: creates a home from the output of `hven export --all`.

use std::{io, path::PathBuf};

use clap::Args;
use hven_terminal::{HumanReadable, Output, TerminalWriter, exit, formats};
use serde::Serialize;

use crate::{composition, context::Context, progress::Progress};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven --home ~/second import export ~/hven-2026
  HVEN_DATABASE=postgresql://localhost/hven hven --home ~/third import export ~/hven-2026

The home is created at the path of --home or HVEN_HOME, which must not exist yet. Every link of the chain and every digest
is checked before the home is usable.")]
pub struct ExportArgs {
    /// The folder that `hven export --all` wrote
    #[arg(value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// A home was made of an export.
#[derive(Debug, Serialize)]
struct ImportedHome {
    home: PathBuf,
    facts: u64,
    head: String,
    objects: u64,
    /// Objects that the home had lost before it was exported.
    objects_missing: u64,
    bytes: u64,
}

impl HumanReadable for ImportedHome {
    const SCHEMA: Option<&'static str> = Some("hven.imported_home/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!(
            "{}   {} and {} imported and checked",
            self.home.display(),
            formats::counted(self.facts, "fact", "facts"),
            formats::counted(self.objects, "object", "objects"),
        ))
    }
}

pub fn import(args: &ExportArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    context.check_home()?;
    let folder = context.cwd.join(&args.folder);
    let progress = Progress::new(output);
    let found = composition::import(&folder, &context.home, &context.database()?, &mut |step| progress.show(&step));
    progress.clear();
    let found = found?;
    if found.objects_missing > 0 {
        let lost = formats::counted(found.objects_missing, "object", "objects");
        output.note(&format!("{lost} were missing when the home was exported: `hven audit verify` names them"));
    }
    output.reply(&ImportedHome {
        home: context.home.clone(),
        facts: found.head.seq,
        head: found.head.hash.to_string(),
        objects: found.objects,
        objects_missing: found.objects_missing,
        bytes: found.bytes,
    })?;
    Ok(exit::OK)
}
