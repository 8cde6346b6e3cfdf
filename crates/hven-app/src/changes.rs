//! What makes a run other work than one before it: told when it is not up to date, and when somebody asks why it was run.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    capture::{self, Note},
    file_name,
    object::FileRef,
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
}

impl<'a> Work<'a> {
    /// That of a run as it is recorded.
    async fn of_run(app: &App, spec: &'a Spec, notes: &'a [Note]) -> AppResult<Self> {
        Ok(Self { spec, notes, surroundings: surroundings::of_run(app, spec).await? })
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
        before: run.submitted_seq,
    };
    let Some(last) = last_before(app, like, spec.recipe.is_some()).await? else { return Ok(Vec::new()) };
    let now = Work::of_run(app, spec, notes).await?;
    let changes = since(app, &last, &now).await?;
    let is_changed = last.result.as_ref().is_some_and(|result| !result.changed.is_empty());
    let last = Saying::run(Some(last.handle));
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

/// What changed since a run; nothing when all that is recorded is the same.
pub(crate) async fn since(app: &App, last: &RunView, now: &Work<'_>) -> AppResult<Vec<Saying>> {
    let handle = || Saying::run(Some(last.handle));
    let Some(spec) = &last.spec else { return Ok(vec![Saying::ChangedErased { run: handle() }]) };
    let notes = app.ports.views.capture_notes(last.id).await?;
    let before = Work::of_run(app, spec, &notes).await?;
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
        changes.push(Saying::ChangedOutputs);
    }
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

fn changed_inputs(before: &[FileRef], now: &[FileRef], changes: &mut Vec<Saying>) {
    let by_path = |files: &[FileRef]| -> BTreeMap<String, Digest> {
        files.iter().map(|file| (file.path.clone(), file.digest)).collect()
    };
    let (before, now) = (by_path(before), by_path(now));
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
    let paths = match (before, now) {
        (Some(Code::Folder { listing: before, .. }), Some(Code::Folder { listing: now, .. })) => {
            listed_otherwise(app, *before, *now).await?
        }
        (Some(Code::Git { commit: before, .. }), Some(Code::Git { commit: now, .. })) if before != now => {
            let short = |commit: &str| commit.get(..COMMIT_DIGITS).unwrap_or(commit).to_owned();
            return Ok((Saying::ChangedCommit { before: short(before), commit: short(now) }, BTreeSet::new()));
        }
        (Some(before @ Code::Git { .. }), Some(now @ Code::Git { .. })) => {
            let (before, now) = (beside_the_commit(app, before).await?, beside_the_commit(app, now).await?);
            other_keys(&before, &now)
        }
        _ => BTreeSet::new(),
    };
    let change = match named(&paths) {
        None => Saying::ChangedCode,
        Some(paths) => Saying::ChangedCodeFiles { paths },
    };
    Ok((change, paths))
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

async fn listed_otherwise(app: &App, before: Digest, now: Digest) -> AppResult<BTreeSet<String>> {
    let (Some(before), Some(now)) = (files::listing(app, before).await?, files::listing(app, now).await?) else {
        return Ok(BTreeSet::new());
    };
    let entries = |listing: hven_core::object::Listing| -> BTreeMap<String, String> {
        let files = listing.files.into_iter().map(|file| (file.path, format!("{} {}", file.digest, file.executable)));
        let links = listing.links.into_iter().map(|link| (link.path, format!("-> {}", link.target)));
        files.chain(links).collect()
    };
    Ok(other_keys(&entries(before), &entries(now)))
}

/// What there is of code beside its commit: each file with what stands for its bytes.
async fn beside_the_commit(app: &App, code: &Code) -> AppResult<BTreeMap<String, String>> {
    let Code::Git { diff, untracked, inner, .. } = code else { return Ok(BTreeMap::new()) };
    let mut files: BTreeMap<String, String> =
        untracked.iter().map(|file| (file.path.clone(), file.digest.to_string())).collect();
    files.extend(inner.iter().map(|inner| (inner.path.clone(), inner.to_string())));
    if let Some(diff) = diff
        && let Some(bytes) = app.ports.objects.head(*diff, DIFF_BYTES_MAX).await?
    {
        files.extend(sections(&String::from_utf8_lossy(&bytes)));
    }
    Ok(files)
}

/// The files of a difference as git writes it, each with the digest of what it says of the file.
fn sections(diff: &str) -> Vec<(String, String)> {
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
        (if is_twice { path } else { header }.to_owned(), Digest::of(text.as_bytes()).to_string())
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
