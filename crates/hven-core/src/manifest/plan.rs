//! The steps of a manifest in order: each after the steps whose results it reads.

use std::{collections::BTreeSet, fmt, ops::Range};

use super::{Input, Manifest, Placed, Problems, path};
use crate::diagnostic::Diagnostic;

/// A section of the manifest that can be executed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepId {
    Data(String),
    Run(String),
    Claim(String),
}

impl StepId {
    pub fn name(&self) -> &str {
        match self {
            Self::Data(name) | Self::Run(name) | Self::Claim(name) => name,
        }
    }
}
impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(name) => write!(f, "data.{name}"),
            Self::Run(name) => write!(f, "run.{name}"),
            Self::Claim(name) => write!(f, "claim.{name}"),
        }
    }
}

/// One step, with the steps that must be done before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    pub id: StepId,
    pub needs: Vec<Need>,
    /// The files and datasets that it reads and that no step makes.
    pub outside: Vec<Outside>,
}

/// The reason why a step comes after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The index of the other step in the plan; it is smaller than the index of this step.
    pub step: usize,
    /// The data that is read: a dataset, a path, or the results of a run.
    pub what: String,
}

/// Something that a step reads and that no step makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outside {
    /// Relative to the manifest's folder.
    Path(String),
    /// A dataset of the home; without a version the newest one.
    Dataset { name: String, version: Option<u64> },
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Dataset { name, version: Some(version) } => write!(f, "{name}@{version}"),
            Self::Dataset { name, version: None } => f.write_str(name),
        }
    }
}

/// Steps in an order in which each comes after all steps that it needs; otherwise in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepPlan {
    pub steps: Vec<PlannedStep>,
}

impl StepPlan {
    /// Finds a step by its id or, if it is unambiguous, by its name alone.
    pub fn find(&self, wanted: &str) -> Option<usize> {
        let exact = self.steps.iter().position(|step| step.id.to_string() == wanted);
        exact.or_else(|| {
            let mut named = (0..self.steps.len()).filter(|at| self.steps[*at].id.name() == wanted);
            named.next().filter(|_| named.next().is_none())
        })
    }
    /// The plan of only some steps, with all steps that they need.
    #[must_use]
    pub fn only(&self, targets: &[usize]) -> Self {
        let mut wanted: BTreeSet<usize> = targets.iter().copied().filter(|at| *at < self.steps.len()).collect();
        // The steps that a step needs are before it, so one backward pass finds all of them.
        for at in (0..self.steps.len()).rev() {
            if wanted.contains(&at) {
                wanted.extend(self.steps[at].needs.iter().map(|need| need.step));
            }
        }
        let places: Vec<usize> = wanted.into_iter().collect();
        let place_of = |old: usize| places.binary_search(&old).unwrap_or(0);
        let steps = places.iter().map(|at| {
            let step = &self.steps[*at];
            let needs = step.needs.iter().map(|need| Need { step: place_of(need.step), what: need.what.clone() });
            PlannedStep { id: step.id.clone(), needs: needs.collect(), outside: step.outside.clone() }
        });
        Self { steps: steps.collect() }
    }
    /// The steps that need a step, directly or indirectly.
    pub fn after(&self, step: usize) -> Vec<usize> {
        let mut after: Vec<usize> = Vec::new();
        for at in step + 1..self.steps.len() {
            if self.steps[at].needs.iter().any(|need| need.step == step || after.contains(&need.step)) {
                after.push(at);
            }
        }
        after
    }
}

/// A step before its position is known. Indices are in the order of the file.
struct Draft {
    id: StepId,
    span: Range<usize>,
    needs: Vec<(usize, String)>,
    outside: Vec<(Outside, Range<usize>)>,
}

impl Manifest {
    /// The steps in an order in which each comes after the steps that it reads. `exists` reports whether something that no step
    /// makes exists: a file near the manifest, or a dataset of the home.
    pub fn plan(&self, exists: &dyn Fn(&Outside) -> bool) -> Result<StepPlan, Problems> {
        plan(self, exists)
    }
}

fn plan(manifest: &Manifest, exists: &dyn Fn(&Outside) -> bool) -> Result<StepPlan, Problems> {
    let mut problems = double_outputs(manifest);
    let drafts = drafts(manifest, &mut problems);
    missing(&drafts, exists, &mut problems);
    let order = order(&drafts, &mut problems);
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.span.start);
        return Err(Problems(problems));
    }
    let mut place_of = vec![0; drafts.len()];
    for (place, draft) in order.iter().enumerate() {
        place_of[*draft] = place;
    }
    let steps = order.iter().map(|at| {
        let draft = &drafts[*at];
        let mut needs: Vec<Need> =
            draft.needs.iter().map(|(step, what)| Need { step: place_of[*step], what: what.clone() }).collect();
        needs.sort_by_key(|need| need.step);
        let outside = draft.outside.iter().map(|(outside, _)| outside.clone()).collect();
        PlannedStep { id: draft.id.clone(), needs, outside }
    });
    Ok(StepPlan { steps: steps.collect() })
}

/// All steps in the order of the file, with the data that they read.
fn drafts(manifest: &Manifest, problems: &mut Vec<Diagnostic>) -> Vec<Draft> {
    let data = manifest.data.iter().map(|data| (StepId::Data(data.name.clone()), data.span.clone()));
    let runs = manifest.runs.iter().map(|run| (StepId::Run(run.name.clone()), run.span.clone()));
    let claims = manifest.claims.iter().map(|claim| (StepId::Claim(claim.name.clone()), claim.span.clone()));
    let mut drafts: Vec<Draft> = data
        .chain(runs)
        .chain(claims)
        .map(|(id, span)| Draft { id, span, needs: Vec::new(), outside: Vec::new() })
        .collect();
    drafts.sort_by_key(|draft| draft.span.start);
    let ids: Vec<StepId> = drafts.iter().map(|draft| draft.id.clone()).collect();
    let step_of = |id: &StepId| ids.iter().position(|known| known == id);
    for draft in &mut drafts {
        match &draft.id {
            StepId::Data(name) => {
                let Some(data) = manifest.data(name) else { continue };
                reads_path(manifest, draft, &data.source.value, &data.source.span, &step_of, problems);
            }
            StepId::Run(name) => {
                let Some(run) = manifest.run(name) else { continue };
                if let Some(Placed { value, span }) = &run.stdin {
                    reads_path(manifest, draft, value, span, &step_of, problems);
                }
                for Placed { value, span } in &run.inputs {
                    match value {
                        Input::Path { path } => reads_path(manifest, draft, path, span, &step_of, problems),
                        Input::Dataset { name, version, part } => {
                            let step = step_of(&StepId::Data(name.clone())).filter(|_| version.is_none());
                            let part = part.as_ref().map_or(String::new(), |part| format!(".{part}"));
                            match step {
                                Some(step) => draft.needs.push((step, format!("{name}{part}"))),
                                None => {
                                    let outside = Outside::Dataset { name: name.clone(), version: *version };
                                    draft.outside.push((outside, span.clone()));
                                }
                            }
                        }
                    }
                }
            }
            StepId::Claim(name) => {
                let Some(claim) = manifest.claim(name) else { continue };
                for evidence in &claim.evidence {
                    if let Some(step) = step_of(&StepId::Run(evidence.value.clone())) {
                        draft.needs.push((step, format!("the results of {}", evidence.value)));
                    }
                }
            }
        }
        draft.needs.dedup();
    }
    drafts
}

/// A path is made by the runs that write it, a path inside it or a path around it; otherwise it comes from outside.
fn reads_path(
    manifest: &Manifest,
    draft: &mut Draft,
    read: &str,
    span: &Range<usize>,
    step_of: &dyn Fn(&StepId) -> Option<usize>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut made = false;
    for run in &manifest.runs {
        let id = StepId::Run(run.name.clone());
        for output in run.outputs.iter().filter(|output| path::meet(read, &output.value)) {
            made = true;
            if id == draft.id {
                let message = format!("{id} reads what it writes: {}", output.value);
                problems.push(
                    Diagnostic::new(span.clone(), message).help("write to another path than the one that is read"),
                );
            } else if let Some(step) = step_of(&id) {
                draft.needs.push((step, output.value.clone()));
            }
        }
    }
    if !made {
        draft.outside.push((Outside::Path(read.to_owned()), span.clone()));
    }
}

/// Two steps that write the same files would overwrite each other.
fn double_outputs(manifest: &Manifest) -> Vec<Diagnostic> {
    let outputs: Vec<(&str, &Placed<String>)> =
        manifest.runs.iter().flat_map(|run| run.outputs.iter().map(|output| (run.name.as_str(), output))).collect();
    let mut problems = Vec::new();
    for (at, (run, output)) in outputs.iter().enumerate() {
        let Some((other_run, other)) = outputs[..at].iter().find(|(_, other)| path::meet(&output.value, &other.value))
        else {
            continue;
        };
        let how = if output.value == other.value {
            format!("`{}` is written", output.value)
        } else if path::is_within(&output.value, &other.value) {
            format!("`{}` lies in `{}`, which is written", output.value, other.value)
        } else {
            format!("`{}` holds `{}`, which is written", output.value, other.value)
        };
        let by = if run == other_run { "by the same run twice".to_owned() } else { format!("by run.{other_run} too") };
        problems.push(
            Diagnostic::new(output.span.clone(), format!("{how} {by}")).help("give each output a path of its own"),
        );
    }
    for (run, output) in &outputs {
        if let Some(data) = manifest
            .data
            .iter()
            .find(|data| data.source.value != output.value && path::is_within(&output.value, &data.source.value))
        {
            let message = format!("run.{run} writes `{}`, inside the source of data.{}", output.value, data.name);
            problems.push(Diagnostic::new(output.span.clone(), message));
        }
    }
    problems
}

fn missing(drafts: &[Draft], exists: &dyn Fn(&Outside) -> bool, problems: &mut Vec<Diagnostic>) {
    for draft in drafts {
        for (outside, span) in draft.outside.iter().filter(|(outside, _)| !exists(outside)) {
            let message = format!("{} reads {outside}, which is not there and which no step makes", draft.id);
            let help = match outside {
                Outside::Path(_) => {
                    "put it there, correct the path, or declare it among the `outputs` of the run that writes it"
                }
                Outside::Dataset { .. } => "add it with `hven data add`, or declare it here with [data.NAME]",
            };
            problems.push(Diagnostic::new(span.clone(), message).help(help));
        }
    }
}

/// Repeatedly takes the first step in the file's order that has all it needs. The remaining steps are in circles.
fn order(drafts: &[Draft], problems: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    let mut placed = vec![false; drafts.len()];
    while let Some(next) =
        (0..drafts.len()).find(|at| !placed[*at] && drafts[*at].needs.iter().all(|(need, _)| placed[*need]))
    {
        placed[next] = true;
        order.push(next);
    }
    // Each circle is reported once: its steps are removed, and others may remain.
    while let Some(start) = placed.iter().position(|placed| !placed) {
        let circle = circle(drafts, &placed, start);
        let names: Vec<String> = circle.iter().chain(circle.first()).map(|at| drafts[*at].id.to_string()).collect();
        let first = circle.first().copied().unwrap_or(start);
        let message = format!("these steps wait for each other: {}", names.join(" → "));
        let help = "an arrow points from a step to what it reads; one of them must read something else";
        problems.push(Diagnostic::new(drafts[first].span.clone(), message).help(help));
        for at in circle {
            placed[at] = true;
        }
        while let Some(next) =
            (0..drafts.len()).find(|at| !placed[*at] && drafts[*at].needs.iter().all(|(need, _)| placed[*need]))
        {
            placed[next] = true;
        }
    }
    order
}

/// Follows the needs of a step that cannot be placed, until a step repeats.
fn circle(drafts: &[Draft], placed: &[bool], start: usize) -> Vec<usize> {
    let mut way = vec![start];
    loop {
        let at = way[way.len() - 1];
        // A step that is not placed needs another step that is not placed.
        let Some(next) = drafts[at].needs.iter().map(|(need, _)| *need).find(|need| !placed[*need]) else { return way };
        if let Some(from) = way.iter().position(|step| *step == next) {
            let mut circle = way.split_off(from);
            let least = circle.iter().enumerate().min_by_key(|(_, step)| **step).map_or(0, |(place, _)| place);
            circle.rotate_left(least);
            return circle;
        }
        way.push(next);
    }
}
