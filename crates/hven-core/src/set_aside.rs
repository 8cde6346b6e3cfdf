//! Messages about a run that could not be taken in. They never block what comes behind them: they are set aside, and the
//! run says so, with how each of them begins.

use serde::{Deserialize, Serialize};

use crate::{AttemptId, Digest};

/// So much of a message's text is kept.
pub const EXCERPT_BYTES_MAX: usize = 4096;
/// So many messages of an attempt are named one by one; of the others the number is kept.
pub const NAMED_MAX: u32 = 20;
/// The longest description, and the longest reason.
const WORDS_BYTES_MAX: usize = 500;

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// `line 12 of $HVEN_METRICS`, `the parameter lr`.
    pub what: String,
    pub why: String,
    pub bytes: u64,
    /// Of all its bytes, secrets hidden.
    pub digest: Digest,
    /// How it begins, as text.
    pub excerpt: String,
    /// So many further ones were set aside that are not named.
    #[serde(default, skip_serializing_if = "is_none_more")]
    pub more: u64,
}

// serde passes fields by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none_more(more: &u64) -> bool {
    *more == 0
}

impl Aside {
    pub fn new(what: impl Into<String>, why: impl Into<String>, message: &[u8]) -> Self {
        let begin = &message[..message.len().min(EXCERPT_BYTES_MAX)];
        let excerpt = String::from_utf8_lossy(begin).into_owned();
        let aside = Self {
            what: what.into(),
            why: why.into(),
            bytes: message.len() as u64,
            digest: Digest::of(message),
            excerpt,
            more: 0,
        };
        aside.within_bounds()
    }

    /// So many that are not named.
    pub fn uncounted(more: u64) -> Self {
        let (what, why) = ("further messages", "they are bad as well and not named one by one");
        Self { more, ..Self::new(what, why, b"") }
    }

    /// How many messages it stands for.
    pub fn count(&self) -> u64 {
        self.more.max(1)
    }

    /// The same with texts that are no longer than they may be, whoever wrote them.
    #[must_use]
    pub fn within_bounds(mut self) -> Self {
        for (text, bytes_max) in [
            (&mut self.what, WORDS_BYTES_MAX),
            (&mut self.why, WORDS_BYTES_MAX),
            (&mut self.excerpt, EXCERPT_BYTES_MAX),
        ] {
            text.truncate(text.floor_char_boundary(bytes_max));
        }
        self
    }

    /// The texts with something hidden in them.
    #[must_use]
    pub fn masked(mut self, mask: impl Fn(&str) -> String) -> Self {
        for text in [&mut self.what, &mut self.why, &mut self.excerpt] {
            *text = mask(text);
        }
        self
    }
}

/// The payload of the fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSetAside {
    pub attempt: AttemptId,
    pub message: Aside,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aside_is_short_whatever_it_was() {
        let long = "é".repeat(40_000);
        let aside = Aside::new(long.clone(), long.clone(), long.as_bytes());
        assert!(aside.what.len() <= 500 && aside.why.len() <= 500 && aside.excerpt.len() <= EXCERPT_BYTES_MAX);
        assert_eq!((aside.bytes, aside.digest), (80_000, Digest::of(long.as_bytes())));
        assert!(Aside::new("a", "b", &[0xff; 9000]).excerpt.len() <= EXCERPT_BYTES_MAX);
        let json = serde_json::to_string(&Aside::new("a", "b", b"c")).expect("asides serialise");
        assert!(!json.contains("more"), "{json}");
    }
}
