//! Making anew what rests on something retracted: the runs below it on a corrected version, in order, and then the claims.
//!
//! A person begins a repair, and the server goes on with it ([`repairing`]) until no step goes on. Which steps there are is not
//! kept: each time, the reach of the retraction is followed, and what has been made anew already is found out by what was
//! recorded when it was submitted, or because the same work was done by anybody. So a repair survives every kill.

pub mod begin;
pub mod claims;
pub mod exchange;
pub mod follow;
pub mod go;
pub mod plan;
pub mod repairing;
pub mod shown;
pub mod steps;

pub use plan::{Plan, Progress, Step, Wish};
pub use shown::{Detail, Shown};
