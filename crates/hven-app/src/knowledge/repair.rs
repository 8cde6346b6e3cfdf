//! Making anew what rests on something retracted: the runs below it on a corrected version, in order, and then the claims.
//!
//! A person begins a repair, and the server goes on with it ([`repairing`]) until no step goes on. Which steps there are is not
//! kept: each time, the reach of the retraction is followed, and what has been made anew already is found out by what was
//! recorded when it was submitted, or because the same work was done by anybody. So a repair survives every kill.

pub mod claims;
pub mod find_steps;
pub mod follower;
pub mod options;
pub mod repair_detail;
pub mod repair_plan;
pub mod replacements;
pub mod start;
pub mod steps;

pub use repair_detail::{RepairDetail, RepairSummary};
pub use repair_plan::{RepairPlan, RepairRequest, RepairStep, StepProgress};
