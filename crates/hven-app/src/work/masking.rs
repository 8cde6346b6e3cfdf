//! Hides secrets in recorded values.

use std::collections::BTreeMap;

use serde_json::Value;

/// The text with asterisks in place of every secret.
pub(crate) fn hide(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

/// Replaces every secret in the values by asterisks.
pub(crate) fn mask(params: BTreeMap<String, Value>, secrets: &[String]) -> BTreeMap<String, Value> {
    fn masked(value: Value, secrets: &[String]) -> Value {
        match value {
            Value::String(text) => Value::String(hide(&text, secrets)),
            Value::Array(items) => items.into_iter().map(|item| masked(item, secrets)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, masked(field, secrets))).collect(),
            other => other,
        }
    }
    params.into_iter().map(|(name, value)| (name, masked(value, secrets))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_reaches_into_values() {
        let params = BTreeMap::from([("a".to_owned(), serde_json::json!({"b": ["x hunter22 y", 1]}))]);
        let masked = mask(params, &["hunter22".to_owned()]);
        assert_eq!(serde_json::json!(masked), serde_json::json!({"a": {"b": ["x *** y", 1]}}));
    }
}
