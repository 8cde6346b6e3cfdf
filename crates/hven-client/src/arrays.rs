//! Arrays: submit, list, show, cancel and run again.

use hven_api::{
    arrays::{
        ArrayDetail, ArrayFailures, ArrayGrid, ArrayPoints, ArrayPreview, ArraySummary, ArrayTask, CancelArray,
        CancelledArray, GatherArray, HoldArray, RetryArray, SubmitArray,
    },
    page::Page,
};

use crate::{
    Client, Result,
    query::{Query, escape},
};

impl Client {
    pub fn submit_array(&self, new: &SubmitArray) -> Result<ArrayDetail> {
        self.post("/arrays", new)
    }

    /// The effect that the submission of an array would have.
    pub fn preview_array(&self, new: &SubmitArray) -> Result<ArrayPreview> {
        self.post("/arrays/preview", new)
    }

    /// An array by `array/3`, `3` or its id.
    pub fn array(&self, array: &str) -> Result<ArrayDetail> {
        self.get(of(array, ""))
    }

    /// The newest arrays; only those that go on when `running`.
    pub fn arrays(&self, running: bool, project: Option<&str>, limit: usize) -> Result<Page<ArraySummary>> {
        let mut query = Query::default();
        query.add_some("state", running.then_some("running")).add_some("project", project).add("limit", limit);
        self.get(query.below("/arrays"))
    }

    /// Tasks in the order of their numbers, from this one on.
    pub fn array_tasks(&self, array: &str, state: Option<&str>, from: u64, limit: usize) -> Result<Page<ArrayTask>> {
        let mut query = Query::default();
        query.add_some("state", state).add("from", from).add("limit", limit);
        self.get(query.below(&of(array, "/tasks")))
    }

    pub fn array_task(&self, array: &str, task: u64) -> Result<ArrayTask> {
        self.get(of(array, &format!("/tasks/{task}")))
    }

    /// The states of all tasks in at most this many cells.
    pub fn array_grid(&self, array: &str, cells: u64) -> Result<ArrayGrid> {
        let mut query = Query::default();
        query.add("cells", cells);
        self.get(query.below(&of(array, "/grid")))
    }

    pub fn array_failures(&self, array: &str) -> Result<ArrayFailures> {
        self.get(of(array, "/failures"))
    }

    /// The last values of a metric; of the first metric by name when none is given.
    pub fn array_points(&self, array: &str, metric: Option<&str>) -> Result<ArrayPoints> {
        let mut query = Query::default();
        query.add_some("metric", metric);
        self.get(query.below(&of(array, "/points")))
    }

    /// Cancels an array, or some of its tasks.
    pub fn cancel_array(&self, array: &str, tasks: Option<&str>) -> Result<CancelledArray> {
        self.post(of(array, "/cancel"), &CancelArray { tasks: tasks.map(str::to_owned) })
    }

    /// Holds an array, or releases it.
    pub fn hold_array(&self, array: &str, held: bool) -> Result<ArrayDetail> {
        self.post(of(array, "/hold"), &HoldArray { held })
    }

    /// Has tasks run again that did not succeed.
    pub fn retry_array(&self, array: &str, wanted: &RetryArray) -> Result<ArrayDetail> {
        self.post(of(array, "/retry"), wanted)
    }

    /// Gathers the results again, or as another dataset.
    pub fn gather_array(&self, array: &str, wanted: &GatherArray) -> Result<ArrayDetail> {
        self.post(of(array, "/gather"), wanted)
    }
}

fn of(array: &str, action: &str) -> String {
    let name = array.strip_prefix("array/").unwrap_or(array);
    format!("/arrays/{}{action}", escape(name))
}
