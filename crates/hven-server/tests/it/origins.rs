//! Requests that are not for us, or not from a page of ours.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use crate::house::{HOST, House};

async fn status(house: &House, host: Option<&str>, origin: Option<&str>) -> StatusCode {
    let mut request =
        Request::builder().uri("/api/v1/me").header(header::AUTHORIZATION, format!("Bearer {}", house.owner));
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    house.send(request.body(Body::empty()).unwrap()).await.0
}

#[tokio::test]
async fn a_host_that_is_not_ours_and_a_page_of_another_origin_are_refused() {
    let house = House::new().await;
    assert_eq!(status(&house, Some(HOST), None).await, StatusCode::OK);
    assert_eq!(status(&house, Some(HOST), Some(&format!("http://{HOST}"))).await, StatusCode::OK);
    for (host, origin) in [
        (None, None),
        (Some("evil.example"), None),
        (Some(HOST), Some("http://evil.example")),
        (Some(HOST), Some("null")),
        (Some(HOST), Some("http://127.0.0.1:1")),
    ] {
        assert_eq!(status(&house, host, origin).await, StatusCode::FORBIDDEN, "{host:?} {origin:?}");
    }
}

#[tokio::test]
async fn a_login_link_works_once_and_its_cookie_is_for_the_server_alone() {
    let house = House::new().await;
    let (_, link) = house.call(&house.owner, "POST", "/auth/links", serde_json::json!({ "next": "/r/7Q2M" })).await;
    let path = link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap().to_owned();
    let open = || Request::builder().uri(&path).header(header::HOST, HOST).body(Body::empty()).unwrap();

    let response = tower::ServiceExt::oneshot(house.server.router(), open()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "/r/7Q2M");
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");

    let session = cookie.split(';').next().unwrap();
    let me = |session: &str| {
        let request = Request::builder().uri("/api/v1/me").header(header::HOST, HOST).header(header::COOKIE, session);
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(house.send(me(session)).await.0, StatusCode::OK);
    assert_eq!(house.send(me(&format!("{session}x"))).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(house.send(open()).await.0, StatusCode::UNAUTHORIZED, "a link works once");
}
