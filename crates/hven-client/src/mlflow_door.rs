//! Calls of the routes that Hven offers to clients of MLflow: for what MLflow keeps, and the native API has no noun for.

use serde::Deserialize;
use serde_json::Value;
use ureq::http::Method;

use crate::{
    ApiError, Client, Error, Result,
    transport::{Call, encode},
};

/// The paths of MLflow's REST API.
const MLFLOW: &str = "/api/2.0/mlflow/";

/// An error in the words of MLflow.
#[derive(Deserialize)]
struct Refused {
    error_code: String,
    message: String,
}

impl Client {
    /// Calls a route of MLflow's REST API, such as `runs/log-batch`, with a JSON object. The code of a refusal is the one of MLflow.
    pub fn mlflow(&self, method: Method, route: &str, body: &Value) -> Result<Value> {
        let json = encode(body)?;
        let mut call = Call::new(method, format!("{MLFLOW}{route}"));
        call.below = "";
        call.json = Some(&json);
        self.answer(&call).map_err(in_words_of_mlflow)
    }

    /// Reads from a route of MLflow's REST API. The query is escaped here.
    pub fn mlflow_get(&self, route: &str, query: &[(&str, &str)]) -> Result<Value> {
        let mut fields = crate::query::Query::default();
        for (name, value) in query {
            fields.add(name, value);
        }
        let mut call = Call::new(Method::GET, fields.below(&format!("{MLFLOW}{route}")));
        call.below = "";
        self.answer(&call).map_err(in_words_of_mlflow)
    }
}

/// The error has no form of Hven, so the client kept its body as a text.
fn in_words_of_mlflow(error: Error) -> Error {
    let Error::Api(api) = error else { return error };
    let body = api.message.split_once(": ").map_or("", |(_, body)| body);
    match serde_json::from_str::<Refused>(body) {
        Ok(Refused { error_code, message }) => Error::Api(ApiError { code: error_code, message, ..api }),
        Err(_) => Error::Api(api),
    }
}
