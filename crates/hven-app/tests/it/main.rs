//! Tests of use cases by themselves.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

mod followers;
mod repair_follower;
