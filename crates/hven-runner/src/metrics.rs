//! `$HVEN_METRICS`: a file to which a script appends lines of JSON, read as it grows and brought into one form.
//!
//! ```text
//! {"key": "loss", "value": 0.25, "step": 3}      one point
//! {"loss": 0.25, "accuracy": 0.9, "step": 3}     several of one step
//! {"param": {"lr": 0.1}}                         parameters
//! ```
//!
//! `step` may be left out (0); `time`, in seconds since 1970, too (now). A value may be `NaN` or infinite, as a word or
//! as Python writes it. A line that is none of these is named in the log, and the next is read.

use std::{
    fs::File,
    io,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use hven_api::spool;
use hven_core::{
    Time,
    limits::NESTING_MAX,
    params::{self, Params},
    run::Number,
    set_aside::{Aside, NAMED_MAX},
    stream::{Point, Stream, check_key, check_point},
};
use serde_json::Value;

use crate::{appender::Appender, mask::Secrets};

/// A longer line is not read.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Read at once; what is left is read at the next look.
const LOOK_BYTES_MAX: usize = 4 * 1024 * 1024;
/// An attempt's points beyond this are not kept.
const STREAM_BYTES_MAX: u64 = 4 << 30;

/// What one look brought, beside the points, which are in the stream.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) params: Params,
    /// What is wrong with which line, for the log.
    pub(crate) complaints: Vec<String>,
    /// The same, for the server: what was not taken in.
    pub(crate) asides: Vec<Aside>,
    /// Lines could not be taken in, for want of space most likely: the next look reads them again.
    pub(crate) failed: Option<io::Error>,
}

impl Look {
    /// Takes in what a later look brought.
    pub(crate) fn add(&mut self, more: Self) {
        self.params.extend(more.params);
        self.complaints.extend(more.complaints);
        self.asides.extend(more.asides);
        self.failed = more.failed;
    }

    fn complain(&mut self, what: &str, why: &str, message: &[u8]) {
        self.complaints.push(format!("$HVEN_METRICS {what}: {why}"));
        self.asides.push(Aside::new(format!("{what} of $HVEN_METRICS"), why, message));
    }
}

#[derive(Debug)]
pub(crate) struct Metrics {
    path: PathBuf,
    secrets: Arc<Secrets>,
    stream: Appender,
    offset: u64,
    line: u64,
    /// Points that are in the stream already, from before the runner was started again.
    known_points: u64,
    /// The end of a line that is too long is passed over.
    is_skipping: bool,
    /// The log says already that the file cannot be read.
    is_unreadable: bool,
    complaints: u32,
}

/// Opens the script's file, when there is one. A pipe that the script put in its place is not waited for, and a link is
/// not followed: what it leads to was not written for the record.
fn open(path: &Path) -> io::Result<Option<File>> {
    let no_file = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_NOCTTY;
    match File::options().read(true).custom_flags(flags).open(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
        Ok(_) => no_file("it is no file"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => no_file("it is a link"),
        Err(error) => Err(error),
    }
}

impl Metrics {
    /// What the script writes to `path` comes into the attempt's folder.
    pub(crate) fn new(path: PathBuf, dir: &Path, secrets: &Arc<Secrets>) -> Self {
        Self {
            path,
            secrets: Arc::clone(secrets),
            stream: Appender::fresh(spool::stream_file(dir, Stream::Metrics)),
            offset: 0,
            line: 0,
            known_points: 0,
            is_skipping: false,
            is_unreadable: false,
            complaints: 0,
        }
    }

    /// Reads from the start what a runner before this one had begun to read.
    pub(crate) fn resume(path: PathBuf, dir: &Path) -> io::Result<Self> {
        let stream = spool::stream_file(dir, Stream::Metrics);
        let known = match std::fs::read(&stream) {
            Ok(bytes) => bytes.split(|&b| b == b'\n').count() as u64 - 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { known_points: known, stream: Appender::new(stream), ..Self::new(path, dir, &Arc::default()) })
    }

    /// How many bytes of the stream may be sent.
    pub(crate) const fn bytes(&self) -> u64 {
        self.stream.bytes()
    }

    /// Reads what is new. `is_last`: nothing follows, so a line without its end is a line, and all is read.
    pub(crate) fn look(&mut self, now: Time, is_last: bool) -> Look {
        let mut look = Look::default();
        let file = match open(&self.path) {
            Ok(Some(file)) => file,
            Ok(None) => return look,
            Err(error) => {
                if !std::mem::replace(&mut self.is_unreadable, true) {
                    let hint = "Append lines to a plain file at this path.";
                    look.complaints.push(format!("$HVEN_METRICS cannot be read: {error}. {hint}"));
                }
                return look;
            }
        };
        self.is_unreadable = false;
        let Ok(length) = file.metadata().map(|metadata| metadata.len()) else { return look };
        if length < self.offset {
            look.complaints
                .push("$HVEN_METRICS was cut short: append to it; it is read from its start again".to_owned());
            (self.offset, self.line, self.is_skipping) = (0, 0, false);
        }
        while length > self.offset {
            let before = self.offset;
            match self.read_lines(&file, now, is_last) {
                Ok(more) => {
                    look.add(more);
                }
                Err(error) => look.failed = Some(error),
            }
            if self.offset == before || !is_last {
                break;
            }
        }
        if is_last && look.failed.is_none() && self.complaints > NAMED_MAX {
            look.asides.push(Aside::uncounted(u64::from(self.complaints - NAMED_MAX)));
        }
        look
    }

    fn read_lines(&mut self, file: &File, now: Time, is_last: bool) -> io::Result<Look> {
        let mut look = Look::default();
        let was_skipping_before = self.is_skipping;
        let mut bytes = vec![0; LOOK_BYTES_MAX.min((file.metadata()?.len() - self.offset) as usize)];
        let read = file.read_at(&mut bytes, self.offset)?;
        bytes.truncate(read);
        let is_all = self.offset + read as u64 >= file.metadata()?.len();
        let (mut points, mut taken) = (Vec::new(), 0);
        let mut line_number = self.line;
        let (mut known_points, complaints_before) = (self.known_points, self.complaints);
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let end = rest.iter().position(|&b| b == b'\n');
            let (line, after) = match end {
                Some(end) => (&rest[..end], end + 1),
                None if rest.len() > LINE_BYTES_MAX || (is_last && is_all) => (rest, rest.len()),
                None => break,
            };
            taken += after;
            let was_skipping = std::mem::replace(&mut self.is_skipping, end.is_none() && line.len() > LINE_BYTES_MAX);
            if was_skipping {
                continue;
            }
            line_number += 1;
            let line = self.secrets.hide(line.trim_ascii());
            for Bad { what, why } in Self::line(&line, now, &mut points, &mut known_points, &mut look.params) {
                self.complaints += 1;
                if self.complaints <= NAMED_MAX {
                    look.complain(&format!("line {line_number}{what}"), &why, &line);
                } else if self.complaints == NAMED_MAX + 1 {
                    look.complaints.push("More lines of $HVEN_METRICS are bad and are not named.".to_owned());
                }
            }
        }
        if !points.is_empty() && self.stream.bytes() + points.len() as u64 <= STREAM_BYTES_MAX {
            // A full disk: the same lines are read again at the next look.
            if let Err(error) = self.stream.append(&points) {
                (self.complaints, self.is_skipping) = (complaints_before, was_skipping_before);
                return Err(error);
            }
        }
        (self.line, self.known_points) = (line_number, known_points);
        self.offset += taken as u64;
        Ok(look)
    }

    /// Takes in one line: its points as lines of the stream, its parameters. Answers what is bad in it.
    fn line(line: &[u8], now: Time, points: &mut Vec<u8>, known_points: &mut u64, params: &mut Params) -> Vec<Bad> {
        let bad = |why: String| vec![Bad { what: String::new(), why }];
        if line.is_empty() {
            return Vec::new();
        }
        if line.len() > LINE_BYTES_MAX {
            return bad(format!("it has more than {LINE_BYTES_MAX} bytes"));
        }
        let Ok(text) = std::str::from_utf8(line) else { return bad("it is not UTF-8".to_owned()) };
        match read_line(text, now) {
            Err(why) => bad(why),
            Ok(Line::Params(new)) => {
                let mut faults = Vec::new();
                for (name, value) in new {
                    match params::fault(&name, &value) {
                        None => drop(params.insert(name, value)),
                        Some(why) => faults.push(Bad { what: format!(", the parameter {name}"), why }),
                    }
                }
                faults
            }
            Ok(Line::Points(new)) => {
                for point in new {
                    if *known_points > 0 {
                        *known_points -= 1;
                        continue;
                    }
                    // A point is plain data: its JSON cannot fail.
                    if serde_json::to_writer(&mut *points, &point).is_ok() {
                        points.push(b'\n');
                    }
                }
                Vec::new()
            }
        }
    }
}

/// Something in a line that cannot be taken in.
struct Bad {
    /// Which part of it; nothing when it is all of it.
    what: String,
    why: String,
}

#[derive(Debug)]
enum Line {
    Points(Vec<Point>),
    Params(Params),
}

fn read_line(text: &str, now: Time) -> Result<Line, String> {
    let parse = |text: &str| serde_json::from_str::<serde_json::Map<String, Value>>(text);
    let parsed = parse(text).or_else(|error| parse(&with_words_quoted(text)).map_err(|_| error));
    let mut map = parsed.map_err(|error| {
        if error.to_string().starts_with("recursion limit exceeded") {
            return format!("it is nested deeper than {NESTING_MAX} levels");
        }
        r#"it is not a JSON object such as {"loss": 0.25, "step": 3}"#.to_owned()
    })?;
    for name in ["param", "params"] {
        // A metric may be called so; parameters are an object.
        if let Some(Value::Object(_)) = map.get(name) {
            if map.len() > 1 {
                return Err(format!("beside {name:?} nothing else may stand in a line"));
            }
            let Some(Value::Object(params)) = map.remove(name) else { continue };
            return Ok(Line::Params(params.into_iter().collect()));
        }
    }
    let step = map.remove("step").map_or(Ok(0), |step| whole(&step))?;
    let time_us = match map.remove("time") {
        None => now.micros(),
        Some(time) => match time.as_f64().map(|seconds| seconds * 1e6) {
            Some(micros) if (Time::MIN.micros() as f64..=Time::MAX.micros() as f64).contains(&micros) => micros as i64,
            _ => return Err(format!("\"time\" is {}, not seconds since 1970", shown(&time))),
        },
    };
    let values: Vec<(String, Value)> = match (map.get("key"), map.get("value")) {
        (Some(Value::String(key)), Some(value)) if map.len() == 2 => vec![(key.clone(), value.clone())],
        (Some(Value::String(_)), Some(_)) => {
            return Err("beside \"key\" and \"value\" only \"step\" and \"time\" may stand".to_owned());
        }
        _ => map.into_iter().collect(),
    };
    if values.is_empty() {
        return Err("it holds no value".to_owned());
    }
    let point = |(key, value): (String, Value)| {
        check_key(&key).map_err(|error| error.to_string())?;
        let number = serde_json::from_value::<Number>(value.clone());
        let value = number.map_err(|_| format!("{key:?} is {}, not a number", shown(&value)))?;
        let point = Point { key, value, step, time_us };
        check_point(&point)?;
        Ok(point)
    };
    values.into_iter().map(point).collect::<Result<_, String>>().map(Line::Points)
}

/// A value for people, which may be anything.
fn shown(value: &Value) -> String {
    const CHARS_MAX: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn whole(step: &Value) -> Result<i64, String> {
    let whole = |x: f64| (x.fract() == 0.0 && x.abs() < 9e15).then_some(x as i64);
    let number = step.as_i64().or_else(|| step.as_f64().and_then(whole));
    number.ok_or_else(|| format!("\"step\" is {}, not a whole number", shown(step)))
}

/// Python writes values that are not finite as bare words, which JSON does not know: puts them into quotes.
fn with_words_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let (mut in_string, mut rest) = (false, text);
    while let Some(next) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| !in_string && rest.starts_with(word));
        if let Some(word) = word {
            out.extend(["\"", word, "\""]);
            rest = &rest[word.len()..];
            continue;
        }
        let length = if in_string && next == '\\' {
            1 + rest.chars().nth(1).map_or(0, char::len_utf8)
        } else {
            in_string ^= next == '"';
            next.len_utf8()
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests;
