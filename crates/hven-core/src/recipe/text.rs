//! Texts that a recipe shows to people.

/// A text in both languages of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub en: &'static str,
    pub zh: &'static str,
}
