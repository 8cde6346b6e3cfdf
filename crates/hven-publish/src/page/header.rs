//! The header of the page: title, authors, licence and summary.

use maud::{Markup, Render, html};

use super::{
    elements::day,
    language::{both, both_blocks, enumerated, parenthesised},
};
use crate::{
    citation,
    publication::{Person, Publication},
};

pub(super) fn header(publication: &Publication) -> Markup {
    let license = publication.license.as_ref();
    let license = license.map_or_else(|| both("no licence stated", "未声明许可证"), Render::render);
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
                p { (both("Replaces", "取代")) " " code { (older) } }
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

/// The summary in each language. A summary in one language is shown for both.
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
