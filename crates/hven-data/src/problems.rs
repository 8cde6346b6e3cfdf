//! Collects problems: counts all of them, keeps the first ones for the report, and writes all to `problems.parquet`.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use arrow_array::{ArrayRef, Int64Array, StringArray};
use arrow_schema::{DataType, Field, FieldRef};
use hven_core::dataset::{
    Problem, ProblemKind,
    report::{ProblemCount, Problems},
};

use crate::{error::Result, table_writer::TableWriter};

/// How many problems are written at once.
const GROUP: usize = 1 << 16;

pub(crate) struct Collector {
    path: PathBuf,
    listed_max: usize,
    counts: BTreeMap<(ProblemKind, Option<String>), u64>,
    total: u64,
    first: Vec<Problem>,
    waiting: Vec<Problem>,
    writer: Option<TableWriter>,
}

impl Collector {
    pub(crate) fn new(path: PathBuf, listed_max: usize) -> Self {
        let (counts, first, waiting) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { path, listed_max, counts, total: 0, first, waiting, writer: None }
    }

    /// Adds problems, in the order of their lines.
    pub(crate) fn add(&mut self, problems: Vec<Problem>) -> Result<()> {
        for problem in &problems {
            *self.counts.entry((problem.kind, problem.column.clone())).or_default() += 1;
        }
        self.total += problems.len() as u64;
        let room = self.listed_max - self.first.len();
        self.first.extend(problems.iter().take(room).cloned());
        self.waiting.extend(problems);
        while self.waiting.len() >= GROUP {
            let rest = self.waiting.split_off(GROUP);
            let group = std::mem::replace(&mut self.waiting, rest);
            self.write(&group)?;
        }
        Ok(())
    }

    fn write(&mut self, problems: &[Problem]) -> Result<()> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => TableWriter::create(&self.path, fields(), 1)?,
        };
        writer.write(columns(problems).into_iter().map(|column| vec![column]).collect())?;
        self.writer = Some(writer);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Problems> {
        if !self.waiting.is_empty() {
            let group = std::mem::take(&mut self.waiting);
            self.write(&group)?;
        }
        let table = self.writer.map(|writer| writer.finish(&[])).transpose()?;
        let mut counts: Vec<ProblemCount> =
            self.counts.into_iter().map(|((kind, column), count)| ProblemCount { kind, column, count }).collect();
        counts.sort_by_key(|one| std::cmp::Reverse(one.count));
        Ok(Problems { total: self.total, counts, first: self.first, table })
    }
}

fn fields() -> Vec<FieldRef> {
    let field = |name: &str, data_type, nullable| Arc::new(Field::new(name, data_type, nullable));
    vec![
        field("line", DataType::Int64, false),
        field("row", DataType::Int64, true),
        field("column", DataType::Utf8, true),
        field("kind", DataType::Utf8, false),
        field("raw", DataType::Utf8, false),
        field("what", DataType::Utf8, false),
    ]
}

fn columns(problems: &[Problem]) -> Vec<ArrayRef> {
    let text = |of: &dyn Fn(&Problem) -> Option<String>| -> ArrayRef {
        Arc::new(problems.iter().map(of).collect::<StringArray>())
    };
    vec![
        Arc::new(problems.iter().map(|it| Some(it.line as i64)).collect::<Int64Array>()),
        Arc::new(problems.iter().map(|it| it.row.map(|row| row as i64)).collect::<Int64Array>()),
        text(&|it| it.column.clone()),
        text(&|it| Some(it.kind.as_str().to_owned())),
        text(&|it| Some(it.raw.clone())),
        text(&|it| Some(it.what.clone())),
    ]
}
