//! Runs Operon, a genetic search by other authors, on the same rows through its Python package.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use anyhow::Context as _;
use hven_client::Failure;
use hven_learn::bench::{KnownLaw, Sampled, law_of_text};
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::machine::cores;

const SCRIPT: &str = include_str!("operon.py");

pub(super) struct Question<'a> {
    pub(super) law: &'a KnownLaw,
    pub(super) train: &'a Sampled,
    pub(super) unseen: &'a Sampled,
    pub(super) seed: u64,
}

#[derive(Serialize)]
struct Asked<'a> {
    names: &'a [String],
    inputs: &'a [Vec<f64>],
    target: &'a [f64],
    unseen_inputs: &'a [Vec<f64>],
    unseen_target: &'a [f64],
    seconds: f64,
    tolerance: f64,
    threads: usize,
    seed: u64,
}

#[derive(Deserialize)]
struct Answer {
    r2: f64,
    law: Option<String>,
    seconds: Option<f64>,
    cpu_s: f64,
}

/// Returns an error at once if this Python has no Operon.
pub(super) fn check(python: &Path) -> anyhow::Result<()> {
    let done = Command::new(python).args(["-c", "import pyoperon.sklearn"]).stdin(Stdio::null()).output();
    let done = done.with_context(|| format!("{} cannot be started", python.display()))?;
    if done.status.success() {
        return Ok(());
    }
    let message = format!("{} has no pyoperon: {}", python.display(), last_line(&done));
    Err(Failure::new("invalid", message).hint("install it there: pip install pyoperon").into())
}

pub(super) fn ask(python: &Path, question: &Question<'_>, seconds: f64, tolerance: f64) -> anyhow::Result<Outcome> {
    let Question { law, train, unseen, seed } = question;
    let asked = serde_json::to_vec(&Asked {
        names: &law.names,
        inputs: &train.inputs,
        target: &train.target,
        unseen_inputs: &unseen.inputs,
        unseen_target: &unseen.target,
        seconds,
        tolerance,
        threads: cores(),
        seed: *seed,
    })?;
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", python.display()))?;
    if let Some(mut input) = child.stdin.take() {
        // Operon reads all of its input before it writes, so this cannot deadlock.
        input.write_all(&asked).context("Operon does not read its input")?;
    }
    let done = child.wait_with_output().context("the end of Operon cannot be observed")?;
    if !done.status.success() {
        return Err(Failure::new("internal", format!("Operon failed on {}: {}", law.name, last_line(&done))).into());
    }
    let answer: Answer = serde_json::from_slice(&done.stdout).context("Operon's answer cannot be read")?;
    let text = answer.law.unwrap_or_default();
    Ok(Outcome {
        tree: law_of_text(&text, &law.names).ok(),
        law: text,
        r2: answer.r2,
        seconds: answer.seconds.unwrap_or(seconds),
        cpu_s: answer.cpu_s,
        why: None,
    })
}

fn last_line(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or("it says nothing").to_owned()
}
