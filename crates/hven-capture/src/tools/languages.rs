//! Folders in which R and Julia search packages by default: next to the program, in the user's home, and in a project. Only
//! the program itself knows which of several versions it uses, so the folders of all versions are included.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Debian's folders for packages of R.
const DEBIAN_LIBRARIES: [&str; 2] = ["/usr/local/lib/R/site-library", "/usr/lib/R/site-library"];

/// Whether a program of this name may start the Python of the activated environment.
pub(super) fn starts_python(name: &str) -> bool {
    matches!(name, "R" | "Rscript" | "julia")
}

/// Whether a program of this name finds packages in `node_modules`.
pub(super) fn is_node_program(name: &str) -> bool {
    matches!(
        name,
        "node" | "nodejs" | "npm" | "npx" | "yarn" | "pnpm" | "pnpx" | "bun" | "bunx" | "deno" | "tsx" | "ts-node"
    )
}

/// The libraries of R. `program`: its path with links resolved; `cwd`: the command's folder.
pub(super) fn libraries_of_r(program: &Path, home: Option<&Path>, cwd: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(installed) = program.parent().and_then(Path::parent) {
        let places = ["", "lib/R", "lib64/R", "share/R"].map(|place| installed.join(place));
        folders.extend(places.iter().flat_map(|place| [place.join("library"), place.join("site-library")]));
    }
    folders.extend(DEBIAN_LIBRARIES.map(PathBuf::from));
    if let Some(home) = home {
        // `R/x86_64-pc-linux-gnu-library/4.3`; on macOS `Library/R/arm64/4.3/library`.
        let on_macos = folders_at_depth(&home.join("Library/R"), 2).into_iter().map(|folder| folder.join("library"));
        folders.extend(
            folders_at_depth(&home.join("R"), 2).into_iter().chain(on_macos).filter(|folder| holds_packages(folder)),
        );
    }
    let project = cwd.ancestors().map(|folder| folder.join("renv/library")).find(|folder| folder.is_dir());
    folders.extend(project.iter().flat_map(|library| libraries_of_project(library)));
    folders.retain(|folder| folder.is_dir());
    folders
}

/// The libraries of a renv project: `R-4.3/x86_64-pc-linux-gnu`; since renv 1.0 below a folder for the system.
fn libraries_of_project(library: &Path) -> Vec<PathBuf> {
    let at = |depth: usize| -> Vec<PathBuf> {
        folders_at_depth(library, depth).into_iter().filter(|folder| holds_packages(folder)).collect()
    };
    let found = at(2);
    if found.is_empty() { at(3) } else { found }
}

fn holds_packages(folder: &Path) -> bool {
    folders_in(folder).iter().any(|one| one.join("DESCRIPTION").is_file())
}

/// The projects that Julia uses by default. `depots`: the folders that a variable names.
pub(super) fn environments_of_julia(depots: Option<&str>, home: Option<&Path>) -> Vec<PathBuf> {
    let named = depots.into_iter().flat_map(|depots| depots.split(':')).filter(|depot| !depot.is_empty());
    let usual = home.map(|home| home.join(".julia"));
    let depots = named.map(PathBuf::from).chain(usual);
    depots.flat_map(|depot| folders_in(&depot.join("environments"))).collect()
}

/// The folders at this depth below a folder.
fn folders_at_depth(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    for _ in 0..depth {
        folders = folders.iter().flat_map(|folder| folders_in(folder)).collect();
    }
    folders
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort_unstable();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(root: &Path, files: &[&str]) {
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
            fs::write(path, "").expect("written");
        }
    }

    #[test]
    fn libraries_of_r_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let (program, home, cwd) = (root.join("R/bin/R"), root.join("user"), root.join("study/part"));
        let libraries = [
            "R/library",
            "R/lib/R/site-library",
            "user/R/x86_64-pc-linux-gnu-library/4.3",
            "user/Library/R/arm64/4.3/library",
            "study/renv/library/R-4.3/x86_64-pc-linux-gnu",
        ];
        for library in libraries {
            make(root, &[&format!("{library}/dplyr/DESCRIPTION")]);
        }
        let look = || {
            let mut found = libraries_of_r(&program, Some(&home), &cwd);
            found.retain(|folder| folder.starts_with(root));
            found
        };
        assert_eq!(look(), libraries.map(|library| root.join(library)));
        fs::remove_dir_all(root.join("study/renv")).expect("removed");
        make(root, &["study/renv/library/linux-jammy/R-4.3/x86_64-pc-linux-gnu/dplyr/DESCRIPTION"]);
        assert_eq!(look().last(), Some(&root.join("study/renv/library/linux-jammy/R-4.3/x86_64-pc-linux-gnu")));
    }

    #[test]
    fn environments_of_julia_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        make(root, &["user/.julia/environments/v1.10/Manifest.toml", "depot/environments/v1.11/Project.toml"]);
        let found = |depots: Option<&str>| environments_of_julia(depots, Some(&root.join("user")));
        let own = root.join("user/.julia/environments/v1.10");
        assert_eq!(found(None), std::slice::from_ref(&own));
        let depot = root.join("depot").display().to_string();
        assert_eq!(found(Some(&format!("{depot}:"))), [root.join("depot/environments/v1.11"), own]);
    }
}
