//! The fields of a request: of a JSON body, or of the query. Unknown fields are ignored, as MLflow does.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Query, Request},
    http::Method,
};
use serde_json::{Map, Value};

use crate::answer::{Answer, Fault};

/// The edge read the body within its limit already.
const READ_ALREADY: usize = usize::MAX;

/// The fields of a request.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        if request.method() == Method::GET {
            return Self::of_query(&request);
        }
        let from_query = Self::of_query(&request)?;
        let body = to_bytes(request.into_body(), READ_ALREADY).await;
        let body = body.map_err(|error| Fault::invalid(format!("the body cannot be read: {error}")))?;
        if body.is_empty() {
            return Ok(from_query);
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Fault::invalid("the body is not a JSON object")),
            Err(error) => Err(Fault::invalid(format!("the body is not JSON: {error}"))),
        }
    }
}

impl Fields {
    /// A parameter that is repeated is a list.
    fn of_query(request: &Request) -> Answer<Self> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
        let Query(pairs) = query.map_err(|rejection| Fault::invalid(rejection.body_text()))?;
        let mut fields = Map::new();
        for (name, value) in pairs {
            match fields.get_mut(&name) {
                Some(Value::Array(values)) => values.push(value.into()),
                Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
                None => drop(fields.insert(name, value.into())),
            }
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Answer<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(wrong(name, other)),
        }
    }

    /// A text that is there and not empty.
    pub(crate) fn required(&self, name: &str) -> Answer<String> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    /// The id of a run, under its newer or its older name.
    pub(crate) fn run_id(&self) -> Answer<String> {
        match self.text("run_id")?.filter(|id| !id.is_empty()) {
            Some(id) => Ok(id),
            None => self.text("run_uuid")?.filter(|id| !id.is_empty()).ok_or_else(|| missing("run_id")),
        }
    }

    /// A whole number. Proto3 JSON allows it as a text, too.
    pub(crate) fn int(&self, name: &str) -> Answer<Option<i64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => {
                number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64))
            }
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| wrong(name, value))
    }

    /// A number, or one of the texts `NaN`, `Infinity` and `-Infinity`.
    pub(crate) fn number(&self, name: &str) -> Answer<f64> {
        let value = self.get(name).ok_or_else(|| missing(name))?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| wrong(name, value))
    }

    pub(crate) fn is_true(&self, name: &str) -> Answer<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(yes)) => Ok(*yes),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(other) => Err(wrong(name, other)),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Answer<Vec<String>> {
        match self.get(name) {
            None => Ok(Vec::new()),
            // A query has one value or several.
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(Value::Array(values)) => {
                values.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(|| wrong(name, value))).collect()
            }
            Some(other) => Err(wrong(name, other)),
        }
    }

    pub(crate) fn objects(&self, name: &str) -> Answer<Vec<Self>> {
        Self::objects_in(name, self.get(name).cloned().unwrap_or_default())
    }

    /// Takes the objects out of the fields: they may be many.
    pub(crate) fn take_objects(&mut self, name: &str) -> Answer<Vec<Self>> {
        Self::objects_in(name, self.0.remove(name).unwrap_or_default())
    }

    fn objects_in(name: &str, value: Value) -> Answer<Vec<Self>> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(values) => values
                .into_iter()
                .map(|value| match value {
                    Value::Object(fields) => Ok(Self(fields)),
                    other => Err(wrong(name, &other)),
                })
                .collect(),
            other => Err(wrong(name, &other)),
        }
    }

    /// Pairs of a key and a text, as MLflow writes tags and parameters.
    pub(crate) fn pairs(&self, name: &str) -> Answer<Vec<(String, String)>> {
        self.objects(name)?
            .iter()
            .map(|pair| Ok((pair.required("key")?, pair.text("value")?.unwrap_or_default())))
            .collect()
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

fn missing(name: &str) -> Fault {
    Fault::invalid(format!(
        "Missing value for required parameter '{name}'. See the API docs for more information about request parameters."
    ))
}

fn wrong(name: &str, value: &Value) -> Fault {
    let shown = match value {
        Value::String(text) => format!("\"{text}\""),
        other => other.to_string(),
    };
    Fault::invalid(format!("Invalid value {shown} for parameter '{name}' supplied."))
}
