//! A message that the server never accepts blocks neither its own attempt nor others.

use hven_core::{run::Outcome, stream::Source};

use crate::setup::Setup;

/// Lines of a script that no server accepts.
#[test]
fn bad_lines_are_reported_and_never_sent() {
    let setup = Setup::new();
    let script = r#"
import os
deep = "[" * 123 + "]" * 123
lines = [
    '{"param":{"a":%s,"kept":1}}' % deep,
    '{"param":{"a":%s}}' % ("[" * 5000 + "]" * 5000),
    '{"param":{"long":"%s"}}' % ("x" * 9000),
    '{"param":{"a\\u0000b":1}}',
    '{"param":{"a":"\\ud800"}}',
    '{"loss":1e999}',
    '{"loss":1,"time":9e15}',
    '{"loss":1,"step":9223372036854775808}',
    '{"%s":1}' % ("k" * 300),
    "x" * 3000000,
    '{"loss":0.5,"loss":0.25}',
]
with open(os.environ["HVEN_METRICS"], "ab") as file:
    file.write("\n".join(lines).encode() + b"\n\xff\xfe\n{\"loss\":0.125,\"step\":1}\n")
"#;
    let attempt = setup.submit(&["python3", "-c", script], |_| {});
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    let seen = setup.seen(attempt);
    assert_eq!(serde_json::json!(seen.params), serde_json::json!({"kept": 1}));
    let values: Vec<_> = seen.lines(hven_core::stream::Stream::Metrics).iter().map(|p| p["v"].clone()).collect();
    assert_eq!(values, [0.25, 0.125]);
    let whats: Vec<&str> = seen.asides.iter().map(|aside| aside.what.as_str()).collect();
    assert_eq!(whats.len(), 11, "{whats:?}");
    assert_eq!(whats[0], "line 1, the parameter a of $HVEN_METRICS");
    assert!(seen.asides[0].why.contains("nested deeper than 32"), "{:?}", seen.asides[0]);
    assert!(seen.asides.iter().all(|aside| aside.excerpt.len() <= 4096));
    assert!(seen.text(Source::Hven).contains("$HVEN_METRICS line 1, the parameter a: it is nested"));
}

#[test]
fn a_message_that_the_server_refuses_for_good_is_set_aside_and_the_others_are_sent() {
    let setup = Setup::new();
    setup.server.state().poison = Some("arsenic".to_owned());
    let bad = setup.script(r#"echo '{"param":{"arsenic":1}}' >> $HVEN_METRICS; echo '{"loss":1}' >> $HVEN_METRICS"#);
    let good = setup.script(r#"echo '{"param":{"lr":1}}' >> $HVEN_METRICS; echo fine"#);
    for attempt in [bad, good] {
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    }
    let seen = setup.seen(bad);
    assert!(seen.params.is_empty());
    assert_eq!(seen.lines(hven_core::stream::Stream::Metrics).len(), 1);
    assert_eq!(setup.seen(good).params["lr"], 1);
    let kept = std::fs::read_to_string(setup.spool().join("aside")).expect("the refused message");
    assert_eq!((kept.lines().count(), kept.contains("arsenic")), (1, true), "{kept}");
}

/// The server refuses the end of one attempt in every form.
#[test]
fn an_end_that_is_refused_in_every_form_blocks_no_other_attempt() {
    let mut setup = Setup::new();
    let bad = setup.script("while ! test -e go; do sleep 0.05; done");
    let poison = format!(r#"{{"ended":{{"attempt":"{bad}""#);
    setup.server.state().poison = Some(poison);
    std::fs::write(setup.work().join("go"), "").expect("a file");
    setup.server.wait("a refused end", |state| (!state.attempts.get(&bad)?.asides.is_empty()).then_some(()));
    for _ in 0..3 {
        assert_eq!(setup.run("echo fine").0.outcome, Outcome::Done);
    }
    assert!(setup.seen(bad).ends.is_empty());
    // A server that accepts the end gets it at the next attachment.
    setup.server.state().poison = None;
    setup.close_server();
    setup.open_server();
    assert_eq!(setup.end_of(bad).outcome, Outcome::Done);
}

/// The spool comes from a runner that died before it reported a bad line, or after it reported the line once.
#[test]
fn a_restarted_runner_skips_the_bad_line() {
    let mut setup = Setup::new();
    setup.close_server();
    let deep = format!("{}{}", "[".repeat(123), "]".repeat(123));
    let line = format!(r#"{{"param":{{"a":{deep},"kept":1}}}}"#);
    // The server assigns the attempt before it goes away.
    setup.open_server();
    let script = format!("echo '{line}' >> $HVEN_METRICS; touch written; while ! test -e go; do sleep 0.05; done");
    let attempt = setup.script(&script);
    setup.server.wait("a line", |_| setup.work().join("written").exists().then_some(()));
    setup.close_server();
    std::fs::write(setup.work().join("go"), "").expect("a file");
    setup.wait_for_noted_end(attempt);
    setup.kill_runner();
    setup.open_server();
    setup.start_runner(&["--cpus", "4"]);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    let seen = setup.seen(attempt);
    assert_eq!(serde_json::json!(seen.params), serde_json::json!({"kept": 1}));
    assert!(seen.asides.iter().any(|aside| aside.why.contains("nested deeper")), "{:?}", seen.asides);
}
