//! Datasets whose recorded unit would be read otherwise as new input: they keep their meaning, and a person decides about them.

use hven_client::{Client, ListQuery};
use hven_core::dataset::Schema;
use hven_terminal::{Check, formats};
use serde_json::Value;

/// How many datasets the check names.
const NAMED_MAX: usize = 5;
/// How many datasets the server lists at once.
const PAGE: usize = 200;

/// The columns of a dataset whose unit new input would not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldUnits {
    /// `planets@1`.
    pub dataset: String,
    /// `heat in deg C: …`.
    pub columns: Vec<String>,
}

impl OldUnits {
    /// Those of the importer's report; `None` when there are none, or the report was erased.
    pub fn of(dataset: String, report: &Value) -> Option<Self> {
        let schema: Schema = serde_json::from_value(report.get("schema")?.clone()).ok()?;
        let old = schema.columns.iter().filter_map(|column| {
            let why = column.unit.as_ref()?.is_read_otherwise()?;
            Some(format!("{} in {}: {why}", column.name, column.unit.as_ref()?))
        });
        let columns: Vec<String> = old.collect();
        (!columns.is_empty()).then_some(Self { dataset, columns })
    }
}

/// Those of all datasets that a server lists.
pub fn of_server(client: &Client) -> hven_client::Result<Vec<OldUnits>> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = client.datasets(&ListQuery { limit: Some(PAGE), cursor, ..ListQuery::default() })?;
        for dataset in &page.items {
            for version in client.dataset(&dataset.id, None)?.versions {
                let detail = client.dataset(&version.id, None)?;
                found.extend(OldUnits::of(format!("{}@{}", dataset.name, version.version), &detail.report));
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

/// The check of `hven doctor`.
pub fn check(found: &[OldUnits]) -> Check {
    if found.is_empty() {
        return Check::ok("units", "every recorded unit is read as new input is");
    }
    let mut named: Vec<String> =
        found.iter().take(NAMED_MAX).map(|old| format!("{}: {}", old.dataset, old.columns.join(", "))).collect();
    if found.len() > NAMED_MAX {
        named.push(format!("and {} more", found.len() - NAMED_MAX));
    }
    let count =
        formats::counted(found.len() as u64, "version of a dataset has a unit", "versions of datasets have units");
    Check::warning(
        "units",
        format!("{count} that new input would not say; the old meaning is kept: {}", named.join("; ")),
        "if another unit was meant, import the file again with it: `hven data add FILE --unit COLUMN=UNIT` makes a new version, \
         and `hven retract` marks the old one",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(unit: &str) -> Value {
        let column =
            |name: &str, unit: Value| json!({"name": name, "type": "float64", "unit": unit, "nullable": false});
        json!({"schema": {"columns": [column("heat", json!(unit)), column("x", Value::Null)]}})
    }

    #[test]
    fn datasets_with_old_units_are_named_with_advice() {
        for unit in ["m/s", "C", "K"] {
            assert_eq!(OldUnits::of("a@1".to_owned(), &report(unit)), None, "{unit}");
        }
        let old =
            ["deg C", "IU", "a.u", "mg N/L"].map(|unit| OldUnits::of("t@3".to_owned(), &report(unit)).expect(unit));
        assert!(old[0].columns[0].starts_with("heat in deg C: deg C is read as °C now"), "{old:?}");
        let check = check(&old);
        assert!(check.ok && check.found.starts_with("4 versions of datasets have units"), "{check:?}");
        assert!(check.hint.is_some_and(|hint| hint.contains("hven data add")));
        assert_eq!(super::check(&[]).hint, None);
        assert_eq!(OldUnits::of("a@1".to_owned(), &Value::Null), None);
    }
}
