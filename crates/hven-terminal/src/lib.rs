//! The output of Hven's commands: tables for people or JSON for programs, errors with a hint, and exit statuses. A
//! command does not choose the form; it passes a result to [`Output`].
//!
//! Only this crate writes to standard output and standard error (`clippy.toml` forbids it elsewhere). It escapes texts of
//! other people: with [`shown`] for people, and with [`hven_core::safe_text::safe_json`] for programs. Bytes are only
//! written unchanged when the user asked for that.

#![allow(unreachable_pub, reason = "`pub` marks the items that a module offers to the others")]

mod access;
mod arrays;
mod claims;
mod command_result;
mod compared_runs;
mod data;
mod deleted_runs;
mod displayed_log;
mod error_report;
pub mod exit;
mod facts;
pub mod formats;
mod found_in_logs;
mod graph;
mod home;
mod imported_runs;
mod labels;
mod machine;
mod metric_line;
mod origin;
mod output;
mod process;
mod publications;
mod queueing;
mod recipes;
mod repairs;
mod reproduce;
mod reruns_and_fetched_files;
mod run_detail;
mod run_end;
mod run_notes;
mod runs;
mod saved_views;
mod shell_line;
mod soundness;
mod steps;
mod table_look;
mod task_streams;
mod terminal_writer;
mod watched_run;
mod why;
mod workflows;

pub use access::{RemovedUser, TokensOfAll, Users, user_word};
pub use arrays::{
    ArrayDetached, ArrayShown, ArrayTasks, Extremes, TaskExplained, counts_text, extremes_line, time_left_text,
    values_text,
};
pub use claims::ledger;
pub use command_result::{CommandResult, HumanReadable};
pub use compared_runs::ComparisonShown;
pub use data::{DatasetAdded, DatasetExported, DatasetSplit, dataset_line, notes, notes_on, part_line};
pub use error_report::ErrorReport;
pub use found_in_logs::FoundLogLines;
pub use home::{
    ActionDone, BackupMade, Check, Configuration, Doctor, FileWritten, HealedObject, MissingObject, UsedSetting,
};
pub use imported_runs::{ImportedContent, ImportedProject, ImportedRunCounts, ImportedRuns, LeftOut};
pub use labels::{LabelledRuns, Labels, RunNoteResult, ShownLabels};
pub use output::{
    Human, Json, Output, byte_sink, choose_output, error_colours, is_error_terminal, is_terminal, stderr_line,
    usage_error, write_question, write_raw,
};
pub use publications::{ChangedFile, PublishedHere, VerifiedPublication};
pub use queueing::{QueuedRuns, UsageBy, UsageTable};
pub use repairs::{RepairDetached, repair_end_line, repair_left_line};
pub use reproduce::Reproduced;
pub use reruns_and_fetched_files::{FetchedFile, FetchedFiles, FileAction, Rerun, Reruns, SkippedRun};
pub use run_detail::deletion;
pub use run_end::finished_line;
pub use run_notes::{found_otherwise, not_recorded, note_line};
pub use runs::{ArrayCancellation, Cancelled, Runs, Submitted};
pub use saved_views::ViewShown;
pub use shell_line::shell_line;
pub use soundness::{RepairEnd, RepairLine};
pub use steps::{StepLine, StepState, Steps, law_line, result_line};
pub use table_look::TableLooked;
pub use task_streams::{ServerLines, TaskStreams};
pub use terminal_writer::{Colours, Field, TerminalWriter, printable, shown};
pub use watched_run::{Watched, outcome};
pub use workflows::{WorkflowDetached, put_back_text, workflow_end_line, workflow_left_line, workflow_started_line};
