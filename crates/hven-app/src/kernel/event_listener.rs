//! What happens, as it happens: facts in their order, and streams that grew, for somebody who listens.
//!
//! A listener that is too slow for the live channel is not cut off: it reads on from the record, at its own pace.

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
    ports::{
        record::{FactQuery, Recorded},
        series::StreamGrowth,
    },
};

/// Somebody who listens.
#[derive(Debug)]
pub struct EventListener {
    admission: Admission,
    /// Only what is about this run.
    run: Option<RunId>,
    /// The last fact that was told or passed over.
    after: u64,
    describer: FactDescriber,
}

/// What wakes a listener.
#[derive(Debug)]
pub struct ListenerChannels {
    pub recorded: broadcast::Receiver<Arc<Recorded>>,
    pub grown: broadcast::Receiver<StreamGrowth>,
}

/// Facts that were told, in their order.
#[derive(Debug, Default)]
pub struct HeardFacts {
    pub facts: Vec<DescribedFact>,
    /// There may be more at once.
    pub is_more: bool,
    /// Nothing follows these: the listener's token opens nothing any more.
    pub is_over: bool,
}

/// Begins after the fact `after`, or with what happens next; `run`: only what is about this one.
pub async fn begin(
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
    // Subscribed before the head is read: nothing falls between the two.
    let live = ListenerChannels { recorded: kernel.ports.record.subscribe(), grown: kernel.ports.series.subscribe() };
    let after = after.unwrap_or_else(|| kernel.ports.record.head().seq);
    Ok((EventListener { admission, run, after, describer: FactDescriber::default() }, live))
}

impl EventListener {
    /// The run that is listened to, when it is one.
    pub fn run(&self) -> Option<RunId> {
        self.run
    }

    /// The next facts after the last one.
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

    /// Whether the listener is to be told that a stream grew.
    pub async fn is_for(&mut self, kernel: &Kernel, growth: &StreamGrowth) -> AppResult<bool> {
        if self.run.is_some_and(|run| run != growth.attempt.run) {
            return Ok(false);
        }
        let found = self.describer.run_by_id(kernel, growth.attempt.run).await?;
        Ok(found.is_some_and(|(_, project)| self.admission.caller.may(Role::Viewer, &project)))
    }
}

/// Passes events on until they are not for their caller any more: the token was revoked or has expired, or the role in the
/// run's project (the last role, when they are about all) was taken away.
pub fn while_admitted<S: Stream<Item: Send> + Send + Unpin>(
    kernel: Arc<Kernel>,
    admission: Admission,
    run: Option<RunId>,
    events: S,
) -> impl Stream<Item = S::Item> + Send {
    let asked = Arc::clone(&kernel);
    admission.pass_on(kernel, events, move |caller| may_stay(Arc::clone(&asked), caller, run))
}

async fn may_stay(kernel: Arc<Kernel>, caller: Caller, run: Option<RunId>) -> AppResult<()> {
    match run {
        Some(run) => run_for(&kernel, &caller, &run.to_string(), Role::Viewer).await.map(drop),
        None => caller.require_user().map(drop),
    }
}
