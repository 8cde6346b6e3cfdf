//! From a table to a law to a claim: the two examples with their manifests, their negative controls, and kills in the
//! middle.

use std::{fmt::Write as _, fs};

use crate::session::{Session, snapshot, wait_until};

const PLANETS: &str = include_str!("../../../../examples/kepler/planets.csv");
const KEPLER: &str = include_str!("../../../../examples/kepler/hven.toml");
const KEPLER_FIT: &str = include_str!("../../../../examples/kepler/fit.py");
const NEBULAE: &str = include_str!("../../../../examples/hubble/nebulae.csv");
const HUBBLE: &str = include_str!("../../../../examples/hubble/hven.toml");

fn kepler() -> Session {
    let session = Session::new();
    session.write("planets.csv", PLANETS);
    session.write("fit.py", KEPLER_FIT);
    session.write("hven.toml", KEPLER);
    session
}

fn verdict(session: &Session, claim: &str) -> String {
    let claim = session.hven(&["claim", "show", claim, "--json"]).ok().json();
    claim["verdict"].as_str().expect("it was judged").to_owned()
}

/// The table with the values of the last column moved by some rows: every value occurs, but not in its row.
fn shuffled(table: &str, by: usize) -> String {
    let rows: Vec<(&str, &str)> = table.lines().skip(1).map(|line| line.rsplit_once(',').expect("a row")).collect();
    let mut text = format!("{}\n", table.lines().next().expect("a header"));
    for (k, (before, _)) in rows.iter().enumerate() {
        // A step without a common divisor with the number of rows uses each value once.
        let (_, value) = rows[(k * by + by) % rows.len()];
        let _ = writeln!(text, "{before},{value}");
    }
    text
}

#[test]
fn kepler_from_the_table_to_the_claim() {
    let session = kepler();
    let plan = session.hven(&["run", "--plan"]).ok();
    snapshot!(session, plan, @r"
    status 0
    ---- out
      data.planets  would run  it was never run
      run.law  would run  comes after data.planets, which would run
      run.line  would run  it was never run
      claim.kepler3  would run  comes after run.law, which would run
    ");
    let first = session.hven(&["run"]).ok();
    for part in [
        "planets@1",
        "[yr/AU^1.5] * semi_major_axis^1.5",
        "holds",
        "the only run of the recipe law for period in its project; 1 reading of what is held out is recorded",
    ] {
        assert!(first.out.contains(part), "{part}: {}", first.out);
    }
    let held_out = "held out: read only when it is asked for by this name";
    let parts: Vec<&str> = first.err.lines().filter(|line| line.starts_with("data.planets: planets@1.")).collect();
    let held: Vec<_> = parts.iter().filter(|part| part.contains(held_out)).collect();
    assert!(parts.len() == 2 && held.len() == 1 && held[0].contains("planets@1.test"), "{}", first.err);
    let law = session.hven(&["law", "show", "run.law", "--json"]).ok().json();
    assert_eq!(law["schema"], "hven.law_page/1");
    let why = session.hven(&["why", "claim/kepler3"]).ok();
    for part in
        ["dataset planets@1", "split planets", "import planets", "source.csv, not known to be made by a recorded run"]
    {
        assert!(why.out.contains(part), "{part}: {}", why.out);
    }

    let again = session.hven(&["run"]).ok();
    assert_eq!(again.out.matches("up to date").count(), 3, "{}", again.out);
    assert!(!again.err.contains(held_out), "{}", again.err);

    // One changed digit in the table: a new version, and everything that rests on it is repeated.
    session.write("planets.csv", &PLANETS.replace("1.8808476", "1.88085"));
    let plan = session.hven(&["run", "--plan"]).ok();
    assert_eq!(plan.out.matches("  would run  ").count(), 4, "{}", plan.out);
    let later = session.hven(&["run"]).ok();
    assert!(
        later.out.contains("planets@2") && later.out.contains("the newest of 2 runs of the recipe law"),
        "{}",
        later.out
    );
    let claim = session.hven(&["claim", "show", "kepler3", "--json"]).ok().json();
    assert_eq!(claim["judgements"].as_array().expect("a list").len(), 2);
    assert_ne!(claim["judgements"][0]["evidence"][0]["id"], claim["judgements"][1]["evidence"][0]["id"]);
    assert!(session.hven(&["doctor", "--rebuild"]).status.is_some(), "it answers");
}

#[test]
fn hubble_from_the_table_to_the_claim() {
    let session = Session::new();
    session.write("nebulae.csv", NEBULAE);
    session.write("hven.toml", HUBBLE);
    let result = session.hven(&["run"]).ok();
    assert!(result.out.contains("velocity = 423.937 [km/s/Mpc] * distance"), "{}", result.out);
    assert_eq!(verdict(&session, "expansion"), "holds");
}

#[test]
fn a_shuffled_table_supports_no_claim() {
    let session = kepler();
    session.write("planets.csv", &shuffled(PLANETS, 4));
    // Its checks still pass: only the held-out rows show the error.
    session.hven(&["run"]);
    assert_ne!(verdict(&session, "kepler3"), "holds");

    let session = Session::new();
    session.write("nebulae.csv", &shuffled(NEBULAE, 5));
    session.write("hven.toml", HUBBLE);
    session.hven(&["run"]);
    assert_ne!(verdict(&session, "expansion"), "holds");
}

#[test]
fn held_out_rows_are_read_by_name_and_each_reading_is_counted() {
    let session = kepler();
    session.hven(&["run", "--step", "data.planets"]).ok();
    let rows = |name: &str| {
        let result = session.hven(&["data", "export", name, "-o", "-", "--format", "csv"]).ok();
        result.out.lines().count() - 1
    };
    let reads = || session.hven(&["data", "show", "planets", "--json"]).ok().json()["hold_out_reads_total"].clone();
    assert_eq!(reads(), 0);
    assert_eq!((rows("planets"), rows("planets.train")), (8, 8), "the plain name is what is not held out");
    assert_eq!(reads(), 0);
    assert_eq!(rows("planets.test"), 3);
    assert_eq!(rows("planets.all"), 11);
    assert_eq!(reads(), 2);
}

#[test]
fn changed_checks_and_descriptions_of_a_table_make_a_version() {
    let session = Session::new();
    session.write("t.csv", "x\n1\n2\n");
    let add = |arguments: &[&str]| session.hven(&[&["data", "add", "t.csv"], arguments].concat());
    let mistyped = add(&["--check", "x < 2"]);
    assert!(mistyped.status == Some(1) && mistyped.out.contains("1 check fails"), "{mistyped:?}");
    let table = session.hven(&["data", "show", "t", "--json"]).ok().json()["content"]["digest"].clone();
    session.hven(&["data", "export", "t", "-o", "t.parquet"]).ok();
    let copy = ["run", "--fresh", "-i", "t.parquet", "-o", "copy", "--", "cp", "t.parquet", "copy"];
    let refused = session.hven(&copy);
    assert!(refused.err.contains("t@1 fails 1 of its checks"), "{refused:?}");

    let corrected = add(&["--check", "x < 3"]).ok();
    assert!(corrected.out.contains("t@2   2 rows × 1 column   0 problems"), "{corrected:?}");
    session.hven(&copy).ok();
    assert!(add(&["--check", "x < 3"]).ok().out.contains("t@2"));

    // With the first checks again: the import was done before, and becomes the newest version again.
    let back = add(&["--check", "x < 2"]);
    assert!(back.status == Some(1) && back.out.contains("t@3"), "{back:?}");
    assert!(session.hven(&copy).err.contains("t@3 fails 1 of its checks"));

    let result = |arguments: &[&str], expect: &str| {
        let added = add(&[&["--check", "x < 3"], arguments].concat()).ok();
        assert!(added.out.contains(expect), "{added:?}");
    };
    result(&["--description", "two rows"], "t@4 ");
    result(&["--description", "two rows"], "t@4 ");
    let newest = || session.hven(&["data", "show", "t", "--json"]).ok().json();
    assert_eq!(newest()["content"]["digest"], table, "the table is the same all the time");
    result(&["--description", "two rows", "--license", "CC0-1.0"], "t@5 ");
    assert_eq!((&newest()["description"], &newest()["license"]), (&"two rows".into(), &"CC0-1.0".into()));
    let first = session.hven(&["data", "show", "t@1", "--json"]).ok().json();
    assert_eq!(first["checks_failed"], 1, "a version stays what it was");
}

#[test]
fn a_manifest_whose_checks_changed_is_not_up_to_date() {
    let session = Session::new();
    session.write("t.csv", "x\n1\n2\n");
    let manifest = |result: &str| session.write("hven.toml", &format!("[data.t]\nsource = \"t.csv\"\n{result}\n"));
    let line = |arguments: &[&str]| {
        let result = session.hven(arguments);
        result.out.lines().find(|line| line.contains("data.t")).unwrap_or_default().to_owned()
    };
    manifest("checks = [\"x > 0\"]");
    assert!(line(&["run"]).contains("done"));
    assert!(line(&["run"]).contains("up to date"));
    manifest("checks = [\"x > 100\"]");
    assert!(line(&["run", "--plan"]).contains("checks changed"));
    let failed = line(&["run"]);
    assert!(failed.contains("failed") && failed.contains("t@2") && failed.contains("1 check fails"), "{failed}");
    manifest("checks = [\"x > 0\"]\ndescription = \"rows\"");
    assert!(line(&["run", "--plan"]).contains("description changed"), "{}", line(&["run", "--plan"]));
    assert!(line(&["run"]).contains("t@3"));
    assert!(line(&["run"]).contains("up to date"));
}

#[test]
fn invalid_tables_are_refused_with_a_reason() {
    let session = Session::new();
    session.write("empty.csv", "");
    session.write("header.csv", "x,y\n");
    session.write("table.csv", "x,y\n1,2\n3,4\n");
    session.write("mixed.csv", "m\n5 km\n3 mi\n7\n");
    fs::write(session.cwd().join("lie.parquet"), b"PAR1 nothing PAR1").expect("written");
    let status = |arguments: &[&str]| session.hven(&[&["data", "add"], arguments].concat());
    snapshot!(session, status(&["nothing.csv"]), @r"
    status 66
    ---- err
    error: the input nothing.csv cannot be read: No such file or directory (os error 2)
    hint: paths are relative to the current folder; a list of several -i ends with --
    ");
    snapshot!(session, status(&["empty.csv"]), @r"
    status 1
    ---- err
    error: the file is empty: there is no table in it
    run [run] failed with exit status 65  http://127.0.0.1:PORT/r/[run]
    ");
    snapshot!(session, status(&["lie.parquet"]), @r"
    status 1
    ---- err
    looking through the source: 100 %, 0 rows
    error: the Parquet file cannot be read: Parquet file too small. Size is 17 but need 543649393; it is damaged, or was not copied whole
    run [run] failed with exit status 65  http://127.0.0.1:PORT/r/[run]
    ");
    snapshot!(session, status(&["mixed.csv", "--unit", "m=km"]), @r#"
    status 1
    ---- err
    looking through the source: 100 %, 0 rows
    error: the unit of "m": the column is text, and only numbers have units; if its cells are numbers, say type m = float64
    run [run] failed with exit status 65  http://127.0.0.1:PORT/r/[run]
    "#);
    snapshot!(session, status(&["table.csv", "--unit", "x=yer"]), @r#"
    status 65
    ---- err
    error: the unit of x is refused: "yer" is not a unit: `yer` is not a unit that Hven knows; is `year` meant?
    "#);
    snapshot!(session, status(&["table.csv", "--check", "z > 0"]), @r#"
    status 1
    ---- err
    looking through the source: 100 %, 0 rows
    error: the check "z > 0" cannot be asked: there is no column `z`
      z > 0
      ^
    help: there are x, y
    run [run] failed with exit status 65  http://127.0.0.1:PORT/r/[run]
    "#);
    snapshot!(session, status(&["table.csv", "--unit", "x=s", "--check", "x > 1 [m]"]), @r#"
    status 1
    ---- err
    looking through the source: 100 %, 0 rows
    error: the check "x > 1 [m]" cannot be asked: s and m do not measure the same: time [s] and length [m]
      x > 1 [m]
      ^^^^^^^^^
    help: compare and add only quantities of one dimension
    run [run] failed with exit status 65  http://127.0.0.1:PORT/r/[run]
    "#);
    snapshot!(session, status(&["header.csv"]), @r"
    status 0
    ---- out
    header@1  0 rows × 2 columns  0 problems  1 note  452 B
    note: there are names, but no rows: all columns are text unless types are said
    ");
    let listed = session.hven(&["data", "ls", "--json"]).ok().json();
    assert_eq!(listed["items"].as_array().expect("a list").len(), 1, "only the one with a header is there");
}

#[test]
fn failed_checks_block_dependent_steps() {
    let session = kepler();
    session.write("hven.toml", &KEPLER.replace("period > 0 [yr]", "period < 100 [yr]"));
    let result = session.hven(&["run"]);
    assert_ne!(result.status, Some(0));
    assert!(result.out.contains("1 check fails"), "{result:?}");
    let runs = session.hven(&["ps", "-a", "--json"]).ok().json();
    assert!(!runs.to_string().contains("recipe law"), "the law was not looked for");
    session.hven(&["run", "--despite-checks", "--step", "run.law"]).ok();
}

/// The server and its runner are killed during an import and during a search for a law; the next call finishes the
/// work, once.
#[test]
fn interrupted_work_is_finished_by_the_next_call() {
    let session = kepler();
    let names: Vec<String> = (0..20).map(|n| format!(",more{n}")).collect();
    let mut table = format!("id,x,y{}\n", names.concat());
    // Large and noisy enough that both recipes take a while.
    for id in 0..150_000 {
        let noise = f64::from(id * 7919 % 101) * 0.01;
        let _ = write!(table, "{id},{},{}", f64::from(id) * 0.5, f64::from(id).sqrt() + noise);
        table += &",1.25".repeat(20);
        table.push('\n');
    }
    session.write("planets.csv", &table);
    session.write(
        "hven.toml",
        "[data.planets]\nsource = \"planets.csv\"\n\
         [run.law]\nrecipe = \"law\"\ninput = \"planets\"\ntarget = \"y\"\ncolumns = [\"x\"]\nevaluations = 400000\nbootstrap = 20\n",
    );
    for moment in ["recipe import", "recipe law"] {
        let child = session.command(&["run"]).spawn().expect("it starts");
        wait_until("the recipe runs", || {
            let runs = session.hven(&["ps", "-a", "--json"]);
            runs.status == Some(0)
                && runs.json()["items"]
                    .as_array()
                    .is_some_and(|runs| runs.iter().any(|run| run["command"] == moment && run["state"] == "running"))
        });
        kill_all_of(&session);
        crate::session::finish(child);
    }
    session.hven(&["run"]).ok();
    let versions = session.hven(&["data", "ls", "--json"]).ok().json();
    assert_eq!(versions["items"].as_array().expect("a list").len(), 1);
    assert_eq!(versions["items"][0]["version"], 1);
    session.hven(&["audit", "verify"]).ok();
}

/// Kills the client, the server, the runner and the task: every process with the home in its arguments or environment.
pub fn kill_all_of(session: &Session) {
    let home = session.home().display().to_string();
    for process in fs::read_dir("/proc").expect("Linux").flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let of_home = ["cmdline", "environ"].iter().any(|part| {
            fs::read(process.path().join(part)).is_ok_and(|text| String::from_utf8_lossy(&text).contains(&home))
        });
        if of_home {
            let pid = rustix::process::Pid::from_raw(pid).expect("a process has a number");
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}
