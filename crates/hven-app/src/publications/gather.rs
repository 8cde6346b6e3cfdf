//! What a publication says, gathered from the record: the claims, and of everything else only what they rest on.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    ActorId, RunId,
    additions::Added,
    capture,
    dataset::{ImportReport, Schema},
    object::{FileKind, FileRef},
    publication::{
        description::{Claim, FORMAT, Independence, Judgement, Notice, Override, Person, Publication, Standing},
        evidence::{
            AddedLater, AddedValue, Dataset, DatasetPart, Law, Plot, Quantity, Reproduction, Run, StdinFrom, Work,
        },
    },
    run::{Code, Number, Software},
    soundness::{Node, Soundness},
    stdin::{NO_PATH, Stdin},
};
use serde_json::Value;

use super::Wish;
use crate::{
    App, AppError, AppResult, Caller,
    ancestry::{self, walk},
    datasets,
    facts::Teller,
    laws,
    lineage::{self, Direction},
    ports::{catalogue::DatasetView, claims::ClaimView, reproductions::ReproductionView, views::RunView},
    reproduce, soundness, stdin,
};

pub(super) struct Gathered {
    /// Complete but for identifier, version and time.
    pub publication: Publication,
    /// The runs on which the claims were judged.
    pub evidence: Vec<RunId>,
}

/// How many runs that made a run again are told of it, the newest.
const REPRODUCTIONS_MAX: usize = 20;
const TITLE_CHARS_MAX: usize = 160;
/// What depends on the machine and not on the work: it says nothing elsewhere, and may say whose machine it was.
const OF_THE_MACHINE: [&str; 7] = ["PATH", "HOME", "PWD", "USER", "LOGNAME", "TMPDIR", "VIRTUAL_ENV"];

/// Gathers everything; the caller must see all of it.
pub(super) async fn gather(app: &App, caller: &Caller, claims: &[ClaimView], wish: &Wish) -> AppResult<Gathered> {
    let mut gatherer = Gatherer { app, caller, teller: Teller::default() };
    let mut evidence = BTreeSet::new();
    let (mut runs, mut sources) = (BTreeMap::new(), BTreeMap::new());
    for claim in claims {
        if claim.judgement.is_none() {
            let name = &claim.stated.name;
            return Err(AppError::Conflict(format!(
                "claim {name} was never judged as it is stated now: `hven claim judge {name}` does it"
            )));
        }
        evidence.extend(lineage::evidence_of(app, claim).await?);
        gatherer.follow(claim, &mut runs, &mut sources).await?;
    }
    // What a run reads was there before it.
    let mut runs: Vec<RunView> = runs.into_values().collect();
    runs.sort_by_key(|run| run.submitted_seq);
    let mut sources: Vec<DatasetView> = sources.into_values().collect();
    sources.sort_by_key(|dataset| dataset.added);

    let publisher = gatherer.person(caller.actor()).await?;
    let publisher = publisher.unwrap_or_else(|| named("nobody"));
    let nodes = Nodes::of(claims, &runs, &sources);
    let mut publication = Publication {
        format: FORMAT.to_owned(),
        identifier: String::new(),
        version: 0,
        supersedes: None,
        title: wish.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| title(claims)),
        summary: wish.summary.clone(),
        authors: if wish.authors.is_empty() { vec![publisher.clone()] } else { wish.authors.clone() },
        published: app.now(),
        license: wish.license.clone(),
        keywords: wish.keywords.clone(),
        hven_version: env!("CARGO_PKG_VERSION").to_owned(),
        claims: Vec::new(),
        datasets: Vec::new(),
        runs: Vec::new(),
        laws: Vec::new(),
        notices: gatherer.notices(&nodes, &publisher, wish.despite_suspicion.as_deref()).await?,
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
        let code = wish.code.get(&run.id).cloned().unwrap_or_default();
        let mut told = gatherer.run(run).await?;
        // Only of a commit is the code elsewhere.
        if matches!(told.code, Some(Code::Git { .. })) {
            told.code_files = code;
        }
        publication.runs.push(told);
    }
    Ok(Gathered { publication, evidence: evidence.into_iter().collect() })
}

/// Somebody of whom no more than the name is known.
fn named(name: impl Into<String>) -> Person {
    Person { name: name.into(), orcid: None, affiliation: None }
}

/// The statement of the claim, when it is short enough.
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

/// All nodes that are published, as people call them.
struct Nodes(Vec<(Node, String)>);

impl Nodes {
    fn of(claims: &[ClaimView], runs: &[RunView], datasets: &[DatasetView]) -> Self {
        let claims = claims.iter().map(|claim| (claim.stated.claim.into(), format!("claim/{}", claim.stated.name)));
        let runs = runs.iter().map(|run| (run.id.into(), format!("run/{}", run.handle)));
        let datasets = datasets.iter().map(|one| (one.version.dataset.into(), datasets::reference(one)));
        Self(claims.chain(runs).chain(datasets).collect())
    }

    fn name(&self, node: Node) -> Option<&str> {
        self.0.iter().find(|(one, _)| *one == node).map(|(_, name)| name.as_str())
    }
}

struct Gatherer<'a> {
    app: &'a App,
    caller: &'a Caller,
    teller: Teller,
}

impl Gatherer<'_> {
    /// Everything that the claim rests on.
    async fn follow(
        &self,
        claim: &ClaimView,
        runs: &mut BTreeMap<RunId, RunView>,
        sources: &mut BTreeMap<hven_core::DatasetId, DatasetView>,
    ) -> AppResult<()> {
        let name = &claim.stated.name;
        let start = ancestry::Node::Claim(Box::new(claim.clone()));
        let mut truncated = false;
        let steps = walk(self.app, self.caller, &start, Direction::Sources, &mut truncated).await?;
        if truncated {
            return Err(AppError::invalid(format!("claim {name}"), "rests on more than a publication can hold"));
        }
        for step in steps {
            match step.node {
                ancestry::Node::Run(run) => drop(runs.insert(run.id, *run)),
                ancestry::Node::Dataset(dataset) => drop(sources.insert(dataset.version.dataset, *dataset)),
                ancestry::Node::Hidden => {
                    return Err(AppError::Conflict(format!(
                        "claim {name} rests on something that you may not see: somebody who may must publish it"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn person(&mut self, actor: ActorId) -> AppResult<Option<Person>> {
        let name = self.teller.actor(self.app, actor).await?.name;
        Ok(name.map(named))
    }

    async fn claim(&mut self, claim: &ClaimView) -> AppResult<Claim> {
        let stated = &claim.stated;
        let mut judgements = Vec::new();
        for judgement in self.app.ports.views.judgements(stated.claim).await? {
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

    async fn dataset(&mut self, dataset: &DatasetView, runs: &[RunView]) -> AppResult<Dataset> {
        let version = &dataset.version;
        let report = datasets::document(self.app, version.report).await?;
        let report: Option<ImportReport> = report.and_then(|report| serde_json::from_value(report).ok());
        let mut parts = Vec::new();
        // Only parts that something of this publication made or reads.
        for split in self.app.ports.views.splits(version.dataset).await? {
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

    async fn run(&mut self, run: &RunView) -> AppResult<Run> {
        let erased = || AppError::Conflict(format!("what run {} ran was erased from the record", run.handle));
        let (spec, result) = (run.spec.as_ref().ok_or_else(erased)?, run.result.as_ref().ok_or_else(erased)?);
        let mut inputs = spec.inputs.clone();
        let stdin = stdin_from(run, &mut inputs);
        let summaries = self.app.ports.series.summaries(run.last_attempt()).await?;
        let notes = self.app.ports.views.capture_notes(run.id).await?;
        let mut reproductions = Vec::new();
        for view in self.app.ports.views.reproductions(run.id, REPRODUCTIONS_MAX).await? {
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
            environment: spec.environment.iter().filter(is_of_the_work).map(|(n, v)| (n.clone(), v.clone())).collect(),
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
            software: run.software.as_ref().map(without_place),
            code: spec.code.clone(),
            code_files: Vec::new(),
            folders: capture::folders(&notes).map(str::to_owned).collect(),
            by: self.person(run.submitted_by).await?,
            reproductions,
        })
    }

    async fn reproduction(&mut self, view: ReproductionView) -> AppResult<Reproduction> {
        let comparison = reproduce::comparison(self.app, &view.reproduced).await?;
        let by = self.person(view.by).await?;
        let found = view.reproduced;
        let handle = match found.again {
            Some(again) => self.teller.run_by_id(self.app, again).await?.map(|(handle, _)| handle.to_string()),
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

    /// The law of a run that looked for one.
    async fn law(&mut self, run: &RunView) -> AppResult<Option<Law>> {
        let is_law = run.spec.as_ref().and_then(|spec| spec.recipe.as_ref()).is_some_and(|recipe| recipe.name == "law");
        if !is_law || run.state != hven_core::run::State::Done {
            return Ok(None);
        }
        let detail = laws::detail(self.app, self.caller, &run.id.to_string()).await?;
        let by = match &detail.choice {
            Some(choice) => self.person(choice.by).await?,
            None => None,
        };
        Ok(law(run.id, &detail, by))
    }

    async fn notices(&mut self, nodes: &Nodes, publisher: &Person, despite: Option<&str>) -> AppResult<Vec<Notice>> {
        let ids: Vec<Node> = nodes.0.iter().map(|(node, _)| *node).collect();
        let mut notices = Vec::new();
        for ((node, name), stands) in nodes.0.iter().zip(soundness::of(self.app, &ids).await?) {
            let standing = match stands {
                Soundness::Sound => continue,
                Soundness::Suspect => Standing::Suspect,
                Soundness::Retracted => Standing::Retracted,
            };
            let said = soundness::why(self.app, self.caller, *node).await?.to_string();
            let cause = self.app.ports.views.cause(*node).await?.pop();
            let retraction = match cause {
                Some(cause) => self.app.ports.views.retraction(cause).await?,
                None => None,
            };
            let overridden = despite.map(|because| Override {
                by: publisher.clone(),
                because: because.trim().to_owned(),
                at: self.app.now(),
            });
            notices.push(Notice {
                about: name.clone(),
                standing,
                because: said,
                by: match &retraction {
                    Some(retraction) => self.person(retraction.by).await?,
                    None => None,
                },
                at: retraction.map_or_else(|| self.app.now(), |retraction| retraction.time),
                overridden,
            });
        }
        Ok(notices)
    }

    async fn independences(&mut self, nodes: &Nodes) -> AppResult<Vec<Independence>> {
        let mut found = Vec::new();
        for (node, name) in &nodes.0 {
            for view in self.app.ports.views.independences(*node).await? {
                let asserted = view.asserted;
                if let (true, Some(on)) = (asserted.of == *node, nodes.name(asserted.on)) {
                    let by = self.person(view.by).await?;
                    found.push(Independence {
                        of: name.clone(),
                        on: on.to_owned(),
                        by: by.unwrap_or_else(|| named("nobody")),
                        because: asserted.because,
                        at: view.time,
                    });
                }
            }
        }
        Ok(found)
    }
}

/// The units of metrics, as recipes note them in the parameter `units`.
fn units(parameters: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let units = parameters.get("units").and_then(Value::as_object);
    let text = |(name, unit): (&String, &Value)| Some((name.clone(), unit.as_str()?.to_owned()));
    units.into_iter().flatten().filter_map(text).collect()
}

/// Whether a variable says something of the work, and not of the machine: where something lay there is nobody's business.
fn is_of_the_work((name, value): &(&String, &String)) -> bool {
    !OF_THE_MACHINE.contains(&name.as_str()) && !value.starts_with('/') && !value.contains(":/")
}

/// What the run had on its standard input: it becomes one of the inputs, unless it is one already.
fn stdin_from(run: &RunView, inputs: &mut Vec<FileRef>) -> Option<StdinFrom> {
    let from = match run.spec.as_ref()?.stdin.as_ref()? {
        Stdin::File { from, .. } => *from,
        Stdin::Pipe => 0,
    };
    let Some(file) = stdin::file_of(run) else {
        let bytes = run.result.as_ref()?.stdin?.bytes;
        return (bytes > 0).then_some(StdinFrom::Lost { bytes });
    };
    let same = inputs.iter().find(|input| input.digest == file.digest && input.kind == FileKind::File);
    if let Some(same) = same {
        return Some(StdinFrom::Input { path: same.path.clone() });
    }
    let is_taken = |path: &str| inputs.iter().any(|input| input.path == path);
    // A part of a file is not the file, and where a file lay on that machine says nothing elsewhere.
    let has_name = from == 0 && file.path != NO_PATH && !file.path.starts_with('/') && !is_taken(&file.path);
    let mut path = if has_name { file.path.clone() } else { "stdin".to_owned() };
    while is_taken(&path) {
        path.push('_');
    }
    inputs.push(FileRef { path: path.clone(), ..file });
    Some(StdinFrom::Input { path })
}

/// A file that a person named by where it lay on the machine, by its name alone.
fn without_folder(file: FileRef) -> FileRef {
    let path = match file.path.rsplit_once('/') {
        Some((_, name)) if file.path.starts_with(['/', '~']) || file.path.contains("..") => name.to_owned(),
        _ => file.path,
    };
    FileRef { path, ..file }
}

/// Where the interpreter lay says whose machine it was.
fn without_place(software: &Software) -> Software {
    let interpreter = software.interpreter.as_ref().map(|text| match text.split_once(" (/") {
        Some((name, _)) => name.to_owned(),
        None => text.rsplit('/').next().unwrap_or_default().to_owned(),
    });
    Software { interpreter, ..software.clone() }
}

/// The law in the form that was chosen; `None` when its document has not what a law has.
fn law(run: RunId, detail: &laws::Detail, chosen_by: Option<Person>) -> Option<Law> {
    let document = &detail.law;
    let front = document.get("front")?.as_array()?;
    let chosen = front.iter().find(|of| of.get("id").and_then(Value::as_str) == Some(detail.chosen()))?;
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |of: &Value, name: &str| of.get(name).and_then(Value::as_f64).map(Number);
    let target = text(document, "target")?;
    let is_by_rule = text(document, "chosen").as_deref() == Some(detail.chosen());
    let quantity = |of: &Value| {
        Some(Quantity {
            name: text(of, "name")?,
            value: number(of, "value")?,
            low: number(of, "low"),
            high: number(of, "high"),
            unit: text(of, "unit"),
        })
    };
    let because = match &detail.choice {
        Some(choice) => choice.chosen.because.clone(),
        None => text(document, "reason").unwrap_or_default(),
    };
    Some(Law {
        run,
        inputs: document
            .get("inputs")?
            .as_array()?
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        display: format!("{target} = {}", text(chosen, "display")?),
        text: text(chosen, "text")?,
        complexity: chosen.get("complexity").and_then(Value::as_u64).unwrap_or_default(),
        r2: number(chosen, "r2"),
        r2_holdout: number(chosen, "r2_holdout"),
        // Quantities are those of the candidate of the rule.
        quantities: document
            .get("quantities")
            .and_then(Value::as_array)
            .filter(|_| is_by_rule)
            .into_iter()
            .flatten()
            .filter_map(quantity)
            .collect(),
        because,
        chosen_by,
        candidate: detail.choice.as_ref().map(|choice| choice.chosen.candidate.clone()),
        candidates: front.len() as u64,
        plots: detail.plots.iter().filter_map(|(name, spec)| Plot::of_vega_lite(name, spec)).collect(),
        target,
    })
}

#[cfg(test)]
mod tests {
    use hven_core::Digest;

    use super::*;

    #[test]
    fn software_is_told_without_its_place() {
        let check = |text: &str, expect: &str| {
            let software = Software { interpreter: Some(text.to_owned()), ..Software::default() };
            assert_eq!(without_place(&software).interpreter.as_deref(), Some(expect));
        };
        check("Python (/home/mira/.venv/bin/python)", "Python");
        check("/home/mira/bin/python3", "python3");
        check("python3", "python3");
    }

    #[test]
    fn nothing_says_where_things_lay() {
        let check = |name: &str, value: &str, expect: bool| {
            assert_eq!(is_of_the_work(&(&name.to_owned(), &value.to_owned())), expect, "{name}={value}");
        };
        check("LANG", "C.UTF-8", true);
        check("TZ", "Europe/Copenhagen", true);
        check("PATH", "bin", false);
        check("PYTHONPATH", "/home/mira/lib", false);
        check("MODULES", "a:/opt/b", false);
        let path = |path: &str| {
            let file = FileRef { path: path.to_owned(), digest: Digest::of(b""), size: 0, kind: Default::default() };
            without_folder(file).path
        };
        assert_eq!(path("data/planets.csv"), "data/planets.csv");
        assert_eq!(path("/home/mira/planets.csv"), "planets.csv");
        assert_eq!(path("../planets.csv"), "planets.csv");
    }

    #[test]
    fn units_are_texts() {
        let parameters = BTreeMap::from([("units".to_owned(), serde_json::json!({ "factor": "yr", "n": 1 }))]);
        assert_eq!(units(&parameters), BTreeMap::from([("factor".to_owned(), "yr".to_owned())]));
        assert!(units(&BTreeMap::new()).is_empty());
    }
}
