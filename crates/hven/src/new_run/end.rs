//! Prints the end of a followed run, for people and for programs.

use std::collections::BTreeSet;

use hven_api::runs::RunDetail;
use hven_core::{capture::remark, file_name};
use hven_terminal::{Output, finished_line, found_otherwise};

use crate::follow_run::End;

/// Prints how a followed run ended. Returns the exit status.
pub fn ended(end: &End, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let End::Ended { run, remarks } = end {
        if output.owns_stdout() {
            output.reply(run.as_ref())?;
        } else {
            print_end(run, None, remarks);
        }
    }
    Ok(end.status())
}

/// Prints the last line and the notes about files, except those that the log already had as remarks. They are printed to
/// standard error, because standard output belongs to the script. `instead` replaces the text of the last line.
pub(super) fn print_end(run: &RunDetail, instead: Option<&str>, remarks: &BTreeSet<String>) {
    let colours = hven_terminal::error_colours();
    let line = match instead {
        None => finished_line(run, colours),
        Some(text) => format!("run {}  {}  {text}   {}", run.summary.handle, run.summary.project, run.url),
    };
    hven_terminal::stderr_line(&line);
    for missing in &run.outputs_missing {
        let (path, why) = (file_name::shown(&missing.path), file_name::shown(&missing.why));
        hven_terminal::stderr_line(&colours.dim(&format!("output {path}: {why}")));
    }
    for found in found_otherwise(run).iter().filter(|found| !remarks.contains(&remark(found))) {
        hven_terminal::stderr_line(&colours.dim(found));
    }
}
