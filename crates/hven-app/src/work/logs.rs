//! Reading a run's log, and searching in it.

<<<<<<< d2c81dda747b5b217b5bea24353bb45df4223faa
pub(super) mod overwritten;
pub(super) mod read;
pub(super) mod search;
pub(super) mod searching;
pub(super) mod seen;
pub(super) mod source;

pub use read::{Part, attempt_for, part, read, read_last_states};
pub use search::Match;
pub use searching::{Found, Wanted, search};
=======
pub mod follow;
pub mod overwritten;
pub mod read;
pub mod search;
pub mod searching;
pub mod seen;
pub mod source;
>>>>>>> 55b4d54ae86c70444df175be483f3c89de811af4
