//! The laws that were found, with their numbers and their plots.

use maud::{Markup, html};

use super::{
    chinese,
    elements::{fact, heading},
    input::PageInput,
    language::{COLON, both, recorded_text},
    pictures::figure,
};
use crate::{
    evidence::{Law, Quantity},
    text::number,
};

pub(super) fn section(page: &PageInput<'_>) -> Markup {
    html! {
        @if !page.publication.laws.is_empty() {
            (heading("laws", "Laws", "发现的定律"))
            @for (law, plots) in page.publication.laws.iter().zip(page.plots) { (one_law(law, plots, page)) }
        }
    }
}

fn one_law(law: &Law, plots: &[String], page: &PageInput<'_>) -> Markup {
    let chosen = both(format!("one of {} candidates", law.candidates), format!("{} 个候选之一", law.candidates));
    html! {
        article class="card" {
            p class="law" { code { (law.display) } }
            dl {
                (fact("accuracy R²", "拟合优度 R²", law.r2.map(|r2| number(r2.0)).unwrap_or_default()))
                (fact(
                    "R² on held-out data",
                    "留出数据上的 R²",
                    law.r2_holdout.map(|r2| number(r2.0)).unwrap_or_default(),
                ))
                (fact("selected", "选定", html! { (chosen) (COLON) (why_selected(law)) }))
                (fact("notes of the search", "搜索说明", html! { @for note in &law.notes { div { (recorded_text(note)) } } }))
            }
            @if !law.quantities.is_empty() {
                div class="wide" {
                    table {
                        tr {
                            th { (both("quantity", "量")) }
                            th class="number" { (both("value", "数值")) }
                            th { (both("95 % interval", "95% 区间")) }
                        }
                        @for quantity in &law.quantities { (one_quantity(quantity)) }
                    }
                }
            }
            div class="plots" {
                @for (plot, path) in law.plots.iter().zip(plots) {
                    (figure(page, path, &plot.description, chinese::plot(&plot.description).unwrap_or(&plot.description)))
                }
            }
        }
    }
}

/// The reason of a person as it is, or the reason of the rule in plain words of both languages.
fn why_selected(law: &Law) -> Markup {
    let by_rule = if law.chosen_by.is_none() { chinese::selection_reason(&law.because) } else { None };
    by_rule.map_or_else(|| recorded_text(&law.because), |(en, zh)| both(en, zh))
}

fn one_quantity(quantity: &Quantity) -> Markup {
    let interval = match (quantity.low, quantity.high) {
        (Some(low), Some(high)) => format!("{} … {}", number(low.0), number(high.0)),
        _ => "–".to_owned(),
    };
    html! {
        tr {
            td { code { (quantity.name) } }
            td class="number" { (number(quantity.value.0)) @if let Some(unit) = &quantity.unit { " " (unit) } }
            td class="number" { (interval) }
        }
    }
}
