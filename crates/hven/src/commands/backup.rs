//! `hven backup` and `hven restore`: write a home to one tar file, and create a home from it.

use std::{
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use hven_app::ports::record::DamagedObject;
use hven_client::Failure;
use hven_terminal::{BackupMade, FileWritten, MissingObject, Output, exit, formats};

use crate::{act::Act, composition, context::Context, home, home_backup, partial_file};

/// Write a backup of the home, also while it is in use
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven backup hven-2026-05-01.tar
  hven backup - | zstd > hven.tar.zst

Works while runs are active: the backup is the record at one moment, with all objects that it names, also the files of
folders. After writing, the backup is read and checked. It does not contain private environments, tokens and spools.

Exits with 1 when the home had lost objects: the backup contains all other objects and lists the missing ones.")]
pub struct BackupArgs {
    /// The tar file to write; `-`: standard output
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
}

impl Act for BackupArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        backup(&self, context, output)
    }
}

/// Create a home from a backup
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven restore hven-2026-05-01.tar ~/restored
  hven --home ~/restored ps -a

Every link of the chain and every object is checked before the restore succeeds. Exits with 1 when the backup lists objects
that the home had lost; a backup that lacks further objects is refused.")]
pub struct RestoreArgs {
    /// The tar file
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// Accept a backup that was cut off or lacks objects; the missing objects are listed
    #[arg(long)]
    pub incomplete: bool,
    /// A folder that does not exist yet, or is empty
    #[arg(value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

impl Act for RestoreArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        restore(&self, context, output)
    }
}

pub fn backup(args: &BackupArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    home::require(&context.home)?;
    if args.file == Path::new("-") {
        return to_standard_output(context, output);
    }
    let path = context.cwd.join(&args.file);
    let partial = PathBuf::from(format!("{}.partial", path.display()));
    let result = (|| -> anyhow::Result<_> {
        // A backup contains all data of the record: only its owner may read it.
        let mut file = partial_file::create(&partial, 0o600).map_err(|e| Failure::unwritable(&partial, &e))?;
        let bytes = home_backup::write(context, &mut file)?;
        file.sync_all().map_err(|e| Failure::unwritable(&partial, &e))?;
        let written = File::open(&partial).map_err(|e| Failure::unwritable(&partial, &e))?;
        let found = composition::check_backup(BufReader::with_capacity(READ_BYTES, written))?;
        fs::rename(&partial, &path).map_err(|e| Failure::unwritable(&path, &e))?;
        Ok((bytes, found))
    })();
    let (bytes, found) = result.inspect_err(|_| drop(fs::remove_file(&partial)))?;
    let text = format!(
        "{} and {}, read again and checked",
        formats::counted(found.head.seq, "fact", "facts"),
        formats::counted(found.objects, "object", "objects")
    );
    let status = report_missing(&found.missing, "this backup lacks", output);
    output.reply(&BackupMade {
        schema: "hven.backup/1",
        path,
        bytes,
        text,
        facts: found.head.seq,
        objects: found.objects,
        objects_missing: missing(&found.missing),
    })?;
    Ok(status)
}

const READ_BYTES: usize = 1 << 20;

fn missing(objects: &[DamagedObject]) -> Vec<MissingObject> {
    let one = |object: &DamagedObject| MissingObject {
        digest: object.digest.to_string(),
        why: object.why.clone(),
        what: object.what.clone(),
    };
    objects.iter().map(one).collect()
}

/// Reports missing objects. Returns the exit status.
fn report_missing(objects: &[DamagedObject], lacks: &str, output: &mut dyn Output) -> u8 {
    let Some(first) = objects.first() else { return exit::OK };
    let what = first.what.clone().unwrap_or_else(|| first.digest.to_string());
    let lost = formats::counted(objects.len() as u64, "object", "objects");
    output.note(&format!("{lacks} {lost} that the home had lost, first {what}: {}", first.why));
    output.note("`hven doctor --heal --from BACKUP` restores them from another backup");
    exit::NOT_WELL
}

/// Writes to standard output, and checks the same bytes.
fn to_standard_output(context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (reader, pipe) = io::pipe()?;
    let checking = std::thread::spawn(move || composition::check_backup(BufReader::with_capacity(READ_BYTES, reader)));
    let mut both = Tee { out: hven_terminal::byte_sink(), checked: Some(pipe) };
    let written = home_backup::write(context, &mut both).and_then(|_| Ok(both.out.flush()?));
    drop(both);
    let checked = checking.join().map_err(|_| anyhow::anyhow!("the thread that checks the backup ended badly"))?;
    written?;
    Ok(report_missing(&checked?.missing, "this backup lacks", output))
}

/// Writes the same bytes to the output and to the checker. When the checker stops reading, the output continues, and
/// the error is reported at the end.
struct Tee<W> {
    out: W,
    checked: Option<io::PipeWriter>,
}

impl<W: Write> Write for Tee<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        if let Some(pipe) = &mut self.checked
            && pipe.write_all(&bytes[..n]).is_err()
        {
            self.checked = None;
        }
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

pub fn restore(args: &RestoreArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (file, folder) = (context.cwd.join(&args.file), context.cwd.join(&args.folder));
    let bytes = File::open(&file).and_then(|file| file.metadata()).map(|metadata| metadata.len()).map_err(|error| {
        let code = if error.kind() == io::ErrorKind::NotFound { "file.missing" } else { "file.unreadable" };
        Failure::new(code, format!("the backup {} cannot be read: {error}", args.file.display()))
    })?;
    if fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
        let failure = Failure::new("home.exists", format!("{} is not empty", args.folder.display()));
        return Err(failure.hint("name a folder that does not exist yet").into());
    }
    let (facts, lacking) = composition::restore(&file, &folder, args.incomplete)?;
    let text = format!("{} restored and checked", formats::counted(facts, "fact", "facts"));
    let status = report_missing(&lacking, "the restored home lacks", output);
    output.reply(&FileWritten { schema: "hven.restored/1", path: folder, bytes, text })?;
    Ok(status)
}
