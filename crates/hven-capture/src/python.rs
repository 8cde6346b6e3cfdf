//! Finds the Python that a command runs, and its packages, from its folders. Python is started only if no file states its
//! version. This happens while the run continues.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use hven_api::runs::Software;
use hven_core::file_name;

use super::{launch::Launch, programs};

/// How long the interpreter may take to print its version.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// The software of a command that is Python; `None` for others.
pub fn capture(launch: &Launch<'_>) -> Option<Software> {
    let variables = programs::started(launch).variables;
    let python = interpreter(launch)?;
    let launch = &launch.with_variables(variables.as_ref());
    let prefix = prefix_for(&python, launch);
    let version = match &prefix.version {
        Some(version) => Some(version.clone()),
        None => version_from_interpreter(&python),
    };
    let short = prefix.short.clone().or_else(|| version.as_deref().and_then(short_version));
    let mut packages = BTreeMap::new();
    for folder in package_folders(&prefix, short.as_deref(), launch) {
        read_packages(&folder, &mut packages);
    }
    Some(Software {
        interpreter: Some(format!("Python ({})", python.display())),
        version: version.or(short),
        packages,
        platform: Some(platform()),
    })
}

/// The system and architecture of this machine.
pub fn platform() -> String {
    let uname = rustix::system::uname();
    format!(
        "{} {} {}",
        uname.sysname().to_string_lossy(),
        uname.release().to_string_lossy(),
        uname.machine().to_string_lossy()
    )
}

/// Whether a program's name is that of the interpreter: `python`, `python3`, `python3.11`.
fn is_python(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// The interpreter that a command finally runs; `None` if it is unknown, too.
pub(super) fn interpreter(launch: &Launch<'_>) -> Option<PathBuf> {
    let started = programs::started(launch);
    let launch = &launch.with_variables(started.variables.as_ref());
    if let Some(environment) = started.environment {
        return Some(environment.join("bin/python")).filter(|python| python.exists());
    }
    // The launcher itself may be a Python script, but the command is not.
    let last = started.programs.last().filter(|_| started.without_environment.is_none())?;
    if is_python(&last.word) {
        return Some(last.path.clone());
    }
    // The first line of a script or installed tool names its interpreter.
    let line = programs::first_line(&last.path)?;
    let words: Vec<&str> = line.strip_prefix("#!")?.split_whitespace().collect();
    let name = words.iter().rev().find(|word| is_python(word))?;
    launch.which(name)
}

/// The first folder in which the interpreter of a command searches modules: the folder of the script, with links resolved.
/// `None` for commands that are not Python, or name no script.
pub(super) fn script_folder(launch: &Launch<'_>) -> Option<PathBuf> {
    interpreter(launch)?;
    let started = programs::started(launch);
    let is_script = |path: &Path| path.extension().is_some_and(|end| end == "py") && path.is_file();
    let path = match started.programs.last() {
        Some(last) if is_python(&last.word) => {
            let place = launch.argv.iter().position(|word| *word == last.word)?;
            launch.cwd.join(file_name::to_path(script(&launch.argv[place + 1..])?))
        }
        Some(last) if is_script(&last.path) => last.path.clone(),
        // `uv run ../tools/fit.py`
        _ if started.environment.is_some() => {
            let mut words = launch.argv.iter().map(|word| launch.cwd.join(file_name::to_path(word)));
            words.find(|path| is_script(path))?
        }
        _ => return None,
    };
    let real = fs::canonicalize(path).ok()?;
    // A folder with `__main__.py` is a script, too.
    if real.is_dir() { Some(real) } else { real.parent().map(Path::to_owned) }
}

/// The script that follows the interpreter and its options.
fn script(words: &[String]) -> Option<&str> {
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-W" | "-X" | "--check-hash-based-pycs" => {
                words.next();
            }
            "-" => return None,
            option if option.starts_with("--") || option.starts_with("-W") || option.starts_with("-X") => {}
            // `-Bm fit`: the last letter means that a module or a program text follows.
            option if option.starts_with('-') && option.ends_with(['c', 'm']) => return None,
            option if option.starts_with('-') => {}
            script => return Some(script),
        }
    }
    None
}

/// An installation of Python: its folder, and the version that the folder shows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Prefix {
    path: PathBuf,
    /// `3.11.7`, if a file states it.
    version: Option<String>,
    /// `3.11`
    short: Option<String>,
    /// Whether it is a virtual environment; `base` is its installation, if it shows the packages of that one.
    is_virtual: bool,
    base: Option<PathBuf>,
    /// The installation of its interpreter.
    home: PathBuf,
}

fn prefix_of(python: &Path) -> Prefix {
    let prefix = |path: &Path| path.parent().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let own = prefix(python);
    if let Ok(text) = fs::read_to_string(own.join("pyvenv.cfg")) {
        let value = |wanted: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once('='));
            pairs.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim().to_owned())
        };
        let version = value("version").or_else(|| value("version_info")).map(|text| numbers_only(&text));
        let short = version.as_deref().and_then(short_version);
        let shows_base = value("include-system-site-packages").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let home = value("home").and_then(|bin| Path::new(&bin).parent().map(Path::to_owned));
        let base = home.clone().filter(|_| shows_base);
        let home = home.unwrap_or_else(|| own.clone());
        return Prefix { path: own, version, short, is_virtual: true, base, home };
    }
    let real = fs::canonicalize(python).unwrap_or_else(|_| python.to_owned());
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let short = name.strip_prefix("python").and_then(short_version);
    let path = prefix(&real);
    let version = conda_version(&path);
    let short = short.or_else(|| version.as_deref().and_then(short_version));
    Prefix { home: path.clone(), path, version, short, is_virtual: false, base: None }
}

/// The same, if a variable names another installation.
fn prefix_for(python: &Path, launch: &Launch<'_>) -> Prefix {
    let prefix = prefix_of(python);
    // `PREFIX`, or `PREFIX:EXEC_PREFIX`.
    let Some(home) = launch.variable("PYTHONHOME").and_then(|home| home.split(':').next()) else { return prefix };
    let path = launch.cwd.join(home);
    Prefix { home: path.clone(), path, is_virtual: false, base: None, ..prefix }
}

/// `3.11.7.final.0` → `3.11.7`
fn numbers_only(text: &str) -> String {
    let parts: Vec<&str> =
        text.split('.').take(3).take_while(|part| part.chars().all(|c| c.is_ascii_digit())).collect();
    parts.join(".")
}

/// `3.11.7` → `3.11`
fn short_version(version: &str) -> Option<String> {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let whole = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    (whole(major) && whole(minor)).then(|| format!("{major}.{minor}"))
}

/// Conda stores installed packages in file names: `conda-meta/python-3.11.7-h955ad1f_0.json`.
fn conda_version(prefix: &Path) -> Option<String> {
    fs::read_dir(prefix.join("conda-meta")).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let version = name.strip_prefix("python-")?.split('-').next()?;
        short_version(version).map(|_| version.to_owned())
    })
}

/// Runs the interpreter to get its version, if no file states it.
fn version_from_interpreter(python: &Path) -> Option<String> {
    let mut child = Command::new(python)
        .args(["-I", "-S", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let started_at = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if started_at.elapsed() > ASK_TIMEOUT {
            // The interpreter hangs; if it has ended in the meantime, killing it has no effect.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let mut text = String::new();
    child.stdout?.read_to_string(&mut text).ok()?;
    let version = text.trim();
    short_version(version).map(|_| version.to_owned())
}

/// The folders of packages, in the order in which Python searches them.
fn package_folders(prefix: &Prefix, short: Option<&str>, launch: &Launch<'_>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(path) = launch.variable("PYTHONPATH") {
        folders.extend(path.split(':').filter(|part| !part.is_empty()).map(|part| launch.cwd.join(part)));
    }
    folders.extend(short.map(|short| installed(prefix, short, launch)).unwrap_or_default());
    folders
}

/// The same, without the folders of `PYTHONPATH`.
fn installed(prefix: &Prefix, short: &str, launch: &Launch<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let major = short.split('.').next().unwrap_or("3");
    let of = |base: &Path| {
        let lib = base.join(format!("lib/python{short}"));
        [
            lib.join("site-packages"),
            base.join(format!("lib64/python{short}/site-packages")),
            lib.join("dist-packages"),
            base.join(format!("lib/python{major}/dist-packages")),
        ]
    };
    if prefix.is_virtual {
        folders.extend(of(&prefix.path));
    }
    if !prefix.is_virtual || prefix.base.is_some() {
        let own = || launch.variable("HOME").map(|home| Path::new(home).join(".local"));
        let user = launch.variable("PYTHONUSERBASE").map(|base| launch.cwd.join(base)).or_else(own);
        if let (Some(user), None) = (user, launch.variable("PYTHONNOUSERSITE")) {
            folders.push(user.join(format!("lib/python{short}/site-packages")));
        }
        let base = prefix.base.as_deref().unwrap_or(&prefix.path);
        if base == Path::new("/usr") {
            folders.extend(of(Path::new("/usr/local")));
        }
        folders.extend(of(base));
    }
    folders
}

/// The folders in which the interpreter of a command searches modules.
#[derive(Debug)]
pub(super) struct SearchFolders {
    pub(super) python: PathBuf,
    /// Folders of packages, in search order; some may not exist.
    pub(super) packages: Vec<PathBuf>,
    /// Candidates for the folder of the standard library; the first existing one is used.
    pub(super) library: [PathBuf; 2],
    /// The installation, or the virtual environment.
    pub(super) prefix: PathBuf,
}

/// The search folders of a command's interpreter; `None` for commands that are not Python. The interpreter is not started.
pub(super) fn search_folders(launch: &Launch<'_>) -> Option<SearchFolders> {
    let variables = programs::started(launch).variables;
    Some(search_folders_of(interpreter(launch)?, &launch.with_variables(variables.as_ref())))
}

/// The same for an interpreter.
pub(super) fn search_folders_of(python: PathBuf, launch: &Launch<'_>) -> SearchFolders {
    let prefix = prefix_for(&python, launch);
    let short = prefix.short.clone().or_else(|| short_version_in(&prefix.home));
    let short = short.filter(|_| prefix.is_virtual || is_interpreter(&python));
    let library = |lib: &str| prefix.home.join(format!("{lib}/python{}", short.as_deref().unwrap_or_default()));
    SearchFolders {
        packages: short.as_deref().map(|short| installed(&prefix, short, launch)).unwrap_or_default(),
        library: [library("lib"), library("lib64")],
        prefix: prefix.path.clone(),
        python,
    }
}

/// Whether a program is the interpreter itself, and not a tool that selects one of several.
fn is_interpreter(python: &Path) -> bool {
    let real = fs::canonicalize(python).unwrap_or_else(|_| python.to_owned());
    real.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with("python"))
}

/// The version of Python in this installation, if there is only one.
fn short_version_in(home: &Path) -> Option<String> {
    let entries = fs::read_dir(home.join("lib")).ok()?.flatten();
    let mut versions =
        entries.filter_map(|entry| short_version(entry.file_name().to_string_lossy().strip_prefix("python")?));
    versions.next().filter(|_| versions.next().is_none())
}

/// Reads names and versions from `name-version.dist-info` and `name-version-py3.11.egg-info`. Earlier packages stay, as in
/// Python's search order.
fn read_packages(folder: &Path, packages: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if let Some((name, version)) = package(&entry.file_name().to_string_lossy()) {
            packages.entry(name).or_insert(version);
        }
    }
}

/// The package and version that such a file name states.
pub(super) fn package(name: &str) -> Option<(String, String)> {
    let stem = name.strip_suffix(".dist-info").or_else(|| name.strip_suffix(".egg-info"))?;
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    Some((name.to_lowercase().replace(['_', '.'], "-"), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn program(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
        fs::write(path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn check(root: &Path, argv: &[&str], wanted: Option<&str>) {
        let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
        let environment = BTreeMap::from([("PATH".to_owned(), format!("{0}/shims:{0}/bin", root.display()))]);
        let launch = Launch { argv: &argv, cwd: &root.join("study"), environment: &environment };
        assert_eq!(interpreter(&launch), wanted.map(|path| root.join(path)), "{argv:?}");
    }

    #[test]
    fn the_interpreter_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        program(&root.join("bin/python3"), "");
        program(&root.join("bin/tool"), &format!("#!{}/bin/python3\nprint()", root.display()));
        program(&root.join("bin/script"), "#!/usr/bin/env python3\n");
        program(&root.join("bin/shell"), "#!/bin/sh\n");
        for launcher in ["env", "time", "uv", "conda"] {
            program(&root.join("bin").join(launcher), &format!("#!{}/bin/python3\n", root.display()));
        }
        program(&root.join("study/.venv/bin/python"), "");
        for shim in ["python", "tool"] {
            program(&root.join("shims").join(shim), "#!/usr/bin/env bash\n");
        }
        program(&root.join("versions/3.11.9/bin/python"), "");
        program(&root.join("versions/3.11.10/bin/python"), "");
        program(&root.join("study/.python-version"), "3.11\n");
        check(root, &["python3", "fit.py"], Some("bin/python3"));
        check(root, &["tool"], Some("bin/python3"));
        check(root, &["script"], Some("bin/python3"));
        check(root, &["uv", "run", "fit.py"], Some("study/.venv/bin/python"));
        check(root, &["time", "uv", "run", "python", "fit.py"], Some("study/.venv/bin/python"));
        check(root, &["conda", "run", "-n", "gone", "python", "fit.py"], None);
        check(root, &["env", "A=1", "python3", "x"], Some("bin/python3"));
        check(root, &["python", "x"], Some("versions/3.11.10/bin/python"));
        check(root, &["../shims/python", "x"], Some("study/../versions/3.11.10/bin/python"));
        check(root, &["../shims/tool"], None);
        check(root, &["shell"], None);
        check(root, &["nowhere"], None);
        check(root, &[], None);
    }

    #[test]
    fn the_folder_of_the_script_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = &fs::canonicalize(folder.path()).expect("a path");
        program(&root.join("bin/python3"), "");
        program(&root.join("bin/env"), "");
        program(&root.join("bin/uv"), "");
        program(&root.join("study/.venv/bin/python"), "");
        program(&root.join("tools/main.py"), "#!/usr/bin/env python3\n");
        fs::create_dir_all(root.join("links")).expect("made");
        symlink(root.join("tools/main.py"), root.join("links/linked.py")).expect("linked");
        let check = |command: &str, wanted: Option<&str>| {
            let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
            let environment = BTreeMap::from([("PATH".to_owned(), root.join("bin").display().to_string())]);
            let launch = Launch { argv: &argv, cwd: &root.join("study"), environment: &environment };
            assert_eq!(script_folder(&launch), wanted.map(|path| root.join(path)), "{command}");
        };
        check("python3 ../tools/main.py x.csv", Some("tools"));
        check("python3 -B -W ignore ../links/linked.py", Some("tools"));
        check("env A=1 python3 ../tools", Some("tools"));
        check("../tools/main.py", Some("tools"));
        check("uv run ../tools/main.py", Some("tools"));
        check("uv run python ../tools/main.py", Some("tools"));
        check("python3 -m fit ../tools/main.py", None);
        check("python3 -Bc 1 ../tools/main.py", None);
        check("python3", None);
        check("python3 ../nowhere.py", None);
    }

    #[test]
    fn variables_select_the_folders_of_packages() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        program(&root.join("bin/python3.11"), "");
        program(&root.join("bin/env"), "");
        let check = |command: &str, wanted: &[&str]| {
            let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
            let variables = [("PATH", root.join("bin")), ("HOME", root.join("user"))];
            let environment: BTreeMap<String, String> =
                variables.map(|(name, path)| (name.to_owned(), path.display().to_string())).into();
            let launch = Launch { argv: &argv, cwd: &root.join("study"), environment: &environment };
            let found = search_folders(&launch).expect("it is Python").packages;
            for path in wanted {
                assert!(found.contains(&root.join(path)), "{command}: {found:?}");
            }
            found
        };
        let usual = check("python3.11 fit.py", &["user/.local/lib/python3.11/site-packages"]);
        let other = check("env PYTHONUSERBASE=base python3.11 fit.py", &["study/base/lib/python3.11/site-packages"]);
        assert_eq!(usual.len(), other.len(), "it takes the place of the other");
        check("env PYTHONHOME=home python3.11 fit.py", &["study/home/lib/python3.11/site-packages"]);
    }

    #[test]
    fn a_virtual_environment_is_read_without_starting_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let site = root.join("study/venv/lib/python3.11/site-packages");
        for name in ["numpy-1.26.4.dist-info", "Flask_SQLAlchemy-3.1.1.dist-info", "old-0.1-py3.11.egg-info", "numpy"] {
            fs::create_dir_all(site.join(name)).expect("made");
        }
        fs::write(root.join("study/venv/pyvenv.cfg"), "home = /usr/bin\nversion = 3.11.7\n").expect("written");
        program(&root.join("real/python3.11"), "#!/bin/false\n");
        fs::create_dir_all(root.join("study/venv/bin")).expect("made");
        symlink(root.join("real/python3.11"), root.join("study/venv/bin/python")).expect("linked");
        let argv = ["venv/bin/python".to_owned()];
        let launch = Launch { argv: &argv, cwd: &root.join("study"), environment: &BTreeMap::new() };
        let software = capture(&launch).expect("it is Python");
        assert_eq!(software.version.as_deref(), Some("3.11.7"));
        let packages: Vec<_> = software.packages.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(packages, ["flask-sqlalchemy 3.1.1", "numpy 1.26.4", "old 0.1"]);
    }

    #[test]
    fn the_version_of_the_machines_python_is_found() {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        let argv = ["python3".to_owned()];
        let launch = Launch { argv: &argv, cwd: Path::new("/"), environment: &environment };
        let software = capture(&launch).expect("it is Python");
        assert!(software.version.is_some_and(|version| version.starts_with('3')), "a version was found");
    }
}
