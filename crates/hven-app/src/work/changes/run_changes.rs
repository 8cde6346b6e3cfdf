//! The differences between the work of a run and of an earlier run.

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
    kernel::{error::AppResult, sentences::AnswerSentence},
    ports::run::{RunView, SimilarRun},
    work::floor::Work,
    work::{
        changes::code::changed_code,
        submit::cache_rule_1,
        surroundings::{
            difference::{self, ChangeKind, Difference},
            document,
        },
    },
};

/// The number of changes that are reported one by one.
const TOLD_MAX: usize = 12;

/// Longer values of variables are not shown.
const VALUE_CHARS_MAX: usize = 60;

/// The work of a run, with the properties that are not in its specification.
#[derive(Debug)]
pub(crate) struct WorkOfRun<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) notes: &'a [Note],
    pub(crate) surroundings: Option<Surroundings>,
    pub(crate) given: Given,
}

impl<'a> WorkOfRun<'a> {
    /// The work of a recorded run.
    pub(crate) async fn of_run(work: &Work, run: RunId, spec: &'a Spec, notes: &'a [Note]) -> AppResult<Self> {
        let surroundings = document::of_run(work, spec).await?;
        Ok(Self { spec, notes, surroundings, given: work.ports.views.params_given(run).await? })
    }
}

/// The run with which another is compared: the newest one before it with the same name or command.
pub(crate) async fn last_before(work: &Work, like: SimilarRun, is_recipe: bool) -> AppResult<Option<RunView>> {
    // Unnamed runs of one recipe may do very different things.
    if like.name.is_none() && is_recipe {
        return Ok(None);
    }
    Ok(work.ports.views.run_like(&like).await?)
}

/// The differences between a run and the newest similar run before it, as sentences.
pub(crate) async fn since_last(work: &Work, run: &RunView, notes: &[Note]) -> AppResult<Vec<AnswerSentence>> {
    let Some(spec) = run.spec().filter(|_| run.cache_key.is_some()) else { return Ok(Vec::new()) };
    let like = SimilarRun {
        project: run.project.clone(),
        name: run.name.clone(),
        words: spec.words().into_owned(),
        cwd: spec.cwd.clone(),
        before: run.submitted_seq,
    };
    let Some(last) = last_before(work, like, spec.recipe.is_some()).await? else { return Ok(Vec::new()) };
    let now = WorkOfRun::of_run(work, run.id, spec, notes).await?;
    let changes = since(work, &last, &now).await?;
    let is_changed = last.result.as_ref().is_some_and(|result| !result.changed.is_empty());
    let last = compared_with(&last, spec);
    if changes.is_empty() {
        let said = if is_changed {
            AnswerSentence::CacheLastChanged { run: last }
        } else {
            AnswerSentence::CacheSame { run: last }
        };
        return Ok(vec![said]);
    }
    let with_run = |change: AnswerSentence| match change {
        AnswerSentence::CacheByOlderRule { .. } => change,
        change => AnswerSentence::CacheDiffers { run: last.clone(), what: change.sentence() },
    };
    Ok(changes.into_iter().map(with_run).collect())
}

/// The run with which work is compared. Its folder is named if it is another one.
fn compared_with(last: &RunView, now: &Spec) -> Sentence {
    let run = AnswerSentence::run(Some(last.handle));
    match other_folder(last, now) {
        Some(folder) => AnswerSentence::TheRunInFolder { run, folder }.sentence(),
        None => run,
    }
}

/// The folder of a run, if it differs from the folder of the work.
pub(crate) fn other_folder(run: &RunView, now: &Spec) -> Option<String> {
    let spec = run.spec().filter(|spec| spec.place.is_here() && now.place.is_here())?;
    (spec.cwd != now.cwd).then(|| file_name::shown(&spec.cwd).into_owned())
}

/// The changes since a run; empty when all recorded properties are the same.
pub(crate) async fn since(work: &Work, last: &RunView, now: &WorkOfRun<'_>) -> AppResult<Vec<AnswerSentence>> {
    let handle = || AnswerSentence::run(Some(last.handle));
    let Some(spec) = last.spec() else { return Ok(vec![AnswerSentence::ChangedErased { run: handle() }]) };
    let notes = work.ports.views.capture_notes(last.id).await?;
    let before = WorkOfRun::of_run(work, last.id, spec, &notes).await?;
    let mut changes = between(work, handle(), &before, now).await?;
    let older = |of: &WorkOfRun<'_>| cache_rule_1::key(of.spec, of.notes);
    if last.cache_key.is_some() && last.cache_key == older(&before) && last.cache_key == older(now) {
        changes.retain(|change| !matches!(change, AnswerSentence::ChangedNotRecorded { .. }));
        if changes.is_empty() && spec.recipe.is_none() {
            changes.push(AnswerSentence::CacheByOlderRule { run: handle() });
        }
    }
    if changes.len() > TOLD_MAX {
        let count = changes.len() - TOLD_MAX;
        changes.truncate(TOLD_MAX);
        changes.push(AnswerSentence::ChangedMore { count });
    }
    Ok(changes)
}

async fn between(
    work: &Work,
    run: Sentence,
    before: &WorkOfRun<'_>,
    now: &WorkOfRun<'_>,
) -> AppResult<Vec<AnswerSentence>> {
    let mut changes = Vec::new();
    let (old, new) = (before.spec, now.spec);
    match (&old.recipe, &new.recipe) {
        (Some(old), Some(new)) if old.name == new.name => {
            if old.version != new.version {
                changes.push(AnswerSentence::ChangedRecipe { version: new.version, before: old.version });
            }
            changed_arguments(&old.arguments, &new.arguments, &mut changes);
        }
        (None, None) => {}
        _ => changes.push(AnswerSentence::ChangedWork),
    }
    let is_other_command = old.argv != new.argv;
    if is_other_command {
        changes.push(AnswerSentence::ChangedCommand);
    }
    if old.place.is_here() != new.place.is_here() {
        changes.push(AnswerSentence::ChangedPlace);
    } else if !new.place.is_here() && old.cwd != new.cwd {
        changes.push(AnswerSentence::ChangedPlaceWithin);
    }
    changed_inputs(&old.inputs, &new.inputs, &mut changes);
    let stdin = |spec: &Spec| spec.stdin.as_ref().map(|stdin| stdin.file().map(|file| file.digest));
    if stdin(old) != stdin(new) {
        changes.push(AnswerSentence::ChangedStdin);
    }
    if old.outputs != new.outputs {
        let paths = |spec: &Spec| spec.outputs.iter().cloned().collect::<BTreeSet<String>>();
        let is_same = paths(old) == paths(new);
        changes.push(if is_same { AnswerSentence::ChangedOutputsOrder } else { AnswerSentence::ChangedOutputs });
    }
    changed_params(&before.given, &now.given, &mut changes);
    let digest = |spec: &Spec| spec.code.as_ref().and_then(Code::digest);
    let mut code = BTreeSet::new();
    if digest(old) != digest(new) {
        let (change, files) = changed_code(work, old.code.as_ref(), new.code.as_ref()).await?;
        changes.push(change);
        code = files;
    }
    let (kept, keeps) = (capture::compared(before.notes), capture::compared(now.notes));
    let gone = kept.iter().filter(|one| !keeps.contains(*one));
    for (path, _) in gone.chain(keeps.iter().filter(|one| !kept.contains(*one))) {
        let change = AnswerSentence::ChangedKeyFile { path: file_name::shown(path).into_owned() };
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    let around = changed_surroundings(run, before, now);
    changes.extend(around.into_iter().filter(|change| match change {
        // Changes that follow from the command or from the code are reported with those.
        AnswerSentence::ChangedProgramNew { .. } | AnswerSentence::ChangedProgramGone { .. } => !is_other_command,
        AnswerSentence::ChangedFileNew { .. } | AnswerSentence::ChangedFileGone { .. } if is_other_command => false,
        AnswerSentence::ChangedFile { path }
        | AnswerSentence::ChangedFileNew { path }
        | AnswerSentence::ChangedFileGone { path } => !code.contains(path),
        _ => true,
    }));
    Ok(changes)
}

fn changed_arguments(before: &Value, now: &Value, changes: &mut Vec<AnswerSentence>) {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (before, now) = (fields(before), fields(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for name in names {
        if before.get(name) != now.get(name) {
            changes.push(AnswerSentence::ChangedArgument { name: name.clone() });
        }
    }
}

/// Parameters that were noted while a run was running were not given with it. For older runs it is not known which were
/// given.
fn changed_params(before: &Given, now: &Given, changes: &mut Vec<AnswerSentence>) {
    let shown = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        is_short(&text).then_some(text)
    };
    for name in before.others(&now.known) {
        let (old, new) = (before.value(name), now.known.get(name));
        let (is_new, is_gone, name) = (old.is_none(), new.is_none(), name.to_owned());
        changes.push(match (old.and_then(shown), new.and_then(shown)) {
            (Some(before), Some(value)) if before != value => AnswerSentence::ChangedParamValue { name, before, value },
            _ if is_new => AnswerSentence::ChangedParamNew { name },
            _ if is_gone => AnswerSentence::ChangedParamGone { name },
            _ => AnswerSentence::ChangedParam { name },
        });
    }
}

fn changed_inputs(before: &[FileRef], now: &[FileRef], changes: &mut Vec<AnswerSentence>) {
    let by_path = |files: &[FileRef]| -> BTreeMap<String, Digest> {
        files.iter().map(|file| (file.path.clone(), file.digest)).collect()
    };
    let is_other = before != now;
    let (before, now) = (by_path(before), by_path(now));
    if is_other && before == now {
        changes.push(AnswerSentence::ChangedInputsOrder);
    }
    let shown = |path: &str| file_name::shown(path).into_owned();
    for (path, digest) in &now {
        match before.get(path) {
            None => changes.push(AnswerSentence::ChangedInputNew { path: shown(path) }),
            Some(earlier) if earlier != digest => changes.push(AnswerSentence::ChangedInput { path: shown(path) }),
            Some(_) => {}
        }
    }
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    changes.extend(gone.map(|path| AnswerSentence::ChangedInputGone { path: shown(path) }));
}

fn changed_surroundings(run: Sentence, before: &WorkOfRun<'_>, now: &WorkOfRun<'_>) -> Vec<AnswerSentence> {
    let (old, new) = (before.spec, now.spec);
    let is_same = old.surroundings == new.surroundings && old.secrets == new.secrets;
    if is_same || old.recipe.is_some() || new.recipe.is_some() {
        return Vec::new();
    }
    match (&before.surroundings, &now.surroundings) {
        (Some(one), Some(other)) => {
            let differences = difference::compare(one, other);
            differences.into_iter().map(|difference| change_of(difference, old, new)).collect()
        }
        _ if old.secrets != new.secrets => vec![AnswerSentence::ChangedSecrets],
        _ if old.surroundings.is_none() => vec![AnswerSentence::ChangedNotRecorded { run }],
        _ => vec![AnswerSentence::ChangedUnread],
    }
}

fn change_of(difference: Difference, before: &Spec, now: &Spec) -> AnswerSentence {
    let shown = |path: &str| file_name::shown(path).into_owned();
    match difference {
        Difference::OtherKey => AnswerSentence::ChangedHomeKey,
        Difference::Variable { name, how: ChangeKind::New } => AnswerSentence::ChangedVariableNew { name },
        Difference::Variable { name, how: ChangeKind::Gone } => AnswerSentence::ChangedVariableGone { name },
        Difference::Variable { name, how: ChangeKind::Other } => {
            let value = |spec: &Spec| spec.environment.get(&name).filter(|value| is_short(value)).cloned();
            match (value(before), value(now)) {
                (Some(before), Some(value)) if before != value => {
                    AnswerSentence::ChangedVariableValue { name, before, value }
                }
                _ => AnswerSentence::ChangedVariable { name },
            }
        }
        Difference::Secret { name, how: ChangeKind::Other } => AnswerSentence::ChangedSecret { name },
        Difference::Secret { .. } => AnswerSentence::ChangedSecrets,
        Difference::NotLooked => AnswerSentence::ChangedNotLooked,
        Difference::Program { word, before: Some(before), now: Some(path) } if before == path => {
            AnswerSentence::ChangedProgram { word, path: shown(&path) }
        }
        Difference::Program { word, before: Some(before), now: Some(path) } => {
            AnswerSentence::ChangedProgramPlace { word, before: shown(&before), path: shown(&path) }
        }
        Difference::Program { word, now: Some(path), .. } => {
            AnswerSentence::ChangedProgramNew { word, path: shown(&path) }
        }
        Difference::Program { word, .. } => AnswerSentence::ChangedProgramGone { word },
        Difference::File { path, how: ChangeKind::New } => AnswerSentence::ChangedFileNew { path },
        Difference::File { path, how: ChangeKind::Gone } => AnswerSentence::ChangedFileGone { path },
        Difference::File { path, how: ChangeKind::Other } => AnswerSentence::ChangedFile { path },
        Difference::Folder { of: name, path, how: ChangeKind::New } => {
            AnswerSentence::ChangedFolderNew { path: shown(&path), name }
        }
        Difference::Folder { of: name, path, how: ChangeKind::Gone } => {
            AnswerSentence::ChangedFolderGone { path: shown(&path), name }
        }
        Difference::Folder { of: name, path, how: ChangeKind::Other } => {
            AnswerSentence::ChangedFolder { path: shown(&path), name }
        }
        Difference::Package { name, before: Some(before), now: Some(version) } => {
            AnswerSentence::ChangedPackage { name, before, version }
        }
        Difference::Package { name, now: Some(version), .. } => AnswerSentence::ChangedPackageNew { name, version },
        Difference::Package { name, .. } => AnswerSentence::ChangedPackageGone { name },
        Difference::Reinstalled { path } => AnswerSentence::ChangedInstallation { path: shown(&path) },
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
    fn another_order_is_reported_as_such() {
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
    fn parameters_are_reported_with_their_values() {
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
        // As text, both values look the same.
        check(from_ref(&small), &[("lr", Value::from("0.1"))], &["the parameter lr changed"]);
        check(&[small], &[("lr", Value::from("x".repeat(100)))], &["the parameter lr changed"]);
        check(
            &[large],
            &[("opt", Value::from("adam"))],
            &["the parameter lr is not given any more", "the parameter opt is given now"],
        );
    }

    #[test]
    fn values_are_reported_when_both_are_readable() {
        let spec = |value: &str| Spec {
            environment: BTreeMap::from([("SEED".to_owned(), value.to_owned())]),
            ..Spec::of_command(vec!["fit".to_owned()], "/work")
        };
        let other = || Difference::Variable { name: "SEED".to_owned(), how: ChangeKind::Other };
        let said = |before: &Spec, now: &Spec| change_of(other(), before, now).to_string();
        assert_eq!(said(&spec("1"), &spec("2")), "the environment variable SEED changed from 1 to 2");
        let unknown = Spec::of_command(vec!["fit".to_owned()], "/work");
        assert_eq!(said(&unknown, &spec("2")), "the environment variable SEED changed");
        assert_eq!(said(&spec(&"x".repeat(100)), &spec("2")), "the environment variable SEED changed");
    }
}
