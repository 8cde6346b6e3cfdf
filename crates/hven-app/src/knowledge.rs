//! Knowledge: laws and claims, and the repair of everything that rests on a retracted node.

pub mod claim_test;
pub mod claims;
pub mod floor;
pub mod judge;
pub mod laws;
pub mod quantities;
pub mod repair;
pub mod soundness;
