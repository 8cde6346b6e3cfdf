//! What a run has around it, beside its command, code and inputs: variables, secrets, programs, module folders, installed
//! packages. All of it may change what comes out, so all of it counts when Hven asks whether the same work was done
//! before.
//!
//! It is recorded as an object of its own that a [`crate::run::Spec`] names by its digest: many runs have the same
//! surroundings. Values of variables and secrets are never in it. Their digests are keyed with the home's own key: they
//! change with the values, and tell nothing of them to anybody who has not that key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::session_variables::{SESSION, fits};

use crate::{Digest, Malformed, limits};

/// The form of the object.
pub const SCHEMA: &str = "hven.surroundings/1";

/// The surroundings of a run. Two runs are the same work only when theirs are the same, down to the last byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// [`SCHEMA`].
    pub schema: String,
    /// A digest of nothing, made with the key with which those of the variables are made. Digests that were made with
    /// another key cannot be compared.
    pub key: Digest,
    /// Each variable that [`counts`], with the keyed digest of its value.
    pub variables: BTreeMap<String, Digest>,
    /// Each secret, with the keyed digest of its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Digest>,
    /// `None` when nobody looked: then the same work cannot be known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Tools>,
}

/// What a command uses beside its code and inputs, as whoever submitted it found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// The programs that the command names, in the order in which they were found.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// Files that words of the command or variables name, and that are neither declared nor programs.
    #[serde(default)]
    pub files: Vec<NamedFile>,
    /// Folders in which programs look for modules, libraries and packages.
    #[serde(default)]
    pub folders: Vec<ToolFolder>,
}

/// A program that is started: by the command, or by the first line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// As it is named: `python3`.
    pub word: String,
    /// Where it lies, with links followed; relative when that is within the run's folder.
    pub path: String,
    pub digest: Digest,
}

/// A file that is named and not declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFile {
    /// As inputs are recorded: relative within the run's folder, else absolute.
    pub path: String,
    /// Of its bytes or, when it is large, of its size and its time of change. It may be a file of keys: what is recorded is
    /// keyed.
    pub digest: Digest,
}

/// A folder in which programs look for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolFolder {
    /// By what it is known: `PYTHONPATH`, or the path of the interpreter whose packages lie in it.
    pub of: String,
    pub path: String,
    pub digest: Digest,
    pub by: By,
    /// The packages that are installed in it, with their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, String>,
}

/// What the digest of a folder is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The paths and the bytes of its files.
    Content,
    /// The paths, sizes and times of change of its files: there is too much to read.
    Change,
    /// What each package says of itself, and the files beside the packages.
    Packages,
}

/// How many programs, files and folders there are at most.
const TOOLS_MAX: usize = limits::FILES_MAX;

impl Tools {
    /// Says why this is nothing that can be recorded.
    pub fn check(&self) -> Result<(), Malformed> {
        limits::count("programs", self.programs.len(), TOOLS_MAX)?;
        limits::count("named files", self.files.len(), TOOLS_MAX)?;
        limits::count("module folders", self.folders.len(), TOOLS_MAX)?;
        for Program { word, path, .. } in &self.programs {
            limits::path("the name of a program", word)?;
            limits::path("the path of a program", path)?;
        }
        self.files.iter().try_for_each(|file| limits::path("a file that the command names", &file.path))?;
        let packages = self.folders.iter().map(|folder| folder.packages.len()).sum();
        limits::count("packages", packages, limits::PACKAGES_MAX)?;
        self.folders.iter().try_for_each(ToolFolder::check)
    }

    /// Whether one of the programs starts others by their names, so that the search path decides what runs.
    pub fn start_others(&self) -> bool {
        self.are_among(STARTS_OTHERS)
    }

    /// Whether a variable that does not count by itself counts because of these programs.
    pub fn make_count(&self, name: &str) -> bool {
        match name {
            SEARCH_PATH => self.start_others(),
            "MAKEFLAGS" | "MFLAGS" => self.are_among(&["make", "gmake"]),
            _ => false,
        }
    }

    /// Whether one of the programs has one of these names.
    fn are_among(&self, names: &[&str]) -> bool {
        let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let mut all = self.programs.iter().flat_map(|program| [base(&program.word), base(&program.path)]);
        all.any(|name| names.contains(&name.as_str()))
    }
}

impl ToolFolder {
    fn check(&self) -> Result<(), Malformed> {
        limits::path("the name of a module folder", &self.of)?;
        limits::path("the path of a module folder", &self.path)?;
        for (name, version) in &self.packages {
            limits::path("the name of a package", name)?;
            limits::path("the version of a package", version)?;
        }
        Ok(())
    }
}

/// The variable in which programs are looked for. It counts by the programs to which it leads the words of the command. If
/// one of these [starts others](Tools::start_others), [what is searched](searched) counts as well.
pub const SEARCH_PATH: &str = "PATH";

/// Variables that do not count by themselves: [`SEARCH_PATH`]; the virtual environment that is activated, which counts by
/// its packages where a command looks for them; what `make` tells the programs that it starts, which counts where one of
/// them is `make`.
const BY_WHAT_IS_FOUND: &[&str] = &[SEARCH_PATH, "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS"];

/// Whether it follows from the programs and folders that are found whether a variable counts.
pub fn follows_from_what_is_found(name: &str) -> bool {
    BY_WHAT_IS_FOUND.contains(&name)
}

/// Where editors lie, which put folders of their own into the search path of their terminals.
const OF_EDITORS: &[&str] = &[
    "/.vscode/",
    "/.vscode-insiders/",
    "/.vscode-oss/",
    "/.vscode-remote/",
    "/.vscode-server/",
    "/.vscode-server-insiders/",
    "/vscode-server/",
    "/.config/Code/",
    "/Application Support/Code/",
    "/.cursor/",
    "/.cursor-server/",
    "/.config/Cursor/",
    "/Application Support/Cursor/",
    "/.windsurf/",
    "/.windsurf-server/",
];

/// What counts of a search path: its folders, each where it stands first, and none of an editor.
pub fn searched(path: &str) -> String {
    let mut folders: Vec<&str> = Vec::new();
    for folder in path.split(':') {
        let trimmed = folder.trim_end_matches('/');
        let folder = if trimmed.is_empty() { folder } else { trimmed };
        if !folders.contains(&folder) && !OF_EDITORS.iter().any(|place| folder.contains(place)) {
            folders.push(folder);
        }
    }
    folders.join(":")
}

/// Variables that say nothing of their own when they say the same as another.
const REPEATING: &[(&str, &str)] = &[("USERNAME", "USER"), ("TEMP", "TMPDIR"), ("ZDOTDIR", "HOME")];

/// Whether one of these variables only repeats another of them, as desktops, editors and shells set it.
pub fn only_repeats(name: &str, variables: &BTreeMap<String, String>) -> bool {
    let other = REPEATING.iter().find(|(repeating, _)| *repeating == name);
    other.is_some_and(|(_, other)| variables.get(name) == variables.get(*other))
}

/// Whether a program of this name starts others by their names.
pub fn starts_others(name: &str) -> bool {
    STARTS_OTHERS.contains(&name)
}

/// Programs that start others by their names: shells, and those that do what a file of rules says.
const STARTS_OTHERS: &[&str] = &[
    "sh",
    "bash",
    "dash",
    "ash",
    "zsh",
    "ksh",
    "mksh",
    "fish",
    "csh",
    "tcsh",
    "busybox",
    "make",
    "gmake",
    "ninja",
    "just",
    "snakemake",
    "nextflow",
    "parallel",
    "xargs",
    "find",
];

/// Whether a variable counts by itself: whether another value makes a run other work. All do but those of [`SESSION`] and
/// those of which [that follows from what is found](follows_from_what_is_found).
///
/// `TZ`, `LANG` and `LC_*` count: they change what is written. `HOME`, `USER` and `LOGNAME` count: programs read their
/// settings below the one, and write the others into what they make. So a colleague with another home folder does other
/// work.
pub fn counts(name: &str) -> bool {
    !follows_from_what_is_found(name) && !SESSION.iter().any(|pattern| fits(name, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_something_of_the_work_counts() {
        for name in ["TZ", "LANG", "LC_ALL", "HOME", "USER", "SEED", "OMP_NUM_THREADS", "PYTHONPATH", "PYTHONHOME"] {
            assert!(counts(name), "{name}");
        }
        for name in ["SLURM_ARRAY_TASK_ID", "SLURM_CPUS_PER_TASK", "CONDA_PREFIX", "XDG_CONFIG_HOME", "TERMS", "PWDX"] {
            assert!(counts(name), "{name}");
        }
        // Somebody's parameters.
        let parameters = ["KDE_BANDWIDTH", "HIST_BINS", "ITERMAX", "ITERMS", "TEMP", "WINDOW", "PROMPT", "JPY_RATE"];
        let more = ["ELECTRON_MASS", "POSITRON_ENERGY", "WT_GENES", "JOB_ID", "HOST", "UV", "CI_LEVEL", "GITHUB_REPO"];
        for name in parameters.into_iter().chain(more).chain(["GIT_DIR", "MAKE_PLOTS", "ACTIONS_MAX", "USERNAME"]) {
            assert!(counts(name), "{name}");
        }
    }

    #[test]
    fn what_says_where_one_sits_does_not() {
        let session = ["TERM", "TERM_PROGRAM", "SHLVL", "_", "PWD", "OLDPWD", "SSH_CONNECTION", "SSH_AUTH_SOCK"];
        let more = ["DISPLAY", "XDG_SESSION_ID", "VSCODE_IPC_HOOK_CLI", "HVEN_HOME", "INVOCATION_ID", "SLURM_JOB_ID"];
        for name in session.into_iter().chain(more).chain(["PATH", "TMPDIR", "PS1", "LC_TERMINAL_VERSION"]) {
            assert!(!counts(name), "{name}");
        }
        let calls = ["VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "GIT_AUTHOR_DATE", "GITHUB_RUN_ID", "CI_JOB_ID"];
        for name in calls.into_iter().chain(["XDG_DATA_DIRS", "SHELL_SESSION_ID", "PYTHONSTARTUP", "NIX_BUILD_TOP"]) {
            assert!(!counts(name), "{name}");
        }
    }

    #[test]
    fn what_repeats_another_variable_says_nothing() {
        let variables = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert!(only_repeats("USERNAME", &variables(&[("USERNAME", "mira"), ("USER", "mira")])));
        assert!(!only_repeats("USERNAME", &variables(&[("USERNAME", "other"), ("USER", "mira")])));
        assert!(!only_repeats("TEMP", &variables(&[("TEMP", "300")])), "a temperature");
        assert!(!only_repeats("SEED", &variables(&[("SEED", "1"), ("USER", "1")])));
    }

    #[test]
    fn of_a_search_path_what_changes_nothing_does_not_count() {
        let check = |path: &str, wanted: &str| assert_eq!(searched(path), wanted, "{path}");
        check("/usr/bin:/bin", "/usr/bin:/bin");
        check("/bin:/usr/bin", "/bin:/usr/bin");
        check("/usr/bin/:/bin:/usr/bin:", "/usr/bin:/bin:");
        check("/:.", "/:.");
        check("/home/m/.vscode-server/cli/servers/x/server/bin/remote-cli:/usr/bin", "/usr/bin");
    }

    #[test]
    fn shells_and_makers_start_others_by_name() {
        let program = |word: &str, path: &str| Program { word: word.into(), path: path.into(), digest: Digest::ZERO };
        let start_others = |word: &str, path: &str| {
            let programs = vec![program("nice", "/usr/bin/nice"), program(word, path)];
            Tools { programs, ..Tools::default() }.start_others()
        };
        assert!(start_others("sh", "/usr/bin/dash") && start_others("/bin/bash", "/usr/bin/bash"));
        assert!(start_others("make", "/usr/bin/make") && start_others("alias", "/bin/zsh"));
        assert!(!start_others("python3", "/usr/bin/python3.11"));
        let make = Tools { programs: vec![program("make", "/usr/bin/make")], ..Tools::default() };
        assert!(make.make_count("PATH") && make.make_count("MAKEFLAGS") && !make.make_count("TERM"));
        let shell = Tools { programs: vec![program("sh", "/usr/bin/dash")], ..Tools::default() };
        assert!(shell.make_count("PATH") && !shell.make_count("MAKEFLAGS"));
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let surroundings = Surroundings {
            schema: SCHEMA.to_owned(),
            key: Digest::ZERO,
            variables: BTreeMap::from([("TZ".to_owned(), Digest::ZERO)]),
            secrets: BTreeMap::new(),
            tools: None,
        };
        let text = serde_json::to_string(&surroundings).expect("JSON");
        let zeros = "0".repeat(64);
        let wanted = format!(r#"{{"schema":"hven.surroundings/1","key":"{zeros}","variables":{{"TZ":"{zeros}"}}}}"#);
        assert_eq!(text, wanted);
        assert_eq!(serde_json::from_str::<Surroundings>(&text).expect("it is read"), surroundings);
    }

    #[test]
    fn too_much_is_refused() {
        let program = |word: &str| Program { word: word.to_owned(), path: "/bin/x".to_owned(), digest: Digest::ZERO };
        let tools = |programs| Tools { programs, ..Tools::default() };
        assert_eq!(tools(vec![program("x")]).check(), Ok(()));
        assert!(tools(vec![program("x\0y")]).check().is_err());
        assert!(tools(vec![program("x"); TOOLS_MAX + 1]).check().is_err());
    }
}
