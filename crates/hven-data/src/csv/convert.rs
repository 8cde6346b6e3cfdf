//! The second pass: converts cells to values of their column's type. A cell that cannot be converted is null in the table
//! and a problem in the list, with its line, its column and its text.

use std::sync::Arc;

use arrow_array::{
    ArrayRef,
    builder::{
        BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
        TimestampMicrosecondBuilder,
    },
};
use hven_core::dataset::{Column, ColumnType, Problem, ProblemKind};

use super::{
    Dialect,
    diagnosis::{Fault, diagnose},
    layout::CELL_END,
    number_style::NumberStyle,
    records::{Record, Records, Span, Style},
};
use crate::{
    kelvin::ToKelvin,
    nulls::Nulls,
    parse::{
        self, calendar,
        number::{self, DecimalFault},
        spellings,
    },
    schema,
};

/// How cells are read.
#[derive(Debug)]
pub(crate) struct ReadPlan {
    pub dialect: Dialect,
    pub nulls: Nulls,
    pub columns: Vec<Column>,
    /// For each column in °C or °F: its conversion.
    pub kelvin: Vec<Option<ToKelvin>>,
    /// How the numbers of each column are written.
    pub styles: Vec<NumberStyle>,
    /// An empty line is a row.
    pub has_blank_rows: bool,
    /// Empty cells after the last column are delimiters at the end of the row.
    pub has_trailing_delimiter: bool,
}

/// The values of a block, one array per column, and its problems.
#[derive(Debug)]
pub(crate) struct Converted {
    pub arrays: Vec<ArrayRef>,
    pub problems: Vec<Problem>,
}

/// The position of a block in the file: the numbers of its first line and row, and its number of rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockPosition {
    pub line: u64,
    pub row: u64,
    pub rows: usize,
}

/// Converts all cells of a block.
pub(crate) fn convert(block: &[u8], place: BlockPosition, plan: &ReadPlan) -> Converted {
    let builder = |(column, kelvin): (&Column, &Option<ToKelvin>)| match kelvin {
        None => Builder::new(column.column_type, place.rows),
        Some(kelvin) => Builder::kelvin(*kelvin, place.rows),
    };
    let mut builders: Vec<Builder> = plan.columns.iter().zip(&plan.kelvin).map(builder).collect();
    let mut problems = Vec::new();
    let mut records = Records::new(block, plan.dialect, place.line);
    let mut cells = Vec::new();
    let mut row = place.row;
    while let Some(record) = records.next(&mut cells, plan.has_blank_rows) {
        for (at, builder) in builders.iter_mut().enumerate() {
            let Some(cell) = cells.get(at) else {
                builder.null();
                continue;
            };
            if let Err((kind, what)) = builder.push(cell, block, plan, &plan.styles[at]) {
                let column = &plan.columns[at];
                let raw = cell.bytes(block, plan.dialect.quote);
                let (kind, what) =
                    if what.is_empty() { diagnose(&raw, column, &plan.styles[at]) } else { (kind, what) };
                problems.push(Problem {
                    line: record.line,
                    row: Some(row),
                    column: Some(column.name.clone()),
                    kind,
                    raw: parse::shown(&raw),
                    what,
                });
            }
        }
        if cells.len() != plan.columns.len() && !ends_with_delimiters(block, &cells, plan) {
            problems.push(ragged(block, &record, row, &cells, plan));
        }
        row += 1;
    }
    Converted { arrays: builders.into_iter().map(Builder::finish).collect(), problems }
}

/// Whether the row has all cells, and only empty ones after them, as all rows of the table have.
fn ends_with_delimiters(block: &[u8], cells: &[Span], plan: &ReadPlan) -> bool {
    let is_empty = |cell: &Span| !cell.is_quoted() && parse::trim(cell.raw(block)).is_empty();
    plan.has_trailing_delimiter && cells.get(plan.columns.len()..).is_some_and(|more| more.iter().all(is_empty))
}

fn ragged(block: &[u8], record: &Record, row: u64, cells: &[Span], plan: &ReadPlan) -> Problem {
    let (has, wanted) = (cells.len(), plan.columns.len());
    let is_cut = plan.dialect.delimiter == CELL_END;
    let delimiter = if is_cut { ' ' } else { char::from(plan.dialect.delimiter) };
    let (kind, raw, what) = if has < wanted {
        let raw = parse::shown(&block[record.start..record.end]);
        let raw = if is_cut { raw.replace(char::from(CELL_END), " ") } else { raw };
        (
            ProblemKind::MissingCells,
            raw,
            format!("the row has {} instead of {wanted}: the others are null", counted(has)),
        )
    } else {
        let extra: Vec<String> =
            cells[wanted..].iter().map(|cell| parse::shown(&cell.bytes(block, plan.dialect.quote))).collect();
        let what = format!(
            "the row has {} instead of {wanted}: the others are kept in this list alone; a cell with {delimiter:?} in it is quoted",
            counted(has)
        );
        (ProblemKind::ExtraCells, extra.join(&delimiter.to_string()), what)
    };
    Problem { line: record.line, row: Some(row), column: None, kind, raw, what }
}

fn counted(cells: usize) -> String {
    format!("{cells} cell{}", if cells == 1 { "" } else { "s" })
}

enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Decimal(Decimal128Builder, u8, u8),
    Text(StringBuilder),
    Date(Date32Builder),
    Moment(TimestampMicrosecondBuilder, bool),
    /// Numbers in °C or °F, which become kelvin.
    Kelvin(Float64Builder, ToKelvin),
    /// Exact decimal numbers in °C or °F, which become kelvin at the end.
    KelvinDecimal(Box<Self>, ToKelvin),
}

/// A placeholder for a problem that `diagnose` explains later.
fn unexplained() -> Fault {
    (ProblemKind::BadValue, String::new())
}

impl Builder {
    fn new(column_type: ColumnType, rows: usize) -> Self {
        let data_type = schema::data_type(column_type);
        match column_type {
            ColumnType::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            ColumnType::Int64 => Self::Int(Int64Builder::with_capacity(rows)),
            ColumnType::Float64 => Self::Float(Float64Builder::with_capacity(rows)),
            ColumnType::Decimal { precision, scale } => {
                Self::Decimal(Decimal128Builder::with_capacity(rows).with_data_type(data_type), precision, scale)
            }
            ColumnType::Text => Self::Text(StringBuilder::with_capacity(rows, rows * 8)),
            ColumnType::Date => Self::Date(Date32Builder::with_capacity(rows)),
            ColumnType::Timestamp { zoned } => {
                Self::Moment(TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(data_type), zoned)
            }
        }
    }

    fn kelvin(kelvin: ToKelvin, rows: usize) -> Self {
        match kelvin.from {
            ColumnType::Decimal { .. } => Self::KelvinDecimal(Box::new(Self::new(kelvin.from, rows)), kelvin),
            _ => Self::Kelvin(Float64Builder::with_capacity(rows), kelvin),
        }
    }

    fn null(&mut self) {
        match self {
            Self::Kelvin(values, _) => values.append_null(),
            Self::KelvinDecimal(values, _) => values.null(),
            Self::Bool(values) => values.append_null(),
            Self::Int(values) => values.append_null(),
            Self::Float(values) => values.append_null(),
            Self::Decimal(values, ..) => values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::Date(values) => values.append_null(),
            Self::Moment(values, _) => values.append_null(),
        }
    }

    /// Appends a cell, or null if it has a problem.
    fn push(&mut self, cell: &Span, block: &[u8], plan: &ReadPlan, style: &NumberStyle) -> Result<(), Fault> {
        if let Self::KelvinDecimal(values, _) = self {
            return values.push(cell, block, plan, style);
        }
        if cell.style == Style::Faulty {
            self.null();
            let what = "a quoted cell ends with its closing quote; quotes within are doubled";
            return Err((ProblemKind::BadQuote, what.to_owned()));
        }
        let bytes = cell.bytes(block, plan.dialect.quote);
        let trimmed = parse::trim(&bytes);
        let is_text = matches!(self, Self::Text(_));
        // A quoted text is never null, even `NA` and the empty text.
        if !(is_text && cell.is_quoted()) && plan.nulls.has(trimmed) {
            self.null();
            return Ok(());
        }
        let fault = match self {
            Self::Text(values) => {
                if let Ok(text) = simdutf8::basic::from_utf8(&bytes) {
                    values.append_value(text);
                    return Ok(());
                }
                (ProblemKind::BadEncoding, "these bytes are no text in UTF-8".to_owned())
            }
            Self::Int(_) | Self::Float(_) | Self::Kelvin(..) | Self::Decimal(..) if plan.nulls.is_number(trimmed) => {
                self.null();
                return Ok(());
            }
            Self::Int(values) => match style.int64(trimmed) {
                Some(value) => {
                    values.append_value(value);
                    return Ok(());
                }
                None => unexplained(),
            },
            Self::Float(values) => match style.float64(trimmed) {
                Some(value) if value.is_finite() => {
                    values.append_value(value);
                    return whole(trimmed, value);
                }
                Some(value) if value.is_nan() || spellings::infinity(trimmed).is_some() => {
                    values.append_option((!value.is_nan() || !plan.nulls.has_nan()).then_some(value));
                    return Ok(());
                }
                _ => unexplained(),
            },
            Self::Kelvin(values, kelvin) => match style.float64(trimmed) {
                Some(value) if value.is_nan() && plan.nulls.has_nan() => {
                    values.append_null();
                    return Ok(());
                }
                Some(value) if value.is_finite() || value.is_nan() || spellings::infinity(trimmed).is_some() => {
                    // Only a plain number is converted by its digits.
                    let is_plain = number::float64(trimmed, style.decimal).is_some();
                    values.append_value(if is_plain {
                        kelvin.of_cell(trimmed, style.decimal, value)
                    } else {
                        kelvin.scale.kelvin(value)
                    });
                    return Ok(());
                }
                _ => unexplained(),
            },
            Self::KelvinDecimal(..) => unexplained(),
            Self::Bool(values) => match parse::boolean(trimmed) {
                Some(value) => {
                    values.append_value(value);
                    return Ok(());
                }
                None => unexplained(),
            },
            Self::Date(values) => match calendar::date(trimmed) {
                Some(value) => {
                    values.append_value(value);
                    return Ok(());
                }
                None => unexplained(),
            },
            Self::Decimal(values, precision, scale) => match style.decimal(trimmed, *precision, *scale) {
                Ok(value) => {
                    values.append_value(value);
                    return Ok(());
                }
                Err(DecimalFault::NotANumber) => unexplained(),
                Err(DecimalFault::TooLarge) => {
                    let digits = *precision - *scale;
                    (ProblemKind::OutOfRange, format!("it has more than {digits} digits before the point"))
                }
                Err(DecimalFault::TooFine) => {
                    (ProblemKind::OutOfRange, format!("it has more than {scale} digits after the point"))
                }
            },
            Self::Moment(values, zoned) => match moment(trimmed, *zoned) {
                Ok((value, finer)) => {
                    values.append_value(value);
                    let what = "a moment is kept to the microsecond: the digits after that are left out";
                    return if finer { Err((ProblemKind::Rounded, what.to_owned())) } else { Ok(()) };
                }
                Err(fault) => fault,
            },
        };
        self.null();
        Err(fault)
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Bool(mut values) => Arc::new(values.finish()),
            Self::Int(mut values) => Arc::new(values.finish()),
            Self::Float(mut values) => Arc::new(values.finish()),
            Self::Decimal(mut values, ..) => Arc::new(values.finish()),
            Self::Text(mut values) => Arc::new(values.finish()),
            Self::Date(mut values) => Arc::new(values.finish()),
            Self::Moment(mut values, _) => Arc::new(values.finish()),
            Self::Kelvin(mut values, _) => Arc::new(values.finish()),
            Self::KelvinDecimal(values, kelvin) => kelvin.of_array(&values.finish()),
        }
    }
}

/// A problem if a whole number has more digits than a 64-bit float keeps.
#[inline]
fn whole(cell: &[u8], value: f64) -> Result<(), Fault> {
    if cell.len() > 15 && number::loses_digits(cell, value) {
        let what =
            format!("a number of 64 bits keeps about 16 digits: it is stored as {value}; say type decimal or text");
        return Err((ProblemKind::Rounded, what));
    }
    Ok(())
}

/// Microseconds, and whether digits were dropped.
fn moment(bytes: &[u8], zoned: bool) -> Result<(i64, bool), Fault> {
    if let Some(moment) = calendar::moment(bytes) {
        return if moment.zoned == zoned {
            Ok((moment.micros, moment.finer))
        } else if zoned {
            Err((ProblemKind::BadValue, "it has no zone, and the others in this column have one".to_owned()))
        } else {
            Err((ProblemKind::BadValue, "it has a zone, and the others in this column have none".to_owned()))
        };
    }
    match calendar::date(bytes) {
        Some(day) if !zoned => Ok((i64::from(day) * calendar::DAY_US, false)),
        _ => Err(unexplained()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(text: &str, types: &[ColumnType]) -> (Vec<String>, Vec<String>) {
        let columns: Vec<Column> = types
            .iter()
            .enumerate()
            .map(|(at, column_type)| Column {
                name: format!("c{at}"),
                column_type: *column_type,
                unit: (at == 0).then(|| "m".parse().expect("a unit")),
                nullable: true,
                description: None,
            })
            .collect();
        let styles = vec![NumberStyle::plain(b'.'); types.len()];
        let plan = ReadPlan {
            dialect: Dialect::default(),
            nulls: Nulls::of(&Default::default()),
            columns,
            kelvin: vec![None; types.len()],
            styles,
            has_blank_rows: false,
            has_trailing_delimiter: false,
        };
        let found = convert(text.as_bytes(), BlockPosition { line: 2, row: 0, rows: 8 }, &plan);
        let rows = found.arrays.first().map_or(0, |array| array.len());
        let cell = |array: &ArrayRef, row| schema::cell(array, row).to_string();
        let shown =
            (0..rows).map(|row| found.arrays.iter().map(|array| cell(array, row)).collect::<Vec<_>>().join(" | "));
        let problems = found.problems.iter().map(|it| {
            format!(
                "{}:{} {} {:?}: {}",
                it.line,
                it.column.as_deref().unwrap_or("*"),
                it.kind.as_str(),
                it.raw,
                it.what
            )
        });
        (shown.collect(), problems.collect())
    }

    #[test]
    fn cells_become_values_or_problems() {
        use ColumnType::{Bool, Date, Decimal, Float64, Int64, Text, Timestamp};
        let types = [Float64, Int64, Bool, Date, Timestamp { zoned: true }, Decimal { precision: 4, scale: 2 }, Text];
        let (rows, problems) = converted(
            "1.5,2,true,2026-05-01,2026-05-01T02:00+02:00,12.5,word\n\
             NA,,-,null,NaN,,\"\"\n\
             1e400,9223372036854775808,yes,1900-02-29,2026-05-01T12:00,123,\"a\"b\n\
             5 km,\"1,234\",TRUE,May 1,2026-05-01,1.234,NA\n\
             1\n\
             2,3,false,0000-01-01,9999-12-31T23:59:59.1234567Z,0,\"NA\",x,y\n",
            &types,
        );
        insta::assert_snapshot!(rows.join("\n"), @r"
        1.5 | 2 | true | 2026-05-01 | 2026-05-01T00:00:00Z | 12.50 | word
        null | null | null | null | null | null | 
        null | null | null | null | null | null | null
        null | null | true | null | null | null | null
        1.0 | null | null | null | null | null | null
        2.0 | 3 | false | 0000-01-01 | 9999-12-31T23:59:59.123456Z | 0.00 | NA
        ");
        insta::assert_snapshot!(problems.join("\n"), @r#"
        4:c0 out_of_range "1e400": larger than any number of 64 bits (1.8e308)
        4:c1 out_of_range "9223372036854775808": beyond 64 bits; say type c1 = decimal(38,0), float64 or text
        4:c2 bad_value "yes": neither true nor false
        4:c3 bad_value "1900-02-29": there is no such day or time; 2026-05-01 is understood
        4:c4 bad_value "2026-05-01T12:00": it has no zone, and the others in this column have one
        4:c5 out_of_range "123": it has more than 2 digits before the point
        4:c6 bad_quote "\"a\"b": a quoted cell ends with its closing quote; quotes within are doubled
        5:c0 unit_in_cell "5 km": the cell holds the unit km, and the column is in m: 5000 is meant
        5:c1 thousands_separator "1,234": separators between thousands are not read in this column; is 1234 or 1.234 meant? Say decimal or thousands to read them
        5:c3 bad_value "May 1": not a date; 2026-05-01 is understood
        5:c4 bad_value "2026-05-01": a day without a time; 2026-05-01T12:00:00 is understood
        5:c5 out_of_range "1.234": it has more than 2 digits after the point
        6:* missing_cells "1": the row has 1 cell instead of 7: the others are null
        7:c4 rounded "9999-12-31T23:59:59.1234567Z": a moment is kept to the microsecond: the digits after that are left out
        7:* extra_cells "x,y": the row has 9 cells instead of 7: the others are kept in this list alone; a cell with ',' in it is quoted
        "#);
    }
}
