//! The names of columns: each column gets a unique name.

use std::collections::{HashMap, HashSet};

use crate::parse;

/// Names from the cells of the first row, or `column_1` and so on; with a note for each changed name.
pub(crate) fn names(header: Option<&[Vec<u8>]>, columns: usize) -> (Vec<String>, Vec<String>) {
    let mut notes = Vec::new();
    let mut names = Vec::with_capacity(columns);
    let written: HashSet<String> = header.unwrap_or_default().iter().map(|cell| clean(cell)).collect();
    let mut taken = HashSet::with_capacity(columns);
    // The last number for each name; without it, many columns with the same name would take quadratic time.
    let mut numbers = HashMap::new();
    for at in 0..columns {
        let wanted = header.and_then(|cells| cells.get(at)).map(|cell| clean(cell)).unwrap_or_default();
        let name = if wanted.is_empty() { format!("column_{}", at + 1) } else { wanted.clone() };
        let name = if taken.contains(&name) || (wanted.is_empty() && written.contains(&name)) {
            // Find a number that no earlier or later name uses.
            let number = numbers.entry(name.clone()).or_insert(1_usize);
            loop {
                *number += 1;
                let candidate = format!("{name}_{number}");
                if !taken.contains(&candidate) && !written.contains(&candidate) {
                    break candidate;
                }
            }
        } else {
            name
        };
        if header.is_some() && name != wanted {
            notes.push(if wanted.is_empty() {
                format!("column {} has no name: it is called {name}", at + 1)
            } else {
                format!("a second column is called {wanted}: it is called {name}")
            });
        }
        taken.insert(name.clone());
        names.push(name);
    }
    (names, notes)
}

/// Trims a name and replaces line ends and other control characters by spaces.
fn clean(cell: &[u8]) -> String {
    let text = parse::shown(cell);
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    text.trim().trim_start_matches('\u{feff}').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let check = |header: &[&str], columns: usize, expect: &[&str], notes: usize| {
            let cells: Vec<Vec<u8>> = header.iter().map(|name| name.as_bytes().to_vec()).collect();
            let (names, found) = names(Some(&cells), columns);
            assert_eq!(names, expect);
            assert_eq!(found.len(), notes, "{found:?}");
        };
        check(&["a", " b ", "and"], 3, &["a", "b", "and"], 0);
        check(&["a", "a", "a_2", "a"], 4, &["a", "a_3", "a_2", "a_4"], 2);
        check(&["", "x", ""], 4, &["column_1", "x", "column_3", "column_4"], 3);
        check(&["", "column_1"], 2, &["column_1_2", "column_1"], 1);
        check(&["周期\n(yr)"], 1, &["周期 (yr)"], 0);
        assert_eq!(names(None, 2).0, ["column_1", "column_2"]);
    }
}
