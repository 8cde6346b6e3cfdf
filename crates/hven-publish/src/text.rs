//! Text inside HTML, SVG and other languages: text from persons is never interpreted there.

/// Writes to the end of a `String`, as `format!` does; this cannot fail.
macro_rules! put {
    ($to:expr, $($text:tt)*) => {{
        use std::fmt::Write as _;
        let _ = $to.write_fmt(format_args!($($text)*));
    }};
}
pub(crate) use put;

use hven_core::safe_text::safe_text;
use maud::Markup;

/// A page or a picture as it is written to a file. `maud` has escaped all text as markup. Here control characters and
/// characters that steer or hide text, some of which XML forbids, are replaced by their codes. Markup contains none of them.
pub(crate) fn document(markup: &Markup) -> String {
    let mut document = safe_text(&markup.0).into_owned();
    document.push('\n');
    document
}

/// One word of a POSIX shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A size for people: `3.1 kB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// `1 output`, `2 outputs`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A number with six significant digits.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..7.0).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let digits = (5.0 - magnitude).max(0.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A duration for people.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        value if value < 60.0 => format!("{} s", number((value * 1000.0).round() / 1000.0)),
        value if value < 5400.0 => format!("{:.1} min", value / 60.0),
        value => format!("{:.1} h", value / 3600.0),
    }
}

/// The number of earlier tries, as a sentence without its full stop.
pub(crate) fn ledger(ledger: &hven_core::claim::Ledger) -> String {
    let text = ledger.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn a_document_holds_text_as_text() {
        let check = |text: &str, expect: &str| {
            assert_eq!(document(&html! { (text) }), format!("{expect}\n"));
            assert_eq!(document(&html! { p title=(text) {} }), format!("<p title=\"{expect}\"></p>\n"));
        };
        check("<a href=\"x\">&", "&lt;a href=&quot;x&quot;&gt;&amp;");
        check("a\u{0}\u{1b}\u{202e}b\u{fffe}", r"a\u{0}\u{1b}\u{202e}b\u{fffe}");
    }

    #[test]
    fn text_is_written_for_its_place() {
        assert_eq!(shell_word("a b'c"), r"'a b'\''c'");
        assert_eq!(shell_word("--lr=0.01"), "--lr=0.01");
        assert_eq!(shell_word(""), "''");
        for (count, expect) in [(0, "0 B"), (999, "999 B"), (3100, "3.1 kB"), (12_345, "12 kB"), (999_600, "1.0 MB")] {
            assert_eq!(bytes(count), expect);
        }
        for (value, expect) in [
            (1.5, "1.5"),
            (0.999_912_3, "0.999912"),
            (12_345_678.0, "1.23457e7"),
            (0.0, "0"),
            (-2.0, "-2"),
            (120.0, "120"),
        ] {
            assert_eq!(number(value), expect);
        }
        for (value, expect) in [(0.0123, "0.012 s"), (41.0, "41 s"), (90.0, "1.5 min"), (7200.0, "2.0 h")] {
            assert_eq!(seconds(value), expect);
        }
    }
}
