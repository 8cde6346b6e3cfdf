//! How to run it again, how to check it, what is not here, and the files of data, runs and code.

use hven_core::Digest;
use maud::{Markup, Render, html};

use super::{
    contents::Page,
    elements::{heading, link},
    language::{COLON, ENUMERATED, both, both_blocks, enumerated, told},
};
use crate::{
    evidence::Work,
    law_check,
    publication::Withheld,
    rerun, software,
    text::{bytes, shell_word},
};

/// So many files are listed; `manifest.json` has all.
const FILES_MAX: usize = 500;

pub(super) fn rerun(page: &Page<'_>) -> Markup {
    let has_recipes = page.publication.runs.iter().any(|run| matches!(run.work, Work::Recipe { .. }));
    html! {
        (heading("rerun", "Run it again", "重新运行"))
        (scripts(page))
        @if law_check::script(page.publication, page.layout).is_some() {
            (both_paragraphs(
                "Without Hven: this evaluates each law over the rows that its search used, and compares R² and errors with those of this page. It needs Python alone.",
                "不用 Hven：以下命令在搜索所用的数据行上计算每条定律，并将 R² 与误差同本页的数值比对。只需 Python。",
            ))
            pre { "python3 " (law_check::SCRIPT_FILE) }
        }
        @if has_recipes {
            (both_paragraphs(
                "Recipes are tasks of Hven itself: only a Hven with the same version of a recipe runs it again.",
                "内置方法是 Hven 自带的任务：只有具备同一版本方法的 Hven 才能重新运行。",
            ))
            pre {
                "hven import crate .\n"
                @for (at, claim) in page.publication.claims.iter().enumerate() {
                    @if at > 0 { "\n" }
                    "hven reproduce --all claim/" (claim.name)
                }
            }
        }
        p { (link("README.md", "README.md")) " · " (link("publication.json", "publication.json")) }
    }
}

fn both_paragraphs(en: &str, zh: &str) -> Markup {
    both_blocks(html! { p { (en) } }, html! { p { (zh) } })
}

/// The scripts that run commands again, and where the packages are listed that were installed.
fn scripts(page: &Page<'_>) -> Markup {
    let runs = &page.publication.runs;
    let scripts = runs.iter().filter_map(rerun::script_path);
    let commands: Vec<String> = scripts.map(|path| format!("sh {}", shell_word(&path))).collect();
    if commands.is_empty() {
        return Markup::default();
    }
    let lists = runs.iter().filter_map(software::requirements_path);
    let lists: Vec<Markup> = lists.map(|path| link(&path, &path)).collect();
    html! {
        (both_paragraphs(
            "Without Hven: each script makes a new folder, puts those inputs and that code of its run there that are in this publication, and runs the recorded command.",
            "不用 Hven：每个脚本都会新建文件夹，放入本出版物所含的输入与代码，然后执行所记录的命令。",
        ))
        pre { (commands.join("\n")) }
        p {
            @if lists.is_empty() {
                (both("Which packages were installed is not known.", "当时安装了哪些软件包未知。"))
            } @else {
                (both(
                    "Packages that were installed, as far as they were recorded:",
                    "当时安装的软件包（以所记录者为限）：",
                ))
                " " (enumerated(lists))
            }
        }
    }
}

pub(super) fn check() -> Markup {
    let choose = both(
        html! {
            "Choose the folder in which this page lies. Every file is compared with its SHA-256 in " code { "manifest.json" }
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

pub(super) fn withheld(page: &Page<'_>) -> Markup {
    html! {
        @if !page.layout.withheld.is_empty() {
            (heading("withheld", "Only named by digest", "仅以摘要引用"))
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
        Withheld::Licence { why, .. } | Withheld::Decided { why } => told(why),
        Withheld::TooLarge { bytes: size, bytes_max } => both(
            format!("it has {}, more than {}", bytes(*size), bytes(*bytes_max)),
            format!("大小 {}，超过 {}", bytes(*size), bytes(*bytes_max)),
        ),
        Withheld::NotKept => both("the record never kept it", "记录中未保存"),
    }
}

/// What the publication calls an object.
fn name_of(page: &Page<'_>, digest: Digest) -> Option<Markup> {
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

pub(super) fn files(page: &Page<'_>) -> Markup {
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
