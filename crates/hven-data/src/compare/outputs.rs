//! Compares files and folders by their formats.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use hven_core::{
    file_name,
    reproduction::{ComparedAs, ComparedPlace, Comparison, FileComparison, Likeness, Spot},
};

use super::{
    differences::Differences,
    image, json,
    options::{BYTES_SHOWN, Options},
    svg, table, text,
};
use crate::error::{AtPath, Result};

/// Compares two files with the same name. `scratch` is an empty folder for temporary files.
///
/// # Errors
/// When a file cannot be read.
pub fn files(name: &str, before: &Path, after: &Path, scratch: &Path, options: &Options) -> Result<FileComparison> {
    let differ_at = first_difference(before, after)?;
    let as_what = kind(name, before)?;
    let Some(offset) = differ_at else {
        let likeness = Likeness::SameBytes;
        return Ok(FileComparison { path: name.to_owned(), compared_as: as_what, likeness, notes: Vec::new() });
    };
    let mut notes = Vec::new();
    let now = kind(name, after)?;
    let mut differences = Differences::new(options.tolerance);
    let done = if as_what == now {
        let largest = size(before)?.max(size(after)?);
        match as_what {
            ComparedAs::Bytes => Err("it is neither a table, nor JSON, text, SVG, PNG or JPEG".to_owned()),
            _ if largest > options.bytes_max => Err(format!("it has more than {} bytes", options.bytes_max)),
            ComparedAs::Json | ComparedAs::Svg | ComparedAs::Image if largest > options.document_bytes_max => {
                Err(format!("it has more than {} bytes", options.document_bytes_max))
            }
            ComparedAs::Table => table::compare(before, after, scratch, &mut differences),
            ComparedAs::Json => json::compare(before, after, &mut differences),
            ComparedAs::Text => text::compare(before, after, &mut differences),
            ComparedAs::Svg => svg::compare(before, after, &mut differences),
            ComparedAs::Image => image::compare(before, after, options, &mut differences, &mut notes),
        }
    } else {
        Err(format!("before it was {}, now it is {}", word(as_what), word(now)))
    };
    let (compared_as, likeness) = match done {
        Ok(()) => (as_what, differences.likeness()),
        Err(why) => {
            notes.push(format!("compared by its bytes alone: {why}"));
            let spot = Spot::Byte { offset };
            let (was, is) = (bytes_at(before, offset)?, bytes_at(after, offset)?);
            let place = ComparedPlace { spot, before: was, after: is, difference: None };
            (ComparedAs::Bytes, Likeness::Differs { count: 1, places: vec![place] })
        }
    };
    Ok(FileComparison { path: name.to_owned(), compared_as, likeness, notes })
}

/// Compares all files and links of two folders by their paths; `options_of` returns the options for each path. A path that
/// exists on one side only differs, and so does a link with another target. A folder that is empty on one side and missing
/// on the other differs, too; a folder that is empty on both sides is not compared.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn folders(
    before: &Path,
    after: &Path,
    scratch: &Path,
    options_of: &dyn Fn(&str) -> Options,
) -> Result<Comparison> {
    let (old, new) = (Entries::below(before)?, Entries::below(after)?);
    let mut files = empty_folders(&old, &new);
    let names: BTreeSet<&String> = old.leaves.keys().chain(new.leaves.keys()).collect();
    for name in names {
        let named = file_name::from_text(name);
        let (old_path, new_path) = (before.join(&named), after.join(&named));
        let file = match (old.leaves.get(name), new.leaves.get(name)) {
            (Some(was), Some(is)) if was.is_read_as(is) => {
                fs::create_dir_all(scratch).at(scratch)?;
                let done = super::files(name, &old_path, &new_path, scratch, &options_of(name));
                fs::remove_dir_all(scratch).at(scratch)?;
                done?
            }
            (Some(was), Some(is)) => links(name, was, is),
            (was, is) => {
                let has_bytes = was.or(is).is_some_and(|entry| entry.has_bytes);
                let path = if was.is_some() { &old_path } else { &new_path };
                let compared_as = if has_bytes { kind(name, path)? } else { ComparedAs::Bytes };
                FileComparison { compared_as, ..in_one(name, was.map(|_| "there"), is.map(|_| "there")) }
            }
        };
        files.push(file);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Comparison { schema: Comparison::SCHEMA.to_owned(), files })
}

/// The comparison of a path that exists on one side only.
fn in_one(name: &str, before: Option<&str>, after: Option<&str>) -> FileComparison {
    let note = if before.is_some() { "it did not come out again" } else { "it was not there before" };
    let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
    let place = ComparedPlace { spot: Spot::File, before, after, difference: None };
    FileComparison {
        path: name.to_owned(),
        compared_as: ComparedAs::Bytes,
        likeness: Likeness::Differs { count: 1, places: vec![place] },
        notes: vec![note.to_owned()],
    }
}

/// Empty folders for which the other side has nothing at that path.
fn empty_folders(old: &Entries, new: &Entries) -> Vec<FileComparison> {
    let only_in = |one: &Entries, other: &Entries| -> Vec<String> {
        one.empty.iter().filter(|name| !other.has(name)).cloned().collect()
    };
    let gone = only_in(old, new).into_iter().map(|name| in_one(&name, Some(EMPTY), None));
    gone.chain(only_in(new, old).into_iter().map(|name| in_one(&name, None, Some(EMPTY)))).collect()
}

const EMPTY: &str = "an empty folder";

/// A file or a link in a folder.
#[derive(Debug)]
struct Entry {
    /// The target of a link, as it is written.
    target: Option<String>,
    /// It is a file, or a link to a file.
    has_bytes: bool,
}

impl Entry {
    /// Whether the bytes of both can be compared. Links with different targets differ, whatever the targets contain.
    fn is_read_as(&self, other: &Self) -> bool {
        let leads_elsewhere = self.target.is_some() && other.target.is_some() && self.target != other.target;
        self.has_bytes && other.has_bytes && !leads_elsewhere
    }

    fn in_words(&self) -> String {
        match &self.target {
            Some(target) => format!("a link to {target}"),
            None => "a file".to_owned(),
        }
    }
}

/// Compares links by their targets: folders, missing files, or different files.
fn links(name: &str, was: &Entry, is: &Entry) -> FileComparison {
    let likeness = if was.target == is.target && was.has_bytes == is.has_bytes {
        Likeness::SameBytes
    } else {
        let (before, after) = (Some(was.in_words()), Some(is.in_words()));
        let place = ComparedPlace { spot: Spot::File, before, after, difference: None };
        Likeness::Differs { count: 1, places: vec![place] }
    };
    let notes = vec!["compared by where it leads: it is a link".to_owned()];
    FileComparison { path: name.to_owned(), compared_as: ComparedAs::Bytes, likeness, notes }
}

/// The content of a folder, by paths in the form of [`file_name`].
#[derive(Debug, Default)]
struct Entries {
    /// Files and links.
    leaves: BTreeMap<String, Entry>,
    folders: BTreeSet<String>,
    /// Folders without content.
    empty: BTreeSet<String>,
}

impl Entries {
    /// Lists a folder; a missing folder is empty. Links are not followed.
    fn below(root: &Path) -> Result<Self> {
        let mut found = Self::default();
        let mut waiting = vec![String::new()];
        while let Some(folder) = waiting.pop() {
            let path = root.join(file_name::from_text(&folder));
            let entries = match fs::read_dir(&path) {
                Err(wrong) if folder.is_empty() && wrong.kind() == std::io::ErrorKind::NotFound => continue,
                entries => entries.at(&path)?,
            };
            let mut is_empty = true;
            for entry in entries {
                let entry = entry.at(&path)?;
                is_empty = false;
                let last = file_name::to_text(&entry.file_name());
                let name = if folder.is_empty() { last } else { format!("{folder}/{last}") };
                let kind = entry.file_type().at(&entry.path())?;
                if kind.is_dir() {
                    waiting.push(name);
                } else if kind.is_symlink() {
                    let target = file_name::to_text(&fs::read_link(entry.path()).at(&entry.path())?);
                    let has_bytes = fs::metadata(entry.path()).is_ok_and(|to| to.is_file());
                    found.leaves.insert(name, Entry { target: Some(target), has_bytes });
                } else if kind.is_file() {
                    found.leaves.insert(name, Entry { target: None, has_bytes: true });
                }
            }
            if !folder.is_empty() {
                if is_empty {
                    found.empty.insert(folder.clone());
                }
                found.folders.insert(folder);
            }
        }
        Ok(found)
    }

    /// Whether an entry has that name.
    fn has(&self, name: &str) -> bool {
        self.folders.contains(name) || self.leaves.contains_key(name)
    }
}

pub(super) fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).at(path)?.len())
}

/// The first byte in which two files differ; `None` if they are identical.
fn first_difference(before: &Path, after: &Path) -> Result<Option<u64>> {
    let mut one = BufReader::new(File::open(before).at(before)?);
    let mut other = BufReader::new(File::open(after).at(after)?);
    let (mut left, mut right) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut offset = 0;
    loop {
        let count = fill(&mut one, &mut left).at(before)?;
        let other_count = fill(&mut other, &mut right).at(after)?;
        let same = left[..count].iter().zip(&right[..other_count]).take_while(|(a, b)| a == b).count();
        if same < count || same < other_count {
            return Ok(Some(offset + same as u64));
        }
        if count == 0 {
            return Ok(None);
        }
        offset += count as u64;
    }
}

pub(super) fn fill(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(wrong) if wrong.kind() == std::io::ErrorKind::Interrupted => {}
            Err(wrong) => return Err(wrong),
        }
    }
    Ok(filled)
}

/// The bytes at an offset in hexadecimal; `None` if the file ends there.
fn bytes_at(path: &Path, offset: u64) -> Result<Option<String>> {
    let mut file = File::open(path).at(path)?;
    file.seek(SeekFrom::Start(offset)).at(path)?;
    // One byte more than is shown tells whether there are more.
    let mut bytes = [0; BYTES_SHOWN + 1];
    let count = fill(&mut file, &mut bytes).at(path)?;
    let shown: Vec<String> = bytes[..count.min(BYTES_SHOWN)].iter().map(|byte| format!("{byte:02x}")).collect();
    let more = if count > BYTES_SHOWN { " …" } else { "" };
    Ok((count > 0).then(|| shown.join(" ") + more))
}

/// The format of a file by its first bytes, and for text also by its name.
fn kind(name: &str, path: &Path) -> Result<ComparedAs> {
    let mut head = vec![0; 4096];
    let mut file = File::open(path).at(path)?;
    let count = fill(&mut file, &mut head).at(path)?;
    head.truncate(count);
    Ok(kind_of(name, &head))
}

fn kind_of(name: &str, head: &[u8]) -> ComparedAs {
    if head.starts_with(b"PAR1") {
        return ComparedAs::Table;
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") || head.starts_with(b"\xff\xd8\xff") {
        return ComparedAs::Image;
    }
    // The head may end in the middle of a character.
    let text = match simdutf8::compat::from_utf8(head) {
        Ok(text) => text,
        Err(wrong) if wrong.error_len().is_none() => {
            std::str::from_utf8(&head[..wrong.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return ComparedAs::Bytes,
    };
    if text.contains('\0') {
        return ComparedAs::Bytes;
    }
    let ending =
        name.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_lowercase());
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    match ending.as_deref() {
        Some("csv" | "tsv") => ComparedAs::Table,
        Some("json" | "geojson" | "ipynb") => ComparedAs::Json,
        Some("svg") => ComparedAs::Svg,
        _ if begins.starts_with("<svg") => ComparedAs::Svg,
        _ => ComparedAs::Text,
    }
}

pub(super) fn word(of: ComparedAs) -> &'static str {
    match of {
        ComparedAs::Table => "a table",
        ComparedAs::Json => "JSON",
        ComparedAs::Text => "text",
        ComparedAs::Svg => "SVG",
        ComparedAs::Image => "a picture",
        ComparedAs::Bytes => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_by_bytes_and_name() {
        let check = |name: &str, head: &[u8], expect: ComparedAs| assert_eq!(kind_of(name, head), expect, "{name}");
        check("a.bin", b"PAR1....", ComparedAs::Table);
        check("a.csv", b"a,b\n1,2\n", ComparedAs::Table);
        check("a.CSV", b"a,b\n1,2\n", ComparedAs::Table);
        check("a.csv", b"a,\0b", ComparedAs::Bytes);
        check("a.json", b"{}", ComparedAs::Json);
        check("plot.svg", b"<?xml version=\"1.0\"?>", ComparedAs::Svg);
        check("plot", b" <svg>", ComparedAs::Svg);
        check("a.png", b"\x89PNG\r\n\x1a\n", ComparedAs::Image);
        check("a.jpg", b"no picture", ComparedAs::Text);
        check("a.log", "größe".as_bytes(), ComparedAs::Text);
        check("a.log", &"größe".as_bytes()[..3], ComparedAs::Text);
        check("a.log", b"\xff\xfe", ComparedAs::Bytes);
    }
}
