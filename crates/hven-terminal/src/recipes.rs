//! Human-readable output for recipes: the list, and the arguments, inputs and outputs of one.

use std::io;

use hven_api::recipes::{ArgumentType, RecipeArgument, RecipeDetail, RecipeInput, RecipeList, RecipeSummary};
use serde_json::Value;

use crate::{
    command_result::HumanReadable,
    terminal_writer::{Field, TerminalWriter},
};

impl HumanReadable for RecipeList {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let rows = self.recipes.iter().map(|recipe| {
            let summary = recipe.summary.en.as_str();
            vec![
                recipe.name.as_str().into(),
                Field::Number(recipe.version.to_string()),
                summary.into(),
                Field::Dim(starter(recipe)),
            ]
        });
        writer.table(&["RECIPE", "VERSION", "WHAT", "STARTED BY"], rows.collect())
    }
}

/// The command that starts a recipe.
fn starter(recipe: &RecipeSummary) -> String {
    match recipe.started_by.as_str() {
        "people" => format!("hven recipe run {}", recipe.name),
        "import" => "hven data add".to_owned(),
        "division" => "hven data split".to_owned(),
        "reproduction" => "hven reproduce".to_owned(),
        other => other.to_owned(),
    }
}

impl HumanReadable for RecipeDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let Self { schema: _, summary, inputs, arguments, outputs } = self;
        writer.line(&format!("{} (version {})   {}", summary.name, summary.version, summary.summary.en))?;
        writer.pairs(&[("started by", Some(starter(summary))), ("result", Some(summary.result_kind.clone()))])?;
        if !inputs.is_empty() {
            writer.heading("Inputs")?;
            writer.table(&["INPUT", "WHAT", "HELP"], inputs.iter().map(input_row).collect())?;
        }
        if !arguments.is_empty() {
            writer.heading("Arguments")?;
            writer.table(&["ARGUMENT", "TYPE", "DEFAULT", "HELP"], arguments.iter().map(argument_row).collect())?;
        }
        if !outputs.is_empty() {
            writer.heading("Outputs")?;
            let row = |output: &hven_api::recipes::RecipeOutput| {
                vec![output.path.as_str().into(), output.kind.as_str().into(), output.help.en.as_str().into()]
            };
            writer.table(&["OUTPUT", "WHAT", "HELP"], outputs.iter().map(row).collect())?;
        }
        Ok(())
    }
}

fn input_row(input: &RecipeInput) -> Vec<Field> {
    let need = if input.required { "" } else { ", may be left out" };
    vec![input.key.as_str().into(), format!("{}{need}", input.kind).into(), input.help.en.as_str().into()]
}

fn argument_row(argument: &RecipeArgument) -> Vec<Field> {
    let default = match &argument.default {
        Value::Null if argument.required => "must be said".to_owned(),
        Value::Null => String::new(),
        value => written(&argument.kind, value),
    };
    let unit = argument.unit.as_ref().map(|unit| format!(" ({unit})")).unwrap_or_default();
    vec![
        argument.key.as_str().into(),
        type_words(&argument.kind).into(),
        default.into(),
        format!("{}{unit}", argument.help.en).into(),
    ]
}

/// The type of an argument in words: `list of column`, `whole from 0`, `one of add, multiply`.
fn type_words(kind: &ArgumentType) -> String {
    let inner = || kind.of.as_ref().map(|of| type_words(of)).unwrap_or_default();
    match kind.is.as_str() {
        "choice" => {
            let words: Vec<&str> = kind.choices.iter().map(|choice| choice.word.as_str()).collect();
            format!("one of {}", words.join(", "))
        }
        "list" => format!("list of {}", inner()),
        "map" => format!("NAME={}", inner()),
        is => match (kind.min, kind.max) {
            (Some(min), Some(max)) => format!("{is} {min} to {max}"),
            (Some(min), None) => format!("{is} from {min}"),
            (None, Some(max)) => format!("{is} up to {max}"),
            (None, None) => is.to_owned(),
        },
    }
}

/// A value as people write it.
fn written(kind: &ArgumentType, value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let of = kind.of.as_deref().unwrap_or(kind);
            items.iter().map(|item| written(of, item)).collect::<Vec<_>>().join(", ")
        }
        value => match kind.choices.iter().find(|choice| choice.value == *value) {
            Some(choice) => choice.word.clone(),
            None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        },
    }
}
