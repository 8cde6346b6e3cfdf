//! The catalogue: datasets and their splits, tables that are brought in, and the files of runs.

pub mod datasets;
pub mod files;
pub mod floor;
pub mod imports;
pub mod reading;
pub mod results;
pub mod room;
pub mod settle;
pub mod settling;
pub mod splits;
