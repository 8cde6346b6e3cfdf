//! The disk conditions that errors of files report. The record, the runner and the command line all decide them here: an
//! exhausted quota is treated like a full disk everywhere.

use std::io::ErrorKind;

/// Whether there was no space: on the disk, in a quota, or below the largest allowed file size (`ulimit -f`).
pub fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// Whether the disk is read-only: it was mounted so, or the system made it so after an error.
pub fn is_read_only(kind: ErrorKind) -> bool {
    kind == ErrorKind::ReadOnlyFilesystem
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use super::*;

    #[test]
    fn each_error_number_has_its_meaning() {
        // Linux and macOS number a quota error differently; the standard library knows both.
        let quota = if cfg!(target_os = "linux") { 122 } else { 69 };
        let kind = |number| Error::from_raw_os_error(number).kind();
        let (no_space, too_large, read_only, broken) = (kind(28), kind(27), kind(30), kind(5));
        for full in [no_space, kind(quota), too_large] {
            assert!(is_full(full) && !is_read_only(full), "{full}");
        }
        assert!(is_read_only(read_only) && !is_full(read_only));
        assert!(!is_full(broken) && !is_read_only(broken));
    }
}
