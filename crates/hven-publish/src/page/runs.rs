//! The runs of the publication, with their work, inputs, outputs and metrics.

use hven_core::object::FileRef;
use maud::{Markup, Render, html};

use super::{
    chinese,
    datasets::file_link,
    elements::{by, fact, heading, moment},
    input::PageInput,
    language::{both, enumerated, recorded_text},
    reproductions::one_reproduction,
};
use crate::{
    evidence::{AddedValue, Run, Work},
    lineage::{code_in_words, work_in_words},
    names,
    text::{number, seconds, shell_word},
};

/// At most so many rows of a table are shown.
const ROWS_MAX: usize = 200;

pub(super) fn section(page: &PageInput<'_>) -> Markup {
    html! {
        @if !page.publication.runs.is_empty() {
            (heading("runs", "Runs", "运行"))
            @for run in &page.publication.runs { (one_run(run, page)) }
        }
    }
}

fn one_run(run: &Run, page: &PageInput<'_>) -> Markup {
    let unit = |name: &String| run.metric_units.get(name).map(|unit| format!(" {unit}")).unwrap_or_default();
    let metrics = run.metrics.iter().map(|(name, value)| (name, format!("{}{}", number(value.0), unit(name))));
    let parameters = run.parameters.iter().map(|(name, value)| (name, value.to_string()));
    let packages = run.software.iter().flat_map(|software| &software.packages);
    html! {
        article class="card" id=(names::url(&format!("run-{}", run.handle))) {
            h3 { (run.handle) @if let Some(name) = &run.name { " · " (name) } }
            pre { (work(run)) }
            @for reproduction in &run.reproductions { (one_reproduction(reproduction)) }
            (facts(run, page))
            (pairs("metrics", "指标", metrics))
            (pairs("parameters", "参数", parameters))
            (added_later(run))
            (pairs("packages", "软件包", packages))
            (pairs("environment", "环境变量", &run.environment))
        }
    }
}

/// The words of a command, or the name of a recipe in both languages.
fn work(run: &Run) -> Markup {
    match (&run.work, chinese::work(&run.work)) {
        (Work::Command { argv }, _) => argv.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ").render(),
        (work, zh) => both(work_in_words(work), zh.unwrap_or_default()),
    }
}

fn facts(run: &Run, page: &PageInput<'_>) -> Markup {
    let when = run.started.map(moment).unwrap_or_default();
    html! {
        dl {
            (fact("ended", "结果", recorded_text(&run.outcome.to_string())))
            (fact("when", "时间", html! { (when) (by(run.by.as_ref())) }))
            (fact("duration", "用时", seconds(run.wall_s)))
            @if let Work::Recipe { arguments, .. } = &run.work {
                (fact("arguments", "参数", html! { code { (arguments) } }))
            }
            @if let Some(code) = &run.code {
                (fact("code", "代码", both(code_in_words(code).0, chinese::code(code))))
            }
            @if let Some(software) = &run.software {
                @let words = [&software.interpreter, &software.version, &software.platform];
                @let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
                (fact("software", "软件", words.join(" · ")))
            }
            (fact("reads", "读取", file_list(&run.inputs, page)))
            (fact("made", "产出", file_list(&run.outputs, page)))
            (fact("secrets needed", "所需机密", enumerated(&run.secrets)))
        }
    }
}

/// Values that were added after the end are in a section of their own, so that they are not mistaken for measurements.
fn added_later(run: &Run) -> Markup {
    let count = run.added_later.len();
    if count == 0 {
        return Markup::default();
    }
    let heading = both(
        format!("added later, not measured by the run ({count})"),
        format!("运行结束后添加，并非运行所测（{count}）"),
    );
    html! {
        details {
            summary { (heading) }
            div class="wide" {
                table {
                    @for added in run.added_later.iter().take(ROWS_MAX) {
                        tr {
                            td { code { (added.name) } }
                            td class="number" { (added_value(&added.value)) }
                            td { (moment(added.at)) (by(added.by.as_ref())) }
                        }
                    }
                    @if count > ROWS_MAX { tr { td { "… " (count - ROWS_MAX) } td {} td {} } }
                }
            }
        }
    }
}

fn added_value(value: &AddedValue) -> String {
    match value {
        AddedValue::Metric(value) => number(value.0),
        AddedValue::Parameter(value) => value.to_string(),
    }
}

fn file_list(files: &[FileRef], page: &PageInput<'_>) -> Markup {
    html! {
        @for (at, file) in files.iter().take(ROWS_MAX).enumerate() {
            @if at > 0 { br; }
            (file_link(file, page))
        }
        @if files.len() > ROWS_MAX { br; "… " (files.len() - ROWS_MAX) }
    }
}

/// Names with their values, folded; nothing if there are none.
fn pairs<N: Render, V: Render>(en: &str, zh: &str, pairs: impl IntoIterator<Item = (N, V)>) -> Markup {
    let pairs: Vec<(N, V)> = pairs.into_iter().collect();
    if pairs.is_empty() {
        return Markup::default();
    }
    html! {
        details {
            summary { (both(format!("{en} ({})", pairs.len()), format!("{zh}（{}）", pairs.len()))) }
            div class="wide" {
                table {
                    @for (name, value) in pairs.iter().take(ROWS_MAX) {
                        tr { td { code { (name) } } td class="number" { (value) } }
                    }
                    @if pairs.len() > ROWS_MAX { tr { td { "… " (pairs.len() - ROWS_MAX) } td {} } }
                }
            }
        }
    }
}
