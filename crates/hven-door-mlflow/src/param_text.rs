//! Parameters as texts and as values. MLflow knows only texts: what Python prints for a value. A text becomes a number or a truth value
//! only if Python prints that value in exactly this way, so that a client reads back what it wrote.

use serde_json::{Number, Value};

/// The value that Python prints in this way; otherwise the text itself.
pub(crate) fn value(text: &str) -> Value {
    let found = match text {
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        _ => text.parse::<i64>().ok().map(Value::from).or_else(|| {
            let number = text.parse::<f64>().ok()?;
            Number::from_f64(number).map(Value::Number)
        }),
    };
    found.filter(|value| self::text(value) == text).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The text of a value, as Python prints it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => "None".to_owned(),
        Value::Number(number) if number.is_f64() => number.as_f64().map_or_else(|| number.to_string(), float),
        other => other.to_string(),
    }
}

/// A float as `repr` of Python writes it: the shortest digits; with an exponent below 1e-4 and from 1e16 on.
fn float(number: f64) -> String {
    let (mantissa, exponent) = {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        (mantissa.to_owned(), exponent.parse::<i32>().unwrap_or(0))
    };
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let text = format!("{number}");
    if text.contains('.') { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_python_prints_become_values() {
        for (text, expected) in [
            ("0.01", json!(0.01)),
            ("1e-05", json!(1e-5)),
            ("1e+16", json!(1e16)),
            ("0.0001", json!(0.0001)),
            ("1.0", json!(1.0)),
            ("-0.0", json!(-0.0)),
            ("32", json!(32)),
            ("True", json!(true)),
            ("123456789012345.0", json!(123_456_789_012_345.0)),
        ] {
            assert_eq!(value(text), expected, "{text}");
            assert_eq!(super::text(&value(text)), text);
        }
    }

    #[test]
    fn every_other_text_stays_as_it_is() {
        let others =
            ["", "1e-5", "0.10", "007", "+1", "1_000", "nan", "inf", "NaN", "None", "true", "adam", "1.", "[1, 2]"];
        for text in others {
            assert_eq!(value(text), Value::String(text.to_owned()), "{text}");
            assert_eq!(super::text(&value(text)), text);
        }
    }
}
