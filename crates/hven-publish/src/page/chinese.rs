//! Chinese for what Hven itself wrote into a publication.
//!
//! A publication holds sentences as English text, as the record does. They are known by their templates; what is none of
//! them was written by a person, a program or a newer Hven, and stays as it is.

mod code;
mod difference;
mod recognised;
mod rule;
mod sentences;
mod terms;

pub(super) use code::code;
pub(super) use difference::difference;
pub(super) use recognised::said;
pub(super) use rule::rule;
pub(super) use terms::{method, plot, work};
