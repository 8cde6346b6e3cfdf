//! Records messages that the server cannot process, with their secrets hidden.

use hven_core::{
    AttemptId, Digest,
    set_aside::{Aside, MessageSetAside},
};
use serde_json::Value;

use crate::{
    kernel::error::AppResult,
    ports::error::StoreError,
    work::{floor::Work, masking::hide},
};

/// Larger messages are searched for secrets on a thread for blocking work.
const HIDE_HERE_BYTES_MAX: usize = 64 << 10;

/// Records a message that the attempt's runner has set aside.
pub(crate) async fn record_set_aside(work: &Work, attempt: AttemptId, message: Aside) -> AppResult<()> {
    // A number of messages is recorded once, independent of its text.
    if message.more > 0 {
        return note(work, attempt, Aside::unnamed(message.more).within_bounds()).await;
    }
    let secrets = spellings(work.schedule.secrets(attempt.run));
    let mask = |text: &str, may_be_cut: bool| {
        let hidden = hide(text, &secrets);
        if may_be_cut { without_cut_secret(hidden, &secrets) } else { hidden }
    };
    note(work, attempt, message.masked(mask).within_bounds()).await
}

/// Records a message that this server cannot process.
pub(crate) async fn record_bad_message(work: &Work, attempt: AttemptId, message: BadMessage) -> AppResult<()> {
    let secrets = spellings(work.schedule.secrets(attempt.run));
    let message = if message.bytes.len() <= HIDE_HERE_BYTES_MAX {
        with_hidden(&message, &secrets)
    } else {
        let hidden = tokio::task::spawn_blocking(move || with_hidden(&message, &secrets)).await;
        hidden.map_err(|_| StoreError::Closed)?
    };
    note(work, attempt, message).await
}

/// Records a message or counts it. A message that a runner repeats after a lost answer counts once.
async fn note(work: &Work, attempt: AttemptId, message: Aside) -> AppResult<()> {
    let which = Digest::of(format!("{attempt}\0{}\0{}\0{}", message.what, message.why, message.digest).as_bytes());
    if !work.runners.set_aside_counts.is_to_be_named(&work.schedule, attempt, &message, which) {
        return Ok(());
    }
    tracing::warn!(%attempt, what = message.what, why = message.why, "a message was set aside");
    let fact = MessageSetAside { attempt, message }.into();
    work.record(attempt.run.into(), Some(format!("aside-{which}")), vec![fact]).await.map(drop)
}

/// Secrets as they appear in texts and in JSON. The longest come first, because others may be parts of them.
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

/// Hides secrets in the whole message, before it is cut and before its digest is computed.
fn with_hidden(message: &BadMessage, secrets: &[String]) -> Aside {
    let text = String::from_utf8_lossy(&message.bytes);
    let hidden = hide(&text, secrets);
    // A message that is not UTF-8 keeps its digest when it contains no secret.
    let bytes = if hidden == text { message.bytes.as_slice() } else { hidden.as_bytes() };
    Aside::new(hide(&message.what, secrets), hide(&message.why, secrets), bytes)
}

/// Removes the beginning of a secret from the end of a text that was cut.
fn without_cut_secret(mut text: String, secrets: &[String]) -> String {
    // A character that was cut in the middle is written as the replacement character.
    text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    let cut_bytes = secrets.iter().filter_map(|secret| {
        let begins = secret.char_indices().map(|(end, _)| &secret[..end]);
        begins.filter(|begin| text.ends_with(*begin)).map(str::len).max()
    });
    let cut_bytes = cut_bytes.max().unwrap_or(0);
    if cut_bytes > 0 {
        text.truncate(text.len() - cut_bytes);
        text.push_str("***");
    }
    text
}

/// A message that the server cannot process, with all its bytes. It may contain secrets.
#[derive(Clone, Debug)]
pub struct BadMessage {
    /// `the parameter lr`.
    pub what: String,
    pub why: String,
    pub bytes: Vec<u8>,
}

impl BadMessage {
    pub fn new(what: impl Into<String>, why: impl Into<String>, bytes: &[u8]) -> Self {
        Self { what: what.into(), why: why.into(), bytes: bytes.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use hven_core::Digest;

    use super::*;

    fn secrets() -> Vec<String> {
        spellings(vec!["hunter2".to_owned(), "hunter2 and more".to_owned(), "a \"quoted\" one".to_owned()])
    }

    fn aside(bytes: &[u8]) -> Aside {
        with_hidden(&BadMessage::new("the parameter hunter2", "it is hunter2", bytes), &secrets())
    }

    #[test]
    fn no_part_of_a_secret_remains_in_a_message() {
        let at_the_cut = format!("{}hunter2 and the rest", "x".repeat(4093));
        let message = aside(at_the_cut.as_bytes());
        assert_eq!((message.what.as_str(), message.why.as_str()), ("the parameter ***", "it is ***"));
        assert!(message.excerpt.ends_with("x***"), "{}", &message.excerpt[4080..]);
        assert_eq!(message.digest, Digest::of(at_the_cut.replace("hunter2", "***").as_bytes()));
        // JSON spells the secrets in another way. The longer one is hidden as a whole.
        let json = serde_json::json!(["a \"quoted\" one", "hunter2 and more"]).to_string();
        assert_eq!(aside(json.as_bytes()).excerpt, r#"["***","***"]"#);
        // Bytes that are no text and contain no secret.
        assert_eq!(aside(&[9, 0xff, 9]).digest, Digest::of(&[9, 0xff, 9]));
    }

    #[test]
    fn a_text_that_was_cut_ends_before_a_secret_begins() {
        let check = |text: &str, expect: &str| assert_eq!(without_cut_secret(text.to_owned(), &secrets()), expect);
        check("value: hunt", "value: ***");
        check("value: a \"quo", "value: ***");
        check("value: hunt\u{fffd}", "value: ***");
        check("value: 5", "value: 5");
        check("", "");
    }
}
