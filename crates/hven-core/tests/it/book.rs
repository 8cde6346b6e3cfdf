//! Reads the tables of a page of the book.

/// The tables of a page, each as its rows without the header, each row as its cells.
pub(crate) fn tables(page: &'static str) -> Vec<Vec<Vec<&'static str>>> {
    let mut tables = Vec::new();
    let mut rows: Vec<Vec<&str>> = Vec::new();
    for line in page.lines().chain([""]) {
        match line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
            Some(line) => rows.push(line.split(" | ").map(str::trim).collect()),
            None if rows.is_empty() => {}
            None => {
                let rows = std::mem::take(&mut rows);
                assert!(rows.len() > 2, "a table has a head and rows: {rows:?}");
                tables.push(rows.into_iter().skip(2).collect());
            }
        }
    }
    tables
}

/// The texts between backticks.
pub(crate) fn codes(cell: &str) -> Vec<&str> {
    assert!(!cell.contains("``"), "a cell without doubled backticks is wanted: {cell}");
    cell.split('`').skip(1).step_by(2).collect()
}
