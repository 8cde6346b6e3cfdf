//! Resolves the links of a listing, from the listing alone. Only a link that stays within the folder may be made again. A link
//! counts as leading out also when its way leads out only through another link.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
};

use crate::{
    file_name,
    limits::PATH_BYTES_MAX,
    object::{ListedFile, ListedLink, Listing},
};

/// The target of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget<'a> {
    File(&'a ListedFile),
    /// A folder of the listing; empty for the listed folder itself.
    Folder(String),
    /// A path within the folder that is not listed.
    Nothing,
    /// Out of the folder, or possibly out of it.
    Outside,
    /// A circle of links.
    Circle,
}

impl LinkTarget<'_> {
    /// Whether the link may be made where the listing is unpacked.
    pub const fn stays_within(&self) -> bool {
        matches!(self, Self::File(_) | Self::Folder(_) | Self::Nothing)
    }
}

/// As many links as a system follows for one path.
const LINKS_MAX: usize = 40;
/// The largest number of files and links that are found through links.
const THROUGH_MAX: usize = 100_000;
/// The largest number of bytes of link targets that are followed in a whole listing.
const FOLLOWED_BYTES_MAX: usize = 8 << 20;

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
        let paths = paths.chain(&listing.folders);
        let above = paths.flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]));
        Self {
            folders: above.chain(listing.folders.iter().map(String::as_str)).collect(),
            files: listing.files.iter().map(|file| (file.path.as_str(), file)).collect(),
            links: listing.links.iter().map(|link| (link.path.as_str(), link.target.as_str())).collect(),
        }
    }

    /// Follows a link as a system would.
    pub fn lead(&self, link: &ListedLink) -> LinkTarget<'a> {
        let mut room = FOLLOWED_BYTES_MAX;
        self.lead_within(link, &mut room)
    }

    /// The same, limited to `room` bytes of targets.
    fn lead_within(&self, link: &ListedLink, room: &mut usize) -> LinkTarget<'a> {
        let (folder, _) = link.path.rsplit_once('/').unwrap_or_default();
        let mut here: Vec<String> = folder.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if !may_follow(&link.target, room) {
            return LinkTarget::Outside;
        }
        let mut ahead: Vec<&str> = link.target.split('/').rev().collect();
        let (mut followed, mut is_missing) = (0, false);
        while let Some(part) = ahead.pop() {
            match part {
                "" | "." => continue,
                // The parent of an unlisted path is unknown: the path may be a link when it exists.
                ".." if is_missing || here.pop().is_none() => return LinkTarget::Outside,
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
                    return LinkTarget::Circle;
                }
                if !may_follow(target, room) {
                    return LinkTarget::Outside;
                }
                here.pop();
                ahead.extend(target.split('/').rev());
            } else if let Some(file) = self.files.get(path.as_str()) {
                if ahead.iter().all(|part| matches!(*part, "" | ".")) {
                    return LinkTarget::File(file);
                }
                is_missing = true;
            } else {
                is_missing = !self.folders.contains(path.as_str());
            }
        }
        if is_missing { LinkTarget::Nothing } else { LinkTarget::Folder(here.join("/")) }
    }
}

/// Whether a target may be within the folder, and `room` is enough to follow it.
fn may_follow(target: &str, room: &mut usize) -> bool {
    if target.starts_with('/') || target.is_empty() {
        return false;
    }
    let left = room.checked_sub(target.len());
    *room = left.unwrap_or(*room);
    left.is_some()
}

/// A folder of a listing that links make visible under another path.
struct LinkedFolder<'a> {
    path: String,
    folder: String,
    /// The links on the way to it.
    through: Vec<&'a str>,
}

impl Listing {
    /// All files as a reader of the folder finds them: also under the paths that links within the folder give them, including
    /// links in linked folders. A path uses each link at most once.
    pub fn through_links(&self) -> Vec<ListedFile> {
        if self.links.is_empty() {
            return self.files.clone();
        }
        let tree = Tree::of(self);
        let mut room = FOLLOWED_BYTES_MAX;
        let leads = self.links.iter().map(|link| (link.path.as_str(), tree.lead_within(link, &mut room)));
        let leads: BTreeMap<&str, LinkTarget<'_>> = leads.collect();
        let mut found: BTreeMap<String, &ListedFile> =
            self.files.iter().map(|file| (file.path.clone(), file)).collect();
        let mut left = THROUGH_MAX;
        // Short paths first.
        let mut waiting =
            VecDeque::from([LinkedFolder { path: String::new(), folder: String::new(), through: Vec::new() }]);
        while let Some(shown) = waiting.pop_front() {
            if !shown.through.is_empty() {
                for (_, path, file) in below(&tree.files, &shown).take(left) {
                    left -= 1;
                    if file_name::length(&path) <= PATH_BYTES_MAX {
                        found.entry(path).or_insert(*file);
                    }
                }
            }
            for (link, path, lead) in below(&leads, &shown).take(left) {
                left -= 1;
                match lead {
                    // No system opens such a path.
                    _ if file_name::length(&path) > PATH_BYTES_MAX => {}
                    LinkTarget::File(file) => {
                        found.entry(path).or_insert(*file);
                    }
                    LinkTarget::Folder(folder) if shown.through.len() < LINKS_MAX && !shown.through.contains(&link) => {
                        let through = shown.through.iter().copied().chain([link]).collect();
                        waiting.push_back(LinkedFolder { path, folder: folder.clone(), through });
                    }
                    _ => {}
                }
            }
        }
        let renamed = |(path, file): (String, &ListedFile)| ListedFile { path, ..file.clone() };
        found.into_iter().map(renamed).collect()
    }
}

/// The entries below a folder: the real path of each, and the path under which it is visible.
fn below<'t, 'a, T>(
    entries: &'t BTreeMap<&'a str, T>,
    shown: &LinkedFolder<'_>,
) -> impl Iterator<Item = (&'a str, String, &'t T)> {
    let within = |path: &str| if path.is_empty() { String::new() } else { format!("{path}/") };
    let (beginning, instead) = (within(&shown.folder), within(&shown.path));
    let from: (Bound<&str>, Bound<&str>) = (Bound::Included(beginning.as_str()), Bound::Unbounded);
    entries.range::<str, _>(from).map_while(move |(path, entry)| {
        let rest = path.strip_prefix(beginning.as_str())?;
        Some((*path, format!("{instead}{rest}"), entry))
    })
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
        Listing {
            files: files.iter().map(file).collect(),
            links: links.iter().map(link).collect(),
            ..Listing::default()
        }
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
                // Its text stays within the folder; but through the link `self` it leads out.
                ("trick", "self/self/../.."),
                ("deep", "d/e/../../a"),
                ("through", "d/b/.."),
                ("maybe", "none/../../y"),
                ("slash", "d/e/"),
                ("empty", ""),
                ("viaout", "out"),
                ("below", "a/x"),
                // Found also through the links to its folder.
                ("d/e/again", "c"),
            ],
        );
        let tree = Tree::of(&listing);
        let check = |path: &str, wanted: &str| {
            let link = listing.links.iter().find(|link| link.path == path).expect("listed");
            let found = match tree.lead(link) {
                LinkTarget::File(file) => format!("file {}", file.path),
                LinkTarget::Folder(path) => format!("folder {path}"),
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
                "d/e/again",
                "d/e/c",
                "d/up",
                "deep",
                "file",
                "folder/again",
                "folder/c",
                "self/a",
                "self/chain",
                "self/d/b",
                "self/d/e/again",
                "self/d/e/c",
                "self/d/up",
                "self/deep",
                "self/file",
                "self/folder/again",
                "self/folder/c",
                "self/slash/again",
                "self/slash/c",
                "slash/again",
                "slash/c"
            ]
        );
    }

    #[test]
    fn a_linked_folder_has_its_links_and_circles_end() {
        let linked = listing(&["v1/a", "lib/x"], &[("cur", "v1"), ("v1/b", "a"), ("v1/lib", "../lib")]);
        let through = linked.through_links();
        let paths: Vec<&str> = through.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["cur/a", "cur/b", "cur/lib/x", "lib/x", "v1/a", "v1/b", "v1/lib/x"]);
        assert_eq!(through[1].digest, Digest::of(b"v1/a"));
        let names: Vec<String> = (0..30).map(|n| format!("l{n}")).collect();
        let links: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), ".")).collect();
        let circles = listing(&["a"], &links).through_links();
        assert!(circles.iter().any(|file| file.path == "l0/l1/a") && circles.len() <= THROUGH_MAX + 1);
        assert!(circles.iter().all(|file| !file.path.contains("l0/l0/")));
    }

    #[test]
    fn targets_are_followed_up_to_a_limit() {
        let long = "./".repeat(FOLLOWED_BYTES_MAX / 4) + "a";
        let listing = listing(&["a"], &[("b", &long), ("c", &long), ("d", "a")]);
        let through = listing.through_links();
        let paths: Vec<&str> = through.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a", "b", "d"]);
    }

    #[test]
    fn a_link_may_lead_to_an_empty_folder() {
        let mut listing = listing(&["a"], &[("link", "x/empty"), ("up", "x/empty/../../a"), ("above", "x")]);
        listing.folders = vec!["x/empty".to_owned()];
        let tree = Tree::of(&listing);
        let leads: Vec<LinkTarget<'_>> = listing.links.iter().map(|link| tree.lead(link)).collect();
        assert_eq!(leads[0], LinkTarget::Folder("x/empty".to_owned()));
        assert_eq!(leads[1], LinkTarget::File(&listing.files[0]));
        assert_eq!(leads[2], LinkTarget::Folder("x".to_owned()));
    }

    #[test]
    fn a_listing_without_links_is_written_as_before() {
        let text = serde_json::to_string(&listing(&["a"], &[])).expect("JSON");
        assert!(text.starts_with(r#"{"files":[{"path":"a""#) && !text.contains("links"), "{text}");
        let read: Listing = serde_json::from_str(&text).expect("read");
        assert_eq!(read, listing(&["a"], &[]));
    }
}
