//! The search for the tools of a command. It tracks which paths were examined, and how much may still be read.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use hven_api::{
    runs::CaptureNote,
    tools::{ToolFile, ToolFolder, ToolFolderBy, ToolProgram},
};
use hven_core::{Digest, file_name, limits::PACKAGES_MAX, surroundings::starts_others};

use super::{
    captured::CapturedTools,
    languages,
    modules::{self, FolderKind},
    packages::{self, PackageKind},
};
use crate::{
    Apart, Launch, Limits, READ_BYTES_MAX, all_programs, files, git, is_program, is_skipped, programs, python,
    remembered::Remembered,
};

pub(super) struct ToolSearch<'a> {
    /// The command with the variables that it is given.
    command: &'a Launch<'a>,
    /// The same, with the variables that `env` sets for the started program.
    launch: &'a Launch<'a>,
    declared: &'a [PathBuf],
    apart: &'a Apart,
    limits: Limits,
    remembered: &'a Remembered,
    /// The command's folder, with links resolved.
    cwd: PathBuf,
    found: CapturedTools,
    /// Programs, files and folders that were examined.
    seen: HashSet<PathBuf>,
    /// How many bytes of named files may still be read.
    bytes_left: u64,
    packages_left: usize,
}

/// Files with the requirements of a Julia project.
const JULIA_PROJECT: &[&str] =
    &["Project.toml", "JuliaProject.toml", "Manifest.toml", "JuliaManifest.toml", "LocalPreferences.toml"];

/// Folders whose files have no stored bytes.
const NO_FILES: &[&str] = &["/dev", "/proc", "/sys"];

impl<'a> ToolSearch<'a> {
    /// A search without results. `launch`: the command with the variables that it sets for the started program.
    pub(super) fn new(
        command: &'a Launch<'a>,
        launch: &'a Launch<'a>,
        declared: &'a [PathBuf],
        apart: &'a Apart,
        limits: Limits,
        remembered: &'a Remembered,
    ) -> Self {
        Self {
            command,
            launch,
            declared,
            apart,
            limits,
            remembered,
            cwd: fs::canonicalize(launch.cwd).unwrap_or_else(|_| launch.cwd.to_owned()),
            found: CapturedTools::default(),
            seen: HashSet::new(),
            bytes_left: limits.bytes_max,
            packages_left: PACKAGES_MAX,
        }
    }

    /// Runs all searches.
    pub(super) fn all(mut self) -> CapturedTools {
        self.programs();
        self.variables();
        self.python();
        self.languages();
        self.node();
        self.words();
        self.found
    }
}

impl ToolSearch<'_> {
    /// The recorded form of a path.
    fn shown(&self, path: &Path) -> String {
        files::recorded_path(self.launch.cwd, path)
    }

    fn note_not_seen(&mut self, path: &Path, why: String) {
        let note = CaptureNote::NotSeen { path: self.shown(path), why };
        if !self.found.notes.contains(&note) {
            self.found.notes.push(note);
        }
    }

    /// Whether a path was not examined yet. A path that cannot be resolved does not exist.
    fn is_new(&mut self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| self.seen.insert(real))
    }

    fn programs(&mut self) {
        for programs::FoundProgram { word, path } in all_programs::find(self.command) {
            let Ok(real) = fs::canonicalize(&path) else { continue };
            if !self.seen.insert(real.clone()) {
                continue;
            }
            let Some(digest) = self.bytes_or_change(&real) else { continue };
            let path = files::recorded_path(&self.cwd, &real);
            self.found.tools.programs.push(ToolProgram { word, path, digest: digest.to_string() });
        }
        if let Some(program) = programs::started(self.command).without_environment {
            let path = format!("the environment of `{program} run`");
            self.found.notes.push(CaptureNote::NotSeen { path, why: "it was not found".to_owned() });
        }
    }

    /// The program that has one of these names.
    fn started(&self, is_one: &dyn Fn(&str) -> bool) -> Option<&ToolProgram> {
        let mut all = self.found.tools.programs.iter();
        all.find(|program| is_one(programs::base(&program.word)) || is_one(programs::base(&program.path)))
    }

    /// The digest of a file's bytes or, if it is unreadable, of its size and time of change.
    fn bytes_or_change(&self, path: &Path) -> Option<Digest> {
        self.remembered.file(path).ok().or_else(|| fs::metadata(path).ok().map(|metadata| modules::change(&metadata)))
    }

    fn variables(&mut self) {
        for &(variable, kind) in modules::VARIABLES {
            let Some(value) = self.launch.variable(variable) else { continue };
            for entry in modules::entries(variable, value) {
                // Java: all archives in the folder.
                let (entry, kind) = match entry.strip_suffix("/*") {
                    Some(folder) => (folder, FolderKind::Libraries),
                    None => (entry, kind),
                };
                self.folder_or_file(variable, kind, &self.launch.cwd.join(entry));
            }
        }
        if let Some(prefix) = self.launch.variable("CONDA_PREFIX") {
            self.packages("conda", PackageKind::Conda, &self.launch.cwd.join(prefix).join("conda-meta"));
        }
    }

    /// Examines the file or folder that a variable names, if it exists.
    fn folder_or_file(&mut self, variable: &str, kind: FolderKind, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => self.file(path, &metadata),
            Ok(metadata) if metadata.is_dir() => self.folder(variable, kind, path),
            _ => {}
        }
    }

    fn folder(&mut self, of: &str, kind: FolderKind, path: &Path) {
        match kind {
            FolderKind::Modules if packages::has_python_packages(path) => self.packages(of, PackageKind::Python, path),
            FolderKind::Modules => self.modules(of, path, false),
            FolderKind::RLibrary => self.packages(of, PackageKind::R, path),
            FolderKind::Libraries => self.by_change(of, path, &modules::is_library),
            FolderKind::JuliaProject => {
                for name in JULIA_PROJECT {
                    self.folder_or_file(of, FolderKind::File, &path.join(name));
                }
            }
            FolderKind::File => {}
        }
    }

    /// Whether a folder is already part of the command's code: it is the command's folder, or is in the repository above it.
    fn is_code(&self, real: &Path) -> bool {
        let is_of_repository =
            || git::find(&self.cwd).is_some_and(|root| real.starts_with(&root) && git::has_commit(&root));
        real == self.cwd || (self.cwd.starts_with(real) && is_of_repository())
    }

    /// `is_mixed`: the folder has other files, too, so only modules by name are included.
    fn modules(&mut self, of: &str, path: &Path, is_mixed: bool) {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.is_new(path) || self.is_code(&real) {
            return;
        }
        let is_declared_path = |relative: &Path| {
            self.apart.is_declared(&file_name::to_path(&files::recorded_path(&self.cwd, &real.join(relative))))
        };
        let is_no_module = |relative: &Path| {
            let name = relative.file_name().unwrap_or_default().to_string_lossy();
            // Packages of Node.js contain the packages that they need.
            let is_package = of == "NODE_PATH" && name == "node_modules";
            name.starts_with('.') || (is_skipped(&name) && !is_package) || is_declared_path(relative)
        };
        // In folders that also have inputs, outputs and other code, only modules are included.
        let is_shared = real.starts_with(&self.cwd) || self.cwd.starts_with(&real);
        let is_wanted = |relative: &Path| !(is_shared || is_mixed) || is_program(relative);
        let found = match modules::find(path, self.limits.files_max, &is_no_module, &is_wanted) {
            Ok(found) => found,
            Err(why) => return self.note_not_seen(path, why),
        };
        match modules::digest(path, &found, self.limits, self.remembered) {
            Ok((digest, by)) => {
                if by == ToolFolderBy::Change {
                    self.found.notes.push(CaptureNote::ByChange { path: self.shown(path) });
                }
                self.push(of, path, digest, by);
            }
            Err(error) => self.note_unreadable(path, &error),
        }
    }

    fn note_unreadable(&mut self, path: &Path, error: &io::Error) {
        self.note_not_seen(path, format!("it cannot be read: {error}"));
    }

    /// The files directly in a folder, by their sizes and times of change.
    fn by_change(&mut self, of: &str, path: &Path, is_wanted: &dyn Fn(&Path) -> bool) {
        if !self.is_new(path) {
            return;
        }
        match modules::flat(path, is_wanted) {
            Ok(found) => self.push(of, path, modules::by_change(&found), ToolFolderBy::Change),
            Err(error) => self.note_unreadable(path, &error),
        }
    }

    fn packages(&mut self, of: &str, kind: PackageKind, path: &Path) {
        if !path.is_dir() || !self.is_new(path) {
            return;
        }
        let installed = match packages::read(path, kind, self.remembered) {
            Ok(installed) => installed,
            Err(error) => return self.note_unreadable(path, &error),
        };
        self.push(of, path, installed.digest, ToolFolderBy::Packages);
        // If there are too many packages, only the digest is recorded.
        if let Some(left) = self.packages_left.checked_sub(installed.packages.len())
            && let Some(folder) = self.found.tools.folders.last_mut()
        {
            self.packages_left = left;
            folder.packages = installed.packages;
        }
        for (of, path) in installed.others {
            self.folder_or_file(&of, FolderKind::Modules, &path);
        }
    }

    fn push(&mut self, of: &str, path: &Path, digest: Digest, by: ToolFolderBy) {
        self.found.tools.folders.push(ToolFolder {
            of: of.to_owned(),
            path: self.shown(path),
            digest: digest.to_string(),
            by,
            packages: BTreeMap::new(),
        });
    }

    /// The packages and the standard library of the interpreter, if the command is Python.
    fn python(&mut self) {
        let Some(folders) = python::search_folders(self.command) else { return self.activated() };
        if folders.packages.is_empty() {
            self.note_not_seen(&folders.python, "the folders of its packages were not found".to_owned());
        }
        for folder in &folders.packages {
            self.packages("Python", PackageKind::Python, folder);
        }
        if let Some(library) = folders.library.iter().find(|folder| folder.is_dir()) {
            let is_module = |path: &Path| path.extension().is_some_and(|end| end == "py");
            self.by_change("Python", library, &is_module);
        }
        self.packages("conda", PackageKind::Conda, &folders.prefix.join("conda-meta"));
        // The command's own folder is already part of its code.
        if let Some(folder) = python::script_folder(self.command).filter(|folder| !folder.starts_with(&self.cwd)) {
            self.modules("Python", &folder, true);
        }
    }

    /// The packages of Node.js and similar programs: in the command's folder, and in all folders above it.
    fn node(&mut self) {
        if self.started(&languages::is_node_program).is_none() {
            return;
        }
        let folders: Vec<PathBuf> = self.cwd.ancestors().map(|folder| folder.join("node_modules")).collect();
        for folder in folders {
            self.packages("Node.js", PackageKind::Node, &folder);
        }
    }

    /// The packages of the activated environment, if a program may start its Python.
    fn activated(&mut self) {
        if self.started(&|name| starts_others(name) || languages::starts_python(name)).is_none() {
            return;
        }
        for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
            let Some(environment) = self.launch.variable(variable) else { continue };
            let python = self.launch.cwd.join(environment).join("bin/python");
            for folder in python::search_folders_of(python, self.launch).packages {
                self.packages(variable, PackageKind::Python, &folder);
            }
        }
    }

    /// The packages of R and Julia, if a program is one of them.
    fn languages(&mut self) {
        let home = self.launch.variable("HOME").map(Path::new);
        if let Some(r) = self.started(&|name| matches!(name, "R" | "Rscript")) {
            let program = self.cwd.join(file_name::to_path(&r.path));
            for folder in languages::libraries_of_r(&program, home, &self.cwd) {
                self.packages("R", PackageKind::R, &folder);
            }
        }
        if self.started(&|name| name == "julia").is_some() {
            let depots = self.launch.variable("JULIA_DEPOT_PATH");
            for project in languages::environments_of_julia(depots, home) {
                self.folder("Julia", FolderKind::JuliaProject, &project);
            }
        }
    }

    /// Files that words of the command name, also after a `=`.
    fn words(&mut self) {
        for word in self.launch.argv.iter().skip(1) {
            let value = word.split_once('=').map(|(_, value)| value);
            for name in [Some(word.as_str()), value].into_iter().flatten().filter(|name| !name.is_empty()) {
                let path = self.launch.cwd.join(file_name::to_path(name));
                if let Some(metadata) = fs::metadata(&path).ok().filter(Metadata::is_file) {
                    self.file(&path, &metadata);
                }
            }
        }
        self.found.tools.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    }

    /// A file that is named but not declared.
    fn file(&mut self, path: &Path, metadata: &Metadata) {
        let recorded = self.shown(path);
        let recorded_path = file_name::to_path(&recorded);
        let is_declared = self.declared.iter().any(|declared| recorded_path.starts_with(declared));
        if is_declared || NO_FILES.iter().any(|folder| recorded_path.starts_with(folder)) || !self.is_new(path) {
            return;
        }
        if self.found.tools.files.len() >= self.limits.files_max {
            let why = format!("there are more than {}", self.limits.files_max);
            let note = CaptureNote::NotSeen { path: "the files that the command names".to_owned(), why };
            if !self.found.notes.contains(&note) {
                self.found.notes.push(note);
            }
            return;
        }
        let left = self.bytes_left.checked_sub(metadata.len()).filter(|_| metadata.len() <= READ_BYTES_MAX);
        let digest = match left {
            Some(left) => {
                self.bytes_left = left;
                self.bytes_or_change(path)
            }
            None => Some(modules::change(metadata)),
        };
        let Some(digest) = digest else { return };
        self.found.tools.files.push(ToolFile { path: recorded, digest: digest.to_string() });
    }
}
