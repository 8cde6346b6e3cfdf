//! The outputs or inputs of a run as entries: files, links and empty folders with their recorded paths. A folder is
//! expanded by its listing.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Component, Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_capture::files::recorded_path;
use hven_client::Client;
use hven_core::{file_name, links::Tree, nearest::nearest, object::Listing};

use crate::kept_files;

/// A declared path and its stored content.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// Relative to the folder of the run, or absolute when it is outside of it.
    pub(super) path: String,
    /// Its path below the target folder.
    place: PathBuf,
    file: FileRef,
}

impl Root {
    /// Whether a path is this one, lies in it, or contains it.
    pub(super) fn is_near(&self, path: &str) -> bool {
        lies_in(path, &self.path) || lies_in(&self.path, path)
    }

    /// Whether a path is this one, or may lie in it.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.path == path || (self.file.kind == "folder" && lies_in(path, &self.path))
    }

    fn itself(&self, what: EntryKind) -> Entry {
        Entry { path: self.path.clone(), place: self.place.clone(), root: self.place.clone(), what }
    }
}

/// A file, a link or an empty folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The recorded path, including the path of its declared folder.
    pub(super) path: String,
    /// Its path below the target folder.
    pub(super) place: PathBuf,
    /// The target path of the declared path that the entry is or lies in.
    pub(super) root: PathBuf,
    pub(super) what: EntryKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File {
        digest: String,
        size: u64,
        executable: bool,
    },
    /// An empty folder.
    Folder,
    Link {
        target: PathBuf,
    },
    /// A link to a target outside of its folder, as recorded.
    LinkOutside {
        target: String,
    },
}

/// The recorded form of a path, without `.` and `..`: relative when it lies in the folder of the run.
pub(super) fn normal(folder: &Path, path: &Path) -> String {
    recorded_path(folder, &folder.join(path))
}

/// The declared paths of a run that worked in this folder.
pub(super) fn roots(folder: &Path, files: Vec<FileRef>) -> Vec<Root> {
    let root = |file: FileRef| {
        let path = normal(folder, &file_name::to_path(&file.path));
        Root { place: place_of(&path), path, file }
    };
    files.into_iter().map(root).collect()
}

/// The target path of an entry: an entry in the folder of the run keeps its path, any other entry keeps its name.
fn place_of(path: &str) -> PathBuf {
    let path = file_name::to_path(path);
    let is_normal = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.components().all(is_normal) {
        return path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    }
    path.file_name().map(PathBuf::from).unwrap_or_default()
}

/// Whether a path is this folder or lies in it.
fn lies_in(path: &str, folder: &str) -> bool {
    match folder {
        "." => !path.starts_with('/'),
        _ => path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// The stored entries of declared paths.
#[derive(Debug, Default)]
pub(super) struct KeptEntries {
    pub(super) entries: Vec<Entry>,
    /// Paths whose bytes are not in the home.
    pub(super) missing: Vec<String>,
}

impl KeptEntries {
    /// Expands folders. `through_links`: list the files behind links, under every path that leads to them, instead of
    /// the links.
    pub(super) fn open(client: &Client, roots: &[&Root], through_links: bool) -> anyhow::Result<Self> {
        let absent = absent(client, roots.iter().map(|root| root.file.digest.clone()))?;
        let mut kept = Self::default();
        for root in roots {
            let FileRef { digest, size, kind, .. } = &root.file;
            if absent.contains(digest) {
                kept.missing.push(root.path.clone());
            } else if kind == "folder" {
                let listing = kept_files::listing(client, digest)?;
                kept.entries.extend(opened(root, &listing, through_links)?);
            } else {
                let what = EntryKind::File { digest: digest.clone(), size: *size, executable: false };
                kept.entries.push(root.itself(what));
            }
        }
        Ok(kept)
    }

    /// Whether there is a known entry at a path or in it.
    pub(super) fn has(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| lies_in(&entry.path, path))
            || self.missing.iter().any(|missing| lies_in(missing, path) || lies_in(path, missing))
    }

    /// Whether something at a path or in it is created. Links to targets outside of their folder are not created.
    pub(super) fn is_made(&self, path: &str) -> bool {
        let mut there = self.entries.iter().filter(|entry| lies_in(&entry.path, path)).peekable();
        there.peek().is_none() || there.any(|entry| !matches!(entry.what, EntryKind::LinkOutside { .. }))
    }

    /// Keeps only the entries at these paths and in them; all entries when there are no paths.
    pub(super) fn only(&mut self, paths: &[String]) {
        if !paths.is_empty() {
            self.entries.retain(|entry| paths.iter().any(|path| lies_in(&entry.path, path)));
        }
    }

    /// Finds the files whose bytes are not in the home, and removes them from the entries.
    pub(super) fn leave_out_missing(&mut self, client: &Client) -> anyhow::Result<()> {
        let digest = |entry: &Entry| match &entry.what {
            EntryKind::File { digest, .. } => Some(digest.clone()),
            EntryKind::Folder | EntryKind::Link { .. } | EntryKind::LinkOutside { .. } => None,
        };
        let absent = absent(client, self.entries.iter().filter_map(digest))?;
        let is_absent = |entry: &Entry| digest(entry).is_some_and(|digest| absent.contains(&digest));
        self.missing.extend(self.entries.iter().filter(|entry| is_absent(entry)).map(|entry| entry.path.clone()));
        self.entries.retain(|entry| !is_absent(entry));
        Ok(())
    }
}

/// Recorded paths for the typed ones. A typed path that is not recorded, but equals the shown form of exactly one
/// recorded path, stands for that path.
pub(super) fn unescaped(
    client: &Client,
    roots: &[Root],
    wanted: Vec<String>,
    through_links: bool,
) -> anyhow::Result<Vec<String>> {
    // A shown form that differs from its path contains a backslash.
    if !wanted.iter().any(|path| path.contains('\\')) {
        return Ok(wanted);
    }
    let kept = KeptEntries::open(client, &roots.iter().collect::<Vec<_>>(), through_links)?;
    let known = kept.entries.iter().map(|entry| entry.path.as_str()).chain(kept.missing.iter().map(String::as_str));
    let known: BTreeSet<&str> = known.flat_map(with_folders).collect();
    Ok(wanted.into_iter().map(|path| if kept.has(&path) { path } else { shown_as(&known, path) }).collect())
}

/// A path and all folders above it.
fn with_folders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    ends.map(move |end| &path[..end]).filter(|path| !path.is_empty())
}

/// The only path with this shown form; the text itself when there is none, or several.
fn shown_as(known: &BTreeSet<&str>, text: String) -> String {
    let mut meant = known.iter().filter(|path| file_name::shown(path) == text);
    match (meant.next(), meant.next()) {
        (Some(&one), None) => one.to_owned(),
        _ => text,
    }
}

/// The digests that are not in the home.
fn absent(client: &Client, digests: impl Iterator<Item = String>) -> anyhow::Result<HashSet<String>> {
    /// The most digests in one request.
    const DIGESTS_MAX: usize = 1000;
    let digests: Vec<String> = digests.collect::<HashSet<_>>().into_iter().collect();
    let mut absent = HashSet::new();
    for some in digests.chunks(DIGESTS_MAX) {
        absent.extend(client.missing(some.to_vec())?);
    }
    Ok(absent)
}

/// The entries of a folder.
fn opened(root: &Root, listing: &Listing, through_links: bool) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::with_capacity(listing.files.len() + listing.folders.len() + listing.links.len());
    let mut add = |below: &str, what: EntryKind| -> anyhow::Result<()> {
        let path =
            if root.path == "." { below.to_owned() } else { format!("{}/{below}", root.path.trim_end_matches('/')) };
        let place = root.place.join(kept_files::within(below)?);
        entries.push(Entry { path, place, root: root.place.clone(), what });
        Ok(())
    };
    let files = if through_links { listing.through_links() } else { listing.files.clone() };
    for file in files {
        let what = EntryKind::File { digest: file.digest.to_string(), size: file.size, executable: file.executable };
        add(&file.path, what)?;
    }
    for folder in &listing.folders {
        add(folder, EntryKind::Folder)?;
    }
    let tree = Tree::of(listing);
    for link in listing.links.iter().filter(|_| !through_links) {
        let what = if tree.lead(link).stays_within() {
            EntryKind::Link { target: file_name::to_path(&link.target) }
        } else {
            EntryKind::LinkOutside { target: link.target.clone() }
        };
        add(&link.path, what)?;
    }
    if entries.is_empty() {
        entries.push(root.itself(EntryKind::Folder));
    }
    Ok(entries)
}

/// A suggestion for an unknown path: paths with the same name in other folders, else similar paths, else some existing
/// paths.
pub(super) fn suggestion(path: &str, known: &[&str]) -> String {
    /// The most paths that are named.
    const NAMED_MAX: usize = 8;
    const MEANT_MAX: usize = 3;
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let of_the_name: Vec<&str> =
        known.iter().copied().filter(|known| name(known) == name(path)).take(MEANT_MAX).collect();
    let alike = if of_the_name.is_empty() { nearest(path, known.iter().copied()) } else { of_the_name };
    let shown =
        |paths: &[&str]| -> Vec<String> { paths.iter().map(|path| format!("`{}`", file_name::shown(path))).collect() };
    if !alike.is_empty() {
        return format!("is {} meant?", shown(&alike).join(" or "));
    }
    let more = known.len().saturating_sub(NAMED_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("there is {}{more}", shown(&known[..known.len().min(NAMED_MAX)]).join(", "))
}

#[cfg(test)]
mod tests {
    use hven_core::{
        Digest,
        object::{ListedFile, ListedLink},
    };

    use super::*;

    fn root(path: &str, kind: &str) -> Root {
        let file = FileRef { path: path.to_owned(), digest: "0".repeat(64), size: 1, kind: kind.to_owned() };
        roots(Path::new("/study"), vec![file]).swap_remove(0)
    }

    #[test]
    fn target_paths_lie_below_one_folder() {
        let check = |path: &str, recorded: &str, place: &str| {
            let root = root(path, "file");
            assert_eq!((root.path.as_str(), root.place), (recorded, file_name::to_path(place)), "{path}");
        };
        check("fit.json", "fit.json", "fit.json");
        check("out/./a", "out/a", "out/a");
        check("/study/out", "out", "out");
        check("/data/planets.csv", "/data/planets.csv", "planets.csv");
        check("../../etc/passwd", "/etc/passwd", "passwd");
        check(".", ".", "");
        check("Gr\u{eff6}\u{efdf}e\n.txt", "Gr\u{eff6}\u{efdf}e\n.txt", "Gr\u{eff6}\u{efdf}e\n.txt");
    }

    #[test]
    fn a_path_lies_in_the_folders_above_it() {
        let check = |path: &str, folder: &str, wanted| assert_eq!(lies_in(path, folder), wanted, "{path} {folder}");
        check("out/a", "out", true);
        check("out", "out", true);
        check("output", "out", false);
        check("out", "out/a", false);
        check("out/a", ".", true);
        check("/data/a", ".", false);
        check("/data/a", "/data", true);
    }

    #[test]
    fn a_folder_is_expanded() {
        let file = |path: &str, executable| ListedFile {
            path: path.to_owned(),
            digest: Digest::of(path.as_bytes()),
            size: 1,
            executable,
        };
        let link = |path: &str, target: &str| ListedLink { path: path.to_owned(), target: target.to_owned() };
        let listing = Listing {
            files: vec![file("a", false), file("sub/b", true)],
            folders: vec!["empty".to_owned()],
            links: vec![link("last", "sub"), link("out", "../../secret")],
        };
        let opened_of = |through_links| -> Vec<(String, EntryKind)> {
            let entries = opened(&root("out", "folder"), &listing, through_links).expect("a good listing");
            entries.into_iter().map(|entry| (entry.path, entry.what)).collect()
        };
        let what = |path: &str, executable| EntryKind::File {
            digest: Digest::of(path.as_bytes()).to_string(),
            size: 1,
            executable,
        };
        let named = |path: &str, what| (path.to_owned(), what);
        assert_eq!(
            opened_of(false),
            [
                named("out/a", what("a", false)),
                named("out/sub/b", what("sub/b", true)),
                named("out/empty", EntryKind::Folder),
                named("out/last", EntryKind::Link { target: "sub".into() }),
                named("out/out", EntryKind::LinkOutside { target: "../../secret".to_owned() }),
            ]
        );
        let through: Vec<String> = opened_of(true).into_iter().map(|(path, _)| path).collect();
        assert_eq!(through, ["out/a", "out/last/b", "out/sub/b", "out/empty"]);
        let nothing = opened(&root("out", "folder"), &Listing::default(), false).expect("a good listing");
        let itself = Entry { path: "out".to_owned(), place: "out".into(), root: "out".into(), what: EntryKind::Folder };
        assert_eq!(nothing, [itself]);
        let outside = Listing { folders: vec!["../x".to_owned()], ..Listing::default() };
        assert!(opened(&root("out", "folder"), &outside, false).is_err());
        let of_all = opened(&root(".", "folder"), &listing, false).expect("a good listing").swap_remove(1);
        assert_eq!((of_all.path.as_str(), of_all.place), ("sub/b", PathBuf::from("sub/b")));
    }

    #[test]
    fn a_path_may_be_typed_as_it_is_shown() {
        let known: BTreeSet<&str> =
            ["out/b\u{eff6}/a", "two\nlines", r"plain\n"].into_iter().flat_map(with_folders).collect();
        let check = |text: &str, wanted: &str| assert_eq!(shown_as(&known, text.to_owned()), wanted, "{text}");
        check(r"out/b\xF6/a", "out/b\u{eff6}/a");
        check(r"out/b\xF6", "out/b\u{eff6}");
        check(r"two\nlines", "two\nlines");
        check(r"out/b\xF7", r"out/b\xF7");
        assert_eq!(with_folders("/data/a").collect::<Vec<_>>(), ["/data", "/data/a"]);
    }

    #[test]
    fn a_link_to_an_outside_target_is_not_created() {
        let entry = |path: &str, what| Entry { path: path.to_owned(), place: path.into(), root: "out".into(), what };
        let entries = vec![
            entry("out/a", EntryKind::Folder),
            entry("out/up", EntryKind::LinkOutside { target: "../..".to_owned() }),
        ];
        let kept = KeptEntries { entries, missing: vec!["out/gone".to_owned()] };
        for (path, wanted) in [("out", true), ("out/a", true), ("out/up", false), ("out/gone", true)] {
            assert_eq!(kept.is_made(path), wanted, "{path}");
        }
    }

    #[test]
    fn similar_paths_are_suggested() {
        let check = |path: &str, known: &[&str], wanted: &str| assert_eq!(suggestion(path, known), wanted, "{path}");
        check("fit.json", &["out", "out/fit.json"], "is `out/fit.json` meant?");
        check("fitt.json", &["fit.json", "loss.csv"], "is `fit.json` meant?");
        check("zzz", &["fit.json", "two\nlines"], r"there is `fit.json`, `two\nlines`");
        let many: Vec<String> = (0..10).map(|number| format!("curve-{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(suggestion("zzz", &many).ends_with("`curve-7` and 2 more"));
    }
}
