//! Numbers with an exponent as Fortran programs write it: other letters before the exponent, or none at all.

use super::number;

/// How sure it is that a cell is a number with an exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exponent {
    /// `1.0D+03`, `1.0Q+00`, or `0.67-101`: Fortran leaves the E out before three digits.
    Sure,
    /// `1.5-3`, which may also be a range; other cells decide.
    Doubtful,
}

/// A number with the exponent that Fortran writes, as a text that the standard library reads.
pub(crate) fn fortran(cell: &[u8], decimal: u8) -> Option<(Exponent, String)> {
    let mantissa = number::scan(cell, decimal).filter(|found| !found.exponent)?;
    let (mantissa, rest) = cell.split_at(mantissa.end);
    let has_point = mantissa.contains(&decimal);
    let (letter, exponent) = match rest {
        [b'd' | b'D' | b'q' | b'Q', exponent @ ..] => (true, exponent),
        [b'+' | b'-', ..] if has_point => (false, rest),
        _ => return None,
    };
    let digits = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let is_sure = letter || (digits.len() == 3 && digits[0] != b'0');
    let mantissa = String::from_utf8_lossy(mantissa).replace(char::from(decimal), ".");
    let text = format!("{mantissa}e{}", String::from_utf8_lossy(exponent));
    Some((if is_sure { Exponent::Sure } else { Exponent::Doubtful }, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_fortran() {
        let check = |cell: &str, expect: Option<(Exponent, f64)>| {
            let found = fortran(cell.as_bytes(), b'.').map(|(sure, text)| (sure, text.parse().expect("a number")));
            assert_eq!(found, expect, "{cell}");
        };
        check("-0.136057D+02", Some((Exponent::Sure, -13.6057)));
        check("1d3", Some((Exponent::Sure, 1000.0)));
        check("1.0Q+00", Some((Exponent::Sure, 1.0)));
        check("0.671000-101", Some((Exponent::Sure, 6.71e-102)));
        check("1.5+300", Some((Exponent::Sure, 1.5e300)));
        check(".5-100", Some((Exponent::Sure, 0.5e-100)));
        check("1.5-3", Some((Exponent::Doubtful, 1.5e-3)));
        check("1.5-007", Some((Exponent::Doubtful, 1.5e-7)));
        for no in ["12-3", "1.5", "1.5D", "1.5-2.5", "2024-03-01", "1.5e3", "D3", "1.5 D3", "1.0D+12345", "192.168-1-1"]
        {
            check(no, None);
        }
        assert_eq!(fortran(b"1,5D+01", b',').map(|(_, text)| text), Some("1.5e+01".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn a_number_with_a_letter_of_fortran_is_the_number_with_an_e(value: f64, letter in "[dDqQ]") {
            proptest::prop_assume!(value.is_finite());
            let text = format!("{value:e}").replace('e', &letter);
            let found = fortran(text.as_bytes(), b'.').and_then(|(_, text)| text.parse::<f64>().ok());
            proptest::prop_assert_eq!(found.map(f64::to_bits), Some(value.to_bits()));
        }
        #[test]
        fn any_bytes_are_looked_at_without_a_panic(cell in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..20)) {
            let _ = fortran(&cell, b'.');
        }
    }
}
