//! The page as a whole: what it may do, its sections in their order, its style and its script.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{claims, contents::Page, datasets, header::header, laws, notice::one_notice, path, pictures, rest, runs};
use crate::text::document;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("check.js");

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
