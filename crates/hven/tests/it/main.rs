//! The command line as people and scripts meet it: the real binary in terminal sessions, each with a home of its own.
//! What changes from one time to the next (handles, ids, times, ports, folders) is filtered out of what is compared.

#![allow(unreachable_pub, reason = "a test program has no outside")]
#![allow(clippy::print_stderr, reason = "what is left out is said")]

mod access;
mod cancel;
mod capacity;
mod crash;
mod crowd;
mod datasets;
mod disk_full;
mod disk_refuses;
mod errors;
mod export;
mod fast;
mod foreign_code;
mod get;
mod graph;
mod home;
mod hostile;
mod impostor;
mod labels;
mod lineage;
mod links;
mod login;
mod logs;
mod look;
mod names;
mod ports;
mod private;
mod publish;
mod recipe;
mod reproduce;
mod rerun;
mod runs;
mod script;
mod server;
mod session;
mod shell;
mod soundness;
mod stale_code;
mod statements;
mod stdin;
mod study;
mod surroundings;
mod waited;
