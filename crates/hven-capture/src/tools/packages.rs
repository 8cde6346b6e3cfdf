//! Installed packages: each is represented by its own description, so that thousands of files need not be read. Other files
//! in the folder are included: a `*.pth` file adds folders to the search path.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use hven_core::{Digest, file_name};

use crate::{
    python,
    remembered::{Fingerprint, Remembered},
};

/// The contents of a folder of packages.
#[derive(Debug)]
pub(super) struct Installed {
    pub(super) digest: Digest,
    /// Names and versions.
    pub(super) packages: BTreeMap<String, String>,
    /// Other folders and files on the search path because of it, each with the name of the entry that adds it.
    pub(super) others: Vec<(String, PathBuf)>,
}

/// A kind of packages, which decides how they are recognised in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PackageKind {
    Python,
    R,
    /// Files of conda, whose names have all information.
    Conda,
    /// Packages of Node.js, with the lists of npm, pnpm and yarn.
    Node,
}

/// Files of npm, pnpm and yarn in a folder of packages, which list all installed versions, including nested ones.
const NODE_LISTS: [&str; 3] = [".package-lock.json", ".modules.yaml", ".yarn-integrity"];

/// Whether a folder has Python packages.
pub(super) fn has_python_packages(folder: &Path) -> bool {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if matches!(name.as_str(), "site-packages" | "dist-packages") {
        return true;
    }
    let has_packages = |entry: fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".dist-info");
    fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(has_packages))
}

/// Reads a folder of packages.
pub(super) fn read(folder: &Path, kind: PackageKind, remembered: &Remembered) -> io::Result<Installed> {
    let mut names: Vec<String> = Vec::new();
    let mut links: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = file_name::to_text(&entry.file_name());
        // A package that is a link is in another folder.
        if kind == PackageKind::Python && entry.file_type()?.is_symlink() && entry.path().is_dir() {
            links.push((name.clone(), entry.path()));
        }
        if kind == PackageKind::Node && name.starts_with('@') {
            // `@types/node`
            let of_scope = fs::read_dir(entry.path()).into_iter().flatten().flatten();
            names.extend(of_scope.map(|entry| format!("{name}/{}", file_name::to_text(&entry.file_name()))));
            continue;
        }
        names.push(name);
    }
    if kind == PackageKind::Node {
        links.extend(names.iter().filter_map(|name| linked_from(folder, name)));
        links.sort_unstable();
    }
    names.sort_unstable();
    let mut packages = BTreeMap::new();
    let mut fingerprint = Fingerprint::of("packages");
    let mut descriptions: Vec<(String, Option<PathBuf>)> = Vec::new();
    for name in names {
        let Some(description) = description(folder, &name, kind) else { continue };
        if let Some((package, version)) = package(&name, kind) {
            packages.entry(package).or_insert(version);
        }
        match &description {
            Some((path, metadata)) => fingerprint.add(path.strip_prefix(folder).unwrap_or(path), metadata),
            None => fingerprint.add_name(&name),
        }
        descriptions.push((name, description.map(|(path, _)| path)));
    }
    let work = || -> io::Result<Digest> {
        let mut hasher = blake3::Hasher::new();
        for (name, path) in &descriptions {
            let bytes = path.as_ref().map(|path| remembered.file(path)).transpose()?;
            hasher.update(format!("{} {name}\0", bytes.unwrap_or(Digest::ZERO)).as_bytes());
        }
        Ok(hasher.finalize().into())
    };
    let digest = match kind {
        PackageKind::Python | PackageKind::R | PackageKind::Node => remembered.get_or_compute(&fingerprint, work)?,
        // There is nothing to read.
        PackageKind::Conda => work()?,
    };
    if kind == PackageKind::R {
        packages = descriptions.iter().filter_map(|(_, path)| package_of_r(path.as_ref()?)).collect();
    }
    if kind == PackageKind::Node {
        packages = descriptions.iter().filter_map(|(_, path)| package_of_node(path.as_ref()?)).collect();
    }
    let names: Vec<&str> = descriptions.iter().map(|(name, _)| name.as_str()).collect();
    let mut others = if kind == PackageKind::Python { added_folders(folder, &names) } else { Vec::new() };
    others.extend(links);
    Ok(Installed { digest, packages, others })
}

/// Whether the name of a file or folder has this extension.
fn ends_with(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|other| other == ending)
}

/// The file that describes a package, or a module itself; `None` for entries that belong to another entry.
#[expect(clippy::option_option, reason = "an entry may count by its name alone")]
fn description(folder: &Path, name: &str, kind: PackageKind) -> Option<Option<(PathBuf, Metadata)>> {
    let path = folder.join(file_name::to_path(name));
    let file = |path: PathBuf| fs::metadata(&path).ok().filter(Metadata::is_file).map(|metadata| (path, metadata));
    match kind {
        PackageKind::Conda => ends_with(name, "json").then_some(None),
        PackageKind::R => Some(Some(file(path.join("DESCRIPTION"))?)),
        PackageKind::Node if NODE_LISTS.contains(&name) => Some(Some(file(path)?)),
        PackageKind::Node => Some(Some(file(path.join("package.json"))?)),
        PackageKind::Python if ends_with(name, "dist-info") => {
            Some(file(path.join("RECORD")).or_else(|| file(path.join("METADATA"))))
        }
        PackageKind::Python if ends_with(name, "egg-info") => Some(file(path.join("PKG-INFO")).or_else(|| file(path))),
        // Caches and hidden files.
        PackageKind::Python if ends_with(name, "pyc") || name.starts_with('.') => None,
        PackageKind::Python => Some(Some(file(path)?)),
    }
}

fn package(name: &str, kind: PackageKind) -> Option<(String, String)> {
    match kind {
        PackageKind::Python => python::package(name),
        PackageKind::R | PackageKind::Node => None,
        PackageKind::Conda => {
            // `numpy-1.26.4-py311h64a7726_0.json`
            let mut parts = name.strip_suffix(".json")?.rsplitn(3, '-');
            let (_, version, name) = (parts.next()?, parts.next()?, parts.next()?);
            Some((name.to_owned(), version.to_owned()))
        }
    }
}

/// A package of Node.js that is a link to a folder outside of `node_modules`, such as one that is being developed.
fn linked_from(folder: &Path, name: &str) -> Option<(String, PathBuf)> {
    let path = folder.join(file_name::to_path(name));
    if !fs::symlink_metadata(&path).ok()?.is_symlink() {
        return None;
    }
    let real = fs::canonicalize(&path).ok().filter(|real| real.is_dir())?;
    let is_installed = real.components().any(|part| part.as_os_str() == "node_modules");
    (!is_installed).then(|| (name.to_owned(), real))
}

/// The name and version of a package of Node.js.
fn package_of_node(description: &Path) -> Option<(String, String)> {
    let package: serde_json::Value = serde_json::from_slice(&fs::read(description).ok()?).ok()?;
    let field = |name: &str| package.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    // The lock files of npm carry the name of the project.
    let is_list = description.file_name().is_some_and(|name| NODE_LISTS.iter().any(|mark| name == *mark));
    (!is_list).then_some((field("name")?, field("version")?))
}

/// The name and version of a package of R.
fn package_of_r(description: &Path) -> Option<(String, String)> {
    let text = fs::read_to_string(description).ok()?;
    let field = |wanted: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| *name == wanted).map(|(_, value)| value.trim().to_owned())
    };
    Some((field("Package")?, field("Version")?))
}

/// Other folders that Python searches because of files in a folder of packages: paths in `*.pth` and `*.egg-link`, and paths
/// in the modules that find editable packages.
fn added_folders(folder: &Path, names: &[&str]) -> Vec<(String, PathBuf)> {
    let mut others = Vec::new();
    for &name in names {
        let is_list = ends_with(name, "pth") || ends_with(name, "egg-link");
        let is_finder = ends_with(name, "py") && name.contains("editable");
        if !is_list && !is_finder {
            continue;
        }
        let Ok(text) = fs::read_to_string(folder.join(file_name::to_path(name))) else { continue };
        let lines = if ends_with(name, "pth") { usize::MAX } else { 1 };
        let paths: BTreeSet<&str> =
            if is_list { paths(&text).take(lines).collect() } else { literals(&text).collect() };
        let folders = paths.into_iter().map(|path| folder.join(path)).filter(|path| path.exists() && path != folder);
        others.extend(folders.map(|path| (name.to_owned(), path)));
    }
    others
}

/// The lines that are paths, without lines that Python executes.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let is_code = |line: &str| line.starts_with("import ") || line.starts_with("import\t");
    text.lines().map(str::trim).filter(move |line| !line.is_empty() && !line.starts_with('#') && !is_code(line))
}

/// Texts between quotation marks that begin like an absolute path.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\'', '"']).filter(|literal| literal.starts_with('/') && literal.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            write(folder.path(), path, text);
        }
        folder
    }

    fn write(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn look(folder: &Path, kind: PackageKind) -> Installed {
        read(folder, kind, &Remembered::in_home(Path::new("/nowhere"))).expect("it is read")
    }

    #[test]
    fn packages_of_python_are_represented_by_their_records() {
        let site = folder(&[
            ("numpy-1.26.4.dist-info/RECORD", "numpy/__init__.py,sha256=1,1"),
            ("numpy/__init__.py", "1"),
            ("six-1.16.0.egg-info/PKG-INFO", "Name: six"),
            ("local.py", "x = 1"),
        ]);
        let before = look(site.path(), PackageKind::Python);
        let packages = [("numpy", "1.26.4"), ("six", "1.16.0")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(before.packages, BTreeMap::from(packages));
        write(site.path(), "numpy/__pycache__/x.pyc", "made");
        write(site.path(), "x.pyc", "made");
        assert_eq!(look(site.path(), PackageKind::Python).digest, before.digest);
        for (path, text) in [
            ("numpy-1.26.4.dist-info/RECORD", "numpy/__init__.py,sha256=2,1"),
            ("local.py", "x = 2"),
            ("torch-2.0.dist-info/METADATA", "Name: torch"),
            ("more.pth", "/nowhere"),
        ] {
            let before = look(site.path(), PackageKind::Python).digest;
            write(site.path(), path, text);
            assert_ne!(look(site.path(), PackageKind::Python).digest, before, "{path}");
        }
    }

    #[test]
    fn folders_of_editable_packages_are_found() {
        let elsewhere = folder(&[("src/fit/__init__.py", ""), ("one.py", "")]);
        let at = |path: &str| elsewhere.path().join(path);
        let (package, module) = (at("src/fit").display().to_string(), at("one.py").display().to_string());
        let finder = format!("# it's\nMAPPING = {{'fit': '{package}', \"one\": \"{module}\", 'x': 'y'}}\n");
        let list = format!("# a comment\nimport _virtualenv\n{}\nnowhere\n", at("src").display());
        let site = folder(&[("__editable___fit_1_0_finder.py", &finder), ("__editable__.fit-1.0.pth", &list)]);
        std::os::unix::fs::symlink(at("src/fit"), site.path().join("linked")).expect("linked");
        let others = look(site.path(), PackageKind::Python).others;
        let wanted = [
            ("__editable__.fit-1.0.pth", at("src")),
            ("__editable___fit_1_0_finder.py", at("one.py")),
            ("__editable___fit_1_0_finder.py", at("src/fit")),
            ("linked", site.path().join("linked")),
        ];
        assert_eq!(others, wanted.map(|(name, path)| (name.to_owned(), path)));
    }

    #[test]
    fn packages_of_r_and_conda_are_read() {
        let library = folder(&[("dplyr/DESCRIPTION", "Package: dplyr\nVersion: 1.1.4\nBuilt: R 4.3.1\n"), ("x/y", "")]);
        let before = look(library.path(), PackageKind::R);
        assert_eq!(before.packages, BTreeMap::from([("dplyr".to_owned(), "1.1.4".to_owned())]));
        write(library.path(), "dplyr/DESCRIPTION", "Package: dplyr\nVersion: 1.1.4\nBuilt: R 4.3.2\n");
        assert_ne!(look(library.path(), PackageKind::R).digest, before.digest);
        let meta = folder(&[("libopenblas-0.3.26-pthreads_h.json", "{}"), ("history", "")]);
        let before = look(meta.path(), PackageKind::Conda);
        assert_eq!(before.packages, BTreeMap::from([("libopenblas".to_owned(), "0.3.26".to_owned())]));
        let build = |build: &str| meta.path().join(format!("libopenblas-0.3.26-{build}.json"));
        fs::rename(build("pthreads_h"), build("openmp")).expect("renamed");
        assert_ne!(look(meta.path(), PackageKind::Conda).digest, before.digest, "another build");
    }

    #[test]
    fn packages_of_node_are_represented_by_their_descriptions() {
        let modules = folder(&[
            (".package-lock.json", r#"{"name": "study", "version": "0.0.1", "packages": {}}"#),
            ("ml/package.json", r#"{"name": "ml", "version": "1.0.0"}"#),
            ("@stdlib/math/package.json", r#"{"name": "@stdlib/math", "version": "0.2.0"}"#),
            ("ml/index.js", "1"),
        ]);
        let worked_on = folder(&[("package.json", r#"{"name": "own", "version": "3.0.0"}"#)]);
        std::os::unix::fs::symlink(worked_on.path(), modules.path().join("own")).expect("linked");
        let before = look(modules.path(), PackageKind::Node);
        let packages = [("@stdlib/math", "0.2.0"), ("ml", "1.0.0"), ("own", "3.0.0")];
        let packages = packages.map(|(name, version)| (name.to_owned(), version.to_owned()));
        assert_eq!(before.packages, BTreeMap::from(packages));
        let real = fs::canonicalize(worked_on.path()).expect("it is there");
        assert_eq!(before.others, [("own".to_owned(), real)]);
        write(modules.path(), ".cache/x.json", "made");
        assert_eq!(look(modules.path(), PackageKind::Node).digest, before.digest);
        for (path, text) in [
            (".package-lock.json", r#"{"packages": {"node_modules/ml/node_modules/x": {"version": "2.0.0"}}}"#),
            (".modules.yaml", "layoutVersion: 5"),
            ("@stdlib/math/package.json", r#"{"name": "@stdlib/math", "version": "0.3.0"}"#),
            ("new/package.json", r#"{"name": "new", "version": "1.0.0"}"#),
        ] {
            let before = look(modules.path(), PackageKind::Node).digest;
            write(modules.path(), path, text);
            assert_ne!(look(modules.path(), PackageKind::Node).digest, before, "{path}");
        }
    }

    #[test]
    fn a_folder_of_python_packages_is_recognised() {
        assert!(has_python_packages(folder(&[("a-1.dist-info/RECORD", "")]).path()));
        assert!(!has_python_packages(folder(&[("a.py", "")]).path()));
        assert!(has_python_packages(Path::new("/nowhere/site-packages")));
    }
}
