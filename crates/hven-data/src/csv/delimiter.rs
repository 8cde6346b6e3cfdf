//! Finds how the cells of a text table are divided: by a sign, by blanks, or by fixed widths.

use std::collections::BTreeMap;

use super::{
    Dialect,
    class::{Class, Classifier},
    layout::{Cut, fields, found_starts, words},
    records::{Records, Span, Style},
};
use crate::nulls::Nulls;

/// How many rows are examined.
pub(super) const ROWS_SNIFFED: usize = 1000;
/// How many lines decide on fixed widths, at least.
const FIXED_LINES_MIN: usize = 3;

/// How well cells fit: equally many in most rows, the share of cells that are values, the share of such rows, cells in a row.
pub(super) type Rank = (bool, usize, usize, usize);

/// Calls `with` for each of the first rows.
pub(super) fn each_row(body: &[u8], dialect: Dialect, mut with: impl FnMut(&[Span])) {
    let mut records = Records::new(body, dialect, 1);
    let mut cells = Vec::new();
    for _ in 0..ROWS_SNIFFED {
        if records.next(&mut cells, false).is_none() {
            break;
        }
        with(&cells);
    }
}

/// The lines of a text, without those that are empty.
pub(super) fn lines(body: &[u8], line_end: u8) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(move |byte| *byte == line_end).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !crate::parse::trim(line).is_empty()).take(ROWS_SNIFFED)
}

/// How the cells are divided. `comment_names` are the words of the last comment before the table, if there is one.
pub(super) fn cut(body: &[u8], base: Dialect, nulls: &Nulls, comment_names: Option<usize>) -> Cut {
    let (delimiter, rank) = delimiter(body, base, nulls);
    match blanks(body, base, nulls, comment_names) {
        // Tabs are blanks, too: where they divide the lines, they are the delimiter.
        Some(share) if rank.3 < 2 || (delimiter != b'\t' && share >= 90 && rank.1 + 5 < share) => {
            return fixed_below_names(body, base, nulls).map_or(Cut::Blanks, Cut::Fixed);
        }
        Some(_) => {}
        None if rank.3 < 2 => {
            if let Some(starts) = fixed(body, base, nulls) {
                return Cut::Fixed(starts);
            }
        }
        None => {}
    }
    Cut::Delimiter(delimiter)
}

/// The delimiter that divides most rows into equally many cells, most of which are not empty.
pub(super) fn delimiter(body: &[u8], base: Dialect, nulls: &Nulls) -> (u8, Rank) {
    let mut best = (b',', (false, 0, 0, 0));
    for delimiter in [b',', b'\t', b';', b'|'] {
        let dialect = Dialect { delimiter, ..base };
        let classifier = Classifier::new(dialect, nulls.clone());
        let mut counts = BTreeMap::<usize, usize>::new();
        let (mut rows, mut cells_seen, mut typed, mut faulty) = (0, 0, 0, 0);
        each_row(body, dialect, |cells| {
            if rows == 1 {
                // The first row may hold names, which say nothing.
                (cells_seen, typed) = (0, 0);
            }
            rows += 1;
            *counts.entry(cells.len()).or_default() += 1;
            for cell in cells.iter().take(200) {
                cells_seen += 1;
                let class = classifier.class(&cell.bytes(body, dialect.quote));
                typed += usize::from(cell.is_quoted() || class.is_value() || class == Class::Null);
                faulty += usize::from(cell.style == Style::Faulty);
            }
        });
        let Some((cells, same)) = counts.into_iter().max_by_key(|(_, count)| *count) else { continue };
        if cells < 2 || same * 2 < rows {
            continue;
        }
        let consistent = same * 10 >= rows * 9 && faulty == 0;
        let rank = (consistent, typed * 100 / cells_seen, same * 100 / rows, cells);
        if rank > best.1 {
            best = (delimiter, rank);
        }
    }
    best
}

/// The share of words that are values, if blanks divide the lines into equally many words and not all are words of a text.
fn blanks(body: &[u8], base: Dialect, nulls: &Nulls, comment_names: Option<usize>) -> Option<usize> {
    let classifier = Classifier::new(base, nulls.clone());
    let mut lines = lines(body, base.line_end).filter(|line| !is_comment(line));
    let first: Vec<&[u8]> = words(lines.next()?, base.quote).collect();
    // A sign at the end of a word divides more than blanks do.
    let is_value = |word: &&[u8]| !word.ends_with(b",") && !word.ends_with(b";") && classifier.class(word).is_value();
    let (mut counts, mut rows, mut cells_seen, mut typed, mut moments) = (BTreeMap::<usize, usize>::new(), 0, 0, 0, 0);
    let mut typed_columns = Vec::<usize>::new();
    for line in lines {
        rows += 1;
        moments += usize::from(classifier.class(line).is_value());
        let words: Vec<&[u8]> = words(line, base.quote).take(2000).collect();
        *counts.entry(words.len()).or_default() += 1;
        typed_columns.resize(typed_columns.len().max(words.len()), 0);
        for (column, word) in typed_columns.iter_mut().zip(&words) {
            let is_typed = is_value(word) || classifier.class(word) == Class::Null;
            *column += usize::from(is_typed);
            typed += usize::from(is_typed);
            cells_seen += 1;
        }
    }
    // A line that is one value, such as `2026-05-01 12:00`, is one cell.
    if moments * 2 > rows {
        return None;
    }
    let first_values = first.iter().filter(|word| is_value(word)).count();
    let Some((columns, same)) = counts.into_iter().max_by_key(|(_, count)| *count) else {
        // One line alone: it is divided if a comment names as many columns, and all its words are values.
        let is_table = comment_names == Some(first.len()) && first.len() > 1 && first_values == first.len();
        return is_table.then_some(100);
    };
    if columns < 2 || same * 10 < rows * 9 {
        return None;
    }
    let number_columns = typed_columns.iter().take(columns).filter(|typed| **typed * 10 >= rows * 9).count();
    let has_names = first.len() == columns && first_values == 0
        || (first.len() + 1 == columns && first.len() > 1 && first_values == 0);
    let has_values_first = first.len() == columns && first_values > 0;
    let suits = match () {
        () if comment_names == Some(columns) => number_columns > 0,
        () if has_names => number_columns > 0,
        () if has_values_first => number_columns * 2 > columns,
        () => false,
    };
    suits.then(|| typed * 100 / cells_seen)
}

/// Columns of fixed widths: positions that are blank in all lines divide them, and most of them hold values.
fn fixed(body: &[u8], base: Dialect, nulls: &Nulls) -> Option<Vec<usize>> {
    let classifier = Classifier::new(base, nulls.clone());
    let all: Vec<&[u8]> = lines(body, base.line_end).filter(|line| !is_comment(line)).collect();
    let (first, rows) = all.split_first()?;
    if rows.len() < FIXED_LINES_MIN {
        return None;
    }
    let starts = found_starts(rows.iter().copied());
    if starts.len() < 2 || words(first, base.quote).count() != starts.len() {
        return None;
    }
    hold_values(rows, &starts, &classifier).then_some(starts)
}

/// Columns of fixed widths below their names, where every row has a cell of two words: blanks would find one column more
/// than there are names.
fn fixed_below_names(body: &[u8], base: Dialect, nulls: &Nulls) -> Option<Vec<usize>> {
    let classifier = Classifier::new(base, nulls.clone());
    let all: Vec<&[u8]> = lines(body, base.line_end).filter(|line| !is_comment(line)).collect();
    let (first, rows) = all.split_first()?;
    let count = |text: &[u8]| words(text, base.quote).count();
    if rows.len() < 2 || count(first) < 2 || count(rows.first()?) != count(first) + 1 {
        return None;
    }
    let starts = found_starts(all.iter().copied());
    let has_all_names = starts.len() == count(first) && fields(first, &starts).all(|name| count(name) == 1);
    (has_all_names && hold_values(rows, &starts, &classifier)).then_some(starts)
}

/// Whether at least half of the columns hold values.
fn hold_values(rows: &[&[u8]], starts: &[usize], classifier: &Classifier) -> bool {
    let mut values = vec![(0, 0); starts.len()];
    for line in rows {
        for ((typed, written), cell) in values.iter_mut().zip(fields(line, starts)) {
            match classifier.class(crate::parse::trim(cell)) {
                Class::Null => {}
                class => {
                    *written += 1;
                    *typed += usize::from(class.is_value());
                }
            }
        }
    }
    let number_columns = values.iter().filter(|(typed, written)| *written > 0 && typed * 10 >= written * 9).count();
    number_columns * 2 >= starts.len()
}

fn is_comment(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'#' | b'%' | b'!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_divided_by_signs_blanks_or_widths() {
        let check = |text: &str, names: Option<usize>, expect: &str| {
            let base = Dialect::default();
            let found = match cut(text.as_bytes(), base, &Nulls::of(&Default::default()), names) {
                Cut::Delimiter(delimiter) => char::from(delimiter).to_string(),
                Cut::Blanks => "blanks".to_owned(),
                Cut::Fixed(starts) => format!("{starts:?}"),
            };
            assert_eq!(found, expect, "{text:?}");
        };
        check("a,b\n1,2\n", None, ",");
        check("x y\n1 2\n3 4\n", None, "blanks");
        check("  1  2.5  3\n 10  3.5  4\n", None, "blanks");
        check("1971 1 324.8\n1971 2 326.1\n# break\n1971 3 327.4\n", Some(3), "blanks");
        check("1,5 2,5\n3,5 4,5\n", None, "blanks");
        check("1, 2, 3\n4, 5, 6\n", None, ",");
        check("a, b, c\n1, 2, 3\n4, 5, 6\n", None, ",");
        check("a\tb\n1\t2\t\n3\t4\t\n", None, "\t");
        check("d\n5 km\n6 km\n7 km\n8 km\n", None, ",");
        check("name\nJohn Smith\nJane Doe\n", None, ",");
        check("full name\nJohn Smith\nJane Doe\n", None, ",");
        check("John Smith\nJane Doe\n", None, ",");
        check("title\nChapter 1\nChapter 2\n", None, ",");
        check("t\n2026-05-01 12:00:00\n2026-05-02 12:00:00\n", None, ",");
        check("id,name\n1,John Smith\n2,Jane Doe\n", None, ",");
        check("name,address\nJohn Smith,Main Street 12\nJane Doe,Main Street 13\n", None, ",");
        check("x y\nr1 1 2\nr2 3 4\n", None, "blanks");
        check("   x  y\n1 10 20\n2 30 40\n", None, "blanks");
        check("speed dist\n1 4 2\n2 4 5\n", None, "blanks");
        check("id  name         x\n1   New York     2.5\n2   Los Angeles  3.5\n", None, "[0, 4, 17]");
        check("\"x\" \"y\"\n\"a b\" 1\n\"c\" 2\n", None, "blanks");
        check("1 2\n", Some(2), "blanks");
        check("n\n1 234\n2 500\n998\n", None, ",");
        check(
            "station      depth  temp\nNorth Bay      5.0  11.5\nSouth         10.0      \nOld East Pier 15.0   9.5\nWest           2.5   9.1\n",
            None,
            "[0, 14, 20]",
        );
        check("It was a dark night\nand the rain fell\nin torrents except at\noccasional intervals\n", None, ",");
    }
}
