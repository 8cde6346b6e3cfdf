//! The deletion of a run, for commands that find none of its content.

use hven_client::Client;
use hven_terminal::{Output, deletion};

/// Says that a run was deleted, with the user and the time, if it was. An empty answer about a run may have this reason.
pub fn note_deletion(client: &Client, run: &str, output: &mut dyn Output) -> anyhow::Result<()> {
    if let Some(said) = deletion(&client.run(run)?) {
        output.note(&format!("{said}; its content was erased"));
    }
    Ok(())
}
