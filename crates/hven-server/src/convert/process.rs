//! Converts the settings of a process, which it has from the caller's shell, and its standard input.

use hven_api::{process as wire, stdin as wire_stdin};
use hven_app::{AppError, AppResult, stdin::PipeProgress};
use hven_core::{
    process::{IoClass, IoPriority, ProcessSettings, ResourceLimit},
    stdin::{Stdin, StdinRead},
};

use super::files::{file, file_in};

pub(crate) fn settings_in(settings: wire::ProcessSettings) -> AppResult<ProcessSettings> {
    let limit = |(name, wire::ResourceLimit { soft, hard })| (name, ResourceLimit { soft, hard });
    Ok(ProcessSettings {
        limits: settings.limits.map(|limits| limits.into_iter().map(limit).collect()),
        nice: settings.nice,
        io: settings.io.as_ref().map(io_in).transpose()?,
        cpus: settings.cpus,
    })
}

const CLASSES: [IoClass; 3] = [IoClass::RealTime, IoClass::BestEffort, IoClass::Idle];

fn io_in(io: &wire::IoPriority) -> AppResult<IoPriority> {
    let class = CLASSES.into_iter().find(|class| class.as_str() == io.class);
    let unknown =
        || AppError::invalid(format!("the I/O class {:?}", io.class), "is not real_time, best_effort or idle");
    Ok(IoPriority { class: class.ok_or_else(unknown)?, level: io.level })
}

pub(crate) fn stdin_in(stdin: wire_stdin::Stdin) -> AppResult<Stdin> {
    Ok(match stdin {
        wire_stdin::Stdin::File { file, from } => Stdin::File { file: file_in(file)?, from },
        wire_stdin::Stdin::Pipe => Stdin::Pipe,
    })
}

pub(crate) fn stdin(stdin: &Stdin) -> wire_stdin::Stdin {
    match stdin {
        Stdin::File { file: on_stdin, from } => wire_stdin::Stdin::File { file: file(on_stdin), from: *from },
        Stdin::Pipe => wire_stdin::Stdin::Pipe,
    }
}

pub(crate) fn read(read: &StdinRead) -> wire_stdin::StdinRead {
    wire_stdin::StdinRead {
        bytes: read.bytes,
        end: read.end.as_str().to_owned(),
        digest: read.digest.map(|digest| digest.to_string()),
        kept: read.kept,
    }
}

pub(crate) fn taken(taken: PipeProgress) -> wire_stdin::StdinTaken {
    wire_stdin::StdinTaken { bytes: taken.bytes, is_over: taken.is_over }
}
