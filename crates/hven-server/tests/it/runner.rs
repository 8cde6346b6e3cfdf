//! The runner's protocol: lost, repeated or late messages change nothing.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_core::{
    Time,
    stream::{Frame, Source},
};
use serde_json::{Value, json};

use crate::test_home::{TestHome, ended_well};

pub(crate) fn frames(texts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in texts {
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: text.as_bytes() }.write(&mut bytes);
    }
    bytes
}

pub(crate) fn log_event(attempt: &Value, offset: usize, bytes: &[u8]) -> Value {
    json!({ "stream": { "attempt": attempt, "stream": "log", "offset": offset, "data": STANDARD.encode(bytes) } })
}

#[tokio::test]
async fn commands_are_repeated_until_they_are_acknowledged() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "home").await;
    let first = runner.pull(0).await;
    assert!(first[0]["command"]["start"].is_object());
    assert_eq!(first[0]["command"]["start"]["attempt"], format!("{run}.1"));
    assert_eq!(runner.pull(0).await, first, "a lost answer is repeated");
    assert_eq!(runner.pull(first[0]["number"].as_u64().unwrap()).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_log_that_is_sent_twice_or_with_a_gap_is_stored_once_and_complete() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "home").await;
    let attempt = runner.pull(0).await[0]["command"]["start"]["attempt"].clone();
    let bytes = frames(&["Stella ", "nova\n", "in Cassiopeia\n"]);
    let cut = frames(&["Stella ", "nova\n"]).len();

    let started = json!({ "started": { "attempt": attempt } });
    let end = runner.push(json!([started, log_event(&attempt, cut, &bytes[cut..]), ended_well(&attempt)]));
    assert_eq!(end.await.1["behind"], json!([{ "attempt": attempt, "stream": "log", "bytes": 0 }]));
    // The server does not accept an end before it has the whole log.
    home.until(&format!("/runs/{run}"), |run| run["state"] == "running").await;

    for (offset, part) in [(0, &bytes[..cut]), (0, &bytes[..cut]), (0, &bytes[..]), (cut, &bytes[cut..])] {
        let (status, pushed) = runner.push(json!([log_event(&attempt, offset, part)])).await;
        assert_eq!((status, &pushed["behind"]), (StatusCode::OK, &json!([])));
    }
    for _ in 0..2 {
        let (status, _) = runner.push(json!([ended_well(&attempt)])).await;
        assert_eq!(status, StatusCode::OK);
    }
    let read = |log: &Value| -> String {
        log["chunks"].as_array().unwrap().iter().map(|chunk| chunk["text"].as_str().unwrap()).collect()
    };
    let log = home.until(&format!("/runs/{run}/log"), |log| log["complete"] == true).await;
    assert_eq!(read(&log), "Stella nova\nin Cassiopeia\n");
    let (_, rest) = home.get(&home.owner, &format!("/runs/{run}/log?from={cut}")).await;
    assert_eq!(read(&rest), "in Cassiopeia\n");
    let (_, found) = home.get(&home.owner, &format!("/runs/{run}/log/search?q=CASSIO")).await;
    assert_eq!(found["matches"][0]["line"], 2);
    let finished = home.get(&home.owner, &format!("/facts?run={run}&kind=run.finished")).await.1;
    assert_eq!(finished["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_older_session_is_refused_and_a_runner_that_attaches_again_keeps_its_work() {
    let home = TestHome::new().await;
    let old = home.runner().await;
    let run = home.submit(&home.owner, "home").await;
    let attempt = old.pull(0).await[0]["command"]["start"]["attempt"].clone();
    // The same runner attaches again without the attempt: the start command had not reached it.
    let new = home.runner().await;
    let (status, answer) = old.push(json!([ended_well(&attempt)])).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("runner.stale_session")));
    let again = new.pull(0).await;
    assert_eq!(again[0]["command"]["start"]["attempt"], attempt, "it is sent again, as the same attempt");
    let (status, _) = new.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK);
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!((&detail["state"], &detail["attempts"]), (&json!("done"), &json!(1)));
}

#[tokio::test]
async fn a_failure_is_retried_as_often_as_requested() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let work = json!({ "argv": ["false"], "cwd": "/", "retries": 1 });
    let (_, created) = home.call(&home.owner, "POST", "/runs", work).await;
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    let mut after = 0;
    for number in 1..=2 {
        let mut commands = Vec::new();
        for _ in 0..20 {
            commands = runner.pull(after).await;
            if commands.iter().any(|command| command["command"]["start"].is_object()) {
                break;
            }
            after = commands.last().map_or(after, |command| command["number"].as_u64().unwrap());
        }
        let start = commands.iter().find(|command| command["command"]["start"].is_object()).unwrap();
        assert_eq!(start["command"]["start"]["attempt"], format!("{run}.{number}"));
        after = commands.last().unwrap()["number"].as_u64().unwrap();
        let mut failed = ended_well(&start["command"]["start"]["attempt"]);
        failed["ended"]["result"]["outcome"] = json!({ "is": "failed", "exit": 3 });
        let (status, _) = runner.push(json!([failed])).await;
        assert_eq!(status, StatusCode::OK);
    }
    let detail = home.until(&format!("/runs/{run}"), |run| run["state"] == "failed").await;
    assert_eq!(detail["attempts"], 2);
    assert_eq!(detail["outcome_detail"]["exit_status"], 3);
    assert!(detail["attempt_list"][0]["retry_because"].as_str().unwrap().contains("exit status 3"), "{detail}");
}

#[tokio::test]
async fn parameters_of_a_retried_attempt_do_not_belong_to_the_run() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let work = json!({ "argv": ["false"], "cwd": "/", "retries": 1, "params": { "epochs": 3, "lr": 0.5 } });
    let (_, created) = home.call(&home.owner, "POST", "/runs", work).await;
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    let mut after = 0;
    for (number, noted) in [(1, json!({ "lr": 0.1, "seed": 7 })), (2, json!({ "depth": 4 }))] {
        let mut commands = Vec::new();
        for _ in 0..20 {
            commands = runner.pull(after).await;
            if commands.iter().any(|command| command["command"]["start"].is_object()) {
                break;
            }
            after = commands.last().map_or(after, |command| command["number"].as_u64().unwrap());
        }
        let start = commands.iter().find(|command| command["command"]["start"].is_object()).unwrap();
        after = commands.last().unwrap()["number"].as_u64().unwrap();
        let attempt = start["command"]["start"]["attempt"].clone();
        assert_eq!(attempt, format!("{run}.{number}"));
        let params = json!({ "params": { "attempt": attempt, "params": noted } });
        let mut killed = ended_well(&attempt);
        killed["ended"]["result"]["outcome"] = json!({ "is": "killed", "signal": 9 });
        let (status, _) = runner.push(json!([params, killed])).await;
        assert_eq!(status, StatusCode::OK);
    }
    let detail = home.until(&format!("/runs/{run}"), |run| run["state"] == "failed").await;
    assert_eq!(detail["params"], json!({ "depth": 4, "epochs": 3, "lr": 0.5 }));
    let noted: Vec<&Value> =
        detail["attempt_list"].as_array().unwrap().iter().map(|attempt| &attempt["params"]).collect();
    assert_eq!(noted, [&json!({ "lr": 0.1, "seed": 7 }), &json!({})], "the run has those of the last");
    let (_, listed) = home.get(&home.owner, "/runs").await;
    assert_eq!(listed["items"][0]["params"], detail["params"]);
}

#[tokio::test]
async fn a_late_attach_is_refused() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    home.submit(&home.owner, "home").await;
    let attach = async |count: u64, attempts: Value| {
        let attach = json!({
            "runner": runner.id, "count": count, "pool": "local", "host": "here", "boot_id": "b", "pid": 1,
            "version": "0", "capacity": { "cpus": 4, "memory_bytes": 1 << 30 }, "prefetch": 4, "attempts": attempts,
        });
        home.call(&runner.token, "POST", "/runner/attach", attach).await
    };
    let attempt = runner.pull(0).await[0]["command"]["start"]["attempt"].clone();
    let held = json!([{ "attempt": attempt, "started": true, "finished": false }]);
    let (status, attached) = attach(7, held.clone()).await;
    assert_eq!(status, StatusCode::OK, "{attached}");
    for late in [6, 7] {
        // The late message lists no attempts. If the server accepted it, it would start the attempt a second time.
        let (status, answer) = attach(late, json!([])).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("runner.stale_session")));
    }
    let session = attached["session"].as_str().unwrap().to_owned();
    let now = crate::test_home::Runner { home: &home, id: runner.id, token: runner.token.clone(), session };
    assert_eq!(now.pull(0).await, Vec::<Value>::new(), "the session is still good, and nothing is sent again");
    let (status, _) = attach(8, held).await;
    assert_eq!(status, StatusCode::OK);
}
