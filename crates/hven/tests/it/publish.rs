//! Claims are published, verified, and imported into another home.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hven_api::{
    publications::ImportCrate,
    runs::{Code, SubmitRun},
};
use hven_client::{Client, Error, InHome};
use hven_core::Digest;

use crate::{
    example_studies::kill_all_of,
    session::{CommandOutput, Session, files_below, finish, snapshot, wait_while},
};

const PLANETS: &str = include_str!("../../../../examples/kepler/planets.csv");
const FIT: &str = include_str!("../../../../examples/kepler/fit.py");
const STUDY: &str = r#"
[project]
name = "astro/kepler"
license = "CC-BY-4.0"

[data.planets]
source = "planets.csv"
units = { semi_major_axis = "AU", period = "yr" }
license = "CC0-1.0"

[data.planets.split]
train = 0.73
test = 0.27
seed = 1
hold_out = "test"

[run.law]
recipe = "law"
input = "planets.train"
target = "period"
columns = ["semi_major_axis"]
hold_out = "planets.test"
evaluations = 60000
bootstrap = 20

[run.line]
command = "python3 fit.py"
inputs = ["planets.csv", "fit.py"]
outputs = ["fit.csv", "fit.svg"]

[claim.kepler3]
statement = "The square of a body's period is proportional to the cube of its distance from the Sun."
evidence = "run.law"
test = "abs(exponent.semi_major_axis - 1.5) < 0.01"

[claim.line]
statement = "A straight line through logarithms has the slope 1.5."
evidence = "run.line"
test = "abs(exponent - 1.5) < 0.01"
"#;

fn study() -> Session {
    let session = Session::new();
    session.write("hven.toml", STUDY);
    session.write("planets.csv", PLANETS);
    session.write("fit.py", FIT);
    session.hven(&["run"]).ok();
    session
}

/// Only the fit, which takes a moment.
fn line() -> Session {
    let session = Session::new();
    session.write("planets.csv", PLANETS);
    session.write("fit.py", FIT);
    let command = ["run", "--name", "line", "-i", "planets.csv", "fit.py", "-o", "fit.csv", "fit.svg", "--"];
    session.hven(&[&command[..], &["python3", "fit.py"]].concat()).ok();
    let state = ["claim", "state", "line", "--evidence", "run.line", "--test", "abs(exponent - 1.5) < 0.01"];
    session.hven(&[&state[..], &["The slope is 1.5."]].concat()).ok();
    session.hven(&["claim", "judge", "line"]).ok();
    session
}

fn folder(session: &Session, name: &str) -> PathBuf {
    session.cwd().join(name)
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).expect("a folder").flatten() {
            if entry.path().is_dir() {
                waiting.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(folder).expect("below").display().to_string();
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn show(session: &Session, name: &str) -> serde_json::Value {
    session.hven(&["publication", "show", name, "--json"]).json()
}

#[test]
fn a_claim_is_published_and_verified_without_a_home() {
    let session = study();
    let plan = session.hven(&["publish", "claim/kepler3", "--plan"]).ok();
    for part in ["publication kepler3@1", "holds", "3 runs, 1 dataset, 1 law", "planets@1", "CC0-1.0", "included"] {
        assert!(plan.out.contains(part), "{part}: {}", plan.out);
    }
    assert!(!folder(&session, "kepler3-v1").exists());
    let author = "Mira Lund (Uraniborg) <0000-0002-1825-0097>";
    let command = ["publish", "claim/kepler3", "--zip", "--author", author, "--summary", "Far planets are slow."];
    let result = session.hven(&command).ok();
    assert!(result.out.starts_with("publication kepler3@1  "), "{}", result.out);
    let inside = files(&folder(&session, "kepler3-v1"));
    for file in [
        "CITATION.cff",
        "README.md",
        "data/planets@1/source/planets.csv",
        "data/planets@1/table.parquet",
        "datacite.json",
        "index.html",
        "manifest.json",
        "plots/law-1-1-fit.svg",
        "prov.json",
        "publication.json",
        "ro-crate-metadata.json",
    ] {
        assert!(inside.iter().any(|one| one == file), "{file} is not in {inside:?}");
    }
    assert!(!inside.iter().any(|file| file.contains("fit.py")), "nothing else of the home is in it: {inside:?}");
    let page = fs::read_to_string(folder(&session, "kepler3-v1/index.html")).expect("a page");
    for part in ["Mira Lund", "Far planets are slow.", "cube of its distance", "CC-BY-4.0"] {
        assert!(page.contains(part), "{part}");
    }
    // Its law is checked with Python only.
    let checked = Command::new("python3").arg(folder(&session, "kepler3-v1/check.py")).output().expect("Python");
    let content = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && content.ends_with("all values are as published\n"), "{content}");
    for part in ["rows that the search saw", "rows that were held out", "rows found in planets@1"] {
        assert!(content.contains(part), "{part}: {content}");
    }
    let readme = fs::read_to_string(folder(&session, "kepler3-v1/README.md")).expect("text");
    for part in ["`python3 check.py` evaluates its law", "The only run of the recipe law for period in its project"] {
        assert!(readme.contains(part), "{part}: {readme}");
    }
    assert!(!readme.contains("rerun.sh"), "no command is part of it: {readme}");
    let citation = fs::read_to_string(folder(&session, "kepler3-v1/CITATION.cff")).expect("a citation");
    assert!(citation.contains("https://orcid.org/0000-0002-1825-0097"), "{citation}");
    let content = fs::read_to_string(folder(&session, "kepler3-v1/publication.json")).expect("a description");
    let home = session.root().display().to_string();
    assert!(!content.contains(&home) && !page.contains(&home), "no path of this machine is published");

    // Without a home and without a server.
    let elsewhere = Session::new();
    for name in ["kepler3-v1", "kepler3-v1.zip"] {
        let path = folder(&session, name).display().to_string();
        let verified = elsewhere.hven(&["verify", &path, "--json"]).ok().json();
        assert_eq!((&verified["whole"], &verified["schema"]), (&true.into(), &"hven.verified/1".into()));
        assert_eq!(verified["fingerprint"], show(&session, "kepler3")["fingerprint"]);
    }
    assert!(!elsewhere.home().exists());

    // The same publication again makes no version; another title makes a new version that supersedes it.
    let again = session.hven(&command).ok();
    assert!(again.out.contains("no new version"), "{}", again.out);
    let titled = session.hven(&[&command[..], &["--title", "Kepler again"]].concat()).ok();
    assert!(titled.out.starts_with("publication kepler3@2  "), "{}", titled.out);
    let (first, second) = (show(&session, "kepler3@1"), show(&session, "publication/kepler3"));
    assert_eq!(second["supersedes"], first["id"]);
    assert_eq!((&second["identifier"], &second["version"]), (&first["identifier"], &2.into()));
    assert_eq!((&first["newest"], &second["newest"]), (&false.into(), &true.into()));
    let content = fs::read_to_string(folder(&session, "kepler3-v2/index.html")).expect("a page");
    assert!(content.contains("version 1"), "it names the superseded version");
    // Without flags it keeps the values of the previous version.
    let plain = session.hven(&["publish", "kepler3"]).ok();
    assert!(plain.err.contains("kept from kepler3@2: title, summary, authors, licence\n"), "{}", plain.err);
    assert!(plain.out.contains("no new version"), "{}", plain.out);
    let listed = session.hven(&["publication", "ls", "--json"]).ok().json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    let facts = session.hven(&["log", "--kind", "publication.made"]).ok();
    assert!(facts.out.contains("publication kepler3@2 was made: Kepler again"), "{}", facts.out);

    // An older version is fetched byte for byte.
    let got = session.hven(&["publication", "get", "kepler3@1", "-o", "first"]).ok();
    assert!(!got.out.contains("nothing changed"), "nothing was to be made: {}", got.out);
    let same = |name: &str| fs::read(folder(&session, name)).expect("a file");
    assert_eq!(same("first/manifest.json"), same("kepler3-v1/manifest.json"));
    let other = session.hven(&["publication", "get", "kepler3@2", "-o", "first"]);
    assert!(other.status == Some(75) && other.err.contains("another folder is there"), "{other:?}");
    // The lineage of the publication, and an audit of the record.
    let why = session.hven(&["why", "publication/kepler3@2"]).ok();
    for part in ["claim kepler3: holds", "dataset planets@1", "source.csv, not known to be made by a recorded run"] {
        assert!(why.out.contains(part), "{part}: {}", why.out);
    }
    session.hven(&["audit", "verify"]).ok();
    session.hven(&["down"]).ok();
    session.hven(&["doctor", "--rebuild"]).ok();
}

#[test]
fn the_manifest_adds_values_that_are_not_in_the_record() {
    let session = line();
    let manifest = "[run.fit]\ncommand = \"true\"\n[claim.line]\nstatement = \"The slope is 1.5.\"\n\
                    evidence = \"run.fit\"\ntest = \"exponent > 1\"\n\
                    [publication.slope]\nclaims = [\"line\"]\ntitle = \"Slopes\"\nauthors = [\"Mira Lund\", \"李白\"]\n\
                    license = \"CC0-1.0\"\nsummary_zh = \"斜率。\"\n";
    session.write("hven.toml", manifest);
    let result = session.hven(&["publish", "publication.slope", "--keyword", "lines"]).ok();
    assert!(result.out.starts_with("publication slope@1"), "{}", result.out);
    let content = show(&session, "slope")["description"].clone();
    assert_eq!((&content["title"], &content["license"]), (&"Slopes".into(), &"CC0-1.0".into()));
    assert_eq!((&content["authors"][1]["name"], &content["summary"]["zh"]), (&"李白".into(), &"斜率。".into()));
    assert_eq!(content["keywords"], serde_json::json!(["lines"]));
    // These values are kept when the next version is made without the manifest.
    session.write("hven.toml", "[project]\nlicense = \"MIT\"\n");
    let again = session.hven(&["publish", "line", "--name", "slope", "--title", "Lines"]).ok();
    assert!(again.out.starts_with("publication slope@2"), "{}", again.out);
    let kept = "kept from slope@1: Chinese summary, authors, licence, keywords";
    assert!(again.err.contains(kept), "{}", again.err);
    assert!(again.err.contains("the manifest has the licence MIT: --license MIT uses it"), "{}", again.err);
    let next = show(&session, "slope")["description"].clone();
    for field in ["license", "authors", "summary", "keywords"] {
        assert_eq!(next[field], content[field], "{field}");
    }
    assert_eq!(next["title"], "Lines");
    session.write("hven.toml", manifest);
    let wrong = session.hven(&["publish", "publication.tycho"]);
    assert!(wrong.status == Some(66) && wrong.err.contains("there is no [publication.tycho]"), "{wrong:?}");
}

#[test]
fn verification_names_changed_missing_and_extra_files() {
    let session = line();
    session.hven(&["publish", "line", "-o", "it", "--zip"]).ok();
    let verify = |name: &str| session.hven(&["verify", name]);
    verify("it").ok();
    let table = folder(&session, "it/runs");
    let svg = files(&table).into_iter().find(|file| file.ends_with("fit.csv")).expect("an output");
    let mut bytes = fs::read(table.join(&svg)).expect("read");
    bytes[10] ^= 1;
    fs::write(table.join(&svg), bytes).expect("written");
    fs::remove_file(folder(&session, "it/prov.json")).expect("removed");
    session.write("it/more.txt", "more");
    let result = verify("it");
    assert_eq!(result.status, Some(1), "{result:?}");
    assert!(result.out.contains(&format!("changed  runs/{svg}: its BLAKE3 digest should be")), "{}", result.out);
    assert!(result.out.contains("missing  prov.json") && result.out.contains("extra    more.txt"), "{}", result.out);
    let json = session.hven(&["verify", "it", "--json"]).json();
    assert_eq!((&json["missing"][0], &json["extra"][0]), (&"prov.json".into(), &"more.txt".into()));
    // A fingerprint that differs from the expected one.
    let result = session.hven(&["verify", "it.zip", "--fingerprint", &"0".repeat(64)]);
    assert!(result.status == Some(1) && result.out.contains("another publication"), "{result:?}");
    // No part of a changed publication is imported.
    let other = Session::new();
    let refused = other.hven(&["import", "crate", &folder(&session, "it").display().to_string()]);
    assert!(refused.status == Some(65) && refused.err.contains("differs from the manifest"), "{refused:?}");
    assert!(!other.home().exists());
    // The same when the home has imported an unchanged copy before.
    other.hven(&["import", "crate", &folder(&session, "it.zip").display().to_string()]).ok();
    let refused = other.hven(&["import", "crate", &folder(&session, "it").display().to_string()]);
    assert!(refused.status == Some(65) && refused.err.contains("differs from the manifest"), "{refused:?}");
}

#[test]
fn a_changed_folder_is_not_reported_as_published() {
    let session = line();
    let publish = ["publish", "line", "-o", "it"];
    let get = ["publication", "get", "line", "-o", "it"];
    session.hven(&publish).ok();
    let at = folder(&session, "it");
    let csv = files(&at).into_iter().find(|file| file.ends_with("fit.csv")).expect("an output");
    let whole = fs::read(at.join(&csv)).expect("read");
    let verified = session.hven(&["verify", "it", "--json"]).ok().json();
    assert_eq!(verified["good"], show(&session, "line")["files"], "files are counted alike");
    assert_eq!(verified["bytes"], show(&session, "line")["bytes"]);
    assert_eq!(verified["good"], files(&at).len());

    // Missing files are restored, and this is reported.
    fs::remove_file(at.join("prov.json")).expect("removed");
    fs::remove_dir_all(at.join("runs")).expect("removed");
    let result = session.hven(&publish).ok();
    for put_back in ["put back: prov.json", &format!("put back: {csv}"), "no new version"] {
        assert!(result.out.contains(put_back), "{put_back}: {}", result.out);
    }
    assert_eq!(fs::read(at.join(&csv)).expect("it is there again"), whole);
    session.hven(&["verify", "it"]).ok();
    let content = session.hven(&[&get[..], &["--json"]].concat()).ok().json();
    assert_eq!(content["put_back"], serde_json::Value::Null, "nothing was missing: {content}");

    // Changed files are named and stay, and missing files are not restored in this case.
    fs::write(at.join(&csv), "mine\n").expect("written");
    fs::remove_file(at.join("prov.json")).expect("removed");
    for command in [&publish[..], &get[..]] {
        let refused = session.hven(command);
        assert_eq!(refused.status, Some(65), "{refused:?}");
        assert!(refused.err.contains(&format!("Changed: {csv}")), "{}", refused.err);
        assert!(!refused.out.contains("nothing changed"), "{}", refused.out);
    }
    assert_eq!(fs::read(at.join(&csv)).expect("read"), b"mine\n");
    assert!(!at.join("prov.json").exists());
    // The hint is followed.
    fs::remove_file(at.join(&csv)).expect("removed");
    let content = session.hven(&[&get[..], &["--json"]].concat()).ok().json();
    assert_eq!(content["put_back"].as_array().map(Vec::len), Some(2), "{content}");
    session.hven(&["verify", "it"]).ok();

    // A file or folder that has the path of a folder or file is named and stays.
    for (name, wanted) in [
        ("index.html", "index.html is a folder where a file belongs"),
        ("runs", "runs is a file where a folder belongs"),
    ] {
        let (place, aside) = (at.join(name), folder(&session, "aside"));
        fs::rename(&place, &aside).expect("moved");
        if aside.is_dir() {
            fs::write(&place, "mine").expect("written");
        } else {
            fs::create_dir(&place).expect("made");
        }
        for command in [&publish[..], &get[..]] {
            let refused = session.hven(command);
            assert_eq!(refused.status, Some(65), "{refused:?}");
            assert!(refused.err.contains(&format!("In the way: {wanted}")), "{}", refused.err);
        }
        let removed = if place.is_dir() { fs::remove_dir(&place) } else { fs::remove_file(&place) };
        removed.expect("it stays");
        fs::rename(&aside, &place).expect("moved");
    }
    session.hven(&publish).ok();
    // An existing file is no folder either.
    session.write("d.csv", "mine");
    let refused = session.hven(&["publish", "line", "-o", "d.csv"]);
    assert_eq!(refused.status, Some(75), "{refused:?}");
    assert!(refused.err.contains("d.csv cannot be written: a file is there"), "{}", refused.err);
    assert_eq!(session.read("d.csv"), "mine");

    // An additional file stays, and is named.
    session.write("it/more.txt", "more");
    let result = session.hven(&publish).ok();
    assert!(result.out.contains("no file of the publication: more.txt"), "{}", result.out);
    assert_eq!(session.read("it/more.txt"), "more");
}

#[test]
fn a_claim_that_is_named_twice_counts_once() {
    let session = line();
    let summary = ["--summary", "A line.", "--license", "CC0-1.0"];
    session.hven(&[&["publish", "line"][..], &summary].concat()).ok();
    let again = session.hven(&["publish", "claim/line", "line"]).ok();
    assert!(again.err.contains("kept from line@1: summary, licence"), "{}", again.err);
    assert!(again.out.contains("no new version"), "{}", again.out);
}

#[test]
fn a_publication_whose_code_git_could_read_as_an_option_is_refused() {
    let session = line();
    session.hven(&["publish", "line", "-o", "it"]).ok();
    let content = fs::read(folder(&session, "it/publication.json")).expect("a description");
    let content: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
    let other = Session::new();
    other.hven(&["run", "--", "true"]).ok();
    let client = Client::new(InHome(other.home()));
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (commit, prefix, why) in [
        ("--output=/tmp/owned", "", "the commit is not the full name of a commit"),
        (commit, "--output=/tmp/owned", "the place in the repository begins with a dash"),
        (commit, "../..", "the place in the repository is not a relative path"),
    ] {
        let mut content = content.clone();
        content["runs"][0]["code"] = serde_json::json!({
            "kind": "git", "commit": commit, "branch": null, "prefix": prefix, "diff": null, "untracked": [],
            "digest": "0".repeat(64),
        });
        let description = client.put_bytes(content.to_string().as_bytes()).expect("kept");
        let manifest = serde_json::json!({ "files": { "publication.json": { "blake3": description } } });
        let fingerprint = client.put_bytes(manifest.to_string().as_bytes()).expect("kept");
        let request = ImportCrate { fingerprint, description, project: None };
        let Err(Error::Api(error)) = client.import_crate(&request) else {
            panic!("{commit} {prefix}: it was accepted")
        };
        assert!(error.code == "invalid" && error.message.contains(why), "{error:?}");
    }
    assert_eq!(other.hven(&["claim", "ls", "--json"]).json()["items"].as_array().map(Vec::len), Some(0));
}

/// Publishes a claim on a run that logged `x`. Returns the bytes of all files in the folder.
fn published(session: &Session, name: &str) -> Vec<u8> {
    let evidence = format!("run.{name}");
    session.hven(&["claim", "state", name, "--evidence", &evidence, "--test", "x > 0.5", "It is one."]).ok();
    session.hven(&["claim", "judge", name]).ok();
    session.hven(&["publish", name, "-o", &format!("{name}-published")]).ok();
    let folder = folder(session, &format!("{name}-published"));
    files(&folder).iter().flat_map(|file| fs::read(folder.join(file)).expect("read")).collect()
}

#[test]
fn a_publication_contains_no_key_not_even_in_a_patch() {
    let session = Session::new();
    session.write("server.pem", "KEY-OF-BEFORE\n");
    session.write("fit.sh", "echo '{\"x\": 0}' >> $HVEN_METRICS\n");
    let git = |words: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(words).current_dir(session.cwd()).output();
        let output = output.expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    session.write("server.pem", "KEY-OF-NOW\n");
    session.write("fit.sh", "echo '{\"x\": 1}' >> $HVEN_METRICS\n");
    let keys = |bytes: &[u8]| {
        ["KEY-OF-BEFORE", "KEY-OF-NOW"].iter().any(|key| bytes.windows(key.len()).any(|some| some == key.as_bytes()))
    };
    // The file was included by name: it is a named file, and not part of the patch.
    let run = ["run", "--name", "named", "--include-key-file", "server.pem", "--", "sh", "fit.sh"];
    session.hven(&run).ok();
    let bytes = published(&session, "named");
    assert!(!keys(&bytes), "the publication holds a key");
    assert!(bytes.windows(14).any(|some| some == b"+echo '{\"x\": 1"), "the patch is there");

    // An older record, whose patch contains the key.
    let client = Client::new(InHome(session.home()));
    let patch = git(&["diff", "HEAD"]);
    assert!(keys(&patch));
    let diff = client.put_bytes(&patch).expect("kept");
    let commit = String::from_utf8(git(&["rev-parse", "HEAD"])).expect("text").trim().to_owned();
    let code = Code::Git {
        commit,
        branch: None,
        prefix: String::new(),
        diff: Some(diff),
        untracked: Vec::new(),
        inner: Vec::new(),
        digest: Digest::of(b"code").to_string(),
    };
    let run = SubmitRun {
        argv: ["sh", "fit.sh"].map(str::to_owned).to_vec(),
        cwd: session.cwd().display().to_string(),
        name: Some("older".to_owned()),
        environment: [("PATH".to_owned(), std::env::var("PATH").expect("tests have a PATH"))].into(),
        code: Some(code),
        ..SubmitRun::default()
    };
    let made = client.submit(&run).expect("submitted");
    session.hven(&["attach", &made.run.handle]).ok();
    let bytes = published(&session, "older");
    assert!(!keys(&bytes), "the publication holds a key");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("it shows server.pem, which by its name holds keys or passwords"), "the reason is given");
}

#[test]
fn a_publication_contains_neither_bytes_nor_digest_of_key_files() {
    let session = Session::new();
    fs::create_dir(folder(&session, "data")).expect("made");
    session.write("data/.env", "PASSWORD=1234\n");
    session.write("data/a.csv", "1\n");
    let script = "echo '{\"x\": 1}' >> $HVEN_METRICS; mkdir -p out; cp data/.env data/a.csv out\n\
                  printf '%s\\n%064d\\n' '-----BEGIN OPENSSH PRIVATE KEY-----' 7 > out/deploy\n";
    session.write("fit.sh", script);
    let result = session.hven(&["run", "--name", "keys", "-i", "data", "-o", "out", "--", "sh", "fit.sh"]).ok();
    assert!(result.err.contains("data/.env looks like a file of keys or passwords: it is an input"), "{}", result.err);
    let key = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{:064}\n", 7);
    assert_eq!(fs::read_to_string(folder(&session, "out/deploy")).expect("made"), key);
    let bytes = published(&session, "keys");
    let text = String::from_utf8_lossy(&bytes);
    let digests = ["PASSWORD=1234\n", key.as_str()].map(|secret| Digest::of(secret.as_bytes()).to_string());
    for secret in [digests[0].clone(), digests[1].clone(), "PASSWORD=1234".to_owned(), "0".repeat(63)] {
        assert!(!text.contains(&secret), "{secret} is published");
    }
    assert!(text.contains("the digest that stands here is keyed"), "the reason is given");
    let published = folder(&session, "keys-published");
    assert!(files(&published).iter().any(|file| file.ends_with("out/a.csv")), "{:?}", files(&published));
    session.hven(&["verify", "keys-published"]).ok();
    // It can be imported elsewhere, and the home of origin recognises it.
    let other = Session::new();
    other.hven(&["import", "crate", &published.display().to_string()]).ok();
    other.hven(&["audit", "verify"]).ok();
    let own = session.hven(&["import", "crate", "keys-published"]).ok();
    assert!(own.out.contains("all of it was here before"), "{}", own.out);
}

#[test]
fn an_invalid_publication_is_refused_with_a_reason() {
    let session = Session::new();
    let zip = |name: &str, script: &str| {
        let script =
            format!("import zipfile\nz = zipfile.ZipFile('{name}', 'w', zipfile.ZIP_DEFLATED)\n{script}\nz.close()");
        let done = Command::new("python3").args(["-c", &script]).current_dir(session.cwd()).status();
        assert!(done.expect("Python is there").success());
    };
    zip("leaves.zip", "z.writestr('manifest.json', '{}')\nz.writestr('../../evil', 'x')");
    zip("bomb.zip", "z.writestr('manifest.json', '{}')\nz.writestr('zeros', bytes(300 << 20))");
    zip("other.zip", "z.writestr('a.txt', 'x')");
    fs::write(session.cwd().join("half.zip"), b"PK\x03\x04 half").expect("written");
    fs::create_dir(session.cwd().join("empty")).expect("made");
    for (name, status, result) in [
        ("leaves.zip", 65, "is refused"),
        ("bomb.zip", 65, "is refused"),
        ("other.zip", 65, "it has no manifest.json"),
        ("half.zip", 65, "cannot be read"),
        ("empty", 65, "it has no manifest.json"),
        ("absent", 66, "No such file"),
    ] {
        for command in [&["verify", name][..], &["import", "crate", name]] {
            let found = session.hven(command);
            assert!(found.status == Some(status) && found.err.contains(result), "{command:?}: {found:?}");
        }
    }
    assert!(!session.root().join("evil").exists() && !session.cwd().join("evil").exists());
}

#[test]
fn a_suspect_claim_is_published_only_with_a_reason() {
    let session = line();
    session.hven(&["publish", "line"]).ok();
    assert_eq!(show(&session, "line")["soundness"], "sound");
    session.hven(&["retract", "run.line", "--because", "the disk was faulty", "--yes"]).ok();

    // An earlier publication is now reported as suspect.
    let shown = session.hven(&["publication", "show", "line"]);
    assert_eq!(shown.status, Some(1), "{shown:?}");
    assert!(shown.out.contains("suspect: rests on run ") && shown.out.contains("the disk was faulty"), "{}", shown.out);
    assert_eq!(show(&session, "line")["soundness"], "suspect");
    assert!(session.hven(&["publication", "ls"]).ok().out.contains("suspect"));

    let refused = session.hven(&["publish", "line", "--json"]);
    assert!(refused.status == Some(65) && refused.err.contains("soundness.suspect"), "{refused:?}");
    let plan = session.hven(&["publish", "line", "--plan"]);
    assert!(plan.status == Some(1) && plan.out.contains("refused: suspect"), "{plan:?}");
    assert!(!folder(&session, "line-v2").exists());

    let reason = "the reviewers want to see it";
    session.hven(&["publish", "line", "--despite-suspicion", reason]).ok();
    let page = fs::read_to_string(folder(&session, "line-v2/index.html")).expect("a page");
    assert!(page.contains(reason) && page.contains("the disk was faulty"));
    let noted = session.hven(&["log", "--kind", "soundness.suspicion_overridden"]).ok();
    assert!(noted.out.contains(reason), "{}", noted.out);

    // The claim and both versions rest on the run.
    let reach = session.hven(&["retract", "run.line", "--plan", "--json"]).ok().json();
    assert_eq!((&reach["claims"], &reach["publications"]), (&1.into(), &2.into()));
    // A publication can also be retracted.
    session.hven(&["retract", "publication/line@2", "--because", "the wrong table", "--yes"]).ok();
    assert_eq!(show(&session, "line@2")["soundness"], "retracted");
}

#[test]
fn a_publication_is_imported_into_another_home_and_reproduced_there() {
    let session = study();
    let mira = session.hven(&["publish", "kepler3", "line", "--name", "kepler", "-o", "it", "--zip"]).ok();
    assert!(mira.out.contains("publication kepler@1"), "{}", mira.out);
    let zip = folder(&session, "it.zip").display().to_string();
    let there = |session: &Session, what: &[&str]| session.hven(&[what, &["--json"]].concat()).ok().json();

    let other = Session::new();
    let result = other.hven(&["import", "crate", &zip]).ok();
    for part in ["claim    kepler3", "claim    line", "dataset  planets@1", "run      "] {
        assert!(result.out.contains(part), "{part}: {}", result.out);
    }
    // Ids, verdicts and numbers are the same.
    for claim in ["kepler3", "line"] {
        let (here, imported) = (there(&session, &["claim", "show", claim]), there(&other, &["claim", "show", claim]));
        for field in ["id", "statement", "test", "verdict", "because", "revision"] {
            assert_eq!(here[field], imported[field], "{claim} {field}");
        }
        assert_eq!(here["judgements"][0]["evidence"][0]["id"], imported["judgements"][0]["evidence"][0]["id"]);
        assert_eq!(here["judgements"][0]["ledger"], imported["judgements"][0]["ledger"]);
        assert_eq!(imported["origin"]["version"], 1);
    }
    let (law, imported) = (there(&session, &["show", "run.law"]), there(&other, &["show", "astro/kepler/run.law"]));
    assert_eq!((&law["id"], &law["params"]), (&imported["id"], &imported["params"]));
    // `show` has only the eight metrics that were logged last, and imported metrics have one time: all of them are
    // compared here.
    let last = |session: &Session| -> Vec<(String, serde_json::Value)> {
        let client = hven_client::Client::new(hven_client::InHome(session.home()));
        let metrics = client.metrics(law["id"].as_str().expect("an id")).expect("metrics").metrics;
        metrics.into_iter().map(|metric| (metric.key, metric.last)).collect()
    };
    let (here, there_too) = (last(&session), last(&other));
    assert!(here.len() > 8 && here.iter().any(|(key, _)| key == "best_r2"), "{here:?}");
    assert_eq!(here, there_too);
    assert_eq!(imported["origin"]["name"], law["handle"]);
    let shown = other.hven(&["show", "astro/kepler/run.law"]).ok();
    assert!(shown.out.contains("from the publication"), "{}", shown.out);
    let why = other.hven(&["why", "claim/kepler3"]).ok();
    for part in
        ["dataset planets@1", "split planets", "import planets", "source.csv, not known to be made by a recorded run"]
    {
        assert!(why.out.contains(part), "{part}: {}", why.out);
    }
    assert_eq!(there(&other, &["data", "show", "planets"])["rows"], 11);

    // A second import changes nothing.
    let facts = |session: &Session| session.hven(&["audit", "verify", "--json"]).ok().json()["facts"].clone();
    let before = facts(&other);
    let again = other.hven(&["import", "crate", &folder(&session, "it").display().to_string()]).ok();
    assert!(again.out.contains("already"), "{}", again.out);
    assert_eq!(facts(&other), before);
    // An import into the home of origin only records that it happened.
    let own = session.hven(&["import", "crate", "it"]).ok();
    assert!(own.out.contains("all of it was here before"), "{}", own.out);

    // Everything can be reproduced there.
    let made = other.hven(&["reproduce", "claim/line"]).ok();
    assert!(made.out.contains("the same"), "{}", made.out);
    let made = other.hven(&["reproduce", "--all", "claim/kepler3"]).ok();
    assert_eq!(made.out.matches("the same bytes").count(), 3, "{}", made.out);
    // It can be published again from there.
    other.hven(&["publish", "kepler3", "-o", "again"]).ok();
    other.hven(&["verify", "again"]).ok();
    // A retraction makes the claim suspect there, too.
    other.hven(&["retract", "planets@1", "--because", "unit error in row 5", "--yes"]).ok();
    assert_eq!(there(&other, &["claim", "show", "kepler3"])["soundness"], "suspect");
    other.hven(&["audit", "verify"]).ok();
    other.hven(&["down"]).ok();
    other.hven(&["doctor", "--rebuild"]).ok();
}

#[test]
fn a_missing_object_is_named_with_its_dependents() {
    let session = line();
    let run = session.hven(&["show", "run.line", "--json"]).ok().json();
    let output = run["output_files"].as_array().expect("a list").iter().find(|file| file["path"] == "fit.csv");
    let digest = output.expect("an output")["digest"].as_str().expect("a digest").to_owned();
    let object = session.home().join("objects").join(&digest[..2]).join(&digest[2..]);
    fs::remove_file(object).expect("it is there");
    let handle = run["handle"].as_str().expect("a handle");
    let plan = session.hven(&["publish", "line", "--plan"]);
    assert!(plan.status == Some(1) && plan.out.contains(&format!("on it rests run/{handle}")), "{plan:?}");
    let result = session.hven(&["publish", "line"]);
    assert_eq!(result.status, Some(74), "{result:?}");
    assert!(result.err.contains("fit.csv") && result.err.contains(&format!("rests run/{handle}")), "{result:?}");
    assert!(!folder(&session, "line-v1").exists());
}

/// The command and the server are killed while a publication is made; the next call makes it, once.
#[test]
fn an_interrupted_publication_is_made_by_the_next_call() {
    let session = Session::new();
    // Large enough that making it takes a while.
    session.write("make.py", "import random\nrandom.seed(1)\nopen('big.bin', 'wb').write(random.randbytes(6 << 20))\n");
    session.hven(&["run", "--name", "big", "-i", "make.py", "-o", "big.bin", "--", "python3", "make.py"]).ok();
    let state = ["claim", "state", "big", "--evidence", "run.big", "--test", "wall_s >= 0", "It takes time."];
    session.hven(&state).ok();
    session.hven(&["claim", "judge", "big"]);
    let press = session.home().join("press");
    for _ in 0..2 {
        let child = session.command(&["publish", "big"]).spawn().expect("it starts");
        let child =
            wait_while("it is made", child, || fs::read_dir(&press).is_ok_and(|mut entries| entries.next().is_some()));
        kill_all_of(&session);
        finish(child);
        assert!(!folder(&session, "big-v1").exists(), "no incomplete folder has its name");
    }
    // Only the command is killed, while it fetches.
    let child = session.command(&["publish", "big"]).spawn().expect("it starts");
    let child = wait_while("it is fetched", child, || {
        folder(&session, ".big-v1.zip.partial").exists() || folder(&session, "big-v1").exists()
    });
    crate::session::signal(&child, rustix::process::Signal::KILL);
    finish(child);
    let result: CommandOutput = session.hven(&["publish", "big"]).ok();
    assert!(result.out.contains("publication big@1"), "{}", result.out);
    session.hven(&["verify", "big-v1"]).ok();
    let left: Vec<String> = fs::read_dir(session.cwd())
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let listed = session.hven(&["publication", "ls", "--json"]).ok().json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "one version was made");
    assert_eq!(fs::read_dir(&press).map_or(0, Iterator::count), 0, "nothing is left in the home");
    session.hven(&["audit", "verify"]).ok();
}

/// Other files next to the code are not published, unless a person takes responsibility.
#[test]
fn notes_and_other_data_of_the_folder_are_not_published() {
    let session = Session::new();
    for (file, text) in [
        ("s.py", "open('o', 'w').write(open('raw.csv').read() * 2)\n"),
        ("more.py", "# code, too\n"),
        ("raw.csv", "x\n1\n"),
        ("named.txt", "named by the command\n"),
        ("notes.txt", "dear diary\n"),
        ("other.csv", "y\n2\n"),
    ] {
        session.write(file, text);
    }
    session.hven(&["run", "--name", "sec", "-i", "raw.csv", "-o", "o", "--", "python3", "s.py", "./named.txt"]).ok();
    session.hven(&["claim", "state", "sec", "--evidence", "run.sec", "--test", "wall_s >= 0", "It ran."]).ok();
    session.hven(&["claim", "judge", "sec"]);
    let plan = session.hven(&["publish", "sec", "--plan"]).ok();
    let (inside, named) = plan.out.split_once("only named by their digest").expect("some are withheld");
    assert!(["s.py", "more.py", "raw.csv", "named.txt"].iter().all(|file| inside.contains(file)), "{}", plan.out);
    assert!(["notes.txt", "other.csv"].iter().all(|file| named.contains(file)), "{}", plan.out);
    assert!(!inside.contains("notes.txt") && !inside.contains("other.csv"), "{}", plan.out);
    session.hven(&["publish", "sec"]).ok();
    let everything = format!("{:?}", files_below(&folder(&session, "sec-v1")));
    assert!(everything.contains("named.txt") && everything.contains("more.py"), "{everything}");
    let bytes = |path: &PathBuf| fs::read(path).unwrap_or_default();
    for path in files_below(&folder(&session, "sec-v1")) {
        let text = String::from_utf8_lossy(&bytes(&path)).into_owned();
        assert!(!text.contains("dear diary"), "{}", path.display());
    }
    session.hven(&["verify", "sec-v1"]).ok();
    session.hven(&["publish", "sec", "--include-unlicensed", "-o", "all"]).ok();
    assert!(
        format!("{:?}", files_below(&folder(&session, "all"))).contains("notes.txt"),
        "a person takes responsibility"
    );
}

/// The same bytes are next to the code of one run and in an output folder of another run: as an output they were
/// declared.
#[test]
fn an_output_of_another_run_is_published_although_it_was_next_to_the_code() {
    let session = Session::new();
    session.write("make.py", "import os\nos.makedirs('made')\nopen('made/a.csv', 'w').write('x\\n1\\n')\n");
    session.write("look.py", "print('nothing of it')\n");
    session.hven(&["run", "--name", "make", "-o", "made", "--", "python3", "make.py"]).ok();
    session.hven(&["run", "--name", "look", "--", "python3", "look.py"]).ok();
    for name in ["make", "look"] {
        let evidence = format!("run.{name}");
        session.hven(&["claim", "state", name, "--evidence", &evidence, "--test", "wall_s >= 0", "It ran."]).ok();
        session.hven(&["claim", "judge", name]);
    }
    session.hven(&["publish", "make", "look", "--name", "both", "-o", "both"]).ok();
    let all = files_below(&folder(&session, "both"));
    assert!(all.iter().any(|path| path.ends_with("outputs/made/a.csv")), "{all:?}");
}

/// External validators check a real publication: roc-validator its RO-Crate, prov its PROV-JSON.
#[test]
fn validators_accept_a_publication() {
    let session = study();
    session.hven(&["reproduce", "claim/line"]).ok();
    session.hven(&["publish", "kepler3", "line", "--name", "kepler", "-o", "it"]).ok();
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("validators/bin/python");
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hven-publish/tests/ro-crate/check.py");
    let done = Command::new(&python).arg(check).arg(folder(&session, "it")).output();
    let done = done.unwrap_or_else(|wrong| panic!("{}: {wrong}; make setup installs it", python.display()));
    let content = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{content}");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "1 publications are valid\n", "{content}");
}

#[test]
fn mistakes_of_publishing_are_explained() {
    let session = line();
    snapshot!(session, session.hven(&["publish", "claim/none"]), @r#"
    status 66
    ---- err
    error: there is no claim "none"
    hint: `hven claim ls` lists the claims that you can see
    "#);
    snapshot!(session, session.hven(&["publish", "line", "--author", "Mira <0000-0002-1825-0096>"]), @r"
    status 65
    ---- err
    error: the ORCID iD https://orcid.org/0000-0002-1825-0096 is refused: it is https://orcid.org/ and 16 digits that end with their check digit
    ");
    snapshot!(session, session.hven(&["publication", "show", "line"]), @r#"
    status 66
    ---- err
    error: there is no publication "line"
    hint: `hven publication ls` lists the publications that you can see
    "#);
    session.hven(&["claim", "state", "new", "--evidence", "run.line", "--test", "exponent > 1", "It grows."]).ok();
    snapshot!(session, session.hven(&["publish", "new"]), @r"
    status 75
    ---- err
    error: claim new was never judged as it is stated now: `hven claim judge new` does it
    ");
    session.write("line-v1/own.txt", "mine");
    snapshot!(session, session.hven(&["publish", "line"]), @r"
    status 75
    ---- err
    error: [folder]/study/line-v1 cannot be written: another folder is there
    hint: name another with -o; the publication itself was made and is kept
    ");
    assert_eq!(session.read("line-v1/own.txt"), "mine");
    // A different zip is not replaced; the same zip stays.
    session.write("mine.zip", "mine");
    let zipped = session.hven(&["publish", "line", "--zip", "-o", "mine"]);
    assert_eq!(zipped.status, Some(75), "{}", zipped.err);
    assert!(zipped.err.contains("mine.zip cannot be written: another file is there"), "{}", zipped.err);
    assert_eq!(session.read("mine.zip"), "mine");
    assert!(!folder(&session, "mine").exists());
    for _ in 0..2 {
        session.hven(&["publish", "line", "--zip", "-o", "zipped"]).ok();
    }
    assert!(folder(&session, "zipped.zip").is_file());
}
