//! Writes columns of single values as a Parquet file, such as a list of runs with their parameters and metrics.

use std::{path::Path, sync::Arc};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, StringViewArray};
use arrow_schema::{DataType, Field};

use crate::{
    error::{Error, Result},
    parallel,
    table_writer::TableWriter,
};

/// A column with a value, or none, in each row.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueColumn {
    Numbers(Vec<Option<f64>>),
    Bools(Vec<Option<bool>>),
    Texts(Vec<Option<String>>),
}

impl ValueColumn {
    fn into_array(self) -> (DataType, ArrayRef) {
        match self {
            Self::Numbers(values) => (DataType::Float64, Arc::new(Float64Array::from(values))),
            Self::Bools(values) => (DataType::Boolean, Arc::new(BooleanArray::from(values))),
            Self::Texts(values) => (DataType::Utf8View, Arc::new(StringViewArray::from_iter(values))),
        }
    }
}

/// Writes named columns with the same number of rows, under a temporary name until the file is complete.
///
/// # Errors
/// When two columns have one name, the columns have different lengths, or the file cannot be written.
pub fn write_columns(path: &Path, columns: Vec<(String, ValueColumn)>) -> Result<()> {
    let mut names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some([twice, ..]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::Write { why: format!("two columns have the name {twice:?}") });
    }
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (name, column) in columns {
        let (data_type, array) = column.into_array();
        fields.push(Arc::new(Field::new(name, data_type, true)));
        arrays.push(vec![array]);
    }
    let mut writer = TableWriter::create(path, fields, parallel::threads(None))?;
    writer.write(arrays)?;
    writer.finish(&[]).map(drop)
}
