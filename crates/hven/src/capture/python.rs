//! Which Python a command runs, and which packages that has: read from its folders, without starting it where the
//! version can be read. Looked at while the run goes on.

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

/// How long the interpreter may take to say its version.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// What is looked at: the command and the environment that it gets.
#[derive(Debug)]
pub struct Surroundings<'a> {
    pub argv: &'a [String],
    pub cwd: &'a Path,
    pub environment: &'a BTreeMap<String, String>,
}

/// The software of a command that is Python; `None` for others.
pub fn capture(around: &Surroundings<'_>) -> Option<Software> {
    let python = interpreter(around)?;
    let prefix = prefix_of(&python);
    let version = match &prefix.version {
        Some(version) => Some(version.clone()),
        None => ask_version(&python),
    };
    let short = prefix.short.clone().or_else(|| version.as_deref().and_then(short_version));
    let mut packages = BTreeMap::new();
    for folder in package_folders(&prefix, short.as_deref(), around) {
        read_packages(&folder, &mut packages);
    }
    Some(Software {
        interpreter: Some(format!("Python ({})", python.display())),
        version: version.or(short),
        packages,
        platform: Some(platform()),
    })
}

/// This machine's system and architecture.
pub fn platform() -> String {
    let uname = rustix::system::uname();
    format!(
        "{} {} {}",
        uname.sysname().to_string_lossy(),
        uname.release().to_string_lossy(),
        uname.machine().to_string_lossy()
    )
}

impl Surroundings<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Where a program lies, as the shell would find it.
    fn which(&self, name: &str) -> Option<PathBuf> {
        if name.contains('/') {
            return Some(self.cwd.join(name)).filter(|path| path.is_file());
        }
        let path = self.variable("PATH").unwrap_or("/usr/local/bin:/usr/bin:/bin");
        path.split(':').map(|folder| self.cwd.join(folder).join(name)).find(|path| path.is_file())
    }
}

/// Whether a program's name is that of the interpreter: `python`, `python3`, `python3.11`.
fn is_python(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// The interpreter that a command ends up with.
fn interpreter(around: &Surroundings<'_>) -> Option<PathBuf> {
    let first = around.argv.first()?;
    if is_python(first) {
        return unshim(around.which(first)?, around);
    }
    let base = first.rsplit('/').next().unwrap_or(first);
    if matches!(base, "uv" | "poetry" | "pipenv" | "pdm") && around.argv.get(1).is_some_and(|word| word == "run") {
        let own = around.cwd.ancestors().map(|folder| folder.join(".venv/bin/python")).find(|path| path.exists());
        return own.or_else(|| around.which("python3"));
    }
    // Wrappers: the first word that is an interpreter, unless a shell reads it.
    if matches!(
        base,
        "env" | "time" | "nice" | "nohup" | "timeout" | "taskset" | "numactl" | "stdbuf" | "mpirun" | "mpiexec"
    ) {
        let word = around.argv.iter().skip(1).find(|word| is_python(word))?;
        return unshim(around.which(word)?, around);
    }
    // A script or an installed tool says its interpreter in its first line.
    let line = first_line(&around.which(first)?)?;
    let words: Vec<&str> = line.strip_prefix("#!")?.split_whitespace().collect();
    let name = words.iter().rev().find(|word| is_python(word))?;
    unshim(around.which(name)?, around)
}

fn first_line(path: &Path) -> Option<String> {
    let mut head = [0; 256];
    let n = fs::File::open(path).ok()?.read(&mut head).ok()?;
    let text = String::from_utf8_lossy(&head[..n]).into_owned();
    text.lines().next().map(str::to_owned)
}

/// pyenv puts small scripts in the way: finds the interpreter that they would start.
fn unshim(path: PathBuf, around: &Surroundings<'_>) -> Option<PathBuf> {
    if path.parent().and_then(Path::file_name).is_none_or(|name| name != "shims") {
        return Some(path);
    }
    let root = path.parent()?.parent()?;
    let file =
        |path: PathBuf| fs::read_to_string(path).ok().and_then(|text| text.lines().next().map(|l| l.trim().to_owned()));
    let local = || around.cwd.ancestors().find_map(|folder| file(folder.join(".python-version")));
    let version =
        around.variable("PYENV_VERSION").map(str::to_owned).or_else(local).or_else(|| file(root.join("version")))?;
    let version = version.split(':').next()?;
    let exact = root.join("versions").join(version);
    let found = if exact.is_dir() {
        exact
    } else {
        // `3.11` stands for the newest 3.11.x.
        let entries = fs::read_dir(root.join("versions")).ok()?.flatten().map(|entry| entry.path());
        let beginning = format!("{version}.");
        let fitting =
            entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&beginning)));
        fitting.max_by_key(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>()
        })?
    };
    Some(found.join("bin/python")).filter(|path| path.exists())
}

/// Where an installation lies and what its folder says of its version.
#[derive(Debug, Default, PartialEq, Eq)]
struct Prefix {
    path: PathBuf,
    /// `3.11.7`, when a file says so.
    version: Option<String>,
    /// `3.11`
    short: Option<String>,
    /// A virtual environment, with the installation that it is made from when it shows that one's packages.
    is_virtual: bool,
    base: Option<PathBuf>,
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
        let base = value("home").filter(|_| shows_base).and_then(|bin| Path::new(&bin).parent().map(Path::to_owned));
        return Prefix { path: own, version, short, is_virtual: true, base };
    }
    let real = fs::canonicalize(python).unwrap_or_else(|_| python.to_owned());
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let short = name.strip_prefix("python").and_then(short_version);
    let path = prefix(&real);
    let version = conda_version(&path);
    let short = short.or_else(|| version.as_deref().and_then(short_version));
    Prefix { path, version, short, is_virtual: false, base: None }
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

/// Conda writes what it installed into file names: `conda-meta/python-3.11.7-h955ad1f_0.json`.
fn conda_version(prefix: &Path) -> Option<String> {
    fs::read_dir(prefix.join("conda-meta")).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let version = name.strip_prefix("python-")?.split('-').next()?;
        short_version(version).map(|_| version.to_owned())
    })
}

/// Asks the interpreter, for installations that do not say their version in a file.
fn ask_version(python: &Path) -> Option<String> {
    let mut child = Command::new(python)
        .args(["-I", "-S", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if begun.elapsed() > ASK_TIMEOUT {
            // It is ours and it hangs; when it has ended meanwhile there is nothing to end.
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

/// The folders in which packages lie, the one that is looked at first at the front.
fn package_folders(prefix: &Prefix, short: Option<&str>, around: &Surroundings<'_>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(path) = around.variable("PYTHONPATH") {
        folders.extend(path.split(':').filter(|part| !part.is_empty()).map(|part| around.cwd.join(part)));
    }
    let Some(short) = short else { return folders };
    let major = short.split('.').next().unwrap_or("3");
    let of = |base: &Path| {
        let lib = base.join(format!("lib/python{short}"));
        [lib.join("site-packages"), lib.join("dist-packages"), base.join(format!("lib/python{major}/dist-packages"))]
    };
    if prefix.is_virtual {
        folders.extend(of(&prefix.path));
    }
    if !prefix.is_virtual || prefix.base.is_some() {
        if let (Some(home), None) = (around.variable("HOME"), around.variable("PYTHONNOUSERSITE")) {
            folders.push(Path::new(home).join(format!(".local/lib/python{short}/site-packages")));
        }
        let base = prefix.base.as_deref().unwrap_or(&prefix.path);
        if base == Path::new("/usr") {
            folders.extend(of(Path::new("/usr/local")));
        }
        folders.extend(of(base));
    }
    folders
}

/// Reads names and versions from `name-version.dist-info` and `name-version-py3.11.egg-info`. A package that was found
/// before is the one that Python would find.
fn read_packages(folder: &Path, packages: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".dist-info").or_else(|| name.strip_suffix(".egg-info")) else { continue };
        let mut parts = stem.split('-');
        if let (Some(name), Some(version)) = (parts.next(), parts.next()) {
            let name = name.to_lowercase().replace(['_', '.'], "-");
            packages.entry(name).or_insert_with(|| version.to_owned());
        }
    }
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
        let around = Surroundings { argv: &argv, cwd: &root.join("study"), environment: &environment };
        assert_eq!(interpreter(&around), wanted.map(|path| root.join(path)), "{argv:?}");
    }

    #[test]
    fn the_interpreter_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        program(&root.join("bin/python3"), "");
        program(&root.join("bin/tool"), &format!("#!{}/bin/python3\nprint()", root.display()));
        program(&root.join("bin/script"), "#!/usr/bin/env python3\n");
        program(&root.join("bin/shell"), "#!/bin/sh\n");
        program(&root.join("study/.venv/bin/python"), "");
        program(&root.join("shims/python"), "#!/usr/bin/env bash\n");
        program(&root.join("versions/3.11.9/bin/python"), "");
        program(&root.join("versions/3.11.10/bin/python"), "");
        program(&root.join("study/.python-version"), "3.11\n");
        check(root, &["python3", "fit.py"], Some("bin/python3"));
        check(root, &["tool"], Some("bin/python3"));
        check(root, &["script"], Some("bin/python3"));
        check(root, &["uv", "run", "fit.py"], Some("study/.venv/bin/python"));
        check(root, &["env", "A=1", "python3", "x"], Some("bin/python3"));
        check(root, &["python", "x"], Some("versions/3.11.10/bin/python"));
        check(root, &["shell"], None);
        check(root, &["nowhere"], None);
        check(root, &[], None);
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
        let around = Surroundings { argv: &argv, cwd: &root.join("study"), environment: &BTreeMap::new() };
        let software = capture(&around).expect("it is Python");
        assert_eq!(software.version.as_deref(), Some("3.11.7"));
        let packages: Vec<_> = software.packages.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(packages, ["flask-sqlalchemy 3.1.1", "numpy 1.26.4", "old 0.1"]);
    }

    #[test]
    fn the_machines_own_python_says_its_version() {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        let argv = ["python3".to_owned()];
        let around = Surroundings { argv: &argv, cwd: Path::new("/"), environment: &environment };
        let software = capture(&around).expect("it is Python");
        assert!(software.version.is_some_and(|version| version.starts_with('3')), "a version was found");
    }
}
