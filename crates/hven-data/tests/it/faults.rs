//! Any input gives a table with its problems, or a refusal with advice.

use hven_data::{ImportOptions, Limits};

use super::{import_bytes, import_with, refusal};

#[test]
fn the_format_of_a_file_that_is_not_a_table_is_named() {
    let refused = |bytes: &[u8]| refusal(bytes, &ImportOptions::default());
    insta::assert_snapshot!(refused(b""), @"the file is empty: there is no table in it");
    insta::assert_snapshot!(refused(b"\x89PNG\r\n\x1a\n\0\0\0"), @"this is a PNG image, not a table; CSV and Parquet files are read");
    insta::assert_snapshot!(refused(b"{\"a\": 1}\n{\"a\": 2}\n"), @"this is JSON, not a table; write it as CSV or Parquet, one row per record");
    insta::assert_snapshot!(refused(&[0, 1, 2, 3, 200, 7]), @"this is binary data, not a table; CSV and Parquet files are read");
    insta::assert_snapshot!(refused(b"PAR1 and nothing more"), @"the Parquet file cannot be read: Invalid Parquet file. Corrupt footer; it is damaged, or was not copied whole");
    insta::assert_snapshot!(refused(b"\n\n\n"), @"the file is empty: there is no table in it");
}

#[test]
fn an_endless_line_is_refused_without_reading_it() {
    let limits = Limits { row_bytes_max: 1 << 16, ..Limits::default() };
    let options = ImportOptions { limits, ..ImportOptions::default() };
    insta::assert_snapshot!(refusal("x".repeat(10 << 20), &options), @"the row that begins on line 1 is longer than 65536 bytes: a quoted cell that is never closed, or not a table");
    let later = format!("a,b\n1,2\n3,\"never closed\n{}", "4,5\n".repeat(100_000));
    insta::assert_snapshot!(refusal(later, &options), @"the row that begins on line 3 is longer than 65536 bytes: a quoted cell that is never closed, or not a table");
}

#[test]
fn a_quote_that_is_never_closed_in_a_short_file() {
    let found = import_bytes("a,b\n1,2\n3,\"x\n4,5\n");
    assert_eq!(found.rows(), ["1 | 2", "3 | null"]);
    assert_eq!(found.problems(), ["3:b bad_quote \"\\\"x\\n4,5\\n\""]);
}

#[test]
fn ragged_rows_lose_no_cells() {
    let found = import_bytes("a,b,c\n1,2,3\n4\n5,6,7,8,\"9,9\"\n");
    assert_eq!(found.rows(), ["1 | 2 | 3", "4 | null | null", "5 | 6 | 7"]);
    assert_eq!(found.problems(), [r#"3:* missing_cells "4""#, r#"4:* extra_cells "8,9,9""#]);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    for text in ["a,b", "a,b\n"] {
        let found = import_bytes(text);
        assert_eq!((found.columns(), found.report.rows), (vec!["a: text".to_owned(), "b: text".to_owned()], 0));
        assert!(found.rows().is_empty() && found.report.notes[0].contains("no rows"), "{:?}", found.report.notes);
    }
}

#[test]
fn names_of_all_kinds() {
    let found = import_bytes("x,x,,select,周期,a\"b, y \n1,2,3,4,5,6,7\n");
    let names: Vec<&str> = found.report.schema.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["x", "x_2", "column_3", "select", "周期", "a\"b", "y"]);
    assert_eq!(found.report.notes.len(), 2);
    assert_eq!(found.table.numbers(&["周期"]).expect("numbers")[0].values, [Some(5.0)]);
}

#[test]
fn dates_of_all_years() {
    let found = import_bytes(
        "d,t\n0000-01-01,0000-01-01T00:00\n1582-10-10,1899-12-31 23:59:59.5\n9999-12-31,9999-12-31T23:59:59.999999\n1900-02-29,2026-01-01\n",
    );
    assert_eq!(found.columns(), ["d: date", "t: timestamp"]);
    assert_eq!(
        found.rows(),
        [
            "0000-01-01 | 0000-01-01T00:00:00",
            "1582-10-10 | 1899-12-31T23:59:59.5",
            "9999-12-31 | 9999-12-31T23:59:59.999999",
            "null | 2026-01-01T00:00:00",
        ]
    );
    assert_eq!(found.problems(), [r#"5:d bad_value "1900-02-29""#]);
    let profile = &found.report.profile[0];
    assert_eq!(profile.smallest[0].value.to_string(), "0000-01-01");
    assert!(profile.mean.is_none() && profile.histogram.is_some());
}

#[test]
fn numbers_of_all_kinds() {
    let found = import_bytes("big,huge,x\n9223372036854775808,1e400,1e308\n1,2,-1e308\n2,3.5,inf\n3,4.5,1\n");
    assert_eq!(found.columns(), ["big: decimal(38,0)", "huge: float64", "x: float64"]);
    assert_eq!(found.rows()[0], "9223372036854775808 | null | 1e308");
    assert_eq!(found.problems(), [r#"2:huge out_of_range "1e400""#]);
    assert_eq!(found.rows()[2], "2 | 3.5 | inf");
}

#[test]
fn units_and_separators_within_cells() {
    let options = ImportOptions { units: [("d".to_owned(), "m".to_owned())].into(), ..ImportOptions::default() };
    let found = import_with("d,n,note\n1,1,a\n2,2,b\n3,3,c\n5 km,\"12,345\",d\n6 kg,\"1,5\",e\n", &options);
    let what: Vec<String> = found
        .report
        .problems
        .first
        .iter()
        .map(|it| format!("{} {:?}: {}", it.kind.as_str(), it.raw, it.what))
        .collect();
    insta::assert_snapshot!(what.join("\n"), @r#"
    unit_in_cell "5 km": the cell holds the unit km, and the column is in m: 5000 is meant
    unit_in_cell "6 kg": the cell holds the unit kg, which cannot be converted to m, the unit of the column
    "#);
    // In a column with 1,5, the comma is the decimal separator.
    assert_eq!(found.rows()[3..], ["null | 12.345 | d", "null | 1.5 | e"]);
}

/// A hint names the cell's value in the number format of its file.
#[test]
fn hints_keep_the_value_when_the_comma_is_the_decimal_separator() {
    let units = [("d".to_owned(), "m".to_owned())].into();
    let options = ImportOptions { units, delimiter: Some(';'), decimal: Some(','), ..ImportOptions::default() };
    let found = import_with("d;n\n1,5;1,5\n2,5;2,5\n3,5;3,5\n1,5 km;1.024,5\n1,5 mm;1,5\n", &options);
    let what: Vec<String> = found.report.problems.first.iter().map(|it| format!("{:?}: {}", it.raw, it.what)).collect();
    insta::assert_snapshot!(what.join("\n"), @r#"
    "1,5 km": the cell holds the unit km, and the column is in m: 1500 is meant
    "1,5 mm": the cell holds the unit mm, and the column is in m: 0,0015 is meant
    "#);
}

#[test]
fn an_interrupted_import_leaves_no_complete_looking_files() {
    let rows = "1,x\n".repeat(100_000);
    let folder = tempfile::tempdir().expect("a folder");
    let (source, out) = (folder.path().join("source"), folder.path().join("out"));
    std::fs::write(&source, format!("a,b\n{rows}")).expect("written");
    let stages = [hven_data::Stage::Look, hven_data::Stage::Convert, hven_data::Stage::Profile];
    for stage in stages {
        let broken = std::panic::catch_unwind(|| {
            hven_data::import(&source, &out, &ImportOptions::default(), &mut |progress| {
                assert_ne!(progress.stage, stage, "broken off");
            })
        });
        assert!(broken.is_err());
        assert!(!out.join(hven_data::REPORT_FILE).exists(), "{stage:?}");
        assert_eq!(out.join(hven_data::TABLE_FILE).exists(), stage == hven_data::Stage::Profile, "{stage:?}");
    }
}

const CHILD: &str = "HVEN_TEST_IMPORT";

/// Not a test of its own: this is the process that [`a_kill_leaves_no_partial_file_under_a_final_name`] starts and kills.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(CHILD).map(std::path::PathBuf::from) else { return };
    let on_progress = &mut |_: hven_data::Progress| ();
    hven_data::import(&folder.join("source"), &folder.join("out"), &ImportOptions::default(), on_progress)
        .expect("imported");
}

/// Kills a process in the middle of an import, at moments that a seed chooses. Each file under its final name is complete,
/// and the next import is not affected. `HVEN_SOAK_ROUNDS` and `HVEN_SOAK_SEED` make it longer.
#[test]
fn a_kill_leaves_no_partial_file_under_a_final_name() {
    use std::fmt::Write as _;
    let soak =
        |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rounds, mut seed) = (soak("HVEN_SOAK_ROUNDS", 12), soak("HVEN_SOAK_SEED", 20_261_129));
    println!("seed {seed}");
    let mut text = String::from("n,x,word\n");
    for n in 0..60_000 {
        let x = if n % 100 == 3 { "?".to_owned() } else { format!("{}.5", n * 7 % 1000) };
        writeln!(text, "{n},{x},word {}", n % 17).expect("written");
    }
    let whole = import_bytes(&text);
    let names = [hven_data::TABLE_FILE, hven_data::PROBLEMS_FILE, hven_data::REPORT_FILE];
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    std::fs::write(folder.path().join("source"), &text).expect("written");
    let run_child = |kill_after: Option<std::time::Duration>| {
        let begun = std::time::Instant::now();
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["faults::child", "--exact"])
            .env(CHILD, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("started");
        let Some(after) = kill_after else {
            assert!(child.wait().expect("ended").success());
            return begun.elapsed();
        };
        std::thread::sleep(after);
        child.kill().expect("the child runs or has just ended");
        child.wait().expect("ended");
        after
    };
    let takes = run_child(None);
    let (mut cut, mut done) = (0, 0);
    for round in 0..rounds {
        std::fs::remove_dir_all(&out).expect("removed");
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        run_child(Some(takes.mul_f64((seed >> 33) as f64 / f64::from(1_u32 << 31))));
        for name in names {
            if out.join(name).exists() {
                let (left, wanted) = (std::fs::read(out.join(name)), std::fs::read(whole.out(name)));
                assert!(left.expect("read") == wanted.expect("read"), "{name} is not whole, round {round}");
            }
        }
        // The report is written last, so all other files exist with it.
        if out.join(hven_data::REPORT_FILE).exists() {
            assert!(names.iter().all(|name| out.join(name).exists()), "round {round}");
            done += 1;
        } else {
            cut += 1;
        }
        let source = folder.path().join("source");
        let again = hven_data::import(&source, &out, &ImportOptions::default(), &mut |_| ()).expect("imported again");
        assert_eq!(again, whole.report, "round {round}");
        assert!(super::has_no_leftovers(&out), "round {round}");
    }
    println!("killed before the end {cut}, after it {done}");
    assert!(cut > 0, "no kill interrupted an import");
    // An import without problems removes the list of the previous one.
    std::fs::write(folder.path().join("source"), "a\n1\n").expect("written");
    let source = folder.path().join("source");
    hven_data::import(&source, &out, &ImportOptions::default(), &mut |_| ()).expect("imported again");
    assert!(!out.join(hven_data::PROBLEMS_FILE).exists());
}

/// Tables that a seed has damaged: bytes are flipped, removed, duplicated or inserted. Each is imported or refused, without a
/// panic. `HVEN_SOAK_ROUNDS` and `HVEN_SOAK_SEED` make it longer.
#[test]
fn damaged_tables_are_imported_or_refused() {
    let soak =
        |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rounds, seed) = (soak("HVEN_SOAK_ROUNDS", 60), soak("HVEN_SOAK_SEED", 20_261_129));
    println!("seed {seed}");
    let mut state = seed;
    let mut dice = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound.max(1)
    };
    let text = "name,period_d,when,note\nMercury,87.97,2026-01-01,\"a, b\"\nVenus,224.7,2026-01-02,x\n,,,\nEarth,3.65e2,2026-13-01,\"two\nlines\"\n";
    let parquet = std::fs::read(import_bytes(text).table_path()).expect("a table");
    for round in 0..rounds {
        let mut bytes = if round % 2 == 0 { text.as_bytes().to_vec() } else { parquet.clone() };
        for _ in 0..=dice(4) {
            let at = dice(bytes.len());
            let end = (at + 1 + dice(16)).min(bytes.len());
            match dice(4) {
                0 if at < bytes.len() => bytes[at] ^= 1 << dice(8),
                1 => drop(bytes.drain(at.min(end)..end)),
                2 => {
                    let some = bytes[at.min(end)..end].to_vec();
                    bytes.splice(at..at, some);
                }
                _ => {
                    let odd = [b"\"".as_slice(), b"\0", b"\xff\xfe", b",", b"\r", b"\n\n", b"-", b"1e999"];
                    bytes.splice(at..at, odd[dice(odd.len())].to_vec());
                }
            }
        }
        let outcome = std::panic::catch_unwind(|| super::try_import(&bytes, &ImportOptions::default()).map(drop));
        assert!(outcome.is_ok(), "seed {seed}, round {round}: a panic of {:?}", String::from_utf8_lossy(&bytes));
        if let Ok(Err(refused)) = outcome {
            assert!(!refused.to_string().is_empty());
        }
    }
}
