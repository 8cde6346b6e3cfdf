//! Writes the README of an export. The lists of columns come from the declarations of the tables, so they are correct.

use std::fmt::Write;

use super::{Manifest, documents, facts, sheet::Table, tables};

const TEXT: &str = include_str!("README.md");

/// The README of an export.
pub(super) fn readme(manifest: &Manifest) -> String {
    let mut listed = String::new();
    for table in [&facts::TABLE].into_iter().chain(tables::ALL.iter().copied()) {
        describe(table, &mut listed);
    }
    let mut list = String::new();
    for (file, what) in documents::all() {
        // Writing to a string never fails.
        let _ = writeln!(list, "- `{file}`: {what}");
    }
    let missing = match manifest.objects_missing.as_slice() {
        [] => String::new(),
        lost => {
            let mut text = "\nThese objects, which runs had made, were missing from the home itself:\n\n".to_owned();
            for digest in lost {
                let _ = writeln!(text, "- `{digest}`");
            }
            text
        }
    };
    TEXT.replace("{home}", &manifest.home.to_string())
        .replace("{facts}", &manifest.head_seq.to_string())
        .replace("{head}", &manifest.head_hash.to_string())
        .replace("{objects}", &manifest.objects.to_string())
        .replace("{version}", &manifest.hven_version)
        .replace("{tables}", listed.trim_end())
        .replace("{documents}", list.trim_end())
        .replace("{missing}", &missing)
}

fn describe(table: &Table, into: &mut String) {
    let _ = writeln!(
        into,
        "### {}\n\nOne row for each {}.\n\n| column | is | what |\n| --- | --- | --- |",
        table.file, table.row
    );
    for (name, kind, what) in table.columns {
        let _ = writeln!(into, "| `{name}` | {} | {what} |", kind.as_str());
    }
    into.push('\n');
}
