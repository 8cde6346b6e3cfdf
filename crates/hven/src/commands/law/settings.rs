//! The settings of `hven law`: the search, or the run whose result is shown or changed.

use hven_api::laws::ChooseCandidate;
use hven_core::recipe::TARGET;
use serde_json::{Map, Value, json};

use super::args::{FindArgs, LawArgs, LawCommand};
use crate::context::Context;

/// The action of the command. Runs are the names that the server looks up.
#[derive(Debug)]
pub(super) enum LawSettings {
    Find(Box<FindSettings>),
    Show { run: String },
    Choose { run: String, choice: ChooseCandidate },
}

/// A search for a law.
#[derive(Debug)]
pub(super) struct FindSettings {
    pub(super) dataset: String,
    /// The dataset on which the law is tested.
    pub(super) hold_out: Option<String>,
    /// The arguments of the recipe.
    pub(super) arguments: Map<String, Value>,
    /// The name of the run.
    pub(super) name: String,
    /// The project in which the datasets are looked up, if the user named one.
    pub(super) named_project: Option<String>,
    /// The project of the run.
    pub(super) project: Option<String>,
    pub(super) despite_checks: bool,
    pub(super) despite_suspicion: Option<String>,
    /// Search again even if the same search was done before.
    pub(super) fresh: bool,
    /// Return without waiting for the end of the run.
    pub(super) detach: bool,
}

pub(super) fn resolve(args: LawArgs, context: &Context) -> anyhow::Result<LawSettings> {
    Ok(match args.command {
        LawCommand::Find(args) => LawSettings::Find(Box::new(find(args, context)?)),
        LawCommand::Show(args) => LawSettings::Show { run: context.run_name(&args.run)? },
        LawCommand::Choose(args) => LawSettings::Choose {
            run: context.run_name(&args.run)?,
            choice: ChooseCandidate { candidate: args.candidate, because: args.because },
        },
    })
}

fn find(args: FindArgs, context: &Context) -> anyhow::Result<FindSettings> {
    Ok(FindSettings {
        arguments: arguments(&args),
        project: context.new_project(args.project.as_ref())?,
        dataset: args.dataset,
        hold_out: args.hold_out,
        name: args.name,
        named_project: args.project,
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion,
        fresh: args.fresh,
        detach: args.detach,
    })
}

/// The arguments of the recipe. A value of `--set` is JSON, or else text; it replaces the value of another flag.
fn arguments(args: &FindArgs) -> Map<String, Value> {
    let mut arguments = Map::new();
    arguments.insert(TARGET.to_owned(), json!(args.target));
    if !args.input.is_empty() {
        arguments.insert("inputs".to_owned(), json!(args.input));
    }
    if let Some(seed) = args.seed {
        arguments.insert("seed".to_owned(), json!(seed));
    }
    if let Some(time) = args.time {
        arguments.insert("time_limit_s".to_owned(), json!(time));
    }
    for (name, value) in &args.set {
        let value: Value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        arguments.insert(name.clone(), value);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use clap::{FromArgMatches, Subcommand};

    use super::*;

    #[test]
    fn flags_and_settings_become_arguments_of_the_recipe() {
        let check = |flags: &[&str], expected: Value| {
            let command = LawCommand::augment_subcommands(clap::Command::new("law"));
            let words = ["law", "find", "planets", "--target", "period"].iter().chain(flags);
            let matches = command.try_get_matches_from(words).expect("flags are valid");
            let LawCommand::Find(args) = LawCommand::from_arg_matches(&matches).expect("a command") else {
                panic!("not a search")
            };
            assert_eq!(Value::Object(arguments(&args)), expected, "{flags:?}");
        };
        check(&[], json!({"target": "period"}));
        check(&["--input", "a", "b", "--seed", "7"], json!({"target": "period", "inputs": ["a", "b"], "seed": 7}));
        check(&["--time", "2min"], json!({"target": "period", "time_limit_s": 120.0}));
        check(&["--set", "complexity_max=20"], json!({"target": "period", "complexity_max": 20}));
        check(
            &["--set", "unit=m/s", "--set", "seed=8", "--seed", "7"],
            json!({"target": "period", "unit": "m/s", "seed": 8}),
        );
    }
}
