//! Deletes runs: what they held is erased, and a fact says that they existed.
//!
//! The payloads of all facts about a run are erased in one transaction with the fact of its deletion. So its parameters,
//! metrics, logs, labels and outputs disappear from all views, and the objects that only it named become garbage, which
//! `hven gc` removes. Its place in the lineage stays (see `hven_core::trace`): what rests on it keeps its edges.

use std::collections::{HashMap, HashSet};

use hven_core::{
    AttemptId, Digest, Fact, RunId,
    access::Role,
    erasure::PayloadErased,
    fact::Batch,
    handle::Handle,
    limits,
    run::{Deleted, State},
    stream::Stream,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_for,
        streams,
    },
    ports::{error::StoreError, record::FactQuery, run::RunView, soundness::Direction},
    work::floor::Work,
};

/// The largest number of runs in a request.
pub const RUNS_MAX: usize = 1000;

/// Kinds of facts about a run that are part of its content: its own ones, and the documents that doors keep for it.
/// Others, such as retractions, are statements of people about it, and stay.
const CONTENT: [&str; 2] = ["run.", "document."];

/// The content that a deletion erased, or would erase.
#[derive(Clone, Debug)]
pub struct Deletion {
    pub runs: Vec<DeletedRun>,
    /// The objects that nothing else names: the next collections of garbage remove them.
    pub freed_objects: u64,
    pub freed_bytes: u64,
    /// The objects that stay, because other facts name them.
    pub kept_objects: u64,
    pub kept_bytes: u64,
    /// Unused parts of the home's files still hold copies, until the home has rewritten them.
    pub copies_left: bool,
}

/// The content of a run that is deleted.
#[derive(Clone, Debug)]
pub struct DeletedRun {
    pub run: RunId,
    pub handle: Handle,
    pub name: Option<String>,
    /// How many facts have their payload erased.
    pub facts: u64,
    pub log_bytes: u64,
    /// How many runs, datasets, claims and publications rest on it. They stay as they are.
    pub rests_on_it: u64,
}

/// Deletes runs that have ended. A dry run only says what would be erased.
pub async fn delete(
    work: &Work,
    caller: &Caller,
    names: &[String],
    because: &str,
    is_dry_run: bool,
) -> AppResult<Deletion> {
    caller.require_user()?;
    limits::count("runs to delete", names.len(), RUNS_MAX)?;
    if names.is_empty() {
        return Err(AppError::invalid("the deletion", "names no run"));
    }
    if because.trim().is_empty() && !is_dry_run {
        return Err(AppError::invalid("the reason", "is empty: it is all that later readers will have"));
    }
    limits::lines("the reason", because, limits::TEXT_BYTES_MAX)?;
    // No label, value or document is added while the facts are read and erased.
    let _labels = work.labels_turn.lock().await;
    let _additions = work.additions_turn.lock().await;
    let _documents = work.documents_turn.lock().await;
    let runs = deletable(work, caller, names).await?;
    if !is_dry_run {
        for attempt in runs.iter().flat_map(attempts) {
            streams::seal(work, attempt).await?;
        }
    }
    let mut deletion = Deletion {
        runs: Vec::new(),
        freed_objects: 0,
        freed_bytes: 0,
        kept_objects: 0,
        kept_bytes: 0,
        copies_left: false,
    };
    let (mut seqs, mut named) = (Vec::new(), HashMap::new());
    for run in &runs {
        let before = seqs.len();
        content(work, run.id, &mut seqs, &mut named).await?;
        let mut log_bytes = 0;
        for attempt in attempts(run) {
            log_bytes += work.ports.series.extent(attempt, Stream::Log).await?;
        }
        let reach = work.ports.views.reach(run.id.into(), Direction::Consequences, 0, 0).await?;
        deletion.runs.push(DeletedRun {
            run: run.id,
            handle: run.handle,
            name: run.name.clone(),
            facts: (seqs.len() - before) as u64,
            log_bytes,
            rests_on_it: reach.total as u64,
        });
    }
    let objects = work.ports.objects.needed_only_by(named).await?;
    (deletion.freed_objects, deletion.freed_bytes) = (objects.freed.digests.len() as u64, objects.freed.bytes);
    (deletion.kept_objects, deletion.kept_bytes) = (objects.kept.digests.len() as u64, objects.kept.bytes);
    if !is_dry_run {
        let tombstone = |run: &RunView| {
            let because = because.to_owned();
            Fact::from(Deleted { run: run.id, project: run.project.clone(), state: run.state, because })
        };
        let erased = seqs.iter().map(|seq| Fact::from(PayloadErased::new(*seq, because)));
        let facts = runs.iter().map(tombstone).chain(erased).collect();
        let batch = Batch::new(work.now(), caller.actor(), facts);
        work.ports.record.erase(&seqs, batch).await?;
        deletion.copies_left = work.ports.record.copies_left();
    }
    Ok(deletion)
}

/// All attempts that may have streams.
fn attempts(run: &RunView) -> impl Iterator<Item = AttemptId> {
    let id = run.id;
    (1..=run.attempts.max(1)).map(move |number| AttemptId { run: id, number })
}

/// The runs with these names, which the caller may delete now. All of them can be deleted, or none is.
async fn deletable(work: &Work, caller: &Caller, names: &[String]) -> AppResult<Vec<RunView>> {
    let (mut runs, mut seen): (Vec<RunView>, HashSet<RunId>) = Default::default();
    for name in names {
        let run = run_for(work, caller, name, Role::Owner).await?;
        if !seen.insert(run.id) {
            continue;
        }
        if !run.state.is_final() {
            let how = if run.state == State::Unknown || run.external().is_some() {
                "wait until its program reports its end, or end it with"
            } else {
                "wait for its end, or end it with"
            };
            return Err(AppError::Conflict(format!(
                "run {0} has not ended, so it cannot be deleted: {how} `hven cancel {0}`",
                run.handle
            )));
        }
        if let Some((array, number, _)) = work.ports.views.task_of(run.id).await?
            && work.ports.views.array(array).await?.is_some_and(|array| array.ended.is_none())
        {
            return Err(AppError::Conflict(format!(
                "run {} is a task of array/{number}, which has not ended: wait for its end, or `hven cancel array/{number}`",
                run.handle
            )));
        }
        runs.push(run);
    }
    Ok(runs)
}

/// Adds the facts that are the content of a run, and how often they name each object.
async fn content(work: &Work, run: RunId, seqs: &mut Vec<u64>, named: &mut HashMap<Digest, u64>) -> AppResult<()> {
    const PAGE: usize = 1000;
    let mut after = 0;
    loop {
        let query = FactQuery { after, subject: Some(run.as_u128()), limit: PAGE, ..FactQuery::default() };
        let page = work.ports.record.facts(query).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.header.seq;
        for envelope in page {
            let kind = envelope.header.kind.as_str();
            if envelope.payload.is_none() || !CONTENT.iter().any(|prefix| kind.starts_with(prefix)) {
                continue;
            }
            seqs.push(envelope.header.seq);
            // An unreadable fact is erased, too. The objects that it names are not known.
            if let Ok(Some(fact)) = envelope.readable_fact().map_err(StoreError::from) {
                fact.each_object(&mut |object| *named.entry(object.digest).or_insert(0) += 1);
            }
        }
    }
}
