//! Messages about attempts that cannot be taken in. Each is recorded as set aside: the run says what it lacks, and what comes
//! behind goes on. A script can write bad messages without end, so the first [`NAMED_MAX`] of an attempt are recorded one by
//! one; the number of the others is recorded with the attempt's end. A server that is killed before that forgets the number;
//! a runner's own is recorded at once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::{
    AttemptId, Digest, Fact,
    set_aside::{Aside, MessageSetAside, NAMED_MAX},
    stream::Stream,
};
use serde_json::Value;

use crate::{App, AppResult, ports::StoreError, runners::BadMessage, submit::hide};

/// So many messages that are not named are told apart, so that none is counted twice.
const COUNTED_MAX: usize = 1000;
/// In larger messages secrets are looked for where blocking is allowed.
const HIDE_HERE_BYTES_MAX: usize = 64 << 10;

#[derive(Debug, Default)]
pub(crate) struct Asides {
    by_attempt: Mutex<HashMap<AttemptId, NotedOfAttempt>>,
}

/// The messages of an attempt that goes on.
#[derive(Debug, Default)]
struct NotedOfAttempt {
    named: HashSet<Digest>,
    /// Only counted: a runner sends the same message again when an answer was lost.
    counted: HashSet<Digest>,
    /// Streams that end where they are, because what follows has no place.
    broken: HashSet<Stream>,
}

impl Asides {
    fn by_attempt(&self) -> MutexGuard<'_, HashMap<AttemptId, NotedOfAttempt>> {
        self.by_attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_broken(&self, attempt: AttemptId, stream: Stream) -> bool {
        self.by_attempt().get(&attempt).is_some_and(|noted| noted.broken.contains(&stream))
    }

    pub(crate) fn broken(&self, app: &App, attempt: AttemptId, stream: Stream) {
        let mut all = self.by_attempt();
        // Nothing is kept of an attempt that has ended: the driver would not remove it any more.
        if app.schedule.is_live(attempt) {
            all.entry(attempt).or_default().broken.insert(stream);
        }
    }

    /// Records a message that the attempt's runner has set aside.
    pub(crate) async fn set_aside(&self, app: &App, attempt: AttemptId, message: Aside) -> AppResult<()> {
        // A number: whatever its words are, it is recorded once.
        if message.more > 0 {
            return self.note(app, attempt, Aside::uncounted(message.more).within_bounds()).await;
        }
        let secrets = spellings(app.schedule.secrets(attempt.run));
        let mask = |text: &str, may_be_cut: bool| {
            let hidden = hide(text, &secrets);
            if may_be_cut { without_a_begun_secret(hidden, &secrets) } else { hidden }
        };
        self.note(app, attempt, message.masked(mask).within_bounds()).await
    }

    /// Records a message that this server cannot take in.
    pub(crate) async fn set_bad_aside(&self, app: &App, attempt: AttemptId, message: BadMessage) -> AppResult<()> {
        let secrets = spellings(app.schedule.secrets(attempt.run));
        let message = if message.bytes.len() <= HIDE_HERE_BYTES_MAX {
            with_hidden(&message, &secrets)
        } else {
            let hidden = tokio::task::spawn_blocking(move || with_hidden(&message, &secrets)).await;
            hidden.map_err(|_| StoreError::Closed)?
        };
        self.note(app, attempt, message).await
    }

    /// Records a message or counts it. The same one twice, as a runner sends it after a lost answer, is one.
    async fn note(&self, app: &App, attempt: AttemptId, message: Aside) -> AppResult<()> {
        let which = Digest::of(format!("{attempt}\0{}\0{}\0{}", message.what, message.why, message.digest).as_bytes());
        if !self.is_to_be_named(app, attempt, &message, which) {
            return Ok(());
        }
        tracing::warn!(%attempt, what = message.what, why = message.why, "a message was set aside");
        let fact = MessageSetAside { attempt, message }.into();
        app.record(attempt.run.into(), Some(format!("aside-{which}")), vec![fact]).await.map(drop)
    }

    /// Whether a message is recorded by itself; when not, it is counted.
    fn is_to_be_named(&self, app: &App, attempt: AttemptId, message: &Aside, which: Digest) -> bool {
        let mut all = self.by_attempt();
        if !app.schedule.is_live(attempt) {
            return false;
        }
        if message.more > 0 {
            return true;
        }
        let noted = all.entry(attempt).or_default();
        if noted.named.contains(&which) {
            return true;
        }
        if noted.named.len() < NAMED_MAX as usize {
            return noted.named.insert(which);
        }
        if noted.counted.len() < COUNTED_MAX {
            noted.counted.insert(which);
        }
        false
    }

    /// The number of messages that were only counted, to be recorded with the end of the attempt.
    pub(crate) fn concluding(&self, attempt: AttemptId) -> Option<Fact> {
        let counted = self.by_attempt().get(&attempt)?.counted.len();
        if counted == 0 {
            return None;
        }
        let mut message = Aside::uncounted(counted as u64);
        if counted >= COUNTED_MAX {
            message.why.push_str("; there may be more than these");
        }
        Some(MessageSetAside { attempt, message }.into())
    }

    /// The attempt has ended, and its end is recorded.
    pub(crate) fn forget(&self, attempt: AttemptId) {
        self.by_attempt().remove(&attempt);
    }
}

/// Secrets as they stand in texts, and as JSON spells them; the longest first, because others may be parts of it.
fn spellings(secrets: Vec<String>) -> Vec<String> {
    let in_json = |secret: &String| {
        let quoted = Value::from(secret.as_str()).to_string();
        quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).map(str::to_owned)
    };
    let mut all: Vec<String> = secrets.iter().filter_map(in_json).collect();
    all.extend(secrets);
    all.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    all.dedup();
    all
}

/// Hides secrets in all of a message, before it is cut and before its digest is taken.
fn with_hidden(message: &BadMessage, secrets: &[String]) -> Aside {
    let text = String::from_utf8_lossy(&message.bytes);
    let hidden = hide(&text, secrets);
    // What is not UTF-8 keeps its digest when nothing was hidden in it.
    let bytes = if hidden == text { message.bytes.as_slice() } else { hidden.as_bytes() };
    Aside::new(hide(&message.what, secrets), hide(&message.why, secrets), bytes)
}

/// A text that was cut may end within a secret.
fn without_a_begun_secret(mut text: String, secrets: &[String]) -> String {
    // A character that was divided by the cut is written as this one.
    text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    let begun = secrets.iter().filter_map(|secret| {
        let begins = secret.char_indices().map(|(end, _)| &secret[..end]);
        begins.filter(|begin| text.ends_with(*begin)).map(str::len).max()
    });
    let begun = begun.max().unwrap_or(0);
    if begun > 0 {
        text.truncate(text.len() - begun);
        text.push_str("***");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Vec<String> {
        spellings(vec!["hunter2".to_owned(), "hunter2 and more".to_owned(), "a \"quoted\" one".to_owned()])
    }

    fn aside(bytes: &[u8]) -> Aside {
        with_hidden(&BadMessage::new("the parameter hunter2", "it is hunter2", bytes), &secrets())
    }

    #[test]
    fn no_part_of_a_secret_is_left_in_a_message() {
        let at_the_cut = format!("{}hunter2 and the rest", "x".repeat(4093));
        let message = aside(at_the_cut.as_bytes());
        assert_eq!((message.what.as_str(), message.why.as_str()), ("the parameter ***", "it is ***"));
        assert!(message.excerpt.ends_with("x***"), "{}", &message.excerpt[4080..]);
        assert_eq!(message.digest, Digest::of(at_the_cut.replace("hunter2", "***").as_bytes()));
        // As JSON spells it; the longer one is hidden as a whole.
        let json = serde_json::json!(["a \"quoted\" one", "hunter2 and more"]).to_string();
        assert_eq!(aside(json.as_bytes()).excerpt, r#"["***","***"]"#);
        // Bytes that are no text, and hold no secret.
        assert_eq!(aside(&[9, 0xff, 9]).digest, Digest::of(&[9, 0xff, 9]));
    }

    #[test]
    fn a_text_that_was_cut_ends_before_a_secret_begins() {
        let check = |text: &str, expect: &str| assert_eq!(without_a_begun_secret(text.to_owned(), &secrets()), expect);
        check("value: hunt", "value: ***");
        check("value: a \"quo", "value: ***");
        check("value: hunt\u{fffd}", "value: ***");
        check("value: 5", "value: 5");
        check("", "");
    }
}
