//! One run of MLflow, from its store to the server. Each step can be repeated, so an import that was interrupted goes on.

use hven_api::labels::ChangeLabels;
use hven_client::{Client, Method};
use hven_core::{
    limits::{NOTE_BYTES_MAX, lines},
    stream::check_key,
};
use hven_imports::{
    Faults,
    mlflow::{Details, PARENT, RunInfo, Status, Texts},
    run_id,
};
use serde_json::{Value, json};

use super::{
    failed::Outcome,
    mlflow_models,
    run_job::{Became, RunImport, RunJob},
    runs_here::RunHere,
    sent_files::FileSender,
    sent_points::{self, BAD_NAME, PointsHere},
};

const RUN_NAME: &str = "mlflow.runName";
const NOTE: &str = "mlflow.note.content";
/// The tag that names the store from which a run came.
pub const IMPORTED_FROM: &str = "hven.imported_from";
/// The tag with the experiment of a run that came into a project with another name.
pub const EXPERIMENT: &str = "hven.imported_experiment";
/// The tag with the id that a run had, if Hven cannot take it.
const ID: &str = "hven.imported_id";
const SENT_AT_ONCE: usize = 100;
/// The limits of MLflow itself, in characters.
const KEY_CHARS_MAX: usize = 250;
const PARAM_CHARS_MAX: usize = 6000;
const TAG_CHARS_MAX: usize = 8000;

/// The steps of one run.
#[derive(Clone, Copy)]
struct OneRun<'i>(&'i RunImport<'i>);

/// Imports a run, or the part of it that is not here.
pub fn import_run(import: &RunImport<'_>, job: &RunJob) -> Outcome<Became> {
    OneRun(import).run(job)
}

impl OneRun<'_> {
    fn run(self, job: &RunJob) -> Outcome<Became> {
        let mut faults = Faults::default();
        let became = match job.here {
            Some(here) if here.has_ended => self.archive(job, here).map(|()| Became::Here),
            _ => self.bring(job, &mut faults),
        };
        self.0.tally.faults(faults);
        became
    }

    /// A run that is deleted in MLflow is in the archive of Hven.
    fn archive(self, job: &RunJob, here: RunHere) -> Outcome<()> {
        if let Some(client) = self.0.sending.filter(|_| job.info.is_deleted && !here.archived) {
            client.mlflow(Method::POST, "runs/delete", &json!({ "run_id": job.id }))?;
        }
        Ok(())
    }

    fn bring(self, job: &RunJob, faults: &mut Faults) -> Outcome<Became> {
        let details = self.0.store.details(&job.info, faults)?;
        let tags = self.tags(job, &details, faults);
        let note = details.tags.get(NOTE).filter(|note| !note.trim().is_empty());
        let params = params(&job.info, &details.params, faults);
        // A run that is here got them with its first part.
        if job.here.is_none() {
            let mut tally = self.0.tally.lock();
            tally.content.tags += tags.len() as u64;
            tally.content.params += params.len() as u64;
            tally.content.datasets += details.datasets.len() as u64;
        }
        let is_here = job.here.is_some();
        if let Some(client) = self.0.sending {
            open(client, job, &details, &tags, is_here)?;
            for some in pairs(&params).chunks(SENT_AT_ONCE) {
                client.mlflow(Method::POST, "runs/log-batch", &json!({ "run_id": job.id, "params": some }))?;
            }
            if !details.datasets.is_empty() || !details.model_inputs.is_empty() {
                let inputs = json!({ "run_id": job.id, "datasets": details.datasets, "models": details.model_inputs });
                client.mlflow(Method::POST, "runs/log-inputs", &inputs)?;
            }
            if let Some(note) = note {
                self.note(client, job, note)?;
            }
        }
        let (points, last_ms) = self.points(job, is_here, faults)?;
        let files = self.files(job, is_here, faults)?;
        if let Some(client) = self.0.sending {
            if !details.model_outputs.is_empty() {
                let outputs = json!({ "run_id": job.id, "models": details.model_outputs });
                client.mlflow(Method::POST, "runs/outputs", &outputs)?;
            }
            close(client, &job.info, &job.id, last_ms)?;
            if job.info.is_deleted {
                client.mlflow(Method::POST, "runs/delete", &json!({ "run_id": job.id }))?;
            }
        }
        let is_open = matches!(job.info.status, Status::Running | Status::Scheduled);
        if is_open {
            self.0.tally.lock().runs.open += 1;
        } else if job.info.ended.is_none() {
            faults.add(
                "ends of runs",
                &job.id,
                "MLflow does not say when they ended: the time of the last value stands for it",
            );
        }
        Ok(match is_here {
            false => Became::New,
            true if points + files > 0 || !is_open => Became::Continued,
            true => Became::Here,
        })
    }

    fn tags(self, job: &RunJob, details: &Details, faults: &mut Faults) -> Texts {
        let mut tags = Texts::new();
        for (key, value) in &details.tags {
            let length = value.chars().count();
            if key == RUN_NAME {
                continue;
            }
            if key.is_empty() || key.chars().count() > KEY_CHARS_MAX {
                faults.add("tags", format!("{}: {key}", job.id), "their name is empty, or longer than 250 characters");
            } else if length > TAG_CHARS_MAX {
                faults.add("tags", format!("{}: {key}", job.id), "their value is longer than 8000 characters");
            } else if key == PARENT {
                tags.insert(key.clone(), run_id("mlflow", value).0);
            } else {
                tags.insert(key.clone(), value.clone());
            }
        }
        tags.insert(IMPORTED_FROM.to_owned(), self.0.source.chars().take(TAG_CHARS_MAX).collect());
        if let Some(name) = &job.experiment_name {
            tags.insert(EXPERIMENT.to_owned(), name.chars().take(TAG_CHARS_MAX).collect());
        }
        if job.id != job.info.id {
            tags.insert(ID.to_owned(), job.info.id.chars().take(TAG_CHARS_MAX).collect());
        }
        tags
    }

    fn note(self, client: &Client, job: &RunJob, note: &str) -> Outcome<()> {
        if let Err(error) = lines("the note", note, NOTE_BYTES_MAX) {
            self.0.tally.fault("notes", &job.id, format!("{error}; the tag {NOTE} has it"));
            return Ok(());
        }
        client.change_labels(&job.id, &ChangeLabels { note: Some(note.to_owned()), ..ChangeLabels::default() })?;
        Ok(())
    }

    /// Sends the points; returns how many are new, and the time of the last one in milliseconds.
    fn points(self, job: &RunJob, is_here: bool, faults: &mut Faults) -> Outcome<(u64, Option<i64>)> {
        let here = match self.0.looking.filter(|_| is_here) {
            Some(client) => PointsHere::of_run(client, &job.id)?,
            None => PointsHere::default(),
        };
        let mut pages = self.0.store.points(&job.info)?;
        let (mut sent, mut last_us) = (0, None);
        loop {
            let points = pages.next(faults)?;
            if points.is_empty() {
                return Ok((sent, last_us.map(|time_us: i64| time_us.div_euclid(1000))));
            }
            last_us = last_us.max(points.iter().map(|point| point.time_us).max());
            sent += sent_points::send(self.0.sending, &job.id, &here, points, self.0.tally)?;
        }
    }

    fn files(self, job: &RunJob, is_here: bool, faults: &mut Faults) -> Outcome<u64> {
        let looking = self.0.looking.filter(|_| is_here);
        let mut files = FileSender::new(self.0.sending, looking, self.0.server, self.0.tally, &job.id)?;
        for model in &job.models {
            mlflow_models::create(self.0, job, model)?;
        }
        if self.0.with_files {
            for artifact in self.0.store.artifacts(&job.info, faults)? {
                files.send(artifact)?;
            }
            for model in &job.models {
                let before = format!("models/{}/", model.id);
                for artifact in self.0.store.model_artifacts(model, &before, faults)? {
                    files.send(artifact)?;
                }
            }
        }
        files.finish()?;
        for model in &job.models {
            mlflow_models::finish(self.0.sending, model)?;
        }
        Ok(files.sent)
    }
}

/// Opens a run. A run that is here keeps the tags that it got here.
fn open(client: &Client, job: &RunJob, details: &Details, tags: &Texts, is_here: bool) -> Outcome<()> {
    let tags = pairs(tags);
    if is_here {
        for some in tags.chunks(SENT_AT_ONCE) {
            client.mlflow(Method::POST, "runs/log-batch", &json!({ "run_id": job.id, "tags": some }))?;
        }
        return Ok(());
    }
    let RunInfo { name, user, started, ended, .. } = &job.info;
    let tagged = details.tags.get(RUN_NAME).filter(|name| !name.trim().is_empty());
    let mut run = json!({ "experiment_id": job.experiment, "run_id": job.id, "tags": tags });
    if let Some(name) = name.as_ref().or(tagged) {
        run["run_name"] = name.as_str().into();
    }
    if let Some(user) = user {
        run["user_id"] = user.as_str().into();
    }
    if let Some(started) = started.or(*ended) {
        run["start_time"] = started.into();
    }
    client.mlflow(Method::POST, "runs/create", &run)?;
    Ok(())
}

fn close(client: &Client, info: &RunInfo, id: &str, last_ms: Option<i64>) -> Outcome<()> {
    let status = match info.status {
        Status::Running | Status::Scheduled => return Ok(()),
        Status::Finished => "FINISHED",
        Status::Failed => "FAILED",
        Status::Killed => "KILLED",
    };
    let mut end = json!({ "run_id": id, "status": status });
    if let Some(ended) = info.ended.or(last_ms).or(info.started) {
        end["end_time"] = ended.into();
    }
    client.mlflow(Method::POST, "runs/update", &end)?;
    Ok(())
}

/// The parameters that Hven takes.
fn params(info: &RunInfo, all: &Texts, faults: &mut Faults) -> Texts {
    let mut params = Texts::new();
    for (key, value) in all {
        if check_key(key).is_err() {
            faults.add("parameters", format!("{}: {key}", info.id), BAD_NAME);
        } else if value.chars().count() > PARAM_CHARS_MAX {
            faults.add("parameters", format!("{}: {key}", info.id), "their value is longer than 6000 characters");
        } else {
            params.insert(key.clone(), value.clone());
        }
    }
    params
}

fn pairs(texts: &Texts) -> Vec<Value> {
    texts.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}
