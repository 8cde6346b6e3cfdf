//! The trait of all commands: run the command and return its exit status.

use hven_terminal::Output;

use crate::context::Context;

/// The arguments of a command. Running the command consumes them.
pub trait Act {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8>;
}
