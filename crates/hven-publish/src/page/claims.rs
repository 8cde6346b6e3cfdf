//! What is claimed, and what came of each test.

use hven_core::{
    claim::{Counted, Ledger, Verdict},
    question::Question,
};

use super::{DASH, ENUMERATED, Page, both, fact, heading, moment, told};
use crate::{
    publication::{Claim, Judgement},
    text::{escape, number, put},
};

pub(super) fn section(html: &mut String, page: &Page<'_>) {
    heading(html, "claims", "What is claimed", "论断");
    for claim in &page.publication.claims {
        card(html, claim);
    }
}

/// A sign, a word in both languages: never colour alone.
fn verdict(of: Verdict) -> String {
    let (sign, zh, en) = match of {
        Verdict::Holds => ("✓", "成立", "holds"),
        Verdict::Fails => ("✗", "不成立", "fails"),
        Verdict::CannotTell => ("?", "无法判定", "cannot tell"),
    };
    format!("<span class=\"verdict {}\">{sign} {}</span>", of.as_str(), both(en, zh))
}

fn card(html: &mut String, claim: &Claim) {
    put!(html, "<article class=\"card\"><p class=\"statement\">{}</p>\n", escape(&claim.statement));
    let Some(last) = claim.judgement() else {
        put!(html, "<p>{}</p></article>\n", both("It was never judged.", "尚未判定。"));
        return;
    };
    put!(html, "<p>{}{DASH}{}</p>\n", verdict(last.verdict), told(&last.because));
    html.push_str("<dl>\n");
    fact(html, "test", "检验", &format!("<code>{}</code>", escape(&claim.test)));
    fact(html, "with its numbers", "代入数值", &format!("<code>{}</code>", escape(&last.filled_in)));
    fact(html, "tried before", "此前的尝试", &ledger(&last.ledger));
    let quantities: Vec<String> = last
        .quantities
        .iter()
        .map(|(name, value)| format!("<code>{} = {}</code>", escape(name), number(value.0)))
        .collect();
    fact(html, "quantities", "数值", &quantities.join(ENUMERATED));
    fact(html, "judged", "判定", &judged(last));
    let stated = claim.stated_by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    fact(html, "stated", "提出", &format!("{}{stated}", escape(&moment(claim.stated))));
    fact(html, "name", "名称", &format!("<code>claim/{}</code>", escape(&claim.name)));
    html.push_str("</dl>\n");
    if claim.judgements.len() > 1 {
        let older = claim.judgements.iter().rev().skip(1);
        let mut lines = String::new();
        older.for_each(|one| {
            put!(lines, "<li>{} {}{DASH}{}</li>", escape(&moment(one.at)), verdict(one.verdict), told(&one.because));
        });
        let summary = both("earlier verdicts", "此前的判定");
        put!(html, "<details><summary>{summary}</summary><ul>{lines}</ul></details>\n");
    }
    html.push_str("</article>\n");
}

fn judged(judgement: &Judgement) -> String {
    let by = judgement.by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    format!("{}{by}", escape(&moment(judgement.at)))
}

/// How much was tried before, and below it by which rule it was counted.
fn ledger(ledger: &Ledger) -> String {
    let told = both(&escape(&ledger.to_string()), &escape(&ledger_in_chinese(ledger)));
    if ledger.counted != Counted::ByQuestion {
        return told;
    }
    let rule = both(
        Ledger::RULE,
        "计入同一项目中指明同一脚本、模块或程序（或同一内置方法与目标）的所有已结束运行，不论参数、输入、名称与代码版本。",
    );
    format!("{told} <span class=\"soft small\">{rule}</span>")
}

fn ledger_in_chinese(ledger: &Ledger) -> String {
    let runs = ledger.runs;
    let asked = ledger.questions.iter().map(question_in_chinese).collect::<Vec<_>>().join("和");
    let mut told = match (ledger.counted, runs) {
        (Counted::NotKnown, _) => "此前尝试了多少未知".to_owned(),
        (Counted::ByName, _) => format!("{runs} 次同名运行；以其他名称尝试了多少未知"),
        (Counted::ByQuestion, 1) => format!("{asked}在其项目中的唯一一次运行"),
        (Counted::ByQuestion, _) if ledger.questions.len() > 1 => format!("{asked}在其项目中的 {runs} 次运行"),
        (Counted::ByQuestion, _) if ledger.is_newest => format!("{asked}在其项目中 {runs} 次运行里最新的一次"),
        (Counted::ByQuestion, _) => format!("{asked}在其项目中 {runs} 次运行之一"),
    };
    if ledger.held_out().is_some() {
        put!(told, "；有 {} 次读取留出部分的记录", ledger.hold_out_reads);
    }
    told
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
