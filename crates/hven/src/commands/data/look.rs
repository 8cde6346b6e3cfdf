//! `hven data look`: shows how a table would be read. Nothing is recorded, and no server is needed.

use clap::Args;
use hven_api::{
    datasets::{AddDataset, TableLook},
    runs::FileRef,
};
use hven_client::Failure;
use hven_terminal::{Output, TableLooked, exit};

use super::source_args::{SourceArgs, SourceImport};
use crate::{context::Context, look_document, source_flags};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data look stations.csv
  hven data look orte.csv --decimal , --thousands .

It reads the beginning of the file and shows delimiter, encoding, header, types and units, each with the flag that changes it,
cells that cannot be read as they are, each with the flags that decide it, the first rows, and the command that imports the
table in this way.")]
pub struct LookArgs {
    #[command(flatten)]
    pub source: SourceArgs,
}

fn code(error: &std::io::Error) -> &'static str {
    if error.kind() == std::io::ErrorKind::NotFound { "file.missing" } else { "file.unreadable" }
}

pub(super) fn look(args: &LookArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let path = context.cwd.join(&args.source.file);
    let shown = args.source.file.display();
    let found = std::fs::metadata(&path)
        .map_err(|error| Failure::new(code(&error), format!("{shown} cannot be read: {error}")))?;
    if !found.is_file() {
        return Err(Failure::new("invalid", format!("{shown} is no file")).hint("name the file of the table").into());
    }
    let source = FileRef {
        path: args.source.file.to_string_lossy().into_owned(),
        digest: String::new(),
        size: found.len(),
        kind: "file".to_owned(),
    };
    let SourceImport { new, notes } = args.source.import(context, source)?;
    let options = look_document::options(&new.arguments()).map_err(|why| Failure::new("invalid", why))?;
    let look = hven_data::look(&path, found.len(), &options)
        .map_err(|error| Failure::new("invalid", format!("{shown} cannot be read as a table: {error}")))?;
    // The project of the settings is also that of the command.
    let named = AddDataset { project: args.source.project.clone(), ..new };
    let command = source_flags::import().map(|import| named.command(import)).unwrap_or_default();
    let look = TableLook { schema: "hven.table_look/1".to_owned(), look: look_document::document(&look), command };
    output.reply(&TableLooked { look, notes })?;
    Ok(exit::OK)
}
