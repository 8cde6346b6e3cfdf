//! What goes wrong is told with what to do next, and with a status from the table.

use std::process::Stdio;

use crate::session::{Session, snapshot};

#[test]
fn hven_alone_shows_the_first_steps() {
    let session = Session::new();
    snapshot!(session, session.hven(&[]), @"");
}

#[test]
fn mistakes_are_told_with_a_hint() {
    let session = Session::new();
    snapshot!(session, session.hven(&["shwo", "last"]), @"");
    snapshot!(session, session.hven(&["run"]), @"");
    snapshot!(session, session.hven(&["ps"]), @"");
    snapshot!(session, session.hven(&["run", "-i", "nothing.csv", "--", "true"]), @"");
    snapshot!(session, session.hven(&["run", "--memory", "much", "--", "true"]), @"");
}

#[test]
fn a_run_that_is_not_there() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let said = session.hven(&["show", "ZZZZ"]);
    assert_eq!(said.status, Some(66));
    assert!(said.err.contains("hint: "), "{}", said.err);
    let said = session.hven(&["--json", "show", "ZZZZ"]);
    let error: serde_json::Value = serde_json::from_str(&said.err).expect("JSON");
    assert_eq!((&error["schema"], &error["error"]["code"]), (&"hven.error/1".into(), &"not_found".into()));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let mut child = session.command(&["log"]).stdout(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let said = crate::session::finish(child);
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
}
