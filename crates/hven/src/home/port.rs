//! The port of a home: the port on which it was served last. Printed links and bookmarks use this port, so the next
//! server tries it first.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The file with the port. It is a separate file, because `server.json` is removed when the server ends.
pub fn file(home: &Path) -> PathBuf {
    home.join("port")
}

/// The port of the home. A file without a valid port counts as no file: any port is acceptable.
pub fn kept(home: &Path) -> Option<u16> {
    let text = fs::read_to_string(file(home)).ok()?;
    text.trim().parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_port_is_none() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(home.path()), None);
        for (text, port) in [("8123\n", Some(8123)), ("8123", Some(8123)), ("0", None), ("", None), ("70000", None)] {
            fs::write(file(home.path()), text).expect("written");
            assert_eq!(kept(home.path()), port, "{text:?}");
        }
    }
}
