//! The folder of a process: its caller's folder, or a fresh one that is made for the attempt and contains only its inputs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Digest, file_name,
    links::Tree,
    object::{FileRef, Listing},
};

/// The kind of folder in which a process runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RunFolder {
    /// The folder in the specification.
    #[default]
    Here,
    /// A new folder for each attempt: the run's inputs are copied into it first, outputs are sealed from it, and it is removed
    /// when the attempt is forgotten.
    Fresh,
}

impl RunFolder {
    #[allow(clippy::trivially_copy_pass_by_ref)] // What serde asks for.
    pub const fn is_here(&self) -> bool {
        matches!(self, Self::Here)
    }
}

/// A task that ships with Hven. Its process is Hven's own program, in a fresh folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub name: String,
    /// The version of its behaviour: the same version with the same arguments and inputs makes the same outputs.
    pub version: u32,
    #[serde(default)]
    pub arguments: serde_json::Value,
}

/// The file in a recipe's folder that contains its arguments.
pub const RECIPE_FILE: &str = "recipe.json";

/// Checks that a path can be used in a fresh folder: relative, in its shortest form, and inside the folder.
pub fn check_path(path: &str) -> Result<(), &'static str> {
    match path {
        "" => return Err("is empty"),
        path if path.starts_with('/') => return Err("is absolute: in a fresh folder paths are relative to it"),
        path if path.contains('\0') => return Err("has a NUL byte"),
        _ => {}
    }
    for part in path.split('/') {
        match part {
            "" => return Err("has an empty part: write it without double slashes and without one at its end"),
            "." => return Err("has the part `.`: write it without"),
            ".." => return Err("has the part `..`: nothing may leave a fresh folder"),
            part if file_name::length(part) > 255 => return Err("has a part of more than 255 bytes"),
            _ => {}
        }
    }
    Ok(())
}

/// A file for a fresh folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staged {
    pub digest: Digest,
    pub executable: bool,
}

/// The content of a fresh folder, by path; computed before the first byte is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagingPlan {
    pub files: BTreeMap<String, Staged>,
    /// Folders that exist even if they are empty.
    pub folders: BTreeSet<String>,
    /// Links, by path, with their targets; made after all files.
    pub links: BTreeMap<String, String>,
    /// Links that are not made, because they lead out of their folder.
    pub left_out: Vec<String>,
}

impl StagingPlan {
    /// Adds a file. An existing entry at the path must be the same.
    pub fn add(&mut self, path: String, staged: Staged) -> Result<(), String> {
        check_path(&path).map_err(|why| format!("the path {path:?} {why}"))?;
        match self.files.get(&path) {
            Some(other) if other.digest != staged.digest => {
                Err(format!("{path} is wanted with two different contents"))
            }
            Some(_) => Ok(()),
            None => {
                self.files.insert(path, staged);
                Ok(())
            }
        }
    }

    /// Adds a folder with its content.
    pub fn add_folder(&mut self, folder: &FileRef, listing: Listing) -> Result<(), String> {
        let empty = listing.folders.iter().map(|empty| format!("{}/{empty}", folder.path));
        for path in std::iter::once(folder.path.clone()).chain(empty) {
            check_path(&path).map_err(|why| format!("the path {path:?} {why}"))?;
            self.folders.insert(path);
        }
        let tree = Tree::of(&listing);
        for link in &listing.links {
            let path = format!("{}/{}", folder.path, link.path);
            check_path(&path).map_err(|why| format!("the path {path:?} {why}"))?;
            if tree.lead(link).stays_within() {
                self.links.insert(path, link.target.clone());
            } else {
                self.left_out.push(path);
            }
        }
        drop(tree);
        listing.files.into_iter().try_for_each(|file| {
            let staged = Staged { digest: file.digest, executable: file.executable };
            self.add(format!("{}/{}", folder.path, file.path), staged)
        })
    }

    /// The first path that would be two things at once: a file, a link or a folder.
    pub fn torn(&self) -> Option<&str> {
        if let Some(path) = self.links.keys().find(|path| self.files.contains_key(*path)) {
            return Some(path);
        }
        let is_leaf = |path: &str| self.files.contains_key(path) || self.links.contains_key(path);
        if let Some(path) = self.folders.iter().find(|path| is_leaf(path)) {
            return Some(path);
        }
        self.files
            .keys()
            .chain(self.links.keys())
            .chain(&self.folders)
            .find_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]).find(|folder| is_leaf(folder)))
    }
}

crate::sample::sampled! {
    Recipe { name, version, arguments }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::object::{FileKind, ListedFile};

    #[test]
    fn paths_stay_in_their_folder() {
        let check = |path: &str, is_fine: bool| assert_eq!(check_path(path).is_ok(), is_fine, "{path:?}");
        check("a", true);
        check("a/b.csv", true);
        check(".hidden/..a", true);
        check(&file_name::bytes_to_text(&[0xf6; 255]), true);
        check(&file_name::bytes_to_text(&[0xf6; 256]), false);
        for bad in ["", "/a", "a/", "a//b", ".", "./a", "a/./b", "..", "../a", "a/../b", "a\0b", &"x".repeat(256)] {
            check(bad, false);
        }
    }

    #[test]
    fn a_plan_expands_folders_and_finds_contradictions() {
        let staged = |bytes: &[u8]| Staged { digest: Digest::of(bytes), executable: false };
        let folder = FileRef { path: "data".into(), digest: Digest::of(b"l"), size: 2, kind: FileKind::Folder };
        let listed = |path: &str| ListedFile { path: path.into(), digest: Digest::of(b"1"), size: 1, executable: true };
        let mut plan = StagingPlan::default();
        plan.add("data/a".into(), staged(b"1")).expect("a first file");
        plan.add_folder(&folder, Listing { files: vec![listed("a"), listed("deep/b")], ..Listing::default() })
            .expect("the same again");
        assert_eq!(plan.files.keys().collect::<Vec<_>>(), ["data/a", "data/deep/b"]);
        assert!(plan.files["data/deep/b"].executable);
        assert_eq!(plan.torn(), None);
        let two = plan.add("data/a".into(), staged(b"2")).expect_err("another file there");
        assert_eq!(two, "data/a is wanted with two different contents");
        let out = plan
            .add_folder(&folder, Listing { files: vec![listed("../x")], ..Listing::default() })
            .expect_err("it leads out");
        assert!(out.starts_with("the path \"data/../x\" has the part `..`"), "{out}");
        plan.add("data".into(), staged(b"3")).expect("seen only when all is known");
        assert_eq!(plan.torn(), Some("data"));
    }

    #[test]
    fn empty_folders_are_planned_and_are_not_also_files() {
        let folder =
            |path: &str| FileRef { path: path.into(), digest: Digest::of(b"l"), size: 0, kind: FileKind::Folder };
        let listing = |folders: &[&str]| Listing {
            folders: folders.iter().map(|path| (*path).to_owned()).collect(),
            ..Listing::default()
        };
        let mut plan = StagingPlan::default();
        plan.add_folder(&folder("data"), listing(&["a", "b/c"])).expect("planned");
        assert_eq!(plan.folders.iter().map(String::as_str).collect::<Vec<_>>(), ["data", "data/a", "data/b/c"]);
        assert_eq!(plan.torn(), None);
        let out = plan.add_folder(&folder("data"), listing(&["../x"])).expect_err("it leads out");
        assert!(out.starts_with("the path \"data/../x\" has the part `..`"), "{out}");
        plan.add("data/b".into(), Staged { digest: Digest::of(b"1"), executable: false }).expect("added");
        assert_eq!(plan.torn(), Some("data/b"), "a folder lies below it");
        plan.add_folder(&folder("data/b"), Listing::default()).expect("added");
        assert_eq!(plan.torn(), Some("data/b"), "it is a file and a folder");
    }

    #[test]
    fn links_within_the_folder_are_planned_and_others_are_named() {
        let folder = FileRef { path: "data".into(), digest: Digest::of(b"l"), size: 2, kind: FileKind::Folder };
        let file = ListedFile { path: "a".into(), digest: Digest::of(b"1"), size: 1, executable: false };
        let link = |path: &str, target: &str| crate::object::ListedLink { path: path.into(), target: target.into() };
        let links = vec![link("b", "a"), link("out", "../code.py"), link("shadow", "/etc/shadow")];
        let mut plan = StagingPlan::default();
        plan.add_folder(&folder, Listing { files: vec![file], links, ..Listing::default() }).expect("planned");
        assert_eq!(plan.links, BTreeMap::from([("data/b".to_owned(), "a".to_owned())]));
        assert_eq!(plan.left_out, ["data/out", "data/shadow"]);
        assert_eq!(plan.torn(), None);
        plan.add("data/b/c".into(), Staged { digest: Digest::of(b"2"), executable: false }).expect("added");
        assert_eq!(plan.torn(), Some("data/b"), "no file is written through a link");
    }
}
