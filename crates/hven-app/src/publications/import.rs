//! Bringing in a publication from elsewhere: what it says becomes the record of this home, by the ordinary facts and one
//! that says where they came from.
//!
//! Runs, datasets and claims keep their ids, so what is here already is known again and never written over. Who did it there
//! and when stays in the publication's own description, which is kept as an object; here it was done by whoever brought it in.
//! Its objects are sent before: nothing of it is read here but that description, which the manifest names by its digest.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    AttemptId, Digest, Fact, RunId,
    access::Role,
    additions::{MetricsAdded, Original, ParamsAdded, RUN_BYTES_MAX, RUN_VALUES_MAX},
    capture::{Note, Noted},
    catalogue::{Part, SplitAdded, VersionAdded},
    claim::{Evidence, Judged, Stated},
    handle::Handle,
    law::CandidateChosen,
    limits,
    name::Name,
    object::{FileKind, FileRef},
    params,
    project::ProjectPath,
    publication::{
        Imported, ImportedNode,
        description::{Claim, FORMAT, Publication, Standing, Withheld},
        evidence::{AddedValue, Dataset, Run, StdinFrom, Work},
    },
    reproduction::Tolerances,
    run::{
        AttemptResult, Code, Finished, LogExtent, Number, ParamsLogged, Place, Recipe, SoftwareCaptured, Spec,
        Submitted,
    },
    soundness::{IndependenceAsserted, Node, Retracted},
    stdin::Stdin,
    stream::{Point, Stream, check_key},
};
use serde::Deserialize;

use super::beside::{self, Hidden};
use crate::{
    App, AppError, AppResult, Caller, files, judge,
    labelled::{Labelled, NeedsLabels, Wanted, label},
    metrics, naming,
    objects::require_role_somewhere,
    ports::{
        objects::Presence,
        publications::ImportView,
        series::Piece,
        views::{RunName, RunView},
    },
    services::sealer,
    submit::{absent, new_project},
};

/// What somebody wants brought in; its objects are there.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The digest of `manifest.json`, and of `publication.json`, which that names.
    pub fingerprint: Digest,
    pub description: Digest,
    /// Where everything goes; each into the project that it has there when nothing is said.
    pub project: Option<ProjectPath>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Brought {
    pub import: ImportView,
    pub is_new: bool,
    pub runs: Vec<RunView>,
    pub datasets: Vec<String>,
    pub claims: Vec<String>,
}

impl NeedsLabels for Brought {
    fn add_to(&self, wanted: &mut Wanted) {
        self.import.add_to(wanted);
    }
}

const DOCUMENT_BYTES_MAX: usize = 256 << 20;
const DESCRIPTION_FILE: &str = "publication.json";
/// How much there can be of anything.
const NODES_MAX: usize = 10_000;
/// How many values that were added to its runs after their ends: each is a fact of its own.
const ADDITIONS_MAX: usize = 100_000;

/// Brings a publication in. The same one again does nothing.
pub async fn import(app: &App, caller: &Caller, key: Option<String>, wish: Wish) -> AppResult<Labelled<Brought>> {
    label(app, bring_in(app, caller, key, wish).await?).await
}

async fn bring_in(app: &App, caller: &Caller, key: Option<String>, wish: Wish) -> AppResult<Brought> {
    match &wish.project {
        Some(project) => caller.require(Role::Member, project)?,
        None => require_role_somewhere(caller, Role::Member)?,
    }
    let _alone = app.publishing_turn.lock().await;
    if let Some(known) = app.ports.views.imported(wish.fingerprint).await? {
        caller.require(Role::Member, &known.imported.project)?;
        return Ok(Brought { import: known, is_new: false, runs: vec![], datasets: vec![], claims: vec![] });
    }
    let named = [wish.fingerprint, wish.description];
    if let Some(digest) = naming::hidden(app, caller, &named).await?.into_iter().min() {
        return Err(AppError::not_found("object", digest));
    }
    let mut publication = description(app, &wish).await?;
    let Named { description, missing } = leave_unnamed(app, caller, &mut publication, wish.description).await?;
    let bringing = Bringing { app, caller, publication: &publication, project: wish.project.as_ref(), missing };
    let plan = bringing.plan().await?;
    // The points of metrics come first: when the facts are there, all is there.
    for run in &plan.runs {
        bringing.metrics(run).await?;
    }
    let (nodes, datasets) = (plan.nodes.clone(), plan.datasets.clone());
    let imported = Imported {
        fingerprint: wish.fingerprint,
        identifier: publication.identifier.clone(),
        version: publication.version,
        title: publication.title.clone(),
        publisher: publication.publisher.name.clone(),
        description,
        project: plan.project.clone(),
        nodes: plan.nodes,
    };
    let runs: Vec<RunId> = plan.runs.iter().map(|run| run.id).collect();
    {
        let mut next_handle = app.next_handle.lock().await;
        let mut facts: Vec<Fact> = plan.facts;
        for fact in &mut facts {
            if let Fact::RunSubmitted(submitted) = fact {
                submitted.handle = Handle { count: *next_handle };
                *next_handle += 1;
            }
        }
        facts.push(imported.into());
        app.record(caller.actor(), key, facts).await?;
    }
    let mut views = Vec::with_capacity(runs.len());
    for run in runs {
        sealer::seal(app, AttemptId { run, number: 1 }).await?;
        views.extend(app.ports.views.runs_named(&RunName::Id(run)).await?);
    }
    let import = app.ports.views.imported(wish.fingerprint).await?;
    let import = import.ok_or_else(|| AppError::not_found("publication", wish.fingerprint))?;
    let named = |is: fn(&Node) -> bool| {
        let of = nodes.iter().filter(move |came| is(&came.node));
        of.map(|came| came.name.clone()).collect::<Vec<_>>()
    };
    Ok(Brought { import, is_new: true, runs: views, datasets, claims: named(|node| matches!(node, Node::Claim(_))) })
}

/// The files of the commit that is a run's code, as the publication has them with which it was brought in.
pub(crate) async fn code_of(app: &App, run: RunId) -> AppResult<Vec<FileRef>> {
    let Some(import) = app.ports.views.origin(run.into()).await? else { return Ok(Vec::new()) };
    let bytes = app.ports.objects.head(import.imported.description, DOCUMENT_BYTES_MAX).await?;
    let said: Option<Publication> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let of = said.and_then(|said| said.runs.into_iter().find(|one| one.id == run));
    Ok(of.map(|run| run.code_files).unwrap_or_default())
}

/// What the publication says, when the manifest names it.
async fn description(app: &App, wish: &Wish) -> AppResult<Publication> {
    #[derive(Deserialize)]
    struct Manifest {
        files: BTreeMap<String, File>,
    }
    #[derive(Deserialize)]
    struct File {
        blake3: Digest,
    }
    let manifest: Manifest = read(app, wish.fingerprint, "the manifest of the publication").await?;
    if manifest.files.get(DESCRIPTION_FILE).map(|file| file.blake3) != Some(wish.description) {
        return Err(AppError::invalid("the description of the publication", "is not the one that its manifest names"));
    }
    let said: Publication = read(app, wish.description, "the description of the publication").await?;
    if said.format != FORMAT {
        return Err(AppError::invalid(
            "the publication",
            format!("is of the form {:?}, and not {FORMAT:?}", said.format),
        ));
    }
    if said.runs.len() + said.datasets.len() + said.claims.len() > NODES_MAX {
        return Err(AppError::invalid("the publication", "holds more than 10,000 runs, datasets and claims"));
    }
    let added_later: usize = said.runs.iter().map(|run| run.added_later.len()).sum();
    limits::count("the values that the publication says were added later", added_later, ADDITIONS_MAX)?;
    limits::time("the time of the publication", said.published)?;
    Ok(said)
}

async fn read<T: for<'de> Deserialize<'de>>(app: &App, digest: Digest, what: &str) -> AppResult<T> {
    let whole = match app.ports.objects.presence(digest).await? {
        Presence::Whole { size } if size <= DOCUMENT_BYTES_MAX as u64 => true,
        Presence::Whole { .. } => return Err(AppError::invalid(what, "has more than 256 MiB")),
        _ => false,
    };
    let bytes = if whole { app.ports.objects.head(digest, DOCUMENT_BYTES_MAX).await? } else { None };
    let bytes = bytes.ok_or_else(|| AppError::not_found("object", digest))?;
    if Digest::of(&bytes) != digest {
        return Err(AppError::invalid(what, "is damaged: it has another digest"));
    }
    serde_json::from_slice(&bytes).map_err(|wrong| AppError::invalid(what, format!("cannot be read: {wrong}")))
}

/// What is to be recorded.
struct Plan<'p> {
    facts: Vec<Fact>,
    nodes: Vec<ImportedNode>,
    /// Runs that are not here.
    runs: Vec<&'p Run>,
    datasets: Vec<String>,
    project: ProjectPath,
    /// Projects that are made with it.
    projects: BTreeSet<ProjectPath>,
    /// Versions that are given with it.
    versions: BTreeMap<(ProjectPath, Name), u32>,
}

struct Bringing<'a> {
    app: &'a App,
    caller: &'a Caller,
    publication: &'a Publication,
    project: Option<&'a ProjectPath>,
    /// What runs read or made, was not withheld, and may not be named by the caller.
    missing: BTreeSet<Digest>,
}

/// What may be named of a publication.
struct Named {
    /// Its description, or one that says so.
    description: Digest,
    /// What else its runs read or made: without these bytes it is not brought in.
    missing: BTreeSet<Digest>,
}

/// Who sees a part of the home alone may not name each object. In the place of what a publication withheld, of code and of data
/// keyed digests stand then: so it is not told whether their bytes are here, and they are not read by way of what came, also
/// when they come later.
async fn leave_unnamed(
    app: &App,
    caller: &Caller,
    publication: &mut Publication,
    description: Digest,
) -> AppResult<Named> {
    let Some(user) = naming::who_sees_a_part(caller) else {
        return Ok(Named { description, missing: BTreeSet::new() });
    };
    let (missing, unnamed) = unnamable(app, caller, publication).await?;
    if unnamed.is_empty() {
        return Ok(Named { description, missing });
    }
    let stand_ins: BTreeMap<Digest, Digest> =
        unnamed.into_iter().map(|digest| (digest, stand_in(app, digest))).collect();
    for (digest, stand_in) in &stand_ins {
        let why = publication.withheld.get(digest).cloned().unwrap_or(Withheld::NotKept);
        publication.withheld.insert(*stand_in, why);
    }
    let mut lists = beside::lists(publication);
    let unread = naming::hidden(app, caller, &lists.iter().copied().collect::<Vec<_>>()).await?;
    lists.retain(|list| !unread.contains(list));
    let mut hidden = Hidden::of(stand_ins);
    hidden.put_into(app, publication, lists).await?;
    let bytes = serde_json::to_vec(publication)
        .map_err(|wrong| AppError::invalid("the description of the publication", wrong.to_string()))?;
    let description = app.ports.objects.put(bytes.into()).await?;
    hidden.new_lists().chain([description]).for_each(|made| app.brought.note(user, made, app.now()));
    Ok(Named { description, missing })
}

/// What stands in the record for an object that may not be named.
fn stand_in(app: &App, digest: Digest) -> Digest {
    app.keys.keyed("an object of a publication", digest)
}

/// What of a publication the caller neither sees nor brought: what its runs read or made, but for what was withheld; and all
/// else. It is asked of each alike, whether its bytes are here or not.
async fn unnamable(
    app: &App,
    caller: &Caller,
    publication: &Publication,
) -> AppResult<(BTreeSet<Digest>, BTreeSet<Digest>)> {
    let object = |digest| FileRef { path: String::new(), digest, size: 0, kind: FileKind::File };
    let (mut files, mut codes, mut needed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for run in &publication.runs {
        // Of a run that is here already nothing is taken over.
        if app.ports.views.runs_named(&RunName::Id(run.id)).await?.is_empty() {
            files.extend(run.inputs.iter().chain(&run.outputs).chain(&run.code_files).cloned());
            codes.extend(&run.code);
            needed.extend(run.inputs.iter().chain(&run.outputs).map(|file| file.digest));
        }
    }
    needed.retain(|digest| !publication.withheld.contains_key(digest));
    for dataset in &publication.datasets {
        files.extend(dataset.source.iter().chain([&dataset.content]).cloned());
        files.extend(dataset.parts.iter().map(|part| part.content.clone()));
        files.extend(dataset.report.map(object));
    }
    let unnamable = naming::unnamable(app, caller, &files, &codes).await?;
    Ok(unnamable.into_iter().partition(|digest| needed.contains(digest)))
}

impl<'a> Bringing<'a> {
    async fn plan(&self) -> AppResult<Plan<'a>> {
        let first = self.publication.claims.first();
        let first = first.ok_or_else(|| AppError::invalid("the publication", "holds no claim"))?;
        let mut plan = Plan {
            facts: Vec::new(),
            nodes: Vec::new(),
            runs: Vec::new(),
            datasets: Vec::new(),
            project: self.place(&first.project)?,
            projects: BTreeSet::new(),
            versions: BTreeMap::new(),
        };
        for run in self.in_order() {
            self.run(run, &mut plan).await?;
            for dataset in self.publication.datasets.iter().filter(|one| one.made_by == Some(run.id)) {
                self.dataset(dataset, &mut plan).await?;
            }
            for dataset in &self.publication.datasets {
                self.split(dataset, run, &mut plan).await?;
            }
        }
        for claim in &self.publication.claims {
            self.claim(claim, &mut plan).await?;
        }
        self.said(&mut plan);
        Ok(plan)
    }

    fn place(&self, text: &str) -> AppResult<ProjectPath> {
        let project = match self.project {
            Some(project) => project.clone(),
            None => text.parse()?,
        };
        self.caller.require(Role::Member, &project)?;
        Ok(project)
    }

    /// Runs after those that made what they read.
    fn in_order(&self) -> Vec<&'a Run> {
        let mut waiting: Vec<&Run> = self.publication.runs.iter().collect();
        let mut makers: BTreeMap<Digest, BTreeSet<RunId>> = BTreeMap::new();
        for run in &waiting {
            for file in &run.outputs {
                makers.entry(file.digest).or_default().insert(run.id);
            }
        }
        let (mut ordered, mut done) = (Vec::with_capacity(waiting.len()), BTreeSet::new());
        while !waiting.is_empty() {
            let is_ready = |run: &&Run| {
                let mut needed = run.inputs.iter().filter_map(|file| makers.get(&file.digest));
                needed.all(|makers| makers.contains(&run.id) || makers.iter().any(|maker| done.contains(maker)))
            };
            let (ready, later): (Vec<&Run>, Vec<&Run>) = waiting.iter().copied().partition(is_ready);
            // In a circle, which no home makes, the order in the list is as good as any.
            let (ready, later) = if ready.is_empty() { (later, ready) } else { (ready, later) };
            done.extend(ready.iter().map(|run| run.id));
            ordered.extend(ready);
            waiting = later;
        }
        ordered
    }

    async fn add_project(&self, project: &ProjectPath, plan: &mut Plan<'a>) -> AppResult<()> {
        if plan.projects.insert(project.clone()) {
            plan.facts.extend(new_project(self.app, project).await?);
        }
        Ok(())
    }

    async fn run(&self, run: &'a Run, plan: &mut Plan<'a>) -> AppResult<()> {
        if let Some(known) = self.app.ports.views.runs_named(&RunName::Id(run.id)).await?.pop() {
            let made = known.result.as_ref().map(|result| result.outputs.as_slice()).unwrap_or_default();
            let mut is_the_same = self.caller.may(Role::Viewer, &known.project) && made.len() == run.outputs.len();
            for (known, told) in made.iter().zip(&run.outputs) {
                is_the_same = is_the_same && (known.digest == told.digest || self.hides(known, told).await?);
            }
            return if is_the_same { Ok(()) } else { Err(another("a run")) };
        }
        let project = self.place(&run.project)?;
        run.code.iter().try_for_each(Code::check)?;
        run.folders.iter().try_for_each(|folder| limits::path("a folder of the publication", folder))?;
        for file in run.inputs.iter().chain(&run.outputs) {
            file.check("a file of the publication")?;
            self.is_there(file, &run.handle).await?;
        }
        run.metrics.keys().try_for_each(|key| check_key(key))?;
        params::check(&run.parameters)?;
        check_times(run)?;
        self.add_project(&project, plan).await?;
        let mut submitted = submitted(run, project);
        submitted.absent = Some(absent(self.app, &submitted.spec).await?);
        plan.facts.push(submitted.into());
        if !run.folders.is_empty() {
            let notes = run.folders.iter().map(|path| Note::Folder { path: path.clone() });
            plan.facts.push(Noted { run: run.id, notes: notes.take(limits::NOTES_MAX).collect() }.into());
        }
        if !run.parameters.is_empty() {
            let params = run.parameters.clone();
            plan.facts.push(ParamsLogged { run: run.id, of: params::Origin::NotKnown, params }.into());
        }
        if let Some(software) = &run.software {
            plan.facts.push(SoftwareCaptured { run: run.id, software: software.clone() }.into());
        }
        let result = AttemptResult {
            outcome: run.outcome.clone(),
            started: run.started,
            ended: run.ended,
            wall_s: run.wall_s,
            usage: run.usage,
            outputs: run.outputs.clone(),
            outputs_missing: Vec::new(),
            log: LogExtent::default(),
            stdin: None,
            changed: Vec::new(),
        };
        plan.facts.push(Finished { run: run.id, attempt: None, result }.into());
        plan.facts.extend(added_later(run)?);
        let law = self.publication.laws.iter().find(|law| law.run == run.id);
        if let Some(candidate) = law.and_then(|law| law.candidate.clone()) {
            let because = law.map(|law| law.because.clone()).unwrap_or_default();
            plan.facts.push(CandidateChosen { run: run.id, candidate, because }.into());
        }
        plan.nodes.push(ImportedNode { node: run.id.into(), name: run.handle.clone() });
        plan.runs.push(run);
        Ok(())
    }

    /// Whether an output has another digest here because the publication hides a file of keys, or because whoever brought
    /// it in before could not name it.
    async fn hides(&self, known: &FileRef, told: &FileRef) -> AppResult<bool> {
        let is_hidden = |digest: &Digest| self.publication.withheld.contains_key(digest);
        if (&known.path, known.kind) != (&told.path, told.kind) {
            return Ok(false);
        }
        if known.digest == stand_in(self.app, told.digest) {
            return Ok(true);
        }
        if told.kind == FileKind::File || is_hidden(&told.digest) {
            return Ok(is_hidden(&told.digest));
        }
        let listing = files::listing(self.app, told.digest).await?;
        Ok(listing.is_some_and(|listing| listing.files.iter().any(|file| is_hidden(&file.digest))))
    }

    /// Refuses bytes that should be there and are not.
    async fn is_there(&self, file: &FileRef, needed_by: &str) -> AppResult<()> {
        if !self.missing.contains(&file.digest)
            && (self.publication.withheld.contains_key(&file.digest)
                || matches!(self.app.ports.objects.presence(file.digest).await?, Presence::Whole { .. }))
        {
            return Ok(());
        }
        let (digest, path) = (file.digest.to_string(), file.path.clone());
        Err(AppError::ObjectMissing { digest, path, needed_by: format!("run {needed_by} of the publication") })
    }

    async fn dataset(&self, dataset: &Dataset, plan: &mut Plan<'a>) -> AppResult<()> {
        let (Some(id), Some(run)) = (dataset.id, dataset.made_by) else { return Ok(()) };
        if let Some(known) = self.app.ports.views.dataset(id).await? {
            let told = dataset.content.digest;
            let is_the_same = [told, stand_in(self.app, told)].contains(&known.version.content.digest)
                && self.caller.may(Role::Viewer, &known.version.project);
            return if is_the_same { Ok(()) } else { Err(another("a dataset")) };
        }
        let project = self.place(&dataset.project)?;
        let name: Name = dataset.name.parse()?;
        let version = self.version(&project, &name, dataset.version, plan).await?;
        let columns = u32::try_from(dataset.schema.columns.len()).unwrap_or(u32::MAX);
        plan.datasets.push(format!("{name}@{version}"));
        plan.nodes.push(ImportedNode { node: id.into(), name: dataset.reference() });
        let added = VersionAdded {
            dataset: id,
            project,
            name,
            version,
            run,
            source: dataset.source.clone(),
            content: dataset.content.clone(),
            report: dataset.report.unwrap_or_else(|| Digest::of(b"")),
            rows: dataset.rows,
            columns,
            problems: dataset.problems,
            checks_failed: dataset.checks_failed,
            license: dataset.license.clone(),
            description: dataset.description.clone(),
        };
        plan.facts.push(added.into());
        Ok(())
    }

    /// The version that it has there, or the next that nothing here has.
    async fn version(&self, project: &ProjectPath, name: &Name, wanted: u32, plan: &mut Plan<'a>) -> AppResult<u32> {
        let there = self.app.ports.views.dataset_versions(project, name).await?;
        let newest = there.first().map_or(0, |newest| newest.version.version);
        let given = plan.versions.get(&(project.clone(), name.clone())).copied().unwrap_or(0);
        let version = wanted.max(newest + 1).max(given + 1);
        plan.versions.insert((project.clone(), name.clone()), version);
        Ok(version)
    }

    /// The parts that a run made of a dataset.
    async fn split(&self, dataset: &Dataset, run: &Run, plan: &mut Plan<'a>) -> AppResult<()> {
        let parts: Vec<_> = dataset.parts.iter().filter(|part| part.made_by == Some(run.id)).collect();
        let (Some(id), Some(first)) = (dataset.id, parts.first()) else { return Ok(()) };
        if self.app.ports.views.split_of_run(run.id).await?.is_some() {
            return Ok(());
        }
        let method = first.method.clone();
        let mut taken = Vec::with_capacity(parts.len());
        for part in &parts {
            let (name, content) = (part.name.parse()?, part.content.clone());
            taken.push(Part { name, rows: part.rows, content, hold_out: part.hold_out });
        }
        let name = run.name.as_deref().and_then(|name| name.rsplit(' ').next()).unwrap_or("split");
        let name = name.parse().or_else(|_| "split".parse())?;
        plan.facts.push(SplitAdded { dataset: id, name, run: run.id, method, parts: taken }.into());
        Ok(())
    }

    async fn claim(&self, claim: &Claim, plan: &mut Plan<'a>) -> AppResult<()> {
        let project = self.place(&claim.project)?;
        let name: Name = claim.name.parse()?;
        let known = self.app.ports.views.claim(claim.id).await?;
        if let Some(known) = &known
            && !self.caller.may(Role::Viewer, &known.stated.project)
        {
            return Err(another("a claim"));
        }
        let is_ours = known.is_some() && self.app.ports.views.origin(claim.id.into()).await?.is_none();
        if is_ours {
            // A claim of this home is not stated by others.
            return Ok(());
        }
        let namesakes = self.app.ports.views.claims_named(&name).await?;
        if namesakes.iter().any(|other| other.stated.project == project && other.stated.claim != claim.id) {
            return Err(AppError::Conflict(format!(
                "another claim is called {name} in {project} already: bring it into another project with --project"
            )));
        }
        judge::check(&claim.test)?;
        let evidence = claim.evidence.split(", ").map(str::parse).collect::<Result<Vec<Evidence>, _>>()?;
        let project = known.as_ref().map_or(project, |known| known.stated.project.clone());
        let stated = Stated {
            claim: claim.id,
            project: project.clone(),
            name,
            statement: claim.statement.clone(),
            test: claim.test.clone(),
            grammar: claim.grammar,
            evidence,
            revision: claim.revision,
        };
        if known.as_ref().is_none_or(|known| known.stated.revision < stated.revision) {
            self.add_project(&project, plan).await?;
            plan.facts.push(stated.into());
        }
        if known.is_none() {
            plan.nodes.push(ImportedNode { node: claim.id.into(), name: claim.name.clone() });
        }
        self.judgements(claim, plan).await
    }

    /// The verdicts that are not here yet, as far as their evidence is.
    async fn judgements(&self, claim: &Claim, plan: &mut Plan<'a>) -> AppResult<()> {
        let there = self.app.ports.views.judgements(claim.id).await?;
        let here: BTreeSet<RunId> = self.publication.runs.iter().map(|run| run.id).collect();
        for judgement in &claim.judgements {
            let is_known = there.iter().any(|known| {
                let known = &known.judged;
                known.revision == claim.revision
                    && known.evidence == judgement.evidence
                    && known.filled_in == judgement.filled_in
            });
            if is_known || !judgement.evidence.iter().all(|run| here.contains(run)) {
                continue;
            }
            plan.facts.push(
                Judged {
                    claim: claim.id,
                    revision: claim.revision,
                    verdict: judgement.verdict,
                    because: judgement.because.clone(),
                    test: claim.test.clone(),
                    filled_in: judgement.filled_in.clone(),
                    evidence: judgement.evidence.clone(),
                    quantities: judgement.quantities.clone(),
                    ledger: judgement.ledger.clone(),
                }
                .into(),
            );
        }
        Ok(())
    }

    /// What was retracted there is retracted here; so are independences taken over. Of what was here before nobody else
    /// says so.
    fn said(&self, plan: &mut Plan<'a>) {
        let came: BTreeSet<Node> = plan.nodes.iter().map(|came| came.node).collect();
        let nodes = self.nodes();
        let by = &self.publication.publisher.name;
        for notice in self.publication.notices.iter().filter(|notice| notice.standing == Standing::Retracted) {
            let Some(node) = nodes.get(notice.about.as_str()).filter(|node| came.contains(node)) else { continue };
            let because = format!("{} (as the publication of {by} says)", notice.because);
            plan.facts.push(Retracted { node: *node, because }.into());
        }
        for said in &self.publication.independences {
            if let (Some(of), Some(on)) = (nodes.get(said.of.as_str()), nodes.get(said.on.as_str()))
                && came.contains(of)
            {
                let because = format!("{} ({}, as the publication of {by} says)", said.because, said.by.name);
                plan.facts.push(IndependenceAsserted { of: *of, on: *on, because }.into());
            }
        }
    }

    /// All that it speaks of, as it calls it.
    fn nodes(&self) -> BTreeMap<String, Node> {
        let said = self.publication;
        let runs = said.runs.iter().map(|run| (format!("run/{}", run.handle), Node::from(run.id)));
        let claims = said.claims.iter().map(|claim| (format!("claim/{}", claim.name), Node::from(claim.id)));
        let datasets = said.datasets.iter().filter_map(|one| Some((one.reference(), Node::from(one.id?))));
        runs.chain(claims).chain(datasets).collect()
    }

    /// The last values of the metrics, as points. Points that are there already, from a try that was killed, stay.
    async fn metrics(&self, run: &Run) -> AppResult<()> {
        let time_us = run.ended.unwrap_or(self.publication.published).micros();
        let point = |(key, value): (&String, &Number)| Point { key: key.clone(), value: *value, step: 0, time_us };
        let points: Vec<Point> = run.metrics.iter().map(point).collect();
        let bytes = metrics::lines(&points);
        if bytes.is_empty() {
            return Ok(());
        }
        let attempt = AttemptId { run: run.id, number: 1 };
        let piece = Piece { attempt, stream: Stream::MetricsApi, offset: Some(0), bytes };
        self.app.ports.series.append(vec![piece]).await?;
        Ok(())
    }
}

fn check_times(run: &Run) -> AppResult<()> {
    let mut times = [run.started, run.ended].into_iter().flatten();
    Ok(times.try_for_each(|time| limits::time(&format!("a time of run {}", run.handle), time))?)
}

/// What was added to a run there after its end is an addition here too, with who made it there and when.
fn added_later(run: &Run) -> AppResult<Vec<Fact>> {
    let what = format!("the values added later to run {}", run.handle);
    limits::count(&what, run.added_later.len(), RUN_VALUES_MAX as usize)?;
    let mut facts = Vec::with_capacity(run.added_later.len());
    let mut bytes = 0;
    for added in &run.added_later {
        check_key(&added.name)?;
        limits::time(&format!("the time of {}, which was added later to run {},", added.name, run.handle), added.at)?;
        let by = added.by.as_ref().map(|person| person.name.clone());
        if let Some(name) = &by {
            limits::lines("the name of a person who added something later", name, limits::NAME_BYTES_MAX)?;
        }
        let original = Some(Original { by, at: added.at });
        match &added.value {
            AddedValue::Metric(value) => {
                let time_us = added.at.micros();
                let point = Point { key: added.name.clone(), value: *value, step: added.step, time_us };
                let added = MetricsAdded { run: run.id, points: vec![point], original };
                bytes += added.sum().bytes;
                facts.push(added.into());
            }
            AddedValue::Parameter(value) => {
                let params = [(added.name.clone(), value.clone())].into();
                params::check(&params)?;
                let added = ParamsAdded { run: run.id, params, original };
                bytes += added.sum().bytes;
                facts.push(added.into());
            }
        }
    }
    limits::bytes(&what, bytes as usize, RUN_BYTES_MAX as usize)?;
    Ok(facts)
}

/// Something of the same id is here and is not the same, or belongs to somebody else: which, is not said.
fn another(noun: &str) -> AppError {
    AppError::Conflict(format!("{noun} of the publication has the id of another that is here already"))
}

fn stdin_in(stdin: &StdinFrom, inputs: &[FileRef]) -> Option<Stdin> {
    match stdin {
        StdinFrom::Input { path } => {
            let file = inputs.iter().find(|input| input.path == *path)?.clone();
            Some(Stdin::File { file, from: 0 })
        }
        StdinFrom::Lost { .. } => Some(Stdin::Pipe),
    }
}

fn submitted(run: &Run, project: ProjectPath) -> Submitted {
    let (argv, recipe) = match &run.work {
        Work::Command { argv } => (argv.clone(), None),
        Work::Recipe { name, version, arguments } => {
            let recipe = Recipe { name: name.clone(), version: *version, arguments: arguments.clone() };
            (Vec::new(), Some(recipe))
        }
    };
    let spec = Spec {
        environment: run.environment.clone(),
        secrets: run.secrets.clone(),
        resources: run.resources.clone(),
        stdin: run.stdin.as_ref().and_then(|stdin| stdin_in(stdin, &run.inputs)),
        inputs: run.inputs.clone(),
        outputs: run.outputs_declared.clone(),
        code: run.code.clone(),
        place: Place::Fresh,
        recipe,
        ..Spec::of_command(argv, "")
    };
    Submitted {
        run: run.id,
        // It is given when it is recorded.
        handle: Handle { count: 0 },
        project,
        name: run.name.clone(),
        spec,
        launch: String::new(),
        cache_key: None,
        purpose: None,
        tolerances: Tolerances::default(),
        // It is looked for when it is recorded.
        absent: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(ended: &str, added_later: &Value) -> Run {
        let run = json!({
            "id": RunId::from_u128(7), "handle": "7Q2M", "project": "astro", "name": null,
            "work": { "is": "command", "argv": ["true"] }, "inputs": [], "outputs": [], "outcome": { "is": "done" },
            "started": null, "ended": ended, "wall_s": 1.0, "added_later": added_later,
            "software": null, "code": null, "by": null,
        });
        serde_json::from_value(run).expect("a run of a publication")
    }

    fn added(value: &Value, at: &str) -> Value {
        json!({ "name": "acc", "value": value, "step": 3, "by": { "name": "Ada" }, "at": at })
    }

    const ENDED: &str = "2019-01-01T00:00:00Z";
    const LATER: &str = "2020-01-01T00:00:00Z";

    #[test]
    fn what_was_added_later_keeps_who_did_it_and_when() {
        let values = [json!({ "metric": 0.5 }), json!({ "parameter": 0.1 })];
        let values: Vec<Value> = values.iter().map(|value| added(value, LATER)).collect();
        let facts = added_later(&run(ENDED, &values.into())).expect("they are good");
        let [Fact::RunMetricsAdded(metric), Fact::RunParamsAdded(param)] = facts.as_slice() else {
            panic!("{facts:?}")
        };
        let original = Some(Original { by: Some("Ada".to_owned()), at: LATER.parse().expect("a time") });
        assert_eq!((&metric.original, &param.original), (&original, &original));
        assert_eq!((metric.points[0].step, metric.points[0].value), (3, Number(0.5)));
    }

    #[test]
    fn a_run_of_a_publication_has_bounds() {
        let refused = |values: Vec<Value>| added_later(&run(ENDED, &values.into())).expect_err("refused").to_string();
        let metric = json!({ "metric": 0.5 });
        let many = refused(vec![added(&metric, LATER); 10_001]);
        assert!(many.contains("at most 10,000"), "{many}");
        let early = "-000001-01-01T00:00:00Z";
        let time = refused(vec![added(&metric, early)]);
        assert!(time.contains("the years 0 to 9999"), "{time}");
        assert!(check_times(&run(ENDED, &json!([]))).is_ok());
        assert!(check_times(&run(early, &json!([]))).is_err());
        let long = json!({ "parameter": "x".repeat(8000) });
        let large = refused(vec![added(&long, LATER); 3000]);
        assert!(large.contains("bytes; at most"), "{large}");
    }
}
