//! Numbers with separators between thousands.

/// A number such as `1,234.5`, `1.234.567` or `12 000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grouped<'a> {
    /// The separator between the groups.
    pub separator: char,
    /// The groups, with their separators and without the sign.
    pub whole: &'a str,
    /// The decimal separator and the digits after it.
    pub fraction: Option<(char, &'a str)>,
    pub is_negative: bool,
}

/// The separators other than point and comma.
pub(crate) const SEPARATORS: &[char] = &['\'', '’', ' ', '_', '\u{a0}', '\u{202f}', '\u{2009}', '\u{66c}'];

impl<'a> Grouped<'a> {
    /// A number with at least two groups of digits: one to three digits, then three each; in India two each before the last.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let is_negative = bytes.first() == Some(&b'-');
        let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
        if unsigned.len() > 80 {
            return None;
        }
        let text = std::str::from_utf8(unsigned).ok()?;
        let separator = text.chars().find(|letter| !letter.is_ascii_digit())?;
        let is_fraction_sign: fn(char) -> bool = match separator {
            ',' => |letter| letter == '.',
            '.' => |letter| letter == ',',
            _ if SEPARATORS.contains(&separator) => |letter| matches!(letter, '.' | ','),
            _ => return None,
        };
        let (whole, fraction) = match text.char_indices().find(|(_, letter)| is_fraction_sign(*letter)) {
            Some((at, sign)) => (&text[..at], Some((sign, &text[at + 1..]))),
            None => (text, None),
        };
        if fraction.is_some_and(|(_, digits)| digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit())) {
            return None;
        }
        let groups: Vec<&str> = whole.split(separator).collect();
        let are_digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
        let (first, last) = (groups.first()?, groups.last()?);
        let between = &groups[1..groups.len().max(2) - 1];
        // `0,123` is a fraction, because thousands never follow a zero.
        let is_grouped = groups.len() > 1
            && are_digits
            && !first.starts_with('0')
            && last.len() == 3
            && ((1..=3).contains(&first.len()) && between.iter().all(|group| group.len() == 3)
                || (1..=2).contains(&first.len()) && separator == ',' && between.iter().all(|group| group.len() == 2));
        is_grouped.then_some(Self { separator, whole, fraction, is_negative })
    }

    /// Whether it could also be a number with one decimal separator, such as `1.234`.
    pub(crate) fn is_doubtful(&self) -> bool {
        matches!(self.separator, '.' | ',')
            && self.fraction.is_none()
            && self.whole.matches(self.separator).count() == 1
    }

    /// The number without separators, with this decimal separator.
    pub(crate) fn plain(&self, decimal: char) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        let digits: String = self.whole.chars().filter(char::is_ascii_digit).collect();
        match self.fraction {
            Some((_, fraction)) => format!("{sign}{digits}{decimal}{fraction}"),
            None => format!("{sign}{digits}"),
        }
    }
}

/// The possible meanings of a number with thousands separators, written without them and with `decimal` as the decimal
/// separator. There are two if the separator may also be the decimal separator, and none if it is not such a number.
pub(crate) fn readings(bytes: &[u8], decimal: u8) -> Vec<String> {
    let Some(grouped) = Grouped::parse(bytes) else { return Vec::new() };
    let decimal = char::from(decimal);
    let mut readings = vec![grouped.plain(decimal)];
    if grouped.is_doubtful() {
        let sign = if grouped.is_negative { "-" } else { "" };
        readings.push(format!("{sign}{}", grouped.whole.replace(grouped.separator, &decimal.to_string())));
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands() {
        let is_grouped = |text: &str| Grouped::parse(text.as_bytes()).is_some();
        for yes in [
            "1,234",
            "-12,345.6",
            "1 000 000",
            "1'000",
            "1_000",
            "1.234.567",
            "1.234,5",
            "12\u{a0}000",
            "1.234",
            "1'234,5",
            "12\u{202f}345.25",
            "12,34,567",
            "1,23,456.5",
        ] {
            assert!(is_grouped(yes), "{yes}");
        }
        for no in [
            "1234", "1,5", "1,2345", "1,234,56", "a,bcd", "", "1234,567", "0,123", "-0,123", "1,,234", ",234",
            "1 23 456",
        ] {
            assert!(!is_grouped(no), "{no}");
        }
    }

    #[test]
    fn a_reading_keeps_the_value() {
        let check =
            |text: &str, decimal: u8, expect: &[&str]| assert_eq!(readings(text.as_bytes(), decimal), expect, "{text}");
        check("1.024,5", b',', &["1024,5"]);
        check("1.024,5", b'.', &["1024.5"]);
        check("-1,024.5", b'.', &["-1024.5"]);
        check("1,024.5", b',', &["1024,5"]);
        check("+1 000 000", b'.', &["1000000"]);
        check("1.234.567", b',', &["1234567"]);
        check("12,345", b'.', &["12345", "12.345"]);
        check("12.345", b',', &["12345", "12,345"]);
        check("1.5", b'.', &[]);
        check("0,123", b'.', &[]);
    }

    proptest::proptest! {
        #[test]
        fn a_grouped_number_is_read_back(value: i64, separator in "[,.' _\u{a0}\u{202f}]") {
            let digits = value.unsigned_abs().to_string();
            let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
            let text = groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(&separator);
            let text = format!("{}{text}", if value < 0 { "-" } else { "" });
            if let Some(found) = Grouped::parse(text.as_bytes()) {
                proptest::prop_assert_eq!(found.plain('.'), value.to_string());
            } else {
                proptest::prop_assert!(value.unsigned_abs() < 1000);
            }
        }
    }
}
