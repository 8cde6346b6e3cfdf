//! The door for Prometheus: `GET /metrics` answers in its text format, version 0.0.4.
//!
//! Names follow Prometheus' conventions: base units (seconds, bytes), `_total` for counters, and `process_…` for the process of the server.

mod families;
mod metrics;
mod process;
mod refusal;

use hven_door::Door;

/// The door.
pub const DOOR: Door =
    Door { name: "prometheus", routes: metrics::routes, own_paths: &[], refuse: refusal::refuse, variables: None };
