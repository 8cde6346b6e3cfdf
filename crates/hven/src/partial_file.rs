//! Files that are written under another name and renamed when they are complete.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Creates the file, with these permissions as far as the umask allows. An existing file is removed first and never
/// written into: in a shared folder it may belong to another user, or be a link.
pub fn create(path: &Path, mode: u32) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    };

    use super::*;

    #[test]
    fn an_existing_file_is_replaced_and_not_written_into() {
        let place = tempfile::tempdir().expect("a folder");
        let (path, other) = (place.path().join("a.partial"), place.path().join("other"));
        fs::write(&path, "a longer text").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("open to all");
        let mut before = File::options().append(true).open(&path).expect("opened");
        create(&path, 0o600).expect("created").write_all(b"ours").expect("written");
        before.write_all(b"theirs").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"ours");
        assert_eq!(fs::metadata(&path).expect("it is there").mode() & 0o777, 0o600);

        fs::remove_file(&path).expect("removed");
        fs::write(&other, "another file").expect("written");
        symlink(&other, &path).expect("linked");
        create(&path, 0o600).expect("created").write_all(b"ours").expect("written");
        assert_eq!(fs::read(&other).expect("read"), b"another file");
        assert!(!path.is_symlink());
    }
}
