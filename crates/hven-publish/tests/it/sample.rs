//! A sample publication of a study of the planets, with its objects; and one in which every text is hostile.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Read},
};

use hven_core::{
    ClaimId, DatasetId, Digest, RunId, Time,
    claim::{Counted, Ledger, Verdict},
    dataset::{Column, ColumnType, Schema},
    object::{FileKind, FileRef, ListedFile, Listing},
    question::Question,
    reproduction::{
        ComparedAs, FileComparison, Level, Likeness, Printed, PrintedComparison, Tolerance, compare_metrics,
    },
    run::{Code, Number, Outcome, Software, Usage},
};
use hven_publish::{
    Objects, Publication,
    evidence::{Axis, Dataset, DatasetPart, Law, Plot, Quantity, Reproduction, Run, Series, Work},
    publication::{Claim, FORMAT, Judgement, Notice, Override, Person, PublishedSoundness, Withheld, Words},
};

const PLANETS: &str = include_str!("../../../../examples/kepler/planets.csv");
const FIT: &str = include_str!("../../../../examples/kepler/fit.py");
const FIT_SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><path d="M10 90L190 10" stroke="#8a6a14" fill="none"/><text x="20" y="20" font-size="10">period over distance</text></svg>"##;

/// Objects in memory.
#[derive(Clone, Default)]
pub(crate) struct Store(pub(crate) HashMap<Digest, Vec<u8>>);

impl Store {
    pub(crate) fn put(&mut self, bytes: impl Into<Vec<u8>>) -> Digest {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        self.0.insert(digest, bytes);
        digest
    }

    pub(crate) fn file(&mut self, path: &str, bytes: impl Into<Vec<u8>>) -> FileRef {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        FileRef { path: path.to_owned(), digest: self.put(bytes), size, kind: FileKind::File }
    }

    pub(crate) fn folder(&mut self, path: &str, files: &[FileRef]) -> FileRef {
        let listed = |file: &FileRef| ListedFile {
            path: file.path.clone(),
            digest: file.digest,
            size: file.size,
            executable: false,
        };
        let listing = Listing { files: files.iter().map(listed).collect(), ..Listing::default() };
        let digest = self.put(serde_json::to_vec(&listing).expect("a listing is JSON"));
        FileRef {
            path: path.to_owned(),
            digest,
            size: files.iter().map(|file| file.size).sum(),
            kind: FileKind::Folder,
        }
    }
}

impl Objects for Store {
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>> {
        let bytes = self.0.get(&digest).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(bytes.as_slice()))
    }
}

fn time(seconds: i64) -> Time {
    Time::from_micros((1_767_225_600 + seconds) * 1_000_000)
}

pub(crate) fn mira() -> Person {
    Person {
        name: "Mira Lund".to_owned(),
        orcid: Some("https://orcid.org/0000-0002-1825-0097".to_owned()),
        affiliation: Some("Uraniborg".to_owned()),
    }
}

fn numbers(pairs: &[(&str, f64)]) -> BTreeMap<String, Number> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Number(*value))).collect()
}

fn run(handle: &str, number: u128, work: Work) -> Run {
    let start = 60 * number as i64;
    Run {
        id: RunId::from_u128(number),
        handle: handle.to_owned(),
        project: "astro/kepler".to_owned(),
        name: None,
        work,
        environment: BTreeMap::new(),
        secrets: Vec::new(),
        resources: Default::default(),
        inputs: Vec::new(),
        stdin: None,
        outputs: Vec::new(),
        outputs_declared: Vec::new(),
        outcome: Outcome::Done,
        started: Some(time(start)),
        ended: Some(time(start + 12)),
        wall_s: 12.345,
        usage: Usage::default(),
        parameters: BTreeMap::new(),
        metrics: BTreeMap::new(),
        metric_units: BTreeMap::new(),
        added_later: Vec::new(),
        software: None,
        code: None,
        code_files: Vec::new(),
        folders: Vec::new(),
        by: Some(mira()),
        reproductions: Vec::new(),
    }
}

/// The planets: a source, its table, a law that a recipe found in it, a fit by a script, a claim that holds.
pub(crate) fn planets() -> (Publication, Store) {
    let mut store = Store::default();
    let source = store.file("planets.csv", PLANETS);
    let table = store.file("table.parquet", b"PAR1 the table PAR1".to_vec());
    let report = store.put(r#"{"rows":11}"#);
    let train = store.file("parts/train.parquet", b"PAR1 eight rows PAR1".to_vec());
    let test = store.file("parts/test.parquet", b"PAR1 three rows PAR1".to_vec());
    let law_file = store.file("law.json", r#"{"schema":"hven.law/1"}"#);
    let picture = store.file("fit.svg", FIT_SVG);
    let fit_table = store.file("fit.csv", "body,predicted\nEarth,1.0\n");
    let script = store.file("fit.py", FIT);
    let code = store.folder("code", std::slice::from_ref(&script));

    let mut import = run(
        "1A2B",
        1,
        Work::Recipe {
            name: "import".to_owned(),
            version: 1,
            arguments: serde_json::json!({ "units": { "period": "yr" } }),
        },
    );
    import.inputs = vec![FileRef { path: "source.csv".to_owned(), ..source.clone() }];
    import.outputs = vec![table.clone()];
    import.metrics = numbers(&[("rows", 11.0), ("problems", 0.0)]);

    let mut law_run = run(
        "7Q2M",
        3,
        Work::Recipe { name: "law".to_owned(), version: 1, arguments: serde_json::json!({ "target": "period" }) },
    );
    law_run.name = Some("law".to_owned());
    law_run.inputs = vec![train.clone(), test.clone()];
    law_run.outputs = vec![law_file];
    law_run.metrics =
        numbers(&[("exponent", 1.499_9), ("exponent.low", 1.499_7), ("exponent.high", 1.500_1), ("r2", 0.999_99)]);
    law_run.reproductions = vec![Reproduction {
        run: Some(RunId::from_u128(9)),
        handle: Some("9Z9Z".to_owned()),
        at: time(86_400),
        by: Some(mira()),
        level: Level::SameWithin,
        because: "law.json is the same within 1e-9; all metrics are equal".to_owned(),
        environment_differences: vec!["another processor: 4 cores instead of 2".to_owned()],
        outputs: vec![FileComparison {
            path: "law.json".to_owned(),
            compared_as: ComparedAs::Json,
            likeness: Likeness::SameWithin { tolerance: Tolerance::default(), largest: None },
            notes: Vec::new(),
        }],
        metrics: compare_metrics(
            &numbers(&[("r2", 1.0)]),
            &numbers(&[("r2", 1.0)]),
            &BTreeMap::new(),
            Tolerance::EXACT,
        ),
        metrics_compared: Some(1),
        printed: Some(PrintedComparison { stdout: Printed::Differs { line: 2 }, stderr: Printed::Nothing }),
    }];

    let argv = ["python3", "fit.py", "--table", "planets.csv"].map(str::to_owned).to_vec();
    let mut fit = run("K3PL", 4, Work::Command { argv });
    fit.name = Some("fit".to_owned());
    fit.inputs = vec![FileRef { path: "planets.csv".to_owned(), ..source.clone() }];
    fit.outputs = vec![picture, fit_table];
    fit.environment = BTreeMap::from([("LANG".to_owned(), "C.UTF-8".to_owned())]);
    fit.parameters = BTreeMap::from([("confidence".to_owned(), serde_json::json!(0.95))]);
    fit.metrics = numbers(&[("slope", 1.500_2), ("r2", 0.999_98)]);
    fit.metric_units = BTreeMap::from([("slope".to_owned(), "1".to_owned())]);
    fit.software = Some(Software {
        interpreter: Some("python3".to_owned()),
        version: Some("3.11.2".to_owned()),
        packages: BTreeMap::from([("numpy".to_owned(), "2.1.0".to_owned())]),
        platform: Some("Linux x86_64".to_owned()),
    });
    fit.code = Some(Code::Folder { listing: code.digest, files: 1, bytes: script.size });

    let column = |name: &str, column_type, unit: Option<&str>| Column {
        name: name.to_owned(),
        column_type,
        unit: unit.map(|unit| unit.parse().expect("a unit")),
        nullable: false,
        description: None,
    };
    let columns = vec![
        column("name", ColumnType::Text, None),
        column("semi_major_axis", ColumnType::Float64, Some("AU")),
        column("period", ColumnType::Float64, Some("yr")),
    ];
    let part = |name: &str, rows, content: FileRef, hold_out| DatasetPart {
        name: name.to_owned(),
        rows,
        content,
        hold_out,
        made_by: None,
        method: "random, seed 1".to_owned(),
    };
    let dataset = Dataset {
        id: Some(DatasetId::from_u128(2)),
        project: "astro/kepler".to_owned(),
        name: "planets".to_owned(),
        version: 1,
        description: Some("Orbits of eight planets and three dwarf planets".to_owned()),
        license: Some("CC0-1.0".to_owned()),
        attribution: Some("NASA JPL, approximate positions of the planets".to_owned()),
        added: time(80),
        added_by: Some(mira()),
        made_by: Some(RunId::from_u128(1)),
        source: Some(source),
        content: table,
        report: Some(report),
        schema: Schema { columns },
        rows: 11,
        problems: 0,
        checks_failed: 0,
        parts: vec![part("train", 8, train, false), part("test", 3, test, true)],
    };

    let axes: Vec<f64> = vec![0.387, 0.723, 1.0, 1.524, 5.203, 9.537, 19.19, 30.07];
    let points: Vec<[f64; 2]> = axes.iter().map(|axis| [*axis, axis.powf(1.5)]).collect();
    let axis = |title: &str| Axis { title: title.to_owned(), logarithmic: true };
    let law = Law {
        run: RunId::from_u128(3),
        target: "period".to_owned(),
        inputs: vec!["semi_major_axis".to_owned()],
        display: "period = 0.9999 yr · (semi_major_axis / AU)^1.4999".to_owned(),
        text: "0.9999 * semi_major_axis^1.4999".to_owned(),
        complexity: 5,
        r2: Some(Number(0.999_99)),
        r2_holdout: Some(Number(0.999_97)),
        quantities: vec![Quantity {
            name: "exponent".to_owned(),
            value: Number(1.4999),
            low: Some(Number(1.4997)),
            high: Some(Number(1.5001)),
            unit: None,
        }],
        because: "nothing simpler is as accurate".to_owned(),
        chosen_by: None,
        candidate: None,
        candidates: 9,
        notes: Vec::new(),
        plots: vec![Plot {
            name: "fit".to_owned(),
            description: "The law over the data".to_owned(),
            x: axis("semi_major_axis (AU)"),
            y: axis("period (yr)"),
            series: vec![
                Series { name: "law".to_owned(), line: true, points: points.clone() },
                Series { name: "measured".to_owned(), line: false, points },
            ],
        }],
    };
    let judgement = Judgement {
        verdict: Verdict::Holds,
        because: "|exponent − 1.5| = 0.0001 < 0.01".to_owned(),
        filled_in: "abs(1.4999 - 1.5) < 0.01".to_owned(),
        evidence: vec![RunId::from_u128(3)],
        quantities: numbers(&[("exponent", 1.4999)]),
        ledger: Ledger {
            runs: 1,
            hold_out_reads: 1,
            counted: Counted::ByQuestion,
            questions: vec![Question::Recipe { name: "law".to_owned(), of: Some("period".to_owned()) }],
            is_newest: true,
            hold_outs: Some(1),
            ..Ledger::default()
        },
        at: time(400),
        by: Some(mira()),
    };
    let claim = Claim {
        id: ClaimId::from_u128(5),
        project: "astro/kepler".to_owned(),
        name: "kepler3".to_owned(),
        statement: "The square of a planet's period is proportional to the cube of its distance.".to_owned(),
        test: "abs(exponent - 1.5) < 0.01".to_owned(),
        grammar: 1,
        evidence: "run.law".to_owned(),
        revision: 1,
        stated_by: Some(mira()),
        stated: time(0),
        judgements: vec![judgement],
    };
    let second = Claim {
        id: ClaimId::from_u128(6),
        name: "script".to_owned(),
        statement: "A plain fit finds the same exponent.".to_owned(),
        test: "abs(slope - 1.5) < 0.01".to_owned(),
        evidence: "run.fit".to_owned(),
        judgements: vec![Judgement {
            because: "|slope − 1.5| = 0.0002 < 0.01".to_owned(),
            filled_in: "abs(1.5002 - 1.5) < 0.01".to_owned(),
            evidence: vec![RunId::from_u128(4)],
            quantities: numbers(&[("slope", 1.5002)]),
            ledger: Ledger {
                runs: 3,
                counted: Counted::ByQuestion,
                questions: vec![Question::Script { path: "fit.py".to_owned() }],
                is_newest: true,
                hold_outs: Some(0),
                ..Ledger::default()
            },
            ..claim.judgements[0].clone()
        }],
        ..claim.clone()
    };
    let publication = Publication {
        format: FORMAT.to_owned(),
        identifier: "urn:uuid:019b7e1c-2a00-7000-8000-00000000c0de".to_owned(),
        version: 1,
        supersedes: None,
        title: "Kepler's third law, found again".to_owned(),
        summary: Words {
            en: Some("Planets that are farther from the Sun take longer to go around it, and they do so by one simple rule. From a table of eight planets a program found that rule by itself.".to_owned()),
            zh: Some("离太阳越远的行星,公转一周所需的时间越长,而且遵循同一条简单规律。程序仅凭一张八颗行星的数据表就自己找到了这条规律。".to_owned()),
        },
        authors: vec![mira(), Person { name: "李白".to_owned(), orcid: None, affiliation: None }],
        published: time(90_000),
        publisher: mira(),
        license: Some("CC-BY-4.0".to_owned()),
        keywords: vec!["astronomy".to_owned(), "symbolic regression".to_owned()],
        hven_version: "0.1.0".to_owned(),
        claims: vec![claim, second],
        datasets: vec![dataset],
        runs: vec![import, law_run, fit],
        laws: vec![law],
        notices: Vec::new(),
        independences: Vec::new(),
        withheld: BTreeMap::new(),
    };
    (publication, store)
}

/// A text that a page must show as text only.
pub(crate) const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' --> ]]> ${x} `y`\n| # *";

/// The same publication with a notice, a withheld object, and hostile text at every place for free text.
pub(crate) fn hostile() -> (Publication, Store) {
    let (mut publication, mut store) = planets();
    let text = || HOSTILE.to_owned();
    publication.title = text();
    publication.summary = Words { en: Some(text()), zh: None };
    publication.authors =
        vec![Person { name: text(), orcid: Some("javascript:alert(3)".to_owned()), affiliation: Some(text()) }];
    publication.license = Some(text());
    publication.keywords = vec![text()];
    publication.identifier = text();
    publication.supersedes = Some(text());
    for claim in &mut publication.claims {
        (claim.statement, claim.test) = (text(), text());
        claim.judgements[0].because = text();
        claim.judgements[0].filled_in = text();
    }
    let dataset = &mut publication.datasets[0];
    (dataset.description, dataset.license, dataset.attribution) = (Some(text()), Some(text()), Some(text()));
    dataset.schema.columns[0].name = text();
    publication.withheld = BTreeMap::from([(dataset.content.digest, Withheld::Decided { why: text() })]);
    let run = &mut publication.runs[2];
    run.work = Work::Command { argv: vec!["sh".to_owned(), "-c".to_owned(), text()] };
    run.name = Some(text());
    run.environment = BTreeMap::from([("X".to_owned(), text()), (text(), "y".to_owned())]);
    run.secrets = vec!["TOKEN".to_owned(), text()];
    run.parameters = BTreeMap::from([(text(), serde_json::json!(text()))]);
    run.metrics = numbers(&[(HOSTILE, f64::NAN), ("infinite", f64::INFINITY)]);
    run.outcome = Outcome::Failed { exit: 1 };
    run.outputs.push(store.file("out/<b>&\"x\".svg", FIT_SVG.to_owned() + " "));
    run.outputs.push(store.file("../../../etc/passwd", "root"));
    run.outputs.push(store.file("C:\\windows\\system.ini", "drive"));
    run.outputs.push(store.file("FIT.SVG", "another file where letters have no case"));
    run.outputs.push(store.file("fit.svg/inside", "below a file"));
    let law = &mut publication.laws[0];
    (law.display, law.because) = (text(), text());
    law.plots[0].description = text();
    "../../out".clone_into(&mut law.plots[0].name);
    law.plots[0].x.title = text();
    law.plots[0].series[0].name = text();
    let about = ["planets@1", "run/7Q2M", "claim/kepler3"];
    publication.notices = about
        .into_iter()
        .zip([PublishedSoundness::Retracted, PublishedSoundness::Suspect, PublishedSoundness::Suspect])
        .map(|(about, standing)| Notice {
            about: about.to_owned(),
            standing,
            because: text(),
            by: Some(mira()),
            at: time(80_000),
            overridden: Some(Override { by: mira(), because: text(), at: time(81_000) }),
        })
        .collect();
    (publication, store)
}
