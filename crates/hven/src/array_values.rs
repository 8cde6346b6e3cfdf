//! The values of an array, as `hven map` gets them: ranges, lists, lines of files, rows of tables.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use hven_api::arrays::Axis;
use hven_client::Failure;
use hven_core::{Digest, array, file_name, limits, manifest::Written};
use serde_json::Value;

/// The most digits behind the point of a range.
const SCALE_MAX: usize = 12;

/// Values that are not uploaded yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Ready(Axis),
    /// Rows, each with a value for each name.
    Rows {
        names: Vec<String>,
        rows: Vec<Vec<Value>>,
        origin: String,
    },
}

impl Values {
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Ready(Axis::Range { name, .. } | Axis::List { name, .. }) => vec![name],
            Self::Ready(Axis::Table { names, .. }) | Self::Rows { names, .. } => {
                names.iter().map(String::as_str).collect()
            }
            Self::Ready(Axis::Zip { .. }) => Vec::new(),
        }
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new("usage", message.into())
}

/// The values of a name as a person gives them, before they are read.
#[derive(Clone, Debug)]
pub struct GivenValues {
    pub name: String,
    /// One text may be a range, a list, or `@FILE`. The values of a list are taken as they are.
    pub values: Written,
    /// The place where they are given, for messages.
    pub shown: String,
}

impl GivenValues {
    /// Reads `NAME=VALUES`, as an option has it.
    pub fn of_option(option: &str, text: &str) -> Result<Self, Failure> {
        let given = Self::of_text(text).ok_or_else(|| usage(format!("{option} {text} names no value")).hint(HINT))?;
        Ok(Self { shown: format!("{option} {text}"), ..given })
    }

    /// Reads `NAME=VALUES`. `None` when there is no name.
    pub fn of_text(text: &str) -> Option<Self> {
        let (name, values) = text.split_once('=')?;
        Some(Self { name: name.trim().to_owned(), values: Written::One(values.to_owned()), shown: text.to_owned() })
    }
}

const HINT: &str = "values are written as i=1..10, as t=0.1,0.2, or as name=@names.txt (a value in each line)";

/// Reads values: `1..1000`, `0.1..0.5..0.1`, `0.1,0.2`, `@list.txt`, or the values of a list.
pub fn over(GivenValues { name, values, shown }: &GivenValues, folder: &Path) -> anyhow::Result<Values> {
    let values = match values {
        Written::One(values) => values,
        Written::List(values) if values.iter().any(String::is_empty) => {
            return Err(usage(format!("{shown} has an empty value")).into());
        }
        Written::List(values) => {
            let values = values.iter().map(|text| value(text)).collect();
            return Ok(Values::Ready(Axis::List { name: name.clone(), values }));
        }
    };
    if let Some(path) = values.strip_prefix('@') {
        let read = read_text(&folder.join(path))?;
        let rows: Vec<Vec<Value>> =
            read.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(|line| vec![value(line)]).collect();
        return Ok(Values::Rows { names: vec![name.clone()], rows, origin: path.to_owned() });
    }
    if let Some(range) = range(name, values).transpose()? {
        return Ok(Values::Ready(range));
    }
    if let Some(part) = values.split(',').find(|part| is_like_a_range(part)) {
        let hint = "a range is 1..10, 10..1, or 0..1..0.25 with digits and a point; a text such as 1..x stands in double quotes";
        return Err(usage(format!("{shown}: {} is not a range", part.trim())).hint(hint).into());
    }
    if values.trim().is_empty() {
        return Err(usage(format!("{shown} has no values")).hint(HINT).into());
    }
    let values = split_list(values).map_err(|why| usage(format!("{shown}: {why}")))?;
    Ok(Values::Ready(Axis::List { name: name.clone(), values: values.iter().map(|text| value(text)).collect() }))
}

/// Whether a value was certainly meant as a range: two points in a row, and otherwise only what numbers have.
fn is_like_a_range(text: &str) -> bool {
    let of_numbers = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E' | ' ');
    text.contains("..") && text.chars().any(|c| c.is_ascii_digit()) && text.chars().all(of_numbers)
}

/// A number or a truth value is one only if the command gets exactly the text that was written: `007` and `1.50` are texts.
pub fn value(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(found @ (Value::Number(_) | Value::Bool(_))) if is_written_as(&found, text) => found,
        _ => Value::String(text.to_owned()),
    }
}

fn is_written_as(value: &Value, text: &str) -> bool {
    let written = value.to_string();
    written.as_str() == text
}

/// Divides a list at its commas. A value in double quotes may have commas, and blanks at its ends; two quotes in it are one.
fn split_list(text: &str) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let (value, after) = match trimmed.strip_prefix('"') {
            Some(inside) => quoted(inside).ok_or_else(|| format!("this \" is never closed (at {trimmed:?})"))?,
            None => {
                let end = trimmed.find(',').unwrap_or(trimmed.len());
                (trimmed[..end].trim_end().to_owned(), &trimmed[end..])
            }
        };
        if value.is_empty() {
            return Err(format!("value {} is empty; a blank one stands in quotes: \" \"", values.len() + 1));
        }
        values.push(value);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(values),
            None => return Err(format!("a comma is missing behind the closing \" (at {after:?})")),
        }
    }
}

/// The text up to its closing quote, and the rest. `None` when there is no such quote.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"')?;
        value.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                value.push('"');
                rest = next;
            }
            None => return Some((value, after)),
        }
    }
}

/// `1..10`, `10..1`, `0..1..0.25`. `None` when the text is no range of numbers.
fn range(name: &str, text: &str) -> Option<anyhow::Result<Axis>> {
    let parts: Vec<&str> = text.split("..").map(str::trim).collect();
    let (first, last, step) = match parts.as_slice() {
        [first, last] => (*first, *last, None),
        [first, last, step] => (*first, *last, Some(*step)),
        _ => return None,
    };
    let (first_number, last_number) = (decimal(first)?, decimal(last)?);
    let step_number = match step {
        Some(step) => Some(decimal(step)?),
        None => None,
    };
    Some(range_of(name, text, first_number, last_number, step_number).map_err(Into::into))
}

/// Digits without the point, and how many stood behind it.
type Decimal = (i128, usize);

fn decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = !digits.is_empty() && digits.len() + fraction.len() <= 30;
    let is_number = is_number && [digits, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let is_number = is_number && (text.contains('.') != fraction.is_empty());
    is_number.then(|| Some((format!("{whole}{fraction}").parse().ok()?, fraction.len()))).flatten()
}

fn range_of(name: &str, text: &str, first: Decimal, last: Decimal, step: Option<Decimal>) -> Result<Axis, Failure> {
    let wrong = |why: &str| usage(format!("the range {name}={text} {why}"));
    let scale = [Some(first), Some(last), step].into_iter().flatten().map(|(_, scale)| scale).max().unwrap_or(0);
    if scale > SCALE_MAX {
        return Err(wrong("has more than 12 digits behind the point"));
    }
    if step.is_none() && scale > 0 {
        return Err(wrong("has no step").hint(format!("write {name}={text}..0.1 for a step of 0.1")));
    }
    let scaled = |(digits, own): Decimal| digits.checked_mul(10_i128.pow((scale - own) as u32));
    let too_large = || wrong("goes beyond the largest number");
    let (first, last) = (scaled(first).ok_or_else(too_large)?, scaled(last).ok_or_else(too_large)?);
    let step = match step {
        Some(step) => scaled(step).ok_or_else(too_large)?,
        None if last < first => -1,
        None => 1,
    };
    if step == 0 {
        return Err(wrong("has a step of 0, so it never ends"));
    }
    if (last - first).signum() * step.signum() < 0 {
        return Err(wrong("is empty: its step leads away from its end"));
    }
    let count = (last - first) / step + 1;
    let number = |number: i128| i64::try_from(number).map_err(|_| too_large());
    Ok(Axis::Range {
        name: name.to_owned(),
        first: number(first)?,
        step: number(step)?,
        scale: scale as u8,
        count: u64::try_from(count).map_err(|_| too_large())?,
    })
}

/// The rows of a table as values.
#[derive(Debug, PartialEq)]
pub struct TableValues {
    pub values: Values,
    /// Columns that no word uses, and that cannot be values: their names are none for placeholders, or a row has no value.
    pub left_out: Vec<String>,
}

/// The rows of a text table whose first line names its columns. `is_used`: whether a word has a placeholder of this name.
pub fn rows(path: &Path, origin: &str, is_used: &dyn Fn(&str) -> bool) -> anyhow::Result<TableValues> {
    let text = read_text(path)?;
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|sign| {
        // The first of several equally frequent signs is tried last, so a comma wins.
        (header.bytes().filter(|byte| byte == sign).count(), *sign == b',')
    });
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter.unwrap_or(b',')).from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| Failure::new("invalid", format!("{origin} cannot be read: {error}"));
    let invalid = |why: String| Failure::new("invalid", why);
    let columns: Vec<String> =
        reader.headers().map_err(unreadable)?.iter().map(|name| name.trim().to_owned()).collect();
    if let Some(at) = columns.iter().position(String::is_empty) {
        return Err(invalid(format!("column {} of {origin} has no name", at + 1)).into());
    }
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            records.push(record);
        }
    }
    if records.is_empty() {
        return Err(invalid(format!("{origin} has no rows below the names of its columns")).into());
    }
    let mut kept = Vec::new();
    let mut left_out = Vec::new();
    for (at, name) in columns.into_iter().enumerate() {
        let gap = records.iter().find(|record| record.get(at).is_none_or(str::is_empty));
        if is_used(&name) {
            if let Some(record) = gap {
                let line = record.position().map_or(0, csv::Position::line);
                let why = format!("{origin} has no value for {name} in line {line}: a command needs one");
                return Err(invalid(why).into());
            }
            kept.push((at, name));
        } else if gap.is_none() && array::is_value_name(&name) {
            kept.push((at, name));
        } else {
            left_out.push(name);
        }
    }
    if kept.is_empty() {
        return Err(invalid(format!("no column of {origin} can be a value")).into());
    }
    let row =
        |record: &csv::StringRecord| kept.iter().map(|(at, _)| value(record.get(*at).unwrap_or_default())).collect();
    let rows = records.iter().map(row).collect();
    let names = kept.iter().map(|(_, name)| name.clone()).collect();
    Ok(TableValues { values: Values::Rows { names, rows, origin: origin.to_owned() }, left_out })
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let shown = file_name::shown(&file_name::to_text(path)).into_owned();
    let bytes =
        fs::read(path).map_err(|error| Failure::new("file.unreadable", format!("{shown} cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::new("invalid", format!("{shown} is not text in UTF-8")).into())
}

/// The names that go together, from texts such as `a,b`.
pub fn zip_groups(zip: &[String]) -> Vec<Vec<String>> {
    zip.iter().map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()).collect()
}

/// Puts values together that were named in `--zip`.
pub fn zipped(values: Vec<Values>, groups: &[Vec<String>]) -> anyhow::Result<Vec<Vec<Values>>> {
    let mut left: BTreeMap<usize, Values> = values.into_iter().enumerate().collect();
    let mut axes: Vec<(usize, Vec<Values>)> = Vec::new();
    for group in groups {
        if group.len() < 2 {
            let why = format!(
                "--zip {} names one value: values that go together stand in one text, as in --zip a,b",
                group.join(",")
            );
            return Err(usage(why).into());
        }
        let mut parts = Vec::new();
        for name in group {
            let at = left.iter().find(|(_, values)| values.names().contains(&name.as_str())).map(|(at, _)| *at);
            let at =
                at.ok_or_else(|| usage(format!("--zip names {name}, which has no values, or is in two groups")))?;
            parts.extend(left.remove(&at).map(|values| (at, values)));
        }
        let first = parts.iter().map(|(at, _)| *at).min().unwrap_or_default();
        axes.push((first, parts.into_iter().map(|(_, values)| values).collect()));
    }
    axes.extend(left.into_iter().map(|(at, values)| (at, vec![values])));
    axes.sort_by_key(|(at, _)| *at);
    Ok(axes.into_iter().map(|(_, values)| values).collect())
}

/// The largest number of rows that this command uploads.
pub fn check_rows(names: &[String], rows: usize) -> Result<(), Failure> {
    let max = array::TABLE_ROWS_MAX;
    if rows as u64 <= max {
        return Ok(());
    }
    let (rows, max) = (limits::grouped(rows as u64), limits::grouped(max));
    Err(Failure::new(
        "invalid",
        format!("the values of {} have {rows} rows; at most {max} are allowed", names.join(", ")),
    ))
}

/// Axes as the record has them, for checks before anything is sent: a table that is not uploaded is named after its columns.
pub fn domain(axes: &[Axis]) -> Vec<array::Axis> {
    let one = |axis: &Axis| match axis {
        Axis::Range { name, first, step, scale, count } => {
            array::Axis::Range { name: name.clone(), first: *first, step: *step, scale: *scale, count: *count }
        }
        Axis::List { name, values } => array::Axis::List { name: name.clone(), values: values.clone() },
        Axis::Table { names, rows, origin, .. } => {
            array::Axis::Table { names: names.clone(), object: named_after(names), rows: *rows, origin: origin.clone() }
        }
        Axis::Zip { axes } => array::Axis::Zip { axes: domain(axes) },
    };
    axes.iter().map(one).collect()
}

fn named_after(columns: &[String]) -> Digest {
    Digest::of(columns.join("\n").as_bytes())
}

/// The rows of tables that are not uploaded yet, under the names of [`domain`].
#[derive(Debug)]
pub struct LocalRows<'a>(HashMap<Digest, &'a [Vec<Value>]>);

impl<'a> LocalRows<'a> {
    pub fn of(values: &'a [Vec<Values>]) -> Self {
        let rows = values.iter().flatten().filter_map(|values| match values {
            Values::Rows { names, rows, .. } => Some((named_after(names), rows.as_slice())),
            Values::Ready(_) => None,
        });
        Self(rows.collect())
    }
}

impl array::TableRows for LocalRows<'_> {
    fn row(&self, table: &Digest, at: u64) -> Option<&[Value]> {
        self.0.get(table)?.get(usize::try_from(at).ok()?).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> anyhow::Result<Values> {
        over(&GivenValues::of_option("--over", text)?, Path::new("/"))
    }
    fn ready(text: &str) -> Axis {
        match read(text).expect(text) {
            Values::Ready(axis) => axis,
            Values::Rows { .. } => panic!("rows"),
        }
    }
    fn range_axis(first: i64, step: i64, scale: u8, count: u64) -> Axis {
        Axis::Range { name: "i".to_owned(), first, step, scale, count }
    }

    #[test]
    fn texts_that_were_meant_as_ranges_are_refused() {
        for wrong in ["1e-3..1e-1", "1..1e3", "..5", "1...5", "1..2..3..4", "1..5,9", "1.."] {
            let refused = read(&format!("t={wrong}")).map_err(|error| error.to_string());
            assert!(refused.is_err_and(|why| why.contains("range")), "{wrong}");
        }
        for text in ["a..b", "\"1..5\",9", "v1..2", "..", "../data"] {
            assert!(read(&format!("t={text}")).is_ok(), "{text}");
        }
    }

    #[test]
    fn ranges_are_exact() {
        assert_eq!(ready("i=1..1000"), range_axis(1, 1, 0, 1000));
        assert_eq!(ready("i=3..1"), range_axis(3, -1, 0, 3));
        assert_eq!(ready("i=0..1..0.25"), range_axis(0, 25, 2, 5));
        assert_eq!(ready("i=-1..1"), range_axis(-1, 1, 0, 3));
        assert_eq!(ready("i=0..10..3"), range_axis(0, 3, 0, 4));
        assert_eq!(ready("i=5..5"), range_axis(5, 1, 0, 1));
        assert_eq!(ready("i=1..1000000000000"), range_axis(1, 1, 0, 1_000_000_000_000));
    }

    #[test]
    fn lists_keep_their_texts() {
        let list = |text: &str| match ready(text) {
            Axis::List { values, .. } => values,
            other => panic!("{other:?}"),
        };
        assert_eq!(list("t=0.1,0.2"), [json!(0.1), json!(0.2)]);
        // A text that a number would print otherwise stays as it was written.
        assert_eq!(
            list("s=007,1.50,1e3,true,-0"),
            [json!("007"), json!("1.50"), json!("1e3"), json!(true), json!("-0")]
        );
        assert_eq!(list(r#"s="a,b",c d,$(x);y"#), [json!("a,b"), json!("c d"), json!("$(x);y")]);
        // Blanks around a quoted value do not count, those in it do.
        assert_eq!(list(r#"t="x, y", "e, f""#), [json!("x, y"), json!("e, f")]);
        assert_eq!(list(r#"t= "a""b" ," c ", d e ,1"#), [json!("a\"b"), json!(" c "), json!("d e"), json!(1)]);
        assert_eq!(list("t=\"a\nb\",c\nd"), [json!("a\nb"), json!("c\nd")]);
        let why = |text: &str| read(text).expect_err(text).to_string();
        assert_eq!(why(r#"t=a, "x, y"#), r#"--over t=a, "x, y: this " is never closed (at "\"x, y")"#);
        assert_eq!(why(r#"t="x"y, z"#), r#"--over t="x"y, z: a comma is missing behind the closing " (at "y, z")"#);
        assert_eq!(why("t=a,,b"), r#"--over t=a,,b: value 2 is empty; a blank one stands in quotes: " ""#);
        // The values of a list in the manifest are taken as they are.
        let values = Written::List(vec!["1..3".to_owned(), "a, \"b".to_owned(), "0.10".to_owned()]);
        let given = GivenValues { name: "t".to_owned(), values, shown: "over.t".to_owned() };
        let listed = Axis::List { name: "t".to_owned(), values: vec![json!("1..3"), json!("a, \"b"), json!("0.10")] };
        assert_eq!(over(&given, Path::new("/")).expect("a list"), Values::Ready(listed));
        assert_eq!(list("f=a..b"), [json!("a..b")]);
        assert_eq!(list("f=../x,../y"), [json!("../x"), json!("../y")]);
    }

    #[test]
    fn wrong_values_are_refused() {
        for bad in
            ["i", "i=", "i=1..2..0", "i=1..2..-1", "i=0.5..2", "i=a,,b", "i=1..99999999999999999999..1", "i=@/no/file"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rows_of_a_table_are_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let used = |text: &str, used: &[&str]| {
            let path = folder.path().join("points.csv");
            fs::write(&path, text).expect("a file");
            let read = rows(&path, "points.csv", &|name| used.contains(&name));
            read.map(|TableValues { values, left_out }| match values {
                Values::Rows { names, rows, .. } => (names, rows, left_out),
                Values::Ready(axis) => panic!("{axis:?}"),
            })
        };
        let (names, found, left_out) = used("\u{feff}x;label\n1;\"a; b\"\n2,5;$(rm)\n\n", &[]).expect("rows");
        assert_eq!((names.as_slice(), left_out.len()), (&["x".to_owned(), "label".to_owned()][..], 0));
        assert_eq!(found, [vec![json!(1), json!("a; b")], vec![json!("2,5"), json!("$(rm)")]]);
        // Columns that no word uses may be anything.
        let (names, found, left_out) = used("a b,x,gap\n1,2,\n3,4,5\n", &["x"]).expect("rows");
        assert_eq!((names, found), (vec!["x".to_owned()], vec![vec![json!(2)], vec![json!(4)]]));
        assert_eq!(left_out, ["a b", "gap"]);
        let why = |text: &str| used(text, &["a", "b"]).expect_err(text).to_string();
        assert!(why("a,b\n1,\n").contains("no value for b in line 2"));
        assert!(why("a,b\n").contains("no rows"));
        assert!(why("a,\n1,2\n").contains("column 2 of points.csv has no name"));
        assert!(why("a,b\n1,2,3\n").contains("cannot be read"));
        assert!(why("a c,c d\n1,2\n").contains("no column of points.csv can be a value"));
    }

    #[test]
    fn values_go_together() {
        let values = || ["a=1,2", "b=3,4", "c=5,6"].map(|text| read(text).expect(text)).to_vec();
        let group = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let axes = zipped(values(), &[group(&["c", "a"])]).expect("axes");
        let names: Vec<Vec<&str>> = axes.iter().map(|axis| axis.iter().flat_map(Values::names).collect()).collect();
        assert_eq!(names, [vec!["c", "a"], vec!["b"]]);
        assert!(zipped(values(), &[group(&["a"])]).is_err());
        assert!(zipped(values(), &[group(&["a", "z"])]).is_err());
        assert!(zipped(values(), &[group(&["a", "b"]), group(&["b", "c"])]).is_err());
    }
}
