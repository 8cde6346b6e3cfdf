//! File names as text, and back. A system allows any bytes in a name except NUL and `/`; facts and listings are JSON, which
//! contains only text.
//!
//! A name in UTF-8 is written as it is. Each byte that is not part of UTF-8 is written as one private-use character: 0x80 as
//! U+EF80, and so on until 0xFF as U+EFFF (as in MirBSD). If a name itself contains one of these characters, its bytes are
//! written in the same way, each separately. So two names never have the same text, and every text made here is converted back
//! to its original bytes.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    fmt::Write as _,
    path::PathBuf,
};

pub use crate::safe_text::shown_name as shown;

/// The number of a byte is added to this; only bytes from 0x80 on are written in this form.
const BASE: u32 = 0xEF00;

/// The recorded text of a file's name or path.
pub fn to_text(name: &(impl AsRef<OsStr> + ?Sized)) -> String {
    bytes_to_text(name.as_ref().as_encoded_bytes())
}

/// The name of a recorded text.
#[cfg(unix)]
pub fn from_text(text: &str) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(text_to_bytes(text))
}

/// The name of a recorded text. Here names are text: a name that is not text stays in its recorded form.
#[cfg(not(unix))]
pub fn from_text(text: &str) -> OsString {
    String::from_utf8(text_to_bytes(text)).unwrap_or_else(|_| text.to_owned()).into()
}

/// The path of a recorded text.
pub fn to_path(text: &str) -> PathBuf {
    from_text(text).into()
}

/// The text of a name that is given as bytes, as in an archive.
pub fn bytes_to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_byte(c) {
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(character_of));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(character_of));
    }
    text
}

/// The bytes of the name of a recorded text.
pub fn text_to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// How many bytes the name of a recorded text has.
pub fn length(text: &str) -> usize {
    text.chars().map(|c| if is_byte(c) { 1 } else { c.len_utf8() }).sum()
}

/// Whether a text is the one under which its name is recorded. A text from another program may not be: then one name would have
/// two texts.
pub fn is_exact(text: &str) -> bool {
    is_plain(text) || bytes_to_text(&text_to_bytes(text)) == text
}

/// Whether the name equals its text: no byte is written as a character.
pub fn is_plain(text: &str) -> bool {
    !text.contains(is_byte)
}

/// A text in which bytes of names are shown as numbers; all other characters stay.
pub fn show_bytes(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match byte_of(c) {
            // Writing to a string cannot fail.
            Some(byte) => _ = write!(written, "\\x{byte:02X}"),
            None => written.push(c),
        }
    }
    Cow::Owned(written)
}

/// Whether a character represents a byte.
pub fn is_byte(c: char) -> bool {
    byte_of(c).is_some()
}

/// The byte that a character represents.
fn byte_of(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(BASE)?).ok().filter(|byte| !byte.is_ascii())
}

/// The character that represents a byte.
fn character_of(byte: u8) -> char {
    // All of these are valid characters.
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_in_utf_8_stays_and_each_other_byte_becomes_a_character() {
        let check = |name: &[u8], text: &str, for_people: &str| {
            assert_eq!(bytes_to_text(name), text);
            assert_eq!(text_to_bytes(text), name);
            assert!(is_exact(text), "{text:?}");
            assert_eq!(shown(text), for_people);
        };
        for plain in ["", "a.txt", "-rf", " trailing ", "[0-9]*.dat", "Größe", "行星.csv", "👩‍🔬.txt", r"a\b"]
        {
            check(plain.as_bytes(), plain, plain);
        }
        check(b"Gr\xf6\xdfe.txt", "Gr\u{eff6}\u{efdf}e.txt", r"Gr\xF6\xDFe.txt");
        check(b"Gr\xe4\xdfe.txt", "Gr\u{efe4}\u{efdf}e.txt", r"Gr\xE4\xDFe.txt");
        check(b"two\nlines\tand\x1b[2J", "two\nlines\tand\x1b[2J", r"two\nlines\tand\u{1b}[2J");
        // Cut, overlong, and half of a surrogate pair: none of these is UTF-8.
        check(b"\xe8\xa1", "\u{efe8}\u{efa1}", r"\xE8\xA1");
        check(b"\xc0\xaf", "\u{efc0}\u{efaf}", r"\xC0\xAF");
        check(b"\xed\xa0\x80", "\u{efed}\u{efa0}\u{ef80}", r"\xED\xA0\x80");
        // The characters before and after those that represent bytes are text; those that represent bytes are written as bytes.
        check("\u{ef7f}\u{f000}".as_bytes(), "\u{ef7f}\u{f000}", "\u{ef7f}\u{f000}");
        check("\u{efe4}".as_bytes(), "\u{efee}\u{efbf}\u{efa4}", r"\xEE\xBF\xA4");
    }

    #[test]
    fn a_second_text_for_a_name_is_detected() {
        assert_eq!(text_to_bytes("\u{efc3}\u{efa4}"), "ä".as_bytes());
        for other in ["\u{efc3}\u{efa4}", "a\u{efee}\u{efbf}\u{efa4}\u{efc3}\u{efa4}"] {
            assert!(!is_exact(other), "{other:?}");
        }
        assert!(is_exact("ä") && is_exact("\u{efe4}"));
    }

    #[test]
    fn a_path_round_trips() {
        let path = to_path("a/Gr\u{eff6}\u{efdf}e.txt");
        assert_eq!(path.as_os_str().as_encoded_bytes(), b"a/Gr\xf6\xdfe.txt");
        assert_eq!(to_text(&path), "a/Gr\u{eff6}\u{efdf}e.txt");
        assert_eq!(from_text("a/Größe.txt"), "a/Größe.txt");
    }

    const PIECES: &[&[u8]] =
        &[b"a", b"/", b"\n", b"\xf6", b"\xc3", b"\xb6", b"\xee", b"\xbe", b"\xbf", b"\x80", b"\xff", b"\xed\xa0\x80"];

    /// Mostly bytes that are near the special cases: ASCII, pieces of UTF-8, and the characters that represent bytes.
    fn name() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            (0xEF7E_u32..0xF001).prop_map(|code| char::from_u32(code).unwrap().to_string().into_bytes()),
            any::<u8>().prop_map(|byte| vec![byte]),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn every_name_round_trips(name in name()) {
            let text = bytes_to_text(&name);
            prop_assert_eq!(&text_to_bytes(&text), &name);
            prop_assert_eq!(length(&text), name.len());
            prop_assert!(is_exact(&text));
            prop_assert!(is_plain(&shown(&text)));
        }

        #[test]
        fn two_names_never_have_one_text(one in name(), other in name()) {
            prop_assert_eq!(bytes_to_text(&one) == bytes_to_text(&other), one == other);
        }

        #[test]
        fn a_name_in_utf_8_is_its_own_text(name in "[^\u{ef80}-\u{efff}]{0,20}") {
            prop_assert_eq!(bytes_to_text(name.as_bytes()), name);
        }

        #[test]
        fn an_exact_text_round_trips(text in "[ab\u{ef80}\u{efbf}\u{efc3}\u{efee}ä/]{0,12}") {
            prop_assert_eq!(bytes_to_text(&text_to_bytes(&text)) == text, is_exact(&text));
        }
    }
}
