//! Revoked access ends: of tokens, roles and browser sessions, and also of streams and long polls that they opened before.

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

use crate::test_home::{HOST, TestHome, now, submission};

/// The documented limit is one second. The rest is for a busy machine.
const WITHIN: Duration = Duration::from_secs(3);

/// The credential of a request.
#[derive(Clone, Copy)]
enum Credential<'a> {
    Token(&'a str),
    Cookie(&'a str),
}

fn request(with: Credential<'_>, method: &str, path: &str) -> Request<Body> {
    let (name, value) = match with {
        Credential::Token(token) => (header::AUTHORIZATION, format!("Bearer {token}")),
        Credential::Cookie(cookie) => (header::COOKIE, cookie.to_owned()),
    };
    let request = Request::builder().method(method).uri(path).header(header::HOST, HOST).header(name, value);
    request.body(Body::empty()).unwrap()
}

/// An open stream, and the text that it has sent so far.
struct Stream {
    body: BodyDataStream,
    read: String,
}

impl Stream {
    async fn open(home: &TestHome, with: Credential<'_>, path: &str) -> Self {
        let response = home.server.router().oneshot(request(with, "GET", &format!("/api/v1{path}"))).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// Waits for the end of the stream.
    async fn end(mut self, what: &str) -> String {
        let all = async {
            while let Some(Ok(bytes)) = self.body.next().await {
                self.read.push_str(std::str::from_utf8(&bytes).unwrap());
            }
        };
        assert!(tokio::time::timeout(WITHIN, all).await.is_ok(), "the stream goes on after {what}: {:?}", self.read);
        self.read
    }

    /// Reads until `text` arrives.
    async fn wait_for(&mut self, text: &str) {
        let started = Instant::now();
        while !self.read.contains(text) {
            let left = Duration::from_secs(10).saturating_sub(started.elapsed());
            let next = tokio::time::timeout(left, self.body.next()).await;
            let next = next.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.read));
            self.read.push_str(std::str::from_utf8(&next.expect("it goes on").unwrap()).unwrap());
        }
    }
}

impl TestHome {
    async fn me(&self, with: Credential<'_>) -> StatusCode {
        self.send(request(with, "GET", "/api/v1/me")).await.0
    }

    async fn id_of(&self, token: &str) -> String {
        self.get(token, "/me").await.1["id"].as_str().unwrap().to_owned()
    }

    async fn revoke(&self, token: &str) {
        let (status, _) = self.call(&self.owner, "DELETE", &format!("/tokens/{token}"), Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }

    /// A new token and its id.
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

    /// Opens a link, and returns the cookie that it sets.
    async fn open(&self, link: &str) -> Option<String> {
        let open = Request::builder().uri(link).header(header::HOST, HOST).body(Body::empty()).unwrap();
        let response = self.server.router().oneshot(open).await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned();
        Some(cookie.split(';').next().unwrap().to_owned())
    }
}

#[tokio::test]
async fn streams_of_a_revoked_token_end_at_once_and_others_continue() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "secret/study").await;
    let first = home.user("Sophie", Some("secret"), "viewer").await;
    let user = home.id_of(&first).await;
    let (second, id) = home.token_of(&user).await;
    let paths = ["/events".to_owned(), format!("/events?run={run}"), format!("/runs/{run}/log/follow")];
    let (mut dead, mut alive) = (Vec::new(), Vec::new());
    for path in &paths {
        dead.push(Stream::open(&home, Credential::Token(&second), path).await);
        alive.push(Stream::open(&home, Credential::Token(&first), path).await);
    }
    home.revoke(&id).await;
    for (stream, path) in dead.into_iter().zip(&paths) {
        stream.end(&format!("its token was revoked ({path})")).await;
    }
    home.submit(&home.owner, "secret/study").await;
    alive[0].wait_for("run.submitted").await;
    assert_eq!(home.me(Credential::Token(&first)).await, StatusCode::OK);
    assert_eq!(home.me(Credential::Token(&second)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_removed_role_ends_the_streams_of_its_project() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "secret/study").await;
    let open = home.submit(&home.owner, "open").await;
    let token = home.user("Sophie", Some("secret"), "viewer").await;
    let user = home.id_of(&token).await;
    let member = json!({ "user": user, "project": "open", "role": "viewer" });
    assert_eq!(home.call(&home.owner, "PUT", "/members", member).await.0, StatusCode::NO_CONTENT);
    let mut of_run = Vec::new();
    for path in [format!("/events?run={run}"), format!("/runs/{run}/log/follow")] {
        of_run.push(Stream::open(&home, Credential::Token(&token), &path).await);
    }
    let other = Stream::open(&home, Credential::Token(&token), &format!("/runs/{open}/log/follow")).await;
    let mut all = Stream::open(&home, Credential::Token(&token), "/events").await;
    all.wait_for("listening").await;

    let leave = |project: &str| json!({ "user": user, "project": project });
    let (status, _) = home.call(&home.owner, "DELETE", "/members", leave("secret")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for stream in of_run {
        stream.end("the role in its project was revoked").await;
    }
    home.submit(&home.owner, "secret/study").await;
    let seen = home.submit(&home.owner, "open").await;
    all.wait_for(&seen).await;
    assert_eq!(all.read.matches("\"kind\":\"run.submitted\"").count(), 1, "{}", all.read);

    let (status, _) = home.call(&home.owner, "DELETE", "/members", leave("open")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    other.end("the role in its project was revoked").await;
    all.end("the last role was revoked").await;
}

#[tokio::test]
async fn an_expired_or_erased_token_ends_its_streams() {
    let home = TestHome::new().await;
    let owner: UserId = home.id_of(&home.owner).await.parse().unwrap();
    let issue = |secret: &str, expires: Option<Time>| TokenIssued {
        token: TokenId::mint(now(), [secret.as_bytes()[1]; 10]),
        user: owner,
        name: "short".to_owned(),
        digest: Digest::of(secret.as_bytes()),
        expires,
    };
    let facts =
        vec![issue("expires-soon", Some(now().plus_micros(3_000_000))).into(), issue("erased-later", None).into()];
    let appended = Record::append(&home.store, Batch::new(now(), ActorId::SYSTEM, facts)).await.unwrap();
    let expires = Stream::open(&home, Credential::Token("expires-soon"), "/events").await;
    let erased = Stream::open(&home, Credential::Token("erased-later"), "/events").await;
    let erase = json!({ "fact": appended.facts[1].header.seq, "because": "a test" });
    let (status, said) = home.call(&home.owner, "POST", "/redactions", erase).await;
    assert!(status.is_success(), "{status} {said}");
    erased.end("the fact of its token was erased").await;
    expires.end("its token expired").await;
}

#[tokio::test]
async fn a_session_is_invalid_on_the_server_after_logout() {
    let home = TestHome::new().await;
    let mut cookies = Vec::new();
    for _ in 0..2 {
        let link = home.link(&home.owner).await;
        cookies.push(home.open(&link).await.expect("a session"));
    }
    assert_ne!(cookies[0], cookies[1]);
    let stream = Stream::open(&home, Credential::Cookie(&cookies[0]), "/events").await;
    let mut other = Stream::open(&home, Credential::Cookie(&cookies[1]), "/events").await;
    let left = request(Credential::Cookie(&cookies[0]), "POST", "/logout");
    assert_eq!(home.send(left).await.0, StatusCode::SEE_OTHER);
    stream.end("logging out").await;
    assert_eq!(home.me(Credential::Cookie(&cookies[0])).await, StatusCode::UNAUTHORIZED);
    assert_eq!(home.me(Credential::Cookie(&cookies[1])).await, StatusCode::OK);
    home.submit(&home.owner, "home").await;
    other.wait_for("run.submitted").await;

    // Another server of the same home also knows it.
    let again = home.served_again().await;
    let me = |cookie: &str| {
        let (router, request) = (again.router(), request(Credential::Cookie(cookie), "GET", "/api/v1/me"));
        async move { router.oneshot(request).await.unwrap().status() }
    };
    assert_eq!(me(&cookies[0]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&cookies[1]).await, StatusCode::OK);
    // A logout without a session succeeds too.
    for cookie in [cookies[0].as_str(), "hven_session=x", "other=1"] {
        assert_eq!(home.send(request(Credential::Cookie(cookie), "POST", "/logout")).await.0, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_revoked_token_ends_the_sessions_and_links_that_it_opened() {
    let home = TestHome::new().await;
    let user = home.id_of(&home.owner).await;
    let (token, id) = home.token_of(&user).await;
    let used = home.link(&token).await;
    let cookie = home.open(&used).await.expect("a session");
    let unused = home.link(&token).await;
    // A session may also create links, for another browser.
    let made = {
        let mut ask = request(Credential::Cookie(&cookie), "POST", "/api/v1/auth/links");
        ask.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        *ask.body_mut() = Body::from("{}");
        let (status, link) = home.send(ask).await;
        assert_eq!(status, StatusCode::CREATED);
        let link: Value = serde_json::from_slice(&link).unwrap();
        link["url"].as_str().unwrap().strip_prefix(&format!("http://{HOST}")).unwrap().to_owned()
    };
    let second = home.open(&made).await.expect("a session");
    let own = home.link(&home.owner).await;
    let own = home.open(&own).await.expect("a session");
    let streams = [
        Stream::open(&home, Credential::Cookie(&cookie), "/events").await,
        Stream::open(&home, Credential::Cookie(&second), "/events").await,
    ];
    home.revoke(&id).await;
    for stream in streams {
        stream.end("the token of its session was revoked").await;
    }
    for cookie in [&cookie, &second] {
        assert_eq!(home.me(Credential::Cookie(cookie)).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(home.open(&unused).await, None, "a link of a revoked token opens nothing");
    assert_eq!(home.me(Credential::Cookie(&own)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_session_can_be_revoked_like_a_token() {
    let home = TestHome::new().await;
    let link = home.link(&home.owner).await;
    let cookie = home.open(&link).await.expect("a session");
    let (_, tokens) = home.get(&home.owner, "/tokens").await;
    let session = tokens["items"].as_array().unwrap().iter().find(|token| token["session"] == json!(true));
    let id = session.expect("sessions are listed")["id"].as_str().unwrap().to_owned();
    let stream = Stream::open(&home, Credential::Cookie(&cookie), "/events").await;
    home.revoke(&id).await;
    stream.end("its session was revoked").await;
    assert_eq!(home.me(Credential::Cookie(&cookie)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_removed_user_keeps_no_access() {
    let home = TestHome::new().await;
    let (sophie, token) = home.add_user("Sophie", Some("secret"), "owner", false).await;
    let (_, other) = home.add_user("Jun", Some("secret"), "owner", false).await;
    let member = json!({ "user": sophie, "project": "open", "role": "viewer" });
    assert_eq!(home.call(&home.owner, "PUT", "/members", member).await.0, StatusCode::NO_CONTENT);
    let used = home.link(&token).await;
    let cookie = home.open(&used).await.expect("a session");
    let unused = home.link(&token).await;
    let stream = Stream::open(&home, Credential::Cookie(&cookie), "/events").await;

    let path = format!("/users/{sophie}");
    for not_an_owner_of_the_home in [&token, &other] {
        let (status, _) = home.call(not_an_owner_of_the_home, "DELETE", &path, Value::Null).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (status, removed) = home.call(&home.owner, "DELETE", &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{removed}");
    let taken = ["roles", "tokens", "sessions"].map(|what| removed[what].as_u64());
    assert_eq!(taken, [Some(2), Some(1), Some(1)], "{removed}");
    stream.end("its user was removed").await;
    assert_eq!(home.me(Credential::Token(&token)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(home.me(Credential::Cookie(&cookie)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(home.open(&unused).await, None);

    // The user still exists, and a later token gives no access without a role.
    let (_, users) = home.get(&home.owner, "/users").await;
    assert!(users["items"].as_array().unwrap().iter().any(|user| user["id"] == sophie.as_str()), "{users}");
    let (_, members) = home.get(&home.owner, "/members?everywhere=true").await;
    assert!(!members.to_string().contains(&sophie), "{members}");
    let (later, _) = home.token_of(&sophie).await;
    assert_eq!(home.get(&later, "/projects").await.0, StatusCode::FORBIDDEN);

    let owner = home.id_of(&home.owner).await;
    let (status, answer) = home.call(&home.owner, "DELETE", &format!("/users/{owner}"), Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(home.me(Credential::Token(&home.owner)).await, StatusCode::OK);
    let absent = format!("/users/{}", "0".repeat(32));
    assert_eq!(home.call(&home.owner, "DELETE", &absent, Value::Null).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn events_that_wait_in_a_stream_are_not_sent_after_the_revocation() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "secret/study").await;
    let user = home.id_of(&home.owner).await;
    for path in ["/events".to_owned(), format!("/events?run={run}")] {
        let (token, id) = home.token_of(&user).await;
        let stream = Stream::open(&home, Credential::Token(&token), &path).await;
        // The test has not read the stream yet, so at least its first comment is waiting when the revocation is answered.
        home.revoke(&id).await;
        assert_eq!(stream.end("its token was revoked").await, "", "{path}");
    }
}

/// A call whose body has arrived only in part.
struct PartialCall {
    rest: mpsc::Sender<Result<String, Infallible>>,
    answer: JoinHandle<Response>,
}

impl PartialCall {
    /// Returns when the server has authenticated the head and read the first part of the body.
    async fn with(home: &TestHome, token: &str, method: &str, path: &str, beginning: &str) -> Self {
        let (rest, parts) = mpsc::channel(1);
        let mut call = request(Credential::Token(token), method, &format!("/api/v1{path}"));
        call.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        *call.body_mut() = Body::from_stream(ReceiverStream::new(parts));
        let router = home.server.router();
        let answer = tokio::spawn(async move { router.oneshot(call).await.unwrap() });
        rest.send(Ok(beginning.to_owned())).await.unwrap();
        // There is room for the next part when the server has read the first one.
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
async fn a_call_whose_body_arrives_after_the_revocation_is_refused() {
    let home = TestHome::new().await;
    let user = home.id_of(&home.owner).await;
    let (token, id) = home.token_of(&user).await;
    let digest = Digest::of(b"half and half");
    let object = format!("/objects/{digest}");
    let issue = PartialCall::with(&home, &token, "POST", "/tokens", r#"{"name":"late""#).await;
    let upload = PartialCall::with(&home, &token, "PUT", &object, "half and").await;
    home.revoke(&id).await;
    let head = home.store.head().seq;
    assert_eq!(issue.end("}").await, StatusCode::UNAUTHORIZED);
    assert_eq!(upload.end(" half").await, StatusCode::UNAUTHORIZED);
    assert_eq!(home.store.head().seq, head, "nothing was recorded");
    let (status, _) = home.call(&home.owner, "HEAD", &object, Value::Null).await;
    assert_eq!(status, StatusCode::PARTIAL_CONTENT, "the object is not whole");
    // Credential a valid token, both calls succeed.
    let issue = PartialCall::with(&home, &home.owner, "POST", "/tokens", r#"{"name":"late""#).await;
    let upload = PartialCall::with(&home, &home.owner, "PUT", &object, "half and").await;
    assert_eq!(issue.end("}").await, StatusCode::CREATED);
    assert_eq!(upload.end(" half").await, StatusCode::CREATED);
}

#[tokio::test]
async fn a_call_whose_body_arrives_after_its_role_was_removed_is_refused() {
    let home = TestHome::new().await;
    let (eve, token) = home.add_user("Eve", None, "owner", false).await;
    let add = PartialCall::with(&home, &token, "POST", "/users", r#"{"name":"Mallory""#).await;
    let digest = Digest::of(b"half and half");
    let upload = PartialCall::with(&home, &token, "PUT", &format!("/objects/{digest}"), "half and").await;
    let demote = json!({ "user": eve, "role": "viewer" });
    assert_eq!(home.call(&home.owner, "PUT", "/members", demote).await.0, StatusCode::NO_CONTENT);
    let head = home.store.head().seq;
    assert_eq!(add.end("}").await, StatusCode::CONFLICT);
    assert_eq!(upload.end(" half").await, StatusCode::FORBIDDEN);
    assert_eq!(home.store.head().seq, head, "nothing was recorded");
}

#[tokio::test]
async fn messages_of_a_runner_that_is_gone_are_refused() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let push = json!({ "runner": runner.id, "session": runner.session, "events": [] }).to_string();
    let (beginning, rest) = push.split_at(10);
    let started = PartialCall::with(&home, &runner.token, "POST", "/runner/push", beginning).await;
    assert_eq!(runner.push(json!([])).await.0, StatusCode::OK);
    home.lose(runner.id).await;
    assert_eq!(started.end(rest).await, StatusCode::UNAUTHORIZED);
    assert_eq!(runner.push(json!([])).await.0, StatusCode::UNAUTHORIZED);
    let (status, _) = home.call(&runner.token, "POST", "/objects/missing", json!({ "digests": [] })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_user_cannot_use_up_the_login_links_of_others() {
    let home = TestHome::new().await;
    let first = home.link(&home.owner).await;
    let second = home.link(&home.owner).await;
    let other = home.user("Sophie", Some("secret"), "viewer").await;
    let other = home.link(&other).await;
    for _ in 2..21 {
        home.link(&home.owner).await;
    }
    assert_eq!(home.open(&first).await, None, "the oldest of twenty made room for the next");
    assert!(home.open(&second).await.is_some());
    assert!(home.open(&other).await.is_some());
}

/// A client that repeats a request while its token is revoked gets no answer after the revocation.
#[tokio::test]
async fn no_request_succeeds_after_the_revocation_was_answered() {
    let home = Arc::new(TestHome::new().await);
    for round in 0..5 {
        let user = home.id_of(&home.owner).await;
        let (token, id) = home.token_of(&user).await;
        let asker = {
            let (home, token) = (Arc::clone(&home), token.clone());
            tokio::spawn(async move {
                let mut good = 0;
                while home.call(&token, "POST", "/runs", submission("home")).await.0 == StatusCode::CREATED {
                    good += 1;
                }
                good
            })
        };
        tokio::time::sleep(Duration::from_millis(20 * round)).await;
        home.revoke(&id).await;
        let head = home.store.head().seq;
        assert_eq!(home.call(&token, "POST", "/runs", submission("home")).await.0, StatusCode::UNAUTHORIZED);
        let good = asker.await.unwrap();
        // One call may have been authenticated before and recorded after the revocation, but no more.
        let later = home.store.head().seq.saturating_sub(head);
        assert!(later <= 1, "{later} facts after the revocation, {good} before");
    }
}
