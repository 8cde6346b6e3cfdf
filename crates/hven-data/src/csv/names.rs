//! Names, units and long names of columns in the first lines of a text table, or in the comments before it.

use super::{
    Dialect,
    class::{Class, Classifier},
    layout::{CELL_END, words},
    preamble::Preamble,
    records::Records,
};
use crate::{nulls::DEFAULT_NULLS, units};

/// The contents of a line below the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    Units,
    LongNames,
    /// Neither for certain.
    Doubtful,
}

impl Below {
    /// The contents of the line if the caller says that it is no row.
    pub(super) fn said(line: &[Vec<u8>]) -> Self {
        let written: Vec<&Vec<u8>> = line.iter().filter(|cell| !crate::parse::trim(cell).is_empty()).collect();
        let units = written.iter().filter(|cell| is_unit_like(cell)).count();
        if units * 2 >= written.len() { Self::Units } else { Self::LongNames }
    }
}

/// Words in the place of a unit that are no units: zones, forms of dates, and "none".
const NO_UNITS: &[&str] = &[
    "utc",
    "gmt",
    "local",
    "date",
    "time",
    "datetime",
    "iso8601",
    "text",
    "string",
    "code",
    "none",
    "unitless",
    "dimensionless",
    "nondimensional",
    "n/a",
    "na",
    "-",
    "--",
    "1",
    "a.u.",
    "arb. unit",
    "arb. units",
    "count",
    "counts",
    "degrees_north",
    "degrees_east",
    "degree_north",
    "degree_east",
    "degt",
    "deg c",
    "deg. c",
    "degrees c",
    "degree c",
    "° c",
    "deg f",
    "degrees f",
    "yr",
    "mo",
    "dy",
    "hr",
    "mn",
    "psu",
    "pss",
    "ntu",
    "fnu",
    "index",
    "level",
    "flag",
];

/// Units that are no products of powers of others: temperatures with a zero of their own, and logarithms.
const REFUSED: &[&str] = &[
    "°c",
    "℃",
    "degc",
    "deg_c",
    "degree_c",
    "degrees_c",
    "celsius",
    "degree_celsius",
    "degrees_celsius",
    "°f",
    "℉",
    "degf",
    "deg_f",
    "degree_f",
    "degrees_f",
    "fahrenheit",
    "db",
    "dbz",
    "ph",
    "mag",
    "dex",
];

fn is_refused(unit: &str) -> bool {
    REFUSED.contains(&unit.to_lowercase().as_str())
}

/// The unit in a cell of a line of units, without the brackets around it.
pub(super) fn unit_text(cell: &[u8]) -> String {
    let text = crate::parse::shown(crate::parse::trim(cell));
    let inside = [('[', ']'), ('(', ')'), ('{', '}')].into_iter().find_map(|(open, close)| {
        let inside = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inside.contains(open)).then(|| inside.trim().to_owned())
    });
    inside.unwrap_or(text)
}

/// Whether the unit says that there is none, or what no unit can say.
pub(super) fn is_no_unit(unit: &str) -> bool {
    unit.is_empty() || NO_UNITS.contains(&unit.to_lowercase().as_str()) || is_form_of_moments(&unit.to_lowercase())
}

/// Whether the text says how dates or times are written, such as `mm/dd/yyyy` or `yyyy-mm-ddThh:mm:ssZ`.
fn is_form_of_moments(text: &str) -> bool {
    (text.contains("yy") || text.contains("hh:mm"))
        && text.chars().all(|letter| "ymdhstz-/:. ".contains(letter))
        && ["mm", "m/d", "d/m"].iter().any(|part| text.contains(part))
}

fn is_unit_like(cell: &[u8]) -> bool {
    let unit = unit_text(cell);
    let is_bracketed = unit.as_bytes() != crate::parse::trim(cell) && !unit.is_empty();
    is_bracketed || is_no_unit(&unit) || !is_value_with_unit(&unit) && (units::read(&unit).is_ok() || is_refused(&unit))
}

/// `5 km` is a value with its unit. `10^3 km`, `1/m` and `1` are units.
fn is_value_with_unit(text: &str) -> bool {
    let (number, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    match number {
        "" => false,
        "1" => !rest.is_empty() && !rest.starts_with('/'),
        "10" => !rest.starts_with(['^', '*']) && rest.is_ascii(),
        _ => true,
    }
}

/// The contents of a line below the names, if the rows below it are values. `rows` are some of the rows below.
pub(super) fn below_names(
    names: &[Vec<u8>],
    line: &[Vec<u8>],
    rows: &[Vec<Vec<u8>>],
    classifier: &Classifier,
) -> Option<Below> {
    let is_one = |cell: &[u8]| matches!(crate::parse::trim(cell), b"1" | b"1e-3" | b"1.e-3" | b"%");
    let classes: Vec<Class> = line.iter().map(|cell| classifier.class(cell)).collect();
    let written = || line.iter().zip(&classes).enumerate().filter(|(_, (_, class))| **class != Class::Null);
    // A value makes the line a row.
    let has_value = written().any(|(_, (cell, class))| {
        matches!(class, Class::Date | Class::Moment { .. } | Class::Bool) || (class.is_number() && !is_one(cell))
    });
    // `1` and `NA` may be units, but are found in rows just as well.
    let is_word =
        |cell: &[u8]| !is_one(cell) && !DEFAULT_NULLS.iter().any(|word| word.as_bytes() == crate::parse::trim(cell));
    let texts = written().filter(|(_, (cell, _))| is_word(cell)).count();
    if rows.is_empty() || has_value || texts == 0 || line.len() > names.len() + 1 {
        return None;
    }
    // The cells below a unit are values; below words such as `code` they may be anything.
    let (mut columns, mut values, mut numbers, mut words) = (0, 0, 0, 0);
    for (at, (cell, _)) in written() {
        let below: Vec<Class> = rows.iter().filter_map(|row| row.get(at)).map(|cell| classifier.class(cell)).collect();
        let all = below.iter().filter(|class| **class != Class::Null).count();
        let typed = below.iter().filter(|class| class.is_value()).count();
        let are_values = all > 0 && typed * 10 >= all * 9;
        if !are_values && is_no_unit(&unit_text(cell)) || all == 0 {
            continue;
        }
        columns += 1;
        values += usize::from(are_values);
        numbers += usize::from(are_values && below.iter().any(|class| class.is_number()));
        words += usize::from(are_values && is_word(cell));
    }
    if numbers == 0 || words == 0 || values * 10 < columns * 9 {
        return long_names(names, line, rows, classifier);
    }
    let units = written().filter(|(_, (cell, _))| is_unit_like(cell)).count();
    if units * 2 > written().count() || (units * 2 == written().count() && texts > 1) {
        return Some(Below::Units);
    }
    long_names(names, line, rows, classifier).or((texts > 1).then_some(Below::Doubtful))
}

/// Whether the line has a longer text for each name, above columns of values.
fn long_names(names: &[Vec<u8>], line: &[Vec<u8>], rows: &[Vec<Vec<u8>>], classifier: &Classifier) -> Option<Below> {
    let is_text = |cell: &Vec<u8>| {
        let text = crate::parse::shown(crate::parse::trim(cell));
        text.chars().next().is_some_and(char::is_alphabetic)
            && text.chars().filter(|letter| letter.is_alphabetic()).count() > 2
    };
    let is_number = |at: usize| {
        let below: Vec<Class> = rows.iter().filter_map(|row| row.get(at)).map(|cell| classifier.class(cell)).collect();
        let all = below.iter().filter(|class| **class != Class::Null).count();
        all > 0 && below.iter().filter(|class| class.is_number()).count() * 10 >= all * 9
    };
    let number_columns = (0..line.len()).filter(|at| is_number(*at)).count();
    let longer = names.iter().zip(line).filter(|(name, text)| text.len() > name.len()).count();
    let different: std::collections::HashSet<&Vec<u8>> = line.iter().collect();
    let suits = line.len() > 1
        && number_columns > 1
        && number_columns * 2 >= line.len()
        && line.iter().all(is_text)
        && different.len() == line.len()
        && longer * 2 > line.len();
    suits.then_some(Below::LongNames)
}

/// Names, and perhaps units, from the comments before a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommentNames {
    pub line: u64,
    pub names: Vec<Vec<u8>>,
    /// The units with their line.
    pub units: Option<(u64, Vec<Vec<u8>>)>,
}

/// The names in the last comment, or in the one before it if the last one holds units.
pub(super) fn in_comments(
    preamble: &Preamble,
    columns: usize,
    dialect: Dialect,
    classifier: &Classifier,
) -> Option<CommentNames> {
    let fits = |at: usize| {
        let (line, text) = preamble.comments.get(at)?;
        Some((*line, comment_cells(text, columns, dialect)?))
    };
    let are_names = |cells: &[Vec<u8>]| cells.iter().all(|cell| !classifier.class(cell).is_value());
    let are_units = |cells: &[Vec<u8>]| cells.iter().all(|cell| is_unit_like(cell));
    let (line, cells) = fits(0)?;
    if are_units(&cells)
        && let Some((names_line, names)) = fits(1)
        && are_names(&names)
        && columns > 1
    {
        return Some(CommentNames { line: names_line, names, units: Some((line, cells)) });
    }
    are_names(&cells).then_some(CommentNames { line, names: cells, units: None })
}

/// The cells of a comment, if they are as many as the columns.
fn comment_cells(text: &[u8], columns: usize, dialect: Dialect) -> Option<Vec<Vec<u8>>> {
    let mut cells = Vec::new();
    if dialect.delimiter != CELL_END && columns > 1 {
        let mut spans = Vec::new();
        Records::new(text, dialect, 1).next(&mut spans, false)?;
        cells = spans.iter().map(|span| crate::parse::trim(&span.bytes(text, dialect.quote)).to_vec()).collect();
        // The delimiter at the end of the rows may stand at the end of the names, too.
        if cells.len() == columns + 1 && cells.last().is_some_and(Vec::is_empty) {
            cells.pop();
        }
    }
    if cells.len() != columns {
        let unquoted = |word: &[u8]| match word {
            [first, inside @ .., last] if *first == dialect.quote && *last == dialect.quote => inside.to_vec(),
            _ => word.to_vec(),
        };
        cells = words(text, dialect.quote).map(unquoted).collect();
    }
    (cells.len() == columns && cells.iter().any(|cell| !cell.is_empty())).then_some(cells)
}

/// How many words the last comment has.
pub(super) fn words_in_comment(preamble: &Preamble, quote: u8) -> Option<usize> {
    preamble.comments.first().map(|(_, text)| words(text, quote).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nulls::Nulls;

    #[test]
    fn lines_below_the_names() {
        let classifier = Classifier::new(Dialect::default(), Nulls::of(&Default::default()));
        let cells = |line: &str| line.split(',').map(|cell| cell.as_bytes().to_vec()).collect::<Vec<_>>();
        let check = |names: &str, line: &str, rows: &[&str], expect: Option<Below>| {
            let rows: Vec<_> = rows.iter().map(|row| cells(row)).collect();
            assert_eq!(below_names(&cells(names), &cells(line), &rows, &classifier), expect, "{line}");
        };
        let ctd = ["2024-03-01T01:00:00Z,K2,5.0,11.59,290.6"];
        check("time,station,depth,temp,oxygen", "UTC,,m,degree_C,umol kg-1", &ctd, Some(Below::Units));
        check("t,x,y", "mm/dd/yyyy,m,K", &["03/01/2024,5,50"], Some(Below::Units));
        check("t,x,y", "yyyy-mm-ddThh:mm:ssZ,m,K", &["2024-03-01T01:00:00Z,5,50"], Some(Below::Units));
        check("x,t", "[m],[K]", &["1,2"], Some(Below::Units));
        check("x,t", "(m),(degrees C)", &["1,2", "3,4"], Some(Below::Units));
        check("x,t", "m,1", &["1,2"], Some(Below::Units));
        check("x", "m", &["1"], Some(Below::Units));
        check("t,p", "Air temperature,Air pressure", &["1,2", "3,4"], Some(Below::LongNames));
        check("x,y", "missing,missing", &["1,2", "3,4"], Some(Below::Doubtful));
        check("name,grade", "A,B", &["C,D"], None);
        check("symbol,mass", "m,5", &["x,6"], None);
        check("name,x", "m,", &["a,1", "b,2"], None);
        check("x", "n.d.", &["1", "2"], None);
        check("m", "5 km", &["3 mi", "7"], None);
        check("x,t", "10^3 km,1/s", &["1,2"], Some(Below::Units));
        check("x,t", "m,K", &[], None);
        // Rows with letters that are units, too, and with other words for "no value" than the caller's.
        check("series,n", "A,1", &[",2", ",3"], None);
        let classifier = Classifier::new(Dialect::default(), Nulls::new(["", "-999"]));
        assert_eq!(below_names(&cells("x,y"), &cells("NA,1"), &[cells("5,2"), cells(",3")], &classifier), None);
    }
}
