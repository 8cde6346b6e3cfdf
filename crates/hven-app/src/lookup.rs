//! Whether a run would be started, and why: the same question that submitting asks, without starting anything.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    access::Role,
    object::FileRef,
    run::{Spec, State},
};

use crate::{
    App, AppResult, Caller,
    ports::views::RunView,
    soundness,
    submit::{self, Submit},
};

/// What would become of a submission.
#[derive(Clone, Debug)]
pub enum Looked {
    /// The same work was done before, by this run.
    UpToDate(Box<RunView>),
    /// It would be run, for these reasons.
    Stale(Vec<String>),
}

/// Answers what submitting would do.
pub async fn look_up(app: &App, caller: &Caller, submit: Submit) -> AppResult<Looked> {
    caller.require(Role::Viewer, &submit.project)?;
    let (fresh, name, project) = (submit.fresh, submit.name.clone(), submit.project.clone());
    let (spec, cached) = submit::cached(app, caller, submit).await?;
    if let Some(run) = cached {
        return Ok(Looked::UpToDate(Box::new(run)));
    }
    let last = match &name {
        Some(name) => app.ports.views.last_named(&project, name).await?,
        None => None,
    };
    let last = last.filter(|run| caller.may(Role::Viewer, &run.project));
    let unsound = match &last {
        Some(last) => soundness::stands(app, caller, last.id.into()).await?.said,
        None => None,
    };
    Ok(Looked::Stale(reasons(&spec, last.as_ref(), unsound.map(|said| said.text), fresh)))
}

/// Why the work of `spec` is not done yet; `unsound` is why what its last run made does not stand.
fn reasons(spec: &Spec, last: Option<&RunView>, unsound: Option<String>, fresh: bool) -> Vec<String> {
    if fresh {
        return vec!["it was asked for with --fresh".to_owned()];
    }
    if spec.recipe.is_none() && (spec.inputs.is_empty() || spec.outputs.is_empty()) {
        return vec!["it is run each time: it does not declare both its inputs and its outputs".to_owned()];
    }
    let Some(last) = last else { return vec!["it was never run".to_owned()] };
    let mut reasons = Vec::new();
    match (last.state, &last.spec) {
        (_, None) => reasons.push(format!("what run {} ran was erased", last.handle)),
        (_, Some(before)) => differences(before, spec, &mut reasons),
    }
    if reasons.is_empty() {
        reasons.push(match last.state {
            State::Done if unsound.is_some() => format!("run {} is {}", last.handle, unsound.unwrap_or_default()),
            State::Done => format!("the outputs of run {} are not there any more", last.handle),
            state if state.is_final() => format!("run {} did not end well ({})", last.handle, state.as_str()),
            _ => format!("run {} of it is not done yet", last.handle),
        });
    }
    reasons
}

fn differences(before: &Spec, now: &Spec, reasons: &mut Vec<String>) {
    match (&before.recipe, &now.recipe) {
        (Some(before), Some(now)) if before.name == now.name => {
            if before.version != now.version {
                reasons.push(format!("the recipe is now version {}, and was {}", now.version, before.version));
            }
            changed_fields(&before.arguments, &now.arguments, reasons);
        }
        (None, None) => {}
        _ => reasons.push("it does other work now".to_owned()),
    }
    if before.argv != now.argv {
        reasons.push("the command changed".to_owned());
    }
    changed_files(&before.inputs, &now.inputs, reasons);
    if before.outputs != now.outputs {
        reasons.push("it makes other outputs".to_owned());
    }
    let code = |spec: &Spec| spec.code.as_ref().and_then(hven_core::run::Code::digest);
    if code(before) != code(now) {
        reasons.push("the code changed".to_owned());
    }
    changed_variables(&before.environment, &now.environment, reasons);
    if before.secrets != now.secrets {
        reasons.push("it is given other secrets".to_owned());
    }
}

fn changed_fields(before: &serde_json::Value, now: &serde_json::Value, reasons: &mut Vec<String>) {
    let fields = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_default();
    let (before, now) = (fields(before), fields(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for name in names {
        if before.get(name) != now.get(name) {
            reasons.push(format!("{name} changed"));
        }
    }
}

fn changed_files(before: &[FileRef], now: &[FileRef], reasons: &mut Vec<String>) {
    let by_path = |files: &[FileRef]| -> BTreeMap<String, hven_core::Digest> {
        files.iter().map(|file| (file.path.clone(), file.digest)).collect()
    };
    let (before, now) = (by_path(before), by_path(now));
    for (path, digest) in &now {
        match before.get(path) {
            None => reasons.push(format!("{path} is a new input")),
            Some(earlier) if earlier != digest => reasons.push(format!("{path} changed")),
            Some(_) => {}
        }
    }
    for path in before.keys().filter(|path| !now.contains_key(*path)) {
        reasons.push(format!("{path} is no input any more"));
    }
}

fn changed_variables(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>, reasons: &mut Vec<String>) {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for name in names.into_iter().filter(|name| !submit::PLACE_VARIABLES.contains(&name.as_str())) {
        if before.get(name) != now.get(name) {
            reasons.push(format!("the environment variable {name} changed"));
        }
    }
}
