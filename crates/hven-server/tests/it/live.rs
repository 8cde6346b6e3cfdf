//! What comes live: events resume where they stopped, and a slow reader misses nothing and holds up nobody.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, header},
};
use futures::StreamExt;
use tower::ServiceExt;

use crate::house::{HOST, House};

struct Events {
    body: BodyDataStream,
    read: String,
}

impl Events {
    async fn open(house: &House, path: &str, last_event_id: Option<u64>) -> Self {
        let mut request = Request::builder()
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, HOST)
            .header(header::AUTHORIZATION, format!("Bearer {}", house.owner));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = house.server.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The ids of the next facts.
    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let Some(end) = self.read.find("\n\n") else {
                let next = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
                self.read.push_str(std::str::from_utf8(&next.unwrap().unwrap().unwrap()).unwrap());
                continue;
            };
            let event: String = self.read.drain(..end + 2).collect();
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
    let house = House::new().await;
    let before = house.server_head();
    let mut events = Events::open(&house, "/events", None).await;
    house.submit(&house.owner, "home").await;
    house.submit(&house.owner, "home").await;
    assert_eq!(events.ids(2).await, [before + 1, before + 2]);
    drop(events);
    house.submit(&house.owner, "home").await;
    let mut resumed = Events::open(&house, "/events", Some(before + 1)).await;
    assert_eq!(resumed.ids(2).await, [before + 2, before + 3]);
}

#[tokio::test]
async fn a_slow_reader_misses_nothing_and_holds_up_nobody() {
    let house = House::new().await;
    let before = house.server_head();
    let mut slow = Events::open(&house, "/events", None).await;
    let batch = serde_json::json!({
        "template": { "argv": [], "cwd": "/" },
        "runs": vec![serde_json::json!({ "argv": ["true"] }); 1000],
    });
    for _ in 0..5 {
        let (status, _) = house.call(&house.owner, "POST", "/runs/batch", batch.clone()).await;
        assert_eq!(status, 201);
    }
    let ids = slow.ids(5000).await;
    assert_eq!(ids, (before + 1..=before + 5000).collect::<Vec<_>>());
}

#[tokio::test]
async fn streams_end_when_the_server_closes() {
    let house = House::new().await;
    let mut events = Events::open(&house, "/events", None).await;
    house.server.close();
    let end = async { while events.body.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), end).await.unwrap();
}

impl House {
    fn server_head(&self) -> u64 {
        self.home.head().seq
    }
}
