//! Looks up the run, selects its files, and writes them to the target.

use hven_client::Failure;
use hven_core::file_name;
use hven_terminal::{Output, exit};

use super::{
    args::GetArgs,
    entries,
    into_folder::put,
    settings::{self, GetSettings, Target},
    source::Source,
    to_stdout::print,
};
use crate::{act::Act, context::Context, partial_cleanup};

/// The folder of a run without a folder of its own. Its paths are relative, so any absolute path works.
const NO_FOLDER: &str = "/-";

impl Act for GetArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        get(&self, context, output)
    }
}

fn get(args: &GetArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let GetSettings { run, paths, side, target } = settings::resolve(args, context, output.owns_stdout())?;
    let client = context.client_of_existing()?;
    let run = client.run(&context.run_name(&run)?)?;
    let source = Source { run: &run, side };
    let folder = run.spec.as_ref().map(|spec| file_name::to_path(&spec.cwd)).filter(|cwd| cwd.is_absolute());
    let folder = folder.unwrap_or_else(|| NO_FOLDER.into());
    let wanted: Vec<String> = paths.iter().map(|path| entries::normal(&folder, path)).collect();
    let files = source.files(side).map_err(|failure| source.with_other_side(failure, &folder, &wanted))?;
    let roots = entries::roots(&folder, files);
    let through_links = matches!(target, Target::Stdout);
    let wanted = entries::unescaped(&client, &roots, wanted, through_links)?;
    let chosen = source.choose(&client, &roots, &wanted, through_links);
    let kept = chosen.map_err(|error| match error.downcast::<Failure>() {
        Ok(failure) => source.with_other_side(failure, &folder, &wanted).into(),
        Err(error) => error,
    })?;
    match target {
        Target::Stdout => print(&source, &client, &kept, &wanted),
        Target::Folder { path, force } => {
            partial_cleanup::remove_on_signal()?;
            let status = put(&source, &client, &kept, &path, force, output)?;
            Ok(if wanted.iter().all(|path| kept.is_made(path)) { status } else { exit::NOT_WELL })
        }
    }
}
