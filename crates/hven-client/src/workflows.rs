//! Workflows: start, list, show and cancel.

use hven_api::{
    page::Page,
    workflows::{StartWorkflow, WorkflowDetail, WorkflowSummary},
};

use crate::{
    Client, Result,
    query::{Query, escape},
};

impl Client {
    pub fn start_workflow(&self, new: &StartWorkflow) -> Result<WorkflowDetail> {
        self.post("/workflows", new)
    }

    /// A workflow by `workflow/3`, `3` or its id, with its steps.
    pub fn workflow(&self, workflow: &str) -> Result<WorkflowDetail> {
        self.get(of(workflow, ""))
    }

    /// The newest workflows; only those that go on when `running`.
    pub fn workflows(&self, running: bool, project: Option<&str>, limit: usize) -> Result<Page<WorkflowSummary>> {
        let mut query = Query::default();
        query.add_some("state", running.then_some("running")).add_some("project", project).add("limit", limit);
        self.get(query.below("/workflows"))
    }

    /// Cancels a workflow and the run for which it waits.
    pub fn cancel_workflow(&self, workflow: &str) -> Result<WorkflowSummary> {
        self.post(of(workflow, "/cancel"), &serde_json::Value::Null)
    }
}

fn of(workflow: &str, action: &str) -> String {
    let name = workflow.strip_prefix("workflow/").unwrap_or(workflow);
    format!("/workflows/{}{action}", escape(name))
}
