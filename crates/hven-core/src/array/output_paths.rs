//! Outputs of the tasks of an array: no two tasks may have the same file as an output, or a file in an output of the other. Their
//! results would mix.
//!
//! A million tasks are not compared one by one where their axes suffice: paths differ when they contain a value of each axis,
//! the values of an axis differ, and a path has only one way to be divided into values again.

use std::collections::HashMap;

use super::{
    axes::{Axis, TableRows, task_count, value_text, values_of},
    path_patterns::{NamePattern, Signs, clean},
};
use crate::{
    limits,
    manifest::{Command, Piece, pieces},
    params::Params,
};

/// How many paths are compared one by one at most.
const COMPARED_MAX: u64 = 1_000_000;

/// The first two tasks of these axes whose outputs are not apart, in words, with the next step.
pub fn output_fault(outputs: &[String], axes: &[Axis], tables: &dyn TableRows) -> Option<String> {
    let tasks = task_count(axes).filter(|count| *count > 1)?;
    let varying: Vec<Varying<'_>> = varying(axes);
    let outputs: Vec<Output<'_>> = outputs.iter().map(|template| Output::new(template, axes, tables)).collect();
    let shared = outputs.iter().find_map(|output| output.shared(&varying, axes, tables));
    if shared.is_some() {
        return shared;
    }
    let unclear = outputs.iter().find(|output| !output.is_clear());
    let may_clash = unclear.is_some() || pairs(&outputs).any(|(one, other)| one.may_meet(other));
    if !may_clash {
        return None;
    }
    if tasks.saturating_mul(outputs.len() as u64) <= COMPARED_MAX {
        return compared(&outputs, axes, tasks, tables);
    }
    unclear.map(|output| {
        format!(
            "{} tasks are too many to find out whether two of them have the same file as their output {}: put a character between \
             its placeholders that no value has, as in {{a}}_{{b}}",
            limits::grouped(tasks),
            output.template
        )
    })
}

/// An axis with several values.
struct Varying<'a> {
    axis: &'a Axis,
    /// The distance between two tasks with neighbouring values of it, and the same values of all others.
    stride: u64,
}

fn varying(axes: &[Axis]) -> Vec<Varying<'_>> {
    let mut stride = 1;
    let mut found = Vec::new();
    for axis in axes.iter().rev() {
        if axis.len() > 1 {
            found.push(Varying { axis, stride });
        }
        stride *= axis.len().max(1);
    }
    found.reverse();
    found
}

/// A part of a path.
enum Part<'a> {
    Text(String),
    Value(Column<'a>),
}

/// The values of a name.
struct Column<'a> {
    name: &'a str,
    signs: Signs,
}

/// An output whose path has placeholders.
struct Output<'a> {
    template: &'a str,
    /// Values of axes with one value are texts.
    parts: Vec<Part<'a>>,
}

impl<'a> Output<'a> {
    fn new(template: &'a str, axes: &[Axis], tables: &dyn TableRows) -> Self {
        let constants = values_of(axes, 1, tables);
        let mut parts: Vec<Part<'a>> = Vec::new();
        for piece in pieces(template) {
            let axis = |name: &str| axes.iter().find(|axis| axis.len() > 1 && axis.names().contains(&name));
            let text = match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Placeholder(name) => match axis(name) {
                    Some(axis) => {
                        parts.push(Part::Value(Column { name, signs: Signs::of(axis, name, tables) }));
                        continue;
                    }
                    None => constants.get(name).map(value_text).unwrap_or_default(),
                },
            };
            match parts.last_mut() {
                Some(Part::Text(before)) => before.push_str(&text),
                _ => parts.push(Part::Text(text)),
            }
        }
        Self { template, parts }
    }

    fn columns(&self) -> impl DoubleEndedIterator<Item = &Column<'a>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(column) => Some(column),
            Part::Text(_) => None,
        })
    }

    fn path(&self, values: &Params) -> String {
        Command { argv: vec![self.template.to_owned()] }.filled(&|name| values.get(name).map(value_text)).concat()
    }

    /// The first axis whose value is not in the path, in words.
    fn shared(&self, varying: &[Varying<'_>], axes: &[Axis], tables: &dyn TableRows) -> Option<String> {
        let used = |axis: &Axis| -> Vec<String> {
            let names = axis.names();
            let used = self.columns().map(|column| column.name).filter(|name| names.contains(name));
            used.map(str::to_owned).collect()
        };
        let missing: Vec<&str> = (varying.iter())
            .filter(|one| used(one.axis).is_empty())
            .filter_map(|one| one.axis.names().first().copied())
            .collect();
        for &Varying { axis, stride } in varying {
            let used = used(axis);
            let twice = if used.is_empty() { Some((0, 1)) } else { first_twice(axis, &used, tables) };
            let Some((first, second)) = twice else { continue };
            let (first, second) = (1 + first * stride, 1 + second * stride);
            let path = self.path(&values_of(axes, first, tables));
            let others: Vec<&str> =
                axis.names().into_iter().filter(|name| !used.iter().any(|used| used == name)).collect();
            let advice = if !missing.is_empty() {
                format!(
                    "put {} in its path, as in {}",
                    placeholders(&missing, " and "),
                    with_names(self.template, &missing)
                )
            } else if let [other, ..] = others.as_slice() {
                format!("put another value in its path, as in {}", with_names(self.template, &[other]))
            } else {
                format!(
                    "{} has this value twice",
                    placeholders(&used.iter().map(String::as_str).collect::<Vec<_>>(), ", ")
                )
            };
            return Some(format!("tasks {first} and {second} have the same file as an output, {path}: {advice}"));
        }
        None
    }

    /// Whether all paths differ when all combinations of values differ.
    fn is_clear(&self) -> bool {
        let literal = self.texts().flat_map(|text| text.split('/'));
        let is_plain = self.columns().all(|column| !column.signs.is_path) && literal.clone().all(|name| name != "..");
        is_plain && (self.columns().count() < 2 || self.is_divisible(false) || self.is_divisible(true))
    }

    fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Value(_) => None,
        })
    }

    /// Whether a path has only one way to be divided into values, read from its beginning, or from its end when `backwards`: each
    /// value but the last has a fixed length, or ends at a sign that it does not have.
    fn is_divisible(&self, backwards: bool) -> bool {
        let ordered: Vec<&Part<'_>> =
            if backwards { self.parts.iter().rev().collect() } else { self.parts.iter().collect() };
        let last = ordered.iter().rposition(|part| matches!(part, Part::Value(_))).unwrap_or_default();
        ordered[..=last].windows(2).all(|neighbours| match neighbours {
            [Part::Value(Column { signs, .. }), next] => {
                let sign = match next {
                    Part::Text(text) if backwards => text.chars().next_back(),
                    Part::Text(text) => text.chars().next(),
                    Part::Value(_) => None,
                };
                !signs.lengths_differ || sign.is_some_and(|sign| !signs.may_have(sign))
            }
            _ => true,
        })
    }

    /// The names of its path, one below the other.
    fn names(&self) -> Vec<NamePattern> {
        let mut names = vec![NamePattern::default()];
        for part in &self.parts {
            match part {
                Part::Value(_) => names.iter_mut().next_back().into_iter().for_each(NamePattern::add_value),
                Part::Text(text) => {
                    for (at, text) in text.split('/').enumerate() {
                        if at > 0 {
                            names.push(NamePattern::default());
                        }
                        names.iter_mut().next_back().into_iter().for_each(|name| name.add_text(text));
                    }
                }
            }
        }
        names.retain(|name| name.has_values || !matches!(name.begin.as_str(), "" | "."));
        names
    }

    /// Whether a path of one may be a path of the other, or below it.
    fn may_meet(&self, other: &Self) -> bool {
        self.names().iter().zip(&other.names()).all(|(one, other)| one.may_equal(other))
    }
}

fn pairs<'a, 'b>(outputs: &'a [Output<'b>]) -> impl Iterator<Item = (&'a Output<'b>, &'a Output<'b>)> {
    outputs.iter().enumerate().flat_map(|(at, one)| outputs[at + 1..].iter().map(move |other| (one, other)))
}

/// The first two positions of an axis at which these names have the same values.
fn first_twice(axis: &Axis, names: &[String], tables: &dyn TableRows) -> Option<(u64, u64)> {
    let is_distinct =
        |axis: &Axis| matches!(axis, Axis::Range { name, step, .. } if *step != 0 && names.contains(name));
    if is_distinct(axis) || matches!(axis, Axis::Zip { axes } if axes.iter().any(is_distinct)) {
        return None;
    }
    let mut seen = HashMap::new();
    let mut values = Params::new();
    (0..axis.len()).find_map(|at| {
        values.clear();
        axis.put(at, tables, &mut values);
        let key: Vec<String> = names.iter().filter_map(|name| values.get(name)).map(value_text).collect();
        seen.insert(key, at).map(|before| (before, at))
    })
}

/// `{i} and {t}`.
fn placeholders(names: &[&str], between: &str) -> String {
    names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(between)
}

/// The path with further placeholders before the extension of its last name: `fit.json` becomes `fit-{i}.json`.
fn with_names(path: &str, names: &[&str]) -> String {
    let name_at = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
    let name = path[name_at..].trim_end_matches('/');
    let extension = name.rfind('.').filter(|at| *at > 0 && !name[*at..].contains('}')).unwrap_or(name.len());
    let (before, after) = path.split_at(name_at + extension);
    format!("{before}-{}{after}", placeholders(names, "-"))
}

/// Compares the paths of all tasks.
fn compared(outputs: &[Output<'_>], axes: &[Axis], tasks: u64, tables: &dyn TableRows) -> Option<String> {
    let mut paths: Vec<(String, u64)> = Vec::new();
    for task in 1..=tasks {
        let values = values_of(axes, task, tables);
        paths.extend(outputs.iter().map(|output| (clean(&output.path(&values)), task)));
    }
    paths.sort_unstable();
    // Each path ends with a slash, so a folder comes directly before what is in it.
    let mut folders: Vec<&(String, u64)> = Vec::new();
    for found in &paths {
        while folders.last().is_some_and(|folder| !found.0.starts_with(&folder.0)) {
            folders.pop();
        }
        if let Some((folder, task)) = folders.last().copied().filter(|folder| folder.1 != found.1) {
            let (path, folder) = (found.0.trim_end_matches('/'), folder.trim_end_matches('/'));
            let (first, second) = (found.1.min(*task), found.1.max(*task));
            return Some(if path == folder {
                format!(
                    "tasks {first} and {second} have the same file as an output, {path}: give each task a path of its own"
                )
            } else {
                format!(
                    "the output {path} of task {} is in the output {folder} of task {task}: give each task a path of its own",
                    found.1
                )
            });
        }
        folders.push(found);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Digest;

    struct Rows(Vec<Vec<Value>>);

    impl TableRows for Rows {
        fn row(&self, _: &Digest, at: u64) -> Option<&[Value]> {
            self.0.get(at as usize).map(Vec::as_slice)
        }
    }

    fn range(name: &str, count: u64) -> Axis {
        Axis::Range { name: name.to_owned(), first: 1, step: 1, scale: 0, count }
    }

    fn list(name: &str, values: &[&str]) -> Axis {
        Axis::List { name: name.to_owned(), values: values.iter().map(|text| json!(text)).collect() }
    }

    fn fault(outputs: &[&str], axes: &[Axis]) -> Option<String> {
        let outputs: Vec<String> = outputs.iter().map(|output| (*output).to_owned()).collect();
        output_fault(&outputs, axes, &())
    }

    #[test]
    fn two_tasks_with_the_same_output_are_named() {
        let check = |outputs: &[&str], axes: &[Axis], expect: &str| {
            assert_eq!(fault(outputs, axes).as_deref(), Some(expect), "{outputs:?}");
        };
        let axes = [range("i", 3), list("t", &["a", "b"])];
        let same = "have the same file as an output";
        check(
            &["same.txt"],
            &axes,
            &format!("tasks 1 and 3 {same}, same.txt: put {{i}} and {{t}} in its path, as in same-{{i}}-{{t}}.txt"),
        );
        check(
            &["x.d/{i}"],
            &axes,
            &format!("tasks 1 and 2 {same}, x.d/1: put {{t}} in its path, as in x.d/{{i}}-{{t}}"),
        );
        check(
            &["a-{t}-{i}.json", "{t}.log"],
            &axes,
            &format!("tasks 1 and 3 {same}, a.log: put {{i}} in its path, as in {{t}}-{{i}}.log"),
        );
        check(
            &["{t}"],
            &[list("t", &["a", "b", "a"])],
            &format!("tasks 1 and 3 {same}, a: {{t}} has this value twice"),
        );
        check(
            &["{t}"],
            &[list("t", &["a", "./a"])],
            &format!("tasks 1 and 2 {same}, a: give each task a path of its own"),
        );
        let own = "give each task a path of its own";
        check(
            &["{a}{b}"],
            &[list("a", &["1", "11"]), list("b", &["1", "11"])],
            &format!("tasks 2 and 3 {same}, 111: {own}"),
        );
        check(&["{a}.x", "{a}"], &[list("a", &["1", "1.x"])], &format!("tasks 1 and 2 {same}, 1.x: {own}"));
        check(
            &["{a}"],
            &[list("a", &["1", "1/x"])],
            &format!("the output 1/x of task 2 is in the output 1 of task 1: {own}"),
        );
        let table = Axis::Table {
            names: vec!["a".to_owned(), "b".to_owned()],
            object: Digest::ZERO,
            rows: 3,
            origin: String::new(),
        };
        let rows = Rows(vec![vec![json!("x"), json!(1)], vec![json!("y"), json!(2)], vec![json!("x"), json!(3)]]);
        let of_rows = |output: &str| output_fault(&[output.to_owned()], std::slice::from_ref(&table), &rows);
        let expect = format!("tasks 1 and 3 {same}, x: put another value in its path, as in {{a}}-{{b}}");
        assert_eq!(of_rows("{a}"), Some(expect));
        assert_eq!((of_rows("{b}"), of_rows("{a}/{b}")), (None, None));
    }

    #[test]
    fn tasks_with_files_of_their_own_are_accepted() {
        let axes = [range("i", 3), list("t", &["a", "b"])];
        for outputs in [
            &["{i}{t}"][..],
            &["out/{i}/{t}.json", "out/{i}/{t}.png"],
            &["fits/{i}-{t}", "logs/{i}-{t}"],
            &["{{{i}_{t}"],
            &[],
        ] {
            assert_eq!(fault(outputs, &axes), None, "{outputs:?}");
        }
        assert_eq!(fault(&["same.txt"], &[range("i", 1)]), None, "one task");
        assert_eq!(fault(&["{t}"], &[list("t", &["a/b", "a/c", "ab"])]), None);
        let zip = Axis::Zip { axes: vec![range("i", 3), list("t", &["a", "b", "a"])] };
        assert_eq!(fault(&["{i}"], std::slice::from_ref(&zip)), None);
        assert!(fault(&["{t}"], &[zip]).is_some_and(|fault| fault.contains("as in {t}-{i}")));
    }

    #[test]
    fn millions_of_tasks_are_judged_by_their_axes() {
        let axes = [range("i", 1_000_000), list("t", &["a", "b", "c"])];
        assert_eq!(fault(&["{i}/{t}.json", "{i}/{t}.txt"], &axes), None);
        assert!(fault(&["{i}.json"], &axes).is_some_and(|fault| fault.contains("put {t} in its path")));
        let unknown = fault(&["{i}{j}"], &[range("i", 2000), range("j", 2000)]).expect("a fault");
        assert!(unknown.starts_with("4,000,000 tasks are too many to find out"), "{unknown}");
    }

    proptest::proptest! {
        /// The check by axes and the comparison of all paths agree.
        #[test]
        fn axes_and_a_comparison_of_paths_agree(
            template in "[{]a[}][-./x]{0,2}([{]b[}])?[-./x]{0,2}([{]a[}])?",
            other in "([{]a[}])?[-./x]{0,2}[{]b[}][-./x]{0,2}",
            a in proptest::collection::vec("[-./x1]{1,2}", 1..4),
            b in proptest::collection::vec("[x12]{1,2}", 1..4),
        ) {
            let lists = |name: &str, values: &[String]| list(name, &values.iter().map(String::as_str).collect::<Vec<_>>());
            let axes = [lists("a", &a), lists("b", &b)];
            for outputs in [vec![template.clone()], vec![template.clone(), other.clone()]] {
                let built: Vec<Output<'_>> = outputs.iter().map(|output| Output::new(output, &axes, &())).collect();
                let tasks = task_count(&axes).expect("a few");
                let compared = compared(&built, &axes, tasks, &());
                proptest::prop_assert_eq!(output_fault(&outputs, &axes, &()).is_some(), compared.is_some(), "{:?} {:?}", outputs, compared);
            }
        }
    }
}
