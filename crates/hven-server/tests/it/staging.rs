//! Fresh folders and recipes: refused submissions, start commands, and the objects that a runner may fetch.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_app::ports::{Record, record::FactQuery};
use hven_core::{Digest, Fact};
use serde_json::{Value, json};

use crate::test_home::{HOST, TestHome, ended_well, request, submission};

/// Uploads bytes, and returns them as an input.
async fn input(home: &TestHome, path: &str, bytes: &[u8]) -> Value {
    let digest = Digest::of(bytes).to_string();
    let put = Request::builder()
        .method("PUT")
        .uri(format!("/api/v1/objects/{digest}"))
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {}", home.owner))
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    let (status, _) = home.send(put).await;
    assert_eq!(status, StatusCode::CREATED);
    json!({ "path": path, "digest": digest, "size": bytes.len() })
}

async fn refused(home: &TestHome, work: &Value) -> String {
    let (status, answer) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    answer["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_record_contains_the_inputs_as_they_were_at_submission() {
    let home = TestHome::new().await;
    let there = input(&home, "a.csv", b"1,2\n").await;
    let never = Digest::of(b"never brought");
    let mut work = submission("home");
    work["inputs"] = json!([there, { "path": "b.csv", "digest": never.to_string(), "size": 13 }]);
    let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let query = FactQuery { kind: Some("run.submitted".to_owned()), limit: 1, ..FactQuery::default() };
    let fact = Record::facts(&home.store, query).await.unwrap().remove(0).fact().unwrap();
    let Some(Fact::RunSubmitted(submitted)) = fact else { panic!("it is no submission") };
    assert_eq!(submitted.absent, Some([never].into()));
}

#[tokio::test]
async fn a_recipe_runs_with_the_servers_own_program() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let table = input(&home, "planets.csv", b"name,period\n").await;
    let work = json!({
        "recipe": { "name": "law", "arguments": { "target": "period", "seed": 7 } },
        "inputs": [table], "outputs": ["law.json"],
    });
    let (status, created) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    assert_eq!(created["run"]["command"], "recipe law");
    let command = runner.pull(0).await.swap_remove(0);
    let start = &command["command"]["start"];
    assert_eq!(start["argv"], json!(["/opt/hven/bin/hven", "recipe", "law"]));
    assert_eq!((&start["cwd"], &start["outputs"]), (&json!(""), &json!(["law.json"])));
    assert_eq!(start["environment"], json!({ "LANG": "C.UTF-8", "HVEN_RECIPE_VERSION": "2" }));
    assert_eq!(start["fresh"]["files"][0]["path"], "planets.csv");
    let arguments: Value = serde_json::from_str(start["fresh"]["texts"]["recipe.json"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({ "target": "period", "seed": 7 }));

    let run = created["run"]["id"].as_str().unwrap();
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["spec"]["recipe"], json!({ "name": "law", "version": 2, "arguments": arguments }));
    assert_eq!(
        (&detail["spec"]["place"], &detail["spec"]["argv"], &detail["spec"]["cwd"]),
        (&json!("fresh"), &json!([]), &json!(""))
    );
    let (_, list) = home.get(&home.owner, "/runs?q=law").await;
    assert_eq!(list["items"][0]["command"], "recipe law");
    let facts = home.get(&home.owner, &format!("/facts?run={run}&kind=run.submitted")).await.1.to_string();
    assert!(!facts.contains("/opt/hven"), "the record does not say where the program lay: {facts}");

    let (_, pushed) = runner.push(json!([ended_well(&start["attempt"])])).await;
    assert_eq!(pushed["behind"], json!([]));
    let (status, again) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
    assert_eq!((status, &again["up_to_date"]), (StatusCode::OK, &json!(true)), "{again}");
    assert!(again["because"].as_str().unwrap().contains("same recipe, arguments and inputs"), "{again}");
    let (_, explained) = home.get(&home.owner, &format!("/runs/{run}/explain")).await;
    assert!(explained.to_string().contains("The same recipe with the same arguments"), "{explained}");
    let mut other = work;
    other["recipe"]["arguments"]["seed"] = json!(8);
    let (status, _) = home.call(&home.owner, "POST", "/runs", other).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn invalid_settings_of_a_recipe_or_a_fresh_folder_are_refused() {
    let home = TestHome::new().await;
    let recipe = |name: &str| json!({ "recipe": { "name": name, "arguments": { "target": "period" } } });
    assert_eq!(refused(&home, &recipe("lwa")).await, "the recipe \"lwa\" is not known: there are import, law");
    let mut with_command = recipe("law");
    with_command["argv"] = json!(["true"]);
    assert!(refused(&home, &with_command).await.starts_with("a recipe takes no command"));
    let batch = json!({ "template": recipe("law"), "runs": [{ "argv": [] }] });
    let (status, answer) = home.call(&home.owner, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let mut fresh = json!({ "argv": ["true"], "cwd": "/", "place": "fresh" });
    assert!(refused(&home, &fresh).await.contains("the working directory \"/\" is absolute"));
    fresh["cwd"] = json!("");
    fresh["inputs"] = json!([{ "path": "in", "digest": "1".repeat(64), "size": 1 }]);
    assert!(refused(&home, &fresh).await.contains("which is not in this home: upload it first"));
    fresh["inputs"] = json!([]);
    fresh["outputs"] = json!(["../out"]);
    assert!(refused(&home, &fresh).await.contains("nothing may leave a fresh folder"));
}

#[tokio::test]
async fn a_runner_fetches_only_objects_that_its_attempts_need() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let table = input(&home, "planets.csv", b"name,period\n").await;
    let inner = input(&home, "deep/a", b"alpha").await;
    let listing = json!({ "files": [inner] }).to_string();
    let mut folder = input(&home, "data", listing.as_bytes()).await;
    (folder["kind"], folder["size"]) = (json!("folder"), json!(5));
    let foreign = input(&home, "secret", b"another's").await;
    let work = json!({ "argv": ["true"], "place": "fresh", "inputs": [table, folder] });
    let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let command = runner.pull(0).await.swap_remove(0);
    let attempt = command["command"]["start"]["attempt"].clone();
    let fetch = async |token: &str, object: &Value, from: u64| {
        let digest = object["digest"].as_str().unwrap();
        let path = format!("/runner/objects/{}/{digest}?from={from}", attempt.as_str().unwrap());
        home.send(request(token, "GET", &path, None, &Value::Null)).await
    };
    assert_eq!(fetch(&runner.token, &table, 0).await, (StatusCode::OK, b"name,period\n".to_vec()));
    assert_eq!(fetch(&runner.token, &table, 5).await, (StatusCode::OK, b"period\n".to_vec()));
    assert_eq!(fetch(&runner.token, &table, 100).await, (StatusCode::OK, Vec::new()));
    assert_eq!(fetch(&runner.token, &folder, 0).await, (StatusCode::OK, listing.into_bytes()));
    assert_eq!(fetch(&runner.token, &inner, 0).await, (StatusCode::OK, b"alpha".to_vec()));
    assert_eq!(fetch(&runner.token, &foreign, 0).await.0, StatusCode::NOT_FOUND);
    assert_eq!(fetch(&home.owner, &table, 0).await.0, StatusCode::FORBIDDEN);
    let other = hven_app::keys::runner_token(crate::test_home::KEY, hven_core::RunnerId::from_u128(9));
    assert_eq!(fetch(&other, &table, 0).await.0, StatusCode::FORBIDDEN);
    let (status, _) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(fetch(&runner.token, &table, 0).await.0, StatusCode::FORBIDDEN, "it has ended");
}
