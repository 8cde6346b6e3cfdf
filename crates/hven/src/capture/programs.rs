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

impl Launch<'_> {
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
    let mut found = started(launch).programs;
    let of_scripts: Vec<Named> = found.iter().filter_map(|named| interpreter_of(&named.path, launch)).collect();
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
}

/// The programs that the words of a command name.
pub(super) fn started(launch: &Launch<'_>) -> Started {
    let mut started = Started::default();
    let mut rest = launch.argv;
    while let Some((word, after)) = rest.split_first() {
        let in_place = started.programs.is_empty().then(|| launch.which(word)).flatten();
        let Some(path) = in_place.or_else(|| launch.program(word)) else { break };
        let base = base(word);
        rest = if is_wrapper(base) { behind_options(after, |word| launch.program(word).is_some()) } else { &[] };
        if let Some((options, words)) = environments::behind_run(base, after) {
            if let Some(environment) = environments::of(base, options, words, &path, launch) {
                started.programs.extend(started_in(&environment, words, launch));
                started.environment = Some(environment);
                break;
            }
            started.without_environment = Some(base.to_owned());
        }
        started.programs.push(Named { word: word.clone(), path });
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
    )
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
        for name in ["fit", "nice", "env", "timeout", "uv", "poetry", "make", "lua"] {
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
        check(root, &["script"], &[("script", "bin/script"), (lua.as_str(), "bin/lua")]);
        check(root, &["./run.lua"], &[("./run.lua", "study/./run.lua"), ("lua", "bin/lua")]);
        check(root, &["nice", "./data"], &[("nice", "bin/nice")]);
        check(root, &["uv", "sync"], &[("uv", "bin/uv")]);
        let in_environment = ("tool", "study/.venv/bin/tool");
        check(root, &["uv", "run", "--quiet", "tool", "fit"], &[in_environment]);
        check(root, &["uv", "-q", "run", "--with", "x", "tool"], &[in_environment]);
        check(root, &["nice", "uv", "run", "tool"], &[("nice", "bin/nice"), in_environment]);
        check(root, &["poetry", "run", "make", "all"], &[("make", "bin/make")]);
        check(root, &["nowhere"], &[]);
        check(root, &[], &[]);
        fs::remove_dir_all(root.join("study/.venv")).expect("removed");
        check(root, &["uv", "run", "tool"], &[("uv", "bin/uv")]);
    }
}
