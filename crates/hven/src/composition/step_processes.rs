//! Processes in folders that people name: this very program. It carries out the steps of workflows in the folder of the manifest,
//! and reads drafts of arrays in the folder of their command.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use async_trait::async_trait;
use hven_app::ports::StepProcesses;
use hven_core::{
    array::{DraftRefusal, DraftReport, DraftTask},
    file_name,
    workflow::{StepError, StepReport, StepResult, StepTask},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{io::AsyncWriteExt as _, process::Command, sync::Semaphore};

/// How many steps of different workflows are carried out at the same time.
const AT_ONCE: usize = 4;
/// How many drafts are read at the same time.
const DRAFTS_AT_ONCE: usize = 2;
/// How much of its error output is kept.
const ERROR_BYTES_MAX: usize = 2000;

#[derive(Debug)]
pub struct OwnProgram {
    home: PathBuf,
    program: PathBuf,
    places: Semaphore,
    places_of_drafts: Semaphore,
}

impl OwnProgram {
    pub fn new(home: PathBuf) -> io::Result<Self> {
        Ok(Self {
            home,
            program: std::env::current_exe()?,
            places: Semaphore::new(AT_ONCE),
            places_of_drafts: Semaphore::new(DRAFTS_AT_ONCE),
        })
    }

    /// A process that reads a task and writes a report, in this folder.
    fn command(&self, name: &str, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--home").arg(&self.home).arg(name).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

#[async_trait]
impl StepProcesses for OwnProgram {
    async fn carry_out(&self, task: &StepTask, environment: &BTreeMap<String, String>) -> io::Result<StepReport> {
        let _place = self.places.acquire().await.map_err(io::Error::other)?;
        let folder = file_name::to_path(&task.folder);
        let mut command = self.command("step-process", &folder);
        command.env_clear().envs(environment);
        match report(command, task).await {
            // The folder is missing, or its owner may not enter it.
            Err(error) if !folder.is_dir() => Ok(no_folder(&task.folder, &error)),
            report => report,
        }
    }

    async fn read_draft(
        &self,
        task: &DraftTask,
        environment: Option<&BTreeMap<String, String>>,
    ) -> io::Result<DraftReport> {
        let folder = file_name::to_path(&task.draft.folder);
        let refused = |why: String| Ok(DraftReport::refused(vec![DraftRefusal::of("folder", why)]));
        if !folder.is_absolute() {
            return refused("the folder is not an absolute path".to_owned());
        }
        let _place = self.places_of_drafts.acquire().await.map_err(io::Error::other)?;
        let mut command = self.command("draft-process", &folder);
        if let Some(environment) = environment {
            command.env_clear().envs(environment);
        }
        match report(command, task).await {
            Err(error) if !folder.is_dir() => refused(format!("the folder cannot be entered: {error}")),
            report => report,
        }
    }
}

/// Starts a process, gives it its task, and returns its report.
async fn report<Report: DeserializeOwned>(mut command: Command, task: &impl Serialize) -> io::Result<Report> {
    let text = serde_json::to_vec(task)?;
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ends without reading its task reports nothing, which is noticed below.
        let _ = stdin.write_all(&text).await;
    }
    let output = child.wait_with_output().await?;
    let report = serde_json::from_slice(&output.stdout);
    report.map_err(|_| io::Error::other(no_report(output.status, &output.stderr)))
}

fn no_folder(folder: &str, error: &io::Error) -> StepReport {
    let message = format!("the folder {} cannot be entered: {error}", file_name::shown(folder));
    let error = StepError { code: "file.unreadable".to_owned(), message, hint: None };
    StepReport::Ended(StepResult { error: Some(error), ..StepResult::default() })
}

fn no_report(status: ExitStatus, errors: &[u8]) -> String {
    let errors = String::from_utf8_lossy(&errors[errors.len().saturating_sub(ERROR_BYTES_MAX)..]);
    format!("the process gave no report ({status}): {}", errors.trim())
}
