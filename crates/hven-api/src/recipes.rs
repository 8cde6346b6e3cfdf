//! Recipes on the wire: what each takes, reads and leaves, and what is done with its result.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /recipes`: all of them, by name.
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
    /// Other outputs come out of another version for the same arguments and inputs.
    pub version: u32,
    pub summary: Text,
    /// What is done with its result: `law`, `dataset`, `parts`, `comparison`, or `files` when they are kept and nothing else is
    /// done.
    pub result_kind: String,
    /// What starts its runs: `people`, by its name, or a use case of Hven: `import`, `division`, `reproduction`.
    pub started_by: String,
}

/// `GET /recipes/{name}`: what a recipe takes, reads and leaves.
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

/// A file or folder that a recipe finds in its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeInput {
    /// What a person calls it: a key in manifests and, with dashes, a flag.
    pub key: String,
    /// The path of the input in a submission. One that ends in `.*` keeps the ending of the file that is given.
    pub path: String,
    /// `table` (of a dataset, or of a part of one), `file` or `folder`.
    pub kind: String,
    pub required: bool,
    /// The input of a step, and the positional argument of the command.
    pub main: bool,
    pub help: Text,
}

/// An argument of a recipe, or a field of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeArgument {
    /// Its name in a submission.
    pub name: String,
    /// What a person calls it: a key in manifests and, with dashes, a flag.
    pub key: String,
    #[serde(rename = "type")]
    pub kind: ArgumentType,
    pub required: bool,
    /// What the recipe takes when nothing is said; `null` when there is no such value: then the help says what happens.
    pub default: Value,
    /// The unit of a number.
    pub unit: Option<String>,
    pub help: Text,
}

/// What an argument may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArgumentType {
    /// `text`, `column` (the name of one, not empty), `number`, `whole`, `bool`, `duration` (a number of seconds from 0),
    /// `choice`, `list`, `map` (values by names that are not known before) or `record` (an object with known fields).
    pub is: String,
    /// The least number, itself allowed; `null` for none.
    pub min: Option<f64>,
    /// The largest number, itself allowed; `null` for none.
    pub max: Option<f64>,
    /// The values of a choice.
    #[serde(default)]
    pub choices: Vec<ArgumentChoice>,
    /// What the entries of a list or a map may be.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub of: Option<Box<ArgumentType>>,
    /// Nothing stands in the list twice.
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
    /// What people write.
    pub word: String,
    /// What stands in a submission.
    pub value: Value,
    pub help: Text,
}

/// A file or folder that a recipe leaves: an output of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeOutput {
    pub path: String,
    /// `file` or `folder`.
    pub kind: String,
    pub help: Text,
}
