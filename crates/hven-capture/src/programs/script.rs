//! Reads the first line of a script.

use std::{fs, io::Read, path::Path};

pub(crate) fn first_line(path: &Path) -> Option<String> {
    let mut head = [0; 256];
    let n = fs::File::open(path).ok()?.read(&mut head).ok()?;
    let text = String::from_utf8_lossy(&head[..n]).into_owned();
    text.lines().next().map(str::to_owned)
}
