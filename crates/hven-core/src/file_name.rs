//! Names of files as text, and back. A system takes any bytes for a name but NUL and `/`; facts and listings are JSON,
//! which holds text alone.
//!
//! A name in UTF-8 is written as it is. Each byte that is no part of UTF-8 is written as one character for private use:
//! 0x80 as U+EF80, and so on until 0xFF as U+EFFF (as MirBSD writes them). A name that itself has one of these characters
//! gets its bytes written in the same way, each by itself. So two names never have one text, and every text that was
//! made here is read back as the bytes that it was made from.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    fmt::Write as _,
    path::PathBuf,
};

pub use crate::safe_text::shown_name as shown;

/// A byte's number is added to this; only bytes from 0x80 on are written so.
const BASE: u32 = 0xEF00;

/// The text of a file's name or path, as it is recorded.
pub fn to_text(name: &(impl AsRef<OsStr> + ?Sized)) -> String {
    bytes_to_text(name.as_ref().as_encoded_bytes())
}

/// The name that a recorded text stands for.
#[cfg(unix)]
pub fn from_text(text: &str) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(text_to_bytes(text))
}

/// The name that a recorded text stands for. Names are text here: one that is none stays as it was recorded.
#[cfg(not(unix))]
pub fn from_text(text: &str) -> OsString {
    String::from_utf8(text_to_bytes(text)).unwrap_or_else(|_| text.to_owned()).into()
}

/// The path that a recorded text stands for.
pub fn to_path(text: &str) -> PathBuf {
    from_text(text).into()
}

/// The text of a name that is known by its bytes, as in an archive.
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

/// The bytes of the name that a recorded text stands for.
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

/// How many bytes the name has that a recorded text stands for.
pub fn length(text: &str) -> usize {
    text.chars().map(|c| if is_byte(c) { 1 } else { c.len_utf8() }).sum()
}

/// Whether a text is the one under which its name is recorded. A text that somebody else made may not be: it would give
/// one name two texts.
pub fn is_exact(text: &str) -> bool {
    is_plain(text) || bytes_to_text(&text_to_bytes(text)) == text
}

/// Whether the name is what its text says: no byte is written as a character.
pub fn is_plain(text: &str) -> bool {
    !text.contains(is_byte)
}

/// A text in which bytes of names are shown by their numbers; all else stays.
pub fn show_bytes(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match byte_of(c) {
            // Writing to a text does not fail.
            Some(byte) => _ = write!(written, "\\x{byte:02X}"),
            None => written.push(c),
        }
    }
    Cow::Owned(written)
}

/// Whether a character stands for a byte.
pub fn is_byte(c: char) -> bool {
    byte_of(c).is_some()
}

/// The byte that a character stands for.
fn byte_of(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(BASE)?).ok().filter(|byte| !byte.is_ascii())
}

/// The character that stands for a byte.
fn character_of(byte: u8) -> char {
    // All of these are characters.
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_written_as_it_is_and_other_bytes_each_as_a_character() {
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
        // Cut off, too long for what it says, and half of a pair of UTF-16: none of these is UTF-8.
        check(b"\xe8\xa1", "\u{efe8}\u{efa1}", r"\xE8\xA1");
        check(b"\xc0\xaf", "\u{efc0}\u{efaf}", r"\xC0\xAF");
        check(b"\xed\xa0\x80", "\u{efed}\u{efa0}\u{ef80}", r"\xED\xA0\x80");
        // The characters on both sides of those that stand for bytes are text; those themselves are bytes.
        check("\u{ef7f}\u{f000}".as_bytes(), "\u{ef7f}\u{f000}", "\u{ef7f}\u{f000}");
        check("\u{efe4}".as_bytes(), "\u{efee}\u{efbf}\u{efa4}", r"\xEE\xBF\xA4");
    }

    #[test]
    fn a_second_text_for_a_name_is_seen() {
        assert_eq!(text_to_bytes("\u{efc3}\u{efa4}"), "ä".as_bytes());
        for other in ["\u{efc3}\u{efa4}", "a\u{efee}\u{efbf}\u{efa4}\u{efc3}\u{efa4}"] {
            assert!(!is_exact(other), "{other:?}");
        }
        assert!(is_exact("ä") && is_exact("\u{efe4}"));
    }

    #[test]
    fn a_path_comes_back_as_it_was() {
        let path = to_path("a/Gr\u{eff6}\u{efdf}e.txt");
        assert_eq!(path.as_os_str().as_encoded_bytes(), b"a/Gr\xf6\xdfe.txt");
        assert_eq!(to_text(&path), "a/Gr\u{eff6}\u{efdf}e.txt");
        assert_eq!(from_text("a/Größe.txt"), "a/Größe.txt");
    }

    const PIECES: &[&[u8]] =
        &[b"a", b"/", b"\n", b"\xf6", b"\xc3", b"\xb6", b"\xee", b"\xbe", b"\xbf", b"\x80", b"\xff", b"\xed\xa0\x80"];

    /// Bytes that are mostly near to what matters: ASCII, pieces of UTF-8, and the characters that stand for bytes.
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
        fn every_name_comes_back_from_its_text(name in name()) {
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
        fn an_exact_text_comes_back_from_its_name(text in "[ab\u{ef80}\u{efbf}\u{efc3}\u{efee}ä/]{0,12}") {
            prop_assert_eq!(bytes_to_text(&text_to_bytes(&text)) == text, is_exact(&text));
        }
    }
}
