//! `hven repair`: runs again everything that rests on a retracted item.

mod args;
mod settings;
mod start;

pub use args::RepairArgs;
