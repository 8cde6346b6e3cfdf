//! The purpose of a connection.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The connection that changes facts and views.
    Write,
    Read,
    /// Reads facts; its temporary tables hide the real tables of the same name.
    Shadow,
}
