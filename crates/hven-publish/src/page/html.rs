//! The whole page: its content policy, its sections in order, its style and its script.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{
    claims, datasets, files, header::header, input::PageInput, laws, lineage, notice::one_notice, pictures, rerun, runs,
};
use crate::text::document;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("check.js");

/// The whole page.
pub(crate) fn html(page: &PageInput<'_>) -> String {
    let publication = page.publication;
    // A page must declare its policy before its first style or script.
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
                    (lineage::section(page))
                    (datasets::section(page))
                    (runs::section(page))
                    (rerun::section(page))
                    (files::check())
                    (files::withheld(page))
                    (files::list(page))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    })
}

/// The name of an inline style or script in a content policy.
fn source_hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source.as_bytes())))
}

#[cfg(test)]
mod tests {
    use hven_core::safe_text::safe_text;

    use super::*;

    /// Otherwise the page would have another style and script than its policy names.
    #[test]
    fn style_and_script_hold_nothing_that_is_shown_by_its_code() {
        for source in [STYLE, SCRIPT] {
            assert_eq!(safe_text(source), source);
            assert!(!source.contains("</"), "it would end within itself");
        }
    }
}
