//! On a full disk, the end of a run and the loss of a permission are still recorded.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_testing::{Filler, SmallDisk};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    additions_after_end::start_of,
    test_home::{HOST, TestHome, ended_well, submission},
};

const MEGABYTES: u32 = 64;

async fn home_on(disk: &SmallDisk) -> TestHome {
    TestHome::within(tempfile::tempdir_in(disk.path()).unwrap()).await
}

/// Fills the disk, including the space that the files of the home have reserved.
async fn fill(home: &TestHome, disk: &SmallDisk) -> Filler {
    let filler = disk.fill_but(0);
    for _ in 0..20_000 {
        if !hven_app::fact_feed::has_room(&home.app) {
            return filler;
        }
        home.call(&home.owner, "POST", "/runs", submission("home")).await;
    }
    panic!("nothing finds that the disk is full");
}

/// Opens a browser session and returns its cookie.
async fn session(home: &TestHome) -> String {
    let (status, link) = home.call(&home.owner, "POST", "/auth/links", json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    let path = link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap();
    let open = Request::get(path).header(header::HOST, HOST).body(Body::empty()).unwrap();
    let response = home.server.router().oneshot(open).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn with_cookie(home: &TestHome, cookie: &str, method: &str, path: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST).header(header::COOKIE, cookie);
    home.send(request.body(Body::empty()).unwrap()).await.0
}

#[tokio::test]
async fn bad_messages_and_many_parameters_do_not_delay_an_end() {
    let Some(disk) = SmallDisk::mount("a full disk: a bad message", MEGABYTES) else { return };
    let home = home_on(&disk).await;
    let runner = home.runner().await;
    let mut after = 0;
    let run = home.submit(&home.owner, "home").await;
    let attempt = start_of(&runner, &run, &mut after).await;
    let other = home.submit(&home.owner, "home").await;
    let other_attempt = start_of(&runner, &other, &mut after).await;
    let _filler = fill(&home, &disk).await;
    // The page of a run that may have ended shows the problem.
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert!(detail["waiting"].as_str().is_some_and(|why| why.contains("The disk of the home is full")), "{detail}");
    let (_, explained) = home.get(&home.owner, &format!("/runs/{run}/explain")).await;
    assert!(explained.to_string().contains("waits.to_be_recorded"), "{explained}");

    // More than one fact of the reserve can hold, and a value that is too long for a fact.
    let mut params: serde_json::Map<String, Value> =
        (0..20).map(|i| (format!("p{i}"), json!("x".repeat(5000)))).collect();
    params.insert("bad".to_owned(), json!("y".repeat(10_000)));
    let events = json!([
        { "params": { "attempt": attempt, "params": params } },
        ended_well(&attempt),
        ended_well(&other_attempt),
    ]);
    let pushed = tokio::time::timeout(Duration::from_mins(1), runner.push(events)).await;
    let (status, answer) = pushed.expect("an answer");
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(!hven_app::fact_feed::has_room(&home.app), "the disk is still full");
    let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
    assert_eq!((&detail["state"], &detail["set_aside_total"]), (&json!("done"), &json!(1)), "{detail}");
    assert_eq!(detail["params"].as_object().unwrap().len(), 20);
    assert_eq!(home.get(&home.owner, &format!("/runs/{other}")).await.1["state"], "done");
}

#[tokio::test]
async fn a_browser_can_log_out() {
    let Some(disk) = SmallDisk::mount("a full disk: logging out", MEGABYTES) else { return };
    let home = home_on(&disk).await;
    let cookie = session(&home).await;
    assert_eq!(with_cookie(&home, &cookie, "GET", "/api/v1/me").await, StatusCode::OK);
    let _filler = fill(&home, &disk).await;
    assert_eq!(with_cookie(&home, &cookie, "POST", "/logout").await, StatusCode::SEE_OTHER);
    assert_eq!(with_cookie(&home, &cookie, "GET", "/api/v1/me").await, StatusCode::UNAUTHORIZED);
}
