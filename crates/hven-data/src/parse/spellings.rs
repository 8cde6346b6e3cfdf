//! Words that C and Fortran programs write instead of numbers: "not a number", infinity, and stars for a number that is too
//! wide for its field.

/// Whether the cell is "not a number" in one of the spellings of C, Fortran and others: `nan`, `-nan(ind)`, `nan(0x8)`,
/// `1.#IND`, `1.#QNAN`.
pub(crate) fn is_nan(cell: &[u8]) -> bool {
    let cell = unsigned(cell);
    let lower = |length: usize| cell.get(..length).unwrap_or_default().to_ascii_lowercase();
    if cell.len() >= 3 && lower(3) == b"nan" {
        let rest = &cell[3..];
        return match rest {
            [] => true,
            [b'q' | b'Q' | b's' | b'S'] => true,
            [b'(', inside @ .., b')'] => inside.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
            _ => false,
        };
    }
    microsoft(cell).is_some_and(|word| matches!(word.as_slice(), b"ind" | b"qnan" | b"snan" | b"nan"))
}

/// Infinity as a word: `inf`, `Infinity`, `1.#INF`.
pub(crate) fn infinity(cell: &[u8]) -> Option<f64> {
    let word = unsigned(cell);
    let is_infinite = word.eq_ignore_ascii_case(b"inf")
        || word.eq_ignore_ascii_case(b"infinity")
        || microsoft(word).is_some_and(|word| word == b"inf");
    is_infinite.then_some(if cell.first() == Some(&b'-') { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// Stars, which Fortran writes instead of a number that is too wide for its field.
pub(crate) fn is_overflow(cell: &[u8]) -> bool {
    cell.len() >= 3 && cell.iter().all(|byte| *byte == b'*')
}

/// The word in `1.#IND` or `1.#INF00`, in lower case and without the digits that fill the field.
fn microsoft(cell: &[u8]) -> Option<Vec<u8>> {
    let word = cell.strip_prefix(b"1.#")?;
    let end = word.iter().rposition(|byte| *byte != b'0').map_or(0, |at| at + 1);
    Some(word[..end].to_ascii_lowercase())
}

fn unsigned(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"-").or_else(|| cell.strip_prefix(b"+")).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_c() {
        for yes in [
            "nan",
            "NaN",
            "-nan",
            "+NAN",
            "-nan(ind)",
            "nan(0x8)",
            "nan(snan)",
            "1.#IND",
            "-1.#IND00",
            "1.#QNAN",
            "NaNQ",
        ] {
            assert!(is_nan(yes.as_bytes()), "{yes}");
        }
        for no in ["", "na", "nano", "nan(", "nan(a b)", "1.#INF", "1.5", "nan0"] {
            assert!(!is_nan(no.as_bytes()), "{no}");
        }
        for (text, value) in [("inf", f64::INFINITY), ("+inf", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)] {
            assert_eq!(infinity(text.as_bytes()), Some(value), "{text}");
        }
        assert_eq!((infinity(b"1.#INF"), infinity(b"-1.#INF00")), (Some(f64::INFINITY), Some(f64::NEG_INFINITY)));
        assert_eq!((infinity(b"infinite"), infinity(b"1.#IND")), (None, None));
        assert!(is_overflow(b"***") && !is_overflow(b"**") && !is_overflow(b"*1*"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_a_panic(cell in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..20)) {
            let _ = (is_nan(&cell), infinity(&cell), is_overflow(&cell));
        }
    }
}
