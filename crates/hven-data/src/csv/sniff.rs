//! Detects the dialect of a text table from its first rows: the line end, the delimiter, and whether the first row contains
//! names.

use hven_core::dataset::report::LineEnd;

use super::{
    Dialect,
    census::{Class, Classifier},
    records::{Records, Span},
};
use crate::{
    error::{Error, Result},
    nulls::Nulls,
    options::{ImportOptions, SourceFormat},
};

/// How many rows are examined.
const ROWS_SNIFFED: usize = 1000;
/// How many lines before the table are kept.
const PREAMBLE_LINES_MAX: usize = 100;
/// How many characters of each such line are kept.
const PREAMBLE_CHARS_MAX: usize = 1000;

/// The dialect of the table, and the start of its rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sniffed {
    pub dialect: Dialect,
    pub line_end: LineEnd,
    /// The cells of the first row, if it contains names.
    pub header: Option<Vec<Vec<u8>>>,
    pub columns: usize,
    pub preamble: Vec<String>,
    /// The position of the first row of values in the head, in bytes; and its line.
    pub data_offset: usize,
    pub data_line: u64,
    pub notes: Vec<String>,
}

/// Examines the start of a file, which must end with a whole row.
pub(crate) fn sniff(head: &[u8], options: &ImportOptions) -> Result<Sniffed> {
    let nulls = Nulls::of(options);
    let (line_end, line_end_byte) = line_end(head);
    let quote = ascii("quote", options.quote)?.unwrap_or(b'"');
    let (preamble, offset, line, declared) = preamble(head, line_end_byte);
    let body = &head[offset..];
    let base = Dialect { quote, line_end: line_end_byte, ..Dialect::default() };
    let tab = (options.format == Some(SourceFormat::Tsv)).then_some(b'\t');
    let delimiter = match ascii("delimiter", options.delimiter)?.or(tab).or(declared) {
        Some(delimiter) => delimiter,
        None => delimiter(body, base, &nulls),
    };
    if delimiter == quote || delimiter == line_end_byte {
        return Err(Error::BadOption {
            option: "delimiter",
            why: "it is also the quote or the end of a line".to_owned(),
        });
    }
    let mut dialect = Dialect { delimiter, ..base };
    dialect.decimal = match ascii("decimal", options.decimal)? {
        Some(decimal) if decimal == delimiter || !matches!(decimal, b'.' | b',') => {
            return Err(Error::BadOption {
                option: "decimal",
                why: "a point or a comma is wanted, and not the delimiter".to_owned(),
            });
        }
        Some(decimal) => decimal,
        None if delimiter != b',' && has_decimal_commas(body, dialect) => b',',
        None => b'.',
    };
    rows(body, dialect, options, &nulls).map(|found| Sniffed {
        dialect,
        line_end,
        header: found.header,
        columns: found.columns,
        preamble,
        data_offset: offset + found.data_offset,
        data_line: line + found.data_line - 1,
        notes: found.notes,
    })
}

fn ascii(option: &'static str, letter: Option<char>) -> Result<Option<u8>> {
    match letter {
        Some(letter) if !letter.is_ascii() || letter.is_ascii_alphanumeric() => {
            Err(Error::BadOption { option, why: format!("{letter:?} is no ASCII sign") })
        }
        Some(letter) => Ok(Some(letter as u8)),
        None => Ok(None),
    }
}

fn line_end(head: &[u8]) -> (LineEnd, u8) {
    let newlines = memchr::memchr_iter(b'\n', head);
    let (all, after_return) =
        newlines.fold((0, 0), |(all, cr), at| (all + 1, cr + usize::from(at > 0 && head[at - 1] == b'\r')));
    match (all, after_return) {
        (0, _) if memchr::memchr(b'\r', head).is_some() => (LineEnd::Cr, b'\r'),
        (all, cr) if cr * 2 > all => (LineEnd::Crlf, b'\n'),
        _ => (LineEnd::Lf, b'\n'),
    }
}

/// The lines before the table that start with `#`, and a spreadsheet's line `sep=;`.
fn preamble(head: &[u8], line_end: u8) -> (Vec<String>, usize, u64, Option<u8>) {
    let (mut lines, mut at, mut line, mut delimiter) = (Vec::new(), 0, 1, None);
    while let Some(length) = memchr::memchr(line_end, &head[at..]) {
        let text = &head[at..at + length];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        match text {
            [b's', b'e', b'p', b'=', sign] if at == 0 && sign.is_ascii_punctuation() => {
                delimiter = Some(*sign);
            }
            [b'#', ..] => {}
            _ => break,
        }
        if lines.len() < PREAMBLE_LINES_MAX {
            lines.push(crate::parse::shown(text).chars().take(PREAMBLE_CHARS_MAX).collect());
        }
        at += length + 1;
        line += 1;
    }
    (lines, at, line, delimiter)
}

/// Calls `with` for each of the first rows.
fn each_row(body: &[u8], dialect: Dialect, mut with: impl FnMut(&[Span])) {
    let mut records = Records::new(body, dialect, 1);
    let mut cells = Vec::new();
    for _ in 0..ROWS_SNIFFED {
        if records.next(&mut cells, false).is_none() {
            break;
        }
        with(&cells);
    }
}

/// The delimiter that divides most rows into equally many cells, most of which are not empty.
fn delimiter(body: &[u8], base: Dialect, nulls: &Nulls) -> u8 {
    let mut best = (b',', (false, 0, 0, 0));
    for delimiter in [b',', b'\t', b';', b'|'] {
        let decimal = if delimiter == b',' { b'.' } else { b',' };
        let dialect = Dialect { delimiter, ..base };
        let (with_point, with_comma) =
            (Classifier::new(dialect, nulls.clone()), Classifier::new(Dialect { decimal, ..dialect }, nulls.clone()));
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        let (mut rows, mut cells_seen, mut typed, mut faulty) = (0, 0, 0, 0);
        each_row(body, dialect, |cells| {
            rows += 1;
            *counts.entry(cells.len()).or_default() += 1;
            for cell in cells.iter().take(200) {
                cells_seen += 1;
                let bytes = cell.bytes(body, dialect.quote);
                let known = |class| !matches!(class, Class::Other | Class::Near(_));
                typed +=
                    usize::from(cell.is_quoted() || known(with_point.class(&bytes)) || known(with_comma.class(&bytes)));
                faulty += usize::from(cell.style == super::records::Style::Faulty);
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
    best.0
}

/// Whether there are numbers such as `1,5`, none such as `1.5`, and at least one in which the comma cannot separate
/// thousands.
fn has_decimal_commas(body: &[u8], dialect: Dialect) -> bool {
    let (mut commas, mut points) = (0, 0);
    each_row(body, dialect, |cells| {
        for cell in cells {
            let bytes = crate::parse::trim(cell.raw(body));
            let all = |decimal| {
                crate::parse::number::scan(bytes, decimal).is_some_and(|it| it.end == bytes.len() && !it.whole)
            };
            points += usize::from(bytes.contains(&b'.') && all(b'.'));
            let comma = bytes.contains(&b',') && all(b',') && !crate::parse::number::has_thousands(bytes);
            commas += usize::from(comma);
        }
    });
    commas > 0 && points == 0
}

/// Recognises `,0,1,2`, the names that pandas writes for a table without names.
fn counts_columns(first: &[Vec<u8>]) -> bool {
    let numbers = first.iter().skip(1).zip(0..).all(|(cell, number)| *cell == number.to_string().as_bytes());
    first.len() > 1 && first[0].is_empty() && numbers
}

struct Rows {
    header: Option<Vec<Vec<u8>>>,
    columns: usize,
    data_offset: usize,
    data_line: u64,
    notes: Vec<String>,
}

fn rows(body: &[u8], dialect: Dialect, options: &ImportOptions, nulls: &Nulls) -> Result<Rows> {
    let classifier = Classifier::new(dialect, nulls.clone());
    let mut records = Records::new(body, dialect, 1);
    let mut cells = Vec::new();
    if records.next(&mut cells, false).is_none() {
        return Err(Error::Empty);
    }
    let first: Vec<Vec<u8>> = cells.iter().map(|cell| cell.bytes(body, dialect.quote).into_owned()).collect();
    let classes: Vec<Class> = first.iter().map(|cell| classifier.class(cell)).collect();
    let is_name = |class: &Class| matches!(class, Class::Other | Class::Near(_));
    let is_value = |class: &Class| !is_name(class) && !matches!(class, Class::Null);
    let mut notes = Vec::new();
    let guessed = classes.iter().any(is_name) || !classes.iter().any(is_value) || counts_columns(&first);
    let has_header = options.header.unwrap_or(guessed);
    if options.header.is_none() && !guessed {
        notes.push(
            "the first line holds values, so the columns are named column_1, column_2 …; if it holds names, say header = true"
                .to_owned(),
        );
    }
    let (data_offset, data_line) = if has_header { (records.at(), records.line()) } else { (0, 1) };
    // The number of cells in most rows. A header may have fewer: R omits the name of the row names.
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    each_row(&body[data_offset..], dialect, |cells| *counts.entry(cells.len()).or_default() += 1);
    let rows: usize = counts.values().sum();
    let usual = counts.into_iter().find(|(_, count)| count * 10 > rows * 9).map_or(0, |(cells, _)| cells);
    let columns = usual.max(first.len());
    if columns > options.limits.columns_max {
        return Err(Error::TooManyColumns { columns, columns_max: options.limits.columns_max });
    }
    let mut header = has_header.then_some(first);
    if let Some(names) = &mut header
        && names.len() < columns
    {
        let missing = columns - names.len();
        if missing == 1 {
            names.insert(0, Vec::new());
            notes.push("the first line has one name less than the rows have cells: the first column is taken to be the one without".to_owned());
        } else {
            notes.push(format!("the first line has {missing} names less than the rows have cells: the last columns are taken to be the ones without"));
        }
    }
    Ok(Rows { header, columns, data_offset, data_line, notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(text: &str) -> Sniffed {
        sniff(text.as_bytes(), &ImportOptions::default()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
    }

    #[test]
    fn dialects() {
        let check = |text: &str, expect: &str| {
            let found = sniffed(text);
            let Dialect { delimiter, decimal, .. } = found.dialect;
            let shown = format!(
                "{:?} {:?} {:?} header={} columns={} line={}",
                char::from(delimiter),
                char::from(decimal),
                found.line_end,
                found.header.is_some(),
                found.columns,
                found.data_line
            );
            assert_eq!(shown, expect, "{text:?}");
        };
        check("a,b\n1,2\n", "',' '.' Lf header=true columns=2 line=2");
        check("a;b\r\n1,5;2,5\r\n", "';' ',' Crlf header=true columns=2 line=2");
        check("1,5;2,5\n3,25;4,5\n", "';' ',' Lf header=false columns=2 line=1");
        check("a\tb c\n1\t2\n", "'\\t' '.' Lf header=true columns=2 line=2");
        check("a|b|c\r1|2|3\r", "'|' '.' Cr header=true columns=3 line=2");
        check("id;name\n1;Smith, John\n2;Doe, Jane\n", "';' '.' Lf header=true columns=2 line=2");
        check("id,name\n1,\"a;b\"\n2,\"c;d\"\n", "',' '.' Lf header=true columns=2 line=2");
        check("name\nx y\nz\n", "',' '.' Lf header=true columns=1 line=2");
        check("1,2\n3,4\n", "',' '.' Lf header=false columns=2 line=1");
        check("# made by hand\n# twice\nx,y\n1,2\n", "',' '.' Lf header=true columns=2 line=4");
        check("sep=;\na;b\n1;2\n", "';' '.' Lf header=true columns=2 line=3");
        check("x,y\n1,2,3\n4,5,6\n", "',' '.' Lf header=true columns=3 line=2");
        check("a;b\n1,000;2\n", "';' '.' Lf header=true columns=2 line=2");
        check(",0,1\n0,5,6\n1,7,8\n", "',' '.' Lf header=true columns=3 line=2");
        check("a,b", "',' '.' Lf header=true columns=2 line=2");
    }

    #[test]
    fn options_win_and_bad_ones_are_refused() {
        let with = |options: &ImportOptions| sniff(b"1,2\n3,4\n", options);
        let header = with(&ImportOptions { header: Some(true), ..Default::default() }).expect("sniffed");
        assert_eq!(header.header, Some(vec![b"1".to_vec(), b"2".to_vec()]));
        for bad in [
            ImportOptions { delimiter: Some('é'), ..Default::default() },
            ImportOptions { delimiter: Some('"'), ..Default::default() },
            ImportOptions { decimal: Some(','), ..Default::default() },
            ImportOptions { quote: Some('a'), ..Default::default() },
        ] {
            assert!(matches!(with(&bad), Err(Error::BadOption { .. })), "{bad:?}");
        }
    }
}
