//! The reason why the rule selected a law, in plain sentences of both languages.

use hven_core::sentence::{self, Value};

use super::sentences::RULE;
use crate::text::number;

/// Larger ratios of errors are shown as "more than" this number.
const RATIO_MAX: f64 = 1000.0;

/// The reason why the rule selected a law, in plain sentences of both languages; `None` if the text is not that of a search.
pub(in crate::page) fn selection_reason(because: &str) -> Option<(String, String)> {
    let mut reason = (
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
        reason = (format!("{}; {en}", reason.0), format!("{}；{zh}", reason.1));
    }
    Some(reason)
}

pub(super) fn longer(ratio: f64) -> (String, String) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_explained_in_plain_words() {
        let because = "-41.7 nats at complexity 5; the simpler candidate law-2 needs 60.1 nats more, for residuals 3.162 \
                       times as large; the more accurate candidate law-4 needs 4.0 nats more, though its residuals are \
                       only 0.996 times as large";
        let (en, zh) = selection_reason(because).expect("it is known");
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
        let (en, _) = selection_reason(
            "1.0 nats at complexity 1; the simpler candidate c needs 1.0 nats more, for residuals inf times as large",
        )
        .expect("it is known");
        assert!(en.ends_with("more than 1000 times as large"), "{en}");
        assert_eq!(selection_reason("the simpler one is known from theory"), None);
    }
}
