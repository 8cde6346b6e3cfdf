//! The written files, and that no partial files stay.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::Path,
    process::Command,
};

use hven_core::{
    Digest, file_name,
    object::{FileKind, FileRef, Listing},
    publication::evidence::{AddedLater, AddedValue, Work},
    run::Number,
};
use hven_publish::{Archive, Error, Limits, Objects, layout, licence, verify, write};

use crate::sample::{HOSTILE, Store, hostile, mira, planets};

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

#[test]
fn the_same_publication_gives_the_same_bytes() {
    for (publication, store) in [planets(), hostile()] {
        let place = tempfile::tempdir().expect("a folder");
        let at = |name: &str| place.path().join(name);
        let first = write(&publication, &store, &at("one"), Some(&at("one.zip"))).expect("it is written");
        let second = write(&publication, &store, &at("two"), Some(&at("two.zip"))).expect("it is written again");
        assert_eq!(first, second);
        assert_eq!(bytes_of(&at("one")), bytes_of(&at("two")));
        assert_eq!(fs::read(at("one.zip")).expect("a zip"), fs::read(at("two.zip")).expect("a zip"));
        let names: Vec<_> =
            fs::read_dir(place.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(names.len(), 4, "nothing else is left: {names:?}");
        let files = bytes_of(&at("one"));
        assert_eq!(first.files, files.len() as u64);
        assert_eq!(first.bytes, files.values().map(|bytes| bytes.len() as u64).sum::<u64>());
        assert_eq!(first.fingerprint, Digest::of(&files["manifest.json"]));
    }
}

#[test]
fn every_object_is_stored_once_under_a_name_of_its_own() {
    let (publication, store) = planets();
    let layout = layout(&publication, &store).expect("all is there");
    insta::assert_snapshot!(layout.files.keys().cloned().collect::<Vec<_>>().join("\n"), @"
    data/planets@1/parts/test.parquet
    data/planets@1/parts/train.parquet
    data/planets@1/report.json
    data/planets@1/source/planets.csv
    data/planets@1/table.parquet
    objects/08cfc2c96424350838a5e7c97ad5f9549e839e0dfaa54f27846c66973abd924b.json
    runs/7Q2M/outputs/law.json
    runs/K3PL/code/fit.py
    runs/K3PL/outputs/fit.csv
    runs/K3PL/outputs/fit.svg
    ");
    let (publication, store) = hostile();
    let layout = hven_publish::layout(&publication, &store).expect("all is there");
    let made: Vec<_> = layout.files.keys().filter_map(|path| path.strip_prefix("runs/K3PL/outputs/")).collect();
    insta::assert_snapshot!(made.join("\n"), @"
    FIT~2.SVG
    fit.csv
    fit.svg
    fit.svg~2/inside
    out/_b_&_x_.svg
    passwd
    system.ini
    ");
}

#[test]
fn hostile_text_is_escaped_in_every_file() {
    let (publication, store) = hostile();
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let files = bytes_of(&folder);
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("text");
    let page = text("index.html");
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own");
    assert!(!page.contains("<img src=x") && !page.contains("href=\"javascript:"));
    assert!(page.contains("&lt;img src=x onerror=alert(2)&gt;"));
    let readme = text("README.md");
    assert!(
        readme.contains("\\<script\\>") && !readme.contains("\n| # *"),
        "markup is text there, and lines end nowhere else"
    );
    for name in files.keys().filter(|name| name.to_lowercase().ends_with("svg")) {
        assert!(!text(name).contains("<script>"), "{name}");
    }
    for name in ["publication.json", "ro-crate-metadata.json", "prov.json", "datacite.json", "manifest.json"] {
        let document: serde_json::Value = serde_json::from_slice(&files[name]).expect("JSON");
        assert!(document.is_object(), "{name}");
    }
    let again = Archive::open(&folder, &Limits::default()).expect("it is a publication");
    assert_eq!(again.publication().title, HOSTILE);
}

#[test]
fn metadata_and_scripts_match_their_snapshots() {
    let (publication, store) = planets();
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a text");
    insta::assert_snapshot!(text("CITATION.cff"), @r#"
    cff-version: 1.2.0
    message: "If you use these results, please cite them as below."
    type: dataset
    title: "Kepler's third law, found again"
    version: "1"
    date-released: 2026-01-02
    abstract: "Planets that are farther from the Sun take longer to go around it, and they do so by one simple rule. From a table of eight planets a program found that rule by itself."
    license: "CC-BY-4.0"
    authors:
      - given-names: "Mira"
        family-names: "Lund"
        orcid: "https://orcid.org/0000-0002-1825-0097"
        affiliation: "Uraniborg"
      - name: "李白"
    keywords:
      - "astronomy"
      - "symbolic regression"
    identifiers:
      - type: other
        value: "urn:uuid:019b7e1c-2a00-7000-8000-00000000c0de"
    "#);
    insta::assert_snapshot!(text("datacite.json"), @r#"
    {
      "alternateIdentifiers": [
        {
          "alternateIdentifier": "urn:uuid:019b7e1c-2a00-7000-8000-00000000c0de",
          "alternateIdentifierType": "Hven"
        }
      ],
      "creators": [
        {
          "affiliation": [
            {
              "name": "Uraniborg"
            }
          ],
          "familyName": "Lund",
          "givenName": "Mira",
          "name": "Lund, Mira",
          "nameIdentifiers": [
            {
              "nameIdentifier": "https://orcid.org/0000-0002-1825-0097",
              "nameIdentifierScheme": "ORCID",
              "schemeUri": "https://orcid.org"
            }
          ],
          "nameType": "Personal"
        },
        {
          "affiliation": [],
          "name": "李白",
          "nameIdentifiers": [],
          "nameType": "Personal"
        }
      ],
      "dates": [
        {
          "date": "2026-01-02",
          "dateType": "Issued"
        }
      ],
      "descriptions": [
        {
          "description": "Planets that are farther from the Sun take longer to go around it, and they do so by one simple rule. From a table of eight planets a program found that rule by itself.",
          "descriptionType": "Abstract",
          "lang": "en"
        },
        {
          "description": "离太阳越远的行星,公转一周所需的时间越长,而且遵循同一条简单规律。程序仅凭一张八颗行星的数据表就自己找到了这条规律。",
          "descriptionType": "Abstract",
          "lang": "zh"
        }
      ],
      "formats": [
        "application/zip"
      ],
      "publicationYear": 2026,
      "publisher": {
        "name": "Mira Lund"
      },
      "rightsList": [
        {
          "rights": "CC-BY-4.0",
          "rightsIdentifier": "CC-BY-4.0",
          "rightsIdentifierScheme": "SPDX",
          "rightsUri": "https://spdx.org/licenses/CC-BY-4.0",
          "schemeUri": "https://spdx.org/licenses/"
        }
      ],
      "schemaVersion": "http://datacite.org/schema/kernel-4",
      "subjects": [
        {
          "subject": "astronomy"
        },
        {
          "subject": "symbolic regression"
        }
      ],
      "titles": [
        {
          "title": "Kepler's third law, found again"
        }
      ],
      "types": {
        "resourceType": "Claims with their evidence",
        "resourceTypeGeneral": "Collection",
        "schemaOrg": "Collection"
      },
      "version": "1"
    }
    "#);
    insta::assert_snapshot!(text("README.md"), @r#"
    # Kepler's third law, found again

    Planets that are farther from the Sun take longer to go around it, and they do so by one simple rule. From a table of eight planets a program found that rule by itself.

    离太阳越远的行星,公转一周所需的时间越长,而且遵循同一条简单规律。程序仅凭一张八颗行星的数据表就自己找到了这条规律。

    By Mira Lund, 李白. Version 1, 2026-01-02T01:00:00.000000Z. Licence: CC-BY-4.0.

    ## Claims

    - **kepler3**: The square of a planet's period is proportional to the cube of its distance.
      Verdict: **holds**, `abs(1.4999 - 1.5) < 0.01`. The only run of the recipe law for period in its project; 1 reading of what is held out is recorded.
    - **script**: A plain fit finds the same exponent.
      Verdict: **holds**, `abs(1.5002 - 1.5) < 0.01`. The newest of 3 runs of the script fit.py in its project.

    Counted is every run in the same project that had ended and that named the same script, module or program, or the same recipe and target, whatever its parameters, inputs, name and version of the code.

    ## Files

    | file | description |
    | --- | --- |
    | `index.html` | all of this as a page; opens in any browser, without a network |
    | `data/` | the included datasets: the original source, the table as Parquet |
    | `runs/` | the included inputs, outputs and code of each run; for each command a script that runs it again, and the list of installed packages, if it was recorded |
    | `lineage.svg`, `prov.json` | the lineage, as a picture and in PROV-JSON |
    | `ro-crate-metadata.json` | all of it in RO-Crate 1.1, Process Run Crate 0.5 |
    | `publication.json` | all of it as Hven reads it |
    | `CITATION.cff`, `datacite.json` | how to cite it |
    | `manifest.json` | every file with its size, BLAKE3 and SHA-256 |

    ## Check that nothing was changed

    `hven verify .`, or open `index.html` and choose this folder on the page, or without Hven:

    ```sh
    python3 -c 'import json,hashlib;[print(p, "ok" if hashlib.sha256(open(p,"rb").read()).hexdigest()==f["sha256"] else "CHANGED") for p,f in json.load(open("manifest.json"))["files"].items()]'
    ```

    ## Run it again

    ### Run 1A2B

    `recipe import, version 1`

    It took 12.345 s and ended: done.
    It is a recipe of Hven itself (import, version 1) with the arguments `{"units":{"period":"yr"}}`. Only Hven runs it again: `hven import crate` imports this folder into your own home, and `hven reproduce` runs it there, if that Hven has this version of the recipe.

    | file that it reads | copy in this folder |
    | --- | --- |
    | source.csv | [data/planets@1/source/planets.csv](data/planets@1/source/planets.csv) |

    ### Run 7Q2M

    `recipe law, version 1`

    It took 12.345 s and ended: done.
    It is a recipe of Hven itself (law, version 1) with the arguments `{"target":"period"}`. Only Hven runs it again: `hven import crate` imports this folder into your own home, and `hven reproduce` runs it there, if that Hven has this version of the recipe.

    Its law cannot be checked with this folder alone: the rows that its search used are not here as text.

    | file that it reads | copy in this folder |
    | --- | --- |
    | parts/train.parquet | [data/planets@1/parts/train.parquet](data/planets@1/parts/train.parquet) |
    | parts/test.parquet | [data/planets@1/parts/test.parquet](data/planets@1/parts/test.parquet) |

    ### Run K3PL

    `python3 fit.py --table planets.csv`

    It took 12.345 s and ended: done.
    It ran with python3 3.11.2, Linux x86\_64; 1 package was installed. See [runs/K3PL/requirements.txt](runs/K3PL/requirements.txt).
    To run it again, without Hven: `sh runs/K3PL/rerun.sh`.

    | file that it reads | copy in this folder |
    | --- | --- |
    | planets.csv | [data/planets@1/source/planets.csv](data/planets@1/source/planets.csv) |
    | fit.py | [runs/K3PL/code/fit.py](runs/K3PL/code/fit.py) |
    "#);
    insta::assert_snapshot!(text("runs/K3PL/rerun.sh"), @r#"
    #!/bin/sh
    # Runs K3PL again, in a new folder that holds its inputs and its code alone. Usage: sh rerun.sh [FOLDER]
    # Code: a folder of 1 file
    # It ran with: python3, 3.11.2, Linux x86_64
    # Packages: numpy==2.1.0
    set -eu
    unset CDPATH
    top=$(cd "$(dirname "$0")/../.." && pwd)
    folder=${1:-$(mktemp -d)}
    mkdir -p "$folder"
    cd "$folder"
    # place FILE-HERE PATH-THERE
    place() { case $2 in */*) mkdir -p -- "${2%/*}" ;; esac; cp -- "$top/$1" "$2"; }
    place data/planets@1/source/planets.csv planets.csv
    place runs/K3PL/code/fit.py fit.py
    export LANG=C.UTF-8
    # What the command logs as metrics goes into this file, unless HVEN_METRICS names another.
    HVEN_METRICS=${HVEN_METRICS:-$(mktemp)}
    export HVEN_METRICS
    python3 fit.py --table planets.csv < /dev/null
    echo "done in $folder"
    [ ! -s "$HVEN_METRICS" ] || echo "metrics in $HVEN_METRICS"
    "#);
    insta::assert_snapshot!(text("runs/K3PL/requirements.txt"), @r"
    # Installed when run K3PL ran; python3 3.11.2, Linux x86_64
    numpy==2.1.0
    ");
    insta::assert_snapshot!(short(&text("ro-crate-metadata.json")), @"
    CreativeWork ro-crate-metadata.json 
    Dataset ./ Kepler's third law, found again
    Claim #claim-kepler3 kepler3
    Claim #claim-script script
    PropertyValue #column-planets@1.name name
    PropertyValue #column-planets@1.period period
    PropertyValue #column-planets@1.semi_major_axis semi_major_axis
    PropertyValue #environment-K3PL.LANG LANG
    ClaimReview #judgement-kepler3.1 kepler3: holds
    ClaimReview #judgement-script.1 script: holds
    PropertyValue #metric-1A2B.problems problems
    PropertyValue #metric-1A2B.rows rows
    PropertyValue #metric-7Q2M.exponent exponent
    PropertyValue #metric-7Q2M.exponent.high exponent.high
    PropertyValue #metric-7Q2M.exponent.low exponent.low
    PropertyValue #metric-7Q2M.r2 r2
    PropertyValue #metric-K3PL.r2 r2
    PropertyValue #metric-K3PL.slope slope
    Organization #organisation-Uraniborg Uraniborg
    PropertyValue #parameter-K3PL.confidence confidence
    Person #person-%E6%9D%8E%E7%99%BD 李白
    AssessAction #reproduction-7Q2M.1 Reproduction of run 7Q2M: same_within
    CreateAction #run-1A2B Run 1A2B
    CreateAction #run-7Q2M Run 7Q2M
    CreateAction #run-K3PL Run K3PL
    Rating #verdict-kepler3.1 
    Rating #verdict-script.1 
    File CITATION.cff CITATION.cff
    File README.md README.md
    Dataset data/planets@1/ planets@1
    File data/planets@1/parts/test.parquet test.parquet
    File data/planets@1/parts/train.parquet train.parquet
    File data/planets@1/report.json report.json
    File data/planets@1/source/planets.csv planets.csv
    File data/planets@1/table.parquet table.parquet
    File datacite.json datacite.json
    SoftwareApplication https://github.com/hven-science/hven#0.1.0 Hven
    SoftwareApplication https://github.com/hven-science/hven#recipe-import-1 Hven's recipe import
    SoftwareApplication https://github.com/hven-science/hven#recipe-law-1 Hven's recipe law
    Person https://orcid.org/0000-0002-1825-0097 Mira Lund
    CreativeWork https://spdx.org/licenses/CC-BY-4.0 CC-BY-4.0
    CreativeWork https://spdx.org/licenses/CC0-1.0 CC0-1.0
    CreativeWork https://w3id.org/ro/wfrun/process/0.5 Process Run Crate
    File index.html index.html
    File lineage.svg lineage.svg
    File objects/08cfc2c96424350838a5e7c97ad5f9549e839e0dfaa54f27846c66973abd924b.json 08cfc2c96424350838a5e7c97ad5f9549e839e0dfaa54f27846c66973abd924b.json
    File plots/law-1-1-fit.svg law-1-1-fit.svg
    File prov.json prov.json
    File publication.json publication.json
    File runs/7Q2M/outputs/law.json law.json
    File runs/K3PL/code/fit.py fit.py
    File runs/K3PL/outputs/fit.csv fit.csv
    File runs/K3PL/outputs/fit.svg fit.svg
    File runs/K3PL/requirements.txt requirements.txt
    File runs/K3PL/rerun.sh rerun.sh
    SoftwareApplication urn:hven:run:00000000000000000000000000000004 python3
    ");
}

/// A name that some systems do not allow is changed in the publication and listed; the script restores the original name.
#[test]
fn changed_names_are_listed_and_the_script_restores_them() {
    let (mut publication, mut store) = planets();
    let (latin, other) = ("Gr\u{eff6}\u{efdf}e.txt", "Gr\u{efe4}\u{efdf}e.txt");
    let names = [latin, other, "two\nlines.csv", "-n", "a*b?.csv", "aux.csv", "DATA.txt", "data.txt", "it's.txt"];
    let mut inputs: Vec<_> = names.iter().map(|name| store.file(name, format!("bytes of {name}"))).collect();
    inputs.push(store.file("/mnt/survey/stars.csv", "absolute"));
    inputs.push(store.file("/mnt/other/stars.csv", "also absolute"));
    let listing = Listing { folders: vec!["none".to_owned()], ..Listing::default() };
    let digest = store.put(serde_json::to_vec(&listing).expect("JSON"));
    inputs.push(FileRef { path: "survey".to_owned(), digest, size: 0, kind: FileKind::Folder });
    let run = publication.runs.iter_mut().find(|run| run.handle == "K3PL").expect("the run");
    let script = r#"for name; do cat -- "$name"; echo; done > said && test -d survey/none && test -d scratch &&
        test -d results/deep && test -f stars.csv && test -f stars~2.csv"#;
    let mut argv = ["sh", "-c", script, "sh"].map(str::to_owned).to_vec();
    argv.extend(names.map(str::to_owned));
    run.work = Work::Command { argv };
    (run.inputs, run.outputs, run.code) = (inputs, Vec::new(), None);
    run.folders = vec!["scratch".to_owned()];
    run.outputs_declared = vec!["results/deep/fit.svg".to_owned()];
    let place = tempfile::tempdir().expect("a folder");
    let at = |name: &str| place.path().join(name);
    let written = write(&publication, &store, &at("it"), Some(&at("it.zip"))).expect("it is written");
    let here: Vec<&str> =
        written.layout.files.keys().filter_map(|path| path.strip_prefix("runs/K3PL/inputs/")).collect();
    let mut folded: Vec<String> = here.iter().map(|name| name.to_lowercase()).collect();
    folded.sort_unstable();
    folded.dedup();
    assert_eq!(folded.len(), here.len(), "no two are one where letters have no case: {here:?}");
    assert_eq!(here.len(), 11);
    for name in ["Gr__e.txt", "Gr__e~2.txt", "two_lines.csv", "a_b_.csv", "_aux.csv", "data~2.txt", "stars~2.csv"] {
        assert!(here.contains(&name), "{name} in {here:?}");
    }
    let readme = fs::read_to_string(at("it/README.md")).expect("text");
    let (_, changed) = readme.split_once("## Names that were changed").expect("a list of them");
    for row in [r"| Gr\\xF6\\xDFe.txt | [runs/K3PL/inputs/Gr\_\_e.txt]", r"| two\\nlines.csv | ", r"| aux.csv | "] {
        assert!(changed.contains(row), "{row} in {changed}");
    }
    assert!(!changed.contains("it's.txt"), "{changed}");
    let metadata: serde_json::Value =
        serde_json::from_slice(&fs::read(at("it/ro-crate-metadata.json")).expect("metadata")).expect("JSON");
    let entities = metadata["@graph"].as_array().expect("entities");
    let latin_here = entities.iter().find(|entity| entity["@id"] == "runs/K3PL/inputs/Gr__e.txt").expect("it is there");
    assert_eq!(latin_here["alternateName"], r"Gr\xF6\xDFe.txt");
    assert!(entities.iter().any(|entity| entity["@id"] == "runs/K3PL/inputs/it%27s.txt"), "ids are URIs");

    let done = Command::new("sh").arg(at("it/runs/K3PL/rerun.sh")).arg(at("again")).output().expect("a shell");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let wanted = names.map(|name| format!("bytes of {name}\n")).concat();
    assert_eq!(fs::read_to_string(at("again/said")).expect("text"), wanted);
    assert!(at("again").join(file_name::from_text(latin)).is_file());

    let archive = Archive::open(&at("it.zip"), &Limits::default()).expect("it is a publication");
    assert_eq!(*archive.publication(), publication, "the names come back as they were");
}

/// A law comes with a script that compares it with the rows of its search, and with these rows. The rows are values of the
/// data: where the data is withheld, the rows are withheld, too.
#[test]
fn python_alone_checks_a_law_whose_rows_are_included() {
    let (mut publication, mut store) = planets();
    let law = publication.runs.iter_mut().find(|run| run.handle == "7Q2M").expect("the run");
    let rows = store.file("rows.csv", "part,semi_major_axis,period\ntrain,1,1\ntrain,4,8\nhold_out,9,27\n");
    let found = r#"{"rows":2,"rows_holdout":1,"front":[{"text":"semi_major_axis^1.5","loss":0.0}]}"#;
    law.outputs = vec![store.file("law.json", found), rows.clone()];
    let law = &mut publication.laws[0];
    "semi_major_axis^1.5".clone_into(&mut law.text);
    (law.r2, law.r2_holdout) = (Some(Number(1.0)), None);
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let (status, said) = checked_with_python(&folder);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.ends_with("all values are as published\n") && said.contains("rows that the search saw"), "{said}");
    let page = fs::read_to_string(folder.join("index.html")).expect("the page");
    let readme = fs::read_to_string(folder.join("README.md")).expect("text");
    assert!(page.contains("python3 check.py") && readme.contains("`python3 check.py` evaluates its law"));

    fs::write(folder.join("runs/7Q2M/outputs/rows.csv"), "part,semi_major_axis,period\ntrain,1,1\ntrain,4,9\n")
        .expect("changed");
    let (status, said) = checked_with_python(&folder);
    assert!(status == Some(1) && said.contains("DIFFERS"), "{status:?} {said}");

    publication.datasets[0].license = None;
    let withheld = licence::check(&publication, licence::Unlicensed::Refer).withheld;
    assert!(withheld.contains_key(&rows.digest), "they are values of the dataset: {withheld:?}");
    publication.withheld = withheld;
    let folder = place.path().join("without");
    write(&publication, &store, &folder, None).expect("it is written");
    assert!(!folder.join("check.py").exists() && !folder.join("runs/7Q2M/outputs/rows.csv").exists());
    let readme = fs::read_to_string(folder.join("README.md")).expect("text");
    assert!(readme.contains("cannot be checked with this folder alone"), "{readme}");
    let page = fs::read_to_string(folder.join("index.html")).expect("the page");
    assert!(!page.contains("check.py"));
}

/// Names of columns may equal names of functions, and may have points, blanks and commas. A formula that the run did not
/// find is reported.
#[test]
fn a_formula_is_read_with_the_names_of_its_columns() {
    let (mut publication, mut store) = planets();
    let rows = "part,exp,a.b,a,\"the, target\"\ntrain,1,2,0,2\ntrain,3,4,0,5\ntrain,5,2,0,6\n";
    let found = r#"{"rows":3,"rows_holdout":0,"front":[{"text":"exp(a) * exp + a.b / 2 - a","loss":0.0}]}"#;
    let run = publication.runs.iter_mut().find(|run| run.handle == "7Q2M").expect("the run");
    run.outputs = vec![store.file("law.json", found), store.file("rows.csv", rows)];
    let law = &mut publication.laws[0];
    (law.r2, law.r2_holdout) = (Some(Number(1.0)), None);
    "the, target".clone_into(&mut law.target);
    let place = tempfile::tempdir().expect("a folder");
    for (text, expect) in [("exp(a) * exp + a.b / 2 - a", 0), ("exp(a) * exp + a.b / 2", 1)] {
        text.clone_into(&mut publication.laws[0].text);
        let folder = place.path().join(expect.to_string());
        write(&publication, &store, &folder, None).expect("it is written");
        let (status, said) = checked_with_python(&folder);
        assert_eq!(status, Some(expect), "{said}");
    }
}

/// Names that are no plain words are in backticks, so they are not read as numbers, signs or other columns. The notes of the
/// search are on the page.
#[test]
fn a_formula_is_read_with_names_in_backticks() {
    let (mut publication, mut store) = planets();
    let rows = "part,a,b,a * b,1e5,exp,a`b,x²,\"the, target\"\ntrain,1,2,5,3,7,4,2,26\ntrain,2,3,7,2,9,6,1,43\n";
    let text = "a * b + `a * b` + `1e5` + exp(0 * a) * `exp` + `a``b` / `x²` + 1e5 - 100000 + 1 + 6 * a";
    let front = serde_json::json!([{ "text": text, "loss": 0.0 }]);
    let found = serde_json::json!({ "rows": 2, "rows_holdout": 0, "target_text": "`the, target`", "front": front });
    let run = publication.runs.iter_mut().find(|run| run.handle == "7Q2M").expect("the run");
    run.outputs = vec![store.file("law.json", found.to_string()), store.file("rows.csv", rows)];
    let law = &mut publication.laws[0];
    (law.r2, law.r2_holdout) = (Some(Number(1.0)), None);
    "the, target".clone_into(&mut law.target);
    text.clone_into(&mut law.text);
    law.notes = vec!["12 of 240 training rows are different".to_owned()];
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let (status, said) = checked_with_python(&folder);
    assert_eq!(status, Some(0), "{said}");
    let page = fs::read_to_string(folder.join("index.html")).expect("the page");
    assert!(page.contains("12 of 240 training rows are different"));

    let unknown = "a * b + `a * c`";
    unknown.clone_into(&mut publication.laws[0].text);
    let folder = place.path().join("unknown");
    write(&publication, &store, &folder, None).expect("it is written");
    let (status, said) = checked_with_python(&folder);
    assert!(status == Some(2) && said.contains("cannot be read from its character 9"), "{status:?} {said}");
}

/// The exit status of `check.py`, and its output.
fn checked_with_python(folder: &Path) -> (Option<i32>, String) {
    let done = Command::new("python3").arg("check.py").current_dir(folder).output().expect("Python");
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Unrecorded software is shown as unknown, not as none.
#[test]
fn unrecorded_software_is_shown_as_unknown() {
    let (mut publication, store) = planets();
    publication.runs.iter_mut().find(|run| run.handle == "K3PL").expect("the run").software = None;
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    assert!(!folder.join("runs/K3PL/requirements.txt").exists());
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("text");
    assert!(text("README.md").contains("What software it ran with is not known."));
    assert!(text("index.html").contains("Which packages were installed is not known."));
}

/// The entities of a crate, one line each.
fn short(metadata: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(metadata).expect("JSON");
    let entities = document["@graph"].as_array().expect("entities");
    let line = |entity: &serde_json::Value| {
        let word = |key: &str| entity[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", word("@type"), word("@id"), word("name"))
    };
    entities.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A value that was added after the end of a run is not shown as a measurement, neither on the page nor in the crate.
#[test]
fn a_value_added_later_is_no_result_of_the_run() {
    let (mut publication, store) = planets();
    let run = publication.runs.iter_mut().find(|run| run.handle == "K3PL").expect("the run");
    let at = run.ended.expect("it has ended").plus_micros(60_000_000);
    let added = |name: &str, value| AddedLater { name: name.to_owned(), value, step: 0, by: Some(mira()), at };
    run.added_later = vec![
        added("late_accuracy", AddedValue::Metric(Number(0.99))),
        added("late_note", AddedValue::Parameter("<b>tuned</b>".into())),
    ];
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let page = fs::read_to_string(folder.join("index.html")).expect("the page");
    let (before, after) = page.split_once("not measured by the run").expect("a heading of its own");
    assert!(!before.contains("late_accuracy") && !before.contains("late_note"));
    let (row, _) = after.split_once("</table>").expect("a table");
    assert!(row.contains("late_accuracy") && row.contains("0.99") && row.contains("Mira Lund"), "{row}");
    assert!(!row.contains("<b>"), "{row}");
    let metadata = fs::read_to_string(folder.join("ro-crate-metadata.json")).expect("the metadata");
    let graph: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let graph = graph["@graph"].as_array().expect("entities");
    let of_type = |name: &str| graph.iter().filter(|entity| entity["@type"] == name).collect::<Vec<_>>();
    let additions = of_type("AddAction");
    assert_eq!(additions.len(), 2);
    assert_eq!(additions[0]["targetCollection"]["@id"], "#run-K3PL");
    for action in of_type("CreateAction") {
        let told = format!("{} {}", action["result"], action["object"]);
        assert!(!told.contains("added"), "{told}");
    }
}

#[test]
fn a_missing_or_damaged_object_of_the_store_is_named() {
    let check = |change: &dyn Fn(&mut Store), expect: &str| {
        let (publication, mut store) = planets();
        change(&mut store);
        let place = tempfile::tempdir().expect("a folder");
        let target = place.path().join("it");
        let wrong = write(&publication, &store, &target, Some(&place.path().join("it.zip"))).expect_err("it cannot");
        assert!(wrong.to_string().contains(expect), "{wrong}");
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0, "nothing half-made is left");
    };
    let (publication, _) = planets();
    let table = publication.datasets[0].content.digest;
    check(
        &|store| drop(store.0.remove(&table)),
        "(data/planets@1/table.parquet) is missing from the store; it is needed by planets@1, run/1A2B",
    );
    check(
        &|store| drop(store.0.insert(table, b"other".to_vec())),
        "is damaged in the store: its bytes have the digest",
    );
    let hven_core::run::Code::Folder { listing, .. } = publication.runs[2].code.clone().expect("its code is known")
    else {
        panic!("its code is a folder")
    };
    check(&|store| drop(store.0.insert(listing, b"{}".to_vec())), "is damaged in the store");
}

#[test]
fn code_without_bytes_is_named_by_its_digest() {
    let (publication, mut store) = planets();
    store.0.retain(|_, bytes| !bytes.starts_with(b"\"\"\"Kepler"));
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let archive = Archive::open(&folder, &Limits::default()).expect("it is a publication");
    assert_eq!(archive.publication().withheld.len(), 1);
    let script = fs::read_to_string(folder.join("runs/K3PL/rerun.sh")).expect("a script");
    assert!(script.contains("fit.py is not part of this publication"), "{script}");
}

#[test]
fn existing_files_are_not_replaced() {
    let (publication, store) = planets();
    let place = tempfile::tempdir().expect("a folder");
    let (folder, zip) = (place.path().join("it"), place.path().join("it.zip"));
    fs::write(&zip, "mine").expect("a file");
    let wrong = write(&publication, &store, &folder, Some(&zip)).expect_err("the zip is there");
    assert!(matches!(wrong, Error::Exists { .. }), "{wrong}");
    assert_eq!(fs::read(&zip).expect("it stays"), b"mine");
    assert!(!folder.exists());
    // A link under the temporary name of the zip is removed; its target is not overwritten.
    fs::remove_file(&zip).expect("removed");
    let other = place.path().join("other");
    fs::write(&other, "mine").expect("a file");
    std::os::unix::fs::symlink(&other, place.path().join(".it.zip.partial")).expect("a link");
    write(&publication, &store, &folder, Some(&zip)).expect("it is written");
    assert!(zip.symlink_metadata().expect("a zip").is_file());
    assert_eq!(fs::read(&other).expect("it stays"), b"mine");
}

/// A store that stops in the middle, as if the process were killed.
struct InterruptedStore<'a>(&'a Store, std::cell::Cell<u32>);
impl Objects for InterruptedStore<'_> {
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>> {
        let left = self.1.get();
        self.1.set(left.saturating_sub(1));
        if left == 0 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.open(digest) }
    }
}

#[test]
fn the_next_try_removes_files_of_a_killed_try() {
    let (publication, store) = planets();
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    let left = place.path().join(".it.partial");
    fs::create_dir_all(left.join("data")).expect("a folder");
    fs::write(left.join("data/half"), "half").expect("a file");
    for reads in 0..8 {
        let interrupted = InterruptedStore(&store, std::cell::Cell::new(reads));
        write(&publication, &interrupted, &folder, None).expect_err("reading ends");
        assert!(!folder.exists());
    }
    write(&publication, &store, &folder, None).expect("it is written");
    assert!(!left.exists());
    assert!(verify(&folder, &Limits::default()).expect("it is a publication").is_whole());
}

/// A preview refers to no other files, and otherwise equals the page that will be written.
#[test]
fn a_preview_is_the_page_with_its_pictures_inside() {
    let (publication, store) = planets();
    let place = tempfile::tempdir().expect("a folder");
    write(&publication, &store, &place.path().join("it"), None).expect("it is written");
    let page = fs::read_to_string(place.path().join("it/index.html")).expect("a page");
    let preview = hven_publish::preview(&publication, &store).expect("a preview");
    let sources = |html: &str| -> Vec<String> {
        html.split("<img src=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    assert!(sources(&preview).iter().all(|source| source.starts_with("data:image/svg+xml;base64,")), "{preview}");
    assert_eq!(sources(&preview).len(), sources(&page).len());
    let without = |html: String, source: &String| html.replace(&format!("<img src=\"{source}\""), "<img src=\"\"");
    let bare = |html: &str| sources(html).iter().fold(html.to_owned(), without);
    assert!(bare(&preview) == bare(&page), "they differ in more than their pictures");
}
