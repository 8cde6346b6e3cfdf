//! The settings of an import that say how its source is read: delimiter, encoding, decimal sign and so on.
//!
//! The schema of the recipe is their only list: flags, keys of a manifest, and fields of the API and of the pages follow
//! it.

use serde_json::{Map, Value};

use super::{
    argument::{Argument, Kind},
    schema::Schema,
};

/// The arguments of an import that commands, manifests and the API name by fields of their own.
const OTHERS: [&str; 8] = ["name", "license", "types", "units", "descriptions", "checks", "nulls", "limits"];

impl Schema {
    /// The arguments of an import that say how its source is read.
    pub fn source_settings(&self) -> impl Iterator<Item = &'static Argument> + use<> {
        self.arguments.iter().filter(|argument| !OTHERS.contains(&argument.name))
    }
}

impl Argument {
    /// Its flag without dashes in front. A duration is given with its unit, so the name of the flag has none.
    pub fn flag(&self) -> String {
        let key = match self.kind {
            Kind::Duration => self.key.strip_suffix("_s").unwrap_or(self.key),
            _ => self.key,
        };
        key.replace('_', "-")
    }
}

/// The words of a command line that give these settings, in the order of the recipe's arguments.
pub fn flags_of(import: &Schema, settings: &Map<String, Value>) -> Vec<String> {
    let mut words = Vec::new();
    for argument in import.source_settings() {
        let flag = argument.flag();
        match settings.get(argument.name) {
            None | Some(Value::Null) => {}
            Some(Value::Bool(true)) => words.push(format!("--{flag}")),
            Some(Value::Bool(false)) => words.push(format!("--{flag}=false")),
            Some(Value::Array(items)) => {
                let items: Vec<String> = items.iter().map(plain).collect();
                words.extend([format!("--{flag}"), items.join(",")]);
            }
            Some(value) => words.extend([format!("--{flag}"), plain(value)]),
        }
    }
    words
}

/// A tab is written as an escape: few shells show it, or let people type it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.replace('\t', "\\t"))
}
