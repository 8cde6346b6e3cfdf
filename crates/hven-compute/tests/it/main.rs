//! The scheduling engine, alone and in a simulation with faults; and the runners of this machine.

mod fairness;
#[cfg(target_os = "linux")]
mod launcher;
mod rules;
mod sharing;
mod sim;
