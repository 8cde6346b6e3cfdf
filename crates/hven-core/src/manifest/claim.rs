//! `[claim.NAME]`: a statement, the runs of its evidence, and the test that judges it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Placed, Run, reader::Reader};
use crate::{Expression, diagnostic::Diagnostic, nearest::suggestion};

/// One `[claim.NAME]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub name: String,
    pub statement: String,
    /// Names of runs of the manifest.
    pub evidence: Vec<Placed<String>>,
    pub test: Placed<Expression>,
    pub description: Option<String>,
    /// The position of its name in the manifest.
    #[serde(skip)]
    pub span: Range<usize>,
}

pub(super) fn read(name: &str, mut table: Reader<'_, '_>) -> Option<Claim> {
    let statement = table.wanted_text("statement", "say in one sentence what is claimed");
    let test = table.wanted_text("test", "write when it holds: test = \"abs(exponent - 1.5) < 0.01\"");
    let evidence = table.texts("evidence");
    if evidence.is_empty() && (table.is_list("evidence") || !table.has("evidence")) {
        let message = format!("[{}] has no `evidence`", table.path());
        table.problem_with_help(table.span(), message, "name the run that it rests on: evidence = \"run.law\"");
    }
    let description = table.text_alone("description");
    let test = test.and_then(|(text, span)| match Expression::parse(&text) {
        Ok(expression) => Some(Placed { value: expression, span }),
        Err(what) => {
            table.problem_within(&text, &span, what);
            None
        }
    });
    let span = table.span();
    table.finish();
    Some(Claim { name: name.to_owned(), statement: statement?.0, evidence, test: test?, description, span })
}

impl Claim {
    /// Resolves the names of runs: `run.law`, or `law` alone.
    pub(super) fn resolve(&mut self, runs: &[Run], problems: &mut Vec<Diagnostic>) {
        for Placed { value, span } in &mut self.evidence {
            let name = value.strip_prefix("run.").unwrap_or(value).to_owned();
            if runs.iter().any(|run| run.name == name) {
                *value = name;
                continue;
            }
            let wrong = Diagnostic::new(span.clone(), format!("there is no run `{name}` for claim `{}`", self.name));
            problems.push(match suggestion(&name, runs.iter().map(|run| run.name.as_str())) {
                Some(help) => wrong.help(help),
                None if name.starts_with("data.") || name.starts_with("claim.") => {
                    wrong.help("a claim rests on runs: name the run that looks at the data")
                }
                None => wrong.help("evidence is the name of a run, such as `run.law`"),
            });
        }
    }
}
