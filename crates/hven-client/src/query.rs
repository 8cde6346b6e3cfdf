//! The query string of a URL.

use std::fmt::Write as _;

/// Collects escaped `name=value` pairs.
#[derive(Debug, Default)]
pub(crate) struct Query(String);

impl Query {
    pub(crate) fn add(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&escape(&value.to_string()));
        self
    }

    pub(crate) fn add_some(&mut self, name: &str, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.add(name, value),
            None => self,
        }
    }

    pub(crate) fn below(&self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}

/// Escapes all characters except the unreserved characters of RFC 3986.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_escaped_and_empty_ones_add_nothing() {
        assert_eq!(Query::default().add_some("a", None::<u32>).below("/runs"), "/runs");
        let mut query = Query::default();
        query.add("q", "a b&c/ä").add_some("limit", Some(3));
        assert_eq!(query.below("/runs"), "/runs?q=a%20b%26c%2F%C3%A4&limit=3");
    }
}
