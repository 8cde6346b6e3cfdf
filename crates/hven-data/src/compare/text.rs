//! Compares text line by line and word by word: words must be equal, numbers in them may differ within the tolerance.
//!
//! A number stands alone or after a sign such as `=`, and may have a unit or a percent sign. Dates, times and versions are
//! not numbers: 2026 is not almost 2027.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use hven_core::reproduction::Spot;

use super::{BytesOnly, differences::Differences};
use crate::parse::number;

/// A file with a longer line is not compared as text.
const LINE_BYTES_MAX: u64 = 16 << 20;

pub(super) fn compare(before: &Path, after: &Path, differences: &mut Differences) -> Result<(), BytesOnly> {
    let open = |path: &Path| File::open(path).map(BufReader::new).map_err(|wrong| wrong.to_string());
    let (mut one, mut other) = (open(before)?, open(after)?);
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let mut line = 0;
    loop {
        let is_there = next_line(&mut one, &mut old)?;
        let is_there_now = next_line(&mut other, &mut new)?;
        line += 1;
        let (before, after) = (as_text(&old)?, as_text(&new)?);
        match (is_there, is_there_now) {
            (false, false) => return Ok(()),
            (true, true) => lines(before, after, line, differences),
            (is, was) => {
                let shown = |there: bool, text: &'_ str| there.then(|| text.to_owned());
                let (old, new) = (shown(is, before), shown(was, after));
                differences.differs(old.as_deref(), new.as_deref(), || Spot::Word { line, word: 0 });
            }
        }
    }
}

fn as_text(bytes: &[u8]) -> Result<&str, BytesOnly> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())
}

fn next_line(from: &mut BufReader<File>, line: &mut Vec<u8>) -> Result<bool, BytesOnly> {
    line.clear();
    let read = from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', line);
    let count = read.map_err(|wrong: io::Error| wrong.to_string())?;
    if count as u64 == LINE_BYTES_MAX {
        return Err(format!("it has a line of more than {LINE_BYTES_MAX} bytes"));
    }
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    Ok(count > 0)
}

fn lines(before: &str, after: &str, line: u64, differences: &mut Differences) {
    if before == after {
        return;
    }
    words(before, after, differences, &mut |word| Spot::Word { line, word });
}

/// Compares the words of two texts; `spot` returns the place of the word with that number, counted from 1; 0 means all words.
pub(super) fn words(before: &str, after: &str, differences: &mut Differences, spot: &mut dyn FnMut(u64) -> Spot) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split_whitespace().collect(), after.split_whitespace().collect());
    if old.len() != new.len() {
        differences.differs(Some(before), Some(after), || spot(0));
        return;
    }
    for (place, (old, new)) in old.into_iter().zip(new).enumerate().filter(|(_, (old, new))| old != new) {
        let word = place as u64 + 1;
        let (pieces, new_pieces) = (pieces(old), self::pieces(new));
        let is_alike = pieces.len() == new_pieces.len()
            && pieces.iter().zip(&new_pieces).all(|pair| match pair {
                (Piece::Number(..), Piece::Number(..)) => true,
                (old, new) => old == new,
            });
        if !is_alike {
            differences.differs(Some(old), Some(new), || spot(word));
            continue;
        }
        for pair in pieces.iter().zip(&new_pieces) {
            if let (Piece::Number(before, old), Piece::Number(after, new)) = pair {
                differences.numbers(*before, *after, || ((*old).to_owned(), (*new).to_owned()), || spot(word));
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Number(f64, &'a str),
}

/// Splits a word at separators inside it, and a number from its unit.
fn pieces(word: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        if end > 0 {
            part(&rest[..end], &mut pieces);
        }
        rest = &rest[end..];
        if let Some(separator) = rest.chars().next() {
            let length = separator.len_utf8();
            pieces.push(Piece::Text(&rest[..length]));
            rest = &rest[length..];
        }
    }
    pieces
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        '=' | ','
            | ';'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '<'
            | '>'
            | '"'
            | '\''
            | '|'
            | '±'
            | '×'
            | '·'
            | '*'
            | '~'
            | '≈'
    )
}

fn part<'a>(part: &'a str, pieces: &mut Vec<Piece<'a>>) {
    // `loss:0.1` is a name and a number, `12:30` a time.
    if let Some((name, value)) = part.split_once(':')
        && !name.ends_with(|c: char| c.is_ascii_digit())
    {
        if !name.is_empty() {
            pieces.push(Piece::Text(name));
        }
        pieces.push(Piece::Text(":"));
        self::part(value, pieces);
        return;
    }
    if part.is_empty() {
        return;
    }
    let Some(scanned) = number::scan(part.as_bytes(), b'.') else {
        pieces.push(match part.to_ascii_lowercase().as_str() {
            "nan" => Piece::Number(f64::NAN, part),
            "inf" | "+inf" | "infinity" => Piece::Number(f64::INFINITY, part),
            "-inf" | "-infinity" => Piece::Number(f64::NEG_INFINITY, part),
            _ => Piece::Text(part),
        });
        return;
    };
    let (digits, unit) = part.split_at(scanned.end);
    // A unit, or the punctuation at the end of a sentence.
    let is_unit =
        unit.chars().all(|c| c.is_alphabetic() || matches!(c, '%' | '°' | 'µ' | '/' | '^' | '.' | ':' | '!' | '?'))
            && !(unit.starts_with(['/', '^']) || digits.contains(['e', 'E']) && unit.starts_with(char::is_alphabetic));
    match digits.parse() {
        Ok(value) if is_unit && !scanned.padded => {
            pieces.push(Piece::Number(value, digits));
            if !unit.is_empty() {
                pieces.push(Piece::Text(unit));
            }
        }
        _ => pieces.push(Piece::Text(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_distinguished_from_words() {
        let check = |word: &str, expect: &str| {
            let shown = |piece: &Piece<'_>| match piece {
                Piece::Text(text) => format!("'{text}'"),
                Piece::Number(value, _) => format!("{value}"),
            };
            assert_eq!(pieces(word).iter().map(shown).collect::<Vec<_>>().join(" "), expect, "{word}");
        };
        check("0.5", "0.5");
        check("-1e-3", "-0.001");
        check("loss=0.5,", "'loss' '=' 0.5 ','");
        check("loss:0.5", "'loss' ':' 0.5");
        check("(1,2)", "'(' 1 ',' 2 ')'");
        check("12.5%", "12.5 '%'");
        check("3m/s", "3 'm/s'");
        check("1.5.", "1.5 '.'");
        check("nan", "NaN");
        check("2026-11-25", "'2026-11-25'");
        check("12:30:01", "'12:30:01'");
        check("1.2.3", "'1.2.3'");
        check("a1", "'a1'");
        check("007", "'007'");
        check("7Q2M", "'7Q2M'");
        check("0x1f", "'0x1f'");
        check("行星=3", "'行星' '=' 3");
    }
}
