//! Workflows: the steps of a manifest, carried out by the server.

pub mod executor;
pub mod follower;
pub mod next_step;
pub mod running_steps;
pub mod sentences;

pub mod start;
pub mod workflow_detail;
