//! A file or a folder, named by its digest.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileRef {
    pub path: String,
    pub digest: String,
    pub size: u64,
    /// `file`, or `folder` when the object is a listing in JSON.
    #[serde(default = "file_kind")]
    pub kind: String,
}

pub(super) fn file_kind() -> String {
    "file".to_owned()
}
