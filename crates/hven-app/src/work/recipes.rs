//! Recipes: the tasks that ship with Hven. They run in fresh folders.
//!
//! The process of a recipe is Hven's own program. Its command line is not in the record, because the program may be
//! elsewhere later. The record holds the recipe's name and version, its arguments and the bytes of its inputs.

use std::{collections::BTreeMap, path::PathBuf};

use hven_core::{
    Digest,
    content_key::content_key,
    limits,
    object::FileRef,
    recipe::{RecipeList, Schema, StartedBy},
    run::Recipe,
    staging::RECIPE_FILE,
};

use crate::kernel::{
    callers::Caller,
    error::{AppError, AppResult},
};

/// The recipes of this program, and how to start them.
#[derive(Clone, Debug, Default)]
pub struct Recipes {
    /// The descriptions of the recipes.
    pub list: RecipeList,
    /// Hven's own program.
    pub program: PathBuf,
    /// The environment of a recipe's process. It contains nothing of the caller's environment.
    pub environment: BTreeMap<String, String>,
}

/// A request for a recipe. The server chooses the version.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeRequest {
    pub name: String,
    pub arguments: serde_json::Value,
}

/// The start settings of a recipe's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeProcess {
    pub argv: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Files to write into its folder, with their texts.
    pub files: BTreeMap<String, String>,
}

/// Passes the expected version to the process, so that a program that was replaced meanwhile can refuse.
const VERSION_VARIABLE: &str = "HVEN_RECIPE_VERSION";

impl Recipes {
    /// The recipe in the form in which it is recorded.
    pub fn find(&self, wanted: RecipeRequest) -> AppResult<Recipe> {
        let RecipeRequest { name, arguments } = wanted;
        let Some(schema) = self.list.find(&name) else {
            return Err(AppError::invalid(format!("the recipe {name:?}"), self.list.why_unknown()));
        };
        let arguments = match arguments {
            serde_json::Value::Null => serde_json::Map::new(),
            serde_json::Value::Object(arguments) => arguments,
            _ => return Err(AppError::invalid(format!("the arguments of the recipe {name}"), "are no JSON object")),
        };
        schema.check(&arguments)?;
        let arguments = serde_json::Value::Object(arguments);
        limits::json(
            &format!("the JSON of the arguments of the recipe {name}"),
            &arguments,
            limits::ARGUMENTS_BYTES_MAX,
        )?;
        Ok(Recipe { name, version: schema.version, arguments })
    }

    /// The recipe that a use case starts, with these arguments.
    pub(crate) fn started_by(&self, starter: StartedBy, arguments: serde_json::Value) -> AppResult<RecipeRequest> {
        let missing = || AppError::Conflict(format!("this Hven has no recipe for an {}", starter.as_str()));
        let schema = self.list.started_by(starter).ok_or_else(missing)?;
        Ok(RecipeRequest { name: schema.name.to_owned(), arguments })
    }

    /// The recorded recipe in the version of this program, or the reason why there is none. A verdict on a repeated run names the
    /// two versions as a cause.
    pub(crate) fn of_today(&self, recipe: &Recipe) -> Result<Recipe, String> {
        let name = &recipe.name;
        let Some(known) = self.list.find(name) else { return Err(format!("this Hven has no recipe {name}")) };
        let taken = recipe.arguments.as_object().is_some_and(|arguments| known.check(arguments).is_ok());
        if known.version != recipe.version && !taken {
            return Err(format!(
                "its arguments are those of version {} of the recipe {name}, and version {} does not take them",
                recipe.version, known.version
            ));
        }
        let today = Recipe { version: known.version, ..recipe.clone() };
        self.process(&today).map(|_| today)
    }

    /// The version of the recipe that this action starts.
    pub(crate) fn version_started_by(&self, starter: StartedBy) -> Option<u32> {
        self.list.started_by(starter).map(|schema| schema.version)
    }

    /// The process for a recorded recipe, or the reason why it cannot be started: another version would do other work.
    pub fn process(&self, recipe: &Recipe) -> Result<RecipeProcess, String> {
        let Recipe { name, version, arguments } = recipe;
        match self.list.find(name) {
            Some(known) if known.version == *version => {}
            Some(known) => {
                return Err(format!(
                    "it asks for version {version} of the recipe {name}, and this Hven has {}: submit it again",
                    known.version
                ));
            }
            None => return Err(format!("this Hven has no recipe {name}")),
        }
        let Some(program) = self.program.to_str() else {
            return Err(format!("the path of Hven's program is not UTF-8: {}", self.program.display()));
        };
        let mut environment = self.environment.clone();
        environment.insert(VERSION_VARIABLE.to_owned(), version.to_string());
        Ok(RecipeProcess {
            argv: vec![program.to_owned(), "recipe".to_owned(), name.clone()],
            environment,
            files: BTreeMap::from([(RECIPE_FILE.to_owned(), arguments.to_string())]),
        })
    }
}

/// The descriptions of all recipes.
///
/// # Errors
/// The caller is no user.
pub fn list(recipes: &Recipes, caller: &Caller) -> AppResult<RecipeList> {
    caller.require_user()?;
    Ok(recipes.list)
}

/// The description of one recipe.
///
/// # Errors
/// There is no recipe with this name, or the caller is no user.
pub fn show(recipes: &Recipes, caller: &Caller, name: &str) -> AppResult<&'static Schema> {
    list(recipes, caller)?.find(name).ok_or_else(|| AppError::not_found("recipe", name))
}

/// The key that two runs of a recipe share if they do the same work. The recipe's version represents its code.
pub(crate) fn cache_key(recipe: &Recipe, inputs: &[FileRef], outputs: &[String]) -> Option<Digest> {
    let inputs: Vec<_> = inputs.iter().map(|input| (&input.path, input.digest)).collect();
    let parts = serde_json::json!({
        "grammar": 1,
        "recipe": recipe.name,
        "version": recipe.version,
        "arguments": recipe.arguments,
        "inputs": inputs,
        "outputs": outputs,
    });
    content_key("recipe/1", &parts).ok()
}

#[cfg(test)]
mod tests {
    use hven_core::{
        object::FileKind,
        recipe::{Argument, Kind, TARGET},
    };
    use serde_json::json;

    use super::*;

    const SCHEMAS: &[Schema] = &[
        Schema { name: "import", version: 3, started_by: StartedBy::Import, ..Schema::NEW },
        Schema {
            name: "law",
            arguments: &[
                Argument::new(TARGET, Kind::Column, "", "").required(),
                Argument::new("seed", Kind::COUNT, "", "").or("0"),
            ],
            ..Schema::NEW
        },
    ];

    fn recipes() -> Recipes {
        Recipes {
            list: RecipeList(SCHEMAS),
            program: "/usr/bin/hven".into(),
            environment: BTreeMap::from([("LANG".to_owned(), "C.UTF-8".to_owned())]),
        }
    }

    #[test]
    fn an_unknown_recipe_is_refused_with_a_list_of_recipes() {
        let find = |recipes: &Recipes, name: &str, arguments| {
            recipes.find(RecipeRequest { name: name.to_owned(), arguments }).map_err(|error| error.to_string())
        };
        let law = Recipe { name: "law".to_owned(), version: 1, arguments: json!({ "target": "y" }) };
        assert_eq!(find(&recipes(), "law", json!({ "target": "y" })), Ok(law.clone()));
        assert_eq!(find(&recipes(), "import", json!(null)).map(|found| found.arguments), Ok(json!({})));
        // Arguments are recorded as they were given: none is added and none is left out.
        let arguments = json!({ "target": "y", "seed": null });
        assert_eq!(find(&recipes(), "law", arguments.clone()).map(|found| found.arguments), Ok(arguments));
        let check = |recipes: &Recipes, name, arguments, want: &str| {
            assert_eq!(find(recipes, name, arguments).expect_err("refused"), want);
        };
        check(&recipes(), "laws", json!({}), "the recipe \"laws\" is not known: there are import, law");
        check(&Recipes::default(), "law", json!({}), "the recipe \"law\" is not known: this Hven has no recipes");
        check(&recipes(), "law", json!([1]), "the arguments of the recipe law are no JSON object");
        let missing = "the argument `target` of the recipe law is missing: the name of a column is wanted";
        check(&recipes(), "law", json!(null), missing);
        let unknown = "the argument `sede` of the recipe law is not known: is `seed` meant?";
        check(&recipes(), "law", json!({ "target": "y", "sede": 1 }), unknown);

        let process = recipes().process(&law).expect("it can be started");
        assert_eq!(process.argv, ["/usr/bin/hven", "recipe", "law"]);
        assert_eq!(process.files, BTreeMap::from([("recipe.json".to_owned(), r#"{"target":"y"}"#.to_owned())]));
        assert_eq!(process.environment["HVEN_RECIPE_VERSION"], "1");
        let newer = recipes().process(&Recipe { version: 2, ..law.clone() }).expect_err("refused");
        assert!(newer.contains("asks for version 2 of the recipe law, and this Hven has 1"), "{newer}");
        assert!(Recipes::default().process(&law).is_err());
        let wanted = recipes().started_by(StartedBy::Import, json!({})).map_err(|error| error.to_string());
        assert_eq!(wanted, Ok(RecipeRequest { name: "import".to_owned(), arguments: json!({}) }));
        assert!(recipes().started_by(StartedBy::Division, json!({})).is_err());
    }

    #[test]
    fn a_recipes_key_depends_on_its_work() {
        let input = |path: &str, bytes: &[u8]| FileRef {
            path: path.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            kind: FileKind::File,
        };
        let recipe = |version, arguments: &str| Recipe {
            name: "law".to_owned(),
            version,
            arguments: serde_json::from_str(arguments).expect("JSON"),
        };
        let outputs = ["law.json".to_owned()];
        let of =
            |recipe: &Recipe, input: FileRef| cache_key(recipe, &[input], &outputs).expect("it has one").to_string();
        let base = of(&recipe(1, r#"{"target":"period","seed":1}"#), input("data.csv", b"a"));
        assert_eq!(base, "91bb7a3724a0d577d6df3f9ff4a3a7a2c622bc3ee35fa499598d1324f7ae37b4");
        assert_eq!(of(&recipe(1, r#"{ "seed": 1, "target": "period" }"#), input("data.csv", b"a")), base);
        assert_ne!(of(&recipe(2, r#"{"target":"period","seed":1}"#), input("data.csv", b"a")), base);
        assert_ne!(of(&recipe(1, r#"{"target":"period","seed":2}"#), input("data.csv", b"a")), base);
        assert_ne!(of(&recipe(1, r#"{"target":"period","seed":1}"#), input("data.csv", b"b")), base);
        assert_ne!(of(&recipe(1, r#"{"target":"period","seed":1}"#), input("other.csv", b"a")), base);
    }
}
