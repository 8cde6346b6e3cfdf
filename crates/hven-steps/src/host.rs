//! The functions that the program which carries out steps has to implement.

use std::path::PathBuf;

use hven_api::runs::{FileRef, RunCreated, RunDetail, SubmitRun};
use hven_core::{manifest::Run, workflow::PutBack};
use hven_terminal::{Output, Watched};

use crate::context::StepOptions;

/// Waits for runs.
pub trait Watch {
    /// Waits for the end of a run. `what` names it in the progress line.
    fn watch(&self, run: &str, what: &str, output: &dyn Output) -> anyhow::Result<Watched>;
}

/// Makes the runs of steps in the folder of the manifest.
pub trait StepHost {
    /// The part of a prepared run that is sent after its submission.
    type Rest;

    /// Records code, inputs and tools of the command of a step, and sends what the server needs of them.
    fn prepare(&self, command: StepCommand<'_>, output: &mut dyn Output) -> anyhow::Result<(SubmitRun, Self::Rest)>;

    /// Submits a run. If the same work was done before, its outputs are put back into the folder.
    fn submit(&self, submit: &SubmitRun, output: &mut dyn Output) -> anyhow::Result<Submission>;

    /// Sends the rest of a run that was submitted.
    fn send_rest(&self, run: &str, submit: &SubmitRun, rest: Self::Rest);

    /// Writes the table of a dataset to the place where commands read it: [`crate::table_path::path_of`] its name.
    fn put_table(&self, called: &str, table: &FileRef) -> anyhow::Result<()>;
}

/// The command of a step.
#[derive(Debug)]
pub struct StepCommand<'a> {
    /// Its section of the manifest.
    pub run: &'a Run,
    /// Its words, with values for parameters and paths.
    pub words: Vec<String>,
    pub inputs: Vec<PathBuf>,
    pub project: Option<&'a String>,
    pub options: &'a StepOptions,
}

/// The result of a submission.
#[derive(Debug)]
pub enum Submission {
    New(Box<RunCreated>),
    /// This run did the same work before, and its outputs are in place.
    DoneBefore {
        run: Box<RunDetail>,
        put_back: PutBack,
    },
}
