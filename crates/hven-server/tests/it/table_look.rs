//! A file of a browser: its bytes are stored, and looked at before the import.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use hven_core::Digest;
use serde_json::{Value, json};

use crate::test_home::{TestHome, request};

const TABLE: &[u8] = b"x;y\n1;2\n";

async fn store(home: &TestHome, token: &str, bytes: &[u8]) -> (StatusCode, Value) {
    let mut upload = request(token, "POST", "/objects", None, &Value::Null);
    upload.headers_mut().insert(header::CONTENT_TYPE, "application/octet-stream".parse().unwrap());
    *upload.body_mut() = Body::from(bytes.to_vec());
    let (status, answer) = home.send(upload).await;
    (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

fn import(digest: &str, settings: &Value) -> Value {
    let mut body = json!({
        "project": "astro", "name": "t",
        "source": { "path": "my table.csv", "digest": digest, "size": TABLE.len(), "kind": "file" },
    });
    for (name, value) in settings.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn bytes_without_a_known_digest_are_stored_and_looked_at() {
    let home = TestHome::new().await;
    let member = home.user("Jun", Some("astro"), "member").await;
    let (status, stored) = store(&home, &member, TABLE).await;
    assert_eq!(
        (status, &stored),
        (StatusCode::CREATED, &json!({ "digest": Digest::of(TABLE).to_string(), "size": 8 }))
    );

    let digest = stored["digest"].as_str().unwrap();
    let settings = json!({ "delimiter": ";", "nulls": ["-9"], "units": { "x": "m/s" }, "checks": ["x > 0"] });
    let (status, look) = home.call(&member, "POST", "/datasets/look", import(digest, &settings)).await;
    assert_eq!(status, StatusCode::OK, "{look}");
    assert_eq!(look["look"]["size"], 8);
    assert_eq!(look["look"]["arguments"]["delimiter"], ";");
    let command = [
        "hven",
        "data",
        "add",
        "my table.csv",
        "--name",
        "t",
        "--project",
        "astro",
        "--unit",
        "x=m/s",
        "--null=-9",
        "--check",
        "x > 0",
        "--delimiter",
        ";",
    ];
    assert_eq!(look["command"], json!(command));
    let (_, runs) = home.get(&home.owner, "/runs").await;
    assert_eq!(runs["items"], json!([]), "a look starts no run");
}

#[tokio::test]
async fn a_setting_that_is_wrong_is_refused_with_its_name() {
    let home = TestHome::new().await;
    let (_, stored) = store(&home, &home.owner, TABLE).await;
    let digest = stored["digest"].as_str().unwrap();
    for path in ["/datasets", "/datasets/look", "/datasets/lookup"] {
        for (settings, said) in [
            (json!({ "delimeter": ";" }), "no field"),
            (json!({ "delimiter": 3 }), "delimiter"),
            // This recipe has no such argument.
            (json!({ "thousands": "." }), "thousands"),
            (json!({ "units": { "x": "yer" } }), "the unit of x"),
        ] {
            let (status, answer) = home.call(&home.owner, "POST", path, import(digest, &settings)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {answer}");
            assert!(answer["error"]["message"].as_str().unwrap().contains(said), "{said}: {answer}");
        }
    }
}

#[tokio::test]
async fn only_members_look_at_a_file_and_store_one() {
    let home = TestHome::new().await;
    let (_, stored) = store(&home, &home.owner, TABLE).await;
    let viewer = home.user("Eve", None, "viewer").await;
    let look = import(stored["digest"].as_str().unwrap(), &json!({}));
    assert_eq!(home.call(&viewer, "POST", "/datasets/look", look).await.0, StatusCode::FORBIDDEN);
    assert_eq!(store(&home, &viewer, b"other").await.0, StatusCode::FORBIDDEN);
    // The viewer is refused before any byte is read: this body never comes.
    let mut upload = request(&viewer, "POST", "/objects", None, &Value::Null);
    upload.headers_mut().insert(header::CONTENT_TYPE, "application/octet-stream".parse().unwrap());
    *upload.body_mut() = Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
    assert_eq!(home.send(upload).await.0, StatusCode::FORBIDDEN);
    let (status, answer) = store(&home, &home.owner, &vec![0; (64 << 20) + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
}
