//! `hven tag`, `hven note`, `hven archive`, `hven unarchive`: labels that help to find runs. They do not change the
//! record of a run.

use std::io::{self, Read};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::labels::ChangeLabels;
use hven_client::Failure;
use hven_core::limits::NOTE_BYTES_MAX;
use hven_terminal::{ErrorReport, LabelledRuns, Labels, Output, RunNoteResult, ShownLabels, exit};

use crate::{act::Act, complete, context::Context};

/// Tag runs to find them again, or show their tags
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven tag last --add good                       one tag
  hven tag 7Q2M 8R3N --add good,paper-2          several runs, several tags
  hven tag 7Q2M --add paper-2 --remove candidate
  hven tag 7Q2M 8R3N                             shows the tags of these runs
  hven ps --tag good --tag paper-2               the runs that have both

A tag has 1 to 64 letters, digits, `-`, `_`, `.`, `:` and `/`, without spaces. Adding an existing tag changes nothing.
`hven run --tag NAME` tags a new run.")]
pub struct TagArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
    /// Tags to add; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    pub add: Vec<String>,
    /// Tags to remove; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    pub remove: Vec<String>,
}

impl Act for TagArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        tag(&self, context, output)
    }
}

/// Write a note on a run, or print it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven note last 'the baseline of the paper'
  hven note 7Q2M - < remarks.md      from standard input
  hven note 7Q2M                     prints the note
  hven note 7Q2M --clear             removes it

A new note replaces the previous one; `hven log --run RUN` still lists all of them.")]
pub struct NoteArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
    /// The text of the note, at most 16 KiB; `-` reads it from standard input. Without it the note is printed
    pub text: Option<String>,
    /// Remove the note
    #[arg(long, conflicts_with = "text")]
    pub clear: bool,
}

impl Act for NoteArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        note(&self, context, output)
    }
}

/// Hide runs in lists; nothing of them is deleted
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven archive 7Q2M 8R3N
  hven ps --archived                 archived runs

Lists do not show or count an archived run. Nothing of it is deleted: `hven show`, claims and lineage include it as before, and
`last` may refer to it. Only a run that has ended can be archived.")]
pub struct ArchiveArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
}

impl Act for ArchiveArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        archive(&self, context, output)
    }
}

/// Show archived runs in lists again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven unarchive 7Q2M")]
pub struct UnarchiveArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::archived_runs))]
    pub runs: Vec<String>,
}

impl Act for UnarchiveArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        unarchive(&self, context, output)
    }
}

pub fn tag(args: &TagArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    if args.add.is_empty() && args.remove.is_empty() {
        return each(&args.runs, ShownLabels::Tags, context, output, |run| Ok(client.run(run)?.into()));
    }
    let (add_tags, remove_tags) = (args.add.clone(), args.remove.clone());
    let wanted = ChangeLabels { add_tags, remove_tags, ..ChangeLabels::default() };
    each(&args.runs, ShownLabels::Tags, context, output, |run| Ok(client.change_labels(run, &wanted)?.into()))
}

pub fn archive(args: &ArchiveArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    set_archived(&args.runs, true, context, output)
}

pub fn unarchive(args: &UnarchiveArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    set_archived(&args.runs, false, context, output)
}

fn set_archived(runs: &[String], archived: bool, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let wanted = ChangeLabels { archived: Some(archived), ..ChangeLabels::default() };
    each(runs, ShownLabels::Archived, context, output, |run| Ok(client.change_labels(run, &wanted)?.into()))
}

/// Requests or changes the labels of each run. After an error the other runs are still processed.
fn each(
    runs: &[String],
    shown: ShownLabels,
    context: &Context,
    output: &mut dyn Output,
    ask: impl Fn(&str) -> hven_client::Result<Labels>,
) -> anyhow::Result<u8> {
    let mut labelled = LabelledRuns { schema: "hven.labelled/1", runs: Vec::new(), shown };
    let mut status = exit::OK;
    let names = runs.iter().map(|run| context.run_name(run)).collect::<anyhow::Result<Vec<_>>>()?;
    for name in &names {
        match ask(name) {
            Ok(labels) => labelled.runs.push(labels),
            Err(error) => {
                let report = ErrorReport::of(&error.into());
                output.error(&report);
                status = exit::of_code(&report.code);
            }
        }
    }
    output.reply(&labelled)?;
    Ok(status)
}

pub fn note(args: &NoteArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let text = wanted(args)?;
    let (client, run) = (context.client_of_existing()?, context.run_name(&args.run)?);
    let Some(text) = text else {
        let found = client.run(&run)?;
        let handle = &found.summary.handle;
        match &found.note {
            None => output.note(&format!("run {handle} has no note")),
            Some(note) if note.text.is_none() => output.note(&format!("the note on run {handle} was erased")),
            Some(_) => {}
        }
        output.reply(&RunNoteResult { schema: NOTE_SCHEMA, labels: found.into(), is_new: false })?;
        return Ok(exit::OK);
    };
    let changed = client.change_labels(&run, &ChangeLabels { note: Some(text), ..ChangeLabels::default() })?;
    output.reply(&RunNoteResult { schema: NOTE_SCHEMA, labels: changed.into(), is_new: true })?;
    Ok(exit::OK)
}

const NOTE_SCHEMA: &str = "hven.note/1";

/// The note to write, empty to remove it; `None` to print it.
fn wanted(args: &NoteArgs) -> anyhow::Result<Option<String>> {
    let text = match args.text.as_deref() {
        None => return Ok(args.clear.then(String::new)),
        Some("-") => read_note()?,
        Some(text) => text.to_owned(),
    };
    if text.trim().is_empty() {
        return Err(Failure::new("invalid", "the note is empty").hint("`--clear` removes the existing note").into());
    }
    Ok(Some(text))
}

/// The text from standard input, without line ends at its end.
fn read_note() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(NOTE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > NOTE_BYTES_MAX {
        let message = format!("standard input has more than the {NOTE_BYTES_MAX} bytes of the longest note");
        return Err(Failure::new("invalid", message).hint("shorten it, or keep it in a file next to the run").into());
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("invalid", "standard input is not UTF-8 text"))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
