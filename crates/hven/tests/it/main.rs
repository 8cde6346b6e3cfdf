//! The command line as people and scripts use it: the real binary in terminal sessions, each with its own home. Values
//! that change between runs (handles, ids, times, ports, folders) are filtered from the snapshots.

#![allow(unreachable_pub, reason = "a test program has no outside")]
#![allow(clippy::print_stderr, reason = "tests that are left out are reported")]

mod access;
mod array_faults;
mod array_waiting;
mod arrays;
mod bench;
mod cancel;
mod capacity;
mod changed_files;
mod comparing;
mod crash;
mod datasets;
mod deleting;
mod disk_errors;
mod disk_full;
mod door_faults;
mod errors;
mod example_studies;
mod export;
mod file_names;
mod fit_script;
mod foreign_code;
mod get;
mod graph;
mod home;
mod home_permissions;
mod hostile_text;
mod import_runs;
mod import_settings;
mod impostor;
mod kills;
mod labels;
mod lineage;
mod links;
mod login;
mod logs;
mod many_clients;
mod ports;
mod publish;
mod queueing;
mod recipe;
mod reproduce;
mod rerun;
mod run_environment;
mod runs;
mod server;
mod session;
mod shell_limits;
mod show_commands;
mod soundness;
mod stale_code;
mod statements;
mod stdin;
mod workflows;
