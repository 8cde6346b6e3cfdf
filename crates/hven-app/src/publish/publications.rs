//! Publications: claims frozen with all they rest on, as a zip that needs no Hven.
//!
//! What a publication says is gathered from the record; the press makes its bytes, and a fact says that it was made.
//! Publications of elsewhere come in through [`import`].

pub mod beside;
pub mod draft;
pub mod files;
pub mod gather;
pub mod hidden;
pub mod import;
pub mod keys;
pub mod publication;
pub mod told;
pub mod told_soundness;
pub mod wish;

pub use crate::kernel::find::publication::{find, reference};
pub use publication::{
    Detail, Item, Plan, Published, archive, detail, list, page, plan, publish, rows, withheld_in_words,
};
pub use wish::Wish;
