//! Tests of the doors from outside: who may call each route, and what a client of MLflow sees.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_app::keys::{Keys, runner_token};
use hven_core::{AttemptId, RunId};
use hven_door::Access;
use serde_json::{Value, json};

use crate::{
    access::{body, operations, path},
    test_home::{DOORS, KEY, TestHome, ended_well, request},
};

/// A request to a route of a door, with this value of `Authorization`.
fn to_door(authorization: &str, method: &str, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:7878");
    let request = match authorization {
        "" => request,
        some => request.header(header::AUTHORIZATION, some),
    };
    let body = if method == "GET" { Body::empty() } else { Body::from(body.to_string()) };
    request.header(header::CONTENT_TYPE, "application/json").body(body).unwrap()
}

async fn ask(home: &TestHome, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let (status, answer) = home.send(to_door(&format!("Bearer {token}"), method, path, &body)).await;
    (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

/// The same for a call that works.
async fn told(home: &TestHome, token: &str, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = ask(home, token, method, path, body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{method} {path} {body}: {answer}");
    answer
}

const API: &str = "/api/2.0/mlflow";

async fn post(home: &TestHome, token: &str, what: &str, body: Value) -> Value {
    told(home, token, "POST", &format!("{API}/{what}"), body).await
}

async fn run_of(home: &TestHome, token: &str, run: &str) -> Value {
    told(home, token, "GET", &format!("{API}/runs/get?run_id={run}"), Value::Null).await["run"].clone()
}

/// Opens a run, and returns its id.
async fn create_run(home: &TestHome, token: &str, wanted: Value) -> String {
    let made = post(home, token, "runs/create", wanted).await;
    made["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

/// Fields that each route can read. The run, the experiment and the models are those of others.
fn fields(run: &str) -> Value {
    json!({
        "experiment_id": "0", "experiment_ids": ["0"], "experiment_name": "Default", "name": "model", "new_name": "other",
        "run_id": run, "run_uuid": run, "key": "k", "value": 1.0, "timestamp": 1, "metric_key": "k", "status": "FINISHED",
        "version": "1", "stage": "Production", "alias": "best", "source": "runs:/x/y", "model_json": "{}",
    })
}

fn filled(route: &str, run: &str) -> String {
    let path = route.replace("{*path}", &format!("0/{run}/artifacts/a.txt")).replace("{*rest}", "x");
    path.replace("{model}", "m-0").replace("{key}", "k")
}

fn query(run: &str) -> String {
    format!(
        "experiment_id=0&experiment_name=Default&name=model&run_id={run}&metric_key=k&version=1&alias=best&path=0/{run}/artifacts"
    )
}

/// The tags of MLflow are on the page of the run, and in conditions, orders, columns and rows of lists.
#[tokio::test]
async fn tags_that_a_client_sets_are_found_in_lists_of_runs() {
    let home = TestHome::new().await;
    let owner = home.owner.clone();
    let tags =
        |stage: &str| json!([{ "key": "stage", "value": stage }, { "key": "mlflow.note.content", "value": "# best" }]);
    let one = create_run(&home, &owner, json!({ "tags": tags("prod") })).await;
    let other = create_run(&home, &owner, json!({ "tags": [{ "key": "fold", "value": "3" }] })).await;
    for (key, value) in [("loss", 0.5), ("acc", 1.0)] {
        post(&home, &owner, "runs/log-metric", json!({ "run_id": one, "key": key, "value": value, "timestamp": 1 }))
            .await;
    }
    let (_, shown) = home.get(&home.owner, &format!("/runs/{one}")).await;
    assert_eq!(shown["named_tags"], json!({ "stage": "prod", "mlflow.note.content": "# best" }));
    let list = async |query: &str| {
        let (status, answer) = home.get(&home.owner, &format!("/runs?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {answer}");
        answer
    };
    let ids = |answer: &Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&list("where=tags.stage%20==%20'prod'").await), std::slice::from_ref(&one));
    assert_eq!(ids(&list("where=tags.fold%20%3E%202").await), std::slice::from_ref(&other));
    assert_eq!(ids(&list("where=tags.mlflow.note.content%20~%20'best'").await), std::slice::from_ref(&one));
    assert_eq!(ids(&list("sort=tags.stage").await), [one.clone(), other.clone()]);
    assert_eq!(list("sort=oldest&columns=tags.stage,tags.fold").await["values"], json!([["prod", null], [null, "3"]]));
    // Rows have what is requested, and nothing else.
    let rows = list("sort=oldest&named_tags=stage,fold&metrics=acc,nothing").await;
    assert_eq!(rows["items"][0]["named_tags"], json!({ "stage": "prod" }));
    assert_eq!(rows["items"][1]["named_tags"], json!({ "fold": "3" }));
    let keys = |run: &Value| -> Vec<String> {
        run["metrics"].as_array().unwrap().iter().map(|line| line["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((keys(&rows["items"][0]), keys(&rows["items"][1])), (vec!["acc".to_owned()], vec![]));
    assert_eq!(keys(&list("sort=oldest&metrics=*").await["items"][0]), ["acc", "loss"]);
    assert!(list("").await["items"][0].get("named_tags").is_none());
    let (_, columns) = home.get(&home.owner, "/runs/columns").await;
    let named: Vec<(&str, &str)> = columns["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["of"] == "tag")
        .map(|column| (column["name"].as_str().unwrap(), column["expression"].as_str().unwrap()))
        .collect();
    let expect = [("fold", "tags.fold"), ("mlflow.note.content", "tags.mlflow.note.content"), ("stage", "tags.stage")];
    assert_eq!(named, expect);
    // A tag that is changed or removed.
    post(&home, &owner, "runs/set-tag", json!({ "run_id": one, "key": "stage", "value": "old" })).await;
    post(&home, &owner, "runs/delete-tag", json!({ "run_id": one, "key": "mlflow.note.content" })).await;
    assert_eq!(home.get(&home.owner, &format!("/runs/{one}")).await.1["named_tags"], json!({ "stage": "old" }));
    let (status, unknown) = home.get(&home.owner, "/runs?where=tags.stag%20==%20'old'").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown["error"]["message"].as_str().unwrap().contains("tags.stage"), "{unknown}");
}

#[tokio::test]
async fn every_route_of_every_door_needs_a_valid_token_of_a_user_or_a_tracker() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "secret/study").await;
    runner.pull(0).await;
    let (keys, other) = (Keys::new(KEY), Keys::new([8; 32]));
    let live = AttemptId { run: run.parse().unwrap(), number: 1 };
    let dead = AttemptId { run: run.parse().unwrap(), number: 2 };
    let unknown = AttemptId { run: RunId::from_u128(1), number: 1 };
    let bearer = |token: String| format!("Bearer {token}");
    let invalid = [
        String::new(),
        bearer("wrong".to_owned()),
        bearer(keys.tracker_token(dead)),
        bearer(keys.tracker_token(unknown)),
        bearer(other.tracker_token(live)),
        bearer(keys.tracker_token(live).replace("hvt", "hva")),
        format!("Basic {}", STANDARD.encode("owner:wrong")),
        "Basic %%%".to_owned(),
        format!("hven_session={}", home.owner),
    ];
    let of_others =
        [bearer(keys.attempt_token(live)), bearer(runner.token.clone()), bearer(runner_token(KEY, runner.id))];
    let mut count = 0;
    for door in DOORS {
        for route in (door.routes)() {
            if route.access == Access::Open {
                continue;
            }
            count += 1;
            let path = format!("{}?{}", filled(route.path, &run), query(&run));
            let mut answers = Vec::new();
            for authorization in &invalid {
                let (status, answer) =
                    home.send(to_door(authorization, route.method.as_str(), &path, &fields(&run))).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {} with {authorization:?}", route.method, route.path);
                answers.push(answer);
            }
            answers.dedup();
            assert_eq!(answers.len(), 1, "{} {} distinguishes invalid tokens", route.method, route.path);
            for authorization in &of_others {
                let (status, _) = home.send(to_door(authorization, route.method.as_str(), &path, &fields(&run))).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
            }
        }
    }
    assert!(count > 60, "{count} routes");
    // The password of HTTP Basic is a token, too, and the session cookie of a browser counts for nothing.
    let basic = format!("Basic {}", STANDARD.encode(format!("mira:{}", home.owner)));
    let path = format!("{API}/experiments/get?experiment_id=0");
    assert_eq!(home.send(to_door(&basic, "GET", &path, &Value::Null)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_member_of_another_project_learns_and_changes_nothing() {
    let home = TestHome::new().await;
    let stranger = home.user("Ursus", Some("other"), "owner").await;
    let secret = post(&home, &home.owner, "experiments/create", json!({ "name": "secret/study" })).await;
    let secret = secret["experiment_id"].as_str().unwrap();
    let run = create_run(&home, &home.owner, json!({ "experiment_id": secret, "run_name": "hidden" })).await;
    let model = json!({ "experiment_id": secret, "name": "m", "source_run_id": run });
    let model = post(&home, &home.owner, "logged-models", model).await["model"]["info"]["model_id"].clone();
    post(&home, &home.owner, "registered-models/create", json!({ "name": "RM" })).await;
    let at = |path: &str| format!("{API}/{path}");
    for (method, path, body) in [
        ("GET", at(&format!("experiments/get?experiment_id={secret}")), Value::Null),
        ("GET", at("experiments/get-by-name?experiment_name=secret/study"), Value::Null),
        ("GET", at(&format!("runs/get?run_id={run}")), Value::Null),
        ("GET", at(&format!("metrics/get-history?run_id={run}&metric_key=a")), Value::Null),
        ("GET", at(&format!("artifacts/list?run_id={run}")), Value::Null),
        ("GET", format!("/api/2.0/mlflow-artifacts/artifacts?path={secret}/{run}/artifacts"), Value::Null),
        ("GET", format!("/api/2.0/mlflow-artifacts/artifacts/{secret}/{run}/artifacts/a"), Value::Null),
        ("PUT", format!("/api/2.0/mlflow-artifacts/artifacts/{secret}/{run}/artifacts/a"), json!("x")),
        ("POST", at("runs/create"), json!({ "experiment_id": secret })),
        ("POST", at("runs/update"), json!({ "run_id": run, "status": "FAILED" })),
        ("POST", at("runs/delete"), json!({ "run_id": run })),
        ("POST", at("runs/log-metric"), json!({ "run_id": run, "key": "a", "value": 1, "timestamp": 1 })),
        ("POST", at("runs/set-tag"), json!({ "run_id": run, "key": "a", "value": "b" })),
        ("POST", at("runs/log-parameter"), json!({ "run_id": run, "key": "a", "value": "b" })),
        ("POST", at("experiments/delete"), json!({ "experiment_id": secret })),
        ("GET", at(&format!("logged-models/{}", model.as_str().unwrap())), Value::Null),
        ("GET", at("registered-models/get?name=RM"), Value::Null),
        ("DELETE", at("registered-models/delete"), json!({ "name": "RM" })),
    ] {
        let (status, answer) = ask(&home, &stranger, method, &path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {answer}");
        assert!(!answer.to_string().contains("hidden"), "{answer}");
    }
    let found = post(&home, &stranger, "runs/search", json!({ "experiment_ids": [secret, "0"] })).await;
    assert_eq!(found, json!({}));
    let all = post(&home, &stranger, "experiments/search", json!({})).await;
    assert_eq!(all["experiments"].as_array().unwrap().len(), 1, "{all}");
    for search in ["registered-models/search", "model-versions/search"] {
        assert_eq!(told(&home, &stranger, "GET", &at(search), Value::Null).await, json!({}), "{search}");
    }
    let run = run_of(&home, &home.owner, &run).await;
    assert_eq!((&run["info"]["status"], &run["data"]["metrics"]), (&json!("RUNNING"), &Value::Null), "{run}");
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let home = TestHome::new().await;
    let experiment = post(&home, &home.owner, "experiments/create", json!({ "name": "open" })).await;
    let experiment = experiment["experiment_id"].as_str().unwrap();
    let run = create_run(&home, &home.owner, json!({ "experiment_id": experiment })).await;
    let viewer = home.user("Sophie", None, "viewer").await;
    assert_eq!(run_of(&home, &viewer, &run).await["info"]["status"], "RUNNING");
    for (what, body) in [
        ("runs/create", json!({ "experiment_id": experiment })),
        ("runs/update", json!({ "run_id": run, "status": "FAILED" })),
        ("runs/log-metric", json!({ "run_id": run, "key": "a", "value": 1, "timestamp": 1 })),
        ("runs/set-tag", json!({ "run_id": run, "key": "a", "value": "b" })),
        ("experiments/create", json!({ "name": "new" })),
        ("experiments/set-experiment-tag", json!({ "experiment_id": experiment, "key": "a", "value": "b" })),
        ("registered-models/create", json!({ "name": "RM" })),
    ] {
        let (status, answer) = ask(&home, &viewer, "POST", &format!("{API}/{what}"), body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{what}: {answer}");
        assert_eq!(answer["error_code"], "PERMISSION_DENIED");
    }
}

#[tokio::test]
async fn the_first_run_of_a_process_is_its_own_and_later_ones_are_its_children() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "astro").await;
    let other = home.submit(&home.owner, "biology").await;
    let starts = runner.pull(0).await;
    let start = starts.iter().find(|start| start["command"]["start"]["attempt"] == format!("{run}.1")).unwrap();
    let tracker = &start["command"]["start"]["trackers"][0];
    assert_eq!(tracker["address_variable"], "MLFLOW_TRACKING_URI");
    let token = tracker["token"].as_str().unwrap();

    let experiment = post(&home, token, "experiments/create", json!({ "name": "tune" })).await;
    let experiment = experiment["experiment_id"].as_str().unwrap();
    let own = create_run(&home, token, json!({ "experiment_id": experiment, "run_name": "mine" })).await;
    assert_eq!(own, run);
    let child = create_run(&home, token, json!({ "experiment_id": experiment })).await;
    let left_open = create_run(&home, token, json!({ "experiment_id": experiment })).await;
    assert_ne!(child, run);
    post(&home, token, "runs/log-metric", json!({ "run_id": own, "key": "loss", "value": 0.5, "timestamp": 1000 }))
        .await;
    post(&home, token, "runs/update", json!({ "run_id": child, "status": "FINISHED" })).await;
    // The end of a process is what Hven sees, not what it says.
    let updated = post(&home, token, "runs/update", json!({ "run_id": own, "status": "FINISHED" })).await;
    assert_eq!(updated["run_info"]["status"], "SCHEDULED");
    let found = post(&home, token, "runs/search", json!({ "experiment_ids": [experiment] })).await;
    assert_eq!(found["runs"].as_array().unwrap().len(), 3, "{found}");
    let (_, shown) = home.get(&home.owner, &format!("/runs/{child}")).await;
    assert_eq!((&shown["project"], &shown["external"]["parent"]), (&json!("astro/tune"), &json!(run)), "{shown}");
    let (_, shown) = home.get(&home.owner, &format!("/runs/{run}/metrics")).await;
    assert_eq!(shown["metrics"][0]["key"], "loss", "{shown}");

    // It reaches nothing beyond its project.
    let (status, _) = ask(&home, token, "GET", &format!("{API}/runs/get?run_id={other}"), Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for operation in operations() {
        // The only operation without a token.
        if operation.path == "/proof" {
            continue;
        }
        let (path, body) = (path(&operation, &run, &"0".repeat(64)), body(&operation, &run, &"0".repeat(64)));
        let (status, _) = home.send(request(token, &operation.method, &path, None, &body)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{} {}", operation.method, operation.path);
    }

    let attempt = &start["command"]["start"]["attempt"];
    let (status, answer) = runner
        .push(json!([
            { "process_started": { "attempt": attempt, "at": "2026-01-01T00:00:00Z", "pid": 1 } }, ended_well(attempt)
        ]))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
    let (status, _) = ask(&home, token, "GET", &format!("{API}/runs/get?run_id={run}"), Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    // Nothing can report the run that it left open.
    let shown = home.until(&format!("/runs/{left_open}"), |run| run["state"] != "running").await;
    assert_eq!(shown["outcome"], "failed: its process ended and left it open");
    let shown = run_of(&home, &home.owner, &child).await;
    assert_eq!(shown["info"]["status"], "FINISHED");
}

#[tokio::test]
async fn requests_that_cannot_be_read_are_refused_in_the_words_of_mlflow() {
    let home = TestHome::new().await;
    let run = create_run(&home, &home.owner, json!({ "experiment_id": "0" })).await;
    let many = |count: usize, key: &str| {
        (0..count).map(|i| json!({ "key": format!("{key}{i}"), "value": "1", "timestamp": 1 })).collect::<Vec<_>>()
    };
    for (what, body, why) in [
        (
            "runs/log-metric",
            json!({ "run_id": run, "value": 1, "timestamp": 1 }),
            "Missing value for required parameter 'key'",
        ),
        (
            "runs/log-metric",
            json!({ "run_id": run, "key": "a", "value": "x", "timestamp": 1 }),
            "Invalid value \"x\" for parameter 'value'",
        ),
        (
            "runs/log-metric",
            json!({ "run_id": run, "key": "a\u{0}", "value": 1, "timestamp": 1 }),
            "control characters",
        ),
        (
            "runs/log-metric",
            json!({ "run_id": run, "key": 7, "value": 1, "timestamp": 1 }),
            "Invalid value 7 for parameter 'key'",
        ),
        ("runs/log-batch", json!({ "run_id": run, "metrics": many(1001, "m") }), "at most 1000 metrics"),
        ("runs/log-batch", json!({ "run_id": run, "params": many(101, "p") }), "at most 100 params"),
        ("runs/log-batch", json!({ "run_id": run, "metrics": many(1, &"k".repeat(300)) }), "length limit of 250"),
        (
            "runs/log-parameter",
            json!({ "run_id": run, "key": "p", "value": "x".repeat(10 << 20) }),
            "length limit of 6000",
        ),
        ("runs/search", json!({ "experiment_ids": ["0"], "filter": "metrics.a >" }), "a value is missing"),
        ("runs/search", json!({ "experiment_ids": ["0"], "filter": "nonsense = 'a'" }), "Invalid attribute key"),
        ("runs/search", json!({ "experiment_ids": ["0"], "max_results": 1_000_000 }), "at most 50000"),
        ("runs/search", json!({ "experiment_ids": ["0"], "page_token": "??" }), "Invalid page token"),
        ("runs/update", json!({ "run_id": run, "status": "GONE" }), "for parameter 'status'"),
        ("experiments/create", json!({ "name": "" }), "Missing value"),
        ("experiments/create", json!({ "name": "a".repeat(501) }), "500 characters"),
        ("registered-models/create", json!({ "name": "a/b" }), "Invalid model name"),
        ("runs/create", json!([]), "not a JSON object"),
    ] {
        let (status, answer) = ask(&home, &home.owner, "POST", &format!("{API}/{what}"), body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{what}: {answer}");
        assert_eq!(answer["error_code"], "INVALID_PARAMETER_VALUE", "{what}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(why), "{what}: {}", &message[..message.len().min(300)]);
    }
    let data = &run_of(&home, &home.owner, &run).await["data"];
    assert_eq!((&data["metrics"], &data["params"]), (&Value::Null, &Value::Null), "a refused batch leaves nothing");
    for unknown in ["/api/2.0/mlflow/nothing", "/api/3.0/mlflow/traces", "/ajax-api/2.0/mlflow/runs/get"] {
        let (status, answer) = ask(&home, &home.owner, "POST", unknown, json!({})).await;
        assert_eq!((status, &answer["error_code"]), (StatusCode::NOT_FOUND, &json!("ENDPOINT_NOT_FOUND")));
    }
}

#[tokio::test]
async fn prometheus_gets_the_figures_that_its_token_may_see() {
    let home = TestHome::new().await;
    home.submit(&home.owner, "secret/study").await;
    let stranger = home.user("Ursus", Some("other"), "viewer").await;
    for (token, waiting) in [(&home.owner, "1"), (&stranger, "0")] {
        let (status, text) = home.send(to_door(&format!("Bearer {token}"), "GET", "/metrics", &Value::Null)).await;
        let text = String::from_utf8(text).unwrap();
        assert_eq!(status, StatusCode::OK, "{text}");
        assert!(text.contains(&format!("\nhven_runs{{state=\"waiting\"}} {waiting}\n")), "{text}");
        // Each family has a type, and each line of a family its name.
        let mut family = "";
        for line in text.lines() {
            match line.strip_prefix("# TYPE ") {
                Some(typed) => family = typed.split(' ').next().unwrap(),
                None => assert!(line.starts_with("# HELP ") || line.starts_with(family), "{line}"),
            }
        }
    }
}

#[tokio::test]
async fn a_file_never_leaves_its_run() {
    let home = TestHome::new().await;
    let run = create_run(&home, &home.owner, json!({ "experiment_id": "0" })).await;
    let artifacts = "/api/2.0/mlflow-artifacts/artifacts";
    for path in [
        "../../x",
        "a/../../x",
        "..",
        "a/..",
        "%2e%2e/x",
        "a/%2e%2e/%2e%2e/x",
        "%2E%2E%2Fx",
        "a%2F..%2F..%2Fx",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "//etc/passwd",
        "a//b",
        "./a",
        "a/.",
        "a%00b",
        "..%5Cx",
        "a%5C..%5C..%5Cx",
        "%5Cetc%5Cpasswd",
        "C:%5Cx",
        "a%0Ab",
    ] {
        for method in ["PUT", "GET"] {
            let address = format!("{artifacts}/0/{run}/artifacts/{path}");
            let (status, answer) = ask(&home, &home.owner, method, &address, json!("x")).await;
            let is_refused = status == StatusCode::BAD_REQUEST || status == StatusCode::NOT_FOUND;
            assert!(is_refused, "{method} {path}: {status} {answer}");
            assert!(answer["error_code"].is_string(), "{method} {path}: {answer}");
        }
        let list = format!("{artifacts}?path=0/{run}/artifacts/{path}");
        let (_, answer) = ask(&home, &home.owner, "GET", &list, Value::Null).await;
        assert!(answer["files"].is_null(), "{path}: {answer}");
        let list = format!("{API}/artifacts/list?run_id={run}&path={path}");
        let (_, answer) = ask(&home, &home.owner, "GET", &list, Value::Null).await;
        assert!(answer["files"].is_null(), "{path}: {answer}");
    }
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["output_files"], json!([]), "nothing was kept of them");
    told(&home, &home.owner, "PUT", &format!("{artifacts}/0/{run}/artifacts/d/a%20b.html"), json!("<script>")).await;
    let listed = told(&home, &home.owner, "GET", &format!("{artifacts}?path=0/{run}/artifacts/d"), Value::Null).await;
    assert_eq!(listed, json!({ "files": [{ "path": "a b.html", "is_dir": false, "file_size": 10 }] }));
    let (status, _) = ask(&home, &home.owner, "GET", &format!("{artifacts}/0/{run}/artifacts/none"), Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // The outputs of a run stay in the record.
    let (status, answer) =
        ask(&home, &home.owner, "DELETE", &format!("{artifacts}/0/{run}/artifacts/d"), Value::Null).await;
    assert_eq!((status, &answer["error_code"]), (StatusCode::NOT_IMPLEMENTED, &json!("NOT_IMPLEMENTED")));
}

#[tokio::test]
async fn documents_of_clients_survive_a_restart() {
    let home = TestHome::new().await;
    let experiment = post(&home, &home.owner, "experiments/create", json!({ "name": "My tests (v2)" })).await;
    let experiment = experiment["experiment_id"].as_str().unwrap().to_owned();
    let run = create_run(&home, &home.owner, json!({ "experiment_id": experiment, "run_name": "a" })).await;
    post(&home, &home.owner, "runs/set-tag", json!({ "run_id": run, "key": "t", "value": "行星" })).await;
    post(&home, &home.owner, "runs/log-parameter", json!({ "run_id": run, "key": "lr", "value": "1e-05" })).await;
    let before = run_of(&home, &home.owner, &run).await;
    let again = home.served_again().await;
    let path = format!("{API}/runs/get?run_id={run}");
    let request = to_door(&format!("Bearer {}", home.owner), "GET", &path, &Value::Null);
    let answer = tower::ServiceExt::oneshot(again.router(), request).await.unwrap();
    let answer = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["run"], before);
    assert_eq!(before["data"]["params"], json!([{ "key": "lr", "value": "1e-05" }]));
    assert_eq!(before["info"]["experiment_id"], experiment);
}

#[tokio::test]
async fn many_calls_at_once_lose_no_tag() {
    let home = TestHome::new().await;
    let run = create_run(&home, &home.owner, json!({ "experiment_id": "0" })).await;
    let calls = (0..20).map(|i| {
        post(&home, &home.owner, "runs/set-tag", json!({ "run_id": run, "key": format!("t{i}"), "value": "x" }))
    });
    futures::future::join_all(calls).await;
    let tags = run_of(&home, &home.owner, &run).await["data"]["tags"].clone();
    let mine = tags.as_array().unwrap().iter().filter(|tag| tag["value"] == "x").count();
    assert_eq!(mine, 20, "{tags}");
}

/// A run that Hven deleted, and a run that MLflow deleted, take nothing; the first is not found any more.
#[tokio::test]
async fn a_deleted_run_takes_nothing_and_is_not_shown() {
    let home = TestHome::new().await;
    let owner = home.owner.clone();
    let end =
        async |run: &str| post(&home, &owner, "runs/update", json!({ "run_id": run, "status": "FINISHED" })).await;
    let gone = create_run(&home, &owner, json!({ "experiment_id": "0", "run_name": "gone" })).await;
    let archived = create_run(&home, &owner, json!({ "experiment_id": "0", "run_name": "archived" })).await;
    let live = create_run(&home, &owner, json!({ "experiment_id": "0", "run_name": "live" })).await;
    for run in [&gone, &archived] {
        let metric = json!({ "run_id": run, "key": "loss", "value": 0.5, "timestamp": 1 });
        post(&home, &owner, "runs/log-metric", metric).await;
        post(&home, &owner, "runs/set-tag", json!({ "run_id": run, "key": "stage", "value": "prod" })).await;
        end(run).await;
    }
    post(&home, &owner, "runs/delete", json!({ "run_id": archived })).await;
    let (status, answer) = home.call(&owner, "DELETE", &format!("/runs/{gone}?because=no%20use"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{answer}");

    let refused = async |what: &str, body: Value| {
        let (status, answer) = ask(&home, &owner, "POST", &format!("{API}/{what}"), body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{what}: {answer}");
        assert_eq!(answer["error_code"], "INVALID_PARAMETER_VALUE", "{what}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.ends_with("must be in the 'active' state. Current state is deleted."), "{what}: {message}");
    };
    let metric = json!({ "key": "loss", "value": 1, "timestamp": 1 });
    for run in [&gone, &archived] {
        let with = |more: Value| {
            let mut body = json!({ "run_id": run });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        refused("runs/log-metric", with(metric.clone())).await;
        refused("runs/log-batch", with(json!({ "metrics": [metric] }))).await;
        refused("runs/log-batch", with(json!({ "params": [{ "key": "a", "value": "1" }] }))).await;
        refused("runs/log-batch", with(json!({ "tags": [{ "key": "a", "value": "1" }] }))).await;
        refused("runs/log-parameter", with(json!({ "key": "a", "value": "1" }))).await;
        refused("runs/set-tag", with(json!({ "key": "a", "value": "1" }))).await;
        refused("runs/delete-tag", with(json!({ "key": "stage" }))).await;
        refused("runs/update", with(json!({ "run_name": "other" }))).await;
        refused("runs/log-inputs", with(json!({ "datasets": [] }))).await;
        refused("runs/outputs", with(json!({ "models": [] }))).await;
        refused("runs/log-model", with(json!({ "model_json": "{}" }))).await;
        let artifact = format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/a.txt");
        let (status, answer) = ask(&home, &owner, "PUT", &artifact, json!("x")).await;
        assert_eq!((status, &answer["error_code"]), (StatusCode::BAD_REQUEST, &json!("INVALID_PARAMETER_VALUE")));
    }
    refused("runs/delete", json!({ "run_id": gone })).await;
    refused("runs/restore", json!({ "run_id": gone })).await;
    // It is not found, and no list has it.
    for path in [
        format!("{API}/runs/get?run_id={gone}"),
        format!("{API}/metrics/get-history?run_id={gone}&metric_key=loss"),
        format!("{API}/artifacts/list?run_id={gone}"),
    ] {
        let (status, answer) = ask(&home, &owner, "GET", &path, Value::Null).await;
        let code = &answer["error_code"];
        assert_eq!((status, code), (StatusCode::NOT_FOUND, &json!("RESOURCE_DOES_NOT_EXIST")), "{path}: {answer}");
    }
    let search = json!({ "experiment_ids": ["0"], "run_view_type": "ALL" });
    let found = post(&home, &owner, "runs/search", search).await;
    let mut names: Vec<&str> =
        found["runs"].as_array().unwrap().iter().map(|run| run["info"]["run_name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["archived", "live"]);
    post(&home, &owner, "runs/log-metric", json!({ "run_id": live, "key": "loss", "value": 1, "timestamp": 1 })).await;
    // A restored run takes values again.
    post(&home, &owner, "runs/restore", json!({ "run_id": archived })).await;
    let again = json!({ "run_id": archived, "key": "loss", "value": 1, "timestamp": 1 });
    post(&home, &owner, "runs/log-metric", again).await;
}
