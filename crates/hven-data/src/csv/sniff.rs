//! Examines the first rows of a text table: the line end, the lines before the table, how cells are divided, and which of the
//! first lines contain names, units or long names.

use std::collections::BTreeMap;

use hven_core::dataset::report::LineEnd;

use super::{
    Dialect,
    class::{Class, Classifier},
    delimiter::{self, each_row},
    layout::{self, CELL_END, Cut, Rewriting},
    names::{self, Below},
    preamble::{Preamble, preamble},
    records::Records,
    row_ends::Shape,
    skipped::SkippedLines,
};
use crate::{
    error::{Error, Result},
    nulls::Nulls,
    options::{ImportOptions, SourceFormat},
    parse,
    remarks::Remark,
};

/// How many rows below the names decide whether the next line contains units.
const ROWS_BELOW: usize = 100;
/// How many lines below the names may contain units or long names.
const LINES_BELOW_MAX: usize = 3;

/// The dialect of the table, and the start of its rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sniffed {
    pub dialect: Dialect,
    pub line_end: LineEnd,
    /// How lines are rewritten before they are read.
    pub rewriting: Rewriting,
    /// The names of the columns, if the file has any.
    pub header: Option<Vec<Vec<u8>>>,
    pub columns: usize,
    /// An empty cell after the last column is the delimiter at the end of the row.
    pub has_trailing_delimiter: bool,
    /// The units and descriptions that the file gives to the columns.
    pub units: Vec<Option<String>>,
    pub descriptions: Vec<Option<String>>,
    pub units_line: Option<u64>,
    pub preamble: Preamble,
    /// The position of the first row of values in the head, in bytes; and its line.
    pub data_offset: usize,
    pub data_line: u64,
    pub notes: Vec<Remark>,
}

/// Examines the start of a file, which must end with a whole row.
pub(crate) fn sniff(head: &[u8], options: &ImportOptions) -> Result<Sniffed> {
    let nulls = Nulls::of(options);
    let (line_end, line_end_byte) = line_end(head);
    let quote = ascii("quote", options.quote)?.unwrap_or(b'"');
    let skipped = SkippedLines::of(options)?;
    let preamble = preamble(head, line_end_byte, options.comment.as_deref(), &skipped);
    let base = Dialect { quote, line_end: line_end_byte, ..Dialect::default() };
    let mut rewriting = Rewriting {
        cut: Cut::Delimiter(b','),
        comments: options.comment.iter().map(|comment| comment.clone().into_bytes()).collect(),
        skipped,
        quote,
        line_end: line_end_byte,
        first_line: preamble.line,
        has_blank_rows: false,
        cuts_names_at_blanks: options.widths.is_none(),
    };
    let readable = if rewriting.is_needed() { rewriting.head(head) } else { head.to_vec() };
    let body_of = |head: &[u8]| offset_of_line(head, line_end_byte, preamble.line);
    rewriting.cut = cut(&readable[body_of(&readable)..], base, &nulls, &preamble, options)?;
    if !matches!(rewriting.cut, Cut::Delimiter(_)) && rewriting.comments.is_empty() {
        rewriting.comments = std::iter::once(b"#".to_vec()).chain(preamble.prefix.clone()).collect();
    }
    let delimiter = match rewriting.cut {
        Cut::Delimiter(delimiter) => delimiter,
        Cut::Blanks | Cut::Fixed(_) => CELL_END,
    };
    if delimiter == quote || delimiter == line_end_byte {
        return Err(Error::BadOption {
            option: "delimiter",
            why: "it is also the quote or the end of a line".to_owned(),
        });
    }
    let mut dialect = Dialect { delimiter, ..base };
    let readable = if rewriting.is_needed() { rewriting.head(head) } else { readable };
    let offset = body_of(&readable);
    let body = &readable[offset..];
    dialect.decimal = decimal(body, dialect, options)?;
    let found = rows(body, dialect, options, &nulls, &preamble)?;
    rewriting.has_blank_rows = found.columns == 1 && matches!(rewriting.cut, Cut::Delimiter(_));
    let offset = if rewriting.has_blank_rows && rewriting.is_needed() {
        // Empty rows became blanks, so that positions changed.
        offset_of_line(&rewriting.head(head), line_end_byte, preamble.line + found.data_line - 1)
    } else {
        offset + found.data_offset
    };
    Ok(Sniffed {
        dialect,
        line_end,
        rewriting,
        header: found.header,
        columns: found.columns,
        has_trailing_delimiter: found.has_trailing_delimiter,
        units: found.units,
        descriptions: found.descriptions,
        units_line: found.units_line,
        data_offset: offset,
        data_line: preamble.line + found.data_line - 1,
        preamble,
        notes: found.notes,
    })
}

impl Sniffed {
    /// Whether an empty line is a row: in a table of one column, unless lines that are left out became empty.
    pub(crate) fn has_blank_rows(&self) -> bool {
        self.columns == 1 && !self.rewriting.is_needed()
    }
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

/// The position at which a line starts, or the end.
fn offset_of_line(head: &[u8], line_end: u8, line: u64) -> usize {
    match line {
        0 | 1 => 0,
        _ => memchr::memchr_iter(line_end, head).nth(line as usize - 2).map_or(head.len(), |at| at + 1),
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

/// How the cells are divided: as the caller says, as the file declares, or as its first rows show.
fn cut(body: &[u8], base: Dialect, nulls: &Nulls, preamble: &Preamble, options: &ImportOptions) -> Result<Cut> {
    let found = || delimiter::cut(body, base, nulls, names::words_in_comment(preamble, base.quote));
    Ok(match (options.format, ascii("delimiter", options.delimiter)?.or(preamble.delimiter)) {
        (Some(SourceFormat::Tsv), _) => Cut::Delimiter(b'\t'),
        (Some(SourceFormat::Blanks), _) => Cut::Blanks,
        (Some(SourceFormat::Fixed), _) => Cut::Fixed(match &options.widths {
            Some(widths) => layout::starts_of(widths),
            None => {
                let rows = delimiter::lines(body, base.line_end).filter(|line| line.first() != Some(&b'#'));
                // Names are often wider than their columns.
                let rows: Vec<&[u8]> = rows.collect();
                layout::found_starts(rows.iter().skip(usize::from(rows.len() > 2)).copied())
            }
        }),
        (_, Some(delimiter)) => Cut::Delimiter(delimiter),
        (Some(SourceFormat::Csv), None) => Cut::Delimiter(delimiter::delimiter(body, base, nulls).0),
        (None | Some(SourceFormat::Parquet), None) => match options.decimal {
            // A comma that is a decimal separator divides no cells, except where such numbers stand in quotes.
            Some(',') => match found() {
                Cut::Delimiter(b',') if !has_quoted_commas(body, base) => {
                    return Err(Error::BadOption {
                        option: "decimal",
                        why: "commas divide the cells here, so that 1,5 is two cells: say the delimiter as well, or leave it out".to_owned(),
                    });
                }
                found => found,
            },
            _ => found(),
        },
    })
}

/// Whether a cell in quotes is a number with a comma.
fn has_quoted_commas(body: &[u8], base: Dialect) -> bool {
    let mut found = false;
    each_row(body, base, |cells| {
        found |= cells.iter().any(|cell| {
            let bytes = cell.bytes(body, base.quote);
            let number = parse::number::scan(&bytes, b',');
            cell.is_quoted() && bytes.contains(&b',') && number.is_some_and(|number| number.end == bytes.len())
        });
    });
    found
}

/// The decimal separator with which the cells are counted: the one of most numbers.
fn decimal(body: &[u8], dialect: Dialect, options: &ImportOptions) -> Result<u8> {
    match ascii("decimal", options.decimal)? {
        Some(decimal) if decimal == dialect.delimiter && !has_quoted_commas(body, dialect) => Err(Error::BadOption {
            option: "decimal",
            why: "it is also the delimiter: a point or another delimiter is wanted".to_owned(),
        }),
        Some(decimal) => Ok(decimal),
        None if dialect.delimiter != b',' && has_decimal_commas(body, dialect) => Ok(b','),
        None => Ok(b'.'),
    }
}

/// Whether more numbers are written as `1,5` than as `1.5`. Numbers in which the sign could separate thousands do not count.
fn has_decimal_commas(body: &[u8], dialect: Dialect) -> bool {
    let (mut commas, mut points) = (0, 0);
    each_row(body, dialect, |cells| {
        for cell in cells {
            let bytes = parse::trim(cell.raw(body));
            let is_number = |decimal: u8| {
                bytes.contains(&decimal)
                    && parse::number::scan(bytes, decimal).is_some_and(|it| it.end == bytes.len() && !it.whole)
            };
            let grouped = parse::grouped::Grouped::parse(bytes);
            let is_doubtful = grouped.is_some_and(|grouped| grouped.is_doubtful());
            points += usize::from(!is_doubtful && is_number(b'.'));
            let has_comma = grouped.and_then(|grouped| grouped.fraction).is_some_and(|(sign, _)| sign == ',');
            commas += usize::from(has_comma || (!is_doubtful && is_number(b',')));
        }
    });
    commas > points
}

/// Recognises `,0,1,2`, the names that pandas writes for a table without names.
fn counts_columns(first: &[Vec<u8>]) -> bool {
    let numbers = first.iter().skip(1).zip(0..).all(|(cell, number)| *cell == number.to_string().as_bytes());
    first.len() > 1 && first[0].is_empty() && numbers
}

#[derive(Default)]
struct Rows {
    header: Option<Vec<Vec<u8>>>,
    columns: usize,
    has_trailing_delimiter: bool,
    units: Vec<Option<String>>,
    descriptions: Vec<Option<String>>,
    units_line: Option<u64>,
    data_offset: usize,
    data_line: u64,
    notes: Vec<Remark>,
}

/// The cells of the next row.
fn next_row(records: &mut Records, body: &[u8], quote: u8) -> Option<Vec<Vec<u8>>> {
    let mut cells = Vec::new();
    records.next(&mut cells, false)?;
    Some(cells.iter().map(|cell| cell.bytes(body, quote).into_owned()).collect())
}

fn rows(body: &[u8], dialect: Dialect, options: &ImportOptions, nulls: &Nulls, preamble: &Preamble) -> Result<Rows> {
    let classifier = Classifier::new(dialect, nulls.clone());
    let mut records = Records::new(body, dialect, 1);
    let Some(first) = next_row(&mut records, body, dialect.quote) else { return Err(Error::Empty) };
    let classes: Vec<Class> = first.iter().map(|cell| classifier.class(cell)).collect();
    let has_value = classes.iter().any(|class| class.is_value());
    let has_name = classes.iter().any(|class| !class.is_value() && *class != Class::Null);
    let guessed = has_name || !has_value || counts_columns(&first);
    let mut found = Rows::default();
    let mut has_header = options.header.unwrap_or(guessed);
    let mut comment_names = None;
    if options.header.is_none() {
        // A first row of mostly values is a row; only a comment can hold its names.
        let values = classes.iter().filter(|class| class.is_value()).count();
        let usual = usual_cells(body, dialect).max(first.len());
        if !guessed || values > 0 {
            comment_names = names::in_comments(preamble, usual, dialect, &classifier);
        }
        has_header = has_header && comment_names.is_none();
        if !has_header && comment_names.is_none() {
            found.notes.push(without_names(preamble));
        }
    }
    (found.data_offset, found.data_line) = if has_header { (records.at(), records.line()) } else { (0, 1) };
    let shape = Shape::of(&body[found.data_offset..], dialect, &classifier);
    let named = match &comment_names {
        Some(names) => names.names.len(),
        None if has_header => first.len(),
        None => 0,
    };
    let columns = shape.usual.max(if has_header || comment_names.is_some() { named } else { first.len() });
    let mut header = match comment_names {
        Some(names) => {
            found.notes.push(
                Remark::new(format!(
                    "the names of the columns stand in the comment on line {}; say header = false if they are none",
                    names.line
                ))
                .decided_by(&["header"]),
            );
            if let Some((line, units)) = names.units {
                found.take_units(&units, line);
            }
            Some(names.names)
        }
        None => has_header.then_some(first),
    };
    let ends = shape.ends(header.as_mut(), columns, dialect);
    found.columns = ends.columns;
    found.has_trailing_delimiter = ends.has_trailing_delimiter;
    found.notes.extend(ends.note);
    if found.columns > options.limits.columns_max {
        return Err(Error::TooManyColumns { columns: found.columns, columns_max: options.limits.columns_max });
    }
    if let Some(names) = &header {
        lines_below(&mut found, names, body, dialect, options, &classifier, preamble.line);
    }
    if options.units_line == Some(true) && found.units_line.is_none() {
        return Err(Error::BadOption {
            option: "units_line",
            why: "there is no line of units or long names below the names: leave it out".to_owned(),
        });
    }
    found.header = header;
    Ok(found)
}

/// The note on a table whose columns have no names.
fn without_names(preamble: &Preamble) -> Remark {
    let comment = preamble.comments.first().filter(|(_, text)| !text.is_empty());
    let quoted = comment.map_or(String::new(), |(line, text)| {
        let text: String = parse::shown(text).chars().take(120).collect();
        format!(" (the comment on line {line} is {text:?}: it does not have one word for each column)")
    });
    Remark::new(format!(
        "the first line holds values, so the columns are named column_1, column_2 …{quoted}; if it holds names, say header = true"
    ))
    .decided_by(&["header"])
}

fn usual_cells(body: &[u8], dialect: Dialect) -> usize {
    let mut counts = BTreeMap::<usize, usize>::new();
    each_row(body, dialect, |cells| *counts.entry(cells.len()).or_default() += 1);
    let rows: usize = counts.values().sum();
    counts.into_iter().find(|(_, count)| count * 10 >= rows * 9).map_or(0, |(cells, _)| cells)
}

/// Takes the lines of units and long names below the names.
fn lines_below(
    found: &mut Rows,
    names: &[Vec<u8>],
    body: &[u8],
    dialect: Dialect,
    options: &ImportOptions,
    classifier: &Classifier,
    first_line: u64,
) {
    if options.units_line == Some(false) {
        return;
    }
    for _ in 0..LINES_BELOW_MAX {
        let rest = &body[found.data_offset..];
        let mut records = Records::new(rest, dialect, found.data_line);
        let Some(line) = next_row(&mut records, rest, dialect.quote) else { break };
        let (at, next) = (records.at(), records.line());
        let mut rows = Vec::new();
        while rows.len() < ROWS_BELOW
            && let Some(row) = next_row(&mut records, rest, dialect.quote)
        {
            rows.push(row);
        }
        let is_first = found.units_line.is_none();
        let kind = match names::below_names(names, &line, &rows, classifier) {
            Some(Below::Doubtful) | None if options.units_line == Some(true) && is_first => Some(Below::said(&line)),
            // Below units, a line of words above numbers names what was measured.
            Some(Below::Doubtful) if !is_first => Some(Below::LongNames),
            // A second such line counts only if the first one was taken.
            kind => kind.or_else(|| {
                names::below_names(names, &line, rows.get(1..)?, classifier).filter(|kind| {
                    *kind != Below::Doubtful
                        && rows
                            .first()
                            .is_some_and(|row| names::below_names(names, row, &rows[1..], classifier).is_some())
                })
            }),
        };
        let number = first_line + next - 2;
        let quoted = parse::shown(&line.join(&b", "[..]));
        let quoted: String = quoted.chars().take(100).collect();
        match kind {
            Some(Below::Units) => {
                found.take_units(&line, number);
                found.notes.push(
                    Remark::new(format!("line {number} holds units: {quoted}; say units_line = false if it is a row"))
                        .decided_by(&["units_line"]),
                );
            }
            Some(Below::LongNames) => {
                found.units_line = Some(number);
                let text = |cell: &Vec<u8>| Some(parse::shown(parse::trim(cell))).filter(|text| !text.is_empty());
                found.descriptions = line.iter().map(text).collect();
                found.notes.push(
                    Remark::new(format!(
                        "line {number} holds long names, which describe the columns: {quoted}; say units_line = false if it is a row"
                    ))
                    .decided_by(&["units_line"]),
                );
            }
            Some(Below::Doubtful) => {
                found.notes.push(
                    Remark::new(format!(
                        "line {number} may hold units or long names ({quoted}): it is read as a row; say units_line = true if it does, or skip_lines = {number} to leave it out"
                    ))
                    .decided_by(&["units_line", "skip_lines"]),
                );
                break;
            }
            None => break,
        }
        found.data_offset += at;
        found.data_line = next;
    }
}

impl Rows {
    fn take_units(&mut self, cells: &[Vec<u8>], line: u64) {
        self.units_line = Some(line);
        let unit = |cell: &Vec<u8>| Some(names::unit_text(cell)).filter(|unit| !names::is_no_unit(unit));
        self.units = cells.iter().map(unit).collect();
    }
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
