//! All problems of a manifest.

use std::fmt;

use crate::diagnostic::Diagnostic;

/// All problems of a manifest, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Diagnostic>);

impl Problems {
    /// Each problem with file, line and column, and a caret under the place.
    pub fn render(&self, file: &str, source: &str) -> String {
        let rendered = self.0.iter().map(|problem| {
            let (line, column) = problem.line_and_column(source);
            format!("{file}:{line}:{column}: {}", problem.render(source))
        });
        rendered.collect::<Vec<_>>().join("\n\n")
    }
}
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("nothing is wrong"),
            [one] => one.fmt(f),
            [first, rest @ ..] => write!(f, "{first}; and {} more", rest.len()),
        }
    }
}
impl std::error::Error for Problems {}
