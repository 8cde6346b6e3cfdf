//! Submits a prepared run, and follows it to its end unless it is detached.

use std::{collections::BTreeSet, sync::Arc};

use hven_api::runs::{RunCreated, RunDetail, SubmitRun};
use hven_client::Client;
use hven_core::{file_name, workflow::PutBack};
use hven_steps::run_again;
use hven_terminal::{Output, Submitted, TaskStreams, exit, put_back_text};

use super::{
    background_work::{start_background_work, wait_for},
    end::{ended, print_end},
    prepare::Prepared,
    put_back::{Submission, submit_or_put_back},
};
use crate::{
    context::Context,
    follow_run::{self, End, Interrupt},
};

/// Submits a prepared run, and follows it to its end unless `detach` is set. Returns the exit status.
pub fn submit(
    Prepared { submit, code_files, own_stdin }: Prepared,
    detach: bool,
    context: &Context,
    client: &Arc<Client>,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let created = match submit_or_put_back(client, &submit, context, output)? {
        Submission::Started(created) => created,
        Submission::DoneBefore { created, run, restored } => {
            own_stdin.done_before(&run)?;
            if let Some(why) = missing_tags(&submit, &created) {
                output.note(&why);
            }
            if created.run.archived {
                let handle = &created.run.handle;
                output.note(&format!(
                    "run {handle} is archived, so lists leave it out: `hven unarchive {handle}` lists it again"
                ));
            }
            return up_to_date(&created, &run, restored, output);
        }
    };
    if let Some(why) = run_again(&created.not_up_to_date, &context.cwd) {
        output.note(&why);
    }
    let own_stdin = own_stdin.start(client, &created.run.id);
    let code_files = if detach { code_files.with_list_sent(client) } else { code_files };
    let background_work = start_background_work(client, &created.run.id, &submit, code_files);
    if detach {
        output.reply(&Submitted(&created))?;
        wait_for(&background_work);
        return Ok(exit::OK);
    }
    let run = &created.run;
    let end = follow_run::follow(client, &run.id, &run.handle, Interrupt::Cancels, TaskStreams::untouched(), output)?;
    match &end {
        End::Ended { run, .. } => own_stdin.ended(run, output)?,
        End::Left if own_stdin.is_pipe() => output.note(&format!("the standard input of run {} ends here", run.handle)),
        End::Left => {}
    }
    wait_for(&background_work);
    ended(&end, output)
}

/// The reason why the run that did the same work before did not get the new tags; `None` if it has them all.
fn missing_tags(submit: &SubmitRun, created: &RunCreated) -> Option<String> {
    let (wanted, run) = (&submit.tags, &created.run);
    let is_tagged = wanted.iter().all(|tag| run.tags.contains(tag));
    (!is_tagged).then(|| format!("run {} has no new tags: you may look at it, and not change it", run.handle))
}

/// Prints that the work is up to date, and the run that did it.
fn up_to_date(created: &RunCreated, run: &RunDetail, restored: PutBack, output: &mut dyn Output) -> anyhow::Result<u8> {
    if output.owns_stdout() {
        output.reply(&Submitted(created))?;
        return Ok(exit::OK);
    }
    let because = created.because.as_deref().unwrap_or("the same work was done before");
    let text = format!("up to date: {}{}", file_name::shown(because), put_back_text(&restored));
    print_end(run, Some(&text), &BTreeSet::new());
    Ok(exit::OK)
}
