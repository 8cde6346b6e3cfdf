//! Labels of runs: tags, a note, and whether a run is archived. People use them to find runs again.
//!
//! Labels do not describe the work: cache keys, claims, lineage and publications ignore them. The newest fact counts; the
//! earlier ones stay in the record.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Malformed, RunId,
    as_text::serde_as_text,
    limits::{self, NOTE_BYTES_MAX, TAG_CHARS_MAX},
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RunTagged($crate::labels::Tagged) = "run.tagged" version 1, about |p| Some(p.run.into());
            RunNoted($crate::labels::Noted) = "run.noted" version 1, about |p| Some(p.run.into());
            RunArchived($crate::labels::Archived) = "run.archived" version 1, about |p| Some(p.run.into());
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// A tag such as `good` or `paper/fig-2`: letters of any script, digits, `-`, `_`, `.`, `:` and `/`. It does not begin with
/// `-`, because programs would read it as an option. It contains no comma, so that lists of tags can be split.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refuse = |why: String| Malformed::Text { noun: "tag", text: text.to_owned(), why };
        let chars = text.chars().take(TAG_CHARS_MAX + 1).count();
        if chars == 0 || chars > TAG_CHARS_MAX {
            return Err(refuse(format!("it has 1 to {TAG_CHARS_MAX} characters")));
        }
        if text.starts_with('-') {
            return Err(refuse("it begins with a dash: programs would take it for an option".to_owned()));
        }
        if !text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/')) {
            return Err(refuse("only letters, digits, '-', '_', '.', ':' and '/' may stand in it".to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
serde_as_text!(Tag);

/// Tags of a run changed. Only real changes are listed: tags that the run did not have before, and removed tags that it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    pub run: RunId,
    pub added: BTreeSet<Tag>,
    pub removed: BTreeSet<Tag>,
}

/// A note was written on a run: it replaces the previous note. An empty text removes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    pub run: RunId,
    pub text: String,
}

/// A run was archived: lists leave it out by default. Or it was taken out of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    pub run: RunId,
    pub archived: bool,
}

/// Checks that a text is valid as a note.
pub fn check_note(text: &str) -> Result<(), Malformed> {
    limits::lines("the note", text, NOTE_BYTES_MAX)
}

crate::sample::sampled! {
    Tagged { run, added, removed }
    Noted { run, text }
    Archived { run, archived }
}

impl crate::sample::Sampled for Tag {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        let long = "\u{20000}".repeat(TAG_CHARS_MAX);
        Self(g.one_of(&["a", "_", "行星", "paper/fig-2", "lr:0.1", &long]).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let longest = "行".repeat(TAG_CHARS_MAX);
        for good in ["good", "paper/fig-2", "v1.2", "lr:0.1", "_", "3", "行星", "Größe", &longest] {
            assert_eq!(good.parse::<Tag>().map(|tag| tag.to_string()), Ok(good.to_owned()));
        }
        let too_long = "x".repeat(TAG_CHARS_MAX + 1);
        for bad in ["", " ", "a b", "a,b", "-x", "a\tb", "a\0", "a\u{301}", "a\u{200b}", "+x", "#1", &too_long] {
            assert!(bad.parse::<Tag>().is_err(), "{bad:?}");
        }
        assert_eq!(
            "a b".parse::<Tag>().map_err(|e| e.to_string()),
            Err("\"a b\" is not a tag: only letters, digits, '-', '_', '.', ':' and '/' may stand in it".to_owned())
        );
    }

    #[test]
    fn notes() {
        for good in ["", "the baseline\n\tof the paper\r\n", "行星", &"x".repeat(NOTE_BYTES_MAX)] {
            assert_eq!(check_note(good), Ok(()));
        }
        for bad in ["\u{1b}[2J", "a\0b", &"x".repeat(NOTE_BYTES_MAX + 1)] {
            assert!(check_note(bad).is_err());
        }
    }
}
