//! `hven backup` and `hven restore`: a home in one tar file, and back.

use std::{
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use hven_app::ports::record::DamagedObject;
use hven_client::Failure;
use hven_terminal::{BackupMade, MissingObject, Output, Stored, exit, words};

use crate::{act::Act, context::Context, home, home_backup, house, partial};

/// Write a backup of the home, also while it is in use
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven backup hven-2026-05-01.tar
  hven backup - | zstd > hven.tar.zst

Also while runs go on: it is the record at one moment, with all objects that it names, also the files of folders. When
it is written it is read again and checked. Not in it: private environments, tokens, spools.

Exits with 1 when the home had lost objects: the backup holds all the rest and says what it lacks.")]
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

/// Make a home from a backup
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven restore hven-2026-05-01.tar ~/restored
  hven --home ~/restored ps -a

Every link of the chain and every object is checked before it says that it is done. Exits with 1 when the backup says
that the home had lost objects; one that lacks objects without saying so is refused.")]
pub struct RestoreArgs {
    /// The tar file
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// Take in a backup that was cut off or lacks objects; what is lacking is named
    #[arg(long)]
    pub incomplete: bool,
    /// A folder that is not there yet, or empty
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
        // A backup holds everything that the record holds: nobody else may read it.
        let mut file = partial::create(&partial, 0o600).map_err(|e| Failure::unwritable(&partial, &e))?;
        let bytes = home_backup::write(context, &mut file)?;
        file.sync_all().map_err(|e| Failure::unwritable(&partial, &e))?;
        let written = File::open(&partial).map_err(|e| Failure::unwritable(&partial, &e))?;
        let found = house::check_backup(BufReader::with_capacity(READ_BYTES, written))?;
        fs::rename(&partial, &path).map_err(|e| Failure::unwritable(&path, &e))?;
        Ok((bytes, found))
    })();
    let (bytes, found) = result.inspect_err(|_| drop(fs::remove_file(&partial)))?;
    let text = format!(
        "{} and {}, read again and checked",
        words::counted(found.head.seq, "fact", "facts"),
        words::counted(found.objects, "object", "objects")
    );
    let status = say_missing(&found.missing, "this backup lacks", output);
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

/// Says what is lacking, and answers the exit status that goes with it.
fn say_missing(objects: &[DamagedObject], lacks: &str, output: &mut dyn Output) -> u8 {
    let Some(first) = objects.first() else { return exit::OK };
    let what = first.what.clone().unwrap_or_else(|| first.digest.to_string());
    let lost = words::counted(objects.len() as u64, "object", "objects");
    output.note(&format!("{lacks} {lost} that the home had lost, first {what}: {}", first.why));
    output.note("`hven doctor --heal --from BACKUP` takes them from another backup");
    exit::NOT_WELL
}

/// Writes to standard output, and reads the same bytes to check them.
fn to_standard_output(context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (reader, pipe) = io::pipe()?;
    let checking = std::thread::spawn(move || house::check_backup(BufReader::with_capacity(READ_BYTES, reader)));
    let mut both = Both { out: hven_terminal::byte_sink(), checked: Some(pipe) };
    let written = home_backup::write(context, &mut both).and_then(|_| Ok(both.out.flush()?));
    drop(both);
    let checked = checking.join().map_err(|_| anyhow::anyhow!("the thread that checks the backup ended badly"))?;
    written?;
    Ok(say_missing(&checked?.missing, "this backup lacks", output))
}

/// Two places that get the same bytes. When the one who checks reads no more, the other is told at the end.
struct Both<W> {
    out: W,
    checked: Option<io::PipeWriter>,
}

impl<W: Write> Write for Both<W> {
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
        return Err(failure.hint("name a folder that is not there yet").into());
    }
    let (facts, lacking) = house::restore(&file, &folder, args.incomplete)?;
    let text = format!("{} restored and checked", words::counted(facts, "fact", "facts"));
    let status = say_missing(&lacking, "the restored home lacks", output);
    output.reply(&Stored { schema: "hven.restored/1", path: folder, bytes, text })?;
    Ok(status)
}
