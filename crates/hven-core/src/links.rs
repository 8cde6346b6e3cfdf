//! Where the links of a listing lead, found out in the listing alone. Only one that stays within may be made again: a
//! link whose way out leads through another link is as much one that leads out as one that says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::object::{ListedFile, ListedLink, Listing};

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead<'a> {
    File(&'a ListedFile),
    /// A folder of the listing; empty for the listed folder itself.
    Folder(String),
    /// Within, to something that is not listed.
    Nothing,
    /// Out of the folder, or to where that cannot be excluded.
    Outside,
    /// In a circle.
    Circle,
}

impl Lead<'_> {
    /// Whether the link may be made where the listing is put again.
    pub const fn stays_within(&self) -> bool {
        matches!(self, Self::File(_) | Self::Folder(_) | Self::Nothing)
    }
}

/// As many links as a system follows one after the other.
const LINKS_MAX: usize = 40;
/// So many files appear through links at most.
const THROUGH_MAX: usize = 100_000;

/// A listing by path.
#[derive(Debug)]
pub struct Tree<'a> {
    files: BTreeMap<&'a str, &'a ListedFile>,
    links: BTreeMap<&'a str, &'a str>,
    folders: BTreeSet<&'a str>,
}

impl<'a> Tree<'a> {
    pub fn of(listing: &'a Listing) -> Self {
        let paths = listing.files.iter().map(|file| &file.path).chain(listing.links.iter().map(|link| &link.path));
        let above = paths.flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]));
        Self {
            folders: above.collect(),
            files: listing.files.iter().map(|file| (file.path.as_str(), file)).collect(),
            links: listing.links.iter().map(|link| (link.path.as_str(), link.target.as_str())).collect(),
        }
    }

    /// Follows a link as a system would.
    pub fn lead(&self, link: &ListedLink) -> Lead<'a> {
        let (folder, _) = link.path.rsplit_once('/').unwrap_or_default();
        let mut here: Vec<String> = folder.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if link.target.starts_with('/') || link.target.is_empty() {
            return Lead::Outside;
        }
        let mut ahead: Vec<&str> = link.target.split('/').rev().collect();
        let (mut followed, mut is_missing) = (0, false);
        while let Some(part) = ahead.pop() {
            match part {
                "" | "." => continue,
                // Up from what is not listed may be anywhere: it may be a link by the time that it is there.
                ".." if is_missing || here.pop().is_none() => return Lead::Outside,
                ".." => continue,
                part => here.push(part.to_owned()),
            }
            if is_missing {
                continue;
            }
            let path = here.join("/");
            if let Some(target) = self.links.get(path.as_str()) {
                followed += 1;
                if followed > LINKS_MAX {
                    return Lead::Circle;
                }
                if target.starts_with('/') || target.is_empty() {
                    return Lead::Outside;
                }
                here.pop();
                ahead.extend(target.split('/').rev());
            } else if let Some(file) = self.files.get(path.as_str()) {
                if ahead.iter().all(|part| matches!(*part, "" | ".")) {
                    return Lead::File(file);
                }
                is_missing = true;
            } else {
                is_missing = !self.folders.contains(path.as_str());
            }
        }
        if is_missing { Lead::Nothing } else { Lead::Folder(here.join("/")) }
    }
}

impl Listing {
    /// All files as whoever reads the folder finds them: also under the paths that links within give them.
    pub fn through_links(&self) -> Vec<ListedFile> {
        let mut files = self.files.clone();
        if self.links.is_empty() {
            return files;
        }
        let tree = Tree::of(self);
        for link in &self.links {
            match tree.lead(link) {
                Lead::File(file) => files.push(ListedFile { path: link.path.clone(), ..file.clone() }),
                Lead::Folder(folder) => {
                    let beginning = if folder.is_empty() { folder } else { format!("{folder}/") };
                    let within = self.files.iter().filter_map(|file| Some((file, file.path.strip_prefix(&beginning)?)));
                    let room = THROUGH_MAX.saturating_sub(files.len());
                    files.extend(
                        within
                            .take(room)
                            .map(|(file, rest)| ListedFile { path: format!("{}/{rest}", link.path), ..file.clone() }),
                    );
                }
                Lead::Nothing | Lead::Outside | Lead::Circle => {}
            }
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    fn listing(files: &[&str], links: &[(&str, &str)]) -> Listing {
        let file = |path: &&str| ListedFile {
            path: (*path).to_owned(),
            digest: Digest::of(path.as_bytes()),
            size: 1,
            executable: false,
        };
        let link =
            |(path, target): &(&str, &str)| ListedLink { path: (*path).to_owned(), target: (*target).to_owned() };
        Listing { files: files.iter().map(file).collect(), links: links.iter().map(link).collect() }
    }

    #[test]
    fn links_are_followed_as_a_system_does() {
        let listing = listing(
            &["a", "d/b", "d/e/c"],
            &[
                ("file", "a"),
                ("d/up", "../a"),
                ("folder", "d/e"),
                ("chain", "folder/c"),
                ("self", "."),
                ("out", "../x"),
                ("abs", "/etc/shadow"),
                ("gone", "d/none"),
                ("circle", "circle2"),
                ("circle2", "circle"),
                // By its text it stays within; through the link `self` it does not.
                ("trick", "self/self/../.."),
                ("deep", "d/e/../../a"),
                ("through", "d/b/.."),
                ("maybe", "none/../../y"),
                ("slash", "d/e/"),
                ("empty", ""),
                ("viaout", "out"),
                ("below", "a/x"),
            ],
        );
        let tree = Tree::of(&listing);
        let check = |path: &str, wanted: &str| {
            let link = listing.links.iter().find(|link| link.path == path).expect("listed");
            let found = match tree.lead(link) {
                Lead::File(file) => format!("file {}", file.path),
                Lead::Folder(path) => format!("folder {path}"),
                other => format!("{other:?}"),
            };
            assert_eq!(found, wanted, "{path}");
        };
        check("file", "file a");
        check("d/up", "file a");
        check("folder", "folder d/e");
        check("chain", "file d/e/c");
        check("self", "folder ");
        check("deep", "file a");
        check("slash", "folder d/e");
        check("gone", "Nothing");
        check("below", "Nothing");
        for path in ["out", "abs", "trick", "through", "maybe", "empty", "viaout"] {
            check(path, "Outside");
        }
        check("circle", "Circle");
        let through = listing.through_links();
        let paths: Vec<&str> = through.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "a",
                "chain",
                "d/b",
                "d/e/c",
                "d/up",
                "deep",
                "file",
                "folder/c",
                "self/a",
                "self/d/b",
                "self/d/e/c",
                "slash/c"
            ]
        );
    }

    #[test]
    fn a_listing_without_links_is_written_as_before() {
        let text = serde_json::to_string(&listing(&["a"], &[])).expect("JSON");
        assert!(text.starts_with(r#"{"files":[{"path":"a""#) && !text.contains("links"), "{text}");
        let read: Listing = serde_json::from_str(&text).expect("read");
        assert_eq!(read, listing(&["a"], &[]));
    }
}
