//! The page about surroundings lists each variable that does not count, as the code does.

use std::collections::BTreeSet;

use hven_core::surroundings::SESSION;

use crate::book;

const PAGE: &str = include_str!("../../../../docs/up-to-date.md");

#[test]
fn the_page_names_each_variable_of_the_session() {
    let tables = book::tables(PAGE);
    let named: BTreeSet<&str> = tables[0].iter().flat_map(|row| book::codes(row[1])).collect();
    assert_eq!(named, SESSION.iter().copied().collect());
}
