//! What steps need of the program that does them.

use std::path::PathBuf;

use hven_api::runs::{FileRef, RunCreated, RunDetail, SubmitRun};
use hven_core::manifest::Run;
use hven_terminal::{Output, Watched};

use crate::study::Wanted;

/// Waits for runs.
pub trait Watch {
    /// Waits for the end of a run; `what` says meanwhile what it is.
    fn watch(&self, run: &str, what: &str, output: &dyn Output) -> anyhow::Result<Watched>;
}

/// Makes the runs of steps, in the folder of the manifest.
pub trait Hands: Watch {
    /// What belongs to a run that was prepared, beside its submission.
    type Rest;

    /// Takes down what the command of a step is made of, and sends what the server needs of it.
    fn prepare(&self, command: StepCommand<'_>, output: &mut dyn Output) -> anyhow::Result<(SubmitRun, Self::Rest)>;

    /// Submits a run. Outputs of the same work, done before, are put in place.
    fn submit(&self, submit: &SubmitRun, output: &mut dyn Output) -> anyhow::Result<Submission>;

    /// Waits for the end of a run that was submitted, and does the rest meanwhile.
    fn finish(
        &self,
        run: &str,
        what: &str,
        submit: &SubmitRun,
        rest: Self::Rest,
        output: &dyn Output,
    ) -> anyhow::Result<Watched>;

    /// Puts the table of a dataset where commands find it: at [`crate::table_path::path_of`] what it is called.
    fn put_table(&self, called: &str, table: &FileRef) -> anyhow::Result<()>;
}

/// The command of a step.
#[derive(Debug)]
pub struct StepCommand<'a> {
    /// What the manifest says of it.
    pub run: &'a Run,
    /// Its words, with parameters and paths in their places.
    pub words: Vec<String>,
    pub inputs: Vec<PathBuf>,
    pub project: Option<&'a String>,
    pub wanted: &'a Wanted,
}

/// What came of a submission.
#[derive(Debug)]
pub enum Submission {
    Begun(Box<RunCreated>),
    /// The same work was done before, by this run, and its outputs are in place; `restored` says which were missing.
    DoneBefore {
        run: Box<RunDetail>,
        restored: String,
    },
}
