//! Finds the selected files of a run by their paths, and builds the errors when there are none.

use std::path::Path;

use hven_api::{
    runs::{FileRef, RunDetail},
    stdin::Stdin,
};
use hven_client::{Client, Failure};
use hven_core::{file_name, stdin::NO_PATH};
use hven_terminal::{deletion, shell_line};

use super::{
    entries::{self, KeptEntries},
    settings::Side,
};
use crate::follow_run::is_final;

/// The outputs or the inputs of a run.
pub(super) struct Source<'a> {
    pub(super) run: &'a RunDetail,
    pub(super) side: Side,
}

impl Source<'_> {
    pub(super) fn handle(&self) -> &str {
        &self.run.summary.handle
    }

    /// The outputs or the inputs of the run.
    pub(super) fn files(&self, side: Side) -> Result<Vec<FileRef>, Failure> {
        if let Some(said) = deletion(self.run) {
            let failure = Failure::new("run.deleted", format!("{said}; its files were erased"));
            return Err(failure.hint("earlier backups keep it: `hven backup --help`"));
        }
        match side {
            Side::Outputs => self.outputs(),
            Side::Inputs => self.inputs(),
        }
    }

    /// When a path is not found among the outputs, it may be an input, and vice versa: then the hint has the command
    /// that fetches it.
    pub(super) fn with_other_side(&self, failure: Failure, folder: &Path, wanted: &[String]) -> Failure {
        let side = self.side.other();
        let other = entries::roots(folder, self.files(side).unwrap_or_default());
        let lies_there = |path: &&String| other.iter().any(|root| root.holds(path));
        match wanted.iter().find(lies_there) {
            Some(path) if failure.code == "not_found" => {
                let (handle, shown, typed) = (self.handle(), file_name::shown(path), shell_line(&[path]));
                let (noun, flag) = (side.noun(), side.flag());
                let hint = format!("{shown} is an {noun} of the run: `hven get {handle}{flag} {typed}` fetches it");
                Failure { hint: Some(hint), ..failure }
            }
            _ => failure,
        }
    }

    /// The outputs that were kept.
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
            ([], None) => none("its command was erased from the record".to_owned()),
            ([], Some(spec)) if spec.outputs.is_empty() => none("it declared none".to_owned())
                .hint("`hven run -o PATH -- COMMAND` declares an output of a command, and keeps it"),
            ([], Some(_)) => none(format!("it is {state}")).hint(format!("`hven explain {handle}` says why")),
            ([first, more @ ..], _) => {
                let more = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
                let why = format!("{}: {}{more}", file_name::shown(&first.path), first.why);
                none(why).hint(format!("`hven explain {handle}` says how it ended"))
            }
        })
    }

    /// The declared inputs of the run, and the file on its standard input if it was read from its beginning.
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
                .hint("`hven run -i FILE -- COMMAND` declares an input of a command, and keeps it"));
        }
        Ok(files)
    }

    /// Selects the wanted entries; all of them when no path is given.
    pub(super) fn choose(
        &self,
        client: &Client,
        roots: &[entries::Root],
        wanted: &[String],
        through_links: bool,
    ) -> anyhow::Result<KeptEntries> {
        let is_near = |root: &&entries::Root| wanted.is_empty() || wanted.iter().any(|path| root.is_near(path));
        let near: Vec<&entries::Root> = roots.iter().filter(is_near).collect();
        let mut kept = KeptEntries::open(client, &near, through_links)?;
        for path in wanted {
            if !kept.has(path) {
                return Err(self.unknown(client, roots, path).into());
            }
        }
        kept.only(wanted);
        kept.leave_out_missing(client)?;
        Ok(kept)
    }

    /// The error for an unknown path, with suggestions.
    fn unknown(&self, client: &Client, roots: &[entries::Root], path: &str) -> Failure {
        let (run, noun, handle) = (self.run, self.side.noun(), self.handle());
        let shown = file_name::shown(path);
        let mut not_kept = run.outputs_missing.iter().filter(|_| self.side == Side::Outputs);
        if let Some(missing) = not_kept.find(|missing| missing.path == path) {
            return Failure::new(
                "not_found",
                format!("the output {shown} of run {handle} was not kept: {}", missing.why),
            )
            .hint(format!("`hven explain {handle}` says how it ended"));
        }
        // Entries that cannot be requested now are not suggested.
        let all: Vec<&entries::Root> = roots.iter().collect();
        let entries = KeptEntries::open(client, &all, false).map(|kept| kept.entries).unwrap_or_default();
        let mut known: Vec<&str> = roots.iter().map(|root| root.path.as_str()).collect();
        known.extend(entries.iter().filter(|entry| entry.place != entry.root).map(|entry| entry.path.as_str()));
        Failure::new("not_found", format!("{shown} is no {noun} of run {handle}, and lies in none"))
            .hint(entries::suggestion(path, &known))
    }

    /// Refuses when the bytes of an entry are not in the home.
    pub(super) fn require_bytes(&self, kept: &KeptEntries) -> Result<(), Failure> {
        /// The most paths that are named.
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
            "`hven doctor --heal --from BACKUP` restores lost objects; `hven rerun {handle}` runs it again"
        )))
    }
}
