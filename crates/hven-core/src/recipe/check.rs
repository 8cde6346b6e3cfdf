//! The check of a recipe's arguments, before anything is recorded.

use serde_json::{Map, Value};

use super::{
    argument::{Argument, Kind},
    schema::Schema,
};
use crate::{limits, nearest::suggestion};

/// How many characters of a wrong value a message shows.
const SHOWN_CHARS_MAX: usize = 60;

/// The first wrong argument, with the reason as text that follows its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the argument `{argument}` of the recipe {recipe} {why}")]
pub struct WrongArgument {
    pub recipe: &'static str,
    /// Its name as it was given.
    pub argument: String,
    pub why: String,
}

impl Schema {
    /// Reports the first argument that is unknown, missing, of another type or out of bounds. `null` counts as missing.
    pub fn check(&self, arguments: &Map<String, Value>) -> Result<(), WrongArgument> {
        let wrong = |(argument, why)| WrongArgument { recipe: self.name, argument, why };
        fields(self.arguments, arguments).map_err(wrong)
    }
}

/// Returns the wrong field, and the reason.
fn fields(known: &[Argument], given: &Map<String, Value>) -> Result<(), (String, String)> {
    let names: Vec<&'static str> = known.iter().map(|argument| argument.name).collect();
    for (name, value) in given {
        let Some(argument) = known.iter().find(|argument| argument.name == name) else {
            return Err((shortened(name), not_known(name, &names)));
        };
        if !value.is_null() {
            argument.kind.check(value).map_err(|why| (name.clone(), why))?;
        }
    }
    let is_missing = |argument: &&Argument| given.get(argument.name).is_none_or(Value::is_null);
    match known.iter().filter(|argument| argument.is_required()).find(is_missing) {
        Some(missing) => Err((missing.name.to_owned(), format!("is missing: {} is wanted", missing.kind.wanted()))),
        None => Ok(()),
    }
}

impl Kind {
    /// Checks that a value has this type; the error is text that follows the name of the argument.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let wrong = || Err(format!("is {}: {} is wanted", shown(value), self.wanted()));
        match *self {
            Self::Text if value.is_string() => Ok(()),
            Self::Column => match value.as_str() {
                Some("") => Err("is empty: the name of a column is wanted".to_owned()),
                Some(_) => Ok(()),
                None => wrong(),
            },
            Self::Number { min, max } if is_within(value, min, max) => Ok(()),
            Self::Whole { min, max } if is_whole_within(value, min, max) => Ok(()),
            Self::Bool if value.is_boolean() => Ok(()),
            Self::Duration if is_within(value, 0.0, limits::SECONDS_MAX) => Ok(()),
            Self::Choice(choices) => {
                if choices.iter().any(|choice| choice.value() == *value) {
                    return Ok(());
                }
                let question =
                    value.as_str().and_then(|word| suggestion(word, choices.iter().map(|choice| choice.word)));
                question.map_or_else(wrong, |question| Err(format!("is {}: {question}", shown(value))))
            }
            Self::List { of, distinct } => {
                let Some(items) = value.as_array() else { return wrong() };
                for (at, item) in items.iter().enumerate() {
                    of.check(item).map_err(|why| format!("has an entry that {why}"))?;
                    if distinct && items[..at].contains(item) {
                        return Err(format!("has the entry {} twice: each stands in it once", shown(item)));
                    }
                }
                Ok(())
            }
            Self::Map(of) => {
                let Some(entries) = value.as_object() else { return wrong() };
                let wrong_entry = |(name, value)| Some((name, of.check(value).err()?));
                match entries.iter().find_map(wrong_entry) {
                    Some((name, why)) => Err(format!("has an entry `{}` that {why}", shortened(name))),
                    None => Ok(()),
                }
            }
            Self::Record(known) => {
                let Some(given) = value.as_object() else { return wrong() };
                fields(known, given).map_err(|(name, why)| format!("has a field `{name}` that {why}"))
            }
            Self::Text | Self::Number { .. } | Self::Whole { .. } | Self::Bool | Self::Duration => wrong(),
        }
    }
}

/// The text that follows the name of an unknown argument.
fn not_known(name: &str, known: &[&'static str]) -> String {
    match suggestion(name, known.iter().copied()) {
        Some(question) => format!("is not known: {question}"),
        None if known.is_empty() => "is not known: there are none".to_owned(),
        None => format!("is not known: there are {}", known.join(", ")),
    }
}

fn is_within(value: &Value, min: f64, max: f64) -> bool {
    value.as_f64().is_some_and(|number| number.is_finite() && (min..=max).contains(&number))
}

fn is_whole_within(value: &Value, min: i64, max: u64) -> bool {
    let whole = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    whole.is_some_and(|whole| (i128::from(min)..=i128::from(max)).contains(&whole))
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    shortened(&value.to_string())
}

fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let beginning: String = chars.by_ref().take(SHOWN_CHARS_MAX).collect();
    if chars.next().is_none() { beginning } else { format!("{beginning}…") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::recipe::{Choice, TARGET};

    const FORMS: &[Choice] = &[Choice::word("line", "", ""), Choice::json("exp", r#"{"call":"exp"}"#, "", "")];
    const SCHEMA: Schema = Schema {
        name: "fit",
        arguments: &[
            Argument::new(TARGET, Kind::Column, "", "").required(),
            Argument::new("inputs", Kind::COLUMNS, "", "").called("columns"),
            Argument::new("seed", Kind::COUNT, "", "").or("0"),
            Argument::new("share", Kind::Number { min: 0.0, max: 1.0 }, "", ""),
            Argument::new("forms", Kind::List { of: &Kind::Choice(FORMS), distinct: true }, "", ""),
            Argument::new("time_limit_s", Kind::Duration, "", "").in_unit("s"),
            Argument::new("robust", Kind::Bool, "", "").or("false"),
            Argument::new("units", Kind::Map(&Kind::Text), "", ""),
            Argument::new(
                "tolerance",
                Kind::Record(&[Argument::new("relative", Kind::Number { min: 0.0, max: f64::INFINITY }, "", "")]),
                "",
                "",
            ),
        ],
        ..Schema::NEW
    };

    fn refused(arguments: &str) -> String {
        let arguments = serde_json::from_str(arguments).expect("JSON");
        SCHEMA.check(&arguments).expect_err("refused").to_string()
    }

    #[test]
    fn valid_arguments_are_accepted() {
        for good in [
            json!({ "target": "period" }),
            json!({ "target": "周期", "inputs": ["半长轴", "--weird", " "] }),
            json!({ "target": "y", "seed": u64::MAX, "share": 1, "time_limit_s": 0.5, "robust": true }),
            json!({ "target": "y", "forms": ["line", { "call": "exp" }], "seed": null, "inputs": [] }),
            json!({ "target": "y", "units": { "": "", "x": "m" }, "tolerance": { "relative": 1e300 } }),
        ] {
            let arguments = good.as_object().expect("an object");
            assert_eq!(SCHEMA.check(arguments), Ok(()), "{good}");
        }
    }

    #[test]
    fn each_refusal_names_the_argument_and_the_wanted_type() {
        let check = |arguments: &str, want: &str| {
            let all = refused(arguments);
            let said = all.strip_suffix(want);
            assert!(said.is_some(), "{arguments}: {all}");
        };
        check("{}", "the argument `target` of the recipe fit is missing: the name of a column is wanted");
        check(r#"{"target": null}"#, "`target` of the recipe fit is missing: the name of a column is wanted");
        check(r#"{"target": ""}"#, "`target` of the recipe fit is empty: the name of a column is wanted");
        check(r#"{"target": 3}"#, "`target` of the recipe fit is 3: the name of a column is wanted");
        check(r#"{"target": "y", "sede": 1}"#, "`sede` of the recipe fit is not known: is `seed` meant?");
        check(
            r#"{"target": "y", "velocity": 1}"#,
            "is not known: there are target, inputs, seed, share, forms, time_limit_s, robust, units, tolerance",
        );
        check(r#"{"target": "y", "seed": -1}"#, "`seed` of the recipe fit is -1: a whole number from 0 is wanted");
        check(r#"{"target": "y", "seed": 1.5}"#, "is 1.5: a whole number from 0 is wanted");
        check(r#"{"target": "y", "seed": 18446744073709551616}"#, "a whole number from 0 is wanted");
        check(r#"{"target": "y", "seed": "7"}"#, r#"is "7": a whole number from 0 is wanted"#);
        check(r#"{"target": "y", "share": 1.01}"#, "is 1.01: a number from 0 to 1 is wanted");
        check(r#"{"target": "y", "time_limit_s": -1}"#, "is -1: a number of seconds from 0 is wanted");
        check(r#"{"target": "y", "time_limit_s": 1e300}"#, "is 1e+300: a number of seconds from 0 is wanted");
        check(r#"{"target": "y", "robust": "yes"}"#, r#"is "yes": true or false is wanted"#);
        check(r#"{"target": "y", "inputs": "x"}"#, "a list, and in it each time the name of a column is wanted");
        check(r#"{"target": "y", "inputs": ["x", ""]}"#, "has an entry that is empty: the name of a column is wanted");
        check(r#"{"target": "y", "inputs": ["x", "x"]}"#, r#"has the entry "x" twice: each stands in it once"#);
        check(r#"{"target": "y", "forms": ["lines"]}"#, r#"has an entry that is "lines": is `line` meant?"#);
        check(r#"{"target": "y", "forms": [{"call": "tan"}]}"#, r#"is {"call":"tan"}: one of line, exp is wanted"#);
        check(r#"{"target": "y", "units": {"x": 1}}"#, "has an entry `x` that is 1: a text is wanted");
        check(
            r#"{"target": "y", "tolerance": {"relativ": 1}}"#,
            "has a field `relativ` that is not known: is `relative` meant?",
        );
        // A number that JSON cannot represent never gets here.
        assert!(serde_json::from_str::<Value>(r#"{"share": 1e400}"#).is_err());
    }

    #[test]
    fn long_values_are_shown_shortened() {
        let long = format!(r#"{{"target": "y", "seed": "{}"}}"#, "x".repeat(5000));
        assert!(refused(&long).len() < 250, "{}", refused(&long));
        let name = format!(r#"{{"target": "y", "{}": 1}}"#, "n".repeat(5000));
        assert!(refused(&name).len() < 350, "{}", refused(&name));
    }
}
