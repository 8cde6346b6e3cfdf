//! `hven reproduce`: reproduces runs from the record and reports how far the results agree.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    reproductions::{Reproduce, Reproduction},
    runs::{Code, RunDetail, Software},
    tools::Tools,
};
use hven_capture::{Apart, Launch, clone, python, remembered::Remembered, tools};
use hven_client::{Client, Failure, env};
use hven_core::file_name;
use hven_terminal::{Output, Reproduced, exit};

use crate::{
    act::Act, capture_limits::capture_limits, complete, context::Context, run_progress, tolerances::ToleranceArgs,
};

/// Reproduce runs from the record and compare the results
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven reproduce 7Q2M                  run it again and compare each output and metric
  hven reproduce claim/kepler3         the runs with which the claim was judged
  hven reproduce --all claim/kepler3   also everything that they rest on, down to the import
  hven reproduce 7Q2M --tolerance 1e-6 --within loss=1e-3 --within fit.svg=0.01

Code, inputs and environment come from the record; no result is taken from the cache. The code of a commit is taken from
the repository in the current folder. It exits with 1 when something differs or cannot be run again, and with 3 when nothing
was compared, because no outputs and no metrics were declared. The printed output is also compared, but does not change
the verdict.")]
pub struct ReproduceArgs {
    /// A run (handle, id, `last`, `run.law`) or a claim (`claim/kepler3`)
    #[arg(value_name = "RUN|claim/NAME", add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// Also reproduce everything that it rests on
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub tolerances: ToleranceArgs,
    /// A required secret; its value comes from this environment variable
    #[arg(long, value_name = "NAME")]
    pub secret: Vec<String>,
    /// The project, if several projects have the claim
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for ReproduceArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        reproduce(&self, context, output)
    }
}

const POLL_EVERY: Duration = Duration::from_millis(100);
/// The verdict is recorded shortly after the comparison; the comparison itself may take long.
const PATIENCE: Duration = Duration::from_hours(1);

pub fn reproduce(args: &ReproduceArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client_of_existing()?);
    let settings = ReproduceSettings::resolve(args, context)?;
    let mut items = Vec::new();
    for run in runs(&settings, context, &client)? {
        let run = client.run(&run)?;
        items.push(one(&client, context, &run, &settings, output)?);
    }
    let status = status(&items);
    output.reply(&Reproduced { schema: "hven.reproduced/1", of: args.of.clone(), items })?;
    Ok(status)
}

/// The settings of `hven reproduce`, with values of the environment and the settings files.
struct ReproduceSettings {
    /// A run, or `claim/NAME`.
    of: String,
    /// Also everything that it rests on.
    all: bool,
    project: Option<String>,
    /// The request for each run.
    wanted: Reproduce,
    /// The search path for programs when a run has no `PATH` of its own.
    path: Option<String>,
    /// The limits for reading its modules.
    capture_limits: hven_capture::Limits,
}

impl ReproduceSettings {
    fn resolve(args: &ReproduceArgs, context: &Context) -> anyhow::Result<Self> {
        let mut secrets = BTreeMap::new();
        for name in &args.secret {
            let value = env::value(name).ok_or_else(|| {
                Failure::new("usage", format!("the secret {name} is not in the environment"))
                    .hint(format!("run {name}=… hven reproduce … --secret {name}"))
            })?;
            secrets.insert(name.clone(), value);
        }
        Ok(Self {
            of: context.run_name(&args.of)?,
            all: args.all,
            project: args.project.clone(),
            wanted: Reproduce { tolerances: args.tolerances.wanted(), secrets, ..Reproduce::default() },
            path: env::value("PATH"),
            capture_limits: capture_limits(&context.settings()?)?,
        })
    }
}

/// The worst result decides: first a difference or a run that cannot be repeated, then a run without a comparison.
fn status(items: &[Reproduction]) -> u8 {
    let all = |levels: &[&str]| items.iter().all(|item| levels.contains(&item.level.as_str()));
    if all(&["same_bytes", "same_within"]) {
        exit::OK
    } else if all(&["same_bytes", "same_within", "nothing_to_compare"]) {
        exit::NOTHING_COMPARED
    } else {
        exit::NOT_WELL
    }
}

/// The selected runs, in the order of dependencies: first those that others rest on.
fn runs(settings: &ReproduceSettings, context: &Context, client: &Client) -> anyhow::Result<Vec<String>> {
    let (of, project) = (settings.of.as_str(), settings.project.as_deref());
    if settings.all {
        let lineage = context.in_project(project, |project| client.lineage(of, project))?;
        let mut runs: Vec<(u32, String)> = lineage
            .rests_on
            .iter()
            .filter_map(|step| Some((step.depth + 1, step.node.run.as_ref()?.id.clone())))
            .collect();
        runs.extend(lineage.of.run.map(|run| (0, run.id)));
        runs.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
        return Ok(runs.into_iter().map(|(_, run)| run).collect());
    }
    if !of.starts_with("claim/") {
        return Ok(vec![of.to_owned()]);
    }
    let claim = context.in_project(project, |project| client.claim(of, project))?;
    let judged = claim.judgements.into_iter().next().filter(|_| claim.summary.standing != "not_judged");
    let evidence = judged.map_or(claim.newest_evidence, |judgement| judgement.evidence);
    if evidence.is_empty() {
        return Err(Failure::new("conflict", format!("{of} rests on no run yet"))
            .hint("`hven claim judge` applies its test to the evidence")
            .into());
    }
    Ok(evidence.into_iter().map(|run| run.id).collect())
}

fn one(
    client: &Arc<Client>,
    context: &Context,
    run: &RunDetail,
    settings: &ReproduceSettings,
    output: &dyn Output,
) -> anyhow::Result<Reproduction> {
    let handle = &run.summary.handle;
    let Installed { software, tools } = installed(run, settings, context);
    let mut wanted = Reproduce { software, tools, ..settings.wanted.clone() };
    if let Some(Code::Git { commit, prefix, diff, untracked, .. }) =
        run.spec.as_ref().and_then(|spec| spec.code.as_ref())
    {
        // Without the repository, the server reports and records exactly what is missing.
        let of = clone::RecordedCode { commit, prefix, diff: diff.as_deref(), untracked, notes: &run.capture_notes };
        if let Some(taken) = clone::files_with_code_above(client, &context.cwd, &of)? {
            (wanted.code, wanted.code_above) = (taken.code, taken.above);
            wanted.code_above_left_out = taken.above_left_out;
        }
    }
    let started = client.reproduce(&run.summary.id, &wanted)?;
    match (started.verdict, started.again) {
        (Some(verdict), _) => Ok(verdict),
        (None, Some(again)) => {
            run_progress::until_end(client, &again.id, &format!("run {handle} again"), output)?;
            verdict_on(client, run, &again.id)
        }
        (None, None) => {
            Err(Failure::new("internal", format!("run {handle}: neither a verdict nor a run came back")).into())
        }
    }
}

/// Waits for the comparison of the outputs of `again` with those of the run.
fn verdict_on(client: &Client, run: &RunDetail, again: &str) -> anyhow::Result<Reproduction> {
    let handle = &run.summary.handle;
    let started = Instant::now();
    loop {
        let found = client.reproductions(&run.summary.id)?.items;
        if let Some(verdict) = found.into_iter().find(|item| item.again.as_ref().is_some_and(|run| run.id == again)) {
            return Ok(verdict);
        }
        if started.elapsed() > PATIENCE {
            return Err(Failure::new("busy", format!("the outputs of run {handle} are still being compared"))
                .hint(format!("`hven show {handle}` has the verdict later"))
                .into());
        }
        thread::sleep(POLL_EVERY);
    }
}

/// The present environment, in addition to code and inputs, to compare with the recorded one.
#[derive(Default)]
struct Installed {
    software: Option<Software>,
    tools: Option<Tools>,
}

fn installed(run: &RunDetail, settings: &ReproduceSettings, context: &Context) -> Installed {
    let Some(spec) = run.spec.as_ref().filter(|spec| spec.recipe.is_none()) else { return Installed::default() };
    let mut environment = spec.environment.clone();
    // An imported run has no paths of its machine: programs are searched for on this machine.
    if let (false, Some(path)) = (environment.contains_key("PATH"), &settings.path) {
        environment.insert("PATH".to_owned(), path.clone());
    }
    let launch = Launch { argv: &spec.argv, cwd: &context.cwd, environment: &environment };
    let declared: Vec<PathBuf> =
        spec.inputs.iter().map(|input| &input.path).chain(&spec.outputs).map(|path| file_name::to_path(path)).collect();
    let apart = Apart { declared: declared.clone(), ..Apart::default() };
    let remembered = Remembered::in_home(&context.home);
    let tools = tools::capture(&launch, &declared, &apart, settings.capture_limits, &remembered).tools;
    let software = run.software.as_ref().and_then(|_| python::capture(&launch));
    Installed { software, tools: Some(tools) }
}
