//! `hven openapi`: prints the description of the API, for `make generated`.

use clap::Args;
use hven_terminal::{Output, exit};

use crate::{act::Act, composition, context::Context};

/// Print the OpenAPI document
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct OpenapiArgs {}

impl Act for OpenapiArgs {
    fn act(self, _: &Context, _: &mut dyn Output) -> anyhow::Result<u8> {
        hven_terminal::write_raw(composition::openapi().as_bytes()).map(|()| exit::OK)
    }
}
