//! Making a run again from the record alone, and comparing what comes out with what had come out before.
//!
//! A new run does it, in a fresh folder with the recorded inputs, code and environment; another, of the recipe `compare`,
//! lays the outputs side by side. What each of them is for stands in its submission, so whoever is killed meanwhile, the
//! verdict is recorded in the end, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use bytes::Bytes;
use hven_core::{
    Digest, RunId,
    access::Role,
    capture,
    catalogue::Purpose,
    file_name, limits,
    object::{EMPTY_LISTING, FileKind, FileRef, Listing},
    recorded::Recorded,
    reproduction::{
        Comparison, Counts, Level, Likeness, MetricComparison, Place as Spot, Reproduced, Tolerances, compare_metrics,
    },
    run::{Code, InnerRepository, Number, Outcome, Place, Software, Spec, State},
    staging::check_path,
    stdin::{NO_PATH, Stdin},
    surroundings::Tools,
};
use serde_json::json;

use crate::{
    App, AppError, AppResult, Caller,
    access::run_for,
    datasets::document,
    imports::{fresh_run, output},
    labelled::{Labelled, NeedsLabels, Wanted as Names, label},
    naming,
    ports::{
        objects::Presence,
        views::{RunName, RunView},
    },
    printed, publications,
    recipes::Wanted,
    runs::check_software,
    stdin,
    submit::{self, Starter, Submit},
    surroundings::difference,
    verdicts::{Verdict, with_comparison},
};

/// How a run is to be reproduced.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub tolerances: Tolerances,
    /// The files of a commit, which the record names and does not hold; relative to the run's folder.
    pub code: Vec<FileRef>,
    pub above: Above,
    /// Values of secrets, which are never recorded.
    pub secrets: BTreeMap<String, String>,
    /// What is installed now.
    pub software: Option<Software>,
    /// Programs, module folders and packages of now.
    pub tools: Option<Tools>,
}

/// Code of a commit above the run's folder.
#[derive(Clone, Debug, Default)]
pub struct Above {
    /// Relative to the repository's root.
    pub files: Vec<FileRef>,
    /// How many of its files are not among them.
    pub left_out: u64,
}

/// What became of the wish.
#[derive(Clone, Debug)]
pub enum Begun {
    /// This run makes it again.
    Running(Box<RunView>),
    /// It cannot be run again, and that is recorded.
    Cannot(Box<Verdict>),
}

impl NeedsLabels for Begun {
    fn add_to(&self, wanted: &mut Names) {
        match self {
            Self::Running(_) => {}
            Self::Cannot(verdict) => verdict.add_to(wanted),
        }
    }
}

/// How many metrics, and how many differences of the surroundings, are listed at most.
const LISTED_MAX: usize = 20;
const LISTING_BYTES_MAX: usize = 64 << 20;
const COMPARISON: &str = "comparison.json";
const BEFORE: &str = "before";
const AFTER: &str = "after";

/// Begins to make a run again. The cache is not asked.
pub async fn begin(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    wish: Wish,
) -> AppResult<Labelled<Begun>> {
    label(app, begun(app, caller, key, name, wish).await?).await
}

async fn begun(app: &App, caller: &Caller, key: Option<String>, name: &str, wish: Wish) -> AppResult<Begun> {
    let run = run_for(app, caller, name, Role::Member).await?;
    if run.state != State::Done {
        let why = if run.state.is_final() { "did not succeed, so nothing came out" } else { "is not done yet" };
        return Err(AppError::Conflict(format!("run {} {why}: only what is done can be reproduced", run.handle)));
    }
    wish.tolerances.check().map_err(|why| AppError::invalid("a tolerance", why))?;
    wish.software.iter().try_for_each(check_software)?;
    naming::require_files(app, caller, &wish.code).await?;
    let above = namable(app, caller, wish.above).await?;
    match again(app, &run, Wish { above, ..wish }).await? {
        Ok(submit) => {
            let again = Box::pin(submit::start(app, Starter::Caller(caller), key, submit)).await?;
            let again = app.ports.views.runs_named(&RunName::Id(again)).await?.pop();
            let again = again.ok_or_else(|| AppError::not_found("run", run.handle))?;
            Ok(Begun::Running(Box::new(again)))
        }
        Err(because) => {
            let reproduced = cannot(run.id, None, because);
            app.record(caller.actor(), key, vec![reproduced.into()]).await?;
            let newest = app.ports.views.reproductions(run.id, 1).await?.pop();
            let newest = newest.ok_or_else(|| AppError::not_found("reproduction of run", run.handle))?;
            Ok(Begun::Cannot(Box::new(with_comparison(app, newest).await?)))
        }
    }
}

/// What of the code above the folder the caller may name. The rest counts as left out: of large files the record may have
/// no more than the digest.
async fn namable(app: &App, caller: &Caller, Above { files, left_out }: Above) -> AppResult<Above> {
    let digests: Vec<Digest> = files.iter().map(|file| file.digest).collect();
    let hidden = naming::hidden(app, caller, &digests).await?;
    let is_namable = |file: &FileRef| file.kind == FileKind::File && !hidden.contains(&file.digest);
    let (files, rest): (Vec<FileRef>, Vec<FileRef>) = files.into_iter().partition(is_namable);
    Ok(Above { files, left_out: left_out.saturating_add(rest.len() as u64) })
}

fn cannot(run: RunId, again: Option<RunId>, because: String) -> Reproduced {
    Reproduced {
        run,
        again,
        level: Level::CannotRerun,
        because: Some(because),
        comparison: None,
        counts: Counts::default(),
        metrics_compared: Some(0),
        metrics: Vec::new(),
        printed: None,
        surroundings: Vec::new(),
    }
}

/// The submission that makes the run again, or exactly why there can be none.
async fn again(app: &App, run: &RunView, wish: Wish) -> AppResult<Result<Submit, String>> {
    let Some(before) = &run.spec else { return Ok(Err("what it ran was erased from the record".to_owned())) };
    let surroundings = differences(run.software.as_ref(), wish.software.as_ref());
    let tolerances = wish.tolerances.or(run.tolerances.clone());
    let purpose = Purpose::Again { of: run.id, tolerances, surroundings };
    let stdin = match stdin::again(run) {
        Ok(stdin) => stdin,
        Err(why) => return Ok(Err(why)),
    };
    let spec = Spec { stdin, ..in_a_fresh_folder(before.clone()) };
    let submit = Submit {
        purpose: Some(purpose),
        tools: wish.tools,
        despite_checks: true,
        ..Submit::of(run.project.clone(), spec)
    };
    let made = match &before.recipe {
        // What an older record says of a recipe's code is nothing that it runs.
        Some(recipe) => {
            app.recipes.process(recipe).map(|_| Submit { spec: Spec { code: None, ..submit.spec }, ..submit })
        }
        None => of_command(app, run.id, submit, wish.code, wish.above, wish.secrets).await?,
    };
    staged(app, made).await
}

/// The same work in a fresh folder. What ran in a part of one before runs in the same part.
fn in_a_fresh_folder(spec: Spec) -> Spec {
    let cwd = if spec.place.is_here() { String::new() } else { spec.cwd };
    Spec { place: Place::Fresh, cwd, ..spec }
}

/// Whether the files can be put into a fresh folder; if not, exactly why.
async fn can_be_staged(app: &App, files: &[FileRef]) -> AppResult<Result<(), String>> {
    for file in files {
        if let Err(why) = check_path(&file.path) {
            return Ok(Err(format!("its file {} {why}", file.path)));
        }
        if let Err(why) = is_there(app, file).await? {
            return Ok(Err(why));
        }
    }
    Ok(Ok(()))
}

/// Whether the bytes of a file are in the store; if not, that.
async fn is_there(app: &App, FileRef { path, digest, .. }: &FileRef) -> AppResult<Result<(), String>> {
    let is_whole = matches!(app.ports.objects.presence(*digest).await?, Presence::Whole { .. });
    let path = if path == NO_PATH { "its standard input" } else { path.as_str() };
    Ok(if is_whole { Ok(()) } else { Err(format!("the bytes of {path} ({digest}) are not in the store")) })
}

/// Makes of a command that worked in its caller's folder, or came from another home, one that works in a fresh folder with
/// the code that was recorded of `run`; or says exactly why it cannot.
pub(crate) async fn moved_to_a_fresh_folder(
    app: &App,
    run: RunId,
    submit: Submit,
) -> AppResult<Result<Submit, String>> {
    let spec = in_a_fresh_folder(submit.spec);
    let made = of_command(app, run, Submit { spec, ..submit }, Vec::new(), Above::default(), BTreeMap::new()).await?;
    staged(app, made).await
}

async fn staged(app: &App, made: Result<Submit, String>) -> AppResult<Result<Submit, String>> {
    match made {
        Ok(submit) => {
            if let Some(Stdin::File { file, .. }) = &submit.spec.stdin
                && let Err(why) = is_there(app, file).await?
            {
                return Ok(Err(why));
            }
            Ok(can_be_staged(app, &submit.spec.inputs).await?.map(|()| submit))
        }
        Err(why) => Ok(Err(why)),
    }
}

/// Fills in what the command of `run` needs; `code_given` and `above`: the files of a commit, which the record only names.
async fn of_command(
    app: &App,
    run: RunId,
    mut submit: Submit,
    code_given: Vec<FileRef>,
    above: Above,
    secrets: BTreeMap<String, String>,
) -> AppResult<Result<Submit, String>> {
    let before = &submit.spec;
    if let Some(name) = before.secrets.iter().find(|name| !secrets.contains_key(*name)) {
        return Ok(Err(format!("it needs the secret {name}, which is never recorded: give it with --secret {name}")));
    }
    let code = match &before.code {
        Some(Code::Folder { listing, .. }) => {
            let bytes = app.ports.objects.head(*listing, LISTING_BYTES_MAX).await?;
            let listing: Option<Listing> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let Some(listing) = listing else {
                return Ok(Err("the list of the files that were its code is not in the store".to_owned()));
            };
            let alone = naming::by_digest_alone(app, run).await?;
            if let Some(file) = listing.files.iter().find(|file| alone.contains(&file.digest)) {
                return Ok(Err(format!("the bytes of {} ({}) are not in the store", file.path, file.digest)));
            }
            let file = |file: hven_core::object::ListedFile| FileRef {
                path: file.path,
                digest: file.digest,
                size: file.size,
                kind: FileKind::File,
            };
            // What code reads through a link within, it finds there as a file.
            listing.through_links().into_iter().map(file).collect()
        }
        Some(Code::Git { commit, .. }) if code_given.is_empty() => {
            // What came with a publication has the files of its commit with it.
            let brought = publications::import::code_of(app, run).await?;
            if brought.is_empty() {
                let why = "of a repository, which the record names and does not hold: say this in a clone of it";
                return Ok(Err(format!("its code is commit {commit} {why}")));
            }
            brought
        }
        Some(Code::Git { .. }) => code_given,
        Some(Code::NotCaptured { why }) => return Ok(Err(format!("its code was not captured: {why}"))),
        None => return Ok(Err("its code is not in the record".to_owned())),
    };
    if let Some(lacking) = before.code.as_ref().and_then(what_it_lacks) {
        return Ok(Err(format!("the code in {} is missing: {lacking}", file_name::shown(&lacking.path))));
    }
    let mut inputs = before.inputs.clone();
    // Of a run in a part of a fresh folder the inputs are named from the folder itself, and the code from the part.
    let mut cwd = before.cwd.clone();
    let code = code.into_iter().map(|file| FileRef { path: place_in(&cwd, &file.path), ..file });
    let known: BTreeSet<String> = inputs.iter().map(|input| input.path.clone()).collect();
    // What lies in an input is put there with it, links as links: the code of the same folder names them as files.
    let is_known =
        |path: &str| known.contains(path) || path.match_indices('/').any(|(end, _)| known.contains(&path[..end]));
    inputs.extend(code.filter(|file| !is_known(&file.path)));
    let folders = noted_folders(app, run, &inputs).await?;
    inputs.extend(folders);
    // Such a run has the code above its folder among its inputs.
    let is_wanted = cwd.is_empty() && inputs.len() + above.files.len() <= limits::FILES_MAX;
    if let Some(Code::Git { prefix, inner, .. }) = before.code.as_ref().filter(|_| is_wanted) {
        let laid_out = beside(app, prefix, above.files).await?;
        let unnamed = inner.iter().filter(|one| !one.is_named).count() as u64;
        let lacking = above.left_out.saturating_add(laid_out.lacking + unnamed);
        if !laid_out.files.is_empty() {
            for input in &mut inputs {
                input.path = place_in(prefix, &input.path);
            }
            inputs.extend(laid_out.files);
            cwd.clone_from(prefix);
            if let (Some(Purpose::Again { surroundings, .. }), true) = (&mut submit.purpose, lacking > 0) {
                surroundings.insert(0, difference::code_above_lacking(prefix, lacking));
            }
        }
    }
    let mut environment: BTreeMap<String, String> =
        before.environment.iter().filter(|(name, _)| *name != "PWD").map(|(n, v)| (n.clone(), v.clone())).collect();
    // What came from elsewhere has no paths of that machine: programs are looked for on this one.
    if let (false, Some(path)) = (environment.contains_key("PATH"), app.recipes.environment.get("PATH")) {
        environment.insert("PATH".to_owned(), path.clone());
    }
    let secrets = secrets.into_iter().filter(|(name, _)| before.secrets.contains(name)).collect();
    Ok(Ok(Submit {
        spec: Spec { inputs, cwd, ..submit.spec },
        record_environment: environment.keys().cloned().collect(),
        environment,
        secrets,
        ..submit
    }))
}

/// What is put above the run's folder.
struct LaidOut {
    files: Vec<FileRef>,
    /// How many files are not in the store.
    lacking: u64,
}

/// Those of the files that lie beside the folder of the run and are in the store; paths from the repository's root.
async fn beside(app: &App, prefix: &str, files: Vec<FileRef>) -> AppResult<LaidOut> {
    let mut laid_out = LaidOut { files: Vec::with_capacity(files.len()), lacking: 0 };
    for file in files {
        // What lies in the run's folder came with its code; what would have to be that folder is none of the commit.
        let is_beside = !Path::new(&file.path).starts_with(prefix) && !Path::new(prefix).starts_with(&file.path);
        if !is_beside || check_path(&file.path).is_err() {
            continue;
        }
        match is_there(app, &file).await? {
            Ok(()) => laid_out.files.push(file),
            Err(_) => laid_out.lacking += 1,
        }
    }
    Ok(laid_out)
}

/// A path of the run's folder from the repository's root. One that leads elsewhere stays.
fn place_in(prefix: &str, path: &str) -> String {
    let is_below = !prefix.is_empty() && check_path(path).is_ok();
    if is_below { format!("{prefix}/{path}") } else { path.to_owned() }
}

/// The folders that were there when the run was asked for and that none of these inputs makes, as empty inputs.
async fn noted_folders(app: &App, run: RunId, inputs: &[FileRef]) -> AppResult<Vec<FileRef>> {
    let notes = app.ports.views.capture_notes(run).await?;
    let known: BTreeSet<&str> = inputs.iter().map(|input| input.path.as_str()).collect();
    let is_taken =
        |path: &str| known.contains(path) || path.match_indices('/').any(|(end, _)| known.contains(&path[..end]));
    let folders: Vec<&str> =
        capture::folders(&notes).filter(|path| check_path(path).is_ok() && !is_taken(path)).collect();
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let digest = app.ports.objects.put(Bytes::from_static(EMPTY_LISTING)).await?;
    let folder = |path: &str| FileRef { path: path.to_owned(), digest, size: 0, kind: FileKind::Folder };
    Ok(folders.into_iter().map(folder).collect())
}

/// The repository within the code of a run whose files were too many to be recorded.
fn what_it_lacks(code: &Code) -> Option<&InnerRepository> {
    let Code::Git { prefix, inner, .. } = code else { return None };
    // Of what lies above the run's folder that which is there is put above it, and the rest is told.
    inner.iter().find(|one| !one.is_named && Path::new(&one.path).starts_with(prefix))
}

/// Goes on with what a run was for that makes another again, or compares. Saying it twice does nothing more.
pub(crate) async fn settle(app: &App, run: &RunView) -> AppResult<()> {
    if !run.state.is_final() {
        return Ok(());
    }
    match run.purpose.clone() {
        Some(Purpose::Again { of, tolerances, surroundings }) => {
            let verdict = made_again(app, run, of, tolerances, surroundings).await?;
            conclude(app, run, verdict).await
        }
        Some(Purpose::Compare { of, again, tolerances, surroundings }) => {
            let (Some(before), Some(after)) = (by_id(app, of).await?, by_id(app, again).await?) else { return Ok(()) };
            let found = output(run, COMPARISON).filter(|_| run.state == State::Done);
            let document = match found {
                Some(file) => document(app, file.digest).await?,
                None => None,
            };
            let verdict = match (found, document.map(serde_json::from_value::<Comparison>)) {
                (Some(file), Some(Ok(compared))) => Reproduced {
                    again: Some(again),
                    comparison: Some(file.digest),
                    printed: Some(printed::compare(app, &before, &after).await?),
                    surroundings,
                    ..verdict(of, &compared, compare(app, &before, &after, &tolerances).await?, &Recorded::NothingHeld)
                },
                _ => cannot(of, Some(again), format!("the outputs could not be compared: see run {}", run.handle)),
            };
            conclude(app, run, Some(verdict)).await
        }
        _ => Ok(()),
    }
}

async fn conclude(app: &App, run: &RunView, verdict: Option<Reproduced>) -> AppResult<()> {
    let Some(verdict) = verdict else { return Ok(()) };
    let verdict = difference::explained(app, verdict).await?;
    let key = Some(format!("reproduced-{}", run.id));
    app.record(run.submitted_by, key, vec![verdict.into()]).await.map(drop)
}

/// Has the outputs compared; when there are none, or nothing was made, that is the verdict.
async fn made_again(
    app: &App,
    run: &RunView,
    of: RunId,
    tolerances: Tolerances,
    surroundings: Vec<String>,
) -> AppResult<Option<Reproduced>> {
    let Some(before) = by_id(app, of).await? else { return Ok(None) };
    if run.state != State::Done {
        let because = ended_how(run);
        return Ok(Some(Reproduced { surroundings, ..cannot(of, Some(run.id), because) }));
    }
    let (old, new) = (outputs(&before), outputs(run));
    if old.is_empty() && new.is_empty() {
        let metrics = compare(app, &before, run, &tolerances).await?;
        let none = Comparison { schema: Comparison::SCHEMA.to_owned(), files: Vec::new() };
        return Ok(Some(Reproduced {
            again: Some(run.id),
            printed: Some(printed::compare(app, &before, run).await?),
            surroundings,
            ..verdict(of, &none, metrics, &Recorded::NothingDeclared)
        }));
    }
    let below = |folder: &str, files: Vec<FileRef>| {
        let place = |file: FileRef| FileRef { path: format!("{folder}/{}", file.path), ..file };
        files.into_iter().map(place).collect::<Vec<_>>()
    };
    let inputs = [below(BEFORE, old), below(AFTER, new)].concat();
    let arguments = json!({ "tolerance": tolerances.usual, "tolerances": tolerances.files });
    let submit = Submit {
        name: Some(format!("compare {}", before.handle)),
        recipe: Some(Wanted { name: "compare".to_owned(), arguments }),
        purpose: Some(Purpose::Compare { of, again: run.id, tolerances, surroundings }),
        despite_checks: true,
        ..Submit::of(run.project.clone(), fresh_run(inputs, vec![COMPARISON.to_owned()]))
    };
    let key = Some(format!("compare-{}", run.id));
    Box::pin(submit::start(app, Starter::Hven(run.submitted_by), key, submit)).await?;
    Ok(None)
}

/// Outputs by paths within the run's folder; what lies outside is left out.
fn outputs(run: &RunView) -> Vec<FileRef> {
    let outputs = run.result.iter().flat_map(|result| &result.outputs);
    outputs.filter(|file| check_path(&file.path).is_ok()).cloned().collect()
}

fn ended_how(run: &RunView) -> String {
    match run.result.as_ref().map(|result| &result.outcome) {
        Some(Outcome::NotStarted { why }) => why.clone(),
        Some(outcome) => format!("it ended otherwise: {} (run {} says more)", outcome.recorded(), run.handle),
        None => "its end is not known".to_owned(),
    }
}

async fn by_id(app: &App, run: RunId) -> AppResult<Option<RunView>> {
    Ok(app.ports.views.runs_named(&RunName::Id(run)).await?.pop())
}

/// Compares what the last attempts of both runs measured.
async fn compare(
    app: &App,
    before: &RunView,
    after: &RunView,
    tolerances: &Tolerances,
) -> AppResult<Vec<MetricComparison>> {
    let (before, after) = (metrics(app, before).await?, metrics(app, after).await?);
    Ok(compare_metrics(&before, &after, &tolerances.metrics, tolerances.usual.unwrap_or_default()))
}

async fn metrics(app: &App, run: &RunView) -> AppResult<BTreeMap<String, Number>> {
    let summaries = app.ports.series.summaries(run.last_attempt()).await?;
    Ok(summaries.into_iter().map(|summary| (summary.key, summary.last)).collect())
}

/// The verdict on what was compared; `nothing` says why when nothing was.
fn verdict(of: RunId, compared: &Comparison, metrics: Vec<MetricComparison>, nothing: &Recorded) -> Reproduced {
    let likenesses = || compared.files.iter().map(|file| &file.likeness).chain(metrics.iter().map(|one| &one.likeness));
    let mut counts = Counts::default();
    for likeness in likenesses() {
        counts.add(likeness.level());
    }
    let level = likenesses().map(Likeness::level).max().unwrap_or(Level::NothingToCompare);
    let of_files = compared.files.iter().map(|file| (file.path.as_str(), &file.likeness));
    let of_metrics = metrics.iter().map(|metric| ("", &metric.likeness));
    let because = of_files.chain(of_metrics).find_map(|(path, likeness)| match likeness {
        Likeness::Differs { places, .. } => places.first().map(|place| in_words(path, place)),
        _ => None,
    });
    let because = if level == Level::NothingToCompare { Some(nothing.to_string()) } else { because };
    let metrics_compared = Some(metrics.len() as u64);
    let metrics =
        metrics.into_iter().filter(|metric| metric.likeness != Likeness::SameBytes).take(LISTED_MAX).collect();
    Reproduced {
        run: of,
        again: None,
        level,
        because,
        comparison: None,
        counts,
        metrics_compared,
        metrics,
        printed: None,
        surroundings: Vec::new(),
    }
}

/// `fit.csv, row 3, column period: 1 became 1.1`.
fn in_words(path: &str, place: &Spot) -> String {
    let was = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let comma = if path.is_empty() { "" } else { ", " };
    format!("{path}{comma}{}: {} became {}", place.spot, was(&place.before), was(&place.after))
}

/// In what the software differs, in words; nothing when one of them is not known.
fn differences(before: Option<&Software>, now: Option<&Software>) -> Vec<String> {
    let (Some(before), Some(now)) = (before, now) else { return Vec::new() };
    let mut found = Vec::new();
    let mut tell = |what: &str, before: Option<&String>, now: Option<&String>| {
        let shown = |text: Option<&String>| text.map_or("absent", String::as_str).to_owned();
        if before != now && found.len() < LISTED_MAX {
            found.push(format!("{what}: {} then, {} now", shown(before), shown(now)));
        }
    };
    tell("interpreter", before.version.as_ref(), now.version.as_ref());
    tell("platform", before.platform.as_ref(), now.platform.as_ref());
    let names: BTreeSet<&String> = before.packages.keys().chain(now.packages.keys()).collect();
    for name in names {
        tell(name, before.packages.get(name), now.packages.get(name));
    }
    found
}

#[cfg(test)]
mod tests {
    use hven_core::reproduction::{ComparedAs, FileComparison, Tolerance};

    use super::*;

    #[test]
    fn a_repository_within_whose_files_are_not_recorded_is_lacking() {
        let lacking = |path: &str, is_named: bool, prefix: &str| {
            let inner = InnerRepository { path: path.into(), commit: None, changed: None, is_named };
            let code = Code::Git {
                commit: "0".repeat(40),
                branch: None,
                prefix: prefix.into(),
                diff: None,
                untracked: Vec::new(),
                inner: vec![inner],
                digest: hven_core::Digest::ZERO,
            };
            what_it_lacks(&code).is_some()
        };
        assert!(lacking("lib", false, "") && lacking("study/lib", false, "study"));
        assert!(!lacking("lib", true, "") && !lacking("study-2/lib", false, "study"));
    }

    #[test]
    fn paths_of_the_folder_are_named_from_the_root_of_the_repository() {
        for (path, placed) in [("a.csv", "study/a.csv"), ("out/b", "study/out/b"), ("/data/a", "/data/a"), (".", ".")] {
            assert_eq!(place_in("study", path), placed);
        }
        assert_eq!(place_in("", "a.csv"), "a.csv");
    }

    #[test]
    fn the_worst_is_the_verdict_and_says_where() {
        let likeness = |places: Vec<Spot>| Likeness::Differs { count: places.len() as u64, places };
        let place = Spot {
            spot: hven_core::reproduction::Spot::Cell { row: 3, column: "period".to_owned() },
            before: Some("1".to_owned()),
            after: Some("1.1".to_owned()),
            difference: None,
        };
        let file = |path: &str, likeness| FileComparison {
            path: path.to_owned(),
            compared_as: ComparedAs::Table,
            likeness,
            notes: Vec::new(),
        };
        let compared = Comparison {
            schema: Comparison::SCHEMA.to_owned(),
            files: vec![file("a.csv", Likeness::SameBytes), file("fit.csv", likeness(vec![place]))],
        };
        let numbers = |x: f64| BTreeMap::from([("loss".to_owned(), Number(x))]);
        let tolerances =
            Tolerances { usual: Some(Tolerance { relative: 0.1, absolute: 0.0 }), ..Tolerances::default() };
        let usual = tolerances.usual.unwrap_or_default();
        let metrics = compare_metrics(&numbers(1.0), &numbers(1.05), &tolerances.metrics, usual);
        let found = verdict(RunId::from_u128(1), &compared, metrics, &Recorded::NothingHeld);
        assert_eq!(found.level, Level::Differs);
        assert_eq!(found.because.as_deref(), Some("fit.csv, row 3, column period: 1 became 1.1"));
        assert_eq!(found.counts, Counts { same_bytes: 1, same_within: 1, differs: 1 });
        assert_eq!((found.metrics_compared, found.outputs_compared()), (Some(1), Some(2)));
        assert_eq!(found.metrics.len(), 1, "what is not exactly the same is listed");
    }

    #[test]
    fn with_nothing_compared_nothing_is_the_same() {
        let none = Comparison { schema: Comparison::SCHEMA.to_owned(), files: Vec::new() };
        let found = verdict(RunId::from_u128(1), &none, Vec::new(), &Recorded::NothingDeclared);
        assert_eq!((found.level, found.counts), (Level::NothingToCompare, Counts::default()));
        assert_eq!(found.because.as_deref(), Some("no outputs and no metrics declared"));
        let numbers = BTreeMap::from([("loss".to_owned(), Number(1.0))]);
        let metrics = compare_metrics(&numbers, &numbers, &BTreeMap::new(), Tolerance::EXACT);
        let found = verdict(RunId::from_u128(1), &none, metrics, &Recorded::NothingDeclared);
        assert_eq!((found.level, found.because), (Level::SameBytes, None), "a metric was compared");
    }

    #[test]
    fn other_software_is_told() {
        let software = |version: &str, packages: &[(&str, &str)]| Software {
            interpreter: Some("python3".to_owned()),
            version: Some(version.to_owned()),
            packages: packages.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            platform: None,
        };
        let before = software("3.11.2", &[("numpy", "1.26"), ("six", "1.16")]);
        let now = software("3.12.0", &[("numpy", "1.26"), ("torch", "2.0")]);
        assert_eq!(
            differences(Some(&before), Some(&now)),
            ["interpreter: 3.11.2 then, 3.12.0 now", "six: 1.16 then, absent now", "torch: absent then, 2.0 now",]
        );
        assert!(differences(None, Some(&now)).is_empty());
    }
}
