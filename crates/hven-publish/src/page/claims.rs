//! What is claimed, and what came of each test.

use hven_core::claim::{Ledger, Verdict};

use super::{Page, both, fact, heading, moment};
use crate::{
    publication::{Claim, Judgement},
    text::{escape, number, put},
};

pub(super) fn section(html: &mut String, page: &Page<'_>) {
    heading(html, "claims", "What is claimed", "结论");
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
        put!(html, "<p>{}</p></article>\n", both("It was never judged.", "尚未评判。"));
        return;
    };
    put!(html, "<p>{} — {}</p>\n", verdict(last.verdict), escape(&last.because));
    html.push_str("<dl>\n");
    fact(html, "test", "检验", &format!("<code>{}</code>", escape(&claim.test)));
    fact(html, "with its numbers", "代入数值", &format!("<code>{}</code>", escape(&last.filled_in)));
    fact(html, "tried before", "此前的尝试", &ledger(last.ledger));
    let quantities: Vec<String> = last
        .quantities
        .iter()
        .map(|(name, value)| format!("<code>{} = {}</code>", escape(name), number(value.0)))
        .collect();
    fact(html, "quantities", "数值", &quantities.join(", "));
    fact(html, "judged", "评判", &judged(last));
    let stated = claim.stated_by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    fact(html, "stated", "提出", &format!("{}{stated}", escape(&moment(claim.stated))));
    fact(html, "name", "名称", &format!("<code>claim/{}</code>", escape(&claim.name)));
    html.push_str("</dl>\n");
    if claim.judgements.len() > 1 {
        let older = claim.judgements.iter().rev().skip(1);
        let mut lines = String::new();
        older.for_each(|one| {
            put!(lines, "<li>{} {} — {}</li>", escape(&moment(one.at)), verdict(one.verdict), escape(&one.because));
        });
        let summary = both("earlier verdicts", "此前的评判");
        put!(html, "<details><summary>{summary}</summary><ul>{lines}</ul></details>\n");
    }
    html.push_str("</article>\n");
}

fn judged(judgement: &Judgement) -> String {
    let by = judgement.by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    format!("{}{by}", escape(&moment(judgement.at)))
}

fn ledger(ledger: Ledger) -> String {
    let Ledger { runs, designs, hold_out_reads } = ledger;
    let (mut en, mut zh) = (format!("best of {runs} runs"), format!("{runs} 次运行中的最佳"));
    if runs == 1 {
        "the only run".clone_into(&mut en);
        "唯一一次运行".clone_into(&mut zh);
    }
    if designs > 0 {
        put!(en, ", {designs} designs");
        put!(zh, ",{designs} 个实验设计");
    }
    let times = if hold_out_reads == 1 { "once".to_owned() } else { format!("{hold_out_reads} times") };
    put!(en, "; what was held out had been read {times}");
    put!(zh, ";留出数据被读取 {hold_out_reads} 次");
    both(&en, &zh)
}
