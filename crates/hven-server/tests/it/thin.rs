//! The edge is thin: a handler extracts, calls one use case and converts. It asks no store and lets nobody in, and a
//! converter waits for nothing: what an answer names comes with it.

use std::{fs, path::Path};

/// The sources of the edge below a path, with their names.
fn sources(path: &Path) -> Vec<(String, String)> {
    if path.is_file() {
        return vec![(path.display().to_string(), fs::read_to_string(path).unwrap())];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| sources(&entry.unwrap().path())).collect()
}

/// Lines of the sources that have one of the words.
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
fn handlers_ask_no_store_and_let_nobody_in() {
    let words = [".ports.", ".require(", ".require_", ".may(", "run_for("];
    assert_eq!(lines_with(&["routes"], &words), [""; 0]);
}

#[test]
fn converters_wait_for_nothing() {
    assert_eq!(lines_with(&["convert.rs", "convert"], &[".await", "async fn", "&App"]), [""; 0]);
}
