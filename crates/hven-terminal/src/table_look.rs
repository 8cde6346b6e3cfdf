//! Human-readable output of `hven data look`: how a table would be read, and the flags that change it.

use std::io;

use hven_api::datasets::TableLook;
use serde::Serialize;
use serde_json::Value;

use crate::{
    command_result::HumanReadable,
    data::{list, text, write_checks, write_notes, write_preamble},
    formats, shell_line,
    terminal_writer::{Field, TerminalWriter},
};

/// A look at a table before its import.
#[derive(Debug, Serialize)]
pub struct TableLooked {
    #[serde(flatten)]
    pub look: TableLook,
    /// Where settings come from that no flag gave.
    pub notes: Vec<String>,
}

/// How many of the first rows are shown.
const ROWS_SHOWN: usize = 5;
/// How many doubtful cells are shown.
const DOUBTFUL_SHOWN: usize = 20;

impl HumanReadable for TableLooked {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let look = &self.look.look;
        let report = look.get("report").unwrap_or(&Value::Null);
        let columns = report.get("schema").map(|schema| list(schema, "columns")).unwrap_or_default();
        let count = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
        let problems = report.get("problems").map_or(0, |problems| count(problems, "total"));
        let remarks = list(look, "remarks");
        let counted_notes = match remarks.len() as u64 {
            0 => String::new(),
            count => format!("   {}", formats::counted(count, "note", "notes")),
        };
        let line = format!(
            "{}   {}   {} × {}   {}{counted_notes}",
            self.look.command.get(3).map_or("", String::as_str),
            formats::bytes(count(look, "bytes")),
            formats::counted(count(look, "rows_read"), "row", "rows"),
            formats::counted(columns.len() as u64, "column", "columns"),
            formats::counted(problems, "problem", "problems"),
        );
        let line = writer.colours.bold(&line);
        writer.line(&line)?;
        if look.get("whole").and_then(Value::as_bool) == Some(false) {
            let line = writer.colours.dim("only the beginning was read: later rows may have other types and problems");
            writer.line(&line)?;
        }
        write_settings(writer, list(look, "settings"))?;
        write_preamble(writer, report)?;
        write_columns(writer, columns)?;
        write_checks(writer, report)?;
        write_doubtful(writer, look)?;
        write_rows(writer, columns, list(look, "rows"))?;
        let notes: Vec<String> = remarks.iter().map(|remark| remark_line(look, remark)).collect();
        if !notes.is_empty() || !self.notes.is_empty() {
            writer.line("")?;
        }
        write_notes(writer, &notes)?;
        write_notes(writer, &self.notes)?;
        writer.heading("the command that imports it so")?;
        writer.line(&shell_line(&self.look.command))
    }
}

fn write_settings(writer: &mut TerminalWriter<'_>, settings: &[Value]) -> io::Result<()> {
    if settings.is_empty() {
        return Ok(());
    }
    writer.heading("how it is read")?;
    let rows = settings.iter().map(|setting| {
        let value = setting.get("value").map(setting_text).unwrap_or_default();
        let given = setting.get("given").and_then(Value::as_bool) == Some(true);
        vec![
            text(setting, "name").into(),
            value.into(),
            text(setting, "flag").into(),
            Field::Dim(if given { "given".to_owned() } else { String::new() }),
        ]
    });
    let rows = rows.collect();
    writer.table(&["SETTING", "VALUE", "FLAG THAT CHANGES IT", ""], rows)
}

/// A setting in a way that shows blanks and tabs.
fn setting_text(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text == " " => "blank".to_owned(),
        Value::String(text) => text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'"),
        Value::Array(items) => items
            .iter()
            .map(setting_text)
            .map(|text| if text.is_empty() { "empty".to_owned() } else { text })
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    }
}

/// The flags of the settings that decide something, such as `--decimal, --thousands`.
fn deciding_flags(look: &Value, decided: &Value) -> String {
    let names = list(decided, "settings").iter().filter_map(Value::as_str);
    let flags = names.map(|name| {
        let flag = look.get("flags").and_then(|flags| flags.get(name)).and_then(Value::as_str);
        flag.unwrap_or(name)
    });
    flags.collect::<Vec<_>>().join(", ")
}

/// A note with its flags, unless it names them itself.
fn remark_line(look: &Value, remark: &Value) -> String {
    let (text, flags) = (text(remark, "text"), deciding_flags(look, remark));
    if flags.is_empty() { text } else { format!("{text} [{flags}]") }
}

/// Cells that could not be read exactly as they are written, each with the flags that decide it.
fn write_doubtful(writer: &mut TerminalWriter<'_>, look: &Value) -> io::Result<()> {
    let doubtful = list(look, "doubtful");
    if doubtful.is_empty() {
        return Ok(());
    }
    writer.heading("doubtful cells")?;
    let rows = doubtful.iter().take(DOUBTFUL_SHOWN).map(|cell| {
        vec![
            Field::Number(text(cell, "line")),
            text(cell, "column").into(),
            text(cell, "text").into(),
            text(cell, "why").into(),
            deciding_flags(look, cell).into(),
        ]
    });
    let rows = rows.collect();
    writer.table(&["LINE", "COLUMN", "TEXT", "WHAT", "FLAGS THAT DECIDE IT"], rows)?;
    let total = look.get("doubtful_total").and_then(Value::as_u64).unwrap_or(0);
    let more = total.saturating_sub(doubtful.len().min(DOUBTFUL_SHOWN) as u64);
    if more > 0 {
        let line = writer.colours.dim(&format!("… and {more} more"));
        writer.line(&line)?;
    }
    Ok(())
}

fn write_columns(writer: &mut TerminalWriter<'_>, columns: &[Value]) -> io::Result<()> {
    writer.heading("columns")?;
    let rows = columns
        .iter()
        .map(|column| vec![text(column, "name").into(), text(column, "type").into(), text(column, "unit").into()]);
    let rows = rows.collect();
    writer.table(&["NAME", "TYPE (--type NAME=TYPE)", "UNIT (--unit NAME=UNIT)"], rows)
}

fn write_rows(writer: &mut TerminalWriter<'_>, columns: &[Value], rows: &[Value]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writer.heading("first rows")?;
    let names: Vec<String> = columns.iter().map(|column| text(column, "name")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_number =
        |at: usize| columns.get(at).is_some_and(|column| matches!(text(column, "type").as_str(), "int64" | "float64"));
    let cells = |row: &Value| {
        let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
        let cell = |(at, cell): (usize, &Value)| match cell {
            Value::Null => Field::Dim("missing".to_owned()),
            cell if is_number(at) => Field::Number(formats::value(cell)),
            cell => formats::value(cell).into(),
        };
        cells.iter().enumerate().map(cell).collect()
    };
    let rows = rows.iter().take(ROWS_SHOWN).map(cells).collect();
    writer.table(&names, rows)
}
