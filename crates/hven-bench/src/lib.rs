//! Measures Hven on the machine where it runs, in the same call as the programs with which it is compared.

#![allow(unreachable_pub, reason = "`pub` says what a module offers to the others")]

mod against;
mod command;
mod engine;
mod export;
mod generated;
mod http;
mod import;
mod law;
mod lineage;
mod log;
mod machine;
mod map;
mod predict;
mod record;
mod runs;
mod servers;
mod start;
mod tasks;
mod track;

pub use command::{BenchArgs, BenchCommand, bench};
pub use servers::Servers;
