//! The search for what a command uses: it knows what was seen before, and how much may still be read.

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
    modules::{self, Kind},
    packages::{self, Of},
};
use crate::{
    Apart, Launch, Limits, READ_BYTES_MAX, all_programs, files, git, is_program, is_skipped, programs, python,
    remembered::Remembered,
};

pub(super) struct Search<'a> {
    /// The command with the variables that it is given.
    command: &'a Launch<'a>,
    /// The same with those that `env` sets for what it starts.
    launch: &'a Launch<'a>,
    declared: &'a [PathBuf],
    apart: &'a Apart,
    limits: Limits,
    remembered: &'a Remembered,
    /// The command's folder, links followed.
    cwd: PathBuf,
    found: CapturedTools,
    /// Programs, files and folders that were looked at.
    seen: HashSet<PathBuf>,
    /// How much of named files is still read.
    bytes_left: u64,
    packages_left: usize,
}

/// Files of a project of Julia that say what it needs.
const JULIA_PROJECT: &[&str] =
    &["Project.toml", "JuliaProject.toml", "Manifest.toml", "JuliaManifest.toml", "LocalPreferences.toml"];

/// What lies here has no bytes of its own.
const NO_FILES: &[&str] = &["/dev", "/proc", "/sys"];

impl<'a> Search<'a> {
    /// Nothing was found yet. `launch`: the command with the variables that it gives to what it starts.
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

    /// Looks for everything.
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

impl Search<'_> {
    /// How a place is recorded.
    fn shown(&self, path: &Path) -> String {
        files::recorded_path(self.launch.cwd, path)
    }

    fn note_not_seen(&mut self, path: &Path, why: String) {
        let note = CaptureNote::NotSeen { path: self.shown(path), why };
        if !self.found.notes.contains(&note) {
            self.found.notes.push(note);
        }
    }

    /// Whether a place was not looked at yet; what cannot be resolved is not there.
    fn is_new(&mut self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| self.seen.insert(real))
    }

    fn programs(&mut self) {
        for programs::Named { word, path } in all_programs::find(self.command) {
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

    /// The digest of a file's bytes or, when they may not be read, of its size and its time of change.
    fn bytes_or_change(&self, path: &Path) -> Option<Digest> {
        self.remembered.file(path).ok().or_else(|| fs::metadata(path).ok().map(|metadata| modules::change(&metadata)))
    }

    fn variables(&mut self) {
        for &(variable, kind) in modules::VARIABLES {
            let Some(value) = self.launch.variable(variable) else { continue };
            for entry in modules::entries(variable, value) {
                // Java: all archives in the folder.
                let (entry, kind) = match entry.strip_suffix("/*") {
                    Some(folder) => (folder, Kind::Libraries),
                    None => (entry, kind),
                };
                self.place(variable, kind, &self.launch.cwd.join(entry));
            }
        }
        if let Some(prefix) = self.launch.variable("CONDA_PREFIX") {
            self.packages("conda", Of::Conda, &self.launch.cwd.join(prefix).join("conda-meta"));
        }
    }

    /// What a variable names, if it is there.
    fn place(&mut self, variable: &str, kind: Kind, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => self.file(path, &metadata),
            Ok(metadata) if metadata.is_dir() => self.folder(variable, kind, path),
            _ => {}
        }
    }

    fn folder(&mut self, of: &str, kind: Kind, path: &Path) {
        match kind {
            Kind::Modules if packages::is_of_python(path) => self.packages(of, Of::Python, path),
            Kind::Modules => self.modules(of, path, false),
            Kind::RLibrary => self.packages(of, Of::R, path),
            Kind::Libraries => self.by_change(of, path, &modules::is_library),
            Kind::JuliaProject => {
                for name in JULIA_PROJECT {
                    self.place(of, Kind::File, &path.join(name));
                }
            }
            Kind::File => {}
        }
    }

    /// Whether what lies there is looked at as the command's code: it is the command's folder, or of the repository above it.
    fn is_code(&self, real: &Path) -> bool {
        let is_of_repository =
            || git::find(&self.cwd).is_some_and(|root| real.starts_with(&root) && git::has_commit(&root));
        real == self.cwd || (self.cwd.starts_with(real) && is_of_repository())
    }

    /// `is_mixed`: other files lie there, too, so that only those count that are modules by their names.
    fn modules(&mut self, of: &str, path: &Path, is_mixed: bool) {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.is_new(path) || self.is_code(&real) {
            return;
        }
        let is_apart = |relative: &Path| {
            self.apart.is_declared(&file_name::to_path(&files::recorded_path(&self.cwd, &real.join(relative))))
        };
        let is_no_module = |relative: &Path| {
            let name = relative.file_name().unwrap_or_default().to_string_lossy();
            // Packages of Node.js hold those that they need.
            let is_package = of == "NODE_PATH" && name == "node_modules";
            name.starts_with('.') || (is_skipped(&name) && !is_package) || is_apart(relative)
        };
        // Where inputs, outputs and other code lie, too, only modules count.
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

    /// The files of a folder that lie in itself, by their sizes and times of change.
    fn by_change(&mut self, of: &str, path: &Path, is_wanted: &dyn Fn(&Path) -> bool) {
        if !self.is_new(path) {
            return;
        }
        match modules::flat(path, is_wanted) {
            Ok(found) => self.push(of, path, modules::by_change(&found), ToolFolderBy::Change),
            Err(error) => self.note_unreadable(path, &error),
        }
    }

    fn packages(&mut self, of: &str, kind: Of, path: &Path) {
        if !path.is_dir() || !self.is_new(path) {
            return;
        }
        let installed = match packages::read(path, kind, self.remembered) {
            Ok(installed) => installed,
            Err(error) => return self.note_unreadable(path, &error),
        };
        self.push(of, path, installed.digest, ToolFolderBy::Packages);
        // Of very many the digest alone counts.
        if let Some(left) = self.packages_left.checked_sub(installed.packages.len())
            && let Some(folder) = self.found.tools.folders.last_mut()
        {
            self.packages_left = left;
            folder.packages = installed.packages;
        }
        for (of, path) in installed.others {
            self.place(&of, Kind::Modules, &path);
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

    /// The packages and the library of the interpreter, when the command is Python.
    fn python(&mut self) {
        let Some(places) = python::places(self.command) else { return self.activated() };
        if places.packages.is_empty() {
            self.note_not_seen(&places.python, "where its packages lie was not found".to_owned());
        }
        for folder in &places.packages {
            self.packages("Python", Of::Python, folder);
        }
        if let Some(library) = places.library.iter().find(|folder| folder.is_dir()) {
            let is_module = |path: &Path| path.extension().is_some_and(|end| end == "py");
            self.by_change("Python", library, &is_module);
        }
        self.packages("conda", Of::Conda, &places.prefix.join("conda-meta"));
        // What lies in the command's own folder is its code already.
        if let Some(folder) = python::script_folder(self.command).filter(|folder| !folder.starts_with(&self.cwd)) {
            self.modules("Python", &folder, true);
        }
    }

    /// The packages of Node.js and of what is like it: in the command's folder, and in all above it.
    fn node(&mut self) {
        if self.started(&languages::is_of_node).is_none() {
            return;
        }
        let folders: Vec<PathBuf> = self.cwd.ancestors().map(|folder| folder.join("node_modules")).collect();
        for folder in folders {
            self.packages("Node.js", Of::Node, &folder);
        }
    }

    /// The packages of the environment that is activated, where a program may start its Python.
    fn activated(&mut self) {
        if self.started(&|name| starts_others(name) || languages::starts_python(name)).is_none() {
            return;
        }
        for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
            let Some(environment) = self.launch.variable(variable) else { continue };
            let python = self.launch.cwd.join(environment).join("bin/python");
            for folder in python::places_of(python, self.launch).packages {
                self.packages(variable, Of::Python, &folder);
            }
        }
    }

    /// The packages of R and Julia, when a program is one of them.
    fn languages(&mut self) {
        let home = self.launch.variable("HOME").map(Path::new);
        if let Some(r) = self.started(&|name| matches!(name, "R" | "Rscript")) {
            let program = self.cwd.join(file_name::to_path(&r.path));
            for folder in languages::libraries_of_r(&program, home, &self.cwd) {
                self.packages("R", Of::R, &folder);
            }
        }
        if self.started(&|name| name == "julia").is_some() {
            let depots = self.launch.variable("JULIA_DEPOT_PATH");
            for project in languages::environments_of_julia(depots, home) {
                self.folder("Julia", Kind::JuliaProject, &project);
            }
        }
    }

    /// Files that words of the command name, also behind a `=`.
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

    /// A file that is named and was not declared.
    fn file(&mut self, path: &Path, metadata: &Metadata) {
        let recorded = self.shown(path);
        let place = file_name::to_path(&recorded);
        let is_declared = self.declared.iter().any(|declared| place.starts_with(declared));
        if is_declared || NO_FILES.iter().any(|folder| place.starts_with(folder)) || !self.is_new(path) {
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
