//! Drafts of arrays: who may have them read, with which environment, and that nothing is recorded before.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::test_home::{TestHome, request};

fn draft(like: Option<&str>) -> Value {
    json!({ "command": "true {i}", "folder": "/study", "over": ["i=1..2"], "like": like })
}

#[tokio::test]
async fn a_draft_like_an_array_is_read_with_its_environment() {
    let home = TestHome::new().await;
    let array = json!({
        "task": { "argv": ["true", "{i}"], "cwd": "/", "environment": { "A": "1", "B": "2" }, "secrets": { "KEY": "hunter22" } },
        "axes": [{ "kind": "range", "name": "i", "first": 1, "step": 1, "scale": 0, "count": 3 }],
    });
    let (status, submitted) = home.call(&home.owner, "POST", "/arrays", array).await;
    assert_eq!(status, StatusCode::OK, "{submitted}");
    assert_eq!(submitted["array"]["name"], "array/1");
    assert_eq!(submitted["inputs"], json!([]));
    assert_eq!((&submitted["resources"]["cpus"], &submitted["priority"]), (&json!(1), &json!(0)));
    // The process of these tests refuses the folder, and says how many variables it got.
    for (like, environment_of, variables) in [
        (None, Value::Null, "None"),
        (Some("1"), json!("array/1"), "Some(3)"),
        (Some("array/1"), json!("array/1"), "Some(3)"),
    ] {
        for path in ["/arrays/draft/preview", "/arrays/draft"] {
            let (status, answer) = home.call(&home.owner, "POST", path, draft(like)).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            let message = format!("/study {variables}");
            assert_eq!(answer["refusals"], json!([{ "field": "folder", "at": null, "message": message }]), "{answer}");
            assert_eq!((&answer["environment_of"], &answer["array"]), (&environment_of, &Value::Null));
        }
    }
    let (status, _) = home.call(&home.owner, "POST", "/arrays/draft/preview", draft(Some("9"))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, arrays) = home.get(&home.owner, "/arrays").await;
    assert_eq!(arrays["items"].as_array().map(Vec::len), Some(1), "{arrays}");
}

#[tokio::test]
async fn only_the_own_user_of_the_home_has_drafts_read() {
    let home = TestHome::new().await;
    let other = home.user("Sophie", None, "owner").await;
    for path in ["/arrays/draft/preview", "/arrays/draft"] {
        let (status, answer) = home.call(&other, "POST", path, draft(None)).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("run.not_allowed_as_owner")));
    }
    let many: Vec<String> = (0..1001).map(|at| format!("a{at}=1")).collect();
    let mut large = draft(None);
    large["over"] = json!(many);
    let answer = home.send(request(&home.owner, "POST", "/arrays/draft/preview", None, &large)).await;
    assert_eq!(answer.0, StatusCode::UNPROCESSABLE_ENTITY);
}
