//! Imports a table and prints the result: `import SOURCE FOLDER [COLUMN=UNIT | CHECK …]`.

#![allow(clippy::print_stdout, reason = "it is a program")]

use std::path::PathBuf;

use hven_data::{ImportOptions, import};

fn main() -> Result<(), hven_data::Error> {
    let mut arguments = std::env::args().skip(1);
    let (source, folder) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let mut options = ImportOptions::default();
    for argument in arguments {
        match argument.split_once('=') {
            Some((column, unit)) if !column.ends_with(['<', '>', '!', ' ']) && !unit.starts_with('=') => {
                options.units.insert(column.to_owned(), unit.to_owned());
            }
            _ => options.checks.push(argument),
        }
    }
    let report = import(&PathBuf::from(source), &PathBuf::from(folder), &options, &mut |_| ())?;
    println!("{} rows, {} problems", report.rows, report.problems.total);
    for (column, profile) in report.schema.columns.iter().zip(&report.profile) {
        let unit = column.unit.as_ref().map_or(String::new(), |unit| format!(" [{unit}]"));
        println!(
            "{}: {}{unit}, {} values, {} different",
            column.name, column.column_type, profile.count, profile.distinct.count
        );
    }
    for problem in &report.problems.first {
        println!(
            "line {}, {}: {:?}: {}",
            problem.line,
            problem.column.as_deref().unwrap_or("row"),
            problem.raw,
            problem.what
        );
    }
    for check in &report.checks {
        println!("{}: {}", check.outcome, check.explanation);
    }
    for note in &report.notes {
        println!("note: {note}");
    }
    Ok(())
}
