//! Very many columns.

use super::{import_bytes, refusal};

#[test]
fn a_hundred_thousand_columns() {
    let count = 100_000;
    let row = |cell: &dyn Fn(usize) -> String| (0..count).map(cell).collect::<Vec<_>>().join(",");
    let text = format!(
        "{}\n{}\n{}\n",
        row(&|n| format!("c{n}")),
        row(&|n| n.to_string()),
        row(&|n| if n == 7 { "x".into() } else { n.to_string() })
    );
    let found = import_bytes(text);
    assert_eq!((found.report.schema.columns.len(), found.report.rows), (count, 2));
    assert_eq!(found.columns()[99_999], "c99999: int64");
    assert_eq!(found.report.profile[99_999].largest[0].value.to_string(), "99999");
    assert_eq!(found.table.numbers(&["c500"]).expect("numbers")[0].values, [Some(500.0), Some(500.0)]);
    let same = "a,".repeat(300_000);
    assert!(refusal(same, &hven_data::ImportOptions::default()).contains("300001 columns"));
}
