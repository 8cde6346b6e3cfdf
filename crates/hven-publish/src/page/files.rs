//! The sections about the files of the publication: the check of their digests, withheld files, and the list of files.

use hven_core::Digest;
use maud::{Markup, Render, html};

use super::{
    elements::{heading, link},
    input::PageInput,
    language::{COLON, ENUMERATED, both, recorded_text},
};
use crate::{publication::Withheld, text::bytes};

/// At most so many files are listed; `manifest.json` has all.
const FILES_MAX: usize = 500;

pub(super) fn check() -> Markup {
    let choose = both(
        html! {
            "Choose the folder of this page. Every file is compared with its SHA-256 in " code { "manifest.json" }
            "; nothing leaves your machine."
        },
        html! {
            "请选择本页面所在的文件夹。每个文件都会与 " code { "manifest.json" } " 中的 SHA-256 比对；数据不会离开您的计算机。"
        },
    );
    html! {
        section id="check" {
            (heading("digests", "Check that nothing was changed", "核对内容未被改动"))
            p { label for="folder" { (choose) } }
            p { input type="file" id="folder" webkitdirectory multiple; }
            div id="checked" role="status" aria-live="polite" {}
            pre { "hven verify ." }
        }
    }
}

pub(super) fn withheld(page: &PageInput<'_>) -> Markup {
    html! {
        @if !page.layout.withheld.is_empty() {
            (heading("withheld", "Files named only by digest", "仅以摘要引用"))
            ul {
                @for (digest, why) in &page.layout.withheld {
                    li {
                        (name_of(page, *digest).unwrap_or_else(|| "…".render())) (COLON) (why_withheld(why))
                        " " span class="digest" { "BLAKE3 " (digest) }
                    }
                }
            }
        }
    }
}

fn why_withheld(why: &Withheld) -> Markup {
    match why {
        Withheld::Licence { why, .. } | Withheld::Decided { why } => recorded_text(why),
        Withheld::TooLarge { bytes: size, bytes_max } => both(
            format!("it has {}, more than {}", bytes(*size), bytes(*bytes_max)),
            format!("大小 {}，超过 {}", bytes(*size), bytes(*bytes_max)),
        ),
        Withheld::NotKept => both("the record did not keep it", "记录中未保存"),
    }
}

/// The name of an object in the publication.
fn name_of(page: &PageInput<'_>, digest: Digest) -> Option<Markup> {
    for dataset in &page.publication.datasets {
        let parts = dataset.parts.iter().map(|part| &part.content);
        let mut files = dataset.source.iter().chain([&dataset.content]).chain(parts);
        if let Some(file) = files.find(|file| file.digest == digest) {
            return Some(html! { (dataset.reference()) (ENUMERATED) (file.path) });
        }
        if dataset.report == Some(digest) {
            return Some(html! { (dataset.reference()) (ENUMERATED) (both("report", "导入报告")) });
        }
    }
    let runs = &page.publication.runs;
    let mut files = runs.iter().flat_map(|run| run.inputs.iter().chain(&run.outputs).chain(&run.code_files));
    let named = files.find(|file| file.digest == digest).map(|file| file.path.render());
    let listed = || page.layout.listings.values().flat_map(|listing| &listing.files).find(|file| file.digest == digest);
    named.or_else(|| listed().map(|file| file.path.render()))
}

pub(super) fn list(page: &PageInput<'_>) -> Markup {
    let files = &page.layout.files;
    let size = bytes(page.layout.bytes());
    html! {
        (heading("files", "Files of data, runs and code", "数据、运行与代码文件"))
        details {
            summary { (both(format!("{} files, {size}", files.len()), format!("{} 个文件，{size}", files.len()))) }
            div class="wide" {
                table {
                    @for (path, file) in files.iter().take(FILES_MAX) {
                        tr {
                            td { (link(path, path)) }
                            td class="number" { (bytes(file.size)) }
                            td class="digest" { (file.digest) }
                        }
                    }
                }
            }
        }
        @if let Some(more) = files.len().checked_sub(FILES_MAX).filter(|more| *more > 0) {
            p { (both(format!("and {more} more"), format!("另有 {more} 个"))) }
        }
        p {
            (both("All files, also those that Hven wrote about these:", "全部文件（含 Hven 撰写的说明文件）："))
            " " (link("manifest.json", "manifest.json"))
        }
    }
}
