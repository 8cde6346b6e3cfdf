//! Extracts the files of a commit from the repository into a separate folder, and applies a patch.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use hven_client::Failure;
use hven_core::{file_name, limits};

use super::{
    code_above::CodeAbove,
    programs::{git_apply, run},
};
use crate::git;

/// A record from an older Hven or another home may contain any text. Git must not receive a text that it would read as an
/// option, or that leads out of the folder.
pub(super) fn check_commit_and_prefix(commit: &str, prefix: &str) -> anyhow::Result<()> {
    let checked = limits::commit("the commit that its record names", commit);
    let checked =
        checked.and_then(|()| limits::place_within("the path in the repository that its record names", prefix));
    checked.map_err(|why| {
        Failure::new("invalid", format!("the code cannot be extracted from the repository: {why}"))
            .hint("`hven run` never records this; `hven show RUN` shows who submitted the run")
            .into()
    })
}

/// The root of the repository, below the folder for the code.
pub(super) const TREE: &str = "code";

/// At most so many files are passed to one call of git.
const NAMED_MAX: usize = 500;

/// Extracts the commit's files of the run's folder, and the wanted files outside of it, into the empty folder `place`, and
/// applies the patch. Returns the path of the run's folder in it. This path does not exist if neither commit nor patch has a
/// file there.
pub(super) fn unpack(
    root: &Path,
    commit: &str,
    prefix: &str,
    above: &CodeAbove,
    patch: &[u8],
    place: &Path,
) -> anyhow::Result<PathBuf> {
    check_commit_and_prefix(commit, prefix)?;
    let (tree, tar) = (place.join(TREE), place.join("code.tar"));
    fs::create_dir(&tree).context("a folder for the code cannot be created")?;
    if has_folder(root, commit, prefix)? {
        extract(root, commit, &[prefix], &tar, &tree)?;
    }
    let wanted: Vec<&str> = above.wanted.iter().map(String::as_str).collect();
    for some in wanted.chunks(NAMED_MAX) {
        extract(root, commit, some, &tar, &tree)?;
    }
    if !patch.is_empty() {
        let changed = if above.is_wanted { above.changed_by(patch, prefix, &tree)? } else { BTreeSet::new() };
        apply(&tree, prefix, &changed, patch)?;
    }
    let mut folder = tree;
    for part in &file_name::to_path(prefix) {
        folder.push(part);
        if fs::symlink_metadata(&folder).is_ok_and(|found| !found.is_dir()) {
            return Err(no_folder(commit, prefix));
        }
    }
    Ok(folder)
}

fn no_folder(commit: &str, prefix: &str) -> anyhow::Error {
    let message =
        format!("the code cannot be extracted from the repository: {prefix:?} is not a folder in commit {commit}");
    Failure::new("invalid", message).hint("links to folders are not followed; `hven show RUN` shows the record").into()
}

/// Whether the commit has files below the folder. A path that is not a folder in the commit is an error. Git follows no
/// links here.
fn has_folder(root: &Path, commit: &str, prefix: &str) -> anyhow::Result<bool> {
    if prefix.is_empty() {
        return Ok(true);
    }
    let pathspec = file_name::from_text(&format!(":(top,literal){prefix}"));
    let found = git::git(root, &["ls-tree", "-z", "--full-tree", commit, "--"], &[&pathspec])?;
    // `MODE tree DIGEST`, a tab and the path; `blob` for a file or a link.
    match found.split(|&byte| byte == b' ').nth(1) {
        None => Ok(false),
        Some(b"tree") => Ok(true),
        Some(_) => Err(no_folder(commit, prefix)),
    }
}

/// Extracts the files at these paths; an empty path means all files. `tar` is a file in a private folder.
fn extract(root: &Path, commit: &str, paths: &[&str], tar: &Path, tree: &Path) -> anyhow::Result<()> {
    let mut archive = git::command(root, &["archive", "--format=tar", "-o"]);
    archive.arg(tar).arg(commit).arg("--");
    for path in paths.iter().filter(|path| !path.is_empty()) {
        archive.arg(file_name::from_text(&format!(":(top,literal){path}")));
    }
    run(&mut archive, None)?;
    run(Command::new("tar").arg("-xf").arg(tar).arg("-C").arg(tree), None)
}

/// `more`: files outside of the run's folder that may also be changed.
fn apply(tree: &Path, prefix: &str, more: &BTreeSet<String>, patch: &[u8]) -> anyhow::Result<()> {
    let mut command = git_apply(tree);
    command.arg("--whitespace=nowarn");
    if !prefix.is_empty() {
        command.arg(file_name::from_text(&format!("--include={}/*", literal(prefix))));
        for path in more {
            command.arg(file_name::from_text(&format!("--include={}", literal(path))));
        }
    }
    run(command.arg("-"), Some(patch))
}

/// The pattern that matches only this text.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::{
        clone::code_above,
        folder_search::{self, FolderSearch},
    };

    const PATCH: &str = "diff --git a/study/fit.py b/study/fit.py\n--- a/study/fit.py\n+++ b/study/fit.py\n@@ -1 +1 @@\n\
                         -one\n+two\n";

    fn run_git(folder: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A repository with these files, and its commit.
    fn repository(files: &[&str], change: impl Fn(&Path)) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("clone");
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("it has one")).expect("made");
            fs::write(path, "one\n").expect("written");
        }
        change(&root);
        run_git(&root, &["init", "-q", "-b", "main"]);
        run_git(&root, &["add", "-f", "."]);
        run_git(&root, &["commit", "-q", "-m", "first"]);
        let commit = git::git(&root, &["rev-parse", "HEAD"], &[]).expect("a commit");
        (folder, String::from_utf8(commit).expect("text").trim().to_owned())
    }

    fn take(folder: &tempfile::TempDir, commit: &str, prefix: &str, patch: &str) -> Result<Vec<String>, String> {
        let root = folder.path().join("clone");
        let place = tempfile::tempdir().expect("a folder");
        let at = unpack(&root, commit, prefix, &CodeAbove::default(), patch.as_bytes(), place.path());
        let at = at.map_err(|error| error.to_string())?;
        let Ok(found) = folder_search::find(&at, &FolderSearch::of_all(100, false)) else { return Ok(Vec::new()) };
        let text = |path: &PathBuf| {
            format!("{} {}", path.display(), fs::read_to_string(at.join(path)).expect("text").trim_end())
        };
        Ok(found.files.iter().map(text).collect())
    }

    #[test]
    fn code_is_the_folder_of_the_commit_with_the_patch() {
        let files = ["study/fit.py", "study/lib/a.py", "other.py", "a[b]*/c/fit.py", ":(top)x/fit.py"];
        let (folder, commit) = repository(&files, |_| ());
        let check = |prefix: &str, patch: &str, wanted: &[&str]| {
            assert_eq!(take(&folder, &commit, prefix, patch).expect("taken out"), wanted, "{prefix}");
        };
        check("study", "", &["fit.py one", "lib/a.py one"]);
        check("study", PATCH, &["fit.py two", "lib/a.py one"]);
        check("study/lib", PATCH, &["a.py one"]);
        let odd = PATCH.replace("study", "a[b]*/c");
        check("a[b]*/c", &odd, &["fit.py two"]);
        check(":(top)x", "", &["fit.py one"]);
        // All files are outside of this folder, or exist only in the patch.
        check("new", "", &[]);
        let new = "diff --git a/new/b.py b/new/b.py\nnew file mode 100644\n--- /dev/null\n+++ b/new/b.py\n\
                   @@ -0,0 +1 @@\n+x\n";
        check("new", new, &["b.py x"]);
        assert_eq!(take(&folder, &commit, "", PATCH).expect("taken out").len(), files.len());
    }

    #[test]
    fn a_record_gives_git_no_options() {
        let (folder, commit) = repository(&["study/fit.py"], |_| ());
        let victim = folder.path().join("authorized_keys");
        fs::write(&victim, "mine").expect("written");
        let option = format!("--output={}", victim.display());
        for (commit, prefix) in [
            (commit.as_str(), option.as_str()),
            (commit.as_str(), "../clone"),
            (commit.as_str(), "/etc"),
            (option.as_str(), "study"),
            ("--exec=touch", ""),
            ("main", "study"),
        ] {
            let refused = take(&folder, commit, prefix, "").expect_err(prefix);
            assert!(refused.starts_with("the code cannot be extracted from the repository: the "), "{refused}");
        }
        // Without this check git would still treat the path as a literal path.
        let root = folder.path().join("clone");
        let (tar, tree) = (folder.path().join("code.tar"), folder.path().join("tree"));
        fs::create_dir(&tree).expect("made");
        assert!(extract(&root, &commit, &[option.as_str()], &tar, &tree).is_err());
        assert_eq!(fs::read(&victim).expect("read"), b"mine");
    }

    #[test]
    fn small_code_above_the_folder_is_extracted_and_patched() {
        let (folder, commit) = repository(&["study/fit.py", "shared.py", "lib/deep/a.R", "data/table.csv"], |root| {
            fs::write(root.join("large.py"), "#".repeat((1 << 20) + 1)).expect("written");
            fs::write(root.join("lib/.env"), "KEY=1").expect("written");
        });
        let root = folder.path().join("clone");
        let above = code_above::of_commit(&root, &commit, "study").expect("listed");
        assert_eq!(above.wanted.iter().collect::<Vec<_>>(), ["lib/deep/a.R", "shared.py"]);
        assert_eq!(above.left_out.iter().collect::<Vec<_>>(), ["large.py"]);
        let new = "diff --git a/lib/new.py b/lib/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/lib/new.py\n\
                   @@ -0,0 +1 @@\n+new\n";
        let (shared, data) = (PATCH.replace("study/fit.py", "shared.py"), new.replace("lib/new.py", "data/new.csv"));
        let patch = [PATCH, &shared, new, &data].concat();
        let place = tempfile::tempdir().expect("a folder");
        let at = unpack(&root, &commit, "study", &above, patch.as_bytes(), place.path()).expect("taken out");
        assert_eq!(at, place.path().join("code/study"));
        let read = |path: &str| fs::read_to_string(place.path().join("code").join(path)).ok();
        for (path, text) in [
            ("study/fit.py", Some("two\n")),
            ("shared.py", Some("two\n")),
            ("lib/deep/a.R", Some("one\n")),
            ("lib/new.py", Some("new\n")),
            ("lib/.env", None),
            ("large.py", None),
            ("data/table.csv", None),
            ("data/new.csv", None),
        ] {
            assert_eq!(read(path).as_deref(), text, "{path}");
        }
    }

    #[test]
    fn a_link_in_the_place_of_the_folder_is_not_followed() {
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("secret"), "secret").expect("written");
        let (folder, commit) = repository(&["study/fit.py", "file"], |root| {
            symlink(outside.path(), root.join("link")).expect("linked");
            symlink(outside.path(), root.join("study/deep")).expect("linked");
            symlink("study", root.join("alias")).expect("linked");
        });
        for prefix in ["link", "study/deep", "alias", "file"] {
            let refused = take(&folder, &commit, prefix, "").expect_err(prefix);
            assert!(refused.contains("is not a folder in commit"), "{refused}");
        }
        assert_eq!(take(&folder, &commit, "link/sub", ""), Ok(Vec::new()), "nothing of the commit is there");
        // A patch that replaces the folder by a link does not change the result.
        let (folder, commit) = repository(&["study/fit.py", "other.py"], |_| ());
        let gone = "diff --git a/study/fit.py b/study/fit.py\ndeleted file mode 100644\n--- a/study/fit.py\n\
                    +++ /dev/null\n@@ -1 +0,0 @@\n-one\n";
        let link = "diff --git a/study b/study\nnew file mode 120000\n--- /dev/null\n+++ b/study\n@@ -0,0 +1 @@\n";
        let patch = format!("{gone}{link}+{}\n\\ No newline at end of file\n", outside.path().display());
        assert_eq!(take(&folder, &commit, "study", &patch), Ok(Vec::new()));
        assert_eq!(take(&folder, &commit, "", &patch), Ok(vec!["other.py one".to_owned()]));
    }

    #[test]
    fn a_patch_runs_no_program_and_applies_inside_repositories() {
        let mark = tempfile::tempdir().expect("a folder");
        let mark = mark.path().join("ran");
        let settings = format!(
            "[core]\nrepositoryformatversion = 0\nworktree = .\n[filter \"x\"]\nclean = \"touch {}; cat\"\n",
            mark.display()
        );
        // The commit's own files look like a repository, whose settings name a program.
        let (folder, commit) = repository(&["study/fit.py", "objects/a", "refs/a"], |root| {
            fs::write(root.join("HEAD"), "ref: refs/heads/main\n").expect("written");
            fs::write(root.join("config"), &settings).expect("written");
            fs::write(root.join(".gitattributes"), "study/* filter=x\n").expect("written");
        });
        let taken = take(&folder, &commit, "", PATCH).expect("taken out");
        assert!(taken.contains(&"study/fit.py two".to_owned()), "{taken:?}");
        assert!(!mark.exists(), "it ran");
        // The patch is also applied in a folder inside another repository.
        let place = folder.path().join("clone/place");
        fs::create_dir(&place).expect("made");
        let (root, nothing) = (folder.path().join("clone"), CodeAbove::default());
        let at = unpack(&root, &commit, "study", &nothing, PATCH.as_bytes(), &place).expect("taken out");
        assert_eq!(fs::read(at.join("fit.py")).expect("read"), b"two\n");
    }
}
