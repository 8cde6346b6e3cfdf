//! What `hven get` comes to: which files of which run are meant, and where they go.

use std::path::{Path, PathBuf};

use hven_client::Failure;
use hven_core::file_name;

use super::args::GetArgs;
use crate::context::Context;

/// Instead of a folder: standard output.
const STDOUT: &str = "-";

/// What is fetched, and where it goes.
#[derive(Debug)]
pub(super) struct GetSettings {
    /// As a person names it.
    pub(super) run: String,
    /// Which of its files; all when there is none.
    pub(super) paths: Vec<PathBuf>,
    pub(super) side: Side,
    pub(super) target: Target,
}

/// What the files are to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Outputs,
    Inputs,
}

/// Where the files go.
#[derive(Debug)]
pub(super) enum Target {
    Stdout,
    /// Below a folder, which may not be there yet.
    Folder {
        path: PathBuf,
        /// Files with other bytes are replaced.
        force: bool,
    },
}

impl Side {
    /// One of these files, in a message.
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

    /// What is typed behind the run to fetch these files.
    pub(super) const fn flag(self) -> &'static str {
        match self {
            Self::Outputs => "",
            Self::Inputs => " --inputs",
        }
    }
}

/// Refuses a target that cannot be one. `json`: standard output belongs to the document.
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
                .hint("leave --json out, or name a folder with -o")
                .into());
        }
        return Ok(Target::Stdout);
    }
    let path = args.into.as_ref().map_or_else(|| cwd.to_owned(), |into| cwd.join(into));
    if path.is_symlink() && !path.exists() {
        let shown = file_name::to_text(&path);
        let message = format!("{} is a link that leads to nothing; nothing was written", file_name::shown(&shown));
        return Err(Failure::new("conflict", message)
            .hint("make the folder that it leads to, or name another folder with -o")
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
