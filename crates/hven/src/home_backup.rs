//! Writes the backup of a home to a stream.

use std::io::Write;

use crate::{composition, context::Context};

/// Writes a backup of the home, through its server when one runs. Returns its size in bytes.
pub fn write(context: &Context, sink: &mut dyn Write) -> anyhow::Result<u64> {
    if context.running()?.is_some() {
        return Ok(context.client_of_existing()?.backup(sink)?);
    }
    composition::backup(&context.home, &context.database()?, sink)
}
