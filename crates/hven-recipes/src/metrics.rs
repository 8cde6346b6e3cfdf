//! Metrics of a recipe: lines of JSON in the file that the runner watches, as of any script.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
};

use serde_json::{Map, Value, json};

/// Where points go; nowhere when nobody watches.
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

    /// A point of one metric; a number that is not finite is written as a word.
    pub(crate) fn log(&mut self, key: &str, value: f64) -> io::Result<()> {
        let value = if value.is_finite() { json!(value) } else { json!(hven_core::run::Number(value)) };
        self.write(&json!({ "key": key, "value": value, "step": self.step }))
    }

    /// The next points belong to a later step.
    pub(crate) fn next_step(&mut self) {
        self.step += 1;
    }

    pub(crate) fn params(&self, params: &Map<String, Value>) -> io::Result<()> {
        self.write(&json!({ "param": params }))
    }

    fn write(&self, line: &Value) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        // One write for one line, so that lines of several writers never mix.
        file.write_all(format!("{line}\n").as_bytes())
    }
}
