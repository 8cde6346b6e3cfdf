//! The code of a commit, taken out of a clone of its repository: the commit's files below the run's folder, what differed
//! from them then, and what was in neither, such as the files of submodules; and where it is wanted, the code above the
//! folder, as far as it is small.

mod above;
mod programs;
mod taken;
mod unpack;

pub use taken::{Of, Taken, files_of, with_what_lies_above};
