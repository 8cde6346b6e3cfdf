//! Hashes bytes while it reads or copies them.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use hven_core::Digest;

pub(crate) const READ_BYTES: usize = 256 * 1024;

/// The digest and size of the content of a file from its current position.
pub(crate) fn hash(file: &mut dyn Read) -> io::Result<(Digest, u64)> {
    copy_hashing(file, &mut io::sink())
}

/// Copies bytes; returns their digest and number.
pub(crate) fn copy_hashing(bytes: &mut dyn Read, to: &mut dyn Write) -> io::Result<(Digest, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut size = 0;
    loop {
        let n = match bytes.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if n == 0 {
            return Ok((hasher.finalize().into(), size));
        }
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
        size += n as u64;
    }
}

/// Makes all written content of the disk that contains a folder durable. For many files, this is much faster than flushing
/// each file.
pub(crate) fn sync_all_below(folder: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::fs::syncfs(File::open(folder)?)?);
    // POSIX has only `sync`, which flushes all disks.
    #[cfg(not(target_os = "linux"))]
    return {
        let _ = folder;
        rustix::fs::sync();
        Ok(())
    };
}
