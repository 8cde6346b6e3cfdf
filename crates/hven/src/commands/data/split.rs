//! `hven data split`: splits a dataset into parts.

use std::{collections::BTreeMap, sync::Arc};

use clap::{Args, ValueEnum};
use hven_api::datasets::NewSplit;
use hven_client::Failure;
use hven_steps::new_dataset::{NewDatasetResult, SPLIT, finish};
use hven_terminal::{DatasetSplit, Output, exit};

use crate::{arg_values::parse_pair, context::Context, step_host::Watcher};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitMethod {
    /// Row by row; equal rows stay together
    Random,
    /// Row by row, with the same shares for each value of a column; equal rows stay together
    Stratified,
    /// Rows with the same value of a column stay together
    ByKey,
}

impl SplitMethod {
    fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Stratified => "stratified",
            Self::ByKey => "by_key",
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data split planets --part train=0.75 --part test=0.25 --hold-out test
  hven data split patients --method by-key --by patient --part train=0.8 --part test=0.2

The parts are planets@1.train and planets@1.test. A held-out part is read only by its name, and each reading is recorded.
A split cannot be changed. A version with a hold-out accepts no second split, and a version with a split accepts no later
hold-out: make all parts at once.")]
pub struct SplitArgs {
    /// `name` (the newest version) or `name@version`, not a part
    pub dataset: String,
    /// A part and its share
    #[arg(long, required = true, value_name = "NAME=SHARE", value_parser = parse_share)]
    pub part: Vec<(String, f64)>,
    /// The part that is held out
    #[arg(long, value_name = "NAME")]
    pub hold_out: Option<String>,
    /// How rows are assigned to parts
    #[arg(long, default_value = "random")]
    pub method: SplitMethod,
    /// The column for `stratified` and `by-key`, which require one
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// The seed of the random assignment
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A name for the split, to make a second split of the same version [default: split]
    #[arg(long)]
    pub name: Option<String>,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
    /// Split the dataset even if the same split was made before
    #[arg(long)]
    pub fresh: bool,
}

fn parse_share(text: &str) -> Result<(String, f64), String> {
    let (name, share) = parse_pair(text)?;
    let share: f64 = share.parse().map_err(|_| format!("{share:?} is not a share such as 0.75"))?;
    if share > 0.0 && share < 1.0 { Ok((name, share)) } else { Err(format!("a share is between 0 and 1, not {share}")) }
}

fn new_split(args: &SplitArgs) -> Result<NewSplit, Failure> {
    let parts: BTreeMap<String, f64> = args.part.iter().cloned().collect();
    if parts.len() != args.part.len() {
        return Err(Failure::new("usage", "a part is named twice"));
    }
    Ok(NewSplit {
        name: args.name.clone(),
        method: args.method.as_str().to_owned(),
        by: args.by.clone(),
        seed: args.seed,
        parts,
        hold_out: args.hold_out.clone(),
        fresh: args.fresh,
    })
}

pub(super) fn split(args: &SplitArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let new = new_split(args)?;
    let client = Arc::new(context.client_of_existing()?);
    let project = args.project.as_deref();
    let created = context.in_project(project, |project| client.split_dataset(&args.dataset, project, &new))?;
    let made = finish(&client, created, &format!("splitting {}", args.dataset), &Watcher(&client), output)?;
    let (dataset, run) = match made {
        NewDatasetResult::Failed(watched) => return watched.report_failure(output),
        NewDatasetResult::Dataset { dataset, run } => (*dataset, run),
    };
    let name = args.name.as_deref().unwrap_or(SPLIT);
    let splits = client.dataset(&dataset.id, None)?.split_list;
    let split = splits.into_iter().find(|split| split.name == name);
    let status = if dataset.checks_failed > 0 { exit::NOT_WELL } else { exit::OK };
    output.reply(&DatasetSplit { unchanged: run.unchanged, dataset, split })?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_numbers_between_0_and_1() {
        assert_eq!(parse_share("train=0.75"), Ok(("train".to_owned(), 0.75)));
        for bad in ["train", "train=", "train=1", "train=x", "train=NaN", "train=-0.5"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
    }
}
