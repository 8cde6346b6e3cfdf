//! Every environment variable that Hven reads or sets, in one place.

/// Which home: a directory. Set for tasks, so that `hven` in a script speaks to the home that runs it.
pub const HVEN_HOME: &str = "HVEN_HOME";
/// The project that new runs belong to.
pub const HVEN_PROJECT: &str = "HVEN_PROJECT";
/// The port that the server listens on; 0: any free one.
pub const HVEN_PORT: &str = "HVEN_PORT";
/// After how much idleness a server that a command started ends, such as `15min`.
pub const HVEN_IDLE_EXIT: &str = "HVEN_IDLE_EXIT";
/// `sqlite`, or the address of a PostgreSQL database.
pub const HVEN_DATABASE: &str = "HVEN_DATABASE";
/// What the server writes to its log: `error`, `warn`, `info`, `debug`, or a filter such as `hven_server=debug`.
pub const HVEN_LOG: &str = "HVEN_LOG";
/// What this machine has beside cores and memory, such as `gpu=2`.
pub const HVEN_RUNNER_RESOURCES: &str = "HVEN_RUNNER_RESOURCES";
/// Cores that a run reserves.
pub const HVEN_CPUS: &str = "HVEN_CPUS";
/// Memory that a run reserves, such as `8GiB`.
pub const HVEN_MEMORY: &str = "HVEN_MEMORY";
/// How long a run may take, such as `2h`.
pub const HVEN_TIME: &str = "HVEN_TIME";
/// The memory above which a run is stopped.
pub const HVEN_MEMORY_LIMIT: &str = "HVEN_MEMORY_LIMIT";
/// The size of its outputs above which a run is stopped.
pub const HVEN_OUTPUT_LIMIT: &str = "HVEN_OUTPUT_LIMIT";
/// The time between TERM and KILL.
pub const HVEN_GRACE: &str = "HVEN_GRACE";
/// How many more attempts are made when one fails.
pub const HVEN_RETRIES: &str = "HVEN_RETRIES";
/// More variables whose values may be recorded, separated by commas.
pub const HVEN_ENV_RECORD: &str = "HVEN_ENV_RECORD";
/// How many files of a folder without git are read to know the code.
pub const HVEN_CODE_FILES_MAX: &str = "HVEN_CODE_FILES_MAX";
/// How many bytes of them.
pub const HVEN_CODE_BYTES_MAX: &str = "HVEN_CODE_BYTES_MAX";

/// In a task: where its server is. Set elsewhere, it is refused (`context.rs`).
pub const HVEN_URL: &str = "HVEN_URL";
/// In a task: the token of the attempt. Set elsewhere, it is refused.
pub const HVEN_TOKEN: &str = "HVEN_TOKEN";
/// In a task: the run's id.
pub const HVEN_RUN_ID: &str = "HVEN_RUN_ID";
/// In a task: the attempt's number.
pub const HVEN_ATTEMPT: &str = "HVEN_ATTEMPT";
/// In a task: the file to which it writes metrics.
pub const HVEN_METRICS: &str = "HVEN_METRICS";

/// Set and not empty: no colours (no-color.org).
pub const NO_COLOR: &str = "NO_COLOR";

/// What is set for one attempt and means nothing outside of it.
pub const OF_AN_ATTEMPT: [&str; 5] = [HVEN_URL, HVEN_TOKEN, HVEN_RUN_ID, HVEN_ATTEMPT, HVEN_METRICS];
