//! The datasets of the publication, with their parts and columns; and files as links.

use hven_core::object::FileRef;
use maud::{Markup, Render, html};

use super::{
    chinese,
    elements::{by, day, fact, heading, link},
    input::PageInput,
    language::{COMMA, both},
};
use crate::{
    evidence::{Dataset, DatasetPart},
    text::{bytes, counted},
};

/// At most so many columns of a dataset are shown.
const COLUMNS_MAX: usize = 200;

pub(super) fn section(page: &PageInput<'_>) -> Markup {
    html! {
        @if !page.publication.datasets.is_empty() {
            (heading("data", "Data", "数据"))
            @for dataset in &page.publication.datasets { (one_dataset(dataset, page)) }
        }
    }
}

fn one_dataset(dataset: &Dataset, page: &PageInput<'_>) -> Markup {
    let columns = dataset.schema.columns.len();
    let size =
        both(format!("{} rows × {columns} columns", dataset.rows), format!("{} 行 × {columns} 列", dataset.rows));
    let license = dataset.license.as_ref().map_or_else(|| both("none stated", "未声明"), Render::render);
    html! {
        article class="card" {
            h3 { (dataset.reference()) }
            @if let Some(description) = &dataset.description { p { (description) } }
            dl {
                (fact("size", "大小", size))
                (fact("licence", "许可证", license))
                (fact("attribution", "署名", dataset.attribution.as_deref().unwrap_or_default()))
                (fact("added", "添加", html! { (day(dataset.added)) (by(dataset.added_by.as_ref())) }))
                (fact("quality", "质量", quality(dataset)))
                @if let Some(source) = &dataset.source { (fact("source", "来源", file_link(source, page))) }
                (fact("table", "数据表", file_link(&dataset.content, page)))
                @for part in &dataset.parts { (one_part(part, page)) }
            }
            (columns_of(dataset))
        }
    }
}

fn one_part(part: &DatasetPart, page: &PageInput<'_>) -> Markup {
    let method = chinese::method(&part.method).map_or_else(|| part.method.render(), |zh| both(&part.method, zh));
    let value = html! {
        (file_link(&part.content, page)) " · " (part.rows) " · " (method)
        @if part.hold_out { " · " (both("held out", "留出")) }
    };
    fact(format!("part {}", part.name), format!("部分 {}", part.name), value)
}

fn columns_of(dataset: &Dataset) -> Markup {
    html! {
        details {
            summary { (both("columns", "各列")) }
            div class="wide" {
                table {
                    tr {
                        th { (both("column", "列")) }
                        th { (both("type", "类型")) }
                        th { (both("unit", "单位")) }
                        th { (both("description", "说明")) }
                    }
                    @for column in dataset.schema.columns.iter().take(COLUMNS_MAX) {
                        tr {
                            td { code { (column.name) } }
                            td { (column.column_type) }
                            td { @if let Some(unit) = &column.unit { (unit) } }
                            td { (column.description.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

/// The problems that the import found, and failed checks. Other checks are not known here.
fn quality(dataset: &Dataset) -> Markup {
    let problems = counted(dataset.problems, "problem in its source", "problems in its source");
    let failed = u64::from(dataset.checks_failed);
    html! {
        (both(problems, format!("来源中有 {} 个问题", dataset.problems)))
        @if failed > 0 {
            (COMMA) (both(counted(failed, "check failed", "checks failed"), format!("{failed} 项检查未通过")))
        }
    }
}

/// A file as a link; a file that is not included, as its name with its digest.
pub(super) fn file_link(file: &FileRef, page: &PageInput<'_>) -> Markup {
    match page.layout.path_of(file.digest) {
        Some(place) => html! { (link(place, &file.path)) " " span class="soft small" { (bytes(file.size)) } },
        None => html! { (file.path) " " span class="digest" { "BLAKE3 " (file.digest) } },
    }
}
