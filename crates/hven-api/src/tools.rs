//! What a command uses beside its code and inputs, as it is found where the command is given. It counts when the server
//! looks for the same work; without it the same work is not known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tools {
    /// Programs that the command names, and interpreters of its scripts.
    #[serde(default)]
    pub programs: Vec<ToolProgram>,
    /// Files that words of the command or variables name, and that are neither inputs nor outputs.
    #[serde(default)]
    pub files: Vec<ToolFile>,
    /// Folders in which programs look for modules, libraries and packages.
    #[serde(default)]
    pub folders: Vec<ToolFolder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolProgram {
    /// As the command names it, such as `python3`.
    pub word: String,
    /// Where it lies, with links followed; relative when that is within the run's folder.
    pub path: String,
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolFile {
    pub path: String,
    /// Of its bytes or, when it is large, of its size and its time of change. What is recorded is keyed with the home's own
    /// key.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolFolder {
    /// The variable that names it, such as `PYTHONPATH`, or the interpreter whose packages lie in it.
    pub of: String,
    pub path: String,
    pub digest: String,
    pub by: ToolFolderBy,
    /// Packages that are installed in it, with their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, String>,
}

/// What the digest of a folder is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ToolFolderBy {
    /// The paths and the bytes of its files.
    Content,
    /// The paths, sizes and times of change of its files.
    Change,
    /// What each package says of itself, and the files beside the packages.
    Packages,
}
