//! The programs that a command starts, as far as its words say: the first word, what stands behind a word like `nice`, what
//! `uv run` and the like start in an environment, and the interpreter that the first line of a script names. What a shell does
//! with its text cannot be seen here.

mod environments;

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use hven_core::file_name;

use super::python;

/// A command, and the environment that it gets.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// Words as [`file_name`] writes them.
    pub argv: &'a [String],
    pub cwd: &'a Path,
    pub environment: &'a BTreeMap<String, String>,
}

impl<'a> Launch<'a> {
    /// The same command with the variables that its words set, when they do.
    pub(super) fn with(self, variables: Option<&'a BTreeMap<String, String>>) -> Self {
        Self { environment: variables.unwrap_or(self.environment), ..self }
    }

    /// The value of a variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Where a program lies, as the shell would find it. A shim of pyenv stands for the program that it starts.
    pub fn which(&self, name: &str) -> Option<PathBuf> {
        let is_program = |path: &PathBuf| path.is_file();
        if name.contains('/') {
            let path = Some(self.cwd.join(file_name::to_path(name))).filter(is_program)?;
            return python::behind_shim(&path, self).or(Some(path));
        }
        let name = file_name::to_path(name);
        let path = self.variable("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin");
        let mut found = path.split(':').map(|folder| self.cwd.join(folder).join(&name)).filter(is_program);
        let first = found.next()?;
        if !python::is_shim(&first) {
            return Some(first);
        }
        // It starts what a version of Python has, or what would be found without it.
        let behind = python::behind_shim(&first, self).or_else(|| found.find(|path| !python::is_shim(path)));
        behind.or(Some(first))
    }

    /// The same for a word of which it is not known whether it names a program.
    fn program(&self, word: &str) -> Option<PathBuf> {
        let path = self.which(word)?;
        let metadata = fs::metadata(&path).ok()?;
        (metadata.permissions().mode() & 0o111 != 0).then_some(path)
    }
}

/// A program as it is named, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) word: String,
    pub(super) path: PathBuf,
}

/// The programs of a command, with the interpreters of its scripts.
pub(super) fn find(launch: &Launch<'_>) -> Vec<Named> {
    let Started { programs: mut found, variables, .. } = started(launch);
    let inner = launch.with(variables.as_ref());
    let of_scripts: Vec<Named> = found.iter().filter_map(|named| interpreter_of(&named.path, &inner)).collect();
    found.extend(of_scripts);
    if let Some(path) = python::interpreter(launch) {
        let word = path.file_name().map(file_name::to_text).unwrap_or_default();
        found.push(Named { word, path });
    }
    found
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

/// The interpreter that the first line of a script names; one that `env` looks for is looked for.
fn interpreter_of(script: &Path, launch: &Launch<'_>) -> Option<Named> {
    let line = first_line(script)?;
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let first = words.next()?;
    if base(first) != "env" {
        return Some(Named { word: first.to_owned(), path: PathBuf::from(first) }).filter(|named| named.path.is_file());
    }
    let word = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    Some(Named { word: word.to_owned(), path: launch.which(word)? })
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

    fn program(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
        fs::write(path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn check(root: &Path, argv: &[&str], wanted: &[(&str, &str)]) {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let environment = BTreeMap::from([("PATH".to_owned(), format!("{}/bin", root.display()))]);
        let launch = Launch { argv: &argv, cwd: &root.join("study"), environment: &environment };
        let mut found = find(&launch);
        found.dedup();
        let wanted: Vec<Named> =
            wanted.iter().map(|(word, path)| Named { word: (*word).to_owned(), path: root.join(path) }).collect();
        assert_eq!(found, wanted, "{argv:?}");
    }

    #[test]
    fn programs_are_found_behind_others_and_in_scripts() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in ["fit", "nice", "env", "timeout", "uv", "poetry", "make", "lua", "perf", "stat", "flock", "xargs"] {
            program(&root.join("bin").join(name), "");
        }
        program(&root.join("bin/script"), &format!("#!{}/bin/lua -x\n", root.display()));
        program(&root.join("study/run.lua"), "#!/usr/bin/env -S lua -x\n");
        program(&root.join("study/.venv/bin/tool"), "");
        fs::write(root.join("study/data"), "").expect("written");
        let lua = root.join("bin/lua").display().to_string();
        check(root, &["fit", "nice"], &[("fit", "bin/fit")]);
        check(root, &["nice", "-n", "5", "fit"], &[("nice", "bin/nice"), ("fit", "bin/fit")]);
        check(
            root,
            &["env", "A=1", "timeout", "10", "fit"],
            &[("env", "bin/env"), ("timeout", "bin/timeout"), ("fit", "bin/fit")],
        );
        check(root, &["perf", "stat", "-e", "cycles", "fit"], &[("perf", "bin/perf"), ("fit", "bin/fit")]);
        check(root, &["flock", "-w", "5", "lock", "fit"], &[("flock", "bin/flock"), ("fit", "bin/fit")]);
        check(root, &["xargs", "-n", "1", "fit"], &[("xargs", "bin/xargs"), ("fit", "bin/fit")]);
        check(root, &["perf"], &[("perf", "bin/perf")]);
        check(root, &["script"], &[("script", "bin/script"), (lua.as_str(), "bin/lua")]);
        check(root, &["./run.lua"], &[("./run.lua", "study/./run.lua"), ("lua", "bin/lua")]);
        check(root, &["nice", "./data"], &[("nice", "bin/nice")]);
        check(root, &["uv", "sync"], &[("uv", "bin/uv")]);
        let in_environment = ("tool", "study/.venv/bin/tool");
        check(root, &["uv", "run", "--quiet", "tool", "fit"], &[in_environment]);
        check(root, &["uv", "-q", "run", "--with", "x", "tool"], &[in_environment]);
        check(root, &["nice", "uv", "run", "tool"], &[("nice", "bin/nice"), in_environment]);
        check(root, &["poetry", "run", "make", "all"], &[("make", "bin/make")]);
        program(&root.join("other/fit"), "");
        let other = format!("PATH={}/other", root.display());
        check(root, &["env", &other, "fit"], &[("env", "bin/env"), ("fit", "other/fit")]);
        check(root, &["env", "-i", &other, "fit"], &[("env", "bin/env"), ("fit", "other/fit")]);
        check(root, &["nowhere"], &[]);
        check(root, &[], &[]);
        fs::remove_dir_all(root.join("study/.venv")).expect("removed");
        check(root, &["uv", "run", "tool"], &[("uv", "bin/uv")]);
    }

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
