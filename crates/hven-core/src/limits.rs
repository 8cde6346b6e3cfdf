//! The limits of the numbers, times and texts in requests.
//!
//! All limits are here, so that the command line, the server and the lines of a runner use the same ones. A value within the
//! limits can be recorded, read back unchanged, shown, and read by a client that has only JavaScript numbers. A value beyond a
//! limit is refused with the field's name and the limit, before anything is done.

use serde_json::Value;

use crate::{Malformed, Time, file_name};

/// The largest whole number that every JSON reader understands exactly: 2⁵³ − 1. Sizes and amounts stay below it.
pub const WHOLE_MAX: u64 = (1 << 53) - 1;

/// Names of users, tokens and runs, and e-mail addresses.
pub const NAME_BYTES_MAX: usize = 200;
/// Reasons, statements, tests, licences, descriptions.
pub const TEXT_BYTES_MAX: usize = 4000;
/// A path of a file, as systems limit it: bytes of the name itself, not of its recorded text.
pub const PATH_BYTES_MAX: usize = 4096;
/// Words of a search.
pub const QUERY_BYTES_MAX: usize = 4000;

/// The longest lifetime of a token: a hundred years.
pub const TOKEN_DAYS_MAX: u32 = 36_500;

/// Cores that a run requests, or that a runner has.
pub const CPUS_MAX: u32 = 1_000_000;
/// How many kinds of named resources a run requests.
pub const RESOURCES_MAX: usize = 100;
/// The longest time limit, in seconds: about thirty years.
pub const SECONDS_MAX: f64 = 1e9;
pub const RETRIES_MAX: u32 = 1000;

/// A command with its arguments.
pub const COMMAND_BYTES_MAX: usize = 128 * 1024;
/// Environment and secrets of a run together.
pub const ENVIRONMENT_BYTES_MAX: usize = 1024 * 1024;
/// Inputs, and outputs, of a run.
pub const FILES_MAX: usize = 10_000;
/// Variables whose values may be recorded.
pub const VARIABLES_MAX: usize = 10_000;
/// How many notes a capture makes about omissions and differences.
pub const NOTES_MAX: usize = 1000;

/// A tag of a run, in characters, and how many a run has.
pub const TAG_CHARS_MAX: usize = 64;
pub const TAGS_MAX: usize = 100;
/// The note on a run.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;

/// Parameters that are logged in one call, and the JSON text of one.
pub const PARAMS_MAX: usize = 1000;
pub const PARAM_BYTES_MAX: usize = 8 * 1024;
/// The JSON text of a recipe's arguments; large tables are inputs.
pub const ARGUMENTS_BYTES_MAX: usize = 1024 * 1024;
/// The nesting depth of lists and objects, in parameters and in the arguments of a recipe.
pub const NESTING_MAX: usize = 32;
/// Packages of the recorded software, and each of its texts.
pub const PACKAGES_MAX: usize = 10_000;

/// A name or another text of one line.
pub fn line(what: &str, text: &str, bytes_max: usize) -> Result<(), Malformed> {
    if text.trim().is_empty() {
        return refuse(what, "is empty".to_owned());
    }
    if text.contains(char::is_control) {
        return refuse(what, "has a control character, such as the end of a line".to_owned());
    }
    bytes(what, text.len(), bytes_max)
}

/// A text of any number of lines, or none.
pub fn lines(what: &str, text: &str, bytes_max: usize) -> Result<(), Malformed> {
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return refuse(what, "has a control character other than tabs and ends of lines".to_owned());
    }
    bytes(what, text.len(), bytes_max)
}

/// The path of a file, as [`file_name`] writes it. Systems allow every byte except NUL.
pub fn path(what: &str, path: &str) -> Result<(), Malformed> {
    if path.contains('\0') {
        return refuse(what, "has a NUL byte, which no system allows".to_owned());
    }
    if !file_name::is_exact(path) {
        let why = "writes UTF-8 byte by byte, in characters from U+EF80 to U+EFFF: write the text itself";
        return refuse(what, why.to_owned());
    }
    bytes(what, file_name::length(path), PATH_BYTES_MAX)
}

/// The full name of a commit: a shorter one may be the name of a branch, and any other text may be an option of git.
pub fn commit(what: &str, name: &str) -> Result<(), Malformed> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if matches!(name.len(), 40 | 64) && name.bytes().all(is_digit) {
        return Ok(());
    }
    refuse(what, "is not the full name of a commit: 40 or 64 hexadecimal digits are wanted".to_owned())
}

/// The path of a folder in another, in its shortest form; empty for the other folder itself. Programs get it as an argument, so
/// it must not look like an option.
pub fn place_within(what: &str, place: &str) -> Result<(), Malformed> {
    path(what, place)?;
    if place.is_empty() {
        return Ok(());
    }
    if place.starts_with('-') {
        return refuse(what, "begins with a dash: programs would take it for an option".to_owned());
    }
    if place.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refuse(what, "is not a relative path without empty parts, `.` and `..`".to_owned());
    }
    Ok(())
}

/// The length of a text.
pub fn bytes(what: &str, length: usize, bytes_max: usize) -> Result<(), Malformed> {
    if length <= bytes_max {
        return Ok(());
    }
    refuse(what, format!("has {} bytes; at most {} are allowed", grouped(length as u64), grouped(bytes_max as u64)))
}

/// The number of some items.
pub fn count(what: &str, count: usize, max: usize) -> Result<(), Malformed> {
    if count <= max {
        return Ok(());
    }
    refuse(what, format!("are {}; at most {} are allowed", grouped(count as u64), grouped(max as u64)))
}

/// A size or an amount.
pub fn whole(what: &str, number: u64, max: u64) -> Result<(), Malformed> {
    if number <= max {
        return Ok(());
    }
    refuse(what, format!("is {}; at most {} is allowed", grouped(number), grouped(max)))
}

/// A number of seconds from 0 on.
pub fn seconds(what: &str, seconds: f64) -> Result<(), Malformed> {
    if (0.0..=SECONDS_MAX).contains(&seconds) {
        return Ok(());
    }
    refuse(what, format!("is {seconds} seconds; it lies between 0 and {SECONDS_MAX}"))
}

/// A time from another clock, or from a person.
pub fn time(what: &str, time: Time) -> Result<(), Malformed> {
    if (Time::MIN..=Time::MAX).contains(&time) {
        return Ok(());
    }
    refuse(what, "lies outside of the years 0 to 9999".to_owned())
}

/// A JSON value from outside.
pub fn json(what: &str, value: &Value, bytes_max: usize) -> Result<(), Malformed> {
    if depth(value) > NESTING_MAX {
        return refuse(what, format!("is nested deeper than {NESTING_MAX} levels"));
    }
    bytes(what, value.to_string().len(), bytes_max)
}

/// The nesting depth of lists and objects: 0 for a number or a text.
pub fn depth(value: &Value) -> usize {
    // Without recursion: a value from outside may be nested arbitrarily deep.
    let mut deepest = 0;
    let mut waiting = vec![(value, 0)];
    while let Some((value, above)) = waiting.pop() {
        deepest = deepest.max(above);
        match value {
            Value::Array(items) => {
                deepest = deepest.max(above + 1);
                waiting.extend(items.iter().map(|item| (item, above + 1)));
            }
            Value::Object(fields) => {
                deepest = deepest.max(above + 1);
                waiting.extend(fields.values().map(|field| (field, above + 1)));
            }
            _ => {}
        }
    }
    deepest
}

fn refuse(what: &str, why: String) -> Result<(), Malformed> {
    Err(Malformed::Bound { what: what.to_owned(), why })
}

/// `36,500`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(outcome: Result<(), Malformed>, expect: &str) {
        assert_eq!(outcome.expect_err(expect).to_string(), expect);
    }

    #[test]
    fn a_refusal_names_the_limit() {
        assert_eq!(line("the name", "Jun Li", 200), Ok(()));
        check(line("the name", " ", 200), "the name is empty");
        check(line("the name", "a\u{1b}[2J", 200), "the name has a control character, such as the end of a line");
        check(line("the name", &"x".repeat(1201), 1200), "the name has 1,201 bytes; at most 1,200 are allowed");
        assert_eq!(lines("the reason", "one\n\ttwo\r\n", 4000), Ok(()));
        check(lines("the reason", "a\0b", 9), "the reason has a control character other than tabs and ends of lines");
        check(path("the input", "a\0"), "the input has a NUL byte, which no system allows");
        assert_eq!(
            path("the input", &file_name::bytes_to_text(&[0xf6; PATH_BYTES_MAX])),
            Ok(()),
            "bytes of the name count"
        );
        check(
            path("the input", "\u{efc3}\u{efa4}"),
            "the input writes UTF-8 byte by byte, in characters from U+EF80 to U+EFFF: write the text itself",
        );
        check(count("inputs", 10_001, FILES_MAX), "inputs are 10,001; at most 10,000 are allowed");
        check(
            whole("the memory", u64::MAX, WHOLE_MAX),
            "the memory is 18,446,744,073,709,551,615; at most 9,007,199,254,740,991 is allowed",
        );
        for bad in [-1.0, 1e10, f64::NAN, f64::INFINITY] {
            assert!(seconds("the time limit", bad).is_err(), "{bad}");
        }
        assert_eq!(time("the time", Time::MAX), Ok(()));
        check(time("the time", Time::from_micros(i64::MAX)), "the time lies outside of the years 0 to 9999");
    }

    #[test]
    fn arguments_of_git_are_no_options_and_stay_within() {
        for good in ["0123456789abcdef0123456789abcdef01234567".to_owned(), "c".repeat(64)] {
            assert_eq!(commit("the commit", &good), Ok(()));
        }
        let output = "--output=/home/mira/.ssh/authorized_keys";
        for bad in ["", "HEAD", "main", "abcdef", output, &"C".repeat(40), &"g".repeat(40), &"a".repeat(41)] {
            check(
                commit("the commit", bad),
                "the commit is not the full name of a commit: 40 or 64 hexadecimal digits are wanted",
            );
        }
        for good in ["", "study", "a/b c/-d", ":(top)x", "数据", "..a/.b"] {
            assert_eq!(place_within("the place", good), Ok(()), "{good}");
        }
        check(place_within("the place", output), "the place begins with a dash: programs would take it for an option");
        for bad in ["/etc", "..", "a/../..", "a//b", "a/", "./a", "."] {
            check(place_within("the place", bad), "the place is not a relative path without empty parts, `.` and `..`");
        }
        assert!(place_within("the place", "a\0b").is_err() && place_within("the place", &"x".repeat(5000)).is_err());
    }

    #[test]
    fn nesting_is_counted() {
        assert_eq!(depth(&json!(1)), 0);
        assert_eq!(depth(&json!([])), 1);
        assert_eq!(depth(&json!({"a": [{"b": 1}], "c": 2})), 3);
        let mut deep = json!(1);
        for _ in 0..100_000 {
            deep = Value::Array(vec![deep]);
        }
        assert!(json("the parameter", &deep, usize::MAX).is_err());
        // A recursive drop would be as deep: so it is dropped level by level.
        while let Value::Array(mut items) = deep {
            deep = items.pop().unwrap_or(Value::Null);
        }
    }
}
