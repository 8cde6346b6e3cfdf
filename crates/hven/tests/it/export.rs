//! A home is exported as plain files and imported unchanged, in either database, also after kills.

use std::{fs, path::Path, process::Command, thread, time::Duration};

use hven_testing::Postgresql;
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    fit_script::{FIT_RUN, study},
    session::{CommandOutput, Session, files_below, finish, signal, snapshot, wait_until},
    soundness::wrong_study,
};

/// A command in another home, with another database if one is given.
fn at(session: &Session, home: &str, database: Option<&str>, arguments: &[&str]) -> CommandOutput {
    let mut command = session.command(arguments);
    command.env("HVEN_HOME", session.cwd().join(home));
    if let Some(database) = database {
        command.env("HVEN_DATABASE", database);
    }
    finish(command.spawn().expect("the binary starts"))
}

/// The output of all read commands for a home, without its addresses.
fn answers(session: &Session, home: &str, database: Option<&str>, facts: u64) -> Vec<(String, Value)> {
    let ask = |arguments: &[&str]| {
        let result = at(session, home, database, arguments).ok();
        let answer = serde_json::from_str(&result.out).unwrap_or_else(|_| Value::String(result.out.clone()));
        (arguments.join(" "), without_addresses(answer))
    };
    let mut all = vec![ask(&["ps", "-a", "--json"]), ask(&["data", "ls", "--json"]), ask(&["claim", "ls", "--json"])];
    // Later facts of the server itself are not compared.
    let (question, mut log) = ask(&["log", "--oldest", "-n", "1000", "--json"]);
    log["items"].as_array_mut().expect("a list").retain(|fact| fact["seq"].as_u64() <= Some(facts));
    log["next"] = Value::Null;
    all.push((question, log));
    all.push(ask(&["user", "ls", "--json"]));
    let runs = all[0].1["items"].as_array().expect("a list").clone();
    for run in &runs {
        let handle = run["handle"].as_str().expect("a handle");
        for question in ["show", "why", "explain"] {
            all.push(ask(&[question, handle, "--json"]));
        }
        all.push(ask(&["logs", handle]));
        all.push(ask(&["graph", handle, "--both", "--json"]));
        if run["name"] == "law" {
            all.push(ask(&["law", "show", handle, "--json"]));
        }
    }
    for (list, noun, name) in [(1, "data", "reference"), (2, "claim", "name")] {
        let items = all[list].1["items"].as_array().expect("a list").clone();
        for item in &items {
            let name = item[name].as_str().expect("a name");
            all.push(ask(&[noun, "show", name, "--json"]));
            let node = if noun == "claim" { format!("claim/{name}") } else { name.to_owned() };
            all.push(ask(&["why", &node, "--json"]));
        }
    }
    all
}

fn without_addresses(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(name, _)| name != "url")
                .map(|(name, v)| (name, without_addresses(v)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_addresses).collect()),
        other => other,
    }
}

#[track_caller]
fn assert_equal(before: &[(String, Value)], after: &[(String, Value)]) {
    for ((question, one), (_, other)) in before.iter().zip(after) {
        assert_eq!(one, other, "{question}");
    }
    assert_eq!(before.len(), after.len());
}

/// The result of `audit verify` for a home without a server.
fn audit(session: &Session, home: &str, database: Option<&str>) -> Value {
    let audit = at(session, home, database, &["audit", "verify", "--json"]).ok().json();
    assert_eq!(audit["sound"], true, "{audit}");
    audit
}

/// A session with a study on a wrong table that was retracted, a failed run, and a reproduced run.
fn eventful_session() -> Session {
    let session = wrong_study();
    session.write("fit.py", crate::fit_script::FIT);
    session.write("planets.csv", "name,period\nearth,1.0\nmars,1.88\n");
    session.hven(&FIT_RUN).ok();
    session.hven(&["reproduce", "last"]).ok();
    assert_eq!(session.hven(&["run", "--", "sh", "-c", "echo oh >&2; exit 3"]).status, Some(3));
    session.hven(&["retract", "planets@1", "--because", "Mars has its period in days", "--yes"]).ok();
    session
}

#[test]
fn a_home_is_restored_from_its_export() {
    let session = eventful_session();
    session.hven(&["down"]).ok();
    let home = session.home().display().to_string();
    let audited = audit(&session, &home, None);
    let facts = audited["facts"].as_u64().expect("a number");
    let result = session.hven(&["export", "--all", "out"]).ok();
    assert!(result.out.contains(&format!("{facts} facts and ")), "{}", result.out);
    snapshot!(session, session.hven(&["export", "--all", "out"]), @r"
    status 75
    ---- err
    error: [folder]/study/out is not empty
    hint: name a folder that does not exist or is empty
    ");
    let imported = at(&session, "second", None, &["import", "export", "out", "--json"]).ok().json();
    assert_eq!((&imported["schema"], &imported["facts"]), (&"hven.imported_home/1".into(), &facts.into()));
    assert_eq!(audit(&session, "second", None), audited, "the same chain, the same objects");
    assert_equal(&answers(&session, &home, None, facts), &answers(&session, "second", None, facts));
    at(&session, "second", None, &["down"]).ok();
    at(&session, "second", None, &["doctor", "--rebuild"]).ok();

    // The files of the export.
    let out = session.cwd().join("out");
    let readme = fs::read_to_string(out.join("README.md")).expect("it explains");
    assert!(readme.contains("| `wall_s` | number | duration") && readme.contains(&facts.to_string()), "{readme}");
    let claims: Value =
        serde_json::from_str(&fs::read_to_string(out.join("tables/claims.json")).expect("written")).expect("JSON");
    assert_eq!((&claims["items"][0]["name"], &claims["items"][0]["soundness"]), (&"kepler3".into(), &"suspect".into()));
    let logs: Vec<String> = fs::read_dir(out.join("logs"))
        .expect("a folder")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a text"))
        .collect();
    assert!(logs.iter().any(|log| log.contains("read 2 rows")) && logs.iter().any(|log| log == "oh\n"), "{logs:?}");
    assert!(fs::read(out.join("datasets/astro/kepler/planets@1.parquet")).expect("a table").starts_with(b"PAR1"));
    let listed = fs::read_to_string(out.join("BLAKE3SUMS")).expect("a list");
    assert!(listed.lines().any(|line| line.ends_with("  datasets/astro/kepler/planets@1.report.json")), "{listed}");
    // The export contains no secrets.
    for secret in ["token", "key"] {
        let secret = fs::read(session.home().join(secret)).expect("the home has one");
        let secret = secret.trim_ascii_end();
        for file in files_below(&out) {
            let bytes = fs::read(&file).expect("readable");
            assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", file.display());
        }
    }
}

/// A home is exported while a run is active. The copy has neither a runner nor an environment for the run, and reports
/// it as lost; the log is preserved.
#[test]
fn a_home_in_use_is_exported() {
    let session = Session::new();
    let script = "echo before; while [ ! -e stop ]; do sleep 0.05; done; echo after";
    session.hven(&["run", "-d", "--", "sh", "-c", script]).ok();
    let run = session.last();
    wait_until("it printed", || session.hven(&["logs", &run]).out == "before\n");
    let exported = session.hven(&["export", "--all", "out", "--json"]).ok().json();
    assert_eq!(exported["schema"], "hven.exported_home/1");
    assert!(exported["unsealed"].as_u64() > Some(0), "{exported}");
    session.write("stop", "");
    wait_until("it ends", || session.run_state(&run) == "done");
    assert_eq!(fs::read_to_string(session.cwd().join(format!("out/logs/{run}-1.txt"))).expect("a log"), "before\n");
    at(&session, "second", None, &["import", "export", "out"]).ok();
    wait_until("it is reported", || {
        let explained = at(&session, "second", None, &["explain", &run]).ok().out;
        explained.contains("lost: its spool is not in this home")
    });
    assert_eq!(at(&session, "second", None, &["logs", &run, "--attempt", "1"]).ok().out, "before\n");
    at(&session, "second", None, &["down"]).ok();
}

#[test]
fn an_invalid_import_is_refused() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    session.hven(&["down"]).ok();
    session.hven(&["export", "--all", "out"]).ok();
    snapshot!(session, session.hven(&["import", "export", "out"]), @r"
    status 75
    ---- err
    error: [folder]/home is not empty
    hint: name a folder that does not exist or is empty
    ");
    snapshot!(session, at(&session, "second", None, &["import", "export", "nothing"]), @r"
    status 66
    ---- err
    error: [folder]/study/nothing contains no export: it has no manifest.json
    hint: check the path; `hven export --all DIR` creates an export
    ");
    let out = session.cwd().join("out");
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("a manifest");
    fs::write(out.join("manifest.json"), manifest.replace("\"format\": 1", "\"format\": 7")).expect("written");
    snapshot!(session, at(&session, "second", None, &["import", "export", "out"]), @r"
    status 75
    ---- err
    error: the export [folder]/study/out has the format 7; this Hven knows formats up to 1
    hint: use the newer Hven that wrote it
    ");
    fs::remove_file(out.join("manifest.json")).expect("removed");
    snapshot!(session, at(&session, "second", None, &["import", "export", "out"]), @r"
    status 75
    ---- err
    error: [folder]/study/out contains an unfinished export: it has no manifest.json
    hint: remove that folder and export the home again
    ");
    fs::write(out.join("manifest.json"), manifest).expect("written");
    let log = fs::read_dir(out.join("logs")).expect("logs").next().expect("one").expect("an entry").path();
    fs::write(&log, "something else\n").expect("written");
    let result = at(&session, "second", None, &["import", "export", "out", "--json"]);
    assert_eq!(result.status, Some(74), "{result:?}");
    assert!(
        result.err.contains("export.damaged") && result.err.contains("has other bytes than were exported"),
        "{result:?}"
    );
    assert!(!session.cwd().join("second").exists(), "no home was made");
    let nothing = at(&session, "none", None, &["export", "--all", "other"]);
    assert_eq!(nothing.status, Some(66), "{nothing:?}");
}

/// After a kill at any moment, an export is absent or complete, and an import has made a home or none. Both can be
/// repeated.
#[test]
fn a_kill_leaves_no_incomplete_export_or_home() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    session.hven(&["down"]).ok();
    let mut export = session.command(&["export", "--all", "whole"]).spawn().expect("it starts");
    let took = std::time::Instant::now();
    assert!(export.wait().expect("it ends").success());
    let took = took.elapsed();
    let mut unfinished = 0;
    for n in 0..8 {
        let folder = format!("out{n}");
        let child = session.command(&["export", "--all", &folder]).spawn().expect("it starts");
        thread::sleep(took * n / 8);
        signal(&child, Signal::KILL);
        finish(child);
        let out = session.cwd().join(&folder);
        let result = at(&session, &format!("of{n}"), None, &["import", "export", &folder]);
        if out.join("manifest.json").exists() {
            result.ok();
        } else {
            unfinished += 1;
            assert!(result.status != Some(0) && !session.cwd().join(format!("of{n}")).exists(), "{result:?}");
            if out.exists() {
                fs::remove_dir_all(&out).expect("removed");
            }
            session.hven(&["export", "--all", &folder]).ok();
        }
    }
    assert!(unfinished > 0, "none was killed in the middle");
    let mut missing = 0;
    for n in 0..8 {
        let home = session.cwd().join(format!("home{n}"));
        let mut command = session.command(&["import", "export", "whole"]);
        let child = command.env("HVEN_HOME", &home).spawn().expect("it starts");
        thread::sleep(took.max(Duration::from_millis(80)) * n / 8);
        signal(&child, Signal::KILL);
        finish(child);
        if !home.exists() {
            missing += 1;
            at(&session, &format!("home{n}"), None, &["import", "export", "whole"]).ok();
        }
        audit(&session, &format!("home{n}"), None);
        assert!(!session.cwd().join(format!(".home{n}.importing")).exists(), "remains are removed");
    }
    assert!(missing > 0, "none was killed in the middle");
}

#[test]
fn postgresql_and_sqlite_exchange_exports() {
    let Some(server) = Postgresql::start("exports between databases", 1) else { return };
    let session = study();
    session.hven(&FIT_RUN).ok();
    session.hven(&["run", "--", "false"]);
    session.hven(&["down"]).ok();
    let home = session.home().display().to_string();
    let audited = audit(&session, &home, None);
    let facts = audited["facts"].as_u64().expect("a number");
    session.hven(&["export", "--all", "out"]).ok();
    let database = server.database("second");
    at(&session, "second", Some(&database), &["import", "export", "out"]).ok();
    assert_eq!(audit(&session, "second", Some(&database)), audited);
    at(&session, "second", Some(&database), &["export", "--all", "back"]).ok();
    at(&session, "third", None, &["import", "export", "back"]).ok();
    assert_eq!(audit(&session, "third", None), audited);
    let before = answers(&session, &home, None, facts);
    assert_equal(&before, &answers(&session, "second", Some(&database), facts));
    assert_equal(&before, &answers(&session, "third", None, facts));
    for (home, database) in [("second", Some(database.as_str())), ("third", None)] {
        at(&session, home, database, &["down"]).ok();
    }
    let taken = at(&session, "fourth", Some(&database), &["import", "export", "out"]);
    assert_eq!(taken.status, Some(75), "{taken:?}");
    assert!(taken.err.contains("contains a record already") && !session.cwd().join("fourth").exists(), "{taken:?}");
}

/// Python reads the export with the code from its README, and finds the chain valid.
#[test]
fn validators_read_an_export_in_python() {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("validators/bin/python");
    let has_all = Command::new(&python).args(["-c", "import pyarrow, blake3"]).output();
    if !has_all.is_ok_and(|done| done.status.success()) {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "pyarrow and blake3 are not there");
        return eprintln!("left out: pyarrow and blake3 are not in {}", python.display());
    }
    let session = study();
    session.hven(&FIT_RUN).ok();
    let run = session.last();
    session.hven(&["tag", &run, "--add", "good"]).ok();
    session.hven(&["note", &run, "the baseline"]).ok();
    session.hven(&["export", "--all", "out"]).ok();
    let out = session.cwd().join("out");
    let readme = fs::read_to_string(out.join("README.md")).expect("it explains");
    let code = readme.split("```python\n").find(|block| block.starts_with("import datetime")).expect("code");
    let code = code.split("```").next().expect("its end");
    let read = format!(
        "{code}\nruns = read_table('tables/runs.parquet').to_pylist()\n\
         points = [p for p in read_table('tables/metrics.parquet').to_pylist() if p['handle'] == {run:?}]\n\
         params = read_table('tables/params.parquet').to_pylist()\n\
         print([r['state'] for r in runs], [round(p['value'], 3) for p in points], params[0]['key'], params[0]['value'])\n\
         kinds = {{f.name: str(f.type) for f in read_table('tables/runs.parquet').schema}}\n\
         print(kinds['submitted_at'], kinds['wall_s'], kinds['spec'])\n\
         print([(r['tags'], r['note'], r['archived']) for r in runs if r['handle'] == {run:?}])\n"
    );
    let python = |code: &str| {
        let done = Command::new(&python).args(["-c", code]).current_dir(&out).output().expect("Python runs");
        CommandOutput {
            status: done.status.code(),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    };
    let result = python(&read).ok();
    assert!(result.out.contains("facts, every hash is valid"), "{}", result.out);
    assert!(result.out.contains("['done'] [1.0, 0.5, 0.333] rows 2"), "{}", result.out);
    assert!(result.out.contains("timestamp[us, tz=UTC] double string"), "{}", result.out);
    assert!(result.out.contains(r#"[('["good"]', 'the baseline', False)]"#), "{}", result.out);
    let tampered = code.replace("fact[\"payload\"].encode()", "(fact[\"payload\"] + ' ').encode()");
    assert!(python(&tampered).err.contains("fact 1: its payload has changed"));
}
