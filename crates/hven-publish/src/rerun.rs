//! How to run a publication again: `README.md`, and a script for each run of a command.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    claim::{Counted, Ledger},
    file_name,
    object::{FileKind, FileRef, Listing},
    run::Code,
    safe_text::safe_text,
    staging::check_path,
};

use crate::{
    citation,
    evidence::{Run, StdinFrom, Work},
    law_check,
    layout::Layout,
    lineage::{code_in_words, work_in_words},
    names,
    publication::{Claim, Publication, Withheld},
    software,
    text::{bytes, ledger, put, seconds, shell_word},
};

/// One file that a run needs: its path in the publication, and the path where the run expects it.
pub(crate) struct NeededFile<'a> {
    /// `None`: the publication does not include it.
    pub source: Option<&'a str>,
    pub target: String,
    pub digest: Digest,
    pub executable: bool,
}

/// The files and folders that a run needs, in addition to its software.
#[derive(Default)]
pub(crate) struct RunNeeds<'a> {
    /// Inputs, then code.
    pub files: Vec<NeededFile<'a>>,
    /// Folders that must exist before the run starts, including empty ones.
    pub folders: BTreeSet<String>,
    /// Inputs outside of the run's folder: their original paths, and where the script puts them.
    pub moved: BTreeMap<String, String>,
}

pub(crate) fn needs<'a>(run: &Run, layout: &'a Layout) -> RunNeeds<'a> {
    let mut needs = RunNeeds::default();
    let all = || run.inputs.iter().chain(&run.code_files);
    let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let mut taken: BTreeSet<String> =
        all().filter(|file| check_path(&file.path).is_ok()).map(|file| first(&file.path)).collect();
    for file in all() {
        let target = match needs.moved.get(&file.path).cloned() {
            Some(target) => target,
            None if check_path(&file.path).is_ok() => file.path.clone(),
            None => {
                // An absolute path of the original machine would write outside of the folder.
                let target = free_name(names::path_in_folder(&file.path), &taken);
                taken.insert(target.clone());
                needs.moved.insert(file.path.clone(), target.clone());
                target
            }
        };
        needs.add(file, &target, layout);
    }
    match &run.code {
        Some(Code::Git { prefix, untracked, .. }) => {
            for file in untracked {
                if let Some(target) = within(&file.path, prefix) {
                    needs.add(file, target, layout);
                }
            }
        }
        Some(Code::Folder { listing, .. }) => {
            for file in layout.listings.get(listing).into_iter().flat_map(Listing::through_links) {
                needs.files.push(NeededFile {
                    source: layout.path_of(file.digest),
                    target: file.path,
                    digest: file.digest,
                    executable: file.executable,
                });
            }
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    needs.files.retain(|needed| seen.insert(needed.target.clone()));
    needs.folders.extend(run.folders.iter().cloned());
    // As Hven does in a fresh folder: a command expects that the folders of its outputs exist.
    let parents = run.outputs_declared.iter().filter_map(|path| path.trim_end_matches('/').rsplit_once('/'));
    needs.folders.extend(parents.map(|(parent, _)| parent.to_owned()));
    needs.folders.retain(|path| check_path(path).is_ok());
    needs
}

impl<'a> RunNeeds<'a> {
    fn add(&mut self, file: &FileRef, target: &str, layout: &'a Layout) {
        let listing = layout.listings.get(&file.digest).filter(|_| file.kind == FileKind::Folder);
        let Some(listing) = listing else {
            let source = layout.path_of(file.digest);
            self.files.push(NeededFile { source, target: target.to_owned(), digest: file.digest, executable: false });
            return;
        };
        // A copy replaces each link: it has the same effect, and a zip can store it.
        let files = listing.through_links();
        if files.is_empty() {
            self.folders.insert(target.to_owned());
        }
        self.folders.extend(listing.folders.iter().map(|empty| format!("{target}/{empty}")));
        self.files.extend(files.into_iter().map(|one| NeededFile {
            source: layout.path_of(one.digest),
            target: format!("{target}/{}", one.path),
            digest: one.digest,
            executable: one.executable,
        }));
    }
}

/// The name, or its next variant that is not taken.
fn free_name(name: &str, taken: &BTreeSet<String>) -> String {
    let others = (2..).map(|number| names::numbered(name, name.len(), number));
    // There are more numbers than taken names, so one variant is free.
    std::iter::once(name.to_owned()).chain(others).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// A path of the repository, relative to the run's working folder; `None` if it is outside.
fn within<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    if prefix.is_empty() { Some(path) } else { path.strip_prefix(prefix)?.strip_prefix('/') }
}

/// The path of a run's script. Recipes have none, since only Hven runs them.
pub(crate) fn script_path(run: &Run) -> Option<String> {
    matches!(run.work, Work::Command { .. }).then(|| format!("runs/{}/rerun.sh", names::portable_name(&run.handle)))
}

/// The file for metrics, which Hven provides in a run. It is outside of the run's folder.
const METRICS: &str = "\
# What the command logs as metrics goes into this file, unless HVEN_METRICS names another.
HVEN_METRICS=${HVEN_METRICS:-$(mktemp)}
export HVEN_METRICS
";

/// A script that copies inputs and code into a new folder, and runs the command there. Names in it keep their original
/// bytes, even if they are not valid text.
pub(crate) fn script(run: &Run, layout: &Layout) -> Option<Vec<u8>> {
    let Work::Command { argv } = &run.work else { return None };
    let needs = needs(run, layout);
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
        "set -eu\nunset CDPATH\ntop=$(cd \"$(dirname \"$0\")/../..\" && pwd)\nfolder=${1:-$(mktemp -d)}\nmkdir -p \"$folder\"\n\
         cd \"$folder\"\n\
         # place FILE-HERE PATH-THERE\n\
         place() { case $2 in */*) mkdir -p -- \"${2%/*}\" ;; esac; cp -- \"$top/$1\" \"$2\"; }\n",
    );
    for (path, target) in &needs.moved {
        let (path, target) = (one_line(path), one_line(target));
        put!(
            script,
            "# The command may name {path}, which lay outside of its folder: it is put into this one as {target}\n"
        );
    }
    for folder in &needs.folders {
        put!(script, "mkdir -p -- {}\n", shell_word(folder));
    }
    for NeededFile { source, target, digest, executable } in needs.files {
        let Some(source) = source else {
            let shown = file_name::shown(&target);
            let missing =
                format!("{shown} is not part of this publication; put the file with BLAKE3 {digest} into the folder");
            let (target, missing) = (shell_word(&target), shell_word(&missing));
            put!(script, "[ -e {target} ] || {{ printf '%s\\n' {missing} >&2; exit 1; }}\n");
            continue;
        };
        put!(script, "place {} {}\n", shell_word(source), shell_word(&target));
        if executable {
            put!(script, "chmod +x -- {}\n", shell_word(&target));
        }
    }
    for name in run.secrets.iter().filter(|name| is_variable(name)) {
        put!(script, ": \"${{{name}:?a secret that the command needs}}\"\n");
    }
    for (name, value) in run.environment.iter().filter(|(name, _)| is_variable(name)) {
        // A variable is text and is not decoded as a file name.
        put!(script, "export {name}={}\n", shell_word(&file_name::bytes_to_text(value.as_bytes())));
    }
    script.push_str(METRICS);
    let words: Vec<String> = argv.iter().map(|word| shell_word(word)).collect();
    match &run.stdin {
        None => put!(script, "{} < /dev/null\n", words.join(" ")),
        Some(StdinFrom::Input { path }) => {
            let target = needs.moved.get(path).unwrap_or(path);
            put!(script, "{} < {}\n", words.join(" "), shell_word(target));
        }
        Some(StdinFrom::Lost { bytes }) => {
            let why = format!("its standard input was a pipe of {bytes} bytes that was not kept");
            put!(script, "echo {} >&2; exit 1\n", shell_word(&why));
        }
    }
    script.push_str("echo \"done in $folder\"\n[ ! -s \"$HVEN_METRICS\" ] || echo \"metrics in $HVEN_METRICS\"\n");
    Some(file_name::text_to_bytes(&script))
}

/// Whether a POSIX shell accepts a name as the name of a variable.
fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// A text on one line, so that it cannot end a comment.
fn one_line(text: &str) -> String {
    safe_text(&text.replace(['\n', '\t'], " ")).into_owned()
}

/// Text in Markdown, with markup characters escaped.
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
    let license = publication.license.as_deref().unwrap_or("no licence stated");
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
    text.push_str("## Claims\n\n");
    for claim in &publication.claims {
        put!(text, "- **{}**: {}\n", plain(&claim.name), plain(&claim.statement));
        if let Some(last) = claim.judgement() {
            put!(
                text,
                "  Verdict: **{}**, {}. {}.\n",
                last.verdict.as_str(),
                code(&last.filled_in),
                plain(&ledger(&last.ledger))
            );
        }
    }
    let is_counted = |claim: &Claim| claim.judgement().is_some_and(|last| last.ledger.counted == Counted::ByQuestion);
    if publication.claims.iter().any(is_counted) {
        put!(text, "\n{}\n", Ledger::RULE);
    }
    text.push_str(
        "\n## Files\n\n\
         | file | description |\n| --- | --- |\n\
         | `index.html` | all of this as a page; opens in any browser, without a network |\n",
    );
    if !publication.datasets.is_empty() {
        text.push_str("| `data/` | the included datasets: the original source, the table as Parquet |\n");
    }
    text.push_str(
        "| `runs/` | the included inputs, outputs and code of each run; for each command a script that runs it again, and the \
         list of installed packages, if it was recorded |\n",
    );
    if law_check::script(publication, layout).is_some() {
        put!(text, "| `{}` | evaluates the laws over their rows, with Python alone |\n", law_check::SCRIPT_FILE);
    }
    text.push_str(
        "| `lineage.svg`, `prov.json` | the lineage, as a picture and in PROV-JSON |\n\
         | `ro-crate-metadata.json` | all of it in RO-Crate 1.1, Process Run Crate 0.5 |\n\
         | `publication.json` | all of it as Hven reads it |\n\
         | `CITATION.cff`, `datacite.json` | how to cite it |\n\
         | `manifest.json` | every file with its size, BLAKE3 and SHA-256 |\n\n\
         ## Check that nothing was changed\n\n\
         `hven verify .`, or open `index.html` and choose this folder on the page, or without Hven:\n\n\
         ```sh\npython3 -c 'import json,hashlib;[print(p, \"ok\" if hashlib.sha256(open(p,\"rb\").read()).hexdigest()==f[\"sha256\"] else \"CHANGED\") \
         for p,f in json.load(open(\"manifest.json\"))[\"files\"].items()]'\n```\n\n## Run it again\n\n",
    );
    for run in &publication.runs {
        rerun(&mut text, run, publication, layout);
    }
    renamed(&mut text, layout);
    withheld(&mut text, publication, layout);
    text
}

/// The list of files whose names were changed.
fn renamed(text: &mut String, layout: &Layout) {
    if layout.renamed.is_empty() {
        return;
    }
    text.push_str(
        "## Names that were changed\n\nSome systems do not allow these names, or not together with another file of this folder. \
         Bytes that are not valid text are shown by their numbers.\n\n| original name | name here |\n| --- | --- |\n",
    );
    for (here, own) in &layout.renamed {
        put!(text, "| {} | [{}]({}) |\n", plain(&file_name::shown(own)), plain(here), names::url(here));
    }
    text.push('\n');
}

fn rerun(text: &mut String, run: &Run, publication: &Publication, layout: &Layout) {
    put!(text, "### Run {}\n\n", plain(&run.handle));
    put!(text, "{}\n\n", code(&work_in_words(&run.work)));
    put!(text, "It took {} and ended: {}.\n", seconds(run.wall_s), plain(&run.outcome.to_string()));
    match (&run.work, script_path(run)) {
        (Work::Recipe { name, version, arguments }, _) => {
            put!(
                text,
                "It is a recipe of Hven itself ({}, version {version}) with the arguments {}. Only Hven runs it again: \
                 `hven import crate` imports this folder into your own home, and `hven reproduce` runs it there, if that \
                 Hven has this version of the recipe.\n\n",
                plain(name),
                code(&arguments.to_string())
            );
            if let Some(law) = publication.laws.iter().find(|law| law.run == run.id) {
                text.push_str(if law_check::can_check(law, publication, layout) {
                    "Without Hven, `python3 check.py` evaluates its law over the rows that its search used.\n\n"
                } else {
                    "Its law cannot be checked with this folder alone: the rows that its search used are not here as text.\n\n"
                });
            }
        }
        (Work::Command { .. }, Some(path)) => {
            put!(text, "{}", plain(&software::in_words(run)));
            if let Some(packages) = software::requirements_path(run) {
                put!(text, " See [{}]({}).", plain(&packages), names::url(&packages));
            }
            put!(text, "\nTo run it again, without Hven: {}.\n\n", code(&format!("sh {}", shell_word(&path))));
        }
        (Work::Command { .. }, None) => {}
    }
    let RunNeeds { files, folders, .. } = needs(run, layout);
    if !folders.is_empty() {
        let folders: Vec<String> = folders.iter().map(|folder| code(folder)).collect();
        put!(text, "It expects these folders, including empty ones: {}.\n\n", folders.join(", "));
    }
    if files.is_empty() {
        return;
    }
    text.push_str("| file that it reads | copy in this folder |\n| --- | --- |\n");
    for file in files {
        let here = file.source.map_or_else(
            || format!("not here; BLAKE3 {}", code(&file.digest.to_string())),
            |here| format!("[{}]({})", plain(here), names::url(here)),
        );
        put!(text, "| {} | {here} |\n", plain(&file.target));
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
        put!(text, "## Files named only by digest\n\n{}\n\n", unlicensed.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_characters_are_escaped() {
        assert_eq!(plain("a *b* <c>\n[d](e)"), "a \\*b\\* \\<c\\> \\[d\\](e)");
        assert_eq!(code("a `b`` c"), "``` a `b`` c ```");
        assert_eq!(code("plain"), "`plain`");
    }
}
