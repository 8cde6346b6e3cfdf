//! Words in English and Chinese. Both stand in the page, and the page shows one of them.

use maud::{Markup, Render, html};

use super::chinese;

/// The same in both languages, within a line.
pub(super) fn both(en: impl Render, zh: impl Render) -> Markup {
    html! { span lang="en" { (en) } span lang="zh" { (zh) } }
}

/// The same in both languages, each as paragraphs.
pub(super) fn both_blocks(en: impl Render, zh: impl Render) -> Markup {
    html! { div lang="en" { (en) } div lang="zh" { (zh) } }
}

/// What stands between the parts of a line, as each language writes it.
pub(super) struct Between(&'static str, &'static str);

pub(super) const COLON: Between = Between(": ", "：");
pub(super) const COMMA: Between = Between(", ", "，");
pub(super) const ENUMERATED: Between = Between(", ", "、");
pub(super) const DASH: Between = Between(" — ", "——");

impl Render for Between {
    fn render(&self) -> Markup {
        both(self.0, self.1)
    }
}

/// In parentheses of each language, behind something.
pub(super) fn parenthesised(of: impl Render) -> Markup {
    html! { (both(" (", "（")) (of) (both(")", "）")) }
}

/// Things of one kind in a line.
pub(super) fn enumerated<T: Render>(things: impl IntoIterator<Item = T>) -> Markup {
    html! {
        @for (at, thing) in things.into_iter().enumerate() {
            @if at > 0 { (ENUMERATED) }
            (thing)
        }
    }
}

/// A text of the record: in both languages where it is one of Hven's sentences.
pub(super) fn told(text: &str) -> Markup {
    chinese::said(text).map_or_else(|| text.render(), |zh| both(text, zh))
}
