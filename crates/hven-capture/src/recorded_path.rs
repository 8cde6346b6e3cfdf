//! The recorded form of a file's path.

use std::path::Path;

use hven_core::file_name;

use super::folder_search::normalised;

/// Relative to the working directory, or absolute if the file is outside.
pub fn recorded_path(cwd: &Path, path: &Path) -> String {
    let path = normalised(path);
    let recorded = path.strip_prefix(normalised(cwd)).map_or_else(|_| path.clone(), Path::to_owned);
    if recorded.as_os_str().is_empty() { ".".to_owned() } else { file_name::to_text(&recorded) }
}
