//! The failures of a store.

/// The reason why a store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full or a quota is reached. Nothing was written.
    #[error("there is no space left for {what}")]
    Full { what: String },
    #[error("{what} could not be read or written: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("{what} is damaged: {why}")]
    Damaged { what: String, why: String },
    #[error("the database answered: {0}")]
    Database(String),
    /// The same idempotency key was used with other content.
    #[error("the key {key:?} was used before for something else")]
    KeyReused { key: String },
    /// A value that a caller wants to record would not be read back as it was written.
    #[error("a fact of kind {kind:?} would not be read back as it was written ({why}); nothing was recorded")]
    NotReadBack { kind: &'static str, why: String },
    #[error("a stream has {have} bytes, so bytes from {from} on cannot follow")]
    Gap { have: u64, from: u64 },
    /// The stream was being moved during each try, so its state is not known yet.
    #[error("{what} are being sealed and not settled yet")]
    Moving { what: String },
    #[error("{0} bytes arrived, but they are not those of the digest")]
    WrongDigest(u64),
    #[error(transparent)]
    Malformed(#[from] hven_core::Malformed),
    /// The home is being closed.
    #[error("the home is closing")]
    Closed,
}

pub type StoreResult<T> = Result<T, StoreError>;
