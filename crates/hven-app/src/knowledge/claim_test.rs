//! Parses the test of a claim, and evaluates it with quantities.

use std::collections::BTreeMap;

use hven_core::{
    claim::Verdict,
    expression::{Context, Expression, GRAMMAR, Schema, Truth, Type, Value},
    recorded::Recorded,
    run::Number,
};

use crate::kernel::error::{AppError, AppResult};

/// Checks that a test can be parsed. Returns the version of its grammar. Its quantities are checked only with the
/// evidence.
pub(crate) fn check(test: &str) -> AppResult<u32> {
    match Expression::parse(test) {
        Ok(_) => Ok(GRAMMAR.into()),
        Err(wrong) => Err(AppError::invalid("the test cannot be read:", format!("\n{}", wrong.render(test)))),
    }
}

pub(super) struct TestOutcome {
    pub(super) verdict: Verdict,
    pub(super) because: String,
    pub(super) filled_in: String,
    pub(super) quantities: BTreeMap<String, Number>,
}

/// The suffixes for the bounds of a quantity's interval.
const BOUNDS: [&str; 2] = ["low", "high"];

pub(super) fn evaluate(test: &str, names: &BTreeMap<String, Value>) -> TestOutcome {
    let schema = Schema::new(Context::Run, names.iter().map(|(name, value)| (name.clone(), type_of(value))));
    let cannot = |because: String| TestOutcome {
        verdict: Verdict::CannotTell,
        because,
        filled_in: test.to_owned(),
        quantities: BTreeMap::new(),
    };
    // The test was recorded when the claim was stated.
    let checked = Expression::recorded(test)
        .and_then(|read| read.check(&schema))
        .and_then(hven_core::expression::Checked::condition);
    let checked = match checked {
        Ok(checked) => checked,
        Err(wrong) => return cannot(wrong.render(test)),
    };
    let explained = checked.explain(&|name| names.get(name).cloned());
    let (verdict, because) = match explained.truth() {
        Truth::True => (Verdict::Holds, Recorded::TestTrue.to_string()),
        Truth::False => (Verdict::Fails, Recorded::TestFalse.to_string()),
        Truth::CannotTell => (
            Verdict::CannotTell,
            explained
                .outcome
                .as_ref()
                .err()
                .map_or_else(|| "a quantity is missing".to_owned(), |why| why.because.clone()),
        ),
    };
    let mut quantities = BTreeMap::new();
    for (name, _) in checked.names() {
        let bounds = BOUNDS.map(|bound| format!("{name}.{bound}"));
        for name in [name.clone()].into_iter().chain(bounds) {
            if let Some(Value::Number(value)) = names.get(&name) {
                quantities.insert(name, Number(*value));
            }
        }
    }
    TestOutcome { verdict, because, filled_in: explained.text, quantities }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::NUMBER,
        Value::Time(_) => Type::Time,
        Value::Text(_) => Type::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(test: &str) -> (Verdict, String) {
        let number = |name: &str, value| (name.to_owned(), Value::Number(value));
        let names = BTreeMap::from([
            number("exponent", 1.4999),
            number("exponent.low", 1.4998),
            number("exponent.high", 1.5001),
            number("r2", f64::NAN),
        ]);
        let outcome = evaluate(test, &names);
        (outcome.verdict, outcome.because)
    }

    #[test]
    fn a_test_holds_fails_or_is_undecided() {
        assert_eq!(judged("abs(exponent - 1.5) < 0.01").0, Verdict::Holds);
        assert_eq!(judged("exponent.low > 1.5").0, Verdict::Fails);
        let (verdict, because) = judged("r2 > 0.9");
        assert_eq!(verdict, Verdict::CannotTell);
        assert!(because.contains("NaN"), "{because}");
        let (verdict, because) = judged("exponnt > 1");
        assert_eq!(verdict, Verdict::CannotTell);
        assert!(because.contains("exponent"), "{because}");
        // Not a condition, so it is neither true nor false.
        assert_eq!(judged("exponent").0, Verdict::CannotTell);
        assert!(check("abs(").is_err());
    }

    #[test]
    fn quantities_have_their_intervals() {
        let names = BTreeMap::from([
            ("slope".to_owned(), Value::Number(1.0)),
            ("slope.low".to_owned(), Value::Number(0.9)),
            ("other".to_owned(), Value::Number(2.0)),
        ]);
        let outcome = evaluate("slope > 0", &names);
        assert_eq!(outcome.quantities.keys().collect::<Vec<_>>(), ["slope", "slope.low"]);
    }

    #[test]
    fn bounds_and_values_of_columns_have_different_names() {
        let judge = |names: &[(&str, f64)], test: &str| {
            let names = names.iter().map(|(name, value)| ((*name).to_owned(), Value::Number(*value))).collect();
            let outcome = evaluate(test, &names);
            (outcome.verdict, outcome.quantities.into_keys().collect::<Vec<_>>())
        };
        let now = [("exponent.x", 1.0), ("exponent.x.low", 0.9), ("exponent.x.high", 1.1), ("exponent.`x.high`", -3.0)];
        assert_eq!(judge(&now, "exponent.x.high > 1").0, Verdict::Holds);
        assert_eq!(
            judge(&now, "exponent.x > 0"),
            (Verdict::Holds, ["exponent.x", "exponent.x.high", "exponent.x.low"].map(str::to_owned).to_vec())
        );
        assert_eq!(judge(&now, "exponent.`x.high` == -3"), (Verdict::Holds, vec!["exponent.`x.high`".to_owned()]));
        // Laws of earlier versions have no backticks; either spelling means their names.
        let before = [("exponent.a.b", 2.0), ("exponent.mass (kg)", 1.0)];
        for test in ["exponent.a.b == 2", "exponent.`a.b` == 2", "exponent.`mass (kg)` == 1"] {
            assert_eq!(judge(&before, test).0, Verdict::Holds, "{test}");
        }
        let now = [("exponent.`a.b`", 2.0), ("exponent.`low`", 4.0)];
        for test in ["exponent.a.b == 2", "exponent.`a.b` == 2", "exponent.low == 4", "exponent.`low` == 4"] {
            assert_eq!(judge(&now, test).0, Verdict::Holds, "{test}");
        }
        // A bound that is not known is not the value of another column.
        let without_bounds = [("exponent.x", 1.0), ("exponent.`x.high`", -3.0)];
        assert_eq!(judge(&without_bounds, "exponent.x.high < 0").0, Verdict::CannotTell);
    }
}
