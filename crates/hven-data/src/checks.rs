//! Checks.
use hven_core::dataset::{CheckResult, Profile, Schema};
use crate::{error::Result, table::Table};
pub(crate) fn prepare(_schema: &Schema, _checks: &[String]) -> Result<()> { Ok(()) }
pub(crate) fn ask(_table: &Table, _profile: &[Profile], _checks: &[String], _threads: usize, _progress: &mut dyn FnMut(f64)) -> Result<Vec<CheckResult>> {
    Ok(Vec::new())
}
