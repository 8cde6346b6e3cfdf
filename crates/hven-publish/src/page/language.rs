//! Texts in English and Chinese. The page contains both and shows one.

use maud::{Markup, Render, html};

use super::chinese;

/// A text in both languages, inline.
pub(super) fn both(en: impl Render, zh: impl Render) -> Markup {
    html! { span lang="en" { (en) } span lang="zh" { (zh) } }
}

/// A text in both languages, as blocks.
pub(super) fn both_blocks(en: impl Render, zh: impl Render) -> Markup {
    html! { div lang="en" { (en) } div lang="zh" { (zh) } }
}

/// A separator between parts of a line, as each language writes it.
pub(super) struct Separator(&'static str, &'static str);

pub(super) const COLON: Separator = Separator(": ", "：");
pub(super) const COMMA: Separator = Separator(", ", "，");
pub(super) const ENUMERATED: Separator = Separator(", ", "、");
pub(super) const DASH: Separator = Separator(" — ", "——");

impl Render for Separator {
    fn render(&self) -> Markup {
        both(self.0, self.1)
    }
}

/// A remark in parentheses of each language.
pub(super) fn parenthesised(of: impl Render) -> Markup {
    html! { (both(" (", "（")) (of) (both(")", "）")) }
}

/// Items in a line, separated by the commas of each language.
pub(super) fn enumerated<T: Render>(things: impl IntoIterator<Item = T>) -> Markup {
    html! {
        @for (at, thing) in things.into_iter().enumerate() {
            @if at > 0 { (ENUMERATED) }
            (thing)
        }
    }
}

/// A text of the record: in both languages if it is one of Hven's sentences.
pub(super) fn recorded_text(text: &str) -> Markup {
    chinese::translate(text).map_or_else(|| text.render(), |zh| both(text, zh))
}
