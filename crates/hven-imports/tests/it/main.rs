//! Stores that real programs made, stores that are damaged, and stores that were made to harm.

#![allow(unreachable_pub, reason = "a test has no outside")]

mod files;
mod hostile_databases;
mod real_stores;
mod samples;
mod servers;
mod tensorboard;
