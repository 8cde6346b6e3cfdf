//! The settings of an import: on the command line, in a manifest and in a look at a file, and where they come from.

use crate::session::{CommandOutput, Session};

/// A table with semicolons and a name in Latin-1 letters only if it is read so.
const STATIONS: &str = "station;height\nA;12\nB;900\n";

#[track_caller]
fn refused(output: &CommandOutput, status: i32, parts: &[&str]) {
    assert_eq!(output.status, Some(status), "{output:?}");
    for part in parts {
        assert!(output.err.contains(part), "{part}: {}", output.err);
    }
}

#[test]
fn a_look_shows_how_a_file_is_read_and_records_nothing() {
    let session = Session::new();
    session.write("stations.csv", STATIONS);
    let look = session.hven(&["data", "look", "stations.csv"]).ok();
    for part in ["2 rows × 2 columns", "delimiter", "--delimiter", "encoding", "--header", "station", "int64", "900"] {
        assert!(look.out.contains(part), "{part}: {}", look.out);
    }
    assert!(look.out.ends_with("hven data add stations.csv\n"), "{}", look.out);
    assert!(!session.home().exists(), "a look makes no home");

    let flags = ["--header=false", "--null=-999", "--type", "column_1=text", "--type", "column_2=float"];
    let look = session.hven(&[&["data", "look", "stations.csv", "--json"], &flags[..]].concat()).ok().json();
    assert_eq!(look["look"]["report"]["rows"], 3);
    assert_eq!(look["look"]["rows"][0], serde_json::json!(["station", null]));
    let command =
        ["hven", "data", "add", "stations.csv", "--type", "column_1=text", "--type", "column_2=float", "--null=-999"];
    assert_eq!(look["command"], serde_json::json!([&command[..], &["--header=false"]].concat()));
    let given = |name: &str| {
        let settings = look["look"]["settings"].as_array().cloned().unwrap_or_default();
        settings.into_iter().find(|setting| setting["name"] == name)
    };
    assert_eq!(given("header").expect("a setting")["given"], true);
    assert_eq!(given("delimiter").expect("a setting")["value"], ";");

    // Each doubtful cell and note comes with the flags that decide it.
    session.write("doubtful.csv", "place;people;height\nA;1.234;12\nB;998;n/k\nC;5.678;9\nD;7;8\n");
    let look = session.hven(&["data", "look", "doubtful.csv"]).ok();
    let line = |part: &str| look.out.lines().find(|line| line.contains(part)).unwrap_or_default().to_owned();
    assert!(line("n/k").contains("--type, --null"), "{}", look.out);
    assert!(line("note: ").contains("--decimal"), "{}", look.out);
    let json = session.hven(&["data", "look", "doubtful.csv", "--json"]).ok().json();
    let cell = serde_json::json!(json["look"]["doubtful"])
        .as_array()
        .and_then(|cells| cells.iter().find(|cell| cell["text"] == "n/k").cloned())
        .expect("a doubtful cell");
    assert_eq!((&cell["line"], &cell["settings"]), (&3.into(), &serde_json::json!(["types", "nulls"])));
    assert_eq!(json["look"]["flags"]["nulls"], "--null");

    refused(&session.hven(&["data", "look", "none.csv"]), 66, &["none.csv cannot be read"]);
    refused(&session.hven(&["data", "look", "."]), 65, &["no file", "name the file of the table"]);
    refused(&session.hven(&["data", "look", "stations.csv", "--encoding", "nonsense"]), 65, &["nonsense"]);
}

#[test]
fn the_command_of_a_look_imports_the_same_table() {
    let session = Session::new();
    session.write("it's a table.csv", "name;x\na;1\n# left out\nb;-9\n");
    let look = session.hven(&["data", "look", "it's a table.csv", "--null=-9", "--name", "t", "--json"]).ok().json();
    let shown = session.hven(&["data", "look", "it's a table.csv", "--null=-9", "--name", "t"]).ok();
    let command = shown.out.lines().last().expect("a command");
    session.shell(command).ok();
    let added = session.hven(&["data", "show", "t", "--json"]).ok().json();
    assert_eq!(added["report"]["schema"], look["look"]["report"]["schema"]);
    assert_eq!(added["sample"]["rows"], look["look"]["rows"]);
}

#[test]
fn an_encoding_is_the_same_in_a_look_and_in_the_import() {
    let session = Session::new();
    // "Дата,Сумма" in Windows-1251.
    let bytes = b"\xc4\xe0\xf2\xe0,\xd1\xf3\xec\xec\xe0\n2024-01-05,12\n2024-01-06,7\n";
    std::fs::write(session.cwd().join("t.csv"), bytes).expect("written");
    let flags = ["--encoding", "windows-1251", "--json"];
    let look = session.hven(&[&["data", "look", "t.csv"], &flags[..]].concat()).ok().json();
    let names = |report: &serde_json::Value| {
        let columns = report["schema"]["columns"].as_array().cloned().unwrap_or_default();
        columns.iter().map(|column| column["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&look["look"]["report"]), ["Дата", "Сумма"]);
    session.hven(&[&["data", "add", "t.csv"], &flags[..]].concat()).ok();
    assert_eq!(names(&session.hven(&["data", "show", "t", "--json"]).ok().json()["report"]), ["Дата", "Сумма"]);
}

#[test]
fn settings_of_a_manifest_are_those_of_the_command_line() {
    let session = Session::new();
    session.write("t.csv", "x;y\n1;-9\n2;3\n");
    session.write("hven.toml", "[data.t]\nsource = \"t.csv\"\nheader = false\nmissing = [\"-9\"]\n");
    session.hven(&["run"]).ok();
    let of_manifest = session.hven(&["data", "show", "t", "--json"]).ok().json();
    assert_eq!(of_manifest["rows"], 3);
    let flags = ["--header=false", "--null=-9", "--no-manifest"];
    let again = session.hven(&[&["data", "add", "t.csv", "--json"], &flags[..]].concat()).ok().json();
    assert_eq!(again["unchanged"], true, "{again}");

    session.write("hven.toml", "[data.t]\nsource = \"t.csv\"\ndelimeter = \";\"\nheader = \"no\"\n");
    refused(
        &session.hven(&["run", "--plan"]),
        125,
        &["has no key `delimeter`", "is `delimiter` meant?", "`header` is"],
    );
    session.write("hven.toml", "[data.t]\nsource = \"t.csv\"\nencoding = \"nonsense\"\n");
    let run = session.hven(&["run"]);
    assert!(run.status != Some(0) && run.out.contains("nonsense"), "{run:?}");
}

#[test]
fn an_import_takes_the_description_of_the_manifest() {
    let session = Session::new();
    session.write("stations.csv", STATIONS);
    let table = "[project]\nlicense = \"CC0-1.0\"\n\n[data.heights]\nsource = \"stations.csv\"\n";
    let keys = "units = { height = \"m\" }\nchecks = [\"unique(station)\"]\n";
    session.write("hven.toml", &format!("{table}{keys}[data.heights.split]\na = 0.5\nb = 0.5\n"));
    session.write("below/.keep", "");

    let added = session
        .hven_in("below", &["data", "add", "../stations.csv", "--check", "height > 5 [m]", "--json"])
        .ok()
        .json();
    let notes = added["notes"].to_string();
    for part in ["[data.heights]", "units, checks, license", "--no-manifest", "the split of [data.heights]"] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    assert_eq!(added["dataset"]["name"], "heights");
    assert_eq!(added["dataset"]["license"], "CC0-1.0");
    let shown = session.hven(&["data", "show", "heights", "--json"]).ok().json();
    assert_eq!(shown["report"]["schema"]["columns"][1]["unit"], "m");
    assert_eq!(shown["report"]["checks"].as_array().map(Vec::len), Some(2), "the flag adds a check");

    // Flags override, and the same file can be imported without the manifest.
    session.hven(&["data", "add", "stations.csv", "--unit", "height=km"]).ok();
    let shown = session.hven(&["data", "show", "heights", "--json"]).ok().json();
    assert_eq!(shown["report"]["schema"]["columns"][1]["unit"], "km");
    let plain = session.hven(&["data", "add", "stations.csv", "--no-manifest", "--json"]).ok().json();
    assert_eq!((&plain["dataset"]["name"], &plain["notes"]), (&"stations".into(), &serde_json::json!([])));

    // Two tables of one source, and a manifest with an error.
    let two = format!("{table}[data.other]\nsource = \"stations.csv\"\nheader = false\n");
    session.write("hven.toml", &two);
    let ambiguous = session.hven(&["data", "add", "stations.csv"]);
    refused(&ambiguous, 65, &["several tables of hven.toml have the source", "--name heights or --name other"]);
    session.hven(&["data", "add", "stations.csv", "--name", "other"]).ok();
    assert_eq!(session.hven(&["data", "show", "other", "--json"]).ok().json()["rows"], 3);
    session.write("hven.toml", "[data.heights]\nsource = 3\n");
    let broken = session.hven(&["data", "add", "stations.csv"]).ok();
    assert!(broken.out.contains("nothing was taken from hven.toml"), "{}", broken.out);
}
