//! The section with the commands that run the publication again.

use maud::{Markup, html};

use super::{
    elements::{heading, link},
    input::PageInput,
    language::{both, both_blocks, enumerated},
};
use crate::{evidence::Work, law_check, rerun, software, text::shell_word};

pub(super) fn section(page: &PageInput<'_>) -> Markup {
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

/// The commands that run each script again, and links to the lists of installed packages.
fn scripts(page: &PageInput<'_>) -> Markup {
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
