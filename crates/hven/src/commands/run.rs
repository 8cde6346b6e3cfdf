//! `hven run`: takes down what the run is made of, submits it, follows it, and exits as the script did.

mod afterwork;
mod named_run;
mod noted;
mod put_back;
mod stdin;
mod work;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs, mem,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

pub use afterwork::{CodeFiles, afterwork, wait_for};
use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    runs::{RunCreated, RunDetail, SubmitRun},
    stdin::Stdin,
};
use hven_capture::{Apart, CapturedCode, Kept, Launch, files, key_files, remembered::Remembered, seen::Told};
use hven_client::{Client, Failure, env};
use hven_core::{capture::remark, file_name, manifest::MANIFEST, seen::AT_ONCE_US};
use noted::noted;
use put_back::PutBack;
pub use put_back::{Submission, submit_or_put_back};
pub use stdin::{Choice as StdinChoice, NOTHING as NO_STDIN};
use stdin::{OnStdin, Own};
pub use work::Work;

use crate::{
    complete,
    context::Context,
    exit,
    follow::{self, End, Interrupt},
    output::{self, Output, Submitted, TaskStreams, finished_line, found_otherwise},
    quantities::{parse_bytes, parse_duration, parse_pair, parse_resource},
    settings::Settings,
    steps, tables,
    tolerances::ToleranceArgs,
    waits,
};

const EXAMPLES: &str = "\
Examples:
  hven run -- python train.py --lr 0.01
  hven run -i planets.csv -o fit.svg -o fit.json -- python3 fit.py planets.csv
  hven run --cpus 4 --memory 8GiB --time 2h --resource gpu=1 -- torchrun train.py
  hven run --secret HF_TOKEN --env-record SEED -- ./job.sh
  hven run -d --name night-run --tag paper-2 -- make all
  hven run -- wc -l < planets.csv           the file is recorded
  zcat events.gz | hven run -- ./count      handed on as it comes
  hven run                                  the steps of hven.toml that are stale
  hven run --plan                           only say which would run, and why

The exit status is the script's. It is 125 when Hven failed, an output is missing or cannot be kept, or the run was lost, and 130
after Ctrl-C.
Ctrl-C once cancels the run; twice leaves it to itself. A run outlives its terminal: `hven attach RUN`.
With inputs and outputs declared, a run that was done before is not run again; --fresh runs it anyway.
The command runs as you would run it: with your limits (ulimit), niceness, processors and standard input. What it does
not read of that is left to the next command. `hven run -d` has no pipe: give it a file.";

#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// Files or folders that the command reads; `dataset:NAME` puts a dataset at .hven-data/NAME.parquet
    #[arg(short, long, num_args = 1.., value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    pub input: Vec<PathBuf>,
    /// Take what links in input folders lead to, also out of the folder, instead of the links
    #[arg(long)]
    pub follow_links: bool,
    /// Files of keys or passwords that are code all the same: their bytes are recorded
    #[arg(long, num_args = 1.., value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub include_key_file: Vec<PathBuf>,
    /// Files or folders that it makes; they are kept in the home
    #[arg(short, long, num_args = 1.., value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub output: Vec<PathBuf>,
    /// A name for the run
    #[arg(long)]
    pub name: Option<String>,
    /// Tags for the run; may be repeated. Without a command: for the runs of all steps
    #[arg(long, value_delimiter = ',', value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    pub tag: Vec<String>,
    /// The project it belongs to, such as astro/kepler
    #[arg(long)]
    pub project: Option<String>,
    /// Cores to reserve
    #[arg(long, value_name = "N")]
    pub cpus: Option<u32>,
    /// Memory to reserve, such as 8GiB
    #[arg(long, value_name = "SIZE", value_parser = checked_size)]
    pub memory: Option<String>,
    /// Stop it after this time, such as 2h
    #[arg(long, value_name = "DURATION", value_parser = checked_duration)]
    pub time: Option<String>,
    /// Stop it above this much memory
    #[arg(long, value_name = "SIZE", value_parser = checked_size)]
    pub memory_limit: Option<String>,
    /// Stop it when its outputs are larger than this
    #[arg(long, value_name = "SIZE", value_parser = checked_size)]
    pub output_limit: Option<String>,
    /// The time between TERM and KILL when it is stopped
    #[arg(long, value_name = "DURATION", value_parser = checked_duration)]
    pub grace: Option<String>,
    /// Units of a named resource to reserve, such as gpu=1
    #[arg(long, value_name = "NAME=N", value_parser = parse_resource)]
    pub resource: Vec<(String, u64)>,
    /// Attempts after the first that fails
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    #[command(flatten)]
    pub tolerances: ToleranceArgs,
    /// More environment variables whose values are recorded in readable form; all count by keyed digests
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub env_record: Vec<String>,
    /// Environment variables whose values are never recorded, and masked in the log
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub secret: Vec<String>,
    /// Parameters to record
    #[arg(long, num_args = 1.., value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub param: Vec<(String, String)>,
    /// A file for its standard input, or `none` for nothing [default: what this command has]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub stdin: Option<PathBuf>,
    /// Run it even when the same work was done before
    #[arg(long)]
    pub fresh: bool,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
    /// Run it although a dataset that it reads does not meet its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Run it although what it reads rests on something retracted: why
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
    /// Without a command: only say which steps of hven.toml would run, and why
    #[arg(long)]
    pub plan: bool,
    /// Without a command: only these steps of hven.toml, and what they need
    #[arg(long, num_args = 1.., value_name = "STEP")]
    pub step: Vec<String>,
    /// The program and its arguments; without one, the steps of hven.toml that are stale are run
    #[arg(trailing_var_arg = true, value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

fn checked_size(text: &str) -> Result<String, String> {
    parse_bytes(text).map(|_| text.to_owned())
}
fn checked_duration(text: &str) -> Result<String, String> {
    parse_duration(text).map(|_| text.to_owned())
}

pub fn run(args: &RunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    if args.command.is_empty() {
        return run_steps(args, context, output);
    }
    if args.plan || !args.step.is_empty() {
        return Err(Failure::new("usage", "--plan and --step are for the steps of hven.toml, not for a command").into());
    }
    named_run::refuse(&args.command, context)?;
    let client = Arc::new(context.client()?);
    let prepared = prepare(Work::of(args, &[], context)?, context, &client, output)?;
    submit(prepared, args.detach, context, &client, output)
}

/// Submits what was prepared, and follows it to its end unless it is left to itself; answers the exit status.
pub fn submit(
    Prepared { submit, code_files, own_stdin }: Prepared,
    detach: bool,
    context: &Context,
    client: &Arc<Client>,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let created = match submit_or_put_back(client, &submit, context, output)? {
        Submission::Begun(created) => created,
        Submission::DoneBefore { created, run, restored } => {
            own_stdin.done_before(&run)?;
            if let Some(why) = untagged(&submit, &created) {
                output.note(&why);
            }
            if created.run.archived {
                let handle = &created.run.handle;
                output.note(&format!(
                    "run {handle} is archived, so lists leave it out: `hven unarchive {handle}` takes it into them again"
                ));
            }
            return up_to_date(&created, &run, restored, output);
        }
    };
    if let Some(why) = run_again(&created, &context.cwd) {
        output.note(&why);
    }
    let own_stdin = own_stdin.begin(client, &created.run.id);
    let code_files = if detach { code_files.with_list_sent(client) } else { code_files };
    let afterwork = afterwork(client, &created.run.id, &submit, code_files);
    if detach {
        output.reply(&Submitted(&created))?;
        if let Some(why) = waits::too_much(client, &created.run.id, &submit.resources) {
            output.note(&why);
        }
        wait_for(&afterwork);
        return Ok(exit::OK);
    }
    let run = &created.run;
    let end = follow::follow(client, &run.id, &run.handle, Interrupt::Cancels, TaskStreams::untouched(), output)?;
    match &end {
        End::Ended { run, .. } => own_stdin.ended(run, output)?,
        End::Left if own_stdin.is_pipe() => output.note(&format!("the standard input of run {} ends here", run.handle)),
        End::Left => {}
    }
    wait_for(&afterwork);
    ended(&end, output)
}

/// Why a run that did the same before has not the tags that were given, when that is so.
fn untagged(submit: &SubmitRun, created: &RunCreated) -> Option<String> {
    let (wanted, run) = (&submit.tags, &created.run);
    let is_tagged = wanted.iter().all(|tag| run.tags.contains(tag));
    (!is_tagged).then(|| format!("run {} has no new tags: you may look at it, and not change it", run.handle))
}

/// Why something like it was run before and is not up to date, when that is so.
pub fn run_again(created: &RunCreated, cwd: &Path) -> Option<String> {
    let reasons = &created.not_up_to_date;
    (!reasons.is_empty()).then(|| format!("run again, because {}", told(reasons, cwd)))
}

/// Reasons in one line, with what git knows of them.
pub fn told(reasons: &[String], cwd: &Path) -> String {
    // They name files, and a line end in a name begins no line.
    let in_one_line = |told: String| file_name::shown(&told).into_owned();
    let told: Vec<String> =
        reasons.iter().map(|reason| in_one_line(hven_capture::git::with_modes(reason, cwd))).collect();
    told.join("; ")
}

/// Without a command: the steps of the manifest.
fn run_steps(args: &RunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let is_of_a_command = !args.input.is_empty() || !args.output.is_empty() || args.stdin.is_some();
    if is_of_a_command || args.detach || args.name.is_some() {
        return Err(Failure::new("usage", "there is no command to run")
            .hint("write it behind --, as in `hven run -i data.csv -o fit.svg -- python fit.py`")
            .into());
    }
    let wanted = steps::Wanted {
        steps: args.step.clone(),
        plan: args.plan,
        fresh: args.fresh,
        project: args.project.clone(),
        tags: args.tag.clone(),
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion.clone(),
    };
    steps::run(wanted, context, output)
}

/// A submission, and what of the code is sent while the run goes on already.
#[derive(Debug)]
pub struct Prepared {
    pub submit: SubmitRun,
    pub code_files: CodeFiles,
    pub own_stdin: Own,
}

/// Takes down what a run is made of, and sends what the server needs of it.
pub fn prepare(
    mut work: Work,
    context: &Context,
    client: &Arc<Client>,
    output: &mut dyn Output,
) -> anyhow::Result<Prepared> {
    let umask = umask();
    let process = hven_capture::process::of_process();
    let on_stdin = mem::take(&mut work.stdin);
    let limits = work.capture_limits;
    let outputs: Vec<String> =
        work.outputs.iter().map(|path| files::recorded_path(&context.cwd, &context.cwd.join(path))).collect();
    let read_paths = tables::inputs(&work.inputs, work.datasets_in.as_deref(), context, client, output)?;
    let read = read_paths.iter().cloned().chain(on_stdin.path());
    let read = read.map(|path| files::recorded_path(&context.cwd, &context.cwd.join(path)));
    let declared: Vec<PathBuf> = outputs.iter().cloned().chain(read).map(|path| file_name::to_path(&path)).collect();
    let apart = Apart {
        declared: declared.iter().cloned().chain(no_code(context)).collect(),
        included: work
            .include_key_files
            .iter()
            .map(|path| key_files::included(&context.cwd, path))
            .collect::<anyhow::Result<_>>()?,
    };

    let handed_on = handed_on(&work.secrets, context, output)?;
    let argv: Vec<String> = work.argv.iter().map(file_name::to_text).collect();
    let launch = Launch { argv: &argv, cwd: &context.cwd, environment: &handed_on.environment };
    let remembered = Remembered::in_home(&context.home);

    // Code, inputs, tools and server at once: the start of a run waits for the slowest of them, not for their sum.
    let (code, inputs, on_stdin, folders, tools, reached) = thread::scope(|scope| {
        let code = scope.spawn(|| {
            let begun = Instant::now();
            let code = match work.code.as_slice() {
                [] => Ok(hven_capture::code(&context.cwd, &apart, limits)),
                globs => hven_capture::globbed(&context.cwd, globs, limits),
            };
            code.map(|code| (code, begun))
        });
        let folders = scope.spawn(|| hven_capture::empty::note(&context.cwd, &apart.declared, &outputs));
        let tools = scope.spawn(|| hven_capture::tools::capture(&launch, &declared, &apart, limits, &remembered));
        let reached = scope.spawn(|| client.address());
        let inputs: anyhow::Result<Vec<_>> =
            read_paths.iter().map(|path| files::input(&context.cwd, path, work.follow_links)).collect();
        let on_stdin = on_stdin.take_down(context);
        (code.join(), inputs, on_stdin, folders.join(), tools.join(), reached.join())
    });
    let died = |_| Failure::new("internal", "a thread that looked at the run's surroundings died");
    let ((code, code_begun), inputs, folders) = (code.map_err(died)??, inputs?, folders.map_err(died)?);
    let tools = tools.map_err(died)?;
    reached.map_err(died)??;
    let OnStdin { stdin, kept: kept_stdin, notes: notes_on_stdin, own: mut own_stdin } = on_stdin?;
    // The home is there now.
    remembered.keep();

    let CapturedCode { code, mut documents, files: code_files, notes: mut capture_notes, seen: code_seen } = code;
    let mut kept: Vec<Kept> = Vec::new();
    let (mut input_files, mut inputs_seen) = (Vec::new(), Vec::new());
    for input in inputs {
        documents.extend(input.listing);
        kept.extend(input.kept);
        capture_notes.extend(input.notes);
        input_files.push(input.file);
        inputs_seen.extend(input.seen);
    }
    let Told { mut seen, inputs: inputs_listed, code: code_listed } = Told::of(inputs_seen, code_seen)?;
    documents.extend(inputs_listed);
    kept.extend(kept_stdin);
    capture_notes.extend(notes_on_stdin);
    capture_notes.extend(folders);
    capture_notes.extend(tools.notes);
    let capture_notes = noted(capture_notes, output);
    files::send(client, &documents, &kept)?;
    own_stdin.send(client, stdin.as_ref())?;
    // A few files of code come before the run is submitted: then its record says that they are there. Many would hold up
    // its start.
    let is_sent = code_files.len() <= CODE_FILES_FIRST_MAX && files::send(client, &[], &code_files).is_ok();
    let kept = if is_sent { Vec::new() } else { code_files };
    let mut code_files = CodeFiles { kept, seen: code_listed };
    if code_begun.elapsed() > CODE_IS_OLD_AFTER {
        // It took long to read inputs or to send, and meanwhile somebody may have gone on with the code.
        seen.code_is_old = true;
        code_files = code_files.with_list_sent(client);
    }

    let mut submit = SubmitRun {
        umask: Some(umask),
        process: Some(process),
        stdin,
        inputs: input_files,
        outputs,
        code,
        tools: Some(tools.tools),
        capture_notes,
        seen: Some(seen),
        ..work.submission(context, handed_on)
    };
    if matches!(submit.stdin, Some(Stdin::Pipe)) && submit.retries > 0 {
        output.note("a run that reads a pipe is not tried again: what came through it is gone");
        submit.retries = 0;
    }
    Ok(Prepared { submit, code_files, own_stdin })
}

/// How much is read to know code and modules.
pub fn capture_limits(settings: &Settings) -> anyhow::Result<hven_capture::Limits> {
    Ok(hven_capture::Limits {
        files_max: settings.number("code.files_max")?.unwrap_or(0) as usize,
        bytes_max: settings.bytes("code.bytes_max")?.unwrap_or(0),
    })
}

/// What belongs to Hven and is nobody's code: the home, also before anything lies in it, the manifest, of which a command has
/// what concerns it, what the manifest's steps make, and the files into which this command prints.
fn no_code(context: &Context) -> Vec<PathBuf> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let home = real(&context.cwd).and_then(|cwd| real(&context.home)?.strip_prefix(cwd).map(Path::to_owned).ok());
    let by_name = [context.home.clone()].into_iter().chain(steps::no_code(context)).chain([MANIFEST.into()]);
    let by_name = by_name.chain(printed_to());
    let seen = |path: PathBuf| file_name::to_path(&files::recorded_path(&context.cwd, &context.cwd.join(path)));
    let mut paths: Vec<PathBuf> = by_name.map(seen).chain(home).collect();
    // Somebody who works in a home means what lies there.
    paths.retain(|path| !context.cwd.starts_with(context.cwd.join(path)));
    paths
}

/// The files into which this command prints, as in `hven run … > run.log`: each time there is something else in them. On a
/// system without `/proc` they are not known.
fn printed_to() -> impl Iterator<Item = PathBuf> {
    let outputs = ["/proc/self/fd/1", "/proc/self/fd/2"].into_iter();
    outputs.filter_map(|output| fs::read_link(output).ok()).filter(|path| path.is_file())
}

/// So many files of code are sent before the run is submitted.
const CODE_FILES_FIRST_MAX: usize = 32;

/// Code that was taken down so long ago may be another by now.
const CODE_IS_OLD_AFTER: Duration = Duration::from_micros(AT_ONCE_US.unsigned_abs());

/// Says how a followed run ended; answers the exit status.
pub fn ended(end: &End, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let End::Ended { run, remarks } = end {
        if output.owns_stdout() {
            output.reply(run.as_ref())?;
        } else {
            tell_end(run, None, remarks);
        }
    }
    Ok(end.status())
}

/// The one line at the end, on standard error, so that standard output is the script's alone, and what was found of its files,
/// unless the remarks of its log said so.
fn tell_end(run: &RunDetail, instead: Option<&str>, remarks: &BTreeSet<String>) {
    let ink = output::error_ink();
    let line = match instead {
        None => finished_line(run, ink),
        Some(text) => format!("run {}  {}  {text}   {}", run.summary.handle, run.summary.project, run.url),
    };
    output::line_beside(&line);
    for missing in &run.outputs_missing {
        let (path, why) = (file_name::shown(&missing.path), file_name::shown(&missing.why));
        output::line_beside(&ink.dim(&format!("output {path}: {why}")));
    }
    for found in found_otherwise(run).iter().filter(|found| !remarks.contains(&remark(found))) {
        output::line_beside(&ink.dim(found));
    }
}

fn settings(args: &RunArgs, context: &Context) -> anyhow::Result<Settings> {
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join(","));
    Ok(context
        .settings()?
        .with_flag("project", args.project.as_ref())
        .with_flag("defaults.cpus", args.cpus)
        .with_flag("defaults.memory", args.memory.as_ref())
        .with_flag("defaults.time", args.time.as_ref())
        .with_flag("defaults.memory_limit", args.memory_limit.as_ref())
        .with_flag("defaults.output_limit", args.output_limit.as_ref())
        .with_flag("defaults.grace", args.grace.as_ref())
        .with_flag("defaults.retries", args.retries)
        .with_flag("defaults.env_record", list(&args.env_record)))
}

/// What the process gets in its environment.
struct HandedOn {
    environment: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

fn handed_on(names: &[String], context: &Context, output: &mut dyn Output) -> anyhow::Result<HandedOn> {
    let (mut environment, left_out) = hven_capture::environment::of_process();
    hven_capture::environment::enter(&mut environment, &context.cwd);
    if !left_out.is_empty() {
        output.note(&format!("not handed on, because they are not UTF-8: {}", left_out.join(" ")));
    }
    let mut secrets = BTreeMap::new();
    for name in names {
        let value = environment.remove(name).ok_or_else(|| unset(name))?;
        secrets.insert(name.clone(), value);
    }
    environment.insert(env::HVEN_HOME.to_owned(), context.home.to_string_lossy().into_owned());
    Ok(HandedOn { environment, secrets })
}

/// Refuses when one of these secrets is not set.
pub fn require_secrets(names: &[String]) -> Result<(), Failure> {
    let (environment, _) = hven_capture::environment::of_process();
    names.iter().find(|name| !environment.contains_key(*name)).map_or(Ok(()), |name| Err(unset(name)))
}

fn unset(name: &str) -> Failure {
    Failure::new("invalid", format!("the secret {name} is not set in your environment"))
        .hint(format!("set it without writing it into the shell's history: read -rs {name} && export {name}"))
}

/// The mask with which this process makes files. Asked before there are other threads: to read it is to set it.
fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    mask.bits()
}

/// The same was done before, and its outputs are in place: says which run they come from.
fn up_to_date(created: &RunCreated, run: &RunDetail, restored: PutBack, output: &mut dyn Output) -> anyhow::Result<u8> {
    if output.owns_stdout() {
        output.reply(&Submitted(created))?;
        return Ok(exit::OK);
    }
    let because = created.because.as_deref().unwrap_or("the same work was done before");
    let text = format!("up to date: {}{}", file_name::shown(because), restored.said());
    tell_end(run, Some(&text), &BTreeSet::new());
    Ok(exit::OK)
}
