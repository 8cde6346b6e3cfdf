//! The values of an array, as `hven map` gets them: ranges, lists, lines of files, rows of tables, samples.

use std::{collections::BTreeMap, fs, path::Path};

use hven_api::arrays::Axis;
use hven_client::Failure;
use hven_core::{Digest, array, file_name, limits};
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

/// Reads `NAME=VALUES`: `i=1..1000`, `t=0.1..0.5..0.1`, `t=0.1,0.2`, `file=@list.txt`.
pub fn over(text: &str, folder: &Path) -> anyhow::Result<Values> {
    let hint = "write --over i=1..10, --over t=0.1,0.2 or --over name=@names.txt (a value in each line)";
    let (name, values) =
        text.split_once('=').ok_or_else(|| usage(format!("--over {text} names no value")).hint(hint))?;
    let name = name.trim().to_owned();
    if let Some(path) = values.strip_prefix('@') {
        let read = read_text(&folder.join(path))?;
        let rows: Vec<Vec<Value>> =
            read.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(|line| vec![value(line)]).collect();
        return Ok(Values::Rows { names: vec![name], rows, origin: path.to_owned() });
    }
    if let Some(range) = range(&name, values).transpose()? {
        return Ok(Values::Ready(range));
    }
    if let Some(part) = values.split(',').find(|part| is_like_a_range(part)) {
        let hint = "a range is 1..10, 10..1, or 0..1..0.25 with digits and a point; a text such as 1..x stands in double quotes";
        return Err(usage(format!("--over {text}: {} is not a range", part.trim())).hint(hint).into());
    }
    if values.trim().is_empty() {
        return Err(usage(format!("--over {text} has no values")).hint(hint).into());
    }
    let values = split_list(values).map_err(|why| usage(format!("--over {text}: {why}")))?;
    Ok(Values::Ready(Axis::List { name, values: values.iter().map(|text| value(text)).collect() }))
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

/// Divides a list at its commas. A value in double quotes may have commas; two quotes are one.
fn split_list(text: &str) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let row = reader.records().next().transpose().map_err(|error| error.to_string())?.unwrap_or_default();
    let values: Vec<String> = row.iter().map(|cell| cell.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        return Err("a value is empty; write \"\" in quotes with a space for a blank one".to_owned());
    }
    Ok(values)
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

/// The rows of a text table whose first line names its columns.
pub fn rows(path: &Path, origin: &str) -> anyhow::Result<Values> {
    let text = read_text(path)?;
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|sign| {
        // The first of several equally frequent signs is tried last, so a comma wins.
        (header.bytes().filter(|byte| byte == sign).count(), *sign == b',')
    });
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter.unwrap_or(b',')).from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| Failure::new("invalid", format!("{origin} cannot be read: {error}"));
    let names: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(|name| name.trim().to_owned()).collect();
    if let Some(at) = names.iter().position(String::is_empty) {
        return Err(Failure::new("invalid", format!("column {} of {origin} has no name", at + 1)).into());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if let Some(at) = record.iter().position(str::is_empty) {
            let line = record.position().map_or(0, csv::Position::line);
            let why = format!("{origin} has no value for {} in line {line}: a command needs one", names[at]);
            return Err(Failure::new("invalid", why).into());
        }
        rows.push(record.iter().map(value).collect());
    }
    if rows.is_empty() {
        return Err(Failure::new("invalid", format!("{origin} has no rows below the names of its columns")).into());
    }
    Ok(Values::Rows { names, rows, origin: origin.to_owned() })
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let shown = file_name::shown(&file_name::to_text(path)).into_owned();
    let bytes =
        fs::read(path).map_err(|error| Failure::new("file.unreadable", format!("{shown} cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::new("invalid", format!("{shown} is not text in UTF-8")).into())
}

/// How samples are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sampling {
    /// Latin hypercube: each of the values has one point in each of its equal parts (McKay, Beckman and Conover 1979)
    #[default]
    Latin,
    /// Independent points
    Random,
}

/// A value that is sampled between bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    name: String,
    low: f64,
    high: f64,
    is_whole: bool,
    is_log: bool,
}

/// Reads `x=0..1`, `depth=2..10:int` (whole numbers), `lr=1e-4..1e-1:log` (equal ratios).
pub fn sampled(text: &str) -> Result<Sampled, Failure> {
    let hint = "write --sample x=0..1, --sample depth=2..10:int for whole numbers, or --sample lr=1e-4..1e-1:log for equal ratios";
    let wrong = |why: &str| usage(format!("--sample {text} {why}")).hint(hint);
    let (name, bounds) = text.split_once('=').ok_or_else(|| wrong("names no value"))?;
    let mut parts = bounds.split(':');
    let bounds = parts.next().unwrap_or_default();
    let (mut is_whole, mut is_log) = (false, false);
    for part in parts {
        match part {
            "int" => is_whole = true,
            "log" => is_log = true,
            other => return Err(wrong(&format!("ends with :{other}, which is neither :int nor :log"))),
        }
    }
    let (low, high) = bounds.split_once("..").ok_or_else(|| wrong("has no bounds"))?;
    if is_whole && [low, high].iter().any(|bound| bound.trim().parse::<i64>().is_err()) {
        return Err(wrong("has bounds that are no whole numbers"));
    }
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (Some(low), Some(high)) = (number(low), number(high)) else {
        return Err(wrong("has bounds that are no numbers"));
    };
    if low >= high {
        return Err(wrong("has a lower bound that is not below the upper one"));
    }
    if is_log && low <= 0.0 {
        return Err(wrong("has a bound without a logarithm"));
    }
    Ok(Sampled { name: name.trim().to_owned(), low, high, is_whole, is_log })
}

/// Draws points. The same seed gives the same points on every machine.
pub fn draw(values: &[Sampled], count: u32, sampling: Sampling, seed: u64) -> Values {
    let mut random = fastrand::Rng::with_seed(seed);
    let n = f64::from(count.max(1));
    let columns: Vec<Vec<f64>> = values
        .iter()
        .map(|_| match sampling {
            Sampling::Random => (0..count).map(|_| random.f64()).collect(),
            Sampling::Latin => {
                let mut parts: Vec<u32> = (0..count).collect();
                random.shuffle(&mut parts);
                parts.into_iter().map(|part| (f64::from(part) + random.f64()) / n).collect()
            }
        })
        .collect();
    let rows =
        (0..count as usize).map(|row| values.iter().zip(&columns).map(|(of, column)| of.at(column[row])).collect());
    let kind = match sampling {
        Sampling::Latin => "Latin hypercube",
        Sampling::Random => "random points",
    };
    Values::Rows {
        names: values.iter().map(|of| of.name.clone()).collect(),
        rows: rows.collect(),
        origin: format!("{kind}, seed {seed}"),
    }
}

impl Sampled {
    /// The value at this share of the way from the lower to the upper bound.
    fn at(&self, share: f64) -> Value {
        let Self { low, high, is_whole, is_log, .. } = *self;
        if is_whole && !is_log {
            // Each whole number has the same share.
            let number = (low + share * (high - low + 1.0)).floor().min(high);
            return Value::from(number as i64);
        }
        let number =
            if is_log { (low.ln() + share * (high.ln() - low.ln())).exp() } else { low + share * (high - low) };
        let number = number.clamp(low, high);
        if is_whole { Value::from(number.round() as i64) } else { Value::from(number) }
    }
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
            return Err(usage("--zip names the values that go together: at least two, as in --zip a,b").into());
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ready(text: &str) -> Axis {
        match over(text, Path::new("/")).expect(text) {
            Values::Ready(axis) => axis,
            Values::Rows { .. } => panic!("rows"),
        }
    }
    fn range_axis(first: i64, step: i64, scale: u8, count: u64) -> Axis {
        Axis::Range { name: "i".to_owned(), first, step, scale, count }
    }

    #[test]
    fn texts_that_were_meant_as_ranges_are_refused() {
        let folder = Path::new("/");
        for wrong in ["1e-3..1e-1", "1..1e3", "..5", "1...5", "1..2..3..4", "1..5,9", "1.."] {
            let refused = over(&format!("t={wrong}"), folder).map_err(|error| error.to_string());
            assert!(refused.is_err_and(|why| why.contains("range")), "{wrong}");
        }
        for text in ["a..b", "\"1..5\",9", "v1..2", "..", "../data"] {
            assert!(over(&format!("t={text}"), folder).is_ok(), "{text}");
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
        assert_eq!(list("f=a..b"), [json!("a..b")]);
        assert_eq!(list("f=../x,../y"), [json!("../x"), json!("../y")]);
    }

    #[test]
    fn wrong_values_are_refused() {
        for bad in
            ["i", "i=", "i=1..2..0", "i=1..2..-1", "i=0.5..2", "i=a,,b", "i=1..99999999999999999999..1", "i=@/no/file"]
        {
            assert!(over(bad, Path::new("/")).is_err(), "{bad}");
        }
        for bad in ["lr", "lr=1", "lr=2..1", "lr=0..1:log", "lr=a..b", "n=0.5..2:int", "n=1..2:even"] {
            assert!(sampled(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rows_of_a_table_are_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |text: &str| {
            let path = folder.path().join("points.csv");
            fs::write(&path, text).expect("a file");
            rows(&path, "points.csv").map(|values| match values {
                Values::Rows { names, rows, .. } => (names, rows),
                Values::Ready(axis) => panic!("{axis:?}"),
            })
        };
        let (names, found) = read("\u{feff}x;label\n1;\"a; b\"\n2,5;$(rm)\n\n").expect("rows");
        assert_eq!(names, ["x", "label"]);
        assert_eq!(found, [vec![json!(1), json!("a; b")], vec![json!("2,5"), json!("$(rm)")]]);
        let why = |text: &str| read(text).expect_err(text).to_string();
        assert!(why("a,b\n1,\n").contains("no value for b in line 2"));
        assert!(why("a,b\n").contains("no rows"));
        assert!(why("a,\n1,2\n").contains("column 2 of points.csv has no name"));
        assert!(why("a,b\n1,2,3\n").contains("cannot be read"));
    }

    #[test]
    fn samples_lie_within_their_bounds_and_are_repeatable() {
        let of: Vec<Sampled> = ["lr=1e-4..1e-1:log", "depth=2..4:int", "x=-1..0.5", "y=0..1"]
            .iter()
            .map(|text| sampled(text).expect(text))
            .collect();
        let first = draw(&of, 30, Sampling::Latin, 7);
        assert_eq!(first, draw(&of, 30, Sampling::Latin, 7));
        assert_ne!(first, draw(&of, 30, Sampling::Latin, 8));
        let Values::Rows { rows, .. } = first else { panic!("rows") };
        let column = |at: usize| rows.iter().map(|row| row[at].as_f64().expect("a number")).collect::<Vec<_>>();
        assert!(column(0).iter().all(|lr| (1e-4..=1e-1).contains(lr)));
        let depths = column(1);
        assert!((2..=4).all(|depth| depths.iter().filter(|found| **found as i64 == depth).count() == 10));
        assert!(
            column(3).iter().filter(|y| y.fract() != 0.0).count() > 25,
            "bounds without a point are real numbers, too"
        );
        // One point in each of thirty equal parts.
        let mut parts: Vec<u32> = column(2).iter().map(|x| ((x + 1.0) / 1.5 * 30.0) as u32).collect();
        parts.sort_unstable();
        assert_eq!(parts, (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn values_go_together() {
        let values = || ["a=1,2", "b=3,4", "c=5,6"].map(|text| over(text, Path::new("/")).expect(text)).to_vec();
        let group = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let axes = zipped(values(), &[group(&["c", "a"])]).expect("axes");
        let names: Vec<Vec<&str>> = axes.iter().map(|axis| axis.iter().flat_map(Values::names).collect()).collect();
        assert_eq!(names, [vec!["c", "a"], vec!["b"]]);
        assert!(zipped(values(), &[group(&["a"])]).is_err());
        assert!(zipped(values(), &[group(&["a", "z"])]).is_err());
        assert!(zipped(values(), &[group(&["a", "b"]), group(&["b", "c"])]).is_err());
    }
}
