//! `$HVEN_METRICS`: a file to which a script appends lines of JSON. The runner reads it as it grows and normalises it.
//!
//! ```text
//! {"key": "loss", "value": 0.25, "step": 3}      one point
//! {"loss": 0.25, "accuracy": 0.9, "step": 3}     several points of one step
//! {"param": {"lr": 0.1}}                         parameters
//! ```
//!
//! `step` is optional (default 0), and so is `time`, in seconds since 1970 (default now). A value may be `NaN` or infinite,
//! as a JSON string or in Python's notation. A line of another form is named in the log, and reading continues.

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

/// Longer lines are not read.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// The limit of one read; the next look reads the rest.
const LOOK_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Points of an attempt beyond this size are dropped.
const STREAM_BYTES_MAX: u64 = 4 << 30;

/// The results of one look at the file, except for the points, which are in the stream.
#[derive(Debug, Default)]
pub(crate) struct MetricsUpdate {
    pub(crate) params: Params,
    /// The bad lines and their problems, for the log.
    pub(crate) complaints: Vec<String>,
    /// The same for the server.
    pub(crate) asides: Vec<Aside>,
    /// The stream could not be written, probably on a full disk; the next look reads the lines again.
    pub(crate) failed: Option<io::Error>,
}

impl MetricsUpdate {
    /// Adds the results of a later look.
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
    /// How many points an earlier runner wrote to the stream already.
    known_points: u64,
    /// The rest of a line that is too long is being skipped.
    is_skipping: bool,
    /// The log says already that the file cannot be read.
    is_unreadable: bool,
    complaints: u32,
}

/// Opens the script's file, if it exists. Opening never blocks, even if the script replaced the file by a pipe. A link is not
/// followed, because its target was not written for the record.
fn open(path: &Path) -> io::Result<Option<File>> {
    let no_file = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_NOCTTY;
    match File::options().read(true).custom_flags(flags).open(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
        Ok(_) => no_file("it is not a file"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => no_file("it is a link"),
        Err(error) => Err(error),
    }
}

impl Metrics {
    /// Reads the points at `path` into the stream in the attempt's folder.
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

    /// Reads again, from the start, the file that an earlier runner had started to read.
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

    /// Reads the new lines. With `is_last`, the file is complete: everything is read, and the last line needs no line end.
    pub(crate) fn look(&mut self, now: Time, is_last: bool) -> MetricsUpdate {
        let mut look = MetricsUpdate::default();
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
                .push("$HVEN_METRICS became shorter, so it is read from its start again; only append to it".to_owned());
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
            look.asides.push(Aside::unnamed(u64::from(self.complaints - NAMED_MAX)));
        }
        look
    }

    fn read_lines(&mut self, file: &File, now: Time, is_last: bool) -> io::Result<MetricsUpdate> {
        let mut look = MetricsUpdate::default();
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
            for LineProblem { what, why } in Self::line(&line, now, &mut points, &mut known_points, &mut look.params) {
                self.complaints += 1;
                if self.complaints <= NAMED_MAX {
                    look.complain(&format!("line {line_number}{what}"), &why, &line);
                } else if self.complaints == NAMED_MAX + 1 {
                    look.complaints.push("More lines of $HVEN_METRICS are bad and are not named.".to_owned());
                }
            }
        }
        if !points.is_empty() && self.stream.bytes() + points.len() as u64 <= STREAM_BYTES_MAX {
            // On a full disk, the next look reads the same lines again.
            if let Err(error) = self.stream.append(&points) {
                (self.complaints, self.is_skipping) = (complaints_before, was_skipping_before);
                return Err(error);
            }
        }
        (self.line, self.known_points) = (line_number, known_points);
        self.offset += taken as u64;
        Ok(look)
    }

    /// Reads one line: appends its points to `points` and its parameters to `params`. Returns the problems of the line.
    fn line(
        line: &[u8],
        now: Time,
        points: &mut Vec<u8>,
        known_points: &mut u64,
        params: &mut Params,
    ) -> Vec<LineProblem> {
        let bad = |why: String| vec![LineProblem { what: String::new(), why }];
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
                        Some(why) => faults.push(LineProblem { what: format!(", the parameter {name}"), why }),
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
                    // The JSON of a point cannot fail, because a point is plain data.
                    if serde_json::to_writer(&mut *points, &point).is_ok() {
                        points.push(b'\n');
                    }
                }
                Vec::new()
            }
        }
    }
}

/// A problem in a line.
struct LineProblem {
    /// The affected part of the line; empty for the whole line.
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
        if error.to_string().starts_with("number out of range") {
            return "a number in it is larger than the largest one of 64 bits, 1.8e308".to_owned();
        }
        r#"it is not a JSON object such as {"loss": 0.25, "step": 3}"#.to_owned()
    })?;
    for name in ["param", "params"] {
        // A metric may have this name, but parameters are always an object.
        if let Some(Value::Object(_)) = map.get(name) {
            if map.len() > 1 {
                return Err(format!("a line with {name:?} may contain nothing else"));
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
            return Err("a line with \"key\" and \"value\" may also contain only \"step\" and \"time\"".to_owned());
        }
        _ => map.into_iter().collect(),
    };
    if values.is_empty() {
        return Err("it contains no value".to_owned());
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

/// Any value, shortened for people.
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

/// Quotes `NaN` and infinities, which Python writes as bare words that JSON does not allow.
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
