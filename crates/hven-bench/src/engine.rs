//! `hven bench engine`: the scheduling engine on a production trace of a GPU cluster, compared with other policies.
//!
//! Every policy gets the same rounded tasks on the same nodes, in the same simulation with a virtual clock. No process is started.
//! The trace is cluster-trace-gpu-v2023 of Alibaba: Weng et al., *Beware of Fragmentation: Scheduling GPU-Sharing Workloads with
//! Fragmentation Gradient Descent*, USENIX ATC 2023.

mod alone;
mod args;
mod best_fit;
mod cluster;
mod drf;
mod easy;
mod every_policy;
mod fifo;
mod figures;
mod hven;
mod measured;
mod policy;
#[cfg(test)]
mod policy_tests;
mod share_fairness;
mod simulator;
mod tables;
mod trace;
mod usage;
mod waiting;
mod workload;

pub use args::EngineArgs;
pub use every_policy::engine;
