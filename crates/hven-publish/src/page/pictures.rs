//! The pictures that runs made, and the elements that show pictures.

use maud::{Markup, html};

use super::{elements::heading, input::PageInput, language::both};
use crate::layout::{IncludedFile, Layout};

/// At most so many pictures of runs are shown; the other files are only in the folder.
const PICTURES_MAX: usize = 24;

/// A picture with its caption. Pictures that Hven drew adapt to light and dark; other pictures have a white background. `en`
/// and `zh` are equal if the caption has only one language.
pub(super) fn figure(page: &PageInput<'_>, path: &str, en: &str, zh: &str) -> Markup {
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

/// The files of pictures that runs made and that the page shows.
pub(crate) fn pictures_of(layout: &Layout) -> impl Iterator<Item = (&String, &IncludedFile)> {
    let is_picture = |path: &str| {
        let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        ["svg", "png", "jpg", "jpeg", "webp", "gif"].contains(&ending.as_str())
    };
    let made = layout.files.iter().filter(|(path, _)| path.starts_with("runs/") && path.contains("/outputs/"));
    made.filter(move |(path, _)| is_picture(path)).take(PICTURES_MAX)
}

/// The section with the pictures that runs made.
pub(super) fn section(page: &PageInput<'_>) -> Markup {
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
