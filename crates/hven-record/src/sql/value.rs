//! The values and rows of both databases.

use super::error::{SqlError, SqlResult};

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        // Use a limit that is never reached instead of a negative number: other code limits stored numbers.
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}
impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}
impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of a result.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a ::postgres::Row),
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> SqlResult<i64> {
        self.int_or_null(column)?.ok_or(SqlError::UnexpectedNull(column))
    }
    pub(crate) fn int_or_null(&self, column: usize) -> SqlResult<Option<i64>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(crate) fn uint(&self, column: usize) -> SqlResult<u64> {
        self.int(column).map(|value| value as u64)
    }
    pub(crate) fn real_or_null(&self, column: usize) -> SqlResult<Option<f64>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(crate) fn text(&self, column: usize) -> SqlResult<String> {
        self.text_or_null(column)?.ok_or(SqlError::UnexpectedNull(column))
    }
    pub(crate) fn text_or_null(&self, column: usize) -> SqlResult<Option<String>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(crate) fn bytes_or_null(&self, column: usize) -> SqlResult<Option<Vec<u8>>> {
        Ok(match self {
            Self::Sqlite(row) => row.get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    /// Returns exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&self, column: usize) -> SqlResult<[u8; N]> {
        self.array_or_null(column)?.ok_or(SqlError::UnexpectedNull(column))
    }
    pub(crate) fn array_or_null<const N: usize>(&self, column: usize) -> SqlResult<Option<[u8; N]>> {
        let bytes: Option<&[u8]> = match self {
            Self::Sqlite(row) => row.get_ref(column)?.as_blob_or_null().map_err(|_| SqlError::WrongLength(column))?,
            Self::Postgres(row) => row.try_get(column)?,
        };
        bytes.map(|bytes| bytes.try_into().map_err(|_| SqlError::WrongLength(column))).transpose()
    }
    /// The value of any column as text, for comparison and display.
    pub(crate) fn shown(&self, column: usize, kind: ColumnKind) -> SqlResult<String> {
        Ok(match kind {
            ColumnKind::Int => self.int_or_null(column)?.map_or_else(|| "null".to_owned(), |v| v.to_string()),
            ColumnKind::Real => {
                self.real_or_null(column)?.map_or_else(|| "null".to_owned(), |v| format!("{:016x} ({v})", v.to_bits()))
            }
            ColumnKind::Text => self.text_or_null(column)?.map_or_else(|| "null".to_owned(), |v| format!("{v:?}")),
            ColumnKind::Bytes => self.bytes_or_null(column)?.map_or_else(
                || "null".to_owned(),
                |v| v.iter().fold(String::with_capacity(2 * v.len()), |hex, byte| hex + &format!("{byte:02x}")),
            ),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Int,
    Real,
    Text,
    Bytes,
}
