//! A Chinese reader of a publication finds Chinese: the page has no English sentence of Hven's, and no half-width
//! punctuation next to a Chinese character.

use std::collections::BTreeMap;

use hven_core::{
    publication::description::{Notice, PublishedSoundness, Withheld},
    reproduction::{ComparedPlace, Level, Likeness, Printed, PrintedComparison, Spot},
    run::{Code, Outcome},
};
use hven_publish::write;

use crate::sample::{mira, planets};

/// Texts from persons, and names: their language is not Hven's choice.
const OF_PERSONS: &[&str] = &[
    "Kepler's third law, found again",
    "The square of a planet's period is proportional to the cube of its distance.",
    "A plain fit finds the same exponent.",
    "Orbits of eight planets and three dwarf planets",
    "NASA JPL, approximate positions of the planets",
    "a row was in months",
];

#[test]
fn the_chinese_page_has_no_english_sentence() {
    let (mut publication, store) = planets();
    publication.summary.zh = Some("离太阳越远的行星，公转一周所需的时间越长。".to_owned());
    for (claim, because) in publication.claims.iter_mut().zip(["the test is true", "the test is false"]) {
        because.clone_into(&mut claim.judgements[0].because);
    }
    "-41.7 nats at complexity 5; the simpler candidate law-2 needs 60.1 nats more, for residuals 3.162 times as large"
        .clone_into(&mut publication.laws[0].because);
    let dataset = &mut publication.datasets[0];
    dataset.parts.iter_mut().for_each(|part| "by_key".clone_into(&mut part.method));
    (dataset.problems, dataset.checks_failed) = (2, 1);
    let why = "CC-BY-ND-4.0 does not allow redistribution".to_owned();
    let report = dataset.report.expect("a report");
    publication.withheld = BTreeMap::from([
        (report, Withheld::Licence { license: Some("CC-BY-ND-4.0".to_owned()), why }),
        (dataset.content.digest, Withheld::TooLarge { bytes: 9_000_000, bytes_max: 1_000_000 }),
    ]);
    publication.notices = vec![Notice {
        about: "planets@1".to_owned(),
        standing: PublishedSoundness::Retracted,
        because: "retracted by Mira Lund on 2026-01-02 10:00 UTC: a row was in months".to_owned(),
        by: Some(mira()),
        at: publication.published,
        overridden: None,
    }];
    let fit = publication.runs.iter_mut().find(|run| run.handle == "K3PL").expect("the run");
    fit.name = None;
    fit.outcome = Outcome::Failed { exit: 3 };
    fit.secrets = vec!["TOKEN".to_owned(), "KEY".to_owned()];
    let law = publication.runs.iter_mut().find(|run| run.handle == "7Q2M").expect("the run");
    law.name = None;
    law.code = Some(Code::NotCaptured { why: "the folder has more than 20000 files".to_owned() });
    let reproduction = &mut law.reproductions[0];
    reproduction.level = Level::Differs;
    "law.json, row 3, column period: 1 became 1.1".clone_into(&mut reproduction.because);
    reproduction.environment_differences =
        vec!["numpy: 1.26.4 then, absent now".to_owned(), "variable SEED: another value now".to_owned()];
    let place = ComparedPlace {
        spot: Spot::Cell { row: 3, column: "period".to_owned() },
        before: Some("1".to_owned()),
        after: Some("1.1".to_owned()),
        difference: None,
    };
    reproduction.outputs[0].likeness = Likeness::Differs { count: 1, places: vec![place] };
    let dropped = Printed::NotKnown { why: "the middle of a log was not kept".to_owned() };
    reproduction.printed = Some(PrintedComparison { stdout: dropped, stderr: Printed::Nothing });

    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("it");
    write(&publication, &store, &folder, None).expect("it is written");
    let page = std::fs::read_to_string(folder.join("index.html")).expect("the page");
    let read = in_chinese(&page);
    for told in [
        "检验为真",
        "公式与误差合在一起，对数据的描述最短；下一个更短的公式，误差是其 3.162 倍",
        "按键",
        "CC-BY-ND-4.0 不允许再分发",
        "planets@1、导入报告：",
        "Mira Lund 于 2026-01-02 10:00 UTC 撤回：a row was in months",
        "失败，退出码 3",
        "TOKEN、KEY",
        "7Q2M（内置方法 law，版本 1）",
        "未捕获代码：文件夹中的文件多于 20000 个",
        "law.json，第 3 行，列 period：由 1 变为 1.1",
        "numpy：当时 1.26.4，现在 无",
        "定律与数据",
        "（Uraniborg）、李白",
    ] {
        assert!(read.contains(told), "{told} in {read}");
    }
    let left: Vec<&str> = read.lines().filter(|line| is_english(line)).collect();
    assert!(left.is_empty(), "{left:#?}");
    let narrow: Vec<&str> = read.lines().filter(|line| has_narrow_sign(line)).collect();
    assert!(narrow.is_empty(), "{narrow:#?}");
}

/// The texts of the page that a Chinese reader sees, one line per element; without code and texts from persons.
fn in_chinese(page: &str) -> String {
    let (_, body) = page.split_once("<main>").expect("a body");
    let (header, _) = page.split_once("<main>").expect("a header");
    let (_, header) = header.split_once("<h1>").expect("a title");
    let mut html = format!("{header}{body}");
    for (from, to) in [
        ("<span lang=\"en\">", "</span>"),
        ("<div lang=\"en\">", "</div>"),
        ("<script>", "</script>"),
        ("<code>", "</code>"),
        ("<pre>python3", "</pre>"),
        ("<pre>sh ", "</pre>"),
        ("<pre>hven", "</pre>"),
    ] {
        while let Some(at) = html.find(from) {
            let end = html[at..].find(to).expect("an end") + at + to.len();
            html.replace_range(at..end, "");
        }
    }
    for words in OF_PERSONS {
        // The reason of a retraction is part of a sentence, which is checked as a whole.
        if *words != "a row was in months" {
            html = html.replace(words, "");
        }
    }
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.replace("</span>", "").replace("<span lang=\"zh\">", "").chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push('\n');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    text
}

/// Three lower-case words in a row are an English sentence.
fn is_english(line: &str) -> bool {
    let line = line.replace("a row was in months", "");
    let words = line.split(' ').map(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase()));
    let mut row = 0;
    for is_word in words {
        row = if is_word { row + 1 } else { 0 };
        if row == 3 {
            return true;
        }
    }
    false
}

fn has_narrow_sign(line: &str) -> bool {
    let is_chinese = |c: &char| ('\u{3400}'..='\u{9fff}').contains(c);
    let letters: Vec<char> = line.chars().filter(|c| *c != ' ').collect();
    letters.windows(2).any(|two| match two {
        [a, b] => (is_chinese(a) && ",;:()!?".contains(*b)) || (",;:()!?".contains(*a) && is_chinese(b)),
        _ => false,
    })
}

#[test]
fn english_and_narrow_signs_are_detected() {
    assert!(is_english("so it was said") && !is_english("7Q2M done in 3 s"));
    assert!(has_narrow_sign("来源: x") && has_narrow_sign("指标(3)") && has_narrow_sign("a, 来源"));
    assert!(!has_narrow_sign("来源：x") && !has_narrow_sign("python3 (3.11)，来源"));
}
