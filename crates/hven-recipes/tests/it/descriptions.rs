//! Checks that the descriptions of recipes match their code: names, texts, arguments and defaults.

use std::{collections::BTreeSet, fs};

use hven_core::{
    manifest::Manifest,
    recipe::{Argument, Kind, Need, Schema, StartedBy, Text},
};
use hven_learn::law::{Operator, Options};
use hven_recipes::LIST;
use serde_json::{Map, Value, json};

/// All texts of a list of arguments.
fn texts(arguments: &[Argument]) -> Vec<(String, Text)> {
    let of = |argument: &Argument| {
        let inner = match argument.kind {
            Kind::Record(fields) | Kind::Map(&Kind::Record(fields)) => texts(fields),
            _ => Vec::new(),
        };
        [vec![(argument.name.to_owned(), argument.help)], inner].concat()
    };
    arguments.iter().flat_map(of).collect()
}

#[test]
fn each_recipe_has_a_name_of_its_own_and_texts_in_both_languages() {
    let names: Vec<&str> = LIST.iter().map(|schema| schema.name).collect();
    let sorted: Vec<&str> = names.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(names, sorted, "each once, in order");
    for Schema { name, version, summary, inputs, arguments, outputs, .. } in LIST.iter() {
        assert!(*version > 0 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        let mut all = texts(arguments);
        all.push(("summary".to_owned(), *summary));
        all.extend(inputs.iter().map(|input| (input.key.to_owned(), input.help)));
        all.extend(outputs.iter().map(|output| (output.path.to_owned(), output.help)));
        for (of, Text { en, zh }) in all {
            assert!(!en.is_empty() && !en.ends_with('.'), "{name}: {of}: {en:?}");
            assert!(zh.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{name}: {of}: {zh:?}");
        }
        let keys = arguments.iter().map(|argument| argument.key).chain(inputs.iter().map(|input| input.key));
        let keys: Vec<&str> = keys.collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{name}: {keys:?}");
    }
}

#[test]
fn each_use_case_has_one_recipe() {
    for starter in [StartedBy::Import, StartedBy::Division, StartedBy::Reproduction] {
        assert_eq!(LIST.iter().filter(|schema| schema.started_by == starter).count(), 1, "{starter:?}");
    }
    assert!(LIST.for_people().next().is_some());
}

/// A valid value of an argument.
fn sample(kind: &Kind) -> Value {
    match *kind {
        Kind::Text | Kind::Column => json!("x"),
        Kind::Number { .. } => json!(0.5),
        Kind::Whole { .. } | Kind::Duration => json!(1),
        Kind::Bool => json!(true),
        Kind::Choice(choices) => choices[0].value(),
        Kind::List { of, .. } => json!([sample(of)]),
        Kind::Map(of) => json!({ "x": sample(of) }),
        Kind::Record(fields) => fields.iter().map(|field| (field.name, sample(&field.kind))).collect(),
    }
}

/// The message of a recipe about arguments when it has no input; empty when it needs none.
fn message(name: &str, arguments: &Map<String, Value>) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("recipe.json"), Value::Object(arguments.clone()).to_string()).unwrap();
    hven_recipes::run(name, folder.path()).map_or_else(|error| error.to_string(), |()| String::new())
}

#[test]
fn a_recipe_accepts_exactly_the_arguments_that_it_declares() {
    for schema in LIST.iter() {
        let name = schema.name;
        let all: Map<String, Value> =
            schema.arguments.iter().map(|argument| (argument.name.to_owned(), sample(&argument.kind))).collect();
        assert_eq!(schema.check(&all), Ok(()), "{name}");
        assert!(!message(name, &all).contains("unknown field"), "{name}: {}", message(name, &all));
        // The code lists its arguments when it gets an unknown one.
        let text = message(name, &Map::from_iter([("no_such_argument".to_owned(), Value::Null)]));
        let (_, known) = text.split_once("expected one of").unwrap_or_else(|| panic!("{name}: {text}"));
        let known: BTreeSet<&str> = known.split('`').skip(1).step_by(2).collect();
        let declared: BTreeSet<&str> = schema.arguments.iter().map(|argument| argument.name).collect();
        assert_eq!(known, declared, "{name}");
    }
}

fn check_defaults(arguments: &[Argument]) {
    for argument in arguments {
        if let Need::Default(text) = argument.need {
            let value: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{}: {text}", argument.name));
            assert_eq!(argument.kind.check(&value), Ok(()), "{}", argument.name);
        }
        if let Kind::Record(fields) = argument.kind {
            check_defaults(fields);
        }
    }
}

#[test]
fn defaults_are_valid_and_equal_those_of_the_code() {
    LIST.iter().for_each(|schema| check_defaults(schema.arguments));
    let law = LIST.find("law").unwrap();
    let default = |name: &str| match law.argument(name).unwrap().need {
        Need::Default(text) => serde_json::from_str::<Value>(text).unwrap(),
        need => panic!("{name}: {need:?}"),
    };
    let usual = Options::default();
    assert_eq!(default("seed"), json!(usual.seed));
    assert_eq!(default("operators"), serde_json::to_value(&usual.operators).unwrap());
    assert_eq!(default("complexity_max"), json!(usual.complexity_max));
    assert_eq!(default("evaluations"), json!(usual.evaluations));
    assert_eq!(default("bootstrap"), json!(usual.bootstrap));
    assert_eq!(usual.time_limit, None);
    let Kind::List { of: &Kind::Choice(choices), .. } = law.argument("operators").unwrap().kind else {
        panic!("operators are choices")
    };
    for choice in choices {
        assert!(serde_json::from_value::<Operator>(choice.value()).is_ok(), "{}", choice.word);
    }
}

#[test]
fn the_manifests_of_the_book_have_valid_recipe_steps() {
    let mut steps = 0;
    for file in ["manifest.md", "laws.md"] {
        let path = format!("{}/../../docs/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let source = block.split("```").next().unwrap();
            let manifest = Manifest::parse(source).unwrap_or_else(|wrong| panic!("{}", wrong.render(file, source)));
            steps += manifest.runs.len();
            let checked = manifest.check_recipes(LIST);
            assert!(checked.is_ok(), "{}", checked.unwrap_err().render(file, source));
        }
    }
    assert!(steps > 1);
}
