//! Errors are reported with a hint, and with an exit status from the table.

use std::process::Stdio;

use crate::session::{Session, snapshot};

#[test]
fn hven_without_a_command_shows_the_first_steps() {
    let session = Session::new();
    snapshot!(session, session.hven(&[]), @r"
    status 0
    ---- out
    Hven keeps the record of your computations. Start with three commands:

      hven run -- python train.py  run anything as you would, tracked and repeatable
      hven ps -a  recent and active runs
      hven login  a link to the pages in a browser

    `hven --help` lists all commands.
    ");
}

#[test]
fn mistakes_are_reported_with_a_hint() {
    let session = Session::new();
    snapshot!(session, session.hven(&["shwo", "last"]), @r"
    status 64
    ---- err
    error: unrecognized subcommand 'shwo'

      tip: a similar subcommand exists: 'show'

    Usage: hven [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    snapshot!(session, session.hven(&["run"]), @r"
    status 125
    ---- err
    error: there is no command, and no hven.toml in [folder]/study or above it
    hint: `hven run -- COMMAND` runs a command; `hven init` writes a manifest from what lies here
    ");
    snapshot!(session, session.hven(&["ps"]), @r"
    status 66
    ---- err
    error: there is no home at [folder]/home
    hint: `hven run -- COMMAND` makes one; `--home DIR` names another
    ");
    snapshot!(session, session.hven(&["run", "-i", "nothing.csv", "--", "true"]), @r"
    status 125
    ---- err
    error: the input nothing.csv cannot be read: No such file or directory (os error 2)
    hint: paths are relative to the current folder; a list of several -i ends with --
    ");
    snapshot!(session, session.hven(&["run", "--memory", "much", "--", "true"]), @r#"
    status 64
    ---- err
    error: invalid value 'much' for '--memory <SIZE>': "much" does not begin with a number

    For more information, try '--help'.
    "#);
}

#[test]
fn an_unknown_run_is_an_error_with_a_hint() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let result = session.hven(&["show", "ZZZZ"]);
    assert_eq!(result.status, Some(66));
    assert!(result.err.contains("hint: "), "{}", result.err);
    let result = session.hven(&["--json", "show", "ZZZZ"]);
    let error: serde_json::Value = serde_json::from_str(&result.err).expect("JSON");
    assert_eq!((&error["schema"], &error["error"]["code"]), (&"hven.error/1".into(), &"not_found".into()));
}

#[test]
fn a_closed_standard_output_is_no_error() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let mut child = session.command(&["log"]).stdout(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let result = crate::session::finish(child);
    assert_eq!((result.status, result.err.as_str()), (Some(0), ""));
}
