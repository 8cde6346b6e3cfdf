//! Converts the tools of a command to domain types: what it uses in addition to its code and inputs.

use hven_api::tools as wire;
use hven_app::AppResult;
use hven_core::surroundings::{By, NamedFile, Program, ToolFolder, Tools};

use super::parsed;

pub(crate) fn tools_in(tools: wire::Tools) -> AppResult<Tools> {
    let wire::Tools { programs, files, folders } = tools;
    Ok(Tools {
        programs: programs.into_iter().map(program_in).collect::<AppResult<_>>()?,
        files: files.into_iter().map(file_in).collect::<AppResult<_>>()?,
        folders: folders.into_iter().map(folder_in).collect::<AppResult<_>>()?,
    })
}

fn program_in(wire::ToolProgram { word, path, digest }: wire::ToolProgram) -> AppResult<Program> {
    Ok(Program { word, path, digest: parsed(&digest)? })
}

fn file_in(wire::ToolFile { path, digest }: wire::ToolFile) -> AppResult<NamedFile> {
    Ok(NamedFile { path, digest: parsed(&digest)? })
}

fn folder_in(wire::ToolFolder { of, path, digest, by, packages }: wire::ToolFolder) -> AppResult<ToolFolder> {
    let by = match by {
        wire::ToolFolderBy::Content => By::Content,
        wire::ToolFolderBy::Change => By::Change,
        wire::ToolFolderBy::Packages => By::Packages,
    };
    Ok(ToolFolder { of, path, digest: parsed(&digest)?, by, packages })
}
