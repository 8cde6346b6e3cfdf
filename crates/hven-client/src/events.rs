//! Server-sent events: reads them, and resumes after the last event when the connection breaks.

use std::{
    fmt,
    io::{self, BufRead, BufReader},
    thread,
    time::{Duration, Instant},
};

use hven_api::{
    facts::{Fact, Grown},
    logs::{LogChunk, LogEnd},
};
use ureq::http::Method;

use crate::{
    ApiError, Client, Error, Patience, Result,
    query::Query,
    transport::{Call, may_pass},
};

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: String,
}

/// Parses events as the HTML standard requires (it ignores the field `retry`, because [`EventStream`] decides on retries).
#[derive(Debug)]
pub struct EventReader<R> {
    lines: R,
}

/// The longest line: a chunk of the log is at most 64 KiB before JSON escapes it.
const LINE_BYTES_MAX: u64 = 8 << 20;

impl<R: BufRead> EventReader<R> {
    pub const fn new(lines: R) -> Self {
        Self { lines }
    }

    /// The next event; `None` at the end of the bytes, where an incomplete event is dropped.
    pub fn next_event(&mut self) -> io::Result<Option<Event>> {
        let mut event = Event::default();
        let mut any = false;
        let mut line = Vec::new();
        loop {
            line.clear();
            if io::Read::take(&mut self.lines, LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            if !line.ends_with(b"\n") {
                return if line.len() as u64 == LINE_BYTES_MAX {
                    Err(io::Error::other("a line of the event stream is too long"))
                } else {
                    Ok(None)
                };
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            if text.is_empty() {
                if any {
                    event.data.pop();
                    return Ok(Some(event));
                }
                event.name.clear();
                continue;
            }
            let (field, value) = text.split_once(':').unwrap_or((text, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => event.id = Some(value.to_owned()),
                "event" => value.clone_into(&mut event.name),
                "data" => {
                    event.data.push_str(value);
                    event.data.push('\n');
                    any = true;
                }
                // A comment keeps the connection alive; this client ignores other fields.
                _ => {}
            }
        }
    }
}

/// Events of a server; resumes with `Last-Event-ID` after a broken connection.
pub struct EventStream<'c> {
    client: &'c Client,
    path: String,
    last_id: Option<String>,
    reader: Option<EventReader<BufReader<ureq::BodyReader<'static>>>>,
    /// The maximum time without a connection.
    patience: Patience,
    lost: Option<Instant>,
    ended: bool,
}

impl fmt::Debug for EventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("path", &self.path).field("last_id", &self.last_id).finish_non_exhaustive()
    }
}

const PAUSE: Duration = Duration::from_millis(100);

impl<'c> EventStream<'c> {
    pub(crate) const fn new(client: &'c Client, path: String, patience: Patience) -> Self {
        Self { client, path, last_id: None, reader: None, patience, lost: None, ended: false }
    }

    fn connect(&mut self) -> Result<()> {
        let mut call = Call::new(Method::GET, self.path.clone());
        call.headers.push(("Accept", "text/event-stream".to_owned()));
        call.patience = Some(self.patience);
        if let Some(id) = &self.last_id {
            call.headers.push(("Last-Event-ID", id.clone()));
        }
        let (response, _) = self.client.request(&call)?;
        let body = response.into_body().into_with_config().limit(u64::MAX).reader();
        self.reader = Some(EventReader::new(BufReader::new(body)));
        Ok(())
    }

    /// Returns the next event, or the reason why there are no more.
    fn step(&mut self) -> Result<Event> {
        loop {
            if self.reader.is_none() {
                self.connect()?;
            }
            let next = self.reader.as_mut().map(EventReader::next_event);
            if let Some(Ok(Some(event))) = next {
                self.lost = None;
                if event.id.is_some() {
                    self.last_id.clone_from(&event.id);
                }
                return Ok(event);
            }
            // The stream broke or ended: a server that stops ends it, too.
            self.reader = None;
            let lost = *self.lost.get_or_insert_with(Instant::now);
            if lost.elapsed() > self.patience.0 {
                let url = self.client.address()?.url;
                return Err(Error::Unreachable { url, why: "its event stream breaks repeatedly".to_owned() });
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Iterator for EventStream<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step();
        self.ended = step.is_err();
        Some(step)
    }
}

/// An event of a log.
#[derive(Clone, Debug)]
pub enum LogEvent {
    Chunk(LogChunk),
    End(LogEnd),
}

/// The log of a run as it grows; ends with [`LogEvent::End`].
#[derive(Debug)]
pub struct LogStream<'c> {
    events: EventStream<'c>,
}

impl Iterator for LogStream<'_> {
    type Item = Result<LogEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let event = match self.events.next()? {
                Ok(event) => event,
                Err(error) => return Some(Err(error)),
            };
            let read = match event.name.as_str() {
                "chunk" => serde_json::from_str(&event.data).map(LogEvent::Chunk),
                "end" => {
                    self.events.ended = true;
                    serde_json::from_str(&event.data).map(LogEvent::End)
                }
                // The server cannot read the log, so a retry does not help.
                "error" => {
                    self.events.ended = true;
                    let code = "store.failed".to_owned();
                    return Some(Err(Error::Api(ApiError { status: 500, code, message: event.data, hint: None })));
                }
                _ => continue,
            };
            return Some(read.map_err(|e| self.events.not_understood(&e)));
        }
    }
}

impl EventStream<'_> {
    fn not_understood(&self, error: &serde_json::Error) -> Error {
        Error::NotUnderstood { url: self.path.clone(), why: error.to_string() }
    }
}

/// An event of a home.
#[derive(Clone, Debug)]
pub enum HomeEvent {
    Fact(Box<Fact>),
    Grown(Grown),
}

/// The events of a home as they happen.
#[derive(Debug)]
pub struct HomeEvents<'c> {
    events: EventStream<'c>,
}

impl Iterator for HomeEvents<'_> {
    type Item = Result<HomeEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let event = match self.events.next()? {
                Ok(event) => event,
                Err(error) => return Some(Err(error)),
            };
            let read = match event.name.as_str() {
                "fact" => serde_json::from_str(&event.data).map(HomeEvent::Fact),
                "grown" => serde_json::from_str(&event.data).map(HomeEvent::Grown),
                _ => continue,
            };
            return Some(read.map_err(|e| self.events.not_understood(&e)));
        }
    }
}

impl Client {
    /// Follows the log of a run, or of one attempt, until it ends. While no server answers, it waits up to `patience` without
    /// interruption.
    pub fn follow_log(&self, run: &str, attempt: Option<u32>, patience: Patience) -> LogStream<'_> {
        let mut query = Query::default();
        query.add_some("attempt", attempt);
        let path = query.below(&format!("/runs/{}/log/follow", crate::query::escape(run)));
        LogStream { events: EventStream::new(self, path, patience) }
    }

    /// The events from now on (or after the fact `after`), of one run or of all runs.
    pub fn events(&self, run: Option<&str>, after: Option<u64>, patience: Patience) -> HomeEvents<'_> {
        let mut query = Query::default();
        query.add_some("run", run);
        let mut events = EventStream::new(self, query.below("/events"), patience);
        events.last_id = after.map(|seq| seq.to_string());
        HomeEvents { events }
    }

    /// Whether the error may disappear on a retry.
    pub fn may_pass(error: &Error) -> bool {
        may_pass(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Event> {
        let mut reader = EventReader::new(text.as_bytes());
        std::iter::from_fn(|| reader.next_event().expect("readable")).collect()
    }

    #[test]
    fn events_are_parsed_and_an_incomplete_event_is_dropped() {
        let event = |id: Option<&str>, name: &str, data: &str| Event {
            id: id.map(str::to_owned),
            name: name.to_owned(),
            data: data.to_owned(),
        };
        let cases: [(&str, Vec<Event>); 6] = [
            ("", vec![]),
            (": still here\n\n", vec![]),
            ("id: 7\nevent: chunk\ndata: {}\n\n", vec![event(Some("7"), "chunk", "{}")]),
            ("data:a\r\ndata: b\r\n\r\n", vec![event(None, "", "a\nb")]),
            ("data: a\n\ndata: torn", vec![event(None, "", "a")]),
            ("event: chunk\n\ndata\n\n", vec![event(None, "", "")]),
        ];
        for (text, wanted) in cases {
            assert_eq!(read(text), wanted, "{text:?}");
        }
    }
}
