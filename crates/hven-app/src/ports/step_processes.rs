//! Processes that carry out steps of workflows.

use std::{collections::BTreeMap, io};

use async_trait::async_trait;
use hven_core::workflow::{StepReport, StepTask};

/// Starts processes that carry out steps of workflows in the folder of their manifest.
#[async_trait]
pub trait StepProcesses: Send + Sync + 'static {
    /// Starts a process with this environment and returns its report. When the future is dropped, the process is killed. An
    /// error says that there is no report: the step may be tried again.
    async fn carry_out(&self, task: &StepTask, environment: &BTreeMap<String, String>) -> io::Result<StepReport>;
}
