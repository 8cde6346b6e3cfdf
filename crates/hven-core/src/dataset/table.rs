//! Types, columns and cells of a table.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Malformed, as_text::serde_as_text, unit::Unit};

/// The type of the cells of a column. Every column can have nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnType {
    Bool,
    Int64,
    Float64,
    /// Exact decimal numbers: the number of all digits, and the number of digits after the point.
    Decimal {
        precision: u8,
        scale: u8,
    },
    Text,
    /// A day of the proleptic Gregorian calendar.
    Date,
    /// A time in microseconds. With a zone it is a time in UTC; without a zone it is a local time in an unknown zone.
    Timestamp {
        zoned: bool,
    },
}

/// The largest number of digits of a decimal number.
pub const DECIMAL_DIGITS_MAX: u8 = 38;

impl ColumnType {
    /// Whether cells are numbers, and so can have a unit.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Int64 | Self::Float64 | Self::Decimal { .. })
    }
}
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int64 => f.write_str("int64"),
            Self::Float64 => f.write_str("float64"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::Text => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::Timestamp { zoned: false } => f.write_str("timestamp"),
            Self::Timestamp { zoned: true } => f.write_str("timestamp_utc"),
        }
    }
}
impl FromStr for ColumnType {
    type Err = Malformed;
    /// Reads the output of `Display`, and the common other names of the same types.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let lower = text.trim().to_lowercase();
        Ok(match lower.as_str() {
            "bool" | "boolean" => Self::Bool,
            "int64" | "int" | "integer" | "bigint" => Self::Int64,
            "float64" | "float" | "double" | "number" => Self::Float64,
            "text" | "string" | "str" => Self::Text,
            "date" => Self::Date,
            "timestamp" | "datetime" => Self::Timestamp { zoned: false },
            "timestamp_utc" | "timestamptz" => Self::Timestamp { zoned: true },
            _ => {
                let digits = lower.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')'));
                let parts = digits.and_then(|digits| digits.split_once(','));
                let parsed = parts.and_then(|(p, s)| Some((p.trim().parse().ok()?, s.trim().parse().ok()?)));
                match parsed {
                    Some((precision, scale)) if (1..=DECIMAL_DIGITS_MAX).contains(&precision) && scale <= precision => {
                        Self::Decimal { precision, scale }
                    }
                    _ => {
                        let why =
                            "bool, int64, float64, decimal(38,2), text, date, timestamp or timestamp_utc is wanted";
                        return Err(Malformed::Text {
                            noun: "column type",
                            text: text.to_owned(),
                            why: why.to_owned(),
                        });
                    }
                }
            }
        })
    }
}
serde_as_text!(ColumnType);

/// A column of a table, without its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Whether a cell may be null; `false` when none is.
    pub nullable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The columns of a table, in order. Names are unique.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    pub columns: Vec<Column>,
}

impl Schema {
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The value of one cell in reports and on pages. JSON has the natural type; dates, timestamps, exact decimals and the numbers
/// that JSON lacks (`NaN`, `inf`) are text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Cell {
    pub fn float(value: f64) -> Self {
        if value.is_finite() { Self::Float(value) } else { Self::Text(value.to_string()) }
    }
}
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_types_are_written_as_they_are_read() {
        use ColumnType::{Bool, Date, Decimal, Float64, Int64, Text, Timestamp};
        let decimal = Decimal { precision: 10, scale: 2 };
        for one in [Bool, Int64, Float64, decimal, Text, Date, Timestamp { zoned: true }, Timestamp { zoned: false }] {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
        assert_eq!("Decimal( 5, 5 )".parse(), Ok(Decimal { precision: 5, scale: 5 }));
        assert_eq!("double".parse(), Ok(Float64));
        for bad in ["", "decimal", "decimal(0,0)", "decimal(39,1)", "decimal(3,4)", "decimal(3)", "complex"] {
            assert!(bad.parse::<ColumnType>().is_err(), "{bad}");
        }
    }

    #[test]
    fn cells_have_their_natural_json_type() {
        let cells = [
            Cell::Null,
            Cell::Bool(true),
            Cell::Int(-3),
            Cell::Float(2.0),
            Cell::Text("a".into()),
            Cell::float(f64::NAN),
        ];
        let json = serde_json::to_string(&cells).expect("cells are JSON");
        assert_eq!(json, r#"[null,true,-3,2.0,"a","NaN"]"#);
        let back: Vec<Cell> = serde_json::from_str(&json).expect("and back");
        assert_eq!(back[..5], cells[..5]);
    }
}
