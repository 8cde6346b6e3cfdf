//! Repairs go on by themselves on the server: they are begun and watched, cancelled, and end when a right is gone.

use axum::http::StatusCode;
use hven_core::Digest;
use serde_json::{Value, json};

use crate::house::{House, Runner, request, submission};

/// A command with its code in the store: it can be made again.
async fn submit(house: &House, token: &str) -> String {
    let listing = json!({ "files": [] });
    let digest = Digest::of(listing.to_string().as_bytes()).to_string();
    let put = request(token, "PUT", &format!("/objects/{digest}"), None, &listing);
    assert!(house.send(put).await.0.is_success());
    let mut work = submission("astro");
    work["code"] = json!({ "kind": "folder", "listing": digest, "files": 0, "bytes": 0 });
    let (status, created) = house.call(token, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    created["run"]["id"].as_str().unwrap().to_owned()
}

/// Lets the first attempt of a run end.
async fn end(house: &House, runner: &Runner<'_>, run: &str, outcome: Value, state: &str) {
    house.until(&format!("/runs/{run}"), |run| run["attempts"] == 1).await;
    let times = json!({ "outcome": outcome, "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:01Z" });
    let mut result = times;
    result["wall_s"] = json!(1.0);
    let event = json!({ "ended": { "attempt": format!("{run}.1"), "result": result } });
    let (status, answer) = runner.push(json!([event])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    house.until(&format!("/runs/{run}"), |run| run["state"] == state).await;
}

/// A run that is done and was retracted.
async fn retracted(house: &House, runner: &Runner<'_>) -> String {
    let run = submit(house, &house.owner).await;
    end(house, runner, &run, json!({ "is": "done" }), "done").await;
    let retraction = json!({ "of": run, "because": "a wrong calibration" });
    let (status, answer) = house.call(&house.owner, "POST", "/retractions", retraction).await;
    assert!(status.is_success(), "{answer}");
    run
}

async fn begin(house: &House, token: &str, of: &str, again: bool) -> Value {
    let (status, plan) = house.call(token, "POST", "/repairs", json!({ "of": of, "again": again })).await;
    assert_eq!(status, StatusCode::OK, "{plan}");
    plan
}

fn by(plan: &Value) -> String {
    assert_eq!(plan["steps"][0]["progress"], "running", "{plan}");
    plan["steps"][0]["by"]["id"].as_str().unwrap().to_owned()
}

async fn kinds(house: &House, kind: &str) -> usize {
    let (_, facts) = house.get(&house.owner, &format!("/facts?kind={kind}")).await;
    facts["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repair_ends_by_itself_when_its_last_run_does() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = retracted(&house, &runner).await;
    let plan = begin(&house, &house.owner, &run, true).await;
    assert_eq!((&plan["repair"]["name"], &plan["repair"]["state"]), (&json!("repair/1"), &json!("running")), "{plan}");
    // While it goes on, the same wish is the same repair.
    let same = begin(&house, &house.owner, &run, true).await;
    assert_eq!((&same["repair"]["id"], by(&same)), (&plan["repair"]["id"], by(&plan)));
    let (_, listed) = house.get(&house.owner, "/repairs?state=running").await;
    assert_eq!((&listed["schema"], &listed["items"][0]["name"]), (&json!("hven.repairs/1"), &json!("repair/1")));
    let (_, looked) = house.get(&house.owner, &format!("/repairs?of={run}")).await;
    assert_eq!((&looked["schema"], &looked["goes_on"]), (&json!("hven.repair/1"), &json!(true)), "{looked}");

    end(&house, &runner, &by(&plan), json!({ "is": "done" }), "done").await;
    let shown = house.until("/repairs/1", |shown| shown["repair"]["state"] == "done").await;
    assert_eq!((&shown["repair"]["steps"], &shown["plan"]["is_done"]), (&json!(1), &json!(true)), "{shown}");
    let (_, listed) = house.get(&house.owner, "/repairs?state=running").await;
    assert_eq!(listed["items"], json!([]));
    // A client that drives it itself hears that it is done, and begins no other.
    let polled = begin(&house, &house.owner, &run, false).await;
    assert_eq!((&polled["goes_on"], &polled["is_done"]), (&json!(false), &json!(true)), "{polled}");
    assert_eq!((kinds(&house, "repair.begun").await, kinds(&house, "repair.ended").await), (1, 1));
    let (_, facts) = house.get(&house.owner, "/facts?kind=repair.ended").await;
    assert_eq!(facts["items"][0]["text"], "repair 1 is done (1 steps)", "{facts}");
}

#[tokio::test]
async fn what_failed_is_left_until_it_is_asked_for_again() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = retracted(&house, &runner).await;
    let plan = begin(&house, &house.owner, &run, true).await;
    end(&house, &runner, &by(&plan), json!({ "is": "failed", "exit": 3 }), "failed").await;
    let shown = house.until("/repairs/1", |shown| shown["repair"]["state"] == "incomplete").await;
    assert_eq!(shown["plan"]["steps"][0]["progress"], "failed", "{shown}");
    let polled = begin(&house, &house.owner, &run, false).await;
    assert_eq!((&polled["steps"][0]["progress"], &polled["goes_on"]), (&json!("failed"), &json!(false)), "{polled}");
    let again = begin(&house, &house.owner, &run, true).await;
    assert_eq!(again["repair"]["name"], "repair/2", "{again}");
    assert_ne!(by(&again), by(&plan));
    end(&house, &runner, &by(&again), json!({ "is": "done" }), "done").await;
    house.until("/repairs/2", |shown| shown["repair"]["state"] == "done").await;
}

#[tokio::test]
async fn a_cancelled_repair_takes_its_runs_along_and_does_no_more() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = retracted(&house, &runner).await;
    let plan = begin(&house, &house.owner, &run, true).await;
    let viewer = house.user("Sophie", Some("astro"), "viewer").await;
    let (status, _) = house.call(&viewer, "POST", "/repairs/1/cancel", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, shown) = house.get(&viewer, "/repairs/1").await;
    assert_eq!((status, &shown["repair"]["state"]), (StatusCode::OK, &json!("running")));
    for _ in 0..2 {
        let (status, cancelled) = house.call(&house.owner, "POST", "/repairs/1/cancel", json!({})).await;
        assert_eq!((status, &cancelled["state"]), (StatusCode::OK, &json!("cancelled")), "{cancelled}");
    }
    let stopping = |run: &Value| run["state"] == "stopping" || run["state"] == "cancelled";
    house.until(&format!("/runs/{}", by_any(&plan)), stopping).await;
    assert_eq!((kinds(&house, "repair.cancelled").await, kinds(&house, "repair.ended").await), (1, 0));
    assert_eq!(kinds(&house, "soundness.run_repaired").await, 1);
}

fn by_any(plan: &Value) -> String {
    plan["steps"][0]["by"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_repair_stops_when_the_right_of_its_person_is_gone() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = retracted(&house, &runner).await;
    let (id, sophie) = house.add_user("Sophie", Some("astro"), "member", true).await;
    let plan = begin(&house, &sophie, &run, true).await;
    let by = by(&plan);
    let member = json!({ "user": id, "project": "astro", "role": "viewer" });
    let (status, answer) = house.call(&house.owner, "PUT", "/members", member).await;
    assert!(status.is_success(), "{answer}");
    // What she may not do any more ends, and with it the repair has its next step.
    let (_, shown) = house.get(&house.owner, &format!("/runs/{by}")).await;
    if shown["state"] != "failed" && shown["state"] != "done" {
        runner.push(json!([{ "ended": { "attempt": format!("{by}.1"), "result": {
            "outcome": { "is": "not_started", "why": "a right is gone" }, "started": null, "ended": null, "wall_s": 0.0,
        }}}])).await;
    }
    let shown = house.until("/repairs/1", |shown| shown["repair"]["state"] == "stopped").await;
    let because = &shown["repair"]["because_said"];
    assert_eq!(because["code"], "repair.not_allowed", "{shown}");
}
