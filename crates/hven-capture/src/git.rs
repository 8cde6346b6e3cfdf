//! The code of a folder in a git repository: the commit, the difference from it, and untracked files. All files of the
//! folder are part of the code, and code files of the repository above it; so are ignored modules, inner repositories, and
//! the targets of links.

mod capture;
mod code_scope;
mod difference;
mod file_states;
mod git_process;
mod ignored;
mod inner;
mod links;
mod modes;
mod object_names;
mod repository;
mod selection;
mod status;
#[cfg(test)]
mod tests;
mod tracked;
mod tree;
mod untracked;

pub use self::{
    capture::capture,
    git_process::{command, git, has_commit},
    modes::with_modes,
    repository::find,
};
