//! What the words of a command start, in the order in which it is started.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hven_core::file_name;

use super::{
    environments,
    variables::assigned,
    wrappers::{base, behind_options, has_commands, is_wrapper},
};
use crate::launch::Launch;

/// A program as it is named, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) word: String,
    pub(crate) path: PathBuf,
}

/// What the words of a command start.
#[derive(Debug, Default)]
pub(crate) struct Started {
    /// In the order in which they are started.
    pub(crate) programs: Vec<Named>,
    /// The environment in which the last of them is started, by a program that does nothing else: that one counts by what it
    /// starts, so that a newer `uv` changes nothing.
    pub(crate) environment: Option<PathBuf>,
    /// The program whose environment was not found.
    pub(crate) without_environment: Option<String>,
    /// All variables of the last of them, when words of the command set some.
    pub(crate) variables: Option<BTreeMap<String, String>>,
}

/// The programs that the words of a command name.
pub(crate) fn started(launch: &Launch<'_>) -> Started {
    let mut started = Started::default();
    let mut rest = launch.argv;
    while let Some((word, after)) = rest.split_first() {
        let launch = &launch.with(started.variables.as_ref());
        let in_place = started.programs.is_empty().then(|| launch.which(word)).flatten();
        let Some(path) = in_place.or_else(|| launch.program(word)) else { break };
        let base = base(word);
        let assigned = (base == "env").then(|| assigned(after, launch.environment));
        let after = if has_commands(base) { after.get(1..).unwrap_or_default() } else { after };
        let inner = launch.with(assigned.as_ref());
        rest = if is_wrapper(base) { behind_options(after, |word| inner.program(word).is_some()) } else { &[] };
        if let Some((options, words)) = environments::behind_run(base, after) {
            if let Some(environment) = environments::of(base, options, words, &path, launch) {
                started.programs.extend(started_in(&environment, words, launch));
                started.environment = Some(environment);
                break;
            }
            started.without_environment = Some(base.to_owned());
        }
        started.programs.push(Named { word: word.clone(), path });
        if assigned.is_some() {
            started.variables = assigned;
        }
    }
    started
}

/// The program that is started in an environment: one of its own, else one that is found as always.
fn started_in(environment: &Path, words: &[String], launch: &Launch<'_>) -> Option<Named> {
    let own = |word: &str| {
        let path = environment.join("bin").join(file_name::to_path(word));
        (!word.contains('/') && path.is_file()).then_some(path)
    };
    let first = |find: &dyn Fn(&str) -> Option<PathBuf>| {
        let word = behind_options(words, |word| find(word).is_some()).first()?;
        Some(Named { word: word.clone(), path: find(word)? })
    };
    first(&own).or_else(|| first(&|word: &str| launch.program(word)))
}
