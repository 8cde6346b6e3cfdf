//! Publications: claims frozen with all they rest on, as a zip that needs no Hven.
//!
//! What a publication says is gathered from the record; the press makes its bytes, and a fact says that it was made.
//! Publications of elsewhere come in through [`import`].

pub mod describe;
pub mod describe_soundness;
pub mod draft;
pub mod files;
pub mod gather;
pub mod hidden_digests;
pub mod import;
pub mod key_files;
pub mod left_out;
pub mod publication;
pub mod request;

pub use crate::kernel::find::publication::{find, reference};
pub use publication::{
    PublicationDetail, PublicationItem, PublicationPlan, PublishResult, archive, detail, list, page, plan, publish,
    rows, withheld_in_words,
};
pub use request::PublishRequest;
