//! What a run made or read, one by one: files, links and empty folders by the paths under which they are recorded. A folder is
//! opened by its listing.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Component, Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_capture::files::recorded_path;
use hven_client::Client;
use hven_core::{file_name, links::Tree, nearest::nearest, object::Listing};

use crate::kept_files;

/// A declared path, with what is kept of it.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// Relative to the folder of the run, or absolute when it lay outside.
    pub(super) path: String,
    /// Where it is put, below the folder that was asked for.
    place: PathBuf,
    file: FileRef,
}

impl Root {
    /// Whether a path may be this, lie in it, or have it in it.
    pub(super) fn is_near(&self, path: &str) -> bool {
        lies_in(path, &self.path) || lies_in(&self.path, path)
    }

    /// Whether a path is this, or may lie in it.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.path == path || (self.file.kind == "folder" && lies_in(path, &self.path))
    }

    fn itself(&self, what: What) -> Entry {
        Entry { path: self.path.clone(), place: self.place.clone(), root: self.place.clone(), what }
    }
}

/// A file, a link or an empty folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// As it is recorded, with the path of the folder that it lies in.
    pub(super) path: String,
    /// Where it is put, below the folder that was asked for.
    pub(super) place: PathBuf,
    /// The place of the declared path that it is or lies in.
    pub(super) root: PathBuf,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    File {
        digest: String,
        size: u64,
        executable: bool,
    },
    /// An empty one.
    Folder,
    Link {
        target: PathBuf,
    },
    /// A link that leads out of its folder, as it is recorded.
    LinkOutside {
        target: String,
    },
}

/// A path as it is recorded, without `.` and `..`: relative when it lies in the folder of the run.
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

/// Where something is put: what lay in the folder of the run keeps its path, what lay elsewhere its name.
fn place_of(path: &str) -> PathBuf {
    let path = file_name::to_path(path);
    let is_normal = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.components().all(is_normal) {
        return path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    }
    path.file_name().map(PathBuf::from).unwrap_or_default()
}

/// Whether a path is a folder or lies in it.
fn lies_in(path: &str, folder: &str) -> bool {
    match folder {
        "." => !path.starts_with('/'),
        _ => path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// What is kept of declared paths.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) entries: Vec<Entry>,
    /// Paths of which the bytes are not in the home.
    pub(super) missing: Vec<String>,
}

impl Kept {
    /// Opens folders. `through_links`: their files by all paths that lead to them, instead of the links.
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
                let what = What::File { digest: digest.clone(), size: *size, executable: false };
                kept.entries.push(root.itself(what));
            }
        }
        Ok(kept)
    }

    /// Whether there is something at a path or in it, as far as it is known.
    pub(super) fn has(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| lies_in(&entry.path, path))
            || self.missing.iter().any(|missing| lies_in(missing, path) || lies_in(path, missing))
    }

    /// Whether something at a path or in it is made: links that lead out of their folder are not.
    pub(super) fn is_made(&self, path: &str) -> bool {
        let mut there = self.entries.iter().filter(|entry| lies_in(&entry.path, path)).peekable();
        there.peek().is_none() || there.any(|entry| !matches!(entry.what, What::LinkOutside { .. }))
    }

    /// Leaves what is at these paths and in them; all of it when there are none.
    pub(super) fn only(&mut self, paths: &[String]) {
        if !paths.is_empty() {
            self.entries.retain(|entry| paths.iter().any(|path| lies_in(&entry.path, path)));
        }
    }

    /// Finds out which of the files are not in the home, and leaves them out.
    pub(super) fn leave_out_missing(&mut self, client: &Client) -> anyhow::Result<()> {
        let digest = |entry: &Entry| match &entry.what {
            What::File { digest, .. } => Some(digest.clone()),
            What::Folder | What::Link { .. } | What::LinkOutside { .. } => None,
        };
        let absent = absent(client, self.entries.iter().filter_map(digest))?;
        let is_absent = |entry: &Entry| digest(entry).is_some_and(|digest| absent.contains(&digest));
        self.missing.extend(self.entries.iter().filter(|entry| is_absent(entry)).map(|entry| entry.path.clone()));
        self.entries.retain(|entry| !is_absent(entry));
        Ok(())
    }
}

/// Paths as they are recorded. One that is none, and was typed as a path is shown, stands for that path when there is only one.
pub(super) fn unescaped(
    client: &Client,
    roots: &[Root],
    wanted: Vec<String>,
    through_links: bool,
) -> anyhow::Result<Vec<String>> {
    // Whatever is shown otherwise than it is has one.
    if !wanted.iter().any(|path| path.contains('\\')) {
        return Ok(wanted);
    }
    let kept = Kept::open(client, &roots.iter().collect::<Vec<_>>(), through_links)?;
    let known = kept.entries.iter().map(|entry| entry.path.as_str()).chain(kept.missing.iter().map(String::as_str));
    let known: BTreeSet<&str> = known.flat_map(with_folders).collect();
    Ok(wanted.into_iter().map(|path| if kept.has(&path) { path } else { shown_as(&known, path) }).collect())
}

/// A path, and those of the folders that it lies in.
fn with_folders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    ends.map(move |end| &path[..end]).filter(|path| !path.is_empty())
}

/// The one path that is shown so; the text itself when there is none, or several.
fn shown_as(known: &BTreeSet<&str>, text: String) -> String {
    let mut meant = known.iter().filter(|path| file_name::shown(path) == text);
    match (meant.next(), meant.next()) {
        (Some(&one), None) => one.to_owned(),
        _ => text,
    }
}

/// Those of the digests that are not in the home.
fn absent(client: &Client, digests: impl Iterator<Item = String>) -> anyhow::Result<HashSet<String>> {
    /// So many are asked for at once.
    const SOME: usize = 1000;
    let digests: Vec<String> = digests.collect::<HashSet<_>>().into_iter().collect();
    let mut absent = HashSet::new();
    for some in digests.chunks(SOME) {
        absent.extend(client.missing(some.to_vec())?);
    }
    Ok(absent)
}

/// What a folder held.
fn opened(root: &Root, listing: &Listing, through_links: bool) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::with_capacity(listing.files.len() + listing.folders.len() + listing.links.len());
    let mut add = |below: &str, what: What| -> anyhow::Result<()> {
        let path =
            if root.path == "." { below.to_owned() } else { format!("{}/{below}", root.path.trim_end_matches('/')) };
        let place = root.place.join(kept_files::within(below)?);
        entries.push(Entry { path, place, root: root.place.clone(), what });
        Ok(())
    };
    let files = if through_links { listing.through_links() } else { listing.files.clone() };
    for file in files {
        let what = What::File { digest: file.digest.to_string(), size: file.size, executable: file.executable };
        add(&file.path, what)?;
    }
    for folder in &listing.folders {
        add(folder, What::Folder)?;
    }
    let tree = Tree::of(listing);
    for link in listing.links.iter().filter(|_| !through_links) {
        let what = if tree.lead(link).stays_within() {
            What::Link { target: file_name::to_path(&link.target) }
        } else {
            What::LinkOutside { target: link.target.clone() }
        };
        add(&link.path, what)?;
    }
    if entries.is_empty() {
        entries.push(root.itself(What::Folder));
    }
    Ok(entries)
}

/// What may be meant instead of a path: what has the same name in another folder, then what is spelt alike, else what there is.
pub(super) fn suggestion(path: &str, known: &[&str]) -> String {
    /// So many are named.
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
    fn paths_are_put_below_one_folder() {
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
    fn a_folder_is_opened() {
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
        let opened_of = |through_links| -> Vec<(String, What)> {
            let entries = opened(&root("out", "folder"), &listing, through_links).expect("a good listing");
            entries.into_iter().map(|entry| (entry.path, entry.what)).collect()
        };
        let what = |path: &str, executable| What::File {
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
                named("out/empty", What::Folder),
                named("out/last", What::Link { target: "sub".into() }),
                named("out/out", What::LinkOutside { target: "../../secret".to_owned() }),
            ]
        );
        let through: Vec<String> = opened_of(true).into_iter().map(|(path, _)| path).collect();
        assert_eq!(through, ["out/a", "out/last/b", "out/sub/b", "out/empty"]);
        let nothing = opened(&root("out", "folder"), &Listing::default(), false).expect("a good listing");
        let itself = Entry { path: "out".to_owned(), place: "out".into(), root: "out".into(), what: What::Folder };
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
    fn a_link_that_leads_out_is_not_made() {
        let entry = |path: &str, what| Entry { path: path.to_owned(), place: path.into(), root: "out".into(), what };
        let entries =
            vec![entry("out/a", What::Folder), entry("out/up", What::LinkOutside { target: "../..".to_owned() })];
        let kept = Kept { entries, missing: vec!["out/gone".to_owned()] };
        for (path, wanted) in [("out", true), ("out/a", true), ("out/up", false), ("out/gone", true)] {
            assert_eq!(kept.is_made(path), wanted, "{path}");
        }
    }

    #[test]
    fn what_may_be_meant() {
        let check = |path: &str, known: &[&str], wanted: &str| assert_eq!(suggestion(path, known), wanted, "{path}");
        check("fit.json", &["out", "out/fit.json"], "is `out/fit.json` meant?");
        check("fitt.json", &["fit.json", "loss.csv"], "is `fit.json` meant?");
        check("zzz", &["fit.json", "two\nlines"], r"there is `fit.json`, `two\nlines`");
        let many: Vec<String> = (0..10).map(|number| format!("curve-{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(suggestion("zzz", &many).ends_with("`curve-7` and 2 more"));
    }
}
