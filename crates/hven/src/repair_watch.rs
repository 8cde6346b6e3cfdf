//! Watches a repair on the server: prints a line for each step whose state changed, until the repair ends. Ctrl-C stops
//! watching, and the repair continues.

use std::{
    collections::BTreeMap,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use hven_api::{repairs::RepairDetail, soundness::RepairPlan};
use hven_client::Client;
use hven_terminal::{Output, RepairEnd, RepairLine, exit, repair_end_line, repair_left_line};
use signal_hook::{consts::SIGINT, iterator::Signals};

/// The prefix of the name of a repair.
pub const REPAIR: &str = "repair/";

/// The shortest and the longest pause between requests.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Watches a repair until it ends or the person stops watching. Returns the exit status.
pub fn watch(client: &Client, repair: &str, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (sender, interrupts) = mpsc::sync_channel(1);
    let mut signals = Signals::new([SIGINT])?;
    let handle = signals.handle();
    thread::spawn(move || {
        for _ in &mut signals {
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    let watched = until_end(client, repair, &interrupts, output);
    handle.close();
    match watched? {
        Some(detail) => report_end(&detail, output),
        None => Ok(exit::INTERRUPTED),
    }
}

/// `None` when the person stopped watching.
fn until_end(
    client: &Client,
    repair: &str,
    interrupts: &mpsc::Receiver<()>,
    output: &mut dyn Output,
) -> anyhow::Result<Option<RepairDetail>> {
    let mut reported = BTreeMap::new();
    let mut pause = PAUSE_MIN;
    loop {
        let detail = client.repair_shown(repair)?;
        if let Some(plan) = &detail.plan
            && report(plan, &mut reported, output)?
        {
            pause = PAUSE_MIN;
        }
        if detail.repair.state != "running" {
            return Ok(Some(detail));
        }
        match interrupts.recv_timeout(pause) {
            Ok(()) => {
                output.note(&repair_left_line(&detail.repair.name));
                return Ok(None);
            }
            Err(RecvTimeoutError::Timeout) => {}
            // The signal thread has ended: wait here instead.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(pause),
        }
        pause = PAUSE_MAX.min(pause * 2);
    }
}

fn report_end(detail: &RepairDetail, output: &mut dyn Output) -> anyhow::Result<u8> {
    if output.owns_stdout() {
        match &detail.plan {
            Some(plan) => output.reply(plan)?,
            None => output.reply(detail)?,
        }
    } else {
        if let Some(line) = repair_end_line(&detail.repair) {
            output.note(&line);
        }
        if let Some(plan) = &detail.plan {
            output.reply(&RepairEnd(plan))?;
        }
    }
    let is_done = detail.plan.as_ref().map_or(detail.repair.state == "done", |plan| plan.is_done);
    Ok(if is_done { exit::OK } else { exit::NOT_WELL })
}

/// Prints a line for each step whose state changed since the last report. Returns whether there was one.
fn report(plan: &RepairPlan, reported: &mut BTreeMap<String, String>, output: &mut dyn Output) -> anyhow::Result<bool> {
    let mut anything = false;
    for step in &plan.steps {
        let name = step.node.said.text.clone();
        // The text of a claim contains its verdict, which changes: its id identifies the step.
        let key = step.node.claim.as_ref().map_or(name, |claim| claim.id.clone());
        let before = reported.insert(key, step.progress.clone());
        // Only later states of a step are reported, not `ready` and `waiting`.
        let is_news = before.as_ref() != Some(&step.progress) && !matches!(step.progress.as_str(), "waiting" | "ready");
        if is_news && !output.owns_stdout() {
            output.reply(&RepairLine { step })?;
        }
        anything |= is_news;
    }
    Ok(anything)
}
