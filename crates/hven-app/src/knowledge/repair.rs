//! Repairs: repeats the runs that rest on a retracted node, with a corrected version, in order, and then judges the
//! claims again.
//!
//! A person starts a repair, and the server continues it ([`follower`]) until no step can proceed. The list of steps is
//! not stored. Each time, the reach of the retraction is read again. Work that was repeated already is recognised by
//! the facts of its submission, or because some run did the same work. So a repair survives every kill.

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
