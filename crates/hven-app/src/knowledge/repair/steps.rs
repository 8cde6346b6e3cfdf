//! The runs of a repair: the progress of each, and the runs that repeat them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use hven_core::{
    Digest, RunId,
    access::Role,
    catalogue::Purpose,
    object::FileRef,
    run::{Spec, State},
    soundness::NodeId,
    stdin::Stdin,
};
use tokio::sync::Mutex;

use crate::{
    catalogue::recipe_results,
    kernel::{
        ancestry,
        callers::Caller,
        error::{AppError, AppResult},
        soundness,
    },
    knowledge::{
        floor::Knowledge,
        repair::{
            options::RepairOptions,
            repair_plan::{RepairStep, StepProgress},
            replacements::{Replacements, outputs},
        },
    },
    ports::run::{RunName, RunView},
    work::{
        recipes::RecipeRequest,
        reproduce::rebuild_command,
        stdin,
        submit::{
            cache_rule_1, find_cached, start,
            submission::{RepairOrigin, RunRequest, SubmitOutcome},
        },
    },
};

pub(super) struct RepairContext<'a> {
    pub(super) knowledge: &'a Knowledge,
    pub(super) caller: &'a Caller,
    pub(super) retracted: NodeId,
    pub(super) replaced_by: Option<NodeId>,
    /// `None`: only determine the steps.
    pub(super) options: Option<RepairOptions>,
    pub(super) replacements: Replacements,
    /// Cache of the readers of files.
    pub(super) readers: Mutex<HashMap<Digest, Arc<Readers>>>,
}

/// Finished runs that have read a file, by their work.
type Readers = HashMap<Digest, RunView>;

/// The number of runs that read a file and are compared, the oldest first. A replacement is new, so its first readers
/// are enough.
const READERS_MAX: usize = 10_000;

impl RepairContext<'_> {
    /// Determines the progress of one run, and takes its step if that is possible.
    pub(super) async fn run(&mut self, run: RunView) -> AppResult<RepairStep> {
        let (progress, by, because) = Box::pin(self.progress_of(&run)).await?;
        match (&progress, &by) {
            (StepProgress::Done, Some(by)) => self.replace_outputs(&run, by).await?,
            _ => self.replacements.pending.extend(outputs(&run).map(|file| file.digest)),
        }
        if let (StepProgress::Ready | StepProgress::Waiting | StepProgress::Running, Some(name)) =
            (&progress, &run.name)
        {
            self.replacements.steps_pending.insert((run.project.clone(), name.clone()));
        }
        let usage = run.result.as_ref();
        Ok(RepairStep {
            progress,
            wall_s: usage.map(|result| result.wall_s),
            cpu_s: usage.map(|result| result.usage.cpu_user_s + result.usage.cpu_system_s),
            by,
            because,
            node: ancestry::LineageNode::Run(Box::new(run)),
        })
    }

    pub(super) async fn progress_of(
        &self,
        run: &RunView,
    ) -> AppResult<(StepProgress, Option<RunView>, Option<String>)> {
        let mut failed: Option<(RunView, Option<String>)> = None;
        for repair in self.knowledge.ports.views.repairs(run.id).await? {
            let of_this =
                repair.repaired.retracted == self.retracted && repair.repaired.replaced_by == self.replaced_by;
            if !of_this {
                continue;
            }
            let by = self.knowledge.ports.views.runs_named(&RunName::Id(repair.repaired.by)).await?.pop();
            let Some(by) = by else { continue };
            if !by.state.is_final() {
                return Ok((StepProgress::Running, Some(by), None));
            }
            if by.state != State::Done {
                let why = by.result.as_ref().map(|result| result.outcome.to_string());
                failed = failed.or(Some((by, why)));
            } else if self.is_sound(by.id).await? {
                return Ok((StepProgress::Done, Some(by), None));
            } else {
                let why = format!("run {} did its work again, and is not sound itself", by.handle);
                failed = failed.or(Some((by, Some(why))));
            }
        }
        let Some(spec) = run.spec() else {
            return Ok((StepProgress::ByHand, None, Some(run.why_no_spec().to_owned())));
        };
        let submit = match self.submission(run, spec).await? {
            Ok(submit) => submit,
            Err(why) => return self.done_by_hand(run, spec, why).await,
        };
        if self.is_pending(run, spec) {
            return Ok((StepProgress::Waiting, None, None));
        }
        // Work that a person repeated by hand in the folder counts. For fresh folders, the submission itself finds
        // repeated work.
        if spec.place.is_here()
            && let Some(by) = self.found_repetition(run, spec).await?
        {
            return Ok((StepProgress::Done, Some(by), None));
        }
        let Some(options) = self.options else {
            // Nothing is started here, but work that was repeated meanwhile counts.
            let (_, cached) = find_cached::cached(self.knowledge, self.caller, submit).await?;
            return Ok(match (cached, failed) {
                (Some(by), _) => (StepProgress::Done, Some(by), None),
                (None, Some((by, why))) => (StepProgress::Failed, Some(by), why),
                (None, None) => (StepProgress::Ready, None, None),
            });
        };
        let is_retried = |by: &RunView| options.retry_before.is_some_and(|before| by.submitted_seq < before);
        if let Some((by, why)) = failed.filter(|(by, _)| !is_retried(by)) {
            return Ok((StepProgress::Failed, Some(by), why));
        }
        if self.is_stopping() {
            return Ok((StepProgress::Waiting, None, None));
        }
        let purpose = submit.purpose.clone();
        match Box::pin(start::submit_known(self.knowledge, self.caller, None, submit)).await {
            Ok(SubmitOutcome::UpToDate(by)) => {
                if let Some(purpose) = &purpose {
                    recipe_results::add_result(self.knowledge, &by, &run.project, purpose, self.caller.actor()).await?;
                }
                Ok((StepProgress::Done, Some(*by), None))
            }
            Ok(SubmitOutcome::New(name, ..)) => {
                let by = self.knowledge.ports.views.runs_named(&name).await?.pop();
                Ok((StepProgress::Running, by, None))
            }
            Err(error @ AppError::Store(_)) => Err(error),
            Err(error) => Ok((StepProgress::Failed, None, Some(error.to_string()))),
        }
    }

    /// Whether the repair is being cancelled, so that it starts nothing more.
    pub(super) fn is_stopping(&self) -> bool {
        let repair = self.options.and_then(|options| options.repair);
        repair.is_some_and(|repair| self.knowledge.is_repair_stopping(repair))
    }

    /// A run that a person has to repeat. If its work was repeated with the replaced inputs, the repair continues from
    /// there.
    pub(super) async fn done_by_hand(
        &self,
        run: &RunView,
        spec: &Spec,
        why: String,
    ) -> AppResult<(StepProgress, Option<RunView>, Option<String>)> {
        let by = if self.is_pending(run, spec) { None } else { self.found_repetition(run, spec).await? };
        Ok(match by {
            Some(by) => (StepProgress::Done, Some(by), None),
            None => (StepProgress::ByHand, None, Some(why)),
        })
    }

    /// The run that already did the work with the replaced inputs, if there is one. People use the programs and
    /// variables that they have at that time, so the rule that ignores those recognises it.
    pub(super) async fn found_repetition(&self, run: &RunView, spec: &Spec) -> AppResult<Option<RunView>> {
        let notes = self.knowledge.ports.views.capture_notes(run.id).await?;
        let stdin = self.stdin(spec.stdin.clone());
        let new_spec = Spec { inputs: self.inputs(spec), stdin, ..spec.clone() };
        let Some(key) = cache_rule_1::key(&new_spec, &notes) else { return Ok(None) };
        // A replaced input was read by few runs.
        let exchanged = new_spec.inputs.iter().zip(&spec.inputs).find(|(new, old)| new.digest != old.digest);
        let by = match exchanged.map(|(new, _)| new).or(new_spec.inputs.first()) {
            _ if new_spec.recipe.is_some() => self.knowledge.ports.views.run_cached(key, None).await?,
            Some(input) => self.readers_of(input.digest).await?.get(&key).cloned(),
            None => None,
        };
        let Some(by) = by else { return Ok(None) };
        let counts = by.id != run.id && self.caller.may(Role::Viewer, &by.project) && self.is_sound(by.id).await?;
        Ok(counts.then_some(by))
    }

    /// The runs that read a file, by their work.
    pub(super) async fn readers_of(&self, input: Digest) -> AppResult<Arc<Readers>> {
        let mut known = self.readers.lock().await;
        if let Some(readers) = known.get(&input) {
            return Ok(Arc::clone(readers));
        }
        let views = &self.knowledge.ports.views;
        let mut readers = Readers::new();
        let used: Vec<RunId> = views.users_of(&[input], READERS_MAX).await?.into_iter().map(|used| used.run).collect();
        let mut read_it = views.runs_by_id(&used).await?;
        read_it.sort_by_key(|run| run.submitted_seq);
        for by in read_it {
            // A run whose files differed from the recorded ones did other work.
            let is_as_recorded = by.result.as_ref().is_none_or(|result| result.changed.is_empty());
            let counts = by.state == State::Done && by.cache_key.is_some() && is_as_recorded;
            let Some(spec) = by.spec().filter(|_| counts) else { continue };
            // The runs are in order, so a newer run replaces an older one.
            if let Some(key) = cache_rule_1::key(spec, &views.capture_notes(by.id).await?) {
                readers.insert(key, by);
            }
        }
        let readers = Arc::new(readers);
        known.insert(input, Arc::clone(&readers));
        Ok(readers)
    }

    pub(super) async fn is_sound(&self, run: RunId) -> AppResult<bool> {
        Ok(soundness::of_one(self.knowledge, run).await?.is_sound())
    }

    /// Whether one of its inputs is still to be replaced.
    pub(super) fn is_pending(&self, run: &RunView, spec: &Spec) -> bool {
        let on_stdin = stdin::file_of(run).map(|file| file.digest);
        let mut read = spec.inputs.iter().map(|input| input.digest).chain(on_stdin);
        read.any(|digest| self.replacements.pending.contains(&digest))
    }

    /// The standard input, replaced in the same way as inputs.
    pub(super) fn stdin(&self, stdin: Option<Stdin>) -> Option<Stdin> {
        match stdin {
            Some(Stdin::File { file, from }) => Some(match self.replacements.files.get(&file.digest) {
                Some(new) => Stdin::File { file: FileRef { path: file.path, ..new.clone() }, from: 0 },
                None => Stdin::File { file, from },
            }),
            other => other,
        }
    }

    pub(super) fn inputs(&self, spec: &Spec) -> Vec<FileRef> {
        let exchanged = |input: &FileRef| match self.replacements.files.get(&input.digest) {
            Some(new) => FileRef { path: input.path.clone(), ..new.clone() },
            None => input.clone(),
        };
        spec.inputs.iter().map(exchanged).collect()
    }

    /// The request that repeats the run from the record alone, or the reason why that is impossible.
    pub(super) async fn submission(&self, run: &RunView, spec: &Spec) -> AppResult<Result<RunRequest, String>> {
        if !spec.secrets.is_empty() {
            return Ok(Err(format!("it needs secrets, which are never recorded: {}", spec.secrets.join(", "))));
        }
        let recipe = spec.recipe.clone().map(|recipe| RecipeRequest { name: recipe.name, arguments: recipe.arguments });
        let purpose = run.purpose.clone().map(|purpose| match purpose {
            Purpose::Split { dataset, name, hold_out } => {
                let dataset = self.replacements.datasets.get(&dataset).copied().unwrap_or(dataset);
                Purpose::Split { dataset, name, hold_out }
            }
            other => other,
        });
        let stdin = match stdin::again(run) {
            Ok(stdin) => self.stdin(stdin),
            Err(why) => return Ok(Err(format!("run it on the corrected data: {why}"))),
        };
        let is_recipe = recipe.is_some();
        let submit = RunRequest {
            name: run.name.clone(),
            recipe,
            environment: spec.environment.clone(),
            record_environment: spec.environment.keys().cloned().collect(),
            // Parameters that the run noted itself are left out: the new run notes its own.
            params: self.knowledge.ports.views.params_given(run.id).await?.all(),
            purpose,
            tolerances: run.tolerances.clone(),
            repairs: Some(RepairOrigin { run: run.id, retracted: self.retracted, replaced_by: self.replaced_by }),
            fresh: self.retracted == run.id.into(),
            ..RunRequest::of(
                run.project.clone(),
                Spec { recipe: None, inputs: self.inputs(spec), stdin, ..spec.clone() },
            )
        };
        if is_recipe {
            // A recipe does not use the code that an older record names.
            let spec = Spec { code: None, ..submit.spec };
            return Ok(Ok(RunRequest { environment: BTreeMap::new(), spec, ..submit }));
        }
        let submit = if spec.place.is_here() || spec.code.is_some() {
            match rebuild_command::move_to_fresh_folder(self.knowledge, run.id, submit).await? {
                Ok(submit) => submit,
                Err(why) => {
                    return Ok(Err(format!("run it in the folder {} on the corrected data: {why}", spec.cwd)));
                }
            }
        } else {
            submit
        };
        // A command gets the recorded variables, and those that every process needs.
        let mut environment = self.knowledge.recipes.environment.clone();
        environment.extend(submit.environment);
        Ok(Ok(RunRequest { environment, ..submit }))
    }

    /// Replaces the outputs of the run by the outputs of the other run from here on.
    pub(super) async fn replace_outputs(&mut self, run: &RunView, by: &RunView) -> AppResult<()> {
        for file in outputs(run) {
            match outputs(by).find(|new| new.path == file.path) {
                Some(new) => drop(self.replacements.files.insert(file.digest, new.clone())),
                None => drop(self.replacements.pending.insert(file.digest)),
            }
        }
        let made = self.knowledge.ports.views.datasets_of_run(run.id).await?;
        if !made.is_empty() {
            let new = match recipe_results::process_result(self.knowledge, by.clone()).await? {
                Some(processed) => Some(processed.dataset.version.dataset),
                None => self.knowledge.ports.views.datasets_of_run(by.id).await?.pop().map(|new| new.version.dataset),
            };
            if let Some(new) = new {
                self.replacements.datasets.extend(made.iter().map(|before| (before.version.dataset, new)));
            }
        } else if matches!(by.purpose, Some(Purpose::Split { .. })) {
            match recipe_results::process_result(self.knowledge, by.clone()).await {
                // A person has split the new version in another way. That split stays, and this run keeps its tables.
                Err(refused @ AppError::Divided { .. }) => {
                    tracing::warn!(run = %by.id, %refused, "a split was not taken in");
                }
                processed => drop(processed?),
            }
        }
        self.replacements.runs.insert(run.id, by.clone());
        Ok(())
    }
}
