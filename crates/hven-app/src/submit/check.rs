//! What a submission may be: everything in it has its bounds, and a process can be given it.

use hven_core::{
    limits,
    object::FileKind,
    params,
    process::ProcessSettings,
    run::{Code, Place},
    seen::Seen,
    stdin::Stdin,
    surroundings::Tools,
};

use super::Submit;
use crate::{AppError, AppResult, recipes};

/// A secret shorter than this would mask half the log.
const SECRET_BYTES_MIN: usize = 4;

pub(super) fn check(submit: &Submit) -> AppResult<()> {
    let spec = &submit.spec;
    let invalid = |what: &str, why: &str| Err(AppError::invalid(what, why));
    if spec.recipe.is_none() && spec.argv.first().is_none_or(String::is_empty) {
        return invalid("the command", "is empty");
    }
    // As a process is given it, each word with its end: many empty words are many bytes, too.
    limits::bytes("the command", spec.argv.iter().map(|word| word.len() + 1).sum(), limits::COMMAND_BYTES_MAX)?;
    match spec.place {
        Place::Here if !spec.cwd.starts_with('/') => {
            return invalid("the working directory", "is not an absolute path");
        }
        Place::Here => {}
        Place::Fresh => recipes::check_fresh(submit)?,
    }
    if let Some(name) = &submit.name {
        limits::line("the name", name, limits::NAME_BYTES_MAX)?;
    }
    limits::count("inputs", spec.inputs.len(), limits::FILES_MAX)?;
    limits::count("outputs", spec.outputs.len(), limits::FILES_MAX)?;
    spec.inputs.iter().try_for_each(|input| input.check("an input"))?;
    limits::whole("retries", spec.retries_max.into(), limits::RETRIES_MAX.into())?;
    spec.process.iter().try_for_each(ProcessSettings::check)?;
    stdin(submit)?;
    amounts(submit)?;
    notes(submit)?;
    submit.tools.iter().try_for_each(Tools::check)?;
    submit.seen.iter().try_for_each(Seen::check)?;
    submit.tolerances.check().map_err(|why| AppError::invalid("a tolerance", why))?;
    texts(submit)?;
    limits::count("tags", submit.tags.len(), limits::TAGS_MAX)?;
    limits::count("parameters", submit.params.len(), limits::PARAMS_MAX)?;
    Ok(params::check(&submit.params)?)
}

fn stdin(submit: &Submit) -> AppResult<()> {
    let Some(stdin) = &submit.spec.stdin else { return Ok(()) };
    stdin.check()?;
    match stdin {
        Stdin::File { file, .. } if file.kind == FileKind::Folder => {
            Err(AppError::invalid("what is on standard input", "is a folder"))
        }
        Stdin::Pipe if submit.spec.retries_max > 0 => Err(AppError::invalid(
            "a run that reads a pipe",
            "cannot be tried again, because what came through is gone: hand on a file, or ask for no retries",
        )),
        Stdin::File { .. } | Stdin::Pipe => Ok(()),
    }
}

/// Resources and limits.
fn amounts(submit: &Submit) -> AppResult<()> {
    let resources = &submit.spec.resources;
    if resources.cpus == 0 {
        return Err(AppError::invalid("cpus", "is 0: a process needs at least one core"));
    }
    limits::whole("cpus", resources.cpus.into(), limits::CPUS_MAX.into())?;
    limits::whole("the memory", resources.memory_bytes, limits::WHOLE_MAX)?;
    limits::count("named resources", resources.named.len(), limits::RESOURCES_MAX)?;
    for (name, amount) in &resources.named {
        let itself = match name.as_str() {
            "cpus" | "cpu" | "cores" => Some("cpus"),
            "memory" | "mem" => Some("memory"),
            _ => None,
        };
        if let Some(itself) = itself {
            return Err(AppError::invalid(
                format!("the named resource {name}"),
                format!("is on no machine: `{itself}` itself says how much is reserved"),
            ));
        }
        limits::line("the name of a resource", name, limits::NAME_BYTES_MAX)?;
        limits::whole(&format!("the resource {name}"), *amount, limits::WHOLE_MAX)?;
    }
    let bounds = &submit.spec.limits;
    if let Some(wall_s) = bounds.wall_s {
        limits::seconds("the time limit", wall_s)?;
        if wall_s == 0.0 {
            return Err(AppError::invalid("the time limit", "is 0: nothing ends so soon"));
        }
    }
    limits::seconds("the grace between TERM and KILL", bounds.grace_s)?;
    for (what, bytes) in [("the memory limit", bounds.memory_bytes), ("the limit of outputs", bounds.output_bytes)] {
        limits::whole(what, bytes.unwrap_or_default(), limits::WHOLE_MAX)?;
    }
    Ok(())
}

fn texts(submit: &Submit) -> AppResult<()> {
    let spec = &submit.spec;
    let mut environment_bytes = 0;
    for (name, value) in submit.environment.iter().chain(&submit.secrets) {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(AppError::invalid(
                format!("the environment variable {name:?}"),
                "cannot be given to a process",
            ));
        }
        environment_bytes += name.len() + value.len();
    }
    limits::bytes("the environment", environment_bytes, limits::ENVIRONMENT_BYTES_MAX)?;
    limits::count("recorded variables", submit.record_environment.len(), limits::VARIABLES_MAX)?;
    for text in &spec.argv {
        if text.contains('\0') {
            return Err(AppError::invalid(format!("{text:?}"), "has a NUL byte, which no process can be given"));
        }
    }
    spec.outputs.iter().try_for_each(|output| limits::path("an output", output))?;
    limits::path("the working directory", &spec.cwd)?;
    for (name, value) in &submit.secrets {
        if value.len() < SECRET_BYTES_MIN {
            return Err(AppError::invalid(
                format!("the secret {name}"),
                "is shorter than 4 bytes, so it could not be masked in the log without masking much else",
            ));
        }
    }
    Ok(spec.code.iter().try_for_each(Code::check)?)
}

/// What the capture left out or took otherwise.
fn notes(submit: &Submit) -> AppResult<()> {
    limits::count("notes of the capture", submit.capture_notes.len(), limits::NOTES_MAX)?;
    submit.capture_notes.iter().try_for_each(|note| {
        limits::path("the path in a note of the capture", note.path())?;
        note.said()
            .map_or(Ok(()), |said| Ok(limits::bytes("a note of the capture", said.len(), 3 * limits::PATH_BYTES_MAX)?))
    })
}
