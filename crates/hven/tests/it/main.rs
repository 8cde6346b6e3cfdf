//! The command line as people and scripts meet it: the real binary in terminal sessions, each with a home of its own.
//! What changes from one time to the next (handles, ids, times, ports, folders) is filtered out of what is compared.

#![allow(unreachable_pub, reason = "a test program has no outside")]

mod access;
mod crash;
mod crowd;
mod errors;
mod fast;
mod home;
mod look;
mod publish;
mod reproduce;
mod runs;
mod script;
mod server;
mod session;
mod soundness;
mod study;
