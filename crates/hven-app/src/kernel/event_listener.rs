//! Live events for a listener: facts in their order, and streams that grew.
//!
//! A listener that is too slow for the live channel is not disconnected. It reads the missed facts from the record, at
//! its own pace.

use std::sync::Arc;

use futures::Stream;
use hven_core::{RunId, access::Role};
use tokio::sync::broadcast;

use crate::{
    kernel::{
        admission::Admission,
        callers::Caller,
        error::AppResult,
        facts::{DescribedFact, FactDescriber},
        find::run::run_for,
        floor::Kernel,
    },
    ports::{fact_feed::FactFeed, record::FactQuery, series::StreamGrowth},
};

/// A listener for live events.
#[derive(Debug)]
pub struct EventListener {
    admission: Admission,
    /// `Some`: only events about this run.
    run: Option<RunId>,
    /// The last fact that was delivered or skipped.
    after: u64,
    describer: FactDescriber,
}

/// The channels that wake a listener.
#[derive(Debug)]
pub struct ListenerChannels {
    pub recorded: FactFeed,
    pub grown: broadcast::Receiver<StreamGrowth>,
}

/// The next facts for a listener, in their order.
#[derive(Debug, Default)]
pub struct HeardFacts {
    pub facts: Vec<DescribedFact>,
    /// More facts may be available at once.
    pub is_more: bool,
    /// These are the last facts: the listener's token is not valid any more.
    pub is_over: bool,
}

/// Starts after the fact `after`, or with the next fact. With `run`, only events about this run are delivered.
pub async fn start(
    kernel: &Kernel,
    admission: Admission,
    run: Option<&str>,
    after: Option<u64>,
) -> AppResult<(EventListener, ListenerChannels)> {
    admission.caller.require_user()?;
    let run = match run {
        Some(name) => Some(run_for(kernel, &admission.caller, name, Role::Viewer).await?.id),
        None => None,
    };
    // Subscribes before it reads the head, so that no fact is lost between the two.
    let live = ListenerChannels { recorded: kernel.ports.record.subscribe(), grown: kernel.ports.series.subscribe() };
    let after = after.unwrap_or_else(|| kernel.ports.record.head().seq);
    Ok((EventListener { admission, run, after, describer: FactDescriber::default() }, live))
}

impl EventListener {
    /// The run whose events are delivered, if it is only one.
    pub fn run(&self) -> Option<RunId> {
        self.run
    }

    /// The next facts after the last delivered one.
    pub async fn next(&mut self, kernel: &Kernel) -> AppResult<HeardFacts> {
        const PAGE: usize = 256;
        let mut heard = HeardFacts::default();
        let head = kernel.ports.record.head().seq;
        if head <= self.after {
            return Ok(heard);
        }
        let subject = self.run.map(RunId::as_u128);
        let query = FactQuery { after: self.after, subject, limit: PAGE, ..FactQuery::default() };
        let page = kernel.ports.record.facts(query).await?;
        let is_last = page.len() < PAGE;
        self.describer.learn(kernel, &page).await?;
        for envelope in page {
            self.after = envelope.header.seq;
            if Admission::may_change_with(&envelope.header.kind) && self.admission.renew(kernel).await.is_err() {
                heard.is_over = true;
                return Ok(heard);
            }
            if self.describer.is_visible(kernel, &self.admission.caller, &envelope.header).await? {
                heard.facts.push(self.describer.describe(kernel, envelope).await?);
            }
        }
        if is_last {
            self.after = self.after.max(head);
        }
        heard.is_more = kernel.ports.record.head().seq > self.after;
        Ok(heard)
    }

    /// Whether the listener may hear that a stream grew.
    pub async fn is_for(&mut self, kernel: &Kernel, growth: &StreamGrowth) -> AppResult<bool> {
        if self.run.is_some_and(|run| run != growth.attempt.run) {
            return Ok(false);
        }
        let found = self.describer.run_by_id(kernel, growth.attempt.run).await?;
        Ok(found.is_some_and(|(_, project)| self.admission.caller.may(Role::Viewer, &project)))
    }
}

/// Forwards events until the caller may not see them any more: the token was revoked or expired, or the role in the
/// run's project (for events of all runs: the last role) was revoked.
pub fn while_admitted<S: Stream<Item: Send> + Send + Unpin>(
    kernel: Arc<Kernel>,
    admission: Admission,
    run: Option<RunId>,
    events: S,
) -> impl Stream<Item = S::Item> + Send {
    let asked = Arc::clone(&kernel);
    admission.forward_while_valid(kernel, events, move |caller| may_stay(Arc::clone(&asked), caller, run))
}

async fn may_stay(kernel: Arc<Kernel>, caller: Caller, run: Option<RunId>) -> AppResult<()> {
    match run {
        Some(run) => run_for(&kernel, &caller, &run.to_string(), Role::Viewer).await.map(drop),
        None => caller.require_user().map(drop),
    }
}
