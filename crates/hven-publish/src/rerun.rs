//! How to run it again: `README.md`, and a script for each run that was a command.

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

/// One file that a run needs: where it lies here, and where the run looks for it.
pub(crate) struct Needed<'a> {
    /// `None`: it is not here.
    pub here: Option<&'a str>,
    pub there: String,
    pub digest: Digest,
    pub executable: bool,
}

/// What a run needs besides its software.
#[derive(Default)]
pub(crate) struct Needs<'a> {
    /// Inputs, then code.
    pub files: Vec<Needed<'a>>,
    /// Folders that are there before it starts, also when nothing lies in them.
    pub folders: BTreeSet<String>,
    /// Inputs that lay outside of the run's folder: what the command calls them, and where they are put.
    pub moved: BTreeMap<String, String>,
}

pub(crate) fn needs<'a>(run: &Run, layout: &'a Layout) -> Needs<'a> {
    let mut needs = Needs::default();
    let all = || run.inputs.iter().chain(&run.code_files);
    let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let mut taken: BTreeSet<String> =
        all().filter(|file| check_path(&file.path).is_ok()).map(|file| first(&file.path)).collect();
    for file in all() {
        let there = match needs.moved.get(&file.path).cloned() {
            Some(there) => there,
            None if check_path(&file.path).is_ok() => file.path.clone(),
            None => {
                // A path of the machine that it ran on would write outside of the folder.
                let there = free(names::own(&file.path), &taken);
                taken.insert(there.clone());
                needs.moved.insert(file.path.clone(), there.clone());
                there
            }
        };
        needs.add(file, &there, layout);
    }
    match &run.code {
        Some(Code::Git { prefix, untracked, .. }) => {
            for file in untracked {
                if let Some(there) = within(&file.path, prefix) {
                    needs.add(file, there, layout);
                }
            }
        }
        Some(Code::Folder { listing, .. }) => {
            for file in layout.listings.get(listing).into_iter().flat_map(Listing::through_links) {
                needs.files.push(Needed {
                    here: layout.place(file.digest),
                    there: file.path,
                    digest: file.digest,
                    executable: file.executable,
                });
            }
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    needs.files.retain(|needed| seen.insert(needed.there.clone()));
    needs.folders.extend(run.folders.iter().cloned());
    // As in a fresh folder: a command expects the folders that its outputs go into.
    let parents = run.outputs_declared.iter().filter_map(|path| path.trim_end_matches('/').rsplit_once('/'));
    needs.folders.extend(parents.map(|(parent, _)| parent.to_owned()));
    needs.folders.retain(|path| check_path(path).is_ok());
    needs
}

impl<'a> Needs<'a> {
    fn add(&mut self, file: &FileRef, there: &str, layout: &'a Layout) {
        let listing = layout.listings.get(&file.digest).filter(|_| file.kind == FileKind::Folder);
        let Some(listing) = listing else {
            let here = layout.place(file.digest);
            self.files.push(Needed { here, there: there.to_owned(), digest: file.digest, executable: false });
            return;
        };
        // A copy takes the place of a link: it does as well, and lies in a zip.
        let files = listing.through_links();
        if files.is_empty() {
            self.folders.insert(there.to_owned());
        }
        self.folders.extend(listing.folders.iter().map(|empty| format!("{there}/{empty}")));
        self.files.extend(files.into_iter().map(|one| Needed {
            here: layout.place(one.digest),
            there: format!("{there}/{}", one.path),
            digest: one.digest,
            executable: one.executable,
        }));
    }
}

/// The name, or the next to it that is not taken.
fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let others = (2..).map(|number| names::numbered(name, name.len(), number));
    // There are more numbers than names.
    std::iter::once(name.to_owned()).chain(others).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// A path of the repository as one of the folder that the run worked in; `None` when it lies elsewhere.
fn within<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    if prefix.is_empty() { Some(path) } else { path.strip_prefix(prefix)?.strip_prefix('/') }
}

/// The path of a run's script; recipes have none, since they are Hven's own.
pub(crate) fn script_path(run: &Run) -> Option<String> {
    matches!(run.work, Work::Command { .. }).then(|| format!("runs/{}/rerun.sh", names::part(&run.handle)))
}

/// The file for metrics, which a run has from Hven. It lies where the run's own files do not.
const METRICS: &str = "\
# What the command logs as metrics goes into this file, unless HVEN_METRICS names another.
HVEN_METRICS=${HVEN_METRICS:-$(mktemp)}
export HVEN_METRICS
";

/// A script that puts inputs and code into a new folder, and runs the command there. Names in it have the bytes that they
/// had, whether these are text or not.
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
    for (path, there) in &needs.moved {
        let (path, there) = (one_line(path), one_line(there));
        put!(
            script,
            "# The command may name {path}, which lay outside of its folder: it is put into this one as {there}\n"
        );
    }
    for folder in &needs.folders {
        put!(script, "mkdir -p -- {}\n", shell_word(folder));
    }
    for Needed { here, there, digest, executable } in needs.files {
        let Some(here) = here else {
            let shown = file_name::shown(&there);
            let missing =
                format!("{shown} is not part of this publication; put the file with BLAKE3 {digest} into the folder");
            let (there, missing) = (shell_word(&there), shell_word(&missing));
            put!(script, "[ -e {there} ] || {{ printf '%s\\n' {missing} >&2; exit 1; }}\n");
            continue;
        };
        put!(script, "place {} {}\n", shell_word(here), shell_word(&there));
        if executable {
            put!(script, "chmod +x -- {}\n", shell_word(&there));
        }
    }
    for name in run.secrets.iter().filter(|name| is_variable(name)) {
        put!(script, ": \"${{{name}:?a secret that the command needs}}\"\n");
    }
    for (name, value) in run.environment.iter().filter(|(name, _)| is_variable(name)) {
        // A variable is text, and stays it.
        put!(script, "export {name}={}\n", shell_word(&file_name::bytes_to_text(value.as_bytes())));
    }
    script.push_str(METRICS);
    let words: Vec<String> = argv.iter().map(|word| shell_word(word)).collect();
    match &run.stdin {
        None => put!(script, "{} < /dev/null\n", words.join(" ")),
        Some(StdinFrom::Input { path }) => {
            let there = needs.moved.get(path).unwrap_or(path);
            put!(script, "{} < {}\n", words.join(" "), shell_word(there));
        }
        Some(StdinFrom::Lost { bytes }) => {
            let why = format!("its standard input was a pipe of {bytes} bytes that was not kept");
            put!(script, "echo {} >&2; exit 1\n", shell_word(&why));
        }
    }
    script.push_str("echo \"done in $folder\"\n[ ! -s \"$HVEN_METRICS\" ] || echo \"metrics in $HVEN_METRICS\"\n");
    Some(file_name::text_to_bytes(&script))
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
                plain(&ledger(&last.ledger))
            );
        }
    }
    let is_counted = |claim: &Claim| claim.judgement().is_some_and(|last| last.ledger.counted == Counted::ByQuestion);
    if publication.claims.iter().any(is_counted) {
        put!(text, "\n{}\n", Ledger::RULE);
    }
    text.push_str(
        "\n## What is here\n\n\
         | file | what it is |\n| --- | --- |\n\
         | `index.html` | all of this as a page; opens in any browser, without a network |\n",
    );
    if !publication.datasets.is_empty() {
        text.push_str(
            "| `data/` | the datasets as far as they are here: the source as it came, the table as Parquet |\n",
        );
    }
    text.push_str(
        "| `runs/` | what each run read and made, and its code, as far as they are here; for each command a script that runs \
         it again, and the packages that were installed, as far as they were recorded |\n",
    );
    if law_check::script(publication, layout).is_some() {
        put!(text, "| `{}` | evaluates the laws over their rows, with Python alone |\n", law_check::SCRIPT_FILE);
    }
    text.push_str(
        "| `lineage.svg`, `prov.json` | what rests on what, as a picture and in PROV-JSON |\n\
         | `ro-crate-metadata.json` | all of it in RO-Crate 1.1, Process Run Crate 0.5 |\n\
         | `publication.json` | all of it as Hven reads it |\n\
         | `CITATION.cff`, `datacite.json` | how to cite it |\n\
         | `manifest.json` | every file with its size, BLAKE3 and SHA-256 |\n\n\
         ## Check that nothing was changed\n\n\
         `hven verify .`, or open `index.html` and choose this folder there, or without Hven:\n\n\
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

/// Files that could not keep their names.
fn renamed(text: &mut String, layout: &Layout) {
    if layout.renamed.is_empty() {
        return;
    }
    text.push_str(
        "## Names that were changed\n\nNot every system can hold these names, or hold them beside another file of this folder. \
         Bytes of a name that are no text are shown by their numbers.\n\n| it was called | it is here |\n| --- | --- |\n",
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
                 `hven import crate` takes this folder into a home of your own, where `hven reproduce` does, if that Hven has \
                 this version of the recipe.\n\n",
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
    let Needs { files, folders, .. } = needs(run, layout);
    if !folders.is_empty() {
        let folders: Vec<String> = folders.iter().map(|folder| code(folder)).collect();
        put!(text, "It expects these folders, also where nothing lies in them: {}.\n\n", folders.join(", "));
    }
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
