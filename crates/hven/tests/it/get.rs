//! `hven get`: outputs and inputs of a run are fetched unchanged, and existing files are preserved.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use hven_core::{Digest, file_name::from_text};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::session::{CommandOutput, Session, files_below, finish, wait_until, wait_while};

/// A name with a line end, and a name with a byte that is not UTF-8.
const LINES: &str = "two\nlines";
const BYTES: &str = "Gr\u{eff6}\u{efdf}e.txt";

/// Makes a file, and a folder with every kind of entry.
const MAKE: &str = r#"
mkdir -p out/deep out/empty
echo '{"rows": 2}' > fit.json
printf 'a' > out/a
printf '#!/bin/sh\necho run\n' > out/deep/tool
chmod 755 out/deep/tool
ln -s deep out/link
cp bytes "out/$1"
cp bytes "$2"
"#;

/// A session in which a run made these outputs. They are removed from the folder afterwards.
fn made() -> Session {
    let session = Session::new();
    session.write("make.sh", MAKE);
    session.write("bytes", "any");
    let mut run = session.command(&["run", "-i", "bytes", "-o", "fit.json", "out"]);
    run.arg(from_text(BYTES)).args(["--", "sh", "make.sh", LINES]).arg(from_text(BYTES));
    start(run).ok();
    fs::remove_dir_all(session.cwd().join("out")).expect("removed");
    for file in ["fit.json", BYTES] {
        fs::remove_file(session.cwd().join(from_text(file))).expect("removed");
    }
    session
}

fn start(mut command: Command) -> CommandOutput {
    finish(command.spawn().expect("the binary starts"))
}

fn object(session: &Session, bytes: &[u8]) -> PathBuf {
    let digest = Digest::of(bytes).to_string();
    session.home().join("objects").join(&digest[..2]).join(&digest[2..])
}

/// The action for each file.
fn did(got: &Value) -> Vec<(&str, &str)> {
    let files = got["files"].as_array().expect("a list").iter();
    files.map(|file| (file["path"].as_str().expect("a path"), file["did"].as_str().expect("a word"))).collect()
}

#[test]
fn all_outputs_are_fetched_unchanged() {
    let session = made();
    let got = session.hven(&["get", "last", "-o", "results", "--json"]).ok().json();
    assert_eq!((&got["schema"], &got["run"]["handle"]), (&json!("hven.got/1"), &json!(session.last())));
    let mut wanted = [BYTES, "fit.json", "out/a", "out/deep/tool", "out/empty", "out/two\nlines", "out/link"]
        .map(|path| (path, "written"));
    wanted.sort_unstable();
    let mut files = did(&got);
    files.sort_unstable();
    assert_eq!(files, wanted);
    let results = session.cwd().join("results");
    let read = |path: &str| fs::read_to_string(results.join(from_text(path))).expect("it is there");
    assert_eq!((read("fit.json"), read("out/a")), ("{\"rows\": 2}\n".to_owned(), "a".to_owned()));
    assert_eq!((read(BYTES), read(&format!("out/{LINES}"))), ("any".to_owned(), "any".to_owned()));
    let mode = |path: &str| fs::metadata(results.join(path)).expect("it is there").permissions().mode() & 0o111;
    assert_ne!(mode("out/deep/tool"), 0);
    assert_eq!(mode("out/a"), 0);
    assert!(results.join("out/empty").is_dir());
    assert_eq!(fs::read_link(results.join("out/link")).expect("a link"), Path::new("deep"));
    assert!(!session.cwd().join("fit.json").exists(), "it is put there alone");

    let again = session.hven(&["get", "last", "-o", "results"]).ok();
    assert!(again.out.contains("all 7 are in ") && again.out.contains("with the same bytes"), "{}", again.out);
    let in_part = session.hven(&["get", "last", "-o", "part", "out/deep", "./fit.json"]).ok();
    assert!(in_part.out.contains("2 written into "), "{}", in_part.out);
    let part = session.cwd().join("part");
    let mut part: Vec<PathBuf> =
        files_below(&part).iter().filter_map(|path| path.strip_prefix(&part).ok()).map(Path::to_owned).collect();
    part.sort_unstable();
    assert_eq!(part, [Path::new("fit.json"), Path::new("out/deep/tool")]);
}

#[test]
fn files_with_any_name_can_be_fetched_one_by_one() {
    let session = made();
    let mut get = session.command(&["get", "last"]);
    get.arg(from_text(BYTES)).arg(format!("out/{LINES}"));
    let result = start(get).ok();
    assert!(result.out.contains(r"Gr\xF6\xDFe.txt") && result.out.contains(r"out/two\nlines"), "{}", result.out);
    for path in [BYTES.to_owned(), format!("out/{LINES}")] {
        assert_eq!(fs::read_to_string(session.cwd().join(from_text(&path))).expect("it is there"), "any");
    }
    // One byte differs: it is no output, and the suggestions are shown in one line each.
    let mut get = session.command(&["get", "last"]);
    get.arg(from_text("Gr\u{eff6}\u{efde}e.txt"));
    let result = start(get);
    assert_eq!(result.status, Some(66), "{}", result.err);
    assert!(result.err.contains(r"Gr\xF6\xDEe.txt is no output of run "), "{}", result.err);
    assert!(result.err.contains(r"is `Gr\xF6\xDFe.txt` meant?"), "{}", result.err);
}

#[test]
fn one_file_goes_to_standard_output_byte_for_byte() {
    let session = Session::new();
    let script = "import os; os.mkdir('out'); open('out/all', 'wb').write(bytes(range(256)) * 300); \
                  os.symlink('all', 'out/link')";
    session.hven(&["run", "-o", "out", "--", "python3", "-c", script]).ok();
    let wanted: Vec<u8> = (0..=255).cycle().take(256 * 300).collect();
    for path in ["out/all", "out/link"] {
        let got = session.command(&["get", "last", path, "-o", "-"]).output().expect("it runs");
        assert_eq!((got.status.code(), got.stdout == wanted), (Some(0), true), "{path}");
    }
    // A reader may close the pipe early.
    let head = session.shell("hven get last out/all -o - | head -c 3 | wc -c").ok();
    assert_eq!((head.out.trim(), head.err.as_str()), ("3", ""));
    for (arguments, why) in [
        (&["get", "last", "out", "-o", "-"][..], "one file to standard output, and no folder"),
        (&["get", "last", "-o", "-"], "one file to standard output, and no folder"),
        (&["get", "last", "out/all", "-o", "-", "--json"], "--json a document"),
    ] {
        let result = session.hven(arguments);
        assert_eq!((result.status, result.out.as_str()), (Some(64), ""), "{arguments:?}: {}", result.err);
        assert!(result.err.contains(why), "{}", result.err);
    }
}

#[test]
fn an_existing_different_file_stays() {
    let session = made();
    session.write("fit.json", "mine");
    let result = session.hven(&["get", "last"]);
    assert_eq!(result.status, Some(75), "{}", result.err);
    assert!(result.err.contains("existing files differ: fit.json; nothing was written"), "{}", result.err);
    assert!(result.err.contains("--force"), "{}", result.err);
    assert_eq!(session.read("fit.json"), "mine");
    assert!(!session.cwd().join("out").exists(), "nothing was written");
    // The target of a link is not overwritten.
    session.write("elsewhere", "theirs");
    fs::create_dir(session.cwd().join("out")).expect("made");
    symlink("../elsewhere", session.cwd().join("out/a")).expect("linked");
    let got = session.hven(&["get", "last", "--force", "--json"]).ok().json();
    let replaced: Vec<&str> = did(&got).iter().filter(|(_, did)| *did == "replaced").map(|(path, _)| *path).collect();
    assert_eq!(replaced, ["fit.json", "out/a"]);
    assert_eq!((session.read("fit.json"), session.read("out/a")), ("{\"rows\": 2}\n".to_owned(), "a".to_owned()));
    assert_eq!(session.read("elsewhere"), "theirs");
    assert!(!session.cwd().join("out/a").is_symlink());
    // Neither a folder nor its content is replaced by a file.
    fs::remove_file(session.cwd().join("fit.json")).expect("removed");
    session.write("fit.json/notes", "mine");
    let result = session.hven(&["get", "last", "--force"]);
    assert_eq!(result.status, Some(75), "{}", result.err);
    assert!(result.err.contains("blocked: fit.json is a folder where a file belongs;"), "{}", result.err);
    assert_eq!(session.read("fit.json/notes"), "mine");
    let left =
        files_below(&session.cwd()).into_iter().filter(|path| path.extension().is_some_and(|end| end == "partial"));
    assert_eq!(left.count(), 0);
}

#[test]
fn no_file_is_written_through_a_link() {
    let session = made();
    session.write("elsewhere/tool", "theirs");
    let results = session.cwd().join("results");
    fs::create_dir_all(results.join("out")).expect("made");
    symlink("../../elsewhere", results.join("out/deep")).expect("linked");
    for get in [&["get", "last", "-o", "results"][..], &["get", "last", "-o", "results", "--force"]] {
        let result = session.hven(get);
        assert_eq!(result.status, Some(75), "{}", result.err);
        assert!(result.err.contains("blocked: out/deep is a link where a folder belongs;"), "{}", result.err);
        assert_eq!(session.read("elsewhere/tool"), "theirs");
        assert!(!results.join("fit.json").exists(), "nothing was written");
    }
    // A declared folder may be a link of the user.
    fs::remove_dir_all(&results).expect("removed");
    for folder in ["results", "scratch"] {
        fs::create_dir(session.cwd().join(folder)).expect("made");
    }
    symlink("../scratch", results.join("out")).expect("linked");
    session.hven(&["get", "last", "-o", "results"]).ok();
    assert_eq!(session.read("scratch/a"), "a");
}

#[test]
fn the_target_folder_may_be_a_link_but_no_folder_above_an_output() {
    let session = Session::new();
    session.shell("hven run -o d/a -o deep/fo -- sh -c 'mkdir -p d deep/fo; echo 1 > d/a; echo 2 > deep/fo/x'").ok();
    let path = |name: &str| session.cwd().join(name);
    for folder in ["g", "other"] {
        fs::create_dir(path(folder)).expect("made");
    }
    for (output, link) in [("d", "g/d"), ("deep", "g/deep")] {
        symlink("../other", path(link)).expect("linked");
        let result = session.hven(&["get", "last", "-o", "g"]);
        assert_eq!(result.status, Some(75), "{}", result.err);
        assert!(result.err.contains(&format!("blocked: {output} is a link where a folder belongs;")), "{}", result.err);
        assert_eq!(files_below(&path("other")).len(), 0);
        fs::remove_file(path(link)).expect("removed");
    }
    symlink("g", path("linked")).expect("linked");
    session.hven(&["get", "last", "-o", "linked"]).ok();
    assert_eq!((session.read("g/d/a"), session.read("g/deep/fo/x")), ("1\n".to_owned(), "2\n".to_owned()));
    // A dangling link is reported.
    symlink("nowhere", path("dangling")).expect("linked");
    let result = session.hven(&["get", "last", "-o", "dangling"]);
    assert_eq!(result.status, Some(75), "{}", result.err);
    assert!(result.err.contains("dangling is a link that leads to nothing"), "{}", result.err);
    assert!(!path("nowhere").exists());
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named() {
    let session = made();
    session.write("results/out", "mine");
    let result = session.hven(&["get", "last", "-o", "results"]);
    assert_eq!(result.status, Some(75), "{}", result.err);
    assert!(
        result.err.contains("blocked: out is a file where a folder belongs; nothing was written"),
        "{}",
        result.err
    );
    assert_eq!(session.read("results/out"), "mine");
}

#[test]
fn a_lost_executable_mode_is_restored() {
    let session = made();
    session.hven(&["get", "last"]).ok();
    let tool = session.cwd().join("out/deep/tool");
    fs::set_permissions(&tool, PermissionsExt::from_mode(0o644)).expect("ours");
    let result = session.hven(&["get", "last"]).ok();
    assert!(result.out.contains("out/deep/tool   mode set"), "{}", result.out);
    assert!(result.out.contains("the mode of 1 that was there was set; 6 were there already"), "{}", result.out);
    assert_ne!(fs::metadata(&tool).expect("it is there").permissions().mode() & 0o111, 0);
    fs::set_permissions(session.cwd().join("out/a"), PermissionsExt::from_mode(0o755)).expect("ours");
    let got = session.hven(&["get", "last", "--json"]).ok().json();
    assert!(did(&got).contains(&("out/a", "mode_set")), "{got}");
    assert_eq!(fs::metadata(session.cwd().join("out/a")).expect("it is there").permissions().mode() & 0o111, 0);
}

#[test]
fn a_link_to_an_outside_target_is_reported_and_not_created() {
    let session = Session::new();
    let script = "mkdir out; echo 1 > out/a; ln -s ../.. out/up";
    session.hven(&["run", "-o", "out", "--", "sh", "-c", script]).ok();
    let got = session.hven(&["get", "last", "-o", "results", "--json"]).ok().json();
    let mut all = did(&got);
    all.sort_unstable();
    assert_eq!(all, [("out/a", "written"), ("out/up", "not_made")]);
    let up = got["files"].as_array().expect("a list").iter().find(|file| file["path"] == "out/up");
    assert_eq!(up.expect("it is listed")["target"], "../..");
    assert!(!session.cwd().join("results/out/up").is_symlink());
    // A link that was requested by its name is reported as missing.
    let named = session.hven(&["get", "last", "out/up", "-o", "other"]);
    assert_eq!(named.status, Some(1), "{}", named.err);
    assert!(named.err.contains("not made: out/up was a link to ../.."), "{}", named.err);
    assert!(named.out.contains("1 link was not made"), "{}", named.out);
    session.hven(&["get", "last", "out", "-o", "other"]).ok();
}

#[test]
fn a_path_can_be_typed_as_it_is_shown() {
    let session = made();
    session.hven(&["get", "last", r"Gr\xF6\xDFe.txt", r"out/two\nlines", "-o", "results"]).ok();
    for path in [BYTES.to_owned(), format!("out/{LINES}")] {
        assert!(session.cwd().join("results").join(from_text(&path)).exists(), "{path}");
    }
    let one = session.hven(&["get", "last", r"Gr\xF6\xDFe.txt", "-o", "-"]).ok();
    assert_eq!(one.out, "any");
    let none = session.hven(&["get", "last", r"Gr\xF6\xDEe.txt"]);
    assert_eq!(none.status, Some(66), "{}", none.err);
}

#[test]
fn inputs_and_outputs_are_distinguished() {
    let session = made();
    let result = session.hven(&["get", "last", "bytes"]);
    assert_eq!(result.status, Some(66), "{}", result.err);
    let hint = format!("bytes is an input of the run: `hven get {} --inputs bytes` fetches it", session.last());
    assert!(result.err.contains(&hint), "{}", result.err);
    let result = session.hven(&["get", "last", "--inputs", "out/a"]);
    assert!(result.err.contains("out/a is an output of the run: `hven get "), "{}", result.err);
    session.hven(&["run", "-i", "bytes", "--", "true"]).ok();
    let result = session.hven(&["get", "last", "bytes"]);
    assert!(
        result.err.contains("it declared none") && result.err.contains("--inputs bytes` fetches it"),
        "{}",
        result.err
    );
}

#[test]
fn files_written_before_an_error_are_reported() {
    let session = made();
    // The bytes of one of the later files are damaged.
    let damaged = object(&session, b"#!/bin/sh\necho run\n");
    fs::set_permissions(&damaged, PermissionsExt::from_mode(0o600)).expect("ours");
    fs::write(&damaged, "#!/bin/sh\necho not\n").expect("written");
    let result = session.hven(&["get", "last", "-o", "results", "--json"]);
    assert_eq!(result.status, Some(74), "{}", result.err);
    assert!(result.err.contains("out/deep/tool of run"), "{}", result.err);
    let got = result.json();
    let there: Vec<&str> = did(&got).into_iter().map(|(path, _)| path).collect();
    assert!(there.contains(&"fit.json") && there.contains(&"out/a") && !there.contains(&"out/deep/tool"), "{got}");
    assert!(session.cwd().join("results/fit.json").exists());
    let result = session.hven(&["get", "last", "-o", "more"]);
    assert!(result.out.contains(" written into "), "{}", result.out);
}

#[test]
fn a_signal_removes_the_file_that_is_being_written() {
    let session = Session::new();
    session.hven(&["run", "-o", "large", "--", "sh", "-c", "head -c 134217728 /dev/zero > large"]).ok();
    let results = session.cwd().join("results");
    let partials = || -> usize {
        let all = fs::read_dir(&results).into_iter().flatten().flatten();
        all.filter(|entry| entry.file_name().to_string_lossy().ends_with(".partial")).count()
    };
    // The remains of a killed process are removed by the next one.
    for (signal, left) in [(Signal::TERM, 0), (Signal::KILL, 1)] {
        let get = session.command(&["get", "last", "-o", "results"]).spawn().expect("the binary starts");
        let get = wait_while("it writes", get, || partials() == 1);
        crate::session::signal(&get, signal);
        let result = finish(get);
        assert_eq!((result.status, partials()), (None, left), "it ends by {signal:?}: {}", result.err);
        assert!(!results.join("large").exists());
    }
    session.hven(&["get", "last", "-o", "results"]).ok();
    assert_eq!((partials(), results.join("large").exists()), (0, true));
}

#[test]
fn errors_of_fetching_have_reasons_and_hints() {
    let session = made();
    let check = |arguments: &[&str], status: i32, parts: &[&str]| {
        let result = session.hven(arguments);
        assert_eq!(result.status, Some(status), "{arguments:?}: {}", result.err);
        for part in parts {
            assert!(result.err.contains(part), "{part}: {}", result.err);
        }
    };
    check(&["get", "last", "tool"], 66, &["tool is no output of run", "is `out/deep/tool` meant?"]);
    check(&["get", "last", "../fit.json"], 66, &["is no output of run"]);
    check(&["get", "last", "zz"], 66, &["there is `fit.json`, `out`, "]);
    let listed = session.hven(&["get", "last", "zz"]).err;
    assert_eq!(listed.matches("`fit.json`").count(), 1, "{listed}");
    check(&["get", "last", "-o", "make.sh"], 64, &["make.sh is no folder", "-o - > FILE"]);
    check(&["get", "ZZZZ"], 66, &["there is no run"]);
    session.hven(&["run", "--", "true"]).ok();
    check(&["get", "last"], 66, &["has no outputs: it declared none", "-o PATH"]);
    check(&["get", "last", "--inputs"], 66, &["has no inputs: it declared none"]);
    session.hven(&["run", "-o", "none.txt", "a.txt", "--", "sh", "-c", "echo a > a.txt"]);
    check(&["get", "last", "none.txt"], 66, &["the output none.txt of run", "was not kept: "]);
    session.hven(&["run", "-o", "none.txt", "--", "true"]);
    check(&["get", "last"], 66, &["has no outputs: none.txt: "]);
    session
        .hven(&["run", "-d", "-o", "b.txt", "--", "sh", "-c", "echo b > b.txt; while [ ! -e go ]; do sleep 0.05; done"])
        .ok();
    wait_until("it runs", || session.run_state("last") == "running");
    check(&["get", "last"], 75, &["has not ended: its outputs are kept when it has", "hven attach"]);
    session.write("go", "");
    wait_until("it is done", || session.run_state("last") == "done");
    session.hven(&["get", "last", "-o", "b"]).ok();
    assert_eq!(session.read("b/b.txt"), "b\n");
}

#[test]
fn a_failed_run_keeps_its_outputs() {
    let session = Session::new();
    let failed = session.hven(&["run", "-o", "half.txt", "--", "sh", "-c", "echo half > half.txt; exit 3"]);
    assert_eq!(failed.status, Some(3));
    fs::remove_file(session.cwd().join("half.txt")).expect("removed");
    session.hven(&["get", "last"]).ok();
    assert_eq!(session.read("half.txt"), "half\n");
}

#[test]
fn missing_or_damaged_objects_are_named_and_the_others_are_fetched() {
    let session = made();
    session.hven(&["redact", "--object", &Digest::of(b"a").to_string(), "--because", "a test"]).ok();
    let result = session.hven(&["get", "last", "-o", "results"]);
    assert_eq!(result.status, Some(74), "{}", result.err);
    assert!(result.err.contains("not in the home any more, erased or lost: out/a of run"), "{}", result.err);
    assert!(result.out.contains("6 written into "), "{}", result.out);
    assert_eq!(session.read("results/fit.json"), "{\"rows\": 2}\n");
    assert!(!session.cwd().join("results/out/a").exists());
    let result = session.hven(&["get", "last", "out/a", "-o", "-"]);
    assert_eq!((result.status, result.out.as_str()), (Some(74), ""), "{}", result.err);

    // The same size with other bytes.
    let damaged = object(&session, b"any");
    fs::set_permissions(&damaged, PermissionsExt::from_mode(0o600)).expect("ours");
    fs::write(&damaged, "and").expect("written");
    let mut get = session.command(&["get", "last", "-o", "more"]);
    get.arg(from_text(BYTES));
    let result = start(get);
    assert_eq!(result.status, Some(74), "{}", result.err);
    assert!(result.err.contains(r"Gr\xF6\xDFe.txt"), "{}", result.err);
    assert_eq!(
        files_below(&session.root().join("study")).iter().filter(|path| path.ends_with(from_text(BYTES))).count(),
        1
    );
}

#[test]
fn the_inputs_of_a_run_are_fetched() {
    let session = Session::new();
    session.write("data/a.csv", "1\n");
    session.write("list.txt", "one\n");
    let outside = session.root().join("planets.csv");
    fs::write(&outside, "earth\n").expect("written");
    let planets = outside.to_str().expect("text");
    session.shell(&format!("hven run -i data '{planets}' -- cat < list.txt")).ok();
    fs::remove_dir_all(session.cwd().join("data")).expect("removed");
    fs::remove_file(session.cwd().join("list.txt")).expect("removed");
    // A file from outside of the folder is written to the folder under its name.
    fs::write(&outside, "another\n").expect("written");
    let got = session.hven(&["get", "last", "--inputs", "--json"]).ok().json();
    let mut places: Vec<&str> =
        got["files"].as_array().expect("a list").iter().map(|file| file["place"].as_str().expect("a place")).collect();
    places.sort_unstable();
    assert_eq!(places, ["data/a.csv", "list.txt", "planets.csv"]);
    let read = ["data/a.csv", "list.txt", "planets.csv"].map(|path| session.read(path));
    assert_eq!(read, ["1\n", "one\n", "earth\n"]);
    assert_eq!(fs::read_to_string(&outside).expect("it is there"), "another\n");
    session.hven(&["get", "last", "--inputs", planets, "-o", "then"]).ok();
    assert_eq!(session.read("then/planets.csv"), "earth\n");
    let none = session.hven(&["get", "last", "--inputs", "data/b.csv"]);
    assert_eq!(none.status, Some(66), "{}", none.err);
    assert!(none.err.contains("data/b.csv is no input of run"), "{}", none.err);
}
