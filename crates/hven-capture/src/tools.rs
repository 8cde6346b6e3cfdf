//! What a command uses beside its code and inputs: programs, files that it names, folders of modules and packages. All of
//! it counts when the same work is looked for.
//!
//! It is looked at while code and inputs are taken down, by another thread, without starting anything. What cannot be seen
//! here (what a program opens by itself, the network, the clock) is told in `docs/up-to-date.md`.

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
