//! Making anew what rests on something retracted: the runs below it on a corrected version, in order, and then the claims.
//!
//! A repair has no state of its own. Each time it is asked it follows the reach of the retraction and finds out what has
//! been made anew already, by what was recorded when it was submitted, or because the same work was done by anybody. So
//! whoever is killed, the same call goes on where it stopped.

pub mod claims;
pub mod exchange;
pub mod follow;
pub mod plan;
pub mod steps;

pub use follow::{plan, proceed};
pub use plan::{Plan, Progress, Step, Wish};
