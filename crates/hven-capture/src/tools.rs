//! The tools of a command, in addition to its code and inputs: programs, named files, folders of modules and packages. All
//! of them decide whether a run is the same work as another.
//!
//! Another thread examines them while code and inputs are captured, without starting anything. `docs/up-to-date.md` lists
//! what cannot be seen here: files that a program opens by itself, the network, the clock.

mod capture;
mod captured;
mod languages;
mod modules;
mod packages;
mod search;
#[cfg(test)]
mod tests;

pub use capture::capture;
pub use captured::CapturedTools;
