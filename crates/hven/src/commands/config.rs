//! `hven config`: shows the settings and their origins.

use clap::Args;
use hven_terminal::{Configuration, Output, UsedSetting, exit};

use crate::{act::Act, context::Context};

/// Show the settings and their origins
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven config
  hven config --origin     flag > HVEN_* > hven.toml > config.toml in the home > default

In config.toml, write a setting under its name: `project = \"astro\"`, or `[defaults]` and below it `cpus = 2`.")]
pub struct ConfigArgs {
    /// Show the origin of each value
    #[arg(long)]
    pub origin: bool,
}

impl Act for ConfigArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        config(&self, context, output)
    }
}

pub fn config(args: &ConfigArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let used = settings.all()?.into_iter().map(|(key, found)| {
        let (value, origin) = found.unzip();
        UsedSetting {
            name: key.name,
            value,
            origin: origin.map(|origin| origin.to_string()),
            env: key.env,
            flag: key.flag,
            what: key.what,
        }
    });
    output.reply(&Configuration {
        schema: "hven.config/1",
        home: context.home.clone(),
        home_origin: context.home_origin.to_string(),
        manifest: settings.manifest_path().map(ToOwned::to_owned),
        settings: used.collect(),
        with_origin: args.origin,
    })?;
    Ok(exit::OK)
}
