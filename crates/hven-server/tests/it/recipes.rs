//! Recipes: their schemas, and the check of their arguments.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::test_home::TestHome;

#[tokio::test]
async fn recipes_describe_themselves() {
    let home = TestHome::new().await;
    let (status, list) = home.get(&home.owner, "/recipes").await;
    assert_eq!((status, &list["schema"]), (StatusCode::OK, &json!("hven.recipes/1")), "{list}");
    assert_eq!(
        list["recipes"][1],
        json!({
            "name": "law", "version": 2, "summary": { "en": "Look for a law", "zh": "寻找定律" }, "result_kind": "law",
            "started_by": "people",
        })
    );
    assert_eq!(list["recipes"][0]["started_by"], "import");
    let (status, law) = home.get(&home.owner, "/recipes/law").await;
    assert_eq!(
        (status, &law["schema"], &law["version"]),
        (StatusCode::OK, &json!("hven.recipe/1"), &json!(2)),
        "{law}"
    );
    assert_eq!(law["inputs"][0]["path"], "table.parquet");
    assert_eq!(law["inputs"][0]["main"], true);
    assert_eq!(law["outputs"][0]["path"], "law.json");
    let [target, seed, inputs] = law["arguments"].as_array().unwrap().as_slice() else { panic!("{law}") };
    assert_eq!((&target["type"]["is"], &target["required"]), (&json!("column"), &json!(true)));
    assert_eq!(
        (&seed["type"]["is"], &seed["type"]["min"], &seed["type"]["max"], &seed["default"], &seed["unit"]),
        (&json!("whole"), &json!(0.0), &Value::Null, &json!(0), &json!("1"))
    );
    assert_eq!((&inputs["name"], &inputs["key"]), (&json!("inputs"), &json!("columns")));
    assert_eq!(
        (&inputs["type"]["is"], &inputs["type"]["of"]["is"], &inputs["type"]["distinct"]),
        (&json!("list"), &json!("column"), &json!(true))
    );
    let (status, missing) = home.get(&home.owner, "/recipes/lwa").await;
    assert_eq!((status, &missing["error"]["code"]), (StatusCode::NOT_FOUND, &json!("not_found")), "{missing}");
}

#[tokio::test]
async fn wrong_arguments_are_refused_before_a_fact_is_recorded() {
    let home = TestHome::new().await;
    let facts = async || home.get(&home.owner, "/server").await.1["facts"].clone();
    let before = facts().await;
    for (arguments, said) in [
        (json!({}), "the argument `target` of the recipe law is missing: the name of a column is wanted"),
        (json!({ "target": "" }), "the argument `target` of the recipe law is empty"),
        (json!({ "target": 1 }), "the argument `target` of the recipe law is 1: the name of a column is wanted"),
        (
            json!({ "target": "周期", "sede": 1 }),
            "the argument `sede` of the recipe law is not known: is `seed` meant?",
        ),
        (json!({ "target": "y", "seed": -1 }), "the argument `seed` of the recipe law is -1: a whole number from 0"),
        (
            json!({ "target": "y", "seed": "7" }),
            "the argument `seed` of the recipe law is \"7\": a whole number from 0",
        ),
        (json!({ "target": "y", "inputs": ["x", "x"] }), "has the entry \"x\" twice"),
        (json!({ "target": "y", "inputs": "x" }), "a list, and in it each time the name of a column is wanted"),
        (json!("period"), "the arguments of the recipe law are no JSON object"),
    ] {
        for path in ["/runs", "/runs/lookup"] {
            let work = json!({ "recipe": { "name": "law", "arguments": arguments } });
            let (status, answer) = home.call(&home.owner, "POST", path, work).await;
            assert_eq!(
                (status, &answer["error"]["code"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")),
                "{answer}"
            );
            assert!(answer["error"]["message"].as_str().unwrap().contains(said), "{said}: {answer}");
        }
    }
    assert_eq!(facts().await, before);
    for arguments in [json!({ "target": "--weird" }), json!({ "target": "周期", "seed": null, "inputs": [] })] {
        let work = json!({ "recipe": { "name": "law", "arguments": arguments } });
        let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let path = format!("/runs/{}", answer["run"]["id"].as_str().unwrap());
        let (_, run) = home.get(&home.owner, &path).await;
        assert_eq!((&run["spec"]["recipe"]["arguments"], &run["result_kind"]), (&arguments, &json!("law")));
    }
}

#[tokio::test]
async fn lists_show_the_kind_of_result_like_the_run() {
    let home = TestHome::new().await;
    let recipe = json!({ "recipe": { "name": "law", "arguments": { "target": "period" } } });
    for (work, kind) in [(recipe, json!("law")), (json!({ "argv": ["recipe", "law"], "cwd": "/" }), json!(null))] {
        let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
        assert_eq!((status, &created["run"]["result_kind"]), (StatusCode::CREATED, &kind), "{created}");
        let list = home.get(&home.owner, "/runs").await.1;
        let run = home.get(&home.owner, &format!("/runs/{}", created["run"]["id"].as_str().unwrap())).await.1;
        assert_eq!((&list["items"][0]["result_kind"], &run["result_kind"]), (&kind, &kind), "{list} {run}");
    }
}
