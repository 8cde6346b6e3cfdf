//! The claims, and the result of each test.

use hven_core::{
    claim::{Counted, Ledger, Verdict},
    question::Question,
};
use maud::{Markup, html};

use super::{
    elements::{by, fact, heading, moment},
    input::PageInput,
    language::{DASH, both, enumerated, recorded_text},
};
use crate::{
    publication::{Claim, Judgement},
    text::{number, put},
};

pub(super) fn section(page: &PageInput<'_>) -> Markup {
    html! {
        (heading("claims", "Claims", "论断"))
        @for claim in &page.publication.claims { (card(claim)) }
    }
}

/// A sign and a word in both languages, never a colour alone.
fn verdict(of: Verdict) -> Markup {
    let (sign, zh, en) = match of {
        Verdict::Holds => ("✓", "成立", "holds"),
        Verdict::Fails => ("✗", "不成立", "fails"),
        Verdict::CannotTell => ("?", "无法判定", "cannot tell"),
    };
    html! { span class={ "verdict " (of.as_str()) } { (sign) " " (both(en, zh)) } }
}

fn card(claim: &Claim) -> Markup {
    html! {
        article class="card" {
            p class="statement" { (claim.statement) }
            @match claim.judgement() {
                None => { p { (both("It was never judged.", "尚未判定。")) } }
                Some(last) => { (judged_card(claim, last)) }
            }
        }
    }
}

fn judged_card(claim: &Claim, last: &Judgement) -> Markup {
    let quantities = last.quantities.iter().map(|(name, value)| html! { code { (name) " = " (number(value.0)) } });
    html! {
        p { (verdict(last.verdict)) (DASH) (recorded_text(&last.because)) }
        dl {
            (fact("test", "检验", html! { code { (claim.test) } }))
            (fact("with its numbers", "代入数值", html! { code { (last.filled_in) } }))
            (fact("tried before", "此前的尝试", ledger(&last.ledger)))
            (fact("quantities", "数值", enumerated(quantities)))
            (fact("judged", "判定", html! { (moment(last.at)) (by(last.by.as_ref())) }))
            (fact("stated", "提出", html! { (moment(claim.stated)) (by(claim.stated_by.as_ref())) }))
            (fact("name", "名称", html! { code { "claim/" (claim.name) } }))
        }
        @if claim.judgements.len() > 1 {
            details {
                summary { (both("earlier verdicts", "此前的判定")) }
                ul {
                    @for one in claim.judgements.iter().rev().skip(1) {
                        li { (moment(one.at)) " " (verdict(one.verdict)) (DASH) (recorded_text(&one.because)) }
                    }
                }
            }
        }
    }
}

/// The number of earlier tries, followed by the rule that counts them.
fn ledger(ledger: &Ledger) -> Markup {
    let rule = both(
        Ledger::RULE,
        "计入同一项目中指明同一脚本、模块或程序（或同一内置方法与目标）的所有已结束运行，不论参数、输入、名称与代码版本。",
    );
    html! {
        (both(ledger.to_string(), ledger_in_chinese(ledger)))
        @if ledger.counted == Counted::ByQuestion { " " span class="soft small" { (rule) } }
    }
}

fn ledger_in_chinese(ledger: &Ledger) -> String {
    let runs = ledger.runs;
    let asked = ledger.questions.iter().map(question_in_chinese).collect::<Vec<_>>().join("和");
    let mut text = match (ledger.counted, runs) {
        (Counted::NotKnown, _) => "此前尝试了多少未知".to_owned(),
        (Counted::ByName, _) => format!("{runs} 次同名运行；以其他名称尝试了多少未知"),
        (Counted::ByQuestion, 1) => format!("{asked}在其项目中的唯一一次运行"),
        (Counted::ByQuestion, _) if ledger.questions.len() > 1 => format!("{asked}在其项目中的 {runs} 次运行"),
        (Counted::ByQuestion, _) if ledger.is_newest => format!("{asked}在其项目中 {runs} 次运行里最新的一次"),
        (Counted::ByQuestion, _) => format!("{asked}在其项目中 {runs} 次运行之一"),
    };
    if ledger.held_out().is_some() {
        put!(text, "；有 {} 次读取留出部分的记录", ledger.hold_out_reads);
    }
    text
}

fn question_in_chinese(question: &Question) -> String {
    match question {
        Question::Recipe { name, of: Some(of) } => format!("针对 {of} 的内置方法 {name} "),
        Question::Recipe { name, of: None } => format!("内置方法 {name} "),
        Question::Script { path } => format!("脚本 {path} "),
        Question::Module { name } => format!("模块 {name} "),
        Question::Program { name } => format!("程序 {name} "),
    }
}
