//! Exports a whole home as plain files, and imports such a folder as a home.
//!
//! ```text
//!   facts.parquet                 the record: every fact with the exact bytes of its payload, salts and hashes
//!   objects/ab/<digest>           immutable bytes by BLAKE3 digest
//!   unsealed/<run>/…              bytes of the streams of runs that are not in sealed parts
//!   tables/*.parquet, *.json      the same data for people and their tools: derived from the above, never imported
//!   logs/, datasets/              logs named by the handles of runs, tables named by their datasets
//!   README.md                     a description of the files, and of each table with its columns
//!   BLAKE3SUMS                    a line for every file above, in the format of b3sum
//!   manifest.json                 the head of the chain and the digest of BLAKE3SUMS; written last
//! ```
//! An export is created from a backup. Therefore it shows one consistent state of a home that may be in use, it works over
//! the network, and both databases give the same export. A folder without a manifest is an unfinished export and is never
//! imported.

mod addition_tables;
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
