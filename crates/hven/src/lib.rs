//! The one binary. Command line → settings → command → exit status (`program.rs`); and the only place where implementations
//! meet their ports (`composition/`).

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what a module offers to the others")]

mod act;
mod arg_values;
mod array_outputs;
mod array_samples;
mod array_values;
mod array_watch;
mod being_written;
mod bench_servers;
mod capture_limits;
mod cli;
mod commands;
mod complete;
mod composition;
mod confirm;
mod connect;
mod context;
mod dataset_tables;
mod declared_map;
mod declared_resources;
mod dispatch;
mod follow_run;
mod global_args;
mod home;
mod home_backup;
mod kept_files;
mod left_out_tasks;
mod lineage_graph;
mod list_args;
mod login_page;
mod look_document;
mod manifest_table;
mod map_args;
mod new_array;
mod new_run;
mod older_server;
mod open_files;
mod partial_cleanup;
mod partial_file;
mod process_report;
mod program;
mod progress;
mod publication_errors;
mod publication_folder;
mod recipe_flags;
mod recorded_units;
mod repair_watch;
mod run_csv;
mod run_filter;
mod run_progress;
mod runner_binary;
mod saved_views;
mod server_log;
mod server_process;
mod settings;
mod source_flags;
mod step_host;
mod task_args;
mod tolerances;
mod unresponsive_server;
mod users;
mod wait_reason;
mod workflow_watch;

pub use program::main;
