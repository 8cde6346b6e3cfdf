//! What was revoked opens nothing any more: tokens, roles and browser sessions, and also the streams and long polls that
//! were opened with them before.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
    response::Response,
};
use futures::StreamExt;
use hven_app::ports::Record;
use hven_core::{ActorId, Digest, Time, TokenId, UserId, access::TokenIssued, fact::Batch};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tower::ServiceExt;

use crate::house::{HOST, House, now, submission};

/// The promise is one second; the rest is for a machine that does much else.
const WITHIN: Duration = Duration::from_secs(3);

/// With what somebody comes.
#[derive(Clone, Copy)]
enum With<'a> {
    Token(&'a str),
    Cookie(&'a str),
}

fn request(with: With<'_>, method: &str, path: &str) -> Request<Body> {
    let (name, value) = match with {
        With::Token(token) => (header::AUTHORIZATION, format!("Bearer {token}")),
        With::Cookie(cookie) => (header::COOKIE, cookie.to_owned()),
    };
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST).header(name, value);
    request.body(Body::empty()).unwrap()
}

/// A stream that was opened, and what came through it.
struct Stream {
    body: BodyDataStream,
    read: String,
}

impl Stream {
    async fn open(house: &House, with: With<'_>, path: &str) -> Self {
        let response = house.server.router().oneshot(request(with, "GET", &format!("/api/v1{path}"))).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// Waits for the end.
    async fn end(mut self, what: &str) -> String {
        let all = async {
            while let Some(Ok(bytes)) = self.body.next().await {
                self.read.push_str(std::str::from_utf8(&bytes).unwrap());
            }
        };
        assert!(tokio::time::timeout(WITHIN, all).await.is_ok(), "the stream goes on after {what}: {:?}", self.read);
        self.read
    }

    /// Reads until `text` came.
    async fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.read.contains(text) {
            let left = Duration::from_secs(10).saturating_sub(begun.elapsed());
            let next = tokio::time::timeout(left, self.body.next()).await;
            let next = next.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.read));
            self.read.push_str(std::str::from_utf8(&next.expect("it goes on").unwrap()).unwrap());
        }
    }
}

impl House {
    async fn me(&self, with: With<'_>) -> StatusCode {
        self.send(request(with, "GET", "/api/v1/me")).await.0
    }

    async fn id_of(&self, token: &str) -> String {
        self.get(token, "/me").await.1["id"].as_str().unwrap().to_owned()
    }

    async fn revoke(&self, token: &str) {
        let (status, _) = self.call(&self.owner, "DELETE", &format!("/tokens/{token}"), Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }

    /// A token and its id.
    async fn token_of(&self, user: &str) -> (String, String) {
        let new = json!({ "name": "second", "user": user });
        let (_, made) = self.call(&self.owner, "POST", "/tokens", new).await;
        (made["secret"].as_str().unwrap().to_owned(), made["token"]["id"].as_str().unwrap().to_owned())
    }

    /// The path of a one-time link.
    async fn link(&self, token: &str) -> String {
        let (status, link) = self.call(token, "POST", "/auth/links", json!({})).await;
        assert_eq!(status, StatusCode::CREATED, "{link}");
        link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap().to_owned()
    }

    /// Opens a link; the cookie that it gives.
    async fn open(&self, link: &str) -> Option<String> {
        let open = Request::builder().uri(link).header(header::HOST, HOST).body(Body::empty()).unwrap();
        let response = self.server.router().oneshot(open).await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned();
        Some(cookie.split(';').next().unwrap().to_owned())
    }
}

#[tokio::test]
async fn the_streams_of_a_revoked_token_end_at_once_and_those_of_others_go_on() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "secret/study").await;
    let first = house.user("Sophie", Some("secret"), "viewer").await;
    let user = house.id_of(&first).await;
    let (second, id) = house.token_of(&user).await;
    let paths = ["/events".to_owned(), format!("/events?run={run}"), format!("/runs/{run}/log/follow")];
    let (mut dead, mut alive) = (Vec::new(), Vec::new());
    for path in &paths {
        dead.push(Stream::open(&house, With::Token(&second), path).await);
        alive.push(Stream::open(&house, With::Token(&first), path).await);
    }
    house.revoke(&id).await;
    for (stream, path) in dead.into_iter().zip(&paths) {
        stream.end(&format!("its token was revoked ({path})")).await;
    }
    house.submit(&house.owner, "secret/study").await;
    alive[0].wait_for("run.submitted").await;
    assert_eq!(house.me(With::Token(&first)).await, StatusCode::OK);
    assert_eq!(house.me(With::Token(&second)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_role_that_is_taken_away_ends_the_streams_of_its_project() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "secret/study").await;
    let open = house.submit(&house.owner, "open").await;
    let token = house.user("Sophie", Some("secret"), "viewer").await;
    let user = house.id_of(&token).await;
    let member = json!({ "user": user, "project": "open", "role": "viewer" });
    assert_eq!(house.call(&house.owner, "PUT", "/members", member).await.0, StatusCode::NO_CONTENT);
    let mut of_run = Vec::new();
    for path in [format!("/events?run={run}"), format!("/runs/{run}/log/follow")] {
        of_run.push(Stream::open(&house, With::Token(&token), &path).await);
    }
    let other = Stream::open(&house, With::Token(&token), &format!("/runs/{open}/log/follow")).await;
    let mut all = Stream::open(&house, With::Token(&token), "/events").await;
    all.wait_for("listening").await;

    let leave = |project: &str| json!({ "user": user, "project": project });
    let (status, _) = house.call(&house.owner, "DELETE", "/members", leave("secret")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for stream in of_run {
        stream.end("the role in its project was revoked").await;
    }
    house.submit(&house.owner, "secret/study").await;
    let seen = house.submit(&house.owner, "open").await;
    all.wait_for(&seen).await;
    assert_eq!(all.read.matches("\"kind\":\"run.submitted\"").count(), 1, "{}", all.read);

    let (status, _) = house.call(&house.owner, "DELETE", "/members", leave("open")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    other.end("the role in its project was revoked").await;
    all.end("the last role was revoked").await;
}

#[tokio::test]
async fn a_token_that_expires_or_whose_fact_is_erased_takes_its_streams_with_it() {
    let house = House::new().await;
    let owner: UserId = house.id_of(&house.owner).await.parse().unwrap();
    let issue = |secret: &str, expires: Option<Time>| TokenIssued {
        token: TokenId::mint(now(), [secret.as_bytes()[1]; 10]),
        user: owner,
        name: "short".to_owned(),
        digest: Digest::of(secret.as_bytes()),
        expires,
    };
    let facts =
        vec![issue("expires-soon", Some(now().plus_micros(3_000_000))).into(), issue("erased-later", None).into()];
    let appended = Record::append(&house.home, Batch::new(now(), ActorId::SYSTEM, facts)).await.unwrap();
    let expires = Stream::open(&house, With::Token("expires-soon"), "/events").await;
    let erased = Stream::open(&house, With::Token("erased-later"), "/events").await;
    let erase = json!({ "fact": appended.facts[1].header.seq, "because": "a test" });
    let (status, said) = house.call(&house.owner, "POST", "/redactions", erase).await;
    assert!(status.is_success(), "{status} {said}");
    erased.end("the fact of its token was erased").await;
    expires.end("its token expired").await;
}

#[tokio::test]
async fn a_session_that_was_left_is_dead_on_the_server_and_stays_so() {
    let house = House::new().await;
    let mut cookies = Vec::new();
    for _ in 0..2 {
        let link = house.link(&house.owner).await;
        cookies.push(house.open(&link).await.expect("a session"));
    }
    assert_ne!(cookies[0], cookies[1]);
    let stream = Stream::open(&house, With::Cookie(&cookies[0]), "/events").await;
    let mut other = Stream::open(&house, With::Cookie(&cookies[1]), "/events").await;
    let left = request(With::Cookie(&cookies[0]), "POST", "/logout");
    assert_eq!(house.send(left).await.0, StatusCode::SEE_OTHER);
    stream.end("logging out").await;
    assert_eq!(house.me(With::Cookie(&cookies[0])).await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.me(With::Cookie(&cookies[1])).await, StatusCode::OK);
    house.submit(&house.owner, "home").await;
    other.wait_for("run.submitted").await;

    // Another server of the same home knows it, too.
    let again = house.served_anew().await;
    let me = |cookie: &str| {
        let (router, request) = (again.router(), request(With::Cookie(cookie), "GET", "/api/v1/me"));
        async move { router.oneshot(request).await.unwrap().status() }
    };
    assert_eq!(me(&cookies[0]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&cookies[1]).await, StatusCode::OK);
    // Whoever has no session is let out all the same.
    for cookie in [cookies[0].as_str(), "hven_session=x", "other=1"] {
        assert_eq!(house.send(request(With::Cookie(cookie), "POST", "/logout")).await.0, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn with_a_token_go_the_sessions_and_links_that_it_opened() {
    let house = House::new().await;
    let user = house.id_of(&house.owner).await;
    let (token, id) = house.token_of(&user).await;
    let used = house.link(&token).await;
    let cookie = house.open(&used).await.expect("a session");
    let unused = house.link(&token).await;
    // A session may make links, too: for the other browser.
    let made = {
        let mut ask = request(With::Cookie(&cookie), "POST", "/api/v1/auth/links");
        ask.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        *ask.body_mut() = Body::from("{}");
        let (status, link) = house.send(ask).await;
        assert_eq!(status, StatusCode::CREATED);
        let link: Value = serde_json::from_slice(&link).unwrap();
        link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap().to_owned()
    };
    let second = house.open(&made).await.expect("a session");
    let own = house.link(&house.owner).await;
    let own = house.open(&own).await.expect("a session");
    let streams = [
        Stream::open(&house, With::Cookie(&cookie), "/events").await,
        Stream::open(&house, With::Cookie(&second), "/events").await,
    ];
    house.revoke(&id).await;
    for stream in streams {
        stream.end("the token of its session was revoked").await;
    }
    for cookie in [&cookie, &second] {
        assert_eq!(house.me(With::Cookie(cookie)).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(house.open(&unused).await, None, "a link of a revoked token opens nothing");
    assert_eq!(house.me(With::Cookie(&own)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_session_can_be_revoked_like_a_token() {
    let house = House::new().await;
    let link = house.link(&house.owner).await;
    let cookie = house.open(&link).await.expect("a session");
    let (_, tokens) = house.get(&house.owner, "/tokens").await;
    let session = tokens["items"].as_array().unwrap().iter().find(|token| token["session"] == json!(true));
    let id = session.expect("sessions are listed")["id"].as_str().unwrap().to_owned();
    let stream = Stream::open(&house, With::Cookie(&cookie), "/events").await;
    house.revoke(&id).await;
    stream.end("its session was revoked").await;
    assert_eq!(house.me(With::Cookie(&cookie)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_user_who_is_removed_has_nothing_left_that_opens() {
    let house = House::new().await;
    let (sophie, token) = house.add_user("Sophie", Some("secret"), "owner", false).await;
    let (_, other) = house.add_user("Jun", Some("secret"), "owner", false).await;
    let member = json!({ "user": sophie, "project": "open", "role": "viewer" });
    assert_eq!(house.call(&house.owner, "PUT", "/members", member).await.0, StatusCode::NO_CONTENT);
    let used = house.link(&token).await;
    let cookie = house.open(&used).await.expect("a session");
    let unused = house.link(&token).await;
    let stream = Stream::open(&house, With::Cookie(&cookie), "/events").await;

    let path = format!("/users/{sophie}");
    for not_an_owner_of_the_home in [&token, &other] {
        let (status, _) = house.call(not_an_owner_of_the_home, "DELETE", &path, Value::Null).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (status, removed) = house.call(&house.owner, "DELETE", &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{removed}");
    let taken = ["roles", "tokens", "sessions"].map(|what| removed[what].as_u64());
    assert_eq!(taken, [Some(2), Some(1), Some(1)], "{removed}");
    stream.end("its user was removed").await;
    assert_eq!(house.me(With::Token(&token)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.me(With::Cookie(&cookie)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.open(&unused).await, None);

    // The user is still known, and what is given to her later opens nothing without a role.
    let (_, users) = house.get(&house.owner, "/users").await;
    assert!(users["items"].as_array().unwrap().iter().any(|user| user["id"] == sophie.as_str()), "{users}");
    let (_, members) = house.get(&house.owner, "/members?everywhere=true").await;
    assert!(!members.to_string().contains(&sophie), "{members}");
    let (later, _) = house.token_of(&sophie).await;
    assert_eq!(house.get(&later, "/projects").await.0, StatusCode::FORBIDDEN);

    let owner = house.id_of(&house.owner).await;
    let (status, answer) = house.call(&house.owner, "DELETE", &format!("/users/{owner}"), Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(house.me(With::Token(&house.owner)).await, StatusCode::OK);
    let nobody = format!("/users/{}", "0".repeat(32));
    assert_eq!(house.call(&house.owner, "DELETE", &nobody, Value::Null).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_waits_in_a_stream_is_not_sent_after_the_revocation() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "secret/study").await;
    let user = house.id_of(&house.owner).await;
    for path in ["/events".to_owned(), format!("/events?run={run}")] {
        let (token, id) = house.token_of(&user).await;
        let stream = Stream::open(&house, With::Token(&token), &path).await;
        // Nobody has read of it yet: at least its first comment waits by the time that this is answered.
        house.revoke(&id).await;
        assert_eq!(stream.end("its token was revoked").await, "", "{path}");
    }
}

/// A call of which only a part of the body has come.
struct Begun {
    rest: mpsc::Sender<Result<String, Infallible>>,
    answer: JoinHandle<Response>,
}

impl Begun {
    /// When this returns, the head was let in and the beginning of the body was read.
    async fn with(house: &House, token: &str, method: &str, path: &str, beginning: &str) -> Self {
        let (rest, parts) = mpsc::channel(1);
        let mut call = request(With::Token(token), method, &format!("/api/v1{path}"));
        call.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        *call.body_mut() = Body::from_stream(ReceiverStream::new(parts));
        let router = house.server.router();
        let answer = tokio::spawn(async move { router.oneshot(call).await.unwrap() });
        rest.send(Ok(beginning.to_owned())).await.unwrap();
        // There is room for the next part when somebody has taken the first.
        rest.send(Ok(String::new())).await.unwrap();
        Self { rest, answer }
    }

    async fn end(self, rest: &str) -> StatusCode {
        self.rest.send(Ok(rest.to_owned())).await.unwrap();
        drop(self.rest);
        self.answer.await.unwrap().status()
    }
}

#[tokio::test]
async fn a_call_whose_body_comes_after_the_revocation_is_refused() {
    let house = House::new().await;
    let user = house.id_of(&house.owner).await;
    let (token, id) = house.token_of(&user).await;
    let digest = Digest::of(b"half and half");
    let object = format!("/objects/{digest}");
    let issue = Begun::with(&house, &token, "POST", "/tokens", r#"{"name":"late""#).await;
    let upload = Begun::with(&house, &token, "PUT", &object, "half and").await;
    house.revoke(&id).await;
    let head = house.home.head().seq;
    assert_eq!(issue.end("}").await, StatusCode::UNAUTHORIZED);
    assert_eq!(upload.end(" half").await, StatusCode::UNAUTHORIZED);
    assert_eq!(house.home.head().seq, head, "nothing was recorded");
    let (status, _) = house.call(&house.owner, "HEAD", &object, Value::Null).await;
    assert_eq!(status, StatusCode::PARTIAL_CONTENT, "the object is not whole");
    // With a good token both are done.
    let issue = Begun::with(&house, &house.owner, "POST", "/tokens", r#"{"name":"late""#).await;
    let upload = Begun::with(&house, &house.owner, "PUT", &object, "half and").await;
    assert_eq!(issue.end("}").await, StatusCode::CREATED);
    assert_eq!(upload.end(" half").await, StatusCode::CREATED);
}

#[tokio::test]
async fn a_call_whose_body_comes_after_its_role_was_taken_away_is_refused() {
    let house = House::new().await;
    let (eve, token) = house.add_user("Eve", None, "owner", false).await;
    let add = Begun::with(&house, &token, "POST", "/users", r#"{"name":"Mallory""#).await;
    let digest = Digest::of(b"half and half");
    let upload = Begun::with(&house, &token, "PUT", &format!("/objects/{digest}"), "half and").await;
    let demote = json!({ "user": eve, "role": "viewer" });
    assert_eq!(house.call(&house.owner, "PUT", "/members", demote).await.0, StatusCode::NO_CONTENT);
    let head = house.home.head().seq;
    assert_eq!(add.end("}").await, StatusCode::CONFLICT);
    assert_eq!(upload.end(" half").await, StatusCode::FORBIDDEN);
    assert_eq!(house.home.head().seq, head, "nothing was recorded");
}

#[tokio::test]
async fn a_runner_that_is_gone_says_nothing_more() {
    let house = House::new().await;
    let runner = house.runner().await;
    let push = json!({ "runner": runner.id, "session": runner.session, "events": [] }).to_string();
    let (beginning, rest) = push.split_at(10);
    let begun = Begun::with(&house, &runner.token, "POST", "/runner/push", beginning).await;
    assert_eq!(runner.push(json!([])).await.0, StatusCode::OK);
    house.lose(runner.id).await;
    assert_eq!(begun.end(rest).await, StatusCode::UNAUTHORIZED);
    assert_eq!(runner.push(json!([])).await.0, StatusCode::UNAUTHORIZED);
    let (status, _) = house.call(&runner.token, "POST", "/objects/missing", json!({ "digests": [] })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_user_does_not_use_up_the_links_of_all() {
    let house = House::new().await;
    let first = house.link(&house.owner).await;
    let second = house.link(&house.owner).await;
    let other = house.user("Sophie", Some("secret"), "viewer").await;
    let other = house.link(&other).await;
    for _ in 2..21 {
        house.link(&house.owner).await;
    }
    assert_eq!(house.open(&first).await, None, "the oldest of twenty made room for the next");
    assert!(house.open(&second).await.is_some());
    assert!(house.open(&other).await.is_some());
}

/// Whoever asks in a loop while a token is revoked gets nothing with it afterwards.
#[tokio::test]
async fn no_answer_comes_after_the_revocation_was_answered() {
    let house = Arc::new(House::new().await);
    for round in 0..5 {
        let user = house.id_of(&house.owner).await;
        let (token, id) = house.token_of(&user).await;
        let asker = {
            let (house, token) = (Arc::clone(&house), token.clone());
            tokio::spawn(async move {
                let mut good = 0;
                while house.call(&token, "POST", "/runs", submission("home")).await.0 == StatusCode::CREATED {
                    good += 1;
                }
                good
            })
        };
        tokio::time::sleep(Duration::from_millis(20 * round)).await;
        house.revoke(&id).await;
        let head = house.home.head().seq;
        assert_eq!(house.call(&token, "POST", "/runs", submission("home")).await.0, StatusCode::UNAUTHORIZED);
        let good = asker.await.unwrap();
        // One call may have been let in before and end after: no more.
        let later = house.home.head().seq.saturating_sub(head);
        assert!(later <= 1, "{later} facts after the revocation, {good} before");
    }
}
