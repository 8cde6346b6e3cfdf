//! Text tables of all kinds.

use hven_core::dataset::{
    ColumnType, Profile,
    report::{Encoding, Format, LineEnd},
};
use hven_data::{ImportOptions, PROBLEMS_FILE, REPORT_FILE, Table};

use super::{import_bytes, import_with, refusal};

const PLANETS: &str = "name,semi_major_axis,period,found\n\
    Mercury,0.387,0.2408,\n\
    Venus,0.723,0.6152,\n\
    Uranus,19.19,84.02,1781-03-13\n\
    Neptune,30.07,164.8,1846-09-23\n";

#[test]
fn a_table_with_units() {
    let options = ImportOptions {
        name: Some("planets".parse().expect("a name")),
        license: Some("CC0-1.0".to_owned()),
        units: [("period".to_owned(), "yr".to_owned()), ("semi_major_axis".to_owned(), "AU".to_owned())].into(),
        descriptions: [("found".to_owned(), "first seen as a planet".to_owned())].into(),
        ..ImportOptions::default()
    };
    let planets = import_with(PLANETS, &options);
    assert_eq!(planets.columns(), ["name: text", "semi_major_axis: float64", "period: float64", "found: date"]);
    assert_eq!((planets.report.rows, planets.report.problems.total), (4, 0));
    let period = planets.table.schema().column("period").expect("it is there").clone();
    assert_eq!(period.unit.map(|unit| unit.to_string()), Some("yr".to_owned()));
    assert!(!period.nullable);
    let found = planets.table.schema().column("found").expect("it is there");
    assert_eq!((found.nullable, found.description.as_deref()), (true, Some("first seen as a planet")));
    assert_eq!(
        (planets.table.license(), planets.table.name().map(ToString::to_string)),
        (Some("CC0-1.0"), Some("planets".into()))
    );
    let numbers = planets.table.numbers(&["period", "semi_major_axis"]).expect("numbers");
    assert_eq!(numbers[0].values, [Some(0.2408), Some(0.6152), Some(84.02), Some(164.8)]);
    assert_eq!(numbers[1].column.name, "semi_major_axis");
    let profile: &Profile = &planets.report.profile[2];
    assert_eq!((profile.count, profile.distinct.count, profile.largest[0].row), (4, 4, 3));
    assert!(!planets.out(PROBLEMS_FILE).exists());
    let kept = std::fs::read(planets.out(REPORT_FILE)).expect("the report is kept");
    assert_eq!(serde_json::from_slice::<hven_core::dataset::ImportReport>(&kept).expect("JSON"), planets.report);
}

#[test]
fn the_same_bytes_and_options_give_the_same_bytes() {
    let row = |n| format!("{n},{},{}\n", f64::from(n) / 7.0, if n % 9 == 0 { "x y" } else { "oops" });
    let rows = (0..20_000).map(row).collect::<Vec<_>>().concat();
    let text = format!("a,b,c\n{rows}1,x,\n");
    let one = import_with(&text, &ImportOptions { threads: Some(1), ..ImportOptions::default() });
    let three = import_with(&text, &ImportOptions { threads: Some(3), ..ImportOptions::default() });
    assert_eq!(one.report, three.report);
    for file in [hven_data::TABLE_FILE, PROBLEMS_FILE, REPORT_FILE] {
        assert_eq!(
            std::fs::read(one.out(file)).expect("read"),
            std::fs::read(three.out(file)).expect("read"),
            "{file}"
        );
    }
    let digest = hven_core::Digest::of(&std::fs::read(one.table_path()).expect("read"));
    assert_eq!(one.report.table.digest, digest);
    assert_eq!(one.report.source.bytes.digest, hven_core::Digest::of(text.as_bytes()));
    assert_eq!(one.report.source.bytes.size, text.len() as u64);
}

#[test]
fn the_detected_format_is_reported() {
    let format = |bytes: &[u8]| match import_bytes(bytes).report.source.format {
        Format::Csv(format) => format,
        Format::Parquet(_) => panic!("it is text"),
    };
    let german = format(b"\xef\xbb\xbf# ein Kommentar\r\na;b\r\n1,5;x\r\n\r\n2,25;y\r\n");
    assert_eq!((german.delimiter, german.decimal, german.line_end), (';', ',', LineEnd::Crlf));
    assert_eq!((german.bom, german.header, german.blank_lines, german.encoding), (true, true, 1, Encoding::Utf8));
    assert_eq!(german.preamble, ["# ein Kommentar"]);
    let bare = format(b"1\t2\n3\t4\n");
    assert_eq!((bare.delimiter, bare.header, bare.nulls[1].as_str()), ('\t', false, "NA"));
}

#[test]
fn other_encodings() {
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    };
    let text = "名,café\n行星,1.5\n星,2\n";
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8),
        (utf16(&format!("\u{feff}{text}"), true), Encoding::Utf16Le),
        (utf16(&format!("\u{feff}{text}"), false), Encoding::Utf16Be),
    ] {
        let found = import_bytes(bytes);
        assert_eq!(found.columns(), ["名: text", "café: float64"], "{encoding}");
        assert_eq!(found.rows(), ["行星 | 1.5", "星 | 2.0"], "{encoding}");
        let Format::Csv(format) = &found.report.source.format else { panic!("it is text") };
        assert_eq!(format.encoding, encoding);
        assert!(super::has_no_leftovers(&found.folder.path().join("out")));
    }
    let latin = import_bytes(b"na\xefve,x\ncaf\xe9,1\n");
    assert_eq!((latin.columns()[0].as_str(), latin.rows()[0].as_str()), ("naïve: text", "café | 1"));
    assert!(latin.report.notes[0].contains("Latin-1"), "{:?}", latin.report.notes);
    // Chinese UTF-16 without a byte order mark looks like binary data; the option names the encoding.
    let bare = import_with(
        utf16("名\n行星\n", true),
        &ImportOptions { encoding: Some("utf-16le".to_owned()), ..ImportOptions::default() },
    );
    assert_eq!(bare.rows(), ["行星"]);
}

#[test]
fn a_few_bad_bytes_are_problems_not_another_encoding() {
    let found = import_bytes(b"a,b\n\xc3\xa9\xc3\xa9,1\nx\xff,2\n");
    assert_eq!(found.rows(), ["éé | 1", "null | 2"]);
    assert_eq!(found.problems(), [r#"3:a bad_encoding "x\\xff""#]);
}

#[test]
fn options_are_applied() {
    let options = ImportOptions {
        types: [
            ("zip".to_owned(), ColumnType::Int64),
            ("x".to_owned(), ColumnType::Decimal { precision: 6, scale: 2 }),
        ]
        .into(),
        nulls: Some(vec!["-999".to_owned()]),
        ..ImportOptions::default()
    };
    let found = import_with("zip,x,note\n007,1.25,NA\n123,-999,\n", &options);
    assert_eq!(found.columns(), ["zip: int64", "x: decimal(6,2)", "note: text"]);
    assert_eq!(found.rows(), ["7 | 1.25 | null", "123 | null | null"]);
    let headless = ImportOptions { header: Some(false), ..ImportOptions::default() };
    assert_eq!(import_with("a,b\nc,d\n", &headless).rows(), ["a | b", "c | d"]);
    let headed = ImportOptions { header: Some(true), ..ImportOptions::default() };
    assert_eq!(import_with("2001,2002\n1,2\n", &headed).columns(), ["2001: int64", "2002: int64"]);
}

#[test]
fn options_that_do_not_fit_are_refused_with_advice() {
    let units = |column: &str, unit: &str| ImportOptions {
        units: [(column.to_owned(), unit.to_owned())].into(),
        ..ImportOptions::default()
    };
    let check = |options: &ImportOptions, expect: &[&str]| {
        let said = refusal(PLANETS, options);
        assert!(expect.iter().all(|part| said.contains(part)), "{said}");
    };
    check(&units("perod", "yr"), &["\"perod\"", "is `period` meant?"]);
    check(&units("period", "yrs"), &["\"period\"", "yrs"]);
    check(&units("name", "yr"), &["\"name\"", "text"]);
    let types = ImportOptions { types: [("Name".to_owned(), ColumnType::Int64)].into(), ..ImportOptions::default() };
    check(&types, &["\"Name\"", "is `name` meant?"]);
}

#[test]
fn notes_name_the_decisions() {
    let notes = |text: &str| import_bytes(text).report.notes.join("\n");
    insta::assert_snapshot!(notes("zip,mass [kg],x,a\n007,1,1,p\n008,2,oops,\n009,3,2,\n010,4,3,\n"), @r#"
    zip is text, because zeros in front (as in 007) would be lost; if it holds numbers, say type zip = int64
    the name mass [kg] seems to hold the unit kg; say unit "mass [kg]" = "kg" to use it
    x is int64 with 1 cell that is not: "oops" (line 3); if they are meant, say type x = text
    "#);
    insta::assert_snapshot!(notes("1,2\n3,4\n"), @"the first line holds values, so the columns are named column_1, column_2 …; if it holds names, say header = true");
    insta::assert_snapshot!(notes("d\n5 km\n6 km\n7 km\n"), @"d is text, because its cells hold units: write plain numbers and say the unit of the column");
}

#[test]
fn the_whole_list_of_problems_is_a_table() {
    let rows: String = (0..300).map(|n| if n % 2 == 0 { "1\n" } else { "1,5\n" }).collect();
    let found = import_with(
        format!("x\n{rows}"),
        &ImportOptions { delimiter: Some(';'), decimal: Some('.'), ..ImportOptions::default() },
    );
    assert_eq!((found.report.problems.total, found.report.problems.first.len()), (150, 100));
    let listed = import_with(std::fs::read(found.out(PROBLEMS_FILE)).expect("it is there"), &ImportOptions::default());
    assert_eq!(listed.report.rows, 150);
    assert_eq!(
        listed.columns(),
        ["line: int64", "row: int64", "column: text", "kind: text", "raw: text", "what: text"]
    );
    assert_eq!(
        listed.rows()[149].split(" | ").take(5).collect::<Vec<_>>(),
        ["301", "299", "x", "decimal_comma", "1,5"]
    );
    assert!(Table::open(&found.out(PROBLEMS_FILE)).is_err(), "it is no dataset");
}
