//! Runs in fresh folders, and recipes: what is refused, what a runner is told, and what it may fetch.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_app::ports::{Record, record::FactQuery};
use hven_core::{Digest, Fact};
use serde_json::{Value, json};

use crate::house::{HOST, House, ended_well, request, submission};

/// Uploads bytes and answers them as an input.
async fn input(house: &House, path: &str, bytes: &[u8]) -> Value {
    let digest = Digest::of(bytes).to_string();
    let put = Request::builder()
        .method("PUT")
        .uri(format!("/api/v1/objects/{digest}"))
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {}", house.owner))
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    let (status, _) = house.send(put).await;
    assert_eq!(status, StatusCode::CREATED);
    json!({ "path": path, "digest": digest, "size": bytes.len() })
}

async fn refused(house: &House, work: &Value) -> String {
    let (status, answer) = house.call(&house.owner, "POST", "/runs", work.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    answer["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_record_says_what_was_there_when_a_run_was_submitted() {
    let house = House::new().await;
    let there = input(&house, "a.csv", b"1,2\n").await;
    let never = Digest::of(b"never brought");
    let mut work = submission("home");
    work["inputs"] = json!([there, { "path": "b.csv", "digest": never.to_string(), "size": 13 }]);
    let (status, answer) = house.call(&house.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let query = FactQuery { kind: Some("run.submitted".to_owned()), limit: 1, ..FactQuery::default() };
    let fact = Record::facts(&house.home, query).await.unwrap().remove(0).fact().unwrap();
    let Some(Fact::RunSubmitted(submitted)) = fact else { panic!("it is no submission") };
    assert_eq!(submitted.absent, Some([never].into()));
}

#[tokio::test]
async fn a_recipe_is_run_by_the_servers_own_program() {
    let house = House::new().await;
    let runner = house.runner().await;
    let table = input(&house, "planets.csv", b"name,period\n").await;
    let work = json!({
        "recipe": { "name": "law", "arguments": { "target": "period", "seed": 7 } },
        "inputs": [table], "outputs": ["law.json"],
    });
    let (status, created) = house.call(&house.owner, "POST", "/runs", work.clone()).await;
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
    let (_, detail) = house.get(&house.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["spec"]["recipe"], json!({ "name": "law", "version": 2, "arguments": arguments }));
    assert_eq!(
        (&detail["spec"]["place"], &detail["spec"]["argv"], &detail["spec"]["cwd"]),
        (&json!("fresh"), &json!([]), &json!(""))
    );
    let (_, list) = house.get(&house.owner, "/runs?q=law").await;
    assert_eq!(list["items"][0]["command"], "recipe law");
    let facts = house.get(&house.owner, &format!("/facts?run={run}&kind=run.submitted")).await.1.to_string();
    assert!(!facts.contains("/opt/hven"), "the record does not say where the program lay: {facts}");

    let (_, pushed) = runner.push(json!([ended_well(&start["attempt"])])).await;
    assert_eq!(pushed["behind"], json!([]));
    let (status, again) = house.call(&house.owner, "POST", "/runs", work.clone()).await;
    assert_eq!((status, &again["up_to_date"]), (StatusCode::OK, &json!(true)), "{again}");
    assert!(again["because"].as_str().unwrap().contains("same recipe, arguments and inputs"), "{again}");
    let (_, explained) = house.get(&house.owner, &format!("/runs/{run}/explain")).await;
    assert!(explained.to_string().contains("The same recipe with the same arguments"), "{explained}");
    let mut other = work;
    other["recipe"]["arguments"]["seed"] = json!(8);
    let (status, _) = house.call(&house.owner, "POST", "/runs", other).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_a_recipe_or_a_fresh_folder_cannot_have_is_refused() {
    let house = House::new().await;
    let recipe = |name: &str| json!({ "recipe": { "name": name, "arguments": { "target": "period" } } });
    assert_eq!(refused(&house, &recipe("lwa")).await, "the recipe \"lwa\" is not known: there are import, law");
    let mut with_command = recipe("law");
    with_command["argv"] = json!(["true"]);
    assert!(refused(&house, &with_command).await.starts_with("a recipe takes no command"));
    let batch = json!({ "template": recipe("law"), "runs": [{ "argv": [] }] });
    let (status, answer) = house.call(&house.owner, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let mut fresh = json!({ "argv": ["true"], "cwd": "/", "place": "fresh" });
    assert!(refused(&house, &fresh).await.contains("the working directory \"/\" is absolute"));
    fresh["cwd"] = json!("");
    fresh["inputs"] = json!([{ "path": "in", "digest": "1".repeat(64), "size": 1 }]);
    assert!(refused(&house, &fresh).await.contains("which is not in this home: upload it first"));
    fresh["inputs"] = json!([]);
    fresh["outputs"] = json!(["../out"]);
    assert!(refused(&house, &fresh).await.contains("nothing may leave a fresh folder"));
}

#[tokio::test]
async fn a_runner_fetches_what_its_attempts_need_and_nothing_else() {
    let house = House::new().await;
    let runner = house.runner().await;
    let table = input(&house, "planets.csv", b"name,period\n").await;
    let inner = input(&house, "deep/a", b"alpha").await;
    let listing = json!({ "files": [inner] }).to_string();
    let mut folder = input(&house, "data", listing.as_bytes()).await;
    (folder["kind"], folder["size"]) = (json!("folder"), json!(5));
    let foreign = input(&house, "secret", b"another's").await;
    let work = json!({ "argv": ["true"], "place": "fresh", "inputs": [table, folder] });
    let (status, created) = house.call(&house.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let command = runner.pull(0).await.swap_remove(0);
    let attempt = command["command"]["start"]["attempt"].clone();
    let fetch = async |token: &str, object: &Value, from: u64| {
        let digest = object["digest"].as_str().unwrap();
        let path = format!("/runner/objects/{}/{digest}?from={from}", attempt.as_str().unwrap());
        house.send(request(token, "GET", &path, None, &Value::Null)).await
    };
    assert_eq!(fetch(&runner.token, &table, 0).await, (StatusCode::OK, b"name,period\n".to_vec()));
    assert_eq!(fetch(&runner.token, &table, 5).await, (StatusCode::OK, b"period\n".to_vec()));
    assert_eq!(fetch(&runner.token, &table, 100).await, (StatusCode::OK, Vec::new()));
    assert_eq!(fetch(&runner.token, &folder, 0).await, (StatusCode::OK, listing.into_bytes()));
    assert_eq!(fetch(&runner.token, &inner, 0).await, (StatusCode::OK, b"alpha".to_vec()));
    assert_eq!(fetch(&runner.token, &foreign, 0).await.0, StatusCode::NOT_FOUND);
    assert_eq!(fetch(&house.owner, &table, 0).await.0, StatusCode::FORBIDDEN);
    let other = hven_app::keys::runner_token(crate::house::KEY, hven_core::RunnerId::from_u128(9));
    assert_eq!(fetch(&other, &table, 0).await.0, StatusCode::FORBIDDEN);
    let (status, _) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(fetch(&runner.token, &table, 0).await.0, StatusCode::FORBIDDEN, "it has ended");
}
