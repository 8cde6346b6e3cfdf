//! Where and when runs become processes.
//!
//! [`fair_share`] is the scheduling engine: a pure state machine that receives events and returns actions. [`local`] starts the
//! runners of this machine and determines whether they are gone. [`machine`] finds what this machine has for them. [`process`] examines the machine's processes for that.

mod detach;
pub mod fair_share;
pub mod local;
pub mod machine;
pub mod process;
