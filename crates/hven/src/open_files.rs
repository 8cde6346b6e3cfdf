//! The limit of open files of this process, and how many of them may be connections.
//!
//! A session often has a limit of 1,024 that it may raise. The server raises it, because it may have thousands of
//! clients. Tasks get the limit of their submitter, or the one that the server was started with, because programs that
//! use `select` can fail above it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit that the server wants.
const WANTED: u64 = 16_384;
/// Files that are not connections: databases, journal, segments, objects, logs.
const RESERVED_MIN: u64 = 256;
/// Each connection also uses memory.
const CONNECTIONS_MAX: u64 = 8192;

/// Raises the limit of this process, and returns the previous one.
pub fn raise() -> Rlimit {
    let before = getrlimit(Resource::Nofile);
    let wanted = before.maximum.map_or(WANTED, |most| most.min(WANTED));
    if before.current.is_some_and(|now| now < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..before })
    {
        tracing::warn!(%error, wanted, "the limit of open files could not be raised");
    }
    before
}

/// How many connections may be open at once with the present limit.
pub fn connections_max() -> usize {
    connections_of(getrlimit(Resource::Nofile).current) as usize
}

fn connections_of(files: Option<u64>) -> u64 {
    let files = files.unwrap_or(u64::MAX);
    let reserved = RESERVED_MIN.max(files / 4);
    // With very few files, a quarter is still reserved for connections.
    files.saturating_sub(reserved).max(files / 4).clamp(8, CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_files_are_for_connections_and_some_are_kept() {
        let cases = [(256, 64), (1024, 768), (4096, 3072), (20_000, 8192), (u64::MAX, 8192)];
        for (files, wanted) in cases {
            assert_eq!(connections_of(Some(files)), wanted, "{files}");
        }
        assert_eq!(connections_of(None), 8192);
    }
}
