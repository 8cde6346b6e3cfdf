//! How to run it again, how to check it, what is not here, and the files of data, runs and code.

use hven_core::Digest;

use super::{COLON, ENUMERATED, Page, both, both_blocks, heading, link, told};
use crate::{
    evidence::Work,
    law_check,
    publication::Withheld,
    rerun, software,
    text::{bytes, escape, put, shell_word},
};

/// So many files are listed; `manifest.json` has all.
const FILES_MAX: usize = 500;

pub(super) fn rerun(html: &mut String, page: &Page<'_>) {
    heading(html, "rerun", "Run it again", "重新运行");
    scripts(html, page);
    if law_check::script(page.publication, page.layout).is_some() {
        html.push_str(&both_blocks(
            "<p>Without Hven: this evaluates each law over the rows that its search used, and compares R² and errors with those of this page. It needs Python alone.</p>",
            "<p>不用 Hven：以下命令在搜索所用的数据行上计算每条定律，并将 R² 与误差同本页的数值比对。只需 Python。</p>",
        ));
        put!(html, "<pre>python3 {}</pre>\n", law_check::SCRIPT_FILE);
    }
    let has_recipes = page.publication.runs.iter().any(|run| matches!(run.work, Work::Recipe { .. }));
    if has_recipes {
        html.push_str(&both_blocks(
            "<p>Recipes are tasks of Hven itself: only a Hven with the same version of a recipe runs it again.</p>",
            "<p>内置方法是 Hven 自带的任务：只有具备同一版本方法的 Hven 才能重新运行。</p>",
        ));
        let claims = page.publication.claims.iter().map(|claim| escape(&claim.name));
        let commands: Vec<String> = claims.map(|name| format!("hven reproduce --all claim/{name}")).collect();
        put!(html, "<pre>hven import crate .\n{}</pre>\n", commands.join("\n"));
    }
    put!(html, "<p>{} · {}</p>\n", link("README.md", "README.md"), link("publication.json", "publication.json"));
}

/// The scripts that run commands again, and where the packages are listed that were installed.
fn scripts(html: &mut String, page: &Page<'_>) {
    let runs = &page.publication.runs;
    let commands: Vec<String> =
        runs.iter().filter_map(rerun::script_path).map(|path| escape(&format!("sh {}", shell_word(&path)))).collect();
    if commands.is_empty() {
        return;
    }
    html.push_str(&both_blocks(
        "<p>Without Hven: each script makes a new folder, puts those inputs and that code of its run there that are in this publication, and runs the recorded command.</p>",
        "<p>不用 Hven：每个脚本都会新建文件夹，放入本出版物所含的输入与代码，然后执行所记录的命令。</p>",
    ));
    put!(html, "<pre>{}</pre>\n", commands.join("\n"));
    let lists: Vec<String> =
        runs.iter().filter_map(software::requirements_path).map(|path| link(&path, &path)).collect();
    let told = if lists.is_empty() {
        both("Which packages were installed is not known.", "当时安装了哪些软件包未知。")
    } else {
        let before =
            both("Packages that were installed, as far as they were recorded:", "当时安装的软件包（以所记录者为限）：");
        format!("{before} {}", lists.join(ENUMERATED))
    };
    put!(html, "<p>{told}</p>\n");
}

pub(super) fn check(html: &mut String) {
    html.push_str("<section id=\"check\">\n");
    heading(html, "digests", "Check that nothing was changed", "核对内容未被改动");
    let told = both(
        "Choose the folder in which this page lies. Every file is compared with its SHA-256 in <code>manifest.json</code>; nothing leaves your machine.",
        "请选择本页面所在的文件夹。每个文件都会与 <code>manifest.json</code> 中的 SHA-256 比对；数据不会离开您的计算机。",
    );
    put!(
        html,
        "<p><label for=\"folder\">{told}</label></p>\n<p><input type=\"file\" id=\"folder\" webkitdirectory multiple></p>\n\
         <div id=\"checked\" role=\"status\" aria-live=\"polite\"></div>\n<pre>hven verify .</pre>\n</section>\n"
    );
}

pub(super) fn withheld(html: &mut String, page: &Page<'_>) {
    if page.layout.withheld.is_empty() {
        return;
    }
    heading(html, "withheld", "Only named by digest", "仅以摘要引用");
    html.push_str("<ul>\n");
    for (digest, why) in &page.layout.withheld {
        let why = match why {
            Withheld::Licence { why, .. } | Withheld::Decided { why } => told(why),
            Withheld::TooLarge { bytes: size, bytes_max } => both(
                &format!("it has {}, more than {}", bytes(*size), bytes(*bytes_max)),
                &format!("大小 {}，超过 {}", bytes(*size), bytes(*bytes_max)),
            ),
            Withheld::NotKept => both("the record never kept it", "记录中未保存"),
        };
        put!(
            html,
            "<li>{}{COLON}{why} <span class=\"digest\">BLAKE3 {digest}</span></li>\n",
            name_of(page, *digest).unwrap_or_else(|| "…".to_owned())
        );
    }
    html.push_str("</ul>\n");
}

/// What the publication calls an object, as HTML.
fn name_of(page: &Page<'_>, digest: Digest) -> Option<String> {
    for dataset in &page.publication.datasets {
        let parts = dataset.parts.iter().map(|part| &part.content);
        let mut files = dataset.source.iter().chain([&dataset.content]).chain(parts);
        if let Some(file) = files.find(|file| file.digest == digest) {
            return Some(format!("{}{ENUMERATED}{}", escape(&dataset.reference()), escape(&file.path)));
        }
        if dataset.report == Some(digest) {
            let report = both("report", "导入报告");
            return Some(format!("{}{ENUMERATED}{report}", escape(&dataset.reference())));
        }
    }
    let runs = &page.publication.runs;
    let file = runs.iter().flat_map(|run| run.inputs.iter().chain(&run.outputs).chain(&run.code_files));
    let named = file.into_iter().find(|file| file.digest == digest).map(|file| file.path.clone());
    let listed = || page.layout.listings.values().flat_map(|listing| &listing.files).find(|file| file.digest == digest);
    named.or_else(|| listed().map(|file| file.path.clone())).map(|path| escape(&path))
}

pub(super) fn files(html: &mut String, page: &Page<'_>) {
    let files = &page.layout.files;
    heading(html, "files", "Files of data, runs and code", "数据、运行与代码文件");
    let summary = both(
        &format!("{} files, {}", files.len(), bytes(page.layout.bytes())),
        &format!("{} 个文件，{}", files.len(), bytes(page.layout.bytes())),
    );
    put!(html, "<details><summary>{summary}</summary><div class=\"wide\"><table>\n");
    for (path, file) in files.iter().take(FILES_MAX) {
        put!(
            html,
            "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"digest\">{}</td></tr>\n",
            link(path, path),
            bytes(file.size),
            file.digest
        );
    }
    html.push_str("</table></div></details>\n");
    if let Some(more) = files.len().checked_sub(FILES_MAX).filter(|more| *more > 0) {
        put!(html, "<p>{}</p>\n", both(&format!("and {more} more"), &format!("另有 {more} 个")));
    }
    let all = both("All files, also those that Hven wrote about these:", "全部文件（含 Hven 撰写的说明文件）：");
    put!(html, "<p>{all} {}</p>\n", link("manifest.json", "manifest.json"));
}
