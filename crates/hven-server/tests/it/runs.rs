//! Submitting, listing and cancelling runs.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    additions_after_end::start_of,
    test_home::{TestHome, ended_well, request, submission},
};

#[tokio::test]
async fn the_same_post_twice_is_one_run() {
    let home = TestHome::new().await;
    let post = |key| request(&home.owner, "POST", "/runs", Some(key), &submission("home"));
    let parse =
        |answer: (StatusCode, Vec<u8>)| serde_json::from_slice::<Value>(&answer.1).unwrap()["run"]["id"].clone();
    let (first, again) = tokio::join!(home.send(post("k1")), home.send(post("k1")));
    let first = parse(first);
    assert_eq!(first, parse(again));
    assert_eq!(first, parse(home.send(post("k1")).await));
    assert_ne!(first, parse(home.send(post("k2")).await));
    let (_, runs) = home.get(&home.owner, "/runs").await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_list_is_paged_without_gaps_or_repeats() {
    let home = TestHome::new().await;
    let batch = json!({
        "template": { "argv": [], "cwd": "/", "project": "astro/kepler" },
        "runs": (0..250).map(|i| json!({ "argv": ["echo", i.to_string()] })).collect::<Vec<_>>(),
    });
    let (status, created) = home.call(&home.owner, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    for sort in ["newest", "oldest", "longest"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/runs?limit=100&project=astro&sort={sort}{cursor}");
            let (status, page) = home.get(&home.owner, &path).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            seen.extend(page["items"].as_array().unwrap().iter().map(|run| run["id"].clone().to_string()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), 250, "{sort}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 250, "{sort}");
    }
    let (_, found) = home.get(&home.owner, "/runs?q=ECHO+249").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    for bad in [
        "limit=0",
        "limit=1001",
        "state=asleep",
        "state=",
        "state=done,",
        "sort=best",
        "cursor=x",
        "project=../x",
        "project=",
    ] {
        let (status, answer) = home.get(&home.owner, &format!("/runs?{bad}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}: {answer}");
        assert!(answer["error"]["code"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_run_is_named_by_handle_id_prefix_or_last() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "home").await;
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    let handle = detail["handle"].as_str().unwrap();
    for name in [handle, &handle.to_lowercase(), &run, &run[..20], "last"] {
        let (status, found) = home.get(&home.owner, &format!("/runs/{name}")).await;
        assert_eq!((status, &found["id"]), (StatusCode::OK, &json!(run)), "{name}");
    }
    for name in ["ZZZZ", "nonsense!", &"f".repeat(32)] {
        let (status, answer) = home.get(&home.owner, &format!("/runs/{name}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{name}");
        assert!(answer["error"]["hint"].as_str().unwrap().contains("hven ps"), "{answer}");
    }
    let (status, answer) = home.get(&home.owner, &format!("/runs/{}", &run[..12])).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    assert!(answer["error"]["hint"].as_str().unwrap().contains("at least 13 digits"), "{answer}");
}

#[tokio::test]
async fn a_waiting_run_is_cancelled_at_once_and_only_once() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "home").await;
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert!(detail["waiting"].as_str().unwrap().contains("no runner"), "{detail}");
    let cancel = format!("/runs/{run}/cancel");
    let (status, cancelled) = home.call(&home.owner, "POST", &cancel, Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{cancelled}");
    home.until(&format!("/runs/{run}"), |run| run["state"] == "cancelled").await;
    let (status, answer) = home.call(&home.owner, "POST", &cancel, Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn an_assigned_run_waits_until_its_process_has_started() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (first, second) = (home.submit(&home.owner, "home").await, home.submit(&home.owner, "home").await);
    home.until(&format!("/runs/{second}"), |run| run["attempts"] == 1).await;
    let shown = async || {
        let (_, overview) = home.get(&home.owner, "/overview").await;
        let listed = async |state: &str| {
            let (_, page) = home.get(&home.owner, &format!("/runs?state={state}")).await;
            page["items"].as_array().unwrap().len()
        };
        (overview["runs"].clone(), listed("waiting").await, listed("running").await)
    };
    assert_eq!(shown().await, (json!({ "waiting": 2 }), 2, 0));
    let (_, detail) = home.get(&home.owner, &format!("/runs/{first}")).await;
    assert_eq!((&detail["started"], &detail["wall_s"]), (&Value::Null, &Value::Null), "no time passes for it");
    assert!(detail["waiting"].as_str().unwrap().contains("given to a runner"), "{detail}");

    let started = json!({ "started": { "attempt": format!("{first}.1"), "at": "2020-01-01T00:00:00Z" } });
    assert_eq!(runner.push(json!([started])).await.0, StatusCode::OK);
    let detail = home.until(&format!("/runs/{first}"), |run| run["state"] == "running").await;
    assert!(detail["started"].as_str().unwrap().starts_with("2020-01-01T00:00:00"), "{detail}");
    assert_eq!(detail["waiting"], Value::Null, "{detail}");
    assert_eq!(shown().await, (json!({ "running": 1, "waiting": 1 }), 1, 1));
    // A repeated message is recorded once.
    runner.push(json!([started])).await;
    runner.push(json!([ended_well(&json!(format!("{first}.1")))])).await;
    home.until(&format!("/runs/{first}"), |run| run["state"] == "done").await;
    let (_, facts) = home.get(&home.owner, "/facts?kind=run.process_started").await;
    assert_eq!(facts["items"].as_array().unwrap().len(), 1, "{facts}");
}

#[tokio::test]
async fn the_same_work_is_up_to_date_and_fresh_runs_it_again() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let work = json!({
        "argv": ["true"], "cwd": "/", "outputs": ["out"],
        "inputs": [{ "path": "in", "digest": "1".repeat(64), "size": 1 }],
        "code": { "kind": "folder", "listing": "2".repeat(64), "files": 1, "bytes": 1 },
        "environment": { "SEED": "1", "TERM": "xterm" },
        "record_environment": ["SEED"],
        "tools": { "programs": [{ "word": "true", "path": "/usr/bin/true", "digest": "3".repeat(64) }] },
    });
    let (status, first) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
    assert_eq!((status, &first["up_to_date"]), (StatusCode::CREATED, &json!(false)));
    assert_eq!(first["not_up_to_date"], json!(null), "it was never run");
    let commands = runner.pull(0).await;
    let (_, pushed) = runner.push(json!([ended_well(&commands[0]["command"]["start"]["attempt"])])).await;
    assert_eq!(pushed["behind"], json!([]));

    let (status, second) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
    assert_eq!((status, &second["up_to_date"]), (StatusCode::OK, &json!(true)));
    assert_eq!(second["run"]["id"], first["run"]["id"]);
    let mut in_another_session = work.clone();
    in_another_session["environment"] = json!({ "SEED": "1", "SSH_TTY": "/dev/pts/3", "PATH": "/elsewhere" });
    let (status, _) = home.call(&home.owner, "POST", "/runs", in_another_session).await;
    assert_eq!(status, StatusCode::OK);
    // A change to each part of the surroundings makes it different work, and the answer names the part.
    for (field, value, why) in [
        ("environment", json!({ "SEED": "2" }), "the environment variable SEED changed from 1 to 2"),
        ("environment", json!({}), "the environment variable SEED is not set any more"),
        ("secrets", json!({ "KEY": "hunter22" }), "it is given other secrets"),
        ("tools", json!({ "files": [] }), "the program true is not found any more"),
        ("argv", json!(["true", "x"]), "the command changed"),
        ("fresh", json!(true), "it was asked for with --fresh"),
    ] {
        let mut other = work.clone();
        (other[field], other["name"]) = (value, json!("named"));
        let (status, looked) = home.call(&home.owner, "POST", "/runs/lookup", other.clone()).await;
        let expected = if field == "fresh" { why } else { "it was never run" };
        assert_eq!((status, &looked["because"]), (StatusCode::OK, &json!([expected])), "no run has that name");
        if field != "argv" {
            other["name"] = json!(null);
            let (_, looked) = home.call(&home.owner, "POST", "/runs/lookup", other).await;
            assert_eq!(looked["because"], json!([why]));
        }
    }
    let mut not_looked_at = work.clone();
    not_looked_at["tools"] = json!(null);
    let (status, created) = home.call(&home.owner, "POST", "/runs", not_looked_at).await;
    assert_eq!(status, StatusCode::CREATED);
    let explain = format!("/runs/{}/explain", created["run"]["id"].as_str().unwrap());
    let (_, explained) = home.get(&home.owner, &explain).await;
    assert!(explained.to_string().contains("did not say which programs"), "{explained}");
    let (_, stranger) = home.add_user("Ursus", Some("other"), "member", true).await;
    let mut elsewhere = work.clone();
    elsewhere["project"] = json!("other");
    let (status, _) = home.call(&stranger, "POST", "/runs", elsewhere).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a caller who may not see the inputs gets no hit either");
    let mut fresh = work;
    fresh["fresh"] = json!(true);
    let (status, _) = home.call(&home.owner, "POST", "/runs", fresh).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_secret_is_only_in_the_start_command() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let secret = "hunter22-and-more";
    let mut work = submission("home");
    work["secrets"] = json!({ "API_KEY": secret });
    work["environment"] = json!({ "LANG": "C", "OTHER": "not recorded" });
    work["record_environment"] = json!(["LANG", "API_KEY"]);
    let (_, created) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
    let run = created["run"]["id"].as_str().unwrap();
    let commands = runner.pull(0).await;
    let start = &commands[0]["command"]["start"];
    assert_eq!(start["secrets"]["API_KEY"], secret);
    assert_eq!(start["environment"]["OTHER"], "not recorded");
    let token = start["token"].as_str().unwrap();
    let params = json!({ "params": { "note": format!("my key is {secret}") } });
    let (status, _) = home.call(token, "POST", &format!("/runs/{run}/params"), params).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for path in
        [format!("/runs/{run}"), "/facts?limit=1000".to_owned(), "/runs".to_owned(), format!("/runs/{run}/explain")]
    {
        let (status, answer) = home.get(&home.owner, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let text = answer.to_string();
        assert!(!text.contains(secret) && !text.contains("not recorded"), "{path}: {text}");
    }
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["spec"]["secrets"], json!(["API_KEY"]));
    assert_eq!(detail["params"]["note"], "my key is ***");
    work["argv"] = json!(["curl", format!("-H{secret}")]);
    let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("secret.exposed")));
    assert!(!answer.to_string().contains(secret));
}

#[tokio::test]
async fn secrets_are_deleted_with_the_last_run_that_needs_them() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut work = submission("home");
    work["secrets"] = json!({ "API_KEY": "hunter22" });
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let (_, created) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
        attempts.push(json!(format!("{}.1", created["run"]["id"].as_str().unwrap())));
    }
    runner.pull(0).await;
    assert_eq!(home.launches(), 1, "the same is kept once");
    runner.push(json!([ended_well(&attempts[0])])).await;
    assert_eq!(home.launches(), 1, "another run needs it");
    // A run that is submitted while the others end also gets it.
    let (_, created) = home.call(&home.owner, "POST", "/runs", work).await;
    runner.push(json!([ended_well(&attempts[1])])).await;
    assert_eq!(home.launches(), 1, "the new one needs it");
    let cancel = format!("/runs/{}/cancel", created["run"]["id"].as_str().unwrap());
    home.call(&home.owner, "POST", &cancel, Value::Null).await;
    let last = json!(format!("{}.1", created["run"]["id"].as_str().unwrap()));
    runner.push(json!([ended_well(&last)])).await;
    for _ in 0..1000 {
        if home.launches() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the secret is still there");
}

/// The end of a run may be recorded much later, when the server was away. Its end time is the end of its process.
#[tokio::test]
async fn a_run_ended_when_its_process_did() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "home").await;
    let attempt = start_of(&runner, &run, &mut 0).await;
    assert_eq!(runner.push(json!([ended_well(&attempt)])).await.0, StatusCode::OK);
    let detail = home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
    for shown in [&detail, &detail["attempt_list"][0]] {
        assert!(shown["ended"].as_str().unwrap().starts_with("2026-01-01T00:00:01"), "{detail}");
    }
    assert!(detail["started"].as_str().unwrap().starts_with("2026-01-01T00:00:00"), "{detail}");
    assert!(detail["end_recorded"].as_str().unwrap() > detail["submitted"].as_str().unwrap(), "{detail}");
    let (_, listed) = home.get(&home.owner, "/runs").await;
    assert_eq!(listed["items"][0]["ended"], detail["ended"]);
}
