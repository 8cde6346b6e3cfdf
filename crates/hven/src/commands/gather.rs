//! `hven gather`: makes a dataset of the results of an array, again or for the first time.

use std::sync::Arc;

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::arrays::GatherArray;
use hven_client::Failure;
use hven_terminal::{ArrayDetached, Output, exit};

use crate::{
    act::Act,
    arg_values::parse_pair,
    array_watch::{self, ARRAY},
    complete,
    context::Context,
    follow_run::Interrupt,
};

/// Make a dataset of the results of an array, without running a task again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven gather array/3                       once more, as `hven map --gather` said
  hven gather array/3 --unit t=s            with these units instead of the earlier ones
  hven gather array/3 --name results        as the dataset results, also when it was submitted without --gather

The tasks of the array are not run again. An array that goes on is gathered when it ends. The exit status is that of `hven map`.")]
pub struct GatherArgs {
    /// The array, as in array/3
    #[arg(value_name = "ARRAY", add = ArgValueCompleter::new(complete::arrays))]
    pub array: String,
    /// The name of the dataset [default: the earlier one]
    #[arg(long)]
    pub name: Option<String>,
    /// The unit of a value or a metric, as in t=s; may be repeated [default: the earlier ones]
    #[arg(long, value_name = "NAME=UNIT", value_parser = parse_pair, conflicts_with = "no_units")]
    pub unit: Vec<(String, String)>,
    /// Without units
    #[arg(long)]
    pub no_units: bool,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
}

impl Act for GatherArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        if !array_watch::is_array(&self.array) {
            return Err(Failure::new("usage", format!("{} is no array", self.array))
                .hint(format!("name it as in {ARRAY}3; `hven ps -a` lists the arrays"))
                .into());
        }
        let units = (self.no_units || !self.unit.is_empty()).then(|| self.unit.into_iter().collect());
        let client = Arc::new(context.client_of_existing()?);
        let gathered = client.gather_array(&self.array, &GatherArray { dataset: self.name, units })?;
        if self.detach {
            output.reply(&ArrayDetached(&gathered))?;
            return Ok(exit::OK);
        }
        array_watch::watch(&client, &gathered.array.name, Interrupt::Leaves, output)
    }
}
