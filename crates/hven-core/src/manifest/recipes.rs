//! Checks that the recipe steps and the tables of a manifest have valid keys and arguments.

use std::ops::Range;

use serde_json::{Map, Value};

use super::{Data, Manifest, Placed, Problems, Run, Work, data};
use crate::{
    diagnostic::Diagnostic,
    nearest::suggestion,
    recipe::{Argument, RecipeList, Schema, StartedBy},
};

/// The keys of a step that do not belong to a recipe.
const KEYS: [&str; 8] = ["recipe", "input", "inputs", "resources", "retries", "tolerance", "within", "description"];

impl Manifest {
    /// Checks that every recipe exists, and that each recipe and each import gets only keys that it accepts.
    ///
    /// # Errors
    /// All problems, in the order of the file.
    pub fn check_recipes(&self, recipes: RecipeList) -> Result<(), Problems> {
        let mut problems = Vec::new();
        let import = recipes.started_by(StartedBy::Import);
        let settings: Vec<&Argument> = import.into_iter().flat_map(Schema::source_settings).collect();
        for data in &self.data {
            check_data(data, &settings, &mut problems);
        }
        for run in &self.runs {
            let Work::Recipe { recipe, settings } = &run.work else { continue };
            match recipes.find(&recipe.value) {
                Some(schema) if schema.started_by == StartedBy::People => check(run, schema, settings, &mut problems),
                found => problems.push(no_step(&recipe.value, &recipe.span, found, recipes)),
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|problem| problem.span.start);
        Err(Problems(problems))
    }
}

impl Data {
    /// How the source is read, as the arguments of the import.
    pub fn source_settings(&self, import: &Schema) -> Map<String, Value> {
        let given = |argument: &Argument| {
            let (_, placed) = self.settings.iter().find(|(key, _)| key == argument.key)?;
            Some((argument.name.to_owned(), argument.kind.of_manifest(&placed.value)))
        };
        import.source_settings().filter_map(given).collect()
    }
}

/// The error for a recipe that does not exist, or that only Hven starts.
fn no_step(name: &str, span: &Range<usize>, found: Option<&Schema>, recipes: RecipeList) -> Diagnostic {
    let Some(schema) = found else {
        let names: Vec<&str> = recipes.for_people().map(|schema| schema.name).collect();
        let help = suggestion(name, names.iter().copied()).unwrap_or_else(|| format!("there are {}", names.join(", ")));
        return Diagnostic::new(span.clone(), format!("there is no recipe `{name}`")).help(help);
    };
    let wrong = Diagnostic::new(span.clone(), format!("Hven itself starts the recipe `{name}`: no step does"));
    match schema.again {
        Some(again) => wrong.help(again),
        None => wrong,
    }
}

/// Checks the keys that say how a source is read.
fn check_data(data: &Data, settings: &[&Argument], problems: &mut Vec<Diagnostic>) {
    for (key, Placed { value, span }) in &data.settings {
        match settings.iter().find(|argument| argument.key == key) {
            Some(argument) => problems.extend(wrong_value(argument, value, span)),
            None => {
                let known: Vec<&str> = data::KEYS.into_iter().chain(settings.iter().map(|known| known.key)).collect();
                let help = suggestion(key, known.iter().copied());
                let help = help.unwrap_or_else(|| format!("there are {}", known.join(", ")));
                let message = format!("[data.{}] has no key `{key}`", data.name);
                problems.push(Diagnostic::new(span.clone(), message).help(help));
            }
        }
    }
}

fn wrong_value(argument: &Argument, value: &Value, span: &Range<usize>) -> Option<Diagnostic> {
    let why = argument.kind.check(&argument.kind.of_manifest(value)).err()?;
    Some(Diagnostic::new(span.clone(), format!("`{}` {why}", argument.key)).help(argument.help.en))
}

fn check(run: &Run, schema: &Schema, settings: &[(String, Placed<Value>)], problems: &mut Vec<Diagnostic>) {
    for (key, Placed { value, span }) in settings {
        let wrong = |message: String| Diagnostic::new(span.clone(), message);
        if schema.other_inputs().any(|input| input.key == key) {
            if value.as_str().is_none_or(str::is_empty) {
                problems
                    .push(wrong(format!("`{key}` names a dataset")).help(format!("write {key} = \"planets.test\"")));
            }
        } else if let Some(argument) = schema.argument_of_key(key) {
            problems.extend(wrong_value(argument, value, span));
        } else {
            let known = [KEYS.to_vec(), schema.keys()].concat();
            let help =
                suggestion(key, known.iter().copied()).unwrap_or_else(|| format!("there are {}", known.join(", ")));
            problems.push(wrong(format!("[run.{}] has no key `{key}`", run.name)).help(help));
        }
    }
    let arguments = schema.arguments.iter().filter(|argument| argument.is_required());
    let arguments = arguments.map(|argument| (argument.key, argument.kind.wanted(), argument.help.en));
    let inputs = schema.other_inputs().filter(|input| input.required);
    let inputs = inputs.map(|input| (input.key, "a dataset".to_owned(), input.help.en));
    for (key, wanted, help) in arguments.chain(inputs) {
        if !settings.iter().any(|(given, _)| given == key) {
            let message = format!("[run.{}] says no `{key}`", run.name);
            problems.push(Diagnostic::new(run.span.clone(), message).help(format!("{wanted} is wanted: {help}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::recipe::{Argument, Input, InputKind, Kind, TARGET, Text};

    const NO_HELP: Text = Text { en: "", zh: "" };
    const RECIPES: RecipeList = RecipeList(&[
        Schema {
            name: "fit",
            inputs: &[
                Input { key: "table", path: "table.parquet", kind: InputKind::Table, required: true, help: NO_HELP },
                Input {
                    key: "hold_out",
                    path: "hold_out.parquet",
                    kind: InputKind::Table,
                    required: false,
                    help: NO_HELP,
                },
            ],
            arguments: &[
                Argument::new(TARGET, Kind::Column, "The column to explain", "").required(),
                Argument::new("inputs", Kind::COLUMNS, "The columns that may stand in it", "").called("columns"),
                Argument::new("seed", Kind::COUNT, "The same seed gives the same", "").or("0"),
                Argument::new("time_limit_s", Kind::Duration, "Stop after this time", ""),
            ],
            ..Schema::NEW
        },
        Schema {
            name: "bring",
            started_by: StartedBy::Import,
            again: Some("`hven data add` brings a table in"),
            arguments: &[
                Argument::new("units", Kind::Map(&Kind::Text), "", ""),
                Argument::new("delimiter", Kind::Text, "The letter between cells", ""),
                Argument::new("header", Kind::Bool, "Whether the first line holds names", ""),
                Argument::new("skip_lines", Kind::TEXTS, "Lines that are left out", ""),
            ],
            ..Schema::NEW
        },
    ]);

    fn checked(steps: &str) -> Result<(), String> {
        let manifest = Manifest::parse(steps).unwrap_or_else(|wrong| panic!("{}", wrong.render("hven.toml", steps)));
        manifest.check_recipes(RECIPES).map_err(|wrong| wrong.render("hven.toml", steps))
    }

    #[test]
    fn the_keys_of_a_recipe_are_accepted() {
        let own = "columns = [\"半长轴\", \"--weird\"]\nhold_out = \"planets.test\"\nseed = 7\ntime_limit_s = \"2min\"";
        let step = format!("[run.fit]\nrecipe = \"fit\"\ninput = \"planets\"\ntarget = \"周期\"\n{own}\nretries = 1\n");
        assert_eq!(checked(&step), Ok(()));
        assert_eq!(checked("[run.list]\ncommand = \"ls\"\n"), Ok(()));
    }

    #[test]
    fn the_settings_of_an_import_are_accepted() {
        let table = |keys: &str| checked(&format!("[data.planets]\nsource = \"p.csv\"\n{keys}\n"));
        assert_eq!(table("delimiter = \";\"\nheader = false\nmissing = [\"-\"]"), Ok(()));
        for lines in ["3", "\"10-14\"", "[2, \"10-14\"]"] {
            assert_eq!(table(&format!("skip_lines = {lines}")), Ok(()), "{lines}");
        }
        assert_snapshot!(table("delimeter = \";\"\nheader = \"no\"\nskip_lines = [2, true]\nlimits = 3").unwrap_err(), @r#"
    hven.toml:3:13: [data.planets] has no key `delimeter`
    3 | delimeter = ";"
                    ^^^
    help: is `delimiter` meant?

    hven.toml:4:10: `header` is "no": true or false is wanted
    4 | header = "no"
                 ^^^^
    help: Whether the first line holds names

    hven.toml:5:14: `skip_lines` has an entry that is true: a text is wanted
    5 | skip_lines = [2, true]
                     ^^^^^^^^^
    help: Lines that are left out

    hven.toml:6:10: [data.planets] has no key `limits`
    6 | limits = 3
                 ^
    help: there are source, missing, units, types, license, description, checks, split, memory, delimiter, header, skip_lines
    "#);
    }

    #[test]
    fn other_keys_are_reported_with_their_place() {
        assert_snapshot!(checked(r#"
[run.a]
recipe = "fot"
input = "planets"
[run.b]
recipe = "bring"
input = "planets"
[run.c]
recipe = "fit"
input = "planets"
colums = ["x"]
sed = 1
velocity = 2
seed = -1
columns = ["x", "x"]
hold_out = 3
time_limit_s = "soon"
[run.d]
recipe = "fit"
input = "planets"
target = ""
"#).unwrap_err(), @r#"
    hven.toml:3:10: there is no recipe `fot`
    3 | recipe = "fot"
                 ^^^^^
    help: is `fit` meant?

    hven.toml:6:10: Hven itself starts the recipe `bring`: no step does
    6 | recipe = "bring"
                 ^^^^^^^
    help: `hven data add` brings a table in

    hven.toml:8:6: [run.c] says no `target`
    8 | [run.c]
             ^
    help: the name of a column is wanted: The column to explain

    hven.toml:11:10: [run.c] has no key `colums`
    11 | colums = ["x"]
                  ^^^^^
    help: is `columns` meant?

    hven.toml:12:7: [run.c] has no key `sed`
    12 | sed = 1
               ^
    help: is `seed` meant?

    hven.toml:13:12: [run.c] has no key `velocity`
    13 | velocity = 2
                    ^
    help: there are recipe, input, inputs, resources, retries, tolerance, within, description, target, columns, seed, time_limit_s, hold_out

    hven.toml:14:8: `seed` is -1: a whole number from 0 is wanted
    14 | seed = -1
                ^^
    help: The same seed gives the same

    hven.toml:15:11: `columns` has the entry "x" twice: each stands in it once
    15 | columns = ["x", "x"]
                   ^^^^^^^^^^
    help: The columns that may stand in it

    hven.toml:16:12: `hold_out` names a dataset
    16 | hold_out = 3
                    ^
    help: write hold_out = "planets.test"

    hven.toml:17:16: `time_limit_s` is "soon": a number of seconds from 0 is wanted
    17 | time_limit_s = "soon"
                        ^^^^^^
    help: Stop after this time

    hven.toml:21:10: `target` is empty: the name of a column is wanted
    21 | target = ""
                  ^^
    help: The column to explain
    "#);
    }
}
