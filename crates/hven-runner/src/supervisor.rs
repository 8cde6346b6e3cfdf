//! The supervisor: the one thread that holds all attempts and starts them when there is room. It handles signals of
//! ended processes, output, messages of the other threads, and deadlines.

mod attempts;
mod ending;
mod event_loop;
mod processes;
mod shared_outputs;
mod starting;

pub use event_loop::run;

use event_loop::Supervisor;
