//! The catalogue: datasets, splits and imports of tables, and the files of runs.

pub mod array_results;
pub mod datasets;
pub mod files;
pub mod floor;
pub mod imports;
pub mod object_reads;
pub mod recipe_results;
pub mod result_files;
pub mod result_follower;
pub mod split_conflicts;
pub mod splits;
