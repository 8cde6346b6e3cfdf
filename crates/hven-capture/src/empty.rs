//! Folders that exist when a run is submitted and that no other capture restores: empty folders among the code, which
//! neither git nor the listing of a folder keeps, folders for outputs, and empty folders in these. A script may expect them,
//! so they are noted, and created when the run is reproduced.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_core::{file_name, staging::check_path};

use super::{is_skipped, is_tool_folder};

/// At most so many folders are read, so that the start of a run does not wait.
const FOLDERS_READ_MAX: usize = 2000;
/// At most so many are noted.
const NOTED_MAX: usize = 100;

/// Notes empty folders below `cwd` outside of declared inputs, and the declared outputs that are folders. A folder that
/// contains only skipped entries, such as a cache, counts as empty.
pub fn note(cwd: &Path, declared: &[PathBuf], outputs: &[String]) -> Vec<CaptureNote> {
    let is_folder = |path: &Path| fs::symlink_metadata(cwd.join(path)).is_ok_and(|metadata| metadata.is_dir());
    let mut found: Vec<String> =
        outputs.iter().filter(|output| is_folder(&file_name::to_path(output))).cloned().collect();
    let of_outputs: Vec<PathBuf> = found.iter().map(|output| file_name::to_path(output)).collect();
    let mut waiting = vec![PathBuf::new()];
    for _ in 0..FOLDERS_READ_MAX {
        let Some(folder) = waiting.pop() else { break };
        let Ok(entries) = fs::read_dir(cwd.join(&folder)) else { continue };
        let mut is_empty = true;
        for entry in entries.flatten().filter(|entry| !is_skipped(&file_name::to_text(&entry.file_name()))) {
            is_empty = false;
            let path = folder.join(entry.file_name());
            let is_below = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_apart = declared.contains(&path) && !of_outputs.contains(&path);
            if is_below && !is_apart && !is_tool_folder(&entry.path()) {
                waiting.push(path);
            }
        }
        if is_empty {
            found.push(file_name::to_text(&folder));
        }
    }
    found.retain(|path| check_path(path).is_ok());
    found.sort_unstable();
    found.dedup();
    found.truncate(NOTED_MAX);
    found.into_iter().map(|path| CaptureNote::Folder { path }).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn empty_folders_and_those_for_outputs_are_noted() {
        let place = tempfile::tempdir().expect("a folder");
        let cwd = place.path();
        let folders = ["a/empty", "hidden", "results/plots", "data/empty", "full", ".cache", "venv/lib", "__pycache__"];
        for folder in folders {
            fs::create_dir_all(cwd.join(folder)).expect("made");
        }
        fs::create_dir(cwd.join(file_name::from_text("\u{eff6}"))).expect("made");
        for file in ["hidden/.DS_Store", "results/old.csv", "full/a.py", "fit.py", "venv/pyvenv.cfg"] {
            fs::write(cwd.join(file), "1").expect("written");
        }
        symlink("a/empty", cwd.join("link")).expect("linked");
        let noted = |declared: &[&str], outputs: &[&str]| {
            let declared: Vec<PathBuf> = declared.iter().map(PathBuf::from).collect();
            let outputs: Vec<String> = outputs.iter().map(|output| (*output).to_owned()).collect();
            let path = |note: CaptureNote| match note {
                CaptureNote::Folder { path } => path,
                other => panic!("{other:?}"),
            };
            note(cwd, &declared, &outputs).into_iter().map(path).collect::<Vec<_>>()
        };
        let outputs = ["results", "none", "fit.py", "link", "."];
        assert_eq!(
            noted(&["data", "results"], &outputs),
            ["a/empty", "hidden", "results", "results/plots", "\u{eff6}"]
        );
        assert_eq!(noted(&["data", "results"], &[]), ["a/empty", "hidden", "\u{eff6}"], "results is an input");
        assert_eq!(noted(&[], &[]), ["a/empty", "data/empty", "hidden", "results/plots", "\u{eff6}"]);
    }
}
