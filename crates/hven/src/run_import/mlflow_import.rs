//! Imports a store of MLflow: first the list of its runs, then several runs at a time, then the registry of models.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
};

use hven_client::{Client, Failure, ForeignServer};
use hven_imports::{
    Faults,
    mlflow::{Experiment, LoggedModel, RunInfo, Store},
    run_id,
};
use hven_terminal::{ImportedProject, ImportedRuns, Output};

use super::{
    failed::{Failed, Outcome, of_store},
    import_progress,
    mlflow_experiments::{self, ExperimentHere},
    mlflow_models, mlflow_registry,
    mlflow_run::import_run,
    mlflow_source::MlflowSource,
    run_job::{Became, RunImport, RunJob},
    runs_here::{RunHere, runs_here},
    tally::{Counted, Tally, left_out},
};

/// How many runs are imported at the same time.
const THREADS: usize = 4;
/// After so many runs that another server does not send, it is not asked for more.
const FAILED_IN_A_ROW_MAX: u64 = 8;

/// The store to import, and the choices of the user.
#[derive(Debug)]
pub struct MlflowImport {
    pub source: MlflowSource,
    /// The source as the result names it.
    pub named: String,
    pub artifacts: Option<PathBuf>,
    /// The names of experiments; empty: all.
    pub experiments: Vec<String>,
    /// The project for all runs; by default each experiment has its own.
    pub project: Option<String>,
    pub with_deleted: bool,
    pub with_files: bool,
}

/// Imports, or with `sending` as `None` says what an import would bring. `looking` is asked what is here. The second value is the failure
/// that ended it.
pub fn import_mlflow(
    wanted: &MlflowImport,
    looking: Option<&Client>,
    sending: Option<&Client>,
    output: &dyn Output,
) -> anyhow::Result<(ImportedRuns, Option<anyhow::Error>)> {
    let store = wanted.source.open(wanted.artifacts.as_deref()).map_err(|error| of_store(&error))?;
    let tally = Tally::default();
    let import = Import { wanted, looking, sending, server: wanted.source.server(), tally: &tally };
    let mut projects = Vec::new();
    let stopped = match import.all(&*store, &mut projects, output) {
        Ok(()) => None,
        Err(Failed::Everywhere(error)) => Some(error),
        Err(Failed::Here(why)) => Some(Failure::new("invalid", why).into()),
    };
    let Counted { runs, content, faults, .. } = tally.lock().clone();
    let mut notes = Vec::new();
    if runs.open > 0 {
        notes.push("runs that still run there stay open here: import again to bring the rest of them".to_owned());
    }
    let result = ImportedRuns {
        tracker: "mlflow",
        source: wanted.named.clone(),
        plan: sending.is_none(),
        runs,
        content,
        projects,
        left_out: left_out(&faults),
        notes,
        stopped: stopped.as_ref().map(ToString::to_string),
    };
    Ok((result, stopped))
}

struct Import<'i> {
    wanted: &'i MlflowImport,
    looking: Option<&'i Client>,
    sending: Option<&'i Client>,
    server: Option<&'i ForeignServer>,
    tally: &'i Tally,
}

impl Import<'_> {
    fn all(&self, store: &dyn Store, projects: &mut Vec<ImportedProject>, output: &dyn Output) -> Outcome<()> {
        let mut faults = Faults::default();
        let experiments = self.experiments(store, &mut faults)?;
        let mut jobs = Vec::new();
        let mut alone: Vec<(String, LoggedModel)> = Vec::new();
        let mut to_delete = Vec::new();
        for experiment in &experiments {
            let runs = self.runs(store, experiment, &mut faults)?;
            if experiment.is_deleted && runs.is_empty() {
                continue;
            }
            let here = match self.project(experiment) {
                Ok(here) => here,
                Err(Failed::Here(why)) => {
                    self.tally.lock().runs.failed += runs.len() as u64;
                    faults.add_many("runs", runs.len() as u64, &experiment.name, why);
                    continue;
                }
                Err(everywhere) => return Err(everywhere),
            };
            projects.push(ImportedProject {
                experiment: experiment.name.clone(),
                project: here.as_ref().map(|here| here.project.clone()).or_else(|| self.wanted.project.clone()),
                runs: runs.len() as u64,
            });
            if experiment.is_deleted && self.wanted.project.is_none() {
                to_delete.extend(here.clone());
            }
            let models = store.logged_models(experiment, &mut faults)?;
            self.add_jobs(experiment, here, runs, models, &mut jobs, &mut alone, &mut faults)?;
        }
        store.not_imported(&mut faults)?;
        self.tally.faults(faults);
        let total = jobs.len() as u64;
        import_progress::shown(output, total, self.tally, || {
            for jobs in by_depth(jobs) {
                self.some(jobs)?;
            }
            self.models(store, &alone)?;
            if self.wanted.experiments.is_empty() {
                self.registry(store)?;
            }
            if let Some(client) = self.sending {
                to_delete.iter().try_for_each(|here| mlflow_experiments::delete(client, here))?;
            }
            Ok(())
        })
    }

    fn experiments(&self, store: &dyn Store, faults: &mut Faults) -> Outcome<Vec<Experiment>> {
        let all = store.experiments(faults)?;
        let wanted = &self.wanted.experiments;
        for name in wanted {
            if !all.iter().any(|experiment| experiment.name == *name) {
                let names: Vec<&str> = all.iter().take(20).map(|experiment| experiment.name.as_str()).collect();
                let failure = Failure::new("not_found", format!("{} has no experiment {name:?}", self.wanted.named));
                let hint = format!("it has: {}", names.join(", "));
                return Err(Failed::Everywhere(failure.hint(hint).into()));
            }
        }
        let is_wanted = |experiment: &Experiment| wanted.is_empty() || wanted.contains(&experiment.name);
        Ok(all.into_iter().filter(is_wanted).collect())
    }

    /// The runs of an experiment, without deleted ones if these are not wanted.
    fn runs(&self, store: &dyn Store, experiment: &Experiment, faults: &mut Faults) -> Outcome<Vec<RunInfo>> {
        let mut runs = store.runs(experiment, faults)?;
        for run in &mut runs {
            run.is_deleted |= experiment.is_deleted;
        }
        if !self.wanted.with_deleted {
            let all = runs.len();
            runs.retain(|run| !run.is_deleted);
            self.tally.lock().runs.deleted += (all - runs.len()) as u64;
        }
        Ok(runs)
    }

    /// The experiment in Hven; `None` if it is not here and nothing is sent.
    fn project(&self, experiment: &Experiment) -> Outcome<Option<ExperimentHere>> {
        let project = self.wanted.project.as_deref();
        match (self.sending, self.looking) {
            (Some(client), _) => mlflow_experiments::make(client, experiment, project).map(Some),
            (_, Some(client)) => {
                Ok(mlflow_experiments::find(&mlflow_experiments::experiments_here(client)?, &experiment.name, project))
            }
            _ => Ok(None),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one experiment, and the lists that get them")]
    fn add_jobs(
        &self,
        experiment: &Experiment,
        here: Option<ExperimentHere>,
        runs: Vec<RunInfo>,
        models: Vec<LoggedModel>,
        jobs: &mut Vec<RunJob>,
        alone: &mut Vec<(String, LoggedModel)>,
        faults: &mut Faults,
    ) -> Outcome<()> {
        let known: HashMap<String, RunHere> = match (self.looking, &here) {
            (Some(client), Some(here)) if !runs.is_empty() => runs_here(client, &here.project)?,
            _ => HashMap::new(),
        };
        let id_here = here.map(|here| here.id).unwrap_or_default();
        let ids: BTreeSet<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        let mut of_runs: HashMap<String, Vec<LoggedModel>> = HashMap::new();
        for model in models {
            match model.run.clone() {
                None => alone.push((id_here.clone(), model)),
                Some(run) if ids.contains(run.as_str()) => of_runs.entry(run).or_default().push(model),
                Some(_) => faults.add("logged models", model.id, "the run that made them is not imported"),
            }
        }
        for info in runs {
            let (id, is_same) = run_id("mlflow", &info.id);
            if !is_same {
                faults.add("ids of runs", &info.id, "Hven cannot take them: the runs got other ids");
            }
            jobs.push(RunJob {
                here: known.get(&id).copied(),
                models: of_runs.remove(&info.id).unwrap_or_default(),
                experiment: id_here.clone(),
                experiment_name: self.wanted.project.as_ref().map(|_| experiment.name.clone()),
                id,
                info,
            });
        }
        Ok(())
    }

    fn run_import<'s>(&'s self, store: &'s dyn Store) -> RunImport<'s> {
        RunImport {
            store,
            looking: self.looking,
            sending: self.sending,
            server: self.server,
            tally: self.tally,
            with_files: self.wanted.with_files,
            source: &self.wanted.named,
        }
    }

    /// Imports runs of which none is in another one.
    fn some(&self, jobs: Vec<RunJob>) -> Outcome<()> {
        let threads = THREADS.min(jobs.len());
        let queue = Mutex::new(jobs.into_iter());
        let stopped: Mutex<Option<anyhow::Error>> = Mutex::new(None);
        let lock = || stopped.lock().unwrap_or_else(PoisonError::into_inner);
        // Each thread has a store of its own, which reads for it alone.
        let work = || -> Outcome<()> {
            let store = self.wanted.source.open(self.wanted.artifacts.as_deref())?;
            let import = self.run_import(&*store);
            while lock().is_none() {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(job) = next else { break };
                self.count(&job, import_run(&import, &job))?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| match work() {
                    Ok(()) => {}
                    Err(Failed::Everywhere(error)) => drop(lock().get_or_insert(error)),
                    Err(Failed::Here(why)) => drop(lock().get_or_insert_with(|| Failure::new("invalid", why).into())),
                });
            }
        });
        match lock().take() {
            Some(error) => Err(Failed::Everywhere(error)),
            None => Ok(()),
        }
    }

    fn count(&self, job: &RunJob, became: Outcome<Became>) -> Outcome<()> {
        let mut tally = self.tally.lock();
        tally.done += 1;
        tally.failed_in_a_row = if became.is_err() { tally.failed_in_a_row + 1 } else { 0 };
        match became {
            Ok(Became::New) => tally.runs.new += 1,
            Ok(Became::Continued) => tally.runs.continued += 1,
            Ok(Became::Here) => tally.runs.here += 1,
            Err(Failed::Here(why)) => {
                tally.runs.failed += 1;
                tally.faults.add("runs", &job.info.id, &*why);
                if self.server.is_some() && tally.failed_in_a_row >= FAILED_IN_A_ROW_MAX {
                    let message = format!("{FAILED_IN_A_ROW_MAX} runs in a row could not be read: {why}");
                    return Err(Failed::Everywhere(Failure::new("server.unreachable", message).into()));
                }
            }
            Err(everywhere) => return Err(everywhere),
        }
        Ok(())
    }

    fn models(&self, store: &dyn Store, alone: &[(String, LoggedModel)]) -> Outcome<()> {
        for (experiment, model) in alone {
            match mlflow_models::alone(&self.run_import(store), experiment, model) {
                Ok(()) => {}
                Err(Failed::Here(why)) => self.tally.fault("logged models", &model.id, why),
                Err(everywhere) => return Err(everywhere),
            }
        }
        Ok(())
    }

    fn registry(&self, store: &dyn Store) -> Outcome<()> {
        let mut faults = Faults::default();
        for model in store.registered_models(&mut faults)? {
            match mlflow_registry::bring(self.looking, self.sending, &model, self.tally) {
                Ok(()) => {}
                Err(Failed::Here(why)) => faults.add("registered models", &model.name, why),
                Err(everywhere) => return Err(everywhere),
            }
        }
        self.tally.faults(faults);
        Ok(())
    }
}

/// The runs that are in no other one first, then those in them, and so on: a run names the one in which it was started, which must be here.
/// Runs that are in each other in a circle come last.
fn by_depth(jobs: Vec<RunJob>) -> Vec<Vec<RunJob>> {
    let mut levels = Vec::new();
    let mut waiting = jobs;
    let mut unplaced: BTreeSet<String> = waiting.iter().map(|job| job.info.id.clone()).collect();
    while !waiting.is_empty() {
        let is_free = |job: &RunJob| {
            job.info.parent.as_ref().is_none_or(|parent| *parent == job.info.id || !unplaced.contains(parent))
        };
        let (free, rest): (Vec<RunJob>, Vec<RunJob>) = waiting.into_iter().partition(is_free);
        if free.is_empty() {
            levels.push(rest);
            break;
        }
        for job in &free {
            unplaced.remove(&job.info.id);
        }
        levels.push(free);
        waiting = rest;
    }
    levels
}

#[cfg(test)]
mod tests {
    use hven_imports::mlflow::Status;

    use super::*;

    #[test]
    fn parents_come_before_their_children() {
        let job = |id: &str, parent: Option<&str>| RunJob {
            info: RunInfo {
                id: id.to_owned(),
                experiment: "1".to_owned(),
                name: None,
                user: None,
                status: Status::Finished,
                started: None,
                ended: None,
                is_deleted: false,
                parent: parent.map(str::to_owned),
                artifact_uri: String::new(),
            },
            id: id.to_owned(),
            experiment: String::new(),
            experiment_name: None,
            here: None,
            models: Vec::new(),
        };
        let jobs = vec![
            job("c", Some("b")),
            job("b", Some("a")),
            job("a", None),
            job("lone", Some("elsewhere")),
            job("self", Some("self")),
            job("x", Some("y")),
            job("y", Some("x")),
        ];
        let levels: Vec<Vec<String>> =
            by_depth(jobs).into_iter().map(|level| level.into_iter().map(|job| job.id).collect()).collect();
        assert_eq!(levels, [vec!["a", "lone", "self"], vec!["b"], vec!["c"], vec!["x", "y"]]);
    }
}
