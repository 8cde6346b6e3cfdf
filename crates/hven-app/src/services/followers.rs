//! Runs the followers: each one receives the facts as they are recorded, and carries out its intents.
//!
//! A follower that starts, or that is too slow for the feed, reads its state from the views. It retries work that
//! failed because of a full disk or a busy store.

use std::time::Duration;

use hven_core::Time;
use tokio::{
    sync::broadcast::error::{RecvError, TryRecvError},
    time::Instant,
};

use crate::{
    kernel::{
        follower::{Executor, Obstacle},
        follower_agenda::{AGENDA_MAX, FollowerAgenda, NextIntent},
    },
    ports::fact_feed::FactFeed,
};

/// How long a follower waits before a retry.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// Runs one follower until the feed is closed.
pub async fn follow<E: Executor>(
    name: &'static str,
    executor: E,
    mut feed: FactFeed,
    pause: Duration,
    clock: impl Fn() -> Time + Send,
) {
    let mut following = FollowerAgenda::<E::Follower>::begin(AGENDA_MAX);
    let mut pause_ends = Instant::now();
    loop {
        loop {
            match feed.try_recv() {
                Ok(recorded) => following.on_fact(&recorded, clock()),
                Err(TryRecvError::Lagged(_)) => following.missed_facts(),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => return,
            }
        }
        match following.next() {
            NextIntent::Resume => match executor.resume().await {
                Ok(resumed) => following.resumed(resumed),
                Err(error) => {
                    tracing::warn!(follower = name, %error, "could not read what goes on; trying again");
                    following.not_resumed();
                }
            },
            NextIntent::CarryOut(intent) => match executor.carry_out(&intent).await {
                Ok(()) => following.carried_out(),
                Err(error) => {
                    let again = following.not_carried_out(Obstacle::of(&error));
                    tracing::warn!(follower = name, ?intent, %error, again, "could not do what is due");
                }
            },
            NextIntent::Wait => {
                let recorded = tokio::select! {
                    recorded = feed.recv() => recorded,
                    () = tokio::time::sleep_until(pause_ends), if following.is_paused() => {
                        following.end_pause();
                        continue;
                    }
                };
                match recorded {
                    Ok(recorded) => following.on_fact(&recorded, clock()),
                    Err(RecvError::Lagged(_)) => following.missed_facts(),
                    Err(RecvError::Closed) => return,
                }
                continue;
            }
        }
        pause_ends = Instant::now() + pause;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;
    use crate::{
        kernel::{
            error::{AppError, AppResult},
            follower::{Follower, Resumed},
        },
        ports::{fact_feed::FactSender, record::Recorded},
    };
    use async_trait::async_trait;
    use hven_core::{ActorId, FactId, envelope::Header};

    /// Has an intent for every fact: its number.
    struct Each;

    impl Follower for Each {
        type State = ();
        type Intent = u64;
        fn on_fact((): &mut (), recorded: &Recorded, _: Time) -> Vec<u64> {
            vec![recorded.header.seq]
        }
    }

    /// The store is busy at every first try.
    struct Busy {
        resumed: Arc<AtomicU32>,
        tried: AtomicU32,
        done: tokio::sync::mpsc::UnboundedSender<u64>,
    }

    #[async_trait]
    impl Executor for Busy {
        type Follower = Each;

        async fn resume(&self) -> AppResult<Resumed<Each>> {
            self.resumed.fetch_add(1, Ordering::Relaxed);
            Ok(Resumed { state: (), due: vec![0] })
        }
        async fn carry_out(&self, seq: &u64) -> AppResult<()> {
            if self.tried.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                return Err(AppError::Busy("the store".to_owned()));
            }
            let _ = self.done.send(*seq);
            Ok(())
        }
    }

    fn recorded(seq: u64) -> Arc<Recorded> {
        let header = Header {
            seq,
            id: FactId::from_u128(seq.into()),
            kind: "run.finished".to_owned(),
            version: 1,
            time: Time::from_micros(0),
            actor: ActorId::SYSTEM,
            subject: None,
            key: None,
        };
        Arc::new(Recorded { header, fact: None })
    }

    #[test]
    fn a_follower_catches_up_after_a_lag_and_retries_after_a_pause() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let sender = FactSender::new(2);
            let feed = sender.subscribe();
            let (done, mut seen) = tokio::sync::mpsc::unbounded_channel();
            let resumed = Arc::new(AtomicU32::new(0));
            let executor = Busy { resumed: Arc::clone(&resumed), tried: AtomicU32::new(0), done };
            let began = Instant::now();
            let pause = Duration::from_millis(20);
            let task = tokio::spawn(follow("test", executor, feed, pause, || Time::from_micros(0)));
            let mut next = async || tokio::time::timeout(Duration::from_secs(20), seen.recv()).await.expect("in time");
            assert_eq!(next().await, Some(0));
            assert!(began.elapsed() >= pause, "it waited before it tried again");
            assert_eq!(resumed.load(Ordering::Relaxed), 1);
            sender.send(vec![recorded(1)]);
            assert_eq!(next().await, Some(1));
            assert_eq!(resumed.load(Ordering::Relaxed), 1);
            // More than the feed holds: the views have the lost facts, so the state is read again.
            (2..6).for_each(|seq| sender.send(vec![recorded(seq)]));
            assert_eq!(next().await, Some(0));
            assert_eq!(resumed.load(Ordering::Relaxed), 2);
            sender.send(vec![recorded(6)]);
            assert_eq!(next().await, Some(6));
            drop(sender);
            task.await.expect("it ends with its feed");
        });
    }
}
