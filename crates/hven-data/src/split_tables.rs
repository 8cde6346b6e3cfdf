//! Writes the parts of a split as separate tables, so that the recipient of one part gets nothing else.

use std::path::{Path, PathBuf};

use arrow_array::{ArrayRef, BooleanArray, cast::AsArray, types::Int64Type};
use arrow_select::filter::filter;
use hven_core::dataset::{Split, report::Bytes};

use crate::{
    error::{Error, Result},
    schema::{self, TABLE_KEY, TableMetadata},
    split::PART_COLUMN,
    table::Table,
    table_writer::TableWriter,
};

/// How many rows a row group has.
const GROUP_ROWS: usize = 1 << 20;

/// Writes each part of a split, in the order of its plan, to the path that `path_of` returns.
///
/// # Errors
/// [`Error::OtherTable`], or when a file cannot be read or written.
pub fn write_parts(
    table: &Path,
    assignment: &Path,
    split: &Split,
    path_of: &dyn Fn(&str) -> PathBuf,
) -> Result<Vec<Bytes>> {
    let (table, assignment) = (Table::open(table)?, Table::open(assignment)?);
    if table.rows() != assignment.rows() {
        return Err(Error::OtherTable { split: split.plan.name.clone() });
    }
    let mut part_of_row: Vec<i64> = Vec::with_capacity(assignment.rows() as usize);
    assignment.batches(&[assignment.position(PART_COLUMN)?], &mut |_, arrays| {
        if let Some(parts) = arrays.first().and_then(|array| array.as_primitive_opt::<Int64Type>()) {
            part_of_row.extend(parts.values());
        }
        Ok(())
    })?;
    let parts = split.plan.parts.iter().enumerate();
    parts.map(|(place, share)| write_part(&table, &part_of_row, place as i64, &path_of(&share.part))).collect()
}

fn write_part(table: &Table, part_of_row: &[i64], part: i64, path: &Path) -> Result<Bytes> {
    let columns = &table.schema().columns;
    let fields = columns.iter().map(|column| std::sync::Arc::new(schema::field(column))).collect();
    let mut writer = TableWriter::create(path, fields, 1)?;
    let all: Vec<usize> = (0..columns.len()).collect();
    let mut group: Vec<Vec<ArrayRef>> = vec![Vec::new(); columns.len()];
    let mut group_rows = 0;
    table.batches(&all, &mut |first, arrays| {
        let rows = arrays.first().map_or(0, |array| array.len());
        let of_batch = part_of_row.get(first as usize..first as usize + rows).unwrap_or_default();
        let wanted: BooleanArray = of_batch.iter().map(|&of| Some(of == part)).collect();
        for (column, array) in group.iter_mut().zip(arrays) {
            let kept = filter(array, &wanted).map_err(|error| Error::Write { why: error.to_string() })?;
            column.push(kept);
        }
        group_rows += wanted.true_count();
        if group_rows >= GROUP_ROWS {
            group_rows = 0;
            let full = std::mem::replace(&mut group, vec![Vec::new(); columns.len()]);
            writer.write(full)?;
        }
        Ok(())
    })?;
    if group_rows > 0 {
        writer.write(group)?;
    }
    let about = TableMetadata {
        name: table.name().cloned(),
        license: table.license().map(str::to_owned),
        schema: table.schema().clone(),
    };
    let about = serde_json::to_string(&about).map_err(|error| Error::Write { why: error.to_string() })?;
    writer.finish(&[(TABLE_KEY, about)])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hven_core::dataset::{
        Cell,
        split::{Share, SplitMethod, SplitPlan},
    };

    use super::*;
    use crate::{ImportOptions, TABLE_FILE, import, make_split};

    #[test]
    fn the_parts_together_contain_the_whole_table() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let lines = (0..200).map(|n| format!("{n},name {n}\n")).collect::<Vec<_>>().concat();
        fs::write(at("in.csv"), format!("n,name\n{lines}")).expect("written");
        import(&at("in.csv"), folder.path(), &ImportOptions::default(), &mut |_| ()).expect("imported");
        let share = |part: &str, share| Share { part: part.to_owned(), share };
        let plan = SplitPlan {
            name: "split".to_owned(),
            method: SplitMethod::Random,
            seed: 3,
            parts: vec![share("train", 0.75), share("test", 0.25)],
            hold_out: Some("test".to_owned()),
        };
        let split = make_split(&at(TABLE_FILE), &plan, &at("assignment.parquet")).expect("divided");
        write_parts(&at(TABLE_FILE), &at("assignment.parquet"), &split, &|part| at(part)).expect("written");
        let mut all = Vec::new();
        for (part, rows) in [("train", 150), ("test", 50)] {
            let table = Table::open(&at(part)).expect("a table");
            assert_eq!(table.rows(), rows);
            all.extend(table.read_rows(0, 1000).expect("rows"));
        }
        all.sort_by_key(|row| if let Cell::Int(n) = &row[0] { *n } else { -1 });
        let expect = (0..200).map(|n| vec![Cell::Int(n), Cell::Text(format!("name {n}"))]);
        assert_eq!(all, expect.collect::<Vec<_>>());
    }
}
