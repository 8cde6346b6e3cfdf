//! The record through HTTP: its facts, its audit, and redactions.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_core::{
    Time,
    stream::{Frame, Source},
};
use serde_json::{Value, json};

use crate::test_home::{Runner, TestHome, ended_well};

/// A text that should not have been recorded.
const SLIPPED: &str = "tr0ub4dor&3";

/// A run with that text in its command and its log, which has just ended. Also returns the number of the last command.
async fn slip(home: &TestHome, runner: &Runner<'_>, mut after: u64) -> (String, u64) {
    let work = json!({ "argv": ["login", SLIPPED], "cwd": "/" });
    let (_, created) = home.call(&home.owner, "POST", "/runs", work).await;
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    // The runner also gets the command to forget the previous run.
    let start = loop {
        let commands = runner.pull(after).await;
        after = commands.last().map_or(after, |last| last["number"].as_u64().unwrap());
        let start = commands.into_iter().find(|command| !command["command"]["start"].is_null());
        if let Some(start) = start {
            break start;
        }
    };
    let attempt = start["command"]["start"]["attempt"].clone();
    let mut bytes = Vec::new();
    let said = format!("password is {SLIPPED}, well\n");
    Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: said.as_bytes() }.write(&mut bytes);
    let log =
        json!({ "stream": { "attempt": attempt, "stream": "log", "offset": 0, "data": STANDARD.encode(&bytes) } });
    runner.push(json!([log, ended_well(&attempt)])).await;
    home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
    (run, after)
}

#[tokio::test]
async fn a_recorded_secret_is_erased_everywhere_and_the_chain_stays_valid() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, _) = slip(&home, &runner, 0).await;
    let slipped = SLIPPED;
    let redact = json!({ "run": run, "text": slipped, "because": "a password" });
    let (status, redacted) = home.call(&home.owner, "POST", "/redactions", redact.clone()).await;
    assert_eq!(status, StatusCode::OK, "{redacted}");
    assert!(redacted["places"].as_array().unwrap().len() >= 2, "{redacted}");
    for path in [format!("/runs/{run}"), format!("/runs/{run}/log"), "/facts?limit=1000".to_owned(), "/runs".to_owned()]
    {
        let (_, answer) = home.get(&home.owner, &path).await;
        assert!(!answer.to_string().contains("tr0ub4dor"), "{path}: {answer}");
    }
    let (_, log) = home.get(&home.owner, &format!("/runs/{run}/log")).await;
    assert!(log["chunks"][0]["text"].as_str().unwrap().contains("password is *"), "{log}");
    let (_, audit) = home.get(&home.owner, "/audit?objects=true").await;
    assert_eq!((&audit["sound"], audit["erased"].as_u64().unwrap() > 0), (&json!(true), true), "{audit}");
    let (status, _) = home.call(&home.owner, "POST", "/redactions", redact).await;
    assert_eq!(status, StatusCode::CONFLICT, "there is nothing left to erase");
}

#[tokio::test]
async fn a_log_is_erased_completely_while_it_is_sealed() {
    const ROUNDS: usize = 30;
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut number = 0;
    for _ in 0..ROUNDS {
        let (run, started) = slip(&home, &runner, number).await;
        number = started;
        let redact = json!({ "run": run, "text": SLIPPED, "because": "a password" });
        let (status, redacted) = home.call(&home.owner, "POST", "/redactions", redact).await;
        assert_eq!(status, StatusCode::OK, "{redacted}");
        let (_, log) = home.get(&home.owner, &format!("/runs/{run}/log")).await;
        assert!(log["chunks"][0]["text"].as_str().unwrap().contains("password is *"), "{log}");
    }
    let (_, audit) = home.get(&home.owner, "/audit?objects=true").await;
    assert_eq!(audit["sound"], json!(true), "{audit}");
}

#[tokio::test]
async fn facts_are_paged_in_both_directions_and_described_in_words() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "home").await;
    let (_, all) = home.get(&home.owner, "/facts").await;
    let all = all["items"].as_array().unwrap().clone();
    assert_eq!(all[0]["kind"], "home.created");
    for order in ["oldest", "newest"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) = home.get(&home.owner, &format!("/facts?order={order}&limit=2{cursor}")).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            seen.extend(page["items"].as_array().unwrap().iter().map(|fact| fact["seq"].as_u64().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        if order == "newest" {
            seen.reverse();
        }
        assert_eq!(seen, (1..=all.len() as u64).collect::<Vec<_>>(), "{order}");
    }
    let (_, about) = home.get(&home.owner, &format!("/facts?run={run}")).await;
    let text = about["items"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("run ") && text.ends_with("was submitted: true"), "{text}");
    assert_eq!(about["items"][0]["actor"]["name"], "Tycho");
}

#[tokio::test]
async fn a_redaction_names_one_thing_and_a_reason() {
    let home = TestHome::new().await;
    for bad in [
        json!({ "because": "x" }),
        json!({ "fact": 1, "object": "0".repeat(64), "because": "x" }),
        json!({ "run": "last", "because": "x" }),
        json!({ "fact": 3, "because": " " }),
    ] {
        let (status, answer) = home.call(&home.owner, "POST", "/redactions", bad.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}: {answer}");
    }
    let (status, answer) = home.call(&home.owner, "POST", "/redactions", json!({ "fact": 1, "because": "x" })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = home.call(&home.owner, "POST", "/redactions", json!({ "fact": 999, "because": "x" })).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
}

#[tokio::test]
async fn a_backup_is_a_tar_archive_and_for_owners_only() {
    let home = TestHome::new().await;
    home.submit(&home.owner, "home").await;
    let (status, bytes) = home.send(crate::test_home::request(&home.owner, "GET", "/backup", None, &Value::Null)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(&bytes[257..262], b"ustar");
    let member = home.user("Magdalena", None, "member").await;
    let (status, _) = home.get(&member, "/backup").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
