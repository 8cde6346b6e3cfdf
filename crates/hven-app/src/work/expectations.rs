//! What is expected of runs, as far as earlier runs tell: when they start, how long they take, what they use.

pub(crate) mod asked;
pub(crate) mod history;
pub(crate) mod run;
pub(crate) mod sentences;
mod shape;
mod starts;

pub use run::Expected;
