//! Whether the difference between two runs is the time of each run, which a program wrote into its outputs.

use hven_core::{
    Time,
    reproduction::{ComparedPlace, Comparison, Likeness},
};

/// The places at which a comparison found a difference.
fn places(compared: &Comparison) -> impl Iterator<Item = (&str, &ComparedPlace)> {
    compared.files.iter().flat_map(|file| {
        let places: &[ComparedPlace] = match &file.likeness {
            Likeness::Differs { places, .. } => places.as_slice(),
            _ => &[],
        };
        places.iter().map(|place| (file.path.as_str(), place))
    })
}

/// The time span in which a process ran.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Time,
    pub(super) to: Time,
}

/// Whether a text contains the time at which a process ran.
type Look = fn(&str, Span) -> bool;

const MICROS_A_SECOND: i64 = 1_000_000;

const SECONDS_A_DAY: i64 = 86_400;

const SECONDS_AN_HOUR: i64 = 3600;

/// The allowed delay of a clock, in seconds.
const LATE_S: i64 = 2;

/// The first place in the outputs at which each run wrote its own time.
pub(super) fn own_times(compared: &Comparison, before: Option<Span>, again: Option<Span>) -> Option<String> {
    let (before, again) = (before?, again?);
    places(compared).find_map(|(path, place)| {
        let ComparedPlace { spot, before: Some(old), after: Some(new), .. } = place else { return None };
        let looks: [(Look, &str); 3] = [(is_date, "the date"), (is_time_of_day, "the time"), (is_stamp, "the time")];
        let (_, what) = looks.into_iter().find(|(holds, _)| holds(old, before) && holds(new, again))?;
        Some(format!("clock: {path}, {spot} holds {what} of its own run: {old} then, {new} now"))
    })
}

impl Span {
    fn seconds(self) -> (i64, i64) {
        (self.from.micros().div_euclid(MICROS_A_SECOND), self.to.micros().div_euclid(MICROS_A_SECOND))
    }
}

/// Whether a text contains a date (`2026-05-01`) of the time span, in some time zone.
fn is_date(text: &str, span: Span) -> bool {
    let (from, to) = span.seconds();
    let days = from.div_euclid(SECONDS_A_DAY) - 1..=to.div_euclid(SECONDS_A_DAY) + 1;
    numbers(text, b"dddd-dd-dd").any(|date| days.contains(&day_since_1970(date[0], date[1], date[2])))
}

/// Whether a text contains a time of day (`10:03:11`) of the time span, in a time zone of whole hours.
fn is_time_of_day(text: &str, span: Span) -> bool {
    let (from, to) = span.seconds();
    let is_within = |second: i64| {
        let since = (second - (from - LATE_S)).rem_euclid(SECONDS_AN_HOUR);
        since <= to - from + 2 * LATE_S
    };
    to - from < SECONDS_AN_HOUR / 2 && numbers(text, b"dd:dd:dd").any(|time| is_within(time[1] * 60 + time[2]))
}

/// Whether a text is a number of seconds, milliseconds or microseconds since 1970 within the time span.
fn is_stamp(text: &str, span: Span) -> bool {
    let (from, to) = span.seconds();
    let Ok(number) = text.trim().parse::<f64>() else { return false };
    let is_within = |seconds: f64| seconds >= (from - LATE_S) as f64 && seconds <= (to + LATE_S) as f64;
    [1.0, 1e3, 1e6, 1e9].into_iter().any(|a_second| is_within(number / a_second))
}

/// The numbers at each place of a text that has this form, where `d` is a digit.
fn numbers<'a>(text: &'a str, form: &'a [u8]) -> impl Iterator<Item = Vec<i64>> + 'a {
    let fits = move |part: &&[u8]| {
        part.iter().zip(form).all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
    };
    text.as_bytes().windows(form.len()).filter(fits).map(|part| {
        let parts = part.split(|byte| !byte.is_ascii_digit());
        parts.map(|digits| digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))).collect()
    })
}

/// The number of a day of the Gregorian calendar, counted from 1970-01-01. An invalid date gives the number of some
/// day.
fn day_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years start in March here, so that the leap day is the last day.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use hven_core::reproduction::{ComparedAs, FileComparison, Likeness, Spot};

    use super::*;

    fn span(from: &str) -> Span {
        let from: Time = from.parse().expect("a time");
        Span { from, to: from.plus_micros(5 * MICROS_A_SECOND) }
    }

    fn own_times_of(old: &str, new: &str) -> Option<String> {
        let place = ComparedPlace {
            spot: Spot::Pointer { pointer: "/made".to_owned() },
            before: Some(old.to_owned()),
            after: Some(new.to_owned()),
            difference: None,
        };
        let file = FileComparison {
            path: "fit.json".to_owned(),
            compared_as: ComparedAs::Json,
            likeness: Likeness::Differs { count: 1, places: vec![place] },
            notes: Vec::new(),
        };
        let compared = Comparison { schema: Comparison::SCHEMA.to_owned(), files: vec![file] };
        own_times(&compared, Some(span("2026-05-01T10:03:10Z")), Some(span("2026-06-02T23:59:58Z")))
    }

    #[test]
    fn days_are_counted() {
        for (date, day) in [((1970, 1, 1), 0), ((1969, 12, 31), -1), ((2000, 2, 29), 11_016), ((2026, 5, 1), 20_574)] {
            assert_eq!(day_since_1970(date.0, date.1, date.2), day, "{date:?}");
        }
    }

    #[test]
    fn the_time_of_the_run_is_recognised() {
        let line = own_times_of("made on 2026-05-01", "made on 2026-06-03").expect("it holds the date");
        assert_eq!(
            line,
            "clock: fit.json, /made holds the date of its own run: made on 2026-05-01 then, made on 2026-06-03 now"
        );
        assert!(own_times_of("12:03:12", "01:59:59").is_some(), "in another time zone");
        assert!(own_times_of("1777629791.5", "1780444800").is_some(), "seconds since 1970");
        assert!(own_times_of("1777629791500", "1780444800000").is_some(), "thousandths");
    }

    #[test]
    fn other_numbers_are_not_recognised_as_times() {
        for (old, new) in [
            ("2026-05-01", "2026-05-09"),
            ("1999-01-01", "2026-06-02"),
            ("0.31063", "0.40365"),
            ("12:30:12", "01:59:59"),
            ("1777629791", "12"),
            ("", ""),
        ] {
            assert_eq!(own_times_of(old, new), None, "{old} {new}");
        }
    }
}
