//! Objects on the wire. `HEAD /objects/{digest}` answers 200 (complete), 206 with `Upload-Offset` (the bytes so far) or 404;
//! `PUT` accepts the bytes from `Upload-Offset` on.

use serde::{Deserialize, Serialize};

/// The answer to `PUT /objects/{digest}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectStored {
    pub digest: String,
    pub size: u64,
}

/// `POST /objects/missing`: asks which of these objects are missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigestList {
    pub digests: Vec<String>,
}

/// `POST /gc?dry_run=`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Collection {
    pub schema: String,
    pub dry_run: bool,
    pub objects: u64,
    pub bytes: u64,
    /// The first thousand.
    pub digests: Vec<String>,
}
