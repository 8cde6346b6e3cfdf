//! Tokens, people and roles.

use crate::session::Session;

#[test]
fn people_and_roles() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "Jun Li", "--email", "jun@example.org"]).ok();
    session.hven(&["member", "set", "jun@example.org", "viewer", "--project", "home"]).ok();
    let members = session.hven(&["member", "ls", "--project", "home", "--json"]).ok().json();
    let jun = members["items"].as_array().expect("a list").iter().find(|m| m["user"]["name"] == "Jun Li").cloned();
    assert_eq!(jun.expect("Jun is a member")["role"], "viewer");
    session.hven(&["member", "rm", "Jun Li", "--project", "home"]).ok();
    let said = session.hven(&["member", "set", "Tycho", "viewer"]);
    assert_eq!(said.status, Some(66));
    assert!(said.err.contains("hven user ls"), "{}", said.err);
    assert_eq!(session.hven(&["user", "ls", "--json"]).ok().json()["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn tokens_are_shown_once_and_can_be_revoked() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let created = session.hven(&["token", "create", "nightly", "--days", "30", "--json"]).ok().json();
    let secret = created["secret"].as_str().expect("a secret");
    let listed = session.hven(&["token", "ls", "--json"]).ok();
    assert!(listed.out.contains("nightly") && !listed.out.contains(secret), "{}", listed.out);
    session.hven(&["token", "revoke", "nightly"]).ok();
    assert_eq!(session.hven(&["token", "revoke", "nightly"]).status, Some(66));
    let listed = session.hven(&["token", "ls"]).ok();
    assert!(listed.out.contains("revoked"), "{}", listed.out);
}

#[test]
fn login_gives_a_link() {
    let session = Session::new();
    let link = session.hven(&["login", "--next", "/runs", "--json"]).ok().json();
    assert_eq!(link["schema"], "hven.login_link/1");
    assert!(link["url"].as_str().expect("a url").starts_with("http://127.0.0.1:"));
}
