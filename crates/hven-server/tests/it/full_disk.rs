//! On a full disk what ends work and what takes a right away is recorded, whatever else comes with it.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_testing::{Filler, SmallDisk};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    after_end::start_of,
    house::{HOST, House, ended_well, submission},
};

const MEGABYTES: u32 = 64;

async fn house_on(disk: &SmallDisk) -> House {
    House::within(tempfile::tempdir_in(disk.path()).unwrap()).await
}

/// Takes all space, and uses up what the files of the home still hold.
async fn fill(house: &House, disk: &SmallDisk) -> Filler {
    let filler = disk.fill_but(0);
    for _ in 0..20_000 {
        if !hven_app::fact_feed::has_room(&house.app) {
            return filler;
        }
        house.call(&house.owner, "POST", "/runs", submission("home")).await;
    }
    panic!("nothing finds that the disk is full");
}

/// Opens a browser's session and answers its cookie.
async fn session(house: &House) -> String {
    let (status, link) = house.call(&house.owner, "POST", "/auth/links", json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    let path = link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap();
    let open = Request::get(path).header(header::HOST, HOST).body(Body::empty()).unwrap();
    let response = house.server.router().oneshot(open).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn with_cookie(house: &House, cookie: &str, method: &str, path: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST).header(header::COOKIE, cookie);
    house.send(request.body(Body::empty()).unwrap()).await.0
}

#[tokio::test]
async fn a_bad_message_and_many_parameters_hold_up_no_end() {
    let Some(disk) = SmallDisk::mount("a full disk: a bad message", MEGABYTES) else { return };
    let house = house_on(&disk).await;
    let runner = house.runner().await;
    let mut after = 0;
    let run = house.submit(&house.owner, "home").await;
    let attempt = start_of(&runner, &run, &mut after).await;
    let other = house.submit(&house.owner, "home").await;
    let other_attempt = start_of(&runner, &other, &mut after).await;
    let _filler = fill(&house, &disk).await;
    // What may have ended is not shown as if nothing were amiss.
    let (_, detail) = house.get(&house.owner, &format!("/runs/{run}")).await;
    assert!(detail["waiting"].as_str().is_some_and(|why| why.contains("The disk of the home is full")), "{detail}");
    let (_, explained) = house.get(&house.owner, &format!("/runs/{run}/explain")).await;
    assert!(explained.to_string().contains("waits.to_be_recorded"), "{explained}");

    // More than one fact of the reserve holds, and a value that no fact holds.
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
    assert!(!hven_app::fact_feed::has_room(&house.app), "the disk is still full");
    let detail = house.get(&house.owner, &format!("/runs/{run}")).await.1;
    assert_eq!((&detail["state"], &detail["set_aside_total"]), (&json!("done"), &json!(1)), "{detail}");
    assert_eq!(detail["params"].as_object().unwrap().len(), 20);
    assert_eq!(house.get(&house.owner, &format!("/runs/{other}")).await.1["state"], "done");
}

#[tokio::test]
async fn a_browser_can_log_out() {
    let Some(disk) = SmallDisk::mount("a full disk: logging out", MEGABYTES) else { return };
    let house = house_on(&disk).await;
    let cookie = session(&house).await;
    assert_eq!(with_cookie(&house, &cookie, "GET", "/api/v1/me").await, StatusCode::OK);
    let _filler = fill(&house, &disk).await;
    assert_eq!(with_cookie(&house, &cookie, "POST", "/logout").await, StatusCode::SEE_OTHER);
    assert_eq!(with_cookie(&house, &cookie, "GET", "/api/v1/me").await, StatusCode::UNAUTHORIZED);
}
