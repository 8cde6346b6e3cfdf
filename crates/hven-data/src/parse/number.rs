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

/// Whether unsigned digits with one separator could also have it between thousands: `1.234`, but not `0.123` or `1.2345`.
#[inline]
pub(crate) fn is_three(digits: &[u8], separator: u8) -> bool {
    (5..=7).contains(&digits.len())
        && digits[digits.len() - 4] == separator
        && matches!(digits[0], b'1'..=b'9')
        && digits.iter().enumerate().all(|(at, byte)| byte.is_ascii_digit() || at == digits.len() - 4)
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
    let scanned = scan(bytes, decimal);
    if scanned.is_none_or(|it| it.end != bytes.len()) {
        return super::spellings::infinity(bytes).or_else(|| super::spellings::is_nan(bytes).then_some(f64::NAN));
    }
    let text = std::str::from_utf8(bytes).ok()?;
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

/// The significant digits of a finite number and the power of ten of the last of them; `None` if it is not a number.
pub(crate) fn significant(bytes: &[u8]) -> Option<(bool, Vec<u8>, i64)> {
    let decimal = if bytes.contains(&b',') { b',' } else { b'.' };
    let found = scan(bytes, decimal).filter(|found| found.end == bytes.len())?;
    let text = std::str::from_utf8(bytes).ok()?;
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if found.exponent => (mantissa, exponent.parse::<i64>().ok()?),
        _ => (text, 0),
    };
    let is_negative = mantissa.starts_with('-');
    let (whole, fraction) = mantissa.split_once(char::from(decimal)).unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit).collect();
    let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    let last = digits.iter().rposition(|digit| *digit != b'0').map_or(first, |at| at + 1);
    let power = exponent - fraction.len() as i64 + (digits.len() - last) as i64;
    Some((is_negative, digits[first..last].to_vec(), if first == last { 0 } else { power }))
}

/// Whether a whole number of many digits loses some of them as a 64-bit float. Digits that the shortest text of the float
/// fills with zeros are not lost.
pub(crate) fn loses_digits(bytes: &[u8], value: f64) -> bool {
    let digits = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let start = digits.iter().take_while(|digit| **digit == b'0').count();
    let digits = &digits[start..];
    if digits.len() <= 15 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let value = value.abs();
    format!("{value}").as_bytes() != digits && format!("{value:.0}").as_bytes() != digits
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
    fn values_are_compared_exactly() {
        let same = |a: &str, b: &str| significant(a.as_bytes()) == significant(b.as_bytes());
        assert!(same("1e20", "100000000000000000000") && same("-0999", "-999.000") && same("1,5", "15e-1"));
        assert!(same("0", "0.00") && !same("1e20", "100000000000000000001") && !same("5", "-5"));
        assert_eq!(significant(b"x"), None);
    }

    #[test]
    fn digits_are_not_lost_without_a_word() {
        let lost = |text: &str| loses_digits(text.as_bytes(), text.parse().expect("a number"));
        for kept in ["9007199254740992", "-100000000000000000000000", "123456789012345", "10000000000000000", "1.5"] {
            assert!(!lost(kept), "{kept}");
        }
        for text in ["9007199254740993", "12345678901234567891", "-36893488147419103233"] {
            assert!(lost(text), "{text}");
        }
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
