//! Who was let in, for all that goes on after its first answer has begun: streams of events and followed logs.
//!
//! A call is checked once. What stays open is checked again whenever something was recorded that may change who may come
//! in, and when the token expires: what was revoked must not go on because it had begun before.

use std::time::Duration;

use hven_core::{Time, TokenId, envelope::Header};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    App, AppError, AppResult, Caller,
    access::{Identified, identify},
};

/// Somebody with a good token, and the token.
#[derive(Clone)]
pub struct Admission {
    pub caller: Caller,
    token: String,
    until: Option<Time>,
    root: Option<TokenId>,
}

impl std::fmt::Debug for Admission {
    /// The token stays out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission").field("caller", &self.caller).field("until", &self.until).finish_non_exhaustive()
    }
}

impl Admission {
    /// Lets somebody in who has a good token.
    pub async fn of(app: &App, token: &str) -> AppResult<Self> {
        let Identified { caller, until, root } = identify(app, token).await?;
        Ok(Self { caller, token: token.to_owned(), until, root })
    }

    /// Looks again: who has the token now, and what they may do. An error when it opens nothing any more.
    pub async fn renew(&mut self, app: &App) -> AppResult<()> {
        *self = Self::of(app, &self.token).await?;
        Ok(())
    }

    /// When the token expires.
    pub(crate) fn until(&self) -> Option<Time> {
        self.until
    }

    /// The token with which all ends that was opened with this one; `None` for runs and runners, which open nothing.
    pub(crate) fn root(&self) -> Option<TokenId> {
        self.root
    }

    /// Whether a fact may change who is let in, or what they may do.
    pub fn may_change_with(header: &Header) -> bool {
        let kinds = ["role.", "token.", "session.", "user.", "payload.erased", "runner.gone"];
        kinds.iter().any(|kind| header.kind.starts_with(kind))
    }

    /// Returns when the token opens nothing any more, or when `may_stay` says that what was opened is not for its owner
    /// any more.
    pub async fn ended<F: Future<Output = AppResult<()>>>(mut self, app: &App, may_stay: impl Fn(Caller) -> F) {
        let mut recorded = app.ports.record.subscribe();
        // What was revoked between the answer's beginning and this moment was told to nobody.
        let mut is_due = true;
        loop {
            if is_due {
                match self.still_stands(app, &may_stay).await {
                    Ok(()) => {}
                    Err(AppError::Unauthenticated | AppError::Denied | AppError::NotFound { .. }) => return,
                    // The store cannot be asked: nobody stays on a guess.
                    Err(error) => return tracing::warn!(%error, "whether somebody may stay could not be found out"),
                }
            }
            is_due = tokio::select! {
                fact = recorded.recv() => match fact {
                    Ok(fact) => Self::may_change_with(&fact.header),
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return,
                },
                () = expiry(self.until.map(|until| until.seconds_since(app.now()))) => true,
            };
        }
    }

    async fn still_stands<F: Future<Output = AppResult<()>>>(
        &mut self,
        app: &App,
        may_stay: &impl Fn(Caller) -> F,
    ) -> AppResult<()> {
        self.renew(app).await?;
        may_stay(self.caller.clone()).await
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
