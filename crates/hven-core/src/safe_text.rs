//! Makes foreign text safe to show: nothing in it moves the cursor, changes a title or a colour, changes the direction of the
//! following text, or is hidden.
//!
//! A terminal executes control sequences, and a page follows direction marks in text. So names, logs and messages pass through
//! one of these functions before a person sees them. Escaped characters are shown by their codes, as in `\u{202e}`.

use std::{borrow::Cow, fmt::Write as _};

use crate::{
    control_sequence::{Sequence, erases_line, is_colour, sequence},
    file_name,
};

/// The text with every character escaped that controls a terminal or hides text. Line ends and tabs stay. Bytes of names that
/// are not UTF-8 are shown as numbers, as in `\xF6`.
pub fn safe_text(text: &str) -> Cow<'_, str> {
    match file_name::show_bytes(text) {
        Cow::Borrowed(text) => safe_after(None, text),
        Cow::Owned(text) => Cow::Owned(safe_after(None, &text).into_owned()),
    }
}

/// A name for people, on one line: characters that control a terminal or hide text are shown by their codes, bytes that are not
/// text as numbers, as in `Gr\xF6sse.txt`.
pub fn shown_name(text: &str) -> Cow<'_, str> {
    let safe = safe_text(text);
    if !safe.contains(['\n', '\t']) {
        return safe;
    }
    Cow::Owned(safe.replace('\n', r"\n").replace('\t', r"\t"))
}

/// The text after a given character, with controlling and hiding characters escaped.
fn safe_after(mut before: Option<char>, text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_steering(c) || is_joiner(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // Persian words and some emoji need a joiner between their letters; in an ASCII word it only hides text.
        let joins = is_joiner(c) && before.is_some_and(is_joined) && rest.peek().copied().is_some_and(is_joined);
        if is_steering(c) || (is_joiner(c) && !joins) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(safe)
}

/// JSON with the same characters in its strings written as `\u202e`: it has the same value, and is safe in a terminal.
pub fn safe_json(json: &str) -> Cow<'_, str> {
    let is_raw = |c: char| (is_steering(c) && c != '\r') || is_joiner(c);
    if !json.chars().any(is_raw) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_raw(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_joined(c: char) -> bool {
    !c.is_ascii() && !is_steering(c) && !is_joiner(c)
}

/// Whether a character is invisible or controls a terminal: control characters other than line end and tab, direction marks,
/// and zero-width characters.
pub fn is_steering(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !matches!(c, '\n' | '\t');
    }
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Makes the output of a task safe, piece by piece: colours pass if they are wanted, every other control sequence is escaped.
/// Bytes that are not UTF-8 are shown as numbers.
#[derive(Debug, Default)]
pub struct SafeLog {
    colours: bool,
    /// The pieces are separate states of lines, see [`crate::log_line`].
    of_states: bool,
    /// The beginning of a character or sequence that is not complete yet.
    held: Vec<u8>,
    /// The last shown character, unless something other than text followed it.
    before: Option<char>,
    is_coloured: bool,
}

impl SafeLog {
    pub fn new(colours: bool) -> Self {
        Self { colours, ..Self::default() }
    }

    /// For separate states of lines. A state needs no sequences that erase a line, so these are left out.
    pub fn of_states(colours: bool) -> Self {
        Self { of_states: true, ..Self::new(colours) }
    }

    /// Appends the part of the bytes so far that can be shown to `out`.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let shown = self.show(&all, false, out);
        self.held = all.split_off(shown);
    }

    /// Ends the log: held bytes are shown, and colours are reset.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        self.show(&held, true, out);
        self.before = None;
        if std::mem::take(&mut self.is_coloured) {
            out.extend_from_slice(b"\x1b[0m");
        }
    }

    /// Returns how many bytes were used.
    fn show(&mut self, bytes: &[u8], is_last: bool, out: &mut Vec<u8>) -> usize {
        let mut place = 0;
        while let Some(first) = bytes.get(place) {
            let rest = &bytes[place..];
            if matches!(first, b'\r' | b'\x1b') {
                self.before = None;
            }
            match first {
                b'\r' if rest.len() == 1 && !is_last => return place,
                b'\r' if rest.get(1) == Some(&b'\n') => place += 1,
                b'\x1b' if self.colours || self.of_states => match sequence(rest) {
                    Sequence::Whole(length) if self.colours && is_colour(&rest[..length]) => {
                        out.extend_from_slice(&rest[..length]);
                        self.is_coloured = true;
                        place += length;
                    }
                    Sequence::Whole(length) if self.of_states && erases_line(&rest[..length]) => place += length,
                    Sequence::Unfinished if !is_last => return place,
                    _ => {
                        out.extend_from_slice(b"\\u{1b}");
                        place += 1;
                    }
                },
                b'\r' | b'\x1b' => {
                    out.extend_from_slice(if *first == b'\r' { b"\\r" } else { b"\\u{1b}" });
                    place += 1;
                }
                _ => {
                    let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\x1b')).unwrap_or(rest.len());
                    let used = self.show_text(&rest[..end], is_last || end < rest.len(), out);
                    if used == 0 {
                        return place;
                    }
                    place += used;
                }
            }
        }
        place
    }

    /// Shows bytes without escapes; returns how many were used. Fewer than all when a character is not complete yet, or when
    /// the next character decides how the last one is shown.
    fn show_text(&mut self, bytes: &[u8], is_last: bool, out: &mut Vec<u8>) -> usize {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            let (valid, wrong) = match std::str::from_utf8(rest) {
                Ok(text) => (text, None),
                Err(error) => {
                    let valid = std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default();
                    (valid, Some(error.error_len()))
                }
            };
            let text_follows = !is_last && matches!(wrong, None | Some(None));
            let shown = if text_follows { valid.strip_suffix(is_joiner).unwrap_or(valid) } else { valid };
            out.extend_from_slice(safe_after(self.before, shown).as_bytes());
            self.before = shown.chars().next_back().or(self.before);
            used += shown.len();
            let length = match wrong {
                None => return used,
                Some(None) if !is_last => return used,
                Some(None) => bytes.len() - used,
                Some(Some(length)) => length,
            };
            self.before = None;
            for byte in &bytes[used..used + length] {
                out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
            }
            used += length;
            if used == bytes.len() {
                return used;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn controlling_and_hiding_characters_are_shown_by_their_codes() {
        let check = |text: &str, wanted: &str| assert_eq!(safe_text(text), wanted, "{text:?}");
        check("plain, ö, 行星\n\tline", "plain, ö, 行星\n\tline");
        check("\x1b[31mred\x1b[0m", r"\u{1b}[31mred\u{1b}[0m");
        check("\x1b]0;title\x07", r"\u{1b}]0;title\u{7}");
        check("8 bit: \u{9b}2J", r"8 bit: \u{9b}2J");
        check("over\rwritten \u{8}\u{7f}", r"over\rwritten \u{8}\u{7f}");
        check("if admin \u{202e} } \u{2066}", r"if admin \u{202e} } \u{2066}");
        check("pay\u{200b}pal \u{feff}\u{ad}", r"pay\u{200b}pal \u{feff}\u{ad}");
        check("pay\u{200d}pal", r"pay\u{200d}pal");
        check("می\u{200c}خواهم 👩\u{200d}🔬", "می\u{200c}خواهم 👩\u{200d}🔬");
        check("\u{200d}", r"\u{200d}");
        check("Gr\u{eff6}sse.txt \u{200d}\u{eff6}", r"Gr\xF6sse.txt \u{200d}\xF6");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({ "a\u{202e}": "\u{9b}2J\u{1b}\r\n\u{e0041}\u{200d}é\u{7f}" });
        let text = value.to_string();
        let safe = safe_json(&text);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).expect("JSON"), value);
        assert_eq!(safe_text(&safe), safe, "nothing is left to escape");
    }

    fn logged(colours: bool, pieces: &[&[u8]]) -> String {
        shown_by(SafeLog::new(colours), pieces)
    }

    fn shown_by(mut log: SafeLog, pieces: &[&[u8]]) -> String {
        let mut out = Vec::new();
        for piece in pieces {
            log.feed(piece, &mut out);
        }
        log.finish(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn only_colours_of_a_log_pass() {
        assert_eq!(logged(true, &[b"\x1b[1;3", b"1mred\x1b[0m\r", b"\n"]), "\x1b[1;31mred\x1b[0m\n\x1b[0m");
        assert_eq!(logged(false, &[b"\x1b[31mred"]), r"\u{1b}[31mred");
        assert_eq!(logged(true, &[b"\x1b[2J\x1b]0;x\x07"]), r"\u{1b}[2J\u{1b}]0;x\u{7}");
        assert_eq!(logged(true, &[b"\x1b"]), r"\u{1b}");
        assert_eq!(logged(true, &[b"10%\r20%\r"]), r"10%\r20%\r");
        assert_eq!(logged(true, &["é".as_bytes().split_at(1).0, "é".as_bytes().split_at(1).1]), "é");
        assert_eq!(logged(true, &[b"\x9b2J\xff \xc3"]), r"\x9b2J\xff \xc3");
        for pieces in [["👩\u{200d}", "🔬"], ["👩", "\u{200d}🔬"]] {
            assert_eq!(logged(true, &pieces.map(str::as_bytes)), "👩\u{200d}🔬");
        }
        assert_eq!(logged(true, &["pay\u{200d}".as_bytes(), b"pal"]), r"pay\u{200d}pal");
    }

    #[test]
    fn sequences_that_erase_lines_are_left_out_of_states() {
        let check = |colours, pieces: &[&[u8]], expect: &str| {
            assert_eq!(shown_by(SafeLog::of_states(colours), pieces), expect);
        };
        check(false, &[b"\x1b[2K50%\x1b", b"[K!"], "50%!");
        check(true, &[b"\x1b[2", b"K\x1b[32m50%\x1b[0m\x1b[1K"], "\x1b[32m50%\x1b[0m\x1b[0m");
        check(false, &[b"\x1b[31m\x1b[2J\x1b[A\x1b[3K\x1b["], r"\u{1b}[31m\u{1b}[2J\u{1b}[A\u{1b}[3K\u{1b}[");
        assert_eq!(logged(true, &[b"\x1b[K"]), r"\u{1b}[K", "elsewhere it is shown");
    }

    proptest! {
        #[test]
        fn pieces_of_a_log_give_the_same_as_the_whole(
            parts in prop::collection::vec(prop::sample::select(vec![
                "a", "\x1b", "[", "31", ";", "m", "\r", "\n", "é", "\u{9b}", "\u{202e}", "]0;", "\u{200d}",
            ]), 0..24),
            size in 1_usize..7,
            colours in any::<bool>(),
        ) {
            let text = parts.concat();
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let whole = logged(colours, &[text.as_bytes()]);
            prop_assert_eq!(&logged(colours, &pieces), &whole);
            for (place, _) in whole.match_indices('\x1b') {
                let rest = &whole.as_bytes()[place..];
                let is_colour = matches!(sequence(rest), Sequence::Whole(length) if is_colour(&rest[..length]));
                prop_assert!(is_colour, "{:?}", whole);
            }
            let never = ['\r', '\u{9b}', '\u{202e}'];
            prop_assert!(!whole.contains(never));
        }
    }
}
