//! The rule that stops an array: a condition on how many tasks are in which state.

use super::facts::TaskCounts;
use crate::{
    diagnostic::Diagnostic,
    expression::{Checked, Context, Expression, Schema, Truth, Type, Value},
    nearest::suggestion,
};

/// A condition such as `failed > 10` or `count(failed) > 10 and failed > done`.
#[derive(Clone, Debug)]
pub struct StopRule(Checked);

const NAMES: [&str; 4] = ["done", "failed", "cancelled", "ended"];

impl StopRule {
    /// Reads a rule. `count(failed)` means the same as `failed`.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let plain = without_count(text)?;
        let schema = Schema::new(Context::Run, NAMES.map(|name| (name, Type::NUMBER)));
        Ok(Self(Expression::parse(&plain)?.check(&schema)?.condition()?))
    }

    /// Whether the array stops.
    pub fn holds(&self, counts: &TaskCounts) -> bool {
        let value = |name: &str| {
            let count = match name {
                "done" => counts.done,
                "failed" => counts.failed,
                "cancelled" => counts.cancelled,
                "ended" => counts.done + counts.failed + counts.cancelled,
                _ => return None,
            };
            Some(Value::Number(count as f64))
        };
        self.0.holds(&value) == Truth::True
    }
}

/// The text with blanks in place of `count(` and `)` around the names of counts, so that a fault is at its place in the text as it
/// was written.
fn without_count(text: &str) -> Result<String, Diagnostic> {
    const COUNT: &str = "count(";
    let (mut plain, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(begin) = text[at..].find(COUNT).map(|found| at + found) {
        let inside = begin + COUNT.len();
        let Some(end) = text[inside..].find(')').map(|found| inside + found) else { break };
        let name = text[inside..end].trim();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name && !NAMES.contains(&name) {
            let help = suggestion(name, NAMES).unwrap_or_else(|| format!("there are {}", NAMES.join(", ")));
            return Err(Diagnostic::new(inside..end, format!("`{name}` is no state of tasks")).help(help));
        }
        if is_name {
            plain.push_str(&text[at..begin]);
            plain.push_str(&" ".repeat(COUNT.len()));
            plain.push_str(&text[inside..end]);
            plain.push(' ');
        } else {
            plain.push_str(&text[at..=end]);
        }
        at = end + 1;
    }
    plain.push_str(&text[at..]);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_tasks() {
        let counts = TaskCounts { done: 5, failed: 11, ..TaskCounts::default() };
        let holds = |text: &str| StopRule::parse(text).expect(text).holds(&counts);
        assert!(holds("count(failed) > 10") && holds("failed > 10") && holds("failed / ended > 0.5 and done < 10"));
        assert!(!holds("failed > 11"));
        let rule = "count(done) > 3 and count(failed) > 3 and fialed > 3";
        let fault = StopRule::parse(rule).map(drop).expect_err("an unknown name");
        assert_eq!(&rule[fault.span.clone()], "fialed", "{fault:?}");
        let rule = "failed > 1 or count( faled ) > 3";
        let fault = StopRule::parse(rule).map(drop).expect_err("an unknown state");
        assert_eq!((&rule[fault.span.clone()], fault.help.as_deref()), (" faled ", Some("is `failed` meant?")));
        assert!(holds("count( failed ) > 10"));
        for bad in ["failed", "fail > 3", "", "count(failed >", "count(failed > 3)", "count()", "failed > 3 [m]"] {
            assert!(StopRule::parse(bad).is_err(), "{bad:?}");
        }
    }
}
