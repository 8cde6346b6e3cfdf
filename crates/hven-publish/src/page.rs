//! `index.html`: the publication for people, in English and Chinese, from disk and without a network.
//!
//! One file with its style and its one script inside; pictures lie beside it. Its content policy allows nothing else, and
//! no connection at all. Every section is a template of `maud`, which escapes all text of the publication, wherever it
//! stands.

mod chinese;
mod claims;
mod contents;
mod datasets;
mod elements;
mod language;
mod laws;
mod path;
mod pictures;
mod reproductions;
mod rest;
mod runs;

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use sha2::{Digest as _, Sha256};

pub(crate) use contents::{Page, data_url};
pub(crate) use pictures::pictures_of;

use self::{
    elements::{by, day, moment},
    language::{COLON, both, both_blocks, enumerated, parenthesised, told},
};
use crate::{
    citation,
    publication::{Notice, Person, Publication, Standing},
    text::document,
};

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/check.js");

/// The whole page.
pub(crate) fn html(page: &Page<'_>) -> String {
    let publication = page.publication;
    // A page must say what it may do before its first byte of style or script.
    let policy = format!(
        "default-src 'none'; img-src 'self' file: data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(STYLE),
        source_hash(SCRIPT)
    );
    document(&html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { (publication.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(publication))
                main {
                    @for notice in &publication.notices { (one_notice(notice)) }
                    (claims::section(page))
                    (laws::section(page))
                    (pictures::section(page))
                    (path::section(page))
                    (datasets::section(page))
                    (runs::section(page))
                    (rest::rerun(page))
                    (rest::check())
                    (rest::withheld(page))
                    (rest::files(page))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    })
}

/// How a content policy names a style or a script that stands in the page.
fn source_hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source.as_bytes())))
}

fn header(publication: &Publication) -> Markup {
    let license = publication.license.as_ref();
    let license = license.map_or_else(|| both("no licence was said", "未声明许可证"), Render::render);
    html! {
        header {
            div class="language" role="radiogroup" aria-label="Language / 语言" {
                input type="radio" name="language" id="english" checked;
                label for="english" lang="en" { "English" }
                input type="radio" name="language" id="chinese";
                label for="chinese" lang="zh" { "中文" }
            }
            h1 { (publication.title) }
            p class="soft" {
                (enumerated(citation::authors(publication).iter().map(|author| one_author(author))))
                " · " (day(publication.published))
                " · " (both("version", "版本")) " " (publication.version)
                " · " (license)
            }
            p class="digest" { (publication.identifier) }
            @if let Some(older) = &publication.supersedes {
                p { (both("Takes the place of", "取代")) " " code { (older) } }
            }
            (summary(publication))
        }
    }
}

fn one_author(author: &Person) -> Markup {
    html! {
        @match author.orcid.as_deref().filter(|orcid| orcid.starts_with("https://orcid.org/")) {
            Some(orcid) => { a href=(orcid) rel="noreferrer" { (author.name) } }
            None => { (author.name) }
        }
        @if let Some(affiliation) = &author.affiliation { (parenthesised(affiliation)) }
    }
}

/// In each language, or where it was written in one alone, the same in both.
fn summary(publication: &Publication) -> Markup {
    let (en, zh) = (publication.summary.en.as_ref(), publication.summary.zh.as_ref());
    let Some(either) = en.or(zh) else { return Markup::default() };
    html! {
        div class="lead" { (both_blocks(paragraphs(en.unwrap_or(either)), paragraphs(zh.unwrap_or(either)))) }
    }
}

fn paragraphs(text: &str) -> Markup {
    html! { @for part in text.split("\n\n") { p { (part.trim()) } } }
}

fn one_notice(notice: &Notice) -> Markup {
    let (class, word) = match notice.standing {
        Standing::Sound => ("", both("sound", "可靠")),
        Standing::Suspect => ("suspect", both("suspect", "存疑")),
        Standing::Retracted => ("retracted", both("retracted", "已撤回")),
    };
    html! {
        div class={ "card notice " (class) } role="note" {
            strong { "⚠ " code { (notice.about) } " " (word) }
            p { (told(&notice.because)) }
            p class="soft small" { (moment(notice.at)) (by(notice.by.as_ref())) }
            @if let Some(overridden) = &notice.overridden {
                p {
                    (both("Published nevertheless, decided by", "仍予发布，决定人"))
                    " " strong { (overridden.by.name) } (COLON) (overridden.because)
                    " " span class="soft small" { (moment(overridden.at)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hven_core::safe_text::safe_text;

    use super::*;

    /// Else the page would hold another style and script than its policy names.
    #[test]
    fn style_and_script_hold_nothing_that_is_shown_by_its_code() {
        for source in [STYLE, SCRIPT] {
            assert_eq!(safe_text(source), source);
            assert!(!source.contains("</"), "it would end within itself");
        }
    }
}
