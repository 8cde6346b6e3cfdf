//! What the claims rest on: laws, pictures, datasets, runs and how they were made again.

use hven_core::{
    object::FileRef,
    reproduction::{Level, Printed, PrintedComparison},
};

use super::{
    COLON, COMMA, DASH, ENUMERATED, Page, both, chinese, day, fact, heading, link, moment, parenthesised, told,
};
use crate::{
    evidence::{AddedValue, Dataset, Law, Quantity, Reproduction, Run, Work},
    layout::{Included, Layout},
    lineage::{code_in_words, work_in_words},
    names,
    text::{bytes, counted, escape, number, put, seconds, shell_word},
};

/// So many pictures of runs are shown; the others lie beside.
const PICTURES_MAX: usize = 24;
/// So many rows of one table.
const ROWS_MAX: usize = 200;

pub(super) fn laws(html: &mut String, page: &Page<'_>) {
    if page.publication.laws.is_empty() {
        return;
    }
    heading(html, "laws", "What was found", "发现的定律");
    for (law, plots) in page.publication.laws.iter().zip(page.plots) {
        one_law(html, law, plots, page);
    }
}

fn one_law(html: &mut String, law: &Law, plots: &[String], page: &Page<'_>) {
    put!(html, "<article class=\"card\"><p class=\"law\"><code>{}</code></p>\n<dl>\n", escape(&law.display));
    fact(html, "accuracy R²", "拟合优度 R²", &law.r2.map(|r2| number(r2.0)).unwrap_or_default());
    fact(
        html,
        "R² on what was held out",
        "留出数据上的 R²",
        &law.r2_holdout.map(|r2| number(r2.0)).unwrap_or_default(),
    );
    let chosen = both(&format!("one of {} candidates", law.candidates), &format!("{} 个候选之一", law.candidates));
    fact(html, "selected", "选定", &format!("{chosen}{COLON}{}", why_selected(law)));
    html.push_str("</dl>\n");
    if !law.quantities.is_empty() {
        put!(
            html,
            "<div class=\"wide\"><table><tr><th>{}</th><th class=\"number\">{}</th><th>{}</th></tr>\n",
            both("quantity", "量"),
            both("value", "数值"),
            both("95 % interval", "95% 区间"),
        );
        law.quantities.iter().for_each(|quantity| one_quantity(html, quantity));
        html.push_str("</table></div>\n");
    }
    html.push_str("<div class=\"plots\">\n");
    for (plot, path) in law.plots.iter().zip(plots) {
        figure(html, page, path, &plot.description, chinese::plot(&plot.description).unwrap_or(&plot.description));
    }
    html.push_str("</div></article>\n");
}

/// The words of a person, or what the rule says, in plain words of both languages.
fn why_selected(law: &Law) -> String {
    let by_rule = if law.chosen_by.is_none() { chinese::rule(&law.because) } else { None };
    by_rule.map_or_else(|| told(&law.because), |(en, zh)| both(&escape(&en), &escape(&zh)))
}

fn one_quantity(html: &mut String, quantity: &Quantity) {
    let unit = quantity.unit.as_ref().map(|unit| format!(" {}", escape(unit))).unwrap_or_default();
    let interval = match (quantity.low, quantity.high) {
        (Some(low), Some(high)) => format!("{} … {}", number(low.0), number(high.0)),
        _ => "–".to_owned(),
    };
    put!(
        html,
        "<tr><td><code>{}</code></td><td class=\"number\">{}{unit}</td><td class=\"number\">{interval}</td></tr>\n",
        escape(&quantity.name),
        number(quantity.value.0)
    );
}

/// Pictures that Hven drew know light and dark; those of others stand on white. `en` and `zh` are the same where there are no
/// two languages for what is seen.
fn figure(html: &mut String, page: &Page<'_>, path: &str, en: &str, zh: &str) {
    let class = if path.starts_with("plots/") { " class=\"drawn\"" } else { "" };
    let (url, en, zh) = (page.picture(path), escape(en), escape(zh));
    let (alternative, caption) = if en == zh { (en.clone(), en) } else { (format!("{en} / {zh}"), both(&en, &zh)) };
    put!(
        html,
        "<figure{class}><img src=\"{url}\" alt=\"{alternative}\" loading=\"lazy\"><figcaption>{caption}</figcaption></figure>\n"
    );
}

/// The files of pictures that runs made, as far as the page shows them.
pub(crate) fn pictures_of(layout: &Layout) -> impl Iterator<Item = (&String, &Included)> {
    let is_picture = |path: &str| {
        let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        ["svg", "png", "jpg", "jpeg", "webp", "gif"].contains(&ending.as_str())
    };
    let made = layout.files.iter().filter(|(path, _)| path.starts_with("runs/") && path.contains("/outputs/"));
    made.filter(move |(path, _)| is_picture(path)).take(PICTURES_MAX)
}

/// Pictures that runs made.
pub(super) fn pictures(html: &mut String, page: &Page<'_>) {
    let mut pictures = pictures_of(page.layout).map(|(path, _)| path).peekable();
    if pictures.peek().is_none() {
        return;
    }
    heading(html, "pictures", "Pictures", "图");
    html.push_str("<div class=\"plots\">\n");
    for path in pictures {
        let seen = |comma: &str| path.trim_start_matches("runs/").replacen("/outputs/", comma, 1);
        figure(html, page, path, &seen(", "), &seen("，"));
    }
    html.push_str("</div>\n");
}

pub(super) fn datasets(html: &mut String, page: &Page<'_>) {
    if page.publication.datasets.is_empty() {
        return;
    }
    heading(html, "data", "Data", "数据");
    for dataset in &page.publication.datasets {
        one_dataset(html, dataset, page);
    }
}

fn one_dataset(html: &mut String, dataset: &Dataset, page: &Page<'_>) {
    put!(html, "<article class=\"card\"><h3>{}</h3>\n", escape(&dataset.reference()));
    if let Some(description) = &dataset.description {
        put!(html, "<p>{}</p>\n", escape(description));
    }
    html.push_str("<dl>\n");
    let size = both(
        &format!("{} rows × {} columns", dataset.rows, dataset.schema.columns.len()),
        &format!("{} 行 × {} 列", dataset.rows, dataset.schema.columns.len()),
    );
    fact(html, "size", "大小", &size);
    let license = dataset.license.as_deref().map_or_else(|| both("none was said", "未声明"), escape);
    fact(html, "licence", "许可证", &license);
    fact(html, "to be named", "署名", &dataset.attribution.as_deref().map(escape).unwrap_or_default());
    let by = dataset.added_by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    fact(html, "added", "添加", &format!("{}{by}", escape(&day(dataset.added))));
    fact(html, "quality", "质量", &quality(dataset));
    fact(html, "source", "来源", &dataset.source.as_ref().map(|file| file_link(file, page)).unwrap_or_default());
    fact(html, "table", "数据表", &file_link(&dataset.content, page));
    for part in &dataset.parts {
        let held_out = if part.hold_out { format!(" · {}", both("held out", "留出")) } else { String::new() };
        let method =
            chinese::method(&part.method).map_or_else(|| escape(&part.method), |zh| both(&escape(&part.method), zh));
        let value = format!("{} · {} · {method}{held_out}", file_link(&part.content, page), part.rows);
        fact(html, &format!("part {}", escape(&part.name)), &format!("部分 {}", escape(&part.name)), &value);
    }
    html.push_str("</dl>\n");
    put!(
        html,
        "<details><summary>{}</summary><div class=\"wide\"><table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>\n",
        both("columns", "各列"),
        both("column", "列"),
        both("type", "类型"),
        both("unit", "单位"),
        both("what it is", "说明"),
    );
    for column in dataset.schema.columns.iter().take(ROWS_MAX) {
        let unit = column.unit.as_ref().map(ToString::to_string).unwrap_or_default();
        put!(
            html,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&column.name),
            column.column_type,
            escape(&unit),
            escape(column.description.as_deref().unwrap_or_default())
        );
    }
    html.push_str("</table></div></details></article>\n");
}

/// What the import found. Of checks only those that failed are known here, and not whether any were asked.
fn quality(dataset: &Dataset) -> String {
    let problems = counted(dataset.problems, "problem in its source", "problems in its source");
    let problems = both(&problems, &format!("来源中有 {} 个问题", dataset.problems));
    let failed = u64::from(dataset.checks_failed);
    if failed == 0 {
        return problems;
    }
    let checks = counted(failed, "check failed", "checks failed");
    format!("{problems}{COMMA}{}", both(&checks, &format!("{failed} 项检查未通过")))
}

/// A file as a link, or its name with its digest.
fn file_link(file: &FileRef, page: &Page<'_>) -> String {
    match page.layout.place(file.digest) {
        Some(place) => format!("{} <span class=\"soft small\">{}</span>", link(place, &file.path), bytes(file.size)),
        None => format!("{} <span class=\"digest\">BLAKE3 {}</span>", escape(&file.path), file.digest),
    }
}

pub(super) fn runs(html: &mut String, page: &Page<'_>) {
    if page.publication.runs.is_empty() {
        return;
    }
    heading(html, "runs", "Runs", "运行");
    for run in &page.publication.runs {
        one_run(html, run, page);
    }
}

fn one_run(html: &mut String, run: &Run, page: &Page<'_>) {
    let anchor = names::url(&format!("run-{}", run.handle));
    let name = run.name.as_ref().map(|name| format!(" · {}", escape(name))).unwrap_or_default();
    put!(html, "<article class=\"card\" id=\"{anchor}\"><h3>{}{name}</h3>\n", escape(&run.handle));
    let work = match (&run.work, chinese::work(&run.work)) {
        (Work::Command { argv }, _) => escape(&argv.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")),
        (work, zh) => both(&escape(&work_in_words(work)), &escape(&zh.unwrap_or_default())),
    };
    put!(html, "<pre>{work}</pre>\n");
    run.reproductions.iter().for_each(|reproduction| one_reproduction(html, reproduction));
    html.push_str("<dl>\n");
    fact(html, "ended", "结果", &told(&run.outcome.to_string()));
    let when = run.started.map(moment).unwrap_or_default();
    let by = run.by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    fact(html, "when", "时间", &format!("{}{by}", escape(&when)));
    fact(html, "took", "用时", &seconds(run.wall_s));
    if let Work::Recipe { arguments, .. } = &run.work {
        fact(html, "arguments", "参数", &format!("<code>{}</code>", escape(&arguments.to_string())));
    }
    if let Some(code) = &run.code {
        fact(html, "code", "代码", &both(&escape(&code_in_words(code).0), &escape(&chinese::code(code))));
    }
    if let Some(software) = &run.software {
        let words = [&software.interpreter, &software.version, &software.platform];
        let words: Vec<String> = words.into_iter().flatten().map(|word| escape(word)).collect();
        fact(html, "software", "软件", &words.join(" · "));
    }
    fact(html, "reads", "读取", &file_list(&run.inputs, page));
    fact(html, "made", "产出", &file_list(&run.outputs, page));
    let secrets: Vec<String> = run.secrets.iter().map(|name| escape(name)).collect();
    fact(html, "needs the secrets", "所需机密", &secrets.join(ENUMERATED));
    html.push_str("</dl>\n");
    let parameters: Vec<(String, String)> =
        run.parameters.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    let metrics: Vec<(String, String)> = run
        .metrics
        .iter()
        .map(|(name, value)| {
            let unit = run.metric_units.get(name).map(|unit| format!(" {unit}")).unwrap_or_default();
            (name.clone(), format!("{}{unit}", number(value.0)))
        })
        .collect();
    let packages = run.software.iter().flat_map(|software| &software.packages);
    let packages: Vec<(String, String)> = packages.map(|(name, version)| (name.clone(), version.clone())).collect();
    let environment: Vec<(String, String)> = run.environment.clone().into_iter().collect();
    pairs(html, "metrics", "指标", &metrics);
    pairs(html, "parameters", "参数", &parameters);
    added_later(html, run);
    pairs(html, "packages", "软件包", &packages);
    pairs(html, "environment", "环境变量", &environment);
    html.push_str("</article>\n");
}

/// What was added after the end stands by itself, so that nobody takes it for a measurement.
fn added_later(html: &mut String, run: &Run) {
    if run.added_later.is_empty() {
        return;
    }
    let count = run.added_later.len();
    let summary = both(
        &format!("added later, not measured by the run ({count})"),
        &format!("运行结束后添加，并非运行所测（{count}）"),
    );
    put!(html, "<details><summary>{summary}</summary><div class=\"wide\"><table>\n");
    for added in run.added_later.iter().take(ROWS_MAX) {
        let by = added.by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
        put!(
            html,
            "<tr><td><code>{}</code></td><td class=\"number\">{}</td><td>{}{by}</td></tr>\n",
            escape(&added.name),
            escape(&added_value(&added.value)),
            escape(&moment(added.at))
        );
    }
    if count > ROWS_MAX {
        put!(html, "<tr><td>… {}</td><td></td><td></td></tr>\n", count - ROWS_MAX);
    }
    html.push_str("</table></div></details>\n");
}

fn added_value(value: &AddedValue) -> String {
    match value {
        AddedValue::Metric(value) => number(value.0),
        AddedValue::Parameter(value) => value.to_string(),
    }
}

fn file_list(files: &[FileRef], page: &Page<'_>) -> String {
    let mut shown: Vec<String> = files.iter().take(ROWS_MAX).map(|file| file_link(file, page)).collect();
    if files.len() > ROWS_MAX {
        shown.push(format!("… {}", files.len() - ROWS_MAX));
    }
    shown.join("<br>")
}

fn pairs(html: &mut String, en: &str, zh: &str, pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return;
    }
    let summary = both(&format!("{en} ({})", pairs.len()), &format!("{zh}（{}）", pairs.len()));
    put!(html, "<details><summary>{summary}</summary><div class=\"wide\"><table>\n");
    for (name, value) in pairs.iter().take(ROWS_MAX) {
        put!(html, "<tr><td><code>{}</code></td><td class=\"number\">{}</td></tr>\n", escape(name), escape(value));
    }
    if pairs.len() > ROWS_MAX {
        put!(html, "<tr><td>… {}</td><td></td></tr>\n", pairs.len() - ROWS_MAX);
    }
    html.push_str("</table></div></details>\n");
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
        Printed::NotKnown { why } => format!("未知（{}）", escape(&chinese::said(why).unwrap_or_else(|| why.clone()))),
    };
    format!("stdout：{}；stderr：{}", told(&printed.stdout), told(&printed.stderr))
}

fn one_reproduction(html: &mut String, reproduction: &Reproduction) {
    let (sign, en, zh) = likeness(reproduction);
    // Doubt has a colour of its own, whatever was recorded.
    let colour = if sign == "?" { Level::CannotRerun } else { reproduction.level };
    let by = reproduction.by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default();
    let compared = compared(reproduction).map(|(en, zh)| parenthesised(&both(&en, &zh))).unwrap_or_default();
    let because = match (reproduction.because.as_str(), reproduction.level) {
        ("", _) => String::new(),
        (because, Level::Differs) => {
            let zh = chinese::difference(reproduction).unwrap_or_else(|| because.to_owned());
            format!("{DASH}{}", both(&escape(because), &escape(&zh)))
        }
        (because, _) => format!("{DASH}{}", told(because)),
    };
    put!(
        html,
        "<p>{} {}{by}{COLON}<span class=\"verdict {}\">{sign} {}</span>{compared}{because}</p>\n",
        both("Reproduction", "重现"),
        escape(&moment(reproduction.at)),
        colour.as_str(),
        both(en, zh),
    );
    if let Some(printed) = &reproduction.printed {
        put!(
            html,
            "<p class=\"soft small\">{}</p>\n",
            both(&escape(&printed.to_string()), &printed_in_chinese(printed))
        );
    }
    if !reproduction.environment_differences.is_empty() {
        let mut lines = String::new();
        for line in &reproduction.environment_differences {
            put!(lines, "<li>{}</li>", told(line));
        }
        let summary = both("The environment differed", "环境有差异");
        put!(html, "<details><summary>{summary}</summary><ul>{lines}</ul></details>\n");
    }
}
