//! The values of an array: ranges, lists and the rows of tables.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::{AXES_MAX, LIST_VALUES_MAX, TASKS_MAX};
use crate::{Digest, limits, params::Params};

/// The most rows of one table of values.
pub const TABLE_ROWS_MAX: u64 = 1_000_000;

/// Values that vary together. An array has a task for each combination of the values of its axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Axis {
    /// Decimal numbers at equal distances: `(first + n × step) / 10^scale`, for `n` from 0 to `count` − 1.
    Range {
        name: String,
        first: i64,
        step: i64,
        scale: u8,
        count: u64,
    },
    List {
        name: String,
        values: Vec<Value>,
    },
    /// The rows of an object. Each line of it is a JSON list with a value for each name.
    Table {
        names: Vec<String>,
        object: Digest,
        rows: u64,
        origin: String,
    },
    /// Axes of equal length, whose values go together.
    Zip {
        axes: Vec<Axis>,
    },
}

/// The largest number of digits behind the point of a range.
const SCALE_MAX: u8 = 12;

impl Axis {
    /// How many values it has.
    pub fn len(&self) -> u64 {
        match self {
            Self::Range { count, .. } => *count,
            Self::List { values, .. } => values.len() as u64,
            Self::Table { rows, .. } => *rows,
            Self::Zip { axes } => axes.first().map_or(0, Self::len),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Range { name, .. } | Self::List { name, .. } => vec![name],
            Self::Table { names, .. } => names.iter().map(String::as_str).collect(),
            Self::Zip { axes } => axes.iter().flat_map(Self::names).collect(),
        }
    }

    /// The objects that hold its values.
    pub fn tables(&self) -> Vec<Digest> {
        match self {
            Self::Table { object, .. } => vec![*object],
            Self::Zip { axes } => axes.iter().flat_map(Self::tables).collect(),
            Self::Range { .. } | Self::List { .. } => Vec::new(),
        }
    }

    /// The texts that stand in its lists.
    pub fn texts(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::List { values, .. } => Box::new(values.iter().filter_map(Value::as_str)),
            Self::Zip { axes } => Box::new(axes.iter().flat_map(Self::texts)),
            Self::Range { .. } | Self::Table { .. } => Box::new(std::iter::empty()),
        }
    }

    /// Adds its values at this position.
    pub(super) fn put(&self, at: u64, tables: &dyn TableRows, into: &mut Params) {
        match self {
            Self::Range { name, first, step, scale, .. } => {
                let number = i128::from(*first) + i128::from(*step) * i128::from(at);
                into.insert(name.clone(), decimal(number, *scale));
            }
            Self::List { name, values } => {
                let value = usize::try_from(at).ok().and_then(|at| values.get(at));
                into.extend(value.map(|value| (name.clone(), value.clone())));
            }
            Self::Table { names, object, .. } => {
                let row = tables.row(object, at).unwrap_or_default();
                into.extend(names.iter().cloned().zip(row.iter().cloned()));
            }
            Self::Zip { axes } => axes.iter().for_each(|axis| axis.put(at, tables, into)),
        }
    }

    fn fault(&self) -> Option<String> {
        let shown = || self.names().join(", ");
        if self.is_empty() {
            return Some(format!("the values of {} are none, so the array would have no task", shown()));
        }
        match self {
            Self::Range { first, step, scale, count, .. } => {
                let last = i128::from(*first) + i128::from(*step) * (i128::from(*count) - 1);
                let is_bounded = i64::try_from(last).is_ok() && *scale <= SCALE_MAX;
                (!is_bounded).then(|| format!("the range of {} goes beyond the largest number", shown()))
            }
            Self::List { values, .. } if values.len() > LIST_VALUES_MAX => Some(format!(
                "the values of {} are {}; at most {LIST_VALUES_MAX} stand in a list: write them to a file",
                shown(),
                values.len()
            )),
            Self::List { name, values } => values.iter().find_map(|value| {
                (!is_plain(value))
                    .then(|| format!("a value of {name} is {value}: a number, a text, true or false is meant"))
            }),
            Self::Table { rows, .. } if *rows > TABLE_ROWS_MAX => {
                Some(format!("the values of {} have {rows} rows; at most {TABLE_ROWS_MAX} are allowed", shown()))
            }
            Self::Table { .. } => None,
            Self::Zip { axes } => {
                let differs = axes.iter().find(|axis| axis.len() != self.len());
                let lengths = |axis: &Self| format!("{} has {}", axis.names().join(", "), axis.len());
                differs
                    .map(|axis| {
                        format!("values that go together are equally many: {}, {}", lengths(&axes[0]), lengths(axis))
                    })
                    .or_else(|| axes.iter().find_map(Self::fault))
            }
        }
    }
}

/// The rows of tables of values.
pub trait TableRows {
    /// A row, counted from 0.
    fn row(&self, table: &Digest, at: u64) -> Option<&[Value]>;
}

/// Tables of an array that has none.
impl TableRows for () {
    fn row(&self, _: &Digest, _: u64) -> Option<&[Value]> {
        None
    }
}

/// How many tasks these axes give; `None` when the number is beyond every machine.
pub fn task_count(axes: &[Axis]) -> Option<u64> {
    axes.iter().try_fold(1_u64, |count, axis| count.checked_mul(axis.len()))
}

/// The first fault of these axes, in words.
pub fn axes_fault(axes: &[Axis]) -> Option<String> {
    if axes.is_empty() {
        return Some("an array needs values: name them with --over".to_owned());
    }
    if axes.len() > AXES_MAX {
        return Some(format!("the values have {} axes; at most {AXES_MAX} are allowed", axes.len()));
    }
    if let Some(fault) = axes.iter().find_map(Axis::fault) {
        return Some(fault);
    }
    let names: Vec<&str> = axes.iter().flat_map(Axis::names).collect();
    if let Some(name) = names.iter().find(|name| !is_value_name(name)) {
        return Some(format!("{name:?} is no name of a value: letters, digits, `_`, `-` and `.` are allowed"));
    }
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    if let Some((_, name)) = twice {
        return Some(format!("the value {name} is named twice"));
    }
    match task_count(axes) {
        Some(tasks) if tasks <= TASKS_MAX => None,
        Some(tasks) => Some(format!(
            "the array would have {} tasks; at most {} are allowed",
            limits::grouped(tasks),
            limits::grouped(TASKS_MAX)
        )),
        None => Some("the array would have more tasks than can be counted".to_owned()),
    }
}

/// Whether placeholders can have this name.
pub fn is_value_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= limits::NAME_BYTES_MAX
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Number(_) | Value::String(_) | Value::Bool(_))
}

/// The values of a task, counted from 1.
pub fn values_of(axes: &[Axis], task: u64, tables: &dyn TableRows) -> Params {
    let mut values = Params::new();
    let mut rest = task.saturating_sub(1);
    for axis in axes.iter().rev() {
        let length = axis.len().max(1);
        axis.put(rest % length, tables, &mut values);
        rest /= length;
    }
    values
}

/// A value as it stands in a command.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An exact decimal number.
fn decimal(number: i128, scale: u8) -> Value {
    let (mut digits, mut scale) = (number, u32::from(scale));
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    if scale == 0 {
        return i64::try_from(digits).map_or(Value::Null, Value::from);
    }
    let one = 10_i128.pow(scale);
    let sign = if digits < 0 { "-" } else { "" };
    let (whole, fraction) = (digits.abs() / one, digits.abs() % one);
    let text = format!("{sign}{whole}.{fraction:0width$}", width = scale as usize);
    let number: Option<f64> = text.parse().ok();
    number.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

impl crate::sample::Sampled for Axis {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        match g.below(4) {
            0 => Self::Range { name: g.make(), first: g.make(), step: g.make(), scale: g.make(), count: g.make() },
            1 => Self::List { name: g.make(), values: g.make() },
            2 => Self::Table { names: g.make(), object: g.make(), rows: g.make(), origin: g.make() },
            _ => Self::Zip { axes: vec![Self::List { name: g.make(), values: g.make() }] },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use serde_json::json;

    use super::*;

    fn range(name: &str, first: i64, step: i64, scale: u8, count: u64) -> Axis {
        Axis::Range { name: name.to_owned(), first, step, scale, count }
    }
    fn list(name: &str, values: &[Value]) -> Axis {
        Axis::List { name: name.to_owned(), values: values.to_vec() }
    }

    #[test]
    fn every_combination_is_a_task() {
        let axes = [range("i", 1, 1, 0, 3), list("t", &[json!(0.1), json!("b c")])];
        assert_eq!(task_count(&axes), Some(6));
        let tasks: Vec<String> = (1..=6).map(|task| json!(values_of(&axes, task, &())).to_string()).collect();
        assert_eq!(tasks[0], r#"{"i":1,"t":0.1}"#);
        assert_eq!(tasks[1], r#"{"i":1,"t":"b c"}"#);
        assert_eq!(tasks[5], r#"{"i":3,"t":"b c"}"#);
        assert_eq!(tasks.iter().collect::<HashSet<_>>().len(), 6);
    }

    #[test]
    fn decimals_are_exact() {
        let axis = [range("t", 1, 1, 1, 10)];
        let texts: Vec<String> = (1..=10).map(|task| value_text(&values_of(&axis, task, &())["t"])).collect();
        assert_eq!(texts, ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]);
        assert_eq!(value_text(&decimal(-105, 2)), "-1.05");
        assert_eq!(value_text(&decimal(-5, 3)), "-0.005");
    }

    #[test]
    fn values_that_go_together() {
        let zip = |lengths: [usize; 2]| {
            let values = |n: usize| (0..n).map(|i| json!(i)).collect::<Vec<_>>();
            [Axis::Zip { axes: vec![list("a", &values(lengths[0])), list("b", &values(lengths[1]))] }]
        };
        assert_eq!(axes_fault(&zip([3, 3])), None);
        assert_eq!(values_of(&zip([3, 3]), 3, &()), BTreeMap::from([("a".into(), json!(2)), ("b".into(), json!(2))]));
        let fault = axes_fault(&zip([3, 2])).expect("a fault");
        assert_eq!(fault, "values that go together are equally many: a has 3, b has 2");
    }

    #[test]
    fn faults_are_named() {
        let check = |axes: &[Axis], part: &str| {
            let fault = axes_fault(axes).expect(part);
            assert!(fault.contains(part), "{fault}");
        };
        check(&[], "needs values");
        check(&[list("i", &[])], "would have no task");
        check(&[range("i", 1, 1, 0, 1_000_000_000_000)], "1,000,000,000,000 tasks; at most 10,000,000");
        let large = || range("i", 1, 1, 0, 1 << 40);
        check(&[large(), Axis::Zip { axes: vec![range("j", 1, 1, 0, 1 << 40)] }], "more tasks than can be counted");
        check(&[range("i", i64::MAX, 1, 0, 2)], "beyond the largest number");
        check(&[list("i", &[json!(1)]), list("i", &[json!(2)])], "named twice");
        check(&[list("a b", &[json!(1)])], "is no name");
        check(&[list("a", &[Value::Null])], "a value of a is null");
    }
}
