//! Submitting runs: check, keep the private part aside, find what was done before, record, and hand to the schedule.

mod check;
pub(crate) mod rule_1;
pub mod shown;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hven_core::{
    ActorId, DatasetId, Digest, Fact, RunId,
    access::Role,
    capture::{self, Note, Noted},
    catalogue::{HoldOutRead, Purpose, Reader},
    handle::Handle,
    labels::{Tag, Tagged},
    name::Name,
    params::Origin,
    project::{self, ProjectPath},
    references,
    reproduction::Tolerances,
    run::{ParamsLogged, Place, Spec, Submitted},
    seen::Seen,
    soundness::{Node, RunRepaired},
    stdin::Stdin,
    surroundings::Tools,
};
use serde_json::Value;

use crate::{
    App, AppError, AppResult, Caller,
    datasets::reference,
    labels, lookup, naming,
    ports::{
        catalogue::DatasetView,
        launch::Launch,
        views::{RunName, RunView},
    },
    recipes::{self, Wanted},
    schedule::{Live, keep_launch},
    soundness,
    surroundings::{self, Document},
};
use check::check;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Submit {
    pub project: ProjectPath,
    pub name: Option<String>,
    /// Its `environment`, `secrets`, `surroundings` and `recipe` are filled in here.
    pub spec: Spec,
    /// Run this recipe instead of a command; always in a fresh folder.
    pub recipe: Option<Wanted>,
    pub environment: BTreeMap<String, String>,
    pub record_environment: BTreeSet<String>,
    pub secrets: BTreeMap<String, String>,
    /// What the command uses beside its code and inputs, as whoever submits it found it; `None` when nobody looked.
    pub tools: Option<Tools>,
    /// Its surroundings, as they are kept: filled in here.
    pub surroundings: Option<Document>,
    pub params: BTreeMap<String, Value>,
    /// Tags that it gets at once. A run that did the same before gets them instead.
    pub tags: BTreeSet<Tag>,
    /// What was left out when its code and inputs were taken down; digests of key files are keyed here.
    pub capture_notes: Vec<Note>,
    /// How inputs and code stood then: for the runner, and no part of the record.
    pub seen: Option<Seen>,
    /// What it becomes part of when it is done.
    pub purpose: Option<Purpose>,
    /// By how much it may differ when it is reproduced.
    pub tolerances: Tolerances,
    /// Run it although a dataset that it reads does not meet its checks.
    pub despite_checks: bool,
    /// Run it although what it reads is not sound: why.
    pub despite_suspicion: Option<String>,
    /// The suspect run whose work it does anew.
    pub repairs: Option<Repairs>,
    /// Run it even when the same was done before.
    pub fresh: bool,
}

/// What a run is made anew for.
#[derive(Clone, Debug)]
pub struct Repairs {
    pub run: RunId,
    pub retracted: Node,
    pub replaced_by: Option<Node>,
}

impl Submit {
    /// A run with nothing but its specification.
    pub fn of(project: ProjectPath, spec: Spec) -> Self {
        Self {
            project,
            name: None,
            spec,
            recipe: None,
            environment: BTreeMap::new(),
            record_environment: BTreeSet::new(),
            secrets: BTreeMap::new(),
            tools: None,
            surroundings: None,
            params: BTreeMap::new(),
            tags: BTreeSet::new(),
            capture_notes: Vec::new(),
            seen: None,
            purpose: None,
            tolerances: Tolerances::default(),
            despite_checks: false,
            despite_suspicion: None,
            repairs: None,
            fresh: false,
        }
    }
}

/// What became of a submission.
#[derive(Clone, Debug)]
pub enum Submission {
    /// A run was begun. When something like it was run before, and could have been up to date: why it is not.
    New(RunName, Handle, Vec<String>),
    /// The same work was done before, by this run.
    UpToDate(Box<RunView>),
}

/// Submits one run, as somebody asks for it.
pub async fn submit(app: &App, caller: &Caller, key: Option<String>, submit: Submit) -> AppResult<Submission> {
    caller.require(Role::Member, &submit.project)?;
    let (submit, cache_key) = prepare(app, submit)?;
    naming::require(app, caller, &submit.spec).await?;
    naming::require_list(app, caller, submit.seen.as_ref()).await?;
    submit_prepared(app, caller, key, submit, cache_key).await
}

/// The same for work whose inputs and code the record names already: the caller names no object.
pub(crate) async fn submit_known(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    submit: Submit,
) -> AppResult<Submission> {
    caller.require(Role::Member, &submit.project)?;
    let (submit, cache_key) = prepare(app, submit)?;
    submit_prepared(app, caller, key, submit, cache_key).await
}

async fn submit_prepared(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    submit: Submit,
    cache_key: Option<Digest>,
) -> AppResult<Submission> {
    let overridden = soundness_of_inputs(app, caller, &submit).await?;
    if let Some(cached) = find_cached(app, caller, &submit, cache_key).await? {
        let cached = labels::add_tags(app, caller, key, cached, &submit.tags).await?;
        return Ok(Submission::UpToDate(Box::new(cached)));
    }
    let stale = match cache_key.filter(|_| !submit.fresh) {
        Some(_) => lookup::reasons(app, caller, &submit).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    recipes::check_inputs(app, &submit.spec).await?;
    let argv = vec![(submit.spec.argv.clone(), submit.name.clone())];
    let mut new = record(app, Starter::Caller(caller), key, submit, argv, cache_key, &overridden).await?;
    let (run, handle) = new.swap_remove(0);
    Ok(Submission::New(RunName::Id(run), handle, stale))
}

/// Starts a run in a fresh folder without asking the cache, which will not know it either: it is there to be compared
/// with another.
pub(crate) async fn start(app: &App, starter: Starter<'_>, key: Option<String>, submit: Submit) -> AppResult<RunId> {
    let (submit, _) = prepare(app, submit)?;
    recipes::check_inputs(app, &submit.spec).await?;
    let argv = vec![(submit.spec.argv.clone(), submit.name.clone())];
    let (run, _) = record(app, starter, key, submit, argv, None, &[]).await?.swap_remove(0);
    Ok(run)
}

/// What would be submitted, and the run that did the same before.
pub(crate) async fn cached(app: &App, caller: &Caller, submit: Submit) -> AppResult<(Submit, Option<RunView>)> {
    let (submit, cache_key) = prepare(app, submit)?;
    let cached = find_cached(app, caller, &submit, cache_key).await?;
    Ok((submit, cached))
}

/// Checks a submission and fills in what follows from it; answers what the cache compares.
fn prepare(app: &App, mut submit: Submit) -> AppResult<(Submit, Option<Digest>)> {
    if let Some(wanted) = submit.recipe.take() {
        submit.spec.recipe = Some(app.recipes.find(wanted)?);
        submit.spec.place = Place::Fresh;
    }
    check(&submit)?;
    complete(&mut submit)?;
    key_notes(app, &mut submit);
    surround(app, &mut submit);
    // What nobody looked at may be anything.
    let is_known = submit.spec.recipe.is_some() || submit.tools.is_some();
    let cache_key = if is_known { cache_key(&submit.spec, &submit.capture_notes) } else { None };
    Ok((submit, cache_key))
}

/// Fills in the surroundings. A recipe has none: nothing of its caller's comes to its process.
fn surround(app: &App, submit: &mut Submit) {
    let document = submit.spec.recipe.is_none().then(|| surroundings::taken_down(&app.keys, submit));
    submit.spec.surroundings = document.as_ref().map(|document| document.digest);
    submit.surroundings = document;
}

/// From here on the digests of key files tell nothing of what is in them.
fn key_notes(app: &App, submit: &mut Submit) {
    for note in &mut submit.capture_notes {
        if let Note::KeyFile { path, digest } = note {
            *digest = app.keys.keyed(path, *digest);
        }
    }
}

/// Submits many runs that differ in their arguments and names only. None of them is looked up in the cache.
pub async fn submit_batch(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    mut template: Submit,
    runs: Vec<(Vec<String>, Option<String>)>,
) -> AppResult<Vec<(RunId, Handle)>> {
    caller.require(Role::Member, &template.project)?;
    if runs.is_empty() || runs.len() > BATCH_MAX {
        return Err(AppError::invalid("a batch", format!("has 1 to {BATCH_MAX} runs, not {}", runs.len())));
    }
    if template.recipe.is_some() {
        return Err(AppError::invalid("a batch", "is of commands: submit each run of a recipe by itself"));
    }
    for (argv, name) in &runs {
        template.spec.argv.clone_from(argv);
        template.name.clone_from(name);
        check(&template)?;
    }
    if template.spec.stdin == Some(Stdin::Pipe) {
        return Err(AppError::invalid("a batch", "reads no pipe: one cannot be handed on to many"));
    }
    naming::require(app, caller, &template.spec).await?;
    naming::require_list(app, caller, template.seen.as_ref()).await?;
    recipes::check_inputs(app, &template.spec).await?;
    complete(&mut template)?;
    key_notes(app, &mut template);
    surround(app, &mut template);
    let overridden = soundness_of_inputs(app, caller, &template).await?;
    record(app, Starter::Caller(caller), key, template, runs, None, &overridden).await
}

/// How many runs one batch has at most.
pub const BATCH_MAX: usize = 1000;

/// Fills in what is recorded of the environment, and refuses secrets that would be recorded elsewhere.
fn complete(submit: &mut Submit) -> AppResult<()> {
    let recorded = submit.environment.iter().filter(|(name, _)| submit.record_environment.contains(*name));
    let recorded = recorded.filter(|(name, _)| !submit.secrets.contains_key(*name));
    submit.spec.environment = recorded.map(|(name, value)| (name.clone(), value.clone())).collect();
    submit.spec.secrets = submit.secrets.keys().cloned().collect();
    for (name, value) in &submit.secrets {
        let stands_in = |texts: Vec<&String>| texts.iter().any(|text| text.contains(value.as_str()));
        let params: Vec<String> = submit.params.values().map(Value::to_string).collect();
        let tags: Vec<String> = submit.tags.iter().map(Tag::to_string).collect();
        let places = [
            ("the command", submit.spec.argv.iter().collect()),
            ("a recorded environment variable", submit.spec.environment.values().collect()),
            ("a path or the name", submit.spec.outputs.iter().chain([&submit.spec.cwd]).chain(&submit.name).collect()),
            ("a parameter", params.iter().collect()),
            ("a tag", tags.iter().collect()),
        ];
        let Some((place, _)) = places.into_iter().find(|(_, texts): &(_, Vec<&String>)| stands_in(texts.clone()))
        else {
            continue;
        };
        return Err(AppError::SecretExposed { name: name.clone(), place });
    }
    Ok(())
}

/// A text with asterisks in place of every secret.
pub(crate) fn hide(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

/// Replaces every secret in the values by asterisks.
pub(crate) fn mask(params: BTreeMap<String, Value>, secrets: &[String]) -> BTreeMap<String, Value> {
    fn masked(value: Value, secrets: &[String]) -> Value {
        match value {
            Value::String(text) => Value::String(hide(&text, secrets)),
            Value::Array(items) => items.into_iter().map(|item| masked(item, secrets)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, masked(field, secrets))).collect(),
            other => other,
        }
    }
    params.into_iter().map(|(name, value)| (name, masked(value, secrets))).collect()
}

/// What makes two runs the same work: the command, the bytes that it reads and those of its code, what it makes, and all
/// that it has around it. Only a run that declares inputs *and* outputs, and of which all of this is known, has a key.
///
/// This is the second rule; the first is in `submit/rule_1.rs`.
pub fn cache_key(spec: &Spec, notes: &[Note]) -> Option<Digest> {
    if spec.inputs.is_empty() || spec.outputs.is_empty() || !capture::is_comparable(notes) {
        return None;
    }
    if let Some(recipe) = &spec.recipe {
        return recipes::cache_key(recipe, &spec.inputs, &spec.outputs);
    }
    let code = spec.code.as_ref()?.digest()?;
    let surroundings = spec.surroundings?;
    let inputs: Vec<_> = spec.inputs.iter().map(|input| (&input.path, input.digest)).collect();
    let mut parts = serde_json::json!({
        "grammar": 2,
        "argv": spec.argv,
        "inputs": inputs,
        "outputs": spec.outputs,
        "code": code,
        "surroundings": surroundings,
    });
    match &spec.stdin {
        // What comes through a pipe is known only afterwards.
        Some(Stdin::Pipe) => return None,
        Some(Stdin::File { file, .. }) => parts["stdin"] = serde_json::json!(file.digest),
        None => {}
    }
    if !spec.place.is_here() {
        // What lies in the folder is all that there is, so it is not the same work.
        parts["place"] = serde_json::json!("fresh");
        if !spec.cwd.is_empty() {
            parts["within"] = serde_json::json!(spec.cwd);
        }
    }
    let left_out = capture::compared(notes);
    if !left_out.is_empty() {
        parts["left_out"] = serde_json::json!(left_out);
    }
    Some(Digest::of(parts.to_string().as_bytes()))
}

async fn find_cached(app: &App, caller: &Caller, submit: &Submit, key: Option<Digest>) -> AppResult<Option<RunView>> {
    let Some(key) = key.filter(|_| !submit.fresh) else { return Ok(None) };
    let Some(run) = app.ports.views.run_cached(key, Some(&submit.params)).await? else { return Ok(None) };
    if !caller.may(Role::Viewer, &run.project) || run.spec.is_none() {
        return Ok(None);
    }
    // What is not sound is never taken for up to date.
    if !soundness::of_one(app, run.id).await?.is_sound() {
        return Ok(None);
    }
    let outputs: Vec<_> = run.result.iter().flat_map(|result| &result.outputs).cloned().collect();
    if !crate::files::are_there(app, &outputs).await? {
        return Ok(None);
    }
    Ok(Some(run))
}

/// Who starts a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Starter<'a> {
    Caller(&'a Caller),
    /// Hven itself goes on with what this user began. That never starts a command.
    Hven(ActorId),
}

impl Starter<'_> {
    fn actor(self) -> ActorId {
        match self {
            Self::Caller(caller) => caller.actor(),
            Self::Hven(actor) => actor,
        }
    }

    /// Every runner of today is the server's own: its processes run as the server's Unix user. Recipes are Hven's own
    /// code, which makes files of files and nothing else; commands are not.
    fn require_permission(self, submit: &Submit) -> AppResult<()> {
        let may_run = submit.spec.recipe.is_some()
            || matches!(self, Self::Caller(caller) if caller.may_run_as_server(&submit.project));
        if may_run { Ok(()) } else { Err(AppError::MayNotRunAsServer) }
    }
}

/// The one way by which a run comes to be.
async fn record(
    app: &App,
    starter: Starter<'_>,
    key: Option<String>,
    template: Submit,
    runs: Vec<(Vec<String>, Option<String>)>,
    cache_key: Option<Digest>,
    overridden: &[Node],
) -> AppResult<Vec<(RunId, Handle)>> {
    starter.require_permission(&template)?;
    let actor = starter.actor();
    let reads = data_read(app, &template).await?;
    let Submit {
        project,
        spec,
        environment,
        secrets,
        surroundings: document,
        params,
        tags,
        capture_notes,
        seen,
        purpose,
        tolerances,
        despite_suspicion,
        repairs,
        ..
    } = template;
    let mut absent = absent(app, &spec).await?;
    if let Some(document) = &document {
        surroundings::keep(app, document, &mut absent).await?;
    }
    let absent = Some(absent);
    let launch = Launch { environment, secrets, seen };
    let kept = keep_launch(app, &launch).await?;
    let launch = Arc::new(launch);
    let now = app.now();
    let mut facts = Vec::with_capacity(runs.len() + 1);
    facts.extend(new_project(app, &project).await?);
    {
        let mut next_handle = app.next_handle.lock().await;
        for (argv, name) in runs {
            let run = RunId::mint(now, crate::random());
            let handle = Handle { count: *next_handle };
            *next_handle += 1;
            let spec = Spec { argv, ..spec.clone() };
            let launch = kept.name.clone();
            let (project, purpose, tolerances) = (project.clone(), purpose.clone(), tolerances.clone());
            let absent = absent.clone();
            let submitted =
                Submitted { run, handle, project, name, spec, launch, cache_key, purpose, tolerances, absent };
            facts.push(submitted.into());
            facts.extend(reads.iter().map(|(dataset, part)| {
                HoldOutRead { dataset: *dataset, part: part.clone(), by: Reader::Run(run) }.into()
            }));
            facts.extend(soundness::overridden(overridden, run.into(), despite_suspicion.as_deref()));
            facts.extend(repairs.iter().map(|Repairs { run: suspect, retracted, replaced_by }| {
                RunRepaired { run: *suspect, by: run, retracted: *retracted, replaced_by: *replaced_by }.into()
            }));
            if !capture_notes.is_empty() {
                facts.push(Noted { run, notes: capture_notes.clone() }.into());
            }
            if !params.is_empty() {
                facts.push(ParamsLogged { run, of: Origin::Given, params: params.clone() }.into());
            }
            if !tags.is_empty() {
                facts.push(Tagged { run, added: tags.clone(), removed: BTreeSet::new() }.into());
            }
        }
    }
    let appended = app.record(actor, key, facts).await?;
    let mut names = Vec::new();
    for recorded in &appended.facts {
        let Some(Fact::RunSubmitted(submitted)) = &recorded.fact else { continue };
        names.push((submitted.run, submitted.handle));
        if !appended.earlier {
            let live = Live {
                handle: submitted.handle,
                project: submitted.project.clone(),
                submitted_by: recorded.header.actor,
                spec: Arc::new(submitted.spec.clone()),
                launch_name: submitted.launch.clone(),
                launch: Some(Arc::clone(&launch)),
                attempt: None,
            };
            app.schedule.submit(submitted.run, live, 0, now).await;
        }
    }
    drop(kept);
    if names.is_empty() {
        return Err(AppError::Conflict("this Idempotency-Key was used for something that is no run".to_owned()));
    }
    Ok(names)
}

/// Those of the objects that a run names, as inputs, code and surroundings, that are not in the store. The others must stay from here on.
pub(crate) async fn absent(app: &App, spec: &Spec) -> AppResult<BTreeSet<Digest>> {
    let named = references::of_spec(spec);
    if named.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(app.ports.objects.absent(named).await?)
}

/// Refuses what would rest on something that is not sound, unless a person says why it is run all the same; answers which
/// nodes that concerns.
async fn soundness_of_inputs(app: &App, caller: &Caller, submit: &Submit) -> AppResult<Vec<Node>> {
    let read = submit.spec.files_read().filter(|file| file.size > 0);
    let digests: Vec<Digest> = read.map(|file| file.digest).collect();
    if digests.is_empty() || !app.ports.views.is_anything_retracted().await? {
        return Ok(Vec::new());
    }
    let imports = matches!(submit.purpose, Some(Purpose::Dataset { .. }));
    let nodes = app.ports.views.sources(&digests, imports).await?;
    soundness::require(app, caller, &nodes, submit.despite_suspicion.as_deref()).await
}

/// What the run reads of what datasets hold out. A dataset that does not meet its checks is refused: what rests on it
/// would rest on nothing.
async fn data_read(app: &App, submit: &Submit) -> AppResult<Vec<(DatasetId, Option<Name>)>> {
    let digests: Vec<Digest> = submit.spec.files_read().map(|file| file.digest).collect();
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    // Dividing a dataset is neither resting on it nor reading what is held out of it.
    if matches!(submit.purpose, Some(Purpose::Split { .. })) {
        return Ok(Vec::new());
    }
    let found = app.ports.views.catalogued(&digests).await?;
    // Of versions with the same bytes the newest counts: the checks of the others were replaced.
    let mut newest: BTreeMap<(Digest, ProjectPath, Name), DatasetView> = BTreeMap::new();
    for one in &found {
        let Some(dataset) = app.ports.views.dataset(one.dataset).await? else { continue };
        let name = (one.digest, dataset.version.project.clone(), dataset.version.name.clone());
        if newest.get(&name).is_none_or(|other| other.version.version < dataset.version.version) {
            newest.insert(name, dataset);
        }
    }
    let failed = newest.values().find(|dataset| dataset.version.checks_failed > 0);
    if let Some(dataset) = failed.filter(|_| !submit.despite_checks) {
        let failed = dataset.version.checks_failed;
        return Err(AppError::ChecksFailed { dataset: reference(dataset), failed });
    }
    Ok(found.into_iter().filter(|one| one.held_out).map(|one| (one.dataset, one.part)).collect())
}

/// The fact that makes a project which is not there yet.
pub(crate) async fn new_project(app: &App, path: &ProjectPath) -> AppResult<Option<Fact>> {
    let known = app.ports.views.has_project(path).await?;
    Ok((!known).then(|| project::Added { path: path.clone() }.into()))
}

#[cfg(test)]
mod tests {
    use hven_core::{
        object::{FileKind, FileRef},
        run::{Code, Recipe},
    };

    use super::*;

    fn example() -> Submit {
        let input = FileRef { path: "a.csv".into(), digest: Digest::of(b"a"), size: 1, kind: FileKind::File };
        let code = Code::Folder { listing: Digest::of(b"code"), files: 1, bytes: 4 };
        Submit {
            project: ProjectPath::home(),
            name: None,
            spec: Spec {
                inputs: vec![input],
                outputs: vec!["fit.svg".into()],
                code: Some(code),
                surroundings: Some(Digest::of(b"surroundings")),
                ..Spec::of_command(vec!["python3".into(), "fit.py".into()], "/work")
            },
            recipe: None,
            environment: BTreeMap::from([("TOKEN".into(), "s3cret!".into()), ("OMP_NUM_THREADS".into(), "2".into())]),
            record_environment: BTreeSet::from(["OMP_NUM_THREADS".into(), "TOKEN".into()]),
            secrets: BTreeMap::new(),
            tools: Some(Tools::default()),
            surroundings: None,
            params: BTreeMap::new(),
            tags: BTreeSet::new(),
            capture_notes: Vec::new(),
            seen: None,
            purpose: None,
            tolerances: Tolerances::default(),
            despite_checks: false,
            despite_suspicion: None,
            repairs: None,
            fresh: false,
        }
    }

    #[test]
    fn the_cache_key_follows_what_matters() {
        let base = cache_key(&example().spec, &[]);
        assert!(base.is_some());
        let changed = |change: &dyn Fn(&mut Spec)| {
            let mut spec = example().spec;
            change(&mut spec);
            cache_key(&spec, &[])
        };
        assert_eq!(changed(&|spec| spec.cwd = "/elsewhere".into()), base);
        assert_eq!(changed(&|spec| spec.limits.wall_s = Some(5.0)), base);
        assert_ne!(changed(&|spec| spec.argv.push("--x".into())), base);
        assert_ne!(changed(&|spec| spec.inputs[0].digest = Digest::of(b"b")), base);
        assert_ne!(changed(&|spec| spec.outputs.push("more".into())), base);
        let fresh = |cwd: &str| changed(&|spec| (spec.place, spec.cwd) = (Place::Fresh, cwd.to_owned()));
        assert_ne!(fresh(""), base);
        assert_ne!(fresh(""), fresh("study"));
        assert_ne!(changed(&|spec| spec.surroundings = Some(Digest::of(b"others"))), base);
        assert_eq!(changed(&|spec| spec.surroundings = None), None);
        let recorded = |spec: &mut Spec| drop(spec.environment.insert("OMP_NUM_THREADS".into(), "2".into()));
        assert_eq!(changed(&recorded), base, "to record a value that is the same is no other work");
        let on_stdin = |bytes: &[u8]| {
            let file = FileRef { digest: Digest::of(bytes), ..example().spec.inputs.remove(0) };
            changed(&|spec| spec.stdin = Some(Stdin::File { file: file.clone(), from: 0 }))
        };
        assert_ne!(on_stdin(b"1"), base);
        assert_ne!(on_stdin(b"1"), on_stdin(b"2"));
        assert_eq!(changed(&|spec| spec.stdin = Some(Stdin::Pipe)), None);
        assert_eq!(changed(&|spec| spec.outputs.clear()), None);
        assert_eq!(changed(&|spec| spec.code = Some(Code::NotCaptured { why: "large".into() })), None);
    }

    #[test]
    fn what_was_left_out_counts() {
        let spec = example().spec;
        let key_file = |digest: &[u8]| Note::KeyFile { path: ".env".into(), digest: Digest::of(digest) };
        let with = |notes: &[Note]| cache_key(&spec, notes);
        assert_ne!(with(&[key_file(b"1")]), with(&[]));
        assert_ne!(with(&[key_file(b"1")]), with(&[key_file(b"2")]));
        let special = Note::Special { path: "x".into(), what: "a socket".into() };
        assert_eq!(with(&[special]), with(&[]));
        assert_eq!(with(&[Note::LinkOutside { path: "x".into(), target: "/y".into() }]), None);
    }

    #[test]
    fn keys_stay_what_they_were() {
        // Homes hold keys: the same work must have the same one in every later version.
        let mut spec = example().spec;
        spec.environment = BTreeMap::from([("OMP_NUM_THREADS".into(), "2".into()), ("PATH".into(), "/bin".into())]);
        let key = cache_key(&spec, &[]).map(|key| key.to_string());
        assert_eq!(key.as_deref(), Some("3c42a4beb4afcbeab0ae306b5c6b84595dfc0fac2512aa74f6444a73368df612"));
    }

    #[test]
    fn secrets_are_refused_where_they_would_be_recorded() {
        let with_secret = |change: &dyn Fn(&mut Submit)| {
            let mut submit = example();
            submit.secrets.insert("KEY".into(), "hunter22".into());
            change(&mut submit);
            check(&submit).and_then(|()| complete(&mut submit)).map(|()| submit)
        };
        let fine = with_secret(&|_| {}).expect("a secret by itself is fine");
        assert_eq!(fine.spec.secrets, ["KEY"]);
        let exposed = |result: AppResult<Submit>| matches!(result, Err(AppError::SecretExposed { .. }));
        assert!(exposed(with_secret(&|s| s.spec.argv.push("--key=hunter22".into()))));
        assert!(exposed(with_secret(&|s| drop(s.params.insert("key".into(), "xhunter22x".into())))));
        assert!(exposed(with_secret(&|s| drop(s.environment.insert("TOKEN".into(), "hunter22".into())))));
        let short = with_secret(&|s| drop(s.secrets.insert("PIN".into(), "123".into())));
        assert!(matches!(short, Err(AppError::Invalid { .. })));
    }

    #[test]
    fn bad_submissions_are_refused() {
        type Change = fn(&mut Submit);
        let bad: &[Change] = &[
            |s| s.spec.argv.clear(),
            |s| s.spec.argv[0].clear(),
            |s| s.spec.argv.push("a\0b".into()),
            |s| s.spec.cwd = "relative".into(),
            |s| s.name = Some(String::new()),
            |s| s.spec.limits.wall_s = Some(f64::NAN),
            |s| s.spec.limits.wall_s = Some(0.0),
            |s| s.spec.limits.grace_s = -1.0,
            |s| s.spec.resources.cpus = 0,
            |s| s.spec.resources.named.extend([("cpus".into(), 1)]),
            |s| s.spec.resources.named.extend([("memory".into(), 1)]),
            |s| s.spec.resources.named.extend([("cores".into(), 1)]),
            |s| s.spec.resources.named.extend([("cpu".into(), 1)]),
            |s| s.spec.resources.named.extend([("mem".into(), 1)]),
            |s| drop(s.environment.insert("A=B".into(), "x".into())),
            |s| drop(s.params.insert(String::new(), Value::Null)),
            // Many small things are much.
            |s| s.spec.argv.extend(vec![String::new(); 128 * 1024]),
            |s| s.record_environment.extend((0..10_001).map(|i| format!("V{i}"))),
        ];
        assert!(check(&example()).is_ok());
        for (i, change) in bad.iter().enumerate() {
            let mut submit = example();
            change(&mut submit);
            assert!(check(&submit).is_err(), "case {i}");
        }
    }

    #[test]
    fn code_that_a_clone_could_take_for_an_option_is_refused() {
        let of = |commit: &str, prefix: &str, path: &str| {
            let mut submit = example();
            let untracked = vec![FileRef { path: path.into(), ..submit.spec.inputs[0].clone() }];
            submit.spec.code = Some(Code::Git {
                commit: commit.into(),
                branch: Some("main".into()),
                prefix: prefix.into(),
                diff: None,
                untracked,
                inner: Vec::new(),
                digest: Digest::of(b"code"),
            });
            check(&submit).map_err(|error| error.to_string())
        };
        let (commit, option) = ("0123456789abcdef0123456789abcdef01234567", "--output=/home/mira/.ssh/authorized_keys");
        assert_eq!(of(commit, "", "a.py"), Ok(()));
        assert_eq!(of(commit, "study/kepler", "study/kepler/a.py"), Ok(()));
        for (commit, prefix, path, why) in [
            (option, "", "a", "the commit is not the full name of a commit"),
            ("main", "", "a", "the commit is not the full name of a commit"),
            (commit, option, "a", "the place in the repository begins with a dash"),
            (commit, "../other", "a", "the place in the repository is not a relative path"),
            (commit, "/etc", "a", "the place in the repository is not a relative path"),
            (commit, "a\0b", "a", "the place in the repository has a NUL byte"),
            (commit, "", "a\0b", "a file that git does not know has a NUL byte"),
        ] {
            let refused = of(commit, prefix, path).expect_err(why);
            assert!(refused.starts_with(why), "{refused}");
        }
    }

    #[test]
    fn what_a_fresh_folder_cannot_have_is_refused() {
        type Case<'a> = (&'a dyn Fn(&mut Submit), &'a str);
        let fresh = |change: &dyn Fn(&mut Submit)| {
            let mut submit = example();
            (submit.spec.place, submit.spec.cwd) = (Place::Fresh, String::new());
            change(&mut submit);
            check(&submit).map_err(|error| error.to_string())
        };
        let input = |path: &str| FileRef { path: path.into(), ..example().spec.inputs.remove(0) };
        let recipe = || Some(Recipe { name: "law".into(), version: 1, arguments: serde_json::json!({}) });
        assert_eq!(fresh(&|_| {}), Ok(()));
        assert_eq!(fresh(&|s| s.spec.cwd = "study/kepler".into()), Ok(()));
        let bad: &[Case<'_>] = &[
            (&|s| s.spec.cwd = "/work".into(), "the working directory \"/work\" is absolute"),
            (&|s| s.spec.cwd = "../work".into(), "the working directory \"../work\" has the part `..`"),
            (&|s| s.spec.inputs.push(input("/a")), "the input \"/a\" is absolute"),
            (&|s| s.spec.inputs.push(input("a/../../b")), "the input \"a/../../b\" has the part `..`"),
            (&|s| s.spec.inputs.push(input("a.csv")), "the input \"a.csv\" is named twice"),
            (
                &|s| s.spec.inputs.push(input("a.csv/deep/b")),
                "the input \"a.csv/deep/b\" lies in a.csv, which is a file",
            ),
            (&|s| s.spec.outputs.push("../out".into()), "the output \"../out\" has the part `..`"),
            (&|s| s.spec.outputs.push("fit.svg".into()), "the output \"fit.svg\" is named twice"),
            (&|s| s.spec.recipe = recipe(), "a recipe takes no command"),
        ];
        for (change, want) in bad {
            let why = fresh(*change).expect_err(want);
            assert!(why.starts_with(want), "{why}");
        }
        let of_recipe = |change: &dyn Fn(&mut Submit)| {
            fresh(&|submit| {
                submit.spec.argv.clear();
                submit.spec.code = None;
                submit.environment.clear();
                submit.spec.recipe = recipe();
                change(submit);
            })
        };
        assert_eq!(of_recipe(&|_| {}), Ok(()));
        let environment = of_recipe(&|s| drop(s.environment.insert("A".into(), "b".into())));
        assert!(environment.expect_err("refused").starts_with("a recipe takes no environment"));
        let code = of_recipe(&|s| s.spec.code = example().spec.code);
        assert!(code.expect_err("refused").starts_with("a recipe takes no code"));
        let name = of_recipe(&|s| s.spec.outputs.push("recipe.json".into()));
        assert!(name.expect_err("refused").contains("the file that holds the recipe's arguments"));
    }

    #[test]
    fn masking_reaches_into_values() {
        let params = BTreeMap::from([("a".to_owned(), serde_json::json!({"b": ["x hunter22 y", 1]}))]);
        let masked = mask(params, &["hunter22".to_owned()]);
        assert_eq!(serde_json::json!(masked), serde_json::json!({"a": {"b": ["x *** y", 1]}}));
    }
}
