//! A list takes as many SQL statements for a thousand rows as for ten: the data of all its rows is read together. The
//! test finds the lists in the OpenAPI document, so it also measures new ones. The same holds for walks along the
//! lineage.

use std::fmt::Write as _;

use axum::http::StatusCode;
use hven_core::UserId;
use serde_json::Value;

use crate::{
    large_home::{fill, first_run},
    test_home::TestHome,
};

const FEW: usize = 10;
const MANY: usize = 1000;

/// The paths of all operations that return a list, with the parameters that make the list as long as possible.
fn lists() -> Vec<String> {
    let document: Value = serde_json::from_str(&hven_server::document()).unwrap();
    let mut lists = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let operation = &operations["get"];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        if resolved(&document, schema)["properties"]["items"]["type"] != "array" {
            continue;
        }
        // Tasks without a run are rows of no table, so a home with few runs lists as many.
        if path.ends_with("/arrays/{array}/tasks") {
            continue;
        }
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (path, parameters) = filled_in(path, parameters);
        // Each switch by itself: it may select another list.
        let switches = parameters.iter().filter(|parameter| is_switch(parameter)).map(|switch| &switch["name"]);
        let switches: Vec<String> = switches.map(|name| format!("&{}=true", name.as_str().unwrap())).collect();
        lists.extend([String::new()].iter().chain(&switches).map(|switch| format!("{path}{switch}")));
    }
    // The operation returns a list or a plan, depending on its parameters. Each row shows nodes of the lineage: a
    // thousand rows would take longer than the interval between two statements of the service that watches runners.
    lists.push("/repairs?limit=300".to_owned());
    // A condition, an order and columns: as many statements as quantities.
    lists.push(format!("/runs?limit={MANY}&where=loss%20%3E%3D%200&sort=-loss&columns=loss,tags"));
    // The metrics and the tags with values that a request names.
    lists.push(format!("/runs?limit={MANY}&metrics=*&named_tags=stage"));
    lists
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn is_switch(parameter: &Value) -> bool {
    parameter["schema"]["type"] == "boolean"
}

/// The path with all required parameters, and with `limit` if there is one; and the other parameters.
fn filled_in<'p>(path: &str, parameters: &'p [Value]) -> (String, Vec<&'p Value>) {
    let mut path =
        path.strip_prefix("/api/v1").unwrap().replace("{run}", &first_run().to_string()).replace("{array}", "1");
    assert!(!path.contains('{'), "add a value for the placeholder of {path} to this test");
    path.push('?');
    let mut others = Vec::new();
    for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
        match parameter["name"].as_str().unwrap() {
            "limit" => write!(path, "&limit={MANY}").unwrap(),
            "of" => write!(path, "&of=run/{}", first_run()).unwrap(),
            name if parameter["required"] == true && !is_switch(parameter) => {
                panic!("say what {name} of {path} is: it is a list that nothing is known of")
            }
            _ => others.push(parameter),
        }
    }
    (path, others)
}

/// The operations that walk along the lineage: the pages of all nodes, and the lineage around the run that all others
/// rest on.
fn walks() -> Vec<String> {
    let first = first_run();
    let pages = ["run.", "data.", "claim.", "publication."].map(|page| format!("/graph?cursor={page}"));
    let around = [
        format!("/graph?of=run/{first}&direction=both&limit={MANY}"),
        format!("/lineage?of=run/{first}"),
        format!("/runs/{first}/why"),
    ];
    [pages.as_slice(), &around].concat()
}

/// The number of rows of an answer: of its list, or of the longest of its lists.
fn rows_of(answer: &Value) -> usize {
    let lists = answer.as_object().unwrap().iter().filter_map(|(name, value)| Some((name, value.as_array()?.len())));
    let lists: Vec<_> = lists.collect();
    let items = lists.iter().find(|(name, _)| *name == "items");
    items.or(lists.iter().max_by_key(|(_, count)| *count)).map_or(0, |(_, count)| *count)
}

/// The number of rows of an answer, and the number of its statements. The first request reads the lineage into memory, so
/// the second one is measured.
async fn cost(home: &TestHome, path: &str) -> (usize, u64) {
    home.get(&home.owner, path).await;
    let before = home.store.statements();
    let (status, answer) = home.get(&home.owner, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    (rows_of(&answer), home.store.statements() - before)
}

async fn home_of(count: usize) -> TestHome {
    let home = TestHome::without_services().await;
    let (_, me) = home.get(&home.owner, "/me").await;
    let owner: UserId = me["id"].as_str().unwrap().parse().unwrap();
    fill(&home, owner, count).await;
    home
}

#[tokio::test]
async fn lists_take_as_many_statements_for_a_thousand_rows_as_for_ten() {
    let (small, large) = (home_of(FEW).await, home_of(MANY).await);
    let lists = lists();
    assert!(lists.len() >= 12, "{lists:?}");
    let mut dear = Vec::new();
    for path in lists.iter().chain(&walks()) {
        let (few_rows, few) = cost(&small, path).await;
        let (many_rows, many) = cost(&large, path).await;
        // Some lists show at most a hundred rows.
        assert!(few_rows >= FEW - 1 && many_rows >= 100.max(2 * few_rows), "{path}: {few_rows}, {many_rows} rows");
        if few != many {
            dear.push(format!("{path}: {few} statements for {few_rows} rows, {many} for {many_rows}"));
        }
    }
    assert!(dear.is_empty(), "lists with statements for each row:\n{}", dear.join("\n"));
}
