//! `hven run` without a command: the steps of `hven.toml`, in the order in which they need each other, and only what is
//! stale.
//!
//! The steps are run by this command and not by the server: killed half-way, it leaves what is done done, and the next
//! call goes on from there.

mod command;
mod data;
mod evidence;
mod recipe;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use hven_api::{datasets::DatasetSummary, runs::FileRef};
use hven_capture::manifests::made;
use hven_client::{Client, Failure};
use hven_core::manifest::{MANIFEST, Manifest, Outside, Plan, Problems, Publication, Step, StepId, Work};

use crate::{
    context::Context,
    exit,
    output::{Output, StepLine, StepState, Steps},
};

/// What of the manifest is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only these steps and what they need; all when empty.
    pub steps: Vec<String>,
    /// Only say what would be done.
    pub plan: bool,
    /// Do it even when it was done before.
    pub fresh: bool,
    pub project: Option<String>,
    /// Tags for the runs of the steps.
    pub tags: Vec<String>,
    pub despite_checks: bool,
    /// Do it although what a step reads rests on something retracted: why.
    pub despite_suspicion: Option<String>,
}

/// A manifest with all that its steps share.
struct Study {
    manifest: Manifest,
    /// The folder of the manifest: its paths are relative to it.
    context: Context,
    client: Arc<Client>,
    project: Option<String>,
    wanted: Wanted,
    /// The datasets of this manifest as they are now.
    datasets: BTreeMap<String, DatasetSummary>,
    /// While it plans: what steps made that are up to date, by its path. `hven run` would put it in place.
    made: BTreeMap<String, FileRef>,
}

/// How one step went.
struct Went {
    state: StepState,
    /// What came out, or why it would be done.
    text: String,
    page: Option<String>,
    /// What was found of its files.
    notes: Vec<String>,
}

impl Went {
    fn new(state: StepState, text: impl Into<String>) -> Self {
        Self { state, text: text.into(), page: None, notes: Vec::new() }
    }

    fn line_of(self, step: &Step, width: usize) -> StepLine {
        let Self { state, text, page, notes } = self;
        StepLine { step: step.id.to_string(), state, text, page, notes, width }
    }
}

/// Runs or plans the steps of the manifest.
pub fn run(wanted: Wanted, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let found = Found::here(&context.cwd)?.ok_or_else(|| {
        no_manifest("there is no command, and", context)
            .hint("`hven run -- COMMAND` runs a command; `hven init` writes a manifest from what lies here")
    })?;
    let folder = found.path.parent().unwrap_or(Path::new("/")).to_owned();
    let manifest = found.manifest()?;
    let context = Context { cwd: folder.clone(), ..context.clone() };
    let client = Arc::new(context.client()?);
    let project = context.settings()?.with_flag("project", wanted.project.as_ref()).text("project")?;
    let exists = |outside: &Outside| match outside {
        Outside::Path(path) => folder.join(path).exists(),
        Outside::Dataset { name, version } => {
            let name = version.map_or_else(|| name.clone(), |version| format!("{name}@{version}"));
            client.dataset(&name, project.as_deref()).is_ok()
        }
    };
    let plan = manifest.plan(&exists).map_err(|problems| found.wrong(&problems))?;
    let plan = chosen(&plan, &wanted.steps)?;
    if plan.steps.is_empty() {
        return Err(Failure::new("manifest.invalid", format!("{} has no steps", found.shown))
            .hint("add [data.NAME], [run.NAME] or [claim.NAME]; `hven init` writes an example")
            .into());
    }
    let mut study =
        Study { manifest, context, client, project, wanted, datasets: BTreeMap::new(), made: BTreeMap::new() };
    let lines = if study.wanted.plan { study.plan(&plan)? } else { study.work(&plan, output)? };
    let is_well = lines.iter().all(|line| line.state.is_well());
    if output.owns_stdout() || study.wanted.plan {
        output.reply(&Steps { schema: "hven.steps/1", steps: lines })?;
    }
    Ok(if is_well { exit::OK } else { exit::NOT_WELL })
}

/// The licence that the manifest here says, if there is one that can be read.
pub fn license(context: &Context) -> Option<String> {
    Found::here(&context.cwd).ok()??.manifest().ok()?.project.license
}

/// The publication of that name, as the manifest here says it.
pub fn publication(context: &Context, name: &str) -> anyhow::Result<Publication> {
    let found = Found::here(&context.cwd)?.ok_or_else(|| {
        no_manifest(&format!("publication.{name} stands in a manifest, and there is"), context)
            .hint("claim/NAME publishes a claim without one")
    })?;
    found.manifest()?.publication(name).cloned().ok_or_else(|| {
        Failure::new("not_found", format!("there is no [publication.{name}] in {}", found.shown))
            .hint("claim/NAME publishes a claim without it")
            .into()
    })
}

/// What belongs to the manifest here and is no code: itself, and what its steps make. A program that a step makes is code of
/// those that use it.
pub fn no_code(context: &Context) -> Vec<PathBuf> {
    let Ok(Some(found)) = Found::here(&context.cwd) else { return Vec::new() };
    let folder = found.path.parent().unwrap_or(Path::new("/"));
    let made = found.manifest().map(|manifest| made(&manifest, folder)).unwrap_or_default();
    made.into_iter().chain([found.path.clone()]).collect()
}

/// Whether a command is a step of the manifest in this very folder: it has the name of a step and does what the manifest says of
/// it now.
pub fn is_step(folder: &Path, name: &str, argv: &[String]) -> bool {
    let Ok(Some(found)) = Found::here(folder) else { return false };
    let is_command_of = |manifest: Manifest| manifest.run(name).is_some_and(|run| command::is_command_of(run, argv));
    found.path.parent() == Some(folder) && found.manifest().is_ok_and(is_command_of)
}

/// There is no manifest; `what` says for what it is missed.
fn no_manifest(what: &str, context: &Context) -> Failure {
    let folder = context.cwd.display();
    Failure::new("manifest.missing", format!("{what} no {MANIFEST} in {folder} or above it"))
}

/// The manifest of this folder or of one above it, as it was written.
struct Found {
    path: PathBuf,
    /// The path as a person here would say it.
    shown: String,
    source: String,
}

impl Found {
    fn here(cwd: &Path) -> Result<Option<Self>, Failure> {
        let path = cwd.ancestors().map(|folder| folder.join(MANIFEST)).find(|path| path.is_file());
        let Some(path) = path else { return Ok(None) };
        let source = fs::read_to_string(&path).map_err(|error| {
            Failure::new("file.unreadable", format!("the manifest {} cannot be read: {error}", path.display()))
        })?;
        let shown = path.strip_prefix(cwd).unwrap_or(&path).display().to_string();
        Ok(Some(Self { path, shown, source }))
    }

    fn manifest(&self) -> Result<Manifest, Failure> {
        Manifest::parse(&self.source).map_err(|problems| self.wrong(&problems))
    }

    fn wrong(&self, problems: &Problems) -> Failure {
        let told = problems.render(&self.shown, &self.source);
        Failure::new("manifest.invalid", format!("the manifest cannot be used\n{told}"))
    }
}

fn chosen(plan: &Plan, names: &[String]) -> anyhow::Result<Plan> {
    if names.is_empty() {
        return Ok(plan.clone());
    }
    let mut targets = Vec::with_capacity(names.len());
    for name in names {
        targets.push(plan.find(name).ok_or_else(|| {
            let there: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
            Failure::new("not_found", format!("there is no step {name:?}"))
                .hint(format!("there are {}", there.join(", ")))
        })?);
    }
    Ok(plan.only(&targets))
}

impl Study {
    /// Does the steps one after the other; what needs a step that did not go well is left alone.
    fn work(&mut self, plan: &Plan, output: &mut dyn Output) -> anyhow::Result<Vec<StepLine>> {
        let width = plan.steps.iter().map(|step| step.id.to_string().chars().count()).max().unwrap_or(0);
        let mut lines: Vec<StepLine> = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let blocker = step.needs.iter().find(|need| !lines[need.step].state.lets_go_on());
            let went = match blocker {
                Some(need) => {
                    let why = format!("needs {}, which did not succeed", plan.steps[need.step].id);
                    Went::new(StepState::Blocked, why)
                }
                None => self.step(step, output)?,
            };
            let line = went.line_of(step, width);
            if !output.owns_stdout() {
                output.reply(&line)?;
            }
            lines.push(line);
        }
        Ok(lines)
    }

    fn step(&mut self, step: &Step, output: &mut dyn Output) -> anyhow::Result<Went> {
        match &step.id {
            StepId::Data(name) => data::work(self, name, output),
            StepId::Run(name) => match self.manifest.run(name).map(|run| &run.work) {
                Some(Work::Recipe { .. }) => recipe::work(self, name, output),
                Some(Work::Command(_)) => command::work(self, name, output),
                None => Err(missing(&step.id)),
            },
            StepId::Claim(name) => evidence::work(self, name),
        }
    }

    /// Says of each step whether and why it would be done.
    fn plan(&mut self, plan: &Plan) -> anyhow::Result<Vec<StepLine>> {
        let width = plan.steps.iter().map(|step| step.id.to_string().chars().count()).max().unwrap_or(0);
        let mut lines: Vec<StepLine> = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let stale = step.needs.iter().find(|need| lines[need.step].state == StepState::WouldRun);
            let went = match stale {
                Some(need) => {
                    Went::new(StepState::WouldRun, format!("comes after {}, which would run", plan.steps[need.step].id))
                }
                None => self.look_at(step)?,
            };
            lines.push(went.line_of(step, width));
        }
        Ok(lines)
    }

    fn look_at(&mut self, step: &Step) -> anyhow::Result<Went> {
        match &step.id {
            StepId::Data(name) => data::look(self, name),
            StepId::Run(name) => match self.manifest.run(name).map(|run| &run.work) {
                Some(Work::Recipe { .. }) => recipe::look(self, name),
                Some(Work::Command(_)) => command::look(self, name),
                None => Err(missing(&step.id)),
            },
            StepId::Claim(name) => evidence::look(self, name),
        }
    }

    /// A dataset as a step names it: of this manifest as it is now, or of the home.
    fn dataset_name(&self, name: &str, version: Option<u64>, part: Option<&str>) -> String {
        let whole = match (version, self.datasets.get(name)) {
            (Some(version), _) => format!("{name}@{version}"),
            (None, Some(dataset)) => dataset.reference.clone(),
            (None, None) => name.to_owned(),
        };
        part.map_or(whole.clone(), |part| format!("{whole}.{part}"))
    }
}

fn missing(id: &StepId) -> anyhow::Error {
    Failure::new("internal", format!("the step {id} is in the plan and not in the manifest")).into()
}
