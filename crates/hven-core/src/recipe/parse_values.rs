//! Parses arguments from people into the values that the recipe gets: texts of the command line, and values of a manifest.

use serde_json::{Map, Number, Value};

use super::{
    argument::{Choice, Kind},
    wanted::words,
};
use crate::{nearest::suggestion, quantity::parse_duration};

impl Choice {
    /// The value for the recipe. A choice with invalid JSON has its word as value.
    pub fn value(&self) -> Value {
        let other = self.json.and_then(|json| serde_json::from_str(json).ok());
        other.unwrap_or_else(|| Value::from(self.word))
    }
}

impl Kind {
    /// The value of one text from the command line. A list is read entry by entry, with the type of its entries; so is a map:
    /// its entries are written `NAME=VALUE`.
    ///
    /// # Errors
    /// The error of the text, as a whole sentence.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let wrong = || format!("{text:?} is not {}", self.wanted());
        let value = match *self {
            Self::Text | Self::Column => Value::from(text),
            Self::Number { .. } | Self::Whole { .. } => Value::Number(number(text).ok_or_else(wrong)?),
            Self::Bool => Value::Bool(text.parse().map_err(|_| wrong())?),
            Self::Duration => Value::from(parse_duration(text)?.as_secs_f64()),
            Self::Choice(choices) => match choices.iter().find(|choice| choice.word == text) {
                Some(choice) => choice.value(),
                None => {
                    let question = suggestion(text, choices.iter().map(|choice| choice.word));
                    let question = question.unwrap_or_else(|| format!("there are {}", words(choices)));
                    return Err(format!("{text:?} is no choice: {question}"));
                }
            },
            Self::List { of, .. } => Value::Array(vec![of.read(text)?]),
            Self::Map(of) => {
                let (name, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not NAME=VALUE"))?;
                Value::Object(Map::from_iter([(name.to_owned(), of.read(value)?)]))
            }
            Self::Record(_) => serde_json::from_str(text).map_err(|_| format!("{}, in JSON", wrong()))?,
        };
        match self.check(&value) {
            Ok(()) => Ok(value),
            Err(_) if text.is_empty() => Err(format!("an empty text is not {}", self.wanted())),
            Err(_) => Err(wrong()),
        }
    }

    /// Converts a value of a manifest: words become choices, texts become durations, and in a list of texts a whole number
    /// means its text; one text or number is a list of one. All other values stay as they are.
    pub fn of_manifest(&self, value: &Value) -> Value {
        match (*self, value) {
            (Self::List { of: Self::Text, .. }, Value::String(_) | Value::Number(_)) => {
                self.of_manifest(&Value::Array(vec![value.clone()]))
            }
            (Self::List { of: Self::Text, .. }, Value::Array(items)) => {
                let text =
                    |item: &Value| item.as_i64().map_or_else(|| item.clone(), |whole| Value::from(whole.to_string()));
                Value::Array(items.iter().map(text).collect())
            }
            (Self::Choice(choices), Value::String(word)) => {
                choices.iter().find(|choice| choice.word == word).map_or_else(|| value.clone(), Choice::value)
            }
            (Self::Duration, Value::String(text)) => {
                parse_duration(text).map_or_else(|_| value.clone(), |time| Value::from(time.as_secs_f64()))
            }
            (Self::List { of, .. }, Value::Array(items)) => {
                Value::Array(items.iter().map(|item| of.of_manifest(item)).collect())
            }
            (Self::Map(of), Value::Object(entries)) => {
                Value::Object(entries.iter().map(|(name, value)| (name.clone(), of.of_manifest(value))).collect())
            }
            _ => value.clone(),
        }
    }

    /// A value as people write it: choices by their words.
    pub fn written(&self, value: &Value) -> String {
        match (*self, value) {
            (Self::Choice(choices), value) => match choices.iter().find(|choice| choice.value() == *value) {
                Some(choice) => choice.word.to_owned(),
                None => value.to_string(),
            },
            (Self::List { of, .. }, Value::Array(items)) => {
                items.iter().map(|item| of.written(item)).collect::<Vec<_>>().join(", ")
            }
            (_, Value::String(text)) => text.clone(),
            (_, value) => value.to_string(),
        }
    }

    /// Combines several texts of the command line into one value: entries of a list or of a map, otherwise the last one.
    ///
    /// # Errors
    /// The error of the combination, such as a repeated entry, as text that follows the flag.
    pub fn together(&self, values: Vec<Value>) -> Result<Option<Value>, String> {
        let together = match self {
            Self::List { .. } => Value::Array(values),
            Self::Map(_) => {
                let mut all = Map::new();
                for (name, value) in values.into_iter().flat_map(entries) {
                    if all.insert(name.clone(), value).is_some() {
                        return Err(format!("says the name {name:?} twice"));
                    }
                }
                Value::Object(all)
            }
            _ => match values.into_iter().next_back() {
                Some(value) => value,
                None => return Ok(None),
            },
        };
        self.check(&together)?;
        Ok(Some(together))
    }
}

fn entries(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}

/// A finite number. A whole number stays whole, so that it is recorded as it was written.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FORMS: &[Choice] = &[Choice::word("add", "", ""), Choice::json("exp", r#"{"call":"exp"}"#, "", "")];
    const FORM: Kind = Kind::Choice(FORMS);
    const SHARE: Kind = Kind::Number { min: 0.0, max: 1.0 };

    #[test]
    fn texts_are_read() {
        let check = |kind: Kind, text: &str, want: Value| assert_eq!(kind.read(text), Ok(want), "{text}");
        check(Kind::Text, "", json!(""));
        check(Kind::Column, "--weird", json!("--weird"));
        check(Kind::Column, "周期", json!("周期"));
        check(Kind::COUNT, "18446744073709551615", json!(u64::MAX));
        check(SHARE, "1", json!(1));
        check(SHARE, ".25", json!(0.25));
        check(Kind::Bool, "true", json!(true));
        check(Kind::Duration, "2min", json!(120.0));
        check(FORM, "exp", json!({ "call": "exp" }));
        check(Kind::COLUMNS, "x", json!(["x"]));
        check(Kind::Map(&SHARE), "train=0.75", json!({ "train": 0.75 }));
        check(Kind::Map(&Kind::Text), "a=b=c", json!({ "a": "b=c" }));
    }

    #[test]
    fn texts_that_are_wrong_are_refused() {
        let check = |kind: Kind, text: &str, want: &str| {
            assert_eq!(kind.read(text).expect_err(text), want);
        };
        check(Kind::Column, "", "an empty text is not the name of a column");
        check(Kind::COUNT, "-1", r#""-1" is not a whole number from 0"#);
        check(Kind::COUNT, "1.5", r#""1.5" is not a whole number from 0"#);
        check(SHARE, "NaN", r#""NaN" is not a number from 0 to 1"#);
        check(SHARE, "1e400", r#""1e400" is not a number from 0 to 1"#);
        check(SHARE, "inf", r#""inf" is not a number from 0 to 1"#);
        check(Kind::Bool, "yes", r#""yes" is not true or false"#);
        check(Kind::Duration, "-1", "\"-1\" is not a duration: write a number and s, min, h or d, such as 2h30min");
        check(FORM, "ad", r#""ad" is no choice: is `add` meant?"#);
        check(FORM, "zzzz", r#""zzzz" is no choice: there are add, exp"#);
        check(Kind::Map(&SHARE), "train", r#""train" is not NAME=VALUE"#);
        check(Kind::Map(&SHARE), "train=2", r#""2" is not a number from 0 to 1"#);
    }

    #[test]
    fn several_texts_are_one_value() {
        let columns = |names: &[&str]| Kind::COLUMNS.together(names.iter().map(|name| json!(name)).collect());
        assert_eq!(columns(&["x", "y"]), Ok(Some(json!(["x", "y"]))));
        assert_eq!(columns(&["x", "x"]), Err(r#"has the entry "x" twice: each stands in it once"#.to_owned()));
        let shares =
            |of: &[(&str, f64)]| Kind::Map(&SHARE).together(of.iter().map(|(a, b)| json!({ *a: b })).collect());
        assert_eq!(shares(&[("a", 0.5), ("b", 0.5)]), Ok(Some(json!({ "a": 0.5, "b": 0.5 }))));
        assert_eq!(shares(&[("a", 0.5), ("a", 0.5)]), Err("says the name \"a\" twice".to_owned()));
        assert_eq!(Kind::COUNT.together(vec![json!(1), json!(2)]), Ok(Some(json!(2))));
        assert_eq!(Kind::COUNT.together(Vec::new()), Ok(None));
    }

    #[test]
    fn a_manifest_may_write_words() {
        let forms = Kind::List { of: &FORM, distinct: true };
        assert_eq!(forms.of_manifest(&json!(["add", "exp"])), json!(["add", { "call": "exp" }]));
        assert_eq!(forms.of_manifest(&json!([{ "call": "exp" }, "ad"])), json!([{ "call": "exp" }, "ad"]));
        assert_eq!(Kind::TEXTS.of_manifest(&json!(3)), json!(["3"]));
        assert_eq!(Kind::TEXTS.of_manifest(&json!("10-14")), json!(["10-14"]));
        assert_eq!(Kind::TEXTS.of_manifest(&json!([3, "10-14", 1.5, true])), json!(["3", "10-14", 1.5, true]));
        assert_eq!(Kind::COLUMNS.of_manifest(&json!([3])), json!([3]), "a column has a text as its name");
        assert_eq!(Kind::Duration.of_manifest(&json!("2min")), json!(120.0));
        assert_eq!(Kind::Duration.of_manifest(&json!(120)), json!(120));
        assert_eq!(Kind::Duration.of_manifest(&json!("soon")), json!("soon"));
    }
}
