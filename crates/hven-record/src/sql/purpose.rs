//! What a connection is for.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one that changes facts and views.
    Write,
    Read,
    /// Reads facts; tables made with it are its own and hide the real ones of the same name.
    Shadow,
}
