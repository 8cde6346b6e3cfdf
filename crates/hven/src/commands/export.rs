//! `hven export`: writes a whole home as plain files that are readable without Hven.

use std::{
    io::{self, PipeReader, Read},
    path::PathBuf,
    thread::JoinHandle,
};

use clap::Args;
use hven_terminal::{FileWritten, HumanReadable, Output, TerminalWriter, exit, formats};
use serde::Serialize;

use crate::{act::Act, composition, context::Context, home, home_backup, lineage_graph, progress::Progress};

/// Write the whole home as plain files that are readable without Hven
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven export --all ~/hven-2026
  hven --home ~/second import export ~/hven-2026
  hven export --prov home.prov.json             the lineage alone, as W3C PROV

Writes facts, tables, metrics and lineage as Parquet and JSON, logs as text, objects and datasets as files, and a README
that explains them. Works while runs are active: the export is the record at one moment. It does not contain secrets of
tokens, private environments and settings.")]
pub struct ExportArgs {
    /// Export everything to this folder, which does not exist yet or is empty
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, required_unless_present = "prov")]
    pub all: Option<PathBuf>,
    /// Write the lineage of everything that you may see to this file, as PROV-JSON
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub prov: Option<PathBuf>,
}

impl Act for ExportArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        export(&self, context, output)
    }
}

/// A home was exported.
#[derive(Debug, Serialize)]
struct ExportedHome {
    path: PathBuf,
    facts: u64,
    head: String,
    objects: u64,
    /// Digests of outputs that the home had lost.
    objects_missing: Vec<String>,
    /// Streams of active runs, or of runs whose end was not sealed yet.
    unsealed: u64,
    files: u64,
    bytes: u64,
}

impl HumanReadable for ExportedHome {
    const SCHEMA: Option<&'static str> = Some("hven.exported_home/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!(
            "{}   {}   {} and {} in {}",
            self.path.display(),
            formats::bytes(self.bytes),
            formats::counted(self.facts, "fact", "facts"),
            formats::counted(self.objects, "object", "objects"),
            formats::counted(self.files, "file", "files"),
        ))
    }
}

pub fn export(args: &ExportArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    home::require(&context.home)?;
    if let Some(folder) = &args.all {
        export_all(context.cwd.join(folder), context, output)?;
    }
    if let Some(file) = &args.prov {
        let path = context.cwd.join(file);
        let bytes = lineage_graph::write_prov_of_home(context, &path)?;
        let text = "the lineage of everything, as PROV-JSON".to_owned();
        output.reply(&FileWritten { schema: "hven.exported_prov/1", path, bytes, text })?;
    }
    Ok(exit::OK)
}

fn export_all(path: PathBuf, context: &Context, output: &mut dyn Output) -> anyhow::Result<()> {
    let progress = Progress::new(output);
    let (backup, pipe) = io::pipe()?;
    let writing = std::thread::spawn({
        let context = context.clone();
        move || {
            let mut pipe = pipe;
            home_backup::write(&context, &mut pipe)
        }
    });
    let mut backup = Backup { pipe: Some(backup), writing: Some(writing), failed: None };
    let exported = composition::export(&mut backup, &path, &mut |step| progress.show(&step));
    progress.clear();
    let found = match (backup.end(), exported) {
        (Some(failed), Err(_)) => return Err(failed),
        (_, exported) => exported?,
    };
    if !found.objects_missing.is_empty() {
        let lost = formats::counted(found.objects_missing.len() as u64, "object", "objects");
        output.note(&format!("{lost} that runs had made are missing from the home: `hven audit verify` names them"));
    }
    output.reply(&ExportedHome {
        path,
        facts: found.head.seq,
        head: found.head.hash.to_string(),
        objects: found.objects,
        objects_missing: found.objects_missing.iter().map(ToString::to_string).collect(),
        unsealed: found.unsealed,
        files: found.files,
        bytes: found.bytes,
    })
}

/// Reads a backup from a pipe. The end of the pipe is accepted only when the writer reports success.
struct Backup {
    pipe: Option<PipeReader>,
    writing: Option<JoinHandle<anyhow::Result<u64>>>,
    failed: Option<anyhow::Error>,
}

impl Backup {
    fn join(&mut self) {
        if let Some(writing) = self.writing.take() {
            self.failed = match writing.join() {
                Ok(written) => written.err(),
                Err(_) => Some(anyhow::anyhow!("the thread that reads the home ended badly")),
            };
        }
    }

    /// Closes the pipe and waits for the writer. Returns the writer's error, unless the reader stopped early and caused
    /// it.
    fn end(mut self) -> Option<anyhow::Error> {
        drop(self.pipe.take());
        let was_read_to_its_end = self.writing.is_none();
        self.join();
        self.failed.filter(|_| was_read_to_its_end)
    }
}

impl Read for Backup {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.pipe {
            Some(pipe) => pipe.read(bytes)?,
            None => 0,
        };
        if n == 0 && !bytes.is_empty() {
            self.join();
            if let Some(failed) = &self.failed {
                return Err(io::Error::other(failed.to_string()));
            }
        }
        Ok(n)
    }
}
