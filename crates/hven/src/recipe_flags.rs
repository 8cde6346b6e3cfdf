//! Builds flags and their help from the schema of a recipe.

use clap::{
    Arg, ArgAction, ArgMatches, Command, ValueHint,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser},
};
use hven_core::recipe::{Argument, Choice, Input, InputKind, Kind, Need, RecipeList, ResultKind, Schema};
use serde_json::{Map, Value};

/// The values that the user gave for a recipe.
#[derive(Clone, Debug, Default)]
pub struct RecipeValues {
    pub arguments: Map<String, Value>,
    /// The inputs, as the user named them.
    pub inputs: Vec<(&'static Input, String)>,
}

/// The first recipe with a result of this kind.
pub fn with_result(recipes: RecipeList, kind: ResultKind) -> Option<&'static Schema> {
    recipes.iter().find(|schema| schema.result == kind)
}

/// The command that runs a recipe, with its main input, and a flag for each argument and each other input.
pub fn command(schema: &'static Schema) -> Command {
    let mut command = Command::new(schema.name).about(schema.summary.en).after_help(example(schema));
    if let Some(main) = schema.main_input() {
        command = command.arg(input(main).required(true));
    }
    for argument in schema.arguments {
        command = command.arg(flag(argument).help_heading("Arguments of the recipe"));
    }
    for other in schema.other_inputs() {
        let long = dashed(other.key);
        command = command.arg(input(other).long(long).required(other.required).help_heading("Other inputs"));
    }
    command
}

/// Reads the values from the parsed arguments.
///
/// Names the flag whose values are wrong in combination.
pub fn values(schema: &'static Schema, matches: &ArgMatches) -> Result<RecipeValues, String> {
    let mut given = RecipeValues { arguments: arguments(schema.arguments, matches)?, ..RecipeValues::default() };
    for input in schema.inputs {
        given.inputs.extend(matches.get_one::<String>(input.key).map(|named| (input, named.clone())));
    }
    Ok(given)
}

/// The values of these arguments, by their names; only the given ones.
///
/// Names the flag whose values are wrong in combination.
pub fn arguments(
    known: impl IntoIterator<Item = &'static Argument>,
    matches: &ArgMatches,
) -> Result<Map<String, Value>, String> {
    let mut given = Map::new();
    for argument in known {
        let values: Vec<Value> = matches.get_many::<Value>(argument.key).into_iter().flatten().cloned().collect();
        if values.is_empty() {
            continue;
        }
        let value = argument.kind.together(values).map_err(|why| format!("--{} {why}", argument.flag()))?;
        given.extend(value.map(|value| (argument.name.to_owned(), value)));
    }
    Ok(given)
}

/// The help of an argument, for a command with a flag of its own for it.
pub fn help(schema: Option<&'static Schema>, name: &str) -> &'static str {
    schema.and_then(|schema| schema.argument(name)).map_or("", |argument| argument.help.en)
}

/// The help of an input.
pub fn help_of_input(schema: Option<&'static Schema>, key: &str) -> &'static str {
    let inputs = schema.map(|schema| schema.inputs).unwrap_or_default();
    inputs.iter().find(|input| input.key == key).map_or("", |input| input.help.en)
}

fn example(schema: &Schema) -> String {
    let mut words = vec!["hven recipe run".to_owned(), schema.name.to_owned()];
    words.extend(schema.main_input().map(|main| value_name_of(main.kind).to_owned()));
    for argument in schema.arguments.iter().filter(|argument| argument.is_required()) {
        words.push(format!("--{} {}", argument.flag(), value_name(&argument.kind)));
    }
    for input in schema.other_inputs().filter(|input| input.required) {
        words.push(format!("--{} {}", dashed(input.key), value_name_of(input.kind)));
    }
    format!("Example:\n  {}", words.join(" "))
}

fn dashed(key: &str) -> String {
    key.replace('_', "-")
}

fn input(input: &'static Input) -> Arg {
    let arg = Arg::new(input.key).help(input.help.en).value_name(value_name_of(input.kind));
    match input.kind {
        InputKind::Table => arg,
        InputKind::File => arg.value_hint(ValueHint::FilePath),
        InputKind::Folder => arg.value_hint(ValueHint::DirPath),
    }
}

/// The flag of an argument.
pub fn flag(argument: &'static Argument) -> Arg {
    let kind = &argument.kind;
    let arg = Arg::new(argument.key).long(argument.flag()).help(help_text(argument)).required(argument.is_required());
    let arg = match *kind {
        Kind::List { of, .. } => arg.action(ArgAction::Append).value_parser(parser(of)),
        Kind::Map(_) => arg.action(ArgAction::Append).value_parser(parser(kind)),
        _ => arg.value_parser(parser(kind)),
    };
    match kind {
        // `--robust` alone means `true`.
        Kind::Bool => arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("true|false"),
        // Names of columns may begin with dashes, and a negative number gets a better error than "unknown flag".
        _ => arg.value_name(value_name(kind)).allow_hyphen_values(true),
    }
}

fn parser(kind: &'static Kind) -> ValueParser {
    let Kind::Choice(choices) = *kind else { return ValueParser::new(move |text: &str| kind.read(text)) };
    let possible = choices.iter().map(|choice| PossibleValue::new(choice.word).help(choice.help.en));
    ValueParser::new(PossibleValuesParser::new(possible).map(move |word| value_of(choices, &word)))
}

fn value_of(choices: &[Choice], word: &str) -> Value {
    choices.iter().find(|choice| choice.word == word).map_or_else(|| Value::from(word), Choice::value)
}

/// The help with the unit, whether the flag may be repeated, and the default.
fn help_text(argument: &Argument) -> String {
    let mut text = argument.help.en.to_owned();
    if let (Some(unit), false) = (argument.unit, argument.kind == Kind::Duration) {
        text = format!("{text} ({unit})");
    }
    if matches!(argument.kind, Kind::List { .. } | Kind::Map(_)) {
        text.push_str("; may be repeated");
    }
    if let Need::Default(json) = argument.need {
        let value: Value = serde_json::from_str(json).unwrap_or_default();
        text = format!("{text} [default: {}]", argument.kind.written(&value));
    }
    text
}

fn value_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "TEXT",
        Kind::Column => "COLUMN",
        Kind::Number { .. } => "NUMBER",
        Kind::Whole { .. } => "N",
        Kind::Bool => "BOOL",
        Kind::Duration => "DURATION",
        Kind::Choice(_) => "CHOICE",
        Kind::List { of, .. } => value_name(of),
        Kind::Map(_) => "NAME=VALUE",
        Kind::Record(_) => "JSON",
    }
}

fn value_name_of(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Table => "DATASET",
        InputKind::File => "FILE",
        InputKind::Folder => "FOLDER",
    }
}

#[cfg(test)]
mod tests {
    use hven_core::recipe::{TARGET, Text};
    use serde_json::json;

    use super::*;

    const NO_HELP: Text = Text { en: "", zh: "" };
    const FORMS: &[Choice] =
        &[Choice::word("line", "A line", ""), Choice::json("exp", r#"{"call":"exp"}"#, "A curve", "")];
    const SCHEMA: &Schema = &Schema {
        name: "fit",
        summary: Text { en: "Fit a curve", zh: "" },
        inputs: &[
            Input { key: "table", path: "t", kind: InputKind::Table, required: true, help: NO_HELP },
            Input { key: "hold_out", path: "h", kind: InputKind::Table, required: false, help: NO_HELP },
        ],
        arguments: &[
            Argument::new(TARGET, Kind::Column, "The column", "").required(),
            Argument::new("inputs", Kind::COLUMNS, "Columns", "").called("columns"),
            Argument::new("seed", Kind::COUNT, "The seed", "").or("0"),
            Argument::new("share", Kind::Number { min: 0.0, max: 1.0 }, "A share", ""),
            Argument::new("forms", Kind::List { of: &Kind::Choice(FORMS), distinct: false }, "Forms", "")
                .or(r#"["line",{"call":"exp"}]"#),
            Argument::new("time_limit_s", Kind::Duration, "Stop after this time", "").in_unit("s"),
            Argument::new("robust", Kind::Bool, "Whether outliers count less", "").or("false"),
            Argument::new("weights", Kind::Map(&Kind::Number { min: 0.0, max: 9.0 }), "Weights", "").in_unit("kg"),
        ],
        ..Schema::NEW
    };

    fn parsed(words: &[&str]) -> Result<RecipeValues, String> {
        let matches = command(SCHEMA).try_get_matches_from([&["fit"], words].concat());
        matches.map_err(|error| error.to_string()).and_then(|matches| values(SCHEMA, &matches))
    }

    #[test]
    fn flags_become_arguments() {
        let check = |words: &[&str], want: Value| {
            let given = parsed(words).unwrap_or_else(|wrong| panic!("{words:?}: {wrong}"));
            assert_eq!(Value::Object(given.arguments), want, "{words:?}");
        };
        command(SCHEMA).debug_assert();
        check(&["planets", "--target", "周期"], json!({ "target": "周期" }));
        check(&["p", "--target", "--weird"], json!({ "target": "--weird" }));
        check(
            &["p", "--target=y", "--columns", "a", "--columns=-b", "--seed", "18446744073709551615"],
            json!({ "target": "y", "inputs": ["a", "-b"], "seed": u64::MAX }),
        );
        check(
            &["p", "--target", "y", "--time-limit", "2min", "--robust", "--forms", "exp", "--weights", "a=1"],
            json!({
                "target": "y", "time_limit_s": 120.0, "robust": true, "forms": [{ "call": "exp" }], "weights": { "a": 1 },
            }),
        );
        check(&["p", "--target", "y", "--robust=false"], json!({ "target": "y", "robust": false }));
        let inputs = parsed(&["p", "--target", "y", "--hold-out", "p.test"]).expect("inputs").inputs;
        let inputs: Vec<_> = inputs.iter().map(|(input, named)| (input.path, named.as_str())).collect();
        assert_eq!(inputs, [("t", "p"), ("h", "p.test")]);
    }

    #[test]
    fn errors_name_the_wrong_flag() {
        let check = |words: &[&str], want: &str| {
            let wrong = parsed(words).expect_err(want);
            assert!(wrong.contains(want), "{words:?}: {wrong}");
        };
        check(&["p"], "--target <COLUMN>");
        check(&["--target", "y"], "<DATASET>");
        check(&["p", "--target", ""], "an empty text is not the name of a column");
        check(&["p", "--target", "y", "--seed", "-1"], r#"'--seed <N>': "-1" is not a whole number from 0"#);
        check(&["p", "--target", "y", "--share", "NaN"], r#""NaN" is not a number from 0 to 1"#);
        check(&["p", "--target", "y", "--share", "1e400"], r#""1e400" is not a number from 0 to 1"#);
        check(&["p", "--target", "y", "--forms", "lin"], "a similar value exists: 'line'");
        check(&["p", "--target", "y", "--sed", "1"], "a similar argument exists: '--seed'");
        check(
            &["p", "--target", "y", "--columns", "a", "--columns", "a"],
            r#"--columns has the entry "a" twice: each stands in it once"#,
        );
        check(&["p", "--target", "y", "--weights", "a=1", "--weights", "a=2"], r#"--weights says the name "a" twice"#);
    }

    #[test]
    fn the_help_describes_each_flag() {
        let help = command(SCHEMA).render_long_help().to_string();
        for part in [
            "Fit a curve",
            "--seed <N>",
            "The seed [default: 0]",
            "Forms; may be repeated [default: line, exp]",
            "Weights (kg); may be repeated",
            "- exp:",
            "A curve",
            "hven recipe run fit DATASET --target COLUMN",
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
    }
}
