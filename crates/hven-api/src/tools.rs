//! The tools that a command uses in addition to its code and inputs, found where the command is submitted. They count when the
//! server searches for the same work; without them the server does not recognise the same work.

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
    /// Folders where programs look for modules, libraries and packages.
    #[serde(default)]
    pub folders: Vec<ToolFolder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolProgram {
    /// As the command names it, such as `python3`.
    pub word: String,
    /// Its path, with links resolved; relative when it is in the run's folder.
    pub path: String,
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolFile {
    pub path: String,
    /// The digest of its bytes or, for a large file, of its size and its time of change. The recorded digest is keyed with the
    /// home's own key.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolFolder {
    /// The variable that names it, such as `PYTHONPATH`, or the interpreter whose packages it contains.
    pub of: String,
    pub path: String,
    pub digest: String,
    pub by: ToolFolderBy,
    /// Packages that are installed in it, with their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, String>,
}

/// The content of a folder that its digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ToolFolderBy {
    /// The paths and the bytes of its files.
    Content,
    /// The paths, sizes and times of change of its files.
    Change,
    /// The metadata of each package, and the files next to the packages.
    Packages,
}
