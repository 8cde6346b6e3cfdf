//! The answer to a submission.

use hven_core::file_name;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::run::RunView,
    work::{
        floor::Work,
        submit::{
            start::submit,
            submission::{RunRequest, SubmitOutcome},
        },
    },
};

/// The run of a submission: a new one, or an earlier one that did the same work.
#[derive(Clone, Debug)]
pub struct SubmittedRun {
    pub run: RunView,
    pub up_to_date: bool,
    /// The reason why no new run was started.
    pub because: Option<String>,
    /// The reasons why a new run was started although a similar one exists.
    pub not_up_to_date: Vec<String>,
}

impl NeedsLabels for SubmittedRun {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.run.add_to(wanted);
    }
}

/// Submits one run. Returns the result with all labels.
pub async fn submit_labelled(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    wanted: RunRequest,
) -> AppResult<Labelled<SubmittedRun>> {
    let (cwd, has_params) = (wanted.spec.cwd.clone(), !wanted.params.is_empty());
    let submitted = match Box::pin(submit(work, caller, key, wanted)).await? {
        SubmitOutcome::UpToDate(run) => {
            let because = Some(did_the_same(&run, &cwd, has_params));
            SubmittedRun { run: *run, up_to_date: true, because, not_up_to_date: Vec::new() }
        }
        SubmitOutcome::New(name, handle, not_up_to_date) => {
            let found = work.ports.views.runs_named(&name).await?.pop();
            let run = found.ok_or_else(|| AppError::not_found("run", handle))?;
            SubmittedRun { run, up_to_date: false, because: None, not_up_to_date }
        }
    };
    label(work, submitted).await
}

fn did_the_same(run: &RunView, cwd: &str, has_params: bool) -> String {
    let spec = run.spec();
    let same = match spec.and_then(|spec| spec.recipe.as_ref()) {
        Some(_) => "same recipe, arguments and inputs",
        None if has_params => "same command, parameters, inputs, code, variables, programs and modules",
        None => "same command, inputs, code, variables, programs and modules",
    };
    let elsewhere = spec.filter(|spec| spec.place.is_here() && spec.cwd != cwd);
    let folder = elsewhere.map(|spec| format!(" in {}", file_name::shown(&spec.cwd))).unwrap_or_default();
    format!("run {}{folder} did the same: {same}", run.handle)
}
