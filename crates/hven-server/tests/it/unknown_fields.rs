//! Unknown fields are refused: a misspelt field must not change the meaning of a request.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    access::{self, operations},
    test_home::{TestHome, request, submission},
};

async fn assert_refused(home: &TestHome, method: &str, path: &str, body: Value, expected: [&str; 2]) {
    let (status, answer) = home.call(&home.owner, method, path, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}: {answer}");
    let error = &answer["error"];
    assert_eq!(error["code"], "invalid", "{answer}");
    let said = [&error["message"], &error["hint"]].map(|text| text.as_str().unwrap_or_default().to_owned());
    assert!(said[0].contains(expected[0]) && said[1].contains(expected[1]), "{answer}");
}

#[tokio::test]
async fn a_misspelt_field_is_refused_and_the_nearest_one_named() {
    let home = TestHome::new().await;
    let (user, _) = home.add_user("Sophie", Some("astro"), "viewer", false).await;
    let run = home.submit(&home.owner, "home").await;
    let role = json!({ "user": user, "role": "member", "projct": "astro", "may_run_as_server": true });
    assert_refused(&home, "PUT", "/members", role, [r#"no field "projct""#, "`project`"]).await;
    let gone = json!({ "user": user, "projct": "astro" });
    assert_refused(&home, "DELETE", "/members", gone, [r#"no field "projct""#, "`project`"]).await;
    let token = json!({ "name": "ci", "day": 7 });
    assert_refused(&home, "POST", "/tokens", token, [r#"no field "day""#, "`days`"]).await;
    let points = json!({ "points": [{ "key": "a", "value": 1, "stpe": 7 }] });
    let path = format!("/runs/{run}/metrics");
    assert_refused(&home, "POST", &path, points, [r#"no field "stpe" in `points`"#, "`step`"]).await;
    for (field, nearest) in [("projct", "`project`"), ("inputz", "`inputs`"), ("limit", "`limits`")] {
        let mut work = submission("home");
        work[field] = json!(null);
        let expected = format!("no field {field:?}");
        assert_refused(&home, "POST", "/runs", work, [&expected, nearest]).await;
    }
    let mut work = submission("home");
    work["limits"] = json!({ "wal_s": 3 });
    assert_refused(&home, "POST", "/runs", work, [r#"no field "wal_s" in `limits`"#, "`wall_s`"]).await;
    // The refused requests changed nothing.
    let (_, members) = home.get(&home.owner, "/members?everywhere=true").await;
    let hers = members["items"].as_array().unwrap().iter().filter(|member| member["user"]["id"] == user.as_str());
    let hers: Vec<_> = hers.map(|member| [&member["project"], &member["role"]]).collect();
    assert_eq!(hers, [[&json!("astro"), &json!("viewer")]]);
}

#[tokio::test]
async fn a_misspelt_parameter_is_refused() {
    let home = TestHome::new().await;
    for (path, expected) in [
        ("/graph?node=run%2F7Q2M", [r#"no parameter "node""#, "known here: of,"]),
        ("/runs?projct=astro", [r#"no parameter "projct""#, "`project`"]),
        ("/members?every=true", [r#"no parameter "every""#, "known here:"]),
        ("/publications?claims=x", [r#"no parameter "claims""#, "`claim`"]),
        ("/events?runs=x", [r#"no parameter "runs""#, "`run`"]),
    ] {
        assert_refused(&home, "GET", path, Value::Null, expected).await;
    }
    let (_, answer) = home.get(&home.owner, "/publications?claim=x&project=home&q=y&limit=1").await;
    assert!(!answer.to_string().contains("no parameter"), "{answer}");
}

/// Operations of runners, which may be newer than the server, and the operation that needs no token.
fn is_asked_leniently(path: &str) -> bool {
    path.starts_with("/runner/") || path == "/proof"
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_every_operation() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "home").await;
    let digest = "a".repeat(64);
    let mut asked = 0;
    for operation in operations() {
        if is_asked_leniently(&operation.path) {
            continue;
        }
        let path = access::path(&operation, &run, &digest);
        let path = format!("{path}{}bogus=1", if path.contains('?') { '&' } else { '?' });
        let body = access::body(&operation, &run, &digest);
        let (status, answer) = home.send(request(&home.owner, &operation.method, &path, None, &body)).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {path}: {answer}", operation.method);
        // The answer to a HEAD request has no body.
        let said = r#"there is no parameter \"bogus\""#;
        assert!(operation.method == "HEAD" || answer.contains(said), "{} {path}: {answer}", operation.method);
        asked += 1;
    }
    assert!(asked > 70, "{asked} operations");
    // A caller without a valid token does not learn about it.
    let (status, _) = home.get("wrong", "/me?bogus=1").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    // An empty query is accepted.
    let (status, _) = home.get(&home.owner, "/me?").await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = home.get(&home.owner, "/overview?project=home").await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")));
}
