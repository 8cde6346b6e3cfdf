//! Why work is done again, in one line.

use std::path::Path;

use hven_core::file_name;

/// Why something like it was run before and is not up to date, when that is so.
pub fn run_again(reasons: &[String], cwd: &Path) -> Option<String> {
    (!reasons.is_empty()).then(|| format!("run again, because {}", told(reasons, cwd)))
}

/// Reasons in one line, with what git knows of them.
pub fn told(reasons: &[String], cwd: &Path) -> String {
    // They name files, and a line end in a name begins no line.
    let in_one_line = |told: String| file_name::shown(&told).into_owned();
    let told: Vec<String> =
        reasons.iter().map(|reason| in_one_line(hven_capture::git::with_modes(reason, cwd))).collect();
    told.join("; ")
}
