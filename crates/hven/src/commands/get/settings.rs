//! The settings of `hven get`: which files of which run, and the target.

use std::path::{Path, PathBuf};

use hven_client::Failure;
use hven_core::file_name;

use super::args::GetArgs;
use crate::context::Context;

/// The target that means standard output.
const STDOUT: &str = "-";

/// The requested files and the target.
#[derive(Debug)]
pub(super) struct GetSettings {
    /// The run, as the user named it.
    pub(super) run: String,
    /// The selected files; all files when empty.
    pub(super) paths: Vec<PathBuf>,
    pub(super) side: Side,
    pub(super) target: Target,
}

/// Whether the files are outputs or inputs of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Outputs,
    Inputs,
}

/// Where the files are written.
#[derive(Debug)]
pub(super) enum Target {
    Stdout,
    /// A folder, which need not exist yet.
    Folder {
        path: PathBuf,
        /// Existing files with other bytes are replaced.
        force: bool,
    },
}

impl Side {
    /// The word for one of these files in messages.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Outputs => "output",
            Self::Inputs => "input",
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Outputs => Self::Inputs,
            Self::Inputs => Self::Outputs,
        }
    }

    /// The flag of `hven get` for these files.
    pub(super) const fn flag(self) -> &'static str {
        match self {
            Self::Outputs => "",
            Self::Inputs => " --inputs",
        }
    }
}

/// Resolves the settings and refuses an impossible target. `json`: standard output is used for the JSON document.
pub(super) fn resolve(args: &GetArgs, context: &Context, json: bool) -> anyhow::Result<GetSettings> {
    Ok(GetSettings {
        run: args.run.clone(),
        paths: args.paths.clone(),
        side: if args.inputs { Side::Inputs } else { Side::Outputs },
        target: target(args, &context.cwd, json)?,
    })
}

fn target(args: &GetArgs, cwd: &Path, json: bool) -> anyhow::Result<Target> {
    if args.into.as_deref() == Some(Path::new(STDOUT)) {
        if json {
            return Err(Failure::new("usage", "`-o -` writes the file itself, and --json a document")
                .hint("omit --json, or name a folder with -o")
                .into());
        }
        return Ok(Target::Stdout);
    }
    let path = args.into.as_ref().map_or_else(|| cwd.to_owned(), |into| cwd.join(into));
    if path.is_symlink() && !path.exists() {
        let shown = file_name::to_text(&path);
        let message = format!("{} is a link that leads to nothing; nothing was written", file_name::shown(&shown));
        return Err(Failure::new("conflict", message)
            .hint("create the folder that it leads to, or name another folder with -o")
            .into());
    }
    if path.exists() && !path.is_dir() {
        let shown = file_name::to_text(&path);
        return Err(Failure::new("usage", format!("{} is no folder", file_name::shown(&shown)))
            .hint("-o names a folder; `-o - > FILE` writes one file under another name")
            .into());
    }
    Ok(Target::Folder { path, force: args.force })
}
