//! The condition of a list of runs: an expression over their quantities.

use hven_core::{
    diagnostic::Diagnostic,
    expression::{Checked, Column, Context, Expression, Scope, Truth, Type},
};

use super::{
    fields::RunField,
    values::{BorrowedColumn, NamedValues, OwnedColumn, wide},
};
use crate::{
    kernel::error::{AppError, AppResult},
    ports::{quantities::QuantityNames, run::RunQuery},
    work::floor::Work,
};

/// The number of the newest runs whose names are suggested for a name that is not known.
const SUGGESTED_RUNS: usize = 200;

/// Reads the text of a condition or of an order. The parser bounds its size.
pub(super) fn parse(what: &str, text: &str) -> AppResult<Expression> {
    Expression::parse(text).map_err(|wrong| unreadable(what, text, &wrong))
}

/// The refusal of a text, with the place of the fault.
pub(super) fn unreadable(what: &str, text: &str, wrong: &Diagnostic) -> AppError {
    AppError::invalid(format!("{what} cannot be read:"), format!("\n{}", wrong.render(text)))
}

/// The names of a list of runs, for the check of an expression.
struct RunScope<'a> {
    values: &'a NamedValues,
    /// Names for suggestions.
    known: Vec<String>,
}

impl Scope for RunScope<'_> {
    fn context(&self) -> Context {
        Context::Run
    }
    fn type_of(&self, name: &str) -> Option<Type> {
        self.values.type_of_name(name).cloned()
    }
    fn names(&self) -> Vec<String> {
        self.known.clone()
    }
}

/// Resolves the names of an expression, and checks its types.
pub(super) async fn check(
    work: &Work,
    what: &str,
    expression: &Expression,
    query: &RunQuery,
    values: &NamedValues,
) -> AppResult<Checked> {
    let unknown: Vec<&str> =
        expression.names().into_iter().filter(|name| values.type_of_name(name).is_none()).collect();
    let known = if unknown.is_empty() {
        Vec::new()
    } else {
        let names = work.ports.views.quantity_names(&wide(query), SUGGESTED_RUNS).await?;
        known_names(&names, &unknown)
    };
    expression.check(&RunScope { values, known }).map_err(|wrong| unreadable(what, expression.source(), &wrong))
}

/// The names that may be meant: with the prefix of an unknown one, if it has one.
fn known_names(names: &QuantityNames, unknown: &[&str]) -> Vec<String> {
    let mut known: Vec<String> = names.metrics.keys().chain(names.params.keys()).cloned().collect();
    for (prefix, keys) in [
        ("params.", names.params.keys()),
        ("metrics.", names.metrics.keys()),
        ("min.", names.metrics.keys()),
        ("max.", names.metrics.keys()),
        ("tags.", names.tags.keys()),
    ] {
        if unknown.iter().any(|name| name.starts_with(prefix)) {
            known.extend(keys.map(|key| format!("{prefix}{key}")));
        }
    }
    if unknown.iter().any(|name| name.starts_with("run.")) {
        known.extend(RunField::ALL.iter().map(|field| format!("run.{}", field.as_str())));
    }
    known.extend(RunField::ALL.iter().map(|field| field.as_str().to_owned()));
    known
}

/// The columns of the names of a checked expression.
fn columns(checked: &Checked, values: &NamedValues) -> Vec<OwnedColumn> {
    checked.names().iter().filter_map(|(name, _)| values.column(name)).collect()
}

fn with_columns<T>(checked: &Checked, values: &NamedValues, use_them: impl FnOnce(&[Column<'_>]) -> T) -> T {
    let owned = columns(checked, values);
    let borrowed: Vec<BorrowedColumn<'_>> = owned.iter().map(OwnedColumn::borrowed).collect();
    let columns: Vec<Column<'_>> = borrowed.iter().map(BorrowedColumn::column).collect();
    use_them(&columns)
}

/// Whether a condition holds for each of the runs.
pub(super) fn holds(checked: &Checked, values: &NamedValues) -> AppResult<Vec<Truth>> {
    let rows = values.table.runs.len();
    with_columns(checked, values, |columns| checked.hold_in_rows(rows, columns)).map_err(|wrong| mismatch(&wrong))
}

/// A number for each of the runs; NaN where it cannot be told.
pub(super) fn numbers(checked: &Checked, values: &NamedValues) -> AppResult<Vec<f64>> {
    let rows = values.table.runs.len();
    with_columns(checked, values, |columns| checked.numbers_in_rows(rows, columns)).map_err(|wrong| mismatch(&wrong))
}

/// The columns are made for the expression, so this is a fault of the program.
fn mismatch(wrong: &hven_core::expression::ColumnsError) -> AppError {
    AppError::invalid("the condition", format!("cannot be evaluated: {wrong}"))
}
