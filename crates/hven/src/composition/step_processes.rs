//! Processes that carry out steps of workflows: this very program, in the folder of the manifest, with the environment of the
//! person who started the workflow.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
};

use async_trait::async_trait;
use hven_app::ports::StepProcesses;
use hven_core::{
    file_name,
    workflow::{StepError, StepReport, StepResult, StepTask},
};
use tokio::{io::AsyncWriteExt as _, process::Command, sync::Semaphore};

/// How many steps of different workflows are carried out at the same time.
const AT_ONCE: usize = 4;
/// How much of its error output is kept.
const ERROR_BYTES_MAX: usize = 2000;

#[derive(Debug)]
pub struct OwnProgram {
    home: PathBuf,
    program: PathBuf,
    places: Semaphore,
}

impl OwnProgram {
    pub fn new(home: PathBuf) -> io::Result<Self> {
        Ok(Self { home, program: std::env::current_exe()?, places: Semaphore::new(AT_ONCE) })
    }
}

#[async_trait]
impl StepProcesses for OwnProgram {
    async fn carry_out(&self, task: &StepTask, environment: &BTreeMap<String, String>) -> io::Result<StepReport> {
        let _place = self.places.acquire().await.map_err(io::Error::other)?;
        let folder = file_name::to_path(&task.folder);
        let mut command = Command::new(&self.program);
        command.arg("--home").arg(&self.home).arg("step-process");
        command.env_clear().envs(environment).current_dir(&folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            // The folder is missing, or its owner may not enter it.
            Err(error) if !folder.is_dir() => return Ok(no_folder(&task.folder, &error)),
            Err(error) => return Err(error),
        };
        let text = serde_json::to_vec(task)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A process that ends without reading its task reports nothing, which is noticed below.
            let _ = stdin.write_all(&text).await;
        }
        let output = child.wait_with_output().await?;
        let report = serde_json::from_slice(&output.stdout);
        report.map_err(|_| io::Error::other(no_report(output.status, &output.stderr)))
    }
}

fn no_folder(folder: &str, error: &io::Error) -> StepReport {
    let message = format!("the folder {} cannot be entered: {error}", file_name::shown(folder));
    let error = StepError { code: "file.unreadable".to_owned(), message, hint: None };
    StepReport::Ended(StepResult { error: Some(error), ..StepResult::default() })
}

fn no_report(status: ExitStatus, errors: &[u8]) -> String {
    let errors = String::from_utf8_lossy(&errors[errors.len().saturating_sub(ERROR_BYTES_MAX)..]);
    format!("the process of the step gave no report ({status}): {}", errors.trim())
}
