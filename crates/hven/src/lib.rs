//! The one binary. Command line → settings → command → exit status (`program.rs`); and the only place where implementations
//! meet their ports (`house/`).

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what a module offers to the others")]

mod act;
mod being_written;
mod bench_servers;
mod capture_limits;
mod cli;
mod commands;
mod complete;
mod confirm;
mod connect;
mod context;
mod dispatch;
mod follow;
mod global_args;
mod home;
mod home_backup;
mod house;
mod kept_files;
mod lineage_graph;
mod list_args;
mod login_page;
mod new_run;
mod older_server;
mod open_files;
mod partial;
mod program;
mod progress;
mod publication_errors;
mod publication_folder;
mod quantities;
mod recipe_flags;
mod repair_watch;
mod run_filter;
mod runner_binary;
mod server_log;
mod server_process;
mod settings;
mod silent_server;
mod step_hands;
mod tables;
mod tolerances;
mod unfinished;
mod users;
mod waits;
mod watch;

pub use program::main;
