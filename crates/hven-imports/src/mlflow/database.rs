//! A database of MLflow: SQLite, with the tables of MLflow 1 to 3.
//!
//! It is opened for reading only, and read in short statements: it does not delay a server of MLflow that uses it at the same time.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use hven_core::stream::Point;
use rusqlite::{Connection, OpenFlags, Params, Row, limits::Limit, params, types::ValueRef};
use serde_json::{Value, json};

use super::{
    numbers::{point, value},
    store::{
        DELETED_STAGE, Details, Experiment, LoggedModel, ModelVersion, PARENT, Pages, RegisteredModel, RunInfo, Status,
        Store, Texts,
    },
};
use crate::{Artifact, ArtifactPlaces, Error, Faults, NO_PLACE, Result, artifacts::files_below};

/// The tables and columns without which nothing can be read.
const REQUIRED: [(&str, &[&str]); 5] = [
    ("experiments", &["experiment_id", "name", "lifecycle_stage"]),
    (
        "runs",
        &[
            "run_uuid",
            "name",
            "user_id",
            "status",
            "start_time",
            "end_time",
            "lifecycle_stage",
            "artifact_uri",
            "experiment_id",
        ],
    ),
    ("metrics", &["key", "value", "timestamp", "step", "is_nan", "run_uuid"]),
    ("params", &["key", "value", "run_uuid"]),
    ("tags", &["key", "value", "run_uuid"]),
];

/// Tables whose rows no import takes.
const NOT_IMPORTED: [(&str, &str); 7] = [
    ("values of metrics that name a model", "logged_model_metrics"),
    ("traces", "trace_info"),
    ("assessments", "assessments"),
    ("evaluation datasets", "evaluation_datasets"),
    ("scorers", "scorers"),
    ("webhooks", "webhooks"),
    ("gateway endpoints", "endpoints"),
];

const PAGE_POINTS: usize = 10_000;
/// The largest text of a database that is read.
const TEXT_BYTES_MAX: i32 = 64 << 20;
/// How long a statement waits for another program that writes.
const BUSY: Duration = Duration::from_secs(30);
const DEFAULT_WORKSPACE: &str = "default";

/// The fields of a data set, in the order of their columns.
const DATASET_FIELDS: [&str; 6] = ["name", "digest", "source_type", "source", "schema", "profile"];

#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    connection: Connection,
    /// Columns by table.
    tables: BTreeMap<String, BTreeSet<String>>,
    places: ArtifactPlaces,
}

impl Database {
    /// Opens a file. The files of runs are searched in `artifacts`, and then in the folder of the database.
    pub fn open(path: &Path, artifacts: Option<&Path>) -> Result<Self> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let path = path.canonicalize().map_err(io)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |source| match &source {
            rusqlite::Error::SqliteFailure(error, _) if error.code == rusqlite::ErrorCode::NotADatabase => {
                let why = "it is no file of SQLite".to_owned();
                Error::NotAStore { place: path.display().to_string(), wanted: "database of MLflow", why }
            }
            _ => Error::Database { path: path.clone(), source },
        };
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX).map_err(failed)?;
        // The database may have functions in its definitions that do more than read.
        connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
        let tables = tables(&connection).map_err(failed)?;
        require(&path, &tables)?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let mut own: Vec<PathBuf> = artifacts.map(Path::to_owned).into_iter().collect();
        own.extend([folder.join("mlartifacts"), folder.join("mlruns")]);
        Ok(Self { places: ArtifactPlaces::new(&own, &folder), path, connection, tables })
    }

    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::Database { path: self.path.clone(), source }
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// A column, or `NULL` where the table does not have it.
    fn column<'c>(&self, table: &str, column: &'c str) -> &'c str {
        if self.has(table, column) { column } else { "NULL" }
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| self.failed(error))?;
        let rows = statement.query_map(params, |row| read(row)).map_err(|error| self.failed(error))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|error| self.failed(error))
    }

    /// Names and values of a table with one row for each.
    fn texts(&self, sql: &str, params: impl Params) -> Result<Texts> {
        let pairs =
            self.rows(sql, params, |row| Ok((text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default())))?;
        Ok(pairs.into_iter().collect())
    }

    fn datasets(&self, run: &str) -> Result<Vec<Value>> {
        if !self.has("inputs", "destination_id") || !self.has("datasets", "dataset_uuid") {
            return Ok(Vec::new());
        }
        let sql = "SELECT i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, d.dataset_profile \
                   FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id \
                   WHERE i.destination_type = 'RUN' AND i.destination_id = ?1 AND i.source_type = 'DATASET' ORDER BY d.name, d.digest";
        let found = self.rows(sql, params![run], |row| {
            let mut dataset = json!({});
            for (place, field) in DATASET_FIELDS.iter().enumerate() {
                if let Some(value) = text(row, place + 1)? {
                    dataset[*field] = value.into();
                }
            }
            Ok((text(row, 0)?.unwrap_or_default(), dataset))
        })?;
        let mut datasets = Vec::with_capacity(found.len());
        for (input, dataset) in found {
            let tags =
                self.texts("SELECT name, value FROM input_tags WHERE input_uuid = ?1 ORDER BY name", params![input])?;
            datasets.push(json!({ "dataset": dataset, "tags": pairs(&tags) }));
        }
        Ok(datasets)
    }

    /// The models that a run used, or made.
    fn models(&self, run: &str, from: &str, to: &str, with_step: bool) -> Result<Vec<Value>> {
        if !self.has("inputs", "destination_id") {
            return Ok(Vec::new());
        }
        let step = self.column("inputs", "step");
        let sql = format!(
            "SELECT destination_id, {step} FROM inputs WHERE source_type = ?1 AND source_id = ?2 AND destination_type = ?3 ORDER BY 2, 1"
        );
        self.rows(&sql, params![from, run, to], |row| {
            let mut model = json!({ "model_id": text(row, 0)?.unwrap_or_default() });
            if with_step {
                model["step"] = int(row, 1)?.unwrap_or_default().into();
            }
            Ok(model)
        })
    }

    fn versions(&self, model: &str) -> Result<Vec<ModelVersion>> {
        let sql = format!(
            "SELECT version, source, run_id, description, current_stage FROM model_versions WHERE name = ?1 {} ORDER BY version",
            self.own_workspace("model_versions")
        );
        let mut versions = self.rows(&sql, params![model], |row| {
            Ok(ModelVersion {
                number: u64::try_from(int(row, 0)?.unwrap_or_default()).unwrap_or_default(),
                source: text(row, 1)?.unwrap_or_default(),
                run: text(row, 2)?.filter(|run| !run.is_empty()),
                description: text(row, 3)?,
                stage: text(row, 4)?.filter(|stage| !stage.is_empty() && stage != "None"),
                tags: Texts::new(),
            })
        })?;
        versions.retain(|version| version.stage.as_deref() != Some(DELETED_STAGE));
        for version in &mut versions {
            let sql = format!(
                "SELECT key, value FROM model_version_tags WHERE name = ?1 AND version = ?2 {}",
                self.own_workspace("model_version_tags")
            );
            version.tags = self.texts(&sql, params![model, version.number as i64])?;
        }
        Ok(versions)
    }

    /// Since MLflow 3.10 a store has workspaces. Names are unique in one of them.
    fn own_workspace(&self, table: &str) -> &'static str {
        if self.has(table, "workspace") { "AND workspace = 'default'" } else { "" }
    }
}

impl Store for Database {
    fn experiments(&self, _: &mut Faults) -> Result<Vec<Experiment>> {
        let workspace = self.column("experiments", "workspace");
        let sql =
            format!("SELECT experiment_id, name, lifecycle_stage, {workspace} FROM experiments ORDER BY experiment_id");
        let mut experiments = self.rows(&sql, [], |row| {
            let name = text(row, 1)?.unwrap_or_default();
            Ok(Experiment {
                id: text(row, 0)?.unwrap_or_default(),
                name: match text(row, 3)? {
                    Some(workspace) if workspace != DEFAULT_WORKSPACE => format!("{workspace}/{name}"),
                    _ => name,
                },
                is_deleted: text(row, 2)?.as_deref() == Some("deleted"),
                tags: Texts::new(),
            })
        })?;
        if self.has("experiment_tags", "experiment_id") {
            for experiment in &mut experiments {
                let sql = "SELECT key, value FROM experiment_tags WHERE experiment_id = ?1";
                experiment.tags = self.texts(sql, params![experiment.id])?;
            }
        }
        Ok(experiments)
    }

    fn runs(&self, experiment: &Experiment, faults: &mut Faults) -> Result<Vec<RunInfo>> {
        let sql = "SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, \
                   (SELECT min(value) FROM tags WHERE tags.run_uuid = runs.run_uuid AND tags.key = ?2) FROM runs \
                   WHERE experiment_id = ?1 ORDER BY start_time, run_uuid";
        let found = self.rows(sql, params![experiment.id, PARENT], |row| {
            let status = text(row, 3)?.unwrap_or_default();
            let Some(known) = Status::of_word(&status) else {
                return Ok(Err((text(row, 0)?.unwrap_or_default(), status)));
            };
            Ok(Ok(RunInfo {
                id: text(row, 0)?.unwrap_or_default(),
                experiment: experiment.id.clone(),
                name: text(row, 1)?.filter(|name| !name.trim().is_empty()),
                user: text(row, 2)?.filter(|user| !user.is_empty()),
                status: known,
                started: int(row, 4)?,
                ended: int(row, 5)?,
                is_deleted: text(row, 6)?.as_deref() == Some("deleted"),
                artifact_uri: text(row, 7)?.unwrap_or_default(),
                parent: text(row, 8)?.filter(|parent| !parent.is_empty()),
            }))
        })?;
        let mut runs = Vec::with_capacity(found.len());
        for run in found {
            match run {
                Ok(run) => runs.push(run),
                Err((id, status)) => faults.add("runs", id, format!("their status {status:?} is none of MLflow")),
            }
        }
        Ok(runs)
    }

    fn details(&self, run: &RunInfo, _: &mut Faults) -> Result<Details> {
        Ok(Details {
            params: self.texts("SELECT key, value FROM params WHERE run_uuid = ?1", params![run.id])?,
            tags: self.texts("SELECT key, value FROM tags WHERE run_uuid = ?1", params![run.id])?,
            datasets: self.datasets(&run.id)?,
            model_inputs: self.models(&run.id, "RUN_INPUT", "MODEL_INPUT", false)?,
            model_outputs: self.models(&run.id, "RUN_OUTPUT", "MODEL_OUTPUT", true)?,
        })
    }

    fn points<'s>(&'s self, run: &'s RunInfo) -> Result<Box<dyn Pages + 's>> {
        Ok(Box::new(PointRows { database: self, run: &run.id, after: i64::MIN }))
    }

    fn artifacts(&self, run: &RunInfo, faults: &mut Faults) -> Result<Vec<Artifact>> {
        match self.places.find(&run.artifact_uri, &run.id) {
            Ok(Some(folder)) => files_below(&folder, "", faults),
            Ok(None) => Ok(Vec::new()),
            Err(why) => {
                faults.add("runs without their files", &run.id, why);
                Ok(Vec::new())
            }
        }
    }

    fn logged_models(&self, experiment: &Experiment, _: &mut Faults) -> Result<Vec<LoggedModel>> {
        if !self.has("logged_models", "model_id") {
            return Ok(Vec::new());
        }
        let sql = "SELECT model_id, name, artifact_location, creation_timestamp_ms, status, model_type, source_run_id FROM logged_models \
                   WHERE experiment_id = ?1 AND coalesce(lifecycle_stage, 'active') <> 'deleted' ORDER BY creation_timestamp_ms, model_id";
        let mut models = self.rows(sql, params![experiment.id], |row| {
            Ok(LoggedModel {
                id: text(row, 0)?.unwrap_or_default(),
                name: text(row, 1)?.unwrap_or_default(),
                artifact_uri: text(row, 2)?.unwrap_or_default(),
                created: int(row, 3)?,
                status: match int(row, 4)? {
                    Some(2) => "LOGGED_MODEL_READY",
                    Some(3) => "LOGGED_MODEL_UPLOAD_FAILED",
                    _ => "LOGGED_MODEL_PENDING",
                }
                .to_owned(),
                model_type: text(row, 5)?.filter(|kind| !kind.is_empty()),
                run: text(row, 6)?.filter(|run| !run.is_empty()),
                params: Texts::new(),
                tags: Texts::new(),
            })
        })?;
        for model in &mut models {
            model.params = self.texts(
                "SELECT param_key, param_value FROM logged_model_params WHERE model_id = ?1",
                params![model.id],
            )?;
            model.tags =
                self.texts("SELECT tag_key, tag_value FROM logged_model_tags WHERE model_id = ?1", params![model.id])?;
        }
        Ok(models)
    }

    fn model_artifacts(&self, model: &LoggedModel, before: &str, faults: &mut Faults) -> Result<Vec<Artifact>> {
        match self.places.find(&model.artifact_uri, &model.id) {
            Ok(Some(folder)) => files_below(&folder, before, faults),
            Ok(None) => Ok(Vec::new()),
            Err(why) => {
                faults.add("models without their files", &model.id, why);
                Ok(Vec::new())
            }
        }
    }

    fn registered_models(&self, faults: &mut Faults) -> Result<Vec<RegisteredModel>> {
        if !self.has("registered_models", "name") {
            return Ok(Vec::new());
        }
        if self.has("registered_models", "workspace") {
            let others =
                self.rows("SELECT name FROM registered_models WHERE workspace <> 'default'", [], |row| text(row, 0))?;
            for name in others.into_iter().flatten() {
                faults.add("registered models", name, "they are in a workspace other than `default`");
            }
        }
        let own = self.own_workspace("registered_models");
        let sql = format!("SELECT name, description FROM registered_models WHERE 1 = 1 {own} ORDER BY name");
        let mut models = self.rows(&sql, [], |row| {
            Ok(RegisteredModel {
                name: text(row, 0)?.unwrap_or_default(),
                description: text(row, 1)?,
                ..Default::default()
            })
        })?;
        for model in &mut models {
            let own = self.own_workspace("registered_model_tags");
            model.tags = self.texts(
                &format!("SELECT key, value FROM registered_model_tags WHERE name = ?1 {own}"),
                params![model.name],
            )?;
            if self.has("registered_model_aliases", "alias") {
                let own = self.own_workspace("registered_model_aliases");
                let sql = format!("SELECT alias, version FROM registered_model_aliases WHERE name = ?1 {own}");
                let aliases = self.texts(&sql, params![model.name])?;
                model.aliases =
                    aliases.into_iter().filter_map(|(alias, version)| Some((alias, version.parse().ok()?))).collect();
            }
            model.versions = self.versions(&model.name)?;
        }
        Ok(models)
    }

    fn not_imported(&self, faults: &mut Faults) -> Result<()> {
        let sql = "SELECT count(*), min(run_uuid) FROM runs \
                   WHERE experiment_id IS NULL OR experiment_id NOT IN (SELECT experiment_id FROM experiments)";
        for (count, first) in self.rows(sql, [], |row| Ok((int(row, 0)?, text(row, 1)?)))? {
            let count = u64::try_from(count.unwrap_or_default()).unwrap_or_default();
            faults.add_many("runs", count, first.unwrap_or_default(), "their experiment is not in the store");
        }
        for (kind, table) in NOT_IMPORTED {
            if self.tables.contains_key(table) {
                let counts = self.rows(&format!("SELECT count(*) FROM {table}"), [], |row| int(row, 0))?;
                let count = counts.first().copied().flatten().unwrap_or_default();
                faults.add_many(kind, u64::try_from(count).unwrap_or_default(), "", NO_PLACE);
            }
        }
        Ok(())
    }
}

/// Points in the order in which they were written.
struct PointRows<'d> {
    database: &'d Database,
    run: &'d str,
    /// The number of the last row that was read.
    after: i64,
}

impl Pages for PointRows<'_> {
    fn next(&mut self, faults: &mut Faults) -> Result<Vec<Point>> {
        let sql = "SELECT rowid, key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ?1 AND rowid > ?2 \
                   ORDER BY rowid LIMIT ?3";
        let mut points = Vec::new();
        // A page of which every row is faulty is not the end.
        while points.is_empty() {
            let rows = self.database.rows(sql, params![self.run, self.after, PAGE_POINTS as i64], |row| {
                let number = row.get::<_, i64>(0)?;
                let key = text(row, 1)?.unwrap_or_default();
                let is_nan = int(row, 5)?.unwrap_or_default() != 0;
                let stored = if is_nan { Some(f64::NAN) } else { real(row, 2)?.map(value) };
                Ok((number, key, stored, int(row, 4)?.unwrap_or_default(), int(row, 3)?))
            })?;
            let Some(last) = rows.last() else { return Ok(points) };
            self.after = last.0;
            for (_, key, value, step, millis) in rows {
                match (value, millis) {
                    (Some(value), Some(millis)) => points.push(point(key, value, step, millis)),
                    _ => faults.add("points", key, "their value or time is no number"),
                }
            }
        }
        Ok(points)
    }
}

/// Texts as MLflow's REST API writes tags.
pub(super) fn pairs(texts: &Texts) -> Value {
    texts.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn tables(connection: &Connection) -> rusqlite::Result<BTreeMap<String, BTreeSet<String>>> {
    // Views are not read: a definition from elsewhere could run for ever.
    let sql = "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut statement = connection.prepare(sql)?;
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        tables.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    Ok(tables)
}

fn require(path: &Path, tables: &BTreeMap<String, BTreeSet<String>>) -> Result<()> {
    let names: Vec<&str> =
        REQUIRED.iter().map(|(table, _)| *table).filter(|table| !tables.contains_key(*table)).collect();
    if !names.is_empty() {
        let why = format!("it has no table {}", names.join(", "));
        return Err(Error::NotAStore { place: path.display().to_string(), wanted: "database of MLflow", why });
    }
    for (table, columns) in REQUIRED {
        for column in columns {
            if !tables[table].contains(*column) {
                let why = format!("the table {table} has no column {column}");
                return Err(Error::UnknownSchema { path: path.to_owned(), why });
            }
        }
    }
    Ok(())
}

/// SQLite has types of values, not of columns: a column may hold anything.
fn text(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(place)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

fn int(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(place)? {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Real(number) if number.is_finite() => Some(number as i64),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.trim().parse().ok()),
        _ => None,
    })
}

fn real(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<f64>> {
    Ok(match row.get_ref(place)? {
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.trim().parse().ok()),
        _ => None,
    })
}
