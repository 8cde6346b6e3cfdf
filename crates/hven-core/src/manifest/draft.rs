//! The manifest that `hven init` writes: the files of the folder, with comments about the other options.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::{
    Unit,
    recipe::{Kind, RecipeList, Schema},
    unit::{self, UnitReading},
};

/// A file that was found in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Relative to the folder, with slashes.
    pub path: String,
    /// The columns of a table, if they could be read.
    pub columns: Vec<String>,
}

/// The commands of scripts, by file extension.
const SCRIPTS: [(&str, &[&str]); 6] = [
    ("py", &["python3"]),
    ("R", &["Rscript"]),
    ("r", &["Rscript"]),
    ("jl", &["julia"]),
    ("sh", &["sh"]),
    ("ipynb", &["jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace"]),
];
const TABLES: [&str; 3] = ["csv", "tsv", "parquet"];

/// A manifest for a project of this name with these files, and with steps for the recipes that propose one. It is a valid
/// manifest as it is, and also after its commented lines are uncommented.
pub fn draft(project: &str, files: &[FoundFile], recipes: RecipeList) -> String {
    let mut text = format!(
        "# What this project consists of. `hven run` does what is not up to date, in the right order.\n\n\
         [project]\nname = {}\n# license = \"CC-BY-4.0\"\n# description = \"What it is about.\"\n",
        quoted(project)
    );
    let mut taken = BTreeSet::new();
    let mut first_data = None;
    let mut first_relation = None;
    for file in files {
        let Some(ending) = ending(&file.path).filter(|ending| TABLES.contains(ending)) else { continue };
        let name = free_name(&file.path, &mut taken);
        table(&mut text, &name, file, ending);
        if let [_, .., last] = file.columns.as_slice() {
            first_relation.get_or_insert((name.clone(), last));
        }
        first_data.get_or_insert(name);
    }
    let mut taken = BTreeSet::new();
    if let Some((data, target)) = first_relation {
        for schema in recipes.for_people() {
            step(&mut text, schema, &data, target, &mut taken);
        }
    }
    let mut first_run = None;
    for file in files {
        let ending = ending(&file.path);
        let Some((_, program)) = SCRIPTS.iter().find(|(known, _)| Some(*known) == ending) else { continue };
        let name = free_name(&file.path, &mut taken);
        let words: Vec<String> = program.iter().map(|word| quoted(word)).chain([quoted(&file.path)]).collect();
        let input = first_data.as_ref().map_or(String::new(), |data| quoted(data));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n# [run.{name}]\n# command = [{}]\n# inputs  = [{input}]\n# outputs = []\n",
            words.join(", ")
        );
        first_run.get_or_insert(name);
    }
    if let Some(run) = first_run {
        claim(&mut text, &run, "accuracy > 0.9");
    }
    text
}

/// A step of a recipe that proposes one: for this table, and for this column where the recipe needs a column.
fn step(text: &mut String, schema: &Schema, data: &str, column: &str, taken: &mut BTreeSet<String>) {
    let Some(draft) = schema.draft else { return };
    let name = free_name(schema.name, taken);
    let needs = schema.arguments.iter().filter(|argument| argument.is_required() && argument.kind == Kind::Column);
    let keys = needs.map(|argument| (argument.key, column));
    let lines: Vec<(&str, &str)> = [("recipe", schema.name), ("input", data)].into_iter().chain(keys).collect();
    let width = lines.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let _ = writeln!(text, "\n# {}\n# [run.{name}]", draft.comment);
    for (key, value) in lines {
        let _ = writeln!(text, "# {key:<width$} = {}", quoted(value));
    }
    claim(text, &name, draft.test);
}

fn claim(text: &mut String, run: &str, test: &str) {
    let _ = write!(
        text,
        "\n# A claim is judged by a number that its run logs.\n# [claim.{run}]\n# statement = \"What is claimed, in one \
         sentence.\"\n# evidence  = \"run.{run}\"\n# test      = {}\n",
        quoted(test)
    );
}

fn table(text: &mut String, name: &str, file: &FoundFile, ending: &str) {
    let _ = write!(text, "\n[data.{name}]\nsource = {}\n", quoted(&file.path));
    let columns: Vec<String> =
        file.columns.iter().map(|column| format!("{} = {}", key(column), quoted(&unit_in_name(column)))).collect();
    if columns.is_empty() {
        let _ = writeln!(text, "# units = {{ column = \"m\" }}");
    } else {
        let _ = writeln!(text, "# A unit for each column that has one (\"1\" for a plain number).");
        let _ = writeln!(text, "# units = {{ {} }}", columns.join(", "));
    }
    if ending != "parquet" {
        let _ = writeln!(text, "# missing = [\"NA\"]");
    }
    let check = file
        .columns
        .first()
        .map_or("count() > 0".to_owned(), |column| format!("unique({})", crate::expression::name_in_source(column)));
    let _ = writeln!(text, "# checks = [{}]", quoted(&check));
    let _ = writeln!(text, "# license = \"CC0-1.0\"");
}

fn ending(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending)
}

/// A free step name made from a file name.
fn free_name(path: &str, taken: &mut BTreeSet<String>) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let letters: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let letters = letters.trim_matches('_');
    let base = if letters.is_empty() { "table" } else { &letters[..letters.len().min(60)] };
    let mut name = base.to_owned();
    let mut count = 1;
    while !taken.insert(name.clone()) {
        count += 1;
        name = format!("{base}_{count}");
    }
    name
}

/// `km` for `distance_km`, `distance (km)` or `distance [km]`: a guess, written only in a comment. Empty where it would have to
/// be explained.
fn unit_in_name(column: &str) -> String {
    let in_name = unit::in_name(column)
        .or_else(|| Some(column.rsplit_once('_').filter(|(before, after)| before.len() > 1 && after.len() > 1)?.1));
    match in_name.map(Unit::read) {
        Some(Ok(UnitReading { temperature: Some(scale), .. })) => scale.spelling().to_owned(),
        Some(Ok(UnitReading { unit, notes, .. })) if notes.is_empty() => unit.to_string(),
        _ => String::new(),
    }
}

/// A TOML key, quoted if necessary.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A TOML string on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
