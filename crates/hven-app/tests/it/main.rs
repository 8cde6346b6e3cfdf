//! Use cases on the real record, in a folder whose files are in memory: no server, no runner, no process. The test records the
//! reports of runners. Followers are simulated without a record.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::large_futures, unreachable_pub, reason = "tests")]

mod fakes;
mod faulty_server;
mod followers;
mod importing;
mod judging;
mod kepler;
mod repair_follower;
mod reproducing;
mod settling;
mod story;
mod tracing_back;
mod world;
