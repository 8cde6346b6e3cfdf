//! `hven rerun`: repeats the work of a run in its original folder, with the present files. It uses the code of `hven
//! run`: code, inputs, environment and programs are captured again.

mod args;
mod execution;
mod final_states;
mod same_work;
mod selection;
mod settings;
mod start;
mod work;

pub use args::RerunArgs;
