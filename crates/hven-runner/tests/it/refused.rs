//! What can never be taken in holds up nothing: neither its own attempt nor others.

use hven_core::{run::Outcome, stream::Source};

use crate::house::House;

/// What a script may write that no server takes.
#[test]
fn bad_lines_never_reach_the_server_and_are_told() {
    let house = House::new();
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
    let attempt = house.submit(&["python3", "-c", script], |_| {});
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    let seen = house.seen(attempt);
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
fn a_message_that_the_server_refuses_for_good_is_set_aside_and_the_rest_goes_on() {
    let house = House::new();
    house.server.world().poison = Some("arsenic".to_owned());
    let bad = house.script(r#"echo '{"param":{"arsenic":1}}' >> $HVEN_METRICS; echo '{"loss":1}' >> $HVEN_METRICS"#);
    let good = house.script(r#"echo '{"param":{"lr":1}}' >> $HVEN_METRICS; echo fine"#);
    for attempt in [bad, good] {
        assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    }
    let seen = house.seen(bad);
    assert!(seen.params.is_empty());
    assert_eq!(seen.lines(hven_core::stream::Stream::Metrics).len(), 1);
    assert_eq!(house.seen(good).params["lr"], 1);
    let kept = std::fs::read_to_string(house.spool().join("aside")).expect("what was set aside");
    assert_eq!((kept.lines().count(), kept.contains("arsenic")), (1, true), "{kept}");
}

/// A server that takes the end of one attempt in no form.
#[test]
fn an_end_that_is_refused_in_any_form_holds_up_no_other() {
    let mut house = House::new();
    let bad = house.script("while ! test -e go; do sleep 0.05; done");
    let poison = format!(r#"{{"ended":{{"attempt":"{bad}""#);
    house.server.world().poison = Some(poison);
    std::fs::write(house.work().join("go"), "").expect("a file");
    house.server.wait("a refused end", |world| (!world.attempts.get(&bad)?.asides.is_empty()).then_some(()));
    for _ in 0..3 {
        assert_eq!(house.run("echo fine").0.outcome, Outcome::Done);
    }
    assert!(house.seen(bad).ends.is_empty());
    // A server that takes it gets it when the runner attaches to it.
    house.server.world().poison = None;
    house.close_server();
    house.open_server();
    assert_eq!(house.end_of(bad).outcome, Outcome::Done);
}

/// A spool from a runner that died before its bad line was told of, or that was told of twice.
#[test]
fn a_runner_that_is_started_again_passes_over_the_bad_line() {
    let mut house = House::new();
    house.close_server();
    let deep = format!("{}{}", "[".repeat(123), "]".repeat(123));
    let line = format!(r#"{{"param":{{"a":{deep},"kept":1}}}}"#);
    // It was given before the server went.
    house.open_server();
    let script = format!("echo '{line}' >> $HVEN_METRICS; touch written; while ! test -e go; do sleep 0.05; done");
    let attempt = house.script(&script);
    house.server.wait("a line", |_| house.work().join("written").exists().then_some(()));
    house.close_server();
    std::fs::write(house.work().join("go"), "").expect("a file");
    house.wait_for_noted_end(attempt);
    house.kill_runner();
    house.open_server();
    house.start_runner(&["--cpus", "4"]);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    let seen = house.seen(attempt);
    assert_eq!(serde_json::json!(seen.params), serde_json::json!({"kept": 1}));
    assert!(seen.asides.iter().any(|aside| aside.why.contains("nested deeper")), "{:?}", seen.asides);
}
