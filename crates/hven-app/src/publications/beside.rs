//! What a publication does not hand on. The code of a folder that git does not keep is all that lies in it: notes and other
//! data that nobody named stay here. So do files of keys, and patches that show one; these are not even named by their
//! digest, from which a short password could be guessed.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    key_file::{HEAD_BYTES, PRIVATE_KEY_BYTES, begins_as_private_key, is_key_file},
    object::{FileKind, FileRef, ListedFile},
    publication::{
        description::{Publication, Withheld},
        evidence::{Run, Work},
    },
    run::Code,
};

use crate::{App, AppError, AppResult, files};

/// How files of code end.
const CODE_ENDINGS: &[&str] = &[
    "awk", "bash", "bat", "c", "cc", "cfg", "cl", "clj", "cmake", "cpp", "cs", "cu", "cuh", "cwl", "cxx", "do", "ex",
    "f", "f03", "f08", "f77", "f90", "f95", "fish", "for", "go", "h", "hh", "hpp", "hs", "hxx", "in", "ini", "ipynb",
    "java", "jl", "js", "jsx", "kt", "lisp", "lock", "lua", "m", "mjs", "mk", "ml", "nb", "nf", "nim", "nml", "php",
    "pl", "pm", "ps1", "py", "pyi", "pyx", "qmd", "r", "rb", "rmd", "rs", "sage", "sas", "scala", "scm", "sed", "sh",
    "smk", "sql", "stan", "swift", "tcl", "toml", "ts", "tsx", "vim", "wdl", "wl", "yaml", "yml", "zig", "zsh",
];
/// How files are called that belong to code, whatever they end with.
const CODE_NAMES: &[&str] = &[
    "containerfile",
    "copying",
    "dockerfile",
    "gemfile",
    "justfile",
    "licence",
    "license",
    "makefile",
    "rakefile",
    "readme",
    "requirements",
    "snakefile",
];

/// What of the code of all runs is no code, is not named by a command, and is nothing that a run read or made.
pub(super) async fn beside(app: &App, publication: &Publication) -> AppResult<BTreeMap<Digest, Withheld>> {
    let wanted = named_bytes(app, publication).await?;
    let mut found = BTreeMap::new();
    for run in &publication.runs {
        for File { path, digest, .. } in code_files(app, run).await? {
            if !wanted.contains(&digest) && !is_code(&path) && !is_in_command(&path, run) {
                let why = format!("it lay beside the code of run {} and does not look like code", run.handle);
                found.entry(digest).or_insert(Withheld::Decided { why });
            }
        }
    }
    Ok(found)
}

/// A patch with more bytes is not looked through, so it is not handed on.
const PATCH_MIB_MAX: usize = 16;

/// Why a file of keys stays here, and a path by which it is known.
struct Key {
    path: String,
    why: String,
}

/// Takes the digests and sizes of files of keys, and of patches that show one, out of what a publication says: in their place
/// stand keyed digests, as for files of keys that are left out of code. Lists that name one are written anew. Answers why
/// what is named so is not there.
pub(super) async fn hide_keys(app: &App, publication: &mut Publication) -> AppResult<BTreeMap<Digest, Withheld>> {
    let keys = key_files(app, publication).await?;
    let mut hidden = Hidden::default();
    let mut withheld = BTreeMap::new();
    for (digest, Key { path, why }) in keys {
        let keyed = app.keys.keyed(&path, digest);
        let why = format!("{why}; the digest that stands here is keyed, so that its bytes cannot be guessed from it");
        withheld.insert(keyed, Withheld::Decided { why });
        hidden.digests.insert(digest, keyed);
    }
    if hidden.digests.is_empty() {
        return Ok(withheld);
    }
    let lists = lists(publication);
    hidden.put_into(app, publication, lists).await?;
    Ok(withheld)
}

/// What stands in the place of what.
#[derive(Default)]
pub(super) struct Hidden {
    digests: BTreeMap<Digest, Digest>,
    /// Lists that were written anew, and how many bytes fewer they name.
    lists: BTreeMap<Digest, (Digest, u64)>,
    /// How many bytes there are is no secret.
    keeps_sizes: bool,
}

impl Hidden {
    /// Hides digests alone.
    pub(super) fn of(digests: BTreeMap<Digest, Digest>) -> Self {
        Self { digests, keeps_sizes: true, ..Self::default() }
    }

    /// Hides them in all that a publication says, and in these of its lists.
    pub(super) async fn put_into(
        &mut self,
        app: &App,
        publication: &mut Publication,
        lists: BTreeSet<Digest>,
    ) -> AppResult<()> {
        for list in lists {
            if let Some(anew) = self.list_anew(app, list).await? {
                self.lists.insert(list, anew);
            }
        }
        file_refs(publication).for_each(|file| self.hide(&mut file.digest, &mut file.size));
        publication.datasets.iter_mut().flat_map(|one| &mut one.report).for_each(|report| self.hide(report, &mut 0));
        for run in &mut publication.runs {
            match &mut run.code {
                Some(Code::Git { diff, untracked, digest, .. }) => {
                    let before: Vec<Digest> = untracked.iter().map(|file| file.digest).collect();
                    for file in &mut *untracked {
                        self.hide(&mut file.digest, &mut file.size);
                    }
                    if untracked.iter().map(|file| file.digest).ne(before) {
                        // It stands for the bytes of all files of the folder together.
                        *digest = app.keys.keyed("", *digest);
                    }
                    if let Some(diff) = diff {
                        self.hide(diff, &mut 0);
                    }
                }
                Some(Code::Folder { listing, bytes, .. }) => self.hide(listing, bytes),
                Some(Code::NotCaptured { .. }) | None => {}
            }
        }
        Ok(())
    }

    /// The lists that were written anew.
    pub(super) fn new_lists(&self) -> impl Iterator<Item = Digest> {
        self.lists.values().map(|(list, _)| *list)
    }

    fn hide(&self, digest: &mut Digest, size: &mut u64) {
        if let Some(keyed) = self.digests.get(digest) {
            *digest = *keyed;
            if !self.keeps_sizes {
                *size = 0;
            }
        } else if let Some((list, bytes)) = self.lists.get(digest) {
            (*digest, *size) = (*list, size.saturating_sub(*bytes));
        }
    }

    /// The list of a folder with what is hidden in it; `None` when that is nothing.
    async fn list_anew(&self, app: &App, list: Digest) -> AppResult<Option<(Digest, u64)>> {
        let Some(mut listing) = files::listing(app, list).await? else { return Ok(None) };
        let bytes_of = |files: &[ListedFile]| files.iter().map(|file| file.size).sum::<u64>();
        let before = bytes_of(&listing.files);
        if !listing.files.iter().any(|file| self.digests.contains_key(&file.digest)) {
            return Ok(None);
        }
        listing.files.iter_mut().for_each(|file| self.hide(&mut file.digest, &mut file.size));
        let bytes =
            serde_json::to_vec(&listing).map_err(|e| AppError::invalid("the list of a folder", e.to_string()))?;
        let written = app.ports.objects.put(bytes.into()).await?;
        Ok(Some((written, before - bytes_of(&listing.files))))
    }
}

/// The lists of all folders of which a publication speaks.
pub(super) fn lists(publication: &mut Publication) -> BTreeSet<Digest> {
    let folders = file_refs(publication).filter(|file| file.kind == FileKind::Folder).map(|file| file.digest);
    let mut lists: BTreeSet<Digest> = folders.collect();
    lists.extend(publication.runs.iter().filter_map(|run| match &run.code {
        Some(Code::Folder { listing, .. }) => Some(*listing),
        _ => None,
    }));
    lists
}

/// All files and folders of which a publication speaks, but for code as it was captured.
fn file_refs(publication: &mut Publication) -> impl Iterator<Item = &mut FileRef> {
    let of_datasets = publication.datasets.iter_mut().flat_map(|dataset| {
        let parts = dataset.parts.iter_mut().map(|part| &mut part.content);
        dataset.source.iter_mut().chain([&mut dataset.content]).chain(parts)
    });
    let of_runs = publication.runs.iter_mut().flat_map(|run| {
        let (inputs, outputs) = (run.inputs.iter_mut(), run.outputs.iter_mut());
        inputs.chain(outputs).chain(&mut run.code_files)
    });
    of_datasets.chain(of_runs)
}

/// Files of keys and passwords of all runs, known by their names or by how they begin, and patches that show one: nobody can
/// mean to hand them on for ever.
async fn key_files(app: &App, publication: &Publication) -> AppResult<BTreeMap<Digest, Key>> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for run in &publication.runs {
        let files = code_files(app, run).await?.into_iter().chain(used_files(app, run).await?);
        for File { path, digest, size } in files {
            if is_key_file(&path) && digest != Digest::of(b"") {
                let why = format!("by its name, {path}, it holds keys or passwords");
                found.entry(digest).or_insert(Key { path, why });
            } else if PRIVATE_KEY_BYTES.contains(&size) && seen.insert(digest) && is_private_key(app, digest).await {
                let why = format!("{path} begins as a private key does");
                found.entry(digest).or_insert(Key { path, why });
            }
        }
        if let Some(Code::Git { diff: Some(diff), .. }) = &run.code
            && let Some(why) = shown_by_patch(app, *diff).await?
        {
            found.entry(*diff).or_insert(Key { path: format!("code of run {}", run.handle), why });
        }
    }
    Ok(found)
}

/// Of one that cannot be read nothing is handed on either: the press says so.
async fn is_private_key(app: &App, digest: Digest) -> bool {
    let head = app.ports.objects.head(digest, HEAD_BYTES).await;
    head.is_ok_and(|head| head.is_some_and(|head| begins_as_private_key(&head)))
}

/// Why a patch stays here. `hven run` leaves files of keys out of it; an older record did not.
async fn shown_by_patch(app: &App, patch: Digest) -> AppResult<Option<String>> {
    let bytes_max = PATCH_MIB_MAX << 20;
    let Some(bytes) = app.ports.objects.head(patch, bytes_max + 1).await? else { return Ok(None) };
    if bytes.len() > bytes_max {
        return Ok(Some(format!("it has more than {PATCH_MIB_MAX} MiB, so it was not looked through for keys")));
    }
    let named = key_file_in(&bytes).map(|path| format!("it shows {path}, which by its name holds keys or passwords"));
    Ok(named.or_else(|| shows_private_key(&bytes).then(|| "it shows a private key".to_owned())))
}

/// Whether a line of a patch, behind its mark, begins a private key.
fn shows_private_key(patch: &[u8]) -> bool {
    let lines = patch.split(|&byte| byte == b'\n').filter_map(|line| line.split_first());
    lines.filter(|(mark, _)| b"+- ".contains(mark)).any(|(_, line)| begins_as_private_key(line))
}

/// The first file of keys of which a patch of git speaks.
fn key_file_in(patch: &[u8]) -> Option<String> {
    let headers = patch.split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"diff --git "));
    headers.filter_map(file_of_header).find(|path| is_key_file(path))
}

/// The path in `a/PATH b/PATH`. Both are the same, since the patch was made without looking for renames; so the second
/// begins behind the middle, also when there are blanks in it.
fn file_of_header(names: &[u8]) -> Option<String> {
    let second = names.get(names.len() / 2 + 1..)?;
    let path = String::from_utf8_lossy(second);
    // In quotes, with escapes, when there is a quote or a line end in it: its end is told all the same.
    let path = path.trim_matches('"');
    Some(path.strip_prefix("b/").unwrap_or(path).to_owned())
}

/// A file of which a run speaks.
struct File {
    path: String,
    digest: Digest,
    size: u64,
}

impl File {
    fn listed(file: ListedFile) -> Self {
        Self { path: file.path, digest: file.digest, size: file.size }
    }

    fn named(file: &FileRef) -> Self {
        Self { path: file.path.clone(), digest: file.digest, size: file.size }
    }
}

/// What a run read and made, folders opened up, and code that was taken from a clone.
async fn used_files(app: &App, run: &Run) -> AppResult<Vec<File>> {
    let mut files = Vec::new();
    for file in run.inputs.iter().chain(&run.outputs).chain(&run.code_files) {
        match file.kind {
            FileKind::File => files.push(File::named(file)),
            FileKind::Folder => {
                let inside = listed(app, file.digest).await?.into_iter().map(File::listed);
                // The folder may say it, such as `.ssh`.
                files.extend(inside.map(|one| File { path: format!("{}/{}", file.path, one.path), ..one }));
            }
        }
    }
    Ok(files)
}

/// Bytes that somebody named: data, and what runs read and made, folders opened up.
async fn named_bytes(app: &App, publication: &Publication) -> AppResult<BTreeSet<Digest>> {
    let of_datasets = publication.datasets.iter().flat_map(|dataset| {
        let parts = dataset.parts.iter().map(|part| part.content.digest);
        parts.chain(dataset.source.iter().map(|source| source.digest)).chain([dataset.content.digest])
    });
    let mut named: BTreeSet<Digest> = of_datasets.collect();
    for run in &publication.runs {
        for file in run.inputs.iter().chain(&run.outputs) {
            named.insert(file.digest);
            if file.kind == FileKind::Folder {
                named.extend(listed(app, file.digest).await?.into_iter().map(|file| file.digest));
            }
        }
    }
    Ok(named)
}

async fn listed(app: &App, folder: Digest) -> AppResult<Vec<ListedFile>> {
    Ok(files::listing(app, folder).await?.map(|listing| listing.files).unwrap_or_default())
}

async fn code_files(app: &App, run: &Run) -> AppResult<Vec<File>> {
    Ok(match &run.code {
        Some(Code::Folder { listing, .. }) => listed(app, *listing).await?.into_iter().map(File::listed).collect(),
        Some(Code::Git { untracked, .. }) => {
            untracked.iter().filter(|file| file.kind == FileKind::File).map(File::named).collect()
        }
        Some(Code::NotCaptured { .. }) | None => Vec::new(),
    })
}

fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    CODE_ENDINGS.contains(&ending) || CODE_NAMES.contains(&stem) || CODE_NAMES.contains(&name.as_str())
}

/// Whether the command names the file, however it writes the path.
fn is_in_command(path: &str, run: &Run) -> bool {
    let Work::Command { argv, .. } = &run.work else { return false };
    let ends_with_it = |word: &String| {
        word.strip_suffix(path).is_some_and(|before| before.is_empty() || before.ends_with(['/', '=', ':', '@', ',']))
    };
    argv.iter().any(ends_with_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_known_by_its_name() {
        for path in ["fit.py", "src/Main.RS", "Makefile", "README", "README.md", "requirements.txt", "env.yml", "a.R"] {
            assert!(is_code(path), "{path}");
        }
        for path in ["notes.txt", "other.csv", "diary", "letters/to-mira.docx", "x.json", "py"] {
            assert!(!is_code(path), "{path}");
        }
    }

    #[test]
    fn a_patch_that_shows_a_file_of_keys_is_known() {
        let patch = |path: &str| {
            let other = "diff --git a/fit.py b/fit.py\n@@ -1 +1 @@\n-diff --git a/.env b/.env\n+2\n";
            format!("{other}diff --git {path}\n@@ -1 +1 @@\n-KEY\n+KEY2\n")
        };
        for (names, path) in [
            ("a/server.pem b/server.pem", "server.pem"),
            ("a/my study b/.env b/my study b/.env", "my study b/.env"),
            ("a/.ssh/config b/.ssh/config", ".ssh/config"),
            ("\"a/sub\\t/id_rsa\" \"b/sub\\t/id_rsa\"", "sub\\t/id_rsa"),
            ("prod.env prod.env", "prod.env"),
        ] {
            assert_eq!(key_file_in(patch(names).as_bytes()).as_deref(), Some(path), "{names}");
        }
        for names in ["a/fit.py b/fit.py", "a/.env.example b/.env.example", "", "x"] {
            assert_eq!(key_file_in(patch(names).as_bytes()), None, "{names}");
        }
    }

    #[test]
    fn a_patch_that_shows_a_private_key_is_known() {
        for mark in ["+", "-", " "] {
            let patch = format!("@@ -1 +1 @@\n-a\n{mark}-----BEGIN OPENSSH PRIVATE KEY-----\n+b\n");
            assert!(shows_private_key(patch.as_bytes()), "{patch}");
        }
        for patch in ["", "\n", "+-----BEGIN CERTIFICATE-----\n", "+x -----BEGIN PRIVATE KEY-----\n"] {
            assert!(!shows_private_key(patch.as_bytes()), "{patch}");
        }
    }

    #[test]
    fn what_is_hidden_has_neither_digest_nor_size() {
        let [key, keyed, list, anew, other] = ["1", "2", "3", "4", "5"].map(|text| Digest::of(text.as_bytes()));
        let (digests, lists) = (BTreeMap::from([(key, keyed)]), [(list, (anew, 7))].into());
        let hidden = Hidden { digests: digests.clone(), lists, keeps_sizes: false };
        let shown = |hidden: &Hidden, digest| {
            let mut found = (digest, 10);
            hidden.hide(&mut found.0, &mut found.1);
            found
        };
        for (before, after, size) in [(key, keyed, 0), (list, anew, 3), (other, other, 10)] {
            assert_eq!(shown(&hidden, before), (after, size));
        }
        assert_eq!(shown(&Hidden::of(digests), key), (keyed, 10), "of what is no secret the size stays");
    }
}
