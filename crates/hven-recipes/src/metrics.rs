//! Metrics of a recipe: JSON lines in the file that the runner reads, as for any script.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
};

use serde_json::{Map, Value, json};

/// The file for points; without one, points are dropped.
#[derive(Debug)]
pub(crate) struct Metrics {
    path: Option<PathBuf>,
    step: i64,
}

impl Metrics {
    /// The file that `HVEN_METRICS` names.
    pub(crate) fn of_process() -> Self {
        Self { path: std::env::var_os("HVEN_METRICS").filter(|path| !path.is_empty()).map(PathBuf::from), step: 0 }
    }

    /// Logs a point of one metric; a number that is not finite is written as a word.
    pub(crate) fn log(&mut self, key: &str, value: f64) -> io::Result<()> {
        let value = if value.is_finite() { json!(value) } else { json!(hven_core::run::Number(value)) };
        self.write(&json!({ "key": key, "value": value, "step": self.step }))
    }

    /// Starts the next step for the following points.
    pub(crate) fn next_step(&mut self) {
        self.step += 1;
    }

    pub(crate) fn params(&self, params: &Map<String, Value>) -> io::Result<()> {
        self.write(&json!({ "param": params }))
    }

    fn write(&self, line: &Value) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        // One write per line, so that lines of several writers never mix.
        file.write_all(format!("{line}\n").as_bytes())
    }
}
