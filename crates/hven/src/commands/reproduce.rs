//! `hven reproduce`: reproduces runs from what is recorded and says how alike what comes out is.

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

use crate::{act::Act, capture_limits::capture_limits, complete, context::Context, tolerances::ToleranceArgs, watch};

/// Reproduce runs from what is recorded, and compare what comes out
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven reproduce 7Q2M                  run it again and compare each output and metric
  hven reproduce claim/kepler3         the runs that the claim was judged on
  hven reproduce --all claim/kepler3   and all that they rest on, down to the import
  hven reproduce 7Q2M --tolerance 1e-6 --within loss=1e-3 --within fit.svg=0.01

Code, inputs and environment come from the record; nothing is taken from the cache. The code of a commit is taken from
the repository in which you are. It exits with 1 when something differs or cannot be run again, and with 3 when nothing was
compared, because no outputs and no metrics were declared. What was printed is compared, too; it decides nothing.")]
pub struct ReproduceArgs {
    /// A run (handle, id, `last`, `run.law`) or a claim (`claim/kepler3`)
    #[arg(value_name = "RUN|claim/NAME", add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// All that it rests on, too
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub tolerances: ToleranceArgs,
    /// A secret that it needs, with its value from this environment variable
    #[arg(long, value_name = "NAME")]
    pub secret: Vec<String>,
    /// Which project, when several have the claim
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for ReproduceArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        reproduce(&self, context, output)
    }
}

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A verdict follows within moments once the outputs are compared; the comparison itself may take long.
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

/// What `hven reproduce` comes to, with what the environment and the settings say.
struct ReproduceSettings {
    /// A run, or `claim/NAME`.
    of: String,
    /// All that it rests on, too.
    all: bool,
    project: Option<String>,
    /// What is asked for of each run.
    wanted: Reproduce,
    /// Where programs are looked for when a run has no `PATH` of its own.
    path: Option<String>,
    /// How much is read to know its modules.
    capture_limits: hven_capture::Limits,
}

impl ReproduceSettings {
    fn resolve(args: &ReproduceArgs, context: &Context) -> anyhow::Result<Self> {
        let mut secrets = BTreeMap::new();
        for name in &args.secret {
            let value = env::value(name).ok_or_else(|| {
                Failure::new("usage", format!("the secret {name} is not in the environment"))
                    .hint(format!("say {name}=… hven reproduce … --secret {name}"))
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

/// The worst counts: that something differs or cannot be run again, then that something could not be compared.
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

/// The runs that are meant, those that others rest on first.
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
            .hint("`hven claim judge` puts its evidence to the test")
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
        // Without the repository the server says exactly what is missing, and that is recorded.
        let of = clone::RecordedCode { commit, prefix, diff: diff.as_deref(), untracked, notes: &run.capture_notes };
        if let Some(taken) = clone::files_with_code_above(client, &context.cwd, &of)? {
            (wanted.code, wanted.code_above) = (taken.code, taken.above);
            wanted.code_above_left_out = taken.above_left_out;
        }
    }
    let begun = client.reproduce(&run.summary.id, &wanted)?;
    match (begun.verdict, begun.again) {
        (Some(verdict), _) => Ok(verdict),
        (None, Some(again)) => {
            watch::until_end(client, &again.id, &format!("run {handle} again"), output)?;
            verdict_on(client, run, &again.id)
        }
        (None, None) => {
            Err(Failure::new("internal", format!("run {handle}: neither a verdict nor a run came back")).into())
        }
    }
}

/// Waits until what `again` made has been compared with what the run had made.
fn verdict_on(client: &Client, run: &RunDetail, again: &str) -> anyhow::Result<Reproduction> {
    let handle = &run.summary.handle;
    let begun = Instant::now();
    loop {
        let found = client.reproductions(&run.summary.id)?.items;
        if let Some(verdict) = found.into_iter().find(|item| item.again.as_ref().is_some_and(|run| run.id == again)) {
            return Ok(verdict);
        }
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new("busy", format!("the outputs of run {handle} are still being compared"))
                .hint(format!("`hven show {handle}` has the verdict later"))
                .into());
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// What there is now beside code and inputs, to be compared with what was then.
#[derive(Default)]
struct Installed {
    software: Option<Software>,
    tools: Option<Tools>,
}

fn installed(run: &RunDetail, settings: &ReproduceSettings, context: &Context) -> Installed {
    let Some(spec) = run.spec.as_ref().filter(|spec| spec.recipe.is_none()) else { return Installed::default() };
    let mut environment = spec.environment.clone();
    // What came from elsewhere has no paths of that machine: programs are looked for on this one.
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
