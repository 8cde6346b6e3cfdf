//! Finds the content that a publication leaves out. Code of a folder without git includes all files in the folder, so
//! notes and other data that no run uses are left out. Key files, and patches that contain one, are left out too, and
//! even their digests are hidden: a short password could be guessed from its digest.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    object::FileKind,
    publication::{
        description::{Publication, Withheld},
        evidence::{Run, Work},
    },
};

use crate::{
    kernel::error::AppResult,
    publish::{
        floor::Publish,
        publications::files::{PublicationFile, code_files, listed},
    },
};

/// The file extensions of code.
const CODE_ENDINGS: &[&str] = &[
    "awk", "bash", "bat", "c", "cc", "cfg", "cl", "clj", "cmake", "cpp", "cs", "cu", "cuh", "cwl", "cxx", "do", "ex",
    "f", "f03", "f08", "f77", "f90", "f95", "fish", "for", "go", "h", "hh", "hpp", "hs", "hxx", "in", "ini", "ipynb",
    "java", "jl", "js", "jsx", "kt", "lisp", "lock", "lua", "m", "mjs", "mk", "ml", "nb", "nf", "nim", "nml", "php",
    "pl", "pm", "ps1", "py", "pyi", "pyx", "qmd", "r", "rb", "rmd", "rs", "sage", "sas", "scala", "scm", "sed", "sh",
    "smk", "sql", "stan", "swift", "tcl", "toml", "ts", "tsx", "vim", "wdl", "wl", "yaml", "yml", "zig", "zsh",
];

/// The names of code files with any extension.
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

/// The files in the code of all runs that are no code, are not named by a command, and are no input or output of a run.
pub(super) async fn unneeded_code(
    publish: &Publish,
    publication: &Publication,
) -> AppResult<BTreeMap<Digest, Withheld>> {
    let wanted = named_bytes(publish, publication).await?;
    let mut found = BTreeMap::new();
    for run in &publication.runs {
        for PublicationFile { path, digest, .. } in code_files(publish, run).await? {
            if !wanted.contains(&digest) && !is_code(&path) && !is_in_command(&path, run) {
                let why = format!("it lay beside the code of run {} and does not look like code", run.handle);
                found.entry(digest).or_insert(Withheld::Decided { why });
            }
        }
    }
    Ok(found)
}

/// The bytes that a person chose to use: data, and inputs and outputs of runs, with folders replaced by their files.
async fn named_bytes(publish: &Publish, publication: &Publication) -> AppResult<BTreeSet<Digest>> {
    let of_datasets = publication.datasets.iter().flat_map(|dataset| {
        let parts = dataset.parts.iter().map(|part| part.content.digest);
        parts.chain(dataset.source.iter().map(|source| source.digest)).chain([dataset.content.digest])
    });
    let mut named: BTreeSet<Digest> = of_datasets.collect();
    for run in &publication.runs {
        for file in run.inputs.iter().chain(&run.outputs) {
            named.insert(file.digest);
            if file.kind == FileKind::Folder {
                named.extend(listed(publish, file.digest).await?.into_iter().map(|file| file.digest));
            }
        }
    }
    Ok(named)
}

fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    CODE_ENDINGS.contains(&ending) || CODE_NAMES.contains(&stem) || CODE_NAMES.contains(&name.as_str())
}

/// Whether the command names the file, in any spelling of the path.
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
    fn code_files_are_recognised_by_name() {
        for path in ["fit.py", "src/Main.RS", "Makefile", "README", "README.md", "requirements.txt", "env.yml", "a.R"] {
            assert!(is_code(path), "{path}");
        }
        for path in ["notes.txt", "other.csv", "diary", "letters/to-mira.docx", "x.json", "py"] {
            assert!(!is_code(path), "{path}");
        }
    }
}
