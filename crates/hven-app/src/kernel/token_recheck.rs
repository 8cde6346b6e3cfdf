//! Checks the token of a call again when it goes on after its head was checked: streams of events, followed logs, bodies
//! that come late.
//!
//! A call is checked once. A stream is checked again whenever something was recorded that may change who may come in, and
//! when the token expires: what was revoked must not go on because it had begun before.

use std::{sync::Arc, time::Duration};

use futures::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    kernel::{
        admission::Admission,
        authentication::{TokenOwner, identify},
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
    },
    ports::record::Recorded,
};

impl Admission {
    /// Lets somebody in who has a good token.
    pub async fn of(kernel: &Kernel, token: &str) -> AppResult<Self> {
        let rights_changes = kernel.rights.changes();
        let TokenOwner { caller, until, root } = identify(kernel, token).await?;
        Ok(Self { caller, token: token.to_owned(), until, root, rights_changes })
    }

    /// Looks again: who has the token now, and what they may do. An error when it opens nothing any more.
    pub async fn renew(&mut self, kernel: &Kernel) -> AppResult<()> {
        *self = Self::of(kernel, &self.token).await?;
        Ok(())
    }

    /// Looks again, for a call whose body came after its head was let in: an error when the token opens nothing any more, or
    /// its owner has other roles by now.
    pub async fn confirm(&self, kernel: &Kernel) -> AppResult<()> {
        // The record is asked only when it may say something else. What is derived from the key is asked always: that is
        // known in memory.
        let is_recorded = self.root.is_some();
        let is_current = self.rights_changes == kernel.rights.changes();
        if is_recorded && is_current && self.until.is_none_or(|until| until > kernel.now()) {
            return Ok(());
        }
        let now = Self::of(kernel, &self.token).await?;
        if now.caller == self.caller {
            return Ok(());
        }
        Err(AppError::Conflict("your roles were changed while this call came; send it again".to_owned()))
    }

    /// Passes events on until the token opens nothing any more, or `may_stay` says that they are not for its owner any more.
    /// While that is being found out nothing goes out. The stream also ends when the store cannot be asked: its reader comes
    /// again, and is let in or not.
    pub(crate) fn pass_on<S, F>(
        self,
        kernel: Arc<Kernel>,
        events: S,
        may_stay: impl Fn(Caller) -> F + Send + Sync,
    ) -> impl Stream<Item = S::Item> + Send
    where
        S: Stream<Item: Send> + Send + Unpin,
        F: Future<Output = AppResult<()>> + Send,
    {
        let recorded = kernel.ports.record.subscribe();
        let gate = Gate { admission: self, kernel, may_stay, recorded };
        // A revocation before this subscription sent no notice: the first check is due.
        let passed = stream::unfold((gate, events, true), |(mut gate, mut events, mut is_due)| async move {
            loop {
                if is_due && !gate.is_open().await {
                    return None;
                }
                tokio::select! {
                    // What was recorded before an event goes out is looked at before.
                    biased;
                    goes_on = gate.doubt() => {
                        if !goes_on {
                            return None;
                        }
                        is_due = true;
                    }
                    event = events.next() => return event.map(|event| (event, (gate, events, false))),
                }
            }
        });
        passed.fuse()
    }
}

/// Whether the reader of a stream may have more of it.
struct Gate<M> {
    admission: Admission,
    kernel: Arc<Kernel>,
    may_stay: M,
    recorded: Receiver<Arc<Recorded>>,
}

impl<M: Fn(Caller) -> F + Send + Sync, F: Future<Output = AppResult<()>> + Send> Gate<M> {
    /// Returns when the reader has to be checked again. False: the record is closed.
    async fn doubt(&mut self) -> bool {
        let left = self.admission.until.map(|until| until.seconds_since(self.kernel.now()));
        let recorded = &mut self.recorded;
        let change = async {
            loop {
                match recorded.recv().await {
                    Ok(fact) if !Admission::may_change_with(&fact.header.kind) => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            }
        };
        tokio::select! {
            biased;
            goes_on = change => goes_on,
            () = expiry(left) => true,
        }
    }

    async fn is_open(&mut self) -> bool {
        match self.check().await {
            Ok(()) => true,
            Err(AppError::Unauthenticated | AppError::Denied | AppError::NotFound { .. }) => false,
            Err(error) => {
                tracing::warn!(%error, "a stream ended: the rights of its reader could not be checked");
                false
            }
        }
    }

    async fn check(&mut self) -> AppResult<()> {
        self.admission.renew(&self.kernel).await?;
        (self.may_stay)(self.admission.caller.clone()).await
    }
}

/// Waits so many seconds; for ever when nothing expires.
async fn expiry(seconds: Option<f64>) {
    /// Longer waits are made in steps: a clock may be set.
    const STEP: f64 = 60.0;
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.001, STEP))).await,
        None => std::future::pending().await,
    }
}
