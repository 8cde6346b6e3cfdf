//! Columns of single values as Parquet.

use hven_data::{ImportOptions, ValueColumn, write_columns};

use super::import_with;

#[test]
fn values_are_read_back_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runs.parquet");
    let texts = |list: [Option<&str>; 3]| ValueColumn::Texts(list.map(|it| it.map(str::to_owned)).to_vec());
    let columns = vec![
        ("run".to_owned(), texts([Some("7Q2M"), Some(""), None])),
        ("val/loss".to_owned(), ValueColumn::Numbers(vec![Some(0.25), None, Some(-0.0)])),
        ("amp".to_owned(), ValueColumn::Bools(vec![Some(true), Some(false), None])),
    ];
    write_columns(&path, columns).expect("written");
    let bytes = std::fs::read(&path).expect("a file");
    assert!(!folder.path().join("runs.parquet.partial").exists());
    let found = import_with(&bytes, &ImportOptions::default());
    assert_eq!(found.columns().join(", "), "run: text, val/loss: float64, amp: bool");
    assert_eq!(found.rows(), ["7Q2M | 0.25 | true", " | null | false", "null | -0.0 | null"]);
}

#[test]
fn a_table_without_rows_is_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("none.parquet");
    write_columns(&path, vec![("run".to_owned(), ValueColumn::Texts(Vec::new()))]).expect("written");
    assert!(std::fs::metadata(&path).expect("a file").len() > 0);
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twice.parquet");
    let column = || ("loss".to_owned(), ValueColumn::Numbers(Vec::new()));
    let refused = write_columns(&path, vec![column(), column()]).expect_err("it is refused").to_string();
    assert!(refused.contains("\"loss\""), "{refused}");
    assert!(!path.exists());
}
