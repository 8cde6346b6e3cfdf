//! What a publication does not hand on. The code of a folder that git does not keep is all that lies in it: notes and other
//! data that nobody named stay here. So do files of keys, and patches that show one; these are not even named by their
//! digest, from which a short password could be guessed.

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
pub(super) async fn beside(publish: &Publish, publication: &Publication) -> AppResult<BTreeMap<Digest, Withheld>> {
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

/// Bytes that somebody named: data, and what runs read and made, folders opened up.
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
