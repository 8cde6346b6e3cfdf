//! Turns the runs of an imported publication into facts of this home.

use hven_core::{
    AttemptId, Digest, Fact,
    access::Role,
    additions::{MetricsAdded, Original, ParamsAdded, RUN_BYTES_MAX, RUN_VALUES_MAX},
    capture::{Note, Noted},
    handle::Handle,
    law::CandidateChosen,
    limits,
    object::{FileKind, FileRef},
    params,
    project::ProjectPath,
    publication::{
        ImportedNode,
        evidence::{AddedValue, Run, StdinFrom, Work},
    },
    reproduction::Tolerances,
    resources::UnitNames,
    run::{
        AttemptResult, Code, Finished, LogExtent, Number, ParamsLogged, Recipe, RunFolder, SoftwareCaptured, Spec,
        Submitted,
    },
    stdin::Stdin,
    stream::{Point, Stream, check_key},
};

use crate::{
    kernel::{
        error::{AppError, AppResult},
        folders,
    },
    ports::{objects::Presence, run::RunName, series::StreamPiece},
    publish::publications::import::{
        import_plan::{ImportContext, ImportPlan, id_conflict},
        object_rights::stand_in,
    },
    work::{metrics, submit::inputs::absent},
};

impl<'a> ImportContext<'a> {
    pub(super) async fn run(&self, run: &'a Run, plan: &mut ImportPlan<'a>) -> AppResult<()> {
        if let Some(known) = self.publish.ports.views.runs_named(&RunName::Id(run.id)).await?.pop() {
            let made = known.result.as_ref().map(|result| result.outputs.as_slice()).unwrap_or_default();
            let mut is_the_same = self.caller.may(Role::Viewer, &known.project) && made.len() == run.outputs.len();
            for (known, original) in made.iter().zip(&run.outputs) {
                is_the_same = is_the_same && (known.digest == original.digest || self.hides(known, original).await?);
            }
            return if is_the_same { Ok(()) } else { Err(id_conflict("a run")) };
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
        submitted.absent = Some(absent(self.publish, &submitted.spec).await?);
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
            units: UnitNames::new(),
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

    /// Whether an output has another digest here because the publication hides a key file, or because an earlier
    /// importer could not name it.
    pub(super) async fn hides(&self, known: &FileRef, original: &FileRef) -> AppResult<bool> {
        let is_hidden = |digest: &Digest| self.publication.withheld.contains_key(digest);
        if (&known.path, known.kind) != (&original.path, original.kind) {
            return Ok(false);
        }
        if known.digest == stand_in(self.publish, original.digest) {
            return Ok(true);
        }
        if original.kind == FileKind::File || is_hidden(&original.digest) {
            return Ok(is_hidden(&original.digest));
        }
        let listing = folders::listing(self.publish, original.digest).await?;
        Ok(listing.is_some_and(|listing| listing.files.iter().any(|file| is_hidden(&file.digest))))
    }

    /// Refuses bytes that are needed and missing.
    pub(super) async fn is_there(&self, file: &FileRef, needed_by: &str) -> AppResult<()> {
        if !self.missing.contains(&file.digest)
            && (self.publication.withheld.contains_key(&file.digest)
                || matches!(self.publish.ports.objects.presence(file.digest).await?, Presence::Whole { .. }))
        {
            return Ok(());
        }
        let (digest, path) = (file.digest.to_string(), file.path.clone());
        Err(AppError::ObjectMissing { digest, path, needed_by: format!("run {needed_by} of the publication") })
    }

    /// Stores the last values of the metrics as points. Points of a killed import stay.
    pub(super) async fn metrics(&self, run: &Run) -> AppResult<()> {
        let time_us = run.ended.unwrap_or(self.publication.published).micros();
        let point = |(key, value): (&String, &Number)| Point { key: key.clone(), value: *value, step: 0, time_us };
        let points: Vec<Point> = run.metrics.iter().map(point).collect();
        let bytes = metrics::lines(&points);
        if bytes.is_empty() {
            return Ok(());
        }
        let attempt = AttemptId { run: run.id, number: 1 };
        let piece = StreamPiece { attempt, stream: Stream::MetricsApi, offset: Some(0), bytes };
        self.publish.ports.series.append(vec![piece]).await?;
        Ok(())
    }
}

fn check_times(run: &Run) -> AppResult<()> {
    let mut times = [run.started, run.ended].into_iter().flatten();
    Ok(times.try_for_each(|time| limits::time(&format!("a time of run {}", run.handle), time))?)
}

/// The values that were added to a run after its end. They become additions here too, with their original author and
/// time.
pub(super) fn added_later(run: &Run) -> AppResult<Vec<Fact>> {
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

fn stdin_in(stdin: &StdinFrom, inputs: &[FileRef]) -> Option<Stdin> {
    match stdin {
        StdinFrom::Input { path } => {
            let file = inputs.iter().find(|input| input.path == *path)?.clone();
            Some(Stdin::File { file, from: 0 })
        }
        StdinFrom::Lost { .. } => Some(Stdin::Pipe),
    }
}

pub(super) fn submitted(run: &Run, project: ProjectPath) -> Submitted {
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
        place: RunFolder::Fresh,
        recipe,
        ..Spec::of_command(argv, "")
    };
    Submitted {
        run: run.id,
        // Set when it is recorded.
        handle: Handle { count: 0 },
        project,
        name: run.name.clone(),
        spec,
        launch: String::new(),
        cache_key: None,
        purpose: None,
        tolerances: Tolerances::default(),
        // Determined when it is recorded.
        absent: None,
        task: None,
    }
}

#[cfg(test)]
mod tests {
    use hven_core::RunId;
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
    fn values_added_later_keep_their_author_and_time() {
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
    fn imported_runs_have_bounds() {
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
