//! `hven bench law`: how many known laws the recipe `law` recovers from their values, compared with Operon.
//!
//! A law counts as recovered if it predicts 1,000 unseen rows exactly. With noise, no law does; then it counts as recovered
//! if it has the right form: it becomes exact after its constants are fitted to rows without noise. `--set hard` measures
//! tables with wide ranges, wrong rows and repeated rows: no law may be wrong without a note.

mod args;
mod equations;
mod every_law;
mod hard_tables;
mod measured;
mod operon;
mod outcome;
mod recovery;
mod results;

pub use args::LawArgs;
pub use every_law::law;
