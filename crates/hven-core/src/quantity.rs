//! Sizes and durations as people write them: `8GiB`, `500 MB`, `2h30m`, `90`.

use std::time::Duration;

/// Bytes from text such as `8GiB`, `1.5 GB` or `4096`.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text)?;
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(format!("{text:?} is not a size: write a number and B, kB, MB, GB, KiB, MiB or GiB")),
    };
    let bytes = (number * factor).round();
    if bytes > 1e18 { Err(format!("{text:?} is more than any machine has")) } else { Ok(bytes as u64) }
}

/// A duration from text such as `2h30m`, `90 s`, `1d` or `90` (seconds).
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a duration: write a number and s, min, h or d, such as 2h30min");
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total_s = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = rest[end..].trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        total_s += number
            * match &rest[..end] {
                "" | "s" | "sec" => 1.0,
                "ms" => 1e-3,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return Err(wrong()),
            };
        rest = rest[end..].trim_start();
    }
    Duration::try_from_secs_f64(total_s).map_err(|_| wrong())
}

fn split(text: &str) -> Result<(f64, &str), String> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let number = trimmed[..end].parse().map_err(|_| format!("{text:?} does not begin with a number"))?;
    Ok((number, trimmed[end..].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        let check = |text, wanted| assert_eq!(parse_bytes(text), Ok(wanted), "{text}");
        check("4096", 4096);
        check("8GiB", 8 << 30);
        check("1.5 GB", 1_500_000_000);
        check("500m", 500_000_000);
        check("0", 0);
        for bad in ["", "GiB", "8 apples", "-1", "1e30TB"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_read() {
        let check = |text, wanted_s| assert_eq!(parse_duration(text), Ok(Duration::from_secs_f64(wanted_s)), "{text}");
        check("90", 90.0);
        check("1.5h", 5400.0);
        check("2h30m", 9000.0);
        check("2 h 30 min", 9000.0);
        check("250ms", 0.25);
        check("1d", 86_400.0);
        for bad in ["", "h", "2 fortnights", "-1", "1..2"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
