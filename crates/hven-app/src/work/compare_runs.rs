//! Compares several runs: their parameters, metrics, code and surroundings, and their curves.

pub mod comparison;
pub mod curves;
pub mod influence;
mod named;
mod sections;
