//! Where the tables of datasets lie for the command that reads them.

/// Where the tables lie, in the folder of the run.
pub const TABLES: &str = ".hven-data";

/// Where the table lies that is called so.
pub fn path_of(called: &str) -> String {
    format!("{TABLES}/{called}.parquet")
}
