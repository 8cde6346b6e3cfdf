//! Rows that have more cells than there are names: delimiters at the end of rows, names of rows, columns without a name.

use std::collections::{BTreeMap, HashSet};

use super::{
    Dialect,
    class::{Class, Classifier},
    delimiter::each_row,
    layout::CELL_END,
    records::Span,
};
use crate::{parse, remarks::Remark};

/// The number of cells in the rows below the names.
pub(super) struct Shape {
    /// The number of cells in (nearly) every row; 0 if they differ.
    pub usual: usize,
    /// The number of cells of each row, and how many of the last ones are empty.
    rows: Vec<(usize, usize)>,
    /// Whether the first cells are texts, or whole numbers, of which none is there twice.
    first_looks_like_names: bool,
}

/// The ends of the rows, and the columns that follow from them.
pub(super) struct Ends {
    pub columns: usize,
    pub has_trailing_delimiter: bool,
    pub note: Option<Remark>,
}

impl Shape {
    pub(super) fn of(body: &[u8], dialect: Dialect, classifier: &Classifier) -> Self {
        let mut rows = Vec::new();
        let mut firsts = HashSet::new();
        let (mut texts, mut wholes) = (0, 0);
        each_row(body, dialect, |cells| {
            let is_empty = |cell: &Span| !cell.is_quoted() && parse::trim(cell.raw(body)).is_empty();
            rows.push((cells.len(), cells.iter().rev().take_while(|cell| is_empty(cell)).count()));
            if let Some(first) = cells.first() {
                let bytes = first.bytes(body, dialect.quote);
                let class = classifier.class(&bytes);
                let is_text = matches!(class, Class::Other | Class::Near(_) | Class::Date | Class::Moment { .. });
                texts += usize::from(is_text);
                wholes += usize::from(matches!(class, Class::Int | Class::Long));
                firsts.insert(bytes.into_owned());
            }
        });
        let mut counts = BTreeMap::<usize, usize>::new();
        for (cells, _) in &rows {
            *counts.entry(*cells).or_default() += 1;
        }
        let usual = counts.iter().find(|(_, count)| *count * 10 >= rows.len() * 9).map_or(0, |(cells, _)| *cells);
        let first_looks_like_names = firsts.len() == rows.len() && (texts == rows.len() || wholes == rows.len());
        Self { usual, rows, first_looks_like_names }
    }

    /// Decides what the ends of the rows are; `names` gets a place for each column.
    pub(super) fn ends(&self, names: Option<&mut Vec<Vec<u8>>>, columns: usize, dialect: Dialect) -> Ends {
        let more = |more: usize| {
            let delimiter = if dialect.delimiter == CELL_END { ' ' } else { char::from(dialect.delimiter) };
            format!(
                "the rows end with {more} more {delimiter:?} than there are columns: the empty cells after the last column are left out"
            )
        };
        let ends = |columns, has_trailing_delimiter, note: Option<String>, settings: &[&str]| {
            let note = note.map(|text| Remark::new(text).decided_by(settings));
            Ends { columns, has_trailing_delimiter, note }
        };
        let Some(names) = names else {
            // Without names, one empty cell at the end of every row is a delimiter.
            let is_empty = self.rows.iter().all(|(cells, empty)| *cells == columns && *empty == 1);
            return if is_empty && columns > 1 {
                ends(columns - 1, true, Some(more(1)), &["header"])
            } else {
                ends(columns, false, None, &[])
            };
        };
        let wide: Vec<_> = self.rows.iter().filter(|(cells, _)| *cells > names.len()).collect();
        let surplus = wide.iter().map(|(cells, _)| cells - names.len()).max().unwrap_or(0);
        if surplus > 0
            && wide.len() * 2 > self.rows.len()
            && wide.iter().all(|(cells, empty)| cells - names.len() <= *empty)
        {
            return ends(names.len(), true, Some(more(surplus)), &[]);
        }
        if self.usual > 0
            && self.usual + 1 == names.len()
            && names.last().is_some_and(|name| parse::trim(name).is_empty())
        {
            names.pop();
            return ends(names.len(), false, None, &[]);
        }
        let missing = columns.saturating_sub(names.len());
        let last_is_empty = wide.iter().filter(|(_, empty)| *empty > 0).count();
        match missing {
            0 => ends(columns, false, None, &[]),
            1 if self.first_looks_like_names && last_is_empty * 2 <= wide.len() => {
                names.insert(0, Vec::new());
                let text = "the first line has one name less than the rows have cells: the first column is taken to be the one without, because it looks like names of rows; say header = false to name the columns column_1, column_2 …";
                ends(columns, false, Some(text.to_owned()), &["header"])
            }
            1 => {
                let text = "the first line has one name less than the rows have cells: the last column is taken to be the one without";
                ends(columns, false, Some(text.to_owned()), &["header"])
            }
            _ => {
                let text = format!(
                    "the first line has {missing} names less than the rows have cells: the last columns are taken to be the ones without"
                );
                ends(columns, false, Some(text), &["header"])
            }
        }
    }
}
