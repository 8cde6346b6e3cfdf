//! Streams of runs as files for people: tables of metrics and of resource samples, and logs as text.
//!
//! The content comes from the sealed parts, which are objects of the export, and from the unsealed bytes. A part may have
//! been recorded during the backup; then both contain the same bytes, and the export uses them once.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
};

use hven_core::{
    AttemptId, Digest, RunId,
    handle::Handle,
    run::PartSealed,
    safe_text::SafeLog,
    stream::{Frames, Point, Sample, Stream},
};

use super::{
    Step, WriteResult,
    folder::{Folder, Written},
    layout::object_path,
    sheet::{
        Kind::{Int, Real, Text, Time as AtTime},
        Sheet, Table,
    },
};
use crate::{
    series::{StreamId, read_log, read_points, read_samples},
    sql::Connection,
    views::objects,
};

pub(super) static METRICS: Table = Table {
    file: "tables/metrics.parquet",
    row: "point of a metric",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("key", Text, "name of the metric"),
        ("step", Int, "the step number from the script"),
        ("time", AtTime, "when it was logged"),
        ("value", Real, "in the unit of the script; NaN and infinities as logged"),
    ],
};

pub(super) static RESOURCES: Table = Table {
    file: "tables/resources.parquet",
    row: "sample of the resource use of all processes of an attempt",
    columns: &[
        ("run", Text, "id of the run"),
        ("handle", Text, "its short name"),
        ("attempt", Int, "counted from 1"),
        ("time", AtTime, "of the sample"),
        ("cpu_s", Real, "CPU time so far, user and system, seconds"),
        ("memory_bytes", Int, "resident memory at the time of the sample, bytes"),
        ("read_bytes", Int, "read from disks so far, bytes"),
        ("written_bytes", Int, "written to disks so far, bytes"),
        ("processes", Int, "number of processes"),
    ],
};

/// Bytes of a stream that were not in a part.
#[derive(Clone, Debug)]
pub(super) struct Unsealed {
    pub(super) stream: StreamId,
    pub(super) from: u64,
    pub(super) file: String,
}

/// The path of the log of an attempt as text.
pub(super) fn log_file(handle: Handle, attempt: u32) -> String {
    format!("logs/{handle}-{attempt}.txt")
}

/// Writes the streams of all runs.
pub(super) fn write(
    folder: &mut Folder,
    sql: &mut Connection,
    unsealed: &[Unsealed],
    progress: &mut dyn FnMut(Step),
) -> WriteResult<()> {
    let find = "SELECT id, handle FROM runs ORDER BY seq";
    let runs = sql.query(find, &[], |row| Ok((RunId::from_bytes(row.array(0)?), Handle { count: row.uint(1)? })))?;
    let mut sheets = (Sheet::begin(folder, &METRICS)?, Sheet::begin(folder, &RESOURCES)?);
    let of = Some(runs.len() as u64);
    for (done, (run, handle)) in runs.into_iter().enumerate() {
        progress(Step { what: "logs and metrics", done: done as u64, of });
        let mut streams: BTreeMap<AttemptId, AttemptStreams> = BTreeMap::new();
        for part in objects::parts_of_run(sql, run)? {
            let there = folder.path(&object_path(&part.object)).exists();
            let attempt = streams.entry(part.attempt).or_default();
            attempt.parts.extend(there.then_some(part));
        }
        for rest in unsealed.iter().filter(|rest| rest.stream.0.run == run) {
            streams.entry(rest.stream.0).or_default().rest.push(rest);
        }
        for (attempt, streams) in streams {
            let attempt_name = AttemptName { run: run.to_string(), handle: handle.to_string(), attempt };
            streams.write(&attempt_name, folder, &mut sheets)?;
            if let Some(log) = streams.log(folder, &log_file(handle, attempt.number))? {
                folder.end(log)?;
            }
        }
    }
    sheets.0.end(folder)?;
    sheets.1.end(folder)?;
    Ok(())
}

struct AttemptName {
    run: String,
    handle: String,
    attempt: AttemptId,
}

/// The streams of an attempt and their files.
#[derive(Default)]
struct AttemptStreams<'a> {
    parts: Vec<PartSealed>,
    rest: Vec<&'a Unsealed>,
}

impl AttemptStreams<'_> {
    fn object(folder: &Folder, digest: &Digest) -> io::Result<File> {
        File::open(folder.path(&object_path(digest)))
    }

    /// The bytes of a stream after its parts.
    fn after_parts(&self, folder: &Folder, stream: Stream) -> io::Result<Vec<u8>> {
        let Some(rest) = self.rest.iter().find(|rest| rest.stream.1 == stream) else { return Ok(Vec::new()) };
        let sealed_to = self.of(stream).map(|part| part.to).max().unwrap_or(0);
        let bytes = std::fs::read(folder.path(&rest.file))?;
        let known = usize::try_from(sealed_to.saturating_sub(rest.from)).unwrap_or(usize::MAX);
        Ok(bytes.get(known..).unwrap_or_default().to_vec())
    }

    fn of(&self, stream: Stream) -> impl Iterator<Item = &PartSealed> {
        self.parts.iter().filter(move |part| part.stream == stream.as_str())
    }

    fn write(
        &self,
        attempt_name: &AttemptName,
        folder: &Folder,
        (metrics, resources): &mut (Sheet, Sheet),
    ) -> WriteResult<()> {
        let number = attempt_name.attempt.number;
        for stream in [Stream::Metrics, Stream::MetricsApi] {
            let mut add = |points: Vec<Point>| {
                points.into_iter().try_for_each(|point| {
                    let Point { key, value, step, time_us } = point;
                    metrics.add([
                        attempt_name.run.as_str().into(),
                        attempt_name.handle.as_str().into(),
                        number.into(),
                        key.into(),
                        step.into(),
                        time_us.into(),
                        value.0.into(),
                    ])
                })
            };
            for part in self.of(stream) {
                add(read_points(Self::object(folder, &part.object)?, None)?)?;
            }
            add(lines(&self.after_parts(folder, stream)?)?)?;
        }
        let mut samples: Vec<Sample> = Vec::new();
        for part in self.of(Stream::Resources) {
            samples.extend(read_samples(Self::object(folder, &part.object)?)?);
        }
        samples.extend(lines::<Sample>(&self.after_parts(folder, Stream::Resources)?)?);
        for Sample { time_us, cpu_s, rss, read, written, procs } in samples {
            resources.add([
                attempt_name.run.as_str().into(),
                attempt_name.handle.as_str().into(),
                number.into(),
                time_us.into(),
                cpu_s.into(),
                rss.into(),
                read.into(),
                written.into(),
                procs.into(),
            ])?;
        }
        Ok(())
    }

    /// Writes the log as text with terminal control characters escaped; the objects contain the exact bytes. `None` if the log
    /// is empty.
    fn log(&self, folder: &Folder, file: &str) -> WriteResult<Option<Written>> {
        let rest = self.after_parts(folder, Stream::Log)?;
        if self.of(Stream::Log).next().is_none() && rest.is_empty() {
            return Ok(None);
        }
        let mut text = folder.begin(file)?;
        let (mut log, mut safe) = (SafeLog::new(false), Vec::new());
        for part in self.of(Stream::Log) {
            let mut outcome = Ok(());
            read_log(Self::object(folder, &part.object)?, 0, &mut |frame| {
                safe.clear();
                log.feed(&frame.bytes, &mut safe);
                outcome = text.write_all(&safe);
                outcome.is_ok()
            })?;
            outcome?;
        }
        for frame in Frames::new(&rest) {
            let frame = frame.map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
            safe.clear();
            log.feed(frame.bytes, &mut safe);
            text.write_all(&safe)?;
        }
        safe.clear();
        log.finish(&mut safe);
        text.write_all(&safe)?;
        Ok(Some(text))
    }
}

/// The complete lines in some bytes. A blank line is an erased line.
fn lines<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> io::Result<Vec<T>> {
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let lines = bytes[..whole].split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
}
