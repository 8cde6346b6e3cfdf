//! Converts the schemas of recipes to wire types.

use hven_api::recipes as wire;
use hven_core::recipe::{Argument, Choice, Input, Kind, Need, Output, Schema, Text};
use serde_json::Value;

pub(crate) fn list<'s>(schemas: impl Iterator<Item = &'s Schema>) -> wire::RecipeList {
    wire::RecipeList { schema: "hven.recipes/1".to_owned(), recipes: schemas.map(summary).collect() }
}

pub(crate) fn detail(schema: &Schema) -> wire::RecipeDetail {
    let is_main = |key: &str| schema.main_input().is_some_and(|main| main.key == key);
    wire::RecipeDetail {
        schema: "hven.recipe/1".to_owned(),
        summary: summary(schema),
        inputs: schema.inputs.iter().map(|input| self::input(input, is_main(input.key))).collect(),
        arguments: schema.arguments.iter().map(argument).collect(),
        outputs: schema.outputs.iter().map(output).collect(),
    }
}

fn summary(schema: &Schema) -> wire::RecipeSummary {
    wire::RecipeSummary {
        name: schema.name.to_owned(),
        version: schema.version,
        summary: text(schema.summary),
        result_kind: schema.result.as_str().to_owned(),
        started_by: schema.started_by.as_str().to_owned(),
    }
}

fn text(text: Text) -> wire::Text {
    wire::Text { en: text.en.to_owned(), zh: text.zh.to_owned() }
}

fn input(input: &Input, main: bool) -> wire::RecipeInput {
    wire::RecipeInput {
        key: input.key.to_owned(),
        path: input.path.to_owned(),
        kind: input.kind.as_str().to_owned(),
        required: input.required,
        main,
        help: text(input.help),
    }
}

fn argument(argument: &Argument) -> wire::RecipeArgument {
    wire::RecipeArgument {
        name: argument.name.to_owned(),
        key: argument.key.to_owned(),
        kind: kind(&argument.kind),
        required: argument.is_required(),
        default: match argument.need {
            Need::Default(json) => serde_json::from_str(json).unwrap_or_default(),
            Need::Required | Need::Optional => Value::Null,
        },
        unit: argument.unit.map(str::to_owned),
        help: text(argument.help),
    }
}

fn kind(kind: &Kind) -> wire::ArgumentType {
    let none = wire::ArgumentType {
        is: kind.as_str().to_owned(),
        min: None,
        max: None,
        choices: Vec::new(),
        of: None,
        distinct: false,
        fields: Vec::new(),
    };
    let finite = |bound: f64| Some(bound).filter(|bound| bound.is_finite());
    match *kind {
        Kind::Text | Kind::Column | Kind::Bool => none,
        Kind::Number { min, max } => wire::ArgumentType { min: finite(min), max: finite(max), ..none },
        Kind::Whole { min, max } => wire::ArgumentType {
            min: (min != i64::MIN).then_some(min as f64),
            max: (max != u64::MAX).then_some(max as f64),
            ..none
        },
        Kind::Duration => wire::ArgumentType { min: Some(0.0), ..none },
        Kind::Choice(choices) => wire::ArgumentType { choices: choices.iter().map(choice).collect(), ..none },
        Kind::List { of, distinct } => wire::ArgumentType { of: Some(Box::new(self::kind(of))), distinct, ..none },
        Kind::Map(of) => wire::ArgumentType { of: Some(Box::new(self::kind(of))), ..none },
        Kind::Record(fields) => wire::ArgumentType { fields: fields.iter().map(argument).collect(), ..none },
    }
}

fn choice(choice: &Choice) -> wire::ArgumentChoice {
    wire::ArgumentChoice { word: choice.word.to_owned(), value: choice.value(), help: text(choice.help) }
}

fn output(output: &Output) -> wire::RecipeOutput {
    wire::RecipeOutput { path: output.path.to_owned(), kind: output.kind.as_str().to_owned(), help: text(output.help) }
}
