//! Tables as instruments, Fortran programs, spreadsheets and data servers write them.

use hven_core::dataset::report::{Format, Layout};
use hven_data::{ImportOptions, SourceFormat, look};
use proptest::prelude::*;
use serde_json::json;

use super::{Imported, import_bytes, import_with, refusal};

fn notes(found: &Imported) -> String {
    found.report.notes.join("\n")
}

fn units(found: &Imported) -> Vec<String> {
    let unit = |column: &hven_core::dataset::Column| column.unit.as_ref().map_or(String::new(), ToString::to_string);
    found.report.schema.columns.iter().map(unit).collect()
}

/// Each table ends its rows, but not its names, with a delimiter.
#[test]
fn delimiters_at_the_end_of_rows_are_no_cells() {
    for delimiter in [",", ";", "\t", "|"] {
        let text =
            "site,height,pressure\n1001,52.0,1007.5,\n1002,310.5,976.5,\n1003,8.2,1012.0,\n".replace(',', delimiter);
        let found = import_bytes(&text);
        assert_eq!(found.columns(), ["site: int64", "height: float64", "pressure: float64"], "{delimiter:?}");
        assert_eq!(found.rows()[0], "1001 | 52.0 | 1007.5");
        assert_eq!(found.report.problems.total, 0);
        assert!(notes(&found).contains("the rows end with 1 more"), "{}", notes(&found));
    }
    let check = |text: &str, columns: &[&str], first: &str, problems: usize| {
        let found = import_bytes(text);
        assert_eq!(found.columns(), columns, "{text:?}");
        assert_eq!((found.rows()[0].as_str(), found.problems().len()), (first, problems), "{text:?}");
    };
    let ab = ["a: int64", "b: int64"];
    check("a,b\n1,2, \n3,4, \n", &ab, "1 | 2", 0);
    check("a,b\n1,2,,\n3,4,,\n", &ab, "1 | 2", 0);
    check("a,b\n1,2,\n3,4,\n5,6\n", &ab, "1 | 2", 0);
    check("a,b,\n1,2\n3,4\n", &ab, "1 | 2", 0);
    check("a,b\n1,2,\n3,4\n5,6\n7,8\n", &ab, "1 | 2", 1);
    check("1,2,\n3,4,\n", &["column_1: int64", "column_2: int64"], "1 | 2", 0);
    check("a,b\n1,2,\n3,4,\n5,6,late\n", &["a: int64", "b: int64", "column_3: text"], "1 | 2 | null", 0);
    check("x,y\nr1,1,2\nr2,3,4\n", &["column_1: text", "x: int64", "y: int64"], "r1 | 1 | 2", 0);
    check("x,y\n1,0.5,2\n2,0.5,4\n", &["column_1: int64", "x: float64", "y: int64"], "1 | 0.5 | 2", 0);
    check("x,y\n0.5,1,2\n0.5,3,4\n", &["x: float64", "y: int64", "column_3: int64"], "0.5 | 1 | 2", 0);
}

#[test]
fn a_line_of_units_gives_the_units() {
    let found = import_bytes(
        "time,cast,depth,salinity,oxygen\nUTC,,m,g/kg,umol kg-1\n2024-03-01T01:00:00Z,K2,5.0,33.1,290.6\n2024-03-01T02:00:00Z,K3,10.0,33.2,292.3\n",
    );
    assert_eq!(found.rows().len(), 2);
    assert_eq!(found.columns()[2..], ["depth: float64", "salinity: float64", "oxygen: float64"]);
    assert_eq!(units(&found)[2], "m");
    assert!(units(&found)[4].contains("mol"), "{:?}", units(&found));
    assert!(notes(&found).contains("line 2 holds units"), "{}", notes(&found));
    assert_eq!(found.report.problems.total, 0);
    for text in
        ["x;t\n[m];[K]\n1;2\n", "x;t\n(m);(K)\n1,5;2,5\n", "x\tt\nm\tK\n1\t2\n3\t4\n", "# x t\n# m K\n1 2\n3 4\n"]
    {
        let found = import_bytes(text);
        assert_eq!(units(&found), ["m", "K"], "{text:?}: {}", notes(&found));
    }
    // A unit that cannot be read is named.
    let found = import_bytes("x,y\nm,furlongs_per_x\n1,2\n3,4\n");
    assert_eq!((units(&found)[0].as_str(), found.rows().len()), ("m", 2));
    assert!(notes(&found).contains("furlongs_per_x"), "{}", notes(&found));
    // The caller decides.
    let no = ImportOptions { units_line: Some(false), ..ImportOptions::default() };
    assert_eq!(import_with("x,t\nm,K\n1,2\n3,4\n", &no).rows().len(), 3);
    let yes = ImportOptions { units_line: Some(true), ..ImportOptions::default() };
    assert_eq!(import_with("x,t\nn.d.,n.d.\n1,2\n", &yes).rows(), ["1 | 2"]);
    // Rows of words stay rows.
    for text in ["name,grade\nA,B\nC,D\n", "name,x\nm,5\nK,6\n", "a,b\nlow,1\nhigh,2\n"] {
        assert_eq!(import_bytes(text).rows().len(), 2, "{text:?}");
    }
    // Names of objects may stand below the units.
    let found = import_bytes("day;bhp;rate\ndays;bar;m3\n1;456.78;0\n2;1.5;2.45\n");
    assert_eq!((units(&found)[1].as_str(), found.rows().len()), ("bar", 2));
    let found = import_bytes("day;bhp;bhp\ndays;bar;bar\n;well-a;well-b\n1;456.78;0\n2;1.5;2.45\n");
    let described: Vec<_> = found.report.schema.columns.iter().map(|column| column.description.as_deref()).collect();
    assert_eq!((described, found.rows().len()), (vec![None, Some("well-a"), Some("well-b")], 2), "{}", notes(&found));
}

#[test]
fn a_line_of_long_names_describes_the_columns() {
    let found = import_bytes("t,p\nAir temperature at 2 m,Air pressure at sea level\n1.5,1000.2\n2.5,1001.7\n");
    let described: Vec<_> = found.report.schema.columns.iter().map(|column| column.description.as_deref()).collect();
    assert_eq!(described, [Some("Air temperature at 2 m"), Some("Air pressure at sea level")]);
    assert_eq!(found.rows(), ["1.5 | 1000.2", "2.5 | 1001.7"]);
    assert!(notes(&found).contains("long names"), "{}", notes(&found));
}

#[test]
fn numbers_as_fortran_and_c_write_them() {
    let found = import_bytes(
        "n,e,d,r\n1,-0.136057D+02,0.25E-01,0.421E-03\n2,-0.34d+01,0.671000-101,0.39E-03\n3,1.5Q+00,0.9+300,*********\n4,2.0,0.1E-49,0.37E-03\n",
    );
    assert_eq!(found.columns(), ["n: int64", "e: float64", "d: float64", "r: float64"]);
    assert_eq!(found.rows()[0], "1 | -13.6057 | 0.025 | 0.000421");
    assert_eq!(found.rows()[1], "2 | -3.4 | 6.71e-102 | 0.00039");
    assert_eq!(found.rows()[2], "3 | 1.5 | 9e299 | null");
    assert_eq!(found.problems(), [r#"4:r out_of_range "*********""#]);
    assert!(notes(&found).contains("-0.136057D+02\" (line 2)"), "{}", notes(&found));
    let words = ["-nan", "nan", "-nan(ind)", "1.#QNAN", "nan(0x8)", "-1.#IND", "NaN"];
    let rows = [&words[..], &["1.#INF", "-1.#INF", "+inf", "-Infinity", "0.5"]].concat().join("\n");
    let found = import_bytes(format!("rate\n{rows}\n"));
    assert_eq!((found.columns()[0].as_str(), found.report.problems.total), ("rate: float64", 0));
    assert_eq!(found.rows()[..7], ["null"; 7]);
    assert_eq!(found.rows()[7..], ["inf", "-inf", "inf", "-inf", "0.5"]);
}

#[test]
fn separators_are_decided_by_each_column_and_said() {
    let found = import_bytes("place;people;temp\nA;1.234;12,5\nB;998;9,75\nC;104.200;11,0\n");
    assert_eq!(found.columns(), ["place: text", "people: int64", "temp: float64"]);
    assert_eq!(found.rows(), ["A | 1234 | 12.5", "B | 998 | 9.75", "C | 104200 | 11.0"]);
    assert!(notes(&found).contains(r#"people: numbers such as "1.234" (line 2)"#), "{}", notes(&found));
    let found = import_bytes("month;sum\nJan;1.299,95\nFeb;987,10\nMar;12.000,00\n");
    assert_eq!(found.rows(), ["Jan | 1299.95", "Feb | 987.1", "Mar | 12000.0"]);
    let found = import_bytes("a,b\n\"12,5\",1.5\n\"9,75\",2.5\n");
    assert_eq!(found.rows(), ["12.5 | 1.5", "9.75 | 2.5"]);
    assert!(notes(&found).contains("decimal comma"), "{}", notes(&found));
    let found = import_bytes("a,b\n\"1,234\",1.5\n\"998\",2.5\n");
    assert_eq!(found.rows(), ["1234 | 1.5", "998 | 2.5"]);
    let found = import_bytes("a;b\n1'234;1\u{a0}234,5\n998;2\u{202f}500,25\n");
    assert_eq!(found.rows(), ["1234 | 1234.5", "998 | 2500.25"]);
    // Where nothing decides, no value is taken, and the setting is named.
    let text = "place;people\nA;1.234\nB;998\nC;2.500\n";
    let found = import_bytes(text);
    assert!(found.columns()[1].ends_with("text") && notes(&found).contains("decimal"), "{}", notes(&found));
    for (decimal, first) in [(',', "A | 1234"), ('.', "A | 1.234")] {
        let options = ImportOptions { decimal: Some(decimal), ..ImportOptions::default() };
        assert_eq!(import_with(text, &options).rows()[0], first);
    }
    let options = ImportOptions { thousands: Some(".".to_owned()), ..ImportOptions::default() };
    assert_eq!(import_with(text, &options).rows()[2], "C | 2500");
}

#[test]
fn columns_divided_by_blanks() {
    let found = import_bytes(
        "# monthly mean\n# missing is -99.99\n# year month value days\n  1971    1    324.82    21\n  1971    2    326.14    -1\n# break\n  1971   10    -99.99    23\n# end of file\n",
    );
    assert_eq!(found.columns(), ["year: int64", "month: int64", "value: float64", "days: int64"]);
    assert_eq!(found.rows()[2], "1971 | 10 | -99.99 | 23");
    assert!(
        notes(&found).contains("2 comments are left out") && notes(&found).contains("# break"),
        "{}",
        notes(&found)
    );
    let Format::Csv(format) = &found.report.source.format else { panic!("it is text") };
    assert_eq!((&format.layout, format.comment_lines), (&Some(Layout::Blanks), 2));
    for text in [
        "# t x\n0.0 1.0\n0.5 0.8\n",
        "% t x\n0.0 1.0\n0.5 0.8\n",
        "# t,x\n0.0,1.0\n0.5,0.8\n",
        "t x\n0.0 1.0\n0.5 0.8\n",
    ] {
        let found = import_bytes(text);
        assert_eq!(
            (found.columns(), found.rows().len()),
            (vec!["t: float64".into(), "x: float64".into()], 2),
            "{text:?}"
        );
    }
    // A comment that does not fit is quoted.
    let found = import_bytes("# t and x and more\n0.0 1.0\n0.5 0.8\n");
    assert!(
        found.columns()[0].starts_with("column_1") && notes(&found).contains("t and x and more"),
        "{}",
        notes(&found)
    );
    // One column of words stays one.
    assert_eq!(import_bytes("name\nJohn Smith\nJane Doe\n").rows(), ["John Smith", "Jane Doe"]);
    // R writes quotes and names of rows.
    let found = import_bytes("\"x\" \"y z\"\n\"a b\" 1 2\n\"c\" 3 4\n");
    assert_eq!(found.rows(), ["a b | 1 | 2", "c | 3 | 4"]);
    assert_eq!(found.columns()[2], "y z: int64");
    // A line is where it is in the source.
    let found = import_bytes("x y\n1 2\n# c\n3 4\n5 6\n7 bad\n");
    assert_eq!(found.problems(), [r#"6:y bad_value "bad""#]);
}

#[test]
fn columns_of_fixed_widths() {
    let text = "station      depth  temp\nNorth Bay      5.0  11.5\nSouth         10.0      \nOld East Pier 15.0   9.5\nWest           2.5   9.1\n";
    let found = import_bytes(text);
    assert_eq!(found.columns(), ["station: text", "depth: float64", "temp: float64"], "{}", notes(&found));
    assert_eq!(found.rows()[1], "South | 10.0 | null");
    assert!(notes(&found).contains("fixed widths"));
    let options = ImportOptions {
        format: Some(SourceFormat::Fixed),
        widths: Some(vec![3, 2, 4]),
        header: Some(false),
        ..ImportOptions::default()
    };
    assert_eq!(import_with("abc121.25\ndef342.50\n", &options).rows(), ["abc | 12 | 1.25", "def | 34 | 2.5"]);
}

#[test]
fn lines_are_left_out() {
    let skip = |lines: &[&str]| ImportOptions {
        skip_lines: Some(lines.iter().map(|line| (*line).to_owned()).collect()),
        ..ImportOptions::default()
    };
    let found = import_with("Experiment 5\nT = 295 K\na,b\n1,2\nx,y\n3,4\n5,oops\n7,8\n", &skip(&["1-2", "5"]));
    assert_eq!(found.rows(), ["1 | 2", "3 | 4", "5 | null", "7 | 8"]);
    assert_eq!(found.problems(), [r#"7:b bad_value "oops""#]);
    assert!(refusal("a,b\n1,2\n", &skip(&["9"])).contains("the file has 2 lines"));
    let comment = ImportOptions { comment: Some("//".to_owned()), ..ImportOptions::default() };
    assert_eq!(import_with("// made\na\n1\n\n// b\n2\n", &comment).rows(), ["1", "null", "2"]);
    assert!(refusal("a,b\n1,2\n", &comment).contains("no line begins with"));
    // Comments below the part that decides the dialect.
    let rows = "1,2\n".repeat(400_000);
    let found = import_bytes(format!("a,b\n{rows}# end, of file\n"));
    assert_eq!((found.report.rows, found.columns()[0].as_str()), (400_000, "a: int64"));
    // A column may be called #, and texts may begin with it.
    assert_eq!(import_bytes("#,x\n1,2\n").columns()[0], "#: int64");
    assert_eq!(import_bytes("tag,x\n#a,1\n#b,2\nc,3\nd,4\ne,5\n").rows().len(), 5);
    // A line of blanks is no header.
    assert_eq!(import_bytes("   \na,b\n1,2\n").columns(), ["a: int64", "b: int64"]);
}

#[test]
fn one_number_stands_for_missing_in_several_spellings() {
    let options = |nulls: &[&str]| ImportOptions {
        nulls: Some(nulls.iter().map(|word| (*word).to_owned()).collect()),
        ..ImportOptions::default()
    };
    let found =
        import_with("h,p,name\n1.4,6,a\n-999,5,NA\n-999.0,,b\n-9.99e+02,NA,c\n-0999,-999,d\n", &options(&["-999"]));
    assert_eq!(found.columns(), ["h: float64", "p: int64", "name: text"]);
    let nulls: Vec<u64> = found.report.profile.iter().map(|profile| found.report.rows - profile.count).collect();
    assert_eq!((nulls, found.report.problems.total), (vec![4, 3, 1], 0));
    let found = import_with("a;b\n-999,0;1e20\n1,5;1E+20\n2,5;3\n", &options(&["-999", "1e20"]));
    assert_eq!(found.rows(), ["null | null", "1.5 | null", "2.5 | 3"]);
    // With the empty text among them, the words are all there are.
    assert_eq!(import_with("a,b\nNA,1\n,2\n", &options(&["", "-999"])).rows(), ["NA | 1", "null | 2"]);
}

#[test]
fn whole_numbers_keep_their_digits() {
    let found = import_bytes(
        "a,b,c\n12345678901234567890,1234567890123456789012345678901234567890123,9007199254740993\n1,2,0.5\n",
    );
    assert_eq!(found.columns(), ["a: decimal(38,0)", "b: text", "c: float64"]);
    assert_eq!(
        found.rows()[0],
        "12345678901234567890 | 1234567890123456789012345678901234567890123 | 9007199254740992.0"
    );
    assert_eq!(found.problems(), [r#"2:c rounded "9007199254740993""#]);
    assert!(notes(&found).contains("more than 38 digits"), "{}", notes(&found));
}

#[test]
fn encodings_of_spreadsheets() {
    let check = |bytes: &[u8], names: &[&str], encoding: &str| {
        let found = import_bytes(bytes);
        let Format::Csv(format) = &found.report.source.format else { panic!("it is text") };
        let found_names: Vec<&str> = found.report.schema.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((found_names.as_slice(), format.encoding.as_str()), (names, encoding), "{}", notes(&found));
        assert!(notes(&found).contains("say encoding"), "{}", notes(&found));
    };
    // Only the names have such letters: 处理区分,件数 and 温度,站点 and café.
    check(b"\x8f\x88\x97\x9d\x8b\xe6\x95\xaa,\x8c\x8f\x90\x94\r\n1,2\r\n", &["処理区分", "件数"], "shift_jis");
    check(b"\xce\xc2\xb6\xc8,\xd5\xbe\xb5\xe3\n1,2\n", &["温度", "站点"], "gbk");
    check(b"caf\xe9,x\n1,2\n", &["café", "x"], "latin-1");
    check(b"\xd2\xe5\xec\xef\xe5\xf0\xe0\xf2\xf3\xf0\xe0,x\n1,2\n", &["Температура", "x"], "windows-1251");
    let options = ImportOptions { encoding: Some("gb18030".to_owned()), ..ImportOptions::default() };
    assert_eq!(import_with(b"\xce\xc2\xb6\xc8,x\n1,2\n", &options).columns()[0], "温度: int64");
    let options = ImportOptions { encoding: Some("utf-8".to_owned()), ..ImportOptions::default() };
    assert!(refusal(b"\xff\xfea\0\n\0", &options).contains("the mark of UTF-16"));
}

#[test]
fn a_look_shows_how_a_file_would_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    std::fs::write(&source, "place;people;temp\n;;K\nA;1.234;12,5\nB;998;9,75\nC;x;11,0\nD;5;12,0\n").expect("written");
    let looked = |options: &ImportOptions| {
        let bytes = std::fs::metadata(&source).expect("a file").len();
        look(&source, bytes, options).expect("a table")
    };
    let found = looked(&ImportOptions::default());
    assert!(found.whole && found.rows_read == 4, "{found:?}");
    let setting = |name: &str| found.settings.iter().find(|it| it.name == name).map(|it| (it.value.clone(), it.given));
    assert_eq!((setting("delimiter"), setting("decimal")), (Some((json!(";"), false)), Some((json!(","), false))));
    assert_eq!(setting("units_line"), Some((json!(true), false)));
    assert_eq!(found.report.schema.columns[2].unit.as_ref().map(ToString::to_string).as_deref(), Some("K"));
    assert_eq!((found.doubtful_total, found.doubtful[0].line, found.doubtful[0].text.as_str()), (1, 5, "x"));
    assert_eq!(found.doubtful[0].settings, ["types", "nulls"]);
    let note = found.remarks.iter().find(|note| note.column.as_deref() == Some("people")).expect("a note");
    assert_eq!((note.cells[0].line, note.settings[0].as_str()), (3, "decimal"));
    let json = serde_json::to_string(&found).expect("JSON");
    assert_eq!(serde_json::from_str::<hven_data::LookReport>(&json).expect("JSON"), found);
}

/// A source of this text, and a look at its beginning.
fn look_at(bytes: &[u8], options: &ImportOptions) -> hven_data::LookReport {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    // The server has the beginning alone.
    let head = &bytes[..bytes.len().min(hven_data::LOOK_BYTES as usize)];
    std::fs::write(&source, head).expect("written");
    let found = look(&source, bytes.len() as u64, options).expect("a table");
    std::fs::write(&source, bytes).expect("written");
    assert_eq!(look(&source, bytes.len() as u64, options).expect("a table"), found, "the same of the whole file");
    found
}

#[test]
fn only_the_beginning_of_a_long_text_is_looked_at() {
    let rows = (hven_data::LOOK_BYTES as usize) / 10 + 1000;
    let found = look_at(format!("a,b\n{}", "1,22222222\n".repeat(rows)).as_bytes(), &ImportOptions::default());
    assert!(!found.whole && found.doubtful_total == 0, "no row is cut: {:?}", found.doubtful);
    assert_eq!((found.rows_read, found.bytes_read), ((hven_data::LOOK_BYTES - 4) / 11, 4 + found.rows_read * 11));
    assert_eq!(found.rows.len(), 20);

    // It ends within a quoted cell; a line far below, and a comment there, are not seen.
    let text = format!("a,b,c\n{}# a comment\n", "1,\"x\ny\",2\n".repeat(rows));
    let lines = text.lines().count();
    let options = ImportOptions {
        comment: Some("#".to_owned()),
        skip_lines: Some(vec!["2-3".to_owned(), lines.to_string()]),
        ..ImportOptions::default()
    };
    let found = look_at(text.as_bytes(), &options);
    assert!(!found.whole && found.doubtful_total == 0, "{:?}", found.doubtful);
    assert_eq!(found.report.problems.counts, []);

    // Each encoding and line end.
    let options = ImportOptions { skip_lines: Some(vec!["3".to_owned()]), ..ImportOptions::default() };
    let cr = format!("a,b\r{}", "1,22222222\r".repeat(rows));
    let wide = format!("a,b\n{}", "1,Ċ\n".repeat(rows * 2));
    let le: Vec<u8> = "\u{feff}".encode_utf16().chain(wide.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = "\u{feff}".encode_utf16().chain(wide.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    for bytes in [cr.as_bytes(), &le, &be] {
        let found = look_at(bytes, &options);
        assert!(!found.whole && found.doubtful_total == 0 && found.rows_read > 1000, "{:?}", found.doubtful);
        assert_eq!(found.report.schema.columns[1].name, "b");
    }
}

/// A number in each of the notations of a dialect.
fn written(value: f64, decimal: char, thousands: Option<char>) -> String {
    let text = format!("{:.2}", value.abs());
    let (whole, fraction) = text.split_once('.').expect("a fraction");
    let groups: Vec<String> =
        whole.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let whole = thousands.map_or_else(|| whole.to_owned(), |sign| groups.join(&sign.to_string()));
    format!("{}{whole}{decimal}{fraction}", if value < 0.0 { "-" } else { "" })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// A table that is written in any dialect is read back exactly.
    #[test]
    fn numbers_in_any_dialect_are_read_back(
        values in prop::collection::vec((-9_999_999_i64..9_999_999, -9_999_999_i64..9_999_999), 1..12),
        delimiter in prop::sample::select(vec![";", "\t", "|", "  "]),
        (decimal, thousands) in prop::sample::select(vec![('.', None), (',', None), ('.', Some(',')), (',', Some('.')), ('.', Some('\'')), (',', Some('\u{a0}'))]),
        trailing: bool,
        comment: bool,
    ) {
        let number = |cents: i64| cents as f64 / 100.0;
        let end = if trailing && delimiter != "  " { delimiter } else { "" };
        let mut text = format!("x{delimiter}y\n");
        for (at, (x, y)) in values.iter().enumerate() {
            if comment && at == 1 {
                text.push_str("# a comment\n");
            }
            let (x, y) = (written(number(*x), decimal, thousands), written(number(*y), decimal, thousands));
            text.extend([x.as_str(), delimiter, &y, end, "\n"]);
        }
        let found = import_bytes(&text);
        let expect: Vec<String> = values.iter().map(|(x, y)| format!("{:?} | {:?}", number(*x), number(*y))).collect();
        prop_assert_eq!(found.rows(), expect, "{}\n{}", text, notes(&found));
    }

    /// Any text in the signs of these dialects is a table with as many rows as it says, or refused.
    #[test]
    fn any_text_of_these_dialects_is_a_table_or_refused(
        text in "([a-c1-3.,;'\"D+*%!#m \t-]{0,8}[\n ]){0,12}",
        format in prop::sample::select(vec![None, Some(SourceFormat::Csv), Some(SourceFormat::Blanks), Some(SourceFormat::Fixed), Some(SourceFormat::Tsv)]),
        units_line in prop::sample::select(vec![None, Some(true), Some(false)]),
        skipped in prop::option::of(1_u64..6),
    ) {
        let options = ImportOptions {
            format,
            units_line,
            skip_lines: skipped.map(|line| vec![line.to_string()]),
            ..ImportOptions::default()
        };
        if let Ok(found) = super::try_import(&text, &options) {
            prop_assert_eq!(found.table.read_rows(0, 1000).expect("read").len() as u64, found.report.rows);
            prop_assert!(super::has_no_leftovers(&found.folder.path().join("out")));
        }
    }
}

/// How many cases the property tests try: few in CI, and as many as `make soak` says.
fn cases() -> u32 {
    std::env::var("HVEN_SOAK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(64)
}
