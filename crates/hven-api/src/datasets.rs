//! Datasets on the wire: versions, splits, and reads of held-out data.

use std::collections::BTreeMap;

use hven_core::{
    name::Name,
    recipe::{Schema, flags_of},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    runs::{Actor, FileRef, RunName, RunSummary},
    sentence::Sentence,
};

/// `POST /datasets`: a table to import. Upload its bytes as an object first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddDataset {
    /// `home` by default.
    #[serde(default)]
    pub project: Option<String>,
    pub name: String,
    /// The raw bytes, with the path that the person gave.
    pub source: FileRef,
    /// The type of a column, instead of the detected one: `bool`, `int`, `float`, `text`, `date`, `timestamp`.
    #[serde(default)]
    pub types: BTreeMap<String, String>,
    /// A column's unit, in UCUM or CF spelling.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// Texts that mean a missing value, in addition to the empty cell and the usual words.
    #[serde(default)]
    pub nulls: Option<Vec<String>>,
    /// `csv`, `tsv`, `blanks` (columns divided by blanks), `fixed` (columns of fixed width) or `parquet`, instead of the
    /// detected format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The widths of the columns in letters, for the format `fixed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widths: Option<Vec<u64>>,
    /// The letter between cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// The letter around cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Whether the first line holds names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Whether the line below the names holds units or long names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units_line: Option<bool>,
    /// The label of an encoding, such as `utf-8`, `gb18030` or `windows-1251`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The letter between the whole part and the fraction of a number: `.` or `,`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// The letter between thousands, or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thousands: Option<String>,
    /// Lines that begin with this text are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Numbers of lines, or ranges such as `10-14`, that are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_lines: Option<Vec<String>>,
    /// Conditions that the table must meet, as expressions.
    #[serde(default)]
    pub checks: Vec<String>,
    /// An SPDX identifier or expression, `LicenseRef-NAME` for a licence of your own, or the file or the address of its text.
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// The import stops when it uses more memory than this; 1 GiB by default.
    #[serde(default)]
    pub memory_limit_bytes: Option<u64>,
    /// Import it even when the same bytes were already imported in the same way.
    #[serde(default)]
    pub fresh: bool,
}

/// The fields of [`AddDataset`] that are not settings of how the source is read.
const OTHER_FIELDS: [&str; 11] = [
    "project",
    "name",
    "source",
    "types",
    "units",
    "nulls",
    "checks",
    "license",
    "description",
    "memory_limit_bytes",
    "fresh",
];

impl AddDataset {
    /// An import of this source without any settings.
    pub fn of(project: Option<String>, name: String, source: FileRef) -> Self {
        Self {
            project,
            name,
            source,
            types: BTreeMap::new(),
            units: BTreeMap::new(),
            nulls: None,
            format: None,
            widths: None,
            delimiter: None,
            quote: None,
            header: None,
            units_line: None,
            encoding: None,
            decimal: None,
            thousands: None,
            comment: None,
            skip_lines: None,
            checks: Vec::new(),
            license: None,
            description: None,
            memory_limit_bytes: None,
            fresh: false,
        }
    }

    /// The settings of how the source is read, by the names of the import's arguments. Only the given ones.
    pub fn source_settings(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(self) else { return Map::new() };
        fields.retain(|name, value| !value.is_null() && !OTHER_FIELDS.contains(&name.as_str()));
        fields
    }

    /// The same import with these settings of how the source is read.
    ///
    /// # Errors
    /// When a setting has another type here.
    pub fn with_source_settings(self, settings: Map<String, Value>) -> serde_json::Result<Self> {
        let mut fields = serde_json::to_value(self)?;
        if let Value::Object(fields) = &mut fields {
            fields.extend(settings);
        }
        serde_json::from_value(fields)
    }

    /// The arguments of the recipe for this import.
    pub fn arguments(&self) -> Value {
        let mut arguments = self.source_settings();
        let others = [
            ("types", Value::from_iter(self.types.clone())),
            ("units", Value::from_iter(self.units.clone())),
            ("checks", Value::from(self.checks.clone())),
        ];
        arguments.extend(others.map(|(name, value)| (name.to_owned(), value)));
        arguments.extend(self.nulls.clone().map(|nulls| ("nulls".to_owned(), Value::from(nulls))));
        Value::Object(arguments)
    }

    /// The words of the command line that do this import. `import` is the description of the recipe.
    pub fn command(&self, import: &Schema) -> Vec<String> {
        let mut words: Vec<String> = ["hven", "data", "add"].map(str::to_owned).to_vec();
        let path = &self.source.path;
        words.push(if path.starts_with('-') { format!("./{path}") } else { path.clone() });
        let mut flag = |flag: &str, value: &str| {
            if value.starts_with('-') {
                words.push(format!("--{flag}={value}"));
            } else {
                words.extend([format!("--{flag}"), value.to_owned()]);
            }
        };
        if name_of_file(path).as_ref() != Some(&self.name) {
            flag("name", &self.name);
        }
        if let Some(project) = &self.project {
            flag("project", project);
        }
        for (column, unit) in &self.units {
            flag("unit", &format!("{column}={unit}"));
        }
        for (column, kind) in &self.types {
            flag("type", &format!("{column}={kind}"));
        }
        for text in self.nulls.iter().flatten() {
            flag("null", text);
        }
        for check in &self.checks {
            flag("check", check);
        }
        if let Some(license) = &self.license {
            flag("license", license);
        }
        if let Some(description) = &self.description {
            flag("description", description);
        }
        if let Some(bytes) = &self.memory_limit_bytes {
            flag("memory-limit", &bytes.to_string());
        }
        words.extend(flags_of(import, &self.source_settings()));
        words.extend(self.fresh.then(|| "--fresh".to_owned()));
        words
    }
}

/// The name of a dataset after the name of its file, if it gives one.
pub fn name_of_file(path: &str) -> Option<String> {
    let file = path.rsplit(['/', '\\']).next()?;
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem });
    let mut name: String = stem.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if name.starts_with(|c: char| !c.is_alphabetic() && c != '_') {
        name.insert(0, '_');
    }
    Some(name).filter(|name| name.parse::<Name>().is_ok())
}

/// The answer to `POST /datasets` and `POST /datasets/{dataset}/splits`: the run that does it. When that run is done, `GET
/// /runs/{run}/dataset` answers the dataset that it made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetRun {
    pub schema: String,
    pub run: RunSummary,
    /// The same work was done before: `run` is the earlier run, and no new run was started.
    pub up_to_date: bool,
    /// The existing dataset, when no run was started.
    pub dataset: Option<DatasetSummary>,
    /// The newest version already has these bytes: no new version was made.
    pub unchanged: bool,
}

/// The answer to `POST /datasets/look`: how an import would read the source.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableLook {
    pub schema: String,
    /// The findings of the importer in the beginning of the source (`hven.look/1`): the settings that it used, the report of
    /// an import of this part, doubtful cells and notes (`remarks`), each with the settings that decide it, the first rows, and
    /// the flag of each setting.
    pub look: Value,
    /// The words of the command line that do the import.
    pub command: Vec<String>,
}

/// A version of a dataset as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetSummary {
    /// Names this version permanently.
    pub id: String,
    pub project: String,
    pub name: String,
    pub version: u32,
    /// `name@version`.
    pub reference: String,
    /// It is the newest version of its name.
    pub newest: bool,
    /// `sound`, `suspect` (it rests on something retracted) or `retracted`.
    #[serde(default = "crate::soundness::sound")]
    pub soundness: String,
    pub rows: u64,
    pub columns: u32,
    /// The size of the table as Parquet.
    pub bytes: u64,
    /// Cells and lines of the source that could not be read as they are.
    pub problems: u64,
    pub checks_failed: u32,
    pub license: Option<String>,
    pub description: Option<String>,
    pub added: String,
    pub added_by: Actor,
    /// The run that made it.
    pub run: RunName,
    pub splits: u32,
}

/// `GET /datasets/{dataset}`: everything about one version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetDetail {
    pub schema: String,
    #[serde(flatten)]
    pub summary: DatasetSummary,
    pub source: Option<FileRef>,
    /// The table, as Parquet.
    pub content: FileRef,
    /// The importer's report (`hven.import/1`): schema, units, profile, problems, checks. `null` when it was erased.
    pub report: serde_json::Value,
    /// The first rows (`hven.sample/1`). `null` when it was erased.
    pub sample: serde_json::Value,
    /// All versions of the name, newest first.
    pub versions: Vec<DatasetVersion>,
    pub split_list: Vec<Split>,
    /// Newest first, at most 100.
    pub hold_out_reads: Vec<HoldOutRead>,
    pub hold_out_reads_total: u64,
    /// Why it is not sound.
    #[serde(default)]
    pub suspicion: Option<Sentence>,
    /// The publication with which it was imported.
    #[serde(default)]
    pub origin: Option<crate::publications::Origin>,
    /// Set when the version before was made from the same file by another reader: values, types, units and results of checks may
    /// differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_change: Option<ReaderChange>,
    /// Its page in a browser.
    pub url: String,
}

/// Two readers of the same file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReaderChange {
    /// The version that the other reader made.
    pub version: u32,
    pub before: String,
    pub now: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetVersion {
    pub id: String,
    pub version: u32,
    pub added: String,
    pub rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Split {
    pub name: String,
    /// As text, such as `random, seed 1`.
    pub method: String,
    pub run: RunName,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Part {
    pub name: String,
    pub rows: u64,
    pub content: FileRef,
    /// Given only to steps that ask for it by name; each read is recorded.
    pub hold_out: bool,
    /// How often it was read, if it is held out.
    pub reads: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldOutRead {
    /// `null`: the whole dataset, including the held-out part.
    pub part: Option<String>,
    /// The run that read it; `null` when a user read it.
    pub run: Option<RunName>,
    pub by: Actor,
    pub time: String,
}

/// `POST /datasets/{dataset}/splits`: a division into parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSplit {
    /// `split` by default.
    #[serde(default)]
    pub name: Option<String>,
    /// `random`, `stratified` or `by_key`.
    pub method: String,
    /// The column to stratify by, or the column whose equal values stay in one part.
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default)]
    pub seed: u64,
    /// The share of each part; the shares add up to 1.
    pub parts: BTreeMap<String, f64>,
    /// The part that is held out.
    #[serde(default)]
    pub hold_out: Option<String>,
    /// Divide it even when it was already divided in the same way.
    #[serde(default)]
    pub fresh: bool,
}
