//! A folder whose files are in memory, for tests that need a home and do not test its disk.
//!
//! The whole record works in such a folder as it does on a disk, so no second implementation of the record is necessary. A flush
//! costs nothing there, and the files disappear when the machine stops.

use std::path::Path;

/// The folder in memory that Linux provides for all users.
const IN_MEMORY: &str = "/dev/shm";
/// Below this limit, several homes at once could fill the memory.
const FREE_BYTES_MIN: u64 = 512 << 20;
/// The size of the reserve of a home on a large disk.
const RESERVE_BYTES: u64 = 16 << 20;

/// A new folder in memory. If the system has no such folder, or too little space in it, the new folder is on a disk.
pub fn memory_folder() -> tempfile::TempDir {
    let is_large = |folder: &Path| {
        rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= FREE_BYTES_MIN)
    };
    let in_memory = Some(Path::new(IN_MEMORY)).filter(|folder| is_large(folder));
    in_memory
        .and_then(|folder| tempfile::tempdir_in(folder).ok())
        .unwrap_or_else(|| tempfile::tempdir().expect("a folder"))
}

/// The same for a home. Its reserve has the usual size but uses no memory, because the file is sparse.
pub fn memory_home() -> tempfile::TempDir {
    let folder = memory_folder();
    let reserve = std::fs::File::create(folder.path().join("reserve")).expect("a file");
    reserve.set_len(RESERVE_BYTES).expect("a sparse file");
    folder
}
