//! Bodies that are mutated at random: every operation answers with an error of the caller, never with an internal error,
//! and the record stays usable. `HVEN_SOAK_ROUNDS` and `HVEN_SOAK_SEED` make the test longer.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_testing::Dice;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::test_home::{HOST, TestHome};

const ROUNDS: u64 = 3;
const SEED: u64 = 20_261_129;

/// An unexpected value.
fn odd(dice: &mut Dice) -> Value {
    match dice.place(12) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(u64::MAX),
        3 => json!(1e308),
        4 => json!(""),
        5 => json!("\u{0}\u{202e}\u{1b}[2J"),
        6 => json!("x".repeat(1 << 16)),
        7 => json!([]),
        8 => json!({}),
        9 => json!(true),
        10 => json!("../../etc/passwd"),
        _ => (0..100).fold(json!(1), |inner, _| json!([inner])),
    }
}

/// A document with the right field names and wrong values.
fn body(dice: &mut Dice, document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    let mut made = serde_json::Map::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let value = match dice.place(4) {
            0 => continue,
            1 => odd(dice),
            2 => plain(document, field),
            _ => json!([plain(document, field)]),
        };
        made.insert(name.clone(), value);
    }
    if dice.place(8) == 0 {
        made.insert("an unknown field".to_owned(), odd(dice));
    }
    Value::Object(made)
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap_or(schema),
        None => schema,
    }
}

/// A value of the type that the schema declares.
fn plain(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    let named = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match named {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        Some("array") => json!([plain(document, &schema["items"])]),
        Some("object") => json!({}),
        _ => json!("a"),
    }
}

#[tokio::test]
async fn spoiled_bodies_are_the_callers_errors() {
    let seed = hven_testing::seed(SEED);
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let home = TestHome::new().await;
    let document: Value = serde_json::from_str(&hven_server::document()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            // Not the shutdown: the server must keep running.
            if !schema.is_null() && !path.ends_with("/shutdown") {
                operations.push((method.to_uppercase(), path.clone(), schema.clone()));
            }
        }
    }
    assert!(operations.len() > 20, "{}", operations.len());
    let mut answers = std::collections::BTreeMap::new();
    for round in 0..hven_testing::rounds(ROUNDS) {
        for (method, path, schema) in &operations {
            let mut text = serde_json::to_vec(&body(&mut dice, &document, schema)).unwrap();
            match dice.place(6) {
                0 => text.truncate(dice.place(text.len())),
                1 => {
                    let at = dice.place(text.len());
                    text[at] ^= 1 << dice.place(8);
                }
                2 => text = b"[".repeat(1 << 12),
                _ => {}
            }
            let mut place = path.clone();
            while let (Some(begin), Some(end)) = (place.find('{'), place.find('}')) {
                place.replace_range(begin..=end, ["last", "%00", "a", "7Q2M", "9999999999"][dice.place(5)]);
            }
            let request = Request::builder()
                .method(method.as_str())
                .uri(&place)
                .header(header::HOST, HOST)
                .header(header::AUTHORIZATION, format!("Bearer {}", home.owner))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(text.clone()))
                .unwrap();
            let answer = home.server.router().oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            *answers.entry(status).or_insert(0) += 1;
            let what = String::from_utf8_lossy(&text).chars().take(500).collect::<String>();
            assert!(status < 500 || status == 503, "seed {seed}, round {round}: {status} for {method} {place} {what}");
        }
        let (_, audit) = home.get(&home.owner, "/audit?objects=true").await;
        assert_eq!(audit["sound"], json!(true), "seed {seed}, round {round}: {audit}");
        // With the same token, a correct body is accepted.
        let (status, answer) = home.call(&home.owner, "POST", "/users", json!({ "name": format!("u{round}") })).await;
        assert_eq!(status, StatusCode::CREATED, "seed {seed}, round {round}: {answer}");
    }
    println!("{answers:?}");
    // No request was refused for its token before its body was read.
    assert_eq!(answers.get(&401), None, "seed {seed}");
    // All accepted data is in the record, and the views follow from the facts.
    assert_eq!(home.store.check_views(&mut |_| ()).unwrap().differences, []);
}
