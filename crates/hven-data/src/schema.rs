//! Converts Hven's columns, types and cells to Arrow's and back.
//!
//! The schema is written to the Parquet file twice: as metadata of the Arrow fields, which other tools show, and completely
//! under [`TABLE_KEY`], from which Hven reads it.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::{DataType, Field, TimeUnit};
use hven_core::{
    dataset::{Cell, Column, ColumnType, Schema},
    name::Name,
};
use serde::{Deserialize, Serialize};

use crate::parse::{calendar, number};

/// The key in the Parquet file's metadata with a [`TableMetadata`] as JSON.
pub(crate) const TABLE_KEY: &str = "hven.table";

/// The metadata of a Parquet file of Hven.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TableMetadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    pub schema: Schema,
}

pub(crate) fn data_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Float64 => DataType::Float64,
        ColumnType::Decimal { precision, scale } => DataType::Decimal128(precision, scale as i8),
        ColumnType::Text => DataType::Utf8,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp { zoned } => DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| Arc::from("UTC"))),
    }
}

/// The type of a column that Hven wrote; `None` for other Arrow types.
pub(crate) fn column_type(data_type: &DataType) -> Option<ColumnType> {
    Some(match data_type {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int64 => ColumnType::Int64,
        DataType::Float64 => ColumnType::Float64,
        DataType::Decimal128(precision, scale) => {
            ColumnType::Decimal { precision: *precision, scale: u8::try_from(*scale).ok()? }
        }
        DataType::Utf8 => ColumnType::Text,
        DataType::Date32 => ColumnType::Date,
        DataType::Timestamp(TimeUnit::Microsecond, zone) => ColumnType::Timestamp { zoned: zone.is_some() },
        _ => return None,
    })
}

pub(crate) fn field(column: &Column) -> Field {
    let mut metadata = HashMap::new();
    if let Some(unit) = &column.unit {
        metadata.insert("unit".to_owned(), unit.to_string());
    }
    if let Some(description) = &column.description {
        metadata.insert("description".to_owned(), description.clone());
    }
    Field::new(&column.name, data_type(column.column_type), column.nullable).with_metadata(metadata)
}

/// One value of an array with one of Hven's types; null for others.
pub(crate) fn cell(array: &ArrayRef, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            Cell::Text(number::decimal_text(value, u8::try_from(*scale).unwrap_or_default()))
        }
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row).to_owned()),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::Date32 => Cell::Text(calendar::date_text(array.as_primitive::<Date32Type>().value(row).into())),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Cell::Text(calendar::moment_text(micros, zone.is_some()))
        }
        _ => Cell::Null,
    }
}
