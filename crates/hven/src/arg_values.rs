//! Parses argument values: sizes and durations, pairs, counts and parameters.

pub use hven_core::quantity::{parse_bytes, parse_duration};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A value of a filter. An empty value would match all runs; more likely a variable of the shell is not set.
pub fn parse_filter(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; is a variable of the shell not set?".to_owned());
    }
    Ok(text.to_owned())
}

/// Splits `NAME=VALUE`.
pub fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not of the form NAME=VALUE")),
    }
}

/// Splits `NAME=N`.
fn parse_count(text: &str) -> Result<(String, u64), String> {
    let (name, value) = parse_pair(text)?;
    let count = value.parse().map_err(|_| format!("{value:?} is not a whole number"))?;
    Ok((name, count))
}

/// Parses `NAME=N` of a reserved resource. Names of resources with flags of their own are refused: no machine offers a
/// resource of that name.
pub fn parse_resource(text: &str) -> Result<(String, u64), String> {
    let (name, count) = parse_count(text)?;
    match name.as_str() {
        "cpus" | "cpu" | "cores" => Err("cores are reserved with --cpus N".to_owned()),
        "memory" | "mem" => Err("memory is reserved with --memory SIZE, such as --memory 8GiB".to_owned()),
        _ => Ok((name, count)),
    }
}

/// Parses a time in the future: after a duration such as `2h`, or a time such as `2026-12-24 18:00` in the local time zone or
/// `2026-12-24T18:00:00Z`.
pub fn parse_deadline(text: &str) -> Result<Timestamp, String> {
    if let Ok(after) = parse_duration(text) {
        return Timestamp::now().checked_add(after).map_err(|_| format!("{text:?} lies too far in the future"));
    }
    let local = |time: DateTime| time.to_zoned(TimeZone::system()).map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(local))
        .map_err(|_| format!("{text:?} is no time: write 2h, 2026-12-24 18:00 or 2026-12-24T18:00:00Z"))
}

/// The value of a parameter: parsed as JSON if possible, else the text itself.
pub fn param_value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_filter_is_refused() {
        assert_eq!(parse_filter("night"), Ok("night".to_owned()));
        for empty in ["", " ", "\t"] {
            assert!(parse_filter(empty).is_err_and(|why| why.contains("it is empty")), "{empty:?}");
        }
    }

    #[test]
    fn a_resource_with_its_own_flag_is_refused() {
        assert_eq!(parse_resource("gpu=2"), Ok(("gpu".to_owned(), 2)));
        for cores in ["cpus=1", "cpu=1", "cores=1"] {
            assert!(parse_resource(cores).is_err_and(|why| why.contains("--cpus")), "{cores}");
        }
        for memory in ["memory=1", "mem=1"] {
            assert!(parse_resource(memory).is_err_and(|why| why.contains("--memory")), "{memory}");
        }
        assert!(parse_resource("gpu").is_err());
    }

    #[test]
    fn deadlines() {
        let now = Timestamp::now();
        let soon = parse_deadline("2h").expect("a time").duration_since(now).as_secs_f64();
        assert!((7199.0..7210.0).contains(&soon), "{soon}");
        assert_eq!(parse_deadline("2026-12-24T18:00:00Z").map(Timestamp::as_second), Ok(1_798_135_200));
        assert!(parse_deadline("2026-12-24 18:00").is_ok() && parse_deadline("2026-12-24").is_ok());
        for bad in ["", "tomorrow", "-2h", "2026-13-01"] {
            assert!(parse_deadline(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_are_json_or_text() {
        assert_eq!(param_value("0.1"), serde_json::json!(0.1));
        assert_eq!(param_value("true"), serde_json::json!(true));
        assert_eq!(param_value("adam"), serde_json::json!("adam"));
        assert_eq!(param_value("[1,2]"), serde_json::json!([1, 2]));
        assert_eq!(param_value(""), serde_json::json!(""));
    }
}
