//! `hven get`: what a run made, or what it read, as it was recorded: its names, bytes, links and empty folders. Nothing that
//! lies there already is lost, unless that is said.

mod entries;
mod places;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    runs::{FileRef, RunDetail, RunName},
    stdin::Stdin,
};
use hven_client::{Client, Failure};
use hven_core::{file_name, stdin::NO_PATH};
use hven_terminal::{Did, Got, GotFile, Output, exit, shell_line};

use crate::{act::Act, being_written, complete, context::Context, follow::is_final, unfinished};
use entries::{Entry, Kept, What};

/// Fetch what a run made: all of it, or files and folders of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven get 7Q2M                          all outputs, into this folder
  hven get last -o results               into a folder of their own
  hven get 7Q2M fit.json out/curves      a file, and a folder of an output
  hven get 7Q2M fit.json -o - | jq .     to standard output
  hven get 7Q2M --inputs -o then         what it read

PATH is a path as `hven show` lists it, or one in an output that is a folder. Below the folder into which they are put, files
keep their paths; one that lay elsewhere keeps its name alone. A name of other bytes may be written as it is shown, in quotes:
'Gr\\xF6sse.txt'. A file that is there with other bytes stays, and then nothing is written at all, unless --force replaces it.

It exits with 1 when a link that was named is not made, because it led out of its folder.")]
pub struct GetArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
    /// Outputs, or files and folders in them [default: all outputs]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The folder into which they are put, `-` for standard output [default: this folder]
    #[arg(short = 'o', long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub into: Option<PathBuf>,
    /// Fetch what it read instead of what it made
    #[arg(long)]
    pub inputs: bool,
    /// Replace files that are there with other bytes
    #[arg(long)]
    pub force: bool,
}

impl Act for GetArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        get(&self, context, output)
    }
}

/// What a file is to a run.
const OUTPUT: &str = "output";
const INPUT: &str = "input";
/// Instead of a folder: standard output.
const STDOUT: &str = "-";
/// The folder of a run that has none of its own: its paths are relative, so any does.
const NO_FOLDER: &str = "/-";

pub fn get(args: &GetArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let to_stdout = args.into.as_deref() == Some(Path::new(STDOUT));
    if to_stdout && output.owns_stdout() {
        return Err(Failure::new("usage", "`-o -` writes the file itself, and --json a document")
            .hint("leave --json out, or name a folder with -o")
            .into());
    }
    let into = args.into.as_ref().map_or_else(|| context.cwd.clone(), |into| context.cwd.join(into));
    if !to_stdout && into.is_symlink() && !into.exists() {
        let shown = file_name::to_text(&into);
        let message = format!("{} is a link that leads to nothing; nothing was written", file_name::shown(&shown));
        return Err(Failure::new("conflict", message)
            .hint("make the folder that it leads to, or name another folder with -o")
            .into());
    }
    if !to_stdout && into.exists() && !into.is_dir() {
        let shown = file_name::to_text(&into);
        return Err(Failure::new("usage", format!("{} is no folder", file_name::shown(&shown)))
            .hint("-o names a folder; `-o - > FILE` writes one file under another name")
            .into());
    }
    let client = context.client_of_existing()?;
    let run = client.run(&context.run_name(&args.run)?)?;
    let source = Source { run: &run, noun: if args.inputs { INPUT } else { OUTPUT } };
    let folder = run.spec.as_ref().map(|spec| file_name::to_path(&spec.cwd)).filter(|cwd| cwd.is_absolute());
    let folder = folder.unwrap_or_else(|| NO_FOLDER.into());
    let wanted: Vec<String> = args.paths.iter().map(|path| entries::normal(&folder, path)).collect();
    let files = if args.inputs { source.inputs() } else { source.outputs() };
    let roots = entries::roots(&folder, files.map_err(|failure| source.with_other_side(failure, &folder, &wanted))?);
    let wanted = entries::unescaped(&client, &roots, wanted, to_stdout)?;
    let chosen = source.choose(&client, &roots, &wanted, to_stdout);
    let kept = chosen.map_err(|error| match error.downcast::<Failure>() {
        Ok(failure) => source.with_other_side(failure, &folder, &wanted).into(),
        Err(error) => error,
    })?;
    if to_stdout {
        return source.print(&client, &kept, &wanted);
    }
    unfinished::remove_when_a_signal_ends_it()?;
    let status = source.put(&client, &kept, &into, args.force, output)?;
    Ok(if wanted.iter().all(|path| kept.is_made(path)) { status } else { exit::NOT_WELL })
}

/// The files of a run that are meant: its outputs, or its inputs.
struct Source<'a> {
    run: &'a RunDetail,
    /// What they are to it.
    noun: &'static str,
}

impl Source<'_> {
    fn handle(&self) -> &str {
        &self.run.summary.handle
    }

    /// What is not found among outputs may be an input, and the other way round: then says how it is fetched.
    fn with_other_side(&self, failure: Failure, folder: &Path, wanted: &[String]) -> Failure {
        let (other, flag, noun) = match self.noun {
            OUTPUT => (self.inputs(), " --inputs", INPUT),
            _ => (self.outputs(), "", OUTPUT),
        };
        let other = entries::roots(folder, other.unwrap_or_default());
        let lies_there = |path: &&String| other.iter().any(|root| root.holds(path));
        match wanted.iter().find(lies_there) {
            Some(path) if failure.code == "not_found" => {
                let (handle, shown, typed) = (self.handle(), file_name::shown(path), shell_line(&[path]));
                let hint = format!("{shown} is an {noun} of the run: `hven get {handle}{flag} {typed}` fetches it");
                Failure { hint: Some(hint), ..failure }
            }
            _ => failure,
        }
    }

    /// Those of the run's outputs that were kept.
    fn outputs(&self) -> Result<Vec<FileRef>, Failure> {
        let (run, handle) = (self.run, self.handle());
        if !is_final(&run.summary.state) {
            let message = format!("run {handle} has not ended: its outputs are kept when it has");
            return Err(Failure::new("conflict", message).hint(format!("`hven attach {handle}` follows it to its end")));
        }
        if !run.output_files.is_empty() {
            return Ok(run.output_files.clone());
        }
        let none = |why: String| Failure::new("not_found", format!("run {handle} has no outputs: {why}"));
        let state = &run.summary.state;
        Err(match (run.outputs_missing.as_slice(), &run.spec) {
            ([], None) => none("what it ran was erased from the record".to_owned()),
            ([], Some(spec)) if spec.outputs.is_empty() => none("it declared none".to_owned())
                .hint("`hven run -o PATH -- COMMAND` declares what a command makes, and keeps it"),
            ([], Some(_)) => none(format!("it is {state}")).hint(format!("`hven explain {handle}` says why")),
            ([first, more @ ..], _) => {
                let more = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
                let why = format!("{}: {}{more}", file_name::shown(&first.path), first.why);
                none(why).hint(format!("`hven explain {handle}` says how it ended"))
            }
        })
    }

    /// What the run read: its declared inputs, and the file on its standard input when all of that was read.
    fn inputs(&self) -> Result<Vec<FileRef>, Failure> {
        let handle = self.handle();
        let Some(spec) = &self.run.spec else {
            return Err(Failure::new("not_found", format!("what run {handle} read was erased from the record")));
        };
        let mut files = spec.inputs.clone();
        if let Some(Stdin::File { file, from: 0 }) = &spec.stdin
            && file.path != NO_PATH
            && files.iter().all(|input| input.path != file.path)
        {
            files.push(file.clone());
        }
        if files.is_empty() {
            return Err(Failure::new("not_found", format!("run {handle} has no inputs: it declared none"))
                .hint("`hven run -i FILE -- COMMAND` declares what a command reads, and keeps it"));
        }
        Ok(files)
    }

    /// Looks up what is wanted of them; everything when nothing is named.
    fn choose(
        &self,
        client: &Client,
        roots: &[entries::Root],
        wanted: &[String],
        through_links: bool,
    ) -> anyhow::Result<Kept> {
        let is_near = |root: &&entries::Root| wanted.is_empty() || wanted.iter().any(|path| root.is_near(path));
        let near: Vec<&entries::Root> = roots.iter().filter(is_near).collect();
        let mut kept = Kept::open(client, &near, through_links)?;
        for path in wanted {
            if !kept.has(path) {
                return Err(self.unknown(client, roots, path).into());
            }
        }
        kept.only(wanted);
        kept.leave_out_missing(client)?;
        Ok(kept)
    }

    /// There is nothing at a path: says what may be meant.
    fn unknown(&self, client: &Client, roots: &[entries::Root], path: &str) -> Failure {
        let (run, noun, handle) = (self.run, self.noun, self.handle());
        let shown = file_name::shown(path);
        let mut not_kept = run.outputs_missing.iter().filter(|_| noun == OUTPUT);
        if let Some(missing) = not_kept.find(|missing| missing.path == path) {
            return Failure::new(
                "not_found",
                format!("the output {shown} of run {handle} was not kept: {}", missing.why),
            )
            .hint(format!("`hven explain {handle}` says how it ended"));
        }
        // What cannot be looked up now is not suggested.
        let all: Vec<&entries::Root> = roots.iter().collect();
        let entries = Kept::open(client, &all, false).map(|kept| kept.entries).unwrap_or_default();
        let mut known: Vec<&str> = roots.iter().map(|root| root.path.as_str()).collect();
        known.extend(entries.iter().filter(|entry| entry.place != entry.root).map(|entry| entry.path.as_str()));
        Failure::new("not_found", format!("{shown} is no {noun} of run {handle}, and lies in none"))
            .hint(entries::suggestion(path, &known))
    }

    /// Writes the one file that is meant to standard output.
    fn print(&self, client: &Client, kept: &Kept, wanted: &[String]) -> anyhow::Result<u8> {
        self.require_bytes(kept)?;
        let one = match (kept.entries.as_slice(), wanted) {
            ([one], []) => Some(one),
            ([one], [path]) if one.path == *path => Some(one),
            _ => None,
        };
        let Some(Entry { path, what: What::File { digest, .. }, .. }) = one else {
            return Err(Failure::new("usage", "`-o -` writes one file to standard output, and no folder")
                .hint(format!("name one: `hven show {}` lists them", self.handle()))
                .into());
        };
        let mut sink = Hashing { sink: hven_terminal::byte_sink(), hasher: blake3::Hasher::new() };
        match client.object(digest, &mut sink) {
            // The one who reads it may have seen enough.
            Err(hven_client::Error::Sink(error)) => return Err(error.into()),
            told => told?,
        };
        sink.flush()?;
        if sink.hasher.finalize().to_hex().as_str() != digest {
            let message =
                format!("the kept bytes of {} are damaged: do not use what was written", file_name::shown(path));
            return Err(Failure::new("store.damaged", message).hint("`hven audit verify` says what else is").into());
        }
        Ok(exit::OK)
    }

    /// Puts everything below a folder; nothing, when something else is in the way.
    fn put(
        &self,
        client: &Client,
        kept: &Kept,
        into: &Path,
        force: bool,
        output: &mut dyn Output,
    ) -> anyhow::Result<u8> {
        let entries = places::each_its_own(&kept.entries)?;
        let planned = places::plan(entries, into, force)?;
        let replaced = planned.iter().filter(|(_, did)| *did == Did::Replaced);
        being_written::refuse(client, &replaced.map(|(entry, _)| into.join(&entry.place)).collect::<Vec<_>>())?;
        let folders: BTreeSet<PathBuf> =
            planned.iter().filter_map(|(entry, _)| into.join(&entry.place).parent().map(Path::to_owned)).collect();
        for folder in &folders {
            unfinished::remove_left_behind(folder);
        }
        let mut files = Vec::with_capacity(planned.len());
        let mut failed = None;
        for (entry, did) in planned {
            if let What::LinkOutside { target } = &entry.what {
                output.note(&format!(
                    "not made: {} was a link to {}, outside of its folder",
                    file_name::shown(&entry.path),
                    file_name::shown(target)
                ));
            } else if let Err(error) = places::put(client, into, entry, did, force) {
                let (noun, path) = (self.noun, file_name::shown(&entry.path));
                failed = Some(error.context(format!("the {noun} {path} of run {} cannot be fetched", self.handle())));
                break;
            }
            files.push(told(entry, did));
        }
        // Also when something went wrong in the middle: this is there.
        if !files.is_empty() || (kept.missing.is_empty() && failed.is_none()) {
            let run = RunName { id: self.run.summary.id.clone(), handle: self.handle().to_owned() };
            output.reply(&Got { schema: "hven.got/1", run, folder: file_name::to_text(into), files })?;
        }
        if let Some(error) = failed {
            return Err(error);
        }
        self.require_bytes(kept)?;
        Ok(exit::OK)
    }

    /// Refuses when bytes are not in the home.
    fn require_bytes(&self, kept: &Kept) -> Result<(), Failure> {
        /// So many are named.
        const NAMED_MAX: usize = 5;
        if kept.missing.is_empty() {
            return Ok(());
        }
        let mut named: Vec<_> = kept.missing.iter().take(NAMED_MAX).map(|path| file_name::shown(path)).collect();
        if kept.missing.len() > NAMED_MAX {
            named.push(format!("{} more", kept.missing.len() - NAMED_MAX).into());
        }
        let handle = self.handle();
        let message = format!("not in the home any more, erased or lost: {} of run {handle}", named.join(", "));
        Err(Failure::new("object.missing", message).hint(format!(
            "`hven doctor --heal --from BACKUP` brings back what was lost; `hven rerun {handle}` runs it again"
        )))
    }
}

fn told(entry: &Entry, did: Did) -> GotFile {
    let (kind, bytes, target) = match &entry.what {
        What::File { size, .. } => ("file", Some(*size), None),
        What::Folder => ("folder", None, None),
        What::Link { target } => ("link", None, Some(file_name::to_text(target))),
        What::LinkOutside { target } => ("link", None, Some(target.clone())),
    };
    GotFile { path: entry.path.clone(), place: file_name::to_text(&entry.place), kind, bytes, target, did }
}

/// Hands bytes on and knows their digest.
struct Hashing<W> {
    sink: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
