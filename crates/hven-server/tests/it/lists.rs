//! A list costs as many statements for a thousand rows as for ten: whatever a row shows is looked up for all rows at once.
//! The lists are found in the OpenAPI document, so a new one is measured from its first day. So do walks along the lineage.

use std::fmt::Write as _;

use axum::http::StatusCode;
use hven_core::UserId;
use serde_json::Value;

use crate::{
    house::House,
    large_home::{fill, first_run},
};

const FEW: usize = 10;
const MANY: usize = 1000;

/// The paths of all operations that answer a list, with the parameters that make it as long as it can be.
fn lists() -> Vec<String> {
    let document: Value = serde_json::from_str(&hven_server::document()).unwrap();
    let mut lists = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let operation = &operations["get"];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        if resolved(&document, schema)["properties"]["items"]["type"] != "array" {
            continue;
        }
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (path, parameters) = filled_in(path, parameters);
        // Each switch by itself: it may make another list of it.
        let switches = parameters.iter().filter(|parameter| is_switch(parameter)).map(|switch| &switch["name"]);
        let switches: Vec<String> = switches.map(|name| format!("&{}=true", name.as_str().unwrap())).collect();
        lists.extend([String::new()].iter().chain(&switches).map(|switch| format!("{path}{switch}")));
    }
    // What it answers depends on what it is asked. Each row shows nodes of the lineage: a thousand would take longer than the
    // keeper of runners waits between two of its own statements.
    lists.push("/repairs?limit=300".to_owned());
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

/// The path with everything that it must name, and `limit` where there is one; and the other parameters.
fn filled_in<'p>(path: &str, parameters: &'p [Value]) -> (String, Vec<&'p Value>) {
    let mut path = path.strip_prefix("/api/v1").unwrap().replace("{run}", &first_run().to_string());
    assert!(!path.contains('{'), "say what {path} is about: it is a list that nothing is known of");
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

/// The operations that walk along the lineage: pages of everything, and what is around the run on which all others rest.
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

/// How many rows an answer has: those of a list, or those of the longest of its lists.
fn rows_of(answer: &Value) -> usize {
    let lists = answer.as_object().unwrap().iter().filter_map(|(name, value)| Some((name, value.as_array()?.len())));
    let lists: Vec<_> = lists.collect();
    let items = lists.iter().find(|(name, _)| *name == "items");
    items.or(lists.iter().max_by_key(|(_, count)| *count)).map_or(0, |(_, count)| *count)
}

/// The number of rows of an answer, and the number of its statements. The first request reads the lineage into memory, so the
/// second one counts.
async fn cost(house: &House, path: &str) -> (usize, u64) {
    house.get(&house.owner, path).await;
    let before = house.home.statements();
    let (status, answer) = house.get(&house.owner, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    (rows_of(&answer), house.home.statements() - before)
}

async fn house_of(count: usize) -> House {
    let house = House::without_services().await;
    let (_, me) = house.get(&house.owner, "/me").await;
    let owner: UserId = me["id"].as_str().unwrap().parse().unwrap();
    fill(&house, owner, count).await;
    house
}

#[tokio::test]
async fn lists_take_as_many_statements_for_a_thousand_rows_as_for_ten() {
    let (small, large) = (house_of(FEW).await, house_of(MANY).await);
    let lists = lists();
    assert!(lists.len() >= 12, "{lists:?}");
    let mut dear = Vec::new();
    for path in lists.iter().chain(&walks()) {
        let (few_rows, few) = cost(&small, path).await;
        let (many_rows, many) = cost(&large, path).await;
        // A list that shows at most a hundred of something is one too.
        assert!(few_rows >= FEW - 1 && many_rows >= 100.max(2 * few_rows), "{path}: {few_rows}, {many_rows} rows");
        if few != many {
            dear.push(format!("{path}: {few} statements for {few_rows} rows, {many} for {many_rows}"));
        }
    }
    assert!(dear.is_empty(), "lists that ask for each row:\n{}", dear.join("\n"));
}
