//! Live events: a stream resumes where it stopped, and a slow reader misses no event and delays no other client.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, header},
};
use futures::StreamExt;
use serde_json::json;
use tower::ServiceExt;

use crate::{
    runner::{frames, log_event},
    test_home::{HOST, TestHome, ended_well},
};

struct Events {
    body: BodyDataStream,
    read: String,
}

impl Events {
    async fn open(home: &TestHome, path: &str, last_event_id: Option<String>) -> Self {
        let mut request = Request::builder()
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, HOST)
            .header(header::AUTHORIZATION, format!("Bearer {}", home.owner));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = home.server.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The next event, as text.
    async fn next(&mut self) -> String {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                return self.read.drain(..end + 2).collect();
            }
            let next = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            self.read.push_str(std::str::from_utf8(&next.unwrap().unwrap().unwrap()).unwrap());
        }
    }

    /// The next chunk of a log: its id, its attempt and its text.
    async fn chunk(&mut self) -> (String, u64, String) {
        loop {
            let event = self.next().await;
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            if field("event: ").as_deref() == Some("chunk") {
                let chunk: serde_json::Value = serde_json::from_str(&field("data: ").unwrap()).unwrap();
                let text = chunk["text"].as_str().unwrap().to_owned();
                return (field("id: ").unwrap(), chunk["attempt"].as_u64().unwrap(), text);
            }
        }
    }

    /// The ids of the next facts.
    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let event = self.next().await;
            if event.contains("event: fact") {
                let id = event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
                ids.push(id.parse().unwrap());
            }
        }
        ids
    }
}

#[tokio::test]
async fn events_resume_after_the_last_one_seen() {
    let home = TestHome::new().await;
    let before = home.server_head();
    let mut events = Events::open(&home, "/events", None).await;
    home.submit(&home.owner, "home").await;
    home.submit(&home.owner, "home").await;
    assert_eq!(events.ids(2).await, [before + 1, before + 2]);
    drop(events);
    home.submit(&home.owner, "home").await;
    let mut resumed = Events::open(&home, "/events", Some((before + 1).to_string())).await;
    assert_eq!(resumed.ids(2).await, [before + 2, before + 3]);
}

#[tokio::test]
async fn a_slow_reader_misses_nothing_and_delays_no_other_client() {
    let home = TestHome::new().await;
    let before = home.server_head();
    let mut slow = Events::open(&home, "/events", None).await;
    let batch = serde_json::json!({
        "template": { "argv": [], "cwd": "/" },
        "runs": vec![serde_json::json!({ "argv": ["true"] }); 1000],
    });
    for _ in 0..5 {
        let (status, _) = home.call(&home.owner, "POST", "/runs/batch", batch.clone()).await;
        assert_eq!(status, 201);
    }
    let ids = slow.ids(5000).await;
    assert_eq!(ids, (before + 1..=before + 5000).collect::<Vec<_>>());
}

#[tokio::test]
async fn streams_end_when_the_server_closes() {
    let home = TestHome::new().await;
    let mut events = Events::open(&home, "/events", None).await;
    home.server.close();
    let end = async { while events.body.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), end).await.unwrap();
}

#[tokio::test]
async fn following_a_log_after_a_retry_starts_with_the_later_attempt() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let work = json!({ "argv": ["false"], "cwd": "/", "retries": 1 });
    let (_, created) = home.call(&home.owner, "POST", "/runs", work).await;
    let run = created["run"]["id"].as_str().unwrap();
    let path = format!("/runs/{run}/log/follow");
    let first = json!(format!("{run}.1"));
    runner.pull(0).await;
    runner.push(json!([log_event(&first, 0, &frames(&["one\n", "two\n"]))])).await;
    let mut events = Events::open(&home, &path, None).await;
    let seen = [events.chunk().await, events.chunk().await];
    let next = frames(&["one\n"]).len();
    assert_eq!(seen[0], (format!("1.{next}"), 1, "one\n".to_owned()));
    assert_eq!(seen[1].1, 1);
    drop(events);
    let mut resumed = Events::open(&home, &path, Some(seen[0].0.clone())).await;
    assert_eq!(resumed.chunk().await, seen[1], "the same attempt resumes at its position");

    let mut failed = ended_well(&first);
    failed["ended"]["result"]["outcome"] = json!({ "is": "failed", "exit": 3 });
    runner.push(json!([failed])).await;
    home.until(&format!("/runs/{run}"), |run| run["attempts"] == 2).await;
    let second = json!(format!("{run}.2"));
    // Longer than the first log, so that the position in the first log exists in this one too.
    runner.push(json!([log_event(&second, 0, &frames(&["three\n", "four\n", "five\n"]))])).await;
    let later = resumed.chunk().await;
    assert_eq!((later.1, later.2.as_str()), (2, "three\n"), "a client that stayed connected");
    let mut events = Events::open(&home, &path, Some(seen[1].0.clone())).await;
    let later = events.chunk().await;
    assert_eq!((later.1, later.2.as_str()), (2, "three\n"), "a client that reconnects");
}

impl TestHome {
    fn server_head(&self) -> u64 {
        self.store.head().seq
    }
}
