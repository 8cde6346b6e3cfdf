//! Retries writes that fail because of a full or failing disk, so that no task ends for lack of space.

use std::{io, path::Path, thread, time::Duration};

use hven_core::disk::{is_full, is_read_only};

/// The time between two tries.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Whether an error may pass: the disk or a quota is full, the disk is read-only, or an I/O error occurred.
pub(crate) fn is_temporary(error: &io::Error) -> bool {
    is_full(error.kind()) || is_read_only(error.kind()) || error.raw_os_error() == Some(libc::EIO)
}

/// Calls `act` until the disk accepts it, and logs the wait.
///
/// # Errors
/// Errors that do not pass, and any error after the home is gone.
pub(crate) fn retry_while_full<T>(home: &Path, what: &str, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut is_logged = false;
    loop {
        match act() {
            Err(error) if is_temporary(&error) && home.exists() => {
                if !std::mem::replace(&mut is_logged, true) {
                    crate::log_line(&format!("{what} waits for the disk: {error}"));
                }
                thread::sleep(AGAIN_AFTER);
            }
            done => {
                if is_logged {
                    crate::log_line(&format!("{what} does not wait any more"));
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
    fn only_errors_that_may_pass_are_retried() {
        let home = tempfile::tempdir().expect("a folder");
        let mut tries = 0;
        let done = retry_while_full(home.path(), "a test", || {
            tries += 1;
            if tries < 2 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(tries) }
        });
        assert_eq!(done.expect("done"), 2);
        let refused = retry_while_full::<()>(home.path(), "a test", || Err(io::ErrorKind::PermissionDenied.into()));
        assert_eq!(refused.expect_err("refused").kind(), io::ErrorKind::PermissionDenied);
        let gone = retry_while_full::<()>(Path::new("/nowhere"), "a test", || Err(io::ErrorKind::StorageFull.into()));
        assert!(gone.is_err());
    }
}
