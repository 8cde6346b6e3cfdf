//! The flags that say how the source of an import is read, made from the arguments of its recipe.

use clap::{ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};
use hven_core::recipe::{Argument, Kind, Schema, StartedBy};
use serde_json::{Map, Value};

use crate::recipe_flags;

/// The given settings, by the names of the recipe's arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFlags(pub Map<String, Value>);

/// The recipe of an import.
pub fn import() -> Option<&'static Schema> {
    hven_recipes::LIST.started_by(StartedBy::Import)
}

fn settings() -> impl Iterator<Item = &'static Argument> {
    import().into_iter().flat_map(Schema::source_settings)
}

impl Args for SourceFlags {
    fn augment_args(command: Command) -> Command {
        settings().fold(command, |command, argument| {
            let flag = recipe_flags::flag(argument).help_heading("How the file is read");
            // No entry of these lists has a comma in it.
            let is_list = matches!(argument.kind, Kind::List { .. });
            command.arg(if is_list { flag.value_delimiter(',') } else { flag })
        })
    }
    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SourceFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = recipe_flags::arguments(settings(), matches);
        let mut given = given.map_err(|why| clap::Error::raw(ErrorKind::ValueValidation, format!("{why}\n")))?;
        for value in given.values_mut() {
            // Few people know how to type a tab in a shell.
            if value.as_str() == Some("\\t") {
                *value = Value::from("\t");
            }
        }
        Ok(Self(given))
    }
    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hven_api::{datasets::AddDataset, runs::FileRef};
    use hven_core::recipe::flags_of;
    use serde_json::json;

    use super::*;

    fn parsed(words: &[&str]) -> Result<Map<String, Value>, String> {
        let command = SourceFlags::augment_args(Command::new("add"));
        let matches = command.try_get_matches_from([&["add"], words].concat());
        matches
            .and_then(|matches| SourceFlags::from_arg_matches(&matches))
            .map(|flags| flags.0)
            .map_err(|e| e.to_string())
    }

    /// A value of each setting.
    fn example(argument: &Argument) -> Value {
        match argument.kind {
            Kind::Bool => json!(false),
            Kind::Choice(choices) => choices[0].value(),
            Kind::List { of: Kind::Whole { .. }, .. } => json!([5, 12]),
            Kind::List { .. } => json!(["3", "10-14"]),
            _ => json!(","),
        }
    }

    #[test]
    fn every_setting_is_a_flag_and_a_field_of_the_api() {
        let all: Map<String, Value> =
            settings().map(|argument| (argument.name.to_owned(), example(argument))).collect();
        assert!(all.len() > 5, "{all:?}");
        let import = import().expect("a recipe imports tables");
        let words = flags_of(import, &all);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(parsed(&words), Ok(all.clone()), "{words:?}");
        let source = FileRef { path: "t.csv".to_owned(), digest: String::new(), size: 0, kind: "file".to_owned() };
        let new = AddDataset::of(None, "t".to_owned(), source).with_source_settings(all.clone()).expect("an import");
        assert_eq!(new.source_settings(), all, "the API has the same settings");
    }

    #[test]
    fn a_tab_is_written_as_an_escape() {
        assert_eq!(parsed(&["--delimiter", "\\t"]), Ok(Map::from_iter([("delimiter".to_owned(), json!("\t"))])));
        let words = flags_of(import().expect("a recipe"), &parsed(&["--delimiter=\\t"]).expect("a tab"));
        assert_eq!(words, ["--delimiter", "\\t"]);
    }
}
