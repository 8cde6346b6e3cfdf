//! The surroundings of a run, in addition to its command, code and inputs: variables, secrets, programs, module folders,
//! installed packages. All of them may change the result, so all of them count when Hven checks whether the same work was done
//! before.
//!
//! They are recorded as a separate object that a [`crate::run::Spec`] names by its digest: many runs have the same
//! surroundings. Values of variables and secrets are never in it. Their digests are keyed with the home's own key: they change
//! with the values, and reveal nothing about them without that key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::session_variables::{SESSION, fits};

use crate::{Digest, Malformed, limits};

/// The format of the object.
pub const SCHEMA: &str = "hven.surroundings/1";

/// The surroundings of a run. Two runs are the same work only if their surroundings are equal, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// [`SCHEMA`].
    pub schema: String,
    /// The keyed digest of no bytes, with the same key as those of the variables. Digests with different keys cannot be
    /// compared.
    pub key: Digest,
    /// Each variable that [`counts`], with the keyed digest of its value.
    pub variables: BTreeMap<String, Digest>,
    /// Each secret, with the keyed digest of its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Digest>,
    /// `None` when the tools were not captured: then Hven cannot recognise the same work later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Tools>,
}

/// The tools that a command uses in addition to its code and inputs, as the submitting client found them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// The programs that the command names, in the order in which they were found.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// Files that words of the command or variables name, and that are neither declared nor programs.
    #[serde(default)]
    pub files: Vec<NamedFile>,
    /// Folders where programs look for modules, libraries and packages.
    #[serde(default)]
    pub folders: Vec<ToolFolder>,
}

/// A program that is started: by the command, or by the first line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The word that names it: `python3`.
    pub word: String,
    /// Its path, with links resolved; relative when it is in the run's folder.
    pub path: String,
    pub digest: Digest,
}

/// A file that is named and not declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFile {
    /// As inputs are recorded: relative in the run's folder, otherwise absolute.
    pub path: String,
    /// The digest of its bytes or, for a large file, of its size and its time of change. The file may contain keys, so the
    /// recorded digest is keyed.
    pub digest: Digest,
}

/// A folder where programs look for modules, libraries or packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolFolder {
    /// Its source: `PYTHONPATH`, or the path of the interpreter whose packages it contains.
    pub of: String,
    pub path: String,
    pub digest: Digest,
    pub by: By,
    /// The packages that are installed in it, with their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, String>,
}

/// The content of a folder that its digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The paths and the bytes of its files.
    Content,
    /// The paths, sizes and times of change of its files, because there is too much to read.
    Change,
    /// The metadata of each package, and the files next to the packages.
    Packages,
}

/// The largest number of programs, files and folders.
const TOOLS_MAX: usize = limits::FILES_MAX;

impl Tools {
    /// Checks that the tools can be recorded.
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

    /// Whether one of the programs starts other programs by their names, so that the search path decides which programs run.
    pub fn start_others(&self) -> bool {
        self.are_among(STARTS_OTHERS)
    }

    /// Whether these programs make a variable count that does not count by itself.
    pub fn require_variable(&self, name: &str) -> bool {
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

/// The variable with the search path of programs. It counts through the programs that it finds for the words of the command. If
/// one of these [starts other programs](Tools::start_others), the [normalised search path](normalised_search_path) counts as well.
pub const SEARCH_PATH: &str = "PATH";

/// Variables that do not count by themselves: [`SEARCH_PATH`]; the activated virtual environment, which counts through its
/// packages where a command looks for them; the variables that `make` sets for the programs that it starts, which count when
/// one of the programs is `make`.
const DEPEND_ON_TOOLS: &[&str] = &[SEARCH_PATH, "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS"];

/// Whether the found programs and folders decide if a variable counts.
pub fn depends_on_tools(name: &str) -> bool {
    DEPEND_ON_TOOLS.contains(&name)
}

/// Paths of editors, which add their own folders to the search path of their terminals.
const EDITOR_PATHS: &[&str] = &[
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

/// The part of a search path that counts: each folder once, at its first position, without folders of editors.
pub fn normalised_search_path(path: &str) -> String {
    let mut folders: Vec<&str> = Vec::new();
    for folder in path.split(':') {
        let trimmed = folder.trim_end_matches('/');
        let folder = if trimmed.is_empty() { folder } else { trimmed };
        if !folders.contains(&folder) && !EDITOR_PATHS.iter().any(|place| folder.contains(place)) {
            folders.push(folder);
        }
    }
    folders.join(":")
}

/// Variables that add no information if they have the same value as another variable.
const REPEATING: &[(&str, &str)] = &[("USERNAME", "USER"), ("TEMP", "TMPDIR"), ("ZDOTDIR", "HOME")];

/// Whether one of these variables only repeats another one, as desktops, editors and shells set it.
pub fn only_repeats(name: &str, variables: &BTreeMap<String, String>) -> bool {
    let other = REPEATING.iter().find(|(repeating, _)| *repeating == name);
    other.is_some_and(|(_, other)| variables.get(name) == variables.get(*other))
}

/// Whether a program of this name starts other programs by their names.
pub fn starts_others(name: &str) -> bool {
    STARTS_OTHERS.contains(&name)
}

/// Programs that start other programs by their names: shells, and programs that execute rules from a file.
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

/// Whether a variable counts by itself: whether another value makes the run different work. All variables count except those of
/// [`SESSION`] and those [that depend on the found tools](depends_on_tools).
///
/// `TZ`, `LANG` and `LC_*` count: they change written results. `HOME`, `USER` and `LOGNAME` count: programs read their settings
/// from the home folder, and write the user name into results. So the runs of a colleague with another home folder are
/// different work.
pub fn counts(name: &str) -> bool {
    !depends_on_tools(name) && !SESSION.iter().any(|pattern| fits(name, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_affect_the_work_count() {
        for name in ["TZ", "LANG", "LC_ALL", "HOME", "USER", "SEED", "OMP_NUM_THREADS", "PYTHONPATH", "PYTHONHOME"] {
            assert!(counts(name), "{name}");
        }
        for name in ["SLURM_ARRAY_TASK_ID", "SLURM_CPUS_PER_TASK", "CONDA_PREFIX", "XDG_CONFIG_HOME", "TERMS", "PWDX"] {
            assert!(counts(name), "{name}");
        }
        // Possible parameters of a person's work.
        let parameters = ["KDE_BANDWIDTH", "HIST_BINS", "ITERMAX", "ITERMS", "TEMP", "WINDOW", "PROMPT", "JPY_RATE"];
        let more = ["ELECTRON_MASS", "POSITRON_ENERGY", "WT_GENES", "JOB_ID", "HOST", "UV", "CI_LEVEL", "GITHUB_REPO"];
        for name in parameters.into_iter().chain(more).chain(["GIT_DIR", "MAKE_PLOTS", "ACTIONS_MAX", "USERNAME"]) {
            assert!(counts(name), "{name}");
        }
    }

    #[test]
    fn variables_of_the_session_do_not_count() {
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
    fn a_variable_that_repeats_another_adds_nothing() {
        let variables = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert!(only_repeats("USERNAME", &variables(&[("USERNAME", "mira"), ("USER", "mira")])));
        assert!(!only_repeats("USERNAME", &variables(&[("USERNAME", "other"), ("USER", "mira")])));
        assert!(!only_repeats("TEMP", &variables(&[("TEMP", "300")])), "a temperature");
        assert!(!only_repeats("SEED", &variables(&[("SEED", "1"), ("USER", "1")])));
    }

    #[test]
    fn a_search_path_is_normalised() {
        let check = |path: &str, wanted: &str| assert_eq!(normalised_search_path(path), wanted, "{path}");
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
        assert!(make.require_variable("PATH") && make.require_variable("MAKEFLAGS") && !make.require_variable("TERM"));
        let shell = Tools { programs: vec![program("sh", "/usr/bin/dash")], ..Tools::default() };
        assert!(shell.require_variable("PATH") && !shell.require_variable("MAKEFLAGS"));
    }

    #[test]
    fn empty_fields_are_not_written() {
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
    fn too_many_tools_are_refused() {
        let program = |word: &str| Program { word: word.to_owned(), path: "/bin/x".to_owned(), digest: Digest::ZERO };
        let tools = |programs| Tools { programs, ..Tools::default() };
        assert_eq!(tools(vec![program("x")]).check(), Ok(()));
        assert!(tools(vec![program("x\0y")]).check().is_err());
        assert!(tools(vec![program("x"); TOOLS_MAX + 1]).check().is_err());
    }
}
