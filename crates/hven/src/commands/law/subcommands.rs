//! Runs the subcommands of `hven law`.

use hven_terminal::{Output, exit};

use super::{
    args::LawArgs,
    find,
    settings::{self, LawSettings},
};
use crate::{act::Act, context::Context};

impl Act for LawArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        match settings::resolve(self, context)? {
            LawSettings::Find(settings) => return find::find(*settings, context, output),
            LawSettings::Show { run } => output.reply(&context.client_of_existing()?.law(&run)?)?,
            LawSettings::Choose { run, choice } => {
                output.reply(&context.client_of_existing()?.choose_candidate(&run, &choice)?)?;
            }
        }
        Ok(exit::OK)
    }
}
