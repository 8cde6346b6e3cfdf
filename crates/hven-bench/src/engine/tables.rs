//! Reads the tables of nodes and tasks. A cell that cannot be used is an error with its file, line and column.

use std::{collections::BTreeSet, fs::File, path::Path};

use csv::{StringRecord, Trim};
use hven_client::Failure;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct NodeRow {
    pub(super) cpu_milli: u64,
    pub(super) memory_mib: u64,
    pub(super) gpus: u64,
    pub(super) model: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TaskRow {
    pub(super) cpu_milli: u64,
    pub(super) memory_mib: u64,
    pub(super) gpus: u64,
    /// The part of each GPU, in thousandths.
    pub(super) gpu_milli: u64,
    /// The GPU models that the task accepts; empty: all.
    pub(super) models: BTreeSet<String>,
    pub(super) qos: String,
    /// The task still ran at the end of the trace.
    pub(super) is_cut: bool,
    pub(super) created_s: f64,
    /// How long it ran; `None` if the trace has no start or no end.
    pub(super) ran_s: Option<f64>,
}

const NODE_COLUMNS: &[&str] = &["cpu_milli", "memory_mib", "gpu", "model"];
const TASK_COLUMNS: &[&str] = &[
    "cpu_milli",
    "memory_mib",
    "num_gpu",
    "gpu_milli",
    "gpu_spec",
    "qos",
    "pod_phase",
    "creation_time",
    "deletion_time",
    "scheduled_time",
];

/// About 300 years in seconds: later times do not fit into microseconds.
const TIME_MAX_S: f64 = 9e9;
/// Sums of amounts below this do not overflow.
const AMOUNT_MAX: u64 = 1 << 40;

/// Reads the nodes.
///
/// # Errors
/// The file cannot be read, has no rows or lacks a column, or a cell has no usable value.
pub(super) fn read_nodes(path: &Path) -> Result<Vec<NodeRow>, Failure> {
    rows(path, NODE_COLUMNS, |row| {
        Ok(NodeRow {
            cpu_milli: row.amount("cpu_milli")?,
            memory_mib: row.amount("memory_mib")?,
            gpus: row.amount("gpu")?,
            model: row.text("model").to_owned(),
        })
    })
}

/// Reads the tasks.
///
/// # Errors
/// As [`read_nodes`]; also a task that ends before it starts.
pub(super) fn read_tasks(path: &Path) -> Result<Vec<TaskRow>, Failure> {
    rows(path, TASK_COLUMNS, |row| {
        let created_s = row.time("creation_time")?.ok_or_else(|| row.wrong("creation_time", "a time is missing"))?;
        let (started_s, ended_s) = (row.time("scheduled_time")?, row.time("deletion_time")?);
        let ran_s = started_s.zip(ended_s).map(|(started_s, ended_s)| ended_s - started_s);
        if ran_s.is_some_and(|ran_s| ran_s < 0.0) {
            return Err(row.wrong("deletion_time", "the task ends before its scheduled_time"));
        }
        let models = row.text("gpu_spec").split('|').map(str::trim).filter(|model| !model.is_empty());
        Ok(TaskRow {
            cpu_milli: row.amount("cpu_milli")?,
            memory_mib: row.amount("memory_mib")?,
            gpus: row.amount("num_gpu")?,
            gpu_milli: row.amount("gpu_milli")?,
            models: models.map(str::to_owned).collect(),
            qos: row.text("qos").to_owned(),
            is_cut: row.text("pod_phase") == "Running",
            created_s,
            ran_s,
        })
    })
}

/// A row with the places of the needed columns.
struct Row<'a> {
    path: &'a Path,
    line: u64,
    places: &'a [(&'static str, usize)],
    cells: &'a StringRecord,
}

impl Row<'_> {
    fn text(&self, column: &str) -> &str {
        let place = self.places.iter().find(|(name, _)| *name == column);
        place.and_then(|(_, place)| self.cells.get(*place)).unwrap_or_default()
    }

    fn wrong(&self, column: &str, why: &str) -> Failure {
        let Self { path, line, .. } = self;
        Failure::new("invalid", format!("{}, line {line}, column {column}: {why}", path.display()))
    }

    fn amount(&self, column: &str) -> Result<u64, Failure> {
        let text = self.text(column);
        let found = text.parse().ok().filter(|amount| *amount < AMOUNT_MAX);
        found.ok_or_else(|| self.wrong(column, &format!("{text:?} is not a whole number from 0 to 2⁴⁰")))
    }

    /// A time in seconds; `None` for an empty cell.
    fn time(&self, column: &str) -> Result<Option<f64>, Failure> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let found = text.parse().ok().filter(|time_s| (0.0..TIME_MAX_S).contains(time_s));
        let wrong = || self.wrong(column, &format!("{text:?} is not a time in seconds from 0 on"));
        found.map(Some).ok_or_else(wrong)
    }
}

fn rows<R>(
    path: &Path,
    columns: &'static [&'static str],
    read: impl Fn(&Row<'_>) -> Result<R, Failure>,
) -> Result<Vec<R>, Failure> {
    let unreadable =
        |why: &dyn std::fmt::Display| Failure::new("invalid", format!("{} cannot be read: {why}", path.display()));
    let file = File::open(path).map_err(|wrong| {
        let from = "the tables are in the folder cluster-trace-gpu-v2023 of https://github.com/alibaba/clusterdata";
        unreadable(&wrong).hint(from)
    })?;
    let mut reader = csv::ReaderBuilder::new().trim(Trim::All).from_reader(file);
    let header = reader.headers().map_err(|wrong| unreadable(&wrong))?.clone();
    let place = |column: &&'static str| {
        let place = header.iter().position(|name| name == *column);
        let wrong = || Failure::new("invalid", format!("{}, line 1: the column {column} is missing", path.display()));
        place.map(|place| (*column, place)).ok_or_else(wrong)
    };
    let places = columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    let mut cells = StringRecord::new();
    while reader.read_record(&mut cells).map_err(|wrong| unreadable(&wrong))? {
        let line = cells.position().map_or(0, csv::Position::line);
        found.push(read(&Row { path, line, places: &places, cells: &cells })?);
    }
    if found.is_empty() {
        return Err(Failure::new("invalid", format!("{} has no rows", path.display())));
    }
    Ok(found)
}

/// Writes a table for a test.
#[cfg(test)]
pub(super) fn table(folder: &tempfile::TempDir, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a table");
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";

    #[test]
    fn rows_are_read_by_the_names_of_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        let nodes =
            table(&folder, "nodes.csv", "model,gpu,memory_mib,cpu_milli,sn\nT4,2,1024,96500,a\n,0,2048,8000,b\n");
        let node =
            |cpu_milli, memory_mib, gpus, model: &str| NodeRow { cpu_milli, memory_mib, gpus, model: model.into() };
        assert_eq!(read_nodes(&nodes).expect("two rows"), [node(96_500, 1024, 2, "T4"), node(8000, 2048, 0, "")]);
        let text =
            format!("{HEADER}\na,1500,512,1,460,T4|A10,LS,Running,5,30.5,10\nb,1000,512,0,0,,BE,Pending,7,90,\n");
        let tasks = read_tasks(&table(&folder, "tasks.csv", &text)).expect("two rows");
        assert_eq!(tasks[0].models, ["A10".to_owned(), "T4".to_owned()].into());
        assert_eq!((tasks[0].created_s, tasks[0].ran_s, tasks[0].is_cut), (5.0, Some(20.5), true));
        assert_eq!((tasks[1].ran_s, tasks[1].is_cut, tasks[1].models.len()), (None, false, 0));
    }

    #[test]
    fn an_error_names_file_line_and_column() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |text: &str, expected: &str| {
            let wrong = read_tasks(&table(&folder, "tasks.csv", text)).expect_err(text).to_string();
            assert!(wrong.contains("tasks.csv") && wrong.contains(expected), "{wrong}");
        };
        let row = |cells: &str| format!("{HEADER}\na,1000,512,0,0,,BE,Failed,1,9,2\n{cells}\n");
        check("name,cpu_milli\na,1\n", ", line 1: the column memory_mib is missing");
        check(&format!("{HEADER}\n"), "has no rows");
        check("", ", line 1: the column cpu_milli is missing");
        check(&row("b,1000,512,0,0,,BE,Failed,-5,9,2"), ", line 3, column creation_time: \"-5\" is not a time");
        check(&row("b,1000,512,0,0,,BE,Failed,,9,2"), ", line 3, column creation_time: a time is missing");
        check(&row("b,1000,512,0,0,,BE,Failed,1,NaN,2"), ", line 3, column deletion_time: \"NaN\" is not a time");
        check(&row("b,1000,512,0,0,,BE,Failed,1,9,20"), ", line 3, column deletion_time: the task ends before");
        check(&row("b,1.5,512,0,0,,BE,Failed,1,9,2"), ", line 3, column cpu_milli: \"1.5\" is not a whole number");
        check(&row("b,1000"), "line: 3");
        let wrong = read_nodes(&folder.path().join("none.csv")).expect_err("no file");
        assert!(wrong.to_string().contains("none.csv cannot be read"), "{wrong}");
    }
}
