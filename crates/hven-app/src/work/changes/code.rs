//! The differences between the code of two runs.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{Digest, file_name, run::Code};

use crate::{
    kernel::{error::AppResult, folders, sentences::AnswerSentence},
    work::floor::Work,
};

/// The number of code files that are named.
const FILES_MAX: usize = 3;

/// The number of bytes that are read of the changes to a commit. Files behind them are not named.
const DIFF_BYTES_MAX: usize = 4 << 20;

/// The number of digits of a commit that are shown.
const COMMIT_DIGITS: usize = 12;

/// The changes to the code, and the changed files as far as the record names them.
pub(crate) async fn changed_code(
    work: &Work,
    before: Option<&Code>,
    now: Option<&Code>,
) -> AppResult<(AnswerSentence, BTreeSet<String>)> {
    let (mut paths, modes) = match (before, now) {
        (Some(Code::Folder { listing: before, .. }), Some(Code::Folder { listing: now, .. })) => {
            changed_listing(work, *before, *now).await?
        }
        (Some(Code::Git { commit: before, .. }), Some(Code::Git { commit: now, .. })) if before != now => {
            let short = |commit: &str| commit.get(..COMMIT_DIGITS).unwrap_or(commit).to_owned();
            return Ok((AnswerSentence::ChangedCommit { before: short(before), commit: short(now) }, BTreeSet::new()));
        }
        (Some(before @ Code::Git { .. }), Some(now @ Code::Git { .. })) => {
            changed_files(&outside_the_commit(work, before).await?, &outside_the_commit(work, now).await?)
        }
        _ => (BTreeSet::new(), BTreeSet::new()),
    };
    let of_mode = modes.iter().map(|path| format!("{path} (whether it may be executed)"));
    let change = match named(&paths.iter().cloned().chain(of_mode).collect()) {
        None => AnswerSentence::ChangedCode,
        Some(paths) => AnswerSentence::ChangedCodeFiles { paths },
    };
    paths.extend(modes);
    Ok((change, paths))
}

/// A file in the code of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CodeFile {
    /// A text that identifies its bytes; empty where they are those of the commit.
    bytes: String,
    /// The known part of its mode: whether it may be executed.
    mode: String,
}

/// The files with different bytes, and the files with only a different mode.
fn changed_files(
    before: &BTreeMap<String, CodeFile>,
    now: &BTreeMap<String, CodeFile>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let bytes = |files: &BTreeMap<String, CodeFile>, path: &String| {
        files.get(path).map(|file| file.bytes.clone()).unwrap_or_default()
    };
    other_keys(before, now).into_iter().partition(|path| bytes(before, path) != bytes(now, path))
}

/// `fit.py, lib/a.py and 2 more`.
fn named(paths: &BTreeSet<String>) -> Option<String> {
    let first: Vec<String> = paths.iter().take(FILES_MAX).map(|path| file_name::shown(path).into_owned()).collect();
    match paths.len().checked_sub(FILES_MAX) {
        _ if first.is_empty() => None,
        Some(more @ 1..) => Some(format!("{} and {more} more", first.join(", "))),
        _ => Some(first.join(", ")),
    }
}

async fn changed_listing(work: &Work, before: Digest, now: Digest) -> AppResult<(BTreeSet<String>, BTreeSet<String>)> {
    let (Some(before), Some(now)) = (folders::listing(work, before).await?, folders::listing(work, now).await?) else {
        return Ok((BTreeSet::new(), BTreeSet::new()));
    };
    let entries = |listing: hven_core::object::Listing| -> BTreeMap<String, CodeFile> {
        let files = listing
            .files
            .into_iter()
            .map(|file| (file.path, CodeFile { bytes: file.digest.to_string(), mode: file.executable.to_string() }));
        let link = |target: String| CodeFile { bytes: format!("-> {target}"), ..CodeFile::default() };
        let links = listing.links.into_iter().map(|one| (one.path, link(one.target)));
        files.chain(links).collect()
    };
    Ok(changed_files(&entries(before), &entries(now)))
}

/// The code that is not in the commit: each file with a text that identifies its bytes.
async fn outside_the_commit(work: &Work, code: &Code) -> AppResult<BTreeMap<String, CodeFile>> {
    let Code::Git { diff, untracked, inner, .. } = code else { return Ok(BTreeMap::new()) };
    let of = |bytes: String| CodeFile { bytes, ..CodeFile::default() };
    let mut files: BTreeMap<String, CodeFile> =
        untracked.iter().map(|file| (file.path.clone(), of(file.digest.to_string()))).collect();
    files.extend(inner.iter().map(|inner| (inner.path.clone(), of(inner.to_string()))));
    if let Some(diff) = diff
        && let Some(bytes) = work.ports.objects.head(*diff, DIFF_BYTES_MAX).await?
    {
        files.extend(sections(&String::from_utf8_lossy(&bytes)));
    }
    Ok(files)
}

/// The files in a diff by git, each with a digest of the part of the diff about the file's bytes.
fn sections(diff: &str) -> Vec<(String, CodeFile)> {
    const HEADER: &str = "diff --git ";
    let begins = |(place, _): &(usize, &str)| *place == 0 || diff.as_bytes()[place - 1] == b'\n';
    let starts: Vec<usize> = diff.match_indices(HEADER).filter(begins).map(|(place, _)| place).collect();
    let ends = starts.iter().skip(1).copied().chain([diff.len()]);
    let section = |(start, end): (&usize, usize)| {
        let text = &diff[*start..end];
        let header = text.lines().next().unwrap_or_default().strip_prefix(HEADER).unwrap_or_default();
        // `a/fit.py b/fit.py`: the same path twice.
        let path = header.get(2..header.len().div_ceil(2).saturating_sub(1)).unwrap_or(header);
        let is_twice = header == format!("a/{path} b/{path}");
        let is_of_mode = |line: &str| line.starts_with("old mode ") || line.starts_with("new mode ");
        let mode = text.lines().find_map(|line| line.strip_prefix("new mode ")).unwrap_or_default().to_owned();
        let bytes =
            if text.lines().skip(1).all(is_of_mode) { String::new() } else { Digest::of(text.as_bytes()).to_string() };
        (if is_twice { path } else { header }.to_owned(), CodeFile { bytes, mode })
    };
    starts.iter().zip(ends).map(section).collect()
}

/// The keys with different values.
fn other_keys<V: PartialEq>(before: &BTreeMap<String, V>, now: &BTreeMap<String, V>) -> BTreeSet<String> {
    before.keys().chain(now.keys()).filter(|key| before.get(*key) != now.get(*key)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_diff_are_named() {
        let diff = "diff --git a/fit.py b/fit.py\n-a\n+b\ndiff --git a/b c.py b/b c.py\n+ diff --git no header\n";
        let found = sections(diff);
        assert_eq!(found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["fit.py", "b c.py"]);
        let other: BTreeMap<_, _> = sections(&diff.replace("+b", "+c")).into_iter().collect();
        assert_eq!(other_keys(&found.into_iter().collect(), &other), BTreeSet::from(["fit.py".to_owned()]));
        assert_eq!(sections(""), []);
        assert_eq!(
            sections("diff --git \"a/\\303\\266\" \"b/\\303\\266\"\n")[0].0,
            "\"a/\\303\\266\" \"b/\\303\\266\""
        );
    }

    #[test]
    fn a_changed_mode_is_reported_as_such() {
        let of = |diff: &str| sections(diff).into_iter().collect::<BTreeMap<String, CodeFile>>();
        let mode = "diff --git a/helper.sh b/helper.sh\nold mode 100644\nnew mode 100755\n";
        let bytes = "diff --git a/fit.py b/fit.py\nindex 1..2 100644\n--- a/fit.py\n+++ b/fit.py\n-a\n+b\n";
        let check = |before: &str, now: &str, of_bytes: &[&str], of_mode: &[&str]| {
            let (found, modes) = changed_files(&of(before), &of(now));
            assert_eq!(found.iter().collect::<Vec<_>>(), of_bytes);
            assert_eq!(modes.iter().collect::<Vec<_>>(), of_mode);
        };
        check("", mode, &[], &["helper.sh"]);
        check(mode, "", &[], &["helper.sh"]);
        check(mode, &format!("{bytes}{mode}"), &["fit.py"], &[]);
        check(bytes, mode, &["fit.py"], &["helper.sh"]);
    }

    #[test]
    fn only_the_first_of_many_files_are_named() {
        let paths = |count: u32| (0..count).map(|n| format!("{n}.py")).collect::<BTreeSet<String>>();
        assert_eq!(named(&paths(0)), None);
        assert_eq!(named(&paths(3)).as_deref(), Some("0.py, 1.py, 2.py"));
        assert_eq!(named(&paths(5)).as_deref(), Some("0.py, 1.py, 2.py and 2 more"));
    }
}
