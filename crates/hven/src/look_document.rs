//! The document of a look at a table (`hven.look/1`) as the command line and the API give it: what the importer found, with
//! the flag of each setting.

use hven_core::recipe::Schema;
use hven_data::{ImportOptions, LookReport};
use serde_json::{Map, Value, json};

use crate::source_flags;

/// The settings of an import with flags that the command defines; the others come from the recipe.
const OWN_FLAGS: [(&str, &str); 4] = [("nulls", "null"), ("types", "type"), ("units", "unit"), ("checks", "check")];

/// The options of an import from the arguments of its recipe.
///
/// # Errors
/// The reason why they are refused.
pub fn options(arguments: &Value) -> Result<ImportOptions, String> {
    let mut arguments = arguments.clone();
    if let Value::Object(arguments) = &mut arguments {
        arguments.retain(|_, value| !value.is_null());
    }
    let options: ImportOptions = serde_json::from_value(arguments).map_err(|error| error.to_string())?;
    options.check().map_err(|error| error.to_string())?;
    Ok(options)
}

/// The findings of a look, with the flags (`flags` by the name of the setting, and `flag` of each setting that was used).
pub fn document(found: &LookReport) -> Value {
    let flags = flags();
    let mut document = json!(found);
    if let Some(settings) = document["settings"].as_array_mut() {
        for setting in settings {
            setting["flag"] = setting["name"].as_str().and_then(|name| flags.get(name)).cloned().unwrap_or_default();
        }
    }
    document["flags"] = Value::Object(flags);
    document
}

/// The flag of each setting.
fn flags() -> Map<String, Value> {
    let of_recipe = source_flags::import().into_iter().flat_map(Schema::source_settings);
    let of_recipe = of_recipe.map(|argument| (argument.name.to_owned(), json!(format!("--{}", argument.flag()))));
    let own = OWN_FLAGS.map(|(name, flag)| (name.to_owned(), json!(format!("--{flag}"))));
    of_recipe.chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_look_has_its_flag() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "x;y\n1;2\n3;n/k\n").expect("written");
        let check = |arguments: Value| {
            let options = options(&arguments).expect("options");
            let found = hven_data::look(&path, 14, &options).expect("a table");
            let document = document(&found);
            for setting in document["settings"].as_array().expect("settings") {
                assert_eq!(setting["flag"], document["flags"][setting["name"].as_str().unwrap_or_default()]);
                assert!(setting["flag"].as_str().is_some_and(|flag| flag.starts_with("--")), "{setting}");
            }
            let doubtful = document["doubtful"].as_array().expect("a list");
            let settings = doubtful.iter().flat_map(|cell| cell["settings"].as_array().expect("a list"));
            for setting in settings {
                assert!(document["flags"][setting.as_str().unwrap_or_default()].is_string(), "{setting}");
            }
            document
        };
        let guessed = check(json!({ "comment": null }));
        assert_eq!(guessed["schema"], "hven.look/1");
        let of = |document: &Value, name: &str| {
            let settings = document["settings"].as_array().cloned().unwrap_or_default();
            settings.into_iter().find(|setting| setting["name"] == name)
        };
        let delimiter = json!({ "name": "delimiter", "value": ";", "given": false, "flag": "--delimiter" });
        assert_eq!(of(&guessed, "delimiter"), Some(delimiter));
        let given = check(json!({ "skip_lines": ["2"], "types": { "y": "int" } }));
        assert_eq!(of(&given, "skip_lines").expect("a setting")["value"], json!(["2"]));
        assert_eq!(given["doubtful"][0]["settings"], json!(["types", "nulls"]));
        assert!(options(&json!({ "encoding": "nonsense" })).expect_err("refused").contains("nonsense"));
    }
}
