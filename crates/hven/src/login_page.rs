//! The page that leads a browser to a login link.
//!
//! A login link is a secret, and every user of a machine can read the arguments of every process. So the browser is
//! started with the path of a small file that only its owner can read, and that contains the link. The file name is a
//! digest of the link's code: so the server knows which link the file belongs to, and removes the file when the link
//! becomes invalid.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    path::{Path, PathBuf},
};

use hven_core::Digest;
use maud::{DOCTYPE, html};

use crate::home::permissions;

/// The folder of the pages in a home.
const FOLDER: &str = "login";
const EXTENSION: &str = "html";

/// Writes the page of a link and returns its path.
pub fn write(home: &Path, link: &str) -> io::Result<PathBuf> {
    let folder = home.join(FOLDER);
    permissions::make_private(&folder)?;
    // A browser resolves `..` as text and does not follow links.
    let page = fs::canonicalize(folder)?.join(name(link)?);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&page)?;
    file.write_all(text(link).as_bytes()).inspect_err(|_| remove(&page))?;
    Ok(page)
}

/// Removes a page that is not needed. If this fails, the server removes it later.
pub fn remove(page: &Path) {
    let _ = fs::remove_file(page);
}

/// Removes all pages except those of valid links. The valid links are requested after the pages are listed: a page is
/// written after its link is created, so a new page is either not in the list, or its link is known.
pub fn remove_closed(home: &Path, open: impl FnOnce() -> HashSet<Digest>) -> io::Result<()> {
    let entries = match fs::read_dir(home.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let pages = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    if pages.is_empty() {
        return Ok(());
    }
    let open = open();
    for page in pages {
        let link = page.file_stem().and_then(OsStr::to_str).and_then(|stem| stem.parse::<Digest>().ok());
        if link.is_none_or(|link| !open.contains(&link)) {
            fs::remove_file(&page)?;
        }
    }
    Ok(())
}

/// The `file:` URL of a file. Bytes that are not allowed in a path are percent-encoded.
pub fn address(file: &Path) -> String {
    let mut address = String::from("file://");
    for &byte in file.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// The file name of the page of a link.
fn name(link: &str) -> io::Result<String> {
    let code = link.split_once("/login/").map(|(_, rest)| rest.split('?').next().unwrap_or_default());
    let code = code.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the server gave no login link"))?;
    Ok(format!("{}.{EXTENSION}", Digest::of(code.as_bytes())))
}

/// The content of the page. It redirects without a script.
fn text(link: &str) -> String {
    let page = html! {
        (DOCTYPE)
        meta charset="utf-8";
        meta name="referrer" content="no-referrer";
        meta http-equiv="refresh" content={ "0; url=" (link) };
        title { "Hven" }
        p { a href=(link) { "Open Hven · 打开 Hven" } }
    };
    page.into_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const LINK: &str = "http://127.0.0.1:7878/login/s3cret_-code?next=/r/7Q2M%26x";

    #[test]
    fn a_page_is_readable_by_its_owner_only_and_its_name_does_not_contain_the_secret() {
        let home = tempfile::tempdir().expect("a folder");
        let page = write(home.path(), LINK).expect("written");
        assert!(!page.display().to_string().contains("s3cret"), "{}", page.display());
        assert!(fs::read_to_string(&page).expect("it is there").contains(&format!("0; url={LINK}\">")));
        for (path, mode) in [(page.clone(), 0o600), (home.path().join(FOLDER), 0o700)] {
            assert_eq!(fs::metadata(&path).expect("it is there").mode() & 0o777, mode, "{}", path.display());
        }
        assert!(write(home.path(), LINK).is_err(), "no file of others is written into");
        assert!(write(home.path(), "http://127.0.0.1:7878/").is_err());
    }

    #[test]
    fn pages_of_closed_links_are_removed() {
        let home = tempfile::tempdir().expect("a folder");
        remove_closed(home.path(), HashSet::new).expect("there is nothing to remove");
        let open = write(home.path(), LINK).expect("written");
        let closed = write(home.path(), "http://127.0.0.1:7878/login/other").expect("written");
        let stray = home.path().join(FOLDER).join("stray");
        fs::write(&stray, "").expect("written");
        remove_closed(home.path(), || HashSet::from([Digest::of(b"s3cret_-code")])).expect("removed");
        assert_eq!([open.exists(), closed.exists(), stray.exists()], [true, false, false]);
        remove_closed(home.path(), HashSet::new).expect("removed");
        assert!(!open.exists());
    }

    #[test]
    fn addresses_and_links_are_escaped() {
        assert_eq!(address(Path::new("/home/Jun Li/行/a-b_c.html")), "file:///home/Jun%20Li/%E8%A1%8C/a-b_c.html");
        assert!(text("x&\"<").contains("url=x&amp;&quot;&lt;\""));
        let page = text("http://127.0.0.1:7878/login/code?next=\"><script>alert(1)</script>");
        assert!(!page.contains("<script>") && page.matches("&quot;&gt;&lt;script&gt;").count() == 2, "{page}");
    }
}
