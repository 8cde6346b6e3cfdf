//! Which programs and modules are included, and how each is represented.

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

struct Sandbox {
    root: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

impl Sandbox {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let environment = BTreeMap::from([("PATH".to_owned(), root.path().join("bin").display().to_string())]);
        let sandbox = Self { root, environment };
        sandbox.write("study/fit.py", "1");
        sandbox.program("bin/tool", "the tool");
        sandbox
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
fn a_program_is_represented_by_its_bytes() {
    let mut sandbox = Sandbox::new();
    let found = sandbox.look(&["tool", "x"], &[]).tools;
    assert_eq!((found.programs[0].word.as_str(), &found.programs[0].digest), ("tool", &digest("the tool")));
    sandbox.program("other/tool", "another");
    sandbox.environment.insert("PATH".to_owned(), sandbox.root.path().join("other").display().to_string());
    assert_eq!(sandbox.look(&["tool", "x"], &[]).tools.programs[0].digest, digest("another"));
    assert!(sandbox.look(&["nothing"], &[]).tools.programs.is_empty());
    sandbox.program("study/run.sh", "#!/nowhere/sh\n");
    assert_eq!(sandbox.look(&["./run.sh"], &[]).tools.programs[0].path, "run.sh", "it lies in the folder");
}

#[test]
fn undeclared_files_that_the_command_names_are_included() {
    let sandbox = Sandbox::new();
    sandbox.write("shared/fit.py", "2");
    sandbox.write("study/in.csv", "3");
    sandbox.write("study/set.toml", "4");
    let words = ["tool", "../shared/fit.py", "in.csv", "--config=set.toml", "/dev/null", "nothing", "-x", "out"];
    let found = sandbox.look(&words, &["in.csv"]).tools.files;
    let shared = fs::canonicalize(sandbox.root.path()).expect("it is there").join("shared/fit.py");
    let shown = files::recorded_path(Path::new("/elsewhere"), &sandbox.root.path().join("shared/fit.py"));
    assert!(found.iter().any(|file| file.path == shown || file.path == shared.display().to_string()), "{found:?}");
    assert!(found.iter().any(|file| file.path == "set.toml" && file.digest == digest("4")), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn module_folders_are_included_and_limits_are_noted() {
    let mut sandbox = Sandbox::new();
    sandbox.write("lib/a.py", "1");
    sandbox.environment.insert("PYTHONPATH".to_owned(), "../lib:../none".to_owned());
    let before = sandbox.look(&["tool"], &[]);
    assert_eq!(before.tools.folders.len(), 1, "{before:?}");
    assert_eq!((before.tools.folders[0].of.as_str(), before.notes.len()), ("PYTHONPATH", 0));
    sandbox.write("lib/a.py", "2");
    let after = sandbox.look(&["tool"], &[]);
    assert_ne!(after.tools.folders[0].digest, before.tools.folders[0].digest);
    sandbox.write("lib/data.bin", &"x".repeat(LIMITS.bytes_max as usize + 1));
    let large = sandbox.look(&["tool"], &[]);
    assert_eq!(large.tools.folders[0].by, ToolFolderBy::Change);
    assert!(matches!(large.notes[..], [CaptureNote::ByChange { .. }]), "{:?}", large.notes);
    (0..101).for_each(|n| sandbox.write(&format!("lib/{n}.py"), ""));
    let many = sandbox.look(&["tool"], &[]);
    assert!(matches!(&many.notes[..], [CaptureNote::NotSeen { why, .. }] if why.contains("more than 100 files")));
    assert!(many.tools.folders.is_empty());
}

#[test]
fn only_undeclared_modules_of_inner_folders_are_included() {
    let mut sandbox = Sandbox::new();
    sandbox.environment.insert("PYTHONPATH".to_owned(), "lib".to_owned());
    sandbox.write("study/lib/a.py", "1");
    let digest = |sandbox: &Sandbox| sandbox.look(&["tool"], &["lib/out.py"]).tools.folders[0].digest.clone();
    let before = digest(&sandbox);
    for noise in ["results.csv", "out.py", ".DS_Store", ".a.py.swp", "__pycache__/a.pyc", "venv/pyvenv.cfg"] {
        sandbox.write(&format!("study/lib/{noise}"), "no module");
        assert_eq!(digest(&sandbox), before, "{noise}");
    }
    sandbox.write("study/lib/more.py", "a module");
    assert_ne!(digest(&sandbox), before);
}

#[test]
fn the_commands_own_folder_is_not_a_tool() {
    let mut sandbox = Sandbox::new();
    sandbox.environment.insert("PYTHONPATH".to_owned(), ".:..".to_owned());
    let found = sandbox.look(&["tool"], &[]).tools.folders;
    assert_eq!(found.iter().map(|folder| folder.of.as_str()).collect::<Vec<_>>(), ["PYTHONPATH"], "the one above");
}

#[test]
fn libraries_are_included_without_other_files() {
    let mut sandbox = Sandbox::new();
    sandbox.environment.insert("LD_LIBRARY_PATH".to_owned(), ".".to_owned());
    sandbox.write("study/libfit.so.1", "1");
    let digest = |sandbox: &Sandbox| sandbox.look(&["tool"], &[]).tools.folders[0].digest.clone();
    let before = digest(&sandbox);
    sandbox.write("study/out.csv", "1");
    assert_eq!(digest(&sandbox), before);
    sandbox.write("study/libfit.so.1", "another");
    assert_ne!(digest(&sandbox), before);
}

#[test]
fn an_activated_environment_counts_for_programs_that_may_start_python() {
    let mut sandbox = Sandbox::new();
    sandbox.program("bin/sh", "");
    sandbox.write("venv/pyvenv.cfg", "home = /nowhere/bin\nversion = 3.11.7\n");
    let record = "venv/lib/python3.11/site-packages/numpy-1.26.4.dist-info/RECORD";
    sandbox.write(record, "1");
    let look = |sandbox: &Sandbox, program: &str| sandbox.look(&[program, "plot.sh"], &[]).tools.folders;
    assert!(look(&sandbox, "sh").is_empty(), "none is activated");
    sandbox.environment.insert("VIRTUAL_ENV".to_owned(), sandbox.root.path().join("venv").display().to_string());
    assert!(look(&sandbox, "tool").is_empty(), "it starts nothing by its name");
    let before = look(&sandbox, "sh");
    assert_eq!((before.len(), before[0].of.as_str()), (1, "VIRTUAL_ENV"));
    sandbox.write(record, "2");
    assert_ne!(look(&sandbox, "sh")[0].digest, before[0].digest);
}

#[test]
fn a_missing_environment_is_noted() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/poetry", "");
    let notes = sandbox.look(&["poetry", "run", "python", "fit.py"], &[]).notes;
    let [CaptureNote::NotSeen { path, .. }] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!(path, "the environment of `poetry run`");
}

#[test]
fn packages_of_r_and_environments_of_julia_count() {
    let mut sandbox = Sandbox::new();
    sandbox.program("bin/Rscript", "");
    sandbox.program("bin/julia", "");
    sandbox.environment.insert("HOME".to_owned(), sandbox.root.path().join("user").display().to_string());
    let description = "user/R/x86_64-pc-linux-gnu-library/4.3/fitkit/DESCRIPTION";
    sandbox.write(description, "Package: fitkit\nVersion: 1.1.4\n");
    let digest = |sandbox: &Sandbox| {
        let folders = sandbox.look(&["Rscript", "fit.R"], &[]).tools.folders;
        let own = folders.into_iter().find(|folder| folder.packages.contains_key("fitkit")).expect("it is found");
        own.digest
    };
    let before = digest(&sandbox);
    sandbox.write(description, "Package: fitkit\nVersion: 1.1.5\n");
    assert_ne!(digest(&sandbox), before);
    sandbox.write("user/.julia/environments/v1.10/Manifest.toml", "1");
    let files = |program: &str| sandbox.look(&[program, "fit"], &[]).tools.files.len();
    assert_eq!((files("julia"), files("tool")), (1, 0));
}

#[test]
fn modules_next_to_a_script_of_another_folder_are_included() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/python3", "");
    sandbox.write("tools/main.py", "import helper");
    sandbox.write("tools/helper.py", "1");
    let look = |argv: &[&str]| -> Vec<(String, String)> {
        let folders = sandbox.look(argv, &[]).tools.folders.into_iter().filter(|folder| folder.of == "Python");
        let shown = folders.filter(|folder| folder.path.ends_with("tools"));
        shown.map(|folder| (folder.path, folder.digest)).collect()
    };
    let words = ["python3", "../tools/main.py"];
    let before = look(&words);
    assert_eq!(before.len(), 1, "{before:?}");
    sandbox.write("tools/results.csv", "no module");
    assert_eq!(look(&words), before);
    sandbox.write("tools/helper.py", "2");
    assert_ne!(look(&words), before);
    assert!(look(&["python3", "fit.py"]).is_empty(), "its own folder is its code");
}

#[test]
fn variables_that_env_sets_count() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/env", "");
    sandbox.write("lib/a.py", "1");
    let found = sandbox.look(&["env", "PYTHONPATH=../lib", "tool"], &[]).tools.folders;
    assert_eq!(found.iter().map(|folder| folder.of.as_str()).collect::<Vec<_>>(), ["PYTHONPATH"]);
    sandbox.write("lib/a.py", "2");
    assert_ne!(sandbox.look(&["env", "PYTHONPATH=../lib", "tool"], &[]).tools.folders[0].digest, found[0].digest);
}

#[test]
fn packages_of_node_count_for_its_programs() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/node", "");
    sandbox.write("study/node_modules/ml/package.json", r#"{"name": "ml", "version": "1.0.0"}"#);
    let look = |program: &str| sandbox.look(&[program, "fit.js"], &[]).tools.folders;
    let before = look("node");
    assert_eq!(before[0].packages, BTreeMap::from([("ml".to_owned(), "1.0.0".to_owned())]));
    assert!(look("tool").is_empty());
    sandbox.write("study/node_modules/ml/package.json", r#"{"name": "ml", "version": "1.0.1"}"#);
    assert_ne!(look("node")[0].digest, before[0].digest);
}

#[test]
fn packages_of_a_virtual_environment_count_without_starting_it() {
    let sandbox = Sandbox::new();
    let site = "study/.venv/lib/python3.11/site-packages";
    sandbox.write("study/.venv/pyvenv.cfg", "home = /nowhere/bin\nversion = 3.11.7\n");
    sandbox.program("study/.venv/bin/python", "#!/bin/false\n");
    sandbox.write(&format!("{site}/numpy-1.26.4.dist-info/RECORD"), "1");
    let look = || {
        let found = sandbox.look(&[".venv/bin/python", "fit.py"], &[]);
        assert!(found.notes.is_empty(), "{:?}", found.notes);
        found.tools.folders
    };
    let before = look();
    assert_eq!((before.len(), before[0].path.as_str()), (1, ".venv/lib/python3.11/site-packages"));
    assert_eq!(before[0].packages, BTreeMap::from([("numpy".to_owned(), "1.26.4".to_owned())]));
    sandbox.write(&format!("{site}/numpy-1.26.4.dist-info/RECORD"), "2");
    assert_ne!(look()[0].digest, before[0].digest, "installed anew");
    sandbox.write("fit/fit/__init__.py", "1");
    let editable = sandbox.root.path().join("fit").display().to_string();
    sandbox.write(&format!("{site}/__editable__.fit-1.0.pth"), &editable);
    let with_editable = look();
    assert_eq!((with_editable.len(), with_editable[1].of.as_str()), (2, "__editable__.fit-1.0.pth"));
    sandbox.write("fit/fit/__init__.py", "2");
    assert_ne!(look()[1].digest, with_editable[1].digest);
}
