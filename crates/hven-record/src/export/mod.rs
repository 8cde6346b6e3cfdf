//! A whole home as plain files, and a home made of such a folder again.
//!
//! ```text
//!   facts.parquet                 the record: every fact with the exact bytes of its payload, salts and hashes
//!   objects/ab/<digest>           immutable bytes by BLAKE3 digest
//!   unsealed/<run>/…              what runs had said that no sealed part held yet
//!   tables/*.parquet, *.json      the same for people and their tools: derived from the above, never read again
//!   logs/, datasets/              texts under the handles of runs, tables under their names
//!   README.md                     what all this is, each table with its columns
//!   BLAKE3SUMS                    a line for every file above, as b3sum writes and checks them
//!   manifest.json                 the head of the chain and the digest of BLAKE3SUMS: it comes last
//! ```
//! An export is made from a backup, so it is one moment of a home that may be in use, over the wire as well, and either
//! database gives the same. A folder without a manifest is an export that was not finished, and is never taken for one.

mod beside;
mod dataset_tables;
mod describe;
mod documents;
mod errors;
mod facts;
mod folder;
mod import;
mod layout;
mod names;
mod run_tables;
mod sheet;
mod streams;
mod tables;
mod write;

pub use errors::{ExportError, Step};
pub use import::{Imported, import};
pub use write::{Exported, export};

use errors::{WriteError, WriteResult, refused};
use layout::{FACTS, FORMAT, MANIFEST, Manifest, README, SCHEMA, SUMS, WORK};
