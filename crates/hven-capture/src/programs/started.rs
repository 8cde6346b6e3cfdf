//! The programs that the words of a command start, in order.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hven_core::file_name;

use super::{
    environments,
    variables::assigned,
    wrappers::{base, from_program, has_subcommands, is_wrapper},
};
use crate::launch::Launch;

/// A program's name in the command, and its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundProgram {
    pub(crate) word: String,
    pub(crate) path: PathBuf,
}

/// The programs that the words of a command start.
#[derive(Debug, Default)]
pub(crate) struct StartedPrograms {
    /// In the order in which they are started.
    pub(crate) programs: Vec<FoundProgram>,
    /// The environment in which the last program is started. The launcher itself is left out of `programs`, so that a newer
    /// `uv` changes nothing.
    pub(crate) environment: Option<PathBuf>,
    /// The launcher whose environment was not found.
    pub(crate) without_environment: Option<String>,
    /// All variables of the last program, if words of the command set some.
    pub(crate) variables: Option<BTreeMap<String, String>>,
}

/// Finds the programs that the words of a command name.
pub(crate) fn started(launch: &Launch<'_>) -> StartedPrograms {
    let mut started = StartedPrograms::default();
    let mut rest = launch.argv;
    while let Some((word, after)) = rest.split_first() {
        let launch = &launch.with_variables(started.variables.as_ref());
        let in_place = started.programs.is_empty().then(|| launch.which(word)).flatten();
        let Some(path) = in_place.or_else(|| launch.program(word)) else { break };
        let base = base(word);
        let assigned = (base == "env").then(|| assigned(after, launch.environment));
        let after = if has_subcommands(base) { after.get(1..).unwrap_or_default() } else { after };
        let inner = launch.with_variables(assigned.as_ref());
        rest = if is_wrapper(base) { from_program(after, |word| inner.program(word).is_some()) } else { &[] };
        if let Some((options, words)) = environments::split_at_run(base, after) {
            if let Some(environment) = environments::environment_of(base, options, words, &path, launch) {
                started.programs.extend(started_in(&environment, words, launch));
                started.environment = Some(environment);
                break;
            }
            started.without_environment = Some(base.to_owned());
        }
        started.programs.push(FoundProgram { word: word.clone(), path });
        if assigned.is_some() {
            started.variables = assigned;
        }
    }
    started
}

/// The program that is started in an environment: one of the environment, otherwise one from `PATH`.
fn started_in(environment: &Path, words: &[String], launch: &Launch<'_>) -> Option<FoundProgram> {
    let own = |word: &str| {
        let path = environment.join("bin").join(file_name::to_path(word));
        (!word.contains('/') && path.is_file()).then_some(path)
    };
    let first = |find: &dyn Fn(&str) -> Option<PathBuf>| {
        let word = from_program(words, |word| find(word).is_some()).first()?;
        Some(FoundProgram { word: word.clone(), path: find(word)? })
    };
    first(&own).or_else(|| first(&|word: &str| launch.program(word)))
}
