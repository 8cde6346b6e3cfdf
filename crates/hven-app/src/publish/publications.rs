//! Publications: claims with everything on which they rest, as a zip that needs no Hven.
//!
//! The description of a publication is gathered from the record. The press makes its bytes, and a fact records it.
//! Publications of other homes are imported through [`import`].

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
