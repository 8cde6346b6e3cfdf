//! What lay beside the code. The code of a folder that git does not keep is all that lies in it, and a publication hands on
//! no notes and no other data that nobody named.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    key_file::is_key_file,
    object::{FileKind, ListedFile},
    publication::{
        description::{Publication, Withheld},
        evidence::{Run, Work},
    },
    run::Code,
};

use crate::{App, AppResult, files};

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
        for (path, digest) in code_files(app, run).await? {
            if !wanted.contains(&digest) && !is_code(&path) && !is_in_command(&path, run) {
                let why = format!("it lay beside the code of run {} and does not look like code", run.handle);
                found.entry(digest).or_insert(Withheld::Decided { why });
            }
        }
    }
    Ok(found)
}

/// Files of keys and passwords of all runs, known by their names: nobody can mean to hand them on for ever.
pub(super) async fn key_files(app: &App, publication: &Publication) -> AppResult<BTreeMap<Digest, Withheld>> {
    let mut found = BTreeMap::new();
    let empty = Digest::of(b"");
    for run in &publication.runs {
        let files = code_files(app, run).await?.into_iter().chain(used_files(app, run).await?);
        for (path, digest) in files.filter(|(path, digest)| is_key_file(path) && *digest != empty) {
            let why = format!("by its name, {path}, it holds keys or passwords");
            found.entry(digest).or_insert(Withheld::Decided { why });
        }
    }
    Ok(found)
}

/// What a run read and made, folders opened up, and code that was taken from a clone.
async fn used_files(app: &App, run: &Run) -> AppResult<Vec<(String, Digest)>> {
    let mut files = Vec::new();
    for file in run.inputs.iter().chain(&run.outputs).chain(&run.code_files) {
        match file.kind {
            FileKind::File => files.push((file.path.clone(), file.digest)),
            FileKind::Folder => {
                files.extend(listed(app, file.digest).await?.into_iter().map(|one| (one.path, one.digest)));
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

async fn code_files(app: &App, run: &Run) -> AppResult<Vec<(String, Digest)>> {
    Ok(match &run.code {
        Some(Code::Folder { listing, .. }) => {
            listed(app, *listing).await?.into_iter().map(|file| (file.path, file.digest)).collect()
        }
        Some(Code::Git { untracked, .. }) => {
            let files = untracked.iter().filter(|file| file.kind == FileKind::File);
            files.map(|file| (file.path.clone(), file.digest)).collect()
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
}
