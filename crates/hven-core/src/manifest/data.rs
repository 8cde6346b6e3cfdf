//! `[data.NAME]`: a table to import, with its description.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Placed, path, placed::check_name, reader::Reader};
use crate::{Expression, Unit, dataset::ColumnType, nearest::suggestion, unit::UnitError};

/// One `[data.NAME]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    pub name: String,
    /// The file, relative to the manifest's folder.
    pub source: Placed<String>,
    /// How the source is read: every key that is none of the others. [`super::Manifest::check_recipes`] checks them against
    /// the arguments of the import.
    pub settings: Vec<(String, Placed<Value>)>,
    /// Texts that mean a missing value, in addition to the empty cell and the usual words.
    pub missing: Vec<String>,
    /// By column, in a spelling that [`Unit::read`] understands; `1` for plain numbers.
    pub units: BTreeMap<String, Placed<String>>,
    /// By column, where the type should not be inferred.
    pub types: BTreeMap<String, Placed<ColumnType>>,
    pub license: Option<String>,
    pub description: Option<String>,
    /// Conditions on each row, or on the whole table.
    pub checks: Vec<Placed<Expression>>,
    pub split: Option<Split>,
    /// How much memory the import may use.
    pub memory_bytes: Option<u64>,
    /// The position of its name in the manifest.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// `[data.NAME.split]`: parts with names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub method: Method,
    /// In the order of the file; the shares add up to 1.
    pub parts: Vec<Part>,
    /// The part that is read only by name; each read of it is counted.
    pub hold_out: Option<String>,
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub share: f64,
}

/// How rows are assigned to parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Method {
    Random,
    /// Each part has the same proportions of a column's values.
    Stratified {
        by: String,
    },
    /// Rows with the same value stay together.
    ByKey {
        by: String,
    },
}

/// The keys that do not say how the source is read.
pub(super) const KEYS: [&str; 9] =
    ["source", "missing", "units", "types", "license", "description", "checks", "split", "memory"];
/// The usual names of types; [`ColumnType`] reads more.
const TYPES: [&str; 6] = ["bool", "int", "float", "text", "date", "timestamp"];
const METHODS: [&str; 3] = ["random", "stratified", "by_key"];

pub(super) fn read(name: &str, mut table: Reader<'_, '_>) -> Option<Data> {
    let keys = table.keys();
    let misspelt = keys.iter().find(|(key, _)| !KEYS.contains(key) && suggestion(key, ["source"]).is_some());
    let help = misspelt.map(|(key, _)| format!("is `{key}` meant to be `source`?"));
    let help = help.unwrap_or_else(|| "write the file that is imported: source = \"table.csv\"".to_owned());
    let source = table.wanted_text("source", &help);
    let missing = table.texts("missing").into_iter().map(|text| text.value).collect();
    let units = units(&mut table);
    let mut types = BTreeMap::new();
    for (column, Placed { value, span }) in table.values("types") {
        match value.as_str().and_then(|text| text.parse().ok()) {
            Some(value) => drop(types.insert(column, Placed { value, span })),
            None => {
                let given = value.as_str().unwrap_or_default();
                let help = suggestion(given, TYPES).unwrap_or_else(|| format!("there are {}", TYPES.join(", ")));
                table.problem_with_help(span, format!("there is no type {value}"), help);
            }
        }
    }
    let checks = checks(&mut table);
    let split = table.has("split").then(|| table.table("split").and_then(split)).flatten();
    Some(Data {
        name: name.to_owned(),
        source: source.map(|(text, span)| Placed { value: path::normal(&text), span })?,
        missing,
        units,
        types,
        license: table.license(),
        description: table.text_alone("description"),
        checks,
        split,
        memory_bytes: table.bytes("memory"),
        settings: table.rest(),
        span: table.span(),
    })
}

/// A text that is one of a few.
fn one_of(table: &mut Reader<'_, '_>, key: &'static str, known: &[&str]) -> Option<String> {
    let (text, span) = table.text(key)?;
    if known.contains(&text.as_str()) {
        return Some(text);
    }
    let help = suggestion(&text, known.iter().copied()).unwrap_or_else(|| format!("there are {}", known.join(", ")));
    table.problem_with_help(span, format!("there is no {key} {text:?}"), help);
    None
}

fn units(table: &mut Reader<'_, '_>) -> BTreeMap<String, Placed<String>> {
    let mut units = BTreeMap::new();
    for (column, Placed { value, span }) in table.values("units") {
        let Value::String(text) = &value else {
            table.problem(span, format!("the unit of `{column}` is a text, such as \"km\""));
            continue;
        };
        match Unit::read(text) {
            // An empty unit, as in a draft: the unit is not specified yet.
            _ if text.trim().is_empty() => {}
            Ok(_) => drop(units.insert(column, Placed { value: text.trim().to_owned(), span })),
            Err(UnitError::Malformed { what, .. }) => table.problem_within(text, &span, what),
            Err(other) => table.problem(span, other.to_string()),
        }
    }
    units
}

fn checks(table: &mut Reader<'_, '_>) -> Vec<Placed<Expression>> {
    let mut checks = Vec::new();
    for Placed { value, span } in table.texts("checks") {
        match Expression::parse(&value) {
            Ok(expression) => checks.push(Placed { value: expression, span }),
            Err(what) => table.problem_within(&value, &span, what),
        }
    }
    checks
}

fn split(mut table: Reader<'_, '_>) -> Option<Split> {
    let span = table.span();
    let method = one_of(&mut table, "method", &METHODS);
    let by = table.text("by");
    let hold_out = table.text("hold_out");
    let seed = table.whole("seed").unwrap_or(0);
    let mut parts = Vec::new();
    for (name, Placed { value, span }) in table.rest() {
        match value.as_f64().filter(|share| *share > 0.0 && *share < 1.0) {
            _ if check_name(&name).is_err() => {
                table.problem(span, format!("{name:?} cannot be the name of a part"));
            }
            Some(share) => {
                if name == "all" {
                    let help = "with this name the whole dataset is meant: take another one";
                    table.problem_with_help(span, "a part cannot be called `all`", help);
                }
                parts.push(Part { name, share });
            }
            None => {
                let help = "method, by, seed and hold_out are the other keys of a split";
                table.problem_with_help(span, format!("the share of `{name}` is a number between 0 and 1"), help);
            }
        }
    }
    let sum: f64 = parts.iter().map(|part| part.share).sum();
    if parts.len() < 2 || (sum - 1.0).abs() > 1e-9 {
        let message = if parts.len() < 2 {
            "a split has two parts or more".to_owned()
        } else {
            format!("the shares of a split make 1 together; these make {}", (sum * 1e9).round() / 1e9)
        };
        table.problem_with_help(span.clone(), message, "write for example train = 0.8 and test = 0.2");
        return None;
    }
    let hold_out = match hold_out {
        // By default the part called `test` is held out.
        None => parts.iter().find(|part| part.name == "test").map(|part| part.name.clone()),
        Some((name, _)) if name == "none" && parts.iter().all(|part| part.name != name) => None,
        Some((name, span)) => {
            if parts.iter().all(|part| part.name != name) {
                let help = suggestion(&name, parts.iter().map(|part| part.name.as_str()));
                let help = help.unwrap_or_else(|| "name one of the parts, or write \"none\"".to_owned());
                table.problem_with_help(span, format!("there is no part `{name}` to hold out"), help);
            }
            Some(name)
        }
    };
    let method = match (method.as_deref(), by) {
        (None | Some("random"), None) => Method::Random,
        (Some("stratified"), Some((by, _))) => Method::Stratified { by },
        (Some("by_key"), Some((by, _))) => Method::ByKey { by },
        (Some(method @ ("stratified" | "by_key")), None) => {
            table.problem_with_help(
                span,
                format!("a split with method = {method:?} needs a column"),
                "write by = \"column\"",
            );
            return None;
        }
        (_, Some((_, span))) => {
            table.problem_with_help(
                span,
                "a random split looks at no column",
                "write method = \"stratified\" or \"by_key\"",
            );
            return None;
        }
        (Some(_), None) => return None,
    };
    Some(Split { method, parts, hold_out, seed })
}
