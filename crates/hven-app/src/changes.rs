//! What makes a run other work than one before it: told when it is not up to date, and when somebody asks why it was run.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest, RunId,
    capture::{self, Note},
    file_name,
    object::FileRef,
    params::Given,
    run::{Code, Spec},
    sentence::Sentence,
    surroundings::Surroundings,
};
use serde_json::Value;

use crate::{
    App, AppResult, files,
    ports::views::{Like, RunView},
    sayings::Saying,
    submit::rule_1,
    surroundings::{
        self,
        difference::{Difference, How},
    },
};

/// So many changes are told one by one.
const TOLD_MAX: usize = 12;
/// So many files of the code are named.
const FILES_MAX: usize = 3;
/// Of the changes to a commit no more is read: what comes behind it is not named.
const DIFF_BYTES_MAX: usize = 4 << 20;
/// A longer value of a variable is not shown.
const VALUE_CHARS_MAX: usize = 60;
/// So many digits of a commit are shown.
const COMMIT_DIGITS: usize = 12;

/// The work of a run, with what is read of it from other places than its specification.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) notes: &'a [Note],
    pub(crate) surroundings: Option<Surroundings>,
    pub(crate) given: Given,
}

impl<'a> Work<'a> {
    /// That of a run as it is recorded.
    async fn of_run(app: &App, run: RunId, spec: &'a Spec, notes: &'a [Note]) -> AppResult<Self> {
        let surroundings = surroundings::of_run(app, spec).await?;
        Ok(Self { spec, notes, surroundings, given: app.ports.views.params_given(run).await? })
    }
}

/// The run with which another is compared: the last before it that does the same, by its name or its command.
pub(crate) async fn last_before(app: &App, like: Like, is_recipe: bool) -> AppResult<Option<RunView>> {
    // Many recipes of one name do different things.
    if like.name.is_none() && is_recipe {
        return Ok(None);
    }
    Ok(app.ports.views.run_like(&like).await?)
}

/// In what a run is not the last before it, in sentences.
pub(crate) async fn since_last(app: &App, run: &RunView, notes: &[Note]) -> AppResult<Vec<Saying>> {
    let Some(spec) = run.spec.as_ref().filter(|_| run.cache_key.is_some()) else { return Ok(Vec::new()) };
    let like = Like {
        project: run.project.clone(),
        name: run.name.clone(),
        words: spec.words().into_owned(),
        cwd: spec.cwd.clone(),
        before: run.submitted_seq,
    };
    let Some(last) = last_before(app, like, spec.recipe.is_some()).await? else { return Ok(Vec::new()) };
    let now = Work::of_run(app, run.id, spec, notes).await?;
    let changes = since(app, &last, &now).await?;
    let is_changed = last.result.as_ref().is_some_and(|result| !result.changed.is_empty());
    let last = compared_with(&last, spec);
    if changes.is_empty() {
        let said = if is_changed { Saying::CacheLastChanged { run: last } } else { Saying::CacheSame { run: last } };
        return Ok(vec![said]);
    }
    let told = |change: Saying| match change {
        Saying::CacheByOlderRule { .. } => change,
        change => Saying::CacheDiffers { run: last.clone(), what: change.sentence() },
    };
    Ok(changes.into_iter().map(told).collect())
}

/// A run with which work is compared. One of another folder is named with that.
fn compared_with(last: &RunView, now: &Spec) -> Sentence {
    let run = Saying::run(Some(last.handle));
    match other_folder(last, now) {
        Some(folder) => Saying::TheRunInFolder { run, folder }.sentence(),
        None => run,
    }
}

/// The folder of a run, when it is another one than that of the work.
pub(crate) fn other_folder(run: &RunView, now: &Spec) -> Option<String> {
    let spec = run.spec.as_ref().filter(|spec| spec.place.is_here() && now.place.is_here())?;
    (spec.cwd != now.cwd).then(|| file_name::shown(&spec.cwd).into_owned())
}

/// What changed since a run; nothing when all that is recorded is the same.
pub(crate) async fn since(app: &App, last: &RunView, now: &Work<'_>) -> AppResult<Vec<Saying>> {
    let handle = || Saying::run(Some(last.handle));
    let Some(spec) = &last.spec else { return Ok(vec![Saying::ChangedErased { run: handle() }]) };
    let notes = app.ports.views.capture_notes(last.id).await?;
    let before = Work::of_run(app, last.id, spec, &notes).await?;
    let mut changes = between(app, handle(), &before, now).await?;
    let older = |work: &Work<'_>| rule_1::key(work.spec, work.notes);
    if last.cache_key.is_some() && last.cache_key == older(&before) && last.cache_key == older(now) {
        changes.retain(|change| !matches!(change, Saying::ChangedNotRecorded { .. }));
        if changes.is_empty() && spec.recipe.is_none() {
            changes.push(Saying::CacheByOlderRule { run: handle() });
        }
    }
    if changes.len() > TOLD_MAX {
        let count = changes.len() - TOLD_MAX;
        changes.truncate(TOLD_MAX);
        changes.push(Saying::ChangedMore { count });
    }
    Ok(changes)
}

async fn between(app: &App, run: Sentence, before: &Work<'_>, now: &Work<'_>) -> AppResult<Vec<Saying>> {
    let mut changes = Vec::new();
    let (old, new) = (before.spec, now.spec);
    match (&old.recipe, &new.recipe) {
        (Some(old), Some(new)) if old.name == new.name => {
            if old.version != new.version {
                changes.push(Saying::ChangedRecipe { version: new.version, before: old.version });
            }
            changed_arguments(&old.arguments, &new.arguments, &mut changes);
        }
        (None, None) => {}
        _ => changes.push(Saying::ChangedWork),
    }
    let is_other_command = old.argv != new.argv;
    if is_other_command {
        changes.push(Saying::ChangedCommand);
    }
    if old.place.is_here() != new.place.is_here() {
        changes.push(Saying::ChangedPlace);
    } else if !new.place.is_here() && old.cwd != new.cwd {
        changes.push(Saying::ChangedPlaceWithin);
    }
    changed_inputs(&old.inputs, &new.inputs, &mut changes);
    let stdin = |spec: &Spec| spec.stdin.as_ref().map(|stdin| stdin.file().map(|file| file.digest));
    if stdin(old) != stdin(new) {
        changes.push(Saying::ChangedStdin);
    }
    if old.outputs != new.outputs {
        let paths = |spec: &Spec| spec.outputs.iter().cloned().collect::<BTreeSet<String>>();
        let is_same = paths(old) == paths(new);
        changes.push(if is_same { Saying::ChangedOutputsOrder } else { Saying::ChangedOutputs });
    }
    changed_params(&before.given, &now.given, &mut changes);
    let digest = |spec: &Spec| spec.code.as_ref().and_then(Code::digest);
    let mut code = BTreeSet::new();
    if digest(old) != digest(new) {
        let (change, files) = changed_code(app, old.code.as_ref(), new.code.as_ref()).await?;
        changes.push(change);
        code = files;
    }
    let (kept, keeps) = (capture::compared(before.notes), capture::compared(now.notes));
    let gone = kept.iter().filter(|one| !keeps.contains(*one));
    for (path, _) in gone.chain(keeps.iter().filter(|one| !kept.contains(*one))) {
        let change = Saying::ChangedKeyFile { path: file_name::shown(path).into_owned() };
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    let around = changed_surroundings(run, before, now);
    changes.extend(around.into_iter().filter(|change| match change {
        // What follows from the command, and from the code, is told with them.
        Saying::ChangedProgramNew { .. } | Saying::ChangedProgramGone { .. } => !is_other_command,
        Saying::ChangedFileNew { .. } | Saying::ChangedFileGone { .. } if is_other_command => false,
        Saying::ChangedFile { path } | Saying::ChangedFileNew { path } | Saying::ChangedFileGone { path } => {
            !code.contains(path)
        }
        _ => true,
    }));
    Ok(changes)
}

fn changed_arguments(before: &Value, now: &Value, changes: &mut Vec<Saying>) {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (before, now) = (fields(before), fields(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for name in names {
        if before.get(name) != now.get(name) {
            changes.push(Saying::ChangedArgument { name: name.clone() });
        }
    }
}

/// What was noted while a run went on is none of what was given with it, and of older runs it is not known which is which.
fn changed_params(before: &Given, now: &Given, changes: &mut Vec<Saying>) {
    let shown = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        is_short(&text).then_some(text)
    };
    for name in before.others(&now.known) {
        let (old, new) = (before.value(name), now.known.get(name));
        let (is_new, is_gone, name) = (old.is_none(), new.is_none(), name.to_owned());
        changes.push(match (old.and_then(shown), new.and_then(shown)) {
            (Some(before), Some(value)) if before != value => Saying::ChangedParamValue { name, before, value },
            _ if is_new => Saying::ChangedParamNew { name },
            _ if is_gone => Saying::ChangedParamGone { name },
            _ => Saying::ChangedParam { name },
        });
    }
}

fn changed_inputs(before: &[FileRef], now: &[FileRef], changes: &mut Vec<Saying>) {
    let by_path = |files: &[FileRef]| -> BTreeMap<String, Digest> {
        files.iter().map(|file| (file.path.clone(), file.digest)).collect()
    };
    let is_other = before != now;
    let (before, now) = (by_path(before), by_path(now));
    if is_other && before == now {
        changes.push(Saying::ChangedInputsOrder);
    }
    let shown = |path: &str| file_name::shown(path).into_owned();
    for (path, digest) in &now {
        match before.get(path) {
            None => changes.push(Saying::ChangedInputNew { path: shown(path) }),
            Some(earlier) if earlier != digest => changes.push(Saying::ChangedInput { path: shown(path) }),
            Some(_) => {}
        }
    }
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    changes.extend(gone.map(|path| Saying::ChangedInputGone { path: shown(path) }));
}

/// What changed in the code, and in which files, as far as the record can tell.
async fn changed_code(app: &App, before: Option<&Code>, now: Option<&Code>) -> AppResult<(Saying, BTreeSet<String>)> {
    let (mut paths, modes) = match (before, now) {
        (Some(Code::Folder { listing: before, .. }), Some(Code::Folder { listing: now, .. })) => {
            listed_otherwise(app, *before, *now).await?
        }
        (Some(Code::Git { commit: before, .. }), Some(Code::Git { commit: now, .. })) if before != now => {
            let short = |commit: &str| commit.get(..COMMIT_DIGITS).unwrap_or(commit).to_owned();
            return Ok((Saying::ChangedCommit { before: short(before), commit: short(now) }, BTreeSet::new()));
        }
        (Some(before @ Code::Git { .. }), Some(now @ Code::Git { .. })) => {
            told_apart(&beside_the_commit(app, before).await?, &beside_the_commit(app, now).await?)
        }
        _ => (BTreeSet::new(), BTreeSet::new()),
    };
    let of_mode = modes.iter().map(|path| format!("{path} (whether it may be executed)"));
    let change = match named(&paths.iter().cloned().chain(of_mode).collect()) {
        None => Saying::ChangedCode,
        Some(paths) => Saying::ChangedCodeFiles { paths },
    };
    paths.extend(modes);
    Ok((change, paths))
}

/// How a file stands in the code of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stand {
    /// What stands for its bytes; empty where they are those of the commit.
    bytes: String,
    /// What is known of whether it may be executed.
    mode: String,
}

/// The files whose bytes are others, and those of which only the mode is.
fn told_apart(before: &BTreeMap<String, Stand>, now: &BTreeMap<String, Stand>) -> (BTreeSet<String>, BTreeSet<String>) {
    let bytes = |files: &BTreeMap<String, Stand>, path: &String| {
        files.get(path).map(|file| file.bytes.clone()).unwrap_or_default()
    };
    other_keys(before, now).into_iter().partition(|path| bytes(before, path) != bytes(now, path))
}

/// `fit.py, lib/a.py and 2 more`.
fn named(paths: &BTreeSet<String>) -> Option<String> {
    let first: Vec<String> = paths.iter().take(FILES_MAX).map(|path| file_name::shown(path).into_owned()).collect();
    match paths.len().checked_sub(FILES_MAX) {
        _ if first.is_empty() => None,
        Some(more @ 1..) => Some(format!("{} and {more} more", first.join(", "))),
        _ => Some(first.join(", ")),
    }
}

async fn listed_otherwise(app: &App, before: Digest, now: Digest) -> AppResult<(BTreeSet<String>, BTreeSet<String>)> {
    let (Some(before), Some(now)) = (files::listing(app, before).await?, files::listing(app, now).await?) else {
        return Ok((BTreeSet::new(), BTreeSet::new()));
    };
    let entries = |listing: hven_core::object::Listing| -> BTreeMap<String, Stand> {
        let files = listing
            .files
            .into_iter()
            .map(|file| (file.path, Stand { bytes: file.digest.to_string(), mode: file.executable.to_string() }));
        let link = |target: String| Stand { bytes: format!("-> {target}"), ..Stand::default() };
        let links = listing.links.into_iter().map(|one| (one.path, link(one.target)));
        files.chain(links).collect()
    };
    Ok(told_apart(&entries(before), &entries(now)))
}

/// What there is of code beside its commit: each file with what stands for its bytes.
async fn beside_the_commit(app: &App, code: &Code) -> AppResult<BTreeMap<String, Stand>> {
    let Code::Git { diff, untracked, inner, .. } = code else { return Ok(BTreeMap::new()) };
    let of = |bytes: String| Stand { bytes, ..Stand::default() };
    let mut files: BTreeMap<String, Stand> =
        untracked.iter().map(|file| (file.path.clone(), of(file.digest.to_string()))).collect();
    files.extend(inner.iter().map(|inner| (inner.path.clone(), of(inner.to_string()))));
    if let Some(diff) = diff
        && let Some(bytes) = app.ports.objects.head(*diff, DIFF_BYTES_MAX).await?
    {
        files.extend(sections(&String::from_utf8_lossy(&bytes)));
    }
    Ok(files)
}

/// The files of a difference as git writes it, each with the digest of what it says of the file's bytes.
fn sections(diff: &str) -> Vec<(String, Stand)> {
    const HEADER: &str = "diff --git ";
    let begins = |(place, _): &(usize, &str)| *place == 0 || diff.as_bytes()[place - 1] == b'\n';
    let starts: Vec<usize> = diff.match_indices(HEADER).filter(begins).map(|(place, _)| place).collect();
    let ends = starts.iter().skip(1).copied().chain([diff.len()]);
    let section = |(start, end): (&usize, usize)| {
        let text = &diff[*start..end];
        let header = text.lines().next().unwrap_or_default().strip_prefix(HEADER).unwrap_or_default();
        // `a/fit.py b/fit.py`: the same path twice.
        let path = header.get(2..header.len().div_ceil(2).saturating_sub(1)).unwrap_or(header);
        let is_twice = header == format!("a/{path} b/{path}");
        let is_of_mode = |line: &str| line.starts_with("old mode ") || line.starts_with("new mode ");
        let mode = text.lines().find_map(|line| line.strip_prefix("new mode ")).unwrap_or_default().to_owned();
        let bytes =
            if text.lines().skip(1).all(is_of_mode) { String::new() } else { Digest::of(text.as_bytes()).to_string() };
        (if is_twice { path } else { header }.to_owned(), Stand { bytes, mode })
    };
    starts.iter().zip(ends).map(section).collect()
}

/// The keys under which the two have not the same.
fn other_keys<V: PartialEq>(before: &BTreeMap<String, V>, now: &BTreeMap<String, V>) -> BTreeSet<String> {
    before.keys().chain(now.keys()).filter(|key| before.get(*key) != now.get(*key)).cloned().collect()
}

fn changed_surroundings(run: Sentence, before: &Work<'_>, now: &Work<'_>) -> Vec<Saying> {
    let (old, new) = (before.spec, now.spec);
    let is_same = old.surroundings == new.surroundings && old.secrets == new.secrets;
    if is_same || old.recipe.is_some() || new.recipe.is_some() {
        return Vec::new();
    }
    match (&before.surroundings, &now.surroundings) {
        (Some(one), Some(other)) => {
            let differences = surroundings::difference::compare(one, other);
            differences.into_iter().map(|difference| told(difference, old, new)).collect()
        }
        _ if old.secrets != new.secrets => vec![Saying::ChangedSecrets],
        _ if old.surroundings.is_none() => vec![Saying::ChangedNotRecorded { run }],
        _ => vec![Saying::ChangedUnread],
    }
}

fn told(difference: Difference, before: &Spec, now: &Spec) -> Saying {
    let shown = |path: &str| file_name::shown(path).into_owned();
    match difference {
        Difference::OtherKey => Saying::ChangedHomeKey,
        Difference::Variable { name, how: How::New } => Saying::ChangedVariableNew { name },
        Difference::Variable { name, how: How::Gone } => Saying::ChangedVariableGone { name },
        Difference::Variable { name, how: How::Other } => {
            let value = |spec: &Spec| spec.environment.get(&name).filter(|value| is_short(value)).cloned();
            match (value(before), value(now)) {
                (Some(before), Some(value)) if before != value => Saying::ChangedVariableValue { name, before, value },
                _ => Saying::ChangedVariable { name },
            }
        }
        Difference::Secret { name, how: How::Other } => Saying::ChangedSecret { name },
        Difference::Secret { .. } => Saying::ChangedSecrets,
        Difference::NotLooked => Saying::ChangedNotLooked,
        Difference::Program { word, before: Some(before), now: Some(path) } if before == path => {
            Saying::ChangedProgram { word, path: shown(&path) }
        }
        Difference::Program { word, before: Some(before), now: Some(path) } => {
            Saying::ChangedProgramPlace { word, before: shown(&before), path: shown(&path) }
        }
        Difference::Program { word, now: Some(path), .. } => Saying::ChangedProgramNew { word, path: shown(&path) },
        Difference::Program { word, .. } => Saying::ChangedProgramGone { word },
        Difference::File { path, how: How::New } => Saying::ChangedFileNew { path },
        Difference::File { path, how: How::Gone } => Saying::ChangedFileGone { path },
        Difference::File { path, how: How::Other } => Saying::ChangedFile { path },
        Difference::Folder { of: name, path, how: How::New } => Saying::ChangedFolderNew { path: shown(&path), name },
        Difference::Folder { of: name, path, how: How::Gone } => Saying::ChangedFolderGone { path: shown(&path), name },
        Difference::Folder { of: name, path, how: How::Other } => Saying::ChangedFolder { path: shown(&path), name },
        Difference::Package { name, before: Some(before), now: Some(version) } => {
            Saying::ChangedPackage { name, before, version }
        }
        Difference::Package { name, now: Some(version), .. } => Saying::ChangedPackageNew { name, version },
        Difference::Package { name, .. } => Saying::ChangedPackageGone { name },
        Difference::Reinstalled { path } => Saying::ChangedInstallation { path: shown(&path) },
    }
}

fn is_short(value: &str) -> bool {
    value.chars().count() <= VALUE_CHARS_MAX && !value.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    #[test]
    fn the_files_of_a_difference_are_named() {
        let diff = "diff --git a/fit.py b/fit.py\n-a\n+b\ndiff --git a/b c.py b/b c.py\n+ diff --git no header\n";
        let found = sections(diff);
        assert_eq!(found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["fit.py", "b c.py"]);
        let other: BTreeMap<_, _> = sections(&diff.replace("+b", "+c")).into_iter().collect();
        assert_eq!(other_keys(&found.into_iter().collect(), &other), BTreeSet::from(["fit.py".to_owned()]));
        assert_eq!(sections(""), []);
        assert_eq!(
            sections("diff --git \"a/\\303\\266\" \"b/\\303\\266\"\n")[0].0,
            "\"a/\\303\\266\" \"b/\\303\\266\""
        );
    }

    #[test]
    fn a_change_of_the_mode_alone_is_told_as_one() {
        let of = |diff: &str| sections(diff).into_iter().collect::<BTreeMap<String, Stand>>();
        let mode = "diff --git a/helper.sh b/helper.sh\nold mode 100644\nnew mode 100755\n";
        let bytes = "diff --git a/fit.py b/fit.py\nindex 1..2 100644\n--- a/fit.py\n+++ b/fit.py\n-a\n+b\n";
        let check = |before: &str, now: &str, of_bytes: &[&str], of_mode: &[&str]| {
            let (found, modes) = told_apart(&of(before), &of(now));
            assert_eq!(found.iter().collect::<Vec<_>>(), of_bytes);
            assert_eq!(modes.iter().collect::<Vec<_>>(), of_mode);
        };
        check("", mode, &[], &["helper.sh"]);
        check(mode, "", &[], &["helper.sh"]);
        check(mode, &format!("{bytes}{mode}"), &["fit.py"], &[]);
        check(bytes, mode, &["fit.py"], &["helper.sh"]);
    }

    #[test]
    fn another_order_is_told_as_one() {
        let file = |path: &str| FileRef {
            path: path.to_owned(),
            digest: Digest::of(path.as_bytes()),
            size: 1,
            kind: hven_core::object::FileKind::File,
        };
        let check = |before: &[&str], now: &[&str], wanted: &[&str]| {
            let files = |paths: &[&str]| paths.iter().map(|path| file(path)).collect::<Vec<_>>();
            let mut changes = Vec::new();
            changed_inputs(&files(before), &files(now), &mut changes);
            assert_eq!(changes.iter().map(ToString::to_string).collect::<Vec<_>>(), wanted);
        };
        check(&["a", "b"], &["a", "b"], &[]);
        check(&["a", "b"], &["b", "a"], &["the order of the inputs changed"]);
        check(&["a", "b"], &["c", "a"], &["c is a new input", "b is no input any more"]);
    }

    #[test]
    fn parameters_are_told_with_their_values() {
        let given = |values: &[(&str, Value)]| Given {
            known: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            ..Given::default()
        };
        let check = |before: &[(&str, Value)], now: &[(&str, Value)], wanted: &[&str]| {
            let mut changes = Vec::new();
            changed_params(&given(before), &given(now), &mut changes);
            assert_eq!(changes.iter().map(ToString::to_string).collect::<Vec<_>>(), wanted);
        };
        let (small, large) = (("lr", Value::from(0.1)), ("lr", Value::from(0.2)));
        check(from_ref(&small), from_ref(&small), &[]);
        check(from_ref(&small), from_ref(&large), &["the parameter lr changed from 0.1 to 0.2"]);
        check(&[], from_ref(&small), &["the parameter lr is given now"]);
        check(from_ref(&small), &[], &["the parameter lr is not given any more"]);
        // As text it looks the same.
        check(from_ref(&small), &[("lr", Value::from("0.1"))], &["the parameter lr changed"]);
        check(&[small], &[("lr", Value::from("x".repeat(100)))], &["the parameter lr changed"]);
        check(
            &[large],
            &[("opt", Value::from("adam"))],
            &["the parameter lr is not given any more", "the parameter opt is given now"],
        );
    }

    #[test]
    fn of_many_files_the_first_are_named() {
        let paths = |count: u32| (0..count).map(|n| format!("{n}.py")).collect::<BTreeSet<String>>();
        assert_eq!(named(&paths(0)), None);
        assert_eq!(named(&paths(3)).as_deref(), Some("0.py, 1.py, 2.py"));
        assert_eq!(named(&paths(5)).as_deref(), Some("0.py, 1.py, 2.py and 2 more"));
    }

    #[test]
    fn values_are_told_where_both_are_readable() {
        let spec = |value: &str| Spec {
            environment: BTreeMap::from([("SEED".to_owned(), value.to_owned())]),
            ..Spec::of_command(vec!["fit".to_owned()], "/work")
        };
        let other = || Difference::Variable { name: "SEED".to_owned(), how: How::Other };
        let said = |before: &Spec, now: &Spec| told(other(), before, now).to_string();
        assert_eq!(said(&spec("1"), &spec("2")), "the environment variable SEED changed from 1 to 2");
        let unknown = Spec::of_command(vec!["fit".to_owned()], "/work");
        assert_eq!(said(&unknown, &spec("2")), "the environment variable SEED changed");
        assert_eq!(said(&spec(&"x".repeat(100)), &spec("2")), "the environment variable SEED changed");
    }
}
