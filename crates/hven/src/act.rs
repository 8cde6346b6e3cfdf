//! What every command does: it acts, and answers the exit status.

use hven_terminal::Output;

use crate::context::Context;

/// The arguments of a command, which is done with them.
pub trait Act {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8>;
}
