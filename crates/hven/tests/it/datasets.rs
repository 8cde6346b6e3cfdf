//! Datasets on the command line: names in several projects, datasets as inputs of commands, splits, and the tables that
//! `hven init` reads.

use std::{fs, os::unix::fs::PermissionsExt};

use hven_core::Digest;

use crate::session::{CommandOutput, Session, files_below};

/// Two projects, each in its own folder, with a dataset `t` and a claim `c` each.
fn two_projects() -> Session {
    let session = Session::new();
    for (folder, rows) in [("a", "1\n2\n"), ("b", "1\n2\n3\n")] {
        session.write(&format!("{folder}/hven.toml"), &format!("[project]\nname = \"p{folder}\"\n"));
        session.write(&format!("{folder}/t.csv"), &format!("x\n{rows}"));
        let result = |arguments: &[&str]| session.hven_in(folder, arguments).ok();
        result(&["data", "add", "t.csv"]);
        result(&["run", "--name", "n", "--param", "k=1", "--", "true"]);
        result(&["claim", "state", "c", "--evidence", "run.n", "--test", "k > 0", "It is positive."]);
    }
    session
}

#[track_caller]
fn project(result: &CommandOutput) -> String {
    result.json()["project"].as_str().expect("a project").to_owned()
}

#[test]
fn the_project_of_the_folder_resolves_names() {
    let session = two_projects();
    for folder in ["a", "b"] {
        let own = format!("p{folder}");
        let result = |arguments: &[&str]| session.hven_in(folder, arguments).ok();
        assert_eq!(project(&result(&["data", "show", "t", "--json"])), own);
        assert_eq!(project(&result(&["claim", "judge", "c", "--json"])), own);
        assert_eq!(project(&result(&["claim", "show", "claim/c", "--json"])), own);
        assert_eq!(project(&result(&["publish", "c", "--json"])), own);
        assert_eq!(project(&result(&["publication", "show", "c", "--json"])), own);
        result(&["publication", "get", "c", "-o", "again"]);
        for command in ["why", "graph"] {
            for of in ["t", "claim/c", "publication/c"] {
                assert!(!result(&[command, of]).out.is_empty(), "{command} {of}");
            }
        }
        let content = session.hven_in(folder, &["reproduce", "claim/c", "--json"]).json();
        assert_eq!(content["items"].as_array().map(Vec::len), Some(1), "{content}");
    }
    let rows = |folder: &str, arguments: &[&str]| session.hven_in(folder, arguments).ok().out.lines().count() - 1;
    let export = ["data", "export", "t", "-o", "-"];
    assert_eq!((rows("a", &export), rows("b", &export)), (2, 3));
    assert_eq!(rows("a", &[&export[..], &["--project", "pb"]].concat()), 3, "the flag has precedence");

    // Outside of a project, the name matches both.
    let refused = session.hven(&["data", "show", "t"]);
    assert!(refused.status == Some(64) && refused.err.contains("t@1 in pa, t@1 in pb"), "{refused:?}");
    // A name that the project does not have is searched for in the others.
    session.write("b/only.csv", "y\n1\n");
    session.hven_in("b", &["data", "add", "only.csv"]).ok();
    assert_eq!(project(&session.hven_in("a", &["data", "show", "only", "--json"]).ok()), "pb");
    let missing = session.hven_in("a", &["data", "show", "none"]);
    assert!(missing.status == Some(66) && missing.err.contains("there is no dataset \"none\""), "{missing:?}");

    // A retraction also applies to the dataset of the folder's project.
    session.hven_in("a", &["retract", "t", "--because", "it was wrong", "--yes"]).ok();
    let soundness =
        |folder: &str| session.hven_in(folder, &["data", "show", "t", "--json"]).json()["soundness"].clone();
    assert_eq!((soundness("a"), soundness("b")), ("retracted".into(), "sound".into()));
}

#[test]
fn a_dataset_can_be_an_input_by_its_name() {
    let session = Session::new();
    session.write("penguins.csv", "mass,sex\n3750,m\n3800,f\n");
    session.hven(&["data", "add", "penguins.csv", "--name", "penguins"]).ok();
    session.write("size.sh", "wc -c < .hven-data/penguins.parquet > size.txt");

    let refused = session.hven(&["run", "-i", "penguins", "--", "true"]);
    assert_eq!(refused.status, Some(125), "{refused:?}");
    for part in ["penguins is no file here", "-i dataset:penguins", "hven data export penguins -o penguins.csv"] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    let unknown = session.hven(&["run", "-i", "walruses", "--", "true"]);
    assert!(unknown.err.contains("the input walruses cannot be read"), "{}", unknown.err);
    let unknown = session.hven(&["run", "-i", "dataset:walruses", "--", "true"]);
    assert!(unknown.err.contains("there is no dataset \"walruses\""), "{}", unknown.err);

    let run = ["run", "-i", "dataset:penguins", "-o", "size.txt", "--", "sh", "size.sh"];
    let result = session.hven(&run).ok();
    assert!(result.err.contains("the command finds penguins@1 in .hven-data/penguins.parquet"), "{}", result.err);
    let table = fs::metadata(session.cwd().join(".hven-data/penguins.parquet")).expect("it was put there");
    assert_eq!(session.read("size.txt").trim(), table.len().to_string());
    let why = session.hven(&["why", "last"]).ok();
    assert!(why.out.contains("dataset penguins@1"), "{}", why.out);
    let again = session.hven(&run).ok();
    assert!(again.err.contains("up to date"), "{}", again.err);

    // The newest version is another input; the first one is still available.
    session.write("penguins.csv", "mass,sex\n3750,m\n3800,f\n3250,f\n");
    session.hven(&["data", "add", "penguins.csv"]).ok();
    let newer = session.hven(&run).ok();
    assert!(newer.err.contains("penguins@2") && !newer.err.contains("up to date"), "{}", newer.err);
    let first = ["run", "-i", "dataset:penguins@1", "--", "ls", ".hven-data/penguins@1.parquet"];
    session.hven(&first).ok();
    assert!(session.hven(&["why", "last"]).ok().out.contains("dataset penguins@1"));
}

#[test]
fn a_damaged_table_is_not_given_to_a_command() {
    let session = Session::new();
    session.write("t.csv", "x\n1\n2\n");
    session.hven(&["data", "add", "t.csv"]).ok();
    let run = ["run", "-i", "dataset:t", "--", "true"];
    session.hven(&run).ok();
    let table = session.cwd().join(".hven-data/t.parquet");
    let mut bytes = fs::read(&table).expect("it was put there");
    let digest = Digest::of(&bytes).to_string();
    bytes[20] ^= 1;
    let object = session.home().join("objects").join(&digest[..2]).join(&digest[2..]);
    fs::set_permissions(&object, PermissionsExt::from_mode(0o600)).expect("ours");
    fs::write(&object, &bytes).expect("written");
    fs::remove_file(&table).expect("removed");
    let result = session.hven(&run);
    assert_eq!(result.status, Some(125), "{}", result.err);
    assert!(result.err.contains("damaged"), "{}", result.err);
    assert_eq!(files_below(&session.cwd().join(".hven-data")), [session.cwd().join(".hven-data/.gitignore")]);
}

#[test]
fn a_split_lists_its_parts() {
    let session = Session::new();
    session.write("t.csv", "x\n1\n2\n3\n4\n");
    session.hven(&["data", "add", "t.csv"]).ok();
    let split = ["data", "split", "t", "--part", "train=0.75", "--part", "test=0.25", "--hold-out", "test"];
    let result = session.hven(&split).ok();
    let row = |part: &str| result.out.lines().find(|line| line.starts_with(part)).unwrap_or_default().to_owned();
    assert!(result.out.starts_with("t@1   4 rows   random, seed 1   divided\n"), "{}", result.out);
    assert!(row("t@1.train").contains('3') && !row("t@1.train").contains("held out"), "{}", result.out);
    assert!(row("t@1.test").contains('1') && row("t@1.test").contains("held out"), "{}", result.out);
    let again = session.hven(&split).ok();
    assert!(again.out.contains("up to date") && again.out.contains("t@1.train"), "{}", again.out);
    let content = session.hven(&[&split[..], &["--json"]].concat()).ok().json();
    assert_eq!((&content["schema"], &content["unchanged"]), (&"hven.dataset_divided/1".into(), &true.into()));
    let parts = content["split"]["parts"].as_array().expect("parts").iter();
    let rows: Vec<String> = parts.map(|part| format!("{} {}", part["name"], part["rows"])).collect();
    assert_eq!(rows, ["\"test\" 1", "\"train\" 3"]);
}

/// A session with a table of twenty rows, `t@1` and `u@1`.
fn twenty_rows() -> Session {
    let session = Session::new();
    let rows: Vec<String> = (1..=20).map(|n| format!("{n},{}\n", n % 2)).collect();
    let rows = rows.concat();
    session.write("t.csv", &format!("x,y\n{rows}"));
    session.hven(&["data", "add", "t.csv"]).ok();
    session.hven(&["data", "add", "t.csv", "--name", "u"]).ok();
    session
}

/// The parts of all splits: name, rows, and whether the part is held out.
fn parts(session: &Session, dataset: &str) -> Vec<(String, u64, bool)> {
    let content = session.hven(&["data", "show", dataset, "--json"]).ok().json();
    let splits = content["split_list"].as_array().expect("splits").clone();
    let parts = splits.iter().flat_map(|split| split["parts"].as_array().expect("parts"));
    let part = |part: &serde_json::Value| {
        let name = part["name"].as_str().expect("a name").to_owned();
        (name, part["rows"].as_u64().expect("a number"), part["hold_out"] == true)
    };
    parts.map(part).collect()
}

const NOTHING: &[&str] = &[];

#[track_caller]
fn refused(session: &Session, arguments: &[&str], status: i32, result: &[&str]) {
    let runs = || session.hven(&["ps", "-a", "--json"]).ok().json()["items"].as_array().map(Vec::len);
    let before = runs();
    let refused = session.hven(arguments);
    assert_eq!(refused.status, Some(status), "{refused:?}");
    for text in result {
        assert!(refused.err.contains(text), "{text}: {}", refused.err);
    }
    assert_eq!(runs(), before, "no run was recorded");
}

#[test]
fn a_split_is_never_replaced_and_its_held_out_rows_are_in_no_other_split() {
    let session = twenty_rows();
    let first = ["data", "split", "t", "--part", "train=0.75", "--part", "test=0.25", "--hold-out", "test"];
    session.hven(&first).ok();
    let held = [("test".to_owned(), 5, true), ("train".to_owned(), 15, false)];
    assert_eq!(parts(&session, "t"), held);
    let rows = || session.hven(&["data", "export", "t", "-o", "-"]).ok().out.lines().count() - 1;
    assert_eq!(rows(), 15);
    let there =
        "t@1 is divided already: its split split (random, seed 1) has the parts test (rows: 5, held out), train";
    let other = ["data", "split", "t", "--part", "a=0.5", "--part", "b=0.5"];
    for name in [NOTHING, &["--name", "second"]] {
        let advice = "divide it into all parts in one go";
        refused(&session, &[&other[..], name].concat(), 75, &[there, "rows that this one holds out", advice]);
    }
    for change in [&["--seed", "2"][..], &["--method", "stratified", "--by", "y"]] {
        refused(&session, &[&first[..], change].concat(), 75, &[there]);
    }
    assert_eq!((parts(&session, "t"), rows()), (held.to_vec(), 15), "nothing changed");
    for fresh in [NOTHING, &["--fresh"], NOTHING] {
        let again = session.hven(&[&first[..], fresh, &["--json"]].concat()).ok().json();
        assert_eq!(again["unchanged"], fresh.is_empty(), "{again}");
        assert_eq!(again["split"]["parts"][0]["rows"], 5, "{again}");
    }
    assert_eq!(parts(&session, "t"), held);

    // Without a hold-out, a second split with its own name is allowed.
    let second = ["data", "split", "u", "--part", "a=0.5", "--part", "b=0.5"];
    session.hven(&second).ok();
    let taken = "u@1 is divided already: its split split (random, seed 1) has the parts a (rows: 10), b (rows: 10)";
    let third = ["data", "split", "u", "--part", "c=0.5", "--part", "d=0.5"];
    refused(&session, &third, 75, &[taken, "--name NAME"]);
    refused(&session, &[&second[..], &["--seed", "2", "--name", "more"]].concat(), 75, &["has a part a already"]);
    session.hven(&[&third[..], &["--name", "more"]].concat()).ok();
    assert_eq!(parts(&session, "u").len(), 4);
    let last = ["data", "split", "u", "--part", "e=0.5", "--part", "f=0.5", "--name", "last", "--hold-out", "f"];
    refused(&session, &last, 75, &[taken, "cannot hold out rows that these parts hold", "in one go"]);
    session.hven(&second).ok();
}

#[test]
fn an_invalid_split_is_refused_before_a_run_is_recorded() {
    let session = twenty_rows();
    let split = |more: &[&'static str]| [&["data", "split"][..], more].concat();
    let two = ["t", "--part", "a=0.5", "--part", "b=0.5"];
    session.hven(&split(&two)).ok();
    for (arguments, result) in [
        (&["u", "--part", "a=0.5", "--part", "b=0.4"][..], "the shares make 0.9 together (a 0.5, b 0.4)"),
        (&["u", "--part", "all=0.5", "--part", "b=0.5"], "this one means the whole dataset"),
        (&["u", "--part", "a=0.5", "--part", "b=0.5", "--hold-out", "c"], "is not one of its parts"),
        (&["u", "--part", "a=0.5", "--part", "b=0.5", "--by", "y"], "looks at no column"),
        (&["u", "--part", "a=0.5", "--part", "b=0.5", "--method", "by-key"], "needs a column"),
        (&["t@1.a", "--part", "c=0.5", "--part", "d=0.5"], "t@1.a is not a whole version"),
        (&["t.all", "--part", "c=0.5", "--part", "d=0.5"], "say t@1"),
    ] {
        refused(&session, &split(arguments), 65, &[result]);
    }
    assert!(parts(&session, "u").is_empty());
}

#[test]
fn a_split_that_was_changed_in_the_manifest_is_not_up_to_date() {
    let session = twenty_rows();
    let manifest = |seed: u32| {
        let split = format!("[data.v.split]\ntrain = 0.75\ntest = 0.25\nseed = {seed}\n");
        session.write("hven.toml", &format!("[data.v]\nsource = \"t.csv\"\n{split}"));
    };
    manifest(1);
    session.hven(&["run"]).ok();
    let plan = || session.hven(&["run", "--plan"]);
    assert!(!plan().out.contains("in another way"), "{}", plan().out);
    let before = parts(&session, "v");
    manifest(2);
    assert!(plan().out.contains("it is divided in another way than its split here says"), "{}", plan().out);
    let result = session.hven(&["run"]);
    assert_ne!(result.status, Some(0), "{result:?}");
    let content = format!("{}{}", result.out, result.err);
    assert!(
        content.contains("v@1 is divided already") && content.contains("keep [data.v.split] as it was"),
        "{content}"
    );
    assert_eq!(parts(&session, "v"), before);
}

#[test]
fn init_reads_tables_like_the_import() {
    let session = Session::new();
    let latin = b"# T = 295 K\nOrt;Temperatur (\xb0C);\"p; abs\"\nK\xf6ln;20,1;3\nBonn;20,3;4\n";
    fs::write(session.cwd().join("lab.csv"), latin).expect("written");
    session.hven(&["init", "--project", "lab"]).ok();
    let manifest = session.read("hven.toml");
    for column in ["Ort = ", "\"Temperatur (\u{b0}C)\" = ", "\"p; abs\" = "] {
        assert!(manifest.contains(column), "{column}: {manifest}");
    }
    let added = session.hven(&["data", "add", "lab.csv", "--json"]).ok().json();
    assert_eq!(added["dataset"]["columns"], 3);
}

#[test]
fn a_text_for_missing_values_may_begin_with_a_hyphen() {
    let session = Session::new();
    session.write("t.csv", "x,y\n1,-999\n2,5\n");
    session.hven(&["data", "add", "t.csv", "--null", "-999"]).ok();
    let content = session.hven(&["data", "show", "t", "--json"]).ok().json();
    assert_eq!(content["report"]["profile"][1]["nulls"], 1, "{}", content["report"]["profile"]);
    session.write("u.csv", "x,y\n1,---\n2,5\n");
    session.hven(&["data", "add", "u.csv", "--null", "---"]).ok();
    let content = session.hven(&["data", "show", "u", "--json"]).ok().json();
    assert_eq!(content["report"]["profile"][1]["nulls"], 1, "{}", content["report"]["profile"]);
}
