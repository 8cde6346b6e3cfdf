//! A run that is to be imported, and the things that its import needs.

use hven_client::{Client, ForeignServer};
use hven_imports::mlflow::{LoggedModel, RunInfo, Store};

use super::{runs_here::RunHere, tally::Tally};

/// A run to import.
#[derive(Clone, Debug)]
pub struct RunJob {
    pub info: RunInfo,
    /// Its id in Hven.
    pub id: String,
    /// The experiment that gets it, by its id in Hven; empty in a plan.
    pub experiment: String,
    /// The name of its experiment, if the project was named.
    pub experiment_name: Option<String>,
    pub here: Option<RunHere>,
    /// The models that it made.
    pub models: Vec<LoggedModel>,
}

/// The result for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    New,
    Continued,
    Here,
}

/// The store, the server and the choices of an import.
pub struct RunImport<'i> {
    pub store: &'i dyn Store,
    /// Asked what is here; `None` if there is no home yet.
    pub looking: Option<&'i Client>,
    /// `None` in a plan.
    pub sending: Option<&'i Client>,
    pub server: Option<&'i ForeignServer>,
    pub tally: &'i Tally,
    pub with_files: bool,
    pub source: &'i str,
}
