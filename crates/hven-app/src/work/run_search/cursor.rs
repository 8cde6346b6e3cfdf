//! The cursor of a list of runs that is ordered in memory: the position of the last run, so that a page begins behind it
//! whatever runs are added or change meanwhile.

use std::fmt::Write as _;

use hven_core::{Digest, Malformed};

use super::order::{Position, SortKey};

/// Cursors of other lists have only hexadecimal digits.
const PREFIX: &str = "q";
/// The digits of the digest of the order.
const ORDER_DIGITS: usize = 8;

/// Tells the cursors of different orders apart.
fn order_digits(order: &str) -> String {
    Digest::of(order.as_bytes()).to_string().chars().take(ORDER_DIGITS).collect()
}

pub(super) fn write(order: &str, position: &Position) -> String {
    let mut cursor = format!("{PREFIX}{}-{:x}-", order_digits(order), position.seq);
    match &position.key {
        SortKey::Missing => cursor.push('m'),
        // Writing to a text cannot fail.
        SortKey::Number(number) => drop(write!(cursor, "n{:016x}", number.to_bits())),
        SortKey::Text(text) => {
            cursor.push('t');
            for byte in text.bytes() {
                let _ = write!(cursor, "{byte:02x}");
            }
        }
    }
    cursor
}

pub(super) fn read(order: &str, cursor: &str) -> Result<Position, Malformed> {
    position(order, cursor).ok_or_else(|| Malformed::Text {
        noun: "cursor",
        text: cursor.to_owned(),
        why: "this list did not return it".to_owned(),
    })
}

fn position(order: &str, cursor: &str) -> Option<Position> {
    let mut parts = cursor.strip_prefix(PREFIX)?.split('-');
    let (of, seq, key) = (parts.next()?, parts.next()?, parts.next()?);
    if of != order_digits(order) || parts.next().is_some() {
        return None;
    }
    let seq = u64::from_str_radix(seq, 16).ok()?;
    let digits = key.get(1..)?;
    let key = match key.as_bytes().first()? {
        b'm' if digits.is_empty() => SortKey::Missing,
        b'n' => {
            let number = f64::from_bits(u64::from_str_radix(digits, 16).ok()?);
            SortKey::Number(Some(number).filter(|number| !number.is_nan())?)
        }
        b't' if digits.is_ascii() && digits.len() % 2 == 0 => {
            let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok());
            SortKey::Text(String::from_utf8(bytes.collect::<Option<_>>()?).ok()?)
        }
        _ => return None,
    };
    Some(Position { key, seq })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_those_of_other_lists_refused() {
        let keys = [
            SortKey::Missing,
            SortKey::Number(-0.5),
            SortKey::Number(f64::INFINITY),
            SortKey::Text("a-b 周期".to_owned()),
            SortKey::Text(String::new()),
        ];
        for key in keys {
            let position = Position { key, seq: 77 };
            let cursor = write("-loss", &position);
            assert_eq!(read("-loss", &cursor), Ok(position));
            assert!(read("loss", &cursor).is_err());
        }
        for foreign in ["", "q", "4c", "q0-1-m", "周期", "q-é-n", &write("loss", &Position { key: SortKey::Missing, seq: 1 })[..12]] {
            assert!(read("loss", foreign).is_err(), "{foreign}");
        }
        let nan = format!("q{}-1-n7ff8000000000000", order_digits("loss"));
        assert!(read("loss", &nan).is_err());
    }
}
