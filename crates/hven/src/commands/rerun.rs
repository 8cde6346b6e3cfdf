//! `hven rerun`: the work of a run anew, in the folder where it ran and with what lies there today. It goes the way of
//! `hven run`: code, inputs, environment and programs are taken down anew.

mod again;
mod args;
mod meant;
mod same_work;
mod settings;
mod start;
mod states;
mod work;

pub use args::RerunArgs;
