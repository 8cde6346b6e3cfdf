//! Properties of several runs side by side.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{file_name, object::FileKind};
use serde_json::{Value, json};

use crate::{kernel::fact_sentences::command_line, ports::run::RunView};

/// Properties of runs by name.
pub(super) type Properties = BTreeMap<String, Value>;

/// How many rows of each section are listed.
const ROWS_MAX: usize = 1000;

/// A property of each of the runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedRow {
    pub name: String,
    pub differs: bool,
    /// `None` for a run that lacks it.
    pub values: Vec<Option<Value>>,
}

/// Some properties of the runs: those that differ first, then by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedSection {
    pub rows: Vec<ComparedRow>,
    /// The places of the runs of which nothing is known here. They do not count for what differs.
    pub unknown: Vec<usize>,
    /// How many properties that are the same in all runs are left out.
    pub same_left_out: u64,
    /// How many properties that differ are left out, because there are too many.
    pub different_left_out: u64,
}

/// Compares the properties of runs; `None` for a run of which they are not known. `with_same`: also lists those that are
/// the same in all runs.
pub(super) fn section(of_runs: &[Option<Properties>], with_same: bool) -> ComparedSection {
    let names: BTreeSet<&String> = of_runs.iter().flatten().flat_map(BTreeMap::keys).collect();
    let rows = names.into_iter().map(|name| {
        let values: Vec<Option<Value>> = of_runs.iter().map(|of| of.as_ref()?.get(name).cloned()).collect();
        let mut known = of_runs.iter().flatten().map(|of| of.get(name));
        let first = known.next();
        ComparedRow { name: name.clone(), differs: known.any(|value| Some(value) != first), values }
    });
    let (mut rows, mut same): (Vec<ComparedRow>, Vec<ComparedRow>) = rows.partition(|row| row.differs);
    let unknown = (0..of_runs.len()).filter(|place| of_runs[*place].is_none()).collect();
    let different_left_out = rows.len().saturating_sub(ROWS_MAX) as u64;
    rows.truncate(ROWS_MAX);
    let listed = if with_same { ROWS_MAX - rows.len() } else { 0 };
    let same_left_out = same.len().saturating_sub(listed) as u64;
    same.truncate(listed);
    rows.append(&mut same);
    ComparedSection { rows, unknown, same_left_out, different_left_out }
}

/// The work of a run; `None` if it was erased.
pub(super) fn work(run: &RunView) -> Option<Properties> {
    let mut of = Properties::new();
    if let Some(external) = run.external() {
        of.insert("command".to_owned(), json!(command_line(&external.external.words())));
        return Some(of);
    }
    let spec = run.spec()?;
    of.insert("command".to_owned(), json!(command_line(&spec.words())));
    if spec.place.is_here() {
        of.insert("folder".to_owned(), json!(file_name::shown(&spec.cwd)));
    }
    if let Some(recipe) = &spec.recipe {
        of.insert("recipe version".to_owned(), json!(recipe.version));
        if let Value::Object(arguments) = &recipe.arguments {
            of.extend(arguments.iter().map(|(name, value)| (format!("argument {name}"), value.clone())));
        }
    }
    // The types are plain data, so making their JSON cannot fail.
    if let Ok(Value::Object(resources)) = serde_json::to_value(&spec.resources) {
        of.extend(resources.into_iter().map(|(name, value)| (format!("resource {name}"), value)));
    }
    Some(of)
}

/// The software that was found while the run was running.
pub(super) fn software(run: &RunView) -> Option<Properties> {
    let software = run.software.as_ref()?;
    let mut of = Properties::new();
    let main =
        [("interpreter", &software.interpreter), ("version", &software.version), ("platform", &software.platform)];
    of.extend(main.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))));
    of.extend(software.packages.iter().map(|(name, version)| (format!("package {name}"), json!(version))));
    Some(of)
}

/// The recorded variables of the environment.
pub(super) fn environment(run: &RunView) -> Option<Properties> {
    Some(run.spec()?.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

/// The bytes of the files that it reads.
pub(super) fn inputs(run: &RunView) -> Option<Properties> {
    let files = run.spec()?.files_read();
    let name = |path: &str, kind: FileKind| {
        let slash = if kind == FileKind::Folder { "/" } else { "" };
        format!("{}{slash}", file_name::shown(path))
    };
    Some(files.map(|file| (name(&file.path, file.kind), json!(file.digest.to_string()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_a_run_lacks_is_a_difference() {
        let of = |pairs: &[(&str, Value)]| -> Option<Properties> {
            Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
        };
        let runs =
            [of(&[("a", json!(1)), ("b", json!(2)), ("c", Value::Null)]), of(&[("a", json!(1)), ("b", json!(3))])];
        let section_of = |with_same| section(&runs, with_same);
        let names = |section: &ComparedSection| -> Vec<(String, bool)> {
            section.rows.iter().map(|row| (row.name.clone(), row.differs)).collect()
        };
        let pair = |name: &str, differs: bool| (name.to_owned(), differs);
        assert_eq!(names(&section_of(true)), [pair("b", true), pair("c", true), pair("a", false)]);
        assert_eq!(section_of(true).rows[1].values, [Some(Value::Null), None]);
        let without = section_of(false);
        assert_eq!((names(&without).len(), without.same_left_out), (2, 1));
        assert_eq!(section(&[], true), ComparedSection::default());
        let many: Properties = (0..1500).map(|i| (format!("{i:04}"), json!(i))).collect();
        let cut = section(&[Some(many), Some(Properties::new())], true);
        assert_eq!((cut.rows.len(), cut.different_left_out), (ROWS_MAX, 500));
        // A run of which nothing is known differs from none.
        let unknown = section(&[None, of(&[("a", json!(1))]), of(&[("a", json!(1))])], true);
        assert_eq!((unknown.unknown, unknown.rows[0].differs), (vec![0], false));
    }
}
