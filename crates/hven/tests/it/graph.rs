//! The lineage as a list, Graphviz, a picture and PROV.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::session::{Session, snapshot};

/// A chain of two runs from a file, and a third run next to it.
fn chain() -> Session {
    let session = Session::new();
    session.write("a.txt", "first\n");
    session.hven(&["run", "-i", "a.txt", "-o", "b.txt", "--", "cp", "a.txt", "b.txt"]).ok();
    session.hven(&["run", "-i", "b.txt", "-o", "c.txt", "--", "sh", "-c", "wc -c < b.txt > c.txt"]).ok();
    session.hven(&["run", "-i", "b.txt", "-o", "d.txt", "--", "sh", "-c", "wc -l < b.txt > d.txt"]).ok();
    session
}

fn handles(session: &Session) -> Vec<String> {
    let listed = session.hven(&["ps", "-a", "--json"]).ok().json();
    let items = listed["items"].as_array().expect("a list").clone();
    items.iter().rev().map(|run| run["handle"].as_str().expect("a handle").to_owned()).collect()
}

/// Replaces handles and digests, which differ each time.
fn named(session: &Session, text: &str) -> String {
    let mut text = text.to_owned();
    for (n, handle) in handles(session).iter().enumerate() {
        text = text.replace(handle, &format!("RUN{n}"));
    }
    let digest = digest_of_a(session);
    text.replace(&digest[..16], "DIGEST")
}

fn digest_of_a(session: &Session) -> String {
    let handles = handles(session);
    let graph = session.hven(&["graph", &handles[0], "--json"]).ok().json();
    let file = graph["nodes"].as_array().expect("a list").iter().find(|node| node["kind"] == "file").cloned();
    file.expect("raw bytes")["file"]["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn a_lineage_is_listed_in_both_directions() {
    let session = chain();
    let handles = handles(&session);
    let list = |arguments: &[&str]| {
        let result = session.hven(&[&["graph"], arguments].concat()).ok();
        let without_code: String =
            result.out.lines().filter(|line| !line.contains("code/")).map(|line| line.to_owned() + "\n").collect();
        named(&session, &without_code)
    };
    insta::assert_snapshot!(list(&[&handles[1]]), @r"
    run/RUN1 · RUN1 (sh -c 'wc -c < b.txt > c.txt')
      used run/RUN0 · RUN0 (cp a.txt b.txt) as b.txt
        used file/DIGEST · a.txt as a.txt
    ");
    insta::assert_snapshot!(list(&[&handles[0], "--down"]), @r"
    run/RUN0 · RUN0 (cp a.txt b.txt)
      used by run/RUN1 · RUN1 (sh -c 'wc -c < b.txt > c.txt') as b.txt
      used by run/RUN2 · RUN2 (sh -c 'wc -l < b.txt > d.txt') as b.txt
    ");
    insta::assert_snapshot!(list(&[&handles[1], "--both", "--depth", "1"]), @r"
    run/RUN1 · RUN1 (sh -c 'wc -c < b.txt > c.txt')
      used run/RUN0 · RUN0 (cp a.txt b.txt) as b.txt

    run/RUN1 · RUN1 (sh -c 'wc -c < b.txt > c.txt')
    ");
    let both = session.hven(&["graph", &handles[0], "--both", "--json"]).ok().json();
    assert_eq!((&both["schema"], &both["truncated"]), (&"hven.graph/1".into(), &false.into()));
    let runs = both["nodes"].as_array().expect("a list").iter().filter(|node| node["kind"] == "run").count();
    assert_eq!(runs, 3);
    let few = session.hven(&["graph", &handles[0], "--down", "--limit", "2"]).ok();
    assert!(few.err.contains("2 nodes are shown; there are more"), "{}", few.err);
    snapshot!(session, session.hven(&["graph", "planets@1"]), @r#"
    status 66
    ---- err
    error: there is no run or dataset "planets@1"
    hint: `hven ps -a` lists the runs that you can see, `hven data ls` the datasets
    "#);
    assert_eq!(session.hven(&["graph"]).status, Some(64));
    assert_eq!(session.hven(&["graph", "--all", "--down"]).status, Some(64));
}

#[test]
fn a_lineage_is_drawn() {
    let session = chain();
    let handles = handles(&session);
    session.hven(&["retract", &handles[0], "--because", "the disk was faulty", "--yes"]).ok();
    let dot = session.hven(&["graph", &handles[1], "--format", "dot"]).ok().out;
    assert!(dot.starts_with("digraph lineage {") && dot.ends_with("}\n"), "{dot}");
    let edge = format!("\"run/{}\" -> \"run/{}\" [label=\"used\\nb.txt\"]", handles[1], handles[0]);
    assert!(dot.contains(&edge) && dot.contains("\\nretracted") && dot.contains("\\nsuspect"), "{dot}");
    session.hven(&["graph", &handles[0], "--both", "--format", "svg", "-o", "around.svg"]).ok();
    let picture = session.read("around.svg");
    assert!(picture.starts_with("<svg ") && handles.iter().all(|handle| picture.contains(handle)), "{picture}");
    let list = session.hven(&["graph", &handles[2]]).ok().out;
    assert!(list.starts_with(&format!("run/{}", handles[2])) && list.contains("[retracted]"), "{list}");
}

fn records(document: &Value, kind: &str) -> usize {
    document[kind].as_object().map_or(0, serde_json::Map::len)
}

/// W3C PROV of one lineage and of the whole home, read by the library of the standard.
#[test]
fn validators_accept_the_provenance_of_a_home() {
    let session = chain();
    let handles = handles(&session);
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["graph", &handles[1], "--format", "prov", "-o", "one.json"]).ok();
    let exported = session.hven(&["export", "--prov", "all.json", "--json"]).ok().json();
    assert_eq!(exported["schema"], "hven.exported_prov/1");
    session.hven(&["graph", "--all", "--format", "prov", "-o", "again.json"]).ok();
    let read = |file: &str| -> Value { serde_json::from_str(&session.read(file)).expect("JSON") };
    let (one, all) = (read("one.json"), read("all.json"));
    assert_eq!(all, read("again.json"));
    assert_eq!((records(&one, "activity"), records(&one, "wasInformedBy")), (2, 1), "{one}");
    assert_eq!((records(&all, "activity"), records(&all, "wasInformedBy"), records(&all, "agent")), (4, 2, 1), "{all}");

    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("validators/bin/python");
    let check = "import sys\nfrom prov.model import ProvDocument\nfor path in sys.argv[1:]:\n    \
                 document = ProvDocument.deserialize(path)\n    assert document.records, path\n    \
                 assert document == ProvDocument.deserialize(content=document.serialize()), path\nprint('valid')\n";
    let done = Command::new(&python).args(["-c", check, "one.json", "all.json"]).current_dir(session.cwd()).output();
    let done = done.unwrap_or_else(|wrong| panic!("{}: {wrong}; make setup installs it", python.display()));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "valid\n", "{}", String::from_utf8_lossy(&done.stderr));
}
