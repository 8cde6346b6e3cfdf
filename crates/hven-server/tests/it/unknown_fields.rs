//! What nothing reads is refused: a misspelt field must not mean something else.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    access::{self, operations},
    house::{House, request, submission},
};

async fn assert_refused(house: &House, method: &str, path: &str, body: Value, told: [&str; 2]) {
    let (status, answer) = house.call(&house.owner, method, path, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}: {answer}");
    let error = &answer["error"];
    assert_eq!(error["code"], "invalid", "{answer}");
    let said = [&error["message"], &error["hint"]].map(|text| text.as_str().unwrap_or_default().to_owned());
    assert!(said[0].contains(told[0]) && said[1].contains(told[1]), "{answer}");
}

#[tokio::test]
async fn a_misspelt_field_is_refused_and_the_nearest_one_named() {
    let house = House::new().await;
    let (user, _) = house.add_user("Sophie", Some("astro"), "viewer", false).await;
    let run = house.submit(&house.owner, "home").await;
    let role = json!({ "user": user, "role": "member", "projct": "astro", "may_run_as_server": true });
    assert_refused(&house, "PUT", "/members", role, [r#"no field "projct""#, "`project`"]).await;
    let gone = json!({ "user": user, "projct": "astro" });
    assert_refused(&house, "DELETE", "/members", gone, [r#"no field "projct""#, "`project`"]).await;
    let token = json!({ "name": "ci", "day": 7 });
    assert_refused(&house, "POST", "/tokens", token, [r#"no field "day""#, "`days`"]).await;
    let points = json!({ "points": [{ "key": "a", "value": 1, "stpe": 7 }] });
    let path = format!("/runs/{run}/metrics");
    assert_refused(&house, "POST", &path, points, [r#"no field "stpe" in `points`"#, "`step`"]).await;
    for (field, nearest) in [("projct", "`project`"), ("inputz", "`inputs`"), ("limit", "`limits`")] {
        let mut work = submission("home");
        work[field] = json!(null);
        let told = format!("no field {field:?}");
        assert_refused(&house, "POST", "/runs", work, [&told, nearest]).await;
    }
    let mut work = submission("home");
    work["limits"] = json!({ "wal_s": 3 });
    assert_refused(&house, "POST", "/runs", work, [r#"no field "wal_s" in `limits`"#, "`wall_s`"]).await;
    // What was refused did nothing.
    let (_, members) = house.get(&house.owner, "/members?everywhere=true").await;
    let hers = members["items"].as_array().unwrap().iter().filter(|member| member["user"]["id"] == user.as_str());
    let hers: Vec<_> = hers.map(|member| [&member["project"], &member["role"]]).collect();
    assert_eq!(hers, [[&json!("astro"), &json!("viewer")]]);
}

#[tokio::test]
async fn a_misspelt_parameter_is_refused() {
    let house = House::new().await;
    for (path, told) in [
        ("/graph?node=run%2F7Q2M", [r#"no parameter "node""#, "known here: of,"]),
        ("/runs?projct=astro", [r#"no parameter "projct""#, "`project`"]),
        ("/members?every=true", [r#"no parameter "every""#, "known here:"]),
        ("/publications?claims=x", [r#"no parameter "claims""#, "`claim`"]),
        ("/events?runs=x", [r#"no parameter "runs""#, "`run`"]),
    ] {
        assert_refused(&house, "GET", path, Value::Null, told).await;
    }
    let (_, answer) = house.get(&house.owner, "/publications?claim=x&project=home&q=y&limit=1").await;
    assert!(!answer.to_string().contains("no parameter"), "{answer}");
}

/// Those of runners, which may be newer than the server, and the one that needs no token.
fn is_asked_leniently(path: &str) -> bool {
    path.starts_with("/runner/") || path == "/proof"
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_every_operation() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "home").await;
    let digest = "a".repeat(64);
    let mut asked = 0;
    for operation in operations() {
        if is_asked_leniently(&operation.path) {
            continue;
        }
        let path = access::path(&operation, &run, &digest);
        let path = format!("{path}{}bogus=1", if path.contains('?') { '&' } else { '?' });
        let body = access::body(&operation, &run, &digest);
        let (status, answer) = house.send(request(&house.owner, &operation.method, &path, None, &body)).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {path}: {answer}", operation.method);
        // What answers a HEAD has no body.
        let said = r#"there is no parameter \"bogus\""#;
        assert!(operation.method == "HEAD" || answer.contains(said), "{} {path}: {answer}", operation.method);
        asked += 1;
    }
    assert!(asked > 70, "{asked} operations");
    // Without a good token nothing is learned of it.
    let (status, _) = house.get("wrong", "/me?bogus=1").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    // An empty query says nothing.
    let (status, _) = house.get(&house.owner, "/me?").await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = house.get(&house.owner, "/overview?project=home").await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")));
}
