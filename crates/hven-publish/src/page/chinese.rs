//! Chinese for what Hven itself wrote into a publication.
//!
//! A publication holds sentences as English text, as the record does. They are known by their templates; what is none of
//! them was written by a person, a program or a newer Hven, and stays as it is.

mod sentences;

use hven_core::{
    file_name, recorded,
    reproduction::{Likeness, Place, Spot},
    run::{Code, InnerRepository},
    sentence::{self, Sentence, Value},
};

use self::sentences::{CHINESE, RULE, WRITTEN};
use crate::{
    evidence::{Reproduction, Work},
    text::{bytes, number, seconds},
};

/// How many digits of a commit people are shown.
const COMMIT_DIGITS: usize = 12;
/// Errors that are more than so many times as large are told as that.
const RATIO_MAX: f64 = 1000.0;

/// The Chinese of a text, when it is one of Hven's sentences.
pub(super) fn said(text: &str) -> Option<String> {
    filled_in(&recognise(text)?)
}

fn recognise(text: &str) -> Option<Sentence> {
    recorded::recognise(text).or_else(|| sentence::recognise(WRITTEN, text))
}

fn filled_in(sentence: &Sentence) -> Option<String> {
    let (_, chinese) = CHINESE.iter().find(|(code, _)| *code == sentence.code)?;
    let mut told = String::new();
    let mut left = *chinese;
    while let Some((before, rest)) = left.split_once('{') {
        let (name, rest) = rest.split_once('}')?;
        told.push_str(before);
        told.push_str(&written(name, sentence)?);
        left = rest;
    }
    told.push_str(left);
    Some(told)
}

/// A value with its unit, which the end of its name tells.
fn written(name: &str, sentence: &Sentence) -> Option<String> {
    let (_, value) = sentence.values.iter().find(|(of, _)| *of == name)?;
    Some(match value {
        Value::Sentence(inner) => filled_in(inner).unwrap_or_else(|| inner.text.clone()),
        Value::Plain(serde_json::Value::String(text)) => match (name, text.as_str()) {
            ("before" | "now", "absent") => "无".to_owned(),
            ("outcome" | "why", text) => said(text).unwrap_or_else(|| text.to_owned()),
            (_, text) => text.to_owned(),
        },
        Value::Plain(plain) if name.ends_with("_bytes") => bytes(plain.as_u64()?),
        Value::Plain(plain) if name.ends_with("_s") => seconds(plain.as_f64()?),
        Value::Plain(plain) => plain.to_string(),
    })
}

/// Why the rule selected a law, in plain sentences of both languages; `None` when it is not told in the words of the search.
pub(super) fn rule(because: &str) -> Option<(String, String)> {
    let mut told = (
        "formula and errors together give the shortest description of the data".to_owned(),
        "公式与误差合在一起，对数据的描述最短".to_owned(),
    );
    for part in because.split("; ") {
        let sentence = sentence::recognise(RULE, part)?;
        let ratio = sentence.values.iter().find_map(|(name, value)| match value {
            Value::Plain(serde_json::Value::String(text)) if *name == "ratio" => text.parse::<f64>().ok(),
            _ => None,
        });
        let (en, zh) = match (sentence.code, ratio) {
            ("rule.shorter", Some(ratio)) if ratio > RATIO_MAX => (
                format!("the next shorter formula leaves errors more than {RATIO_MAX} times as large"),
                format!("下一个更短的公式，误差超过其 {RATIO_MAX} 倍"),
            ),
            ("rule.shorter", Some(ratio)) => (
                format!("the next shorter formula leaves errors {} times as large", number(ratio)),
                format!("下一个更短的公式，误差是其 {} 倍", number(ratio)),
            ),
            ("rule.longer", Some(ratio)) => longer(ratio),
            _ => continue,
        };
        told = (format!("{}; {en}", told.0), format!("{}；{zh}", told.1));
    }
    Some(told)
}

fn longer(ratio: f64) -> (String, String) {
    let percent = (1.0 - ratio) * 100.0;
    if percent < 0.05 {
        return (
            "the next longer formula leaves errors as large".to_owned(),
            "下一个更长的公式，误差同样大".to_owned(),
        );
    }
    let percent = number((percent * 10.0).round() / 10.0);
    (
        format!("the next longer formula makes the errors {percent} % smaller, too little for its length"),
        format!("下一个更长的公式只让误差减小 {percent}%，不足以抵偿其长度"),
    )
}

/// What people are shown of a run.
pub(super) fn work(work: &Work) -> Option<String> {
    match work {
        Work::Command { .. } => None,
        Work::Recipe { name, version, .. } => Some(format!("内置方法 {name}，版本 {version}")),
    }
}

/// Where code is to be found.
pub(super) fn code(code: &Code) -> String {
    match code {
        Code::Git { commit, diff, inner, .. } => {
            let commit: String = commit.chars().take(COMMIT_DIGITS).collect();
            let changed = if diff.is_some() { "，有改动" } else { "" };
            let mut told = format!("git 提交 {commit}{changed}");
            for inner in inner {
                told.push('；');
                told.push_str(&repository(inner));
            }
            told
        }
        Code::Folder { files, .. } => format!("含 {files} 个文件的文件夹"),
        Code::NotCaptured { why } => format!("未捕获代码：{}", said(why).unwrap_or_else(|| why.clone())),
    }
}

fn repository(inner: &InnerRepository) -> String {
    let commit = match &inner.commit {
        Some(commit) => format!("提交 {}", commit.chars().take(COMMIT_DIGITS).collect::<String>()),
        None => "无提交".to_owned(),
    };
    let changed = if inner.changed == Some(true) { "，有改动" } else { "" };
    let named = if inner.is_named { "" } else { "，其文件未全部记录" };
    format!("{}，{commit}{changed}{named}", file_name::shown(&inner.path))
}

/// The first place that differs by more than it may, as the text of the reproduction tells it.
pub(super) fn difference(reproduction: &Reproduction) -> Option<String> {
    let of_files = reproduction.outputs.iter().map(|file| (file.path.as_str(), &file.likeness));
    let of_metrics = reproduction.metrics.iter().map(|metric| ("", &metric.likeness));
    of_files.chain(of_metrics).find_map(|(path, likeness)| match likeness {
        Likeness::Differs { places, .. } => places.first().map(|place| place_in_words(path, place)),
        _ => None,
    })
}

fn place_in_words(path: &str, place: &Place) -> String {
    let was = |text: &Option<String>| text.clone().unwrap_or_else(|| "无".to_owned());
    let comma = if path.is_empty() { "" } else { "，" };
    format!("{path}{comma}{}：由 {} 变为 {}", spot(&place.spot), was(&place.before), was(&place.after))
}

fn spot(spot: &Spot) -> String {
    match spot {
        Spot::File => "整个文件".to_owned(),
        Spot::Byte { offset } => format!("第 {offset} 字节"),
        Spot::Column { column } => format!("列 {column}"),
        Spot::Rows => "行数".to_owned(),
        Spot::Cell { row, column } => format!("第 {row} 行，列 {column}"),
        Spot::Pointer { pointer } if pointer.is_empty() => "整个文档".to_owned(),
        Spot::Word { line, word: 0 } => format!("第 {line} 行"),
        Spot::Word { line, word } => format!("第 {line} 行第 {word} 词"),
        Spot::Pixel { x, y } => format!("像素 {x}，{y}"),
        other => other.to_string(),
    }
}

/// How a dataset was divided.
pub(super) fn method(method: &str) -> Option<&'static str> {
    Some(match method {
        "random" => "随机",
        "stratified" => "分层",
        "by_key" => "按键",
        _ => return None,
    })
}

/// What a plot of a law shows.
pub(super) fn plot(description: &str) -> Option<&'static str> {
    Some(match description {
        "The law over the data" => "定律与数据",
        "Candidates: how inaccurate and how complex each is" => "各候选：不精确程度与复杂程度",
        "What the law says against what was observed" => "定律值与观测值",
        "What the law leaves of each row" => "定律在各行留下的残差",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_known_by_their_text() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(said(text).as_deref(), expect, "{text}");
        check("done", Some("完成"));
        check("failed with exit status 3", Some("失败，退出码 3"));
        check("stopped above its limit of 8000000 bytes of memory", Some("超过内存上限 8.0 MB 后被停止"));
        check("stopped after its limit of 90 s", Some("达到时间上限 1.5 min 后被停止"));
        check("the test is true", Some("检验为真"));
        check("CC-BY-ND-4.0 does not allow to hand it on", Some("CC-BY-ND-4.0 不允许再分发"));
        check(
            "by its name, .env, it holds keys or passwords; the digest that stands here is keyed, so that its bytes \
             cannot be guessed from it",
            Some("按其名称 .env，其中含有密钥或密码；此处的摘要带有密钥，无法由其猜出内容"),
        );
        check(
            "suspect: rests on dataset planets@1, which was retracted by Mira on 2026-01-02 10:00 UTC: a unit was wrong",
            Some("存疑：依据数据集 planets@1，而 Mira 已于 2026-01-02 10:00 UTC 将其撤回：a unit was wrong"),
        );
        check("numpy: 1.26.4 then, absent now", Some("numpy：当时 1.26.4，现在 无"));
        check(
            "program python3 (/usr/bin/python3): other bytes now",
            Some("程序 python3 (/usr/bin/python3)：现在的字节不同"),
        );
        check(
            "it ended otherwise: failed with exit status 2 (run 9Z9Z says more)",
            Some("结束方式不同：失败，退出码 2（详见运行 9Z9Z）"),
        );
        check("I looked at it twice", None);
        check("", None);
    }

    #[test]
    fn the_rule_is_told_in_plain_words() {
        let because = "-41.7 nats at complexity 5; the simpler candidate law-2 needs 60.1 nats more, for residuals 3.162 \
                       times as large; the more accurate candidate law-4 needs 4.0 nats more, though its residuals are \
                       only 0.996 times as large";
        let (en, zh) = rule(because).expect("it is known");
        assert_eq!(
            en,
            "formula and errors together give the shortest description of the data; the next shorter formula leaves \
             errors 3.162 times as large; the next longer formula makes the errors 0.4 % smaller, too little for its \
             length"
        );
        assert_eq!(
            zh,
            "公式与误差合在一起，对数据的描述最短；下一个更短的公式，误差是其 3.162 倍；下一个更长的公式只让误差减小 0.4%，不足以抵偿其长度"
        );
        let (en, _) = rule(
            "1.0 nats at complexity 1; the simpler candidate c needs 1.0 nats more, for residuals inf times as large",
        )
        .expect("it is known");
        assert!(en.ends_with("more than 1000 times as large"), "{en}");
        assert_eq!(rule("the simpler one is known from theory"), None);
    }
}
