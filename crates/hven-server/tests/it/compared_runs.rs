//! Lists of runs with a condition, and comparisons, over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    additions_after_end::measured,
    test_home::{TestHome, ended_well},
};

/// Escapes a text for a query.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

async fn listed(home: &TestHome, condition: &str, rest: &str) -> Value {
    let (status, answer) = home.get(&home.owner, &format!("/runs?where={}{rest}", escaped(condition))).await;
    assert_eq!(status, StatusCode::OK, "{condition}: {answer}");
    answer
}

async fn refused(home: &TestHome, condition: &str) -> String {
    let (status, answer) = home.get(&home.owner, &format!("/runs?where={}", escaped(condition))).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")),
        "{condition}: {answer}"
    );
    answer["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_condition_and_an_order_go_through_the_api() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut after = 0;
    let (first, attempt) = measured(&home, &runner, &mut after, 0.5).await;
    let (second, _) = measured(&home, &runner, &mut after, 0.9).await;
    let odd = json!({ "points": [
        { "key": "val/acc 😀`x`", "value": "NaN" }, { "key": "state", "value": 7 }, { "key": "inf", "value": "Infinity" },
    ] });
    home.call(&home.owner, "POST", &format!("/runs/{second}/metrics"), odd).await;
    let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    home.until(&format!("/runs/{first}"), |run| run["state"] == "done").await;

    let ids = |answer: &Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    };
    // One has ended, the other is running.
    assert_eq!(ids(&listed(&home, "acc > 0.4", "&sort=acc").await), [first.clone(), second.clone()]);
    assert_eq!(ids(&listed(&home, "acc > 0.6", "").await), std::slice::from_ref(&second));
    assert_eq!(ids(&listed(&home, "run.state != 'done' and lr == 0.1", "").await), std::slice::from_ref(&second));
    assert_eq!(ids(&listed(&home, "metrics.state == 7", "").await), std::slice::from_ref(&second));
    let odd =
        listed(&home, "`val/acc 😀``x``` is missing", "&columns=inf,%60val%2Facc%20%F0%9F%98%80%60%60x%60%60%60").await;
    assert_eq!(odd["counted"], json!({ "fit": 2, "cannot_tell": 0 }));
    assert_eq!(odd["values"], json!([["Infinity", "NaN"], [null, null]]));
    assert_eq!(listed(&home, "inf > 1e308", "").await["counted"], json!({ "fit": 1, "cannot_tell": 1 }));
    let plain = home.get(&home.owner, "/runs").await.1;
    assert!(plain.get("counted").is_none() && plain.get("values").is_none(), "{plain}");

    assert!(refused(&home, "ac > 1").await.contains("is `acc` meant?"));
    assert!(refused(&home, "acc >").await.contains('^'));
    assert!(refused(&home, "acc > 1 [m]").await.contains("unit"));
    assert!(refused(&home, "").await.contains("cannot be read"));
    let long = format!("acc > 0{}", " and acc > 0".repeat(332));
    assert!(long.len() > 3900, "{}", long.len());
    assert_eq!(ids(&listed(&home, &long, "").await).len(), 2);

    let (_, columns) = home.get(&home.owner, "/runs/columns").await;
    let named =
        |name: &str| columns["columns"].as_array().unwrap().iter().find(|column| column["name"] == name).cloned();
    assert_eq!(
        named("acc").unwrap(),
        json!({
            "name": "acc", "of": "metric", "expression": "acc", "kind": "number", "runs": 2, "low": 0.5, "high": 0.9,
        })
    );
    assert_eq!(named("val/acc 😀`x`").unwrap()["expression"], "`val/acc 😀``x```");
    assert_eq!(named("inf").unwrap()["high"], Value::Null);

    let (status, compared) = home.get(&home.owner, &format!("/runs/compare?runs={first},{second}&metric=acc")).await;
    assert_eq!(status, StatusCode::OK, "{compared}");
    assert_eq!(compared["runs"].as_array().unwrap().len(), 2);
    assert_eq!(compared["metrics"][0]["last"], json!([0.5, 0.9]));
    assert_eq!(compared["influence"]["not_measured"][0]["because"], "too_few_runs");
    let (status, curves) = home.get(&home.owner, &format!("/runs/curves?runs={first},{second}&key=inf")).await;
    assert_eq!(status, StatusCode::OK, "{curves}");
    assert_eq!((&curves["curves"][0]["value"], &curves["without"][0]["id"]), (&json!(["Infinity"]), &json!(first)));
    for bad in ["/runs/compare?runs=", "/runs/compare", "/runs/curves?runs=last", "/runs/compare?runs=last&x=1"] {
        assert_eq!(home.get(&home.owner, bad).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    let absent = home.get(&home.owner, "/runs/compare?runs=last&metric=nothing").await;
    assert_eq!(absent.0, StatusCode::NOT_FOUND, "{}", absent.1);
}
