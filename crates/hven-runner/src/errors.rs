//! Errors that keep a runner from working at all.

/// An error that keeps a runner from working at all.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    #[error("{path}: {source}")]
    File { path: std::path::PathBuf, source: std::io::Error },
    #[error("another runner has the spool {0}")]
    Taken(std::path::PathBuf),
    #[error("the kernel refuses {what}: {source}")]
    Kernel { what: &'static str, source: std::io::Error },
}
