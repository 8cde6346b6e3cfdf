//! Stores that real programs made, stores that are damaged, and stores that were made to harm.

mod files;
mod hostile_databases;
mod real_stores;
mod samples;
mod servers;
mod tensorboard;
