//! The names that the runs of a project have, for completion and for the choice of columns and axes.

use hven_core::{expression::name_in_source, project::ProjectPath};

use super::fields::RunField;
use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        quantities::{QuantityNames, QuantityRange},
        run::RunQuery,
    },
    work::floor::Work,
};

/// How many of the newest runs are read.
const RUNS_MAX: usize = 2000;
/// How many names are listed: those of the most runs.
const NAMES_MAX: usize = 5000;

/// The metrics, parameters and tags with values of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// How many runs were read, the newest first.
    pub runs: u64,
    /// There are older runs or more names.
    pub truncated: bool,
    /// Metrics first, then parameters, then tags with values, by name.
    pub columns: Vec<NamedColumn>,
}

/// The noun of a named quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnOf {
    Metric,
    Param,
    Tag,
}

/// A metric, a parameter or a tag with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    pub name: String,
    pub of: ColumnOf,
    /// How an expression names it.
    pub expression: String,
    pub range: QuantityRange,
}

/// The names of the newest runs that the caller may see, without archived runs and Hven's own checks.
pub async fn columns(work: &Work, caller: &Caller, project: Option<ProjectPath>) -> AppResult<Columns> {
    caller.require_user()?;
    let query = RunQuery { scopes: caller.scopes(), project, with_tasks: true, ..RunQuery::default() };
    let QuantityNames { runs, mut truncated, metrics, params, tags } =
        work.ports.views.quantity_names(&query, RUNS_MAX).await?;
    let tags = tags.iter().map(|(name, range)| column(name, *range, ColumnOf::Tag, true));
    let params = params.iter().map(|(name, range)| column(name, *range, ColumnOf::Param, metrics.contains_key(name)));
    let columns = metrics.iter().map(|(name, range)| column(name, *range, ColumnOf::Metric, false));
    let mut columns: Vec<NamedColumn> = columns.chain(params).chain(tags).collect();
    if columns.len() > NAMES_MAX {
        truncated = true;
        columns.sort_by_key(|column| std::cmp::Reverse(column.range.runs));
        columns.truncate(NAMES_MAX);
        columns.sort_by(|a, b| (a.of, &a.name).cmp(&(b.of, &b.name)));
    }
    Ok(Columns { runs, truncated, columns })
}

fn column(name: &str, range: QuantityRange, of: ColumnOf, needs_prefix: bool) -> NamedColumn {
    let expression = expression(name, of, needs_prefix);
    NamedColumn { name: name.to_owned(), of, expression, range }
}

/// How an expression names a quantity. A prefix tells a parameter from a metric or a field with the same name, and a name that
/// begins with a prefix from the other meaning.
fn expression(name: &str, of: ColumnOf, needs_prefix: bool) -> String {
    let has_prefix =
        ["params.", "metrics.", "min.", "max.", "run.", "tags."].iter().any(|prefix| name.starts_with(prefix));
    // No name without the prefix means a tag.
    if of == ColumnOf::Tag {
        return format!("tags.{}", name_in_source(name));
    }
    if !needs_prefix && !has_prefix && RunField::parse(name).is_none() {
        return name_in_source(name);
    }
    let prefix = if of == ColumnOf::Metric { "metrics" } else { "params" };
    // Backticks keep the dots of a name together.
    format!("{prefix}.`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_expressions_read_them() {
        let check = |name: &str, needs_prefix: bool, expect: &str| {
            let written = expression(name, ColumnOf::Param, needs_prefix);
            assert_eq!(written, expect);
            let names = hven_core::expression::Expression::parse(&format!("{written} > 1")).expect("an expression");
            let meanings = super::super::names::meanings(names.names()[0]);
            assert!(
                meanings[0].quantities().iter().any(|quantity| matches!(
                    quantity,
                    crate::ports::quantities::Quantity::Param(found) if found == name
                )),
                "{written}: {meanings:?}"
            );
        };
        check("lr", false, "lr");
        check("lr", true, "params.`lr`");
        check("val/loss", false, "`val/loss`");
        check("a.b", false, "a.b");
        check("a.b", true, "params.`a.b`");
        check("state", false, "params.`state`");
        check("min.loss", false, "params.`min.loss`");
        check("a`b", true, "params.`a``b`");
        check("and", false, "`and`");
        check("😀", false, "`😀`");
    }

    #[test]
    fn a_tag_always_has_its_prefix() {
        let check = |name: &str, expect: &str| {
            let written = expression(name, ColumnOf::Tag, true);
            assert_eq!(written, expect);
            let parsed = hven_core::expression::Expression::parse(&written).expect("an expression");
            assert_eq!(
                super::super::names::meanings(parsed.names()[0])[0],
                super::super::names::Meaning::Tag(name.to_owned())
            );
        };
        check("stage", "tags.stage");
        check("mlflow.note.content", "tags.mlflow.note.content");
        check("my stage", "tags.`my stage`");
        check("a`b", "tags.`a``b`");
    }
}
