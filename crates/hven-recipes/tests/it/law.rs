//! Tests the recipe `law` with a table that the recipe `import` made.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The outputs of the recipe.
const OUTPUTS: [&str; 3] = ["law.json", "plots", "rows.csv"];

/// A folder with the table of this CSV, and these arguments for the next recipe.
fn staged(csv: &str, units: &Value, arguments: &Value) -> TempDir {
    let import = tempfile::tempdir().unwrap();
    fs::write(import.path().join("source.csv"), csv).unwrap();
    write(import.path(), &json!({ "name": "table", "units": units }));
    hven_recipes::run("import", import.path()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(import.path().join("table.parquet"), folder.path().join("table.parquet")).unwrap();
    write(folder.path(), arguments);
    folder
}

fn write(folder: &Path, arguments: &Value) {
    fs::write(folder.join("recipe.json"), arguments.to_string()).unwrap();
}

fn read(folder: &TempDir, path: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join(path)).unwrap()).unwrap()
}

/// A falling stone: way = 4.9 m/s² · time².
fn stone() -> String {
    (1..=20)
        .map(|t| f64::from(t) / 10.0)
        .fold("stone,time,way\n".to_owned(), |csv, t| csv + &format!("stone,{t},{}\n", 4.9 * t * t))
}

fn check_error(csv: &str, arguments: &Value, expected: &str) {
    let folder = staged(csv, &json!({}), arguments);
    assert_eq!(hven_recipes::run("law", folder.path()).unwrap_err().to_string(), expected);
    // No partial outputs are left.
    assert!(OUTPUTS.iter().all(|output| !folder.path().join(output).exists()));
}

#[test]
fn a_law_is_written_as_a_document_and_plots() {
    let folder = staged(&stone(), &json!({ "time": "s", "way": "m" }), &json!({ "target": "way", "bootstrap": 50 }));
    hven_recipes::run("law", folder.path()).unwrap();
    let law = read(&folder, "law.json");
    assert_eq!(law["schema"], "hven.law/1");
    assert_eq!(law["inputs"], json!(["time"]));
    assert_eq!(law["ending"], "exact");
    let chosen = law["front"].as_array().unwrap().iter().find(|c| c["id"] == law["chosen"]).unwrap();
    assert_eq!(chosen["display"], "4.9 [m/s^2] * time^2");
    let plots: Vec<_> = fs::read_dir(folder.path().join("plots")).unwrap().map(|p| p.unwrap().file_name()).collect();
    assert!(!plots.is_empty());
    for plot in plots {
        let name = plot.into_string().unwrap();
        assert!(name.ends_with(".vl.json"), "{name}");
        assert!(read(&folder, &format!("plots/{name}"))["$schema"].as_str().unwrap().contains("vega-lite"), "{name}");
    }
}

#[test]
fn the_held_out_part_is_used_for_testing_only() {
    let odd = |rest: usize| {
        let csv = stone();
        let rows = csv.lines().skip(1).enumerate().filter(|(k, _)| k % 2 == rest).map(|(_, row)| row);
        rows.fold("stone,time,way\n".to_owned(), |csv, row| csv + row + "\n")
    };
    let folder = staged(&odd(0), &json!({}), &json!({ "target": "way", "bootstrap": 50 }));
    let other = staged(&odd(1), &json!({}), &json!({}));
    fs::copy(other.path().join("table.parquet"), folder.path().join("hold_out.parquet")).unwrap();
    hven_recipes::run("law", folder.path()).unwrap();
    let law = read(&folder, "law.json");
    assert_eq!((&law["rows"], &law["rows_holdout"]), (&json!(10), &json!(10)));
    let r2 = law["quantities"].as_array().unwrap().iter().find(|q| q["name"] == "r2_holdout").unwrap();
    assert!(r2["value"].as_f64().unwrap() > 1.0 - 1e-12);
    // The used rows are there as text, with unchanged numbers.
    let rows = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    let (head, rows) = rows.split_once('\n').unwrap();
    assert_eq!(head, "part,time,way");
    let of = |part: &str| {
        let mut found: Vec<(f64, f64)> = rows
            .lines()
            .filter_map(|line| line.strip_prefix(part)?.strip_prefix(',')?.split_once(','))
            .map(|(time, way)| (time.parse().unwrap(), way.parse().unwrap()))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found
    };
    let times = |rest: u32| (1..=20).filter(move |t| t % 2 != rest % 2).map(|t| f64::from(t) / 10.0);
    let expect = |rest| times(rest).map(|t| (t, 4.9 * t * t)).collect::<Vec<_>>();
    assert_eq!((of("train"), of("hold_out")), (expect(0), expect(1)));
    assert_eq!(rows.lines().count(), 20);
}

#[test]
fn errors_and_wrong_rows_are_in_the_document() {
    let csv = stone().replacen("stone,0.7,", "stone,0.7,9", 1);
    let folder = staged(&csv, &json!({}), &json!({ "target": "way", "bootstrap": 50, "errors": "relative" }));
    hven_recipes::run("law", folder.path()).unwrap();
    let law = read(&folder, "law.json");
    assert_eq!((&law["errors"]["model"], &law["errors"]["decided_by"]), (&json!("relative"), &json!("setting")));
    assert!(law["notes"].as_array().unwrap().contains(&law["errors"]["text"]));
    assert_eq!((&law["rows"], &law["left_out"][0]["row"]), (&json!(19), &json!(7)));
    let rows = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    assert_eq!(rows.lines().filter(|line| line.starts_with("left_out,0.7,")).count(), 1, "{rows}");
}

#[test]
fn a_name_with_a_comma_stays_one_cell() {
    let csv = stone().replacen("stone,time,way", "stone,\"time, in s\",way", 1);
    let folder = staged(&csv, &json!({}), &json!({ "target": "way", "bootstrap": 50 }));
    hven_recipes::run("law", folder.path()).unwrap();
    let rows = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    assert!(rows.starts_with("part,\"time, in s\",way\ntrain,"), "{rows}");
}

#[test]
fn reasons_why_a_search_is_impossible_are_reported() {
    let target = json!({ "target": "y" });
    let message = "the target \"y\" has the same value in every row: there is no law to find";
    check_error("x,y\n1,2\n2,2\n3,2\n4,2\n5,2\n", &target, message);
    let message = "1 of 1 rows can be used, 4 are needed: the others miss a number in some column (none does)";
    check_error("x,y\n1,2\n", &target, message);
    let message = "1 of 5 rows can be used, 4 are needed: the others miss a number in some column (y: 4)";
    check_error("x,y\n1,2\n2,NaN\n3,\n4,\n5,null\n", &target, message);
    let message = "there is nothing to explain \"y\" with: give at least one input column";
    check_error("x,y\na,1\nb,2\nc,3\nd,4\n", &target, message);
    let message = "the arguments cannot be read: unknown field `colour`";
    let folder = staged("x,y\n1,2\n", &json!({}), &json!({ "target": "y", "colour": 1 }));
    assert!(hven_recipes::run("law", folder.path()).unwrap_err().to_string().starts_with(message));
    let missing = staged("x,y\n1,2\n", &json!({}), &json!({ "target": "z" }));
    let text = hven_recipes::run("law", missing.path()).unwrap_err().to_string();
    assert!(text.contains('z'), "{text}");
}

#[test]
fn a_law_found_within_the_time_limit_is_marked() {
    let noisy = (1..=40).fold("x,y\n".to_owned(), |csv, k| csv + &format!("{k},{}\n", f64::from(k * k * 7919 % 101)));
    let arguments = json!({ "target": "y", "time_limit_s": 0.3, "evaluations": 1_000_000_000_u64, "bootstrap": 50 });
    let folder = staged(&noisy, &json!({}), &arguments);
    hven_recipes::run("law", folder.path()).unwrap();
    assert_eq!(read(&folder, "law.json")["ending"], "time");
}
