//! Servers of MLflow that answer in pages, wrongly, or not at all.

use std::{cell::RefCell, fmt};

use hven_imports::{
    Error, Faults,
    mlflow::{Api, ApiFailure, Server, Store},
};
use serde_json::{Value, json};

use crate::samples::{lines, points, runs};

/// A server that answers from a function, and notes the calls.
struct Fake<F> {
    answer: F,
    calls: RefCell<Vec<String>>,
}

impl<F> fmt::Debug for Fake<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl<F: Fn(&str, &Value) -> Result<Value, ApiFailure>> Api for Fake<F> {
    fn url(&self) -> &'static str {
        "http://tracker"
    }
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, ApiFailure> {
        let query: Value = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        self.search(path, &query)
    }
    fn search(&self, path: &str, body: &Value) -> Result<Value, ApiFailure> {
        self.calls.borrow_mut().push(format!("{path} {body}"));
        (self.answer)(path.trim_start_matches("/api/2.0/mlflow/"), body)
    }
}

fn server<F: Fn(&str, &Value) -> Result<Value, ApiFailure>>(answer: F) -> Fake<F> {
    Fake { answer, calls: RefCell::default() }
}

fn failed(status: Option<u16>) -> ApiFailure {
    ApiFailure { status, message: "no".to_owned() }
}

#[test]
fn pages_are_read_to_their_end() {
    let api = server(|route, body| {
        let page = body["page_token"].as_str().unwrap_or("0").parse::<u64>().unwrap_or(0);
        let next = |last: u64| if page < last { json!((page + 1).to_string()) } else { Value::Null };
        Ok(match route {
            "experiments/search" => json!({ "experiments": [{ "experiment_id": "1", "name": "tune" }] }),
            "runs/search" => json!({
                "runs": [{ "info": { "run_id": format!("r{page}"), "status": "FINISHED", "start_time": page },
                           "data": { "tags": [{ "key": "mlflow.parentRunId", "value": "p" }] } }],
                "next_page_token": next(2),
            }),
            "runs/get" => json!({ "run": { "data": { "metrics": [{ "key": "loss" }, { "key": "acc" }] } } }),
            "metrics/get-history" => json!({
                "metrics": [{ "value": "NaN", "timestamp": 1, "step": page }, { "value": 1e308 * 1.797_693_134_862_315_7, "timestamp": "2" },
                            { "value": null, "timestamp": 2 }],
                "next_page_token": next(1),
            }),
            _ => return Err(failed(Some(404))),
        })
    });
    let store = Server::open(api).expect("it answers");
    let mut faults = Faults::default();
    let all = runs(&store, &mut faults);
    assert_eq!(all.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["r0", "r1", "r2"]);
    assert_eq!(all[0].parent.as_deref(), Some("p"));
    let (found, _) = points(&store, &all[0], &mut faults);
    assert_eq!(found.len(), 8, "two metrics, two pages, two points");
    assert!(found[0].value.0.is_nan());
    assert_eq!(lines(&faults), ["4 points: their value or time is no number (loss)"]);
    assert!(store.registered_models(&mut faults).expect("a server without a registry has none").is_empty());
}

#[test]
fn a_server_that_answers_wrongly_is_an_error() {
    for status in [Some(401), Some(500), Some(302), None] {
        let error = Server::open(server(move |_, _| Err(failed(status)))).expect_err("it does not answer");
        assert!(matches!(error, Error::Server { status: found, .. } if found == status), "{error}");
    }
    let error = Server::open(server(|_, _| Ok(json!(["x"])))).expect_err("it is no server of MLflow").to_string();
    assert!(error.contains("is no server of MLflow"), "{error}");
    let error = Server::open(server(|_, _| Err(failed(Some(404))))).expect_err("it is no server of MLflow");
    assert!(error.to_string().contains("http://tracker"), "{error}");
}

#[test]
fn a_folder_that_lists_itself_has_an_end() {
    let api = server(|route, body| {
        Ok(match route {
            "experiments/search" => json!({ "experiments": [{ "experiment_id": "1", "name": "tune" }] }),
            "runs/search" => json!({ "runs": [{ "info": { "run_id": "r", "status": "FINISHED" } }] }),
            "artifacts/list" => {
                let at = body["path"].as_str().unwrap_or("");
                let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
                match at {
                    "" | "a" => json!({ "files": [
                        { "path": below("a"), "is_dir": true }, { "path": "a", "is_dir": true }, { "path": below("x"), "is_dir": false },
                        { "path": "../../etc/passwd", "is_dir": false }, { "path": "/etc/passwd", "is_dir": false },
                    ] }),
                    _ => json!({}),
                }
            }
            _ => return Err(failed(Some(404))),
        })
    });
    let store = Server::open(api).expect("it answers");
    let mut faults = Faults::default();
    let run = runs(&store, &mut faults).remove(0);
    let files = store.artifacts(&run, &mut faults).expect("listed");
    assert!(files.iter().all(|file| !file.path.contains("etc")), "{files:?}");
    assert!(files.iter().any(|file| file.path == "a/x"), "{files:?}");
    assert!(faults.list().iter().any(|fault| fault.why.contains("`..`")), "{:?}", faults.list());
}
