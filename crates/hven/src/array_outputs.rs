//! Files in the folder that are outputs of tasks of an array. They are no code, whichever task made them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// How many entries of folders are looked at.
const ENTRIES_MAX: usize = 200_000;

/// The existing files and folders that fit one of these outputs, in which `{name}` stands for any text without a slash.
pub fn existing(folder: &Path, outputs: &[String]) -> Vec<PathBuf> {
    let mut left = ENTRIES_MAX;
    let mut found = Vec::new();
    for output in outputs {
        let parts: Vec<Vec<String>> =
            output.split('/').filter(|part| !matches!(*part, "" | ".")).map(literal_parts).collect();
        collect(folder, &PathBuf::new(), &parts, &mut left, &mut found);
    }
    found
}

/// The texts around the placeholders of a name. A name without placeholders is one text.
fn literal_parts(name: &str) -> Vec<String> {
    let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), name);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            text.push_str(&from[..1]);
            rest = after;
        } else if let Some((_, after)) = from.split_once('}').filter(|_| from.starts_with('{')) {
            parts.push(std::mem::take(&mut text));
            rest = after;
        } else {
            text.push_str(&from[..1]);
            rest = &from[1..];
        }
    }
    text.push_str(rest);
    parts.push(text);
    parts
}

/// Whether a name is these texts with anything between them.
fn fits(name: &str, parts: &[String]) -> bool {
    let [first, middle @ .., last] = parts else { return parts.first().is_some_and(|only| only == name) };
    let Some(mut rest) = name.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

fn collect(folder: &Path, place: &Path, parts: &[Vec<String>], left: &mut usize, found: &mut Vec<PathBuf>) {
    let Some((part, rest)) = parts.split_first() else { return };
    let names: Vec<String> = if let [only] = part.as_slice() {
        vec![only.clone()]
    } else {
        let entries = fs::read_dir(folder.join(place)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok()).take(*left);
        let names: Vec<String> = names.collect();
        *left -= names.len();
        names.into_iter().filter(|name| fits(name, part)).collect()
    };
    for name in names {
        let place = place.join(name);
        if !folder.join(&place).exists() {
            continue;
        }
        if rest.is_empty() { found.push(place) } else { collect(folder, &place, rest, left, found) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_outputs_of_any_task_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in
            ["out/1.csv", "out/2.csv", "out/notes.txt", "runs/a/model.bin", "runs/b/other", "fit.py", "out-1.csv"]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "x").expect("a file");
        }
        let check = |outputs: &[&str], wanted: &[&str]| {
            let outputs: Vec<String> = outputs.iter().map(|output| (*output).to_owned()).collect();
            let mut found: Vec<String> =
                existing(folder.path(), &outputs).iter().map(|path| path.display().to_string()).collect();
            found.sort();
            assert_eq!(found, wanted, "{outputs:?}");
        };
        check(&["out/{i}.csv"], &["out/1.csv", "out/2.csv"]);
        check(&["./runs/{name}/model.bin"], &["runs/a/model.bin"]);
        check(&["out-{i}.csv", "none/{i}"], &["out-1.csv"]);
        check(&["fit.py"], &["fit.py"]);
        check(&["{i}{{x}}"], &[]);
        check(&["{a}-{b}.csv"], &["out-1.csv"]);
    }
}
