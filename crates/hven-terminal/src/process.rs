//! The settings that a process has from the caller's shell, and its standard input, in one line each.

use std::borrow::Cow;

use hven_api::{
    process::{IoPriority, ProcessSettings},
    runs::RunDetail,
    stdin::{Stdin, StdinRead},
};
use hven_core::{
    file_name,
    process::{IoClass, ProcessSettings as Known, ResourceLimit as KnownLimit},
    stdin::NO_PATH,
};

use crate::formats;

/// The settings that differ from the usual ones; `None` when there are none.
pub(super) fn unusual(settings: &ProcessSettings) -> Option<String> {
    let nice = (settings.nice != 0).then(|| format!("niceness {}", settings.nice));
    let io = settings.io.as_ref().map(|io| format!("I/O class {}", io_words(io)));
    let cpus = settings.cpus.as_ref().map(|cpus| format!("processors {cpus}"));
    let limits = settings.limits.as_ref().map(|limits| {
        limits.iter().map(|(name, limit)| (name.clone(), KnownLimit { soft: limit.soft, hard: limit.hard })).collect()
    });
    let known = Known { limits, ..Known::default() };
    let limits = known.unusual_limits().map(|(known, soft)| format!("{} {}", known.of, known.counted.shown(soft)));
    let parts: Vec<String> = [nice, io, cpus].into_iter().flatten().chain(limits).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The I/O class with the name that `ionice` uses.
fn io_words(io: &IoPriority) -> String {
    match io.class.as_str() {
        "real_time" => format!("{} {}", IoClass::RealTime.name(), io.level),
        "best_effort" => format!("{} {}", IoClass::BestEffort.name(), io.level),
        "idle" => IoClass::Idle.name().to_owned(),
        other => other.to_owned(),
    }
}

/// The standard input of a run, and how it ended; `None` without standard input.
pub(super) fn stdin(run: &RunDetail) -> Option<String> {
    let read = run.stdin_read.as_ref();
    Some(match run.spec.as_ref()?.stdin.as_ref()? {
        Stdin::File { file, from } => {
            let name = match file.path.as_str() {
                NO_PATH => Cow::Borrowed("a file without a name"),
                path => file_name::shown(path),
            };
            let from = if *from == 0 { String::new() } else { format!(" from byte {from}") };
            let part = read.map(|read| read.bytes).filter(|bytes| *bytes < file.size);
            let part = part.map_or_else(String::new, |bytes| format!(", left after {}", formats::bytes(bytes)));
            format!("{name}{from}{part}")
        }
        Stdin::Pipe => read.map_or_else(|| "a pipe".to_owned(), came),
    })
}

/// The bytes that came through a pipe, and how it ended.
fn came(read: &StdinRead) -> String {
    let end = match read.end.as_str() {
        "unread" => ", not read to its end",
        "cut_off" => ", cut off: the sender disconnected",
        _ => "",
    };
    let kept = if read.kept || read.bytes == 0 { "" } else { "; it was not kept" };
    format!("{} through a pipe{end}{kept}", formats::bytes(read.bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hven_api::process::ResourceLimit;

    use super::*;

    #[test]
    fn settings_of_the_shell_are_shown_in_words() {
        assert_eq!(unusual(&ProcessSettings::default()), None);
        let limit = |soft| ResourceLimit { soft, hard: None };
        let settings = ProcessSettings {
            limits: Some(BTreeMap::from([
                ("nofile".to_owned(), limit(Some(321))),
                ("stack".to_owned(), limit(Some(4096 * 1024))),
                ("core".to_owned(), limit(Some(0))),
                ("fsize".to_owned(), limit(Some(1000))),
                ("cpu".to_owned(), limit(Some(60))),
            ])),
            nice: 7,
            io: Some(IoPriority { class: "best_effort".to_owned(), level: 6 }),
            cpus: Some("0-3,8".to_owned()),
        };
        let said = "niceness 7, I/O class best-effort 6, processors 0-3,8, CPU time 60 s, size of a file 1000 B, \
                    open files 321, stack 4 MiB";
        assert_eq!(unusual(&settings).as_deref(), Some(said));
        let no_limits = ProcessSettings { limits: Some(BTreeMap::new()), ..ProcessSettings::default() };
        assert_eq!(unusual(&no_limits).as_deref(), Some("stack unlimited"));
    }

    #[test]
    fn the_input_of_a_pipe_is_one_line() {
        let read = |bytes, end: &str, kept| StdinRead { bytes, end: end.to_owned(), digest: None, kept };
        assert_eq!(came(&read(12, "whole", true)), "12 B through a pipe");
        assert_eq!(came(&read(0, "unread", false)), "0 B through a pipe, not read to its end");
        assert_eq!(
            came(&read(3_000_000, "cut_off", false)),
            "3.0 MB through a pipe, cut off: the sender disconnected; it was not kept"
        );
    }
}
