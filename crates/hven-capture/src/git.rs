//! The code of a folder in a git repository: the commit, what differs from it, and the files that git does not know. All files
//! of the folder count, and of the repository above it what is code by its name; so do modules that git ignores,
//! repositories within, and what links lead to.

mod ask;
mod capture;
mod content;
mod counted;
mod difference;
mod ignored;
mod inner;
mod known;
mod links;
mod modes;
mod place;
mod repository;
mod stands;
mod status;
#[cfg(test)]
mod tests;
mod tree;
mod untracked;

pub use self::{
    ask::{command, git, has_commit},
    capture::capture,
    modes::with_modes,
    repository::find,
};
