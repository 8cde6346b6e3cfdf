//! What is done while a run goes on already: its start does not wait for it.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use hven_api::runs::SubmitRun;
use hven_capture::{Kept, Launch, files};
use hven_client::Client;
use hven_core::{file_name, run::State};

/// How long the end of `hven run` waits for what is still being looked at.
const AFTERWORK_TIMEOUT: Duration = Duration::from_secs(3);

/// A run that has not ended after this time waits or takes long. It is less than the time after which its code is compared at
/// its start, and not more than that at its end.
const WAITS_AFTER: Duration = Duration::from_millis(500);

/// Of some 6,000 files.
const LIST_BYTES_MAX: usize = 1 << 20;

/// What of the code is sent later.
#[derive(Debug, Default)]
pub struct CodeFiles {
    /// Small files.
    pub(super) kept: Vec<Kept>,
    /// How all of its files stood: the runner compares it with the disk when the run had to wait or takes long.
    pub(super) seen: Option<Vec<u8>>,
}

impl CodeFiles {
    /// Sends at once how the files stood, for a run that nobody follows.
    #[must_use]
    pub fn with_list_sent(mut self, client: &Client) -> Self {
        if let Some(list) = self.seen.take() {
            // Without it the run says that its code was not compared.
            let _ = client.put_bytes(&list);
        }
        self
    }
}

/// What is done while the run goes on already: the software is looked at, small code files are sent, and when it waits or takes
/// long also how all of them stood. Whether that works is not the run's affair.
pub fn afterwork(client: &Arc<Client>, id: &str, submit: &SubmitRun, code_files: CodeFiles) -> mpsc::Receiver<()> {
    let (done, waiting) = mpsc::channel();
    let (client, id) = (Arc::clone(client), id.to_owned());
    let CodeFiles { kept, seen } = code_files;
    if let Some(list) = seen {
        let (client, id, is_tried_again) = (Arc::clone(&client), id.clone(), submit.retries > 0);
        // Nobody waits for it: with this command it ends.
        thread::spawn(move || {
            thread::sleep(WAITS_AFTER);
            if is_tried_again || client.run(&id).is_ok_and(|run| is_wanted(&run.summary.state, list.len())) {
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
            // A file that changed meanwhile is not the one whose digest is recorded: its bytes are not kept.
            let _ = files::send(&client, &[], &kept);
        }
        let _ = done.send(());
    });
    waiting
}

/// Whether the list of the code is sent. Each run has a list of its own, which stays in the store: a long one is sent only where the
/// run waits.
fn is_wanted(state: &str, bytes: usize) -> bool {
    match State::parse(state) {
        Some(State::Waiting) => true,
        Some(state) => !state.is_final() && bytes <= LIST_BYTES_MAX,
        None => false,
    }
}

pub fn wait_for(afterwork: &mpsc::Receiver<()>) {
    // Too slow, or died: the record is complete without it.
    let _ = afterwork.recv_timeout(AFTERWORK_TIMEOUT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_code_is_sent_while_the_run_waits_or_goes_on() {
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
