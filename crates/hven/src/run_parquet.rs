//! A list of runs as a Parquet file: numbers as numbers, truth values as booleans, everything else as text. The type of a column that
//! has no value, or only NaN, comes from what the server knows of it.

use std::{collections::HashSet, fs, path::Path};

use hven_api::compared_runs::RunList;
use hven_client::Failure;
use hven_data::{ValueColumn, write_columns};
use hven_terminal::{FileWritten, Output, exit, formats::counted};
use serde_json::Value;

use crate::{
    context::Context,
    run_columns::{ColumnTitle, ColumnValues},
};

/// Writes the runs with the values of the list's columns.
pub fn write(
    list: &RunList,
    titles: &[ColumnTitle],
    path: &Path,
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let path = context.cwd.join(path);
    write_columns(&path, columns(list, titles)).map_err(|error| {
        let message = format!("{} cannot be written: {error}", path.display());
        Failure::new("file.unwritable", message).hint("choose another file, or make room on its disk")
    })?;
    let bytes = fs::metadata(&path).map_err(|error| Failure::unwritable(&path, &error))?.len();
    let text = counted(list.items.len() as u64, "run", "runs");
    output.reply(&FileWritten { schema: "hven.runs_written/1", path, bytes, text })?;
    Ok(exit::OK)
}

/// The columns of the file. A name that another column has is numbered.
fn columns(list: &RunList, titles: &[ColumnTitle]) -> Vec<(String, ValueColumn)> {
    let text =
        |of: fn(&hven_api::runs::RunSummary) -> Option<String>| ValueColumn::Texts(list.items.iter().map(of).collect());
    let mut all = vec![
        ("run".to_owned(), text(|run| Some(run.handle.clone()))),
        ("id".to_owned(), text(|run| Some(run.id.clone()))),
        ("project".to_owned(), text(|run| Some(run.project.clone()))),
        ("name".to_owned(), text(|run| run.name.clone())),
        ("state".to_owned(), text(|run| Some(run.state.clone()))),
        ("submitted".to_owned(), text(|run| Some(run.submitted.clone()))),
        ("started".to_owned(), text(|run| run.started.clone())),
        ("ended".to_owned(), text(|run| run.ended.clone())),
        ("wall_s".to_owned(), ValueColumn::Numbers(list.items.iter().map(|run| run.wall_s).collect())),
    ];
    let mut taken: HashSet<String> = all.iter().map(|(name, _)| name.clone()).collect();
    for (place, ColumnTitle { name, values: kind }) in titles.iter().enumerate() {
        let values = list.values.iter().map(|row| row.get(place).unwrap_or(&Value::Null));
        let free = (2..).map(|number| format!("{name} ({number})"));
        let name = std::iter::once(name.clone()).chain(free).find(|name| taken.insert(name.clone()));
        all.push((name.unwrap_or_default(), column(values.collect(), *kind)));
    }
    all
}

/// A column of the type that all its values have. NaN and infinite numbers come as texts, which a text may equal: then, and if there is no
/// value, the known type decides.
fn column(values: Vec<&Value>, known: ColumnValues) -> ValueColumn {
    let set = || values.iter().filter(|value| !value.is_null());
    let has_number = set().any(|value| value.is_number()) || known == ColumnValues::Numbers;
    if has_number && set().all(|value| number(value).is_some()) {
        return ValueColumn::Numbers(values.into_iter().map(number).collect());
    }
    let has_bool = set().next().is_some() || known == ColumnValues::Bools;
    if has_bool && set().all(|value| value.is_boolean()) {
        return ValueColumn::Bools(values.into_iter().map(Value::as_bool).collect());
    }
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    ValueColumn::Texts(values.into_iter().map(text).collect())
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_column_has_the_type_of_its_values() {
        let check_known = |values: Value, known: ColumnValues, expect: ValueColumn| {
            let values = values.as_array().expect("a list").clone();
            assert_eq!(column(values.iter().collect(), known), expect, "{values:?}");
        };
        let check = |values: Value, expect: ValueColumn| check_known(values, ColumnValues::Unknown, expect);
        check(json!([1, null, 0.5]), ValueColumn::Numbers(vec![Some(1.0), None, Some(0.5)]));
        check(json!([1, "Infinity"]), ValueColumn::Numbers(vec![Some(1.0), Some(f64::INFINITY)]));
        check(json!([true, null]), ValueColumn::Bools(vec![Some(true), None]));
        let texts = |list: &[Option<&str>]| ValueColumn::Texts(list.iter().map(|it| it.map(str::to_owned)).collect());
        check(json!([1, "a", true]), texts(&[Some("1"), Some("a"), Some("true")]));
        check(json!(["NaN", null]), texts(&[Some("NaN"), None]));
        check(json!([null]), texts(&[None]));
        let same_nan = column(vec![&json!("NaN"), &Value::Null], ColumnValues::Numbers);
        let ValueColumn::Numbers(numbers) = same_nan else { panic!("{same_nan:?}") };
        assert!(numbers[0].is_some_and(f64::is_nan) && numbers[1].is_none(), "{numbers:?}");
        check_known(json!(["-Infinity"]), ColumnValues::Numbers, ValueColumn::Numbers(vec![Some(f64::NEG_INFINITY)]));
        check_known(json!([null]), ColumnValues::Numbers, ValueColumn::Numbers(vec![None]));
        check_known(json!([null]), ColumnValues::Bools, ValueColumn::Bools(vec![None]));
        check_known(json!([]), ColumnValues::Numbers, ValueColumn::Numbers(vec![]));
        check_known(json!(["a", "NaN"]), ColumnValues::Numbers, texts(&[Some("a"), Some("NaN")]));
    }
}
