//! Processes that carry out steps of workflows, and that read drafts of arrays.

use std::{collections::BTreeMap, io};

use async_trait::async_trait;
use hven_core::{
    array::{DraftReport, DraftTask},
    workflow::{StepReport, StepTask},
};

/// Starts processes in folders that people name: code and inputs are read there, by the Unix user who owns the home.
#[async_trait]
pub trait StepProcesses: Send + Sync + 'static {
    /// Starts a process with this environment and returns its report. When the future is dropped, the process is killed. An
    /// error says that there is no report: the step may be tried again.
    async fn carry_out(&self, task: &StepTask, environment: &BTreeMap<String, String>) -> io::Result<StepReport>;

    /// The same for a draft of an array. `None`: the process has the environment of the server.
    async fn read_draft(
        &self,
        task: &DraftTask,
        environment: Option<&BTreeMap<String, String>>,
    ) -> io::Result<DraftReport>;
}
