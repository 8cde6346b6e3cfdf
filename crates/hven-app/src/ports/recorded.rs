//! A recorded fact.

use hven_core::{Fact, envelope::Header};

/// A fact with its header, shared by all its receivers.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub header: Header,
    /// `None` when its payload was erased.
    pub fact: Option<Fact>,
}
