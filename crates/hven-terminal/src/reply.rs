//! What a command has to say, as a type that has both forms: a table for people and JSON for programs.

use std::io;

use serde::Serialize;

use crate::paper::Paper;

/// How a reply looks to people.
pub trait ForPeople {
    /// The schema that its JSON names, for a type of the wire that does not name one itself.
    const SCHEMA: Option<&'static str> = None;

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

/// What a command has to say, in both forms. Its JSON has a field `schema`.
pub trait Reply {
    fn json(&self) -> serde_json::Result<String>;
    fn people(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

impl<T: Serialize + ForPeople> Reply for T {
    fn json(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(match (Self::SCHEMA, text.strip_prefix('{')) {
            (Some(schema), Some(fields)) => format!("{{\"schema\":\"{schema}\",{fields}"),
            _ => text,
        })
    }
    fn people(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.write(paper)
    }
}
