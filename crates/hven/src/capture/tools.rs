//! What a command uses beside its code and inputs: programs, files that it names, folders of modules and packages. All of
//! it counts when the same work is looked for.
//!
//! It is looked at while code and inputs are taken down, by another thread, without starting anything. What cannot be seen
//! here (what a program opens by itself, the network, the clock) is told in `docs/up-to-date.md`.

mod languages;
mod modules;
mod packages;

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use hven_api::{
    runs::CaptureNote,
    tools::{ToolFile, ToolFolder, ToolFolderBy, ToolProgram, Tools},
};
use hven_core::{Digest, file_name, limits::PACKAGES_MAX, surroundings::starts_others};

use super::{
    Apart, Launch, Limits, READ_BYTES_MAX, files, git, is_program, is_skipped, programs, python, remembered::Remembered,
};
use modules::Kind;
use packages::Of;

/// What was found, and what could not be looked at.
#[derive(Debug, Default)]
pub struct CapturedTools {
    pub tools: Tools,
    pub notes: Vec<CaptureNote>,
}

/// Takes down what a command uses. `declared` are its own inputs and outputs, as they are recorded.
pub fn capture(
    launch: &Launch<'_>,
    declared: &[PathBuf],
    apart: &Apart,
    limits: Limits,
    remembered: &Remembered,
) -> CapturedTools {
    let variables = programs::started(launch).variables;
    let mut search = Search {
        command: launch,
        launch: &launch.with(variables.as_ref()),
        declared,
        apart,
        limits,
        remembered,
        cwd: fs::canonicalize(launch.cwd).unwrap_or_else(|_| launch.cwd.to_owned()),
        found: CapturedTools::default(),
        seen: HashSet::new(),
        bytes_left: limits.bytes_max,
        packages_left: PACKAGES_MAX,
    };
    search.programs();
    search.variables();
    search.python();
    search.languages();
    search.node();
    search.words();
    search.found
}

struct Search<'a> {
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
        for programs::Named { word, path } in programs::find(self.command) {
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const LIMITS: Limits = Limits { files_max: 100, bytes_max: 100_000 };

    struct World {
        root: tempfile::TempDir,
        environment: BTreeMap<String, String>,
    }

    impl World {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a folder");
            let environment = BTreeMap::from([("PATH".to_owned(), root.path().join("bin").display().to_string())]);
            let world = Self { root, environment };
            world.write("study/fit.py", "1");
            world.program("bin/tool", "the tool");
            world
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.root.path().join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
            fs::write(path, text).expect("written");
        }

        fn program(&self, path: &str, text: &str) {
            self.write(path, text);
            fs::set_permissions(self.root.path().join(path), fs::Permissions::from_mode(0o755)).expect("set");
        }

        fn look(&self, argv: &[&str], declared: &[&str]) -> CapturedTools {
            let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
            let cwd = self.root.path().join("study");
            let launch = Launch { argv: &argv, cwd: &cwd, environment: &self.environment };
            let declared: Vec<PathBuf> = declared.iter().map(PathBuf::from).collect();
            let apart = Apart { declared: declared.clone(), ..Apart::default() };
            capture(&launch, &declared, &apart, LIMITS, &Remembered::in_home(Path::new("/nowhere")))
        }
    }

    fn digest(text: &str) -> String {
        Digest::of(text.as_bytes()).to_string()
    }

    #[test]
    fn a_program_counts_by_its_bytes_wherever_it_is_found() {
        let mut world = World::new();
        let found = world.look(&["tool", "x"], &[]).tools;
        assert_eq!((found.programs[0].word.as_str(), &found.programs[0].digest), ("tool", &digest("the tool")));
        world.program("other/tool", "another");
        world.environment.insert("PATH".to_owned(), world.root.path().join("other").display().to_string());
        assert_eq!(world.look(&["tool", "x"], &[]).tools.programs[0].digest, digest("another"));
        assert!(world.look(&["nothing"], &[]).tools.programs.is_empty());
        world.program("study/run.sh", "#!/nowhere/sh\n");
        assert_eq!(world.look(&["./run.sh"], &[]).tools.programs[0].path, "run.sh", "it lies in the folder");
    }

    #[test]
    fn files_that_the_command_names_count_unless_they_are_declared() {
        let world = World::new();
        world.write("shared/fit.py", "2");
        world.write("study/in.csv", "3");
        world.write("study/set.toml", "4");
        let words = ["tool", "../shared/fit.py", "in.csv", "--config=set.toml", "/dev/null", "nothing", "-x", "out"];
        let found = world.look(&words, &["in.csv"]).tools.files;
        let shared = fs::canonicalize(world.root.path()).expect("it is there").join("shared/fit.py");
        let shown = files::recorded_path(Path::new("/elsewhere"), &world.root.path().join("shared/fit.py"));
        assert!(found.iter().any(|file| file.path == shown || file.path == shared.display().to_string()), "{found:?}");
        assert!(found.iter().any(|file| file.path == "set.toml" && file.digest == digest("4")), "{found:?}");
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn module_folders_count_and_what_is_too_much_is_said() {
        let mut world = World::new();
        world.write("lib/a.py", "1");
        world.environment.insert("PYTHONPATH".to_owned(), "../lib:../none".to_owned());
        let before = world.look(&["tool"], &[]);
        assert_eq!(before.tools.folders.len(), 1, "{before:?}");
        assert_eq!((before.tools.folders[0].of.as_str(), before.notes.len()), ("PYTHONPATH", 0));
        world.write("lib/a.py", "2");
        let after = world.look(&["tool"], &[]);
        assert_ne!(after.tools.folders[0].digest, before.tools.folders[0].digest);
        world.write("lib/data.bin", &"x".repeat(LIMITS.bytes_max as usize + 1));
        let large = world.look(&["tool"], &[]);
        assert_eq!(large.tools.folders[0].by, ToolFolderBy::Change);
        assert!(matches!(large.notes[..], [CaptureNote::ByChange { .. }]), "{:?}", large.notes);
        (0..101).for_each(|n| world.write(&format!("lib/{n}.py"), ""));
        let many = world.look(&["tool"], &[]);
        assert!(matches!(&many.notes[..], [CaptureNote::NotSeen { why, .. }] if why.contains("more than 100 files")));
        assert!(many.tools.folders.is_empty());
    }

    #[test]
    fn of_folders_within_the_commands_own_only_modules_count_that_are_not_declared() {
        let mut world = World::new();
        world.environment.insert("PYTHONPATH".to_owned(), "lib".to_owned());
        world.write("study/lib/a.py", "1");
        let digest = |world: &World| world.look(&["tool"], &["lib/out.py"]).tools.folders[0].digest.clone();
        let before = digest(&world);
        for noise in ["results.csv", "out.py", ".DS_Store", ".a.py.swp", "__pycache__/a.pyc", "venv/pyvenv.cfg"] {
            world.write(&format!("study/lib/{noise}"), "no module");
            assert_eq!(digest(&world), before, "{noise}");
        }
        world.write("study/lib/more.py", "a module");
        assert_ne!(digest(&world), before);
    }

    #[test]
    fn the_commands_own_folder_is_its_code_already() {
        let mut world = World::new();
        world.environment.insert("PYTHONPATH".to_owned(), ".:..".to_owned());
        let found = world.look(&["tool"], &[]).tools.folders;
        assert_eq!(found.iter().map(|folder| folder.of.as_str()).collect::<Vec<_>>(), ["PYTHONPATH"], "the one above");
    }

    #[test]
    fn libraries_count_and_what_lies_beside_them_does_not() {
        let mut world = World::new();
        world.environment.insert("LD_LIBRARY_PATH".to_owned(), ".".to_owned());
        world.write("study/libfit.so.1", "1");
        let digest = |world: &World| world.look(&["tool"], &[]).tools.folders[0].digest.clone();
        let before = digest(&world);
        world.write("study/out.csv", "1");
        assert_eq!(digest(&world), before);
        world.write("study/libfit.so.1", "another");
        assert_ne!(digest(&world), before);
    }

    #[test]
    fn an_activated_environment_counts_where_its_python_may_be_started() {
        let mut world = World::new();
        world.program("bin/sh", "");
        world.write("venv/pyvenv.cfg", "home = /nowhere/bin\nversion = 3.11.7\n");
        let record = "venv/lib/python3.11/site-packages/numpy-1.26.4.dist-info/RECORD";
        world.write(record, "1");
        let look = |world: &World, program: &str| world.look(&[program, "plot.sh"], &[]).tools.folders;
        assert!(look(&world, "sh").is_empty(), "none is activated");
        world.environment.insert("VIRTUAL_ENV".to_owned(), world.root.path().join("venv").display().to_string());
        assert!(look(&world, "tool").is_empty(), "it starts nothing by its name");
        let before = look(&world, "sh");
        assert_eq!((before.len(), before[0].of.as_str()), (1, "VIRTUAL_ENV"));
        world.write(record, "2");
        assert_ne!(look(&world, "sh")[0].digest, before[0].digest);
    }

    #[test]
    fn an_environment_that_is_not_found_is_said() {
        let world = World::new();
        world.program("bin/poetry", "");
        let notes = world.look(&["poetry", "run", "python", "fit.py"], &[]).notes;
        let [CaptureNote::NotSeen { path, .. }] = &notes[..] else { panic!("{notes:?}") };
        assert_eq!(path, "the environment of `poetry run`");
    }

    #[test]
    fn packages_of_r_and_environments_of_julia_count() {
        let mut world = World::new();
        world.program("bin/Rscript", "");
        world.program("bin/julia", "");
        world.environment.insert("HOME".to_owned(), world.root.path().join("user").display().to_string());
        let description = "user/R/x86_64-pc-linux-gnu-library/4.3/fitkit/DESCRIPTION";
        world.write(description, "Package: fitkit\nVersion: 1.1.4\n");
        let digest = |world: &World| {
            let folders = world.look(&["Rscript", "fit.R"], &[]).tools.folders;
            let own = folders.into_iter().find(|folder| folder.packages.contains_key("fitkit")).expect("it is found");
            own.digest
        };
        let before = digest(&world);
        world.write(description, "Package: fitkit\nVersion: 1.1.5\n");
        assert_ne!(digest(&world), before);
        world.write("user/.julia/environments/v1.10/Manifest.toml", "1");
        let files = |program: &str| world.look(&[program, "fit"], &[]).tools.files.len();
        assert_eq!((files("julia"), files("tool")), (1, 0));
    }

    #[test]
    fn modules_beside_a_script_of_another_folder_count() {
        let world = World::new();
        world.program("bin/python3", "");
        world.write("tools/main.py", "import helper");
        world.write("tools/helper.py", "1");
        let look = |argv: &[&str]| -> Vec<(String, String)> {
            let folders = world.look(argv, &[]).tools.folders.into_iter().filter(|folder| folder.of == "Python");
            let shown = folders.filter(|folder| folder.path.ends_with("tools"));
            shown.map(|folder| (folder.path, folder.digest)).collect()
        };
        let words = ["python3", "../tools/main.py"];
        let before = look(&words);
        assert_eq!(before.len(), 1, "{before:?}");
        world.write("tools/results.csv", "no module");
        assert_eq!(look(&words), before);
        world.write("tools/helper.py", "2");
        assert_ne!(look(&words), before);
        assert!(look(&["python3", "fit.py"]).is_empty(), "its own folder is its code");
    }

    #[test]
    fn variables_that_env_sets_count() {
        let world = World::new();
        world.program("bin/env", "");
        world.write("lib/a.py", "1");
        let found = world.look(&["env", "PYTHONPATH=../lib", "tool"], &[]).tools.folders;
        assert_eq!(found.iter().map(|folder| folder.of.as_str()).collect::<Vec<_>>(), ["PYTHONPATH"]);
        world.write("lib/a.py", "2");
        assert_ne!(world.look(&["env", "PYTHONPATH=../lib", "tool"], &[]).tools.folders[0].digest, found[0].digest);
    }

    #[test]
    fn packages_of_node_count_for_its_programs() {
        let world = World::new();
        world.program("bin/node", "");
        world.write("study/node_modules/ml/package.json", r#"{"name": "ml", "version": "1.0.0"}"#);
        let look = |program: &str| world.look(&[program, "fit.js"], &[]).tools.folders;
        let before = look("node");
        assert_eq!(before[0].packages, BTreeMap::from([("ml".to_owned(), "1.0.0".to_owned())]));
        assert!(look("tool").is_empty());
        world.write("study/node_modules/ml/package.json", r#"{"name": "ml", "version": "1.0.1"}"#);
        assert_ne!(look("node")[0].digest, before[0].digest);
    }

    #[test]
    fn packages_of_a_virtual_environment_count_without_starting_it() {
        let world = World::new();
        let site = "study/.venv/lib/python3.11/site-packages";
        world.write("study/.venv/pyvenv.cfg", "home = /nowhere/bin\nversion = 3.11.7\n");
        world.program("study/.venv/bin/python", "#!/bin/false\n");
        world.write(&format!("{site}/numpy-1.26.4.dist-info/RECORD"), "1");
        let look = || {
            let found = world.look(&[".venv/bin/python", "fit.py"], &[]);
            assert!(found.notes.is_empty(), "{:?}", found.notes);
            found.tools.folders
        };
        let before = look();
        assert_eq!((before.len(), before[0].path.as_str()), (1, ".venv/lib/python3.11/site-packages"));
        assert_eq!(before[0].packages, BTreeMap::from([("numpy".to_owned(), "1.26.4".to_owned())]));
        world.write(&format!("{site}/numpy-1.26.4.dist-info/RECORD"), "2");
        assert_ne!(look()[0].digest, before[0].digest, "installed anew");
        world.write("fit/fit/__init__.py", "1");
        let editable = world.root.path().join("fit").display().to_string();
        world.write(&format!("{site}/__editable__.fit-1.0.pth"), &editable);
        let with_editable = look();
        assert_eq!((with_editable.len(), with_editable[1].of.as_str()), (2, "__editable__.fit-1.0.pth"));
        world.write("fit/fit/__init__.py", "2");
        assert_ne!(look()[1].digest, with_editable[1].digest);
    }
}
