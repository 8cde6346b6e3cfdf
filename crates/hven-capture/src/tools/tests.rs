//! Which programs and modules count, and by what.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use hven_api::{runs::CaptureNote, tools::ToolFolderBy};
use hven_core::Digest;

use super::{CapturedTools, capture};
use crate::{Apart, Launch, Limits, files, remembered::Remembered};

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
