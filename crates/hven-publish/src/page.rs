//! `index.html`: the publication for people, in English and Chinese, from disk and without a network.
//!
//! One file with its style and its one script inside; pictures lie beside it. Its content policy allows nothing else, and
//! no connection at all. All text of the publication is escaped, wherever it stands.

mod chinese;
mod claims;
mod evidence;
mod path;
mod rest;

use std::collections::BTreeMap;

pub(crate) use evidence::pictures_of;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::{
    citation,
    graph::Graph,
    layout::Layout,
    names,
    publication::{Publication, Standing},
    text::{escape, put},
};

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/check.js");

/// What the page is made of.
pub(crate) struct Page<'a> {
    pub publication: &'a Publication,
    pub layout: &'a Layout,
    pub graph: &'a Graph,
    /// The files of the plots of laws, in the order of laws and plots.
    pub plots: &'a [Vec<String>],
    /// Pictures that stand in the page itself, as `data:` URLs by their paths; the others lie beside it.
    pub inside: BTreeMap<String, String>,
}

impl Page<'_> {
    /// Where a picture is to be found.
    fn picture(&self, path: &str) -> String {
        self.inside.get(path).cloned().unwrap_or_else(|| names::url(path))
    }
}

/// A picture as a URL that holds it.
pub(crate) fn data_url(path: &str, bytes: &[u8]) -> String {
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let kind = match ending.as_str() {
        "svg" => "svg+xml",
        "jpg" => "jpeg",
        other => other,
    };
    format!("data:image/{kind};base64,{}", STANDARD.encode(bytes))
}

/// The whole page.
pub(crate) fn html(page: &Page<'_>) -> String {
    let publication = page.publication;
    // A page must say what it may do before its first byte of style or script.
    let policy = format!(
        "default-src 'none'; img-src 'self' file: data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(STYLE),
        source_hash(SCRIPT)
    );
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escape(&publication.title)
    );
    header(&mut html, publication);
    html.push_str("<main>\n");
    notices(&mut html, publication);
    claims::section(&mut html, page);
    evidence::laws(&mut html, page);
    evidence::pictures(&mut html, page);
    path::section(&mut html, page);
    evidence::datasets(&mut html, page);
    evidence::runs(&mut html, page);
    rest::rerun(&mut html, page);
    rest::check(&mut html);
    rest::withheld(&mut html, page);
    rest::files(&mut html, page);
    html.push_str("</main>\n");
    put!(html, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    html
}

/// How a content policy names a style or a script that stands in the page.
fn source_hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source.as_bytes())))
}

fn header(html: &mut String, publication: &Publication) {
    html.push_str(
        "<header>\n<div class=\"language\" role=\"radiogroup\" aria-label=\"Language / 语言\">\
         <input type=\"radio\" name=\"language\" id=\"english\" checked><label for=\"english\" lang=\"en\">English</label>\
         <input type=\"radio\" name=\"language\" id=\"chinese\"><label for=\"chinese\" lang=\"zh\">中文</label></div>\n",
    );
    let authors: Vec<String> = citation::authors(publication)
        .iter()
        .map(|author| {
            let name = escape(&author.name);
            let linked = match author.orcid.as_deref().filter(|orcid| orcid.starts_with("https://orcid.org/")) {
                Some(orcid) => format!("<a href=\"{}\" rel=\"noreferrer\">{name}</a>", escape(orcid)),
                None => name,
            };
            let of = author.affiliation.as_ref().map(|name| parenthesised(&escape(name))).unwrap_or_default();
            linked + &of
        })
        .collect();
    let license = publication.license.as_deref();
    let license = license.map_or_else(|| both("no licence was said", "未声明许可证"), escape);
    put!(
        html,
        "<h1>{}</h1>\n<p class=\"soft\">{} · {} · {} {} · {}</p>\n<p class=\"digest\">{}</p>\n",
        escape(&publication.title),
        authors.join(ENUMERATED),
        escape(&day(publication.published)),
        both("version", "版本"),
        publication.version,
        license,
        escape(&publication.identifier),
    );
    if let Some(older) = &publication.supersedes {
        put!(html, "<p>{} <code>{}</code></p>\n", both("Takes the place of", "取代"), escape(older));
    }
    let (en, zh) = (&publication.summary.en, &publication.summary.zh);
    if let Some(either) = en.as_ref().or(zh.as_ref()) {
        let (en, zh) = (en.as_ref().unwrap_or(either), zh.as_ref().unwrap_or(either));
        put!(html, "<div class=\"lead\">{}</div>\n", both_blocks(&paragraphs(en), &paragraphs(zh)));
    }
    html.push_str("</header>\n");
}

fn paragraphs(text: &str) -> String {
    let mut html = String::new();
    text.split("\n\n").for_each(|part| put!(html, "<p>{}</p>", escape(part.trim())));
    html
}

fn notices(html: &mut String, publication: &Publication) {
    for notice in &publication.notices {
        let (class, word) = match notice.standing {
            Standing::Sound => ("", both("sound", "可靠")),
            Standing::Suspect => ("suspect", both("suspect", "存疑")),
            Standing::Retracted => ("retracted", both("retracted", "已撤回")),
        };
        put!(
            html,
            "<div class=\"card notice {class}\" role=\"note\"><strong>⚠ <code>{}</code> {}</strong><p>{}</p><p class=\"soft small\">{}{}</p>",
            escape(&notice.about),
            word,
            told(&notice.because),
            escape(&moment(notice.at)),
            notice.by.as_ref().map(|by| format!(" · {}", escape(&by.name))).unwrap_or_default(),
        );
        if let Some(overridden) = &notice.overridden {
            put!(
                html,
                "<p>{} <strong>{}</strong>{COLON}{} <span class=\"soft small\">{}</span></p>",
                both("Published nevertheless, decided by", "仍予发布，决定人"),
                escape(&overridden.by.name),
                escape(&overridden.because),
                escape(&moment(overridden.at)),
            );
        }
        html.push_str("</div>\n");
    }
}

/// The same in both languages; the page shows one of them. Both are HTML already.
fn both(en: &str, zh: &str) -> String {
    format!("<span lang=\"en\">{en}</span><span lang=\"zh\">{zh}</span>")
}

/// What stands between the parts of a line, as each language writes it.
const COLON: &str = "<span lang=\"en\">: </span><span lang=\"zh\">：</span>";
const COMMA: &str = "<span lang=\"en\">, </span><span lang=\"zh\">，</span>";
const ENUMERATED: &str = "<span lang=\"en\">, </span><span lang=\"zh\">、</span>";
const DASH: &str = "<span lang=\"en\"> — </span><span lang=\"zh\">——</span>";

/// In parentheses of each language, behind something; it is HTML already.
fn parenthesised(html: &str) -> String {
    format!("{}{html}{}", both(" (", "（"), both(")", "）"))
}

/// A text of the record: in both languages where it is one of Hven's sentences.
fn told(text: &str) -> String {
    chinese::said(text).map_or_else(|| escape(text), |zh| both(&escape(text), &escape(&zh)))
}

fn both_blocks(en: &str, zh: &str) -> String {
    format!("<div lang=\"en\">{en}</div><div lang=\"zh\">{zh}</div>")
}

fn heading(html: &mut String, id: &str, en: &str, zh: &str) {
    put!(html, "<h2 id=\"{id}\">{}</h2>\n", both(en, zh));
}

/// A day, of a time in UTC.
fn day(time: hven_core::Time) -> String {
    time.to_string().chars().take(10).collect()
}

/// To the second, in UTC.
fn moment(time: hven_core::Time) -> String {
    let text = time.to_string();
    text.get(..19).map_or_else(|| text.clone(), |text| text.replace('T', " ") + " UTC")
}

/// A link to a file of the publication. What a browser would run when it opens it is saved instead.
fn link(path: &str, shown: &str) -> String {
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let download = if ["svg", "html", "htm", "xhtml", "xml"].contains(&ending.as_str()) { " download" } else { "" };
    format!("<a href=\"{}\"{download}>{}</a>", names::url(path), escape(shown))
}

/// A row of a list of facts; the value is HTML already.
fn fact(html: &mut String, en: &str, zh: &str, value: &str) {
    if !value.is_empty() {
        put!(html, "<dt>{}</dt><dd>{value}</dd>\n", both(en, zh));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_what_a_browser_would_run_are_saved() {
        assert_eq!(link("runs/7Q2M/fit.SVG", "<fit>"), "<a href=\"runs/7Q2M/fit.SVG\" download>&lt;fit&gt;</a>");
        assert_eq!(link("a b.csv", "a b.csv"), "<a href=\"a%20b.csv\">a b.csv</a>");
    }

    #[test]
    fn moments_are_to_the_second() {
        let time = hven_core::Time::from_micros(1_767_225_600_000_001);
        assert_eq!((day(time).as_str(), moment(time).as_str()), ("2026-01-01", "2026-01-01 00:00:00 UTC"));
    }
}
