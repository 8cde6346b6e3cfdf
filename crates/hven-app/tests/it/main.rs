//! Use cases on the real record, in a folder whose files are in memory: no server, no runner, no process. The test records the
//! reports of runners. Followers are simulated without a record.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::large_futures, unreachable_pub, reason = "tests")]

mod array_follower;
mod comparing_runs;
mod deleting;
mod events;
mod expectations;
mod fakes;
mod faulty_server;
mod importing;
mod judging;
mod kepler;
mod lineage;
mod processing_results;
mod repair_follower;
mod reproducing;
mod result_follower;
mod run_search;
mod saving_views;
mod searching_logs;
mod workflow_follower;
mod workflows;
mod world;
