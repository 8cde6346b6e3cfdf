//! The wire types of Hven's native API (`/api/v1`). Only the server and its clients use them.
//!
//! They are plain data. The server converts them by hand from and to the domain's types, so that the domain can change without
//! breaking a client. The API only grows: a field may be added, none is removed. Ids are 32 hexadecimal digits, times are RFC
//! 3339 in UTC, durations are in seconds, sizes in bytes.

pub mod access;
pub mod actor;
pub mod arrays;
pub mod claims;
pub mod compared_runs;
pub mod datasets;
pub mod error;
pub mod external;
pub mod facts;
pub mod file_ref;
pub mod graph;
pub mod home;
pub mod labels;
pub mod laws;
pub mod lineage;
pub mod logs;
pub mod machine;
pub mod metrics;
pub mod objects;
pub mod origin;
pub mod page;
pub mod process;
pub mod proof;
pub mod publication_summary;
pub mod publications;
pub mod queueing;
pub mod recipes;
pub mod repair_summary;
pub mod repairs;
pub mod reproductions;
pub mod run_name;
pub mod runner;
pub mod runs;
pub mod saved_views;
pub mod sentence;
pub mod software;
pub mod soundness;
pub mod spool;
pub mod stdin;
pub mod submissions;
pub mod time_left;
pub mod tools;
pub mod workflows;

/// The path of the native API, below the server's address.
pub const PREFIX: &str = "/api/v1";
/// The header by which the server recognises a repeated POST.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// The header with the byte at which an upload continues.
pub const UPLOAD_OFFSET: &str = "Upload-Offset";
/// The beginning of a browser cookie's name; digits of the home's id follow.
pub const COOKIE_BEGINNING: &str = "hven_session_";
