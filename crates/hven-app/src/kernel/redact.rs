//! Erases content that should never have been recorded. The chain of facts still verifies, and the gaps stay visible.

use hven_core::{
    AttemptId, Digest, Fact,
    access::Role,
    envelope::Envelope,
    fact::{ObjectErased, PayloadErased, StreamErased},
    limits,
    stream::Stream,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        fact_sentences::command_line,
        find::run::run_for,
        floor::Kernel,
        people, streams,
    },
    ports::{
        error::StoreError,
        objects::Presence,
        record::FactQuery,
        run::{RunName, RunView},
    },
};

/// The content to erase.
#[derive(Clone, Debug)]
pub enum Target {
    /// The payload of one fact.
    Fact(u64),
    /// A text in all facts, the log and the metrics of a run.
    Text { run: String, text: String },
    /// The bytes of an object.
    Object(Digest),
}

/// The result of an erasure.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// The erased places, in words.
    pub places: Vec<String>,
    /// Unused parts of the home's files still hold copies, until the home has rewritten them.
    pub copies_left: bool,
}

const TEXT_BYTES_MIN: usize = 4;

/// Facts without which the home could not be opened, or its erasures could not be explained.
const KEPT_KINDS: &[&str] =
    &["home.created", "payload.erased", "stream.erased", "object.erased", "objects.collected", "run.deleted"];

pub async fn redact(kernel: &Kernel, caller: &Caller, target: Target, because: String) -> AppResult<Redaction> {
    caller.require_user()?;
    if because.trim().is_empty() {
        return Err(AppError::invalid("the reason", "is empty: whoever finds the gap wants to know why it is there"));
    }
    limits::lines("the reason", &because, limits::TEXT_BYTES_MAX)?;
    let places = match target {
        Target::Fact(seq) => redact_fact(kernel, caller, seq, &because).await?,
        Target::Text { run, text } => redact_text(kernel, caller, &run, &text, &because).await?,
        Target::Object(digest) => redact_object(kernel, caller, digest, &because).await?,
    };
    Ok(Redaction { places, copies_left: kernel.ports.record.copies_left() })
}

async fn redact_fact(kernel: &Kernel, caller: &Caller, seq: u64, because: &str) -> AppResult<Vec<String>> {
    caller.require_home(Role::Owner)?;
    let query = FactQuery { after: seq.saturating_sub(1), limit: 1, ..FactQuery::default() };
    let found = kernel.ports.record.facts(query).await?.into_iter().find(|envelope| envelope.header.seq == seq);
    let envelope = found.ok_or_else(|| AppError::not_found("fact", seq))?;
    if KEPT_KINDS.contains(&envelope.header.kind.as_str()) {
        return Err(AppError::Conflict(format!("a fact of kind {} cannot be erased", envelope.header.kind)));
    }
    if envelope.payload.is_none() {
        return Err(AppError::Conflict(format!("the payload of fact {seq} was erased before")));
    }
    refuse_submission_of_unfinished(kernel, &envelope).await?;
    let is_of_roles = matches!(envelope.header.kind.as_str(), "role.granted" | "role.revoked");
    let _turn = if is_of_roles { Some(people::lock_for_erasing(kernel, caller, seq).await?) } else { None };
    let erased = erase_payloads(kernel, caller, &[seq], because).await;
    kernel.rights.changed().await;
    erased?;
    Ok(vec![format!("fact {seq} ({})", envelope.header.kind)])
}

/// Refuses to erase the submission of an unfinished run: its end is connected to earlier runs through the submission, and
/// after a restart the server starts the run from it.
async fn refuse_submission_of_unfinished(kernel: &Kernel, envelope: &Envelope) -> AppResult<()> {
    let run = match envelope.readable_fact().map_err(StoreError::from)? {
        Some(Fact::RunSubmitted(submitted)) => submitted.run,
        Some(Fact::RunOpened(opened)) => opened.run,
        _ => return Ok(()),
    };
    let runs = kernel.ports.views.runs_named(&RunName::Id(run)).await?;
    match runs.iter().find(|run| !run.state.is_final()) {
        Some(run) => {
            let why = format!("run {} has not ended: cancel it first, or wait for its end", run.handle);
            Err(AppError::Conflict(why))
        }
        None => Ok(()),
    }
}

async fn erase_payloads(kernel: &Kernel, caller: &Caller, seqs: &[u64], because: &str) -> AppResult<()> {
    let facts: Vec<Fact> = seqs.iter().map(|&seq| PayloadErased::new(seq, because).into()).collect();
    let batch = hven_core::fact::Batch::new(kernel.now(), caller.actor(), facts);
    let erased = kernel.ports.record.erase(seqs, batch).await;
    kernel.rights.count_change();
    erased?;
    Ok(())
}

async fn redact_text(kernel: &Kernel, caller: &Caller, run: &str, text: &str, because: &str) -> AppResult<Vec<String>> {
    let run = run_for(kernel, caller, run, Role::Owner).await?;
    if text.len() < TEXT_BYTES_MIN {
        return Err(AppError::invalid("the text", "is shorter than 4 bytes: much else would go with it"));
    }
    if because.contains(text) {
        let why = "has the text itself, and a reason is never erased: say it in other words";
        return Err(AppError::invalid("the reason", why));
    }
    if !run.state.is_final() {
        return Err(AppError::Conflict(format!(
            "run {} still runs: it could say it again; cancel it first",
            run.handle
        )));
    }
    let mut places = erase_in_streams(kernel, caller, &run, text, because).await?;
    places.extend(erase_in_facts(kernel, caller, &run, text, because).await?);
    if places.is_empty() {
        return Err(AppError::Conflict(format!(
            "run {} has this text nowhere in its log, metrics and facts",
            run.handle
        )));
    }
    Ok(places)
}

async fn erase_in_streams(
    kernel: &Kernel,
    caller: &Caller,
    run: &RunView,
    text: &str,
    because: &str,
) -> AppResult<Vec<String>> {
    let mut places = Vec::new();
    for number in 1..=run.attempts {
        let attempt = AttemptId { run: run.id, number };
        streams::seal(kernel, attempt).await?;
        let _moving = kernel.moving_streams.lock().await;
        for stream in Stream::ALL {
            let (parts, count) = kernel.ports.series.erase(attempt, stream, text.as_bytes()).await?;
            if count == 0 {
                continue;
            }
            let stream = stream.to_string();
            let mut facts: Vec<Fact> = parts.iter().cloned().map(Fact::from).collect();
            facts.push(StreamErased { attempt, stream: stream.clone(), because: because.to_owned() }.into());
            kernel.record(caller.actor(), None, facts).await?;
            kernel.ports.series.sealed(&parts).await?;
            let noun = if count == 1 { "place" } else { "places" };
            places.push(format!("{count} {noun} in the {stream} of attempt {number}"));
        }
    }
    Ok(places)
}

async fn erase_in_facts(
    kernel: &Kernel,
    caller: &Caller,
    run: &RunView,
    text: &str,
    because: &str,
) -> AppResult<Vec<String>> {
    const PAGE: usize = 1000;
    // The spelling in the payload's JSON: without the surrounding quotes, with escaped quotes and backslashes.
    let spelled = serde_json::Value::from(text).to_string();
    let spelled = &spelled[1..spelled.len() - 1];
    let (mut after, mut found) = (0, Vec::new());
    loop {
        let query = FactQuery { after, subject: Some(run.id.as_u128()), limit: PAGE, ..FactQuery::default() };
        let page = kernel.ports.record.facts(query).await?;
        let Some(last) = page.last() else { break };
        after = last.header.seq;
        for envelope in page {
            let payload = envelope.payload.as_ref().map(|payload| String::from_utf8_lossy(&payload.bytes));
            if payload.is_some_and(|payload| payload.contains(spelled)) || command_has(&envelope, text)? {
                found.push(envelope);
            }
        }
    }
    let seqs: Vec<u64> = found.iter().map(|envelope| envelope.header.seq).collect();
    if !seqs.is_empty() {
        erase_payloads(kernel, caller, &seqs, because).await?;
    }
    Ok(found.iter().map(|envelope| format!("fact {} ({})", envelope.header.seq, envelope.header.kind)).collect())
}

/// Whether the displayed command line of a submission contains the text. There, the text may span several words, which
/// are separate in the payload.
fn command_has(envelope: &Envelope, text: &str) -> AppResult<bool> {
    if !["run.submitted", "run.opened"].contains(&envelope.header.kind.as_str()) {
        return Ok(false);
    }
    let words = match envelope.readable_fact().map_err(StoreError::from)? {
        Some(Fact::RunSubmitted(submitted)) => submitted.spec.words().into_owned(),
        Some(Fact::RunOpened(opened)) => opened.external.words(),
        _ => return Ok(false),
    };
    Ok(words.join(" ").contains(text) || command_line(&words).contains(text))
}

async fn redact_object(kernel: &Kernel, caller: &Caller, digest: Digest, because: &str) -> AppResult<Vec<String>> {
    caller.require_home(Role::Owner)?;
    // A damaged or lost object can be erased too, so that nothing waits for it any more.
    let is_there = matches!(kernel.ports.objects.presence(digest).await?, Presence::Whole { .. } | Presence::Damaged);
    let is_used = !kernel.ports.views.makers(&[digest], 1).await?.is_empty()
        || !kernel.ports.views.users_of(&[digest], 1).await?.is_empty();
    if !is_there && !is_used && !kernel.ports.objects.is_named(digest).await? {
        return Err(AppError::not_found("object", digest));
    }
    let fact = ObjectErased { digest, because: because.to_owned() };
    kernel.record(caller.actor(), None, vec![fact.into()]).await?;
    kernel.ports.objects.remove(&[digest]).await?;
    Ok(vec![format!("object {digest}")])
}
