//! Letters that look like others, or that keyboards of East Asia and typesetting write: `㎡`, `ｍ／ｓ`, the sign for kelvin,
//! `s^{-1}`, `cm$^2$`. They are replaced by plain ones before a unit is parsed.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::diagnostic::Diagnostic;

/// A text with plain letters, and the place of each byte in the original.
pub(super) struct Plain {
    pub text: String,
    /// For each byte of the text, and for its end: where it comes from.
    places: Vec<usize>,
}

impl Plain {
    /// The place in the original text.
    pub(super) fn original(&self, span: &Range<usize>) -> Range<usize> {
        let at = |place: usize| self.places.get(place).or(self.places.last()).copied().unwrap_or_default();
        at(span.start)..at(span.end)
    }

    fn push(&mut self, letters: &str, from: usize) {
        self.text.push_str(letters);
        self.places.extend(letters.bytes().map(|_| from));
    }
}

/// Words of typesetting and of web pages, with their meaning.
const WORDS: [(&str, &str); 48] = [
    ("^{\\circ}", "°"),
    ("^\\circ", "°"),
    ("\\circ", "°"),
    ("^{o}C", "°C"),
    ("^oC", "°C"),
    ("^{o}F", "°F"),
    ("^oF", "°F"),
    ("^°", "°"),
    ("\\degreeCelsius", "°C"),
    ("\\celsius", "°C"),
    ("\\textdegree", "°"),
    ("\\degree", "°"),
    ("\\cdot", "·"),
    ("\\times", "×"),
    ("\\mu", "µ"),
    ("\\textmu", "µ"),
    ("\\Omega", "Ω"),
    ("\\AA", "Å"),
    ("\\angstrom", "Å"),
    ("\\%", "%"),
    ("\\,", " "),
    ("\\;", " "),
    ("\\!", ""),
    ("\\ ", " "),
    ("_{\\odot}", "_⊙"),
    ("_\\odot", "_⊙"),
    ("_{\\oplus}", "_⊕"),
    ("_\\oplus", "_⊕"),
    ("~", " "),
    ("&deg;", "°"),
    ("&#176;", "°"),
    ("&micro;", "µ"),
    ("&middot;", "·"),
    ("&sup2;", "²"),
    ("&sup3;", "³"),
    ("&minus;", "-"),
    ("&nbsp;", " "),
    ("<sup>2</sup>", "^2"),
    ("<sup>3</sup>", "^3"),
    ("<sup>-1</sup>", "^-1"),
    ("<sup>-2</sup>", "^-2"),
    ("<sup>-3</sup>", "^-3"),
    // A file in UTF-8 that was read as Latin-1 on its way.
    ("Â°", "°"),
    ("Âµ", "µ"),
    ("Â²", "²"),
    ("Â³", "³"),
    ("Â·", "·"),
    ("Âº", "°"),
];

/// Groups of typesetting: their braces are dropped.
const GROUPS: [&str; 7] = ["\\mathrm{", "\\text{", "\\textrm{", "\\rm{", "\\mathit{", "\\unit{", "\\si{"];

/// The text with plain letters, or why it is no unit.
pub(super) fn plain(original: &str) -> Result<Plain, Diagnostic> {
    let mut plain =
        Plain { text: String::with_capacity(original.len()), places: Vec::with_capacity(original.len() + 1) };
    let dollars = original.matches('$').count();
    let typeset = dollars >= 2 && dollars.is_multiple_of(2);
    // Closing braces that belong to dropped opening ones: what is written in their place.
    let mut closing: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(letter) = original[at..].chars().next() {
        let rest = &original[at..];
        if let Some((word, meaning)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            plain.push(meaning, at);
            at += word.len();
            continue;
        }
        if let Some(group) = GROUPS.iter().find(|group| rest.starts_with(**group)) {
            closing.push("");
            at += group.len();
            continue;
        }
        let width = letter.len_utf8();
        match letter {
            '^' if rest.starts_with("^{") => {
                closing.push(")");
                plain.push("^(", at);
                at += 1;
            }
            '}' if !closing.is_empty() => plain.push(closing.pop().unwrap_or_default(), at),
            '{' if !closing.is_empty() => return Err(strange(letter, at)),
            '$' if typeset => {}
            '\\' => {
                let letters = rest[1..].chars().take_while(char::is_ascii_alphabetic).count().max(1);
                let word: usize = rest.chars().take(1 + letters).map(char::len_utf8).sum();
                let message = format!("`{}` is typesetting that Hven does not know", &rest[..word]);
                return Err(
                    Diagnostic::new(at..at + word, message).help("write the unit plainly, such as `kg m^2 s^-2`")
                );
            }
            _ => {
                let replaced = replaced(letter, rest, at, &plain.text)?;
                if replaced.ends_with(|c: char| c.is_ascii_digit())
                    && !letter.is_ascii_digit()
                    && rest[width..].starts_with(|c: char| c.is_ascii_digit() || c == '^')
                {
                    return Err(strange(letter, at));
                }
                plain.push(&replaced, at);
            }
        }
        at += width;
    }
    plain.places.push(original.len());
    // `x10^9/L` and `×10^9/L` are counts of laboratories.
    let start = plain.text.len() - plain.text.trim_start().len();
    let times =
        plain.text[start..].strip_prefix(['x', 'X', '×', '*']).filter(|rest| rest.trim_start().starts_with("10"));
    if let Some(length) = times.map(|rest| plain.text.len() - rest.len()) {
        plain.text.drain(..length);
        plain.places.drain(..length);
    }
    Ok(plain)
}

fn strange(letter: char, at: usize) -> Diagnostic {
    Diagnostic::new(at..at + letter.len_utf8(), format!("`{letter}` cannot stand here in a unit"))
        .help("write the unit plainly, such as `kg m^2 s^-2`")
}

/// The plain letters for one letter; `before` is the text so far.
fn replaced(letter: char, rest: &str, at: usize, before: &str) -> Result<String, Diagnostic> {
    let refuse = |message: &str, help: &str| {
        let message = format!("`{letter}` {message}");
        Err(Diagnostic::new(at..at + letter.len_utf8(), message).help(help.to_owned()))
    };
    let to = match letter {
        _ if letter.is_ascii() => return Ok(letter.to_string()),
        '\u{fffd}' => return refuse("stands for a letter that was lost", "read the file with its own encoding"),
        'ℎ' => return refuse("is Planck's constant in one letter", "write `h` for hours, or `[h]` for the constant"),
        '㏗' => return refuse("is logarithmic", "store the activity in `mol/L`, or the pH with the unit `1`"),
        '㏂' | '㏘' | '㏇' | '㏍' | '㏒' | '㏑' | '㍵' | '㍲' => {
            return refuse("is no unit", "write the unit in plain letters");
        }
        '\u{3bc}' => "µ",
        // Degrees.
        'º' | '˚' | 'ᵒ' | '∘' | '゜' => "°",
        '⁰' if !before.ends_with(|c: char| c.is_alphanumeric() || "^-⁻⁰¹²³⁴⁵⁶⁷⁸⁹".contains(c))
            && rest['⁰'.len_utf8()..].trim_start().starts_with(['C', 'F', 'K', 'c', 'f']) =>
        {
            "°"
        }
        // Signs of multiplication and division.
        '∙' | '•' | '・' | '･' | '·' | '‧' | '⋅' | '●' => "·",
        '✕' | '✖' | '⨯' | '╳' => "×",
        '∗' | '＊' | '⁎' => "*",
        '∕' | '⁄' | '／' | '÷' | '⧸' => "/",
        '−' | '–' | '‒' | '—' | '‐' | '‑' | '﹣' | '－' => "-",
        '∆' => "Δ",
        // Blanks, and letters without a width.
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}' => "",
        // Signs and squares of units.
        '℃' | '℉' | 'ℓ' | '\u{212a}' | '\u{212b}' | '\u{2126}' => return Ok(decomposed(letter)),
        '\u{3300}'..='\u{33ff}'
        | '\u{ff01}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffee}'
        | '\u{1d400}'..='\u{1d7ff}'
        | '\u{2474}'..='\u{24ff}'
        | '\u{fb00}'..='\u{fb06}' => {
            return Ok(decomposed(letter));
        }
        other => return Ok(other.to_string()),
    };
    Ok(to.to_owned())
}

/// The letters that a sign is made of.
fn decomposed(letter: char) -> String {
    let plain = |letter| match letter {
        '\u{3bc}' => 'µ',
        '∕' | '⁄' => '/',
        other => other,
    };
    std::iter::once(letter).nfkc().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_plain() {
        let check = |text: &str, expect: &str| assert_eq!(plain(text).unwrap().text, expect, "{text}");
        check("㎡", "m2");
        check("㎥/s", "m3/s");
        check("㎍/㎥", "µg/m3");
        check("㎨", "m/s2");
        check("ｍ／ｓ", "m/s");
        check("（㎏）", "(kg)");
        check("\u{212a}", "K");
        check("m·s^{-1}", "m·s^(-1)");
        check("cm$^2$", "cm^2");
        check("$\\mathrm{kg\\,m^{-3}}$", "kg m^(-3)");
        check("M_{\\odot}", "M_⊙");
        check("ºC", "°C");
        check("⁰C", "°C");
        check("10⁰ m", "10⁰ m");
        check("x10^9/L", "10^9/L");
        check("m s–1", "m s-1");
        check("{cells}/mL", "{cells}/mL");
        check("$", "$");
    }

    #[test]
    fn places_are_those_of_the_original() {
        let text = "㎡/㎏x";
        let plain = plain(text).unwrap();
        assert_eq!((plain.text.as_str(), plain.original(&(3..6))), ("m2/kgx", 4..8));
        assert_eq!(&text[plain.original(&(0..2))], "㎡");
    }
}
