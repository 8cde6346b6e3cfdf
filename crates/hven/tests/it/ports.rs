//! A home keeps its port: printed links also work after a restart.

use std::net::TcpListener;

use hven_client::ServerFile;

use crate::session::{CommandOutput, Session, finish};

/// A command in an environment that names no port.
fn hven(session: &Session, arguments: &[&str]) -> CommandOutput {
    finish(session.command(arguments).env_remove("HVEN_PORT").spawn().expect("the binary starts"))
}

/// A port that is free at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn url(session: &Session) -> String {
    ServerFile::read(&session.home()).expect("a server runs").url
}

fn at(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[test]
fn a_background_server_uses_the_named_port_and_the_home_keeps_it() {
    let session = Session::new();
    let port = free_port();
    let named = port.to_string();
    let up = hven(&session, &["up", "--port", &named, "--detach", "--json"]).ok().json();
    assert_eq!(up["url"], at(port).as_str());
    // The same port again is no error, another port is one.
    hven(&session, &["up", "-d", "--port", &named]).ok();
    let other = hven(&session, &["up", "-d", "--port", &free_port().to_string()]);
    assert_eq!(other.status, Some(75), "{other:?}");
    assert!(other.err.contains(&format!("is served already, at {}", at(port))), "{}", other.err);

    for _ in 0..2 {
        hven(&session, &["down"]).ok();
        let result = hven(&session, &["ps"]).ok();
        assert_eq!((url(&session), result.err.as_str()), (at(port), ""));
    }
    let settings = hven(&session, &["config", "--json"]).ok().json();
    let kept = settings["settings"].as_array().expect("a list").iter().find(|setting| setting["name"] == "server.port");
    let kept = kept.expect("there is such a setting");
    assert_eq!(kept["value"], named.as_str());
    assert!(kept["origin"].as_str().is_some_and(|origin| origin.ends_with("/home/port")), "{kept}");
}

#[test]
fn a_home_whose_port_is_in_use_reports_it_and_keeps_another_port() {
    let session = Session::new();
    let port = free_port();
    let named = port.to_string();
    hven(&session, &["up", "-d", "--port", &named]).ok();
    hven(&session, &["down"]).ok();
    let taken = TcpListener::bind(("127.0.0.1", port)).expect("the server has left it");

    // With an explicit port, the server uses that port or fails.
    let refused = hven(&session, &["up", "-d", "--port", &named]);
    assert_eq!(refused.status, Some(69), "{refused:?}");
    assert!(refused.err.contains(&format!("port {port} cannot be used")), "{}", refused.err);
    assert!(refused.err.contains("name another with --port"), "{}", refused.err);

    let result = hven(&session, &["ps"]).ok();
    let now = url(&session);
    assert_ne!(now, at(port));
    let content = format!("port {port} is taken by another program: the home is served at {now} now");
    assert!(result.err.contains(&content), "{}", result.err);

    hven(&session, &["down"]).ok();
    drop(taken);
    let result = hven(&session, &["ps"]).ok();
    assert_eq!((url(&session), result.err.as_str()), (now, ""), "it has that one for good");
    hven(&session, &["down"]).ok();
    hven(&session, &["up", "-d", "--port", &named]).ok();
    assert_eq!(url(&session), at(port));
}
