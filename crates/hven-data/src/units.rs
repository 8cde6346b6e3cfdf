//! Units in cells and options.

use hven_core::unit::Unit;

/// Parses a unit; the error is for people.
pub(crate) fn parse(text: &str) -> Result<Unit, String> {
    text.parse::<Unit>().map_err(|error| error.to_string())
}

/// Whether the text after a number looks like a unit.
pub(crate) fn could_be_unit(text: &[u8]) -> bool {
    const LENGTH_MAX: usize = 24;
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || matches!(byte, b'%' | b'$' | b'\'' | b'"');
    text.len() <= LENGTH_MAX && text.first().is_some_and(letter) && !text.contains(&b' ')
}
