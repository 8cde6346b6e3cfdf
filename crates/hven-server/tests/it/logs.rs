//! Reading logs: searches, pages without overwritten chunks, and raw bytes.

use axum::http::StatusCode;
use hven_core::{
    Time,
    stream::{Frame, Source},
};
use serde_json::{Value, json};

use crate::{
    runner::log_event,
    test_home::{TestHome, ended_well, request},
};

/// A run with a log. Its frames start at 0, 25, 55, 89 and 104.
async fn printed(home: &TestHome) -> String {
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "home").await;
    let attempt = runner.pull(0).await[0]["command"]["start"]["attempt"].clone();
    let pieces = [
        (Source::Stderr, "\r1% loss=0.5"),
        (Source::Stdout, "epoch 1 loss=nan\n"),
        (Source::Stderr, "\r2% loss=\x1b[31mnan\x1b[0m"),
        (Source::Stderr, "\r\n"),
        (Source::Hven, "a note on loss\n"),
    ];
    let mut log = Vec::new();
    for (source, text) in pieces {
        Frame { source, time: Time::from_micros(1), bytes: text.as_bytes() }.write(&mut log);
    }
    let (status, _) = runner.push(json!([log_event(&attempt, 0, &log), ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK);
    run
}

#[tokio::test]
async fn a_search_returns_the_places_of_a_text() {
    let home = TestHome::new().await;
    let run = printed(&home).await;
    let search = async |query: &str| home.get(&home.owner, &format!("/runs/{run}/log/search?{query}")).await;
    let places = async |query: &str| -> Vec<(u64, u64, u64)> {
        let (status, found) = search(query).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        let number = |found: &Value, key: &str| found[key].as_u64().unwrap();
        let place = |found: &Value| (number(found, "line"), number(found, "state"), number(found, "at"));
        found["matches"].as_array().unwrap().iter().map(place).collect()
    };
    let (_, found) = search("q=LOSS%3Dnan").await;
    let expect = json!({ "schema": "hven.log_matches/1", "attempt": 1, "truncated": false, "matches": [
        { "offset": 25, "line": 2, "source": "stdout", "state": 1, "overwritten": false, "at": 46, "text": "epoch 1 loss=nan" },
        { "offset": 0, "line": 1, "source": "stderr", "state": 2, "overwritten": false, "at": 72, "text": "2% loss=nan" },
    ] });
    assert_eq!(found, expect);
    let (_, found) = search("q=0.5").await;
    assert_eq!((&found["matches"][0]["state"], &found["matches"][0]["overwritten"]), (&json!(1), &json!(true)));

    assert_eq!(places("q=loss&source=stdout").await, [(2, 1, 46)]);
    assert_eq!(places("q=loss&source=stderr&attempt=1").await, [(1, 1, 17), (1, 2, 72)]);
    assert_eq!(places("q=loss&source=hven").await, [(3, 1, 127)]);
    let (_, found) = search("q=loss&limit=3").await;
    assert_eq!((found["matches"].as_array().unwrap().len(), &found["truncated"]), (3, &json!(true)));
    assert_eq!(search("q=loss&limit=4").await.1["truncated"], false);

    for bad in ["q=", "q=%1B%5B0m", "q=a%0Ab", "q=loss&source=tape"] {
        let (status, refused) = search(bad).await;
        assert_eq!((status, &refused["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")), "{bad}");
    }
    assert_eq!(search("q=loss&attempt=2").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_can_leave_out_overwritten_chunks() {
    let home = TestHome::new().await;
    let run = printed(&home).await;
    let offsets = async |query: &str| -> Vec<u64> {
        let (_, page) = home.get(&home.owner, &format!("/runs/{run}/log{query}")).await;
        page["chunks"].as_array().unwrap().iter().map(|chunk| chunk["offset"].as_u64().unwrap()).collect()
    };
    assert_eq!(offsets("").await, [0, 25, 55, 89, 104]);
    assert_eq!(offsets("?last_states=true").await, [25, 55, 89, 104]);
    assert_eq!(offsets("?last_states=true&limit=20").await, [0, 25], "the page does not know what follows");
}

#[tokio::test]
async fn raw_bytes_can_be_limited_to_one_output() {
    let home = TestHome::new().await;
    let run = printed(&home).await;
    let raw = async |query: &str| {
        let path = format!("/runs/{run}/log/raw{query}");
        let (status, bytes) = home.send(request(&home.owner, "GET", &path, None, &Value::Null)).await;
        assert_eq!(status, StatusCode::OK);
        String::from_utf8(bytes).unwrap()
    };
    let both = "\r1% loss=0.5epoch 1 loss=nan\n\r2% loss=\x1b[31mnan\x1b[0m\r\n";
    assert_eq!(raw("?notes=false").await, both);
    assert_eq!(raw("").await, format!("{both}a note on loss\n"));
    assert_eq!(raw("?source=stdout").await, "epoch 1 loss=nan\n");
    assert_eq!(raw("?source=stderr&attempt=1").await, "\r1% loss=0.5\r2% loss=\x1b[31mnan\x1b[0m\r\n");
}

#[tokio::test]
async fn all_logs_are_searched_in_parts() {
    let home = TestHome::new().await;
    let run = printed(&home).await;
    let search = async |query: &str| home.get(&home.owner, &format!("/logs/search?{query}")).await;
    let (status, found) = search("q=LOSS%3Dnan&context=1").await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    let first = &found["matches"][0];
    assert_eq!((&first["run"], &first["handle"], &first["attempt"]), (&json!(run), &detail["handle"], &json!(1)));
    assert_eq!((&first["line"], &first["at"], &first["text"]), (&json!(2), &json!(46), &json!("epoch 1 loss=nan")));
    assert_eq!(found["matches"].as_array().unwrap().len(), 2);
    let counts = ["runs_searched", "runs_total", "cannot_tell"].map(|field| found[field].as_u64().unwrap());
    assert_eq!((counts, found.get("next")), ([1, 1, 0], None), "{found}");

    let (_, part) = search("q=loss&limit=1").await;
    let next = part["next"].as_str().expect("there is more").to_owned();
    let (_, rest) = search(&format!("q=loss&limit=100&cursor={next}")).await;
    let count = |found: &Value| found["matches"].as_array().unwrap().len();
    assert_eq!((count(&part) >= 1, count(&part) + count(&rest)), (true, 4), "{part} {rest}");
    let (_, expression) = search("q=loss%3D%28nan%7C0%29&regex=true").await;
    assert_eq!(count(&expression), 3, "{expression}");
    assert_eq!(count(&search("q=LOSS%3Dn.n&regex=true").await.1), 0);
    assert_eq!(count(&search("q=LOSS%3Dn.n&regex=true&ignore_case=true").await.1), 2);
    assert_eq!(count(&search("q=loss&project=other").await.1), 0);
    assert_eq!(count(&search("q=loss&where=state%20%3D%3D%20'failed'").await.1), 0);
    let (_, one) = home.get(&home.owner, &format!("/runs/{run}/log/search?q=l.ss&regex=true")).await;
    assert_eq!(count(&one), 4, "{one}");

    for bad in [
        "q=",
        "q=(&regex=true",
        "q=x*&regex=true",
        "q=x&cursor=abc",
        "q=x&context=11",
        "q=x&limit=501",
        "q=x&where=a%20%3E",
    ] {
        let (status, refused) = search(bad).await;
        assert_eq!((status, &refused["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")), "{bad}");
    }
    let stranger = home.user("Ursus", Some("other"), "owner").await;
    let (_, unseen) = home.get(&stranger, "/logs/search?q=loss").await;
    assert_eq!((count(&unseen), &unseen["runs_total"]), (0, &json!(0)));
}
