//! Pictures: those that runs made, and how one is shown.

use maud::{Markup, html};

use super::{contents::Page, elements::heading, language::both};
use crate::layout::{Included, Layout};

/// So many pictures of runs are shown; the others lie beside.
const PICTURES_MAX: usize = 24;

/// Pictures that Hven drew know light and dark; those of others stand on white. `en` and `zh` are the same where there are no
/// two languages for what is seen.
pub(super) fn figure(page: &Page<'_>, path: &str, en: &str, zh: &str) -> Markup {
    let class = path.starts_with("plots/").then_some("drawn");
    html! {
        figure class=[class] {
            @if en == zh {
                img src=(page.picture(path)) alt=(en) loading="lazy";
                figcaption { (en) }
            } @else {
                img src=(page.picture(path)) alt={ (en) " / " (zh) } loading="lazy";
                figcaption { (both(en, zh)) }
            }
        }
    }
}

/// The files of pictures that runs made, as far as the page shows them.
pub(crate) fn pictures_of(layout: &Layout) -> impl Iterator<Item = (&String, &Included)> {
    let is_picture = |path: &str| {
        let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        ["svg", "png", "jpg", "jpeg", "webp", "gif"].contains(&ending.as_str())
    };
    let made = layout.files.iter().filter(|(path, _)| path.starts_with("runs/") && path.contains("/outputs/"));
    made.filter(move |(path, _)| is_picture(path)).take(PICTURES_MAX)
}

/// Pictures that runs made.
pub(super) fn section(page: &Page<'_>) -> Markup {
    let mut pictures = pictures_of(page.layout).map(|(path, _)| path).peekable();
    if pictures.peek().is_none() {
        return Markup::default();
    }
    let seen = |path: &str, comma: &str| path.trim_start_matches("runs/").replacen("/outputs/", comma, 1);
    html! {
        (heading("pictures", "Pictures", "图"))
        div class="plots" {
            @for path in pictures { (figure(page, path, &seen(path, ", "), &seen(path, "，"))) }
        }
    }
}
