//! `hven backup` and `hven restore`: a home in one tar file, and back.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    context::Context,
    exit,
    failure::Failure,
    home, house,
    output::{self, Output, Stored, words},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven backup hven-2026-05-01.tar
  hven backup - | zstd > hven.tar.zst

Also while runs go on: it is the record at one moment, with all objects that it names. Not in it: private
environments, tokens, spools.")]
pub struct BackupArgs {
    /// The tar file to write; `-`: standard output
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven restore hven-2026-05-01.tar ~/restored
  hven --home ~/restored ps -a

Every link of the chain and every object is checked before it says that it is done.")]
pub struct RestoreArgs {
    /// The tar file
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// A folder that is not there yet, or empty
    #[arg(value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

pub fn backup(args: &BackupArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    home::require(&context.home)?;
    if args.file == Path::new("-") {
        let mut out = output::byte_sink();
        write(context, &mut out)?;
        out.flush()?;
        return Ok(exit::OK);
    }
    let path = context.cwd.join(&args.file);
    let partial = PathBuf::from(format!("{}.partial", path.display()));
    let unwritable = |path: &Path, error: &io::Error| {
        let code = if error.kind() == io::ErrorKind::StorageFull { "store.full" } else { "file.unwritable" };
        Failure::new(code, format!("{} cannot be written: {error}", path.display()))
    };
    let result = (|| -> anyhow::Result<u64> {
        // A backup holds everything that the record holds: nobody else may read it.
        let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial);
        let mut file = opened.map_err(|e| unwritable(&partial, &e))?;
        let bytes = write(context, &mut file)?;
        file.sync_all().map_err(|e| unwritable(&partial, &e))?;
        fs::rename(&partial, &path).map_err(|e| unwritable(&path, &e))?;
        Ok(bytes)
    })();
    let bytes = result.inspect_err(|_| drop(fs::remove_file(&partial)))?;
    let text = "the whole record, and the objects that it names".to_owned();
    output.reply(&Stored { schema: "hven.backup/1", path, bytes, text })?;
    Ok(exit::OK)
}

/// Writes a backup of the home, through its server when one runs; answers how many bytes.
pub(super) fn write(context: &Context, sink: &mut dyn Write) -> anyhow::Result<u64> {
    if context.running()?.is_some() {
        return Ok(context.client_of_existing()?.backup(sink)?);
    }
    house::backup(&context.home, &context.database()?, sink)
}

pub fn restore(args: &RestoreArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (file, folder) = (context.cwd.join(&args.file), context.cwd.join(&args.folder));
    let bytes = File::open(&file).and_then(|file| file.metadata()).map(|metadata| metadata.len()).map_err(|error| {
        let code = if error.kind() == io::ErrorKind::NotFound { "file.missing" } else { "file.unreadable" };
        Failure::new(code, format!("the backup {} cannot be read: {error}", args.file.display()))
    })?;
    if fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
        let failure = Failure::new("home.exists", format!("{} is not empty", args.folder.display()));
        return Err(failure.hint("name a folder that is not there yet").into());
    }
    let facts = house::restore(&file, &folder)?;
    let text = format!("{} restored and checked", words::counted(facts, "fact", "facts"));
    output.reply(&Stored { schema: "hven.restored/1", path: folder, bytes, text })?;
    Ok(exit::OK)
}
