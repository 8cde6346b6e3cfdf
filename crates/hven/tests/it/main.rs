//! The command line as people and scripts meet it: the real binary in terminal sessions, each with a home of its own.
//! What changes from one time to the next (handles, ids, times, ports, folders) is filtered out of what is compared.

#![allow(unreachable_pub, reason = "a test program has no outside")]
#![allow(clippy::print_stderr, reason = "what is left out is said")]

mod access;
mod crash;
mod crowd;
mod disk_full;
mod errors;
mod export;
mod fast;
mod foreign_code;
mod graph;
mod home;
mod hostile;
mod impostor;
mod links;
mod look;
mod private;
mod publish;
mod reproduce;
mod runs;
mod script;
mod server;
mod session;
mod soundness;
mod study;
