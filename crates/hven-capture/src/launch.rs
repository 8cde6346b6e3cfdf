//! A command before its start, and the search for its programs as a shell does it.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use hven_core::file_name;

/// A command, and its environment.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// Words in the encoding of [`file_name`].
    pub argv: &'a [String],
    pub cwd: &'a Path,
    pub environment: &'a BTreeMap<String, String>,
}

impl<'a> Launch<'a> {
    /// The same command with the variables that its words set, if any.
    pub(super) fn with_variables(self, variables: Option<&'a BTreeMap<String, String>>) -> Self {
        Self { environment: variables.unwrap_or(self.environment), ..self }
    }

    /// The value of a variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The path of a program, as the shell would find it. A shim of pyenv is replaced by the program that it starts.
    pub fn which(&self, name: &str) -> Option<PathBuf> {
        let is_program = |path: &PathBuf| path.is_file();
        if name.contains('/') {
            let path = Some(self.cwd.join(file_name::to_path(name))).filter(is_program)?;
            return program_of_shim(&path, self).or(Some(path));
        }
        let name = file_name::to_path(name);
        let path = self.variable("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin");
        let mut found = path.split(':').map(|folder| self.cwd.join(folder).join(&name)).filter(is_program);
        let first = found.next()?;
        if !is_shim(&first) {
            return Some(first);
        }
        // A shim starts the program of the selected Python version, or the next one in `PATH`.
        let behind = program_of_shim(&first, self).or_else(|| found.find(|path| !is_shim(path)));
        behind.or(Some(first))
    }

    /// The same for a word that may not be a program: the file must be executable.
    pub(super) fn program(&self, word: &str) -> Option<PathBuf> {
        let path = self.which(word)?;
        let metadata = fs::metadata(&path).ok()?;
        (metadata.permissions().mode() & 0o111 != 0).then_some(path)
    }
}

/// Whether the path is a shim: one of the small scripts by which pyenv replaces programs.
fn is_shim(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| folder.ends_with("shims"));
    folder.and_then(Path::parent).is_some_and(|root| root.join("versions").is_dir())
}

/// The program that a shim of pyenv would start, in the selected Python version. `None` if that is the system's version, if
/// it has no such program, or if the path is not a shim.
fn program_of_shim(path: &Path, launch: &Launch<'_>) -> Option<PathBuf> {
    let root = path.parent().filter(|_| is_shim(path))?.parent()?;
    let name = path.file_name()?;
    let file = |path: PathBuf| Some(fs::read_to_string(path).ok()?.lines().next()?.trim().to_owned());
    let local = || launch.cwd.ancestors().find_map(|folder| file(folder.join(".python-version")));
    let wanted = launch.variable("PYENV_VERSION").map(str::to_owned).or_else(local);
    let wanted = wanted.or_else(|| file(root.join("version")))?;
    let installed = wanted.split(':').filter_map(|version| installed_version(&root.join("versions"), version));
    installed.map(|version| version.join("bin").join(name)).find(|program| program.exists())
}

/// The folder of a version: `3.11` selects the newest 3.11.x.
fn installed_version(versions: &Path, wanted: &str) -> Option<PathBuf> {
    let exact = versions.join(wanted);
    if exact.is_dir() {
        return Some(exact);
    }
    let beginning = format!("{wanted}.");
    let entries = fs::read_dir(versions).ok()?.flatten().map(|entry| entry.path());
    let fitting =
        entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&beginning)));
    fitting.max_by_key(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>()
    })
}
