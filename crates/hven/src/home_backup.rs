//! The backup of a home as a stream.

use std::io::Write;

use crate::{context::Context, house};

/// Writes a backup of the home, through its server when one runs; answers how many bytes.
pub fn write(context: &Context, sink: &mut dyn Write) -> anyhow::Result<u64> {
    if context.running()?.is_some() {
        return Ok(context.client_of_existing()?.backup(sink)?);
    }
    house::backup(&context.home, &context.database()?, sink)
}
