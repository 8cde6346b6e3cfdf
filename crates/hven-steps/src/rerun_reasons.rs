//! The reasons why work is done again, in one line.

use std::path::Path;

use hven_core::file_name;

/// The note about a run that is not up to date; `None` if there are no reasons.
pub fn run_again(reasons: &[String], cwd: &Path) -> Option<String> {
    (!reasons.is_empty()).then(|| format!("run again, because {}", one_line(reasons, cwd)))
}

/// The reasons in one line. If two commits differ only in execute permissions, the text names the files.
pub fn one_line(reasons: &[String], cwd: &Path) -> String {
    // A reason may contain file names with line ends, which are escaped.
    let escaped = |text: String| file_name::shown(&text).into_owned();
    let texts: Vec<String> = reasons.iter().map(|reason| escaped(hven_capture::git::with_modes(reason, cwd))).collect();
    texts.join("; ")
}
