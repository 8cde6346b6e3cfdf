//! What people write on the command line: sizes and durations, pairs, counts and parameters.

pub use hven_core::quantity::{parse_bytes, parse_duration};

/// `NAME=VALUE`, split.
pub fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not of the form NAME=VALUE")),
    }
}

/// `NAME=N`, split.
pub fn parse_count(text: &str) -> Result<(String, u64), String> {
    let (name, value) = parse_pair(text)?;
    let count = value.parse().map_err(|_| format!("{value:?} is not a whole number"))?;
    Ok((name, count))
}

/// The value of a parameter: JSON when it is a number, a boolean, a list …, else the text itself.
pub fn param_value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_json_or_text() {
        assert_eq!(param_value("0.1"), serde_json::json!(0.1));
        assert_eq!(param_value("true"), serde_json::json!(true));
        assert_eq!(param_value("adam"), serde_json::json!("adam"));
        assert_eq!(param_value("[1,2]"), serde_json::json!([1, 2]));
        assert_eq!(param_value(""), serde_json::json!(""));
    }
}
