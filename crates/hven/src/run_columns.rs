//! The columns of an exported list of runs: their titles, and which values the server knows them to have.

use hven_api::compared_runs::{RunColumns, columns_in};
use hven_core::expression::{Expression, Kind};

/// A column of an exported list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnTitle {
    pub name: String,
    pub values: ColumnValues,
}

/// The values that a column has, also in runs that the list leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnValues {
    Numbers,
    Bools,
    /// Texts, or not known.
    Unknown,
}

/// The titles of the columns that a list asks for.
pub fn titles(wanted: &[String], known: &RunColumns) -> Vec<ColumnTitle> {
    let each = wanted.iter().flat_map(|columns| columns_in(columns));
    each.map(|text| ColumnTitle { name: plain(&text), values: values(&text, known) }).collect()
}

/// The text of a column as a title: a name without its backticks.
pub fn plain(column: &str) -> String {
    match Expression::parse(column).as_ref().map(|parsed| &parsed.root().kind) {
        Ok(Kind::Name(name)) => name.clone(),
        _ => column.to_owned(),
    }
}

fn values(text: &str, known: &RunColumns) -> ColumnValues {
    let parsed = Expression::parse(text);
    let name = match parsed.as_ref().map(|parsed| &parsed.root().kind) {
        Ok(Kind::Name(name)) => name,
        Ok(Kind::Negate(_) | Kind::Arithmetic(..)) => return ColumnValues::Numbers,
        _ => return ColumnValues::Unknown,
    };
    // A bare name of a field means the field.
    let field = known.fields.iter().find(|field| *name == field.name || name.strip_prefix("run.") == Some(&field.name));
    let kind = field.map(|field| field.kind.as_str()).or_else(|| {
        let is_it = |prefix: &str, of: &str| {
            let rest = name.strip_prefix(prefix);
            known.columns.iter().find(|column| rest == Some(&column.name) && column.of == of)
        };
        let metric = ["metrics.", "min.", "max."].into_iter().find_map(|prefix| is_it(prefix, "metric"));
        let prefixed = metric.or_else(|| is_it("params.", "parameter")).or_else(|| is_it("tags.", "tag"));
        let column = prefixed.or_else(|| known.columns.iter().find(|column| column.name == *name))?;
        // Metrics are numbers always.
        Some(if column.of == "metric" { "number" } else { column.kind.as_str() })
    });
    match kind {
        Some("number") => ColumnValues::Numbers,
        Some("bool") => ColumnValues::Bools,
        _ => ColumnValues::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use hven_api::compared_runs::{RunColumn, RunField};

    use super::*;

    #[test]
    fn the_values_of_a_column_are_those_that_the_server_knows() {
        let column = |name: &str, of: &str, kind: &str| RunColumn {
            name: name.to_owned(),
            of: of.to_owned(),
            expression: name.to_owned(),
            kind: kind.to_owned(),
            runs: 1,
            low: None,
            high: None,
        };
        let field = |name: &str, kind: &str| RunField { name: name.to_owned(), kind: kind.to_owned() };
        let known = RunColumns {
            schema: "hven.run-columns/1".to_owned(),
            runs: 1,
            truncated: false,
            columns: vec![
                column("val/acc", "metric", "number"),
                column("lr", "parameter", "number"),
                column("model", "parameter", "text"),
                column("fast", "parameter", "bool"),
                column("best", "tag", "number"),
            ],
            fields: vec![field("wall_s", "number"), field("state", "text")],
        };
        let check = |text: &str, name: &str, expect: ColumnValues| {
            let found = titles(&[text.to_owned()], &known);
            assert_eq!(found, [ColumnTitle { name: name.to_owned(), values: expect }]);
        };
        check("`val/acc`", "val/acc", ColumnValues::Numbers);
        check("min.`val/acc`", "min.val/acc", ColumnValues::Numbers);
        check("params.lr", "params.lr", ColumnValues::Numbers);
        check("model", "model", ColumnValues::Unknown);
        check("fast", "fast", ColumnValues::Bools);
        check("tags.best", "tags.best", ColumnValues::Numbers);
        check("wall_s", "wall_s", ColumnValues::Numbers);
        check("run.state", "run.state", ColumnValues::Unknown);
        check("lr * 2", "lr * 2", ColumnValues::Numbers);
        check("nothing", "nothing", ColumnValues::Unknown);
    }
}
