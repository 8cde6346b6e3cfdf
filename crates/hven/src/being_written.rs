//! Finds runs that may write to their outputs now. A file that another command puts at such a path would be recorded as
//! an output of the run.

use std::path::PathBuf;

use hven_client::{Client, Failure, RunQuery};
use hven_core::file_name;

/// The states in which the command of a run may write.
const STATES: [&str; 2] = ["running", "stopping"];
/// The most runs that are checked.
const RUNS_MAX: usize = 100;

/// Refuses when an output of a run that may write now is one of the paths, lies in one of them, or contains one of
/// them. The paths are absolute. Without paths, the server is not asked.
pub fn refuse(client: &Client, paths: &[PathBuf]) -> anyhow::Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let states = STATES.map(str::to_owned).to_vec();
    let query = RunQuery { states, archived: Some("with"), limit: Some(RUNS_MAX), ..RunQuery::default() };
    for run in client.runs(&query)?.items {
        let Some(spec) = client.run(&run.id)?.spec else { continue };
        let cwd = file_name::to_path(&spec.cwd);
        let is_written = |output: &&String| {
            let output = cwd.join(file_name::from_text(output));
            paths.iter().any(|path| path.starts_with(&output) || output.starts_with(path))
        };
        if let Some(output) = spec.outputs.iter().find(is_written) {
            let (handle, state, output) = (&run.handle, &run.state, file_name::shown(output));
            let message =
                format!("run {handle} is {state} and has {output} among its outputs: wait for its end, or cancel it");
            return Err(Failure::new("conflict", message)
                .hint(format!("nothing was written; `hven attach {handle}` follows it to its end"))
                .into());
        }
    }
    Ok(())
}
