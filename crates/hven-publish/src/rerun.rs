//! How to run it again without Hven: `README.md`, and a script for each run that was a command.

use hven_core::{
    Digest,
    object::{FileKind, FileRef, Listing},
    safe_text::safe_text,
};

use crate::{
    citation,
    evidence::{Run, Work},
    layout::Layout,
    lineage::{code_in_words, work_in_words},
    names,
    publication::{Publication, Withheld},
    text::{bytes, ledger, put, seconds, shell_word},
};

/// One file that a run needs: where it lies here, and where the run looks for it.
pub(crate) struct Needed<'a> {
    /// `None`: it is not here.
    pub here: Option<&'a str>,
    pub there: String,
    pub digest: Digest,
    pub executable: bool,
}

/// What a run needs besides its software: inputs, then code.
pub(crate) fn needed<'a>(run: &Run, layout: &'a Layout) -> Vec<Needed<'a>> {
    let mut all = Vec::new();
    for file in run.inputs.iter().chain(&run.code_files) {
        add(file, layout, &mut all);
    }
    match &run.code {
        Some(hven_core::run::Code::Git { untracked, .. }) => {
            for file in untracked {
                add(file, layout, &mut all);
            }
        }
        Some(hven_core::run::Code::Folder { listing, .. }) => {
            for file in layout.listings.get(listing).into_iter().flat_map(Listing::through_links) {
                all.push(Needed {
                    here: layout.place(file.digest),
                    there: file.path,
                    digest: file.digest,
                    executable: file.executable,
                });
            }
        }
        _ => {}
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|needed| seen.insert(needed.there.clone()));
    all
}

fn add<'a>(file: &FileRef, layout: &'a Layout, all: &mut Vec<Needed<'a>>) {
    let listing = layout.listings.get(&file.digest).filter(|_| file.kind == FileKind::Folder);
    match listing {
        // A copy takes the place of a link: it does as well, and lies in a zip.
        Some(listing) => all.extend(listing.through_links().into_iter().map(|one| Needed {
            here: layout.place(one.digest),
            there: format!("{}/{}", file.path, one.path),
            digest: one.digest,
            executable: one.executable,
        })),
        None => {
            let here = layout.place(file.digest);
            all.push(Needed { here, there: file.path.clone(), digest: file.digest, executable: false });
        }
    }
}

/// The path of a run's script; recipes have none, since they are Hven's own.
pub(crate) fn script_path(run: &Run) -> Option<String> {
    matches!(run.work, Work::Command { .. }).then(|| format!("runs/{}/rerun.sh", names::part(&run.handle)))
}

/// A script that puts inputs and code into a new folder, and runs the command there.
pub(crate) fn script(run: &Run, layout: &Layout) -> Option<String> {
    let Work::Command { argv } = &run.work else { return None };
    let mut script = format!(
        "#!/bin/sh\n# Runs {} again, in a new folder that holds its inputs and its code alone. Usage: sh rerun.sh [FOLDER]\n",
        one_line(&run.handle)
    );
    let (code, _) = run.code.as_ref().map_or_else(|| ("code not captured".to_owned(), None), code_in_words);
    put!(script, "# Code: {}\n", one_line(&code));
    if let Some(software) = &run.software {
        let words: Vec<&str> = [&software.interpreter, &software.version, &software.platform]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        put!(script, "# It ran with: {}\n", one_line(&words.join(", ")));
        let packages: Vec<String> =
            software.packages.iter().map(|(name, version)| format!("{name}=={version}")).collect();
        if !packages.is_empty() {
            put!(script, "# Packages: {}\n", one_line(&packages.join(" ")));
        }
    }
    script.push_str(
        "set -eu\ntop=$(cd \"$(dirname \"$0\")/../..\" && pwd)\nfolder=${1:-$(mktemp -d)}\nmkdir -p \"$folder\"\ncd \"$folder\"\n\
         # place FILE-HERE PATH-THERE\n\
         place() { mkdir -p -- \"$(dirname -- \"$2\")\" && cp -- \"$top/$1\" \"$2\"; }\n",
    );
    for file in needed(run, layout) {
        // A path of the machine that it ran on would write outside of the folder.
        let there = names::inner(&file.there);
        match file.here {
            Some(here) => {
                put!(script, "place {} {}\n", shell_word(here), shell_word(&there));
                if file.executable {
                    put!(script, "chmod +x -- {}\n", shell_word(&there));
                }
            }
            None => {
                put!(
                    script,
                    "[ -e {0} ] || {{ echo {1} >&2; exit 1; }}\n",
                    shell_word(&there),
                    shell_word(&format!(
                        "{there} is not part of this publication; put the file with BLAKE3 {} into the folder",
                        file.digest
                    ))
                );
            }
        }
    }
    for name in run.secrets.iter().filter(|name| is_variable(name)) {
        put!(script, ": \"${{{name}:?a secret that the command needs}}\"\n");
    }
    for (name, value) in run.environment.iter().filter(|(name, _)| is_variable(name)) {
        put!(script, "export {name}={}\n", shell_word(value));
    }
    let words: Vec<String> = argv.iter().map(|word| shell_word(word)).collect();
    put!(script, "{}\n", words.join(" "));
    script.push_str("echo \"done in $folder\"\n");
    Some(script)
}

/// Whether a POSIX shell takes it for the name of a variable.
fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// A comment must not end within itself.
fn one_line(text: &str) -> String {
    safe_text(&text.replace(['\n', '\t'], " ")).into_owned()
}

/// Text inside Markdown: what would be markup is not.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// Text between backticks.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

pub(crate) fn readme(publication: &Publication, layout: &Layout) -> String {
    let mut text = format!("# {}\n\n", plain(&publication.title));
    for words in [&publication.summary.en, &publication.summary.zh].into_iter().flatten() {
        put!(text, "{}\n\n", plain(words));
    }
    let authors: Vec<String> = citation::authors(publication).iter().map(|author| plain(&author.name)).collect();
    let license = publication.license.as_deref().unwrap_or("no licence was said");
    put!(
        text,
        "By {}. Version {}, {}. Licence: {}.\n\n",
        authors.join(", "),
        publication.version,
        publication.published,
        plain(license)
    );
    for notice in &publication.notices {
        let standing = serde_json::to_value(notice.standing).ok().and_then(|word| word.as_str().map(str::to_owned));
        put!(
            text,
            "> **{}** is {}: {}\n\n",
            plain(&notice.about),
            standing.unwrap_or_default(),
            plain(&notice.because)
        );
    }
    text.push_str("## What is claimed\n\n");
    for claim in &publication.claims {
        put!(text, "- **{}**: {}\n", plain(&claim.name), plain(&claim.statement));
        if let Some(last) = claim.judgement() {
            put!(
                text,
                "  Verdict: **{}**, {}. {}.\n",
                last.verdict.as_str(),
                code(&last.filled_in),
                ledger(last.ledger)
            );
        }
    }
    text.push_str(
        "\n## What is here\n\n\
         | file | what it is |\n| --- | --- |\n\
         | `index.html` | all of this as a page; opens in any browser, without a network |\n\
         | `data/` | the datasets: the source as it came, the table as Parquet |\n\
         | `runs/` | what each run read and made, its code, and a script that runs it again |\n\
         | `lineage.svg`, `prov.json` | what rests on what, as a picture and in PROV-JSON |\n\
         | `ro-crate-metadata.json` | all of it in RO-Crate 1.1, Process Run Crate 0.5 |\n\
         | `publication.json` | all of it as Hven reads it |\n\
         | `CITATION.cff`, `datacite.json` | how to cite it |\n\
         | `manifest.json` | every file with its size, BLAKE3 and SHA-256 |\n\n\
         ## Check that nothing was changed\n\n\
         `hven verify .`, or open `index.html` and choose this folder there, or without Hven:\n\n\
         ```sh\npython3 -c 'import json,hashlib;[print(p, \"ok\" if hashlib.sha256(open(p,\"rb\").read()).hexdigest()==f[\"sha256\"] else \"CHANGED\") \
         for p,f in json.load(open(\"manifest.json\"))[\"files\"].items()]'\n```\n\n## Run it again without Hven\n\n",
    );
    for run in &publication.runs {
        rerun(&mut text, run, layout);
    }
    withheld(&mut text, publication, layout);
    text
}

fn rerun(text: &mut String, run: &Run, layout: &Layout) {
    put!(text, "### Run {}\n\n", plain(&run.handle));
    put!(text, "{}\n\n", code(&work_in_words(&run.work)));
    put!(text, "It took {} and ended: {}.\n", seconds(run.wall_s), plain(&run.outcome.to_string()));
    match (&run.work, script_path(run)) {
        (Work::Recipe { name, version, arguments }, _) => {
            put!(
                text,
                "It is a recipe of Hven itself ({}, version {version}) with the arguments {}: `hven import crate` takes this \
                 folder into a home of your own, where `hven reproduce` runs it.\n\n",
                plain(name),
                code(&arguments.to_string())
            );
        }
        (Work::Command { .. }, Some(path)) => {
            put!(text, "To run it again: {}.\n\n", code(&format!("sh {}", shell_word(&path))));
        }
        (Work::Command { .. }, None) => {}
    }
    let files = needed(run, layout);
    if files.is_empty() {
        return;
    }
    text.push_str("| it reads | which is here |\n| --- | --- |\n");
    for file in files {
        let here = file.here.map_or_else(
            || format!("not here; BLAKE3 {}", code(&file.digest.to_string())),
            |here| format!("[{}]({})", plain(here), names::url(here)),
        );
        put!(text, "| {} | {here} |\n", plain(&file.there));
    }
    text.push('\n');
}

fn withheld(text: &mut String, publication: &Publication, layout: &Layout) {
    let unlicensed: Vec<_> = publication
        .datasets
        .iter()
        .filter_map(|dataset| match layout.withheld.get(&dataset.content.digest) {
            Some(Withheld::Licence { why, .. }) => Some(format!("- {}: {}.", plain(&dataset.reference()), plain(why))),
            Some(Withheld::Decided { why }) => Some(format!("- {}: {}.", plain(&dataset.reference()), plain(why))),
            Some(Withheld::TooLarge { bytes: size, .. }) => {
                Some(format!("- {}: it has {}.", plain(&dataset.reference()), bytes(*size)))
            }
            _ => None,
        })
        .collect();
    if !unlicensed.is_empty() {
        put!(text, "## What is only named by its digest\n\n{}\n\n", unlicensed.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(plain("a *b* <c>\n[d](e)"), "a \\*b\\* \\<c\\> \\[d\\](e)");
        assert_eq!(code("a `b`` c"), "``` a `b`` c ```");
        assert_eq!(code("plain"), "`plain`");
    }
}
