//! The paths of the tables of datasets that a command reads.

/// The folder of the tables, in the folder of the run.
pub const TABLES: &str = ".hven-data";

/// The path of the table of a dataset or part.
pub fn path_of(name: &str) -> String {
    format!("{TABLES}/{name}.parquet")
}
