//! A list of runs as CSV (RFC 4180), for tables and scripts.

use hven_api::compared_runs::RunList;
use hven_core::safe_text::safe_text;
use serde_json::Value;

/// The fields of each run, before the columns of the list.
const FIELDS: [&str; 9] = ["run", "id", "project", "name", "state", "submitted", "started", "ended", "wall_s"];

/// Writes the header and one line for each run. `columns`: the names of the list's columns.
pub fn write(list: &RunList, columns: &[String]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(FIELDS.into_iter().map(str::to_owned).chain(columns.iter().map(|name| shown(name))))?;
    let none = Vec::new();
    for (place, run) in list.items.iter().enumerate() {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = [
            run.handle.clone(),
            run.id.clone(),
            run.project.clone(),
            optional(&run.name),
            run.state.clone(),
            run.submitted.clone(),
            optional(&run.started),
            optional(&run.ended),
            run.wall_s.map(|seconds| seconds.to_string()).unwrap_or_default(),
        ];
        let values = list.values.get(place).unwrap_or(&none);
        writer.write_record(fields.iter().map(|text| shown(text)).chain(values.iter().map(cell)))?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

/// Texts of other people have no control characters in a terminal.
fn shown(text: &str) -> String {
    safe_text(text).into_owned()
}

/// A missing value is an empty cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => shown(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_and_missing_values_are_empty() {
        let run = json!({
            "id": "0", "handle": "7Q2M", "project": "home", "name": "a, \"b\"\u{1b}[31m", "command": "true",
            "submitted_by": {"id": "me", "kind": "user", "name": null}, "submitted": "2026-05-01T00:00:00Z",
            "state": "done", "attempts": 1, "started": null, "ended": null, "wall_s": 0.5, "outcome": null, "outputs": 0,
            "cpu_s": null, "memory_max_bytes": null, "params": {}, "metrics": [],
        });
        let list = json!({ "schema": "hven.runs/1", "items": [run], "next": null, "values": [[0.25, "NaN", null]] });
        let list: RunList = serde_json::from_value(list).expect("a list");
        let columns = ["loss".to_owned(), "a,b".to_owned(), "x".to_owned()];
        let text = String::from_utf8(write(&list, &columns).expect("CSV")).expect("text");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("run,id,project,name,state,submitted,started,ended,wall_s,loss,\"a,b\",x"));
        let row = r#"7Q2M,0,home,"a, ""b""\u{1b}[31m",done,2026-05-01T00:00:00Z,,,0.5,0.25,NaN,"#;
        assert_eq!(lines.next(), Some(row));
    }
}
