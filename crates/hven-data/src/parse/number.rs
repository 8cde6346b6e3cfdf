//! Parses numbers in the forms that occur in tables.

/// The longest number at the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Its length in bytes.
    pub end: usize,
    /// It has neither a fraction nor an exponent.
    pub whole: bool,
    /// The number of digits before the point, without leading zeros.
    pub digits: usize,
    /// A whole number with leading zeros, such as `007`.
    pub padded: bool,
    pub exponent: bool,
}

/// Finds the number at the start of `bytes`: a sign, digits with at most one `decimal` sign, an exponent.
pub(crate) fn scan(bytes: &[u8], decimal: u8) -> Option<Scanned> {
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let first = at;
    while at < bytes.len() && bytes[at].is_ascii_digit() {
        at += 1;
    }
    let whole_digits = at - first;
    let zeros = bytes[first..at].iter().take_while(|digit| **digit == b'0').count().min(whole_digits.saturating_sub(1));
    let mut whole = true;
    let mut fraction_digits = 0;
    if bytes.get(at) == Some(&decimal) {
        let mut end = at + 1;
        while end < bytes.len() && bytes[end].is_ascii_digit() {
            end += 1;
        }
        fraction_digits = end - at - 1;
        if whole_digits + fraction_digits > 0 {
            whole = false;
            at = end;
        }
    }
    if whole_digits + fraction_digits == 0 {
        return None;
    }
    let mut exponent = false;
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let mut end = signed;
        while end < bytes.len() && bytes[end].is_ascii_digit() {
            end += 1;
        }
        if end > signed {
            (exponent, whole, at) = (true, false, end);
        }
    }
    Some(Scanned { end: at, whole, digits: whole_digits - zeros, padded: whole && zeros > 0, exponent })
}

/// Parses a whole number within 64 bits. `None` also if it is too large.
pub(crate) fn int64(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() {
        return None;
    }
    if digits.len() <= 18 {
        let mut value = 0_i64;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        return Some(if negative { -value } else { value });
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// The powers of ten that a 64-bit float represents exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Parses to the nearest 64-bit float; infinite if the number is too large. `None` if it is not a number.
pub(crate) fn float64(bytes: &[u8], decimal: u8) -> Option<f64> {
    match short_float64(bytes, decimal) {
        Some(value) => Some(value),
        None => long_float64(bytes, decimal),
    }
}

/// The common case: few digits and no exponent. Digits and power are exact, so the single division rounds correctly.
fn short_float64(bytes: &[u8], decimal: u8) -> Option<f64> {
    let (negative, rest) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if rest.len() > 16 || rest.is_empty() {
        return None;
    }
    let mut digits = 0_u64;
    let mut point = usize::MAX;
    for (at, byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            digits = digits * 10 + u64::from(digit);
        } else if *byte == decimal && point == usize::MAX {
            point = at;
        } else {
            return None;
        }
    }
    let places = if point == usize::MAX { 0 } else { rest.len() - 1 - point };
    if digits > 1 << 53 || (rest.len() == 1 && point == 0) {
        return None;
    }
    let value = digits as f64 / POWERS[places];
    Some(if negative { -value } else { value })
}

#[cold]
fn long_float64(bytes: &[u8], decimal: u8) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let scanned = scan(bytes, decimal);
    if scanned.is_none_or(|it| it.end != bytes.len()) {
        // Words: the standard library parses inf, infinity and nan in upper or lower case.
        let word = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
        return matches!(word.as_str(), "inf" | "infinity" | "nan").then(|| text.parse().ok()).flatten();
    }
    if decimal == b'.' { text.parse().ok() } else { text.replace(char::from(decimal), ".").parse().ok() }
}

/// Why a decimal number cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalFault {
    NotANumber,
    /// Too many digits before the point.
    TooLarge,
    /// Too many digits after the point that are not zero.
    TooFine,
}

/// Parses a decimal number to a whole number of units of its last digit.
pub(crate) fn decimal(bytes: &[u8], decimal: u8, precision: u8, scale: u8) -> Result<i128, DecimalFault> {
    let scanned =
        scan(bytes, decimal).filter(|it| it.end == bytes.len() && !it.exponent).ok_or(DecimalFault::NotANumber)?;
    let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let point = unsigned.iter().position(|byte| *byte == decimal).unwrap_or(unsigned.len());
    if scanned.digits > usize::from(precision - scale) && unsigned[..point].iter().any(|digit| *digit != b'0') {
        return Err(DecimalFault::TooLarge);
    }
    let fraction = unsigned.get(point + 1..).unwrap_or_default();
    let (kept, lost) = fraction.split_at(fraction.len().min(scale.into()));
    if lost.iter().any(|digit| *digit != b'0') {
        return Err(DecimalFault::TooFine);
    }
    let zeros = std::iter::repeat_n(&b'0', usize::from(scale) - kept.len());
    let digits = unsigned[..point].iter().chain(kept).chain(zeros);
    // At most 38 significant digits, which fit into 128 bits.
    let value = digits.fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    Ok(if bytes.first() == Some(&b'-') { -value } else { value })
}

/// Formats a decimal number: the inverse of [`decimal`].
pub(crate) fn decimal_text(value: i128, scale: u8) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    format!("{sign}{whole}.{fraction}")
}

/// Whether the bytes are a number with thousands separators: `1,234`, `12 345.6`, `1'000'000`.
pub(crate) fn has_thousands(bytes: &[u8]) -> bool {
    grouped(bytes).is_some()
}

/// The possible meanings of a number with thousands separators, written without them and with `decimal` as the decimal
/// separator. There are two if the separator may also be the decimal separator, and none if it is not such a number.
pub(crate) fn readings(bytes: &[u8], decimal: u8) -> Vec<String> {
    let Some((separator, whole, fraction)) = grouped(bytes) else { return Vec::new() };
    let sign = if bytes.first() == Some(&b'-') { "-" } else { "" };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let decimal = char::from(decimal);
    if !fraction.is_empty() {
        return vec![format!("{sign}{digits}{decimal}{fraction}")];
    }
    let mut readings = vec![format!("{sign}{digits}")];
    if separator == ',' && whole.matches(',').count() == 1 {
        readings.push(format!("{sign}{}", whole.replace(',', &decimal.to_string())));
    }
    readings
}

/// The thousands separator, the part before the fraction, and the fraction.
fn grouped(bytes: &[u8]) -> Option<(char, &str, &str)> {
    let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let text = std::str::from_utf8(unsigned).ok()?;
    let separator = text.chars().find(|letter| !letter.is_ascii_digit())?;
    let fraction_sign = match separator {
        ',' | '\'' | '’' | ' ' | '_' | '\u{a0}' | '\u{202f}' | '\u{2009}' => '.',
        '.' => ',',
        _ => return None,
    };
    let (whole, fraction) = text.split_once(fraction_sign).unwrap_or((text, ""));
    let mut groups = whole.split(separator);
    let digits = |group: &str, sizes: std::ops::RangeInclusive<usize>| {
        sizes.contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    // `0,123` is a fraction, because thousands never follow a zero.
    let is_grouped = groups.next().is_some_and(|group| digits(group, 1..=3) && !group.starts_with('0'))
        && groups.clone().count() > 0
        && groups.all(|group| digits(group, 3..=3))
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        // `1.234` alone is a number with a fraction.
        && (separator != '.' || whole.matches('.').count() > 1 || !fraction.is_empty());
    is_grouped.then_some((separator, whole, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_at_the_beginning() {
        let check = |text: &str, end: usize, whole: bool, digits: usize, padded: bool| {
            let found = scan(text.as_bytes(), b'.').map(|it| (it.end, it.whole, it.digits, it.padded));
            assert_eq!(found, Some((end, whole, digits, padded)), "{text}");
        };
        check("12", 2, true, 2, false);
        check("-007 km", 4, true, 1, true);
        check("0", 1, true, 1, false);
        check("0.50", 4, false, 1, false);
        check(".5", 2, false, 0, false);
        check("5.", 2, false, 1, false);
        check("1e5", 3, false, 1, false);
        check("1e", 1, true, 1, false);
        check("1.2.3", 3, false, 1, false);
        for none in ["", "-", ".", "abc", "e5", "+.e1"] {
            assert_eq!(scan(none.as_bytes(), b'.'), None, "{none}");
        }
    }

    #[test]
    fn floats_are_the_nearest_ones() {
        for text in
            ["0", "-0.0", "1.5", ".5", "5.", "+2", "1e-7", "123456789.123456789", "9007199254740993", "1e22", "4.35"]
        {
            let expect: f64 = text.parse().expect("a number");
            assert_eq!(float64(text.as_bytes(), b'.').map(f64::to_bits), Some(expect.to_bits()), "{text}");
        }
        assert_eq!(float64(b"1,5", b','), Some(1.5));
        assert_eq!(float64(b"1e400", b'.'), Some(f64::INFINITY));
        assert_eq!(float64(b"-Infinity", b'.'), Some(f64::NEG_INFINITY));
        for bad in ["", ".", "-", "1.5.2", "1,5", "abc", "0x10", "1_000", "infinite", " 1"] {
            assert_eq!(float64(bad.as_bytes(), b'.'), None, "{bad}");
        }
    }

    #[test]
    fn whole_numbers_within_their_bits() {
        assert_eq!(int64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(int64(b"9223372036854775808"), None);
        assert_eq!(int64(b"+12"), Some(12));
        for bad in ["", "-", "1.0", "1 2", "0x1"] {
            assert_eq!(int64(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn decimals_keep_every_digit_or_say_why_not() {
        let check = |text: &str, expect: Result<&str, DecimalFault>| {
            let found = decimal(text.as_bytes(), b'.', 6, 2).map(|value| decimal_text(value, 2));
            assert_eq!(found.as_deref().map_err(|fault| *fault), expect, "{text}");
        };
        check("12.3", Ok("12.30"));
        check("-0.05", Ok("-0.05"));
        check("1234.5600", Ok("1234.56"));
        check("0012.00", Ok("12.00"));
        check("7", Ok("7.00"));
        check("12345", Err(DecimalFault::TooLarge));
        check("1.234", Err(DecimalFault::TooFine));
        check("1e3", Err(DecimalFault::NotANumber));
        check("x", Err(DecimalFault::NotANumber));
        assert_eq!(decimal(b"0.25", b'.', 2, 2), Ok(25));
    }

    #[test]
    fn thousands() {
        for yes in ["1,234", "-12,345.6", "1 000 000", "1'000", "1_000", "1.234.567", "1.234,5", "12\u{a0}000"] {
            assert!(has_thousands(yes.as_bytes()), "{yes}");
        }
        for no in ["1234", "1,5", "1,2345", "1.234", "1,234,56", "a,bcd", "", "1234,567", "0,123", "-0,123"] {
            assert!(!has_thousands(no.as_bytes()), "{no}");
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
        check("1.5", b'.', &[]);
        check("0,123", b'.', &[]);
    }

    proptest::proptest! {
        #[test]
        fn every_float_is_read_as_it_is_written(value: f64) {
            let text = format!("{value:?}");
            proptest::prop_assert_eq!(float64(text.as_bytes(), b'.').map(f64::to_bits), Some(value.to_bits()));
        }
        #[test]
        fn short_decimals_are_read_as_the_standard_library_reads_them(whole in 0_u64..1_000_000_000, fraction in "[0-9]{0,7}") {
            let text = format!("{whole}.{fraction}");
            proptest::prop_assert_eq!(float64(text.as_bytes(), b'.'), text.parse().ok());
        }
    }
}
