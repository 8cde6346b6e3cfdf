//! Imports the event files of TensorBoard: each folder that has some is a run.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use hven_api::external::{CloseRun, OpenRun};
use hven_client::{Client, Method};
use hven_core::{limits::NAME_BYTES_MAX, stream::check_key};
use hven_imports::{
    Faults,
    tensorboard::{End, Finding, Folder, Hparam, Summed, folders},
};
use hven_terminal::{ImportedProject, ImportedRuns, Output, formats};
use serde_json::{Value, json};

use super::{
    failed::{Failed, Outcome, of_store},
    import_progress,
    mlflow_run::IMPORTED_FROM,
    run_job::Became,
    sent_files::FileSender,
    sent_points::{self, BAD_NAME, PointsHere},
    tally::{Counted, Tally, left_out},
};

/// The tag with the size of the event files when a run was imported: as long as they have it, nothing is new.
const IMPORTED_BYTES: &str = "hven.imported_bytes";
/// How long a run that goes on may be silent until its state is unknown.
const SILENT_AFTER_S: f64 = 3600.0;
const PARAMS_AT_ONCE: usize = 500;

/// The folder to import, and the choices of the user.
#[derive(Debug)]
pub struct TensorboardImport {
    pub root: PathBuf,
    /// The folder as the result names it.
    pub named: String,
    pub project: String,
    pub with_files: bool,
    /// A run has ended if nothing was written to its files for so long.
    pub ended_after: Duration,
}

/// Imports, or with `sending` as `None` says what an import would bring. The second value is the failure that ended it.
pub fn import_tensorboard(
    wanted: &TensorboardImport,
    looking: Option<&Client>,
    sending: Option<&Client>,
    output: &dyn Output,
) -> anyhow::Result<(ImportedRuns, Option<anyhow::Error>)> {
    let tally = Tally::default();
    let mut faults = Faults::default();
    let folders = folders(&wanted.root, &mut faults).map_err(|error| of_store(&error))?;
    tally.faults(faults);
    let import = Import { wanted, looking, sending, tally: &tally };
    let mut guessed = 0;
    let stopped = import_progress::shown(output, folders.len() as u64, &tally, || {
        for folder in &folders {
            match import.run(folder, &mut guessed) {
                Ok(became) => import.count(became),
                Err(Failed::Here(why)) => {
                    let mut tally = tally.lock();
                    tally.done += 1;
                    tally.runs.failed += 1;
                    tally.faults.add("runs", folder.name.as_str(), why);
                }
                Err(Failed::Everywhere(error)) => return Some(error),
            }
        }
        None
    });
    let Counted { runs, content, faults, .. } = tally.lock().clone();
    let mut notes = Vec::new();
    let minutes = formats::counted(wanted.ended_after.as_secs() / 60, "minute", "minutes");
    if guessed > 0 {
        notes.push(format!(
            "event files do not say whether a run has ended: {guessed} counted as ended, because nothing was written to their files for \
             {minutes} (--ended-after)"
        ));
    }
    if runs.open > 0 {
        notes.push(format!(
            "runs to whose files something was written in the last {minutes} stay open (--ended-after): import again to bring the rest"
        ));
    }
    let result = ImportedRuns {
        tracker: "tensorboard",
        source: wanted.named.clone(),
        plan: sending.is_none(),
        runs,
        content,
        projects: vec![ImportedProject {
            experiment: wanted.named.clone(),
            project: Some(wanted.project.clone()),
            runs: folders.len() as u64,
        }],
        left_out: left_out(&faults),
        notes,
        stopped: stopped.as_ref().map(ToString::to_string),
    };
    Ok((result, stopped))
}

struct Import<'i> {
    wanted: &'i TensorboardImport,
    looking: Option<&'i Client>,
    sending: Option<&'i Client>,
    tally: &'i Tally,
}

/// A run that is here.
#[derive(Clone, Copy, Debug)]
struct Here {
    has_ended: bool,
    bytes: Option<u64>,
}

impl Import<'_> {
    fn count(&self, became: Became) {
        let mut tally = self.tally.lock();
        tally.done += 1;
        match became {
            Became::New => tally.runs.new += 1,
            Became::Continued => tally.runs.continued += 1,
            Became::Here => tally.runs.here += 1,
        }
    }

    fn here(&self, id: &str) -> Outcome<Option<Here>> {
        let Some(client) = self.looking else { return Ok(None) };
        let run = match client.mlflow_get("runs/get", &[("run_id", id)]) {
            Ok(run) => run,
            Err(hven_client::Error::Api(api)) if api.status == 404 => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let tags = run["run"]["data"]["tags"].as_array().into_iter().flatten();
        let bytes = tags.filter(|tag| tag["key"] == IMPORTED_BYTES).find_map(|tag| tag["value"].as_str()?.parse().ok());
        let has_ended = !matches!(run["run"]["info"]["status"].as_str(), Some("RUNNING" | "SCHEDULED"));
        Ok(Some(Here { has_ended, bytes }))
    }

    fn run(&self, folder: &Folder, guessed: &mut u64) -> Outcome<Became> {
        let here = self.here(&folder.id)?;
        let is_quiet = is_quiet(folder, self.wanted.ended_after);
        if let Some(Here { has_ended, bytes }) = here
            && bytes == Some(folder.bytes)
            && (has_ended || !is_quiet)
        {
            self.tally.lock().runs.open += u64::from(!has_ended);
            return Ok(Became::Here);
        }
        // The times of a run are wanted before its first point is sent.
        let summed = folder.read::<Failed>(&mut Faults::default(), &mut |_| Ok(()))?;
        let mut faults = Faults::default();
        let sent = self.bring(folder, here, &summed, &mut faults);
        self.tally.faults(faults);
        let sent = sent?;
        let end = match summed.end {
            End::Succeeded => Some("done"),
            End::Failed => Some("failed"),
            End::NotSaid => is_quiet.then_some("done"),
        };
        let is_new_end = end.is_some() && here.is_none_or(|here| !here.has_ended);
        if is_new_end && summed.end == End::NotSaid {
            *guessed += 1;
        }
        if let Some(client) = self.sending {
            let bytes = json!({ "run_id": folder.id, "key": IMPORTED_BYTES, "value": folder.bytes.to_string() });
            client.mlflow(Method::POST, "runs/set-tag", &bytes)?;
            if let Some(state) = end.filter(|_| is_new_end) {
                let ended = summed.ended.map(|time| time.to_string());
                let why = (state == "failed").then(|| "its session of hyperparameters says that it failed".to_owned());
                client.close_run(&folder.id, &CloseRun { state: state.to_owned(), why, ended })?;
            }
        }
        if end.is_none() {
            self.tally.lock().runs.open += 1;
        }
        Ok(match here {
            None => Became::New,
            Some(_) if sent > 0 || is_new_end => Became::Continued,
            Some(_) => Became::Here,
        })
    }

    /// Sends what the run does not have; returns how many points and files came.
    fn bring(&self, folder: &Folder, here: Option<Here>, summed: &Summed, faults: &mut Faults) -> Outcome<u64> {
        let has_ended = here.is_some_and(|here| here.has_ended);
        let params = params(folder, summed, faults);
        if here.is_none() {
            let mut tally = self.tally.lock();
            tally.content.params += params.len() as u64;
        }
        if let Some(client) = self.sending.filter(|_| !has_ended) {
            self.open(client, folder, here, summed, params)?;
        }
        let known = match self.looking.filter(|_| here.is_some()) {
            Some(client) => PointsHere::of_run(client, &folder.id)?,
            None => PointsHere::default(),
        };
        let looking = self.looking.filter(|_| here.is_some());
        let mut files = FileSender::new(self.sending, looking, None, self.tally, &folder.id)?;
        let mut points_sent = 0;
        let mut late_files = 0_u64;
        folder.read::<Failed>(faults, &mut |finding| {
            match finding {
                Finding::Points(points) => {
                    points_sent += sent_points::send(self.sending, &folder.id, &known, points, self.tally)?;
                }
                Finding::File(_) if !self.wanted.with_files => {}
                Finding::File(file) if has_ended => late_files += u64::from(!files.has(&file.path)),
                Finding::File(file) => files.send(file)?,
            }
            Ok(())
        })?;
        files.finish()?;
        faults.add_many(
            "files",
            late_files,
            folder.name.as_str(),
            "the run has ended here: its outputs do not change any more",
        );
        Ok(points_sent + files.sent)
    }

    fn open(
        &self,
        client: &Client,
        folder: &Folder,
        here: Option<Here>,
        summed: &Summed,
        params: BTreeMap<String, Value>,
    ) -> Outcome<()> {
        if here.is_none() {
            let run = OpenRun {
                id: Some(folder.id.clone()),
                project: Some(self.wanted.project.clone()),
                name: Some(self.name(folder)),
                source: "tensorboard".to_owned(),
                started: summed.started.map(|time| time.to_string()),
                silent_after_s: Some(SILENT_AFTER_S),
                ..OpenRun::default()
            };
            client.open_run(&run)?;
            let from = json!({ "run_id": folder.id, "key": IMPORTED_FROM, "value": self.wanted.named });
            client.mlflow(Method::POST, "runs/set-tag", &from)?;
        }
        let mut rest = params.into_iter();
        loop {
            let some: BTreeMap<String, Value> = rest.by_ref().take(PARAMS_AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            client.log_params(&folder.id, some)?;
        }
    }

    /// The place of the folder, or the name of the folder that was named.
    fn name(&self, folder: &Folder) -> String {
        let root = self.wanted.root.canonicalize().unwrap_or_else(|_| self.wanted.root.clone());
        let own = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if folder.name.is_empty() { own } else { folder.name.clone() };
        let name: String = name.chars().map(|c| if c.is_control() { '_' } else { c }).collect();
        // The end of a long place tells more than its beginning.
        let mut start = name.len().saturating_sub(NAME_BYTES_MAX);
        while !name.is_char_boundary(start) {
            start += 1;
        }
        let name = name[start..].trim();
        if name.is_empty() { "run".to_owned() } else { name.to_owned() }
    }
}

/// Whether nothing was written to the files for so long.
fn is_quiet(folder: &Folder, ended_after: Duration) -> bool {
    let newest = folder.files.iter().filter_map(|file| file.metadata().ok()?.modified().ok()).max();
    let age = newest.and_then(|newest| SystemTime::now().duration_since(newest).ok());
    age.is_some_and(|age| age >= ended_after)
}

fn params(folder: &Folder, summed: &Summed, faults: &mut Faults) -> BTreeMap<String, Value> {
    let mut params = BTreeMap::new();
    for (name, value) in &summed.params {
        if check_key(name).is_err() {
            faults.add("parameters", format!("{}: {name}", folder.name), BAD_NAME);
            continue;
        }
        let value = match value {
            Hparam::Number(number) => {
                serde_json::Number::from_f64(*number).map_or_else(|| number.to_string().into(), Value::Number)
            }
            Hparam::Text(text) => text.as_str().into(),
            Hparam::Bool(yes) => (*yes).into(),
        };
        params.insert(name.clone(), value);
    }
    params
}
