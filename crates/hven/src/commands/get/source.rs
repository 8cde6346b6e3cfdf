//! The files of a run that are meant, looked up by their paths; and what is said when there is none.

use std::path::Path;

use hven_api::{
    runs::{FileRef, RunDetail},
    stdin::Stdin,
};
use hven_client::{Client, Failure};
use hven_core::{file_name, stdin::NO_PATH};
use hven_terminal::shell_line;

use super::{
    entries::{self, Kept},
    settings::Side,
};
use crate::follow::is_final;

/// The files of a run that are meant: its outputs, or its inputs.
pub(super) struct Source<'a> {
    pub(super) run: &'a RunDetail,
    pub(super) side: Side,
}

impl Source<'_> {
    pub(super) fn handle(&self) -> &str {
        &self.run.summary.handle
    }

    /// The files that the run made, or those that it read.
    pub(super) fn files(&self, side: Side) -> Result<Vec<FileRef>, Failure> {
        match side {
            Side::Outputs => self.outputs(),
            Side::Inputs => self.inputs(),
        }
    }

    /// What is not found among outputs may be an input, and the other way round: then says how it is fetched.
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
    pub(super) fn choose(
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
        // What cannot be looked up now is not suggested.
        let all: Vec<&entries::Root> = roots.iter().collect();
        let entries = Kept::open(client, &all, false).map(|kept| kept.entries).unwrap_or_default();
        let mut known: Vec<&str> = roots.iter().map(|root| root.path.as_str()).collect();
        known.extend(entries.iter().filter(|entry| entry.place != entry.root).map(|entry| entry.path.as_str()));
        Failure::new("not_found", format!("{shown} is no {noun} of run {handle}, and lies in none"))
            .hint(entries::suggestion(path, &known))
    }

    /// Refuses when bytes are not in the home.
    pub(super) fn require_bytes(&self, kept: &Kept) -> Result<(), Failure> {
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
