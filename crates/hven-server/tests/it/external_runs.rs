//! Runs whose work is done elsewhere: what a reporter may say, when its silence makes the state unknown, and how such a run ends.

use axum::http::StatusCode;
use hven_core::Digest;
use serde_json::{Value, json};

use crate::test_home::{TestHome, request};

/// Opens a run, and returns its id.
async fn open(home: &TestHome, token: &str, wanted: Value) -> String {
    let (status, opened) = home.call(token, "POST", "/runs/external", wanted).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    opened["run"]["id"].as_str().unwrap().to_owned()
}

async fn report(home: &TestHome, run: &str, what: &str, body: Value) -> Value {
    let (status, answer) = home.call(&home.owner, "POST", &format!("/runs/{run}/{what}"), body).await;
    assert!(status.is_success(), "{what}: {answer}");
    answer
}

async fn refused(home: &TestHome, path: &str, body: Value, code: &str, why: &str) {
    let (status, answer) = home.call(&home.owner, "POST", path, body.clone()).await;
    assert!(status.is_client_error(), "{body}: {answer}");
    assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(why), "{body}: {message}");
}

async fn upload(home: &TestHome, bytes: &[u8]) -> Value {
    let digest = Digest::of(bytes).to_string();
    let mut put = request(&home.owner, "PUT", &format!("/objects/{digest}"), None, &Value::Null);
    *put.body_mut() = axum::body::Body::from(bytes.to_vec());
    put.headers_mut().insert("Upload-Offset", "0".parse().unwrap());
    let (status, answer) = home.send(put).await;
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&answer));
    json!({ "path": "plots/loss.svg", "digest": digest, "size": bytes.len(), "kind": "file" })
}

#[tokio::test]
async fn work_elsewhere_appears_with_everything_that_was_reported() {
    let home = TestHome::new().await;
    let run = open(
        &home,
        &home.owner,
        json!({
            "source": "python", "project": "astro", "name": "tune", "command": ["python", "tune.py", "--lr", "0.1"],
            "host": "laptop", "folder": "/home/mira", "started": "2026-01-01T00:00:00Z", "params": { "lr": 0.1 },
            "tags": ["sweep"],
        }),
    )
    .await;
    report(&home, &run, "metrics", json!({ "points": [{ "key": "loss", "value": 0.5, "step": 1 }] })).await;
    report(&home, &run, "metrics", json!({ "points": [{ "key": "loss", "value": "NaN", "step": 2 }] })).await;
    report(&home, &run, "params", json!({ "params": { "layers": 3 } })).await;
    let file = upload(&home, b"<svg/>").await;
    report(&home, &run, "outputs", json!({ "files": [file] })).await;
    let (_, open) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!((&open["state"], &open["outputs"], &open["spec"]), (&json!("running"), &json!(1), &Value::Null));
    assert_eq!(open["external"]["host"], "laptop");
    let (_, list) = home.get(&home.owner, "/runs?state=running&tag=sweep").await;
    assert_eq!(list["items"][0]["command"], "python tune.py --lr 0.1", "{list}");

    report(
        &home,
        &run,
        "close",
        json!({ "state": "failed", "why": "ValueError: no", "ended": "2026-01-01T00:01:30Z" }),
    )
    .await;
    let (_, shown) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!((&shown["state"], &shown["outcome"]), (&json!("failed"), &json!("failed: ValueError: no")));
    assert_eq!((&shown["wall_s"], &shown["params"]), (&json!(90.0), &json!({ "lr": 0.1, "layers": 3 })));
    assert_eq!(shown["metrics"][0]["points"], 2, "{shown}");
    assert_eq!(shown["output_files"][0]["path"], "plots/loss.svg");
    let (_, list) = home.get(&home.owner, "/runs").await;
    let row = &list["items"][0];
    for field in ["state", "outcome", "wall_s", "outputs", "started", "ended", "command", "tags", "params"] {
        assert_eq!(row[field], shown[field], "{field}");
    }
    let (status, bytes) = home
        .send(request(
            &home.owner,
            "GET",
            &format!("/runs/{run}/files/content?path=plots/loss.svg"),
            None,
            &Value::Null,
        ))
        .await;
    assert_eq!((status, bytes.as_slice()), (StatusCode::OK, b"<svg/>".as_slice()));
    let (_, explained) = home.get(&home.owner, &format!("/runs/{run}/explain")).await;
    let lines: Vec<&str> =
        explained["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert!(lines.contains(&"Its work is done on laptop; python reports it, and Hven cannot stop it."), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("stderr")), "what it printed is not known: {lines:?}");
}

#[tokio::test]
async fn a_silent_reporter_makes_the_state_unknown_and_not_failed() {
    let home = TestHome::new().await;
    let run = open(&home, &home.owner, json!({ "source": "python", "silent_after_s": 5 })).await;
    let path = format!("/runs/{run}");
    let unknown = home.until(&path, |run| run["state"] == "unknown").await;
    assert_eq!((&unknown["wall_s"], &unknown["ended"]), (&Value::Null, &Value::Null), "{unknown}");
    assert_eq!(report(&home, &run, "heartbeat", Value::Null).await["state"], "running");
    home.until(&path, |run| run["state"] == "unknown").await;
    report(&home, &run, "metrics", json!({ "points": [{ "key": "loss", "value": 1 }] })).await;
    assert_eq!(home.get(&home.owner, &path).await.1["state"], "running");
    // After a restart, no report is overdue yet, and a recorded silence stays.
    let kinds = |facts: &Value| {
        let items = facts["items"].as_array().unwrap().iter();
        items.map(|fact| fact["kind"].as_str().unwrap().to_owned()).filter(|kind| kind.ends_with("silent")).count()
    };
    let (_, facts) = home.get(&home.owner, &format!("/facts?run={run}")).await;
    assert_eq!(kinds(&facts), 2, "{facts}");
    report(&home, &run, "close", json!({ "state": "done" })).await;
    assert_eq!(home.get(&home.owner, &path).await.1["state"], "done");
}

#[tokio::test]
async fn a_reporter_learns_that_the_run_was_cancelled() {
    let home = TestHome::new().await;
    let run = open(&home, &home.owner, json!({ "source": "python" })).await;
    let (status, _) = home.call(&home.owner, "POST", &format!("/runs/{run}/cancel"), Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(report(&home, &run, "heartbeat", Value::Null).await["state"], "stopping");
    assert_eq!(report(&home, &run, "close", json!({ "state": "cancelled" })).await["state"], "cancelled");
    // The same end again changes nothing, another one is refused.
    assert_eq!(report(&home, &run, "close", json!({ "state": "cancelled" })).await["state"], "cancelled");
    refused(&home, &format!("/runs/{run}/close"), json!({ "state": "done" }), "conflict", "has ended already").await;
    // A silent reporter receives no answer.
    let silent = open(&home, &home.owner, json!({ "source": "python", "silent_after_s": 5 })).await;
    let path = format!("/runs/{silent}");
    home.until(&path, |run| run["state"] == "unknown").await;
    home.call(&home.owner, "POST", &format!("/runs/{silent}/cancel"), Value::Null).await;
    assert_eq!(home.get(&home.owner, &path).await.1["state"], "cancelled");
}

#[tokio::test]
async fn invalid_reports_are_refused_with_the_reason() {
    let home = TestHome::new().await;
    let open_path = "/runs/external";
    for (wanted, why) in [
        (json!({ "source": " " }), "is empty"),
        (json!({ "source": "a\nb" }), "the source"),
        (json!({ "source": "python", "silent_after_s": 1 }), "from 5 to"),
        (json!({ "source": "python", "silent_after_s": 1e12 }), "from 5 to"),
        (json!({ "source": "python", "started": "yesterday" }), "yesterday"),
        (json!({ "source": "python", "name": "x".repeat(300) }), "the name"),
        (json!({ "source": "python", "tags": ["a b"] }), "tag"),
    ] {
        refused(&home, open_path, wanted, "invalid", why).await;
    }
    refused(&home, open_path, json!({ "source": "python", "parent": "ZZZZZZ" }), "not_found", "ZZZZZZ").await;
    let run = open(&home, &home.owner, json!({ "source": "python" })).await;
    let outputs = format!("/runs/{run}/outputs");
    let file = upload(&home, b"1,2\n").await;
    let with = |change: Value| {
        let mut file = file.clone();
        file.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({ "files": [file] })
    };
    for (change, why) in [
        (json!({ "path": "../../etc/passwd" }), "`..`"),
        (json!({ "path": "/etc/passwd" }), "is absolute"),
        (json!({ "path": "" }), "is empty"),
        (json!({ "size": 5 }), "has 4 bytes"),
        (json!({ "digest": "0".repeat(64) }), "upload it first"),
    ] {
        refused(&home, &outputs, with(change), "invalid", why).await;
    }
    refused(&home, &outputs, json!({ "files": [file, file] }), "invalid", "named twice").await;
    refused(&home, &format!("/runs/{run}/close"), json!({ "state": "running" }), "invalid", "done, failed").await;
    refused(&home, &format!("/runs/{run}/close"), json!({ "state": "done", "why": "x" }), "invalid", "failed").await;
    // A run of Hven is watched by Hven.
    let own = home.submit(&home.owner, "home").await;
    refused(&home, &format!("/runs/{own}/heartbeat"), Value::Null, "conflict", "is a run of Hven").await;
    refused(&home, &format!("/runs/{own}/close"), json!({ "state": "done" }), "conflict", "is a run of Hven").await;
    report(&home, &run, "close", json!({ "state": "done" })).await;
    refused(&home, &outputs, with(json!({})), "conflict", "do not change any more").await;
}

#[tokio::test]
async fn a_file_replaces_the_earlier_one_of_its_path_and_is_a_source_in_the_lineage() {
    let home = TestHome::new().await;
    let run = open(&home, &home.owner, json!({ "source": "instrument" })).await;
    let (first, second) = (upload(&home, b"one").await, upload(&home, b"two").await);
    report(&home, &run, "outputs", json!({ "files": [first] })).await;
    report(&home, &run, "outputs", json!({ "files": [second] })).await;
    let (_, shown) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!((&shown["outputs"], &shown["output_files"][0]["digest"]), (&json!(1), &second["digest"]), "{shown}");
    let input = json!({ "path": "in.csv", "digest": second["digest"], "size": 3, "kind": "file" });
    let reader = json!({ "argv": ["true"], "cwd": "/", "inputs": [input] });
    let (status, reader) = home.call(&home.owner, "POST", "/runs", reader).await;
    assert_eq!(status, StatusCode::CREATED, "{reader}");
    let reader = reader["run"]["id"].as_str().unwrap();
    let (_, why) = home.get(&home.owner, &format!("/runs/{reader}/why")).await;
    assert!(why.to_string().contains(&run), "{why}");
    let (status, _) = home
        .call(
            &home.owner,
            "POST",
            "/retractions",
            json!({ "of": format!("run/{run}"), "because": "it was not calibrated" }),
        )
        .await;
    assert!(status.is_success());
    assert_eq!(home.get(&home.owner, &format!("/runs/{reader}")).await.1["soundness"], "suspect");
}

#[tokio::test]
async fn a_call_that_is_repeated_opens_one_run() {
    let home = TestHome::new().await;
    let wanted = json!({ "source": "python", "name": "tune", "tags": ["a"], "params": { "lr": 1 } });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (status, bytes) = home.send(request(&home.owner, "POST", "/runs/external", Some("key-1"), &wanted)).await;
        assert_eq!(status, StatusCode::CREATED);
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        ids.push(answer["run"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    let other = json!({ "source": "python", "name": "other" });
    let (status, _) = home.send(request(&home.owner, "POST", "/runs/external", Some("key-1"), &other)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn others_neither_report_nor_see_a_run() {
    let home = TestHome::new().await;
    let member = home.user("Jun", Some("astro"), "member").await;
    let stranger = home.user("Eve", Some("other"), "member").await;
    let run = open(&home, &member, json!({ "source": "python", "project": "astro" })).await;
    for (what, body) in [
        ("heartbeat", Value::Null),
        ("close", json!({ "state": "done" })),
        ("outputs", json!({ "files": [] })),
        ("metrics", json!({ "points": [] })),
    ] {
        let (status, _) = home.call(&stranger, "POST", &format!("/runs/{run}/{what}"), body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{what}");
    }
    let (status, _) =
        home.call(&stranger, "POST", "/runs/external", json!({ "source": "python", "project": "astro" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_run_keeps_the_id_of_another_tracker() {
    const ID: &str = "6d65f1e9e2a74dddb41096a8370df022";
    let home = TestHome::new().await;
    let wanted = json!({ "id": ID, "source": "mlflow", "project": "astro", "name": "tune" });
    assert_eq!(open(&home, &home.owner, wanted.clone()).await, ID);
    // The same call again opens nothing.
    assert_eq!(open(&home, &home.owner, wanted).await, ID);
    let (_, list) = home.get(&home.owner, "/runs").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");

    let other = json!({ "id": ID, "source": "mlflow", "project": "geo" });
    refused(&home, "/runs/external", other, "conflict", "is taken by another run").await;
    let own = json!({ "id": "018bcfe568007fffbfffffffffffffff", "source": "mlflow" });
    refused(&home, "/runs/external", own, "invalid", "UUID of version 7").await;
    let zero = json!({ "id": "0".repeat(32), "source": "mlflow" });
    refused(&home, "/runs/external", zero, "invalid", "is zero").await;
}

#[tokio::test]
async fn a_deleted_run_keeps_the_id_of_another_tracker() {
    const ID: &str = "6d65f1e9e2a74dddb41096a8370df023";
    let home = TestHome::new().await;
    let wanted = json!({ "id": ID, "source": "mlflow", "project": "astro" });
    assert_eq!(open(&home, &home.owner, wanted.clone()).await, ID);
    let (status, _) = home.call(&home.owner, "POST", &format!("/runs/{ID}/close"), json!({ "state": "done" })).await;
    assert!(status.is_success(), "{status}");
    let delete = json!({ "runs": [ID], "because": "a wrong file" });
    let (status, said) = home.call(&home.owner, "POST", "/runs/delete", delete).await;
    assert!(status.is_success(), "{said}");
    refused(&home, "/runs/external", wanted, "conflict", "was deleted here").await;
}
