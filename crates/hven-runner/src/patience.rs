//! A disk that cannot be written to now may be written to later: what must be written waits for that. No task ends for
//! want of space.

use std::{io, path::Path, thread, time::Duration};

use hven_core::disk::{is_full, is_read_only};

/// How often it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Whether an error may pass by itself: the disk or a quota is full, a disk was made read-only, or fails.
pub(crate) fn may_pass(error: &io::Error) -> bool {
    is_full(error.kind()) || is_read_only(error.kind()) || error.raw_os_error() == Some(libc::EIO)
}

/// Does something as soon as the disk allows it, and says that it waits. Other errors, and those of a home that is gone,
/// are answered.
pub(crate) fn insist<T>(home: &Path, what: &str, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut is_said = false;
    loop {
        match act() {
            Err(error) if may_pass(&error) && home.exists() => {
                if !std::mem::replace(&mut is_said, true) {
                    crate::say(&format!("{what} waits for the disk: {error}"));
                }
                thread::sleep(AGAIN_AFTER);
            }
            done => {
                if is_said {
                    crate::say(&format!("{what} waits no more"));
                }
                return done;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_waited_for() {
        let home = tempfile::tempdir().expect("a folder");
        let mut tries = 0;
        let done = insist(home.path(), "a test", || {
            tries += 1;
            if tries < 2 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(tries) }
        });
        assert_eq!(done.expect("done"), 2);
        let refused = insist::<()>(home.path(), "a test", || Err(io::ErrorKind::PermissionDenied.into()));
        assert_eq!(refused.expect_err("refused").kind(), io::ErrorKind::PermissionDenied);
        let gone = insist::<()>(Path::new("/nowhere"), "a test", || Err(io::ErrorKind::StorageFull.into()));
        assert!(gone.is_err());
    }
}
