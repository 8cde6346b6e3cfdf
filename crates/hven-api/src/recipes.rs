//! Recipes on the wire: arguments, inputs and outputs of each, and how its result is used.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /recipes`: all recipes, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeList {
    pub schema: String,
    pub recipes: Vec<RecipeSummary>,
}

/// A recipe as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeSummary {
    pub name: String,
    /// Another version makes other outputs from the same arguments and inputs.
    pub version: u32,
    pub summary: Text,
    /// How its result is used: `law`, `dataset`, `parts`, `comparison`, or `files` when it is only kept.
    pub result_kind: String,
    /// The initiator of its runs: `people`, by the recipe's name, or a use case of Hven: `import`, `division`, `reproduction`.
    pub started_by: String,
}

/// `GET /recipes/{name}`: arguments, inputs and outputs of a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeDetail {
    pub schema: String,
    #[serde(flatten)]
    pub summary: RecipeSummary,
    pub inputs: Vec<RecipeInput>,
    pub arguments: Vec<RecipeArgument>,
    pub outputs: Vec<RecipeOutput>,
}

/// A text in both languages of the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Text {
    pub en: String,
    pub zh: String,
}

/// A file or folder that a recipe reads in its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeInput {
    /// Its name for people: a key in manifests and, with dashes, a flag.
    pub key: String,
    /// The path of the input in a submission. A path that ends in `.*` keeps the extension of the given file.
    pub path: String,
    /// `table` (of a dataset, or of a part of one), `file` or `folder`.
    pub kind: String,
    pub required: bool,
    /// It is the input of a step, and the positional argument of the command.
    pub main: bool,
    pub help: Text,
}

/// An argument of a recipe, or a field of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeArgument {
    /// Its name in a submission.
    pub name: String,
    /// Its name for people: a key in manifests and, with dashes, a flag.
    pub key: String,
    #[serde(rename = "type")]
    pub kind: ArgumentType,
    pub required: bool,
    /// The default of the recipe; `null` when there is no fixed default: then the help describes the behaviour.
    pub default: Value,
    /// The unit of a number.
    pub unit: Option<String>,
    pub help: Text,
}

/// The type of an argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArgumentType {
    /// `text`, `column` (the name of a column, not empty), `number`, `whole`, `bool`, `duration` (a number of seconds from 0),
    /// `choice`, `list`, `map` (values by arbitrary names) or `record` (an object with known fields).
    pub is: String,
    /// The least number, inclusive; `null` for none.
    pub min: Option<f64>,
    /// The largest number, inclusive; `null` for none.
    pub max: Option<f64>,
    /// The values of a choice.
    #[serde(default)]
    pub choices: Vec<ArgumentChoice>,
    /// The type of the entries of a list or a map.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub of: Option<Box<ArgumentType>>,
    /// All entries of the list are different.
    #[serde(default)]
    pub distinct: bool,
    /// The fields of a record.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub fields: Vec<RecipeArgument>,
}

/// One of the values that an argument may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArgumentChoice {
    /// The word in manifests and commands.
    pub word: String,
    /// The value in a submission.
    pub value: Value,
    pub help: Text,
}

/// A file or folder that a recipe makes: an output of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeOutput {
    pub path: String,
    /// `file` or `folder`.
    pub kind: String,
    pub help: Text,
}
