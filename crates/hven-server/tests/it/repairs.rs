//! Repairs continue on the server: they are started, watched and cancelled, and they end when a permission is removed.

use axum::http::StatusCode;
use hven_core::Digest;
use serde_json::{Value, json};

use crate::test_home::{Runner, TestHome, request, submission};

/// Submits a command with its code in the store, so that it can be made again.
async fn submit(home: &TestHome, token: &str) -> String {
    let listing = json!({ "files": [] });
    let digest = Digest::of(listing.to_string().as_bytes()).to_string();
    let put = request(token, "PUT", &format!("/objects/{digest}"), None, &listing);
    assert!(home.send(put).await.0.is_success());
    let mut work = submission("astro");
    work["code"] = json!({ "kind": "folder", "listing": digest, "files": 0, "bytes": 0 });
    let (status, created) = home.call(token, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    created["run"]["id"].as_str().unwrap().to_owned()
}

/// Ends the first attempt of a run.
async fn end(home: &TestHome, runner: &Runner<'_>, run: &str, outcome: Value, state: &str) {
    home.until(&format!("/runs/{run}"), |run| run["attempts"] == 1).await;
    let times = json!({ "outcome": outcome, "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:01Z" });
    let mut result = times;
    result["wall_s"] = json!(1.0);
    let event = json!({ "ended": { "attempt": format!("{run}.1"), "result": result } });
    let (status, answer) = runner.push(json!([event])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    home.until(&format!("/runs/{run}"), |run| run["state"] == state).await;
}

/// A run that is done and was retracted.
async fn retracted(home: &TestHome, runner: &Runner<'_>) -> String {
    let run = submit(home, &home.owner).await;
    end(home, runner, &run, json!({ "is": "done" }), "done").await;
    let retraction = json!({ "of": run, "because": "a wrong calibration" });
    let (status, answer) = home.call(&home.owner, "POST", "/retractions", retraction).await;
    assert!(status.is_success(), "{answer}");
    run
}

async fn begin(home: &TestHome, token: &str, of: &str, again: bool) -> Value {
    let (status, plan) = home.call(token, "POST", "/repairs", json!({ "of": of, "again": again })).await;
    assert_eq!(status, StatusCode::OK, "{plan}");
    plan
}

fn by(plan: &Value) -> String {
    assert_eq!(plan["steps"][0]["progress"], "running", "{plan}");
    plan["steps"][0]["by"]["id"].as_str().unwrap().to_owned()
}

async fn kinds(home: &TestHome, kind: &str) -> usize {
    let (_, facts) = home.get(&home.owner, &format!("/facts?kind={kind}")).await;
    facts["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repair_ends_with_its_last_run() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = retracted(&home, &runner).await;
    let plan = begin(&home, &home.owner, &run, true).await;
    assert_eq!((&plan["repair"]["name"], &plan["repair"]["state"]), (&json!("repair/1"), &json!("running")), "{plan}");
    // While it is running, the same request returns the same repair.
    let same = begin(&home, &home.owner, &run, true).await;
    assert_eq!((&same["repair"]["id"], by(&same)), (&plan["repair"]["id"], by(&plan)));
    let (_, listed) = home.get(&home.owner, "/repairs?state=running").await;
    assert_eq!((&listed["schema"], &listed["items"][0]["name"]), (&json!("hven.repairs/1"), &json!("repair/1")));
    let (_, looked) = home.get(&home.owner, &format!("/repairs?of={run}")).await;
    assert_eq!((&looked["schema"], &looked["goes_on"]), (&json!("hven.repair/1"), &json!(true)), "{looked}");

    end(&home, &runner, &by(&plan), json!({ "is": "done" }), "done").await;
    let shown = home.until("/repairs/1", |shown| shown["repair"]["state"] == "done").await;
    assert_eq!((&shown["repair"]["steps"], &shown["plan"]["is_done"]), (&json!(1), &json!(true)), "{shown}");
    let (_, listed) = home.get(&home.owner, "/repairs?state=running").await;
    assert_eq!(listed["items"], json!([]));
    // A client that polls learns that the repair is done, and starts no other one.
    let polled = begin(&home, &home.owner, &run, false).await;
    assert_eq!((&polled["goes_on"], &polled["is_done"]), (&json!(false), &json!(true)), "{polled}");
    assert_eq!((kinds(&home, "repair.begun").await, kinds(&home, "repair.ended").await), (1, 1));
    let (_, facts) = home.get(&home.owner, "/facts?kind=repair.ended").await;
    assert_eq!(facts["items"][0]["text"], "repair 1 is done (1 steps)", "{facts}");
}

#[tokio::test]
async fn a_failed_step_is_repeated_only_on_request() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = retracted(&home, &runner).await;
    let plan = begin(&home, &home.owner, &run, true).await;
    end(&home, &runner, &by(&plan), json!({ "is": "failed", "exit": 3 }), "failed").await;
    let shown = home.until("/repairs/1", |shown| shown["repair"]["state"] == "incomplete").await;
    assert_eq!(shown["plan"]["steps"][0]["progress"], "failed", "{shown}");
    let polled = begin(&home, &home.owner, &run, false).await;
    assert_eq!((&polled["steps"][0]["progress"], &polled["goes_on"]), (&json!("failed"), &json!(false)), "{polled}");
    let again = begin(&home, &home.owner, &run, true).await;
    assert_eq!(again["repair"]["name"], "repair/2", "{again}");
    assert_ne!(by(&again), by(&plan));
    end(&home, &runner, &by(&again), json!({ "is": "done" }), "done").await;
    home.until("/repairs/2", |shown| shown["repair"]["state"] == "done").await;
}

#[tokio::test]
async fn cancelling_a_repair_cancels_its_runs_and_ends_it() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = retracted(&home, &runner).await;
    let plan = begin(&home, &home.owner, &run, true).await;
    let viewer = home.user("Sophie", Some("astro"), "viewer").await;
    let (status, _) = home.call(&viewer, "POST", "/repairs/1/cancel", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, shown) = home.get(&viewer, "/repairs/1").await;
    assert_eq!((status, &shown["repair"]["state"]), (StatusCode::OK, &json!("running")));
    for _ in 0..2 {
        let (status, cancelled) = home.call(&home.owner, "POST", "/repairs/1/cancel", json!({})).await;
        assert_eq!((status, &cancelled["state"]), (StatusCode::OK, &json!("cancelled")), "{cancelled}");
    }
    let stopping = |run: &Value| run["state"] == "stopping" || run["state"] == "cancelled";
    home.until(&format!("/runs/{}", by_any(&plan)), stopping).await;
    assert_eq!((kinds(&home, "repair.cancelled").await, kinds(&home, "repair.ended").await), (1, 0));
    assert_eq!(kinds(&home, "soundness.run_repaired").await, 1);
}

fn by_any(plan: &Value) -> String {
    plan["steps"][0]["by"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_repair_stops_when_its_user_loses_the_permission() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = retracted(&home, &runner).await;
    let (id, sophie) = home.add_user("Sophie", Some("astro"), "member", true).await;
    let plan = begin(&home, &sophie, &run, true).await;
    let by = by(&plan);
    let member = json!({ "user": id, "project": "astro", "role": "viewer" });
    let (status, answer) = home.call(&home.owner, "PUT", "/members", member).await;
    assert!(status.is_success(), "{answer}");
    // The run that she may not do any more ends, and the repair takes its next step.
    let (_, shown) = home.get(&home.owner, &format!("/runs/{by}")).await;
    if shown["state"] != "failed" && shown["state"] != "done" {
        runner.push(json!([{ "ended": { "attempt": format!("{by}.1"), "result": {
            "outcome": { "is": "not_started", "why": "a right is gone" }, "started": null, "ended": null, "wall_s": 0.0,
        }}}])).await;
    }
    let shown = home.until("/repairs/1", |shown| shown["repair"]["state"] == "stopped").await;
    let because = &shown["repair"]["because_said"];
    assert_eq!(because["code"], "repair.not_allowed", "{shown}");
}
