//! A look at the beginning of a table: it is imported into a temporary folder with the same code as an import.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use hven_core::recipe::Schema;
use hven_data::{Error, ImportOptions, TABLE_FILE, Table};
use serde_json::{Value, json};

use crate::source_flags;

/// How much of a text is read.
pub const HEAD_BYTES: u64 = 4 << 20;
/// How many rows are shown.
const ROWS: u64 = 20;

/// The options of an import from the arguments of its recipe.
///
/// # Errors
/// The reason why they are refused.
pub fn options(arguments: &Value) -> Result<ImportOptions, String> {
    let mut arguments = arguments.clone();
    if let Value::Object(arguments) = &mut arguments {
        arguments.retain(|_, value| !value.is_null());
    }
    let options: ImportOptions = serde_json::from_value(arguments).map_err(|error| error.to_string())?;
    options.check().map_err(|error| error.to_string())?;
    Ok(options)
}

/// Whether bytes begin a Parquet file.
pub fn is_parquet(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

/// The result that an import of this file would have (`hven.look/1`). Of a text, the beginning is read. `size` is the size of the whole
/// source, of which the file may be the beginning.
pub fn look(path: &Path, size: u64, options: &ImportOptions) -> hven_data::Result<Value> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Io { path: path.clone(), source }
    };
    let folder = tempfile::tempdir().map_err(at(&std::env::temp_dir()))?;
    let mut head = Vec::new();
    let file = fs::File::open(path).map_err(at(path))?;
    file.take(HEAD_BYTES).read_to_end(&mut head).map_err(at(path))?;
    let is_whole = head.len() as u64 == size || is_parquet(&head);
    let source = folder.path().join("source");
    if !is_whole {
        fs::write(&source, whole_rows(&head)).map_err(at(&source))?;
    }
    let read = if is_whole { path } else { &source };
    let imported = folder.path().join("table");
    let report = hven_data::import(read, &imported, options, &mut |_| {})?;
    let table = Table::open(&imported.join(TABLE_FILE))?;
    let settings = settings(&json!(report.source), &json!(options));
    Ok(json!({
        "schema": "hven.look/1",
        "bytes": size,
        "whole": is_whole,
        "rows_read": report.rows,
        "settings": settings,
        "report": report,
        "rows": table.read_rows(0, ROWS)?,
    }))
}

/// Each setting with the value that was used and the flag that changes it. `found`: the description of the source.
fn settings(found: &Value, options: &Value) -> Vec<Value> {
    let import = source_flags::import();
    let settings = import.into_iter().flat_map(Schema::source_settings);
    let flagged = settings.map(|argument| (argument.name, format!("--{}", argument.flag())));
    let flagged = flagged.chain([("nulls", "--null".to_owned())]);
    let one = |(name, flag): (&str, String)| {
        let given = options.get(name).filter(|value| !value.is_null() && **value != json!([]));
        let value = found_value(name, found).or_else(|| given.cloned())?;
        Some(json!({ "name": name, "flag": flag, "value": value, "given": given.is_some() }))
    };
    flagged.filter_map(one).collect()
}

/// The value of a setting in the description of a source.
fn found_value(name: &str, source: &Value) -> Option<Value> {
    let layout = &source["layout"];
    match (name, layout["kind"].as_str()) {
        ("format", Some(kind)) => Some(json!(kind)),
        // No letter divides these cells.
        ("delimiter", Some(_)) => None,
        ("widths", Some(_)) => {
            let starts: Vec<u64> = layout["starts"].as_array()?.iter().filter_map(Value::as_u64).collect();
            Some(starts.windows(2).map(|pair| json!(pair[1].saturating_sub(pair[0]))).collect())
        }
        // The description holds the number of that line.
        ("units_line", _) if source.get("header").is_some() => Some(json!(source.get("units_line").is_some())),
        _ => source.get(name).filter(|value| !value.is_null()).cloned(),
    }
}

/// Removes the last, incomplete row. In UTF-16, which contains zero bytes, the row stays: it has the same columns.
fn whole_rows(head: &[u8]) -> &[u8] {
    if head.contains(&0) {
        return head;
    }
    head.iter().rposition(|byte| *byte == b'\n').map_or(head, |end| &head[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_row_is_left_out() {
        assert_eq!(whole_rows(b"a,b\n1,2\n3"), b"a,b\n1,2\n");
        assert_eq!(whole_rows(b"a\0,\0b"), b"a\0,\0b");
    }

    #[test]
    fn the_layout_of_a_source_is_shown_as_settings() {
        let check = |source: Value, name: &str, want: Option<Value>| {
            assert_eq!(found_value(name, &source), want, "{name} of {source}");
        };
        let csv = json!({ "format": "csv", "delimiter": ";", "header": true });
        check(csv.clone(), "format", Some(json!("csv")));
        check(csv.clone(), "delimiter", Some(json!(";")));
        check(csv, "units_line", Some(json!(false)));
        let fixed = json!({
            "format": "csv", "delimiter": " ", "header": true, "units_line": 2,
            "layout": { "kind": "fixed", "starts": [0, 5, 17] },
        });
        check(fixed.clone(), "format", Some(json!("fixed")));
        check(fixed.clone(), "delimiter", None);
        check(fixed.clone(), "widths", Some(json!([5, 12])));
        check(fixed, "units_line", Some(json!(true)));
        check(json!({ "format": "parquet" }), "units_line", None);
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long.csv");
        let row = "1,22222222\n";
        let text = format!("a,b\n{}", row.repeat(HEAD_BYTES as usize / row.len() + 1000));
        fs::write(&path, &text).expect("written");
        let looked = look(&path, text.len() as u64, &ImportOptions::default()).expect("a table");
        assert_eq!(looked["whole"], false);
        assert_eq!(looked["rows_read"], (HEAD_BYTES - 4) / row.len() as u64);
        assert_eq!(looked["report"]["problems"]["total"], 0, "no row is cut");
        assert_eq!(looked["rows"][0], serde_json::json!([1, 22_222_222]));
    }
}
