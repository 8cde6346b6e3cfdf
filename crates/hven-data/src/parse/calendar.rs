//! Dates and times: ISO 8601 as used in tables, in the proleptic Gregorian calendar, years 0 to 9999.

use std::fmt::Write;

/// The microseconds of a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// A time in microseconds since 1970-01-01T00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub micros: i64,
    /// It had a zone, and `micros` is in UTC.
    pub zoned: bool,
    /// It had more digits than microseconds need.
    pub finer: bool,
}

/// Days since 1970-01-01 (Howard Hinnant's algorithm). The caller has checked month and day.
fn days(year: i64, month: i64, day: i64) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) as i32
}

/// The year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

fn digits(bytes: &[u8]) -> Option<i64> {
    let mut value = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

fn checked_days(year: i64, month: i64, day: i64) -> Option<i32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days(year, month, day))
}

/// Parses a date: `2026-05-01`, `2026/05/01` or `01.05.2026`. `05/01/2026` is ambiguous and not parsed.
pub(crate) fn date(bytes: &[u8]) -> Option<i32> {
    if bytes.len() != 10 {
        return None;
    }
    match (bytes[4], bytes[7]) {
        (b'-', b'-') | (b'/', b'/') => checked_days(digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?),
        _ if bytes[2] == b'.' && bytes[5] == b'.' => {
            checked_days(digits(&bytes[6..])?, digits(&bytes[3..5])?, digits(&bytes[..2])?)
        }
        _ => None,
    }
}

/// Parses a time: a date, `T` or a space, `hh:mm`, and optionally seconds, a fraction and a zone.
pub(crate) fn moment(bytes: &[u8]) -> Option<Moment> {
    if bytes.len() < 16 || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let day = date(&bytes[..10])?;
    let time = &bytes[11..];
    if time[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&time[..2])?, digits(&time[3..5])?);
    let (mut second, mut micros, mut finer) = (0, 0, false);
    let mut rest = &time[5..];
    if let [b':', seconds @ ..] = rest {
        second = digits(seconds.get(..2)?)?;
        rest = &seconds[2..];
        if let [b'.' | b',', fraction @ ..] = rest {
            let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if length == 0 {
                return None;
            }
            let kept = length.min(6);
            micros = digits(&fraction[..kept])? * 10_i64.pow(6 - kept as u32);
            finer = fraction[kept..length].iter().any(|digit| *digit != b'0');
            rest = &fraction[length..];
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset_minutes = match rest {
        b"" => None,
        b"Z" | b"z" | b" UTC" | b"UTC" | b" Z" => Some(0),
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let (hours, minutes) = match zone.len() {
                2 => (digits(zone)?, 0),
                4 => (digits(&zone[..2])?, digits(&zone[2..])?),
                5 if zone[2] == b':' => (digits(&zone[..2])?, digits(&zone[3..])?),
                _ => return None,
            };
            if hours > 15 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => return None,
    };
    let seconds = hour * 3600 + (minute - offset_minutes.unwrap_or(0)) * 60 + second;
    let micros = i64::from(day) * DAY_US + seconds * 1_000_000 + micros;
    Some(Moment { micros, zoned: offset_minutes.is_some(), finer })
}

/// `2026-05-01`. Years with more than four digits have a sign, as ISO 8601 requires.
pub(crate) fn date_text(day: i64) -> String {
    let (year, month, day) = civil(day);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:+05}-{month:02}-{day:02}"),
    }
}

/// `2026-05-01T12:00:00.5`, with `Z` if it is in UTC.
pub(crate) fn moment_text(micros: i64, zoned: bool) -> String {
    let mut text = date_text(micros.div_euclid(DAY_US));
    let of_day = micros.rem_euclid(DAY_US);
    let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
    // Writing to a String cannot fail.
    let _ = write!(text, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction > 0 {
        text.push_str(format!(".{fraction:06}").trim_end_matches('0'));
    }
    if zoned {
        text.push('Z');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_before_and_after() {
        for (text, expect) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000/02/29", 11_016),
            ("31.12.1999", 10_956),
            ("0000-01-01", -719_528),
            ("0000-02-29", -719_469),
            ("1582-10-15", -141_427),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(date(text.as_bytes()), Some(expect), "{text}");
        }
        for bad in [
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-1-1",
            "05/01/2026",
            "2026-01/01",
            "20260101",
            "",
        ] {
            assert_eq!(date(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn moments_with_and_without_zone() {
        let check = |text: &str, expect: &str, finer: bool| {
            let found = moment(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((moment_text(found.micros, found.zoned).as_str(), found.finer), (expect, finer), "{text}");
        };
        check("2026-05-01T12:30", "2026-05-01T12:30:00", false);
        check("2026-05-01 12:30:15.5", "2026-05-01T12:30:15.5", false);
        check("2026-05-01T12:30:15Z", "2026-05-01T12:30:15Z", false);
        check("2026-05-01T00:30:00+02:00", "2026-04-30T22:30:00Z", false);
        check("2026-05-01T12:30:00-0530", "2026-05-01T18:00:00Z", false);
        check("1601-01-01T00:00:00.123456789", "1601-01-01T00:00:00.123456", true);
        check("0000-01-01 00:00:00.1234560", "0000-01-01T00:00:00.123456", false);
        for bad in [
            "2026-05-01T24:00",
            "2026-05-01T12:60",
            "2026-05-01T12:30:61",
            "2026-05-01T12:30:",
            "2026-05-01T1:30:00",
            "2026-05-01T12:30:00.",
            "2026-05-01T12:30:00+99:00",
            "2026-05-01T12:30 CET",
        ] {
            assert_eq!(moment(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn days_round_trip(day in -719_528_i32..=2_932_896) {
            proptest::prop_assert_eq!(date(date_text(day.into()).as_bytes()), Some(day));
        }
        #[test]
        fn moments_round_trip(micros in -719_528 * DAY_US..2_932_897 * DAY_US, zoned: bool) {
            let expect = Moment { micros, zoned, finer: false };
            proptest::prop_assert_eq!(moment(moment_text(micros, zoned).as_bytes()), Some(expect));
        }
    }
}
