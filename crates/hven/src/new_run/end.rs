//! How a followed run ended, for people and programs.

use std::collections::BTreeSet;

use hven_api::runs::RunDetail;
use hven_core::{capture::remark, file_name};
use hven_terminal::{Output, finished_line, found_otherwise};

use crate::follow_run::End;

/// Says how a followed run ended; answers the exit status.
pub fn ended(end: &End, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let End::Ended { run, remarks } = end {
        if output.owns_stdout() {
            output.reply(run.as_ref())?;
        } else {
            tell_end(run, None, remarks);
        }
    }
    Ok(end.status())
}

/// The one line at the end, on standard error, so that standard output is the script's alone, and what was found of its files,
/// unless the remarks of its log said so.
pub(super) fn tell_end(run: &RunDetail, instead: Option<&str>, remarks: &BTreeSet<String>) {
    let ink = hven_terminal::error_ink();
    let line = match instead {
        None => finished_line(run, ink),
        Some(text) => format!("run {}  {}  {text}   {}", run.summary.handle, run.summary.project, run.url),
    };
    hven_terminal::line_beside(&line);
    for missing in &run.outputs_missing {
        let (path, why) = (file_name::shown(&missing.path), file_name::shown(&missing.why));
        hven_terminal::line_beside(&ink.dim(&format!("output {path}: {why}")));
    }
    for found in found_otherwise(run).iter().filter(|found| !remarks.contains(&remark(found))) {
        hven_terminal::line_beside(&ink.dim(found));
    }
}
