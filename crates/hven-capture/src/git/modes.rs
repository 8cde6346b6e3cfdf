//! Detects commits that differ only in execute permissions. The files themselves do not show this, so the reason names it.

use std::path::Path;

use hven_core::file_name;

use super::{git_process::git, repository::find};

/// At most so many files are named.
const NAMED_MAX: usize = 3;

/// The reason to run a run again. If it names two commits that differ only in modes, the text adds this.
pub fn with_modes(reason: &str, cwd: &Path) -> String {
    match changed_modes(reason, cwd) {
        Some(paths) => format!("{reason}, which changed only whether {} may be executed", named(&paths)),
        None => reason.to_owned(),
    }
}

fn changed_modes(reason: &str, cwd: &Path) -> Option<Vec<String>> {
    let (_, commits) = reason.rsplit_once("the code changed: commit ")?;
    let (before, now) = commits.split_once(" became ")?;
    let is_commit = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_commit(before) || !is_commit(now) {
        return None;
    }
    let difference = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, now];
    only_modes(&git(&find(cwd)?, &difference, &[]).ok()?)
}

/// The paths of a raw difference; `None` if contents changed, too.
fn only_modes(difference: &[u8]) -> Option<Vec<String>> {
    let mut parts = difference.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    let mut paths = Vec::new();
    while let Some(head) = parts.next() {
        // `:100644 100755 DIGEST DIGEST M`
        let words: Vec<&str> = std::str::from_utf8(head).ok()?.split(' ').collect();
        let [_, _, before, now, _] = words[..] else { return None };
        if before != now {
            return None;
        }
        paths.push(String::from_utf8_lossy(parts.next()?).into_owned());
    }
    (!paths.is_empty()).then_some(paths)
}

fn named(paths: &[String]) -> String {
    let first: Vec<String> = paths.iter().take(NAMED_MAX).map(|path| file_name::shown(path).into_owned()).collect();
    match paths.len().saturating_sub(NAMED_MAX) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pure_mode_changes_are_reported_as_modes() {
        let check = |difference: &str, wanted: Option<&str>| {
            let found = only_modes(difference.replace('|', "\0").as_bytes());
            assert_eq!(found.map(|paths| named(&paths)).as_deref(), wanted, "{difference}");
        };
        check("", None);
        check(":100644 100755 aa aa M|a b.sh|", Some("a b.sh"));
        check(":100644 100755 aa aa M|a.sh|:100755 100644 bb bb M|b.sh|", Some("a.sh, b.sh"));
        check(":100644 100755 aa aa M|a.sh|:100644 100644 bb cc M|b.sh|", None);
        check(":000000 100644 00 aa A|a.sh|", None);
        let many: Vec<String> = (0..5).map(|n| format!(":100644 100755 aa aa M|{n}|")).collect();
        check(&many.concat(), Some("0, 1, 2 and 2 more"));
    }

    #[test]
    fn other_reasons_stay_as_they_are() {
        for reason in ["the code changed: fit.py", "the code changed: commit --output=x became main", "a became b"] {
            assert_eq!(with_modes(reason, Path::new("/")), reason);
        }
    }
}
