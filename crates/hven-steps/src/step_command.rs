//! The words of a step's command. Parameters and the paths of inputs replace the placeholders.

use hven_core::{
    file_name,
    manifest::{Input, Run, Work},
};
use serde_json::Value;

use crate::table_path;

/// Whether `argv` is the command of the step.
pub fn is_command_of(run: &Run, argv: &[String]) -> bool {
    words(run).is_some_and(|words| words.iter().map(file_name::to_text).eq(argv.iter().cloned()))
}

/// The words of a step's command. Parameters and the paths of inputs replace the placeholders. `None` for a recipe.
pub fn words(run: &Run) -> Option<Vec<String>> {
    let Work::Command(command) = &run.work else { return None };
    let value_of = |place: &str| {
        let input = || run.inputs.iter().map(|input| &input.value).find(|input| input.place() == place);
        run.params.get(place).map(text).or_else(|| input().map(path_of))
    };
    Some(command.filled(&value_of))
}

/// The path where the command finds an input.
pub fn path_of(input: &Input) -> String {
    match input {
        Input::Path { path } => path.clone(),
        Input::Dataset { .. } => table_path::path_of(&input.place()),
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
