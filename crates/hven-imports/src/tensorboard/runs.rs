//! The runs in a folder of TensorBoard: each folder that has event files is one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use hven_core::{Time, file_name, number::Number, stream::Point};

use super::{
    events::{Content, Event, Summary, event},
    frames::{Frame, Frames},
    values::{Hparam, Session, Tensor},
};
use crate::{Artifact, ArtifactBytes, Error, Faults, NO_PLACE, Result, derived_id};

const DEPTH_MAX: usize = 64;
const BUFFER_BYTES: usize = 256 << 10;
/// Whether a file is one of events, as TensorBoard decides it.
const MARK: &str = "tfevents";
const HPARAMS: &str = "hparams";

/// A folder with event files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The id of its run: made of the name of its first event file, which has a time, a host and a process in it, and of its place below
    /// the folder that was named. So it stays when the folder is moved.
    pub id: String,
    /// Its path below the folder that was named; empty for that folder itself.
    pub name: String,
    /// In the order in which they were written.
    pub files: Vec<PathBuf>,
    pub bytes: u64,
}

/// How the work of a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Succeeded,
    Failed,
    /// Event files say it only where the plugin `hparams` was used.
    NotSaid,
}

/// A finding in the files of a run.
#[derive(Clone, Debug)]
pub enum Finding {
    Points(Vec<Point>),
    File(Artifact),
}

/// The content of a run without its points and files.
#[derive(Clone, Debug, PartialEq)]
pub struct Summed {
    pub params: BTreeMap<String, Hparam>,
    /// The first and the last time.
    pub started: Option<Time>,
    pub ended: Option<Time>,
    pub end: End,
}

/// The runs below a folder, in the order of their names. Links to folders are not followed.
pub fn folders(root: &Path, faults: &mut Faults) -> Result<Vec<Folder>> {
    let mut found = Vec::new();
    let mut waiting = vec![(root.to_owned(), String::new(), 0)];
    let mut other_files = 0;
    while let Some((folder, name, depth)) = waiting.pop() {
        let unreadable = |source| Error::Io { path: folder.clone(), source };
        let (mut files, mut bytes) = (Vec::new(), 0);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let own = file_name::to_text(&entry.file_name());
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() && depth < DEPTH_MAX {
                let below = if name.is_empty() { own } else { format!("{name}/{own}") };
                waiting.push((entry.path(), below, depth + 1));
            } else if kind.is_dir() {
                faults.add("folders", own, "they are nested too deep");
            } else if own.contains(MARK) {
                if kind.is_file() && !is_event_file(&entry.path()).map_err(unreadable)? {
                    other_files += 1;
                    faults.add("event files", own, "has the name of an event file and holds no records");
                } else if kind.is_file() {
                    bytes += entry.metadata().map_err(unreadable)?.len();
                    files.push(entry.path());
                } else {
                    faults.add("event files", own, "is a link or no regular file");
                }
            }
        }
        // The names have the time of the start in seconds, so this is the order of writing.
        files.sort();
        if let Some(first) = files.first() {
            let first = first.file_name().map(file_name::to_text).unwrap_or_default();
            found.push(Folder { id: derived_id("tensorboard", &[&name, &first]), name, files, bytes });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        return Err(Error::NotAStore {
            place: root.display().to_string(),
            wanted: "folder of TensorBoard",
            why: match other_files {
                0 => format!("no file in it has {MARK} in its name"),
                _ => format!("the files in it with {MARK} in their names hold no records"),
            },
        });
    }
    Ok(found)
}

/// Whether a file begins as an event file does. An empty file, or one whose first record is not whole yet, may become one.
fn is_event_file(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    Ok(Frames::new(file, size).next()? != Frame::Lost)
}

/// How many points are handed over at once.
const PAGE_POINTS: usize = 10_000;

impl Folder {
    /// Reads the event files, hands over points and files, and returns the rest at the end. `take` stops the reading with an error of its
    /// own.
    pub fn read<E: From<Error>>(
        &self,
        faults: &mut Faults,
        take: &mut dyn FnMut(Finding) -> std::result::Result<(), E>,
    ) -> std::result::Result<Summed, E> {
        let mut reading = Reading::default();
        for path in &self.files {
            let name = path.file_name().map(file_name::to_text).unwrap_or_default();
            let name = if self.name.is_empty() { name } else { format!("{}/{name}", self.name) };
            let unreadable = |source| Error::Io { path: path.clone(), source };
            let file = File::open(path).map_err(unreadable)?;
            let size = file.metadata().map_err(unreadable)?.len();
            let mut frames = Frames::new(BufReader::with_capacity(BUFFER_BYTES, file), size);
            loop {
                let (offset, rest) = (frames.offset, size.saturating_sub(frames.offset));
                let place = || format!("{name}, from byte {offset}");
                match frames.next().map_err(unreadable)? {
                    Frame::Record(record) => reading.add(event(&record), faults, take)?,
                    Frame::Damaged => faults.add("events", place(), "their checksum differs: the file is damaged"),
                    Frame::End => break,
                    Frame::Truncated => {
                        let why = "the last event is not complete: its writer was ended, or still writes".to_owned();
                        faults.add("events", place(), why);
                        break;
                    }
                    Frame::Lost => {
                        let why = format!("the file is damaged: its last {rest} bytes cannot be read");
                        faults.add("event files", place(), why);
                        break;
                    }
                }
            }
        }
        if !reading.points.is_empty() {
            take(Finding::Points(std::mem::take(&mut reading.points)))?;
        }
        Ok(reading.summed())
    }
}

#[derive(Default)]
struct Reading {
    points: Vec<Point>,
    session: Session,
    first: Option<f64>,
    last: Option<f64>,
    /// The plugin that the first value of a tag names; later values leave it out.
    plugins: BTreeMap<String, String>,
}

impl Reading {
    fn add<E: From<Error>>(
        &mut self,
        event: Event,
        faults: &mut Faults,
        take: &mut dyn FnMut(Finding) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Event { wall_time, step, summaries, has_graph, is_faulty } = event;
        if is_faulty {
            faults.add("events", "", "a part of them is no message of TensorBoard");
        }
        if has_graph {
            faults.add("graphs of models", "", NO_PLACE);
        }
        if wall_time.is_finite() && wall_time > 0.0 {
            self.first = Some(self.first.map_or(wall_time, |first| first.min(wall_time)));
            self.last = Some(self.last.map_or(wall_time, |last| last.max(wall_time)));
        }
        for summary in summaries {
            self.add_summary(summary, step, wall_time, faults, take)?;
        }
        if self.points.len() >= PAGE_POINTS {
            take(Finding::Points(std::mem::take(&mut self.points)))?;
        }
        Ok(())
    }

    fn add_summary<E: From<Error>>(
        &mut self,
        summary: Summary,
        step: i64,
        wall_time: f64,
        faults: &mut Faults,
        take: &mut dyn FnMut(Finding) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Summary { tag, mut plugin, plugin_content, content } = summary;
        if plugin == HPARAMS {
            self.session.add(&plugin_content);
            return Ok(());
        }
        if plugin.is_empty() {
            plugin = self.plugins.get(&tag).cloned().unwrap_or_default();
        } else {
            self.plugins.insert(tag.clone(), plugin.clone());
        }
        let mut take_file = |folder: &str, name: String, bytes: Vec<u8>| {
            let path = format!("{folder}/{}/{name}", plain_path(&tag));
            take(Finding::File(Artifact { path, bytes: ArtifactBytes::Here(bytes) }))
        };
        match (content, plugin.as_str()) {
            (Content::Scalar(value), _) => self.point(tag, f64::from(value), step, wall_time, faults),
            (Content::Image(bytes), _) => take_file("images", format!("{step}.{}", kind_of_image(&bytes)), bytes)?,
            (Content::Tensor(Tensor { strings, .. }), "images") if strings.len() > 2 => {
                // The first two texts are width and height.
                for (number, bytes) in strings.into_iter().skip(2).enumerate() {
                    let number = if number == 0 { String::new() } else { format!("-{number}") };
                    take_file("images", format!("{step}{number}.{}", kind_of_image(&bytes)), bytes)?;
                }
            }
            (Content::Tensor(Tensor { strings, .. }), "text") => {
                take_file("text", format!("{step}.md"), strings.join(&b"\n\n"[..]))?;
            }
            (Content::Tensor(Tensor { number: Some(number), elements: 1, .. }), "" | "scalars") => {
                self.point(tag, number, step, wall_time, faults);
            }
            (Content::Nothing, _) => {}
            (Content::Histogram, _) | (_, "histograms" | "distributions") => faults.add("histograms", tag, NO_PLACE),
            (Content::Audio, _) | (_, "audio") => faults.add("sounds", tag, NO_PLACE),
            (Content::Tensor(_), _) => faults.add("tensors", tag, NO_PLACE),
        }
        Ok(())
    }

    fn point(&mut self, key: String, value: f64, step: i64, wall_time: f64, faults: &mut Faults) {
        match time(wall_time) {
            Some(time) => self.points.push(Point { key, value: Number(value), step, time_us: time.micros() }),
            None => faults.add("points", key, "their time lies outside of the years 0 to 9999"),
        }
    }

    fn summed(self) -> Summed {
        let Session { params, started, ended, status } = self.session;
        let first = started.filter(|time| *time > 0.0).or(self.first);
        let last = ended.filter(|time| *time > 0.0).or(self.last);
        Summed {
            params,
            started: first.and_then(time),
            ended: last.and_then(time),
            end: match status {
                1 => End::Succeeded,
                2 => End::Failed,
                _ => End::NotSaid,
            },
        }
    }
}

fn time(seconds: f64) -> Option<Time> {
    let time = Time::from_micros((seconds * 1e6).round() as i64);
    (seconds.is_finite() && (Time::MIN..=Time::MAX).contains(&time)).then_some(time)
}

/// A tag as a path: without parts that would lead elsewhere.
fn plain_path(tag: &str) -> String {
    const PART_BYTES_MAX: usize = 200;
    let parts: Vec<&str> = tag
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .map(|part| &part[..part.floor_char_boundary(PART_BYTES_MAX)])
        .take(32)
        .collect();
    if parts.is_empty() { "_".to_owned() } else { parts.join("/").replace('\0', "_") }
}

fn kind_of_image(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "png",
        [0xff, 0xd8, ..] => "jpg",
        [b'G', b'I', b'F', ..] => "gif",
        _ => "bin",
    }
}
