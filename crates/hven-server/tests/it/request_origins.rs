//! Requests with a wrong `Host`, or from a page of another origin.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use crate::test_home::{HOST, TestHome};

async fn status(home: &TestHome, host: Option<&str>, origin: Option<&str>) -> StatusCode {
    let mut request =
        Request::builder().uri("/api/v1/me").header(header::AUTHORIZATION, format!("Bearer {}", home.owner));
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    home.send(request.body(Body::empty()).unwrap()).await.0
}

#[tokio::test]
async fn a_foreign_host_and_a_page_of_another_origin_are_refused() {
    let home = TestHome::new().await;
    assert_eq!(status(&home, Some(HOST), None).await, StatusCode::OK);
    assert_eq!(status(&home, Some(HOST), Some(&format!("http://{HOST}"))).await, StatusCode::OK);
    for (host, origin) in [
        (None, None),
        (Some("evil.example"), None),
        (Some(HOST), Some("http://evil.example")),
        (Some(HOST), Some("null")),
        (Some(HOST), Some("http://127.0.0.1:1")),
    ] {
        assert_eq!(status(&home, host, origin).await, StatusCode::FORBIDDEN, "{host:?} {origin:?}");
    }
}

#[tokio::test]
async fn a_login_link_works_once_and_its_cookie_is_for_this_server_only() {
    let home = TestHome::new().await;
    let (_, link) = home.call(&home.owner, "POST", "/auth/links", serde_json::json!({ "next": "/r/7Q2M" })).await;
    let path = link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap().to_owned();
    let open = || Request::builder().uri(&path).header(header::HOST, HOST).body(Body::empty()).unwrap();

    let response = tower::ServiceExt::oneshot(home.server.router(), open()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "/r/7Q2M");
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");

    let session = cookie.split(';').next().unwrap();
    let me = |session: &str| {
        let request = Request::builder().uri("/api/v1/me").header(header::HOST, HOST).header(header::COOKIE, session);
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(home.send(me(session)).await.0, StatusCode::OK);
    assert_eq!(home.send(me(&format!("{session}x"))).await.0, StatusCode::UNAUTHORIZED);
    let (status, page) = home.send(open()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "a link works once");
    let page = String::from_utf8_lossy(&page);
    assert!(page.contains("It was used, has run out, or the token that made it was revoked"), "{page}");
}

/// Opens a login link of a home, and returns the cookie that the browser keeps.
async fn sign_in(home: &TestHome) -> String {
    let (_, link) = home.call(&home.owner, "POST", "/auth/links", serde_json::json!({})).await;
    let path = link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap();
    let open = Request::builder().uri(path).header(header::HOST, HOST).body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(home.server.router(), open).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Makes calls with cookies, as a browser does.
async fn with_cookies(home: &TestHome, method: &str, path: &str, cookies: &str) -> StatusCode {
    let request =
        Request::builder().method(method).uri(path).header(header::HOST, HOST).header(header::COOKIE, cookies);
    home.send(request.body(Body::empty()).unwrap()).await.0
}

#[tokio::test]
async fn a_browser_is_signed_in_to_two_homes_of_one_machine() {
    let (one, other) = (TestHome::new().await, TestHome::new().await);
    let (first, second) = (sign_in(&one).await, sign_in(&other).await);
    let id = one.store.id().to_string();
    assert!(first.starts_with(&format!("hven_session_{}=", &id[24..])), "{first}, home {id}");
    assert_ne!(first.split('=').next(), second.split('=').next());
    // The browser sends both cookies to both homes: it keeps cookies per host, not per port.
    for cookies in [format!("{first}; {second}"), format!("{second}; {first}")] {
        for home in [&one, &other] {
            assert_eq!(with_cookies(home, "GET", "/api/v1/me", &cookies).await, StatusCode::OK, "{cookies}");
        }
    }
    let both = format!("{first}; {second}");
    assert_eq!(with_cookies(&one, "POST", "/logout", &both).await, StatusCode::SEE_OTHER);
    assert_eq!(with_cookies(&one, "GET", "/api/v1/me", &both).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with_cookies(&other, "GET", "/api/v1/me", &both).await, StatusCode::OK);
    // The cookie name of older versions does not identify the home.
    let older = format!("hven_session={}", second.split_once('=').unwrap().1);
    assert_eq!(with_cookies(&other, "GET", "/api/v1/me", &older).await, StatusCode::UNAUTHORIZED);
}
