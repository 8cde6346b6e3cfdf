//! `hven bench law`: how many known laws the recipe `law` finds again from their values, beside Operon.
//!
//! A law counts as recovered when it predicts 1,000 unseen rows exactly. Under noise nothing does; there it counts when
//! it has the right form, that is, when it becomes exact once its constants are fitted to rows without noise.

mod args;
mod equations;
mod every_law;
mod measured;
mod operon;
mod outcome;
mod recovery;
mod results;

pub use args::LawArgs;
pub use every_law::law;
