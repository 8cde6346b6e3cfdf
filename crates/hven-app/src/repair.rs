//! Making anew what rests on something retracted: the runs below it on a corrected version, in order, and then the claims.
//!
//! A repair has no state of its own. Each time it is asked it follows the reach of the retraction and finds out what has
//! been made anew already, by what was recorded when it was submitted, or because the same work was done by anybody. So
//! whoever is killed, the same call goes on where it stopped.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use hven_core::{
    DatasetId, Digest, RunId,
    access::Role,
    catalogue::Purpose,
    claim::{Evidence, Stated},
    object::FileRef,
    project::ProjectPath,
    run::{Spec, State},
    soundness::Node,
    stdin::Stdin,
};
use tokio::sync::Mutex;

use crate::{
    App, AppError, AppResult, Caller, ancestry, judge, lineage,
    ports::{
        claims::ClaimView,
        soundness::Direction,
        views::{RunName, RunView},
    },
    recipes::Wanted,
    reproduce, settle, soundness, stdin,
    submit::{self, Repairs, Submission, Submit, rule_1},
};

/// What is to be repaired, and with what.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What was retracted: a dataset or a run.
    pub of: String,
    /// The dataset that takes its place; a run that was retracted is repeated.
    pub with: Option<String>,
    pub project: Option<ProjectPath>,
}

/// How far a step of the repair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It can be done now.
    Ready,
    /// Something before it is not done.
    Waiting,
    Running,
    Done,
    /// It was tried, or could not be.
    Failed,
    /// Only a person can do it.
    ByHand,
}

impl Progress {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::ByHand => "by_hand",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Step {
    /// A run that is made anew, or a claim that is judged anew.
    pub node: ancestry::Node,
    pub progress: Progress,
    /// What it cost when it was made.
    pub wall_s: Option<f64>,
    pub cpu_s: Option<f64>,
    /// The run that does its work anew.
    pub by: Option<RunView>,
    /// Why it failed, or why a person has to do it.
    pub because: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub of: ancestry::Node,
    pub with: Option<ancestry::Node>,
    /// In the order in which they can be done.
    pub steps: Vec<Step>,
}

/// A repair of more is refused: nobody reads such a plan.
const STEPS_MAX: usize = 10_000;

/// What would be done, and how far it is.
pub async fn plan(app: &App, caller: &Caller, wish: &Wish) -> AppResult<Plan> {
    Box::pin(follow(app, caller, wish, None)).await
}

/// Does what can be done now; `again`: also what failed before.
pub async fn proceed(app: &App, caller: &Caller, wish: &Wish, again: bool) -> AppResult<Plan> {
    let _turn = app.repair_turn.lock().await;
    Box::pin(follow(app, caller, wish, Some(again))).await
}

/// What takes the place of what, as far as it is known.
#[derive(Default)]
struct Exchange {
    files: HashMap<Digest, FileRef>,
    datasets: HashMap<DatasetId, DatasetId>,
    runs: HashMap<RunId, RunView>,
    /// Bytes that something not yet made anew will replace.
    pending: BTreeSet<Digest>,
    /// Steps of which a run is still to be made anew, or is just being made.
    steps_pending: BTreeSet<(ProjectPath, String)>,
}

struct Repair<'a> {
    app: &'a App,
    caller: &'a Caller,
    retracted: Node,
    replaced_by: Option<Node>,
    /// `None`: only look. Else whether what failed is tried again.
    go: Option<bool>,
    exchange: Exchange,
    /// Of files that were asked for.
    readers: Mutex<HashMap<Digest, Arc<Readers>>>,
}

/// Runs that are done and have read a file, by what they did.
type Readers = HashMap<Digest, RunView>;

/// So many runs that read a file are looked at, the oldest first: what takes the place of something wrong is new.
const READERS_MAX: usize = 10_000;

async fn follow(app: &App, caller: &Caller, wish: &Wish, go: Option<bool>) -> AppResult<Plan> {
    let role = if go.is_some() { Role::Member } else { Role::Viewer };
    let project = wish.project.as_ref();
    let (of, retracted) = soundness::named(app, caller, &wish.of, project, role).await?;
    if app.ports.views.retraction(retracted).await?.is_none() {
        return Err(AppError::Conflict(format!("{} is not retracted, so there is nothing to repair", wish.of)));
    }
    let with = match &wish.with {
        Some(with) => Some(soundness::named(app, caller, with, project, Role::Viewer).await?),
        None => None,
    };
    let mut repair = Repair {
        app,
        caller,
        retracted,
        replaced_by: with.as_ref().map(|(_, node)| *node),
        go,
        exchange: Exchange::default(),
        readers: Mutex::default(),
    };
    let mut steps = Vec::new();
    match (&of, with.as_ref().map(|(shown, _)| shown)) {
        (ancestry::Node::Dataset(before), Some(ancestry::Node::Dataset(after))) => {
            soundness::require(app, caller, &[after.version.dataset.into()], None).await?;
            let (before, after) = (&before.version, &after.version);
            if before.content.digest == after.content.digest {
                return Err(AppError::invalid("the dataset that takes its place", "has the same bytes"));
            }
            repair.exchange.files.insert(before.content.digest, after.content.clone());
            if let (Some(before), Some(after)) = (&before.source, &after.source) {
                repair.exchange.files.insert(before.digest, after.clone());
            }
            repair.exchange.datasets.insert(before.dataset, after.dataset);
        }
        (ancestry::Node::Dataset(_), _) => {
            return Err(AppError::invalid("the repair of a dataset", "needs the corrected one: --with planets@2"));
        }
        (ancestry::Node::Run(run), None) => steps.push(repair.run((**run).clone()).await?),
        (ancestry::Node::Run(_), Some(_)) => {
            return Err(AppError::invalid("the repair of a run", "repeats it: nothing else can take its place"));
        }
        _ => return Err(AppError::invalid("a repair", "begins at a dataset or a run that was retracted")),
    }
    let reach = app.ports.views.reach(retracted, Direction::Consequences, 0, STEPS_MAX).await?;
    if reach.total > STEPS_MAX {
        return Err(AppError::invalid("the repair", format!("has {} steps; 10,000 are the most", reach.total)));
    }
    let (mut runs, mut claims) = (Vec::new(), Vec::new());
    let reached: Vec<Node> = reach.items.into_iter().map(|found| found.node).collect();
    for found in lineage::look(app, caller, &reached).await? {
        match found {
            ancestry::Node::Run(run) if run.state == State::Done && !is_for_comparison(&run) => runs.push(*run),
            // What made nothing, or was there to be compared, leaves nothing to be made anew.
            ancestry::Node::Run(_) => {}
            ancestry::Node::Claim(claim) => claims.push(*claim),
            ancestry::Node::Hidden => steps.push(Step {
                node: ancestry::Node::Hidden,
                progress: Progress::ByHand,
                wall_s: None,
                cpu_s: None,
                by: None,
                because: Some("it belongs to a project that you may not see".to_owned()),
            }),
            _ => {}
        }
    }
    // What a run reads was made before it was submitted, so this order can be followed.
    runs.sort_by_key(|run| run.submitted_seq);
    for run in runs {
        steps.push(repair.run(run).await?);
    }
    for claim in repair.claims(claims).await? {
        steps.push(claim);
    }
    Ok(Plan { of, with: with.map(|(shown, _)| shown), steps })
}

fn is_for_comparison(run: &RunView) -> bool {
    run.purpose.as_ref().is_some_and(|purpose| !purpose.is_catalogued())
}

impl Repair<'_> {
    /// One run: finds out what was done of it, and does what can be done.
    async fn run(&mut self, run: RunView) -> AppResult<Step> {
        let (progress, by, because) = Box::pin(self.made_anew(&run)).await?;
        match (&progress, &by) {
            (Progress::Done, Some(by)) => self.exchange_made(&run, by).await?,
            _ => self.exchange.pending.extend(outputs(&run).map(|file| file.digest)),
        }
        if let (Progress::Ready | Progress::Waiting | Progress::Running, Some(name)) = (&progress, &run.name) {
            self.exchange.steps_pending.insert((run.project.clone(), name.clone()));
        }
        let usage = run.result.as_ref();
        Ok(Step {
            progress,
            wall_s: usage.map(|result| result.wall_s),
            cpu_s: usage.map(|result| result.usage.cpu_user_s + result.usage.cpu_system_s),
            by,
            because,
            node: ancestry::Node::Run(Box::new(run)),
        })
    }

    async fn made_anew(&self, run: &RunView) -> AppResult<(Progress, Option<RunView>, Option<String>)> {
        let mut failed: Option<(RunView, Option<String>)> = None;
        for repair in self.app.ports.views.repairs(run.id).await? {
            let of_this =
                repair.repaired.retracted == self.retracted && repair.repaired.replaced_by == self.replaced_by;
            if !of_this {
                continue;
            }
            let by = self.app.ports.views.runs_named(&RunName::Id(repair.repaired.by)).await?.pop();
            let Some(by) = by else { continue };
            if !by.state.is_final() {
                return Ok((Progress::Running, Some(by), None));
            }
            if by.state != State::Done {
                let why = by.result.as_ref().map(|result| result.outcome.to_string());
                failed = failed.or(Some((by, why)));
            } else if self.is_sound(by.id).await? {
                return Ok((Progress::Done, Some(by), None));
            } else {
                let why = format!("run {} did its work anew, and is not sound itself", by.handle);
                failed = failed.or(Some((by, Some(why))));
            }
        }
        let Some(spec) = &run.spec else {
            return Ok((Progress::ByHand, None, Some("what it ran was erased".to_owned())));
        };
        let submit = match self.submission(run, spec).await? {
            Ok(submit) => submit,
            Err(why) => return self.done_by_hand(run, spec, why).await,
        };
        if self.is_pending(run, spec) {
            return Ok((Progress::Waiting, None, None));
        }
        // What somebody did by hand in the folder counts; of what runs in fresh ones the submission itself finds out.
        if spec.place.is_here()
            && let Some(by) = self.found_done(run, spec).await?
        {
            return Ok((Progress::Done, Some(by), None));
        }
        let Some(again) = self.go else {
            // Looking alone: what somebody did meanwhile counts.
            let (_, cached) = submit::cached(self.app, self.caller, submit).await?;
            return Ok(match (cached, failed) {
                (Some(by), _) => (Progress::Done, Some(by), None),
                (None, Some((by, why))) => (Progress::Failed, Some(by), why),
                (None, None) => (Progress::Ready, None, None),
            });
        };
        if let Some((by, why)) = failed.filter(|_| !again) {
            return Ok((Progress::Failed, Some(by), why));
        }
        let purpose = submit.purpose.clone();
        match Box::pin(submit::submit_known(self.app, self.caller, None, submit)).await {
            Ok(Submission::UpToDate(by)) => {
                if let Some(purpose) = &purpose {
                    settle::take_in(self.app, &by, &run.project, purpose, self.caller.actor()).await?;
                }
                Ok((Progress::Done, Some(*by), None))
            }
            Ok(Submission::New(name, ..)) => {
                let by = self.app.ports.views.runs_named(&name).await?.pop();
                Ok((Progress::Running, by, None))
            }
            Err(error @ AppError::Store(_)) => Err(error),
            Err(error) => Ok((Progress::Failed, None, Some(error.to_string()))),
        }
    }

    /// A run that a person has to do: when its work was done on what takes the place of its inputs, it goes on from there.
    async fn done_by_hand(
        &self,
        run: &RunView,
        spec: &Spec,
        why: String,
    ) -> AppResult<(Progress, Option<RunView>, Option<String>)> {
        let by = if self.is_pending(run, spec) { None } else { self.found_done(run, spec).await? };
        Ok(match by {
            Some(by) => (Progress::Done, Some(by), None),
            None => (Progress::ByHand, None, Some(why)),
        })
    }

    /// The run by which somebody did the work on what takes the place of its inputs, where it was done before. People do it
    /// with the programs and variables of their day, so it is known by the rule that does not look at them.
    async fn found_done(&self, run: &RunView, spec: &Spec) -> AppResult<Option<RunView>> {
        let notes = self.app.ports.views.capture_notes(run.id).await?;
        let stdin = self.stdin(spec.stdin.clone());
        let anew = Spec { inputs: self.inputs(spec), stdin, ..spec.clone() };
        let Some(key) = rule_1::key(&anew, &notes) else { return Ok(None) };
        // What takes the place of something was read by few.
        let exchanged = anew.inputs.iter().zip(&spec.inputs).find(|(new, old)| new.digest != old.digest);
        let by = match exchanged.map(|(new, _)| new).or(anew.inputs.first()) {
            _ if anew.recipe.is_some() => self.app.ports.views.run_cached(key, None).await?,
            Some(input) => self.readers_of(input.digest).await?.get(&key).cloned(),
            None => None,
        };
        let Some(by) = by else { return Ok(None) };
        let counts = by.id != run.id && self.caller.may(Role::Viewer, &by.project) && self.is_sound(by.id).await?;
        Ok(counts.then_some(by))
    }

    /// The runs that read a file, by what they did.
    async fn readers_of(&self, input: Digest) -> AppResult<Arc<Readers>> {
        let mut known = self.readers.lock().await;
        if let Some(readers) = known.get(&input) {
            return Ok(Arc::clone(readers));
        }
        let views = &self.app.ports.views;
        let mut readers = Readers::new();
        let used: Vec<RunId> = views.users_of(&[input], READERS_MAX).await?.into_iter().map(|used| used.run).collect();
        let mut read_it = views.runs_by_id(&used).await?;
        read_it.sort_by_key(|run| run.submitted_seq);
        for by in read_it {
            // What found other files than are recorded did other work.
            let is_as_recorded = by.result.as_ref().is_none_or(|result| result.changed.is_empty());
            let counts = by.state == State::Done && by.cache_key.is_some() && is_as_recorded;
            let Some(spec) = by.spec.as_ref().filter(|_| counts) else { continue };
            // They come in their order: a newer one takes the place of an older.
            if let Some(key) = rule_1::key(spec, &views.capture_notes(by.id).await?) {
                readers.insert(key, by);
            }
        }
        let readers = Arc::new(readers);
        known.insert(input, Arc::clone(&readers));
        Ok(readers)
    }

    async fn is_sound(&self, run: RunId) -> AppResult<bool> {
        Ok(soundness::of_one(self.app, run).await?.is_sound())
    }

    /// Whether something that it reads is still to be made anew.
    fn is_pending(&self, run: &RunView, spec: &Spec) -> bool {
        let on_stdin = stdin::file_of(run).map(|file| file.digest);
        let mut read = spec.inputs.iter().map(|input| input.digest).chain(on_stdin);
        read.any(|digest| self.exchange.pending.contains(&digest))
    }

    /// What is on standard input, exchanged as inputs are.
    fn stdin(&self, stdin: Option<Stdin>) -> Option<Stdin> {
        match stdin {
            Some(Stdin::File { file, from }) => Some(match self.exchange.files.get(&file.digest) {
                Some(new) => Stdin::File { file: FileRef { path: file.path, ..new.clone() }, from: 0 },
                None => Stdin::File { file, from },
            }),
            other => other,
        }
    }

    fn inputs(&self, spec: &Spec) -> Vec<FileRef> {
        let exchanged = |input: &FileRef| match self.exchange.files.get(&input.digest) {
            Some(new) => FileRef { path: input.path.clone(), ..new.clone() },
            None => input.clone(),
        };
        spec.inputs.iter().map(exchanged).collect()
    }

    /// What does the run's work anew from the record alone, or why nothing can.
    async fn submission(&self, run: &RunView, spec: &Spec) -> AppResult<Result<Submit, String>> {
        if !spec.secrets.is_empty() {
            return Ok(Err(format!("it needs secrets, which are never recorded: {}", spec.secrets.join(", "))));
        }
        let recipe = spec.recipe.clone().map(|recipe| Wanted { name: recipe.name, arguments: recipe.arguments });
        let purpose = run.purpose.clone().map(|purpose| match purpose {
            Purpose::Split { dataset, name, hold_out } => {
                let dataset = self.exchange.datasets.get(&dataset).copied().unwrap_or(dataset);
                Purpose::Split { dataset, name, hold_out }
            }
            other => other,
        });
        let stdin = match stdin::again(run) {
            Ok(stdin) => self.stdin(stdin),
            Err(why) => return Ok(Err(format!("run it on the corrected data: {why}"))),
        };
        let is_recipe = recipe.is_some();
        let submit = Submit {
            name: run.name.clone(),
            recipe,
            environment: spec.environment.clone(),
            record_environment: spec.environment.keys().cloned().collect(),
            // What it noted itself is its own: the one that does its work anew notes its own.
            params: self.app.ports.views.params_given(run.id).await?.all(),
            purpose,
            tolerances: run.tolerances.clone(),
            repairs: Some(Repairs { run: run.id, retracted: self.retracted, replaced_by: self.replaced_by }),
            fresh: self.retracted == run.id.into(),
            ..Submit::of(run.project.clone(), Spec { recipe: None, inputs: self.inputs(spec), stdin, ..spec.clone() })
        };
        if is_recipe {
            // What an older record says of a recipe's code is nothing that it runs.
            let spec = Spec { code: None, ..submit.spec };
            return Ok(Ok(Submit { environment: BTreeMap::new(), spec, ..submit }));
        }
        let submit = if spec.place.is_here() || spec.code.is_some() {
            match reproduce::moved_to_a_fresh_folder(self.app, run.id, submit).await? {
                Ok(submit) => submit,
                Err(why) => {
                    return Ok(Err(format!("run it in the folder {} on the corrected data: {why}", spec.cwd)));
                }
            }
        } else {
            submit
        };
        // A command begins with the variables that were recorded, and with those that every process needs.
        let mut environment = self.app.recipes.environment.clone();
        environment.extend(submit.environment);
        Ok(Ok(Submit { environment, ..submit }))
    }

    /// From here on what the run made is replaced by what the other made.
    async fn exchange_made(&mut self, run: &RunView, by: &RunView) -> AppResult<()> {
        for file in outputs(run) {
            match outputs(by).find(|new| new.path == file.path) {
                Some(new) => drop(self.exchange.files.insert(file.digest, new.clone())),
                None => drop(self.exchange.pending.insert(file.digest)),
            }
        }
        let made = self.app.ports.views.datasets_of_run(run.id).await?;
        if !made.is_empty() {
            let new = match settle::settle(self.app, by.clone()).await? {
                Some(settled) => Some(settled.dataset.version.dataset),
                None => self.app.ports.views.datasets_of_run(by.id).await?.pop().map(|new| new.version.dataset),
            };
            if let Some(new) = new {
                self.exchange.datasets.extend(made.iter().map(|before| (before.version.dataset, new)));
            }
        } else if matches!(by.purpose, Some(Purpose::Split { .. })) {
            match settle::settle(self.app, by.clone()).await {
                // Somebody has divided the new version in another way: that stays, and this run keeps its tables.
                Err(refused @ AppError::Divided { .. }) => {
                    tracing::warn!(run = %by.id, %refused, "a split was not taken in");
                }
                settled => drop(settled?),
            }
        }
        self.exchange.runs.insert(run.id, by.clone());
        Ok(())
    }

    /// The claims: those that are suspect still, and those that were judged on what was made anew.
    async fn claims(&self, suspect: Vec<ClaimView>) -> AppResult<Vec<Step>> {
        let mut steps = Vec::new();
        let mut seen = BTreeSet::new();
        for claim in suspect {
            seen.insert(claim.stated.claim);
            steps.push(self.claim(claim).await?);
        }
        for by in self.exchange.runs.values() {
            for claim in self.app.ports.views.claims_resting_on(by.id).await? {
                if self.caller.may(Role::Viewer, &claim.stated.project) && seen.insert(claim.stated.claim) {
                    steps.push(claim_step(claim, Progress::Done, None));
                }
            }
        }
        Ok(steps)
    }

    async fn claim(&self, claim: ClaimView) -> AppResult<Step> {
        // A step means its newest run: all of them must be there before a claim is judged on it.
        let is_pending = |piece: &Evidence| match piece {
            Evidence::Step(step) => {
                let step = (claim.stated.project.clone(), step.to_string());
                self.exchange.steps_pending.contains(&step)
            }
            Evidence::Run(_) => false,
        };
        if claim.stated.evidence.iter().any(is_pending) {
            return Ok(claim_step(claim, Progress::Waiting, None));
        }
        let evidence = lineage::evidence_of(self.app, &claim).await?;
        for run in &evidence {
            if !self.exchange.runs.contains_key(run) && !self.is_sound(*run).await? {
                return Ok(claim_step(claim, Progress::Waiting, None));
            }
        }
        if self.go.is_none() {
            return Ok(claim_step(claim, Progress::Ready, None));
        }
        match self.judge(&claim.stated).await {
            Ok(judged) => Ok(claim_step(judged, Progress::Done, None)),
            Err(error @ AppError::Store(_)) => Err(error),
            Err(error) => Ok(claim_step(claim, Progress::Failed, Some(error.to_string()))),
        }
    }

    /// Judges a claim anew; one that names the runs themselves is stated anew with those that take their places.
    async fn judge(&self, stated: &Stated) -> AppResult<ClaimView> {
        self.caller.require(Role::Member, &stated.project)?;
        let exchanged = |piece: &Evidence| match piece {
            Evidence::Run(run) => Evidence::Run(self.exchange.runs.get(run).map_or(*run, |by| by.id)),
            Evidence::Step(step) => Evidence::Step(step.clone()),
        };
        let evidence: Vec<Evidence> = stated.evidence.iter().map(exchanged).collect();
        if evidence != stated.evidence {
            let restated = Stated { evidence, revision: stated.revision + 1, ..stated.clone() };
            self.app.record(self.caller.actor(), None, vec![restated.into()]).await?;
        }
        let id = stated.claim.to_string();
        Ok(judge::judge(self.app, self.caller, None, &id, None, None).await?.now.claim)
    }
}

fn claim_step(claim: ClaimView, progress: Progress, because: Option<String>) -> Step {
    Step { node: ancestry::Node::Claim(Box::new(claim)), progress, wall_s: None, cpu_s: None, by: None, because }
}

fn outputs(run: &RunView) -> impl Iterator<Item = &FileRef> {
    run.result.iter().flat_map(|result| &result.outputs)
}
