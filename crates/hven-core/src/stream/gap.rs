//! Gaps in a log. Hven notes each at its position; the text after a gap does not continue the text before it.

const DROPPED: &str = " bytes of the log were dropped here.";
const LOST: &str = " bytes of the log are lost: ";

/// The note in place of the middle of a log that became too long.
pub fn dropped_note(bytes: u64) -> String {
    format!("{bytes}{DROPPED}")
}

/// The note in place of bytes that could not be written.
pub fn lost_note(bytes: u64, why: &str) -> String {
    format!("{bytes}{LOST}{why}.")
}

/// Whether a note of Hven reports a gap.
pub fn reports_gap(note: &[u8]) -> bool {
    let digits = note.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &note[digits..];
    digits > 0 && (rest.starts_with(DROPPED.as_bytes()) || rest.starts_with(LOST.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_gaps_are_recognised() {
        assert_eq!(dropped_note(12), "12 bytes of the log were dropped here.");
        assert_eq!(lost_note(3, "no space"), "3 bytes of the log are lost: no space.");
        assert!(reports_gap(dropped_note(u64::MAX).as_bytes()) && reports_gap(lost_note(0, "").as_bytes()));
        for other in ["", "12", "Stopped after its limit of 5 s.", " bytes of the log were dropped here."] {
            assert!(!reports_gap(other.as_bytes()), "{other:?}");
        }
    }
}
