//! The reproductions of a run, and how similar each result was.

use hven_core::reproduction::{Level, Printed, PrintedComparison};
use maud::{Markup, html};

use super::{
    chinese,
    elements::{by, moment},
    language::{COLON, DASH, both, parenthesised, recorded_text},
};
use crate::{evidence::Reproduction, text::counted};

pub(super) fn one_reproduction(reproduction: &Reproduction) -> Markup {
    let (sign, en, zh) = likeness(reproduction);
    // An uncertain result has a colour of its own, independent of the recorded level.
    let colour = if sign == "?" { Level::CannotRerun } else { reproduction.level };
    html! {
        p {
            (both("Reproduction", "重现")) " " (moment(reproduction.at)) (by(reproduction.by.as_ref())) (COLON)
            span class={ "verdict " (colour.as_str()) } { (sign) " " (both(en, zh)) }
            @if let Some((en, zh)) = compared(reproduction) { (parenthesised(both(en, zh))) }
            (because(reproduction))
        }
        @if let Some(printed) = &reproduction.printed {
            p class="soft small" { (both(printed.to_string(), printed_in_chinese(printed))) }
        }
        @if !reproduction.environment_differences.is_empty() {
            details {
                summary { (both("The environment differed", "环境有差异")) }
                ul { @for line in &reproduction.environment_differences { li { (recorded_text(line)) } } }
            }
        }
    }
}

/// The reason of the result; it follows the verdict.
fn because(reproduction: &Reproduction) -> Markup {
    let because = reproduction.because.as_str();
    if because.is_empty() {
        return Markup::default();
    }
    let why = match reproduction.level {
        Level::Differs => both(because, chinese::difference(reproduction).unwrap_or_else(|| because.to_owned())),
        _ => recorded_text(because),
    };
    html! { (DASH) (why) }
}

/// A sign, and the verdict in both languages. Without compared outputs the verdict does not mention bytes.
fn likeness(reproduction: &Reproduction) -> (&'static str, &'static str, &'static str) {
    match (reproduction.level, reproduction.outputs.is_empty(), reproduction.metrics_compared) {
        (Level::SameBytes, true, None) => {
            ("?", "recorded as the same; the compared files are not known", "据称相同，但比较了什么未知")
        }
        (Level::SameBytes, true, Some(_)) => ("✓", "the same values", "数值相同"),
        (Level::SameBytes, false, _) => ("✓", "same bytes", "逐字节相同"),
        (Level::SameWithin, ..) => ("✓", "same within the tolerance", "在容差内相同"),
        (Level::NothingToCompare, ..) => ("?", "nothing to compare", "没有可比较的内容"),
        (Level::Differs, ..) => ("✗", "differs", "不同"),
        (Level::CannotRerun, ..) => ("?", "cannot be run again", "无法重新运行"),
    }
}

/// The number of compared outputs and metrics, in both languages; `None` if there are none, or it is unknown.
fn compared(reproduction: &Reproduction) -> Option<(String, String)> {
    let outputs = reproduction.outputs.len() as u64;
    let metrics = reproduction.metrics_compared?;
    let counts = [
        (outputs, counted(outputs, "output", "outputs"), format!("{outputs} 个输出")),
        (metrics, counted(metrics, "metric", "metrics"), format!("{metrics} 个指标")),
    ];
    let (en, zh): (Vec<String>, Vec<String>) =
        counts.into_iter().filter(|(count, ..)| *count > 0).map(|(_, en, zh)| (en, zh)).unzip();
    (!en.is_empty()).then(|| (format!("{} compared", en.join(" and ")), format!("比较了 {}", zh.join("、"))))
}

fn printed_in_chinese(printed: &PrintedComparison) -> String {
    let text = |of: &Printed| match of {
        Printed::Nothing => "无输出".to_owned(),
        Printed::Same => "输出相同".to_owned(),
        Printed::Differs { line } => format!("从第 {line} 行起不同"),
        Printed::NotKnown { why } => format!("未知（{}）", chinese::translate(why).unwrap_or_else(|| why.clone())),
    };
    format!("stdout：{}；stderr：{}", text(&printed.stdout), text(&printed.stderr))
}
