//! The programs that a command starts, as far as its words say: the first word, what stands behind a word like `nice`, what
//! `uv run` and the like start in an environment, and the interpreter that the first line of a script names. What a shell does
//! with its text cannot be seen here.

mod environments;

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use hven_core::file_name;

use super::launch::Launch;

/// A program as it is named, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) word: String,
    pub(super) path: PathBuf,
}

/// What the words of a command start.
#[derive(Debug, Default)]
pub(super) struct Started {
    /// In the order in which they are started.
    pub(super) programs: Vec<Named>,
    /// The environment in which the last of them is started, by a program that does nothing else: that one counts by what it
    /// starts, so that a newer `uv` changes nothing.
    pub(super) environment: Option<PathBuf>,
    /// The program whose environment was not found.
    pub(super) without_environment: Option<String>,
    /// All variables of the last of them, when words of the command set some.
    pub(super) variables: Option<BTreeMap<String, String>>,
}

/// The programs that the words of a command name.
pub(super) fn started(launch: &Launch<'_>) -> Started {
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

/// The variables that a command gets from `env`. `words`: what stands behind that.
fn assigned(words: &[String], environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut variables = environment.clone();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let unset = word.strip_prefix("--unset=").or_else(|| word.strip_prefix("-u").filter(|name| !name.is_empty()));
        match (word.as_str(), unset, word.split_once('=')) {
            ("-i" | "-" | "--ignore-environment", ..) => variables.clear(),
            ("-u" | "--unset", ..) => drop(words.next().and_then(|name| variables.remove(name))),
            ("-C" | "--chdir", ..) => {
                words.next();
            }
            (_, Some(name), _) => drop(variables.remove(name)),
            (option, ..) if option.starts_with('-') => {}
            (.., Some((name, value))) => drop(variables.insert(name.to_owned(), value.to_owned())),
            _ => break,
        }
    }
    variables
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

/// The words from the first on that is one; options, values of variables and numbers stand before it.
fn behind_options(words: &[String], is_one: impl Fn(&str) -> bool) -> &[String] {
    let first = words.iter().position(|word| !word.starts_with('-') && !word.contains('=') && is_one(word));
    first.map_or(&[], |first| &words[first..])
}

pub(super) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Whether a program starts the one that its words name.
fn is_wrapper(base: &str) -> bool {
    matches!(
        base,
        "env"
            | "time"
            | "nice"
            | "nohup"
            | "timeout"
            | "taskset"
            | "numactl"
            | "stdbuf"
            | "unbuffer"
            | "setsid"
            | "ionice"
            | "chrt"
            | "prlimit"
            | "setarch"
            | "caffeinate"
            | "xvfb-run"
            | "catchsegv"
            | "strace"
            | "valgrind"
            | "mpirun"
            | "mpiexec"
            | "srun"
            | "aprun"
            | "ibrun"
            | "jsrun"
            | "xargs"
            | "parallel"
            | "flock"
            | "perf"
            | "gdb"
            | "hyperfine"
            | "nsys"
            | "systemd-run"
            | "runuser"
            | "unshare"
    )
}

/// Whether the first word behind a program says what it does: `perf stat` starts no `stat`.
fn has_commands(base: &str) -> bool {
    matches!(base, "perf" | "nsys")
}

pub(super) fn first_line(path: &Path) -> Option<String> {
    let mut head = [0; 256];
    let n = fs::File::open(path).ok()?.read(&mut head).ok()?;
    let text = String::from_utf8_lossy(&head[..n]).into_owned();
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_env_are_those_of_the_command() {
        let check = |words: &str, wanted: &[(&str, &str)]| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            let variables = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
            };
            let before = variables(&[("A", "1"), ("B", "2")]);
            assert_eq!(assigned(&words, &before), variables(wanted), "{words:?}");
        };
        check("fit A=3", &[("A", "1"), ("B", "2")]);
        check("A=3 C=x=y fit", &[("A", "3"), ("B", "2"), ("C", "x=y")]);
        check("-i C=4 fit", &[("C", "4")]);
        check("-u A -uB C=4 fit", &[("C", "4")]);
        check("-C study --unset=A -v fit", &[("B", "2")]);
    }
}
