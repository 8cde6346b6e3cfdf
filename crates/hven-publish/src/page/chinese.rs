//! Chinese for the texts that Hven itself writes into a publication.
//!
//! A publication has sentences as English text, as the record does. They are recognised by their templates. Any other text
//! is from a person, a program or a newer Hven, and stays as it is.

mod code;
mod difference;
mod selection;
mod sentences;
mod terms;
mod translate;

pub(super) use code::code;
pub(super) use difference::difference;
pub(super) use selection::selection_reason;
pub(super) use terms::{method, plot, work};
pub(super) use translate::translate;
