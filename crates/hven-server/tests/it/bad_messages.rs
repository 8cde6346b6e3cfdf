//! A message that cannot be accepted never blocks later ones: it is set aside and shown on its run.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_core::Digest;
use serde_json::{Value, json};

use crate::{
    additions_after_end::start_of,
    runner::{frames, log_event},
    test_home::{HOST, Runner, TestHome, ended_well},
};

/// Sends events as text, as a runner of any version may write them.
async fn push_text(runner: &Runner<'_>, events: &[String]) -> (StatusCode, Value) {
    let text =
        format!(r#"{{"runner":"{}","session":"{}","events":[{}]}}"#, runner.id, runner.session, events.join(","));
    let request = Request::post("/api/v1/runner/push")
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {}", runner.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(text))
        .unwrap();
    let (status, bytes) = runner.home.send(request).await;
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// Starts a run, and returns its id and its attempt.
async fn started(home: &TestHome, runner: &Runner<'_>, after: &mut u64) -> (String, Value) {
    let run = home.submit(&home.owner, "home").await;
    let attempt = start_of(runner, &run, after).await;
    (run, attempt)
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn params(attempt: &Value, params: &str) -> String {
    format!(r#"{{"params":{{"attempt":{attempt},"params":{params}}}}}"#)
}

fn stream(attempt: &Value, stream: &str, offset: usize, bytes: &[u8]) -> String {
    let data = STANDARD.encode(bytes);
    json!({ "stream": { "attempt": attempt, "stream": stream, "offset": offset, "data": data } }).to_string()
}

/// A name, the event of an attempt, the reason that the run shows, and the metric that is kept.
type Case<'a> = (&'static str, Box<dyn Fn(&Value) -> String + 'a>, &'static str, Option<&'static str>);

#[tokio::test]
async fn a_bad_event_is_set_aside_and_the_others_are_accepted() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut after = 0;
    let long_key = "k".repeat(300);
    let many: Vec<String> = (0..100_000).map(|i| format!(r#""p{i}":{i}"#)).collect();
    let point = br#"{"k":"ok","v":1.0,"s":0,"t":1}"#;
    let good_point = [&point[..], b"\n"].concat();
    let with_bad_line = |bad: &str| [bad.as_bytes(), b"\n", &good_point].concat();
    let cases: Vec<Case<'_>> = vec![
        ("nesting", Box::new(|a| params(a, &format!(r#"{{"a":{},"good":1}}"#, nested(123)))), "nested", None),
        (
            "nesting to no end",
            Box::new(|a| params(a, &format!(r#"{{"a":{},"good":1}}"#, nested(5000)))),
            "nested",
            None,
        ),
        (
            "nesting of objects",
            Box::new(|a| params(a, &format!(r#"{{"a":{}1{},"good":1}}"#, r#"{"b":"#.repeat(40), "}".repeat(40)))),
            "nested",
            None,
        ),
        (
            "a long value",
            Box::new(|a| params(a, &format!(r#"{{"a":"{}","good":1}}"#, "x".repeat(100_000)))),
            "8,192",
            None,
        ),
        ("a long name", Box::new(move |a| params(a, &format!(r#"{{"{long_key}":1,"good":1}}"#))), "250", None),
        ("an empty name", Box::new(|a| params(a, r#"{"":1,"good":1}"#)), "250", None),
        ("NUL in a name", Box::new(|a| params(a, r#"{"a\u0000b":1,"good":1}"#)), "control", None),
        ("a lone surrogate", Box::new(|a| params(a, r#"{"a":"\ud800","good":1}"#)), "hex escape", None),
        ("too large a number", Box::new(|a| params(a, r#"{"a":1e999,"good":1}"#)), "number", None),
        ("parameters that are none", Box::new(|a| params(a, "[1,2]")), "expected a map", None),
        ("an unknown event", Box::new(|a| format!(r#"{{"sung":{{"attempt":{a}}}}}"#)), "sung", None),
        (
            "no base64",
            Box::new(|a| {
                json!({ "stream": { "attempt": a, "stream": "metrics", "offset": 0, "data": "%%%" } }).to_string()
            }),
            "base64",
            None,
        ),
        ("a stream that is none", Box::new(|a| stream(a, "smell", 0, b"x\n")), "smell", None),
        (
            "a line that is no point",
            Box::new(move |a| stream(a, "metrics", 0, &with_bad_line("nonsense"))),
            "point",
            Some("ok"),
        ),
        (
            "a point without a time that can be",
            Box::new({
                let good_point = good_point.clone();
                move |a| {
                    let bad = br#"{"k":"a","v":1,"s":0,"t":9000000000000000000}"#;
                    stream(a, "metrics", 0, &[&bad[..], b"\n", &good_point].concat())
                }
            }),
            "time",
            Some("ok"),
        ),
        (
            "a point with a bad key",
            Box::new({
                let good_point = good_point.clone();
                move |a| {
                    let bad = format!(r#"{{"k":"{}","v":1,"s":0,"t":1}}"#, "k".repeat(400));
                    stream(a, "metrics", 0, &[bad.as_bytes(), b"\n", &good_point].concat())
                }
            }),
            "250",
            Some("ok"),
        ),
        ("a sample that is none", Box::new(|a| stream(a, "resources", 0, b"{}\n")), "sample", None),
        (
            "a damaged log",
            Box::new(|a| {
                let mut bytes = frames(&["before\n"]);
                bytes.extend_from_slice(&[9; 40]);
                stream(a, "log", 0, &bytes)
            }),
            "frame",
            None,
        ),
    ];
    for (name, bad, why, keeps) in cases {
        let (run, attempt) = started(&home, &runner, &mut after).await;
        let (_, beside) = started(&home, &runner, &mut after).await;
        let events = [
            format!(r#"{{"started":{{"attempt":{attempt}}}}}"#),
            bad(&attempt),
            params(&attempt, r#"{"lr":0.5}"#),
            log_event(&beside, 0, &frames(&["of another run\n"])).to_string(),
            ended_well(&attempt).to_string(),
            ended_well(&beside).to_string(),
        ];
        for _ in 0..2 {
            let (status, answer) = push_text(&runner, &events).await;
            assert_eq!((status, &answer["behind"]), (StatusCode::OK, &json!([])), "{name}: {answer}");
        }
        let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
        assert_eq!((&detail["state"], &detail["params"]["lr"]), (&json!("done"), &json!(0.5)), "{name}: {detail}");
        let aside = detail["set_aside"].as_array().unwrap_or_else(|| panic!("{name}: {detail}"));
        assert_eq!(aside.len(), 1, "{name}: {aside:?}");
        assert!(aside[0]["why"].as_str().unwrap().contains(why), "{name}: {aside:?}");
        if bad(&attempt).contains(r#""good":1"#) {
            assert_eq!(detail["params"]["good"], 1, "{name}: the valid part is kept");
        }
        let metrics = home.get(&home.owner, &format!("/runs/{run}/metrics")).await.1;
        assert_eq!(metrics["metrics"][0]["key"].as_str(), keeps, "{name}: {metrics}");
    }
    // Many parameters are accepted, all of them.
    let (run, attempt) = started(&home, &runner, &mut after).await;
    let events = [params(&attempt, &format!("{{{}}}", many.join(","))), ended_well(&attempt).to_string()];
    let (status, answer) = push_text(&runner, &events).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
    assert_eq!(detail["params"].as_object().unwrap().len(), 100_000);
}

/// A run whose result cannot be read still ends.
#[tokio::test]
async fn an_end_with_invalid_values_is_still_an_end() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut after = 0;
    let cases = [
        ("a negative duration", r#"{"outcome":{"is":"done"},"started":null,"ended":null,"wall_s":-5.0}"#, "done"),
        ("no duration", r#"{"outcome":{"is":"done"},"started":null,"ended":null,"wall_s":null}"#, "done"),
        ("too long a duration", r#"{"outcome":{"is":"done"},"started":null,"ended":null,"wall_s":1e999}"#, "done"),
        ("a time that is none", r#"{"outcome":{"is":"done"},"started":"tomorrow","ended":null,"wall_s":1.0}"#, "done"),
        ("an unknown outcome", r#"{"outcome":{"is":"abducted"},"started":null,"ended":null,"wall_s":1.0}"#, "lost"),
        ("no result", "7", "lost"),
        (
            "outputs that are no list",
            r#"{"outcome":{"is":"done"},"started":null,"ended":null,"wall_s":1.0,"outputs":{}}"#,
            "failed",
        ),
        (
            "missing outputs that are no list",
            r#"{"outcome":{"is":"done"},"started":null,"ended":null,"wall_s":1.0,"outputs_missing":{"a":1}}"#,
            "failed",
        ),
        (
            "a missing output without a reason",
            r#"{"outcome":{"is":"done"},"started":null,"ended":null,"wall_s":1.0,"outputs_missing":[{"path":"a"}]}"#,
            "failed",
        ),
    ];
    for (name, result, state) in cases {
        let (run, attempt) = started(&home, &runner, &mut after).await;
        let event = format!(r#"{{"ended":{{"attempt":{attempt},"result":{result}}}}}"#);
        let (status, answer) = push_text(&runner, &[event]).await;
        assert_eq!(status, StatusCode::OK, "{name}: {answer}");
        let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
        if state == "lost" {
            // The run is retried.
            assert_eq!(detail["state"], "waiting", "{name}: {detail}");
            assert_eq!(detail["attempt_list"][0]["outcome"]["kind"], "lost", "{name}: {detail}");
            let (status, _) = home.call(&home.owner, "POST", &format!("/runs/{run}/cancel"), json!({})).await;
            assert_eq!(status, StatusCode::ACCEPTED);
        } else {
            assert_eq!(detail["state"], state, "{name}: {detail}");
            assert_eq!(detail["outputs_missing"] == json!([]), state == "done", "{name}: {detail}");
            assert!(detail["wall_s"].as_f64().is_none_or(|wall_s| wall_s >= 0.0), "{name}: {detail}");
        }
        assert_eq!(detail["set_aside"] == json!([]), name == "a negative duration", "{name}: {detail}");
    }
}

/// The other ways to send parameters and points have the same limits.
#[tokio::test]
async fn parameters_and_points_have_the_same_limits_everywhere() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, _) = started(&home, &runner, &mut 0).await;
    let deep: Value = serde_json::from_str(&nested(40)).unwrap();
    let (status, answer) =
        home.call(&home.owner, "POST", &format!("/runs/{run}/params"), json!({ "params": { "a": deep } })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let work = json!({ "argv": ["true"], "cwd": "/", "params": { "a": deep } });
    let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let allowed: Value = serde_json::from_str(&nested(32)).unwrap();
    let (status, answer) =
        home.call(&home.owner, "POST", &format!("/runs/{run}/params"), json!({ "params": { "a": allowed } })).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

/// So many bad parameters that some of them are only counted.
fn bad_params(attempt: &Value, count: usize) -> String {
    let bad: Vec<String> = (0..count).map(|i| format!(r#""p{i}":{}"#, nested(40))).collect();
    params(attempt, &format!("{{{}}}", bad.join(",")))
}

#[tokio::test]
async fn messages_that_are_not_named_are_counted_once() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut after = 0;
    let (run, attempt) = started(&home, &runner, &mut after).await;
    let (lost, lost_attempt) = started(&home, &runner, &mut after).await;
    // The runner itself has counted more bad messages.
    let digest = Digest::of(b"").to_string();
    let counted = json!({ "set_aside": { "attempt": attempt, "message": {
        "what": "further messages", "why": "they are bad", "bytes": 0, "digest": digest, "excerpt": "", "more": 1000,
    }}});
    // The answers are lost, so the runner repeats its messages.
    for _ in 0..3 {
        let events = [bad_params(&attempt, 25), counted.to_string(), bad_params(&lost_attempt, 23)];
        let (status, answer) = push_text(&runner, &events).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let (status, _) = push_text(&runner, &[ended_well(&attempt).to_string()]).await;
    assert_eq!(status, StatusCode::OK);
    let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
    let named = detail["set_aside"].as_array().unwrap().iter().filter(|aside| aside["count"] == 1).count();
    assert_eq!((named, &detail["set_aside_total"]), (20, &json!(20 + 5 + 1000)), "{detail}");
    // No runner reports the end of the other attempt: its runner is gone.
    home.lose(runner.id).await;
    let detail = home.get(&home.owner, &format!("/runs/{lost}")).await.1;
    assert_eq!(detail["attempt_list"][0]["outcome"]["kind"], "lost", "{detail}");
    assert_eq!(detail["set_aside_total"], 20 + 3, "{detail}");
}

#[tokio::test]
async fn no_part_of_a_secret_remains_in_a_message_that_is_set_aside() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let secret = r#"hunter2 "quoted""#;
    let work = json!({ "argv": ["true"], "cwd": "/", "secrets": { "KEY": secret } });
    let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    let attempt = start_of(&runner, &run, &mut 0).await;
    // A value that is too long, with the secret in JSON spelling at the place where the excerpt is cut.
    let value = json!(format!("{}{secret}{}", "x".repeat(4085), "y".repeat(9000))).to_string();
    let spelled = r#"hunter2 \"quoted\""#;
    assert!(value[..4096].contains("hunt") && !value[..4096].contains(spelled));
    let (status, answer) = push_text(&runner, &[params(&attempt, &format!(r#"{{"a":{value}}}"#))]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
    let aside = &detail["set_aside"][0];
    assert!(!aside.to_string().contains("hunt"), "{aside}");
    let hidden = value.replace(spelled, "***");
    assert_eq!(
        aside["digest"],
        Digest::of(hidden.as_bytes()).to_string(),
        "a digest of the secret would help to guess it"
    );
}
