//! Tests of `metrics.rs`.

use std::fs;

use super::*;

const NOW: Time = Time::from_micros(7);

fn read(text: &str) -> Result<String, String> {
    Ok(match read_line(text, NOW)? {
        Line::Points(points) => {
            points.iter().map(|p| serde_json::to_string(p).expect("a point")).collect::<Vec<_>>().join(" ")
        }
        Line::Params(params) => serde_json::to_string(&params).expect("parameters"),
    })
}

#[test]
fn all_forms_of_lines_become_points() {
    let check = |line: &str, want: &str| assert_eq!(read(line).as_deref(), Ok(want), "{line}");
    check(r#"{"key":"loss","value":0.25,"step":3}"#, r#"{"k":"loss","v":0.25,"s":3,"t":7}"#);
    check(r#"{"loss":1,"time":1.5}"#, r#"{"k":"loss","v":1.0,"s":0,"t":1500000}"#);
    check(r#"{"b":1e3,"a":-2,"step":4.0}"#, r#"{"k":"a","v":-2.0,"s":4,"t":7} {"k":"b","v":1000.0,"s":4,"t":7}"#);
    check(
        r#"{"NaN \" NaN": NaN, "i": -Infinity}"#,
        r#"{"k":"NaN \" NaN","v":"NaN","s":0,"t":7} {"k":"i","v":"-Infinity","s":0,"t":7}"#,
    );
    check(r#"{"loss":"inf"}"#, r#"{"k":"loss","v":"Infinity","s":0,"t":7}"#);
    check(r#"{"key":2.0}"#, r#"{"k":"key","v":2.0,"s":0,"t":7}"#);
    check(r#"{"param":{"lr":0.1,"opt":"adam"}}"#, r#"{"lr":0.1,"opt":"adam"}"#);
}

#[test]
fn bad_lines_are_explained() {
    let check = |line: &str, want: &str| {
        let why = read(line).expect_err(line);
        assert!(why.contains(want), "{line}: {why}");
    };
    check("loss 0.1", "not a JSON object");
    check("[1]", "not a JSON object");
    check(r#"{"loss": 0.1"#, "not a JSON object");
    check("{}", "contains no value");
    check(r#"{"step":1}"#, "contains no value");
    check(r#"{"loss":"low"}"#, r#""loss" is "low", not a number"#);
    check(r#"{"loss":true}"#, r#""loss" is true, not a number"#);
    check(r#"{"loss":null}"#, "not a number");
    check(r#"{"loss":1,"step":1.5}"#, "not a whole number");
    check(r#"{"loss":1,"time":"now"}"#, "not seconds since 1970");
    check(r#"{"":1}"#, "1 to 250 bytes");
    check(r#"{"key":"a","value":1,"extra":2}"#, "only \"step\" and \"time\"");
    check(r#"{"param":{"a":1},"loss":2}"#, "may contain nothing else");
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    check(&format!(r#"{{"param":{{"a":{}}}}}"#, nested(200)), "nested deeper than 32");
    check(&format!(r#"{{"loss":{}}}"#, nested(100)), "not a number");
    check(r#"{"loss":1,"time":9e11}"#, "not seconds since 1970");
    check(r#"{"loss":1,"step":9223372036854775808}"#, "not a whole number");
    check(r#"{"loss":1e999}"#, "a number in it is larger than the largest one");
    check(r#"{"param":{"a":"\ud800"}}"#, "not a JSON object");
    check("{\"a\\u0000b\":1}", "no control characters");
}

#[test]
fn bad_parameters_are_set_aside_and_good_ones_are_kept() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let raw = dir.path().join("written");
    let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
    let text = format!("{{\"param\":{{\"deep\":{deep},\"lr\":0.5,\"long\":\"{}\"}}}}\n", "hunter2".repeat(1200));
    fs::write(&raw, text).expect("the file");
    let look = Metrics::new(raw, dir.path(), &Arc::new(Secrets::new(["hunter2"]))).look(NOW, true);
    assert_eq!(look.params.keys().collect::<Vec<_>>(), ["long", "lr"]);
    let why: Vec<_> = look.asides.iter().map(|aside| (aside.what.as_str(), aside.why.as_str())).collect();
    assert_eq!(why, [("line 1, the parameter deep of $HVEN_METRICS", "it is nested deeper than 32 levels")]);
    assert!(!look.asides[0].excerpt.contains("hunter2"));
}

#[test]
fn a_growing_file_is_read_line_by_line() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let raw = dir.path().join("written");
    let append = |text: &str| {
        use std::io::Write as _;
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&raw).expect("the file");
        file.write_all(text.as_bytes()).expect("a write");
    };
    let stream = || fs::read_to_string(dir.path().join("metrics")).unwrap_or_default();
    let secrets = Arc::new(Secrets::new(["hunter2"]));
    let mut metrics = Metrics::new(raw.clone(), dir.path(), &secrets);
    let brings_nothing = |look: &MetricsUpdate| {
        look.params.is_empty() && look.complaints.is_empty() && look.asides.is_empty() && look.failed.is_none()
    };
    assert!(brings_nothing(&metrics.look(NOW, false)));
    append("{\"a\":1}\n{\"a\":");
    assert!(brings_nothing(&metrics.look(NOW, false)));
    assert_eq!(stream(), "{\"k\":\"a\",\"v\":1.0,\"s\":0,\"t\":7}\n");
    append("2}\nnonsense\n{\"param\":{\"key\":\"hunter2\"}}\n");
    let look = metrics.look(NOW, false);
    assert_eq!(look.complaints.len(), 1);
    assert!(look.complaints[0].starts_with("$HVEN_METRICS line 3: "), "{look:?}");
    assert_eq!(look.params["key"], "***");
    append("{\"a\":3}");
    assert!(brings_nothing(&metrics.look(NOW, true)));
    assert_eq!(stream().lines().count(), 3);
    assert_eq!(metrics.bytes(), stream().len() as u64);

    append("\n{\"a\":4}\n");
    let mut again = Metrics::resume(raw, dir.path()).expect("resumed");
    again.look(NOW, true);
    assert_eq!(stream().lines().count(), 4, "no point is written twice");
}

#[test]
fn only_a_file_is_read_and_the_problem_is_logged_once() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let raw = dir.path().join("written");
    let mut metrics = Metrics::new(raw.clone(), dir.path(), &Arc::default());
    fs::write(dir.path().join("elsewhere"), "private\n").expect("the file");
    std::os::unix::fs::symlink("elsewhere", &raw).expect("a link");
    let said = metrics.look(NOW, false);
    assert!(said.complaints[0].starts_with("$HVEN_METRICS cannot be read: it is a link."), "{said:?}");
    assert!(said.asides.is_empty() && metrics.look(NOW, false).complaints.is_empty(), "{said:?}");
    fs::remove_file(&raw).expect("removed");
    fs::write(&raw, "{\"a\":1}\n").expect("the file");
    assert!(metrics.look(NOW, false).complaints.is_empty() && metrics.bytes() > 0, "it is a file again");
}

#[test]
fn the_system_error_of_a_failed_write_is_kept() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let raw = dir.path().join("written");
    fs::write(&raw, "{\"a\":1}\n").expect("the file");
    fs::create_dir(dir.path().join("metrics")).expect("a folder in the place of the stream");
    let failed = Metrics::new(raw, dir.path(), &Arc::default()).look(NOW, true).failed;
    assert_eq!(failed.and_then(|error| error.raw_os_error()), Some(libc::EISDIR));
}

#[test]
fn only_twenty_bad_lines_are_named() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let long = format!("{}\n", "x".repeat(3 * LINE_BYTES_MAX));
    let text = format!("{}{long}{}{{\"a\":1}}\n", "bad\n".repeat(3), "bad\n".repeat(50));
    let raw = dir.path().join("written");
    fs::write(&raw, text).expect("the file");
    let mut metrics = Metrics::new(raw, dir.path(), &Arc::default());
    let look = metrics.look(NOW, false);
    assert_eq!(look.complaints.len(), 21);
    assert_eq!((look.asides.len(), metrics.look(NOW, true).asides[0].more), (20, 34));
    assert!(look.complaints[3].starts_with("$HVEN_METRICS line 4: it has more than"), "{:?}", look.complaints);
    assert!(look.complaints[4].starts_with("$HVEN_METRICS line 5: "));
    assert!(metrics.bytes() > 0);
}
