//! `hven login --open`: the browser is started with a page, and the link is not in the arguments, which other users
//! could read.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use hven_client::ServerFile;
use rustix::process::{Pid, Signal, kill_process};

use crate::session::{CommandOutput, Session, finish, wait_until};

/// Stores its arguments, and those of all processes where the system shows them.
const DESKTOP: &str = r#"#!/bin/sh
here=$(dirname "$0")
printf '%s\n' "$@" > "$here/arguments"
for file in /proc/[0-9]*/cmdline; do tr '\0' '\n' < "$file" 2> /dev/null; done > "$here/all"
exit "$(cat "$here/status")"
"#;

/// Runs `hven login --open` on a desktop whose open command exits with this status.
fn login_open(session: &Session, status: u8, arguments: &[&str]) -> CommandOutput {
    let bin = session.root().join("bin");
    fs::create_dir_all(&bin).expect("made");
    fs::write(bin.join("status"), status.to_string()).expect("written");
    for name in ["xdg-open", "open"] {
        fs::write(bin.join(name), DESKTOP).expect("written");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("ours");
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("tests have a PATH"));
    let mut command = session.command(&[&["login", "--open"], arguments].concat());
    finish(command.env("PATH", path).spawn().expect("the binary starts"))
}

/// The arguments of the open command, and the arguments of all processes at that moment.
fn arguments(session: &Session) -> (String, String) {
    let read = |name: &str| fs::read(session.root().join("bin").join(name)).expect("the desktop was asked");
    let text = |name: &str| String::from_utf8_lossy(&read(name)).into_owned();
    (text("arguments"), text("all"))
}

/// The printed link, and its secret.
fn link(result: &CommandOutput) -> (String, String) {
    let link = result.out.lines().next().expect("a line").to_owned();
    let (_, code) = link.split_once("/login/").expect("a link");
    (link.clone(), code.split('?').next().expect("a code").to_owned())
}

/// The page that was given to the browser.
fn page(session: &Session) -> PathBuf {
    let (address, _) = arguments(session);
    PathBuf::from(address.trim_end().strip_prefix("file://").expect("the address of a file"))
}

/// Opens a link like a browser. Returns the first line of the response.
fn open(link: &str) -> String {
    let rest = link.strip_prefix("http://").expect("an address");
    let (host, path) = rest.split_at(rest.find('/').expect("a path"));
    let mut stream = TcpStream::connect(host).expect("the server answers");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer.lines().next().expect("a line").to_owned()
}

#[test]
fn the_page_for_the_browser_is_removed_after_the_login() {
    let session = Session::new();
    let result = login_open(&session, 0, &["--next", "/r/7Q2M"]).ok();
    let (link, secret) = link(&result);
    assert!(result.err.contains("snap and flatpak, open the link by hand"), "{}", result.err);
    let (given, all) = arguments(&session);
    assert_eq!(given.lines().count(), 1, "{given}");
    assert!(!given.contains(&secret) && !all.contains(&secret), "{given}\n{all}");
    let page = page(&session);
    assert!(fs::read_to_string(&page).expect("it is there").contains(&format!("content=\"0; url={link}\"")));
    for (path, mode) in [(page.as_path(), 0o600), (page.parent().expect("a folder"), 0o700)] {
        let found = fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
    // The page of a link that is still valid stays.
    let other = self::link(&login_open(&session, 0, &[]).ok()).0;
    let other_page = self::page(&session);
    assert_eq!(open(&link), "HTTP/1.1 303 See Other");
    wait_until("the page is gone", || !page.exists());
    assert!(other_page.exists());
    assert_eq!(open(&other), "HTTP/1.1 303 See Other");
    wait_until("the other page is gone", || !other_page.exists());
}

#[test]
fn a_desktop_that_opens_no_browser_learns_no_secret() {
    let session = Session::new();
    let result = login_open(&session, 3, &[]).ok();
    let (link, secret) = link(&result);
    assert!(
        result.err.contains("no browser could be opened") && result.err.contains("exit status: 3"),
        "{}",
        result.err
    );
    assert!(result.err.contains("open the link by hand"), "{}", result.err);
    let (given, all) = arguments(&session);
    assert!(!given.contains(&secret) && !all.contains(&secret), "{given}\n{all}");
    assert!(!page(&session).exists(), "it is not needed");
    assert_eq!(open(&link), "HTTP/1.1 303 See Other");
    let json = login_open(&session, 3, &["--json"]).ok();
    assert_eq!((&json.json()["schema"], json.err.as_str()), (&"hven.login_link/1".into(), ""));
}

#[test]
fn an_unused_page_is_removed_at_the_end_or_the_next_start_of_the_server() {
    let session = Session::new();
    login_open(&session, 0, &[]).ok();
    let left = page(&session);
    let pid = ServerFile::read(&session.home()).expect("a server runs").pid;
    kill_process(Pid::from_raw(pid as i32).expect("a number"), Signal::KILL).expect("it lives");
    assert!(left.exists());
    login_open(&session, 0, &[]).ok();
    wait_until("the page of the dead server is gone", || !left.exists());
    let page = page(&session);
    assert!(page.exists(), "its link can still be used");
    session.hven(&["down"]).ok();
    assert!(!page.exists());
}
