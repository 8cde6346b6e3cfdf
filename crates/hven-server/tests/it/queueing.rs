//! How runs wait: who may change it, and what is refused.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::test_home::{TestHome, submission};

async fn change(home: &TestHome, token: &str, run: &str, wanted: Value) -> (StatusCode, Value) {
    home.call(token, "POST", &format!("/runs/{run}/queue"), wanted).await
}

#[tokio::test]
async fn a_run_is_held_and_gets_another_priority() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "astro").await;
    let (status, answer) = change(&home, &home.owner, &run, json!({ "held": true, "priority": 7 })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["schema"], "hven.queue/1");
    let wanted = json!({ "priority": 7, "held": true, "after": [], "start_by": null });
    assert_eq!(answer["queue"], wanted);
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["queue"], wanted);
    // The same again is no fact.
    let (_, before) = home.get(&home.owner, &format!("/facts?run={run}")).await;
    change(&home, &home.owner, &run, json!({ "held": true })).await;
    let (_, after) = home.get(&home.owner, &format!("/facts?run={run}")).await;
    assert_eq!(before["items"], after["items"]);
    for (bad, code) in [
        (json!({}), "invalid"),
        (json!({ "priority": 101 }), "invalid"),
        (json!({ "priority": "high" }), "invalid"),
        (json!({ "hold": true }), "invalid"),
    ] {
        let (status, answer) = change(&home, &home.owner, &run, bad.clone()).await;
        assert!(status.is_client_error(), "{bad}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{bad}: {answer}");
    }
}

#[tokio::test]
async fn only_an_owner_of_the_home_gives_more_than_the_usual_priority() {
    let home = TestHome::new().await;
    let (_, member) = home.add_user("Mira", Some("astro"), "owner", true).await;
    let (_, viewer) = home.add_user("Jun", Some("astro"), "viewer", false).await;
    let run = home.submit(&member, "astro").await;
    let (status, answer) = change(&home, &member, &run, json!({ "priority": 1 })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("only an owner of the home"), "{answer}");
    for priority in [-50, -3, 0] {
        let (status, answer) = change(&home, &member, &run, json!({ "priority": priority })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let mut urgent = submission("astro");
    urgent["queue"] = json!({ "priority": 3 });
    let (status, answer) = home.call(&member, "POST", "/runs", urgent.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = home.call(&home.owner, "POST", "/runs", urgent).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let (status, _) = change(&home, &viewer, &run, json!({ "held": true })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_run_waits_only_for_runs_that_the_caller_may_see() {
    let home = TestHome::new().await;
    let (_, member) = home.add_user("Mira", Some("astro"), "member", true).await;
    let foreign = home.submit(&home.owner, "bio").await;
    let own = home.submit(&member, "astro").await;
    let mut wanted = submission("astro");
    wanted["queue"] = json!({ "after": [foreign] });
    let (status, _) = home.call(&member, "POST", "/runs", wanted.clone()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    wanted["queue"] = json!({ "after": [own] });
    let (status, created) = home.call(&member, "POST", "/runs", wanted).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let (_, detail) = home.get(&member, &format!("/runs/{}", created["run"]["id"].as_str().unwrap())).await;
    assert_eq!(detail["queue"]["after"][0]["id"], own, "{detail}");
    assert!(detail["waiting"].as_str().unwrap().contains("has succeeded"), "{detail}");
}

#[tokio::test]
async fn usage_of_an_empty_period_is_refused_and_shows_only_visible_projects() {
    let home = TestHome::new().await;
    let (status, answer) = home.get(&home.owner, "/usage?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let (status, answer) = home.get(&home.owner, "/usage?since=soon").await;
    assert!(status.is_client_error(), "{answer}");
    let (status, usage) = home.get(&home.owner, "/usage").await;
    assert_eq!((status, &usage["rows"]), (StatusCode::OK, &json!([])), "{usage}");
}
