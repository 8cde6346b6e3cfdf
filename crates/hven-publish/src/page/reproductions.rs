//! How a run was made again, and how alike it was.

use hven_core::reproduction::{Level, Printed, PrintedComparison};
use maud::{Markup, html};

use super::{
    chinese,
    elements::{by, moment},
    language::{COLON, DASH, both, parenthesised, told},
};
use crate::{evidence::Reproduction, text::counted};

pub(super) fn one_reproduction(reproduction: &Reproduction) -> Markup {
    let (sign, en, zh) = likeness(reproduction);
    // Doubt has a colour of its own, whatever was recorded.
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
                ul { @for line in &reproduction.environment_differences { li { (told(line)) } } }
            }
        }
    }
}

/// Why it was found to be so, behind how alike it was.
fn because(reproduction: &Reproduction) -> Markup {
    let because = reproduction.because.as_str();
    if because.is_empty() {
        return Markup::default();
    }
    let why = match reproduction.level {
        Level::Differs => both(because, chinese::difference(reproduction).unwrap_or_else(|| because.to_owned())),
        _ => told(because),
    };
    html! { (DASH) (why) }
}

/// A sign, and the verdict in both languages. Where no output was compared, there were no bytes that could be the same.
fn likeness(reproduction: &Reproduction) -> (&'static str, &'static str, &'static str) {
    match (reproduction.level, reproduction.outputs.is_empty(), reproduction.metrics_compared) {
        (Level::SameBytes, true, None) => {
            ("?", "said to be the same; what was compared is not known", "据称相同，但比较了什么未知")
        }
        (Level::SameBytes, true, Some(_)) => ("✓", "the same values", "数值相同"),
        (Level::SameBytes, false, _) => ("✓", "same bytes", "逐字节相同"),
        (Level::SameWithin, ..) => ("✓", "same within the tolerance", "在容差内相同"),
        (Level::NothingToCompare, ..) => ("?", "nothing to compare", "没有可比较的内容"),
        (Level::Differs, ..) => ("✗", "differs", "不同"),
        (Level::CannotRerun, ..) => ("?", "cannot be run again", "无法重新运行"),
    }
}

/// How much was compared, in both languages; `None`: nothing, or it is not known.
fn compared(reproduction: &Reproduction) -> Option<(String, String)> {
    let outputs = reproduction.outputs.len() as u64;
    let metrics = reproduction.metrics_compared?;
    let told = [
        (outputs, counted(outputs, "output", "outputs"), format!("{outputs} 个输出")),
        (metrics, counted(metrics, "metric", "metrics"), format!("{metrics} 个指标")),
    ];
    let (en, zh): (Vec<String>, Vec<String>) =
        told.into_iter().filter(|(count, ..)| *count > 0).map(|(_, en, zh)| (en, zh)).unzip();
    (!en.is_empty()).then(|| (format!("{} compared", en.join(" and ")), format!("比较了 {}", zh.join("、"))))
}

fn printed_in_chinese(printed: &PrintedComparison) -> String {
    let told = |of: &Printed| match of {
        Printed::Nothing => "无输出".to_owned(),
        Printed::Same => "输出相同".to_owned(),
        Printed::Differs { line } => format!("从第 {line} 行起不同"),
        Printed::NotKnown { why } => format!("未知（{}）", chinese::said(why).unwrap_or_else(|| why.clone())),
    };
    format!("stdout：{}；stderr：{}", told(&printed.stdout), told(&printed.stderr))
}
