//! Checks the token of a call again while the call goes on: event streams, followed logs, bodies that arrive late.
//!
//! An ordinary call is checked once. A stream is checked again whenever a recorded fact may have changed rights, and
//! when the token expires. So a stream does not survive the revocation of its token.

use std::{sync::Arc, time::Duration};

use futures::{Stream, StreamExt, stream};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    kernel::{
        admission::Admission,
        authentication::identify,
        callers::{Caller, TokenOwner},
        error::{AppError, AppResult},
        floor::Kernel,
    },
    ports::fact_feed::FactFeed,
};

impl Admission {
    /// Admits the owner of a valid token.
    pub async fn of(kernel: &Kernel, token: &str) -> AppResult<Self> {
        let rights_changes = kernel.rights.changes();
        let TokenOwner { caller, until, root } = identify(kernel, token).await?;
        Ok(Self { caller, token: token.to_owned(), until, root, rights_changes })
    }

    /// Checks the token and the roles of its owner again. Fails when the token is not valid any more.
    pub async fn renew(&mut self, kernel: &Kernel) -> AppResult<()> {
        *self = Self::of(kernel, &self.token).await?;
        Ok(())
    }

    /// Checks the token again for a call whose body arrived after its head was checked. Fails when the token is not
    /// valid any more, or when its owner has other roles now.
    pub async fn confirm(&self, kernel: &Kernel) -> AppResult<()> {
        // The record is queried only when it may have changed. Derived tokens are always checked, because that needs
        // memory alone.
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

    /// Forwards events until the token is not valid any more, or until `may_stay` refuses the caller. No event is sent
    /// during the check. The stream also ends when the store cannot answer. Its reader connects again and is checked
    /// again.
    pub(crate) fn forward_while_valid<S, F>(
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
        // A revocation before this subscription sent no notice, so the first check is due at once.
        let passed = stream::unfold((gate, events, true), |(mut gate, mut events, mut is_due)| async move {
            loop {
                if is_due && !gate.is_open().await {
                    return None;
                }
                tokio::select! {
                    // A fact that was recorded before an event is processed before the event is sent.
                    biased;
                    goes_on = gate.wait_for_check() => {
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

/// Decides whether the reader of a stream may receive more events.
struct Gate<M> {
    admission: Admission,
    kernel: Arc<Kernel>,
    may_stay: M,
    recorded: FactFeed,
}

impl<M: Fn(Caller) -> F + Send + Sync, F: Future<Output = AppResult<()>> + Send> Gate<M> {
    /// Returns when the reader has to be checked again. `false`: the record is closed.
    async fn wait_for_check(&mut self) -> bool {
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
            () = wait_for_expiry(left) => true,
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

/// Waits for this many seconds; for ever when there is no expiry.
async fn wait_for_expiry(seconds: Option<f64>) {
    /// Longer waits are split into steps, because the clock may be set.
    const STEP: f64 = 60.0;
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.001, STEP))).await,
        None => std::future::pending().await,
    }
}
