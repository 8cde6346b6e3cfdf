//! The edge is thin: a handler extracts, calls one use case and converts. It reads no store and checks no permission. A
//! converter does not wait: its data contains all names that it needs.

use std::{fs, path::Path};

/// The sources of the edge below a path, with their names.
fn sources(path: &Path) -> Vec<(String, String)> {
    if path.is_file() {
        return vec![(path.display().to_string(), fs::read_to_string(path).unwrap())];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| sources(&entry.unwrap().path())).collect()
}

/// The lines of the sources that contain one of the words.
fn lines_with(paths: &[&str], words: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for (name, text) in paths.iter().flat_map(|path| sources(&root.join(path))) {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let lines = code.filter(|line| words.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|line| format!("{name}: {}", line.trim())));
    }
    found
}

#[test]
fn handlers_read_no_store_and_check_no_permission() {
    let words = [".ports.", ".require(", ".require_", ".may(", "run_for("];
    assert_eq!(lines_with(&["routes"], &words), [""; 0]);
}

#[test]
fn converters_do_not_wait() {
    assert_eq!(lines_with(&["convert.rs", "convert"], &[".await", "async fn", "&App"]), [""; 0]);
}
