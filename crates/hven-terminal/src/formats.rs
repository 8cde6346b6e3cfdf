//! Formats numbers, sizes, durations and times.

use std::fmt::Write as _;

use hven_api::facts::Audit;
use hven_core::sentence::{Bytes, Seconds};
use jiff::{Timestamp, Unit, tz::TimeZone};

/// `3.1 kB`, `41 MB`: three digits at most.
pub fn bytes(n: u64) -> String {
    Bytes(n).to_string()
}

/// `41 s`, `2 min 05 s`, `3 h 20 min`, `2 d 4 h`.
pub fn duration(seconds: f64) -> String {
    Seconds(seconds).to_string()
}

/// The time between `time` and `now`: `just now`, `3 min ago`, `in 2 h`.
pub fn ago(time: &str, now: Timestamp) -> String {
    let Ok(time) = time.parse::<Timestamp>() else { return time.to_owned() };
    let Ok(seconds) = (now - time).total(Unit::Second) else { return time.to_string() };
    let size = seconds.abs();
    if size < 5.0 {
        return "just now".to_owned();
    }
    let words = match size {
        ..60.0 => format!("{size:.0} s"),
        ..3570.0 => format!("{:.0} min", size / 60.0),
        ..86_400.0 => format!("{:.0} h", size / 3600.0),
        ..5_184_000.0 => format!("{:.0} d", size / 86_400.0),
        _ => format!("{:.0} months", size / 2_629_746.0),
    };
    if seconds > 0.0 { format!("{words} ago") } else { format!("in {words}") }
}

/// A time in this machine's zone, with its offset: `2026-05-01 14:03:22 +02:00`.
pub fn local(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        Err(_) => time.to_owned(),
    }
}

/// The seconds between two times; `None` when one of them is not a time.
pub fn seconds_between(from: &str, to: &str) -> Option<f64> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    (to - from).total(Unit::Second).ok()
}

/// The value of a metric or parameter: numbers with six significant digits, other values as JSON without quotes.
pub fn value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| number.to_string(), real)
        }
        other => other.to_string(),
    }
}

/// Six significant digits, without trailing zeros.
fn real(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    let magnitude = x.abs().log10().floor() as i32;
    if !(-4..=9).contains(&magnitude) {
        return format!("{x:.5e}");
    }
    // Just below 1, the distance from 1 matters: 0.99999954, not 1.
    let from_one = 1.0 - x.abs();
    let close = if from_one > 0.0 { (1.0 - from_one.log10().floor()) as i32 } else { 0 };
    let text = format!("{x:.*}", (5 - magnitude).max(close).clamp(0, 15) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `1 output`, `2 outputs`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// The first twelve digits of a digest.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// How many objects an audit read.
pub fn objects_read(audit: &Audit) -> String {
    let mut text = format!(
        "{} of {} read, {}, as their digests say",
        audit.objects_checked,
        counted(audit.objects_named, "object", "objects"),
        bytes(audit.bytes_checked)
    );
    // Writing to a string does not fail.
    if audit.objects_absent > 0 {
        let absent = audit.objects_absent;
        let _ = write!(text, "; {absent} known by digest only (never uploaded, or not known whether they were)");
    }
    if audit.objects_waiting > 0 {
        let _ = write!(text, "; {} on the way from a runner", audit.objects_waiting);
    }
    if audit.broken.is_some() {
        let _ = write!(text, "; named by the first {}", counted(audit.facts, "fact", "facts"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |n, wanted| assert_eq!(bytes(n), wanted);
        check(0, "0 B");
        check(999, "999 B");
        check(3100, "3.1 kB");
        check(999_499, "999 kB");
        check(999_999, "1.0 MB");
        check(8 << 30, "8.6 GB");
    }

    #[test]
    fn durations() {
        let check = |seconds, wanted| assert_eq!(duration(seconds), wanted);
        check(0.0, "0 ms");
        check(0.0123, "12 ms");
        check(0.9999, "1.0 s");
        check(41.2, "41 s");
        check(59.7, "1 min 00 s");
        check(125.0, "2 min 05 s");
        check(12_000.0, "3 h 20 min");
        check(187_200.0, "2 d 4 h");
        check(f64::NAN, "?");
    }

    #[test]
    fn seconds_between_times() {
        let check = |from, to, wanted| assert_eq!(seconds_between(from, to), wanted, "{from} {to}");
        check("2026-01-01T00:00:01Z", "2026-01-01T00:00:51.5Z", Some(50.5));
        check("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", Some(-1.0));
        check("2026-01-01T00:00:01Z", "soon", None);
    }

    #[test]
    fn relative_times() {
        let now: Timestamp = "2026-05-01T12:00:00Z".parse().expect("a time");
        let check = |time, wanted| assert_eq!(ago(time, now), wanted, "{time}");
        check("2026-05-01T11:59:58Z", "just now");
        check("2026-05-01T11:59:20Z", "40 s ago");
        check("2026-05-01T11:57:00.5Z", "3 min ago");
        check("2026-04-30T12:00:01Z", "24 h ago");
        check("2026-04-20T12:00:00Z", "11 d ago");
        check("2026-05-01T14:00:00Z", "in 2 h");
        check("2025-05-01T12:00:00Z", "12 months ago");
        check("soon", "soon");
    }

    #[test]
    fn values() {
        let check = |json: serde_json::Value, wanted| assert_eq!(value(&json), wanted);
        check(serde_json::json!(0.083_000_01), "0.083");
        check(serde_json::json!(1.499_92), "1.49992");
        check(serde_json::json!(123_456.78), "123457");
        check(serde_json::json!(1.234_567e-9), "1.23457e-9");
        check(serde_json::json!(7), "7");
        check(serde_json::json!("NaN"), "NaN");
        check(serde_json::json!([1, 2]), "[1,2]");
        check(serde_json::json!(100.0), "100");
        check(serde_json::json!(0.999_999_543_21), "0.99999954");
        check(serde_json::json!(0.5), "0.5");
    }
}
