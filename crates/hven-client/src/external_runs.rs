//! Runs whose work is done elsewhere: opens them, adds files to them, and closes them.

use hven_api::{
    external::{AddFiles, CloseRun, OpenRun, ReportedRun},
    file_ref::FileRef,
};

use crate::{Client, Result, query::escape};

impl Client {
    /// Opens a run. With an id of another tracker, a repeated call returns the same run.
    pub fn open_run(&self, wanted: &OpenRun) -> Result<ReportedRun> {
        self.post("/runs/external", wanted)
    }

    /// Adds files as outputs of a run that goes on. Their bytes were sent before.
    pub fn add_files(&self, run: &str, files: Vec<FileRef>) -> Result<ReportedRun> {
        self.post(format!("/runs/{}/outputs", escape(run)), &AddFiles { files })
    }

    /// Ends a run whose work is done elsewhere.
    pub fn close_run(&self, run: &str, end: &CloseRun) -> Result<ReportedRun> {
        self.post(format!("/runs/{}/close", escape(run)), end)
    }
}
