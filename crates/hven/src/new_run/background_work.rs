//! Work for a run that its start does not wait for: this command captures the software and sends files of code while the run
//! is already running.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use hven_api::runs::SubmitRun;
use hven_capture::{Kept, Launch, files};
use hven_client::Client;
use hven_core::{file_name, run::State};

/// How long `hven run` waits at its end for the background work.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(3);

/// A run that has not ended after this time is waiting or takes long. The time is shorter than the delay after which the runner
/// compares the code at the start of a run, and not longer than the one for the comparison at the end.
const WAITS_AFTER: Duration = Duration::from_millis(500);

/// The size of a list of about 6,000 files.
const LIST_BYTES_MAX: usize = 1 << 20;

/// The part of the captured code that is sent after the submission.
#[derive(Debug, Default)]
pub struct CodeFiles {
    /// Small files.
    pub(super) kept: Vec<Kept>,
    /// The list of the states of all files. The runner compares it with the disk when the run had to wait or takes long.
    pub(super) seen: Option<Vec<u8>>,
}

impl CodeFiles {
    /// Sends all of it at once. For work that starts many times.
    pub fn send(self, client: &Client) {
        let rest = self.with_list_sent(client);
        // The bytes of a file that changed meanwhile are not kept, because the recorded digest is another one.
        let _ = files::send(client, &[], &rest.kept);
    }

    /// Sends the list of file states at once. For a run that this command does not follow.
    #[must_use]
    pub fn with_list_sent(mut self, client: &Client) -> Self {
        if let Some(list) = self.seen.take() {
            // If this fails, the run has the note that its code was not compared.
            let _ = client.put_bytes(&list);
        }
        self
    }
}

/// Captures the software and sends small files of code, and also the list of file states if the run waits or takes long. An error
/// here does not affect the run. The returned channel receives a message when the software and the files are sent.
pub fn start_background_work(
    client: &Arc<Client>,
    id: &str,
    submit: &SubmitRun,
    code_files: CodeFiles,
) -> mpsc::Receiver<()> {
    let (done, waiting) = mpsc::channel();
    let (client, id) = (Arc::clone(client), id.to_owned());
    let CodeFiles { kept, seen } = code_files;
    if let Some(list) = seen {
        let (client, id, has_retries) = (Arc::clone(&client), id.clone(), submit.retries > 0);
        // No thread waits for this one. It ends with this process.
        thread::spawn(move || {
            thread::sleep(WAITS_AFTER);
            if has_retries || client.run(&id).is_ok_and(|run| is_wanted(&run.summary.state, list.len())) {
                let _ = client.put_bytes(&list);
            }
        });
    }
    let (argv, cwd, environment) = (submit.argv.clone(), file_name::to_path(&submit.cwd), submit.environment.clone());
    thread::spawn(move || {
        let launch = Launch { argv: &argv, cwd: &cwd, environment: &environment };
        if let Some(software) = hven_capture::python::capture(&launch) {
            let _ = client.put_software(&id, &software);
        }
        if !kept.is_empty() {
            // The bytes of a file that changed meanwhile are not kept, because the recorded digest is another one.
            let _ = files::send(&client, &[], &kept);
        }
        let _ = done.send(());
    });
    waiting
}

/// Whether the list of file states is sent. Each run has its own list, which stays in the store. A long list is only sent if the
/// run waits.
fn is_wanted(state: &str, bytes: usize) -> bool {
    match State::parse(state) {
        Some(State::Waiting) => true,
        Some(state) => !state.is_final() && bytes <= LIST_BYTES_MAX,
        None => false,
    }
}

/// Waits for the background work, but not longer than [`BACKGROUND_TIMEOUT`].
pub fn wait_for(background_work: &mpsc::Receiver<()>) {
    // If the work is too slow or its thread died, the record is complete without it.
    let _ = background_work.recv_timeout(BACKGROUND_TIMEOUT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_file_states_is_sent_while_the_run_waits_or_is_running() {
        for (state, bytes, want) in [
            ("waiting", LIST_BYTES_MAX + 1, true),
            ("running", LIST_BYTES_MAX, true),
            ("running", LIST_BYTES_MAX + 1, false),
            ("stopping", 1, true),
            ("done", 1, false),
            ("another", 1, false),
        ] {
            assert_eq!(is_wanted(state, bytes), want, "{state} {bytes}");
        }
    }
}
