//! Messages about a run that could not be accepted. They never block the following messages: they are set aside, and the run
//! shows the beginning of each.

use serde::{Deserialize, Serialize};

use crate::{AttemptId, Digest};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            /// A message about a run that could not be accepted.
            RunMessageSetAside($crate::set_aside::MessageSetAside) = "run.message_set_aside" version 1,
                about |p| Some(p.attempt.run.into());
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// How much of a message's text is kept.
pub const EXCERPT_BYTES_MAX: usize = 4096;
/// How many messages of an attempt are named one by one; the others are only counted.
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
    /// The digest of all its bytes, with secrets masked. If a secret was found after the message had been cut, the digest of
    /// the excerpt only.
    pub digest: Digest,
    /// Its beginning, as text.
    pub excerpt: String,
    /// How many further messages were set aside that are not named.
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

    /// Counts messages that are not named.
    pub fn unnamed(more: u64) -> Self {
        let (what, why) = ("further messages", "they are bad as well and not named one by one");
        Self { more, ..Self::new(what, why, b"") }
    }

    /// How many messages this entry counts.
    pub fn count(&self) -> u64 {
        self.more.max(1)
    }

    /// Shortens the texts to their limits, and limits the number so that it can be added up.
    #[must_use]
    pub fn within_bounds(mut self) -> Self {
        for (text, bytes_max) in self.texts() {
            text.truncate(text.floor_char_boundary(bytes_max));
        }
        self.more = self.more.min(u32::MAX.into());
        self
    }

    /// Hides texts with `mask`, whose second argument is whether the text may have been cut, which could cut the hidden text,
    /// too. The digest of bytes with a secret would help to guess the secret: then the digest is that of the excerpt.
    #[must_use]
    pub fn masked(mut self, mask: impl Fn(&str, bool) -> String) -> Self {
        let before = self.excerpt.clone();
        for (text, bytes_max) in self.texts() {
            // A cut removes up to three more bytes, so that no character is divided.
            let may_be_cut = text.len() + 4 > bytes_max;
            *text = mask(text, may_be_cut);
        }
        if self.excerpt != before {
            self.digest = Digest::of(self.excerpt.as_bytes());
        }
        self
    }

    /// The texts for people, with their limits.
    fn texts(&mut self) -> [(&mut String, usize); 3] {
        [(&mut self.what, WORDS_BYTES_MAX), (&mut self.why, WORDS_BYTES_MAX), (&mut self.excerpt, EXCERPT_BYTES_MAX)]
    }
}

/// The payload of the fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSetAside {
    pub attempt: AttemptId,
    pub message: Aside,
}

crate::sample::sampled! {
    Aside { what, why, bytes, digest, excerpt, more }
    MessageSetAside { attempt, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aside_is_always_short() {
        let long = "é".repeat(40_000);
        let aside = Aside::new(long.clone(), long.clone(), long.as_bytes());
        assert!(aside.what.len() <= 500 && aside.why.len() <= 500 && aside.excerpt.len() <= EXCERPT_BYTES_MAX);
        assert_eq!((aside.bytes, aside.digest), (80_000, Digest::of(long.as_bytes())));
        assert!(Aside::new("a", "b", &[0xff; 9000]).excerpt.len() <= EXCERPT_BYTES_MAX);
        let json = serde_json::to_string(&Aside::new("a", "b", b"c")).expect("asides serialise");
        assert!(!json.contains("more"), "{json}");
        assert_eq!(Aside::unnamed(u64::MAX).within_bounds().more, u64::from(u32::MAX));
    }

    #[test]
    fn the_digest_reveals_nothing_about_hidden_text() {
        let hide = |text: &str, _: bool| text.replace("hunter2", "***");
        let aside = Aside::new("line 1", "it says hunter2", b"pin = hunter2").masked(hide);
        assert_eq!((aside.why.as_str(), aside.excerpt.as_str()), ("it says ***", "pin = ***"));
        assert_eq!(aside.digest, Digest::of(b"pin = ***"));
        let other = Aside::new("line 1", "it says hunter2", b"harmless").masked(hide);
        assert_eq!(other.digest, Digest::of(b"harmless"));
        let cuts = std::cell::RefCell::new(Vec::new());
        let note = |text: &str, may_be_cut: bool| {
            cuts.borrow_mut().push(may_be_cut);
            text.to_owned()
        };
        let _ = Aside::new("a", "é".repeat(300), &[b'x'; 9000]).masked(note);
        assert_eq!(*cuts.borrow(), [false, true, true]);
    }
}
