//! The folder `mlruns` of MLflow: one folder for each experiment, in it one for each run, and in that one file for each metric,
//! parameter and tag.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use hven_core::stream::Point;
use serde_json::{Value, json};

use super::{
    database::pairs,
    flat_yaml::Meta,
    numbers::point,
    store::{
        DELETED_STAGE, Details, Experiment, LoggedModel, ModelVersion, PARENT, Pages, RegisteredModel, RunInfo, Status,
        Store, Texts,
    },
};
use crate::{Artifact, ArtifactBytes, ArtifactPlaces, Error, Faults, NO_PLACE, Result, artifacts::files_below};

const META: &str = "meta.yaml";
const META_BYTES_MAX: u64 = 16 << 20;
/// The largest file of a parameter or tag that is read.
const TEXT_BYTES_MAX: u64 = 1 << 20;
const LINE_BYTES_MAX: u64 = 4096;
const PAGE_POINTS: usize = 10_000;
const TRASH: &str = ".trash";
const MODELS: &str = "models";

#[derive(Debug)]
pub struct FileStore {
    root: PathBuf,
    places: ArtifactPlaces,
}

impl FileStore {
    /// Opens a folder, or the folder `mlruns` in it.
    pub fn open(folder: &Path, artifacts: Option<&Path>) -> Result<Self> {
        let io = |source| Error::Io { path: folder.to_owned(), source };
        let mut root = folder.canonicalize().map_err(io)?;
        let below = root.join("mlruns");
        if !has_experiments(&root).map_err(io)? && below.is_dir() {
            root = below;
        }
        if root.join(META).is_file() {
            let why = "it is one experiment or run: name the folder that holds the experiments".to_owned();
            return Err(Error::NotAStore { place: folder.display().to_string(), wanted: "folder of MLflow", why });
        }
        if !has_experiments(&root).map_err(io)? {
            let why = format!("no folder in it has a file {META}");
            return Err(Error::NotAStore { place: folder.display().to_string(), wanted: "folder of MLflow", why });
        }
        let mut own: Vec<PathBuf> = artifacts.map(Path::to_owned).into_iter().collect();
        own.extend(root.parent().map(|above| above.join("mlartifacts")));
        Ok(Self { places: ArtifactPlaces::new(&own, &root), root })
    }

    /// The folder of an experiment, and whether it is in the trash.
    fn folder(&self, experiment: &str) -> PathBuf {
        let usual = self.root.join(experiment);
        if usual.join(META).is_file() { usual } else { self.root.join(TRASH).join(experiment) }
    }

    fn run_folder(&self, run: &RunInfo) -> PathBuf {
        self.folder(&run.experiment).join(&run.id)
    }

    fn datasets(&self, run: &RunInfo, faults: &mut Faults) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        for input in folders(&self.run_folder(run).join("inputs"))? {
            let Some(meta) = meta(&input, "datasets", faults) else { continue };
            let Some(id) = meta.text("source_id").filter(|id| is_name(id)) else { continue };
            let of = self.folder(&run.experiment).join("datasets").join(id);
            let Some(dataset) = self::meta(&of, "datasets", faults) else { continue };
            let mut value = json!({});
            for field in ["name", "digest", "source_type", "source", "schema", "profile"] {
                if let Some(text) = dataset.text(field) {
                    value[field] = text.into();
                }
            }
            found.push(json!({ "dataset": value, "tags": pairs(&meta.map("tags")) }));
        }
        Ok(found)
    }

    fn model_outputs(&self, run: &RunInfo, faults: &mut Faults) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        for output in folders(&self.run_folder(run).join("outputs"))? {
            let Some(meta) = meta(&output, "models", faults) else { continue };
            if let Some(id) = meta.text("destination_id") {
                found.push(json!({ "model_id": id, "step": meta.number("step").unwrap_or_default() }));
            }
        }
        Ok(found)
    }

    fn version(folder: &Path, faults: &mut Faults) -> Result<Option<ModelVersion>> {
        let Some(meta) = meta(folder, "model versions", faults) else { return Ok(None) };
        let Some(number) = meta.number("version").and_then(|number| u64::try_from(number).ok()) else {
            return Ok(None);
        };
        Ok(Some(ModelVersion {
            number,
            source: meta.text("source").unwrap_or_default().to_owned(),
            run: owned(&meta, "run_id"),
            description: owned(&meta, "description"),
            stage: owned(&meta, "current_stage").filter(|stage| stage != "None"),
            tags: texts(&folder.join("tags"), "tags", faults)?,
        }))
    }
}

impl Store for FileStore {
    fn experiments(&self, faults: &mut Faults) -> Result<Vec<Experiment>> {
        let mut found = Vec::new();
        for folder in folders(&self.root)?.into_iter().chain(folders(&self.root.join(TRASH))?) {
            if !folder.join(META).is_file() {
                let runs = folders(&folder)?.iter().filter(|run| run.join(META).is_file()).count();
                let is_other = folder.file_name().is_some_and(|name| name == MODELS || name == TRASH);
                if !is_other {
                    let why = "the folder of their experiment has no meta.yaml";
                    faults.add_many("runs", runs as u64, folder.display().to_string(), why);
                }
                continue;
            }
            let Some(meta) = meta(&folder, "experiments", faults) else { continue };
            let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let (Some(own), Some(name)) = (meta.text("experiment_id"), meta.text("name")) else {
                faults.add("experiments", id, "meta.yaml has no name or no id");
                continue;
            };
            if own != id {
                faults.add("experiments", id, "meta.yaml has another id than the folder");
                continue;
            }
            let name = name.to_owned();
            let is_deleted = meta.text("lifecycle_stage") == Some("deleted");
            let tags = texts(&folder.join("tags"), "tags", faults)?;
            found.push(Experiment { id, name, is_deleted, tags });
        }
        Ok(found)
    }

    fn runs(&self, experiment: &Experiment, faults: &mut Faults) -> Result<Vec<RunInfo>> {
        let mut runs = Vec::new();
        for folder in folders(&self.folder(&experiment.id))? {
            let Some(id) = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
            if matches!(id.as_str(), "tags" | "datasets" | "traces" | "models" | "assessments")
                || !folder.join(META).is_file()
            {
                continue;
            }
            let Some(meta) = meta(&folder, "runs", faults) else { continue };
            if meta.text("run_id").or_else(|| meta.text("run_uuid")) != Some(&id) {
                faults.add("runs", id, "meta.yaml has another id than the folder");
                continue;
            }
            let word = meta.text("status").unwrap_or("1");
            let status = word.parse().ok().and_then(Status::of_number).or_else(|| Status::of_word(word));
            let Some(status) = status else {
                faults.add("runs", id, format!("their status {word:?} is none of MLflow"));
                continue;
            };
            runs.push(RunInfo {
                experiment: experiment.id.clone(),
                name: owned(&meta, "run_name").or_else(|| owned(&meta, "name")),
                user: owned(&meta, "user_id"),
                status,
                started: meta.number("start_time"),
                ended: meta.number("end_time"),
                is_deleted: meta.text("lifecycle_stage") == Some("deleted"),
                artifact_uri: meta.text("artifact_uri").unwrap_or_default().to_owned(),
                parent: small_text(&folder.join("tags").join(PARENT), TEXT_BYTES_MAX).ok().filter(|id| !id.is_empty()),
                id,
            });
        }
        runs.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        Ok(runs)
    }

    fn details(&self, run: &RunInfo, faults: &mut Faults) -> Result<Details> {
        let folder = self.run_folder(run);
        Ok(Details {
            params: texts(&folder.join("params"), "parameters", faults)?,
            tags: texts(&folder.join("tags"), "tags", faults)?,
            datasets: self.datasets(run, faults)?,
            model_inputs: Vec::new(),
            model_outputs: self.model_outputs(run, faults)?,
        })
    }

    fn points<'s>(&'s self, run: &'s RunInfo) -> Result<Box<dyn Pages + 's>> {
        let folder = self.run_folder(run).join("metrics");
        Ok(Box::new(PointLines { folder, files: None, open: None }))
    }

    fn artifacts(&self, run: &RunInfo, faults: &mut Faults) -> Result<Vec<Artifact>> {
        let usual = self.run_folder(run).join("artifacts");
        if is_own_folder(&usual) {
            return files_below(&usual, "", faults);
        }
        if run.artifact_uri.is_empty() {
            return Ok(Vec::new());
        }
        match self.places.find(&run.artifact_uri, &run.id) {
            Ok(Some(folder)) => files_below(&folder, "", faults),
            Ok(None) => Ok(Vec::new()),
            Err(why) => {
                faults.add("runs without their files", &run.id, why);
                Ok(Vec::new())
            }
        }
    }

    fn logged_models(&self, experiment: &Experiment, faults: &mut Faults) -> Result<Vec<LoggedModel>> {
        let mut models = Vec::new();
        for folder in folders(&self.folder(&experiment.id).join(MODELS))? {
            let Some(meta) = meta(&folder, "models", faults) else { continue };
            let Some(id) = owned(&meta, "model_id") else { continue };
            if meta.text("lifecycle_stage") == Some("deleted") {
                continue;
            }
            models.push(LoggedModel {
                name: meta.text("name").unwrap_or_default().to_owned(),
                run: owned(&meta, "source_run_id"),
                model_type: owned(&meta, "model_type"),
                status: match meta.text("status") {
                    Some("READY" | "2" | "LoggedModelStatus.READY") => "LOGGED_MODEL_READY",
                    Some("FAILED" | "3" | "UPLOAD_FAILED" | "LoggedModelStatus.FAILED") => "LOGGED_MODEL_UPLOAD_FAILED",
                    _ => "LOGGED_MODEL_PENDING",
                }
                .to_owned(),
                created: meta.number("creation_timestamp"),
                artifact_uri: folder.join("artifacts").display().to_string(),
                params: texts(&folder.join("params"), "parameters", faults)?,
                tags: texts(&folder.join("tags"), "tags", faults)?,
                id,
            });
        }
        models.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(models)
    }

    fn model_artifacts(&self, model: &LoggedModel, before: &str, faults: &mut Faults) -> Result<Vec<Artifact>> {
        let folder = PathBuf::from(&model.artifact_uri);
        if is_own_folder(&folder) { files_below(&folder, before, faults) } else { Ok(Vec::new()) }
    }

    fn registered_models(&self, faults: &mut Faults) -> Result<Vec<RegisteredModel>> {
        let mut models = Vec::new();
        for folder in folders(&self.root.join(MODELS))? {
            let Some(meta) = meta(&folder, "registered models", faults) else { continue };
            let mut model = RegisteredModel {
                name: meta.text("name").unwrap_or_default().to_owned(),
                description: owned(&meta, "description"),
                tags: texts(&folder.join("tags"), "tags", faults)?,
                ..Default::default()
            };
            let aliases = texts(&folder.join("aliases"), "aliases", faults)?.into_iter().chain(meta.map("aliases"));
            model.aliases =
                aliases.filter_map(|(alias, version)| Some((alias, version.trim().parse().ok()?))).collect();
            for version in folders(&folder)? {
                if version.file_name().is_some_and(|name| name.to_string_lossy().starts_with("version-")) {
                    model.versions.extend(Self::version(&version, faults)?);
                }
            }
            model.versions.retain(|version| version.stage.as_deref() != Some(DELETED_STAGE));
            model.versions.sort_by_key(|version| version.number);
            models.push(model);
        }
        Ok(models)
    }

    fn not_imported(&self, faults: &mut Faults) -> Result<()> {
        for experiment in folders(&self.root)? {
            let count = folders(&experiment.join("traces"))?.len() as u64;
            faults.add_many("traces", count, "", NO_PLACE);
        }
        Ok(())
    }
}

/// Points, metric by metric, in the order in which they were written.
struct PointLines {
    folder: PathBuf,
    /// `None` before the folder was read.
    files: Option<VecDeque<Artifact>>,
    open: Option<(String, BufReader<File>)>,
}

impl PointLines {
    fn open_next(&mut self, faults: &mut Faults) -> Result<bool> {
        if self.files.is_none() {
            let found = if is_own_folder(&self.folder) { files_below(&self.folder, "", faults)? } else { Vec::new() };
            self.files = Some(found.into());
        }
        while let Some(file) = self.files.as_mut().and_then(VecDeque::pop_front) {
            let ArtifactBytes::File(path) = &file.bytes else { continue };
            match File::open(path) {
                Ok(open) => {
                    self.open = Some((file.path, BufReader::new(open)));
                    return Ok(true);
                }
                Err(error) => faults.add("metrics", file.path, error.to_string()),
            }
        }
        Ok(false)
    }
}

impl Pages for PointLines {
    fn next(&mut self, faults: &mut Faults) -> Result<Vec<Point>> {
        let mut points = Vec::new();
        while points.len() < PAGE_POINTS {
            let Some((key, file)) = &mut self.open else {
                if self.open_next(faults)? {
                    continue;
                }
                break;
            };
            match line(file) {
                Ok(Some(line)) => match read_point(key, &line) {
                    Some(point) => points.push(point),
                    None if line.trim().is_empty() => {}
                    None => faults.add("points", key.as_str(), "a line is no time, value and step"),
                },
                Ok(None) => self.open = None,
                Err(error) => {
                    faults.add("metrics", key.as_str(), format!("the rest of the file cannot be read: {error}"));
                    self.open = None;
                }
            }
        }
        Ok(points)
    }
}

/// The next line; `None` at the end.
fn line(file: &mut BufReader<File>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    file.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    if line.len() as u64 >= LINE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
    }
    Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned()))
}

/// `1796223974258 0.5 1`: milliseconds, value and step. The first versions of MLflow wrote no step.
fn read_point(key: &str, line: &str) -> Option<Point> {
    let mut parts = line.split_whitespace();
    let (millis, value) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let step = parts.next().map_or(Some(0), |step| step.parse().ok())?;
    Some(point(key.to_owned(), value, step, millis))
}

fn has_experiments(root: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.join(META).is_file() && path.file_name().is_some_and(|name| name != MODELS) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A name that leads to an entry of the same folder.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '\0']) && !matches!(text, "." | "..")
}

/// Whether it is a folder, and no link to one.
fn is_own_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// The folders in a folder, sorted by name. Links are left out; a folder that does not exist has none.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    if !is_own_folder(folder) {
        return Ok(Vec::new());
    }
    let unreadable = |source| Error::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn meta(folder: &Path, kind: &'static str, faults: &mut Faults) -> Option<Meta> {
    let path = folder.join(META);
    let read = small_text(&path, META_BYTES_MAX).map_err(|error| error.to_string()).and_then(|text| Meta::read(&text));
    match read {
        Ok(meta) => Some(meta),
        Err(why) => {
            faults.add(kind, path.display().to_string(), format!("meta.yaml cannot be read: {why}"));
            None
        }
    }
}

fn small_text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() || found.len() > bytes_max {
        let why = format!("it is no file of at most {bytes_max} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

fn owned(meta: &Meta, name: &str) -> Option<String> {
    meta.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A folder with a file for each text.
fn texts(folder: &Path, kind: &'static str, faults: &mut Faults) -> Result<Texts> {
    let mut texts = Texts::new();
    if !is_own_folder(folder) {
        return Ok(texts);
    }
    for file in files_below(folder, "", faults)? {
        let ArtifactBytes::File(path) = file.bytes else { continue };
        match small_text(&path, TEXT_BYTES_MAX) {
            Ok(text) => drop(texts.insert(file.path, text)),
            Err(error) => faults.add(kind, file.path, error.to_string()),
        }
    }
    Ok(texts)
}
