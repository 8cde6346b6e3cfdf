//! The desk: the one thread that holds all attempts, starts them when there is room, and hears of everything that
//! happens to them: signals of ended processes, output, messages of the other threads, and time.

mod ending;
mod entries;
mod processes;
mod running;
mod sharing;
mod starting;

pub use running::run;

use running::Desk;
