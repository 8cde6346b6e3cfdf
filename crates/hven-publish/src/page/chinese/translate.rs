//! Translates Hven's sentences: an English text is recognised by its template, and its values fill the Chinese template.

use hven_core::{
    recorded,
    sentence::{self, Sentence, Value},
};

use super::sentences::{CHINESE, WRITTEN};
use crate::text::{bytes, seconds};

/// The Chinese text, if the text is one of Hven's sentences.
pub(in crate::page) fn translate(text: &str) -> Option<String> {
    fill_in(&recognise(text)?)
}

pub(super) fn recognise(text: &str) -> Option<Sentence> {
    recorded::recognise(text).or_else(|| sentence::recognise(WRITTEN, text))
}

fn fill_in(sentence: &Sentence) -> Option<String> {
    let (_, chinese) = CHINESE.iter().find(|(code, _)| *code == sentence.code)?;
    let mut text = String::new();
    let mut left = *chinese;
    while let Some((before, rest)) = left.split_once('{') {
        let (name, rest) = rest.split_once('}')?;
        text.push_str(before);
        text.push_str(&value_in_chinese(name, sentence)?);
        left = rest;
    }
    text.push_str(left);
    Some(text)
}

/// A value with its unit, which the end of its name determines.
fn value_in_chinese(name: &str, sentence: &Sentence) -> Option<String> {
    let (_, value) = sentence.values.iter().find(|(of, _)| *of == name)?;
    Some(match value {
        Value::Sentence(inner) => fill_in(inner).unwrap_or_else(|| inner.text.clone()),
        Value::Plain(serde_json::Value::String(text)) => match (name, text.as_str()) {
            ("before" | "now", "absent") => "无".to_owned(),
            ("outcome" | "why", text) => translate(text).unwrap_or_else(|| text.to_owned()),
            (_, text) => text.to_owned(),
        },
        Value::Plain(plain) if name.ends_with("_bytes") => bytes(plain.as_u64()?),
        Value::Plain(plain) if name.ends_with("_s") => seconds(plain.as_f64()?),
        Value::Plain(plain) => plain.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_recognised_by_their_text() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(translate(text).as_deref(), expect, "{text}");
        check("done", Some("完成"));
        check("failed with exit status 3", Some("失败，退出码 3"));
        check("stopped above its limit of 8000000 bytes of memory", Some("超过内存上限 8.0 MB 后被停止"));
        check("stopped after its limit of 90 s", Some("达到时间上限 1.5 min 后被停止"));
        check("the test is true", Some("检验为真"));
        check("CC-BY-ND-4.0 does not allow redistribution", Some("CC-BY-ND-4.0 不允许再分发"));
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
}
