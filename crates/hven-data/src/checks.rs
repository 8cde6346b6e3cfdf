//! Evaluates checks: expressions about every row or the whole table that decide whether later steps may use the table.
//!
//! Checks are parsed against the schema before the table is written, so that a misspelt name costs no time. They are
//! evaluated batch by batch, so the table need not fit into memory.

use arrow_array::{
    Array, ArrayRef,
    cast::AsArray,
    types::{Date32Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use hven_core::{
    Time,
    dataset::{Cell, CheckOutcome, CheckResult, ColumnType, Profile, Schema, report::CheckExample},
    diagnostic::Diagnostic,
    expression::{self, Checked, Context, Expression, MissingCells, TableAnswer, Truth, Type},
};

use crate::{
    error::{Error, Result},
    parallel,
    parse::calendar::DAY_US,
    table::{Table, array_numbers},
};

/// How many failing rows are shown.
const EXAMPLES: usize = 10;
/// Above this, a 64-bit float cannot represent every whole number.
const EXACT_MAX: u64 = 1 << 53;

/// Parses checks and resolves their names.
pub(crate) fn prepare(schema: &Schema, checks: &[String]) -> Result<Vec<Checked>> {
    let names = schema.columns.iter().map(|column| {
        let type_ = match column.column_type {
            ColumnType::Bool => Type::Bool,
            ColumnType::Text => Type::Text,
            ColumnType::Date | ColumnType::Timestamp { .. } => Type::Time,
            ColumnType::Int64 | ColumnType::Float64 | ColumnType::Decimal { .. } => {
                Type::Number { unit: column.unit.clone() }
            }
        };
        (column.name.clone(), type_)
    });
    let scope = expression::Schema::new(Context::Table, names);
    let prepare = |text: &String| {
        let refuse = |what: Diagnostic| Error::Check { check: text.clone(), why: what.render(text) };
        Expression::parse(text).and_then(|it| it.check(&scope)).and_then(Checked::condition).map_err(refuse)
    };
    checks.iter().map(prepare).collect()
}

/// The results of all checks, in order. `progress` gets the completed share.
pub(crate) fn evaluate(
    table: &Table,
    profile: &[Profile],
    checks: &[String],
    threads: usize,
    progress: &mut dyn FnMut(f64),
) -> Result<Vec<CheckResult>> {
    let prepared = prepare(table.schema(), checks)?;
    let count = prepared.len().max(1) as f64;
    let answers = parallel::map_with(prepared, threads, |checked| answer(table, profile, &checked), &mut |done| {
        progress(done as f64 / count);
    });
    answers.into_iter().collect()
}

fn answer(table: &Table, profile: &[Profile], checked: &Checked) -> Result<CheckResult> {
    let places = checked.names().iter().map(|(name, _)| table.position(name)).collect::<Result<Vec<_>>>()?;
    let mut sorted = places.clone();
    sorted.sort_unstable();
    let mut accumulator = checked.accumulate();
    let slip = |error: expression::ColumnsError| Error::Check {
        check: checked.expression().source().to_owned(),
        why: error.to_string(),
    };
    if places.is_empty() {
        accumulator.push(table.rows() as usize, &[], &[]).map_err(slip)?;
    } else {
        table.batches(&sorted, &mut |_, arrays| {
            let read: Vec<&ArrayRef> =
                places.iter().filter_map(|place| arrays.get(sorted.binary_search(place).ok()?)).collect();
            let values: Vec<Values<'_>> = read.iter().map(|array| Values::of(array)).collect();
            let columns: Vec<expression::Column<'_>> = values.iter().map(Values::column).collect();
            let missing: Vec<Option<Vec<bool>>> = read.iter().map(|array| missing_cells(array)).collect();
            let missing: Vec<MissingCells<'_>> = missing.iter().map(Option::as_deref).collect();
            accumulator.push(arrays.first().map_or(0, Array::len), &columns, &missing).map_err(slip)
        })?;
    }
    let found = accumulator.finish();
    let mut explanation = found.explained.text.clone();
    for place in &places {
        if beyond_exact(&profile[*place]) {
            let name = &table.schema().columns[*place].name;
            explanation += "; whole numbers beyond 2^53 are compared as numbers of 64 bits: ";
            explanation += name;
        }
    }
    let lacking = found.failures.iter().map(|it| it.not_checked).max().unwrap_or_default();
    let source = checked.expression().source();
    explanation.extend(match found.truth() {
        Truth::CannotTell => advice_on_nan(table.schema(), profile, &places, source),
        Truth::True if lacking > 0 => Some(advice_on_missing(table.schema(), profile, &places)),
        _ => None,
    });
    Ok(CheckResult {
        check: source.to_owned(),
        outcome: match found.truth() {
            Truth::True => CheckOutcome::True,
            Truth::False => CheckOutcome::False,
            Truth::CannotTell => CheckOutcome::CannotTell,
        },
        failing_rows: found.failures.iter().map(|it| it.failing).max().unwrap_or_default(),
        unknown_rows: found.failures.iter().map(|it| it.cannot_tell).max().unwrap_or_default(),
        unchecked_rows: lacking,
        examples: examples(table, &found, &sorted)?,
        explanation,
    })
}

/// The names of the columns of a check that satisfy a condition, each once.
fn names_of(schema: &Schema, places: &[usize], is_wanted: impl Fn(usize) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for place in places.iter().filter(|place| is_wanted(**place)) {
        let name = expression::name_in_source(&schema.columns[*place].name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The check that demands the values without which rows were not checked.
fn advice_on_missing(schema: &Schema, profile: &[Profile], places: &[usize]) -> String {
    let names = names_of(schema, places, |place| profile[place].nulls > 0);
    let parts: Vec<String> = names.iter().map(|name| format!("{name} is not missing")).collect();
    format!("; to demand a value in each row, add the check: {}", parts.join(" and "))
}

/// The check that also accepts rows in which a cell is not a number (NaN), when there are such cells.
fn advice_on_nan(schema: &Schema, profile: &[Profile], places: &[usize], check: &str) -> Option<String> {
    let names = names_of(schema, places, |place| profile[place].nans > 0);
    let parts: Vec<String> = names.iter().map(|name| format!("{name} is missing")).collect();
    let accepting = format!("{} or {check}", parts.join(" or "));
    // A condition on the whole table has no such form.
    let is_possible = !names.is_empty() && prepare(schema, std::slice::from_ref(&accepting)).is_ok();
    is_possible.then(|| format!("; if cells that are not a number (NaN) are right, write: {accepting}"))
}

/// The cells of an array that are missing, if there are any.
fn missing_cells(array: &ArrayRef) -> Option<Vec<bool>> {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
    Some(nulls.iter().map(|is_present| !is_present).collect())
}

/// The first failing rows, with the values that the check uses.
fn examples(table: &Table, found: &TableAnswer, columns: &[usize]) -> Result<Vec<CheckExample>> {
    let worst = found.failures.iter().max_by_key(|it| it.failing + it.cannot_tell);
    let Some(worst) = worst.filter(|_| found.truth() != Truth::True && !columns.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut rows: Vec<u64> = worst.first.iter().copied().take(EXAMPLES).collect();
    rows.sort_unstable();
    rows.dedup();
    let cells = table.cells(&rows, columns)?;
    let named = |cells: Vec<Cell>| {
        let names = columns.iter().map(|at| table.schema().columns[*at].name.clone());
        names.zip(cells).collect()
    };
    Ok(rows.into_iter().zip(cells).map(|(row, cells)| CheckExample { row, values: named(cells) }).collect())
}

fn beyond_exact(profile: &Profile) -> bool {
    let ends = profile.smallest.iter().chain(&profile.largest);
    ends.into_iter().any(|end| matches!(end.value, Cell::Int(value) if value.unsigned_abs() > EXACT_MAX))
}

/// The values of an array in the form that expressions need.
enum Values<'a> {
    Numbers(Vec<f64>),
    Texts(Vec<Option<&'a str>>),
    Bools(Vec<Truth>),
    Times(Vec<Option<Time>>),
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        match array.data_type() {
            DataType::Boolean => {
                Self::Bools(array.as_boolean().iter().map(|value| value.map_or(Truth::CannotTell, Truth::of)).collect())
            }
            DataType::Utf8View => Self::Texts(array.as_string_view().iter().collect()),
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>().iter();
                Self::Times(days.map(|day| Some(Time::from_micros(i64::from(day?) * DAY_US))).collect())
            }
            DataType::Timestamp(..) => {
                let micros = array.as_primitive::<TimestampMicrosecondType>().iter();
                Self::Times(micros.map(|micros| micros.map(Time::from_micros)).collect())
            }
            _ => Self::Numbers(array_numbers(array).into_iter().map(|value| value.unwrap_or(f64::NAN)).collect()),
        }
    }
    fn column(&self) -> expression::Column<'_> {
        match self {
            Self::Numbers(values) => expression::Column::Numbers(values),
            Self::Texts(values) => expression::Column::Texts(values),
            Self::Bools(values) => expression::Column::Bools(values),
            Self::Times(values) => expression::Column::Times(values),
        }
    }
}
