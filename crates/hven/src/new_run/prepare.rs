//! Records code, inputs and environment of a run, and sends the data that the server needs before the run is submitted.

use std::{
    fs, mem,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use hven_api::{runs::SubmitRun, stdin::Stdin};
use hven_capture::{Apart, CapturedCode, Kept, Launch, files, key_files, remembered::Remembered, seen::SeenReport};
use hven_client::{Client, Failure};
use hven_core::{file_name, manifest::MANIFEST, seen::AT_ONCE_US};
use hven_steps::manifest_file;
use hven_terminal::Output;

use super::{
    background_work::CodeFiles,
    capture_notes::report_and_select,
    own_stdin::{OwnStdin, TaskStdin},
    task_environment::task_environment,
    work::Work,
};
use crate::{context::Context, dataset_tables};

/// A submission, and the files of code and the standard input that are sent after it.
#[derive(Debug)]
pub struct Prepared {
    pub submit: SubmitRun,
    pub code_files: CodeFiles,
    pub own_stdin: OwnStdin,
}

/// Records code, inputs and environment of a run, and sends the data that the server needs before the submission.
pub fn prepare(
    mut work: Work,
    context: &Context,
    client: &Arc<Client>,
    output: &mut dyn Output,
) -> anyhow::Result<Prepared> {
    let caller = work.caller.clone();
    let on_stdin = mem::take(&mut work.stdin);
    let limits = work.capture_limits;
    let outputs: Vec<String> =
        work.outputs.iter().map(|path| files::recorded_path(&context.cwd, &context.cwd.join(path))).collect();
    let read_paths = dataset_tables::inputs(&work.inputs, work.datasets_in.as_deref(), context, client, output)?;
    let read = read_paths.iter().cloned().chain(on_stdin.path());
    let read = read.map(|path| files::recorded_path(&context.cwd, &context.cwd.join(path)));
    let declared: Vec<PathBuf> = outputs.iter().cloned().chain(read).map(|path| file_name::to_path(&path)).collect();
    let apart = Apart {
        declared: declared
            .iter()
            .cloned()
            .chain(mem::take(&mut work.not_code))
            .chain(not_code(context, &caller.prints_to))
            .collect(),
        included: work
            .include_key_files
            .iter()
            .map(|path| key_files::included(&context.cwd, path))
            .collect::<anyhow::Result<_>>()?,
    };

    let task_environment = task_environment(&work.secrets, context, output)?;
    let argv: Vec<String> = work.argv.iter().map(file_name::to_text).collect();
    let launch = Launch { argv: &argv, cwd: &context.cwd, environment: &task_environment.environment };
    let remembered = Remembered::in_home(&context.home);

    // Code, inputs, tools and the search for the server run in parallel: a run starts after the slowest of them.
    let (code, inputs, on_stdin, folders, tools, address) = thread::scope(|scope| {
        let code = scope.spawn(|| {
            let started = Instant::now();
            let code = match work.code.as_slice() {
                [] => Ok(hven_capture::code(&context.cwd, &apart, limits)),
                globs => hven_capture::globbed(&context.cwd, globs, limits),
            };
            code.map(|code| (code, started))
        });
        let folders = scope.spawn(|| hven_capture::empty::note(&context.cwd, &apart.declared, &outputs));
        let tools = scope.spawn(|| hven_capture::tools::capture(&launch, &declared, &apart, limits, &remembered));
        let address = scope.spawn(|| client.address());
        let inputs: anyhow::Result<Vec<_>> =
            read_paths.iter().map(|path| files::input(&context.cwd, path, work.follow_links)).collect();
        let on_stdin = on_stdin.capture(context);
        (code.join(), inputs, on_stdin, folders.join(), tools.join(), address.join())
    });
    let died = |_| Failure::new("internal", "a thread that captured code, tools or folders of the run died");
    let ((code, code_started), inputs, folders) = (code.map_err(died)??, inputs?, folders.map_err(died)?);
    let tools = tools.map_err(died)?;
    address.map_err(died)??;
    let TaskStdin { stdin, kept: kept_stdin, notes: notes_on_stdin, own: mut own_stdin } = on_stdin?;
    // The home exists now.
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
    let SeenReport { mut seen, inputs: inputs_listed, code: code_listed } = SeenReport::of(inputs_seen, code_seen)?;
    documents.extend(inputs_listed);
    kept.extend(kept_stdin);
    capture_notes.extend(notes_on_stdin);
    capture_notes.extend(folders);
    capture_notes.extend(tools.notes);
    let capture_notes = report_and_select(capture_notes, output);
    files::send(client, &documents, &kept)?;
    own_stdin.send(client, stdin.as_ref())?;
    // A few files of code are sent before the submission, so that the record has them from the start. Many files would delay
    // the run.
    let is_sent = code_files.len() <= CODE_FILES_FIRST_MAX && files::send(client, &[], &code_files).is_ok();
    let kept = if is_sent { Vec::new() } else { code_files };
    let mut code_files = CodeFiles { kept, seen: code_listed };
    if code_started.elapsed() > CODE_IS_OLD_AFTER {
        // Reading inputs or sending took long. The user may have changed the code meanwhile.
        seen.code_is_old = true;
        code_files = code_files.with_list_sent(client);
    }

    let mut submit = SubmitRun {
        umask: Some(caller.umask),
        process: Some(caller.process),
        stdin,
        inputs: input_files,
        outputs,
        code,
        tools: Some(tools.tools),
        capture_notes,
        seen: Some(seen),
        ..work.submission(context, task_environment)
    };
    if matches!(submit.stdin, Some(Stdin::Pipe)) && submit.retries > 0 {
        output.note("a run that reads a pipe is not tried again: what came through it is gone");
        submit.retries = 0;
    }
    Ok(Prepared { submit, code_files, own_stdin })
}

/// The submission of a run without what is read for it, for a preview: code, inputs, programs and modules are not recorded, and
/// nothing is sent or written. Refuses what [`prepare`] refuses without reading files: inputs, key files and a standard input that
/// are not there, and secrets that are not set.
pub fn outline(
    mut work: Work,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<SubmitRun> {
    let folder = &context.cwd;
    let paths = dataset_tables::require(&work.inputs, work.datasets_in.as_deref(), context, client)?;
    paths
        .iter()
        .chain(&mem::take(&mut work.stdin).path())
        .try_for_each(|path| files::require(folder, path).map(drop))?;
    work.include_key_files.iter().try_for_each(|path| key_files::included(folder, path).map(drop))?;
    let outputs = work.outputs.iter().map(|path| files::recorded_path(folder, &folder.join(path))).collect();
    let task_environment = task_environment(&work.secrets, context, output)?;
    Ok(SubmitRun { outputs, ..work.submission(context, task_environment) })
}

/// Files and folders of Hven that are not code: the home (even if it is empty), the manifest, the outputs of its steps, and the
/// files to which this command prints. The parts of the manifest that a command uses are recorded with the command.
fn not_code(context: &Context, prints_to: &[String]) -> Vec<PathBuf> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let home = real(&context.cwd).and_then(|cwd| real(&context.home)?.strip_prefix(cwd).map(Path::to_owned).ok());
    let by_name =
        [context.home.clone()].into_iter().chain(manifest_file::not_code(&context.cwd)).chain([MANIFEST.into()]);
    let by_name = by_name.chain(prints_to.iter().map(|path| file_name::to_path(path)));
    let seen = |path: PathBuf| file_name::to_path(&files::recorded_path(&context.cwd, &context.cwd.join(path)));
    let mut paths: Vec<PathBuf> = by_name.map(seen).chain(home).collect();
    // A user whose working folder is inside a home wants the files there to be code.
    paths.retain(|path| !context.cwd.starts_with(context.cwd.join(path)));
    paths
}

/// The maximum number of files of code that are sent before the run is submitted.
const CODE_FILES_FIRST_MAX: usize = 32;

/// Code that was captured longer ago than this may have changed.
const CODE_IS_OLD_AFTER: Duration = Duration::from_micros(AT_ONCE_US.unsigned_abs());
