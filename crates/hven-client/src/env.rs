//! Every environment variable that Hven reads or sets, in one place; and the one reader of the environment for what runs on
//! the command line. A command reads at its beginning what it needs, and hands it on.

use std::{
    env::{self, VarsOs},
    ffi::OsString,
    path::PathBuf,
};

/// The folder of the home. Hven sets it for tasks, so that `hven` in a script calls the home that runs it.
pub const HVEN_HOME: &str = "HVEN_HOME";
/// The project that new runs belong to.
pub const HVEN_PROJECT: &str = "HVEN_PROJECT";
/// The port that the server listens on; 0: any free one.
pub const HVEN_PORT: &str = "HVEN_PORT";
/// The idle time after which an automatically started server stops, such as `15min`.
pub const HVEN_IDLE_EXIT: &str = "HVEN_IDLE_EXIT";
/// `sqlite`, or the address of a PostgreSQL database.
pub const HVEN_DATABASE: &str = "HVEN_DATABASE";
/// The level of the server's log: `error`, `warn`, `info`, `debug`, or a filter such as `hven_server=debug`.
pub const HVEN_LOG: &str = "HVEN_LOG";
/// NVIDIA's library that names the GPUs (`libnvidia-ml.so.1`), if the system does not find it.
pub const HVEN_RUNNER_NVML: &str = "HVEN_RUNNER_NVML";
/// The resources of this machine in addition to cores and memory, such as `gpu=2`.
pub const HVEN_RUNNER_RESOURCES: &str = "HVEN_RUNNER_RESOURCES";
/// After this time, earlier use of the machine counts half for the order of runs, such as `1d`.
pub const HVEN_SHARING_HALF_LIFE: &str = "HVEN_SHARING_HALF_LIFE";
/// The cores, and (below) the runs, that one user may use at the same time.
pub const HVEN_SHARING_USER_CPUS: &str = "HVEN_SHARING_USER_CPUS";
pub const HVEN_SHARING_USER_RUNS: &str = "HVEN_SHARING_USER_RUNS";
/// The cores, and (below) the runs, that one project may use at the same time.
pub const HVEN_SHARING_PROJECT_CPUS: &str = "HVEN_SHARING_PROJECT_CPUS";
pub const HVEN_SHARING_PROJECT_RUNS: &str = "HVEN_SHARING_PROJECT_RUNS";
/// Cores that a run reserves.
pub const HVEN_CPUS: &str = "HVEN_CPUS";
/// Memory that a run reserves, such as `8GiB`.
pub const HVEN_MEMORY: &str = "HVEN_MEMORY";
/// The time limit of a run, such as `2h`.
pub const HVEN_TIME: &str = "HVEN_TIME";
/// The memory limit above which a run is stopped.
pub const HVEN_MEMORY_LIMIT: &str = "HVEN_MEMORY_LIMIT";
/// The limit for the size of outputs above which a run is stopped.
pub const HVEN_OUTPUT_LIMIT: &str = "HVEN_OUTPUT_LIMIT";
/// The time between TERM and KILL.
pub const HVEN_GRACE: &str = "HVEN_GRACE";
/// The number of further attempts after a failure.
pub const HVEN_RETRIES: &str = "HVEN_RETRIES";
/// More variables whose values may be recorded, separated by commas.
pub const HVEN_ENV_RECORD: &str = "HVEN_ENV_RECORD";
/// The maximum number of files that Hven reads from a folder without git to identify the code.
pub const HVEN_CODE_FILES_MAX: &str = "HVEN_CODE_FILES_MAX";
/// The maximum number of bytes in these files.
pub const HVEN_CODE_BYTES_MAX: &str = "HVEN_CODE_BYTES_MAX";

/// In a task: the URL of its server. Outside a task, Hven refuses it (`context.rs`).
pub const HVEN_URL: &str = "HVEN_URL";
/// In a task: the token of the attempt. Outside a task, Hven refuses it.
pub const HVEN_TOKEN: &str = "HVEN_TOKEN";
/// In a task: the id of the run.
pub const HVEN_RUN_ID: &str = "HVEN_RUN_ID";
/// In a task: the number of the attempt.
pub const HVEN_ATTEMPT: &str = "HVEN_ATTEMPT";
/// In a task: the file for its metrics.
pub const HVEN_METRICS: &str = "HVEN_METRICS";

/// Variables of MLflow's own client, which `hven import mlflow` reads for the server that it imports from.
pub const MLFLOW_TRACKING_TOKEN: &str = "MLFLOW_TRACKING_TOKEN";
pub const MLFLOW_TRACKING_USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
pub const MLFLOW_TRACKING_PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";

/// In the process of a recipe: the version that the server takes the program for.
pub const HVEN_RECIPE_VERSION: &str = "HVEN_RECIPE_VERSION";

/// Set and not empty: no colours (no-color.org).
pub const NO_COLOR: &str = "NO_COLOR";

/// Variables that belong to one attempt and have no meaning outside it.
pub const OF_AN_ATTEMPT: [&str; 5] = [HVEN_URL, HVEN_TOKEN, HVEN_RUN_ID, HVEN_ATTEMPT, HVEN_METRICS];

/// A variable as it is, also when it is empty or not text.
pub fn raw(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// A variable that is text, also when it is empty.
pub fn value(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// A variable that is text and not empty.
pub fn text(name: &str) -> Option<String> {
    value(name).filter(|value| !value.is_empty())
}

/// A path that is not empty.
pub fn path(name: &str) -> Option<PathBuf> {
    raw(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether a variable is set and not empty.
pub fn is_set(name: &str) -> bool {
    raw(name).is_some_and(|value| !value.is_empty())
}

/// All variables with their values, as they are.
pub fn all() -> VarsOs {
    env::vars_os()
}
