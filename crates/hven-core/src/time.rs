//! Points in time: microseconds since 1970 in UTC, written in RFC 3339.

use std::{fmt, str::FromStr};

use crate::{Malformed, as_text::serde_as_text};

/// A point in time, in microseconds since 1970-01-01T00:00:00Z. It is the time of an event; the order of events is the order of
/// their sequence numbers, never of their times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// The first and the last moment that can be written in RFC 3339, whose years have four digits, and read back: jiff
    /// reserves the last day of the year 9999 for other time zones, and accepts no fraction of its last second.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    pub const MAX: Self = Self(253_402_207_200_000_000);

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Seconds from `earlier` to `self`; negative when the clock was set back between them.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (i128::from(self.0) - i128::from(earlier.0)) as f64 / 1e6
    }
    /// This much later, or earlier; [`MAX`](Self::MAX) or [`MIN`](Self::MIN) when the result cannot be written.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros)).max(Self::MIN).min(Self::MAX)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time:.6}"),
            Err(_) => write!(f, "{} µs since 1970", self.0),
        }
    }
}
impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Time {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let time: jiff::Timestamp = text.parse().map_err(|_| Malformed::Time(text.to_owned()))?;
        Ok(Self(time.as_microsecond()))
    }
}
serde_as_text!(Time);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_time_are_written_and_read() {
        for (time, text) in [(Time::MIN, "0000-01-01T00:00:00.000000Z"), (Time::MAX, "9999-12-30T22:00:00.000000Z")] {
            assert_eq!(time.to_string(), text);
            assert_eq!(text.parse(), Ok(time));
        }
        assert_eq!(Time::MAX.plus_micros(1), Time::MAX);
        assert_eq!(Time::from_micros(5).plus_micros(i64::MIN), Time::MIN);
        let (first, last) = (Time::from_micros(i64::MIN), Time::from_micros(i64::MAX));
        assert!(last.seconds_since(first) > 1e13);
    }

    #[test]
    fn times_are_written_in_rfc_3339_with_microseconds() {
        let time = Time::from_micros(1_767_225_600_000_001);
        assert_eq!(time.to_string(), "2026-01-01T00:00:00.000001Z");
        assert_eq!("2026-01-01T01:00:00.000001+01:00".parse(), Ok(time));
        assert!("yesterday".parse::<Time>().is_err());
    }
}
