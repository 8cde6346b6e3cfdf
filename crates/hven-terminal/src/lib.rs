//! How Hven's commands speak: tables for people or JSON for programs, errors with a hint, and exit statuses. Commands know
//! neither form; they hand over a reply.
//!
//! Standard output and standard error are written here alone (`clippy.toml` forbids them elsewhere), and text of other
//! people is escaped on its way: by [`shown`] for people, by [`hven_core::safe_text::safe_json`] for programs. Only bytes
//! that somebody asked for as they are pass untouched.

#![allow(unreachable_pub, reason = "`pub` says what a module offers to the others")]

mod access;
mod again;
mod claims;
mod data;
pub mod exit;
mod facts;
mod graph;
mod home;
mod labels;
mod metric_line;
mod origin;
mod output;
mod paper;
mod process;
mod publications;
mod recipes;
mod repairs;
mod reply;
mod reproduce;
mod run_detail;
mod run_end;
mod run_notes;
mod runs;
mod shell_line;
mod shown_log;
mod soundness;
mod steps;
mod task_streams;
mod told;
mod watched;
mod why;
pub mod words;

pub use access::{RemovedUser, TokensOfAll, Users, user_word};
pub use again::{Did, Got, GotFile, LeftOut, Rerun, Reruns};
pub use claims::ledger;
pub use data::{Added, Divided, Exported, dataset_line, notes, notes_on, part_line};
pub use home::{BackupMade, Check, Configuration, Doctor, Done, HealedObject, MissingObject, Stored, UsedSetting};
pub use labels::{Labelled, Labels, NoteOf, ShownLabels};
pub use output::{
    Human, Json, Output, ask, byte_sink, choose, error_ink, is_error_terminal, is_terminal, line_beside, raw,
    usage_error,
};
pub use paper::{Field, Ink, Paper, printable, shown};
pub use publications::{ChangedFile, PublishedHere, Verified};
pub use repairs::{RepairDetached, repair_end_line, repair_left_line};
pub use reply::{ForPeople, Reply};
pub use reproduce::Reproduced;
pub use run_end::finished_line;
pub use run_notes::{found_otherwise, note_line};
pub use runs::{Cancelled, Runs, Submitted};
pub use shell_line::shell_line;
pub use soundness::{RepairEnd, RepairLine};
pub use steps::{StepLine, StepState, Steps, law_line, result_line};
pub use task_streams::{ServerLines, TaskStreams};
pub use told::Told;
pub use watched::Watched;
