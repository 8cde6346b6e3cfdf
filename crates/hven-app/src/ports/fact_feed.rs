//! The feed of facts: sent in groups, received one by one.
//!
//! Facts become durable in groups. A group wakes each receiver once, however many facts it has: under load, waking every
//! receiver for every fact costs more than recording the facts.

use std::sync::Arc;

use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};

use crate::ports::recorded::Recorded;

type Group = Arc<[Arc<Recorded>]>;

/// The sender of all feeds of a record.
#[derive(Debug)]
pub struct FactSender(broadcast::Sender<Group>);

/// Every fact as it becomes durable, in order.
#[derive(Debug)]
pub struct FactFeed {
    groups: broadcast::Receiver<Group>,
    /// The last received group, and how many of its facts were given out.
    group: Option<(Group, usize)>,
}

impl FactSender {
    /// A feed whose reader falls behind by more than this number of groups loses the oldest.
    pub fn new(groups_max: usize) -> Self {
        Self(broadcast::channel(groups_max).0)
    }

    /// Sends facts that became durable together. Without a feed, nothing happens.
    pub fn send(&self, facts: Vec<Arc<Recorded>>) {
        if !facts.is_empty() {
            let _ = self.0.send(facts.into());
        }
    }

    pub fn subscribe(&self) -> FactFeed {
        FactFeed { groups: self.0.subscribe(), group: None }
    }
}

impl FactFeed {
    /// The next fact. When a caller stops waiting, no fact is lost.
    ///
    /// # Errors
    /// [`RecvError::Lagged`] once, when facts were lost; [`RecvError::Closed`] when the record is closed.
    pub async fn recv(&mut self) -> Result<Arc<Recorded>, RecvError> {
        loop {
            if let Some(fact) = self.next_of_group() {
                return Ok(fact);
            }
            self.group = Some((self.groups.recv().await?, 0));
        }
    }

    /// The next fact, if there is one now.
    ///
    /// # Errors
    /// As [`Self::recv`], and [`TryRecvError::Empty`].
    pub fn try_recv(&mut self) -> Result<Arc<Recorded>, TryRecvError> {
        loop {
            if let Some(fact) = self.next_of_group() {
                return Ok(fact);
            }
            self.group = Some((self.groups.try_recv()?, 0));
        }
    }

    fn next_of_group(&mut self) -> Option<Arc<Recorded>> {
        let (facts, given) = self.group.as_mut()?;
        let next = facts.get(*given).cloned();
        *given += 1;
        if next.is_none() {
            self.group = None;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use hven_core::{ActorId, FactId, Time, envelope::Header};

    use super::*;

    fn facts(seqs: std::ops::Range<u64>) -> Vec<Arc<Recorded>> {
        let header = |seq: u64| Header {
            seq,
            id: FactId::from_u128(seq.into()),
            kind: "run.finished".to_owned(),
            version: 1,
            time: Time::from_micros(0),
            actor: ActorId::SYSTEM,
            subject: None,
            key: None,
        };
        seqs.map(|seq| Arc::new(Recorded { header: header(seq), fact: None })).collect()
    }

    #[test]
    fn facts_are_received_one_by_one_and_a_lag_is_reported() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let sender = FactSender::new(2);
            let mut feed = sender.subscribe();
            assert!(matches!(feed.try_recv(), Err(TryRecvError::Empty)));
            sender.send(facts(0..3));
            sender.send(Vec::new());
            let mut seqs = Vec::new();
            seqs.push(feed.recv().await.expect("the first").header.seq);
            // The rest of a started group is not lost with the groups behind it.
            (1..5).for_each(|group| sender.send(facts(10 * group..10 * group + 2)));
            loop {
                match feed.try_recv() {
                    Ok(fact) => seqs.push(fact.header.seq),
                    Err(TryRecvError::Lagged(groups)) => seqs.push(1000 + groups),
                    Err(_) => break,
                }
            }
            assert_eq!(seqs, [0, 1, 2, 1002, 30, 31, 40, 41]);
            drop(sender);
            assert!(matches!(feed.recv().await, Err(RecvError::Closed)));
        });
    }
}
