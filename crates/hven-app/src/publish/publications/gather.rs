//! Gathers the content of a publication from the record: the claims, and everything on which they rest.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    ActorId, RunId,
    additions::Added,
    capture,
    dataset::{ImportReport, Schema},
    publication::{
        description::{Claim, FORMAT, Judgement, Person, Publication},
        evidence::{AddedLater, AddedValue, Dataset, DatasetPart, Law, Reproduction, Run, Work},
    },
    recipe::ResultKind,
    run::Code,
    soundness::NodeId,
};

use crate::{
    kernel::{
        ancestry::{self, walk},
        callers::Caller,
        documents,
        error::{AppError, AppResult},
        evidence,
        facts::FactDescriber,
        find::dataset,
    },
    knowledge::laws,
    ports::{
        catalogue::DatasetView, claims::ClaimView, reproductions::ReproductionView, run::RunView, soundness::Direction,
    },
    publish::{
        floor::Publish,
        publications::{
            describe::{is_about_work, law, stdin_from, units, without_folder, without_path},
            request::PublishRequest,
        },
    },
    work::verdicts,
};

pub(super) struct GatheredPublication {
    /// Complete except for identifier, version and time.
    pub publication: Publication,
    /// The runs on which the claims were judged.
    pub evidence: Vec<RunId>,
}

/// The largest number of reproductions of a run that are included: the newest.
const REPRODUCTIONS_MAX: usize = 20;

const TITLE_CHARS_MAX: usize = 160;

/// Gathers everything. The caller must be allowed to see all of it.
pub(super) async fn gather(
    publish: &Publish,
    caller: &Caller,
    claims: &[ClaimView],
    request: &PublishRequest,
) -> AppResult<GatheredPublication> {
    let mut gatherer = Gatherer { publish, caller, describer: FactDescriber::default() };
    let mut evidence = BTreeSet::new();
    let (mut runs, mut sources) = (BTreeMap::new(), BTreeMap::new());
    for claim in claims {
        if claim.judgement.is_none() {
            let name = &claim.stated.name;
            return Err(AppError::Conflict(format!(
                "claim {name} was never judged as it is stated now: `hven claim judge {name}` does it"
            )));
        }
        evidence.extend(evidence::evidence_of(publish, claim).await?);
        gatherer.follow(claim, &mut runs, &mut sources).await?;
    }
    // The inputs of a run were made before it.
    let mut runs: Vec<RunView> = runs.into_values().collect();
    runs.sort_by_key(|run| run.submitted_seq);
    let mut sources: Vec<DatasetView> = sources.into_values().collect();
    sources.sort_by_key(|dataset| dataset.added);

    let publisher = gatherer.person(caller.actor()).await?;
    let publisher = publisher.unwrap_or_else(|| named("nobody"));
    let nodes = PublishedNodes::of(claims, &runs, &sources);
    let mut publication = Publication {
        format: FORMAT.to_owned(),
        identifier: String::new(),
        version: 0,
        supersedes: None,
        title: request.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| title(claims)),
        summary: request.summary.clone(),
        authors: if request.authors.is_empty() { vec![publisher.clone()] } else { request.authors.clone() },
        published: publish.now(),
        license: request.license.clone(),
        keywords: request.keywords.clone(),
        hven_version: env!("CARGO_PKG_VERSION").to_owned(),
        claims: Vec::new(),
        datasets: Vec::new(),
        runs: Vec::new(),
        laws: Vec::new(),
        notices: gatherer.notices(&nodes, &publisher, request.despite_suspicion.as_deref()).await?,
        independences: gatherer.independences(&nodes).await?,
        withheld: BTreeMap::new(),
        publisher,
    };
    for claim in claims {
        publication.claims.push(gatherer.claim(claim).await?);
    }
    for dataset in &sources {
        publication.datasets.push(gatherer.dataset(dataset, &runs).await?);
    }
    for run in &runs {
        publication.laws.extend(gatherer.law(run).await?);
        let code = request.code.get(&run.id).cloned().unwrap_or_default();
        let mut described = gatherer.run(run).await?;
        // Only code of a commit is stored elsewhere.
        if matches!(described.code, Some(Code::Git { .. })) {
            described.code_files = code;
        }
        publication.runs.push(described);
    }
    Ok(GatheredPublication { publication, evidence: evidence.into_iter().collect() })
}

/// A person with only a name.
pub(super) fn named(name: impl Into<String>) -> Person {
    Person { name: name.into(), orcid: None, affiliation: None }
}

/// The statement of the claim if it is short enough, otherwise its name.
fn title(claims: &[ClaimView]) -> String {
    let of = |claim: &ClaimView| {
        let statement = claim.stated.statement.trim().trim_end_matches('.').to_owned();
        if statement.chars().count() <= TITLE_CHARS_MAX { statement } else { claim.stated.name.to_string() }
    };
    match claims {
        [only] => of(only),
        several => several.iter().map(|claim| claim.stated.name.to_string()).collect::<Vec<_>>().join(", "),
    }
}

/// All published nodes with their names.
pub(super) struct PublishedNodes(pub(super) Vec<(NodeId, String)>);

impl PublishedNodes {
    fn of(claims: &[ClaimView], runs: &[RunView], datasets: &[DatasetView]) -> Self {
        let claims = claims.iter().map(|claim| (claim.stated.claim.into(), format!("claim/{}", claim.stated.name)));
        let runs = runs.iter().map(|run| (run.id.into(), format!("run/{}", run.handle)));
        let datasets = datasets.iter().map(|one| (one.version.dataset.into(), dataset::reference(one)));
        Self(claims.chain(runs).chain(datasets).collect())
    }

    pub(super) fn name(&self, node: NodeId) -> Option<&str> {
        self.0.iter().find(|(one, _)| *one == node).map(|(_, name)| name.as_str())
    }
}

pub(super) struct Gatherer<'a> {
    pub(super) publish: &'a Publish,
    pub(super) caller: &'a Caller,
    describer: FactDescriber,
}

impl Gatherer<'_> {
    /// Collects everything on which the claim rests.
    pub(super) async fn follow(
        &self,
        claim: &ClaimView,
        runs: &mut BTreeMap<RunId, RunView>,
        sources: &mut BTreeMap<hven_core::DatasetId, DatasetView>,
    ) -> AppResult<()> {
        let name = &claim.stated.name;
        let start = ancestry::LineageNode::Claim(Box::new(claim.clone()));
        let mut truncated = false;
        let steps = walk(self.publish, self.caller, &start, Direction::Sources, &mut truncated).await?;
        if truncated {
            return Err(AppError::invalid(format!("claim {name}"), "rests on more than a publication can hold"));
        }
        for step in steps {
            match step.node {
                ancestry::LineageNode::Run(run) => drop(runs.insert(run.id, *run)),
                ancestry::LineageNode::Dataset(dataset) => drop(sources.insert(dataset.version.dataset, *dataset)),
                ancestry::LineageNode::Hidden => {
                    return Err(AppError::Conflict(format!(
                        "claim {name} rests on something that you may not see: somebody who may must publish it"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) async fn person(&mut self, actor: ActorId) -> AppResult<Option<Person>> {
        let name = self.describer.actor(self.publish, actor).await?.name;
        Ok(name.map(named))
    }

    pub(super) async fn claim(&mut self, claim: &ClaimView) -> AppResult<Claim> {
        let stated = &claim.stated;
        let mut judgements = Vec::new();
        for judgement in self.publish.ports.views.judgements(stated.claim).await? {
            let judged = judgement.judged;
            if judged.revision != stated.revision {
                continue;
            }
            judgements.push(Judgement {
                verdict: judged.verdict,
                because: judged.because,
                filled_in: judged.filled_in,
                evidence: judged.evidence,
                quantities: judged.quantities,
                ledger: judged.ledger,
                at: judgement.time,
                by: self.person(judgement.by).await?,
            });
        }
        judgements.reverse();
        let evidence: Vec<String> = stated.evidence.iter().map(ToString::to_string).collect();
        Ok(Claim {
            id: stated.claim,
            project: stated.project.to_string(),
            name: stated.name.to_string(),
            statement: stated.statement.clone(),
            test: stated.test.clone(),
            grammar: stated.grammar,
            evidence: evidence.join(", "),
            revision: stated.revision,
            stated_by: self.person(claim.by).await?,
            stated: claim.time,
            judgements,
        })
    }

    pub(super) async fn dataset(&mut self, dataset: &DatasetView, runs: &[RunView]) -> AppResult<Dataset> {
        let version = &dataset.version;
        let report = documents::document(self.publish, version.report).await?;
        let report: Option<ImportReport> = report.and_then(|report| serde_json::from_value(report).ok());
        let mut parts = Vec::new();
        // Only parts that a run of this publication made or read.
        for split in self.publish.ports.views.splits(version.dataset).await? {
            let is_made_here = runs.iter().any(|run| run.id == split.run);
            parts.extend(split.parts.into_iter().filter(|_| is_made_here).map(|part| DatasetPart {
                name: part.name.to_string(),
                rows: part.rows,
                content: part.content,
                hold_out: part.hold_out,
                made_by: Some(split.run),
                method: split.method.clone(),
            }));
        }
        Ok(Dataset {
            id: Some(version.dataset),
            project: version.project.to_string(),
            name: version.name.to_string(),
            version: version.version,
            description: version.description.clone(),
            license: version.license.clone(),
            attribution: None,
            added: dataset.added,
            added_by: self.person(dataset.added_by).await?,
            made_by: Some(version.run),
            source: version.source.clone().map(without_folder),
            content: version.content.clone(),
            report: Some(version.report),
            schema: report.map_or_else(|| Schema { columns: Vec::new() }, |report| report.schema),
            rows: version.rows,
            problems: version.problems,
            checks_failed: version.checks_failed,
            parts,
        })
    }

    pub(super) async fn run(&mut self, run: &RunView) -> AppResult<Run> {
        let erased = || AppError::Conflict(format!("run {} cannot be published: {}", run.handle, run.why_no_spec()));
        let (spec, result) = (run.spec().ok_or_else(erased)?, run.result.as_ref().ok_or_else(erased)?);
        let mut inputs = spec.inputs.clone();
        let stdin = stdin_from(run, &mut inputs);
        let summaries = self.publish.ports.series.summaries(run.last_attempt()).await?;
        let notes = self.publish.ports.views.capture_notes(run.id).await?;
        let mut reproductions = Vec::new();
        for view in self.publish.ports.views.reproductions(run.id, REPRODUCTIONS_MAX).await? {
            reproductions.push(self.reproduction(view).await?);
        }
        reproductions.reverse();
        let mut added_later = Vec::with_capacity(run.added.len());
        for view in &run.added {
            let addition = &view.addition;
            let (value, step) = match &addition.value {
                Added::Metric(line) => (AddedValue::Metric(line.last), line.last_step),
                Added::Param(value) => (AddedValue::Parameter(value.clone()), 0),
            };
            let by = view.made_by().map(|name| named(name.to_owned()));
            added_later.push(AddedLater { name: addition.name.clone(), value, step, by, at: view.made() });
        }
        Ok(Run {
            id: run.id,
            handle: run.handle.to_string(),
            project: run.project.to_string(),
            name: run.name.clone(),
            work: match &spec.recipe {
                Some(recipe) => Work::Recipe {
                    name: recipe.name.clone(),
                    version: recipe.version,
                    arguments: recipe.arguments.clone(),
                },
                None => Work::Command { argv: spec.argv.clone() },
            },
            environment: spec.environment.iter().filter(is_about_work).map(|(n, v)| (n.clone(), v.clone())).collect(),
            secrets: spec.secrets.clone(),
            resources: spec.resources.clone(),
            inputs,
            stdin,
            outputs: result.outputs.clone(),
            outputs_declared: spec.outputs.clone(),
            outcome: result.outcome.clone(),
            started: result.started,
            ended: result.ended,
            wall_s: result.wall_s,
            usage: result.usage,
            parameters: run.params.clone(),
            metrics: summaries.into_iter().map(|summary| (summary.key, summary.last)).collect(),
            metric_units: units(&run.params),
            added_later,
            software: run.software.as_ref().map(without_path),
            code: spec.code.clone(),
            code_files: Vec::new(),
            folders: capture::folders(&notes).map(str::to_owned).collect(),
            by: self.person(run.submitted_by).await?,
            reproductions,
        })
    }

    pub(super) async fn reproduction(&mut self, view: ReproductionView) -> AppResult<Reproduction> {
        let comparison = verdicts::comparison(self.publish, &view.reproduced).await?;
        let by = self.person(view.by).await?;
        let found = view.reproduced;
        let handle = match found.again {
            Some(again) => self.describer.run_by_id(self.publish, again).await?.map(|(handle, _)| handle.to_string()),
            None => None,
        };
        Ok(Reproduction {
            run: found.again,
            handle,
            at: view.time,
            by,
            level: found.level,
            because: found.because.unwrap_or_default(),
            environment_differences: found.surroundings,
            outputs: comparison.map(|comparison| comparison.files).unwrap_or_default(),
            metrics_compared: found.metrics_compared,
            metrics: found.metrics,
            printed: found.printed,
        })
    }

    /// The law of a run of such a recipe.
    pub(super) async fn law(&mut self, run: &RunView) -> AppResult<Option<Law>> {
        let recipe = run.spec().and_then(|spec| spec.recipe.as_ref());
        let result = recipe.and_then(|recipe| self.publish.recipe_list.result_of(&recipe.name));
        if result != Some(ResultKind::Law) || run.state != hven_core::run::State::Done {
            return Ok(None);
        }
        let detail = laws::detail(self.publish, self.caller, &run.id.to_string()).await?;
        let by = match &detail.choice {
            Some(choice) => self.person(choice.by).await?,
            None => None,
        };
        Ok(law(run.id, &detail, by))
    }
}
