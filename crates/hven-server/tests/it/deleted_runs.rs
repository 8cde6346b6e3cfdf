//! Deleting runs over the API: plans, refusals, what is left, and the freed space.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::test_home::{TestHome, ended_well};

/// A run that has ended, with a parameter and a note.
async fn ended(home: &TestHome, project: &str) -> String {
    let runner = home.runner().await;
    let run = home.submit(&home.owner, project).await;
    let attempt = runner.pull(0).await[0]["command"]["start"]["attempt"].clone();
    home.call(&home.owner, "POST", &format!("/runs/{run}/params"), json!({ "params": { "lr": 0.1 } })).await;
    let (status, _) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK);
    home.call(&home.owner, "POST", &format!("/runs/{run}/labels"), json!({ "note": "a secret note" })).await;
    home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
    run
}

#[tokio::test]
async fn a_run_is_deleted_and_says_so() {
    let home = TestHome::new().await;
    let run = ended(&home, "astro").await;
    let delete = async |body: Value| home.call(&home.owner, "POST", "/runs/delete", body).await;
    let (status, plan) = delete(json!({ "runs": [run], "dry_run": true })).await;
    assert_eq!(status, StatusCode::OK, "{plan}");
    assert_eq!((&plan["dry_run"], &plan["runs"][0]["run"]), (&json!(true), &json!(run)));
    assert!(plan["runs"][0]["facts"].as_u64().unwrap() >= 4, "{plan}");
    assert_eq!(home.get(&home.owner, &format!("/runs/{run}")).await.1["deleted"], Value::Null);

    let (status, refused) = delete(json!({ "runs": [run], "because": "" })).await;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")));
    let (status, deleted) = delete(json!({ "runs": [run], "because": "a wrong start" })).await;
    assert_eq!(status, StatusCode::OK, "{deleted}");
    assert_eq!((&deleted["schema"], &deleted["dry_run"]), (&json!("hven.deleted_runs/1"), &json!(false)));

    let (status, shown) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&shown["deleted"]["because"], &shown["deleted"]["by"]["name"]),
        (&json!("a wrong start"), &json!("Tycho"))
    );
    assert_eq!((&shown["project"], &shown["state"], &shown["params"]), (&json!("astro"), &json!("done"), &json!({})));
    assert!(!shown.to_string().contains("secret note"), "{shown}");
    for list in ["/runs", "/runs?archived=with&all_kinds=true", "/runs?archived=only", "/runs?q=true"] {
        assert_eq!(home.get(&home.owner, list).await.1["items"], json!([]), "{list}");
    }
    let (_, facts) = home.get(&home.owner, "/facts?kind=run.deleted").await;
    let told = facts["items"][0]["text"].as_str().unwrap();
    assert!(told.ends_with("was deleted: a wrong start"), "{told}");
    let (_, all) = home.get(&home.owner, "/facts").await;
    assert!(!all.to_string().contains("secret note"));
    // It takes no changes.
    for (path, body) in [
        ("metrics", json!({ "points": [{ "key": "loss", "value": 1 }] })),
        ("params", json!({ "params": { "a": 1 } })),
        ("labels", json!({ "note": "again" })),
        ("cancel", Value::Null),
        ("queue", json!({ "held": true })),
        ("reproductions", json!({})),
        ("software", json!({ "packages": {} })),
    ] {
        let method = if path == "software" { "PUT" } else { "POST" };
        let (status, refused) = home.call(&home.owner, method, &format!("/runs/{run}/{path}"), body).await;
        assert_eq!(
            (status, &refused["error"]["code"]),
            (StatusCode::CONFLICT, &json!("run.deleted")),
            "{path}: {refused}"
        );
        assert!(refused["error"]["hint"].as_str().unwrap().contains("hven show"), "{refused}");
    }
    let (status, again) = delete(json!({ "runs": [run], "because": "x" })).await;
    assert_eq!((status, &again["error"]["code"]), (StatusCode::CONFLICT, &json!("run.deleted")));
    let (status, compared) = home.get(&home.owner, &format!("/runs/compare?runs={run}")).await;
    assert_eq!((status, &compared["error"]["code"]), (StatusCode::CONFLICT, &json!("run.deleted")));
    assert_eq!(home.get(&home.owner, "/audit").await.1["sound"], true);
}

#[tokio::test]
async fn only_owners_delete_and_only_what_has_ended() {
    let home = TestHome::new().await;
    let run = ended(&home, "astro").await;
    let member = home.user("Mira", Some("astro"), "member").await;
    let stranger = home.user("Ursus", Some("bio"), "owner").await;
    let path = format!("/runs/{run}?because=x");
    assert_eq!(home.call(&member, "DELETE", &path, Value::Null).await.0, StatusCode::FORBIDDEN);
    assert_eq!(home.call(&stranger, "DELETE", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    let waiting = home.submit(&home.owner, "astro").await;
    let body = json!({ "runs": [run, waiting], "because": "x" });
    let (status, refused) = home.call(&home.owner, "POST", "/runs/delete", body).await;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::CONFLICT, &json!("conflict")), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("hven cancel"), "{refused}");
    assert_eq!(home.get(&home.owner, &format!("/runs/{run}")).await.1["deleted"], Value::Null);
    let many: Vec<&str> = vec![&run; 1001];
    let (status, _) = home.call(&home.owner, "POST", "/runs/delete", json!({ "runs": many, "because": "x" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let owner = home.user("Olga", Some("astro"), "owner").await;
    assert_eq!(home.call(&owner, "DELETE", &path, Value::Null).await.0, StatusCode::OK);
}
