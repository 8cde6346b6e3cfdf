//! The follower that processes results when runs end: tables become versions and splits, and outputs of reproductions
//! are compared.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use hven_core::{Fact, RunId, Time, fact::kind};

use crate::{
    catalogue::{floor::Catalogue, recipe_results},
    kernel::{
        error::AppResult,
        follower::{Executor, Follower, Resumed},
    },
    ports::{
        record::Recorded,
        run::{RunName, UnprocessedRun},
    },
};

/// Decides which results to process.
#[derive(Debug)]
pub struct ResultFollower;

/// Process the result of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessResult(pub RunId);

impl Follower for ResultFollower {
    /// Unfinished runs with a purpose.
    type State = HashSet<RunId>;
    type Intent = ProcessResult;

    fn on_fact(awaited: &mut HashSet<RunId>, recorded: &Recorded, _now: Time) -> Vec<ProcessResult> {
        if let Some(Fact::RunSubmitted(submitted)) = &recorded.fact {
            if submitted.purpose.is_some() {
                awaited.insert(submitted.run);
            }
            return Vec::new();
        }
        // Uses the header, which remains when the payload was erased.
        let ended = recorded.header.subject.filter(|_| recorded.header.kind == kind::RunFinished).map(RunId::from_u128);
        ended.filter(|run| awaited.remove(run)).map(ProcessResult).into_iter().collect()
    }
}

/// The state and the intents that are due, from the views.
pub fn resumed(unsettled: impl IntoIterator<Item = UnprocessedRun>) -> Resumed<ResultFollower> {
    let (mut state, mut due) = (HashSet::new(), Vec::new());
    for UnprocessedRun { run, has_ended } in unsettled {
        if has_ended {
            due.push(ProcessResult(run));
        } else {
            state.insert(run);
        }
    }
    Resumed { state, due }
}

/// Processes results.
#[derive(Debug)]
pub struct ResultExecutor(pub Arc<Catalogue>);

#[async_trait]
impl Executor for ResultExecutor {
    type Follower = ResultFollower;

    async fn resume(&self) -> AppResult<Resumed<ResultFollower>> {
        let views = &self.0.ports.views;
        let (results, reproductions) = (views.runs_to_settle().await?, views.reproducing().await?);
        Ok(resumed(results.into_iter().chain(reproductions)))
    }

    async fn carry_out(&self, ProcessResult(run): &ProcessResult) -> AppResult<()> {
        if let Some(run) = self.0.ports.views.runs_named(&RunName::Id(*run)).await?.pop() {
            recipe_results::process_result(&self.0, run).await?;
        }
        Ok(())
    }
}
