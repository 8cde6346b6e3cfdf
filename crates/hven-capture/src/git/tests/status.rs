//! The output of `git status` is parsed.

use std::path::{Path, PathBuf};

use super::super::status::{Change, Status};

#[test]
fn status_is_read() {
    let text = "# branch.oid abc\0# branch.head main\0\
        1 .M N... 100644 100644 100644 aa bb a file.py\0\
        1 A. N... 000000 100644 100644 aa bb new.py\0\
        u UU N... 1 2 3 4 aa bb cc torn file.py\0? notes.md\0? vendor/\0! a.so\0! build/\0";
    let status = Status::parse(text.as_bytes());
    assert_eq!(status.commit.as_deref(), Some("abc"));
    assert_eq!(status.branch.as_deref(), Some("main"));
    let change = |path: &str| {
        let Change { differs, committed } = &status.changed[Path::new(path)];
        (*differs, committed.as_deref())
    };
    assert_eq!(status.changed.len(), 3);
    assert_eq!(change("a file.py"), (true, Some("100644 aa")));
    assert_eq!(change("new.py"), (false, None));
    assert_eq!(change("torn file.py"), (true, None));
    assert_eq!(status.untracked, [PathBuf::from("notes.md")]);
    assert_eq!(status.repositories, [PathBuf::from("vendor")]);
    assert_eq!(status.ignored, [PathBuf::from("a.so")]);
    assert_eq!(status.ignored_folders, [PathBuf::from("build")]);
    let fresh = Status::parse(b"# branch.oid (initial)\0# branch.head (detached)\0");
    assert_eq!(fresh, Status::default());
}
