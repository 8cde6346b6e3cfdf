//! Control sequences that begin with `ESC [`: colours and other text styles (`ESC [ 1;31 m`), erasing a line (`ESC [ K`),
//! moving the cursor. A text may be cut anywhere, so its last bytes may be the beginning of a sequence.

/// A longer sequence is treated as text.
const BYTES_MAX: usize = 64;

/// The kind of the bytes at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// A control sequence with this many bytes.
    Whole(usize),
    /// All bytes are the beginning of a sequence.
    Unfinished,
    None,
}

/// Examines the start of some bytes.
pub fn sequence(bytes: &[u8]) -> Sequence {
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    match bytes {
        [0x1b] => return Sequence::Unfinished,
        [0x1b, b'[', ..] => {}
        _ => return Sequence::None,
    }
    let body = &bytes[2..];
    let parameters = body.iter().take_while(|byte| matches!(byte, 0x30..=0x3f)).count();
    let intermediates = body[parameters..].iter().take_while(|byte| matches!(byte, 0x20..=0x2f)).count();
    match body.get(parameters + intermediates) {
        Some(0x40..=0x7e) => Sequence::Whole(2 + parameters + intermediates + 1),
        None if bytes.len() < BYTES_MAX => Sequence::Unfinished,
        _ => Sequence::None,
    }
}

/// Whether a sequence sets a colour or another text style.
pub fn is_colour(sequence: &[u8]) -> bool {
    let parameters = sequence.strip_prefix(b"\x1b[").and_then(|rest| rest.strip_suffix(b"m"));
    parameters.is_some_and(|all| all.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')))
}

/// Whether a sequence erases the line after the cursor, before it, or completely.
pub fn erases_line(sequence: &[u8]) -> bool {
    matches!(sequence, b"\x1b[K" | b"\x1b[0K" | b"\x1b[1K" | b"\x1b[2K")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_differ_from_text() {
        let check = |bytes: &[u8], expect| assert_eq!(sequence(bytes), expect, "{}", bytes.escape_ascii());
        check(b"\x1b[31mred", Sequence::Whole(5));
        check(b"\x1b[mplain", Sequence::Whole(3));
        check(b"\x1b[?25l", Sequence::Whole(6));
        check(b"\x1b[2 qcursor", Sequence::Whole(5));
        check(b"\x1b[2K", Sequence::Whole(4));
        for unfinished in [&b"\x1b"[..], b"\x1b[", b"\x1b[1;3", b"\x1b[2 "] {
            check(unfinished, Sequence::Unfinished);
        }
        for text in [&b""[..], b"[31m", b"\x1b]0;title", b"\x1b[1\n", b"\x1b\x1b[m"] {
            check(text, Sequence::None);
        }
    }

    #[test]
    fn a_too_long_sequence_is_text_wherever_it_is_cut() {
        let bytes = |digits: usize| [b"\x1b[".to_vec(), vec![b'1'; digits], b"m".to_vec()].concat();
        assert_eq!(sequence(&bytes(BYTES_MAX - 3)), Sequence::Whole(BYTES_MAX));
        assert_eq!(sequence(&bytes(BYTES_MAX - 2)), Sequence::None);
        let cut = |length: usize| sequence(&bytes(BYTES_MAX)[..length]);
        assert_eq!((cut(BYTES_MAX - 1), cut(BYTES_MAX)), (Sequence::Unfinished, Sequence::None));
    }

    #[test]
    fn colours_differ_from_erasing() {
        let check = |bytes: &[u8], expect| {
            assert_eq!((is_colour(bytes), erases_line(bytes)), expect, "{}", bytes.escape_ascii());
        };
        check(b"\x1b[1;31m", (true, false));
        check(b"\x1b[38:5:196m", (true, false));
        check(b"\x1b[m", (true, false));
        check(b"\x1b[>4m", (false, false));
        check(b"\x1b[K", (false, true));
        check(b"\x1b[2K", (false, true));
        check(b"\x1b[2J", (false, false));
    }
}
