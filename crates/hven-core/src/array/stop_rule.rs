//! The rule that stops an array: a condition on how many tasks are in which state.

use super::facts::TaskCounts;
use crate::{
    diagnostic::Diagnostic,
    expression::{Checked, Context, Expression, Schema, Truth, Type, Value},
};

/// A condition such as `failed > 10` or `count(failed) > 10 and failed > done`.
#[derive(Clone, Debug)]
pub struct StopRule(Checked);

const NAMES: [&str; 4] = ["done", "failed", "cancelled", "ended"];

impl StopRule {
    /// Reads a rule. `count(failed)` means the same as `failed`.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        // Of equal length, so that a fault is at its place in the text as it was written.
        let plain = NAMES
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(&format!("count({name})"), &format!("{:6}{name} ", "")));
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
        for bad in ["failed", "fail > 3", "", "count(failed >", "failed > 3 [m]"] {
            assert!(StopRule::parse(bad).is_err(), "{bad:?}");
        }
    }
}
