//! Captures the elements of a run at its start: code, inputs, environment, programs and modules; and, a little later, its
//! software.
//!
//! The capture reads the caller's folder and sends missing objects to the server through a client. It starts no run and
//! prints nothing.

#![allow(unreachable_pub, reason = "`pub` says what a module offers to the others")]

mod all_programs;
mod apart;
mod beneath;
mod captured;
pub mod clone;
mod code;
mod code_names;
pub mod empty;
pub mod environment;
pub mod files;
mod folder;
mod folder_search;
pub mod git;
mod globs;
pub mod key_files;
mod launch;
mod limits;
pub mod manifests;
pub mod process;
mod programs;
pub mod python;
mod recorded_path;
pub mod remembered;
pub mod seen;
mod skipped;
pub mod stdin;
pub mod tools;

pub use apart::Apart;
pub use captured::CapturedCode;
pub use code::code;
pub use code_names::{is_code, is_program};
pub use files::Kept;
pub use globs::globbed;
pub use launch::Launch;
pub use limits::Limits;

pub(crate) use limits::READ_BYTES_MAX;
pub(crate) use skipped::{is_any_skipped, is_skipped, is_tool_folder, is_tool_mark};
